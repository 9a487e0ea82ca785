"""Whatever names a party follows a merge and comes back: by foreign keys, and by the columns that hold a key without one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from tests.api.world import rows_of
from tests.sync.plan.scenes import ANNA, Scene, absent, app, deleted, remote
from tradepost.accounts.access import Actor
from tradepost.catalog.details import Details
from tradepost.catalog.details import Vendor as Offer
from tradepost.catalog.models import ItemVendor
from tradepost.catalog.services import save_item
from tradepost.exchange.models import EdiMessage, ImportRow, MessageState, RunState
from tradepost.exchange.services import apply, receive
from tradepost.exchange.services import undo as undo_import
from tradepost.kit.errors import Conflict
from tradepost.people.following import followers, relations
from tradepost.people.kinds import shape_of
from tradepost.people.merging import KINDS, merge, survivors, undo
from tradepost.people.models import Customer
from tradepost.people.services import save, save_customer, trash
from tradepost.sales.converting import convert
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document
from tradepost.sync import journal
from tradepost.sync.models import Binding, Connection, Stream
from tradepost.sync.presets import SAFE

# Columns that could hold the key of a party and do not, or that must not follow, and why. A new one is listed here, or
# is named by a follower.
STAYS = {
    "what happened stays as it was": """
        accounts.auditentry.record_id accounts.auditentry.before accounts.auditentry.after
        sync.runitem.record_id sync.runitem.before sync.runitem.after sync.run.counts
        exchange.importrow.before sales.revision.content people.merge.kept_id people.merge.gone_id people.merge.moved
        people.merge.primaries people.merge.filled people.merge.followed custom.tagmerge.moved custom.tagmerge.both""",
    "it is read through ``survivors``": "sync.review.facts",
    "a conversion asks whether what it made was merged": "people.lead.conversion",
    "it holds words, figures or settings, and no record": """
        accounts.customrole.permissions accounts.apikey.scopes accounts.idempotencykey.headers
        accounts.settingvalue.value jobs.heartbeat.facts custom.customfield.default catalog.item.options
        catalog.itemvendor.breaks sales.letterhead.texts sales.document.billing sales.document.shipping
        sales.document.account sales.document.taxes sales.document.freight_taxes sales.line.taxes activities.message.references activities.message.sender
        activities.message.to activities.message.cc activities.message.bcc activities.message.reply_to activities.message.problems
        activities.attachment.size sync.connection.config sync.stream.cursor sync.stream.policy
        sync.binding.local_base sync.binding.remote_base sync.review.options exchange.importrun.sheets
        exchange.importrun.columns exchange.importrun.sample exchange.importrun.mapping exchange.importrun.counts
        reports.savedreport.query reports.savedreport.recipients reports.reportpost.recipients mail.mailaccount.folders mail.outbox.recipients
        mail.outbox.accepted mail.sighting.uidvalidity mail.sighting.uid pim.event.details""",
    "it names a row of another table": "catalog.stockmove.ref_id exchange.importrun.job_id sales.document.seen_in_mail",
}


@pytest.mark.req("X1")
def test_no_column_that_may_name_a_party_is_forgotten() -> None:
    found = {
        f"{model._meta.label_lower}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("tradepost.")
        for field in model._meta.concrete_fields
        if isinstance(field, models.BigIntegerField | models.JSONField)
        and not (field.is_relation or field.primary_key or field.name == "custom")
    }
    followed = {column for follower in followers() for column in follower.columns}
    stays = {name for names in STAYS.values() for name in names.split()}
    assert found == followed | stays
    assert not followed & stays


def stream_of(dana: Actor, label: str) -> Stream:
    connection = Connection.objects.create(
        organisation_id=dana.organisation_id, connector="test", label=label
    )
    return Stream.objects.create(
        organisation_id=dana.organisation_id, connection=connection, kind="test", remote_id=label
    )


def bind(stream: Stream, kind: str, pk: int, remote_id: str) -> Binding:
    base = SAFE.kinds["contact"].canonical(ANNA)
    link = journal.Link("", str(pk), remote_id, base, base, "A1", "R1")
    return Binding.objects.get(pk=journal.store(stream, kind, None, link, pk).key)  # type: ignore[union-attr]


def imported(dana: Actor, kind: str, pk: int) -> ImportRow:
    run = receive(dana, kind, f"{kind}.csv", BytesIO(b"Name\nA\n"))
    return ImportRow.objects.create(
        organisation_id=dana.organisation_id, run=run, number=2, action="create", record_id=pk, version=1
    )


def message(dana: Actor, kind: str, number: str, pk: int) -> EdiMessage:
    document = Kind.BILL if kind == "vendor" else Kind.ORDER
    return EdiMessage.objects.create(
        organisation_id=dana.organisation_id,
        kind=document,
        number=number,
        sender=pk,
        digest=f"{number}{pk}",
        state=MessageState.TAKEN,
    )


def state(dana: Actor) -> dict[str, Any]:
    moving = {"version", "updated_at", "trashed_at", "mark_words"}
    return {
        label: [{k: v for k, v in row.items() if k not in moving} for row in rows]
        for label, rows in rows_of(dana).items()
        if label not in ("people.Merge", "accounts.AuditEntry")
    }


@pytest.mark.req("X1", "X2")
@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_follows_and_comes_back(kind: str, dana: Actor) -> None:
    name = {"contact": "last_name", "lead": "company"}.get(kind, "name")
    kept, gone = (save(dana, kind, {name: word}) for word in ("Harbor", "Harbour"))
    one, other = stream_of(dana, "one"), stream_of(dana, "other")
    alone, both = bind(one, kind, gone.pk, "r1"), bind(other, kind, gone.pk, "r2")
    bind(other, kind, kept.pk, "r3")
    row = imported(dana, kind, gone.pk)
    if kind == "vendor":
        offers = [Offer("Harbour", Decimal(8), vendor_id=gone.pk)]
        for sku, more in {"A": [], "B": [Offer("Harbor", Decimal(9), vendor_id=kept.pk)]}.items():
            save_item(dana, {"sku": sku, "name": sku}, details=Details(vendors=[*offers, *more]))
    if kind in ("customer", "vendor"):
        both_sent = message(dana, kind, "78", gone.pk)
        for number, pk in (("77", gone.pk), ("78", kept.pk)):
            message(dana, kind, number, pk)
    before = state(dana)
    merged = merge(dana, kind, kept.pk, gone.pk)
    for relation in relations(shape_of(kind).model):
        assert not relation.related_model._base_manager.filter(**{relation.field.attname: gone.pk}).exists()
    alone.refresh_from_db()
    both.refresh_from_db()
    row.refresh_from_db()
    assert (alone.record_id, both.record_id, row.record_id, row.version) == (kept.pk, gone.pk, kept.pk, None)
    if kind == "vendor":
        sold = ItemVendor.objects.filter(price=8).order_by("item__sku").values_list("vendor", "vendor_id")
        assert list(sold) == [("Harbor", kept.pk), ("Harbour", kept.pk)]
    if kind in ("customer", "vendor"):
        left = EdiMessage.objects.exclude(sender=kept.pk)
        assert [one.pk for one in left] == [both_sent.pk]
    undo(dana, merged.pk)
    assert state(dana) == before


@pytest.mark.req("X1")
def test_the_next_pass_neither_doubles_nor_deletes(dana: Actor) -> None:
    kept, gone = (save(dana, "contact", {"last_name": name}) for name in ("Weiss", "Weiß"))
    alone, both = (stream_of(dana, name) for name in ("alone", "both"))
    bind(alone, "contact", gone.pk, "r1")
    bind(both, "contact", gone.pk, "r1")
    bind(both, "contact", kept.pk, "r2")

    def planned(stream: Stream, *ours: Any, theirs: tuple[Any, ...] = ()) -> list[tuple[str, str]]:
        links = tuple(journal.link_of(row) for row in Binding.objects.filter(stream=stream).order_by("pk"))
        plan = Scene(ours, theirs, links).plan(SAFE)
        assert not plan.questions and not plan.fetch
        return [(f"{side or '-'}", verb) for action in plan.actions for side, verb in action.verbs]

    merged = merge(dana, "contact", kept.pk, gone.pk)
    mine = app(str(kept.pk), {**ANNA, "last_name": "Weiss"})
    thrown = deleted(app(str(gone.pk)))
    assert planned(alone, mine) == [("remote", "update")]
    assert planned(alone, mine, absent(app(str(gone.pk)))) == [("remote", "update")]
    assert ("remote", "delete") not in planned(both, mine, thrown)
    edited = remote("r1", {**ANNA, "job_title": "CEO"})
    quiet = planned(both, thrown, theirs=(edited, replace(remote("r2"), version="R1")))
    assert {verb for _side, verb in quiet} <= {"rebase", "skip"}
    undo(dana, merged.pk)
    same = app(str(gone.pk), version="A1"), app(str(kept.pk), version="A1")
    assert {verb for _side, verb in planned(both, *same)} <= {"rebase", "skip"}


def test_merges_are_taken_back_in_their_order(dana: Actor) -> None:
    a, b, c = (save_customer(dana, {"name": name}) for name in "ABC")
    first = merge(dana, "customer", b.pk, a.pk)
    second = merge(dana, "customer", c.pk, b.pk)
    company = dana.organisation_id
    assert survivors(company, [("customer", a.pk), ("contact", a.pk)]) == {
        ("customer", a.pk): ("customer", c.pk),
        ("contact", a.pk): ("contact", a.pk),
    }
    with pytest.raises(Conflict, match="B was merged itself since, into C"):
        undo(dana, first.pk)
    with pytest.raises(Conflict, match="A was merged into B"):
        trash(dana, a, undo=True)
    undo(dana, second.pk)
    undo(dana, first.pk)
    assert Customer.objects.of(dana).filter(trashed_at=None).count() == 3
    assert survivors(company, [("customer", a.pk)]) == {("customer", a.pk): ("customer", a.pk)}


def test_a_file_that_names_who_was_merged(dana: Actor) -> None:
    kept, gone, thrown = (save_customer(dana, {"name": name}) for name in ("Harbor", "Harbour", "Granite"))
    merge(dana, "customer", kept.pk, gone.pk)
    trash(dana, thrown)
    file = (
        f"Number,Name\n{gone.number},Harbour\n{thrown.number},Granite\n{kept.number},Harbor Ltd\n,Harbour\n"
    )
    run = receive(dana, "customer", "a.csv", BytesIO(file.encode()))
    apply(dana, run.pk, now=True)
    told = [(o.action, o.cause) for o in run.outcomes.order_by("number")]
    assert told == [
        ("refuse", f"{gone.number} Harbour was merged into Harbor."),
        ("refuse", f"{thrown.number} Granite lies in the trash."),
        ("update", ""),
        ("create", ""),
    ]
    orders = f"Number,Date,Customer,Description,Quantity,Price\nSO-9,2026-11-02,{gone.number},Tent,1,5\n"
    run = receive(dana, "order", "b.csv", BytesIO(orders.encode()))
    apply(dana, run.pk, now=True)
    assert Document.objects.get(kind=Kind.ORDER).customer_id == kept.pk


def test_taking_an_import_back_leaves_the_merged_alone(dana: Actor) -> None:
    kept = save_customer(dana, {"name": "Harbor"})
    run = receive(dana, "customer", "a.csv", BytesIO(b"Name\nHarbour\n"))
    apply(dana, run.pk, now=True)
    gone = Customer.objects.get(name="Harbour")
    merged = merge(dana, "customer", kept.pk, gone.pk)
    undo_import(dana, run.pk, now=True)
    row = run.outcomes.get()
    assert (row.action, row.cause) == ("kept", "Somebody changed the record since.")
    undo(dana, merged.pk)
    run.refresh_from_db()
    assert run.state == RunState.UNDONE
    assert Customer.objects.of(dana).count() == 2


@pytest.mark.req("X1")
def test_what_the_two_owe_is_owed_by_the_one(dana: Actor) -> None:
    kept, gone = (save_customer(dana, {"name": name, "credit_limit": 90}) for name in ("Harbor", "Harbour"))
    for one, price in ((kept, 40), (gone, 60)):
        line = LineDraft(description="Tent", quantity=Decimal(1), unit_price=Decimal(price))
        made = save_document(dana, Kind.INVOICE, {"customer_id": one.pk}, [line])
        move(dana, made.pk, "issue")
    merged = merge(dana, "customer", kept.pk, gone.pk)
    order = save_document(dana, Kind.ORDER, {"customer_id": kept.pk}, [line])
    shipment = convert(dana, order.pk, Kind.SHIPMENT)
    with pytest.raises(Conflict, match="100"):
        move(dana, shipment.pk, "ship")
    undo(dana, merged.pk)
    owed = Document.objects.filter(kind=Kind.INVOICE).order_by("customer").values_list("customer", "total")
    assert list(owed) == [(kept.pk, 40), (gone.pk, 60)]
    assert move(dana, shipment.pk, "ship").status == "shipped"
