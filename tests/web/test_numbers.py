"""Numbers that nobody means, in the query of every page: they are refused or passed over, never an error of ours."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import ResolverMatch, resolve
from django_filters import FilterSet

from tests.api.test_tenancy import addresses, at
from tests.api.world import world
from tradepost.accounts.models import User
from tradepost.web.numbers import MOST_ROWS, Pages, number

LISTS = ("page", "per_page", "sort")
_ASKED = re.compile(r"""\bGET(?:\.get\(|\[)["'](\w+)["']""")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("17", 17), ("0", 0), ("٣", 3), (17, 17), ("", None), (None, None), ("-1", None), ("1.5", None), ("²", None),
        ("9" * 18, 10**18 - 1), ("9" * 19, None), ("9" * 5000, None),
    ],
)  # fmt: skip
def test_what_is_a_number(text: object, found: int | None) -> None:
    assert number(text) == found


@pytest.mark.parametrize(("asked", "given"), [(-1, 1), (0, 1), (25, 25), (10**9, MOST_ROWS)])
def test_a_page_has_no_more_rows_than_a_page_may_have(asked: int, given: int) -> None:
    assert Pages(range(1000), asked).per_page == given


def _names(match: ResolverMatch) -> Iterator[str]:
    """What the module of a view reads of a query, itself or by the filters of its lists."""
    module: Any = sys.modules[inspect.unwrap(match.func).__module__]
    yield from LISTS
    yield from _ASKED.findall(inspect.getsource(module))
    for one in vars(module).values():
        if inspect.isclass(one) and issubclass(one, FilterSet):
            yield from one.base_filters


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["-1", "9" * 19, "9" * 5000])
def test_every_page_stands_numbers_that_nobody_means(client: Client, value: str) -> None:
    ours = world()
    user = User.objects.get(pk=ours.actor.user_id)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    asked, wrong = 0, []
    for path in (at(route, ours.ids) for route, _pattern in addresses()):
        if path.startswith(("/healthz", "/second-factor/", "/confirm/")):
            continue  # they need workers, and a real passkey
        names = set(_names(resolve(path)))
        asked += len(names)
        if client.get(path, dict.fromkeys(names, value)).status_code >= 500:
            wrong.append(path)
    assert asked > 500
    assert not wrong
