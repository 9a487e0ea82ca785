"""The description of the API is true: whatever it allows is answered as it says, and nothing breaks the server."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from tests.api.conftest import Program
from tradepost.api.urls import api

CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]
EXAMPLES = 4


def _described() -> Any:
    raw = deepcopy(api.get_openapi_schema(path_prefix="/api/v1/"))  # it is kept, and would be rewritten
    described = schemathesis.openapi.from_dict(raw)
    handler = WSGIHandler()
    described.app = lambda environ, start: handler({"REMOTE_ADDR": "127.0.0.1", **environ}, start)
    return described


schema = _described()


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The server must not close the connection that holds the test's transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
@pytest.mark.django_db
def test_the_api_is_as_described(case: Any, dana: Program, settings: Any) -> None:
    settings.API_RATE = 10**6
    case.call_and_validate(
        base_url="http://testserver",
        headers={"Authorization": f"Bearer {dana.key}", "Accept-Encoding": "identity"},
        checks=CHECKS,
    )
