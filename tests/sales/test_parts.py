"""Parts of documents come to the whole: freight once, and tax and discount of partial credits to the cent."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from tests.sales.trade import Trade, trade
from tradepost.sales.converting import convert
from tradepost.sales.following import left
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.state_table import DEAD

D = Decimal
pytestmark = pytest.mark.django_db
FIGURES = ("subtotal", "discount", "freight", "tax", "total")


@pytest.fixture
def shop() -> Trade:
    return trade()


def part(row: Document, *wanted: str) -> dict[int, Decimal]:
    return {line.pk: D(q) for line, q in zip(row.lines.all(), wanted, strict=False)}


def sums(rows: list[Document]) -> dict[str, Decimal]:
    return {name: sum((getattr(row, name) for row in rows), D(0)) for name in FIGURES}


@pytest.mark.parametrize("first", [Kind.ORDER, Kind.SHIPMENT])
def test_freight_is_charged_once_by_the_order_and_its_ship_docs(shop: Trade, first: Kind) -> None:
    order = shop.document(Kind.ORDER, "4", freight=D("12.34"))
    shipment = move(shop.actor, convert(shop.actor, order.pk, Kind.SHIPMENT, part(order, "2")).pk, "ship")
    ways = [(order, part(order, "2")), (shipment, part(shipment, "2"))]
    made = [
        convert(shop.actor, source.pk, Kind.INVOICE, wanted)
        for source, wanted in (ways if first is Kind.ORDER else ways[::-1])
    ]
    assert sorted(row.freight for row in made) == [0, D("12.34")]
    assert sum(row.total for row in made) == order.total


def test_two_ship_docs_charge_what_each_of_them_says(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "4")
    made = []
    for freight in ("5", "7"):
        row = convert(shop.actor, order.pk, Kind.SHIPMENT, part(order, "2"))
        save_document(shop.actor, Kind.SHIPMENT, {"freight": D(freight)}, document_id=row.pk)
        move(shop.actor, row.pk, "ship")
        made.append(convert(shop.actor, row.pk, Kind.INVOICE))
    assert [row.freight for row in made] == [5, 7]


def test_freight_is_given_back_with_the_last_of_it(shop: Trade) -> None:
    invoice = move(shop.actor, shop.document(Kind.INVOICE, "2", freight=D(9)).pk, "issue")
    made = [convert(shop.actor, invoice.pk, Kind.CREDIT_NOTE, part(invoice, "1")) for _n in range(2)]
    assert [row.freight for row in made] == [0, 9]
    assert sums(made) == sums([invoice])


def test_who_sends_a_part_back_is_given_the_freight_with_the_last_of_it(shop: Trade) -> None:
    invoice = move(shop.actor, shop.document(Kind.INVOICE, "2", freight=D(9)).pk, "issue")
    back = []
    for _n in range(2):
        rma = move(shop.actor, convert(shop.actor, invoice.pk, Kind.RMA, part(invoice, "1")).pk, "approve")
        back += [rma, convert(shop.actor, rma.pk, Kind.CREDIT_NOTE)]
    assert [row.freight for row in back] == [0, 0, 9, 9]


def some(shop: Trade, dice: random.Random) -> Document:
    """An order of odd prices, rates and discounts; with freight, and with prices that may include tax."""
    lines = [
        LineDraft(
            description=f"Line {n}",
            quantity=D(dice.randint(1, 9)) / dice.choice([1, 1, 2, 4]),
            unit_price=D(dice.randint(1, 99_999)) / dice.choice([100, 1000, 10_000]),
            discount_percent=D(dice.choice([0, 0, 3, 12])) / 10 * dice.randint(1, 9),
            tax_rate=D(dice.choice(["0", "6.625", "8.25", "19", "0.375"])),
        )
        for n in range(dice.randint(1, 5))
    ]
    head = {
        "customer_id": shop.customer,
        "discount_percent": D(dice.choice([0, 0, 33, 125])) / 10,
        "freight": D(dice.choice([0, 0, 1234])) / 100,
        "freight_tax_rate": D(dice.choice(["0", "6.625", "19"])),
        "prices_include_tax": dice.random() < 0.4,
    }
    return save_document(shop.actor, Kind.ORDER, head, lines)


def split(shop: Trade, dice: random.Random, source: Document, target: Kind) -> list[Document]:
    """All of it in random parts; now and then one is cancelled between."""
    made: list[Document] = []
    for _n in range(3):
        rest = {pk: q for pk, q in left(source, target).items() if dice.random() < 0.7}
        wanted = {pk: round(q * dice.choice([D("0.25"), D("0.5"), D(1)]), 4) for pk, q in rest.items()}
        if wanted and len(wanted) == sum(map(bool, wanted.values())):
            made.append(convert(shop.actor, source.pk, target, wanted))
    if len(made) > 1 and dice.random() < 0.5:
        move(shop.actor, made[0].pk, "cancel")
    if left(source, target):
        made.append(convert(shop.actor, source.pk, target))
    return [row for row in map(shop.again, made) if row.status not in DEAD]


@pytest.mark.parametrize("seed", range(8))
def test_partial_invoices_and_partial_credits_come_to_the_whole_to_the_cent(shop: Trade, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    order = some(shop, dice)
    invoices = split(shop, dice, order, Kind.INVOICE)
    assert sums(invoices) == sums([order])
    for invoice in invoices:
        move(shop.actor, invoice.pk, "issue")
        credits = split(shop, dice, shop.again(invoice), Kind.CREDIT_NOTE)
        assert sums(credits) == sums([invoice])
        for row in [invoice, *credits]:
            included = row.prices_include_tax
            assert row.subtotal - row.discount + row.freight + (0 if included else row.tax) == row.total
            assert sum(line.amount for line in row.lines.all()) == row.subtotal
            assert sum(D(tax["amount"]) for tax in row.taxes) == row.tax
