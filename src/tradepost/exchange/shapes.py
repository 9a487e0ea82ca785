"""What a kind of import is made of: its columns, and by which of them a row finds its record. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from django.conf import settings
from django.utils.translation import gettext, override

from tradepost.accounts.access import Permission

CUSTOM = "custom."


class Type(StrEnum):
    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    DAY = "day"
    EMAIL = "email"
    CHOICE = "choice"


class Group(StrEnum):
    """Where a kind stands in lists of them."""

    PEOPLE = "people"
    GOODS = "goods"
    SETUP = "setup"
    PAPERS = "papers"


@dataclass(frozen=True, slots=True)
class Field:
    """A column. A text is one line, a long one may be several. ``also``: other names of it. ``choices``: a value by what people write for it, folded.

    ``line``: it belongs to a line of the record and not to its head.
    """

    key: str
    label: str
    also: tuple[str, ...] = ()
    type: Type = Type.TEXT
    needed: bool = False
    line: bool = False
    sample: str = ""
    choices: Mapping[str, str] | None = None

    @property
    def said(self) -> str:
        """The label in the reader's language. Files have it in English, and a company's own field as it named it."""
        return self.label if self.key.startswith(CUSTOM) else gettext(self.label)

    @property
    def titles(self) -> tuple[str, ...]:
        """What a column of it may be called: its label, in English or another language of ours, its key or another name."""
        translated = () if self.key.startswith(CUSTOM) else _translated(self.label)
        return (self.label, *translated, self.key, *self.also)


@cache
def _translated(label: str) -> tuple[str, ...]:
    found = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.append(gettext(label))
    return tuple(dict.fromkeys(word for word in found if word != label))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record. ``keys``: the fields by which a row finds the record that it changes, the first one given
    decides; or, where ``together``, all of them. A row with none of them is a new record if it says something in
    ``enough``. A kind with lines takes the rows that follow one another with the same first key as one record."""

    key: str
    label: str
    plural: str
    permission: Permission
    keys: tuple[str, ...]
    fields: tuple[Field, ...]
    group: Group = Group.PEOPLE
    together: bool = False
    enough: tuple[str, ...] = ()

    def field(self, key: str) -> Field:
        return next(f for f in self.fields if f.key == key)

    @property
    def has_lines(self) -> bool:
        return any(f.line for f in self.fields)


YES = {
    "yes": "yes",
    "no": "no",
    "y": "yes",
    "n": "no",
    "true": "yes",
    "false": "no",
    "1": "yes",
    "0": "no",
    "x": "yes",
}


def choice(key: str, label: str, values: Sequence[str], *also: str, **more: str) -> Field:
    """A column of one of the ``values``; ``more`` are further words for them."""
    known = {value.replace("_", " "): value for value in values}
    known |= {word.replace("_", " "): value for word, value in more.items()}
    return Field(key, label, also, Type.CHOICE, sample=values[0], choices=known)
