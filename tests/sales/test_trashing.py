"""Drafts in the trash: which may go, that they are nowhere meanwhile, and that they come back as they were."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Role
from tradepost.accounts.models import AuditEntry
from tradepost.activities.models import ActivityKind, Message
from tradepost.activities.records import Record
from tradepost.activities.services import File, add_activity, add_files
from tradepost.custom.services import merge_tags, save_tag
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing, Refused
from tradepost.people import services as people
from tradepost.people.merging import merge
from tradepost.sales import lists, queries
from tradepost.sales.converting import convert, convert_to_order
from tradepost.sales.following import left, uses
from tradepost.sales.intake import Incoming, take_over
from tradepost.sales.links import share
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.moving import move
from tradepost.sales.numbers import set_pattern
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.state_table import MACHINES
from tradepost.sales.trashing import Facts, trash, untrash, why_it_stays

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Trade:
    return trade()


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        (Facts("draft"), ""),
        *[(Facts(s), "no draft") for s in ("issued", "cancelled", "open", "sent")],
        (Facts("draft", versions=True), "sent before"),
        (Facts("draft", shared=True), "public link"),
        (Facts("draft", made=True), "made from it"),
        (Facts("draft", kept="It was e-mailed."), "e-mailed"),
    ],
)
def test_why_it_stays(facts: Facts, cause: str) -> None:
    found = why_it_stays(facts)
    assert (found is None) == (not cause)
    assert found is None or (cause in found.cause and found.cure)


def _values(row: Document) -> list[Any]:
    moving = {"version", "updated_at"}
    head = {k: v for k, v in Document.objects.filter(pk=row.pk).values().get().items() if k not in moving}
    return [head, list(Line.objects.filter(document=row).order_by("pk").values())]


@pytest.mark.req("B21")
@pytest.mark.req("B26")
def test_a_draft_is_gone_and_comes_back_whole(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3", "5", freight=D(10))
    draft = convert(shop.actor, order.pk, Kind.INVOICE, {order.lines.all()[0].pk: D(2)})
    task = add_activity(
        shop.actor, ActivityKind.TASK, Record("document", draft.pk), {"subject": "Ask for the PO"}
    )
    add_files(shop.actor, task.pk, [File("po.txt", b"x")])
    held, free = _values(draft), left(order, Kind.INVOICE)
    gone = trash(shop.actor, draft.pk, draft.version)
    assert (gone.version, gone.trashed_at is not None) == (draft.version + 1, True)
    assert draft not in queries.documents(shop.actor)
    assert not queries.documents(shop.actor, search=draft.number).exists()
    assert (queries.related(order), list(order.followers.all())) == ([], [])
    assert left(order, Kind.INVOICE) == {**free, order.lines.all()[0].pk: D(3)}
    with pytest.raises(Missing):
        move(shop.actor, draft.pk, "issue")
    untrash(shop.actor, draft.pk)
    assert _values(draft) == held
    assert left(order, Kind.INVOICE) == free
    assert list(task.links.filter(record_kind="document").values_list("record_id", flat=True)) == [draft.pk]
    with pytest.raises(Missing):
        untrash(shop.actor, draft.pk)
    verbs = AuditEntry.objects.filter(kind="document", record_id=draft.pk).values_list("verb", flat=True)
    assert {"invoice.trash", "invoice.restore"} <= set(verbs)


@pytest.mark.req("B26")
def test_its_number_is_nobody_elses(shop: Trade) -> None:
    first = shop.document(Kind.QUOTE)
    trash(shop.actor, first.pk)
    assert shop.document(Kind.QUOTE).number == "Q-00002"
    last = shop.document(Kind.QUOTE)
    trash(shop.actor, last.pk)
    with pytest.raises(Invalid, match="given already"):
        set_pattern(shop.actor, Kind.QUOTE, "Q-{n:05}", 3)
    line = LineDraft(shop.items[0])
    [told] = take_over(
        shop.actor, Kind.QUOTE, [Incoming(first.number, {"customer_id": shop.customer}, (line,))]
    )
    assert isinstance(told, Conflict | Invalid)
    assert untrash(shop.actor, last.pk).number == "Q-00003"
    assert shop.document(Kind.QUOTE).number == "Q-00004"


def test_what_left_the_house_stays(shop: Trade) -> None:
    sent, shared, mailed, used = (shop.document(Kind.QUOTE) for _ in range(4))
    for verb in ("send", "revise"):
        move(shop.actor, sent.pk, verb)
    share(shop.actor, shared.pk)
    on = add_activity(shop.actor, ActivityKind.NOTE, Record("document", mailed.pk), {"subject": "Your quote"})
    Message.objects.create(
        organisation_id=on.organisation_id, activity=on, outgoing=True, message_id="1@x", at=clock.now()
    )
    move(shop.actor, convert_to_order(shop.actor, used.pk).pk, "cancel")
    Document.objects.filter(pk=used.pk).update(status="draft")  # as it stood, had the order been made by hand
    for row, why in (
        (sent, "sent before"),
        (shared, "public link"),
        (mailed, "e-mailed"),
        (used, "made from"),
    ):
        with pytest.raises(Conflict, match=why):
            trash(shop.actor, row.pk)
    with pytest.raises(Conflict, match="no draft"):
        trash(shop.actor, shop.document(Kind.ORDER).pk)


def test_every_kind_asks_its_own_permission(shop: Trade) -> None:
    drafts = [shop.document(kind) for kind, machine in MACHINES.items() if machine.initial == "draft"]
    assert len(drafts) > 10
    for row in drafts:
        stranger = replace(shop.actor, role=Role.READ_ONLY)
        for act in (trash, untrash):
            with pytest.raises((Refused, Missing)):
                act(stranger, row.pk)
        trash(shop.actor, row.pk)
        with pytest.raises(Refused):
            untrash(stranger, row.pk)
    assert Document.objects.of(shop.actor).count() == 0
    for row in drafts:
        untrash(shop.actor, row.pk)
    assert Document.objects.of(shop.actor).count() == len(drafts)


def test_what_stands_in_its_way_back(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3", "5", freight=D(10))
    one = {order.lines.all()[0].pk: D(1)}
    draft = convert(shop.actor, order.pk, Kind.INVOICE, one)
    assert draft.freight == 10
    trash(shop.actor, draft.pk)
    again = convert(shop.actor, order.pk, Kind.INVOICE, one)
    assert again.freight == 10
    with pytest.raises(Conflict, match=f"{again.number} was made from {order.number} since"):
        untrash(shop.actor, draft.pk)  # or the freight would be charged twice
    trash(shop.actor, again.pk)
    save_document(shop.actor, Kind.ORDER, {}, [LineDraft(shop.items[1], quantity=D(5))], document_id=order.pk)
    assert not uses([line.pk for line in order.lines.all()])
    untrash(shop.actor, draft.pk)  # the line that it was of is gone from the order; it says what it said
    trash(shop.actor, draft.pk)
    move(shop.actor, order.pk, "cancel")
    with pytest.raises(Conflict, match="is cancelled"):
        untrash(shop.actor, draft.pk)


def test_less_is_left_than_it_was_over(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3", "5")
    draft = convert(shop.actor, order.pk, Kind.INVOICE)
    trash(shop.actor, draft.pk)
    less = [LineDraft(shop.items[0], quantity=D(2)), LineDraft(shop.items[1], quantity=D(5))]
    save_document(shop.actor, Kind.ORDER, {}, less, document_id=order.pk)
    with pytest.raises(Conflict, match="has not so much of “TNT-4” left"):
        untrash(shop.actor, draft.pk)
    assert not Document.objects.filter(pk=draft.pk).exists()


def test_what_it_names_follows_it_there(shop: Trade) -> None:
    """A merge of its customer or its tags reaches it; a value of a list and a currency that it names stay."""
    other = people.save_customer(shop.actor, {"name": "Granite"})
    own = lists.save(shop.actor, "statuses-quote", {"name": "Waiting"})
    kept, tag = (save_tag(shop.actor, {"name": name}) for name in ("Urgent", "Hot"))
    values = {"customer_id": other.pk, "custom_status_id": own.pk, "add_tags": ["Hot"]}
    draft = save_document(shop.actor, Kind.QUOTE, values, [LineDraft(shop.items[0])])
    trash(shop.actor, draft.pk)
    merge(shop.actor, "customer", shop.customer, other.pk)
    merge_tags(shop.actor, kept.pk, tag.pk)
    assert not lists.remove(shop.actor, "statuses-quote", own.pk)  # archived, since it is named
    back = untrash(shop.actor, draft.pk)
    assert (back.customer_id, back.tags, back.custom_status_id) == (shop.customer, ["Urgent"], own.pk)


def test_whom_it_names_may_go_too_and_comes_back_first(shop: Trade) -> None:
    other = people.save_customer(shop.actor, {"name": "Granite"})
    job = people.save(shop.actor, "project", {"name": "The roof", "customer_id": other.pk})
    buyer = people.save_contact(shop.actor, {"last_name": "Solis"}, customer_ids=[other.pk])
    values = {"customer_id": other.pk, "contact_id": buyer.pk, "project_id": job.pk}
    draft = save_document(shop.actor, Kind.QUOTE, values, [LineDraft(shop.items[0])])
    trash(shop.actor, draft.pk)
    for gone, name in ((job, "The roof"), (buyer, "Solis"), (other, "Granite")):
        people.trash(shop.actor, gone)
        with pytest.raises(Conflict, match=f"{name} lies in the trash"):
            untrash(shop.actor, draft.pk)
        if gone is not other:
            people.trash(shop.actor, gone, undo=True)
    people.trash(shop.actor, other, undo=True)
    assert untrash(shop.actor, draft.pk).customer_id == other.pk
