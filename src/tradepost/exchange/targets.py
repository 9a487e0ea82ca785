"""How records of each kind are found, created and changed out of rows, and taken back. All by the verbs of their rooms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower

from tradepost.accounts.access import Actor
from tradepost.catalog.details import Code, Details
from tradepost.catalog.models import Barcode, Item
from tradepost.catalog.services import save_item
from tradepost.custom.marking import fields_of
from tradepost.custom.rules import SEPARATOR, read
from tradepost.exchange.columns import CUSTOM
from tradepost.exchange.rules import Record, differs
from tradepost.kit.errors import Conflict, Fault, Invalid
from tradepost.people.models import Contact, Customer, Vendor
from tradepost.people.services import Email, save, save_contact

PLACE = ("street", "city", "region", "postcode", "country")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done for one record. ``before``: what an update replaced."""

    action: str
    record_id: int | None = None
    version: int | None = None
    label: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)


class Target(ABC):
    """One kind. A batch is ``prepare``d, then each of its records is ``save``d; some kinds do a whole batch at once."""

    model: Any
    kind: str

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._specs = {field.key: field.spec for field in fields_of(actor.organisation_id, self.kind)}

    def values(self, record: Record) -> dict[str, Any]:
        """The head of a record as the verbs take it: custom fields by key, tags as a list."""
        values = {k: v for k, v in record.values.items() if not k.startswith(CUSTOM)}
        custom = {k.removeprefix(CUSTOM): v for k, v in record.values.items() if k.startswith(CUSTOM)}
        if custom:
            values["custom"] = {key: self._read(key, raw) for key, raw in custom.items()}
        if "tags" in values:
            values["tags"] = [tag.strip() for tag in values["tags"].replace(",", SEPARATOR).split(SEPARATOR)]
        return values

    def _read(self, key: str, raw: Any) -> Any:
        try:
            return read(self._specs[key], raw)
        except ValueError as error:
            raise Invalid(f"{self._specs[key].name}: {error}", cure="Correct the cell.") from None

    @abstractmethod
    def prepare(self, batch: Sequence[Record]) -> None:
        """Read at once all that the batch names."""

    @abstractmethod
    def save(self, record: Record) -> Outcome:
        """Create or change one record. Raises a ``Fault`` that says why not."""

    def save_all(self, batch: Sequence[Record]) -> list[Outcome | Fault] | None:
        """The whole batch in a few statements, where the kind can; None: one by one."""
        return None

    @abstractmethod
    def restore(self, row: Any, before: Mapping[str, Any]) -> None:
        """Put back what an update replaced."""


class Customers(Target):
    """Vendors are found and changed alike."""

    model: type[Customer] | type[Vendor] = Customer
    kind = "customer"

    def prepare(self, batch: Sequence[Record]) -> None:
        keys = [r.key for r in batch]
        named = Q(number__in=keys) | Q(name__in=keys)
        rows = self.model.objects.of(self.actor).filter(named).prefetch_related("emails", "addresses")
        self._numbers = {row.number: row for row in rows}
        self._names: dict[str, list[Any]] = {}
        for row in rows:
            self._names.setdefault(row.name, []).append(row)

    def save(self, record: Record) -> Outcome:
        values = self.values(record)
        row = self._found(values)
        beside = _beside(values, row)
        wanted = differs(_held(row, values), values) if row else {"custom": {}, **values}
        if row is not None and not wanted and not beside:
            return Outcome("same", row.pk, row.version, row.name)
        before = _before(row, wanted, beside)
        saved: Any = save(self.actor, self.kind, wanted, pk=row.pk if row else None, **beside)
        return Outcome("update" if row else "create", saved.pk, saved.version, saved.name, before)

    def _found(self, values: Mapping[str, Any]) -> Any:
        if values.get("number"):
            return self._numbers.get(values["number"])
        same = self._names.get(values["name"], [])
        if len(same) > 1:
            raise Conflict(f"There are {len(same)} {self.kind}s of that name.", cure="Give the row a number.")
        return same[0] if same else None

    def restore(self, row: Any, before: Mapping[str, Any]) -> None:
        save(self.actor, self.kind, before["values"], pk=row.pk, **_as_lists(before))


class Vendors(Customers):
    model = Vendor
    kind = "vendor"


class Contacts(Target):
    model, kind = Contact, "contact"

    def prepare(self, batch: Sequence[Record]) -> None:
        mails = [r.values["email"] for r in batch if r.values.get("email")]
        rows = Contact.objects.of(self.actor).filter(emails__email__in=mails)
        self._rows: dict[str, list[Contact]] = {}
        for row in rows.prefetch_related("emails", "customers").distinct():
            for one in row.emails.all():
                self._rows.setdefault(one.email, []).append(row)
        self._customers = called(self.actor, Customer, [r.values.get("customer", "") for r in batch])

    def save(self, record: Record) -> Outcome:
        values = self.values(record)
        same = self._rows.get(values.get("email", ""), [])
        if len(same) > 1:
            raise Conflict("Several contacts have this address.", cure="Change the one you mean on its page.")
        row = same[0] if same else None
        company = chosen(self._customers, values.pop("customer", ""))
        email = values.pop("email", "")
        beside: dict[str, Any] = {"emails": [Email(email)]} if row is None and email else {}
        held = [c.pk for c in row.customers.all()] if row else []
        if company is not None and company.pk not in held:
            beside["customer_ids"] = [*held, company.pk]
        wanted = differs(_held(row, values), values) if row else {"custom": {}, **values}
        if row is not None and not wanted and not beside:
            return Outcome("same", row.pk, row.version, str(row))
        before = _before(row, wanted, beside) | ({"customer_ids": held} if "customer_ids" in beside else {})
        saved = save_contact(self.actor, wanted, contact_id=row.pk if row else None, **beside)
        return Outcome("update" if row else "create", saved.pk, saved.version, str(saved), before)

    def restore(self, row: Contact, before: Mapping[str, Any]) -> None:
        lists = {"customer_ids": before["customer_ids"]} if "customer_ids" in before else {}
        save_contact(self.actor, before["values"], contact_id=row.pk, **lists)


class Items(Target):
    model, kind = Item, "item"

    def prepare(self, batch: Sequence[Record]) -> None:
        rows = Item.objects.of(self.actor).filter(sku__in=[r.key for r in batch])
        self._rows = {row.sku: row for row in rows.prefetch_related("barcodes")}

    def save(self, record: Record) -> Outcome:
        values = self.values(record)
        row, code = self._rows.get(values["sku"]), values.pop("barcode", "")
        codes = [Code(b.code, b.unit) for b in row.barcodes.all()] if row else []
        new = bool(code) and code not in [c.code for c in codes]
        wanted = (
            differs(_held(row, values), values) if row else {"name": values["sku"], "custom": {}, **values}
        )
        if row is not None and not wanted and not new:
            return Outcome("same", row.pk, row.version, str(row))
        details = Details(barcodes=[*codes, Code(code)]) if new else None
        before = _before(row, wanted, {}) | ({"barcode": code} if new else {})
        saved = save_item(self.actor, wanted, item_id=row.pk if row else None, details=details)
        return Outcome("update" if row else "create", saved.pk, saved.version, str(saved), before)

    def restore(self, row: Item, before: Mapping[str, Any]) -> None:
        details = None
        if code := before.get("barcode"):
            held = Barcode.objects.filter(item=row).exclude(code=code)
            details = Details(barcodes=[Code(b.code, b.unit) for b in held])
        values = {k: Decimal(v) if k in ("price", "tax_rate") else v for k, v in before["values"].items()}
        save_item(self.actor, values, item_id=row.pk, details=details)


def called(actor: Actor, model: Any, names: Sequence[str]) -> dict[str, list[Any]]:
    """Customers or vendors by number and, in lower case, by name."""
    wanted = {n for n in names if n}
    rows = model.objects.of(actor).annotate(lower=Lower("name"))
    found: dict[str, list[Any]] = {}
    for row in rows.filter(Q(number__in=wanted) | Q(lower__in=[n.lower() for n in wanted])):
        found.setdefault(row.number, []).append(row)
        found.setdefault(row.name.lower(), []).append(row)
    return found


def chosen(found: Mapping[str, list[Any]], name: str, what: str = "customer") -> Any:
    """The one that a row names; None where it names nobody."""
    if not name:
        return None
    rows = found.get(name) or found.get(name.lower()) or []
    if len({row.pk for row in rows}) > 1:
        raise Conflict(f"There are several {what}s “{name}”.", cure=f"Name the {what} by its number.")
    if not rows:
        raise Invalid(f"There is no {what} “{name}”.", cure=f"Import the {what}s first, or correct the name.")
    return rows[0]


def _held(row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    if row is None:
        return {}
    held = {k: getattr(row, k) for k in values}
    if "custom" in values:
        held["custom"] = {k: row.custom.get(k) for k in values["custom"]}
    return held


def _beside(values: dict[str, Any], row: Customer | Vendor | None) -> dict[str, Any]:
    """Takes e-mail and addresses out of ``values``; what the customer has already is not given again."""
    beside: dict[str, Any] = {}
    email = values.pop("email", "")
    held = list(row.emails.all()) if row else []
    if email and email not in [e.email for e in held]:
        beside["emails"] = [*(Email(e.email, e.label, e.primary) for e in held), Email(email)]
    places = [_place(a) for a in row.addresses.all()] if row else []
    changed = False
    for kind in ("billing", "shipping"):
        given = {n: values.pop(f"{kind}_{n}") for n in PLACE if f"{kind}_{n}" in values}
        if given:
            changed |= _put_place(places, kind, given)
    return beside | ({"addresses": places} if changed else {})


def _place(row: Any) -> dict[str, Any]:
    return {n: getattr(row, n) for n in ("kind", "name", *PLACE, "primary")}


def _put_place(places: list[dict[str, Any]], kind: str, given: Mapping[str, str]) -> bool:
    """Into the primary address of the kind, or a new one; whether that changed anything."""
    mine = [p for p in places if p["kind"] == kind]
    one = next((p for p in mine if p["primary"]), mine[0] if mine else None)
    if one is None:
        places.append({"kind": kind, "primary": True, **given})
        return True
    changed = bool(differs(one, given))
    one.update(given)
    return changed


def _before(row: Any, wanted: Mapping[str, Any], beside: Mapping[str, Any]) -> dict[str, Any]:
    if row is None:
        return {}
    held: dict[str, Any] = {"values": {k: _json(v) for k, v in _held(row, wanted).items()}}
    if "emails" in beside:
        held["emails"] = [[e.email, e.label, e.primary] for e in row.emails.all()]
    if "addresses" in beside:
        held["addresses"] = [_place(a) for a in row.addresses.all()]
    return held


def _json(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _as_lists(before: Mapping[str, Any]) -> dict[str, Any]:
    lists: dict[str, Any] = {}
    if "emails" in before:
        lists["emails"] = [Email(*one) for one in before["emails"]]
    if "addresses" in before:
        lists["addresses"] = before["addresses"]
    return lists
