"""The nouns of a two-way sync: a record on one side, the link between two, and what a kind of record is made
of.

Everything here is a frozen value. Fields hold JSON values only (instants and dates as ISO 8601 text), so
that a base survives its journey through the database unchanged and equality means equality.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import TypeAlias

Value: TypeAlias = "bool | int | float | str | Sequence[Value] | Mapping[str, Value] | None"
Fields: TypeAlias = Mapping[str, Value]
Cells: TypeAlias = Mapping[str, Value]


class Side(StrEnum):
    """``app`` is tradepost; ``remote`` is the calendar, address book or task list."""

    APP = "app"
    REMOTE = "remote"

    @property
    def other(self) -> Side:
        return Side.REMOTE if self is Side.APP else Side.APP

    @property
    def place(self) -> str:
        """The side in a sentence, as the user of tradepost sees it."""
        return "here" if self is Side.APP else "there"


class Presence(StrEnum):
    """``DELETED`` is known: a tombstone, or a read by id that was answered with "no such record".
    ``ABSENT`` is only out of reach: access lost, archived, merged, or outside the time window."""

    PRESENT = "present"
    DELETED = "deleted"
    ABSENT = "absent"


class Bond(StrEnum):
    """``LIVE``: changes travel. ``KEPT``: one side is gone and the other is kept on purpose, nothing travels.
    ``CANCELLED``: as kept, and the app's record was cancelled because of it."""

    LIVE = "live"
    KEPT = "kept"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Record:
    """One record as one side has it now.

    ``version`` is the etag, changeKey or row version; ``changed`` the side's own time of the last edit.
    ``stamp`` is the app id that a remote record carries (D25), ``uid`` its global identity (iCalUID, RFC
    5545 §3.8.4.7). ``writable`` names the fields that we may write, ``None`` is all of them: on a meeting
    organised by somebody else it is the own answer alone. ``known_contact`` is whether a person known here
    takes part; ``past`` that it lies before the time window. ``cancelled``: ours is cancelled because the same person
    deleted it in a calendar, so that it is revived where it turns up in another. ``body`` is the remote's own text of the
    record, opaque to the reconciler and kept for a faithful undo.
    """

    id: str
    version: str
    fields: Fields = field(default_factory=dict)
    presence: Presence = Presence.PRESENT
    changed: datetime | None = None
    stamp: str = ""
    uid: str = ""
    writable: frozenset[str] | None = None
    known_contact: bool = False
    past: bool = False
    cancelled: bool = False
    body: str = ""

    @property
    def here(self) -> bool:
        return self.presence is Presence.PRESENT


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the two sides held in a cell when they last agreed on it."""

    app: Value
    remote: Value


@dataclass(frozen=True, slots=True)
class Link:
    """Our record and theirs, and the dual base: what *each side* looked like when it was last seen.

    A field changed if it differs from its own side's base, so a lossy mapping or a server that tidies up
    what it stores is no edit and causes no echo. ``app_base`` belongs to ``app_version`` and
    ``remote_base`` to ``remote_version``, always; an empty ``remote_version`` says that the remote must be
    read before it is judged. ``held`` keeps, for the cells that could not travel (a question is open, or
    the direction forbids it), the values that were last agreed. ``gone`` is the side whose record was last
    seen missing.
    """

    key: str
    app_id: str
    remote_id: str
    app_base: Fields = field(default_factory=dict)
    remote_base: Fields = field(default_factory=dict)
    app_version: str = ""
    remote_version: str = ""
    app_changed: datetime | None = None
    remote_changed: datetime | None = None
    held: Mapping[str, Agreed] = field(default_factory=dict)
    bond: Bond = Bond.LIVE
    gone: Side | None = None

    def last_seen(self, side: Side) -> Record:
        """The record of ``side`` as this link remembers it."""
        presence = Presence.DELETED if self.gone is side else Presence.PRESENT
        if side is Side.APP:
            return Record(self.app_id, self.app_version, self.app_base, presence, self.app_changed)
        return Record(self.remote_id, self.remote_version, self.remote_base, presence, self.remote_changed)

    def facing(self, app: Record, remote: Record) -> Link:
        """The link with the versions and times of these two records."""
        return replace(
            self,
            app_version=app.version,
            remote_version=remote.version,
            app_changed=app.changed,
            remote_changed=remote.changed,
        )

    def base(self, side: Side) -> Fields:
        return self.app_base if side is Side.APP else self.remote_base


@dataclass(frozen=True, slots=True)
class MatchKey:
    """Fields by which two unlinked records are the same (D24).

    A field agrees if the two share a value: lists match by any member, text without case, accents and
    spaces. A blank agrees with anything in ``wildcards`` and with nothing elsewhere. ``digits`` are
    compared as telephone numbers.
    """

    fields: tuple[str, ...]
    wildcards: frozenset[str] = frozenset()
    digits: frozenset[str] = frozenset()


def as_is(fields: Fields) -> Fields:
    """The rendering of a remote that stores what it is given."""
    return fields


@dataclass(frozen=True)
class Kind:
    """What a kind of record is made of and how two of them are told to be one.

    ``atomic`` groups merge as one field (start, end, all-day and zone of an event). ``keyed`` is a field
    that holds a mapping merged key by key: the overrides of a series by their original start (RFC 5545
    §3.8.4.4). When the group of ``anchor`` changed on a side, the keys lose their meaning and the mapping
    merges as part of that group. ``render`` says how the remote will hold given fields, as its connector
    encodes and decodes them: pure, idempotent.
    """

    name: str
    fields: tuple[str, ...]
    atomic: tuple[tuple[str, ...], ...] = ()
    keys: tuple[MatchKey, ...] = ()
    keyed: str = ""
    anchor: str = ""
    calendar: bool = False
    render: Callable[[Fields], Fields] = as_is

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Every field but the keyed one, in groups that merge as a whole."""
        of = {name: group for group in self.atomic for name in group}
        return tuple(dict.fromkeys(of.get(name, (name,)) for name in self.fields if name != self.keyed))

    def cells(self, fields: Fields) -> dict[str, Value]:
        """The fields taken apart into the smallest units that merge: ``overrides/2026-03-29T09:00`` is one
        cell. Blank text, lists and mappings are ``None``, as an absent field is."""
        flat = {name: _settled(fields.get(name)) for name in self.fields if name != self.keyed}
        inner = fields.get(self.keyed)
        if isinstance(inner, Mapping):
            flat |= {f"{self.keyed}/{key}": _settled(value) for key, value in inner.items()}
        return flat

    def whole(self, cells: Cells) -> Fields:
        """The inverse of ``cells``, without the blanks."""
        prefix = f"{self.keyed}/"
        fields: dict[str, Value] = {}
        inner: dict[str, Value] = {}
        for cell, value in cells.items():
            if value is None:
                continue
            if self.keyed and cell.startswith(prefix):
                inner[cell.removeprefix(prefix)] = value
            else:
                fields[cell] = value
        return fields | {self.keyed: inner} if inner else fields

    def canonical(self, fields: Fields) -> Fields:
        """The mapped fields alone, in one form: the form of every base."""
        return self.whole(self.cells(fields))

    def digest(self, fields: Fields) -> str:
        """The hash of the mapped fields: an echo is a record whose digest is that of its side's base."""
        return digest(self.cells(fields))

    def is_echo(self, link: Link, side: Side, record: Record) -> bool:
        """Whether a record, whatever its version, holds nothing new."""
        return record.here and self.digest(record.fields) == self.digest(link.base(side))


def digest(*parts: object) -> str:
    """A stable SHA-256 over JSON values, hexadecimal."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"A field holds {type(value).__name__}, which is no JSON value.")


def _settled(value: Value) -> Value:
    """JSON's own containers, so that a tuple before and a list after the database are equal; blank is
    ``None``."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, Mapping):
        return {key: _settled(inner) for key, inner in value.items()} or None
    if isinstance(value, Sequence):
        return [_settled(inner) for inner in value] or None
    return value
