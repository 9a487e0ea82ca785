"""Money: an amount of a currency, never a float.

Rounding happens only where it is asked for, half up unless half even is chosen. What must add up is computed
in whole minor units (cents) by :func:`settle`, so that no decimal context and no order of lines can move a
cent.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import cycle, islice

from tradepost.kit.errors import Invalid
from tradepost.kit.words import gettext as _
from tradepost.kit.words import gettext_noop

EXACT = decimal.Context(prec=100)
"""Wide enough that sums and products of typed numbers are exact; only a division may round, in its 100th
digit."""

LARGEST = Decimal(10) ** 15
"""Larger amounts, prices and quantities are typing mistakes."""

_ZERO = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV")
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_EXPONENTS = {
    **dict.fromkeys((*_ZERO, "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(_THREE, 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


class Rounding(StrEnum):
    """Where an exact half goes: away from zero (what people expect), or to the even neighbour (banker's)."""

    HALF_UP = decimal.ROUND_HALF_UP
    HALF_EVEN = decimal.ROUND_HALF_EVEN


class CurrencyMismatch(Invalid):
    code = "currency-mismatch"
    cause_text = gettext_noop("{left} and {right} cannot be added or compared.")
    cure_text = gettext_noop("Convert one of them at a dated rate first.")


@cache
def exponent(currency: str) -> int:
    """How many decimals the currency has (ISO 4217, "minor unit"): EUR 2, JPY 0, BHD 3."""
    if not (len(currency) == 3 and currency.isascii() and currency.isupper() and currency.isalpha()):
        raise Invalid(
            _("“{currency}” is not a currency code.").format(currency=currency),
            cure=_("Use the three capital letters of ISO 4217, such as EUR."),
        )
    return _EXPONENTS.get(currency, 2)


def quantum(currency: str) -> Decimal:
    """The smallest amount: ``Decimal("0.01")`` for EUR, ``Decimal("1")`` for JPY."""
    return Decimal(1).scaleb(-exponent(currency))


def to_minor(amount: Decimal, currency: str, rounding: Rounding = Rounding.HALF_UP) -> int:
    """``amount`` in whole minor units: ``to_minor(Decimal("1.005"), "EUR")`` → ``101``."""
    scaled = amount.scaleb(exponent(currency), EXACT)
    return int(scaled.to_integral_value(rounding, EXACT))


def from_minor(units: int, currency: str) -> Decimal:
    """The inverse of :func:`to_minor`, with the currency's number of decimals."""
    return Decimal(units).scaleb(-exponent(currency), EXACT)


def round_ratio(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """``numerator / denominator`` (``denominator`` > 0) to a whole number, exactly and the same for both
    signs."""
    whole, rest = divmod(abs(numerator), denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and (rounding is Rounding.HALF_UP or whole % 2)):
        whole += 1
    return whole if numerator >= 0 else -whole


def settle(numerators: Sequence[int], denominator: int, total: int) -> list[int]:
    """Whole numbers near ``numerators[i] / denominator`` that add up to ``total`` (largest remainder; ties go
    to the earlier place). Zeros stay zero. ``total`` should be within a unit of the exact sum.
    """
    shares = [n // denominator if n >= 0 else -(-n // denominator) for n in numerators]
    missing = total - sum(shares)
    if not missing:
        return shares
    step = 1 if missing > 0 else -1
    takers = [i for i, n in enumerate(numerators) if n]
    takers.sort(key=lambda i: step * (shares[i] * denominator - numerators[i]))
    for i in islice(cycle(takers), abs(missing)):
        shares[i] += step
    return shares


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of a currency. Arithmetic across currencies raises :class:`CurrencyMismatch`."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)

    def _same(self, other: Money) -> Decimal:
        if self.currency != other.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __neg__(self) -> Money:
        return Money(self.amount.copy_negate(), self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        """Exact, not rounded: ``round()`` the result when it is to be paid."""
        return Money(EXACT.multiply(self.amount, Decimal(factor)), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def round(self, rounding: Rounding = Rounding.HALF_UP) -> Money:
        """To the currency's smallest unit."""
        return Money(from_minor(to_minor(self.amount, self.currency, rounding), self.currency), self.currency)

    def convert(self, rate: Decimal, currency: str, rounding: Rounding = Rounding.HALF_UP) -> Money:
        """In another currency. ``rate`` is the price of one unit of ours in theirs, on the day the caller
        chose."""
        if not (rate.is_finite() and rate > 0):
            raise Invalid(
                _("{rate} is not an exchange rate.").format(rate=rate), cure=_("Enter a rate above zero.")
            )
        return Money(EXACT.multiply(self.amount, rate), currency).round(rounding)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum; of nothing, zero ``currency``."""
    return sum(amounts, start=Money(from_minor(0, currency), currency))


def allocate(whole: Money, weights: Sequence[Decimal | int]) -> list[Money]:
    """``whole``, rounded, in shares proportional to ``weights``; the shares add up to it to the cent.

    Weights are zero or more and not all zero. ``allocate(10 EUR, [1, 1, 1])`` → 3.34, 3.33, 3.33.
    """
    exact = [Decimal(w) for w in weights]
    if any(w < 0 for w in exact) or not any(exact):
        raise Invalid(
            _("There is nothing to share the amount by."), cure=_("Give weights that are not all zero.")
        )
    places = max(0, *(-int(w.as_tuple().exponent) for w in exact))
    units = [int(w.scaleb(places, EXACT)) for w in exact]
    minor = to_minor(whole.amount, whole.currency)
    shares = settle([minor * u for u in units], sum(units), minor)
    return [Money(from_minor(s, whole.currency), whole.currency) for s in shares]
