"""The step by which the verbs of the rooms above mark a record: values checked, tags known, words for search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.custom import rules
from tradepost.custom.models import MARKS, CustomField, Marked, Tag
from tradepost.custom.rules import COLOURS, Spec
from tradepost.kit.errors import Invalid

_TAGGING = ("tags", "add_tags", "remove_tags")


def fields_of(organisation_id: int, kind: str | None = None) -> list[CustomField]:
    """The custom fields in use, of one kind of record or of all, in their order."""
    rows = CustomField.objects.filter(organisation_id=organisation_id, archived_at=None)
    rows = rows.filter(kinds__contains=[kind]) if kind else rows
    return list(rows.order_by("position", "id"))


class Marker:
    """Marks records of one kind for one actor. What it reads of the company it reads once, for many records."""

    def __init__(self, actor: Actor, kind: str) -> None:
        self._actor, self._kind = actor, kind
        self._written: dict[str, str] = {}

    @cached_property
    def specs(self) -> list[Spec]:
        return [field.spec for field in fields_of(self._actor.organisation_id, self._kind)]

    def mark(self, row: Marked, values: Mapping[str, Any], *, new: bool = False) -> dict[str, Any]:
        """See :func:`mark`."""
        if "like" in values:
            self.carry(values["like"], row)
        if "custom" in values:
            self._put_custom(row, values["custom"], new)
        if values.keys() & _TAGGING:
            row.tags = self._tags(row.tags, values)
        if "pinned" in values:
            row.pinned = _pinned(values["pinned"])
        if "pinned_in_warehouse" in values:
            row.pinned_in_warehouse = bool(values["pinned_in_warehouse"])
        if values.keys() & {"custom", *_TAGGING}:
            self.refresh(row)
        return {name: value for name, value in values.items() if name not in MARKS}

    def carry(self, source: Marked, row: Marked) -> None:
        """What is made of ``source`` takes over its tags, and its values of the fields that both kinds have."""
        if source.custom:
            row.custom = {s.key: source.custom[s.key] for s in self.specs if s.key in source.custom}
        row.tags = list(source.tags)
        self.refresh(row)

    def refresh(self, row: Marked) -> None:
        """The words for search anew. A record without marks costs no query."""
        row.mark_words = rules.words(self.specs if row.custom else [], row.custom, row.tags)

    def _put_custom(self, row: Marked, given: Any, new: bool) -> None:
        if not isinstance(given, Mapping):
            raise Invalid(fields={"custom": _("Custom fields are values by their key.")})
        found = rules.check(self.specs, given, row.custom, new=new)
        if found.problems:
            raise Invalid(fields={f"custom.{key}": sentence for key, sentence in found.problems.items()})
        row.custom = dict(found.values)

    def _tags(self, held: Sequence[str], values: Mapping[str, Any]) -> list[str]:
        asked = {name: values.get(name) or [] for name in _TAGGING}
        if not all(isinstance(names, list | tuple) for names in asked.values()):
            raise Invalid(fields={"tags": _("Tags are a list of texts.")})
        start = asked["tags"] if "tags" in values else held
        try:
            gone = {name.casefold() for name in rules.tag_names(asked["remove_tags"])}
            wanted = rules.tag_names([*start, *asked["add_tags"]])
        except ValueError as error:
            raise Invalid(fields={"tags": str(error)}) from None
        return self._known([name for name in wanted if name.casefold() not in gone])

    def _known(self, names: Sequence[str]) -> list[str]:
        """The names as the company writes them; a tag that is not there yet is made. One that two make at once is one."""
        self._read(names)
        if fresh := [name for name in names if name.casefold() not in self._written]:
            company = self._actor.organisation_id
            start = Tag.objects.of(self._actor).count()
            colours = [COLOURS[(start + n) % len(COLOURS)] for n in range(len(fresh))]
            made = [
                Tag(organisation_id=company, name=name, folded=name.casefold(), colour=colour)
                for name, colour in zip(fresh, colours, strict=True)
            ]
            Tag.objects.bulk_create(made, ignore_conflicts=True)
            self._read(fresh)
        return list(dict.fromkeys(self._written[name.casefold()] for name in names))

    def _read(self, names: Sequence[str]) -> None:
        wanted = {name.casefold() for name in names} - self._written.keys()
        if wanted:
            rows = Tag.objects.of(self._actor).filter(folded__in=wanted)
            self._written |= dict(rows.values_list("folded", "name"))


def mark(actor: Actor, row: Marked, values: Mapping[str, Any], *, new: bool = False) -> dict[str, Any]:
    """Put what ``values`` say of custom fields, tags and the pinned memo on ``row``, unsaved; the other values are
    given back. ``custom`` changes the keys that it names, ``tags`` replaces all, ``add_tags`` and ``remove_tags`` do
    not, ``like`` is a record of which this one is made. Raises ``Invalid``, with a sentence by ``custom.<key>``.

    Where a new record is given no ``custom`` at all, as when one is made of another one, nothing is asked for.
    """
    return Marker(actor, row.custom_kind).mark(row, values, new=new)


def _pinned(given: Any) -> str:
    text = str(given or "").strip()
    if len(text) > 500 or "\0" in text:
        raise Invalid(fields={"pinned": _("A pinned memo has at most 500 characters.")})
    return text
