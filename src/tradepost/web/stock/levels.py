"""What lies where: the list of all items at all locations, and the stock of one item with the ledger of what moved it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog.availability import assembled
from tradepost.catalog.models import Bin, Item, ItemType, Location, StockLevel, StockMove
from tradepost.catalog.queries import (
    LEVEL_STATES,
    InBin,
    availability,
    availability_at_each,
    by_bin,
    levels,
    movements,
)
from tradepost.catalog.reversal import undoable
from tradepost.sales.models import Line
from tradepost.web import columns, parts
from tradepost.web.bringing import brought_in
from tradepost.web.export import file_of
from tradepost.web.parts import Crumb, Empty
from tradepost.web.records import address
from tradepost.web.saved_views import saved
from tradepost.web.sentences import told
from tradepost.web.shell import DeskRequest
from tradepost.web.templatetags.ui import figure


class Quantity(columns.Number):
    def render(self, value: Decimal) -> str:
        return figure(value)


class Signed(columns.Number):
    """A change: with its sign, and nothing where nothing changed."""

    def render(self, value: Decimal) -> str:
        return f"{'+' if value > 0 else '−'}{figure(abs(value))}" if value else ""


class Levels(tables.Table):
    sku = columns.Title(
        verbose_name=gettext_lazy("SKU"),
        accessor="item__sku",
        linkify=lambda record: reverse("item-stock", args=[record.item_id]),
    )
    name = columns.Plain(verbose_name=gettext_lazy("Name"), accessor="item__name", place="at-sub")
    location = columns.Plain(verbose_name=gettext_lazy("Location"), order_by="location__name", place="")
    on_hand = Quantity(verbose_name=gettext_lazy("On hand"))
    allocated = Quantity(verbose_name=gettext_lazy("Allocated"))
    available = Quantity(verbose_name=gettext_lazy("Available"))
    on_order = Quantity(verbose_name=gettext_lazy("On order"))
    buildable = Quantity(verbose_name=gettext_lazy("Can be built"), orderable=False, empty_values=())

    def before_render(self, request: DeskRequest) -> None:
        """How many of the assemblies of this page could be built where they stand, of what is there."""
        shown = [row.record for row in self.paginated_rows]
        made = [level.item_id for level in shown if level.item.type == ItemType.ASSEMBLY]
        can_be_built = _where_they_stand(request.actor, made, {level.location_id for level in shown})
        for level in shown:
            level.buildable = can_be_built(level)

    def render_buildable(self, value: Decimal | None) -> str:
        return "" if value is None else figure(value)


def _where_they_stand(
    actor: Actor, assemblies: Collection[int], places: Collection[int] | None = None
) -> Callable[[StockLevel], Decimal | None]:
    """How many of an assembly could be built where it stands, of what is there; asked for all at once."""
    there = availability_at_each(actor, assemblies, places) if assemblies else {}

    def built(level: StockLevel) -> Decimal | None:
        catalog = there.get(level.location_id)
        return assembled(level.item.sku, catalog) if catalog and level.item_id in assemblies else None

    return built


class LevelFilter(django_filters.FilterSet):
    """Items by their words, at one location or at all, in one state."""

    q = django_filters.CharFilter(method="by_words", label=gettext_lazy("SKU or name"))
    location = django_filters.ChoiceFilter(
        empty_label=gettext_lazy("Any location"), label=gettext_lazy("Location")
    )
    state = django_filters.ChoiceFilter(
        method="by_state",
        empty_label=gettext_lazy("Any quantity"),
        label=gettext_lazy("Quantity"),
        choices=[
            ("here", gettext_lazy("On hand")),
            ("none", gettext_lazy("None available")),
            ("short", gettext_lazy("Promised beyond what is there")),
            ("coming", gettext_lazy("On order")),
        ],
    )

    bin = django_filters.ChoiceFilter(
        method="by_bin", empty_label=gettext_lazy("Any bin"), label=gettext_lazy("Bin")
    )

    def __init__(self, *args: Any, request: DeskRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        bins = Bin.objects.of(request.actor).select_related("location").order_by("location__name", "name")
        if found := [(str(one.pk), f"{one.location.name} · {one.name}") for one in bins]:
            self.filters["bin"].extra["choices"] = found
        else:
            del self.filters["bin"]
        places = Location.objects.of(request.actor).order_by("name").values_list("pk", "name")
        self.filters["location"].extra["choices"] = [(str(pk), name) for pk, name in places]
        for field in self.form.fields.values():
            if isinstance(field.widget, forms.Select):
                field.widget.attrs.update({"class": "form-select", "aria-label": field.label})

    def by_words(self, rows: QuerySet[StockLevel], name: str, value: str) -> QuerySet[StockLevel]:
        return rows.filter(pk__in=levels(self.request.actor, search=value))

    def by_bin(self, rows: QuerySet[StockLevel], name: str, value: str) -> QuerySet[StockLevel]:
        return rows.filter(pk__in=levels(self.request.actor, bin_id=int(value)))

    def by_state(self, rows: QuerySet[StockLevel], name: str, value: str) -> QuerySet[StockLevel]:
        return rows.filter(LEVEL_STATES[value])


def _levels(actor: Actor) -> QuerySet[StockLevel]:
    rows = levels(actor).select_related("item", "location")
    return rows.annotate(available=F("on_hand") - F("allocated")).order_by(
        "item__sku", "location__name", "id"
    )


def listing(request: DeskRequest) -> HttpResponse:
    """Every item at every location that it has been at."""
    return parts.listing(
        request,
        "stock/list.html",
        rows=_levels(request.actor),
        table=Levels,
        filters=LevelFilter,
        views=_views(request.actor),
        empty=Empty(
            _("No stock yet"),
            _("What is received, built or counted stands here, by location."),
            reverse("items"),
            _("Items"),
            "warehouse",
            brought_in(request.actor, "stock"),
        ),
        context={"may_export": request.actor.may(Permission.EXPORT)},
    )


def _views(actor: Actor) -> list[parts.View]:
    return [
        parts.View(_("All")),
        parts.View(_("On hand"), "state=here"),
        parts.View(_("Promised beyond what is there"), "state=short"),
        parts.View(_("On order"), "state=coming"),
        *saved(actor, "stock"),
    ]


def export(request: DeskRequest) -> HttpResponseBase:
    """The list as its page shows it, as CSV or XLSX."""
    rows = _levels(request.actor)
    made = set(rows.filter(item__type=ItemType.ASSEMBLY).values_list("item_id", flat=True))
    can_be_built = _where_they_stand(request.actor, made)
    return file_of(
        request,
        "stock",
        parts.listed(request, rows, Levels, LevelFilter),
        {
            _("SKU"): lambda level: level.item.sku,
            _("Name"): lambda level: level.item.name,
            _("Location"): lambda level: level.location.name,
            _("Unit"): lambda level: level.item.unit,
            _("On hand"): lambda level: level.on_hand,
            _("Allocated"): lambda level: level.allocated,
            _("Available"): lambda level: level.available,
            _("On order"): lambda level: level.on_order,
            _("Can be built"): can_be_built,
        },
    )


# -- one item --------------------------------------------------------------------------------------------------------


class Moves(tables.Table):
    at = columns.Day(verbose_name=gettext_lazy("When"), format="DATETIME_FORMAT", place="at-sub")
    kind = columns.Plain(verbose_name=gettext_lazy("What"), place="at-title")
    location = columns.Plain(verbose_name=gettext_lazy("Location"), place="")
    on_hand = Signed(verbose_name=gettext_lazy("On hand"), place="at-end")
    allocated = Signed(verbose_name=gettext_lazy("Allocated"))
    on_order = Signed(verbose_name=gettext_lazy("On order"))
    reason = columns.Plain(verbose_name=gettext_lazy("Why"), orderable=False, empty_values=(), place="")
    user = columns.Person(verbose_name=gettext_lazy("Who"), order_by="user__name")
    undo = tables.TemplateColumn(
        template_name="stock/undo.html",
        verbose_name=gettext_lazy("Take back"),
        orderable=False,
        attrs={"td": {"class": "at-end2 text-end"}},
    )

    def render_kind(self, record: StockMove) -> str:
        return str(record.get_kind_display())

    def render_location(self, record: StockMove) -> str:
        return f"{record.location} · {record.bin}" if record.bin else str(record.location)

    def render_reason(self, record: StockMove) -> Any:
        document = self.documents.get(record.ref_id) if record.ref_kind == "line" else None
        if document is None:
            return told(record.reason) if " " in record.reason else record.reason  # one word was typed
        return columns.link(address(document), document.number)

    documents: dict[int | None, Any] = {}

    def before_render(self, request: DeskRequest) -> None:
        """The documents whose lines the movements of this page serve, and what can be taken back, in a query each."""
        shown = [row.record for row in self.paginated_rows]
        offered = undoable(request.actor, shown)
        for move in shown:
            move.undoable = move.pk in offered  # for ``stock/undo.html``
        keys = {move.ref_id for move in shown if move.ref_kind == "line"}
        lines = Line.objects.of(request.actor).filter(pk__in=keys).select_related("document")
        self.documents = {line.pk: line.document for line in lines}


def of_item(request: DeskRequest, pk: int) -> HttpResponse:
    """What of an item lies where, what can be built of it, and its ledger."""
    request.actor.require(Permission.CATALOG_VIEW)
    item = Item.objects.pick(request.actor, pk)
    held = _levels(request.actor).filter(item=item).order_by("location__name")
    return parts.listing(
        request,
        "stock/item.html",
        rows=movements(request.actor, item.pk),
        table=Moves,
        empty=Empty(_("Nothing has moved yet"), _("Receive, count or adjust it to begin."), icon="warehouse"),
        context={
            "item": item,
            "levels": _with_bins(held, by_bin(request.actor, item.pk)),
            "buildable": _buildable(request.actor, item),
            "costs": request.actor.may(Permission.COST_VIEW),
            "currency": item.organisation.currency,
            "keeps": ItemType(item.type).keeps_stock,
            "assembly": item.type == ItemType.ASSEMBLY,
            "may_move": request.actor.may(Permission.STOCK_MOVE),
            "tabs": tabs(request.actor, item, "item-stock"),
            "crumbs": [Crumb(_("Stock"), reverse("stock")), Crumb(item.sku)],
        },
    )


def _with_bins(levels: Iterable[StockLevel], bins: Sequence[InBin]) -> list[tuple[StockLevel, list[InBin]]]:
    """Each level with what of it lies in which bin."""
    return [(level, [one for one in bins if one.location_id == level.location_id]) for level in levels]


def _buildable(actor: Actor, item: Item) -> Decimal | None:
    """How many of an assembly, or a kit, could be put together now; None of anything else."""
    return assembled(item.sku, availability(actor, [item.pk]))


def tabs(actor: Actor, item: Item, current: str) -> list[tuple[str, str, bool]]:
    """``(label, address, whether it is this page)`` of the pages of an item that the actor may see."""
    names = {"item": _("Details")}
    if item.type == ItemType.MATRIX:
        names["item-variants"] = _("Variants")
    names |= {"item-stock": _("Stock"), "item-makeup": _("Parts, units and vendors")}
    names["item-pictures"] = _("Pictures")
    if actor.may(Permission.SALES_VIEW):
        names["item-documents"] = _("Documents")
    if actor.may(Permission.ACTIVITIES_VIEW):
        names["item-activities"] = _("Activities")
    return [(label, reverse(name, args=[item.pk]), name == current) for name, label in names.items()]
