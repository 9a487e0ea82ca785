"""Figures of a page, written as the company writes them on its papers and as its forms read them, whoever looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal

from tradepost.kit.figures import NO_BREAK, format_number, style
from tradepost.kit.money import exponent

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CAD": "CA$", "AUD": "A$"}
_locale: ContextVar[str] = ContextVar("locale of figures", default="en")


@contextmanager
def written_in(locale: str) -> Iterator[None]:
    """From here on figures are those of this language tag, such as ``de-CH``; without one they are English."""
    before = _locale.set(locale or "en")
    try:
        yield
    finally:
        _locale.reset(before)


def written(value: Decimal | float, places: int | None = None) -> str:
    """``1234.5`` with two ``places``: ``1,234.50``, in German ``1.234,50``. Without, as short as it is exact."""
    return format_number(Decimal(str(value)), _locale.get(), places)


def in_currency(amount: Decimal | float, currency: str, places: int | None = None) -> str:
    """``$1,234.50``, ``1.234,50 €``, ``−12.00 SEK``: with the decimals of the currency, or so many ``places``."""
    exact = exponent(currency) if currency else 2
    value = Decimal(str(amount))
    figure = written(value.copy_abs(), exact if places is None else places)
    minus, symbol = "−" if value < 0 else "", SYMBOLS.get(currency, "")
    if symbol and not style(_locale.get()).sign_first:
        return f"{minus}{figure}{NO_BREAK}{symbol}"
    return f"{minus}{symbol}{figure}" if symbol or not currency else f"{minus}{figure} {currency}"
