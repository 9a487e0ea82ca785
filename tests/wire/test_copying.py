"""What COPY writes is what the ORM would have written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.sales.trade import trade
from tradepost.accounts.models import AuditEntry
from tradepost.sales.models import Document, Kind
from tradepost.wire.copying import store
from tradepost.wire.orm import matching

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ODD = "tab\t newline\n back\\slash \\N 'quote' {brace} é 🍺"


def documents(**values: Any) -> list[Document]:
    shop = trade()
    head: dict[str, Any] = {
        "organisation_id": shop.actor.organisation_id, "kind": Kind.ORDER, "status": "open", "customer_id": shop.customer,
        "customer_name": ODD, "date": date(2026, 11, 2), "currency": "USD", "freight": Decimal("12.50"), "memo": "",
        "billing": {"street": ODD, "n": [1, None]}, "prices_include_tax": True, "owner_id": None, **values,
    }  # fmt: skip
    return [Document(number=f"X-{n}", **head) for n in range(3)]


def columns(row: Document) -> dict[str, Any]:
    left_out = {"id", "created_at", "updated_at", "search", "number"}
    return {f.name: f.value_from_object(row) for f in row._meta.concrete_fields if f.name not in left_out}


def test_every_kind_of_column_is_the_same() -> None:
    copied, saved = documents()[:2]
    store([copied])
    saved.save()
    one, other = Document.objects.get(pk=copied.pk), Document.objects.get(pk=saved.pk)
    assert columns(one) == columns(other)
    assert one.created_at is not None
    assert (copied._state.adding, copied._state.db) == (False, "default")
    assert Document.objects.filter(matching("quote")).count() == 2


def test_keys_go_on_and_two_statements_do_for_any_number() -> None:
    rows = documents()
    with CaptureQueriesContext(connection) as asked:
        store(rows)
    assert len(asked) == 2
    later = AuditEntry(organisation_id=rows[0].organisation_id, via="page", verb="x", kind="x")
    store([later])
    another = documents_like(rows[0])
    another.save()
    assert another.pk > max(row.pk for row in rows)
    store([])


def documents_like(row: Document) -> Document:
    return Document(
        organisation_id=row.organisation_id, kind=Kind.ORDER, status="open", customer_id=row.customer_id,
        customer_name="x", date=row.date, currency="USD", number="Y-1",
    )  # fmt: skip


def test_the_database_refuses_as_ever() -> None:
    rows = documents()
    rows[1].number = rows[0].number
    with pytest.raises(IntegrityError), transaction.atomic():
        store(rows)
    assert not Document.objects.exists()
