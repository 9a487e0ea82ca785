"""Kits that are held whole or not at all, assemblies taken apart, and what an order lacks built for it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sales.test_converting import together
from tests.sales.test_goods import figures, stocked
from tests.sales.trade import Trade, trade
from tradepost.catalog import stock
from tradepost.catalog.availability import Catalog, Part, Stock, builds
from tradepost.catalog.details import Component, Details
from tradepost.catalog.ledger import Books, Key, Ref, StockLine, allocation_anew, complete, settle
from tradepost.catalog.models import Item, ItemType, Location
from tradepost.catalog.queries import discrepancies, sums
from tradepost.catalog.services import save_item
from tradepost.kit.errors import Conflict, Invalid
from tradepost.reports.reordering import proposal, set_level
from tradepost.sales.assembling import build_and_hand_out, build_lacking, lacking
from tradepost.sales.converting import convert
from tradepost.sales.goods import back_ordered
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

D = Decimal
REF = Ref("line", 1)


def wanted(item: int, quantity: str, sets: str = "0", ref: Ref = REF) -> StockLine:
    return StockLine(item, 1, D(quantity), ref=ref, sets=D(sets))


@pytest.mark.parametrize(
    ("lines", "free", "held"),
    [
        # one kit of two tents and a stove each
        (("4", "2"), ("10", "10"), ("4", "2")),
        (("4", "2"), ("10", "0"), ("0", "0")),  # no stove: no tent is held in vain
        (("4", "2"), ("3", "2"), ("2", "1")),  # tents for one kit and a half
        (("4", "2"), ("-1", "2"), ("0", "0")),
    ],
)
def test_a_kit_holds_the_parts_of_whole_kits(
    lines: tuple[str, str], free: tuple[str, str], held: tuple[str, str]
) -> None:
    books = Books({Key(n, 1): Stock(on_hand=D(q)) for n, q in enumerate(free)})
    moves = allocation_anew([wanted(n, q, "2") for n, q in enumerate(lines)], books)
    found = {m.line.item_id: m.change.allocated for m in moves}
    assert tuple(found.get(n, D(0)) for n in range(2)) == tuple(map(D, held))


def test_what_a_kit_lets_go_is_free_for_the_next_line() -> None:
    """It held a tent of two, and there is no stove any more."""
    key, other = Key(0, 1), Ref("line", 2)
    books = Books({key: Stock(D(1), D(1)), Key(1, 1): Stock()}, {(REF, key): Stock(allocated=D(1))})
    moves = allocation_anew([wanted(0, "1", "1"), wanted(1, "1", "1"), wanted(0, "1", ref=other)], books)
    assert [(m.line.ref, m.change.allocated) for m in moves] == [(REF, -1), (other, 1)]
    assert settle(moves, books).short == {}


counts = st.integers(0, 9).map(D)


@given(
    st.lists(st.tuples(counts, counts, st.integers(1, 4).map(D)), min_size=1, max_size=4), st.integers(1, 5)
)
def test_whole_kits_only_and_as_many_as_there_are(parts: list[tuple[D, D, D]], kits: int) -> None:
    """``parts``: on hand, held by the line before, and how many go into one kit."""
    keys = [Key(n, 1) for n in range(len(parts))]
    mine = [min(before, on_hand) for on_hand, before, _per in parts]
    lines = [wanted(n, str(per * kits), str(kits)) for n, (_on_hand, _before, per) in enumerate(parts)]
    books = Books(
        {key: Stock(on_hand, held) for key, (on_hand, *_), held in zip(keys, parts, mine, strict=True)},
        {(REF, key): Stock(allocated=held) for key, held in zip(keys, mine, strict=True) if held},
    )
    moves = allocation_anew(lines, books)
    after = settle(moves, books)
    most = min([D(kits), *(on_hand // per for on_hand, _before, per in parts)])
    assert after.short == {}
    for key, (_on_hand, _before, per), held in zip(keys, parts, mine, strict=True):
        assert after.levels.get(key, books.level(key)).allocated == most * per, held
    assert complete(lines, [on_hand for on_hand, *_ in parts]) == most


@pytest.mark.parametrize(
    ("tent", "frame", "count", "expected"),
    [
        ("0", "5", "2", [("TENT", 2)]),
        ("9", "5", "2", [("TENT", 2)]),  # so many more, whatever is there
        ("0", "1", "2", [("FRAME", 3), ("TENT", 2)]),
        ("0", "0", "1.5", [("FRAME", 4), ("TENT", 2)]),  # whole pieces
        ("0", "-3", "1", [("FRAME", 2), ("TENT", 1)]),  # what others lack is theirs
    ],
)
def test_what_goes_in_is_built_first(
    tent: str, frame: str, count: str, expected: list[tuple[str, int]]
) -> None:
    stock = {"TENT": Stock(D(tent)), "FRAME": Stock(D(frame)), "POLE": Stock(D(99))}
    recipes = {"TENT": [Part("FRAME", D(2))], "FRAME": [Part("POLE", D(4))]}
    assert builds("TENT", D(count), Catalog(stock, assemblies=recipes)) == expected


# -- on documents ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(db: None) -> Trade:
    return stocked(trade())


def made(shop: Trade, sku: str, type: ItemType, *parts: tuple[int, str]) -> Item:
    bill = [Component(pk, D(quantity)) for pk, quantity in parts]
    return save_item(shop.actor, {"sku": sku, "name": sku, "type": type}, details=Details(parts=bill))


def order(shop: Trade, *lines: tuple[int, str]) -> Document:
    drafts = [LineDraft(pk, quantity=D(quantity)) for pk, quantity in lines]
    return save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, drafts)


def on_hand(shop: Trade, item: Item) -> D:
    return sums(shop.actor, [item.pk])[item.pk].on_hand


@pytest.mark.database
def test_a_kit_short_of_one_part_holds_nothing_back(shop: Trade) -> None:
    """Ten tents, ten stoves, no third thing: of two kits none is complete, and the tents are free for others."""
    main = Location.objects.get()
    kit = made(shop, "KIT", ItemType.KIT, (shop.items[0], "2"), (shop.items[2], "1"))
    stock.count(shop.actor, [StockLine(shop.items[2], main.pk, D(0))])
    row = order(shop, (kit.pk, "2"), (shop.items[1], "3"))
    first, second = row.lines.all()
    assert (figures(shop), figures(shop, 1)) == ((10, 0), (10, 3))
    assert back_ordered(shop.actor, row) == {first.pk: 2}
    shipment = convert(shop.actor, row.pk, Kind.SHIPMENT, {second.pk: D(3)})
    move(shop.actor, shipment.pk, "ship")
    assert shop.again(row).status == "partly_shipped"
    order(shop, (shop.items[0], "9"))
    assert figures(shop) == (10, 9), "Nobody holds tents for kits that cannot go out."


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_the_part_that_was_missing_completes_the_kit() -> None:
    shop = stocked(trade(), "10", "10")
    kit = made(shop, "KIT", ItemType.KIT, (shop.items[0], "2"), (shop.items[2], "1"))
    row = order(shop, (kit.pk, "2"))
    purchase = save_document(
        shop.actor, Kind.PURCHASE_ORDER, {"vendor_id": shop.vendor}, [LineDraft(shop.items[2], quantity=D(1))]
    )
    move(shop.actor, purchase.pk, "send")
    move(shop.actor, convert(shop.actor, purchase.pk, Kind.RECEIPT).pk, "receive")
    assert (figures(shop), figures(shop, 2)) == ((10, 2), (1, 1)), "One kit is complete and held."
    assert back_ordered(shop.actor, row) == {row.lines.get().pk: 1}
    line = row.lines.get()
    move(shop.actor, convert(shop.actor, row.pk, Kind.SHIPMENT, {line.pk: D(1)}).pk, "ship")
    assert (figures(shop), figures(shop, 2)) == ((8, 0), (0, 0))
    assert discrepancies(shop.actor) == []


@pytest.mark.database
def test_an_assembly_is_taken_apart_again(shop: Trade) -> None:
    main = Location.objects.get()
    tent = made(shop, "TENT", ItemType.ASSEMBLY, (shop.items[0], "2"), (shop.items[1], "0.5"))
    stock.build(shop.actor, tent.pk, D(3), main.pk)
    posting = stock.unbuild(shop.actor, tent.pk, D(2), main.pk)
    assert [(m.kind, m.change.on_hand) for m in posting.moves] == [("build", -2), ("build", 4), ("build", 1)]
    assert (on_hand(shop, tent), figures(shop), figures(shop, 1)) == (1, (8, 0), (D("9.5"), 0))
    with pytest.raises(stock.ShortStock, match="TENT lacks 1"):
        stock.unbuild(shop.actor, tent.pk, D(2), main.pk)
    with pytest.raises(Invalid, match="is not an assembly"):
        stock.unbuild(shop.actor, shop.items[0], D(1), main.pk)


@pytest.mark.database
def test_what_an_order_lacks_is_built_for_it_as_far_as_the_parts_go(shop: Trade) -> None:
    frame = made(shop, "FRAME", ItemType.ASSEMBLY, (shop.items[1], "1"))
    tent = made(shop, "TENT", ItemType.ASSEMBLY, (shop.items[0], "2"), (frame.pk, "1"))
    kit = made(shop, "KIT", ItemType.KIT, (tent.pk, "1"), (shop.items[2], "1"))
    row = order(shop, (tent.pk, "2"), (kit.pk, "5"), (shop.items[2], "1"))
    assert [(one.item, one.quantity, one.now) for one in lacking(shop.actor, row)] == [(tent, 7, 5)]
    done = build_lacking(shop.actor, row.pk)
    assert [(one.item.sku, one.now) for one in done] == [("TENT", 5)]
    assert (on_hand(shop, tent), figures(shop), figures(shop, 1), figures(shop, 2)) == (
        5,
        (0, 0),
        (5, 0),
        (10, 4),
    )
    first, second, _third = row.lines.all()
    assert back_ordered(shop.actor, row) == {second.pk: 2}, "The lines before it are served first."
    assert convert(shop.actor, row.pk, Kind.SHIPMENT, {first.pk: D(2), second.pk: D(3)})
    with pytest.raises(Conflict, match="can be built"):
        build_lacking(shop.actor, row.pk)


@pytest.mark.database
def test_the_proposal_says_what_is_built_and_who_waits_gets_it(shop: Trade) -> None:
    main = Location.objects.get()
    tent = made(shop, "TENT", ItemType.ASSEMBLY, (shop.items[0], "2"))
    row = order(shop, (tent.pk, "3"))
    set_level(shop.actor, tent.pk, main.pk, D(4), D(8))
    [found] = [one for one in proposal(shop.actor) if one.item == tent]
    assert (found.assembly, found.quantity, found.buildable) == (True, 11, 5)
    build_and_hand_out(shop.actor, [(tent.pk, main.pk, D(5))])
    assert back_ordered(shop.actor, row) == {}


@pytest.mark.django_db(transaction=True)
def test_who_builds_crosswise_waits_for_nobody_in_a_circle() -> None:
    shop = stocked(trade(), "90", "90", "90")
    main, parts = Location.objects.get().pk, (0, 1, 1, 0)
    built = [
        made(shop, f"T{n}", ItemType.ASSEMBLY, (shop.items[part], "1")).pk for n, part in enumerate(parts)
    ]
    orders = [order(shop, (pk, "9")) for pk in built]

    def clerk(n: int) -> object:
        for _again in range(3):
            build_and_hand_out(shop.actor, [(pk, main, D(1)) for pk in (built[:2], built[2:])[n % 2]])
        return shop.again(orders[n])

    assert all(isinstance(one, Document) for one in together(4, clerk))
    assert [sum(back_ordered(shop.actor, one).values()) for one in orders] == [3] * 4
    assert discrepancies(shop.actor) == []
