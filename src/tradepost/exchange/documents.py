"""How documents of each kind are made out of rows, by ``intake``; and which target a kind has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tradepost.catalog.models import Item
from tradepost.exchange import set_up, taxing, undo
from tradepost.exchange.belonging import Addresses, Barcodes, Parts, Reach, Units
from tradepost.exchange.goods import Levels, Locations, Stock
from tradepost.exchange.matters import Cases, Opportunities, Projects
from tradepost.exchange.models import ImportRow
from tradepost.exchange.names import called, chosen
from tradepost.exchange.pricing import Offers, Prices
from tradepost.exchange.rules import Record
from tradepost.exchange.target import Outcome, Target
from tradepost.exchange.targets import PLACE, Contacts, Customers, Items, Leads, Vendors
from tradepost.exchange.users import Users
from tradepost.kit.errors import Fault, Invalid
from tradepost.people.models import Customer, Vendor
from tradepost.sales import statuses
from tradepost.sales.intake import Incoming, take_over
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft
from tradepost.sales.state_table import PURCHASES


class Orders(Target):
    """Documents are only created: what is here already is refused, so that the same file twice makes none twice."""

    model = Document
    kind = Kind.ORDER
    references: tuple[str, ...] = ("project", "owner", "contact", "location")
    verb = ""  # what brings it from its first state to the one in which it is open

    @property
    def party(self) -> str:
        return "vendor" if self.kind in PURCHASES else "customer"

    def prepare(self, batch: Sequence[Record]) -> None:
        self.look_up(batch)
        model = Vendor if self.party == "vendor" else Customer
        self._parties = called(self.actor, model, [r.values.get(self.party, "") for r in batch])
        self._statuses = {row.name.lower(): [row] for row in statuses.offered(self.actor, self.kind)}
        skus = {line["sku"] for r in batch for line in r.lines if line.get("sku")}
        self._items = dict(Item.objects.of(self.actor).filter(sku__in=skus).values_list("sku", "pk"))

    def save(self, record: Record) -> Outcome:
        [done] = self.save_all([record])
        if isinstance(done, Fault):
            raise done
        return done

    def save_all(self, batch: Sequence[Record]) -> list[Outcome | Fault]:
        read = [self._incoming(record) for record in batch]
        rows = iter(take_over(self.actor, self.kind, [r for r in read if isinstance(r, Incoming)]))
        return [r if isinstance(r, Fault) else self._outcome(r, self._opened(next(rows))) for r in read]

    def _outcome(self, said: Incoming, made: Document | Fault) -> Outcome | Fault:
        if isinstance(made, Fault):
            return made
        alone = bool(said.order) and made.source_id is None
        note = _("Nothing of {number} was shipped here: it stands by itself.").format(number=said.order)
        label = f"{made.number} {made.customer_name}"
        return Outcome("create", made.pk, made.version, label, note=note if alone else "")

    def take_back_all(self, rows: Sequence[ImportRow]) -> list[Fault | None] | None:
        return undo.remove_documents(self.actor, self.kind, rows)

    def _opened(self, made: Document | Fault) -> Document | Fault:
        if isinstance(made, Fault) or not self.verb:
            return made
        return move(self.actor, made.pk, self.verb)

    def _incoming(self, record: Record) -> Incoming | Fault:
        try:
            values = {k: v for k, v in self.values(record).items() if k not in ("number", self.party)}
            values.setdefault("custom", {})
            if "prices_include_tax" in values:
                values["prices_include_tax"] = values["prices_include_tax"] == "yes"
            if name := values.pop("custom_status", ""):
                values["custom_status_id"] = chosen(self._statuses, name, "custom status").pk
            party = chosen(self._parties, record.values.get(self.party, ""), self.party)
            if party is None:
                raise Invalid(
                    _("There is no Vendor.") if self.party == "vendor" else _("There is no Customer."),
                    cure=_("Fill it in, by number or by name."),
                )
            for kind in ("billing", "shipping"):
                place = {n: values.pop(f"{kind}_{n}") for n in PLACE if f"{kind}_{n}" in values}
                if place:
                    values[kind] = place
            if "packages" in values:
                values["packages"] = _whole(values["packages"])
            lines = tuple(self._line(line) for line in record.lines)
            amount, order = values.pop("amount", None), values.pop("order", "")
            return Incoming(record.key, {**values, f"{self.party}_id": party.pk}, lines, amount, order)
        except Fault as fault:
            return fault

    def _line(self, values: Mapping[str, Any]) -> LineDraft:
        sku = values.get("sku", "")
        if sku and sku not in self._items:
            if not values.get("description"):
                raise Invalid(
                    _("There is no item “{sku}”.").format(sku=sku),
                    cure=_("Import the items first, or give the line a description."),
                )
            sku = ""
        return LineDraft(
            self._items[sku] if sku else None,
            values.get("description"),
            values.get("quantity", Decimal(1)),
            values.get("unit_price"),
            values.get("line_discount", Decimal(0)),
            values.get("tax_rate"),
            unit=values.get("unit"),
            drop_ship=values["drop_ship"] == "yes" if "drop_ship" in values else None,
        )


def _whole(packages: Decimal) -> int:
    if packages != int(packages):
        raise Invalid(_("The number of packages is a whole number."), cure=_("Correct the cell."))
    return int(packages)


class Quotes(Orders):
    kind, verb = Kind.QUOTE, "send"


class Invoices(Orders):
    kind, verb = Kind.INVOICE, "issue"


class PurchaseQuotes(Orders):
    kind, verb = Kind.PURCHASE_QUOTE, "send"


class PurchaseOrders(Orders):
    kind, verb = Kind.PURCHASE_ORDER, "send"


class Bills(Orders):
    kind, verb = Kind.BILL, "approve"


class CreditNotes(Orders):
    kind, verb = Kind.CREDIT_NOTE, "issue"


class VendorCredits(Orders):
    kind, verb = Kind.VENDOR_CREDIT, "approve"


class Payments(Orders):
    """What was paid and is not used up; it settles nothing by itself."""

    kind, verb = Kind.PAYMENT, "receive"
    references = ("owner", "contact")


class BillPayments(Orders):
    kind, verb = Kind.BILL_PAYMENT, "pay"
    references = ("owner", "contact")


class Returns(Orders):
    """Goods that are still to come back."""

    kind, verb = Kind.RMA, "approve"


class Shipments(Orders):
    """Goods that are still to go out: a draft, which moves nothing yet."""

    kind = Kind.SHIPMENT


TARGETS: Mapping[str, type[Target]] = {
    "customer": Customers,
    "vendor": Vendors,
    "contact": Contacts,
    "lead": Leads,
    "opportunity": Opportunities,
    "case": Cases,
    "project": Projects,
    "item": Items,
    "reach": Reach,
    "address": Addresses,
    "part": Parts,
    "unit": Units,
    "barcode": Barcodes,
    "location": Locations,
    "stock": Stock,
    "level": Levels,
    "price": Prices,
    "offer": Offers,
    "order": Orders,
    "quote": Quotes,
    "invoice": Invoices,
    "purchase_quote": PurchaseQuotes,
    "purchase_order": PurchaseOrders,
    "bill": Bills,
    "credit_note": CreditNotes,
    "vendor_credit": VendorCredits,
    "payment": Payments,
    "bill_payment": BillPayments,
    "rma": Returns,
    "shipment": Shipments,
    "user": Users,
    **set_up.TARGETS,
    **taxing.TARGETS,
}
