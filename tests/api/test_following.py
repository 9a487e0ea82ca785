"""What changed since: by a program that follows, and by an index where there are many."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from tests.api.conftest import Program
from tradepost.api.paging import page
from tradepost.api.schema import Window
from tradepost.sales.models import Document

pytestmark = pytest.mark.django_db


def numbers(dana: Program, path: str) -> list[Any]:
    return [one["id"] for one in dana.get(path)["items"]]


def test_who_follows_is_told_what_changed_since_and_nothing_else(
    dana: Program, order: dict[str, Any]
) -> None:
    first, item = order["customer_id"], order["lines"][0]["item_id"]
    made = {
        "customers": [first, dana.post("customers", {"name": "Slate"})["id"]],
        "contacts": [dana.post("contacts", {"last_name": name})["id"] for name in ("Solis", "Osei")],
        "items": [item, dana.post("items", {"sku": "STV", "name": "Stove"})["id"]],
        "documents": [order["id"], dana.post(f"documents/{order['id']}/copies")["id"]],
        "leads": [dana.post("leads", {"company": name})["id"] for name in ("Fern", "Moss")],
    }
    for plural, ids in made.items():
        marked = dana.patch(f"{plural}/{ids[0]}", {"tags": ["seen"]})
        since = f"{plural}?sort=updated_at&updated_since={marked['updated_at'].replace('+', '%2B')}"
        assert numbers(dana, since) == ids[:1]
        dana.patch(f"{plural}/{ids[1]}", {"tags": ["seen"]})
        assert numbers(dana, since) == ids


@pytest.mark.parametrize("column", ["number", "-customer_name", "updated_at", "-updated_at"])
def test_documents_of_all_kinds_come_by_an_index(dana: Program, column: str) -> None:
    rows = Document.objects.of(dana.actor)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    plan = rows.order_by(column, "-pk" if column[0] == "-" else "pk")[:51].explain()
    assert "Sort" not in plan
    assert page(rows, Window(), column)["items"] == []
