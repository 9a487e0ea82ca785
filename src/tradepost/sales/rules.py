"""What a document comes to: one pure rule for every kind, page, cart and API.

1. A line is quantity × unit price, less its discount, rounded once (EN 16931 BR-DEC-23, BR-CO-10).
2. A discount line takes a percentage, an amount or both off the sum of the lines that it reaches (``discounts``),
   rounded once and spread over them by largest remainder; each, in the order of their keys, takes from what the ones
   before it left. It bears no tax itself: the lines it reaches bear less.
   Then the header discount is rounded once and spread over the lines it concerns in the same way.
3. Each tax is rounded once, on the document's whole base for it (EN 16931 BR-CO-17), and spread over its
   lines. Where prices include tax, the same sum is taken out of them instead of being added.
4. Freight in the header is a line that nobody typed: quantity one, no discount.

All of it is done in whole minor units and exact fractions, with lines in the order of their keys, so neither
the order of lines nor the size of numbers moves a cent.

A *part* of a document (a shipment, an invoice of some quantities) is the difference of two states of the
whole: what is due after it less what was due before it. Sums of such differences telescope, so splitting a
document in any way comes to the same net, the same of each tax and the same total.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm

from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.kit.money import EXACT, LARGEST, Rounding, from_minor, round_ratio, settle, to_minor
from tradepost.sales.tax import Tax

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

FREIGHT = "§freight"
"""The key of the header's freight in :func:`portion`; its quantity is one."""

ROUNDING = "§rounding"
"""The key of the line that :func:`rounding_line` makes."""


@dataclass(frozen=True, slots=True)
class LineInput:
    """A line as typed. ``key`` is unique in the document. ``discount_percent`` is taken first, then
    ``discount_amount`` (of the whole line, in the document's currency); a discount never passes zero.
    ``discountable``: whether the header's discount concerns this line.

    ``reduces``: of a discount line, the keys of the lines that it reaches; its quantity and price do not count.
    """

    key: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal = ZERO
    discount_amount: Decimal = ZERO
    taxes: tuple[Tax, ...] = ()
    discountable: bool = True
    reduces: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class HeaderInput:
    """What concerns the whole document. ``prices_include_tax`` holds for the lines and the freight alike.

    ``exempt``: no tax is owed (C30); from prices that include tax it is taken out.
    """

    currency: str
    discount_percent: Decimal = ZERO
    discount_amount: Decimal = ZERO
    freight: Decimal = ZERO
    freight_taxes: tuple[Tax, ...] = ()
    prices_include_tax: bool = False
    exempt: bool = False
    rounding: Rounding = Rounding.HALF_UP


@dataclass(frozen=True, slots=True)
class LineTotal:
    """``listed`` is quantity × price; ``amount`` = ``listed`` − ``discount``; ``reduced`` is what discount lines
    take off it; ``header_discount`` is this line's share of the header's; ``net`` + ``tax`` = ``total``. A discount
    line's ``amount`` is what it takes off the others, below zero, and its ``net`` is nothing: the others' says it.
    All in the document's currency, to its smallest unit."""

    key: str
    quantity: Decimal
    listed: Decimal
    discount: Decimal
    amount: Decimal
    reduced: Decimal
    header_discount: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """One tax of the document: the net it was charged on, and what it comes to."""

    tax: Tax
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """``subtotal`` is the lines' ``amount``; ``discount`` the header's; ``net`` + ``tax`` = ``total``,
    freight included.

    ``lines`` are in the order given; ``freight`` is the header's, as a line.
    """

    currency: str
    lines: tuple[LineTotal, ...]
    freight: LineTotal
    subtotal: Decimal
    discount: Decimal
    net: Decimal
    taxes: tuple[TaxTotal, ...]
    tax: Decimal
    total: Decimal


def totals(lines: Sequence[LineInput], header: HeaderInput) -> Totals:
    """The whole document."""
    return portion(lines, header, {}, {FREIGHT: ONE, **{line.key: line.quantity for line in lines}})


def portion(
    lines: Sequence[LineInput], header: HeaderInput, before: Mapping[str, Decimal], now: Mapping[str, Decimal]
) -> Totals:
    """A part of the document ``lines`` + ``header``: the quantities ``now`` of each line (by key), where
    earlier parts have taken ``before``. The share of the freight is asked for under :data:`FREIGHT` (of one).
    Lines of which nothing is taken are left out.
    """
    rows = [
        _Row(whole, before.get(whole.line.key, ZERO), now.get(whole.line.key, ZERO))
        for whole in _settled(lines, header)
    ]
    for row in rows:
        row.amount -= sum(other.cuts.get(row.key, 0) for other in rows if other.cuts)
    shares, summary = _tax(rows, header)
    by_key = {row.key: _line_total(row, tax, header) for row, tax in zip(rows, shares, strict=True)}
    freight = by_key.pop(FREIGHT)
    return _sum(tuple(by_key[line.key] for line in lines if line.key in now), freight, summary, header)


def rounding_line(computed: Totals, stated: Decimal) -> LineInput | None:
    """The visible line that brings ``computed`` to the total a shop or a customer's order stated; none if
    they agree."""
    difference = EXACT.subtract(stated, computed.total)
    return LineInput(ROUNDING, ONE, difference, discountable=False) if difference else None


def remaining(
    ordered: Mapping[str, Decimal], converted: Sequence[Mapping[str, Decimal]]
) -> dict[str, Decimal]:
    """What is left to convert of each line after the documents made so far, each as line key → quantity.
    Never past zero, lines that are done left out. ``remaining({"a": 3}, [{"a": 1}])`` → ``{"a": 2}``."""
    left = {
        key: quantity - sum((part.get(key, ZERO) for part in converted), ZERO)
        for key, quantity in ordered.items()
    }
    return {key: quantity for key, quantity in left.items() if quantity * ordered[key] > 0}


@dataclass(frozen=True, slots=True)
class _Whole:
    """A line of the whole document in minor units: listed, after its discount, what each discount line takes of it by
    its key, and what is left after the header's discount as well."""

    line: LineInput
    listed: int
    amount: int
    cuts: Mapping[str, int]
    reduced: int


class _Row:
    """A line's share between two quantities, in minor units."""

    __slots__ = (
        "after",
        "amount",
        "before",
        "cuts",
        "is_discount",
        "key",
        "listed",
        "quantity",
        "reduced",
        "taxes",
    )

    def __init__(self, whole: _Whole, before: Decimal, now: Decimal) -> None:
        line = whole.line
        start, end = _ratio(before, line.quantity), _ratio(before + now, line.quantity)
        self.key, self.quantity, self.taxes = line.key, now, line.taxes
        self.is_discount = line.reduces is not None
        self.listed = _share(whole.listed, end) - _share(whole.listed, start)
        self.amount = _share(whole.amount, end) - _share(whole.amount, start)
        self.cuts: dict[str, int] = {}
        left = whole.amount
        for key, taken in whole.cuts.items():
            part, left = _share(left, end) - _share(left, start), left - taken
            self.cuts[key] = part - (_share(left, end) - _share(left, start))
        self.before, self.after = _share(whole.reduced, start), _share(whole.reduced, end)
        self.reduced = self.after - self.before


def _ratio(part: Decimal, whole: Decimal) -> tuple[int, int]:
    if part == whole:
        return 1, 1
    if not part or not whole:
        return 0, 1
    return (Fraction(part) / Fraction(whole)).as_integer_ratio()


def _share(units: int, ratio: tuple[int, int]) -> int:
    if ratio == (1, 1):
        return units
    return round_ratio(units * ratio[0], ratio[1]) if ratio[0] else 0


def _settled(lines: Sequence[LineInput], header: HeaderInput) -> list[_Whole]:
    """Steps 1, 2 and 4, in the order of the keys."""
    freight = LineInput(FREIGHT, ONE, header.freight, taxes=header.freight_taxes, discountable=False)
    ordered = sorted([*lines, freight], key=lambda line: line.key)
    _check(ordered, header)
    priced = [(line, *_price(line, header)) for line in ordered]
    cuts = _cuts(ordered, {line.key: amount for line, _, amount in priced if line.reduces is None}, header)
    left = [amount - sum(cuts[line.key].values()) for line, _, amount in priced]
    weights = [amount if line.discountable else 0 for line, amount in zip(ordered, left, strict=True)]
    shares = _spread(weights, header, header)
    return [
        _Whole(line, listed, amount, cuts[line.key], rest - share)
        for (line, listed, amount), rest, share in zip(priced, left, shares, strict=True)
    ]


def _cuts(
    lines: Sequence[LineInput], amounts: Mapping[str, int], header: HeaderInput
) -> dict[str, dict[str, int]]:
    """By line, what each discount line takes of it; ``amounts`` are the lines' own, in minor units."""
    left, cuts = dict(amounts), {line.key: dict[str, int]() for line in lines}
    for line in lines:
        reached = sorted(key for key in line.reduces or () if left.get(key))
        shares = _spread([left[key] for key in reached], line, header)
        for key, share in zip(reached, shares, strict=True):
            left[key] -= share
            cuts[key][line.key] = share
    return cuts


def _spread(amounts: Sequence[int], entry: LineInput | HeaderInput, header: HeaderInput) -> list[int]:
    """What the discount of ``entry`` takes of each amount, by largest remainder."""
    base = sum(amounts)
    reduced = _reduce(from_minor(base, header.currency), entry.discount_percent, entry.discount_amount)
    taken = base - to_minor(reduced, header.currency, header.rounding)
    return settle([(taken if base > 0 else -taken) * amount for amount in amounts], abs(base) or 1, taken)


def _price(line: LineInput, header: HeaderInput) -> tuple[int, int]:
    if line.reduces is not None:
        return 0, 0
    exact = EXACT.multiply(line.quantity, line.unit_price)
    listed = to_minor(exact, header.currency, header.rounding)
    if not (line.discount_percent or line.discount_amount):
        return listed, listed
    reduced = _reduce(exact, line.discount_percent, line.discount_amount)
    return listed, to_minor(reduced, header.currency, header.rounding)


def _reduce(value: Decimal, percent: Decimal, amount: Decimal) -> Decimal:
    """``value`` less a percentage, then less an amount, towards zero and not past it."""
    value = EXACT.multiply(value, EXACT.subtract(HUNDRED, percent)).scaleb(-2, EXACT)
    return max(ZERO, EXACT.subtract(value.copy_abs(), amount)).copy_sign(value)


def _tax(rows: Sequence[_Row], header: HeaderInput) -> tuple[list[int], list[tuple[Tax, int, int]]]:
    """Step 3: each row's tax, and per tax the base and the amount. Before any exemption."""
    factors = {taxes: _factors(taxes, header.prices_include_tax) for taxes in {row.taxes for row in rows}}
    shares = [0] * len(rows)
    found: list[tuple[Tax, int]] = []
    for tax in sorted(
        {tax for taxes in factors for tax in taxes}, key=lambda t: (t.code, t.percent, t.compound)
    ):
        per_row = [factors[row.taxes].get(tax) for row in rows]
        scale = lcm(*(f.denominator for f in per_row if f))
        weights = [f.numerator * (scale // f.denominator) if f else 0 for f in per_row]
        start = sum(w * row.before for w, row in zip(weights, rows, strict=True))
        steps = [w * row.reduced for w, row in zip(weights, rows, strict=True)]
        earlier = round_ratio(start, scale, header.rounding)
        amount = round_ratio(start + sum(steps), scale, header.rounding) - earlier
        for i, share in enumerate(settle(steps, scale, amount)):
            shares[i] += share
        found.append((tax, amount))
    nets = [
        row.reduced - (share if header.prices_include_tax else 0)
        for row, share in zip(rows, shares, strict=True)
    ]
    summary = [
        (tax, sum(n for row, n in zip(rows, nets, strict=True) if tax in row.taxes), a) for tax, a in found
    ]
    return shares, summary


def _factors(taxes: tuple[Tax, ...], included: bool) -> dict[Tax, Fraction]:
    """Each tax as a fraction of the price it is charged on, or that includes it."""
    charged = sum((Fraction(t.percent) for t in taxes if not t.compound), Fraction(0)) / 100
    factors: dict[Tax, Fraction] = {}
    for tax in taxes:
        rate = Fraction(tax.percent) / 100
        factors[tax] = rate * (1 + charged) if tax.compound else rate
        charged += factors[tax] if tax.compound else 0
    return {tax: f / (1 + charged) if included else f for tax, f in factors.items()}


def _line_total(row: _Row, tax: int, header: HeaderInput) -> LineTotal:
    net = row.reduced - tax if header.prices_include_tax else row.reduced
    owed = 0 if header.exempt else tax
    reduced = row.amount if row.is_discount else sum(row.cuts.values())
    rest = row.amount - reduced - row.reduced
    units = (row.listed, row.listed - row.amount, row.amount, reduced, rest, net, owed, net + owed)
    return LineTotal(row.key, row.quantity, *(from_minor(u, header.currency) for u in units))


def _sum(
    lines: tuple[LineTotal, ...], freight: LineTotal, summary: list[tuple[Tax, int, int]], header: HeaderInput
) -> Totals:
    def units(amount: int) -> Decimal:
        return from_minor(amount, header.currency)

    charged = [*lines, freight]
    taxes = tuple(
        TaxTotal(tax, units(base), units(0 if header.exempt else owed)) for tax, base, owed in summary
    )
    net, tax = sum((r.net for r in charged), units(0)), sum((r.tax for r in charged), units(0))
    return Totals(
        currency=header.currency,
        lines=lines,
        freight=freight,
        subtotal=sum((line.amount for line in lines), units(0)),
        discount=sum((line.header_discount for line in lines), units(0)),
        net=net,
        taxes=taxes,
        tax=tax,
        total=net + tax,
    )


def _check(lines: Sequence[LineInput], header: HeaderInput) -> None:
    keys = [line.key for line in lines]
    if len(set(keys)) != len(keys):
        raise Invalid(
            _("Two lines of the document have the same key."), cure=_("Give each line a key of its own.")
        )
    for line in lines:
        _check_discount(line, _("Line {key}").format(key=line.key))
        for name, value in (("quantity", line.quantity), ("unit_price", line.unit_price)):
            _check_number(value, name, _("Line {key}").format(key=line.key))
        for tax in line.taxes:
            if not (tax.percent.is_finite() and -HUNDRED < tax.percent <= 1000):
                raise Invalid(
                    _("{code}: {percent} % is not a tax rate.").format(code=tax.code, percent=tax.percent),
                    cure=_("Correct the tax's rate."),
                )
    _check_discount(header, _("The document"))


def _check_discount(entry: LineInput | HeaderInput, where: str) -> None:
    percent = entry.discount_percent
    if not (percent.is_finite() and 0 <= percent <= HUNDRED):
        sentence = _("{where}: a discount of {percent} % is not between 0 and 100 %.").format(
            where=where, percent=percent
        )
        raise Invalid(fields={"discount_percent": sentence}, cure=_("Correct the discount."))
    _check_number(entry.discount_amount, "discount_amount", where)
    if entry.discount_amount < 0:
        sentence = _("{where}: the discount is below zero.").format(where=where)
        raise Invalid(fields={"discount_amount": sentence}, cure=_("Add a line for a surcharge."))


_NUMBERS: Mapping[str, Callable[[], str]] = {
    "quantity": lambda: _("quantity"),
    "unit_price": lambda: _("unit price"),
    "discount_amount": lambda: _("discount amount"),
}


def _check_number(value: Decimal, name: str, where: str) -> None:
    if not value.is_finite() or abs(value) >= LARGEST:
        sentence = _("{where}: {name} {value} is too large or not a number.").format(
            where=where, name=_NUMBERS[name](), value=value
        )
        raise Invalid(fields={name: sentence}, cure=_("Correct the number."))
