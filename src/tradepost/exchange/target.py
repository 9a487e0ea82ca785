"""What a kind of record is to an import: found, created and changed out of rows by the verbs of its room, and taken back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.custom.marking import fields_of
from tradepost.custom.rules import SEPARATOR, read
from tradepost.exchange import undo
from tradepost.exchange.models import Action, ImportRow
from tradepost.exchange.names import REFERENCES, chosen
from tradepost.exchange.rules import Record
from tradepost.exchange.shapes import CUSTOM
from tradepost.kit.errors import Conflict, Fault, Invalid


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done for one record. ``before``: what an update replaced, or what else taking it back needs to know; ``note``: what
    somebody should look at, though it came in."""

    action: str
    record_id: int | None = None
    version: int | None = None
    label: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


class Target(ABC):
    """One kind. A batch is ``prepare``d, then each of its records is ``save``d; some kinds do a whole batch at once.

    ``references``: columns that name another record; they become ``…_id``.
    """

    model: Any
    kind: str
    references: tuple[str, ...] = ()

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._specs = {field.key: field.spec for field in fields_of(actor.organisation_id, self.kind)}
        self._named: dict[str, dict[str, list[Any]]] = {}

    def values(self, record: Record) -> dict[str, Any]:
        """The head of a record as the verbs take it: custom fields by key, tags as a list, records by id."""
        values = {k: v for k, v in record.values.items() if not k.startswith(CUSTOM)}
        custom = {k.removeprefix(CUSTOM): v for k, v in record.values.items() if k.startswith(CUSTOM)}
        if custom:
            values["custom"] = {key: self._read(key, raw) for key, raw in custom.items()}
        if "tags" in values:
            values["tags"] = [tag.strip() for tag in values["tags"].replace(",", SEPARATOR).split(SEPARATOR)]
        for name in self.references:
            if name in values:
                what = REFERENCES[name].what
                values[f"{name}_id"] = chosen(self._named[name], values.pop(name), what).pk
        return values

    def look_up(self, batch: Sequence[Record]) -> None:
        """Read at once the records that the batch refers to."""
        for name in self.references:
            wanted = {r.values[name] for r in batch if r.values.get(name)}
            self._named[name] = REFERENCES[name].find(self.actor, wanted) if wanted else {}

    def _read(self, key: str, raw: Any) -> Any:
        try:
            return read(self._specs[key], raw)
        except ValueError as error:
            raise Invalid(f"{self._specs[key].name}: {error}", cure=_("Correct the cell.")) from None

    @abstractmethod
    def prepare(self, batch: Sequence[Record]) -> None:
        """Read at once all that the batch names."""

    @abstractmethod
    def save(self, record: Record) -> Outcome:
        """Create or change one record. Raises a ``Fault`` that says why not."""

    def save_all(self, batch: Sequence[Record]) -> list[Outcome | Fault] | None:
        """The whole batch in a few statements, where the kind can; None: one by one."""
        return None

    def take_back(self, row: ImportRow) -> None:
        """Undo what was done for a row: what it created goes, what it changed is put back. Raises ``Conflict`` where the
        record was changed or used since."""
        found = undo.unchanged(self.actor, self.model, row.record_id, row.version)
        if row.action == Action.CREATE:
            undo.remove(self.actor, self.kind, found)
        else:
            undo.found_again(self.actor, self.restore(found, row.before), row)

    def take_back_all(self, rows: Sequence[ImportRow]) -> list[Fault | None] | None:
        """Undo many rows in a few statements, where the kind can: why each has to be kept, or None. None: one by one."""
        return None

    def restore(self, row: Any, before: Mapping[str, Any]) -> Any:
        """Put back what an update replaced; returns the record as it is then."""
        raise Conflict(_("This is not changed by imports."))


def held(row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the record says now in the fields of ``values``."""
    if row is None:
        return {}
    now = {k: getattr(row, k) for k in values}
    if "custom" in values:
        now["custom"] = {k: row.custom.get(k) for k in values["custom"]}
    return now


def kept(row: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What an update replaces, for ``Outcome.before``."""
    return {"values": {k: as_json(v) for k, v in held(row, wanted).items()}} if row is not None else {}


def as_json(value: Any) -> Any:
    return str(value) if isinstance(value, (Decimal, date)) else value


def as_held(row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values out of ``kept`` as the columns hold them."""
    return {k: row._meta.get_field(k).to_python(v) for k, v in values.items()}
