"""Whoever changes something may say which version they have seen, and is refused where it is no longer that one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import program_of, told
from tests.api.world import world
from tradepost.api.urls import api
from tradepost.sales.models import Kind

# What replaces nothing that somebody could have read before.
UNVERSIONED = {
    "put exchange-rates": "a rate of a day, by currency and day, whatever stood there",
    "put reorder/levels": "of several items at once",
    "put customers/{id}/main-contact": "one choice, sent whole",
    "put saved-reports/{id}/paused": "one switch",
    "put vendors/{id}/main-contact": "one choice, sent whole",
}
OPERATIONS = {
    " ".join((method, path.removeprefix("/api/v1/"))): operation
    for path, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
    for method, operation in methods.items()
}
CHANGES = [name for name in OPERATIONS if name.partition(" ")[0] in ("patch", "put")]


def test_every_change_heeds_if_match_or_has_a_reason() -> None:
    deaf = {name for name in CHANGES if "If-Match" not in {p["name"] for p in OPERATIONS[name]["parameters"]}}
    assert deaf == set(UNVERSIONED)
    assert len(CHANGES) > 35


SAVED = {"name": "Late", "report": "sales", "query": {"period": "year"}}
# What has no version of its own, and two changes of it.
COMPARED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("company", {"name": "One"}, {"name": "Two"}),
    (
        "settings",
        {"values": {"mail.active": False}},
        {"values": {"mail.active": True}},
    ),
    ("me", {"name": "One"}, {"name": "Two"}),
    ("members/{members}", {"role": "warehouse"}, {"role": "bookkeeper"}),
    ("roles/{roles}", {"name": "One"}, {"name": "Two"}),
    ("letterhead", {"address": "One"}, {"address": "Two"}),
    ("imports/{imports}", {"day_first": True}, {"day_first": False}),
    ("calendars/{calendars}", {"interval": 300}, {"interval": 600}),
    (f"numbering/{Kind.ORDER}", {"pattern": "A-{n}"}, {"pattern": "B-{n}"}),
    ("saved-reports/{saved-reports}", {**SAVED, "name": "One"}, {**SAVED, "name": "Two"}),
]


@pytest.mark.req("B25")
@pytest.mark.django_db
@pytest.mark.parametrize(("at", "first", "second"), COMPARED)
def test_what_has_no_version_is_compared_by_what_it_says(
    at: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    made = world()
    dana = program_of(made.actor)
    at = at.format_map(made.ids)
    verb = "put" if at.startswith(("numbering", "saved-reports")) else "patch"
    seen = dana.call("get", at)["ETag"]
    changed = dana.call(verb, at, first, If_Match=seen)
    assert told(changed, 200) == dana.get(at)
    assert changed["ETag"] == dana.call("get", at)["ETag"] != seen, "As its GET tells it."
    for tag in (seen, '"0"', '"1-abc"', "nonsense"):
        assert told(dana.call(verb, at, second, If_Match=tag), 412)["type"] == "stale"
    assert dana.call("get", at)["ETag"] == changed["ETag"], "Nothing was done."
    assert told(dana.call(verb, at, second, If_Match=f"W/{changed['ETag']}"), 200) == dana.get(at)
    told(dana.call(verb, at, first, If_Match="*"), 200)
    told(dana.call(verb, at, second), 200)
