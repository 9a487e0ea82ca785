"""What the reports say is what the documents say, to the cent: tax by state, commission base, sales."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.sales.test_parts import split
from tests.sales.trade import Trade, trade
from tradepost.accounts.settings import put
from tradepost.catalog.models import ItemType
from tradepost.catalog.pricing import Reach
from tradepost.catalog.services import save_item
from tradepost.reports.engine import run
from tradepost.reports.rules import Query
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.payments import apply_credit
from tradepost.sales.services import LineDraft, save_document

D = Decimal
pytestmark = pytest.mark.django_db
STATES = ("CA", "ca", "Calif.", "California", "NJ", "TX", "Texas", "Bayern", "BAYERN", "")
ONE = {"calif.": "ca", "california": "ca", "texas": "tx"}


@pytest.fixture
def shop() -> Trade:
    """Thirty documents of odd figures: invoices in parts and paid in parts, credit notes, cash sales; some voided, some with
    discount lines."""
    shop, dice = trade(), random.Random(7)  # noqa: S311
    off = {"sku": "OFF", "name": "Off", "type": ItemType.DISCOUNT, "discount_reach": Reach.ABOVE}
    reduced = LineDraft(save_item(shop.actor, {**off, "discount_percent": D("7.5")}).pk)
    for n in range(10):
        lines = [
            LineDraft(
                description="Work",
                quantity=D(dice.randint(1, 9)),
                unit_price=D(dice.randint(1, 99_999)) / 1000,
                tax_rate=D(dice.choice(["0", "6.625", "8.25"])),
            )
            for _line in range(dice.randint(1, 4))
        ] + [reduced] * (n % 2)
        head = {
            "customer_id": shop.customer,
            "billing": {"region": dice.choice(STATES)},
            "shipping": {"region": dice.choice(STATES)},
            "discount_percent": D(dice.choice([0, 33])) / 10,
            "freight": D(dice.choice([0, 1234])) / 100,
            "prices_include_tax": dice.random() < 0.4,
        }
        if n % 3 == 0:
            sale = save_document(shop.actor, Kind.CASH_SALE, head, lines)
            move(shop.actor, sale.pk, "complete")
            continue
        order = save_document(shop.actor, Kind.ORDER, head, lines)
        for row in split(shop, dice, order, Kind.INVOICE):
            move(shop.actor, row.pk, dice.choice(["issue", "issue", "issue", "cancel"]))
            _settle(shop, dice, shop.again(row))
    return shop


def _settle(shop: Trade, dice: random.Random, invoice: Document) -> None:
    if invoice.status != "issued" or invoice.total <= 0:
        return
    if dice.random() < 0.3:
        credit = split(shop, dice, invoice, Kind.CREDIT_NOTE)[0]
        move(shop.actor, credit.pk, "issue")
        return
    paid = max(D("0.01"), round(invoice.total * dice.choice([D(1), D("0.37")]), 2))
    payment = move(shop.actor, shop.payment(str(paid)).pk, "receive")
    apply_credit(shop.actor, payment.pk, {invoice.pk: paid})


def billed() -> list[tuple[Document, int]]:
    """The documents that count, each with its sign."""
    kinds = (Kind.INVOICE, Kind.CASH_SALE, Kind.CREDIT_NOTE)
    rows = Document.objects.filter(kind__in=kinds).exclude(status__in=("draft", "cancelled", "voided"))
    return [(row, -1 if row.kind == Kind.CREDIT_NOTE else 1) for row in rows]


def rows_of(shop: Trade, report: str, group: str) -> dict[Any, tuple[Any, ...]]:
    found = run(shop.actor, Query(report, (group,), period="all"))
    assert len(found.totals) == 1
    sums = [sum(column) for column in zip(*(row[1:-1] for row in found.rows), strict=True)]
    assert tuple(sums) == found.totals[0][1:-1]
    return {row[0]: row[1:-1] for row in found.rows}


@pytest.mark.req("C28")
@pytest.mark.parametrize("prefer", ["shipping", "billing"])
def test_tax_by_state_is_the_tax_of_the_documents(shop: Trade, prefer: str) -> None:
    put(shop.actor, {"tax.address": prefer})
    wanted: dict[str, list[Decimal]] = defaultdict(lambda: [D(0)] * 3)
    for row, sign in billed():
        preferred = getattr(row, prefer).get("region")
        other = (row.billing if prefer == "shipping" else row.shipping).get("region")
        net = row.total - row.tax - row.freight
        figures = (net, net if row.tax else D(0), row.tax)
        state = (preferred or other or "–").casefold()
        state = ONE.get(state, state)
        wanted[state] = [a + sign * b for a, b in zip(wanted[state], figures, strict=True)]
    found = rows_of(shop, "tax", "state")
    assert {state.casefold(): list(row[1:]) for state, row in found.items()} == wanted
    assert sum(row[3] for row in found.values()) == sum(sign * row.tax for row, sign in billed())


def test_commission_is_on_what_is_net_and_on_the_part_that_is_paid(shop: Trade) -> None:
    net = paid = D(0)
    for row, sign in billed():
        its = row.total - row.tax - row.freight
        net += sign * its
        if row.kind == Kind.INVOICE:
            paid += round_up(its * row.applied / row.total) if row.total else 0
        else:
            paid += sign * its
    [(_count, its_net, its_paid)] = rows_of(shop, "commission", "rep").values()
    assert (its_net, its_paid) == (net, paid)


def round_up(value: Decimal) -> Decimal:
    return value.quantize(D("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize("group", ["customer", "class", "channel", "rep", "month"])
def test_sales_by_item_are_the_net_of_the_documents(shop: Trade, group: str) -> None:
    net = sum(sign * (row.total - row.tax - row.freight_net) for row, sign in billed())
    assert sum(row[1] for row in rows_of(shop, "items", group).values()) == net
    by_document = {key: row[1] for key, row in rows_of(shop, "sales", group).items()}
    assert {key: row[1] for key, row in rows_of(shop, "items", group).items()} == by_document


def test_sales_are_net_and_freight_and_tax(shop: Trade) -> None:
    for _count, net, freight, tax, total in rows_of(shop, "sales", "month").values():
        assert net + freight + tax == total
    assert sum(row[4] for row in rows_of(shop, "sales", "month").values()) == sum(
        sign * row.total for row, sign in billed()
    )
