"""Notes, calls, tasks, events, e-mails, files, tags, custom fields and a pinned memo stand on a record of any kind (X2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.activities.standing import counts
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Role
from tradepost.accounts.settings import put
from tradepost.activities.models import ActivityKind, ActivityStatus
from tradepost.activities.queries import timeline
from tradepost.activities.records import Record
from tradepost.activities.services import RECORD_MODELS, File, add_activity, add_files, set_status
from tradepost.catalog.services import save_item
from tradepost.custom.kinds import KINDS
from tradepost.custom.services import save_field
from tradepost.kit.errors import Missing
from tradepost.mail.accounts import save_account
from tradepost.mail.send import Letter, send_email
from tradepost.people.kinds import SHAPES
from tradepost.people.services import save
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import save_document

pytestmark = pytest.mark.django_db
ALL = [*SHAPES, "item", *Kind]
SERVER = {"host": "mail.pine.example", "port": 993, "username": "dana"}


def made(shop: Trade, kind: str) -> Any:
    """A record of the kind, the simplest that there is."""
    if kind == "item":
        return save_item(shop.actor, {"sku": "BOWL", "name": "Bowl"})
    if kind in SHAPES:
        shape = SHAPES[kind]
        values = {"name": "Pine", "last_name": "Pine", "subject": "Pine", "customer_id": shop.customer}
        return save(shop.actor, kind, {k: v for k, v in values.items() if k in shape.fields})
    if kind == Kind.STATEMENT:
        return Document.objects.create(
            organisation_id=shop.actor.organisation_id, kind=kind, number="ST-1", status="draft",
            customer_id=shop.customer, currency="USD", date=datetime(2026, 11, 2, tzinfo=UTC).date(),
        )  # fmt: skip
    return shop.document(Kind(kind))


def change(shop: Trade, kind: str, row: Any, values: dict[str, Any]) -> None:
    if kind == "item":
        save_item(shop.actor, values, item_id=row.pk)
    elif kind in SHAPES:
        save(shop.actor, kind, values, pk=row.pk)
    else:
        save_document(shop.actor, Kind(kind), values, document_id=row.pk)


@pytest.mark.req("B19", "X2")
@pytest.mark.parametrize("kind", ALL)
def test_everything_stands_on_every_kind_of_record(kind: str) -> None:
    shop = trade(Role.MASTER_ADMIN)
    put(shop.actor, {"mail.active": True})
    account = save_account(
        shop.actor, {"name": "Desk", "sender_email": "desk@pine.example"},
        config={"imap": SERVER, "smtp": SERVER}, secrets={"imap_password": "x"},
    )  # fmt: skip
    row = made(shop, kind)
    record = Record(kind if kind in RECORD_MODELS else "document", row.pk)
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    add_activity(shop.actor, ActivityKind.NOTE, record, {"text": "Asked for green"})
    call = add_activity(shop.actor, ActivityKind.CALL, record, {"subject": "Rang back"})
    task = add_activity(shop.actor, ActivityKind.TASK, record, {"subject": "Send a sample", "due": at})
    add_activity(shop.actor, ActivityKind.EVENT, record, {"subject": "Visit", "starts": at})
    add_activity(shop.actor, ActivityKind.MEMO, record, {"text": "Mind the dog"})
    add_files(shop.actor, call.pk, [File("photo.txt", b"green")])
    send_email(
        shop.actor,
        Letter(account.pk, to="ilse@harbor.example", subject="Hello", text="Hi", records=(record,)),
    )
    assert counts(shop.actor, record.kind, record.id) == (3, 3)
    set_status(shop.actor, task.pk, ActivityStatus.DONE)
    history = timeline(shop.actor, record.kind, record.id)
    assert {one.kind for one in history} == {"note", "call", "email", "task"}
    assert [f.name for one in history for f in one.attachments.all()] == ["photo.txt"]

    save_field(shop.actor, {"name": "Web order", "kinds": list(KINDS)})
    if kind != Kind.STATEMENT:  # it says what the books say, and is never changed
        marks = {"tags": ["VIP"], "custom": {"web_order": "W-1"}, "pinned": "Ring the bell"}
        change(shop, kind, row, marks)
        row.refresh_from_db()
        assert (row.tags, row.custom, row.pinned) == (["VIP"], {"web_order": "W-1"}, "Ring the bell")


def test_nothing_stands_on_what_is_no_record_of_the_company() -> None:
    shop = trade()
    for record in (Record("item", 0), Record("line", 1), Record("customer", 10**9)):
        with pytest.raises(Missing):
            add_activity(shop.actor, ActivityKind.NOTE, record, {"text": "x"})
