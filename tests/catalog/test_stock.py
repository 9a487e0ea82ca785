"""Verbs on stock, on the real database."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, transaction

from tests.catalog.shop import company, figures, line, place, thing
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.settings import put
from tradepost.catalog import stock
from tradepost.catalog.ledger import NotHeld, Place, Ref
from tradepost.catalog.models import Bin, ItemType, StockMove
from tradepost.catalog.queries import discrepancies, movements, sums
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> Actor:
    return company()


def test_an_order_from_the_vendor_to_the_customer(actor: Actor) -> None:
    tent, main = thing(actor, "TENT"), place(actor)
    stock.expect(actor, [line(tent, main, 10, ref=1)])
    assert figures(actor, tent, main) == (0, 0, 10)
    stock.receive(actor, [line(tent, main, 6, ref=1)])
    assert figures(actor, tent, main) == (6, 0, 4)
    stock.receive(actor, [line(tent, main, 5, ref=1)])  # one more than was ordered
    assert figures(actor, tent, main) == (11, 0, 0)
    stock.allocate(actor, [line(tent, main, 4, ref=2)])
    assert figures(actor, tent, main) == (11, 4, 0)
    stock.ship(actor, [line(tent, main, 3, ref=2)])
    assert figures(actor, tent, main) == (8, 1, 0)
    stock.take_back(actor, [line(tent, main, 1, ref=2)])
    stock.let_go(actor, [Ref("order_line", 2)])
    assert figures(actor, tent, main) == (9, 0, 0)
    kinds = [m.kind for m in movements(actor, tent.pk)]
    assert kinds == ["release", "return", "shipment", "allocation", "receipt", "receipt", "expectation"]
    assert discrepancies(actor) == []


def test_what_is_promised_to_one_is_not_shipped_to_another(actor: Actor) -> None:
    tent, main = thing(actor, "TENT"), place(actor)
    stock.receive(actor, [line(tent, main, 5)])
    stock.allocate(actor, [line(tent, main, 4, ref=1)])
    with pytest.raises(stock.ShortStock, match="TENT lacks 1 in Main") as refused:
        stock.ship(actor, [line(tent, main, 2, ref=2)])
    assert refused.value.lacking == {Place(tent.pk, main.pk): D(1)}
    assert refused.value.cure
    with pytest.raises(stock.ShortStock):
        stock.allocate(actor, [line(tent, main, 1, ref=2), line(tent, main, 1, ref=3)])
    granted = stock.allocate(actor, [line(tent, main, 3, ref=2)], in_part=True)
    assert [m.change.allocated for m in granted.moves] == [1]
    assert stock.allocate(actor, [line(tent, main, 3, ref=3)], in_part=True).moves == ()
    stock.adjust(actor, [line(tent, main, -3)], reason="broken")  # it has happened, promised or not
    assert figures(actor, tent, main) == (2, 5, 0)
    with pytest.raises(stock.ShortStock, match="lacks 1"):
        stock.adjust(actor, [line(tent, main, -3)], reason="broken")


def test_no_more_is_released_than_is_held(actor: Actor) -> None:
    tent, main = thing(actor, "TENT"), place(actor)
    stock.receive(actor, [line(tent, main, 5)])
    stock.allocate(actor, [line(tent, main, 2, ref=1)])
    with pytest.raises(NotHeld, match="3 cannot be released: only 2"):
        stock.release(actor, [line(tent, main, 3, ref=1)])
    with pytest.raises(NotHeld):
        stock.withdraw(actor, [line(tent, main, 1, ref=1)])
    stock.release(actor, [line(tent, main, 1, ref=1), line(tent, main, 1, ref=1)])
    assert figures(actor, tent, main) == (5, 0, 0)


def test_all_lines_or_none(actor: Actor) -> None:
    tent, rope, main = thing(actor, "TENT"), thing(actor, "ROPE"), place(actor)
    stock.receive(actor, [line(tent, main, 5)])
    before = StockMove.objects.count()
    with pytest.raises(stock.ShortStock, match="ROPE lacks 1 in Main"):
        stock.ship(actor, [line(tent, main, 1), line(rope, main, 1)])
    assert (figures(actor, tent, main), StockMove.objects.count()) == ((5, 0, 0), before)


def test_a_company_may_choose_to_go_below_zero(actor: Actor) -> None:
    tent, main = thing(actor, "TENT"), place(actor)
    put(actor, {"stock.allow_negative": True})
    stock.ship(actor, [line(tent, main, 3)])
    stock.allocate(actor, [line(tent, main, 2, ref=1)], in_part=True)
    assert figures(actor, tent, main) == (-3, 2, 0)
    put(actor, {"stock.allow_negative": False})
    stock.receive(actor, [line(tent, main, 1)])  # nearer to zero is always allowed
    with pytest.raises(stock.ShortStock):
        stock.ship(actor, [line(tent, main, 1)])
    stock.count(actor, [line(tent, main, 0)])
    assert figures(actor, tent, main) == (0, 2, 0)


def test_bins_are_places_of_their_own(actor: Actor) -> None:
    tent, main, van = thing(actor, "TENT"), place(actor), place(actor, "Van")
    shelf = Bin.objects.create(organisation_id=actor.organisation_id, location=main, name="A1").pk
    stock.receive(actor, [line(tent, main, 5)])
    stock.transfer(actor, [line(tent, main, 3)], main.pk, bin_id=shelf)
    assert figures(actor, tent, main) == (5, 0, 0)
    with pytest.raises(stock.ShortStock, match="lacks 1"):
        stock.ship(actor, [line(tent, main, 3)])  # only two lie outside the bin
    moved = stock.transfer(actor, [line(tent, main, 2, bin=shelf)], van.pk)
    assert [m.change.on_hand for m in moved.moves] == [-2, 2]
    assert StockMove.objects.filter(posting=moved.id).count() == 2
    stock.count(actor, [line(tent, main, 4, bin=shelf), line(tent, main, 2)])
    assert (figures(actor, tent, main)[0], figures(actor, tent, van)[0]) == (6, 2)
    with pytest.raises(Missing, match="bin of Van"):
        stock.receive(actor, [line(tent, van, 1, bin=shelf)])
    with pytest.raises(Invalid, match="where it lies"):
        stock.transfer(actor, [line(tent, main, 1)], main.pk)
    assert discrepancies(actor) == []


def test_the_ledger_answers_for_the_past_and_nobody_changes_it(actor: Actor) -> None:
    tent, main = thing(actor, "TENT"), place(actor)
    now = clock.now()
    stock.receive(actor, [line(tent, main, 7)], at=now - timedelta(days=3))
    stock.ship(actor, [line(tent, main, 2)], at=now - timedelta(days=1))
    past = [sums(actor, [tent.pk], at=now - timedelta(days=d)) for d in (4, 3, 2, 1)]
    assert [p[tent.pk].on_hand if p else 0 for p in past] == [0, 7, 7, 5]
    with pytest.raises(Invalid, match="future"):
        stock.ship(actor, [line(tent, main, 1)], at=now + timedelta(days=1))
    for change in (lambda: StockMove.objects.update(on_hand=9), lambda: StockMove.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


WRONG = [
    ("0", "enter a quantity"),
    ("-1", "negative"),
    ("NaN", "decimals"),
    ("0.00001", "decimals"),
    ("1e15", "fifteen"),
]


@pytest.mark.parametrize(("quantity", "sentence"), WRONG)
def test_wrong_quantities_are_named(actor: Actor, quantity: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        stock.receive(actor, [line(thing(actor, "TENT"), place(actor), quantity)])


def test_wrong_things_are_named(actor: Actor) -> None:
    tent, main, other = thing(actor, "TENT"), place(actor), company("Other")
    advice = thing(actor, "ADVICE", ItemType.SERVICE)
    with pytest.raises(Invalid, match="ADVICE is a service"):
        stock.receive(actor, [line(advice, main, 1)])
    with pytest.raises(Invalid, match="Say why"):
        stock.adjust(actor, [line(tent, main, 1)], reason=" ")
    with pytest.raises(Invalid, match="twice in the count"):
        stock.count(actor, [line(tent, main, 1), line(tent, main, 2)])
    with pytest.raises(Invalid, match="to a line of a document"):
        stock.allocate(actor, [line(tent, main, 1)])
    with pytest.raises(Invalid, match="nothing to move"):
        stock.receive(actor, [])
    with pytest.raises(Missing, match="item"):
        stock.receive(other, [line(tent, place(other), 1)])
    with pytest.raises(Missing, match="location"):
        stock.receive(other, [line(thing(other, "ROPE"), main, 1)])
    main.archived_at = clock.now()
    main.save()
    with pytest.raises(Conflict, match="archived"):
        stock.receive(actor, [line(tent, main, 1)])
    assert not StockMove.objects.exists()


@pytest.mark.parametrize(
    ("role", "verb"), [(Role.SALES, "receive"), (Role.BOOKKEEPER, "ship"), (Role.READ_ONLY, "allocate")]
)
def test_who_may_not(actor: Actor, role: Role, verb: str) -> None:
    lesser = Actor(actor.organisation_id, actor.user_id, role)
    with pytest.raises(Refused):
        getattr(stock, verb)(lesser, [line(thing(actor, "TENT"), place(actor), 1, ref=1)])
