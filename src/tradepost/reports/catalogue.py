"""The reports that there are: their rows, what they can be grouped by, and their figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Avg,
    Case,
    Count,
    DecimalField,
    DurationField,
    Expression,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)  # fmt: skip
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import (
    Cast,
    Coalesce,
    ExtractDay,
    NullIf,
    Round,
    TruncDate,
    TruncMonth,
    TruncQuarter,
    TruncYear,
)
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.catalog.models import ItemUnit, StockLevel, StockMove
from tradepost.reports import states
from tradepost.reports.facts import Fact
from tradepost.reports.reordering import proposal
from tradepost.reports.rules import Dimension, Measure, Shape, Text
from tradepost.sales.currencies import company_currency
from tradepost.sales.models import Application, Document, Kind, Line
from tradepost.sales.preferences import TAXED_AT
from tradepost.sales.queries import OPEN, late
from tradepost.sales.settling import OWED

_AMOUNT = DecimalField(max_digits=24, decimal_places=2)


def _text(*values: Any) -> Coalesce:
    """The first of the columns that says something, else a dash."""
    filled = [NullIf(Cast(v, TextField()), Value("")) for v in values]
    return Coalesce(*filled, Value("–"), output_field=TextField())


@dataclass(frozen=True, slots=True)
class Report:
    """``rows(actor, today)`` are all that the company has; ``dated`` is the column of the period, empty for what is as
    of now; ``filters`` are columns by the key of the filter. ``amounts`` are columns of money, which measures read as ``its_…``.
    ``marked`` are the paths to what carries tags and custom fields, by whose they are (see ``marked``). ``period``: what its page
    begins with. ``facts(actor, filters)`` stand in the place of the rows where they are computed; ``of`` of their columns is
    empty, and ``asks`` are the numbers among their filters that say how."""

    key: str
    label: Text
    about: Text
    permission: Permission
    rows: Callable[[Actor, date], QuerySet[Any]] | None
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    group: tuple[str, ...]
    dated: str = ""
    currency: Any = "currency"
    filters: Mapping[str, str] | None = None
    amounts: tuple[str, ...] = ()
    marked: Mapping[str, str] = field(default_factory=dict)
    period: str = "year"
    facts: Callable[[Actor, Mapping[str, Any]], Iterable[Fact]] | None = None
    asks: tuple[str, ...] = ()


def _signed(amount: Expression | F, path: str = "") -> Expression:
    """What a credit note says counts against the invoices."""
    given: Any = Case(
        When(**{f"{path}kind": Kind.CREDIT_NOTE}, then=-amount), default=amount, output_field=_AMOUNT
    )
    return given  # type: ignore[no-any-return]


# What a line is in the stock unit of its item: a carton counts as the pieces that are in one today.
_IN_ONE = ItemUnit.objects.filter(item=OuterRef("item"), name=OuterRef("unit")).values("factor")
_PIECES: Any = Case(
    When(Q(item=None) | Q(unit="") | Q(unit=F("item__unit")), then=F("quantity")),
    default=F("quantity") * Coalesce(Subquery(_IN_ONE), Value(Decimal(1))),
    output_field=DecimalField(max_digits=36, decimal_places=8),
)


def _invoiced(actor: Actor, today: date) -> QuerySet[Document]:
    """What was billed: invoices and cash sales, and credit notes against them; no drafts, nothing voided."""
    kinds = (Kind.INVOICE, Kind.CASH_SALE, Kind.CREDIT_NOTE)
    return (
        Document.objects.of(actor)
        .filter(kind__in=kinds)
        .exclude(status__in=("draft", "void", "voided", "cancelled"))
    )


def _booked(actor: Actor, today: date) -> QuerySet[Document]:
    return Document.objects.of(actor).filter(kind=Kind.ORDER).exclude(status__in=("draft", "cancelled"))


def _open(actor: Actor, today: date) -> QuerySet[Document]:
    return Document.objects.of(actor).filter(kind=Kind.ORDER, status__in=OPEN[Kind.ORDER])


def _late(actor: Actor, today: date) -> QuerySet[Document]:
    passed = ExpressionWrapper(Value(today) - F("promised"), output_field=DurationField())
    return _open(actor, today).filter(late(today)).annotate(days_late=ExtractDay(passed))


def _lines(actor: Actor, today: date) -> QuerySet[Line]:
    return Line.objects.of(actor).filter(document__in=_invoiced(actor, today))


def _owed(actor: Actor, today: date, kind: Kind = Kind.INVOICE) -> QuerySet[Document]:
    passed = ExpressionWrapper(Value(today) - Coalesce("due", "date"), output_field=DurationField())
    rows = Document.objects.of(actor).filter(kind=kind, status__in=OWED[kind])
    return rows.annotate(overdue=ExtractDay(passed), owed=F("total") - F("applied"))


def _owing(actor: Actor, today: date) -> QuerySet[Document]:
    return _owed(actor, today, Kind.BILL)


def _taxed(actor: Actor, today: date) -> QuerySet[Document]:
    """What was billed, by the address that decided its tax: the other one where the preferred is empty."""
    first = TAXED_AT.value(actor.organisation_id)
    other = "billing" if first == "shipping" else "shipping"
    there = Q(**{f"{first}__region__gt": ""}) | Q(**{f"{first}__country__gt": ""})

    def part(name: str) -> Case:
        decided = Case(
            When(there, then=KeyTextTransform(name, first)),
            default=KeyTextTransform(name, other),
            output_field=TextField(),
        )
        return _text(decided)  # type: ignore[return-value]

    return _invoiced(actor, today).annotate(state=part("region"), country=part("country"))


def _exchanged(actor: Actor, today: date) -> QuerySet[Application]:
    """What was paid in other currencies than the company's; on the side of purchases, paying more is a loss."""
    company = company_currency(actor.organisation_id)
    more = F("paid_value") - F("owed_value")
    sign = Case(When(payment__vendor=None, then=more), default=-more, output_field=_AMOUNT)
    return (
        Application.objects.of(actor)
        .filter(paid_value__isnull=False, owed_value__isnull=False)
        .annotate(gained=sign, company_currency=Value(company, output_field=TextField()))
    )


def _stock(actor: Actor, today: date) -> QuerySet[StockLevel]:
    currency = Value(_home(actor))
    rows = StockLevel.objects.of(actor).exclude(on_hand=0, allocated=0, on_order=0)
    return rows.annotate(currency=currency)


def _worth(actor: Actor, today: date) -> QuerySet[StockMove]:
    """Every movement that changed what lies somewhere or what it is worth, with its day at the company."""
    zone = ZoneInfo(Organisation.objects.values_list("time_zone", flat=True).get(pk=actor.organisation_id))
    rows = StockMove.objects.of(actor).exclude(on_hand=0, value=0)
    return rows.annotate(currency=Value(_home(actor)), day=TruncDate("at", tzinfo=zone))


def _short(actor: Actor, given: Mapping[str, Any]) -> Iterator[Fact]:
    """What the reorder proposal says."""
    home = _home(actor)
    for one in proposal(actor, days=given.get("days", 90), cover_days=given.get("cover_days", 30)):
        need = one.need
        yield {
            "vendor": one.whose, "vendor_id": one.vendor.pk if one.vendor else None, "currency": one.currency or home,
            "item": one.item.sku, "name": one.item.name, "item_id": one.item.pk,
            "location": one.location.name, "location_id": one.location.pk,
            "available": need.available, "waiting": need.waiting, "coming": need.coming, "sold": need.sold,
            "quantity": one.quantity, "value": None if one.price is None else one.price * one.quantity,
        }  # fmt: skip


def _home(actor: Actor) -> str:
    return Organisation.objects.values_list("currency", flat=True).get(pk=actor.organisation_id)


_PLACED = (
    Dimension("item", _("Item"), "item__sku"),
    Dimension("name", _("Name"), "item__name"),
    Dimension("location", _("Location"), "location__name"),
    Dimension("category", _("Category"), _text("item__category__name")),
)  # fmt: skip


def _of(path: str) -> tuple[Dimension, ...]:
    """What documents can be grouped by, from where ``path`` leads to them."""
    return (
        Dimension("customer", _("Customer"), f"{path}customer__name"),
        Dimension("rep", _("Sales rep"), _text(f"{path}owner__name", f"{path}owner__email")),
        Dimension("channel", _("Channel"), _text(f"{path}channel")),
        Dimension("class", _("Class"), _text(f"{path}class_name")),
        Dimension("customer_type", _("Customer type"), _text(f"{path}customer__type")),
        Dimension("month", _("Month"), TruncMonth(f"{path}date"), Shape.MONTH),
        Dimension("quarter", _("Quarter"), TruncQuarter(f"{path}date"), Shape.MONTH),
        Dimension("year", _("Year"), TruncYear(f"{path}date"), Shape.MONTH),
        Dimension("day", _("Day"), f"{path}date", Shape.DAY),
    )  # fmt: skip


def _where(path: str) -> dict[str, str]:
    return {
        "customer_id": f"{path}customer_id",
        "owner_id": f"{path}owner_id",
        "channel": f"{path}channel",
        "class": f"{path}class_name",
        "customer_type": f"{path}customer__type",
    }


_SOLD = {"": "", "customer.": "customer__"}
_OF_LINES = {"": "document__", "customer.": "document__customer__", "item.": "item__"}


_FREIGHT = F("its_freight_net")
_NET = F("its_total") - F("its_tax") - _FREIGHT  # also where prices include tax
_BEARS = Q(freight_taxable=True) & (~Q(freight_taxes=[]) | Q(freight_tax_rate__gt=0))
_TAXED = _NET + Case(When(_BEARS, then=_FREIGHT), default=Value(Decimal(0)))
_COUNT = Measure("count", _("Documents"), Count("pk"), Shape.COUNT)
_CLASS = Dimension("class", _("Class"), _text("class_name"))
_NUMBER = Dimension("number", _("Order"), "number")
_V = Permission.SALES_VIEW


def _bucket(low: int | None, high: int | None) -> Sum:
    wanted = Q()
    if low is not None:
        wanted &= Q(overdue__gte=low)
    if high is not None:
        wanted &= Q(overdue__lte=high)
    return Sum("its_owed", filter=wanted, default=Decimal(0))


_AGES = (
    Measure("current", _("Not due"), _bucket(None, 0)),
    Measure("to_30", _("1–30 days"), _bucket(1, 30)),
    Measure("to_60", _("31–60 days"), _bucket(31, 60)),
    Measure("to_90", _("61–90 days"), _bucket(61, 90)),
    Measure("over_90", _("Over 90 days"), _bucket(91, None)),
    Measure("owed", _("Owed"), Sum("its_owed")),
)

REPORTS: Mapping[str, Report] = {
    report.key: report
    for report in (
        Report(
            "sales", _("Sales"), _("What was invoiced and sold for cash, less credit notes"), _V, _invoiced, _of(""),
            (
                _COUNT, Measure("net", _("Net"), Sum(_signed(_NET))),
                Measure("freight", _("Freight"), Sum(_signed(_FREIGHT))), Measure("tax", _("Tax"), Sum(_signed(F("its_tax")))),
                Measure("total", _("Total"), Sum(_signed(F("its_total")))),
            ),
            ("customer",), "date", filters=_where(""), marked=_SOLD, amounts=("total", "tax", "freight_net"),
        ),
        Report(
            "items", _("Sales by item"), _("Lines of what was invoiced, after all discounts, without tax and freight"), _V, _lines,
            (
                Dimension("item", _("Item"), _text("sku", "description")),
                Dimension("category", _("Category"), _text("item__category__name")), *_of("document__"),
            ),
            (
                Measure("quantity", _("Quantity"), Sum(_signed(_PIECES, "document__")), Shape.QUANTITY),
                Measure("net", _("Net"), Sum(_signed(F("its_net"), "document__"))),
            ),
            ("item",), "document__date", "document__currency", {**_where("document__"), "item_id": "item_id"}, amounts=("net",),
            marked=_OF_LINES,
        ),
        Report(
            "orders", _("Orders booked"), _("Sales orders by the day they were taken, without cancelled ones"), _V, _booked,
            _of(""),
            (_COUNT, Measure("total", _("Total"), Sum("its_total")), Measure("average", _("Average"), Avg("its_total"))),
            ("month",), "date", filters=_where(""), marked=_SOLD, amounts=("total",),
        ),
        Report(
            "open-orders", _("Open orders"), _("Orders with goods still to ship"), _V, _open,
            (_NUMBER, *_of(""), Dimension("promised", _("Promised"), "promised", Shape.DAY)),
            (_COUNT, Measure("total", _("Total"), Sum("its_total"))), ("customer", "number"), filters=_where(""), marked=_SOLD, amounts=("total",),
        ),
        Report(
            "late-shipments", _("Late shipments"), _("Open orders past their promised day"), _V, _late,
            (_NUMBER, *_of(""), Dimension("promised", _("Promised"), "promised", Shape.DAY)),
            (_COUNT, Measure("days", _("Days late"), Max("days_late"), Shape.COUNT), Measure("total", _("Total"), Sum("its_total"))),
            ("promised", "number", "customer"), filters=_where(""), marked=_SOLD, amounts=("total",),
        ),
        Report(
            "receivables", _("Aged receivables"), _("What customers owe, by how long it is due"), _V, _owed,
            (Dimension("customer", _("Customer"), "customer__name"), Dimension("number", _("Invoice"), "number"), *_of("")[1:]),
            _AGES,
            ("customer",), filters=_where(""), marked=_SOLD, amounts=("owed",),
        ),
        Report(
            "payables", _("Aged payables"), _("What is owed to vendors, by how long it is due"), _V, _owing,
            (Dimension("vendor", _("Vendor"), "vendor__name"), Dimension("number", _("Bill"), "number"), _CLASS, Dimension("due", _("Due"), "due", Shape.DAY)),
            _AGES, ("vendor",), filters={"vendor_id": "vendor_id", "class": "class_name"}, marked={"": "", "vendor.": "vendor__"}, amounts=("owed",),
        ),
        Report(
            "tax", _("Tax by state"), _("Tax that was invoiced, by the state of the address that decides tax"), _V, _taxed,
            (Dimension("state", pgettext_lazy("part of an address", "State"), states.state), Dimension("country", _("Country"), states.country), *_of("")),
            (
                _COUNT, Measure("net", _("Net"), Sum(_signed(_NET))),
                Measure("taxed", _("Net with tax"), Sum(_signed(_TAXED), filter=~Q(tax=0), default=Decimal(0))),
                Measure("tax", _("Tax"), Sum(_signed(F("its_tax")))),
            ),
            ("state",), "date", filters=_where(""), marked=_SOLD, amounts=("total", "tax", "freight_net"),
        ),
        Report(
            "exchange", _("Exchange gains and losses"), _("What was gained or lost as invoices and bills were paid at another rate"), _V,
            _exchanged,
            (
                Dimension("month", _("Month"), TruncMonth("payment__date"), Shape.MONTH),
                Dimension("name", _("Customer, vendor"), "payment__customer_name"),
                Dimension("number", _("Document"), "document__number"), Dimension("payment", _("Payment"), "payment__number"),
                Dimension("currency", _("Currency"), "payment__currency"),
            ),
            (
                Measure("owed", _("At the rate of the document"), Sum("owed_value")),
                Measure("paid", _("At the rate of the payment"), Sum("paid_value")), Measure("gain", _("Gain"), Sum("gained")),
            ),
            ("month", "name"), "payment__date", "company_currency",
        ),
        Report(
            "commission", _("Commission base"), _("Net of what was invoiced, and the part of it that is paid, by sales rep"), _V,
            _invoiced, _of(""),
            (
                _COUNT, Measure("net", _("Net"), Sum(_signed(_NET))),
                Measure("paid", _("Paid part"), Sum(Case(
                    When(kind=Kind.CASH_SALE, then=_NET), When(kind=Kind.CREDIT_NOTE, then=-_NET),
                    When(total=0, then=Value(Decimal(0))),
                    default=Round(_NET * F("applied") / F("total"), precision=2, output_field=_AMOUNT), output_field=_AMOUNT,
                ))),
            ),
            ("rep",), "date", filters=_where(""), marked=_SOLD, amounts=("total", "tax", "freight_net"),
        ),
        Report(
            "stock", _("Stock"), _("What lies where now, what is promised and what is on order"),
            Permission.CATALOG_VIEW, _stock, _PLACED,
            (
                Measure("on_hand", _("On hand"), Sum("on_hand"), Shape.QUANTITY),
                Measure("allocated", _("Allocated"), Sum("allocated"), Shape.QUANTITY),
                Measure("on_order", _("On order"), Sum("on_order"), Shape.QUANTITY),
            ),
            ("item", "location"), filters={"item_id": "item_id", "location_id": "location_id"}, marked={"item.": "item__"},
        ),
        Report(
            "stock_value", _("Stock value"),
            _("What lay where at the end of the last day, and its value by moving average; with a first day, what changed since"),
            Permission.COST_VIEW, _worth, _PLACED,
            (
                Measure("on_hand", _("On hand"), Sum("on_hand"), Shape.QUANTITY),
                Measure("value", _("Value"), Sum("value")),
            ),
            ("item", "location"), "day", filters={"item_id": "item_id", "location_id": "location_id"}, period="all",
        ),
        Report(
            "reorder", _("Reorder proposal"), _("What is short, how much of it to buy, and from whom"), Permission.PURCHASING, None,
            (Dimension("vendor", _("Vendor"), ""), Dimension("item", _("Item"), ""), Dimension("name", _("Name"), ""), Dimension("location", _("Location"), "")),
            (
                *(
                    Measure(key, label, "", Shape.QUANTITY) for key, label in (
                        ("available", _("Available")), ("waiting", _("Wanted")), ("coming", _("Coming")), ("sold", _("Sold")),
                        ("quantity", pgettext_lazy("what is to be bought", "Order")),
                    )
                ),
                Measure("value", _("Value"), ""),
            ),
            ("vendor", "item", "location"), facts=_short, asks=("days", "cover_days"),
            filters=dict.fromkeys(("vendor_id", "item_id", "location_id", "days", "cover_days"), ""),
        ),
    )
}  # fmt: skip
