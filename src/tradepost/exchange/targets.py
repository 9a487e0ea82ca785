"""How customers, vendors, contacts, leads and items are found, created and changed out of rows, and taken back. All by
the verbs of their rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.catalog.details import Code, Details
from tradepost.catalog.models import Barcode, Item
from tradepost.catalog.services import save_item
from tradepost.custom.rules import SEPARATOR
from tradepost.exchange.names import at_hand, called, chosen, several
from tradepost.exchange.rules import Record, differs
from tradepost.exchange.target import Outcome, Target, as_held, held, kept
from tradepost.kit.errors import Conflict, Invalid
from tradepost.people.models import Contact, Customer, EmailAddress, Lead, Vendor
from tradepost.people.services import Email, save, save_contact

PLACE = ("street", "city", "region", "postcode", "country")


class Nested(Target):
    """Records that may stand under one of their own kind, named in the column ``above``, which may come in the same file."""

    above: str

    def __init__(self, actor: Actor) -> None:
        super().__init__(actor)
        self._made: set[str] = set()  # by earlier batches, which a dry run has taken back

    def values(self, record: Record) -> dict[str, Any]:
        name = record.values.get(self.above, "")
        called = {name, name.lower()}  # as ``chosen`` finds it
        if called & self._made and not called & self._named[self.above].keys():
            record = replace(record, values={k: v for k, v in record.values.items() if k != self.above})
        return super().values(record)

    def _made_known(self, saved: Any, *names: str) -> None:
        for name in names:
            self._made.add(name)
            rows = self._named[self.above].setdefault(name, [])
            if saved.pk not in [row.pk for row in rows]:
                rows.append(saved)


class Parties(Target):
    """Companies, found by number, else by their exact name."""

    def prepare(self, batch: Sequence[Record]) -> None:
        self.look_up(batch)
        keys = [r.key for r in batch]
        named = Q(number__in=keys) | Q(name__in=keys)
        rows = self.model.objects.of(self.actor).filter(named).prefetch_related("emails", "addresses")
        self._numbers = {row.number: row for row in rows}
        self._names: dict[str, list[Any]] = {}
        for row in rows:
            if row.trashed_at is None:
                self._names.setdefault(row.name, []).append(row)

    def save(self, record: Record) -> Outcome:
        values = self.values(record)
        row = self._found(values)
        beside = _beside(values, row)
        wanted = differs(held(row, values), values) if row else {"custom": {}, **values}
        if row is not None and not wanted and not beside:
            return Outcome("same", row.pk, row.version, str(row))
        before = _before(row, wanted, beside)
        saved: Any = save(self.actor, self.kind, wanted, pk=row.pk if row else None, **beside)
        self._learn(saved)
        return Outcome("update" if row else "create", saved.pk, saved.version, str(saved), before)

    def _learn(self, saved: Any) -> None:
        """What was saved may be named by later rows of the batch."""

    def _found(self, values: Mapping[str, Any]) -> Any:
        if values.get("number"):
            return at_hand(self.actor, self._numbers.get(values["number"]))
        same = self._names.get(values["name"], [])
        if len(same) > 1:
            raise Conflict(
                _("There are {count} {kinds} of that name.").format(
                    count=len(same), kinds=several(self.kind)
                ),
                cure=_("Give the row a number."),
            )
        return same[0] if same else None

    def restore(self, row: Any, before: Mapping[str, Any]) -> Any:
        return save(self.actor, self.kind, as_held(row, before["values"]), pk=row.pk, **_as_lists(before))


class Customers(Nested, Parties):
    model, kind, references = Customer, "customer", ("parent", "price_level", "rep")
    above = "parent"

    def values(self, record: Record) -> dict[str, Any]:
        values = super().values(record)
        if "credit_hold" in values:
            values["credit_hold"] = values["credit_hold"] == "yes"
        return values

    def _learn(self, saved: Customer) -> None:
        self._made_known(saved, saved.number, saved.name.lower())


class Vendors(Parties):
    model, kind = Vendor, "vendor"


class Leads(Parties):
    """Found by number, else by an e-mail address."""

    model, kind, references = Lead, "lead", ("owner",)

    def prepare(self, batch: Sequence[Record]) -> None:
        self.look_up(batch)
        mails = [r.values["email"] for r in batch if r.values.get("email")]
        named = Q(number__in=[r.key for r in batch]) | Q(
            pk__in=EmailAddress.objects.of(self.actor)
            .filter(email__in=mails, lead__isnull=False)
            .values("lead")
        )
        rows = list(Lead.objects.of(self.actor).filter(named).prefetch_related("emails", "addresses"))
        self._numbers = {row.number: row for row in rows}
        self._mails: dict[str, list[Lead]] = {}
        for row in rows:
            for one in row.emails.all() if row.trashed_at is None else ():
                self._mails.setdefault(one.email, []).append(row)

    def _found(self, values: Mapping[str, Any]) -> Any:
        if values.get("number"):
            return at_hand(self.actor, self._numbers.get(values["number"]))
        same = self._mails.get(values.get("email", ""), [])
        if len(same) > 1:
            raise Conflict(
                _("Several leads have this address."), cure=_("Give the row the number of the one you mean.")
            )
        return same[0] if same else None


class Contacts(Target):
    model, kind = Contact, "contact"

    def prepare(self, batch: Sequence[Record]) -> None:
        mails = [r.values["email"] for r in batch if r.values.get("email")]
        rows = Contact.objects.of(self.actor).filter(emails__email__in=mails, trashed_at=None)
        self._rows: dict[str, list[Contact]] = {}
        for row in rows.prefetch_related("emails", "customers", "vendors").distinct():
            for one in row.emails.all():
                self._rows.setdefault(one.email, []).append(row)
        self._companies = {
            name: called(self.actor, model, [one for r in batch for one in _several(r.values.get(name, ""))])
            for name, model in (("customer", Customer), ("vendor", Vendor))
        }

    def save(self, record: Record) -> Outcome:
        values = self.values(record)
        same = self._rows.get(values.get("email", ""), [])
        if len(same) > 1:
            raise Conflict(
                _("Several contacts have this address."), cure=_("Change the one you mean on its page.")
            )
        row = same[0] if same else None
        email = values.pop("email", "")
        beside: dict[str, Any] = {"emails": [Email(email)]} if row is None and email else {}
        joined = self._joined(row, values)
        wanted = differs(held(row, values), values) if row else {"custom": {}, **values}
        if row is not None and not wanted and not joined:
            return Outcome("same", row.pk, row.version, str(row))
        before = kept(row, wanted)
        if row is not None:
            before |= {ids: [one.pk for one in getattr(row, f"{ids[:-4]}s").all()] for ids in joined}
        saved = save_contact(self.actor, wanted, contact_id=row.pk if row else None, **beside, **joined)
        return Outcome("update" if row else "create", saved.pk, saved.version, str(saved), before)

    def _joined(self, row: Contact | None, values: dict[str, Any]) -> dict[str, list[int]]:
        """Takes the companies out of ``values``: those that the contact joins, behind those that it belongs to."""
        joined = {}
        for name, found in self._companies.items():
            said = values.pop(name, "")
            named = [said] if said in found or said.lower() in found else _several(said)[:-1]
            wanted = [chosen(found, one, name).pk for one in named]
            ours = [c.pk for c in getattr(row, f"{name}s").all()] if row else []
            if new := [pk for pk in dict.fromkeys(wanted) if pk not in ours]:
                joined[f"{name}_ids"] = [*ours, *new]
        return joined

    def restore(self, row: Contact, before: Mapping[str, Any]) -> Contact:
        lists = {ids: before[ids] for ids in ("customer_ids", "vendor_ids") if ids in before}
        return save_contact(self.actor, as_held(row, before["values"]), contact_id=row.pk, **lists)


class Items(Nested):
    """Items; what they are variants of stands before them."""

    model, kind = Item, "item"
    references, above = ("category", "variant_of"), "variant_of"

    def values(self, record: Record) -> dict[str, Any]:
        values = super().values(record)
        if "variant_of_id" in values:
            values["parent_id"] = values.pop("variant_of_id")
        if "options" in values:
            values["options"] = _options(values["options"])
        return values

    def prepare(self, batch: Sequence[Record]) -> None:
        self.look_up(batch)
        rows = Item.objects.of(self.actor).filter(sku__in=[r.key for r in batch])
        self._rows = {row.sku: row for row in rows.prefetch_related("barcodes")}

    def save(self, record: Record) -> Outcome:
        values = self.values(record)
        row, code = self._rows.get(values["sku"]), values.pop("barcode", "")
        codes = [Code(b.code, b.unit) for b in row.barcodes.all()] if row else []
        new = bool(code) and code not in [c.code for c in codes]
        wanted = (
            differs(held(row, values), values) if row else {"name": values["sku"], "custom": {}, **values}
        )
        if row is not None and not wanted and not new:
            return Outcome("same", row.pk, row.version, str(row))
        details = Details(barcodes=[*codes, Code(code)]) if new else None
        before = kept(row, wanted) | ({"barcode": code} if new else {})
        saved = save_item(self.actor, wanted, item_id=row.pk if row else None, details=details)
        self._made_known(saved, saved.sku)
        return Outcome("update" if row else "create", saved.pk, saved.version, str(saved), before)

    def restore(self, row: Item, before: Mapping[str, Any]) -> Item:
        details = None
        if code := before.get("barcode"):
            held = Barcode.objects.filter(item=row).exclude(code=code)
            details = Details(barcodes=[Code(b.code, b.unit) for b in held])
        return save_item(self.actor, as_held(row, before["values"]), item_id=row.pk, details=details)


def _several(text: str) -> list[str]:
    """The names in a cell, and behind them the cell itself: a name may hold the sign that parts them."""
    parts = [part.strip() for part in text.split(SEPARATOR) if part.strip()]
    return [*parts, text] if text else []


def _options(text: str) -> dict[str, str]:
    """``"Size: XL; Colour: Red"`` by name. Raises ``Invalid``."""
    pairs = [part.partition(":") for part in text.split(SEPARATOR) if part.strip()]
    if not all(name.strip() and value.strip() for name, _colon, value in pairs):
        raise Invalid(
            _("Options are names with a value each."), cure=_("Write them like Size: XL; Colour: Red.")
        )
    return {name.strip(): value.strip() for name, _colon, value in pairs}


def _beside(values: dict[str, Any], row: Customer | Vendor | Lead | None) -> dict[str, Any]:
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
    before = kept(row, wanted)
    if row is not None and "emails" in beside:
        before["emails"] = [[e.email, e.label, e.primary] for e in row.emails.all()]
    if row is not None and "addresses" in beside:
        before["addresses"] = [_place(a) for a in row.addresses.all()]
    return before


def _as_lists(before: Mapping[str, Any]) -> dict[str, Any]:
    lists: dict[str, Any] = {}
    if "emails" in before:
        lists["emails"] = [Email(*one) for one in before["emails"]]
    if "addresses" in before:
        lists["addresses"] = before["addresses"]
    return lists
