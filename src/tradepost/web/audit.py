"""The audit trail: who did what to which record, with the values before and after."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django import forms
from django.apps import apps
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from tradepost.accounts.access import Permission
from tradepost.accounts.audit import kinds_of, latest
from tradepost.accounts.models import AuditEntry, User
from tradepost.accounts.tenancy import named
from tradepost.web import columns, parts
from tradepost.web.export import Column, file_of
from tradepost.web.numbers import number
from tradepost.web.saved_views import saved
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section
from tradepost.web.trail_names import names_of
from tradepost.web.trail_values import Names, changed, shown
from tradepost.web.trail_words import done, face, matching


def people(request: HttpRequest) -> Any:
    """Who can have acted in this company: its people, and those who left."""
    actor = request.actor  # type: ignore[attr-defined]
    return User.objects.filter(memberships__organisation_id=actor.organisation_id).order_by("name")


def kinds(request: HttpRequest, asked: str) -> list[tuple[str, str]]:
    """The kinds of records that were changed, and the one that is asked for, with their names."""
    actor = request.actor  # type: ignore[attr-defined]
    used = set(kinds_of(actor))
    names = {str(m._meta.model_name): capfirst(named(m)) for m in apps.get_models()}
    found = [(key, names.get(key, key)) for key in used | ({asked} - {""})]
    return sorted(found, key=lambda pair: pair[1])


def of(kind: str, record_id: int) -> str:
    """The trail of one record."""
    return f"{reverse('audit')}?kind={kind}&record={record_id}"


class Filter(filters.FilterSet):
    q = filters.CharFilter(field_name="label", lookup_expr="holds", label=gettext_lazy("Record"))
    user = filters.ModelChoiceFilter(
        queryset=people, label=gettext_lazy("User"), empty_label=gettext_lazy("All users")
    )
    verb = filters.CharFilter(
        method="find_verb",
        label=gettext_lazy("What was done"),
        widget=forms.TextInput({"class": "form-control", "placeholder": gettext_lazy("What was done")}),
    )
    kind = filters.ChoiceFilter(label=gettext_lazy("Kind"), empty_label=gettext_lazy("All kinds"), choices=())
    record = filters.NumberFilter(field_name="record_id", widget=forms.HiddenInput)
    since = filters.DateFilter(field_name="at", lookup_expr="date__gte", label=gettext_lazy("From"))
    until = filters.DateFilter(
        field_name="at", lookup_expr="date__lte", label=pgettext_lazy("last day", "To")
    )

    class Meta:
        model = AuditEntry
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.form.fields
        fields["user"].widget.attrs |= {"class": "form-select", "aria-label": _("User")}
        kind: Any = fields["kind"]
        kind.choices = kinds(self.request, self.data.get("kind", ""))
        kind.widget.attrs |= {"class": "form-select", "aria-label": _("Kind")}
        fields["verb"].widget.attrs["aria-label"] = _("What was done")
        for name, label in (("since", _("From")), ("until", pgettext("last day", "To"))):
            fields[name].widget = forms.DateInput(
                {"type": "date", "class": "form-control", "aria-label": label, "title": label}
            )

    def find_verb(self, rows: QuerySet[AuditEntry], name: str, asked: str) -> QuerySet[AuditEntry]:
        """By the words of the page, in the reader's language, or by the verb's own name."""
        actor = self.request.actor
        used = AuditEntry.objects.of(actor).order_by().values_list("verb", flat=True).distinct()
        return rows.filter(verb__in=matching(list(used), asked))


class Entries(tables.Table):
    at = columns.Plain(verbose_name=gettext_lazy("When"), place="at-end")
    user = columns.Plain(verbose_name=gettext_lazy("Who"), place="at-sub", empty_values=())
    verb = columns.Title(verbose_name=gettext_lazy("What was done"), linkify=False)
    label = columns.Plain(verbose_name=gettext_lazy("Record"), place="")
    change = columns.Plain(
        verbose_name=gettext_lazy("Before and after"), place="", empty_values=(), orderable=False
    )

    class Meta:
        order_by = "-at"

    def render_user(self, record: AuditEntry) -> str:
        who = _who(record)
        return who if record.via == "page" else f"{who} ({face(record.via)})"

    def render_label(self, value: str, record: AuditEntry) -> str:
        if not record.kind or record.record_id is None:
            return value or "–"
        return format_html('<a href="{}">{}</a>', of(record.kind, record.record_id), value or "–")

    def render_verb(self, value: str) -> str:
        return done(value)

    def render_change(self, record: AuditEntry) -> str:
        return shown(changed(record.kind, record.before, record.after, self.names))

    names: Names = {}

    def before_render(self, request: DeskRequest) -> None:
        entries = [row.record for row in self.paginated_rows]
        self.names = names_of(request.actor, [(one.kind, one.before, one.after) for one in entries])


def _who(entry: AuditEntry) -> str:
    return str(entry.user) if entry.user else _("tradepost itself")


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the trail in words; ``change`` is what stood there before and after, as HTML."""

    at: datetime
    who: str
    done: str
    change: str


def newest(request: DeskRequest, row: Model, count: int = 10) -> list[Told]:
    """The last changes of a record, for its own page; none for whoever may not read the trail."""
    if not request.actor.may(Permission.AUDIT_VIEW):
        return []
    entries = latest(row, count)
    names = names_of(request.actor, [(one.kind, one.before, one.after) for one in entries])
    return [
        Told(
            one.at,
            _who(one),
            done(one.verb),
            shown(changed(one.kind, one.before, one.after, names)),
        )
        for one in entries
    ]


def _rows(request: DeskRequest) -> QuerySet[AuditEntry]:
    request.actor.require(Permission.AUDIT_VIEW)
    return AuditEntry.objects.of(request.actor).select_related("user").order_by("-at", "-id")


def export(request: DeskRequest) -> HttpResponseBase:
    """The trail as its page shows it, as CSV or XLSX; what stood there before and after as JSON."""
    columns: dict[str, Column] = {
        _("When"): lambda entry: entry.at.isoformat(),
        _("Who"): _who,
        _("By"): lambda entry: entry.via,
        _("What was done"): lambda entry: entry.verb,
        _("Kind"): lambda entry: entry.kind,
        _("Number"): lambda entry: entry.record_id,
        _("Record"): lambda entry: entry.label,
        _("Before"): lambda entry: json.dumps(entry.before, ensure_ascii=False),
        _("After"): lambda entry: json.dumps(entry.after, ensure_ascii=False),
    }
    return file_of(request, "audit", parts.listed(request, _rows(request), Entries, Filter), columns)


def trail(request: DeskRequest) -> HttpResponse:
    rows = _rows(request)
    empty = parts.Empty(
        _("Nothing was done yet"), _("Every change appears here with who made it."), icon="history"
    )
    one = rows.filter(kind=request.GET.get("kind", ""), record_id=number(request.GET.get("record")) or 0)
    return parts.listing(
        request,
        "audit/list.html",
        rows=rows,
        table=Entries,
        filters=Filter,
        views=[parts.View(_("All")), *saved(request.actor, "audit")],
        empty=empty,
        per_page=50,
        context={
            "one": one.first(),
            "may_export": request.actor.may(Permission.EXPORT),
        },
    )


section = Section(
    urls=[path("audit/", trail, name="audit"), path("audit/export/", export, name="audit-export")],
    gear=(GearItem(SETTINGS, gettext_lazy("Audit trail"), "history", "audit", Permission.AUDIT_VIEW),),
)
