"""Where a document goes and whom it bills: the primary addresses of its customer or vendor, as they stand that day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tradepost.people.models import Address, Customer, Vendor
from tradepost.sales.models import Document

KINDS = frozenset({"billing", "shipping"})
PARTS = ("name", "street", "city", "region", "postcode", "country")

Postal = dict[str, str]  # the PARTS by name


def postal(address: Address) -> Postal:
    """An address of a party as a document keeps it: it does not change when the party moves."""
    return {part: getattr(address, part) for part in PARTS}


class AddressBook:
    """The primary addresses of any number of customers or vendors, each read once."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, int], dict[str, Postal]] = {}

    def primary(self, party: Customer | Vendor) -> Mapping[str, Postal]:
        """By kind; of several of a kind the one marked primary, else the oldest. A kind without one is absent."""
        if _key(party) not in self._held:
            self.read([party])
        return self._held[_key(party)]

    def read(self, parties: Iterable[Customer | Vendor]) -> None:
        """Read those of several parties of one sort in one query."""
        by_id = {party.pk: party for party in parties}
        self._held |= {_key(party): {} for party in by_id.values()}
        if not by_id:
            return
        side = _key(next(iter(by_id.values())))[0]
        rows = Address.objects.filter(**{f"{side}__in": by_id}, kind__in=KINDS)
        for row in rows.order_by("-primary", "pk"):
            held = self._held[side, getattr(row, f"{side}_id")]
            held.setdefault(row.kind, postal(row))

    def begin(
        self,
        row: Document,
        values: Mapping[str, Any],
        party: Customer | Vendor | None,
        old: Document | None,
    ) -> None:
        """Put them on a document that is new or has changed hands, unless its ``values`` name others. ``party``: whom the
        values name; ``old``: how the document was, None of a new one. What we buy comes to us: a purchase has no ship-to
        of its vendor."""
        if party is None or (old is not None and getattr(old, f"{_key(party)[0]}_id") == party.pk):
            return
        found = {kind: self.primary(party).get(kind, {}) for kind in KINDS}
        if isinstance(party, Vendor):
            found["shipping"] = {}
        for kind in KINDS - values.keys():
            setattr(row, kind, dict(found[kind]))


def _key(party: Customer | Vendor) -> tuple[str, int]:
    return "vendor" if isinstance(party, Vendor) else "customer", party.pk
