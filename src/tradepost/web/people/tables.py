"""The lists of records."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext_lazy

from tradepost.people.models import Contact
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
    phone = columns.Plain(verbose_name=gettext_lazy("Phone"), orderable=False)
    owner = columns.Person(verbose_name=gettext_lazy("Owner"), order_by="owner__name")

    def render_email(self, record: Any) -> str:
        return first_email(record)


class Customers(_Reached):
    name = titled(gettext_lazy("Customer"))
    number = columns.Plain(verbose_name=gettext_lazy("Number"), place="at-end")
    terms = columns.Plain(verbose_name=gettext_lazy("Terms"))

    class Meta:
        sequence = ("pk", "name", "number", "email", "phone", "terms", "owner")


class Vendors(_Reached):
    name = titled(gettext_lazy("Vendor"))
    number = columns.Plain(verbose_name=gettext_lazy("Number"), place="at-end")
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
        return str(record)

    def render_companies(self, record: Contact) -> str:
        return companies(record)


def companies(row: Contact) -> str:
    return ", ".join(one.name for one in (*row.customers.all(), *row.vendors.all()))
