"""The sheet of an event: Add Event on any record or none, change it or one of its dates, answer, cancel, delete."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import User
from tradepost.activities.records import Record
from tradepost.activities.services import File, add_files
from tradepost.kit.errors import Fault, Invalid, Stale
from tradepost.pim import queries, services
from tradepost.pim.models import Event
from tradepost.pim.types import CalendarEvent, Occurrence
from tradepost.web import event_form, parts, records
from tradepost.web.event_form import EventForm
from tradepost.web.shell import DeskRequest, Section

ANSWERS = (
    ("accepted", gettext_lazy("Accept")),
    ("tentative", gettext_lazy("Maybe")),
    ("declined", gettext_lazy("Decline")),
)


def add(request: DeskRequest) -> HttpResponse:
    """The sheet for a new event, on ``?on=document:5`` or on no record; ``?start=`` and ``&all_day=1`` where somebody
    clicked into the calendar."""
    request.actor.require(Permission.ACTIVITIES_EDIT)
    on = request.GET.get("on", "")
    record = records.parse(on) if on else None
    row = records.find(request.actor, record) if record else None
    start = event_form.fresh(request.GET.get("start", ""), bool(request.GET.get("all_day")))
    form = EventForm(request.POST or None, initial=start, new=True)
    if request.method == "POST" and form.is_valid():
        try:
            place = record or _place(request, form)
            values = {**form.values(), "visibility": form.cleaned_data["visibility"] or "all"}
            services.add_event(request.actor, place, values)
        except Invalid as fault:
            parts.refuse(form, _at_fields(fault))
        else:
            said = _("Added to {record}").format(record=row) if row else _("Event added")
            return parts.close_sheet(said, activity_changed={})
    context = {"title": _("Add Event"), "sub": row or "", "form": form, "new": True, "on": on}
    context |= {"action": request.get_full_path(), "draft": f"{on or 'calendar'}:event"}
    return render(request, "events/sheet.html", context, status=422 if form.errors else 200)


def _place(request: DeskRequest, form: EventForm) -> Record | None:
    text = form.cleaned_data["record"]
    if not text:
        return None
    record = records.parse(text)
    records.find(request.actor, record)
    return record


def _at_fields(fault: Invalid) -> Invalid:
    """The verbs' names of fields as those of the form."""
    names = {"start": "start_date", "end": "end_date", "rrule": "rule"}
    return Invalid(str(fault), fields={names.get(k, k): v for k, v in fault.fields.items()})


def edit(request: DeskRequest, pk: int) -> HttpResponse:
    """Change an event by its activity's number; ``?original=`` names one date of a series."""
    row = services.row_of(request.actor, pk)
    _row, one = queries.event(request.actor, row.pk)
    original = request.POST.get("original", request.GET.get("original", ""))
    original = original if row.recurring else ""
    shown = _date(one, original)
    start = event_form.of(one, shown, row.activity.version, original)
    form = EventForm(request.POST or None, initial=start, series=bool(original))
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, row, form)
        except Stale as fault:
            form.add_error(None, str(fault))
        except Invalid as fault:
            parts.refuse(form, _at_fields(fault))
        else:
            return parts.close_sheet(_("Event saved"), activity_changed={})
    return render(
        request, "events/sheet.html", _shown(request, row, one, form), status=422 if form.errors else 200
    )


def _date(one: CalendarEvent, original: str) -> Occurrence:
    return services.date_of(one, original) if original else one


def _shown(request: DeskRequest, row: Event, one: CalendarEvent, form: EventForm) -> dict[str, Any]:
    activity = row.activity
    links = [Record(link.record_kind, link.record_id) for link in activity.links.order_by("pk")]
    mine = _own_address(activity.owner_id)
    foreign = one.organizer is not None and one.organizer.email != mine
    return {
        "title": _("Event"),
        "sub": one.title,
        "form": form,
        "row": row,
        "one": one,
        "activity": activity,
        "foreign": foreign,
        "may_edit": request.actor.may(Permission.ACTIVITIES_EDIT),
        "may_invite": bool(one.attendees) and not foreign and request.actor.may(Permission.MAIL_SEND),
        "answers": ANSWERS,
        "answering": foreign and any(who.email == mine for who in one.attendees),
        "action": request.get_full_path(),
        "draft": f"event:{activity.pk}:{activity.version}:{form['original'].value()}",
        "places": [_named(request.actor, link) for link in links],
        "files": activity.attachments.filter(inline=False, trashed_at=None).order_by("id"),
    }


def _own_address(owner_id: int | None) -> str:
    return User.objects.filter(pk=owner_id or 0).values_list("email", flat=True).first() or ""


def _named(actor: Actor, record: Record) -> tuple[str, str]:
    try:
        row = records.find(actor, record)
    except Fault:  # of a kind that this role does not see
        return "", ""
    return str(row), f"{records.address(row)}?tab=open"


@transaction.atomic
def _save(request: DeskRequest, row: Event, form: EventForm) -> None:
    """What was typed and the files, all or nothing."""
    actor, version = request.actor, form.cleaned_data["version"]
    values = form.values()
    original = form.cleaned_data["original"]
    if original and form.reach == "date":
        services.change_date(actor, row.pk, original, values, version=version)
    elif original and form.reach == "following":
        services.change_following(actor, row.pk, original, values, version=version)
    else:
        services.change_series(actor, row.pk, values, original, version=version)
    files = [File(f.name or "", f.read(), f.content_type or "") for f in request.FILES.getlist("files")]
    if files:
        add_files(actor, row.activity_id, files)


@require_POST
def act(request: DeskRequest, pk: int) -> HttpResponse:
    """The button's ``verb``: answer, cancel, delete; leave out one date."""
    row, verb = services.row_of(request.actor, pk), request.POST.get("verb", "")
    original = request.POST.get("original", "")
    if verb in services.ANSWERS:
        services.answer(request.actor, row.pk, verb)
        return parts.close_sheet(_("Your answer is noted; it goes into your calendar."), activity_changed={})
    if verb == "cancel":
        services.cancel_event(request.actor, row.pk)
        return parts.close_sheet(_("Event cancelled"), activity_changed={})
    if verb == "leave_out":
        services.leave_out(request.actor, row.pk, original)
        return parts.close_sheet(_("This date is left out"), activity_changed={})
    if verb == "delete":
        services.delete_event(request.actor, row.pk)
        return parts.close_sheet(_("Event deleted"), activity_changed={})
    raise Invalid(fields={"verb": _("There is no such button.")})


section = Section(
    urls=[
        path("events/new/", add, name="event-new"),
        path("events/<int:pk>/", edit, name="event-edit"),
        path("events/<int:pk>/act/", act, name="event-act"),
    ],
)
