"""Scripted servers for the tests of this folder, stopped afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.connectors.caldav.manners import Manners
from tests.connectors.caldav.scripted import ScriptedServer


@pytest.fixture(autouse=True)
def reachable(settings: Any) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.0/8"]


@pytest.fixture
def serve() -> Iterator[Any]:
    made: list[ScriptedServer] = []

    def start(manners: Manners) -> ScriptedServer:
        made.append(ScriptedServer(manners))
        return made[-1]

    yield start
    for server in made:
        server.stop()
