"""The trash by the API, page by page."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from tests.api.conftest import Program
from tradepost.kit import clock
from tradepost.people.models import Customer, Vendor

pytestmark = pytest.mark.django_db


def lying(dana: Program, limit: int) -> list[tuple[str, str]]:
    """Kind and title of all that lies there, read page by page."""
    page = dana.get(f"trash?limit={limit}")
    found = page["items"]
    while page["next"]:
        assert len(page["items"]) == limit
        page = dana.get(f"trash?limit={limit}&cursor={page['next']}")
        found += page["items"]
    assert page["count"] == len(found)
    return [(one["kind"], one["title"]) for one in found]


@pytest.fixture
def thrown(dana: Program) -> list[tuple[str, str]]:
    """Of two kinds, two in one moment and one before, in their order."""
    now = clock.now()
    for model, plural in ((Customer, "customers"), (Vendor, "vendors")):
        for name in ("Adams", "Brook", "Clark"):
            dana.post(f"{plural}/{dana.post(plural, {'name': name})['id']}/archive", status=200)
        model.objects.update(archived_at=now)
        model.objects.filter(name="Clark").update(archived_at=now - timedelta(hours=1))
    return [
        (kind, name)
        for names in (("Brook", "Adams"), ("Clark",))
        for kind in ("customer", "vendor")
        for name in names
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 50])
def test_pages_of_any_length_hold_each_once(dana: Program, thrown: list[tuple[str, str]], limit: int) -> None:
    assert lying(dana, limit) == thrown


def test_what_is_given_back_meanwhile_hides_no_other(dana: Program, thrown: list[tuple[str, str]]) -> None:
    first = dana.get("trash?limit=2")
    for one in first["items"]:
        dana.post(f"trash/{one['kind']}/{one['id']}/restore", status=204)
    rest = dana.get(f"trash?cursor={first['next']}")["items"]
    assert [(one["kind"], one["title"]) for one in rest] == thrown[2:]
    assert [one["title"] for one in dana.get("trash?offset=3")["items"]] == [
        "Clark"
    ]  # as scripts asked before


@pytest.mark.parametrize(
    "parts", [["2026-01-01T00:00:00Z", "tag"], ["2026-01-01", "tag", 1], ["x", "tag", 1], [1, "tag", 1],
              ["2026-01-01T00:00:00Z", "\0", 1], ["2026-01-01T00:00:00Z", 1, 1], ["2026-01-01T00:00:00Z", "tag", 2**63]],
)  # fmt: skip
def test_a_forged_cursor_is_refused(dana: Program, parts: list[object]) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
    assert "cursor" in dana.get(f"trash?cursor={cursor}", 422)["errors"]
