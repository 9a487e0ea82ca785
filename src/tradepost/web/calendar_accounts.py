"""Calendar accounts: connect with Test Connection, choose calendars by id, see what would happen, begin (A5–A7, D21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Fault, Invalid, Remote
from tradepost.pim import calendars, passes, preview, queries
from tradepost.pim.errors import NoCalendars
from tradepost.pim.preferences import ACTIVE
from tradepost.pim.types import CalendarInfo
from tradepost.sync.models import Stream
from tradepost.web import parts
from tradepost.web.calendar_form import AccountForm, CalendarForm
from tradepost.web.numbers import number
from tradepost.web.sentences import told
from tradepost.web.shell import GENERAL, DeskRequest, GearItem, Section
from tradepost.web.sync_words import what
from tradepost.wire import faults, tls

STEPS = (
    gettext_lazy("Reach the server"),
    gettext_lazy("Encrypt the connection"),
    gettext_lazy("Sign in"),
    gettext_lazy("List the calendars"),
)
# The step that fails with a fault; all others mean that the server was not reached.
REACHED: tuple[tuple[Any, int], ...] = (
    (tls.TlsFault, 1),
    ((faults.Unauthorized, faults.Forbidden), 2),
    ((faults.HttpFault, faults.Unreadable, faults.TooLarge, NoCalendars), 3),
)
SHOWN = 500  # lines of a preview at once; the counts are of all


def listing(request: DeskRequest) -> HttpResponse:
    request.actor.require(Permission.MAIL_CONNECT)
    rows = [row for row in queries.connections(request.actor) if row.owner_id == request.actor.user_id]
    active = ACTIVE.value(request.actor.organisation_id)
    return parts.page(request, "calendars/accounts.html", {"accounts": rows, "active": active})


# --- connect --------------------------------------------------------------------------------------------------------


@sensitive_post_parameters("password")
def create(request: DeskRequest) -> HttpResponse:
    request.actor.require(Permission.MAIL_CONNECT)
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row, _found = calendars.connect(request.actor, **form.account, label=form.cleaned_data["label"])
        except Fault as fault:
            _refuse(form, fault)
        else:
            parts.notify(request, _("“{name}” is connected. Choose a calendar.").format(name=row.label))
            return parts.go(request, reverse("calendar-account", args=[row.pk]))
    context = {
        "form": form,
        "active": ACTIVE.value(request.actor.organisation_id),
        "steps": [parts.Step(label, "waiting") for label in STEPS],
        "crumbs": [parts.Crumb(_("Calendars"), reverse("calendar-accounts")), parts.Crumb(_("Connect"))],
    }
    return parts.page(request, "calendars/connect.html", context, status=422 if form.errors else 200)


def _refuse(form: forms.Form, fault: Fault) -> None:
    parts.refuse(form, fault if isinstance(fault, Invalid) else Invalid(str(fault)))


@require_POST
@sensitive_post_parameters("password")
def test(request: DeskRequest) -> HttpResponse:
    """Test Connection: how far it came, and the calendars that it found."""
    form = AccountForm(request.POST)
    pin = request.POST.get("pin") or request.POST.get("pinned", "")
    context: dict[str, Any] = {"pinned": pin}
    if not form.is_valid():
        wrong = "; ".join(f"{form.fields[name].label}: {errors[0]}" for name, errors in form.errors.items())
        return parts.page(request, "calendars/walk.html", {**context, "wrong": wrong})
    account = form.account
    account["config"]["pinned"] = pin
    try:
        _config, found = calendars.try_connection(request.actor, **account)
    except Invalid as fault:
        context["wrong"] = str(fault)
    except Remote as fault:
        print_of = getattr(getattr(fault, "certificate", None), "fingerprint", "")
        context |= {"steps": walk(fault), "fingerprint": print_of}
    else:
        context |= {"steps": [parts.Step(label, "done") for label in STEPS], "found": found}
    return parts.page(request, "calendars/walk.html", context)


def walk(fault: Remote) -> list[parts.Step]:
    """The steps of Test Connection, where ``fault`` ended it."""
    reached = next((n for kinds, n in REACHED if isinstance(fault, kinds)), 0)
    done = [parts.Step(label, "done") for label in STEPS[:reached]]
    failed = parts.Step(STEPS[reached], "failed", fault.cause, fault.cure)
    return [*done, failed, *(parts.Step(label, "skipped") for label in STEPS[reached + 1 :])]


# --- an account and its calendars -----------------------------------------------------------------------------------


def show(request: DeskRequest, pk: int) -> HttpResponse:
    row = calendars.own_account(request.actor, pk)
    streams = row.streams.filter(kind=calendars.STREAM_KIND).order_by("label", "pk")
    context = {
        "account": row,
        "streams": streams,
        "form": CalendarForm(initial=_first_settings(request)),
        "crumbs": [parts.Crumb(_("Calendars"), reverse("calendar-accounts")), parts.Crumb(row.label)],
    }
    return parts.page(request, "calendars/account.html", context)


def _first_settings(request: DeskRequest) -> dict[str, Any]:
    taken = any(stream.policy.get("default", True) for stream in queries.own_streams(request.actor))
    return CalendarForm.start(first=not taken)


def available(request: DeskRequest, pk: int) -> HttpResponse:
    """The calendars of the account that are not synced yet, asked now; a fragment that the page loads by itself."""
    row = calendars.own_account(request.actor, pk)
    chosen = set(row.streams.values_list("remote_id", flat=True))
    context: dict[str, Any] = {"account": row, "instead": request.GET.get("instead", "")}
    try:
        found = calendars.available(request.actor, pk)
        left = [one for one in found if one.id not in chosen]
        context["found"] = sorted(left, key=lambda one: not one.writable)  # the first one is ticked
    except Fault as fault:
        context["fault"] = fault
    return parts.page(request, "calendars/available.html", context)


@require_POST
def choose(request: DeskRequest, pk: int) -> HttpResponse:
    """The ticked calendars, each with the same settings; then the preview of the first."""
    form = CalendarForm(request.POST, initial=_first_settings(request))
    found = {one.id: one for one in calendars.available(request.actor, pk)}
    wanted = [found[id] for id in request.POST.getlist("calendar") if id in found]
    if not wanted:
        raise Invalid(_("Choose a calendar."))
    if instead := request.POST.get("instead", ""):
        stream = calendars.rebind(request.actor, number(instead) or 0, wanted[0])
        return parts.go(request, reverse("calendar-preview", args=[stream.pk]))
    if not form.is_valid():
        raise Invalid(fields={name: str(errors[0]) for name, errors in form.errors.items()})
    streams = [_chosen(request, pk, one, form.settings, first=one is wanted[0]) for one in wanted]
    return parts.go(request, reverse("calendar-preview", args=[streams[0].pk]))


def _chosen(
    request: DeskRequest, pk: int, one: CalendarInfo, settings: Mapping[str, Any], *, first: bool
) -> Stream:
    """Events that are added here live in one calendar: the first that was ticked."""
    policy = {**settings["chosen"], "default": settings["chosen"]["default"] and first}
    return calendars.choose(request.actor, pk, one, **{**settings, "chosen": policy})


@require_POST
@sensitive_post_parameters("password")
def reconnect(request: DeskRequest, pk: int) -> HttpResponse:
    calendars.reconnect(request.actor, pk, {"password": request.POST.get("password", "")})
    parts.notify(request, _("Connected again"))
    return parts.go(request, reverse("calendar-account", args=[pk]))


@require_POST
def disconnect(request: DeskRequest, pk: int) -> HttpResponse:
    row = calendars.disconnect(request.actor, pk)
    parts.notify(request, _("“{name}” is disconnected. Events stay on both sides.").format(name=row.label))
    return parts.go(request, reverse("calendar-accounts"))


# --- one calendar ---------------------------------------------------------------------------------------------------


def settings(request: DeskRequest, pk: int) -> HttpResponse:
    stream = calendars.own_stream(request.actor, pk)
    form = CalendarForm(request.POST or None, initial=CalendarForm.of(stream))
    if request.method == "POST" and form.is_valid():
        try:
            calendars.configure(request.actor, pk, **form.over(stream))
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("Settings of “{name}” saved").format(name=stream.label))
            return parts.go(request, reverse("calendar-account", args=[stream.connection_id]))
    context = {"form": form, "stream": stream, "crumbs": _crumbs(stream, _("Settings"))}
    return parts.page(request, "calendars/settings.html", context, status=422 if form.errors else 200)


def _crumbs(stream: Stream, last: str) -> list[parts.Crumb]:
    return [
        parts.Crumb(_("Calendars"), reverse("calendar-accounts")),
        parts.Crumb(stream.connection.label, reverse("calendar-account", args=[stream.connection_id])),
        parts.Crumb(f"{stream.label}: {last}"),
    ]


def shown(request: DeskRequest, pk: int) -> HttpResponse:
    """The preview: the page at once, the plan as soon as both sides are read (``?plan=1``), from the line ``from`` on."""
    stream = calendars.own_stream(request.actor, pk)
    context: dict[str, Any] = {"stream": stream, "crumbs": _crumbs(stream, _("Preview"))}
    if not request.GET.get("plan"):
        return parts.page(request, "calendars/preview.html", context)
    try:
        planned = passes.preview(request.actor, pk)
    except Fault as fault:
        return parts.page(request, "calendars/plan.html", {**context, "fault": fault})
    lines = preview.lines(planned.plan, planned.titles, planned.problems)
    asked = number(request.GET.get("from")) or 0
    start = asked if asked < len(lines) else 0
    part = lines[start : start + SHOWN]
    context |= {
        "lines": [replace(line, what=what(line.what), reason=told(line.reason)) for line in part],
        "first": start + 1,
        "last": min(start + SHOWN, len(lines)),
        "total": len(lines),
        "pages": [(n + 1, n * SHOWN) for n in range(-(-len(lines) // SHOWN))],
        "counts": {what(said): n for said, n in preview.counts(planned.plan).items()},
        "questions": planned.plan.questions,
        "doing": sum(1 for line in lines if line.does),
    }
    return parts.page(request, "calendars/plan.html", context)


@require_POST
def act(request: DeskRequest, pk: int) -> HttpResponse:
    """``apply`` all, or ``pick`` the ticked; start, stop, sync now, resync."""
    actor, verb = request.actor, request.POST.get("verb", "")
    where = reverse("calendar-account", args=[calendars.managed_stream(actor, pk).connection_id])
    if verb == "pick":
        done = passes.apply(actor, pk, request.POST.getlist("key"))
        n = len([action for action in done.actions if not action.silent])
        parts.notify(request, ngettext("{n} record done", "{n} records done", n).format(n=n))
        return parts.go(request, reverse("calendar-preview", args=[pk]))
    if verb in ("apply", "start"):
        calendars.start(actor, pk)
        parts.notify(request, _("The sync has begun; it goes on by itself."))
        waiting = Stream.objects.of(actor).filter(
            connection__streams=pk, kind=calendars.STREAM_KIND, enabled=False, last_success_at=None
        )
        if verb == "apply" and (following := waiting.order_by("pk").first()):
            where = reverse("calendar-preview", args=[following.pk])
    elif verb == "stop":
        calendars.stop(actor, pk)
        parts.notify(request, _("Stopped. Nothing was removed on either side."))
    elif verb in ("sync", "resync"):
        passes.sync_now(actor, pk, resync=verb == "resync")
        parts.notify(request, _("A sync was asked for"))
    else:
        raise Invalid(fields={"verb": _("There is no such button.")})
    return parts.go(request, where)


section = Section(
    urls=[
        path("calendar-accounts/", listing, name="calendar-accounts"),
        path("calendar-accounts/new/", create, name="calendar-account-new"),
        path("calendar-accounts/test/", test, name="calendar-account-test"),
        path("calendar-accounts/<int:pk>/", show, name="calendar-account"),
        path("calendar-accounts/<int:pk>/available/", available, name="calendar-available"),
        path("calendar-accounts/<int:pk>/choose/", choose, name="calendar-choose"),
        path("calendar-accounts/<int:pk>/reconnect/", reconnect, name="calendar-reconnect"),
        path("calendar-accounts/<int:pk>/disconnect/", disconnect, name="calendar-disconnect"),
        path("calendars/<int:pk>/", settings, name="calendar-settings"),
        path("calendars/<int:pk>/preview/", shown, name="calendar-preview"),
        path("calendars/<int:pk>/act/", act, name="calendar-act"),
    ],
    gear=(
        GearItem(
            GENERAL, gettext_lazy("Calendars"), "calendar-days", "calendar-accounts", Permission.MAIL_CONNECT
        ),
    ),
)
