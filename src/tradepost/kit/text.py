"""Text that people and other programs write in many ways, brought to one form for comparing."""

from __future__ import annotations

import re
import unicodedata

FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SPACE = re.compile(r"\s+")


def fold(text: str) -> str:
    """Case, width, accents and runs of space removed: ``" Café  Ünion"`` → ``"cafe union"``. For matching only."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _SPACE.sub(" ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()


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
