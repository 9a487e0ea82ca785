"""Opportunities, cases and jobs out of rows: found by their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from tradepost.exchange.rules import Record, differs
from tradepost.exchange.target import Outcome, Target, as_held, held, kept
from tradepost.kit.errors import Invalid
from tradepost.people.models import Case, Opportunity, Project
from tradepost.people.services import save


class Matters(Target):
    references: tuple[str, ...] = ("customer", "contact", "owner")

    def prepare(self, batch: Sequence[Record]) -> None:
        self.look_up(batch)
        rows = self.model.objects.of(self.actor).filter(number__in=[r.key for r in batch])
        self._rows = {row.number: row for row in rows}

    def save(self, record: Record) -> Outcome:
        values = self.values(record)
        row = self._rows.get(values.get("number", ""))
        wanted = differs(held(row, values), values) if row else {"custom": {}, **values}
        if row is not None and not wanted:
            return Outcome("same", row.pk, row.version, str(row))
        before = kept(row, wanted)
        saved = save(self.actor, self.kind, wanted, pk=row.pk if row else None)
        return Outcome("update" if row else "create", saved.pk, saved.version, str(saved), before)

    def restore(self, row: Any, before: Mapping[str, Any]) -> Any:
        return save(self.actor, self.kind, as_held(row, before["values"]), pk=row.pk)


class Opportunities(Matters):
    model, kind = Opportunity, "opportunity"

    def values(self, record: Record) -> dict[str, Any]:
        values = super().values(record)
        if "probability" in values:
            if not 0 <= values["probability"] <= 100 or values["probability"] % 1:
                raise Invalid(
                    _("A probability is a whole number from 0 to 100."), cure=_("Write it in percent.")
                )
            values["probability"] = int(values["probability"])
        return values


class Cases(Matters):
    model, kind, references = Case, "case", (*Matters.references, "assignee")


class Projects(Matters):
    model, kind = Project, "project"
