"""The columns of the lists of documents, by kind."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from tradepost.sales.currencies import by_worth
from tradepost.sales.models import Document, Kind
from tradepost.web import columns, counting, document
from tradepost.web.kinds import PURCHASE, reference
from tradepost.web.records import address
from tradepost.web.templatetags.ui import tone

_PILL = '<span class="status status-{}"><span class="status-dot"></span>{}</span>'


class DocumentStatus(tables.Column):
    """The pill of a document: its hold stands before its state."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(attrs={"td": {"class": "at-end2"}}, **kwargs)

    def render(self, record: Document) -> SafeString:
        state = document.state(record)
        return format_html(_PILL, tone(state.key), state.label)


class CustomStatus(tables.Column):
    """A status of the company's own, as a tag."""

    def __init__(self) -> None:
        super().__init__(verbose_name=gettext_lazy("Custom status"), order_by="custom_status__position")

    def render(self, record: Document) -> SafeString:
        own = record.custom_status
        if own is None:
            return SafeString("")
        return format_html('<span class="tag"><span class="tag-dot bg-{}"></span>{}</span>', own.colour, own)


class Payment(tables.Column):
    """How far an order is paid, as a pill."""

    def __init__(self) -> None:
        super().__init__(verbose_name=gettext_lazy("Payment"))

    def render(self, record: Document) -> SafeString:
        label = record.get_financial_status_display()
        return format_html(_PILL, tone(record.financial_status), label) if label else SafeString("")


def _page(record: Document) -> str:
    """Where a number leads; django-tables2 hands over the row by this name, and links nothing where it finds another."""
    return address(record)


class Orders(tables.Table):
    pk = columns.Select()
    number = columns.Title(whole=True, verbose_name=gettext_lazy("Order"), linkify=_page)
    customer_name = columns.Plain(place="at-sub", verbose_name=gettext_lazy("Customer"))
    status = DocumentStatus(verbose_name=gettext_lazy("Status"))
    po_number = columns.Plain(verbose_name=gettext_lazy("Customer PO"))
    date = columns.Day(verbose_name=gettext_lazy("Date"))
    promised = columns.Day(verbose_name=gettext_lazy("Promised"))
    owner = columns.Person(verbose_name=gettext_lazy("Owner"), order_by="owner__name")
    total = columns.Money(verbose_name=gettext_lazy("Total"))

    def order_total(self, rows: QuerySet[Document], descending: bool) -> tuple[QuerySet[Document], bool]:
        """By the total in the company's currency, whatever currency the document is in."""
        company = self.request.membership.organisation.currency
        waits = counting.sums(rows, company).unvalued > 0
        return by_worth(rows, company, down=descending, unvalued=waits), True


class Quotes(Orders):
    number = columns.Title(whole=True, verbose_name=gettext_lazy("Quote"), linkify=_page)

    class Meta:
        exclude = ("promised",)


class Goods(Orders):
    number = columns.Title(whole=True, verbose_name=gettext_lazy("Number"), linkify=_page)
    carrier = columns.Plain(verbose_name=gettext_lazy("Carrier"))
    tracking = columns.Plain(verbose_name=gettext_lazy("Tracking"))

    class Meta:
        exclude = ("total",)


class Debts(Orders):
    number = columns.Title(whole=True, verbose_name=gettext_lazy("Number"), linkify=_page)
    due = columns.Day(verbose_name=gettext_lazy("Due"))
    balance = columns.Money(place="", verbose_name=gettext_lazy("Balance"), orderable=False)

    class Meta:
        exclude = ("promised", "owner")


class Money(Orders):
    number = columns.Title(whole=True, verbose_name=gettext_lazy("Number"), linkify=_page)
    po_number = columns.Plain(verbose_name=reference(Kind.PAYMENT))
    method = columns.Plain(verbose_name=gettext_lazy("Method"))
    balance = columns.Money(place="", verbose_name=gettext_lazy("Balance"), orderable=False)

    class Meta:
        exclude = ("promised", "owner")


class Statements(Orders):
    number = columns.Title(whole=True, verbose_name=gettext_lazy("Number"), linkify=_page)

    class Meta:
        exclude = ("promised", "po_number")


def _bought(table: type[tables.Table]) -> type[tables.Table]:
    """The same columns, with the words of a purchase."""
    named = {
        "number": columns.Title(whole=True, verbose_name=gettext_lazy("Number"), linkify=_page),
        "customer_name": columns.Plain(place="at-sub", verbose_name=PURCHASE.label),
        "po_number": columns.Plain(
            verbose_name=reference(Kind.BILL_PAYMENT) if table is Money else PURCHASE.reference
        ),
        "promised": columns.Day(verbose_name=PURCHASE.promised),
    }
    excluded = table._meta.exclude
    kept = {name: column for name, column in named.items() if name not in excluded}
    return type(
        f"{table.__name__}Bought", (table,), {**kept, "Meta": type("Meta", (), {"exclude": excluded})}
    )


TABLES: dict[Kind, type[tables.Table]] = {
    Kind.ORDER: Orders,
    Kind.QUOTE: Quotes,
    **dict.fromkeys((Kind.SHIPMENT, Kind.PICK, Kind.RMA), Goods),
    **dict.fromkeys((Kind.INVOICE, Kind.CASH_SALE, Kind.CREDIT_NOTE), Debts),
    **dict.fromkeys((Kind.PAYMENT, Kind.REFUND), Money),
    Kind.STATEMENT: Statements,
    Kind.PURCHASE_QUOTE: _bought(Quotes),
    Kind.PURCHASE_ORDER: _bought(Orders),
    Kind.RECEIPT: _bought(Goods),
    **dict.fromkeys((Kind.BILL, Kind.CASH_PURCHASE, Kind.VENDOR_CREDIT), _bought(Debts)),
    **dict.fromkeys((Kind.BILL_PAYMENT, Kind.VENDOR_REFUND), _bought(Money)),
}
