"""What belongs to a record and has rows of its own: parts, units and barcodes of items; further e-mail addresses, phone numbers
and postal addresses of companies, contacts and leads.

A row is one entry of a list. The list is written whole, so that a row keeps how it was and what it became, and is taken
back only where that is still there.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.catalog.details import Code, Component, Details, Unit
from tradepost.catalog.models import Item
from tradepost.catalog.services import save_item
from tradepost.exchange import undo
from tradepost.exchange.models import ImportRow
from tradepost.exchange.names import Found, called, chosen, contacts_by_email, leads_by_number
from tradepost.exchange.rules import Record
from tradepost.exchange.target import Outcome, Target, as_json
from tradepost.kit.countries import country_code
from tradepost.kit.errors import Invalid
from tradepost.people.models import Contact, Customer, Lead, Vendor
from tradepost.people.rules import Place
from tradepost.people.saving import ADDRESS_FIELDS
from tradepost.people.services import Email, save

Entry = dict[str, Any]


class Lists(Target):
    """Entries of lists. ``same`` names what makes two entries one."""

    same: tuple[str, ...]

    @abstractmethod
    def holder(self, record: Record) -> Any:
        """The record to which the row belongs. Raises ``Invalid``."""

    @abstractmethod
    def entry(self, record: Record) -> Entry:
        """What the row says. Raises ``Invalid``."""

    @abstractmethod
    def entries(self, holder: Any) -> list[Entry]:
        """The list as it is stored."""

    @abstractmethod
    def put(self, holder: Any, entries: Sequence[Entry]) -> Any:
        """Store the list; returns the holder as it is then."""

    def prepare(self, batch: Sequence[Record]) -> None:
        self.look_up(batch)

    def save(self, record: Record) -> Outcome:
        holder, said = self.holder(record), self.entry(record)
        was = self.entries(holder)
        place = next((n for n, one in enumerate(was) if self.identity(one) == self.identity(said)), None)
        wanted = [dict(one) for one in was]
        if place is None:
            wanted.append(said)
        else:
            wanted[place] |= said
        label = record.key.rstrip(" ·")
        if wanted == was:
            return Outcome("same", holder.pk, None, label)
        saved = self.put(holder, self.settled(wanted, len(was) if place is None else place))
        kept = {"of": [holder._meta.model_name, holder.pk], "was": _texts(was)}
        kept["set"] = _texts(self.entries(holder))
        return Outcome("create" if place is None else "update", holder.pk, saved.version, label, kept)

    def identity(self, entry: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(entry.get(name) for name in self.same)

    def settled(self, entries: list[Entry], place: int) -> list[Entry]:
        """As the list has to be when the entry in this place was set."""
        return entries

    def take_back(self, row: ImportRow) -> None:
        kind, pk = row.before["of"]
        holder = HOLDERS[kind].objects.of(self.actor).filter(pk=pk).first()
        if holder is None:
            raise undo.gone()
        if _texts(self.entries(holder)) != row.before["set"]:
            raise undo.changed()
        undo.found_again(self.actor, self.put(holder, [_read(one) for one in row.before["was"]]), row)


HOLDERS: Mapping[str, Any] = {
    "item": Item,
    "customer": Customer,
    "vendor": Vendor,
    "contact": Contact,
    "lead": Lead,
}
_FIGURES = ("quantity", "factor")


def _texts(entries: Sequence[Entry]) -> list[Entry]:
    return [
        {k: f"{v.normalize():f}" if isinstance(v, Decimal) else as_json(v) for k, v in one.items()}
        for one in entries
    ]


def _read(entry: Mapping[str, Any]) -> Entry:
    return {k: Decimal(v) if k in _FIGURES else v for k, v in entry.items()}


# --- of items -------------------------------------------------------------------------------------------------------


class OfItems(Lists):
    """``named``: the list, as ``Details`` and the item call it. ``made``: what it consists of there."""

    model = Item
    references: tuple[str, ...] = ("sku",)
    named: str
    made: Callable[..., Any]
    columns: tuple[str, ...]

    def holder(self, record: Record) -> Item:
        found: Item = chosen(self._named["sku"], record.values["sku"], "item")
        return found

    def entry(self, record: Record) -> Entry:
        values = self.values(record)
        return {name: values[name] for name in self.columns if name in values}

    def entries(self, holder: Item) -> list[Entry]:
        rows = getattr(holder, self.named).order_by("pk")
        return [{name: getattr(row, name) for name in self.columns} for row in rows]

    def put(self, holder: Item, entries: Sequence[Entry]) -> Item:
        details = Details(**{self.named: [type(self).made(**one) for one in entries]})
        return save_item(self.actor, {}, item_id=holder.pk, details=details)


class Parts(OfItems):
    kind, named, made, same = "part", "parts", Component, ("part_id",)
    references, columns = ("sku", "part"), ("part_id", "quantity")


class Units(OfItems):
    kind, named, made, same, columns = "unit", "units", Unit, ("name",), ("name", "factor")


class Barcodes(OfItems):
    kind, named, made, same, columns = "barcode", "barcodes", Code, ("code",), ("code", "unit")


# --- of parties -----------------------------------------------------------------------------------------------------


def _by_number(model: Any) -> Callable[[Actor, set[str]], Found]:
    return lambda actor, names: called(actor, model, names)


FINDERS: Mapping[str, Callable[[Actor, set[str]], Found]] = {
    "customer": _by_number(Customer),
    "vendor": _by_number(Vendor),
    "contact": contacts_by_email,
    "lead": leads_by_number,
}


class OfParties(Lists):
    """A company by number or name, a lead by number, a contact by an e-mail address."""

    model = Customer

    def prepare(self, batch: Sequence[Record]) -> None:
        self._found = {
            kind: find(self.actor, {r.values["record"] for r in batch if r.values["of"] == kind})
            for kind, find in FINDERS.items()
        }

    def holder(self, record: Record) -> Any:
        kind = record.values["of"]
        return chosen(self._found[kind], record.values["record"], kind)


class Reach(OfParties):
    """A further e-mail address, or a further phone number."""

    kind, same = "reach", ("email", "number")

    def entry(self, record: Record) -> Entry:
        said = record.values
        if bool(said.get("email")) == bool(said.get("phone")):
            raise Invalid(
                _("A row has an e-mail address or a phone number."),
                cure=_("Write the two in rows of their own."),
            )
        label = {"label": said["label"]} if "label" in said else {}
        if phone := said.get("phone"):
            return {"number": phone, **label}
        first = {"primary": said["primary"] == "yes"} if "primary" in said else {}
        return {"email": said["email"], **label, **first}

    def entries(self, holder: Any) -> list[Entry]:
        mails = [
            {"email": one.email, "label": one.label, "primary": one.primary}
            for one in holder.emails.order_by("pk")
        ]
        phones = [{"number": one.number, "label": one.label} for one in holder.phones.order_by("pk")]
        return [*mails, *phones]

    def settled(self, entries: list[Entry], place: int) -> list[Entry]:
        return _one_primary(entries, place, lambda one: "email" in one)

    def put(self, holder: Any, entries: Sequence[Entry]) -> Any:
        mails = [Email(**one) for one in entries if "email" in one]
        phones = [one for one in entries if "number" in one]
        return save(self.actor, holder._meta.model_name, {}, pk=holder.pk, emails=mails, phones=phones)


class Addresses(OfParties):
    """A postal address of a kind; two that read the same are one."""

    kind = "address"

    def entry(self, record: Record) -> Entry:
        said = {name: record.values[name] for name in ADDRESS_FIELDS if name in record.values}
        if not said.keys() - {"kind", "primary"}:
            raise Invalid(
                _("The row says no address."), cure=_("Fill in a street or a city, or take it out.")
            )
        if "primary" in said:
            said["primary"] = said["primary"] == "yes"
        written = said.get("country", "")
        return {**said, "country": country_code(written) or written}

    def identity(self, entry: Mapping[str, Any]) -> tuple[Any, ...]:
        """A name may be given to an address that has none."""
        kind, _name, *words = Place(**entry).identity
        return kind, *words

    def entries(self, holder: Any) -> list[Entry]:
        rows = holder.addresses.order_by("pk")
        return [{name: getattr(row, name) for name in ADDRESS_FIELDS} for row in rows]

    def settled(self, entries: list[Entry], place: int) -> list[Entry]:
        return _one_primary(entries, place, lambda one: one["kind"] == entries[place]["kind"])

    def put(self, holder: Any, entries: Sequence[Entry]) -> Any:
        return save(self.actor, holder._meta.model_name, {}, pk=holder.pk, addresses=entries)


def _one_primary(entries: list[Entry], place: int, of_them: Callable[[Entry], bool]) -> list[Entry]:
    """Where the entry in this place is the primary one, the others of its kind are none."""
    if not entries[place].get("primary"):
        return entries
    return [
        {**one, "primary": False} if n != place and of_them(one) else one for n, one in enumerate(entries)
    ]
