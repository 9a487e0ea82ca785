"""Which movements an archived item still makes: new stock of it is not entered by hand, all else is what happened."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal as D

import pytest
from django.db import transaction

from tests.catalog.shop import company, figures, line, place, thing
from tradepost.accounts.access import Actor
from tradepost.catalog import stock
from tradepost.catalog.details import Component
from tradepost.catalog.models import Item, ItemType, Location, StockMove
from tradepost.catalog.reversal import undo
from tradepost.kit import clock
from tradepost.kit.errors import Conflict

pytestmark = pytest.mark.django_db
Verb = Callable[[Actor, Item, Location, Location], object]

# Of an assembly of which five lie there, of a part of which ten do; both are archived.
VERBS: dict[str, tuple[Verb, int | None]] = {
    "received by hand": (lambda a, it, at, to: stock.receive(a, [line(it, at, 1)]), None),
    "received on a purchase order": (lambda a, it, at, to: stock.receive(a, [line(it, at, 1, ref=1)]), 6),
    "adjusted in": (lambda a, it, at, to: stock.adjust(a, [line(it, at, 1)], reason="found"), None),
    "adjusted out": (lambda a, it, at, to: stock.adjust(a, [line(it, at, -1)], reason="broken"), 4),
    "counted higher": (lambda a, it, at, to: stock.count(a, [line(it, at, 9)]), None),
    "counted as it is": (lambda a, it, at, to: stock.count(a, [line(it, at, 5)]), 5),
    "counted lower": (lambda a, it, at, to: stock.count(a, [line(it, at, 0)]), 0),
    "shipped": (lambda a, it, at, to: stock.ship(a, [line(it, at, 2, ref=2)]), 3),
    "sent back by a customer": (lambda a, it, at, to: stock.take_back(a, [line(it, at, 1, ref=2)]), 6),
    "transferred": (lambda a, it, at, to: stock.transfer(a, [line(it, at, 5)], to.pk), 0),
    "built": (lambda a, it, at, to: stock.build(a, it.pk, D(1), at.pk), None),
    "taken apart": (lambda a, it, at, to: stock.unbuild(a, it.pk, D(1), at.pk), 4),
}


def test_new_stock_of_an_archived_item_is_not_entered_and_the_rest_is_recorded() -> None:
    actor = company()
    main, north, pole = place(actor), place(actor, "North"), thing(actor, "POLE")
    tent = thing(actor, "TENT", ItemType.ASSEMBLY, parts=[Component(pole.pk, D(2))])
    stock.receive(actor, [line(tent, main, 5), line(pole, main, 10)])
    Item.objects.filter(pk__in=[tent.pk, pole.pk]).update(archived_at=clock.now())
    became = {name: _tried(verb, actor, tent, main, north) for name, (verb, _wanted) in VERBS.items()}
    refused = "TENT is archived: no new stock of it is entered."
    assert became == {n: refused if wanted is None else wanted for n, (_verb, wanted) in VERBS.items()}


def _tried(verb: Verb, actor: Actor, item: Item, here: Location, there: Location) -> object:
    """What lies here afterwards, or why not; then it is as before."""
    with transaction.atomic():
        try:
            verb(actor, item, here, there)
            return figures(actor, item, here)[0]
        except Conflict as fault:
            return fault.cause
        finally:
            transaction.set_rollback(True)


def test_what_went_out_by_mistake_is_taken_back_though_the_item_was_archived_since() -> None:
    actor = company()
    main, tent = place(actor), thing(actor, "TENT")
    stock.receive(actor, [line(tent, main, 5)])
    gone = stock.adjust(actor, [line(tent, main, -5)], reason="broken")
    Item.objects.filter(pk=tent.pk).update(archived_at=clock.now())
    undo(actor, StockMove.objects.get(posting=gone.id).pk)
    assert figures(actor, tent, main)[0] == 5
