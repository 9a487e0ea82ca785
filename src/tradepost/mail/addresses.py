"""Address lists (RFC 5322 §3.4, RFC 6532) as they are really written → ``Address``. Never raises."""

from __future__ import annotations

import re
from functools import lru_cache

from tradepost.kit.text import fold_email
from tradepost.mail.encoded_words import decode_words
from tradepost.mail.types import Address

_BARE = re.compile(r"[^\s<>()\",;:@\[\]\\]+@[^\s<>()\",;:@\\]+")
_NAMED = re.compile(r'(?:"([^"\\]*)"|([^"<>(),;:@\\]*))\s*<([^\s<>()",;:@\\]+@[^\s<>()",;:@\\]+)>')
_UNUSUAL = re.compile(r'["(;:\\]')
_SHORT = 400  # characters
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^<>]*>|<[^<>,;]*|[(),;:\\>]|[^"<(),;:\\>)]+', re.S)
_ESCAPE = re.compile(r"\\(.)", re.S)


def addresses(value: str) -> tuple[Address, ...]:
    """Every address of a field that may hold a list, in order. Entries without ``@`` are dropped."""
    if "," not in value and len(value) < _SHORT:
        return _short(value)
    if _UNUSUAL.search(value):
        return tuple(_read(value))
    return tuple([one for entry in value.split(",") for one in _short(entry.strip()[:_SHORT])])


@lru_cache(maxsize=4096)  # a mailbox has the same few hundred people in it again and again
def _short(value: str) -> tuple[Address, ...]:
    if _BARE.fullmatch(value):
        return (Address(fold_email(value)),)
    if one := _NAMED.fullmatch(value):
        quoted, plain, email = one.groups()
        return (Address(email.lower(), decode_words(quoted or plain or "").strip()),)
    return tuple(_read(value))


def _read(value: str) -> list[Address]:
    found: list[Address] = []
    phrase: list[str] = []
    angle, comment, depth = "", "", 0
    for piece in _PIECE.findall(value + ","):
        if piece == "(":
            depth += 1
        elif depth:
            depth -= piece == ")"
            comment = comment or piece.strip(" )")
        elif piece[0] == "<":
            angle = angle or piece.strip("<> ")
        elif piece in ",;":
            if entry := _entry(phrase, angle, comment):
                found.append(entry)
            phrase, angle, comment = [], "", ""
        elif piece == ":":  # the name of a group
            phrase = []
        else:
            phrase.append(piece)
    return found


def _entry(phrase: list[str], angle: str, comment: str) -> Address | None:
    text = "".join(phrase).strip()
    email = angle.rpartition(":")[2] if "@" in angle else ""  # a source route: <@a,@b:c@d>
    if not email:
        word = next((w for w in text.replace('"', " ").split() if "@" in w.strip("@")), "")
        if not word:
            return None
        email, text = word, comment
    if text[:1] == '"' or "\\" in text:
        text = _ESCAPE.sub(r"\1", text.replace('"', "") if "\\" not in text else text.strip('"'))
    return Address(fold_email(email), decode_words(text or comment).strip(" '\""))
