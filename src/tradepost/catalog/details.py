"""What belongs to an item and is saved with it: bill of materials, other units, barcodes, vendors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.accounts.tenancy import Owned
from tradepost.catalog.availability import Part, parents_first
from tradepost.catalog.models import Barcode, Item, ItemPart, ItemType, ItemUnit, ItemVendor
from tradepost.catalog.saving import fill
from tradepost.kit.errors import Invalid
from tradepost.kit.money import LARGEST
from tradepost.kit.words import within

_NOT_A_PART = (ItemType.GROUP, ItemType.MATRIX, ItemType.DISCOUNT)


@dataclass(frozen=True, slots=True)
class Component:
    """How many of an item, in its stock unit, go into one."""

    part_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Unit:
    """One ``name`` is ``factor`` of the stock unit."""

    name: str
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Code:
    """A barcode and the unit that it stands on."""

    code: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Vendor:
    """Who sells it to us; the first of several is preferred. ``quantity``: what the vendor has (C7c). ``breaks``: from how
    many on, and the price of one then."""

    vendor: str
    price: Decimal | None = None
    currency: str = ""
    lead_days: int | None = None
    quantity: Decimal = Decimal(0)
    vendor_sku: str = ""
    vendor_id: int | None = None
    breaks: tuple[tuple[Decimal, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """What replaces all there was of its kind; None leaves it alone."""

    parts: Sequence[Component] | None = None
    units: Sequence[Unit] | None = None
    barcodes: Sequence[Code] | None = None
    vendors: Sequence[Vendor] | None = None


_ROWS: dict[str, type[Owned]] = {
    "parts": ItemPart,
    "units": ItemUnit,
    "barcodes": Barcode,
    "vendors": ItemVendor,
}
_KEY = {"parts": "part_id", "units": "name", "barcodes": "code", "vendors": "vendor"}
_ORDERED = ("parts", "vendors")
NEW_VENDORS: list[Callable[[ItemVendor], None]] = []
"""Asked of every vendor that an item has anew; each raises ``Invalid`` unless it may be chosen. Rooms above, who know vendors, join in."""
UNIT_CHANGES: list[Callable[[Item, str, str], None]] = []
"""Asked of every unit of an item that has another size now or is gone: the item, the unit's name, and the field that it was changed in;
each raises ``Invalid`` where it must stay. Rooms above, who count by units, join in."""


def put(actor: Actor, item: Item, details: Details) -> dict[str, Any]:
    """Store what is given beside a saved item; returns it for the audit. Who may not see costs leaves what each vendor asks as it
    is, or is ``Refused``."""
    for name in _ROWS:
        wanted = getattr(details, name)
        if wanted is not None:
            _replace(actor, item, name, [asdict(one) for one in wanted])
    if details.parts:
        _check_parts(item)
    _check_units(item)
    return snapshot(item, details)


def sizes(item: Item) -> dict[str, Decimal]:
    """The units of an item, its stock unit first, and how many of that each is."""
    return {item.unit: Decimal(1), **dict(item.units.order_by("pk").values_list("name", "factor"))}


def check_sizes(item: Item, was: Mapping[str, Decimal]) -> None:
    """``Invalid`` where a unit that was there is another now, or none, and somebody counts by it."""
    now = {name.casefold(): factor for name, factor in sizes(item).items()}
    for n, (name, factor) in enumerate(was.items()):
        if now.get(name.casefold()) != factor:
            for check in UNIT_CHANGES:
                check(item, name, "units" if n else "unit")


def snapshot(item: Item, details: Details) -> dict[str, Any]:
    """The given kinds as they are stored now."""
    given = [f.name for f in fields(details) if getattr(details, f.name) is not None]
    skip = {"id", "item", "whole", "position"}
    return {
        name: [
            {k: v for k, v in audit.snapshot(row).items() if k not in skip}
            for row in getattr(item, name).order_by("pk")
        ]
        for name in given
    }


def _replace(actor: Actor, item: Item, name: str, wanted: list[dict[str, Any]]) -> None:
    keys = [one[_KEY[name]] for one in wanted]
    keys = [key.strip() if isinstance(key, str) else key for key in keys]
    for n, key in enumerate(keys):
        if key in keys[:n]:
            raise Invalid(
                fields={name: _("Line {n} is there twice.").format(n=n + 1)}, cure=_("Keep one of the two.")
            )
    there = {"part_id": set(item.parts.values_list("part_id", flat=True))} if name == "parts" else {}
    held = list(item.vendors.all()) if name == "vendors" else []
    rows = []
    for n, values in enumerate(wanted, 1):
        row = _ROWS[name](organisation_id=item.organisation_id)
        setattr(row, "whole" if name == "parts" else "item", item)
        if name in _ORDERED:
            row.position = n  # type: ignore[attr-defined]
        try:
            if name == "vendors":
                values["breaks"] = _breaks(values["breaks"])
            fill(row, values, list(values), there)
            _above_zero(values)
            if isinstance(row, ItemVendor):
                _check_vendor(actor, row, held)
        except Invalid as error:
            raise Invalid(
                fields={name: _("Line {n}: {cause}").format(n=n, cause=error.cause)}, cure=error.cure
            ) from None
        rows.append(row)
    getattr(item, name).all().delete()
    _ROWS[name]._default_manager.bulk_create(rows)


def _check_vendor(actor: Actor, row: ItemVendor, held: Sequence[ItemVendor]) -> None:
    """Who sells an item already stays with it."""
    before = next((one for one in held if _is_same(one, row)), None)
    if not actor.may(Permission.COST_VIEW):
        asked = (before.price, before.breaks) if before else (None, [])
        if (row.price, row.breaks) not in ((None, []), asked):
            actor.require(Permission.COST_VIEW)
        row.price, row.breaks = asked
    if before is None:
        for check in NEW_VENDORS:
            check(row)


def _is_same(one: ItemVendor, other: ItemVendor) -> bool:
    """Known by key where both have one, else by name."""
    keyed = one.vendor_id and other.vendor_id
    return one.vendor_id == other.vendor_id if keyed else one.vendor.lower() == other.vendor.lower()


def _breaks(given: Sequence[Sequence[Decimal]]) -> list[list[str]]:
    """As they are stored."""
    pairs = sorted(tuple(one) for one in given)
    if any(
        not (n.is_finite() and price.is_finite() and 0 < n < LARGEST and 0 <= price < LARGEST)
        for n, price in pairs
    ):
        raise Invalid(_("A price is zero or more, from a quantity above zero on."))
    if len({n for n, _price in pairs}) < len(pairs):
        raise Invalid(_("There are two prices from the same quantity on."))
    return [[f"{n:f}", f"{price:f}"] for n, price in pairs]


_TOO_SMALL: Mapping[tuple[str, bool], Callable[[], str]] = {
    ("factor", True): lambda: _("The factor must be above zero."),
    ("quantity", True): lambda: _("The quantity must be above zero."),
    ("quantity", False): lambda: _("The quantity must be zero or more."),
    ("price", False): lambda: _("The price must be zero or more."),
}


def _above_zero(values: dict[str, Any]) -> None:
    for key in ("factor", "price", "quantity"):
        value, positive = values.get(key), key == "factor" or (key == "quantity" and "part_id" in values)
        if value is not None and (value < 0 or (positive and value == 0)):
            raise Invalid(_TOO_SMALL[key, positive]())


def _check_parts(item: Item) -> None:
    """One change of a company's bills of materials at a time, or two could make a circle together."""
    if not ItemType(item.type).has_parts:
        raise Invalid(
            fields={"parts": _("A {type} has no parts.").format(type=within(item.get_type_display()))}
        )
    Organisation.objects.select_for_update(no_key=True).get(pk=item.organisation_id)
    for part in Item.objects.filter(used_in__whole=item, type__in=_NOT_A_PART):
        raise Invalid(
            fields={
                "parts": _("{sku} is a {type} and cannot be a part.").format(
                    sku=part.sku, type=within(part.get_type_display())
                )
            }
        )
    recipes: dict[str, list[Part]] = {}
    rows = ItemPart.objects.filter(organisation_id=item.organisation_id)
    for whole, sku, quantity in rows.values_list("whole__sku", "part__sku", "quantity"):
        recipes.setdefault(whole, []).append(Part(sku, quantity))
    parents_first(item.sku, recipes)


def _check_units(item: Item) -> None:
    names = set(item.units.values_list("name", flat=True))
    if item.unit in names:
        raise Invalid(
            fields={"units": _("{unit} is the stock unit itself.").format(unit=item.unit)},
            cure=_("Take it out of the list."),
        )
    for code, unit in item.barcodes.exclude(unit__in=["", item.unit, *names]).values_list("code", "unit"):
        raise Invalid(
            fields={
                "barcodes": _(
                    "The barcode {code} stands on a “{unit}”, which is no unit of this item."
                ).format(code=code, unit=unit)
            }
        )
