"""The nets of lines that were written before they were kept: by the rule of totals, from the amounts as they stand.

From the amounts and not from the prices, since a part of a document bears its share of a discount, and not the discount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import connection, transaction
from django.db.models import Prefetch, QuerySet

from tradepost.sales.figures import ZERO, even_out, header_input, line_inputs
from tradepost.sales.models import Document, Line
from tradepost.sales.rules import ONE, totals
from tradepost.sales.settling import MONEY


def put_nets(row: Document, lines: Sequence[Line]) -> None:
    """What each line is without tax after all discounts; together with the freight they come to the document's net."""
    inputs = [
        replace(one, discount_percent=ZERO, discount_amount=abs(line.amount))
        if line.reach
        else replace(one, quantity=ONE, unit_price=line.amount, discount_percent=ZERO)
        for one, line in zip(line_inputs(lines), lines, strict=True)
    ]
    header = replace(header_input(row), discount_percent=ZERO, discount_amount=abs(row.discount))
    for line, one in zip(lines, totals(inputs, header).lines, strict=True):
        line.net = one.net
    even_out(row, lines)


def fill_nets(documents: QuerySet[Any], lines: QuerySet[Any], *, batch: int = 500) -> None:
    """Put and store the nets of all these documents, so many in a transaction, by their keys. What was stopped begins anew
    and comes to the same."""
    in_turn = Prefetch("lines", lines.order_by("position"))
    rows = documents.exclude(kind__in=MONEY).select_related("tax_code").prefetch_related(in_turn)
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:batch]):
        with transaction.atomic():
            _store([line for row in found for line in _filled(row)])
        last = found[-1].pk


def _filled(row: Document) -> list[Line]:
    lines = list(row.lines.all())
    put_nets(row, lines)
    return lines


def _store(lines: Sequence[Line]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sales_line SET net = found.net FROM unnest(%s::bigint[], %s::numeric[]) AS found (id, net)"
            " WHERE sales_line.id = found.id AND sales_line.net <> found.net",
            [[line.pk for line in lines], [line.net for line in lines]],
        )
