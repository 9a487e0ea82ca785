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
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|\\.|<[^<>]*>|<[^<>,;]*|[(),;:\\>]|[^"<(),;:\\>)]+', re.S)
_ESCAPE = re.compile(r"\\(.)", re.S)
_QUOTE = re.compile(r'(?<!\\)"')
_COMMENT = re.compile(r"\([^()]*\)|\s")


def addresses(value: str) -> tuple[Address, ...]:
    """Every address of a field that may hold a list, in order. Entries without ``@`` are dropped."""
    if "," not in value and len(value) < _SHORT:
        return _short(value)
    entries = value.split(",")
    if _UNUSUAL.search(value) or any("@" not in entry or len(entry) > _SHORT for entry in entries):
        return tuple(_read(value))
    return tuple([one for entry in entries for one in _short(entry.strip())])


def emails(value: str) -> tuple[str, ...]:
    """Only the ``email`` of each of its addresses; of a single one with a name in half the time."""
    if "," not in value and len(value) < _SHORT and (one := _NAMED.fullmatch(value)):
        return (one[3].lower(),)
    return tuple([one.email for one in addresses(value) if one.email])


@lru_cache(maxsize=4096)  # a mailbox has the same few hundred people in it again and again
def _short(value: str) -> tuple[Address, ...]:
    if _BARE.fullmatch(value):
        return (Address(fold_email(value)),)
    if one := _NAMED.fullmatch(value):
        quoted, plain, email = one.groups()
        return (Address(email.lower(), decode_words(quoted or plain or "").strip(" '")),)
    return tuple(_read(value))


def _read(value: str) -> list[Address]:
    found: list[Address] = []
    phrase: list[str] = []
    angle, comment, depth, named = "", "", 0, False
    if len(_QUOTE.findall(value)) % 2:  # one was forgotten; it would hide all that follows
        value = value.replace('"', "")
    for piece in _PIECE.findall(value + ";"):
        if piece == "(":
            depth += 1
        elif depth:
            depth -= piece == ")"
            comment = comment or piece.strip(" )")
        elif piece[0] == "<":
            angle, named = angle or piece.strip("<> "), True
        elif piece == "," and not named:  # "Berg, Bob <bob@x.example>" without quotes
            phrase.append(", ")
        elif piece in ",;":
            if entry := _entry(_cut("".join(phrase), angle), angle, comment):
                found.append(entry)
            phrase, angle, comment, named = [], "", "", False
        elif piece == ":":  # the name of a group
            phrase = []
        elif piece != ">":
            phrase.append(piece)
            named = named or "@" in piece
    return found


def _cut(phrase: str, angle: str) -> str:
    """As much as is read of it: whole words of a name, or the end, where an address without brackets stands."""
    if len(phrase) <= _SHORT:
        return phrase
    return phrase[:_SHORT].rpartition(" ")[0] if angle else phrase[-_SHORT:]


def _entry(phrase: str, angle: str, comment: str) -> Address | None:
    text = " ".join(phrase.split()).strip(" ,")
    email = angle.rpartition(":")[2] if "@" in angle else ""  # a source route: <@a,@b:c@d>
    if email and '"' not in email:
        email = _COMMENT.sub("", email)
    if not email:
        word = next((w for w in text.replace('"', " ").split() if "@" in w.strip("@")), "")
        if not word:
            return _within_a_word(text)
        rest = text.replace(word, "").strip(" ,\"'[")
        email, text = word.strip("'"), "" if "@" in rest else rest
        email = email if "[" in email else email.strip("]")
    if text[:1] == '"' or "\\" in text:
        inner = text[1:-1] if text[:1] == text[-1:] == '"' else text.strip('"')
        text = _ESCAPE.sub(r"\1", text.replace('"', "") if "\\" not in text else inner)
    return Address(fold_email(email.strip(".")), decode_words(text or comment).strip(" ,'\""))


def _within_a_word(text: str) -> Address | None:
    """Some programs encode the address together with the name."""
    plain = decode_words(text) if "=?" in text else ""
    return next(iter(_read(plain)), None) if "@" in plain and "=?" not in plain else None
