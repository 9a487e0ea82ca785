"""How lists of records are narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from tradepost.people.models import (
    CaseStatus,
    CustomerStatus,
    LeadStatus,
    Priority,
    ProjectStatus,
    Source,
    Stage,
    VendorStatus,
)
from tradepost.people.queries import OPEN_CASES, late_cases
from tradepost.web.choices import members
from tradepost.web.marks import add_filters
from tradepost.web.shell import DeskRequest
from tradepost.wire.orm import matching


class RecordFilter(django_filters.FilterSet):
    """Search, owner, and what was put away."""

    q = django_filters.CharFilter(method="by_words", label=gettext_lazy("Words"))
    owner = django_filters.ChoiceFilter(empty_label=gettext_lazy("Any owner"), label=gettext_lazy("Owner"))
    archived = django_filters.ChoiceFilter(
        method="by_archive",
        choices=[("1", gettext_lazy("Archived"))],
        empty_label=gettext_lazy("Not archived"),
        label=gettext_lazy("Archive"),
    )

    def __init__(self, *args: Any, request: DeskRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        add_filters(self, request.actor, str(self.queryset.model._meta.model_name))
        for name in {"owner", "rep", "assignee"} & self.filters.keys():
            self.filters[name].extra["choices"] = members(request.actor)
        for field in self.form.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs.update(
                {"class": "form-select" if select else "form-control", "aria-label": field.label}
            )

    def by_words(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(matching(value))

    def by_archive(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows  # read by ``lists``, which starts from what is or is not put away


def among(choices: Any, label: Any, empty: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(choices=choices, label=label, empty_label=empty)


class CustomerFilter(RecordFilter):
    status = among(CustomerStatus.choices, gettext_lazy("Status"), gettext_lazy("Any status"))
    rep = django_filters.ChoiceFilter(empty_label=gettext_lazy("Any rep"), label=gettext_lazy("Sales rep"))
    credit_hold = among(
        [("True", gettext_lazy("On hold"))], gettext_lazy("Credit"), gettext_lazy("Any credit")
    )


class VendorFilter(RecordFilter):
    status = among(VendorStatus.choices, gettext_lazy("Status"), gettext_lazy("Any status"))


class LeadFilter(RecordFilter):
    status = among(LeadStatus.choices, gettext_lazy("Status"), gettext_lazy("Any status"))
    source = among(Source.choices, gettext_lazy("Source"), gettext_lazy("Any source"))


class OpportunityFilter(RecordFilter):
    stage = among(Stage.choices, gettext_lazy("Stage"), gettext_lazy("Any stage"))


class CaseFilter(RecordFilter):
    status = django_filters.ChoiceFilter(
        method="by_status",
        choices=[
            ("active", gettext_lazy("All open")),
            ("late", gettext_lazy("Overdue")),
            *CaseStatus.choices,
        ],
        label=gettext_lazy("Status"),
        empty_label=gettext_lazy("Any status"),
    )
    priority = among(Priority.choices, gettext_lazy("Priority"), gettext_lazy("Any priority"))
    assignee = django_filters.ChoiceFilter(
        empty_label=gettext_lazy("Any assignee"), label=gettext_lazy("Assigned to")
    )

    def by_status(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "late":
            return rows.filter(late_cases(timezone.localdate()))
        return rows.filter(status__in=OPEN_CASES if value == "active" else [value])


class ProjectFilter(RecordFilter):
    status = among(ProjectStatus.choices, gettext_lazy("Status"), gettext_lazy("Any status"))
