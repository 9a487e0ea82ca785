"""Sentences that the database keeps, in the language of whoever reads them.

What runs without a page says in English what it did and why. A page words such a sentence again by the catalogue: as it
stands, or by the pattern that it was filled in from. What the catalogue does not know is told as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from string import Formatter
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation.trans_real import translation

from tradepost.web.trail_words import synced

_NEXT = re.compile(r"(?<=[.?!]) (?=\S)")
_GIVEN = r"(?:(?![.?!:] ).)+?"  # within one sentence
_MOST = 1_000  # letters of what is looked at: the patterns take the longer the more stands in their places
_DEEP = 4  # sentences within sentences
_FIELDS = {"field", "fields", "other_fields"}  # places that have names of fields
_TERMS = {"kind", "state", "status", "what"}  # places that have words of ours, even where it is a single one
_FEW = 5  # letters; a pattern with fewer would fit what it was not made for, unless it leads on: ``Row {n}: {cause}``


@dataclass(frozen=True, slots=True)
class _Pattern:
    english: str
    shape: re.Pattern[str]
    mark: str  # its longest piece, by which most patterns are told apart at once


def told(said: str) -> str:
    """One stored sentence or several, worded anew."""
    language = get_language() or "en"
    return _told(language, said) if 0 < len(said) <= _MOST and not language.startswith("en") else said


@lru_cache(maxsize=4096)
def _told(language: str, said: str, depth: int = _DEEP) -> str:
    if (worded := gettext(said)) != said or not depth:
        return worded
    if (whole := _filled_in(language, said, depth - 1)) is not None:
        return whole
    if len(parts := _NEXT.split(said)) > 1:
        for length in range(len(parts) - 1, 1, -1):  # sentences that the catalogue has together
            head, rest = " ".join(parts[:length]), " ".join(parts[length:])
            worded = gettext(head)
            known = worded if worded != head else _filled_in(language, head, depth - 1, several=True)
            if known is not None:
                return f"{known} {_told(language, rest, depth - 1)}"
        return " ".join(_told(language, part, depth - 1) for part in parts)
    label, colon, rest = said.partition(": ")
    return f"{gettext(label)}: {_told(language, rest, depth - 1)}" if colon and rest else said


def _filled_in(language: str, said: str, depth: int, several: bool = False) -> str | None:
    """By the first pattern that fits, or the first of ``several`` sentences; what stands in it is a sentence too, or a name."""
    for pattern in _patterns(language):
        if several and not _NEXT.search(pattern.english):
            continue
        if pattern.mark in said and (found := pattern.shape.fullmatch(said)):
            given = {name: _given(language, name, text, depth) for name, text in found.groupdict().items()}
            return gettext(pattern.english).format(**given)
    return None


def _given(language: str, name: str, text: str, depth: int) -> str:
    """What stands in a place. A single word is a name of somebody's or something's, unless the place has terms."""
    if name in _FIELDS:
        return ", ".join(map(_field, text.split(", ")))
    return _told(language, text, depth) if " " in text or name in _TERMS else text


def _field(name: str) -> str:
    worded = synced(name.lower().replace(" ", "_"))
    return name if worded.lower() == name.lower() else worded


@cache
def _patterns(language: str) -> list[_Pattern]:
    """Of the catalogue: those that say most by themselves come first."""
    catalogue: Any = translation(language)
    texts = catalogue._catalog.keys()  # what can be looked up and counted, but not be gone through by itself
    found = [_pattern(text) for text in texts if isinstance(text, str) and "{" in text]
    fit = [
        (letters, pattern)
        for letters, pattern in filter(None, found)
        if letters >= _FEW or (letters > 2 and ": {" in pattern.english)
    ]
    return [pattern for _letters, pattern in sorted(fit, key=lambda pair: -pair[0])]


def _pattern(text: str) -> tuple[int, _Pattern] | None:
    """How many letters a text with named places has besides, and the pattern; None for any other text."""
    try:
        pieces = [(literal, name) for literal, name, _form, _turn in Formatter().parse(text)]
    except ValueError:
        return None
    names = [name for _literal, name in pieces if name is not None]
    if not all(name.isidentifier() for name in names) or len({*names}) < len(names):
        return None
    last = pieces[-1][1]  # a place at the end has the rest, such as a cause
    shape = "".join(
        re.escape(literal) + (f"(?P<{name}>{'.+' if name == last else _GIVEN})" if name else "")
        for literal, name in pieces
    )
    mark = max((literal for literal, _name in pieces), key=len)
    return sum(map(str.isalpha, "".join(literal for literal, _name in pieces))), _Pattern(
        text, re.compile(shape, re.S), mark
    )
