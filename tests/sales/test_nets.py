"""What the lines of a document are without tax comes to the document's net, to the cent, however it is priced."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from tests.sales.test_parts import split
from tests.sales.trade import Trade, trade
from tradepost.catalog.details import Component, Details
from tradepost.catalog.models import ItemType
from tradepost.catalog.pricing import Reach
from tradepost.catalog.services import save_item
from tradepost.sales.converting import copy
from tradepost.sales.models import Document, Kind, Line, SalesTaxCode
from tradepost.sales.nets import fill_nets
from tradepost.sales.services import LineDraft, save_document

D = Decimal
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def shop() -> Trade:
    return trade()


@pytest.fixture
def wares(shop: Trade) -> dict[str, int]:
    """A kit and a group of a tent and two stoves, and discounts."""
    parts = Details(parts=[Component(shop.items[0], D(1)), Component(shop.items[1], D(2))])

    def item(sku: str, type: ItemType, details: Details | None = None, **values: Any) -> int:
        facts = {"sku": sku, "name": sku, "type": type, **values}
        return save_item(shop.actor, facts, details=details).pk

    def discount(sku: str, reach: Reach, **values: Any) -> int:
        return item(sku, ItemType.DISCOUNT, discount_reach=reach, **values)

    return {
        "tent": shop.items[0],
        "stove": shop.items[1],
        "map": shop.items[2],
        "kit": item("KIT", ItemType.KIT, parts, price=D("21.01"), tax_rate=D("8.25")),
        "group": item("GRP", ItemType.GROUP, parts),
        "ten off": discount("TEN", Reach.LINE, discount_percent=D(10)),
        "five off": discount("FIVE", Reach.ABOVE, price=D(5)),
        "a third off": discount("THIRD", Reach.ABOVE, discount_percent=D("33.3")),
    }


def missing(row: Document) -> Decimal:
    """What the lines and the freight miss of the document's net, as it is stored."""
    lines = Line.objects.filter(document=row.pk).values_list("net", flat=True)
    row = Document.objects.get(pk=row.pk)
    return row.total - row.tax - row.freight_net - sum(lines, D(0))


INCLUDED, REDUCED = {"prices_include_tax": True}, {"discount_percent": D("3.3")}
TAXED = {"freight": D("7.77"), "freight_tax_rate": D("8.25")}
# Head and lines → the net of each line.
NETS: list[tuple[dict[str, Any], list[tuple[str, str]], list[str]]] = [
    ({}, [("tent", "3"), ("stove", "5")], ["59.97", "1.75"]),
    (INCLUDED, [("tent", "3"), ("stove", "5")], ["55.40", "1.62"]),
    (INCLUDED | TAXED, [("tent", "3"), ("map", "1")], ["55.40", "7.77"]),
    (REDUCED, [("tent", "3"), ("map", "1")], ["57.99", "7.51"]),
    (INCLUDED | REDUCED, [("tent", "3"), ("map", "1")], ["53.57", "7.51"]),
    ({}, [("tent", "1"), ("ten off", "1"), ("map", "1")], ["17.99", "0", "7.77"]),
    (INCLUDED, [("tent", "1"), ("ten off", "1")], ["16.62", "0"]),
    (INCLUDED | TAXED, [("tent", "1"), ("map", "1"), ("five off", "1")], ["15.14", "6.37", "0"]),
    (INCLUDED | REDUCED, [("group", "2"), ("a third off", "1")], ["23.83", "0.83", "0"]),
    (INCLUDED, [("kit", "1"), ("map", "-1")], ["19.41", "-7.77"]),
]  # fmt: skip


@pytest.mark.parametrize(("head", "lines", "nets"), NETS)
def test_each_line_has_its_net_after_all_discounts(
    shop: Trade, wares: dict[str, int], head: dict[str, Any], lines: list[tuple[str, str]], nets: list[str]
) -> None:
    drafts = [LineDraft(wares[name], quantity=D(quantity)) for name, quantity in lines]
    row = save_document(shop.actor, Kind.INVOICE, {"customer_id": shop.customer, **head}, drafts)
    assert [line.net for line in row.lines.all()] == [D(net) for net in nets]
    assert missing(row) == missing(copy(shop.actor, row.pk)) == 0
    changed = save_document(shop.actor, Kind.INVOICE, {"discount_percent": D(50)}, document_id=row.pk)
    assert missing(changed) == 0


def some(shop: Trade, dice: random.Random, wares: dict[str, int]) -> Document:
    """An order of odd prices with discounts of every sort; of an exempt customer now and then."""
    drafts = []
    for _n in range(dice.randint(1, 4)):
        price = D(dice.randint(1, 99_999)) / dice.choice([100, 1000])
        goods = wares[dice.choice(["tent", "stove", "map", "kit"])]
        rate = D(dice.choice(["0", "6.625", "19", "0.375"]))
        off = D(dice.choice([0, 0, 125])) / 10
        drafts.append(LineDraft(goods, None, D(dice.randint(1, 9)), price, off, rate))
        if dice.random() < 0.5:
            drafts.append(LineDraft(wares[dice.choice(["ten off", "five off", "a third off"])]))
    head = {
        "customer_id": shop.customer,
        "discount_percent": D(dice.choice([0, 33])) / 10,
        "freight": D(dice.choice([0, 1234])) / 100,
        "freight_tax_rate": D("6.625"),
        "prices_include_tax": dice.random() < 0.6,
    }
    if dice.random() < 0.3:
        head["tax_code_id"] = SalesTaxCode.objects.get_or_create(
            organisation_id=shop.actor.organisation_id, code="NON", taxable=False
        )[0].pk
    return save_document(shop.actor, Kind.ORDER, head, drafts)


@pytest.mark.parametrize("seed", range(6))
def test_parts_have_their_nets_and_what_was_stored_without_is_filled_in(
    shop: Trade, wares: dict[str, int], seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311
    whole = [some(shop, dice, wares) for _n in range(4)]
    parts = [row for order in whole[:3] for row in split(shop, dice, order, Kind.INVOICE)]
    rows = [*whole, *parts]
    assert [missing(row) for row in rows] == [0] * len(rows)
    known = nets()
    Line.objects.update(net=0)
    fill_nets(Document.everything.all(), Line.objects.all(), batch=2)
    filled = nets()
    assert [missing(row) for row in rows] == [0] * len(rows)
    assert [filled[pk] for pk in of(whole)] == [known[pk] for pk in of(whole)], "A whole one is the same."
    assert all(abs(filled[pk] - known[pk]) <= D("0.05") for pk in of(parts)), "A part misses cents at most."


def nets() -> dict[int, Decimal]:
    return dict(Line.objects.values_list("pk", "net"))


def of(rows: list[Document]) -> list[int]:
    return list(Line.objects.filter(document__in=rows).order_by("pk").values_list("pk", flat=True))


def test_what_is_filled_in_is_a_bounded_number_at_a_time(shop: Trade, django_assert_num_queries: Any) -> None:
    for _n in range(3):
        shop.document(Kind.ORDER)
    with django_assert_num_queries(
        2 * 5 + 1
    ):  # documents, lines, begin, update, end of each of two; and no third
        fill_nets(Document.everything.all(), Line.objects.all(), batch=2)
