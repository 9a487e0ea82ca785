"""Countries as people write them, and their two letters (ISO 3166-1)."""

from __future__ import annotations

from functools import cache

from tradepost.kit.text import fold

LANGUAGES = ("en", "de", "fr", "es", "it", "nl")
"""In which their names are known (CLDR)."""

_ALSO = {
    "USA": "US",
    "U.S.": "US",
    "U.S.A.": "US",
    "America": "US",
    "UK": "GB",
    "U.K.": "GB",
    "Great Britain": "GB",
    "England": "GB",
    "Scotland": "GB",
    "Wales": "GB",
    "Holland": "NL",
    "Czech Republic": "CZ",
    "Turkey": "TR",
}


def country_code(text: str) -> str | None:
    """``"Germany"``, ``"Deutschland"`` and ``"de"`` → ``"DE"``; nothing is no country; None for what is none that is known."""
    written = text.strip()
    if not written or (
        len(written) == 2 and written.isascii() and written.isalpha() and fold(written) != "uk"
    ):
        return written.upper()
    return _names().get(fold(written))


@cache
def _names() -> dict[str, str]:
    from babel import Locale  # here, since every process knows addresses and few read such names

    found = {fold(name): code for name, code in _ALSO.items()}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found.setdefault(fold(name), code)
    return found
