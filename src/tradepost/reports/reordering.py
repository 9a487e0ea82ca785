"""The reorder proposal: what to buy where and from whom, by ``reorder``; and the verbs that buy it and take it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import groupby

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.choosing import refuse
from tradepost.catalog import stock
from tradepost.catalog.availability import buildable
from tradepost.catalog.ledger import MoveKind, StockLine
from tradepost.catalog.models import Item, ItemType, ItemVendor, Location, StockLevel, StockMove
from tradepost.catalog.queries import availability
from tradepost.catalog.units import Units
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid
from tradepost.people.models import Vendor, VendorStatus
from tradepost.reports.models import ReorderLevel
from tradepost.reports.reorder import ZERO, Need, proposed
from tradepost.sales.following import FULFILMENTS, fulfilled, uses
from tradepost.sales.goods import usual_location
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

Key = tuple[int, int]  # item, location
KEPT = (ItemType.STOCK, ItemType.ASSEMBLY)
MOST = 500  # lines of one purchase order


@dataclass(frozen=True, slots=True)
class Proposal:
    """One line to buy. ``vendor`` is the preferred one, None where the item has none that we know."""

    item: Item
    location: Location
    need: Need
    quantity: Decimal
    vendor: Vendor | None
    vendor_name: str = ""
    price: Decimal | None = None
    currency: str = ""
    buildable: int | None = None  # of an assembly, from the parts that are there

    @property
    def assembly(self) -> bool:
        """Built rather than bought: nobody is known to sell it."""
        return self.item.type == ItemType.ASSEMBLY and self.vendor is None

    @property
    def whose(self) -> str:
        """Under whose name the line stands."""
        if self.on_hold:
            return _("{vendor} (on hold)").format(vendor=self.vendor_name)
        if self.vendor:
            return self.vendor_name
        return _("To be built") if self.assembly else _("No vendor yet")

    @property
    def key(self) -> str:
        """How a form names the line."""
        return f"{self.item.pk}-{self.location.pk}-{self.vendor.pk if self.vendor else 0}"

    @property
    def on_hold(self) -> bool:
        return self.vendor is not None and self.vendor.status == VendorStatus.HOLD


def proposal(actor: Actor, *, days: int = 90, cover_days: int = 30) -> list[Proposal]:
    """What to buy now, by vendor, item and location: sales of the last ``days`` days, to last for ``cover_days``. What vendors
    ask for it is told to who may see costs."""
    actor.require(Permission.CATALOG_VIEW)
    if not 1 <= days <= 1000 or not 0 <= cover_days <= 1000:
        raise Invalid(fields={"days": _("Days are a number from 1 to 1000.")})
    items = {i.pk: i for i in Item.objects.of(actor).filter(type__in=KEPT, archived_at=None)}
    places = {p.pk: p for p in Location.objects.of(actor).filter(archived_at=None)}
    offers = _preferred(actor)
    found, costs = [], actor.may(Permission.COST_VIEW)
    for (item_id, place_id), need in _needs(actor, days, offers).items():
        item, place = items.get(item_id), places.get(place_id)
        quantity = proposed(need, cover_days)
        if item is None or place is None or not quantity:
            continue
        offer, vendor = offers.get(item_id, (None, None))
        found.append(
            Proposal(
                item, place, need, quantity, vendor, offer.vendor if offer else "",
                offer.price_of(quantity) if offer and costs else None, offer.currency if offer else "",
                _buildable(actor, item, place),
            )
        )  # fmt: skip
    return sorted(found, key=lambda p: (p.vendor is None, p.vendor_name.lower(), p.item.sku, p.location.name))


def below_level(actor: Actor) -> int:
    """Of how many items at their locations less is there and on order than their level says. :func:`proposal` also looks at open
    orders, drafts and sales, and takes a hundred times as long."""
    actor.require(Permission.CATALOG_VIEW)
    here = StockLevel.objects.filter(item=OuterRef("item"), location=OuterRef("location"))
    there = Subquery(here.values_list(F("on_hand") - F("allocated") + F("on_order")))
    alive = {"item__archived_at": None, "item__type__in": KEPT, "location__archived_at": None}
    rows = ReorderLevel.objects.of(actor).filter(minimum__isnull=False, **alive)
    reached = Q(there=F("minimum"), maximum__gt=F("minimum"))
    found = rows.annotate(there=Coalesce(there, Value(ZERO))).filter(reached | Q(there__lt=F("minimum")))
    return found.count()


def _buildable(actor: Actor, item: Item, place: Location) -> int | None:
    if item.type != ItemType.ASSEMBLY:
        return None
    return buildable(item.sku, availability(actor, [item.pk], [place.pk]))


def _preferred(actor: Actor) -> dict[int, tuple[ItemVendor, Vendor | None]]:
    """The preferred offer of each item, and the vendor's record by its key, else by its name."""
    vendors = list(Vendor.objects.of(actor).filter(trashed_at=None, archived_at=None))
    by_key, by_name = {v.pk: v for v in vendors}, {v.name.lower(): v for v in vendors}
    offers: dict[int, tuple[ItemVendor, Vendor | None]] = {}
    for offer in ItemVendor.objects.of(actor).order_by("-position"):
        vendor = by_key.get(offer.vendor_id or 0) or by_name.get(offer.vendor.lower())
        offers[offer.item_id] = (offer, vendor)
    return offers


def _needs(
    actor: Actor, days: int, offers: Mapping[int, tuple[ItemVendor, Vendor | None]]
) -> dict[Key, Need]:
    levels = {
        (item, place): (on_hand - allocated, allocated, on_order)
        for item, place, on_hand, allocated, on_order in StockLevel.objects.of(actor).values_list(
            "item", "location", "on_hand", "allocated", "on_order"
        )
    }
    rules = {(r.item_id, r.location_id): r for r in ReorderLevel.objects.of(actor)}
    ordered = _open_lines(actor, Kind.ORDER, FULFILMENTS[Kind.ORDER].active)
    drafted = _open_lines(actor, Kind.PURCHASE_ORDER, ("draft",))
    sold = _sold(actor, days)
    needs = {}
    for key in levels.keys() | rules.keys() | ordered.keys():
        available, allocated, on_order = levels.get(key, (ZERO, ZERO, ZERO))
        rule, offer = rules.get(key), offers.get(key[0], (None, None))[0]
        needs[key] = Need(
            available=available,
            waiting=max(ZERO, ordered.get(key, ZERO) - allocated),
            coming=on_order + drafted.get(key, ZERO),
            sold=sold.get(key, ZERO),
            days=days,
            lead_days=(offer.lead_days or 0) if offer else 0,
            minimum=rule.minimum if rule else None,
            maximum=rule.maximum if rule else None,
            multiple=rule.multiple if rule else ZERO,
        )
    return needs


def _sold(actor: Actor, days: int) -> dict[Key, Decimal]:
    """What left in the last days, less what came back."""
    rows = StockMove.objects.of(actor).filter(
        kind__in=(MoveKind.SHIPMENT, MoveKind.RETURN), at__gte=clock.now() - timedelta(days=days)
    )
    sums = rows.values_list("item", "location").annotate(Sum("on_hand")).order_by()
    return {(item, place): -quantity for item, place, quantity in sums}


def _open_lines(actor: Actor, kind: Kind, states: Sequence[str]) -> dict[Key, Decimal]:
    """What is still to come of the lines of documents in these states, in stock units; kits give way to their parts. What a vendor
    sends to the customer never comes here."""
    whole = Document.objects.of(actor).filter(kind=kind, status__in=states)
    asked = {"item__isnull": False, "drop_ship": False, "quantity__gt": 0}
    rows = Line.objects.of(actor).filter(document__in=whole, **asked)
    usual, how = usual_location(actor), FULFILMENTS[kind]
    if usual is None:
        return {}
    alike = ("item", "document__location", "unit")
    left: dict[tuple[int, int, str], Decimal] = defaultdict(Decimal)
    for item, place, unit, quantity in rows.values_list(*alike).annotate(Sum("quantity")).order_by():
        left[item, place or usual.pk, unit] += quantity
    begun = rows.filter(document__status=how.some)  # of the others nothing was shipped or received
    done = fulfilled(kind, uses(begun, how))
    for pk, quantity, item, place, unit in begun.order_by().values_list("pk", "quantity", *alike):
        left[item, place or usual.pk, unit] -= min(quantity, max(ZERO, done.get(pk, ZERO)))
    wanted = Item.objects.of(actor).filter(pk__any={item for item, *_rest in left})
    items = {item.pk: item for item in wanted.only("unit")}
    units = Units(items.values())
    rest = [  # of a unit that the item has no more, as many as are written
        StockLine(item, place, units.pieces(items[item], quantity, unit) or quantity)
        for (item, place, unit), quantity in left.items()
        if quantity
    ]
    found: dict[Key, Decimal] = defaultdict(Decimal)
    for one in stock.stock_lines(actor, rest):
        found[one.item_id, one.location_id] += one.quantity
    return found


# --- verbs ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    item_id: int
    location_id: int
    vendor_id: int
    quantity: Decimal


def order(actor: Actor, wanted: Iterable[Wanted]) -> list[Document]:
    """Make one purchase order a vendor and location, all or none; prices are the vendors'. They begin as drafts."""
    actor.require(Permission.PURCHASING)
    rows = sorted(wanted, key=lambda w: (w.vendor_id, w.location_id))
    if not rows:
        raise Invalid(fields={"lines": _("Nothing is chosen.")}, cure=_("Choose at least one line."))
    made = []
    with transaction.atomic():
        for (vendor, place), group in groupby(rows, key=lambda w: (w.vendor_id, w.location_id)):
            drafts = [LineDraft(one.item_id, quantity=one.quantity) for one in group]
            if Vendor.objects.pick(actor, vendor).status == VendorStatus.HOLD:
                raise Invalid(
                    fields={"lines": _("A vendor is on hold.")}, cure=_("Release it, or leave its lines out.")
                )
            for at in range(0, len(drafts), MOST):
                head = {"vendor_id": vendor, "location_id": place}
                made.append(save_document(actor, Kind.PURCHASE_ORDER, dict(head), drafts[at : at + MOST]))
    return made


def take_back(actor: Actor, document_ids: Iterable[int]) -> list[Document]:
    """Cancel purchase orders that are drafts still, all or none."""
    with transaction.atomic():
        rows = [
            Document.objects.pick_for_change(actor, pk, kind=Kind.PURCHASE_ORDER)
            for pk in sorted(set(document_ids))
        ]
        for row in rows:
            if row.status != "draft":
                raise Conflict(
                    _("{number} is no draft any more.").format(number=row.number),
                    cure=_("Cancel it on its page."),
                )
        return [move(actor, row.pk, "cancel") for row in rows]


def set_level(
    actor: Actor,
    item_id: int,
    location_id: int,
    minimum: Decimal | None,
    maximum: Decimal | None,
    multiple: Decimal = ZERO,
) -> ReorderLevel | None:
    """Say how much of an item is to lie at a location; None is computed from what is sold. Where nothing is said any
    more, the level goes."""
    actor.require(Permission.CATALOG_EDIT)
    item, place = Item.objects.pick(actor, item_id), Location.objects.pick(actor, location_id)
    problems = {
        name: _("Write a number from 0 to 99,999,999.")
        for name, value in (("minimum", minimum), ("maximum", maximum), ("multiple", multiple))
        if value is not None and not (value.is_finite() and 0 <= value < 10**8)
    }
    if not problems and minimum is not None and maximum is not None and maximum < minimum:
        problems["maximum"] = _("The maximum lies below the minimum.")
    if problems:
        raise Invalid(fields=problems)
    with transaction.atomic():
        row = ReorderLevel.objects.of(actor).select_for_update().filter(item=item, location=place).first()
        before = audit.snapshot(row) if row else {}
        if minimum is None and maximum is None and not multiple:
            if row is not None:
                audit.record(actor, "reorder.level", row, before, {})
                row.delete()
            return None
        if row is None:
            refuse(item, "item_id")
            refuse(place, "location_id")
        row, _new = ReorderLevel.objects.update_or_create(
            organisation_id=actor.organisation_id,
            item=item,
            location=place,
            defaults={"minimum": minimum, "maximum": maximum, "multiple": multiple},
        )
        audit.record(actor, "reorder.level", row, before)
    return row
