"""Every verb on every kind, in every state, by every role: through the verb itself, by the table that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product

import pytest
from django.db import models, transaction

from tests.api.conftest import program_of
from tests.sales.trade import D, Trade, trade
from tradepost.accounts.access import Actor, Role
from tradepost.api.urls import api
from tradepost.kit.errors import Conflict, Refused
from tradepost.people.models import Customer, Vendor
from tradepost.sales.guards import Guard
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.moving import move
from tradepost.sales.state_table import MACHINES, PURCHASES, Row

pytestmark = pytest.mark.django_db


@contextmanager
def undone() -> Iterator[None]:
    """What happens within leaves no trace."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def stand(document: Document, state: str, row: Row | None = None, broken: Guard | None = None) -> None:
    """Put the document into a state in which every guard of the verb lets it pass, but for the one that is ``broken``."""
    guards = row.guards if row else ()
    held = (Guard.ON_HOLD in guards) != (broken in (Guard.ON_HOLD, Guard.NOT_ON_HOLD))
    vendor = document.kind in PURCHASES
    now: dict[str, object] = {"status": state, "hold_reason": "Why not." if held and not vendor else ""}
    if document.kind == Kind.PURCHASE_QUOTE:
        now["total"] = D(broken is not Guard.HAS_PRICE)
    if broken is Guard.NOTHING_PAID:
        now["applied"] = D(1)
    Document.objects.filter(pk=document.pk).update(**now)
    if held and vendor:
        Vendor.objects.filter(pk=document.vendor_id).update(status="hold")
    if broken is Guard.HAS_LINES:
        document.lines.all().delete()
    if broken is Guard.CREDIT_ALLOWS and vendor:  # which sends to the customer
        document.lines.update(drop_ship=True)
        Document.objects.filter(pk=document.pk).update(
            source=Document.objects.filter(kind=Kind.ORDER).first()
        )
    if broken is Guard.CREDIT_ALLOWS:
        Customer.objects.update(credit_hold=True)
    if broken is Guard.NOTHING_FOLLOWS:
        follower = Document.objects.exclude(pk=document.pk).filter(kind__in=(Kind.INVOICE, Kind.BILL)).first()
        Document.objects.filter(pk=follower.pk if follower else 0).update(source=document)


def press(actor: Actor, document: Document, verb: str) -> str:
    """The state that the verb leads to, or the name of the fault."""
    try:
        return move(actor, document.pk, verb, "Because").status
    except (Conflict, Refused) as fault:
        return type(fault).__name__


@pytest.fixture
def shop() -> Trade:
    found = trade()
    found.document(Kind.INVOICE), found.document(Kind.BILL)  # to follow from what is tried
    found.document(Kind.ORDER)  # for which it is bought
    return found


@pytest.mark.req("B21")
@pytest.mark.parametrize("kind", Kind)
def test_every_verb_does_in_every_state_and_role_what_the_table_says(shop: Trade, kind: Kind) -> None:
    """Every verb is tried by every role, whether it fits the state or not. Of one that fits, those who may do it, and each of
    its guards broken, are tried in the first of its states, and one role in the others. What is refused changes nothing."""
    machine, document = MACHINES[kind], shop.document(kind)
    roles = [replace(shop.actor, role=role) for role in Role]
    for state in machine.states:
        fitting = [row for row in machine.rows if state in row.sources and not row.follows]
        others = {row.verb for row in machine.rows} - {row.verb for row in fitting}
        with undone():
            stand(document, state)
            before = Document.objects.filter(pk=document.pk).values().get()
            for actor, verb in product(roles, (*sorted(others), "delete")):
                assert press(actor, document, verb) == "Conflict", (state, verb, actor.role)
            for row in fitting:
                for actor in [one for one in roles if not one.may(row.permission)]:
                    stand(document, state, row)
                    assert press(actor, document, row.verb) == "Refused", (state, row.verb, actor.role)
            stand(document, state)
            assert Document.objects.filter(pk=document.pk).values().get() == before
        for row in fitting:
            may = [one for one in roles if one.may(row.permission)]
            for actor in may if state == row.sources[0] else may[-1:]:
                with undone():
                    stand(document, state, row)
                    assert press(actor, document, row.verb) == (row.target or state), (row.verb, actor.role)
            for guard in row.guards if state == row.sources[0] else ():
                with undone():
                    stand(document, state, row, guard)
                    assert press(shop.actor, document, row.verb) == "Conflict", (state, row.verb, guard)


def test_no_door_deletes_a_document(shop: Trade) -> None:
    """No operation does (those under it take off a link, a payment, the drafts for its vendors), and it goes with nothing but
    its company: whom or what it names cannot be deleted, or is named no more."""
    views = [one for _prefix, router in api._routers for one in router.path_operations.items()]
    deleting = {path for path, view in views if any("DELETE" in op.methods for op in view.operations)}
    under = ("links", "drop-ship", "applications/{int:document_id}")
    assert {path for path in deleting if "documents" in path} == {
        f"documents/{{int:id}}/{one}" for one in under
    }
    order = shop.document()
    assert program_of(shop.actor).call("delete", f"documents/{order.pk}").status_code == 405
    for model, owners in ((Document, {"organisation"}), (Line, {"organisation", "document"})):
        foreign = [f for f in model._meta.concrete_fields if isinstance(f, models.ForeignKey)]
        assert {f.name for f in foreign if f.remote_field.on_delete is models.CASCADE} == owners
