"""A party as somebody enters it: one that may be here already is asked about, instead of being made twice (X1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Unpack, cast

from django.db import transaction

from tradepost.accounts.access import Actor
from tradepost.kit.errors import Conflict
from tradepost.kit.words import gettext_noop
from tradepost.people.doubles import Double, called, doubles
from tradepost.people.following import Named
from tradepost.people.merging import KINDS
from tradepost.people.models import Kept
from tradepost.people.saving import Lists
from tradepost.people.services import save


class Doubled(Conflict):
    """What is entered may be here already; ``found`` says as what."""

    code = "doubled"
    cause_text = gettext_noop("{name} may be here already: {known}.")
    cure_text = gettext_noop("Work on with that one. If it is another one, send it again with force=true.")

    def __init__(self, name: str, found: Sequence[Double]) -> None:
        self.found = tuple(found)
        super().__init__(name=name or "This", known=", ".join(str(one.row) for one in found))

    @property
    def members(self) -> dict[str, Any]:
        """``candidates``, as ``GET /doubles`` answers."""
        return {"candidates": [one.told for one in self.found]}


def enter(
    actor: Actor,
    kind: str,
    values: Mapping[str, Any],
    *,
    force: bool = False,
    seen: Collection[Named] = (),
    **beside: Unpack[Lists],
) -> Kept:
    """:func:`save` of a new party. Raises ``Doubled`` where others may be the same, but for those that were ``seen``, unless by
    ``force``; what is wrong with the values is said first."""
    with transaction.atomic():
        row: Any = save(actor, kind, values, **beside)
        if not force and kind in KINDS:
            emails = list(row.emails.values_list("email", flat=True))
            refuse_doubles(actor, kind, called(row), emails, [(kind, row.pk), *seen])
    return cast(Kept, row)


def refuse_doubles(
    actor: Actor, kind: str, name: str, emails: Collection[str], seen: Collection[Named] = ()
) -> None:
    """Raises ``Doubled``. A company and its people may share an address: only the same kind, and leads, count as the same."""

    def counts(one: Double) -> bool:
        return (one.kind == kind or "lead" in (kind, one.kind)) and (one.kind, one.row.pk) not in seen

    if found := doubles(actor, kind, name=name, emails=emails, counts=counts):
        raise Doubled(name, found)
