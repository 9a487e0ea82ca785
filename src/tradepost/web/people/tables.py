"""The lists of records."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_tables2 as tables
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.people.models import Contact
from tradepost.people.queries import is_late
from tradepost.web import columns, records


def first_email(row: Any) -> str:
    return next((e.email for e in row.emails.all()), "")


def titled(label: Any, **kwargs: Any) -> columns.Title:
    """The record's own name, leading to its page."""
    return columns.Title(verbose_name=label, linkify=lambda record: records.address(record), **kwargs)


class _Reached(tables.Table):
    """E-mail and phone of a party, and who looks after it."""

    pk = columns.Select()
    email = columns.Plain(verbose_name=gettext_lazy("E-mail"), accessor="pk", orderable=False, place="at-sub")
    phone = columns.Plain(verbose_name=gettext_lazy("Phone"), orderable=False, whole=True)
    owner = columns.Person(verbose_name=gettext_lazy("Owner"), order_by="owner__name")

    def render_email(self, record: Any) -> str:
        return first_email(record)


class Customers(_Reached):
    name = titled(gettext_lazy("Customer"))
    number = columns.Plain(verbose_name=gettext_lazy("Number"), place="at-end", whole=True)
    status = columns.Status(verbose_name=gettext_lazy("Status"))
    terms = columns.Plain(verbose_name=gettext_lazy("Terms"))

    class Meta:
        sequence = ("pk", "name", "number", "status", "email", "phone", "terms", "owner")


class Vendors(_Reached):
    name = titled(gettext_lazy("Vendor"))
    number = columns.Plain(verbose_name=gettext_lazy("Number"), place="at-end", whole=True)
    status = columns.Status(verbose_name=gettext_lazy("Status"))
    terms = columns.Plain(verbose_name=gettext_lazy("Terms"))

    class Meta:
        sequence = ("pk", "name", "number", "status", "email", "phone", "terms", "owner")


class Contacts(_Reached):
    name = titled(gettext_lazy("Contact"), accessor="pk", order_by=("last_name", "first_name"))
    companies = columns.Plain(verbose_name=gettext_lazy("Company"), accessor="pk", orderable=False)
    job_title = columns.Plain(verbose_name=gettext_lazy("Job title"))

    class Meta:
        sequence = ("pk", "name", "email", "companies", "job_title", "phone", "owner")

    def render_name(self, record: Contact) -> str:
        return columns.with_memo(record, record)

    def render_companies(self, record: Contact) -> str:
        return companies(record)


def companies(row: Contact) -> str:
    return ", ".join(one.name for one in (*row.customers.all(), *row.vendors.all()))


class Leads(_Reached):
    name = titled(gettext_lazy("Lead"), accessor="pk", order_by=("company", "last_name"))
    number = columns.Plain(verbose_name=gettext_lazy("Number"), place="at-end", whole=True)
    status = columns.Status(verbose_name=gettext_lazy("Status"))
    source = columns.Plain(verbose_name=gettext_lazy("Source"))

    class Meta:
        sequence = ("pk", "name", "number", "status", "source", "email", "phone", "owner")

    def render_name(self, record: Any) -> str:
        return columns.with_memo(record, record)


class _Concerning(tables.Table):
    """Whom a matter concerns, and who looks after it."""

    pk = columns.Select()
    number = columns.Plain(verbose_name=gettext_lazy("Number"), whole=True)
    customer = columns.Plain(verbose_name=gettext_lazy("Customer"), place="at-sub", order_by="customer__name")
    owner = columns.Person(verbose_name=gettext_lazy("Owner"), order_by="owner__name")


class Opportunities(_Concerning):
    name = titled(gettext_lazy("Opportunity"))
    stage = columns.Status(verbose_name=gettext_lazy("Stage"))
    probability = columns.Number(verbose_name="%", place="at-hide")
    budget = columns.Money(verbose_name=gettext_lazy("Budget"))
    expected = columns.Day(verbose_name=gettext_lazy("Expected close"))

    class Meta:
        sequence = ("pk", "name", "number", "customer", "stage", "probability", "expected", "budget", "owner")


class CaseDay(columns.Day):
    """The day on which a case is due; red once it is late."""

    def render(self, value: date, record: Any) -> str:  # type: ignore[override]
        day = super().render(value)
        if not is_late(record, timezone.localdate()):
            return day
        return format_html(
            '<span class="text-red">{}<span class="visually-hidden"> ({})</span></span>', day, _("overdue")
        )


class Cases(_Concerning):
    subject = titled(gettext_lazy("Case"))
    status = columns.Status(verbose_name=gettext_lazy("Status"))
    priority = columns.Status(verbose_name=gettext_lazy("Priority"), place="at-end")
    due = CaseDay(verbose_name=gettext_lazy("Due"), place="", default="")
    assignee = columns.Person(verbose_name=gettext_lazy("Assigned to"), order_by="assignee__name")

    class Meta:
        sequence = ("pk", "subject", "number", "customer", "priority", "status", "due", "assignee", "owner")


class Projects(_Concerning):
    name = titled(gettext_lazy("Job"))
    status = columns.Status(verbose_name=gettext_lazy("Status"))
    starts = columns.Day(verbose_name=gettext_lazy("Starts"))
    ends = columns.Day(verbose_name=gettext_lazy("Ends"))
    budget = columns.Money(verbose_name=gettext_lazy("Budget"))

    class Meta:
        sequence = ("pk", "name", "number", "customer", "status", "starts", "ends", "budget", "owner")
