"""How many there are: by example, and against a builder that really takes parts off the shelf."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.catalog.availability import Catalog, Part, Promise, Published, Stock, buildable, published
from tradepost.kit.errors import Invalid


def shelf(**available: int) -> dict[str, Stock]:
    return {item: Stock(on_hand=D(n)) for item, n in available.items()}


def recipe(**parts: str) -> list[Part]:
    return [Part(item, D(n)) for item, n in parts.items()]


CHAIR = {"chair": recipe(leg="4", seat="1")}

BUILDS = [
    ("one level", shelf(leg=17, seat=9), CHAIR, 4),
    ("a part is missing", shelf(leg=17), CHAIR, 0),
    ("no recipe", shelf(chair=3), {}, 0),
    ("own stock does not count", shelf(chair=9, leg=4, seat=1), CHAIR, 1),
    ("fractions", shelf(leg=8, seat=1), {"chair": recipe(leg="4", seat="0.3")}, 2),
    ("sub-assembly from stock", shelf(leg=8, seat=1), CHAIR | {"seat": recipe(board="2")}, 1),
    ("and built", shelf(leg=8, seat=1, board=2), CHAIR | {"seat": recipe(board="2")}, 2),
    (
        "a shared part counts once",
        shelf(screw=10),
        {"chair": recipe(screw="1", seat="1"), "seat": recipe(screw="4")},
        2,
    ),
    ("no parts at all", shelf(), {"chair": []}, 0),
    ("a debt comes first", shelf(leg=8, seat=-1, board=4), CHAIR | {"seat": recipe(board="2")}, 1),
    ("a debt of a part", shelf(leg=-1, seat=5), CHAIR, 0),
]


@pytest.mark.parametrize(("name", "stock", "assemblies", "count"), BUILDS)
def test_buildable(name: str, stock: dict[str, Stock], assemblies: dict[str, list[Part]], count: int) -> None:
    assert buildable("chair", Catalog(stock, assemblies)) == count


@given(
    st.fixed_dictionaries({item: st.integers(0, 40) for item in ("b", "c", "d", "x", "y")}),
    st.lists(st.integers(0, 3), min_size=7, max_size=7),
)
def test_as_many_as_a_builder_makes(amounts: dict[str, int], needs: list[int]) -> None:
    """a ← b, c, x; b ← d, x; c ← d, y: built one by one from the shelf until something lacks."""
    edges = [("a", "b"), ("a", "c"), ("a", "x"), ("b", "d"), ("b", "x"), ("c", "d"), ("c", "y")]
    recipes: dict[str, list[Part]] = {"a": [Part("x", D(1))] if not needs[2] else []}
    for (whole, part), need in zip(edges, needs, strict=True):
        if need:
            recipes.setdefault(whole, []).append(Part(part, D(need)))
    left = dict(amounts)

    def take(item: str, need: int) -> bool:
        used = min(need, left.get(item, 0))
        left[item] = left.get(item, 0) - used
        short = need - used
        return not short or (
            item in recipes and all(take(p.item, int(p.quantity) * short) for p in recipes[item])
        )

    built = 0
    while all(take(p.item, int(p.quantity)) for p in recipes["a"]):
        built += 1
    assert buildable("a", Catalog({i: Stock(on_hand=D(n)) for i, n in amounts.items()}, recipes)) == built


def test_a_bill_of_materials_that_contains_itself_is_named() -> None:
    loop = {"chair": recipe(seat="1"), "seat": recipe(chair="1")}
    with pytest.raises(Invalid, match="chair → seat → chair"):
        buildable("chair", Catalog({}, loop))
    with pytest.raises(Invalid, match="needs 0 of leg"):
        buildable("chair", Catalog({}, {"chair": recipe(leg="0")}))


STOCK = {
    "chair": Stock(D(10), D(4), D(20), D(100)),
    "leg": Stock(on_hand=D(9), on_order=D(8)),
    "seat": Stock(on_hand=D(50)),
}
ALL = Promise(buildable=True, on_order=True, vendor=True, buffer=D(3))


@pytest.mark.parametrize(
    ("promise", "addends", "quantity"),
    [
        (Promise(), "6 0 0 0 0", 6),
        (Promise(buildable=True), "6 2 0 0 0", 8),
        (Promise(on_order=True), "6 0 20 0 0", 26),
        (Promise(vendor=True), "6 0 0 100 0", 106),
        (ALL, "6 2 20 100 3", 125),
        (Promise(buffer=D(9)), "6 0 0 0 9", 0),
    ],
)
def test_a_shop_is_told(promise: Promise, addends: str, quantity: int) -> None:
    found = published("chair", Catalog(STOCK, CHAIR), promise)
    assert found == Published(*map(D, addends.split()))
    assert found.quantity == quantity


def test_a_kit_is_as_many_as_its_parts_make() -> None:
    stock = {**STOCK, "cushion": Stock(on_hand=D(7), on_order=D(3), vendor=D(50))}
    catalog = Catalog(stock, CHAIR, {"set": recipe(chair="1", cushion="1")})
    assert published("set", catalog, Promise()) == Published(D(6), D(0), D(0), D(0), D(0))
    assert published("set", catalog, ALL) == Published(D(6), D(1), D(3), D(50), D(3))


@given(
    st.builds(Stock, *[st.decimals(-50, 50, places=2)] * 4),
    st.builds(Promise, st.booleans(), st.booleans(), st.booleans(), st.decimals(0, 20, places=1)),
)
def test_never_below_zero(stock: Stock, promise: Promise) -> None:
    assert published("x", Catalog({"x": stock}), promise).quantity >= 0
