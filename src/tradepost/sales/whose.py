"""Of which class a document is and whose: as its customer or vendor says, unless it is named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from tradepost.accounts.access import Actor
from tradepost.accounts.models import Membership
from tradepost.people.models import Customer, Vendor
from tradepost.sales.models import Document


def begin(
    row: Document, values: Mapping[str, Any], party: Customer | Vendor, reps: Collection[int], *, new: bool
) -> None:
    """A document that gets this party gets its class; a ``new`` one the customer's sales rep as its owner, if he is one of the
    ``reps`` who are there. What the ``values`` name stays. Pure."""
    if "class_name" not in values:
        row.class_name = party.class_name
    rep = getattr(party, "rep_id", None)
    if new and "owner_id" not in values and rep in reps:
        row.owner_id = rep


def reps_of(actor: Actor, parties: Iterable[Customer | Vendor]) -> frozenset[int]:
    """The sales reps of these who are users of the company still."""
    named = {rep for party in parties if (rep := getattr(party, "rep_id", None))}
    if not named:
        return frozenset()
    rows = Membership.objects.of(actor).filter(user_id__in=named, ended_at=None)
    return frozenset(rows.values_list("user_id", flat=True))
