"""Text that people and other programs write in many ways, brought to one form for comparing."""

from __future__ import annotations

import re
import unicodedata

FORMULA = ("=", "+", "-", "@", "\t", "\r")
LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "ς": "σ"}
"""Letters that are no other one with a mark, and are written so where a keyboard lacks them."""
LIGATURES = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
_SPACE, _MARKS = re.compile(r"\s+"), re.compile("[\u0300-\u036f]+")
_PLAIN = str.maketrans(LETTERS | LIGATURES)


def fold(text: str) -> str:
    """Case, width, accents and runs of space removed: ``" Café  Łódź"`` → ``"cafe lodz"``. For matching only."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    return _SPACE.sub(" ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()


def searched(text: str) -> str:
    """Case, width and the accents of European letters removed, step by step as the database does with what is searched
    (``wire.orm.search_column``): ``"Łódź, Große Straße"`` → ``"lodz, grosse strasse"``."""
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare).lower().translate(_PLAIN)


def fold_email(address: str) -> str:
    """An e-mail address for comparing: trimmed, lower case (RFC 5321 §2.4 allows a case-sensitive local part;
    no provider that people use makes use of it)."""
    return address.strip().strip("<>").lower()


def plural(count: int, one: str, many: str | None = None) -> str:
    """``plural(1, "reply", "replies")`` → ``"1 reply"``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def safe(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
