"""Which line of its order a line that comes in is of."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from tradepost.sales.joining import Lacking, paired

TENT, CARTON, MAP = (1, "each"), (1, "carton"), (None, "map")
LINES = [(TENT, 10), (TENT, 11), (CARTON, 12), (MAP, 13)]


@pytest.mark.parametrize(
    ("asked", "rest", "expected"),
    [
        ([(TENT, 2)], {10: 5, 11: 3}, {0: 11}),  # the least that is enough
        ([(TENT, 3), (TENT, 5)], {10: 5, 11: 3}, {0: 11, 1: 10}),
        ([(TENT, 4), (TENT, 1)], {10: 5, 11: 3}, {0: 10, 1: 10}),  # two of one line
        ([(TENT, 3), (TENT, 3)], {10: 5}, Lacking(1, D(2))),  # what the first took is gone
        ([(TENT, 8)], {10: 5, 11: 3}, Lacking(0, D(5))),  # one line is of one line
        ([(CARTON, 1), (MAP, 1)], {12: 1, 13: 1}, {0: 12, 1: 13}),
        ([(TENT, 1)], {12: 4}, Lacking(0, D(0))),  # a carton is no piece
        ([((7, "each"), 1)], {10: 5}, Lacking(0, D(0))),
        ([((None, "a text"), 0), (MAP, 1)], {13: 1}, {1: 13}),  # a text is of nothing
        ([(TENT, -2)], {10: 5, 11: -3}, {0: 11}),  # what goes the other way
        ([(TENT, -2)], {10: 5}, Lacking(0, D(0))),
    ],
)
def test_lines_are_paired_with_what_is_left_of_their_goods(
    asked: list[tuple[tuple[object, str], int]], rest: dict[int, int], expected: object
) -> None:
    before = dict(rest)
    assert paired([(what, D(n)) for what, n in asked], LINES, {k: D(n) for k, n in rest.items()}) == expected
    assert rest == before
