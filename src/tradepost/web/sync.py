"""Sync runs: what each did to every record and why, retry of one record, stop (X3)."""

from __future__ import annotations

from typing import Any

import django_filters as filters
import django_tables2 as tables
from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Missing
from tradepost.sync import services
from tradepost.sync.models import Run, RunItem, RunState
from tradepost.web import columns, parts
from tradepost.web.saved_views import saved
from tradepost.web.sentences import told
from tradepost.web.shell import WORK, DeskRequest, NavItem, Section
from tradepost.web.sync_words import what, why
from tradepost.web.trail_names import names_of
from tradepost.web.trail_values import Names, shown, synced

UNDO_ASKS = {
    "mail.folder": gettext_lazy(
        "Take the mail that this run logged off the timelines? It stays in the mailbox and is not logged again. "
        "What somebody worked with since stays."
    ),
    "pim.calendar": gettext_lazy(
        "Take back everything that this run did, on both sides? What somebody changed since stays as it is."
    ),
}


class RunFilter(filters.FilterSet):
    q = filters.CharFilter(method="find", label=gettext_lazy("Connection"))
    state = filters.ChoiceFilter(choices=RunState.choices, empty_label=gettext_lazy("All states"))

    class Meta:
        model = Run
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.fields["state"].widget.attrs |= {"class": "form-select", "aria-label": _("State")}

    def find(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(stream__label__holds=value) | Q(stream__connection__label__holds=value))


class Runs(tables.Table):
    stream = columns.Title(
        verbose_name=gettext_lazy("What"), linkify=lambda record: reverse("run", args=[record.pk])
    )
    state = columns.Status(verbose_name=gettext_lazy("State"))
    counts = columns.Plain(verbose_name=gettext_lazy("Done"), place="at-sub", orderable=False)
    trigger = columns.Plain(verbose_name=gettext_lazy("Why"))
    started_at = columns.Plain(verbose_name=gettext_lazy("Started"), place="at-end")

    class Meta:
        order_by = "-started_at"

    def render_trigger(self, value: str) -> str:
        return why(value)

    def render_counts(self, value: dict[str, int]) -> str:
        return counted(value)


def counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {what(name)}" for name, n in sorted(counts.items()) if n) or "–"


def listing(request: DeskRequest) -> HttpResponse:
    empty = parts.Empty(
        _("No run has changed anything yet"),
        _("A run that only looked leaves nothing here. Connections shows when each was last read."),
        reverse("connections"),
        _("Connections"),
        icon="refresh-cw",
    )
    views = [
        parts.View(_("All runs")),
        parts.View(_("Failed"), "state=failed"),
        parts.View(_("Running"), "state=running"),
        *saved(request.actor, "runs"),
    ]
    return parts.listing(
        request,
        "sync/runs.html",
        rows=services.runs(request.actor),
        table=Runs,
        filters=RunFilter,
        views=views,
        empty=empty,
    )


# --- one run --------------------------------------------------------------------------------------------------------


class ItemFilter(filters.FilterSet):
    q = filters.CharFilter(field_name="label", lookup_expr="holds", label=gettext_lazy("Record"))
    failed = filters.BooleanFilter(widget=forms.HiddenInput)
    action = filters.CharFilter(widget=forms.HiddenInput)

    class Meta:
        model = RunItem
        fields: tuple[str, ...] = ()


class Items(tables.Table):
    label = columns.Title(verbose_name=gettext_lazy("Record"), linkify=False, empty_values=())
    action = columns.Plain(verbose_name=gettext_lazy("What was done"), place="at-end")
    reason = columns.Plain(verbose_name=gettext_lazy("Why"), place="at-sub", empty_values=(), orderable=False)
    change = columns.Plain(
        verbose_name=gettext_lazy("Before and after"), place="", empty_values=(), orderable=False
    )
    retry = columns.Plain(
        verbose_name=gettext_lazy("Again"), place="at-end2", empty_values=(), orderable=False
    )

    class Meta:
        order_by = "pk"

    def render_label(self, record: RunItem) -> str:
        url, text = record_url(record.kind, record.record_id), record.label or record.remote_id or "–"
        return format_html('<a href="{}">{}</a>', url, text) if url else text

    def render_action(self, record: RunItem) -> str:
        tone = "red" if record.failed else "secondary"
        return format_html('<span class="status status-{}">{}</span>', tone, what(record.action))

    def render_reason(self, record: RunItem) -> str:
        return told(f"{record.reason} {record.cure}".strip()) or "–"

    def render_change(self, record: RunItem) -> str:
        return shown(synced(record.kind, record.before, record.after, self.names))

    names: Names = {}

    def before_render(self, request: DeskRequest) -> None:
        items = [row.record for row in self.paginated_rows]
        self.names = names_of(request.actor, [(one.kind, one.before, one.after) for one in items])

    def render_retry(self, record: RunItem) -> str:
        return render_to_string("sync/retry.html", {"item": record}, request=self.request)


def record_url(kind: str, pk: int | None) -> str:
    """The page of what a run touched, if it has one."""
    try:
        return reverse(kind, args=[pk]) if kind and pk else ""
    except NoReverseMatch:
        return ""


def show(request: DeskRequest, pk: int) -> HttpResponse:
    run = services.runs(request.actor).filter(pk=pk).first()
    if run is None:
        raise Missing(_("run"))
    items = run.items.all()
    failed = items.filter(failed=True).count()
    views = [parts.View(_("All records"), "", items.count()), parts.View(_("Failed"), "failed=true", failed)]
    connection = run.stream.connection
    context = {
        "run": run,
        "done": counted(run.counts),
        "crumbs": [parts.Crumb(_("Sync runs"), reverse("runs")), parts.Crumb(str(run.stream))],
        "may_undo": services.may_undo(request.actor, run),
        "undo_asks": UNDO_ASKS.get(run.stream.kind, ""),
        "may_manage": connection.owner_id == request.actor.user_id
        or request.actor.may(Permission.SYNC_MANAGE),
    }
    empty = parts.Empty(_("Nothing was touched"), icon="refresh-cw")
    return parts.listing(
        request,
        "sync/run.html",
        rows=items,
        table=Items,
        filters=ItemFilter,
        views=views,
        empty=empty,
        context=context,
    )


@require_POST
def stop(request: DeskRequest, pk: int) -> HttpResponse:
    services.cancel_run(request.actor, pk)
    parts.notify(request, _("The run stops at its next step; what is done stays done."))
    return parts.go(request, reverse("run", args=[pk]))


@require_POST
def undo(request: DeskRequest, pk: int) -> HttpResponse:
    """Take back what a run did."""
    run = services.undo(request.actor, pk)
    text = _("It is being taken back. What somebody changed since stays as it is.")
    if run.state == RunState.UNDONE:
        text = _("Taken back: {undone}. Kept, since somebody worked with it: {kept}.").format_map(run.counts)
    parts.notify(request, text)
    return parts.go(request, reverse("run", args=[pk]))


@require_POST
def retry(request: DeskRequest, pk: int) -> HttpResponse:
    item = RunItem.objects.filter(run__in=services.runs(request.actor)).pick(request.actor, pk)
    services.retry_item(request.actor, item.pk)
    parts.notify(request, _("“{label}” is tried again").format(label=item.label or item.remote_id))
    return parts.go(request, reverse("run", args=[item.run_id]))


section = Section(
    urls=[
        path("runs/", listing, name="runs"),
        path("runs/<int:pk>/", show, name="run"),
        path("runs/<int:pk>/stop/", stop, name="run-stop"),
        path("runs/<int:pk>/undo/", undo, name="run-undo"),
        path("runs/items/<int:pk>/retry/", retry, name="run-item-retry"),
    ],
    nav=(
        NavItem(WORK, gettext_lazy("Sync runs"), "refresh-cw", "runs", Permission.SYNC_VIEW, within=("run",)),
    ),
)
