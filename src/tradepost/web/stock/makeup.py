"""What an item is made of and comes in: bill of materials, further units, barcodes, and the vendors who sell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog import services
from tradepost.catalog.details import Code, Component, Details, Unit, Vendor
from tradepost.catalog.models import Item, ItemType
from tradepost.kit.errors import Fault, Invalid
from tradepost.kit.figures import parse_number, typed
from tradepost.people.models import Vendor as VendorRecord
from tradepost.web import parts
from tradepost.web.numbers import number
from tradepost.web.parts import Crumb, Text
from tradepost.web.shell import DeskRequest
from tradepost.web.stock.levels import tabs


@dataclass(frozen=True, slots=True)
class Cell:
    """An input of a row. ``number``: it is read as a figure, and may be left empty unless ``needed``."""

    name: str
    label: Text
    number: bool = False
    needed: bool = False
    width: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of one kind: ``key`` names the inputs; a row whose first cell is empty is left out."""

    key: str
    title: Text
    help: Text
    add: Text
    cells: tuple[Cell, ...]


GRIDS: tuple[Grid, ...] = (
    Grid(
        "parts",
        gettext_lazy("Parts"),
        gettext_lazy("What goes into one, by SKU."),
        gettext_lazy("Add part"),
        (
            Cell("sku", gettext_lazy("SKU"), needed=True),
            Cell("quantity", gettext_lazy("Quantity"), number=True, needed=True, width="sm"),
        ),
    ),
    Grid(
        "units",
        gettext_lazy("Further units"),
        gettext_lazy("A carton is 12: so many of the stock unit."),
        gettext_lazy("Add unit"),
        (
            Cell("name", gettext_lazy("Unit"), needed=True),
            Cell("factor", gettext_lazy("Holds"), number=True, needed=True, width="sm"),
        ),
    ),
    Grid(
        "barcodes",
        gettext_lazy("Barcodes"),
        gettext_lazy("Each stands on one unit; left empty, on the stock unit."),
        gettext_lazy("Add barcode"),
        (Cell("code", gettext_lazy("Barcode"), needed=True), Cell("unit", gettext_lazy("Unit"), width="sm")),
    ),
    Grid(
        "vendors",
        gettext_lazy("Vendors"),
        gettext_lazy(
            "Who sells it to you; the first is preferred. Prices for more, such as 100: 8.50; 500: 8."
        ),
        gettext_lazy("Add vendor"),
        (
            Cell("vendor", gettext_lazy("Vendor"), needed=True),
            Cell("vendor_sku", gettext_lazy("Their SKU"), width="sm"),
            Cell("price", gettext_lazy("Price"), number=True, width="sm"),
            Cell("breaks", gettext_lazy("Price from quantity"), width="sm"),
            Cell("currency", gettext_lazy("Currency"), width="xs"),
            Cell("lead_days", gettext_lazy("Lead days"), number=True, width="xs"),
            Cell("quantity", gettext_lazy("They have"), number=True, width="xs"),
        ),
    ),
)
Rows = dict[str, list[dict[str, str]]]


def edit(request: DeskRequest, pk: int) -> HttpResponse:
    """The grids of an item; what is saved replaces all there was."""
    posted = request.method == "POST"
    request.actor.require(Permission.CATALOG_EDIT if posted else Permission.CATALOG_VIEW)
    item = Item.objects.pick(request.actor, pk)
    language = request.membership.organisation.locale
    rows = read(request.POST) if posted else _held(item, language)
    form = forms.Form(request.POST if posted else None)
    if posted and form.is_valid():
        try:
            details = _details(request.actor, item, rows, language)
            services.save_item(
                request.actor, {}, item_id=item.pk, version=_version(request.POST), details=details
            )
        except Invalid as fault:
            for sentence in fault.fields.values() or [fault.cause]:
                form.add_error(None, f"{sentence} {fault.cure}".strip())
        except Fault as fault:
            form.add_error(None, str(fault))
        else:
            parts.notify(request, _("{sku} saved").format(sku=item.sku))
            return parts.go(request, reverse("item-makeup", args=[item.pk]))
    context = {
        "form": form,
        "item": item,
        "grids": [(grid, rows[grid.key]) for grid in _grids(request.actor, item)],
        "may_edit": request.actor.may(Permission.CATALOG_EDIT),
        "tabs": tabs(request.actor, item, "item-makeup"),
        "crumbs": [Crumb(_("Items"), reverse("items")), Crumb(item.sku)],
    }
    return parts.page(request, "stock/makeup.html", context, status=422 if form.errors else 200)


def _grids(actor: Actor, item: Item) -> list[Grid]:
    """Parts where there may be any; vendors, with what they ask, for who may see costs."""
    hidden = set() if ItemType(item.type).has_parts else {"parts"}
    hidden |= set() if actor.may(Permission.COST_VIEW) else {"vendors"}
    return [grid for grid in GRIDS if grid.key not in hidden]


def _version(data: QueryDict) -> int | None:
    return number(data.get("version"), 9)


def read(data: QueryDict) -> Rows:
    """The rows as they were typed; those without their first cell are left out."""
    found: Rows = {}
    for grid in GRIDS:
        columns = [data.getlist(f"{grid.key}-{cell.name}") for cell in grid.cells]
        names = [cell.name for cell in grid.cells]
        rows = (dict(zip(names, map(str.strip, row), strict=True)) for row in zip(*columns, strict=False))
        found[grid.key] = [row for row in rows if row[names[0]]]
    return found


def _held(item: Item, language: str) -> Rows:
    def shown(value: Any) -> str:
        if isinstance(value, list):
            return "; ".join(
                f"{typed(Decimal(n), language)}: {typed(Decimal(p), language)}" for n, p in value
            )
        return typed(value, language) if isinstance(value, Decimal) else str("" if value is None else value)

    kept: dict[str, list[dict[str, Any]]] = {
        "parts": [
            {"sku": row.part.sku, "quantity": row.quantity}
            for row in item.parts.select_related("part").order_by("position")
        ],
        "units": [{"name": row.name, "factor": row.factor} for row in item.units.order_by("pk")],
        "barcodes": [{"code": row.code, "unit": row.unit} for row in item.barcodes.order_by("pk")],
        "vendors": list(item.vendors.order_by("position").values(*(cell.name for cell in GRIDS[3].cells))),
    }
    return {
        key: [{name: shown(value) for name, value in row.items()} for row in rows]
        for key, rows in kept.items()
    }


def _details(actor: Actor, item: Item, rows: Rows, language: str) -> Details:
    """What was typed, as the verb takes it. Raises ``Invalid`` for a figure or SKU that makes no sense."""
    numbers = {
        grid.key: [_numbers(grid, row, n, language) for n, row in enumerate(rows[grid.key], 1)]
        for grid in GRIDS
    }
    parts_ = _components(actor, rows["parts"], numbers["parts"]) if ItemType(item.type).has_parts else None
    return Details(
        parts=parts_,
        units=[Unit(r["name"], n["factor"]) for r, n in _both(rows, numbers, "units")],
        barcodes=[Code(row["code"], row["unit"]) for row in rows["barcodes"]],
        vendors=_vendors(actor, item, _both(rows, numbers, "vendors"), language)
        if actor.may(Permission.COST_VIEW)
        else None,
    )


def _both(
    rows: Rows, numbers: Mapping[str, Any], key: str
) -> list[tuple[dict[str, str], dict[str, Decimal]]]:
    return list(zip(rows[key], numbers[key], strict=True))


def _numbers(grid: Grid, row: Mapping[str, str], position: int, language: str) -> dict[str, Decimal]:
    found = {}
    for cell in grid.cells:
        if not cell.number or not (row[cell.name] or cell.needed):
            continue
        try:
            found[cell.name] = parse_number(row[cell.name], language)
        except Invalid as fault:
            sentence = _("{grid}, line {n}: {cause}").format(grid=grid.title, n=position, cause=fault.cause)
            raise Invalid(fields={grid.key: sentence}) from None
    return found


def _components(
    actor: Actor, rows: Sequence[Mapping[str, str]], numbers: Sequence[Mapping[str, Decimal]]
) -> list[Component]:
    known = dict(Item.objects.of(actor).filter(sku__in=[row["sku"] for row in rows]).values_list("sku", "pk"))
    if missing := [row["sku"] for row in rows if row["sku"] not in known]:
        raise Invalid(fields={"parts": _("No item has the SKU “{sku}”.").format(sku=missing[0])})
    return [Component(known[row["sku"]], n["quantity"]) for row, n in zip(rows, numbers, strict=True)]


def _breaks(text: str, language: str) -> tuple[tuple[Decimal, Decimal], ...]:
    """``100: 8.50; 500: 8`` as pairs. Raises ``Invalid`` for what is not written so."""
    found = []
    for one in filter(None, (part.strip() for part in text.split(";"))):
        quantity, colon, price = one.partition(":")
        if not colon:
            sentence = _("“{text}” is not written as quantity: price, such as 100: 8.50.").format(text=one)
            raise Invalid(fields={"vendors": sentence})
        found.append((parse_number(quantity, language), parse_number(price, language)))
    return tuple(found)


def _vendors(
    actor: Actor,
    item: Item,
    rows: Sequence[tuple[Mapping[str, str], Mapping[str, Decimal]]],
    language: str,
) -> list[Vendor]:
    """Whose a name was stays known, also where the vendor is called otherwise by now; of two with one name, who is in use."""
    names = [row["vendor"] for row, _n in rows]
    known = VendorRecord.objects.of(actor).filter(name__in=names, trashed_at=None).order_by("archived_at")
    ours = dict(item.vendors.values_list("vendor", "vendor_id")) | dict(known.values_list("name", "pk"))
    return [
        Vendor(
            vendor=row["vendor"],
            price=numbers.get("price"),
            currency=row["currency"].upper(),
            lead_days=int(numbers["lead_days"]) if "lead_days" in numbers else None,
            quantity=numbers.get("quantity", Decimal(0)),
            vendor_sku=row["vendor_sku"],
            breaks=_breaks(row["breaks"], language),
            vendor_id=ours.get(row["vendor"]),
        )
        for row, numbers in rows
    ]
