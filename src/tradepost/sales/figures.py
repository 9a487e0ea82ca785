"""From rows to the pure rules of totals and taxes, and back. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.kit.money import LARGEST, quantum
from tradepost.sales import taxes as known
from tradepost.sales.discounts import Placed, reached
from tradepost.sales.financial import Flow, financial_status
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.rules import FREIGHT, ONE, HeaderInput, LineInput, Totals, portion, totals
from tradepost.sales.tax import ItemTax, Tax, TaxCode, combined, taxes_on

ZERO = Decimal(0)


def put_taxes(row: Document, lines: Sequence[Line]) -> None:
    """By the document's sales tax code, where it has one: code × item sales tax on the day of the document (C27)."""
    if row.tax_code is None:
        for line in lines:
            line.taxes = []
        row.freight_taxes = []
        return
    lay_taxes(row, lines, known.code(row.tax_code), known.item_tax(row.item_tax))


def lay_taxes(row: Document, lines: Sequence[Line], code: TaxCode, item_tax: ItemTax | None) -> None:
    """:func:`put_taxes` with what is known of the document's codes."""
    if row.prices_include_tax:  # what an exempt customer does not owe must be known to be taken out (C30)
        code = replace(code, taxable=True)
    row.freight_taxes = _stored(taxes_on(row.date, code, item_tax, item_taxable=row.freight_taxable))
    for line in lines:
        taxes = taxes_on(row.date, code, item_tax, item_taxable=line.taxable)
        line.taxes = _stored(taxes)
        line.tax_rate = combined(taxes).quantize(Decimal("0.0001"))


def _stored(taxes: Sequence[Tax]) -> list[list[object]]:
    return [[tax.code, str(tax.percent), tax.compound] for tax in taxes]


def put_totals(row: Document, lines: Sequence[Line]) -> Totals:
    """Compute and keep the totals of a document, and of each of its lines the amount and the net."""
    computed = totals(line_inputs(lines), header_input(row))
    _keep(row, lines, computed)
    return computed


def put_part(
    row: Document,
    lines: Sequence[Line],
    source: Document,
    before: Mapping[int, Decimal],
    freight: bool,
    earlier: Sequence[Document] | None = None,
) -> Totals:
    """Totals of a document of some quantities of ``source``: all such documents together come to the whole.

    ``lines`` stand in the order of their source lines; ``before`` is what earlier documents took, by source line.
    ``freight``: whether this one bears the whole document's freight. ``earlier``: of the last part, all others; it takes
    what is left of the whole as it stands.
    """
    whole = list(source.lines.all())
    keys = {line.pk: key_of(line) for line in whole}
    computed = portion(
        line_inputs(whole),
        header_input(source),
        {keys[pk]: quantity for pk, quantity in before.items()},
        {
            **{keys[line.source_id]: line.quantity for line in lines if line.source_id in keys},
            FREIGHT: ONE if freight else ZERO,
        },
    )
    row.freight = computed.freight.amount
    _keep(row, lines, computed)
    if earlier is not None:
        _take_the_rest(row, lines, source, earlier)
    return computed


_FIGURES = ("subtotal", "discount", "freight", "freight_net", "tax", "total")


def _take_the_rest(
    row: Document, lines: Sequence[Line], source: Document, earlier: Sequence[Document]
) -> None:
    """Where the source is itself a part, or a part between was cancelled, differences no longer telescope; what rounding
    can have moved is made good by the last part. Anything more was changed by hand, and stays."""
    rest = {n: getattr(source, n) - sum(getattr(one, n) for one in earlier) for n in _FIGURES}
    reach = quantum(row.currency) * (len(earlier) + 1) * (len(lines) + 1)
    if not lines or any(abs(rest[n] - getattr(row, n)) > reach for n in _FIGURES):
        return
    largest = max(lines, key=lambda line: abs(line.amount))
    largest.amount += rest["subtotal"] - row.subtotal
    for name, value in rest.items():
        setattr(row, name, value)
    even_out(row, lines)
    left = _by_tax(source)
    for one in earlier:
        for key, (base, amount) in _by_tax(one).items():
            had = left.get(key, (ZERO, ZERO))
            left[key] = had[0] - base, had[1] - amount
    row.taxes = [
        {"code": code, "percent": percent, "base": str(base), "amount": str(amount)}
        for (code, percent), (base, amount) in left.items()
        if base or amount
    ]


def even_out(row: Document, lines: Sequence[Line]) -> None:
    """What the nets of the lines miss of the document's, its largest line takes."""
    missing = row.total - row.tax - row.freight_net - sum(line.net for line in lines)
    if lines and missing:
        max(lines, key=lambda line: abs(line.net)).net += missing


def _by_tax(row: Document) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """Base and amount of each tax, by its code and percent."""
    return {(t["code"], t["percent"]): (Decimal(t["base"]), Decimal(t["amount"])) for t in row.taxes}


def line_inputs(lines: Sequence[Line]) -> list[LineInput]:
    """The lines as the rule takes them. Of a discount line the price is an amount off, whatever its sign."""
    reaches = discounted(lines)
    return [_discount(line, reaches[key_of(line)]) if line.reach else _ordinary(line) for line in lines]


def discounted(lines: Sequence[Line]) -> dict[str, tuple[str, ...]]:
    """By the key of each discount line, the keys of the lines that it reaches."""
    return reached([Placed(key_of(line), line.reach, not line.quantity and not line.reach) for line in lines])


def riding(whole: Sequence[Line], chosen: Collection[int]) -> set[int]:
    """The ids of the discount lines that reach any of the ``chosen`` lines: they go wherever these go."""
    keys = {key_of(line) for line in whole if line.pk in chosen}
    reaches = discounted(whole)
    return {line.pk for line in whole if line.reach and keys.intersection(reaches[key_of(line)])}


def _ordinary(line: Line) -> LineInput:
    return LineInput(
        key=key_of(line),
        quantity=Decimal(line.quantity),
        unit_price=Decimal(line.unit_price),
        discount_percent=Decimal(line.discount_percent),
        taxes=_taxes(line.taxes, line.tax_rate),
    )


def _discount(line: Line, keys: tuple[str, ...]) -> LineInput:
    return LineInput(
        key=key_of(line),
        quantity=ZERO,
        unit_price=ZERO,
        discount_percent=Decimal(line.discount_percent),
        discount_amount=abs(Decimal(line.unit_price)),
        reduces=keys,
    )


def header_input(row: Document) -> HeaderInput:
    return HeaderInput(
        currency=row.currency,
        discount_percent=Decimal(row.discount_percent),
        freight=Decimal(row.freight),
        freight_taxes=_freight_taxes(row),
        prices_include_tax=row.prices_include_tax,
        exempt=row.tax_code is not None and not row.tax_code.taxable,
    )


def key_of(line: Line) -> str:
    """What the rule of totals knows a line by."""
    return f"{line.position:04}"


def freight_percent(row: Document) -> Decimal:
    """What tax the freight bears, all of them together, in percent."""
    return combined(_freight_taxes(row)).quantize(Decimal("0.0001"))


def _freight_taxes(row: Document) -> tuple[Tax, ...]:
    return _taxes(row.freight_taxes, row.freight_tax_rate) if row.freight and row.freight_taxable else ()


def _taxes(stored: Sequence[Sequence[Any]], rate: Decimal) -> tuple[Tax, ...]:
    """What a line or the freight bears: by the tax code on the day, else at its own rate."""
    if stored:
        return tuple(Tax(code, Decimal(percent), compound) for code, percent, compound in stored)
    return (Tax("tax", Decimal(rate)),) if rate else ()


def _keep(row: Document, lines: Sequence[Line], computed: Totals) -> None:
    sums = (computed.subtotal, computed.tax, computed.total, *(one.amount for one in computed.lines))
    if any(abs(amount) >= LARGEST for amount in sums):
        raise Invalid(
            _("It comes to more than any sum of money."), cure=_("Correct the quantities and prices.")
        )
    for line, one in zip(lines, computed.lines, strict=True):
        line.amount, line.net = one.amount, one.net
    row.subtotal, row.discount = computed.subtotal, computed.discount
    row.tax, row.total = computed.tax, computed.total
    row.freight_net = computed.freight.net
    if row.kind == Kind.ORDER and row._state.adding:
        row.financial_status = financial_status(row.total, Flow())
    row.taxes = [
        {"code": t.tax.code, "percent": str(t.tax.percent), "base": str(t.base), "amount": str(t.amount)}
        for t in computed.taxes
    ]
