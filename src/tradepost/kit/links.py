"""Where what somebody typed as a website or a phone number leads to; empty where it is neither. Pure."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

_SPACE = re.compile(r"[\s\x00-\x1f\x7f]")
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_]{2,}\.?")
_TRUNK = re.compile(r"\(0+\)")  # +49 (0)30: dialled only within the country
_DIALLED = re.compile(r"\+?[\d\s().\-/·‐-―]+")
_DIGITS = range(3, 16)  # E.164 has 15 at most


def website(text: str) -> str:
    """``granite.example`` → ``https://granite.example``. Only http and https: a link of another scheme could run a script in the page
    that shows it, and one with a name before its host would lead elsewhere than it seems to."""
    found = text.strip()
    whole = found if "://" in found else f"https://{found}"
    if _SPACE.search(whole):
        return ""
    try:
        url = urlsplit(whole)
        host, _port = url.hostname or "", url.port
    except ValueError:
        return ""
    fits = url.scheme in ("http", "https") and "@" not in url.netloc and _HOST.fullmatch(host)
    return whole if fits else ""


def phone(text: str) -> str:
    """``+49 (0)30 1234-56 ext. 7`` → ``tel:+4930123456``: what follows the number is not dialled with it."""
    written = unicodedata.normalize("NFKC", text).strip()
    if written.startswith("+"):
        written = _TRUNK.sub("", written)
    found = _DIALLED.match(written)
    digits = "".join(str(int(c)) for c in found[0] if c.isdecimal()) if found else ""
    plus = "+" if written.startswith("+") else ""
    return f"tel:{plus}{digits}" if len(digits) in _DIGITS else ""
