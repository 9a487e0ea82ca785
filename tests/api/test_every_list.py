"""Every list of records is sorted, filtered and paged in the same way, whichever room it is of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.api.conftest import Program, join, program_of
from tests.api.world import world
from tradepost.accounts import keys
from tradepost.accounts.access import Role
from tradepost.api.urls import api
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.stock import adjust
from tradepost.sync.models import Run, RunItem, Stream

# Lists whose order is what they are, and answers that are no list of records.
ONE_ORDER = {
    "timeline/{kind}/{id}": "what happened with a record, as it happened",
    "trash": "rows of all kinds have only the moment in common at which they went",
}
WHOLE = {
    "calendar-accounts": "the few that one person has",
    "calendar-accounts/{id}/calendars": "as the server told them just now",
    "documents/{id}/applications": "of one document",
    "documents/{id}/builds": "of one document",
    "documents/{id}/related": "of one document",
    "documents/{id}/returns": "of one document",
    "documents/{id}/surplus": "of one document",
    "documents/{id}/versions": "of one document",
    "doubles": "the best that fit, the nearest first",
    "events": "the days that are asked for",
    "items/{id}/bins": "of one item",
    "items/{id}/pictures": "of one item, in their own order",
    "lists": "which lists there are",
    "mail-accounts/{id}/access": "of one mailbox",
    "numbering": "one a kind of document",
    "recipients": "the best that fit, the nearest first",
    "reorder": "a proposal, worked out whole",
    "reports": "which reports there are",
    "roles": "the built-in ones and the few of the company's own",
    "saved-reports": "the few that one person reads",
    "saved-reports/{id}/posts": "the last thirty",
    "search": "the best that fit, the nearest first",
    "senders": "the few that one person may use",
    "settings": "which settings there are",
    "stock/worth": "figures, worked out whole",
    "streams/{id}/preview": "a plan, worked out whole",
    "trash/kinds": "which kinds there are",
}


def _answers() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Path, operation and schema of what is answered, of every GET."""
    described = api.get_openapi_schema(path_prefix="/api/v1/")
    known = described["components"]["schemas"]
    found = []
    for path, methods in described["paths"].items():
        if get := methods.get("get"):
            answer = get["responses"].get(200, {}).get("content", {}).get("application/json", {})
            shape = answer.get("schema", {})
            shape = known[shape["$ref"].rsplit("/", 1)[-1]] if "$ref" in shape else shape
            found.append((path.removeprefix("/api/v1/"), get, shape))
    return found


def _sorts(operation: dict[str, Any]) -> list[str]:
    [one] = [p["schema"] for p in operation["parameters"] if p["name"] == "sort"] or [{}]
    return list(one.get("enum", ()))


PAGED = {
    path: get for path, get, shape in _answers() if {"items", "next"} <= set(shape.get("properties", ()))
}
SORTED = {path: _sorts(get) for path, get in PAGED.items() if path not in ONE_ORDER}


@pytest.mark.parametrize("path", PAGED)
def test_a_list_of_records_has_a_window_and_says_how_it_can_be_sorted(path: str) -> None:
    assert {"limit", "cursor"} <= {p["name"] for p in PAGED[path]["parameters"]}
    if path not in ONE_ORDER:
        ups = {sort for sort in SORTED[path] if not sort.startswith("-")}
        assert ups and set(SORTED[path]) == ups | {f"-{sort}" for sort in ups}, "Both ways, each."


def test_what_is_answered_whole_has_a_reason() -> None:
    assert {path for path, _get, shape in _answers() if shape.get("type") == "array"} == set(WHOLE)
    assert set(ONE_ORDER) < set(PAGED)


# --- asked ----------------------------------------------------------------------------------------------------------

BY_ID = {  # of which record of the world a list is
    "imports/{id}/rows": "imports",
    "items/{id}/moves": "items",
    "items/{id}/variants": "items",
    "locations/{id}/bins": "stock",
    "runs/{id}/items": "runs",
    "lists/{key}": "",
}


@pytest.fixture
def asked(db: None) -> tuple[Program, dict[str, int]]:
    """A company with a record of every kind, and several of those that are alike in what they are sorted by."""
    made = world()
    dana = program_of(made.actor)
    for n, name in enumerate(("b", "C", "a", "b")):
        dana.post("tags", {"name": f"Tag {n}{name}"})
        dana.post("categories", {"name": f"{name}{n}"})
        dana.post("invitations", {"email": f"{name}{n}@zanzibar.example"})
        dana.post("lists/terms", {"name": f"{name}{n}"})
        dana.post(f"locations/{made.ids['stock']}/bins", {"name": f"{name}{n}"})
        join(made.actor, Role.SALES, f"{name}{n}@joined.example")
        keys.create_api_key(made.actor, name=name)
        adjust(made.actor, [StockLine(made.ids["items"], made.ids["stock"], Decimal(n + 1))], reason=name)
        item = dana.post("items", {"sku": f"S{n}", "name": name})["id"]
        adjust(made.actor, [StockLine(item, made.ids["stock"], Decimal(n + 1))], reason=name)
        run = Run.objects.create(
            organisation_id=made.actor.organisation_id,
            stream=Stream.objects.of(made.actor).earliest("pk"),
            trigger=name,
        )
        for label in ("Walnut", "fig"):
            RunItem.objects.create(
                organisation_id=run.organisation_id, run_id=made.ids["runs"], action="create", label=label
            )
    return dana, made.ids


def _walk(dana: Program, path: str, sort: str, limit: int) -> list[Any]:
    found, cursor = [], ""
    while True:
        answer = dana.get(f"{path}?sort={sort}&limit={limit}{cursor}")
        found += [one.get("id") or one.get("item_id") or one["number"] for one in answer["items"]]
        if not answer["next"]:
            return found
        cursor = f"&cursor={answer['next']}"


@pytest.mark.req("B25")
def test_each_sort_holds_over_pages_of_any_length_and_turns_around(
    asked: tuple[Program, dict[str, int]], settings: Any
) -> None:
    settings.API_RATE = 10**6
    dana, ids = asked
    most: dict[str, int] = {}
    for path, sorts in SORTED.items():
        at = path.replace("{key}", "terms")
        at = at.replace("{id}", str(ids[BY_ID[path]])) if "{id}" in at else at
        for sort in (one for one in sorts if not one.startswith("-")):
            kind = "&kind=order" if path == "documents" and sort == "total" else ""
            whole = _walk(dana, at, sort + kind, 200)
            assert _walk(dana, at, sort + kind, 2) == whole, f"{path} by {sort}"
            assert _walk(dana, at, f"-{sort}{kind}", 3) == whole[::-1], f"{path} by -{sort}"
            most[path] = len(whole)
    several = {path for path, count in most.items() if count > 3}
    assert {"members", "invitations", "api-keys", "runs", "runs/{id}/items", "stock", "audit"} <= several


SORTED_BY = [
    ("members?sort=name", lambda one: one["name"]),
    ("members?sort=-email", lambda one: one["email"]),
    ("stock?sort=-sku", lambda one: one["item_id"]),
    ("tags?sort=name", lambda one: one["name"].casefold()),
]
NARROWED = [
    ("runs?q=nowhere", 0),
    ("runs?state=failed", 0),
    ("runs/{runs}/items?q=FIG", 4),
    ("runs/{runs}/items?action=create&failed=true", 1),
    ("reviews?kind=other", 0),
    ("invitations?accepted=false", 5),
    ("api-keys?live=false", 0),
    ("mail-accounts?shared=false", 0),
    ("mail-accounts?shared=true&health=broken", 0),
    ("audit?q=b0@zanzibar", 1),
    ("stock?q=S2", 1),
    ("stock?state=coming", 0),
    ("stock?state=here&item_id={items}&location_id={stock}", 1),
    ("stock?bin_id={bins}", 0),
    ("availability?q=S1", 1),
    ("imports?state=done", 0),
    ("notices?level=error", 0),
]


def test_a_list_is_sorted_by_what_another_row_says_and_has_the_filters_of_its_page(
    asked: tuple[Program, dict[str, int]],
) -> None:
    dana, ids = asked
    for path, of in SORTED_BY:
        told = [of(one) for one in dana.get(path)["items"]]
        assert len(told) > 3
        assert told == sorted(told, reverse="=-" in path), path
    for path, count in NARROWED:
        whole = dana.get(path.partition("?")[0].format_map(ids))["items"]
        assert len(dana.get(path.format_map(ids))["items"]) == count < len(whole), path
