"""Figures as people write and read them: ``1,234.50``, ``1.234,50 €``, ``(12)``, ``1’234.50``."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple

from tradepost.kit.errors import Invalid
from tradepost.kit.money import EXACT, LARGEST, Money, Rounding, exponent, to_minor
from tradepost.kit.words import gettext as _
from tradepost.kit.words import gettext_noop

NO_BREAK = "\N{NO-BREAK SPACE}"
NARROW = "\N{NARROW NO-BREAK SPACE}"


class Style(NamedTuple):
    """How a language writes figures (CLDR). ``sign_first``: the currency's sign stands before the figure."""

    point: str
    group: str
    sign_first: bool


_ENGLISH = Style(".", ",", True)
_STYLES = {
    "en": _ENGLISH,
    **dict.fromkeys(("ja", "zh", "ko", "he", "th"), _ENGLISH),
    **dict.fromkeys(("de", "es", "it", "da", "id", "el", "ro", "sl", "hr"), Style(",", ".", False)),
    **dict.fromkeys(("nl", "pt", "tr"), Style(",", ".", True)),
    **dict.fromkeys(
        ("sv", "fi", "nb", "nn", "no", "cs", "sk", "pl", "hu", "ru", "uk", "bg"), Style(",", NO_BREAK, False)
    ),
    "fr": Style(",", NARROW, False),
    "de-ch": Style(".", "’", True),
    "de-at": Style(",", NO_BREAK, True),
    "es-mx": _ENGLISH,
}
_SIGNS = {
    "EUR": "€",
    "USD": "$",
    "GBP": "£",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "ILS": "₪",
    "PLN": "zł",
    "CZK": "Kč",
}
_MINUS = dict.fromkeys(map(ord, "−–‒﹣－"), "-")
_SIGNED = re.compile(r"\+?\s*(?P<plain>[^-+()]+)|-\s*([^-+()]+)|([^-+()]+?)\s*-|\(([^-+()]+)\)")
_FIGURE = re.compile(
    r"\s*(?P<whole>\d{1,3}(?P<group>[.,\s'’])\d{3}(?:(?P=group)\d{3})*|\d+|(?=[.,]\d))"
    r"(?:(?P<point>(?!(?P=group))[.,])(?P<fraction>\d*))?\s*"
)
_LONGEST = 40


class NotAFigure(Invalid):
    code = "not-a-figure"
    cause_text = gettext_noop("“{text}” is not a number.")
    cure_text = gettext_noop("Write it like {example}.")


class Ambiguous(NotAFigure):
    cause_text = gettext_noop("“{text}” is not a number that can be read in one way only.")


def style(language: str) -> Style:
    """The style of a language tag (BCP 47): the whole tag, else its language, else English."""
    tag = language.replace("_", "-").casefold()
    return _STYLES.get(tag) or _STYLES.get(tag.split("-")[0], _ENGLISH)


def parse_number(text: str, language: str = "") -> Decimal:
    """The number that a person typed or pasted. Brackets or a minus on either side mean below zero.

    A lone separator before exactly three digits (``1.234``) is read as ``language`` writes it; with no
    language it is refused, since both readings are common.
    """
    example = format_number(Decimal("1234.5"), language, 2)
    plain = unicodedata.normalize("NFKC", text).translate(_MINUS).strip()
    signed = _SIGNED.fullmatch(plain) if len(plain) <= _LONGEST else None
    figure = _FIGURE.fullmatch(next(filter(None, signed.groups()))) if signed else None
    if signed is None or figure is None:
        raise NotAFigure(text=text[:_LONGEST], example=example)
    whole, group, point, fraction = figure.group("whole", "group", "point", "fraction")
    if group and group in ".," and not point and whole.count(group) == 1:
        if whole[0] != "0" and not language:
            raise Ambiguous(text=text, example=example)
        if whole[0] == "0" or style(language).point == group:
            whole, fraction = whole.split(group)
    digits = "".join(c for c in whole if c.isdigit())
    value = Decimal(f"{digits or 0}.{fraction}") if fraction else Decimal(digits)
    if value >= LARGEST:
        raise Invalid(
            _("“{text}” is too large.").format(text=text),
            cure=_("Enter a number below {most}.").format(most=f"{LARGEST:,f}"),
        )
    return value if signed["plain"] or not value else value.copy_negate()


def parse_money(text: str, currency: str, language: str = "") -> Money:
    """An amount with or without its currency, as a sign or code on either side: ``"1.234,50 €"``, ``"USD
    12"``."""
    words = unicodedata.normalize("NFKC", text)
    named = {code for code, sign in _SIGNS.items() if sign in words} | set(re.findall(r"\b[A-Z]{3}\b", words))
    if named and currency not in named and not (named == {"USD"} and "$" in words and "USD" not in words):
        raise Invalid(
            _("“{text}” is not in {currency}.").format(text=text, currency=currency),
            cure=_("Enter the amount in {currency}.").format(currency=currency),
        )
    bare = re.sub(r"\b[A-Z]{3}\b", "", words)
    for sign in (*_SIGNS.values(), "$"):
        bare = bare.replace(sign, "")
    amount = parse_number(bare, language)
    if amount != EXACT.quantize(amount, Decimal(1).scaleb(-exponent(currency))):
        places = exponent(currency)
        raise Invalid(
            _("“{text}” has more decimals than {currency} has.").format(text=text, currency=currency),
            cure=_("Round it to {places} decimals.").format(places=places),
        )
    return Money(amount, currency)


def format_number(value: Decimal, language: str = "en", places: int | None = None) -> str:
    """``format_number(Decimal("-1234.5"), "de", 2)`` → ``"-1.234,50"``; without ``places``, its own decimals
    less the trailing zeros, so that a quantity of 3.0000 reads 3."""
    if places is None:
        value = value.normalize(EXACT)
        places = max(0, -int(value.as_tuple().exponent))
    rounded = value.quantize(Decimal(1).scaleb(-places), Rounding.HALF_UP, EXACT)
    chosen = style(language)
    return f"{rounded if rounded else rounded.copy_abs():,f}".translate(
        {ord(","): chosen.group, ord("."): chosen.point}
    )


def typed(value: Decimal, language: str, places: int = 0) -> str:
    """A figure as one would type it: without groups, with ``places`` decimals at least. ``12,5`` in German."""
    short = value.normalize(EXACT)
    places = max(places, -int(short.as_tuple().exponent))
    return f"{short:.{places}f}".replace(".", style(language).point)


def format_money(money: Money, language: str = "en") -> str:
    """To the currency's decimals, with its sign or code: ``"$1,234.50"``, ``"1.234,50 €"``, ``"CHF
    12.00"``."""
    chosen = style(language)
    units = to_minor(money.amount, money.currency)
    figure = format_number(money.amount.copy_abs(), language, exponent(money.currency))
    sign = _SIGNS.get(money.currency, money.currency)
    minus = "-" if units < 0 else ""
    if not chosen.sign_first:
        return f"{minus}{figure}{NO_BREAK}{sign}"
    return f"{minus}{sign}{NO_BREAK if sign.isalpha() else ''}{figure}"
