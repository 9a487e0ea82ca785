"""The Home calendar (A18): month, week, day and agenda; move and resize by dragging, or by the event's sheet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.accounts.models import Membership
from tradepost.activities.models import ActivityKind
from tradepost.kit import clock
from tradepost.kit.errors import Invalid
from tradepost.pim import queries, services
from tradepost.pim.queries import Filter, Shown
from tradepost.web import parts
from tradepost.web.numbers import number
from tradepost.web.shell import WORK, DeskRequest, NavItem, Section

KINDS = (
    (ActivityKind.EVENT.value, gettext_lazy("Events")),
    (ActivityKind.TASK.value, gettext_lazy("Tasks")),
    (ActivityKind.CALL.value, gettext_lazy("Calls")),
)
WIDEST = timedelta(days=400)


def show(request: DeskRequest) -> HttpResponse:
    actor = request.actor
    actor.require(Permission.ACTIVITIES_VIEW)
    people = Membership.objects.of(actor).filter(ended_at=None).select_related("user").order_by("user__name")
    context = {
        "kinds": KINDS,
        "people": people,
        "me": actor.user_id,
        "streams": queries.own_streams(actor),
        "today": timezone.localtime(clock.now()).date().isoformat(),
        "may_edit": actor.may(Permission.ACTIVITIES_EDIT),
        "may_connect": actor.may(Permission.MAIL_CONNECT),
        "labels": _labels(),
    }
    return parts.page(request, "calendar/home.html", context)


def _labels() -> dict[str, Any]:
    views = {
        "dayGridMonth": _("Month"),
        "timeGridWeek": _("Week"),
        "timeGridDay": _("Day"),
        "listWeek": _("Agenda"),
    }
    return {
        "buttons": {
            "today": _("Today"),
            "close": _("Close"),
            "prev": _("Previous"),
            "next": _("Next"),
            **views,
        },
        "name": _("Calendar"),
        "allDay": _("All day"),
        "nothing": _("Nothing is planned in this week."),
        "more": _("{n} more"),
        "back": _("It could not be moved and is back where it was."),
    }


def feed(request: DeskRequest) -> JsonResponse:
    """What stands between ``start`` and ``end`` (wall-clock times), for ``who`` (``mine``, ``all`` or a number), of the
    ``kind``s and ``calendar``s asked for."""
    since, until = _instant(request.GET.get("start", "")), _instant(request.GET.get("end", ""))
    if until - since > WIDEST:
        raise Invalid(fields={"end": _("Ask for at most 400 days at a time.")})
    rows = queries.occurrences(request.actor, since, until, _filter(request))
    may_edit = request.actor.may(Permission.ACTIVITIES_EDIT)
    return JsonResponse([_drawn(one, may_edit) for one in rows], safe=False)


def _filter(request: DeskRequest) -> Filter:
    who, query = request.GET.get("who", "mine"), request.GET
    owner = None if who == "all" else number(who) or request.actor.user_id or 0
    kinds = (
        frozenset(query.getlist("kind")) & {key for key, _label in KINDS}
        if "kind" in query
        else Filter().kinds
    )
    streams = (
        frozenset(number(one) or 0 for one in query.getlist("calendar")) if "calendar" in query else None
    )
    return Filter(owner, streams, kinds)


def _instant(text: str) -> datetime:
    """A wall-clock time or a day of the page's zone. Raises ``Invalid``."""
    at = _wall(text)
    if at is None:
        raise Invalid(fields={"start": _("“{text}” is no time.").format(text=text[:40])})
    return at if isinstance(at, datetime) else timezone.make_aware(datetime.combine(at, datetime.min.time()))


def _wall(text: str) -> datetime | date | None:
    try:
        at = parse_datetime(text) if "T" in text else parse_date(text)
    except ValueError:
        return None
    if isinstance(at, datetime) and timezone.is_naive(at):
        return timezone.make_aware(at)
    return at


def _drawn(one: Shown, may_edit: bool) -> dict[str, Any]:
    """An entry as the calendar draws it; times are those of the page's zone, without an offset."""
    movable = may_edit and not one.foreign and one.status != "cancelled"
    edit = "event-edit" if one.kind == ActivityKind.EVENT else "activity-edit"
    url = reverse(edit, args=[one.activity_id]) + (f"?original={one.original}" if one.original else "")
    names = ["cal-entry", f"cal-{one.kind}", *([f"cal-{one.status}"] if one.status else [])]
    return {
        "id": f"{one.activity_id}-{one.original}",
        "title": one.title,
        "start": _written(one.starts, one.all_day),
        "end": _written(one.ends, one.all_day)
        if one.kind == ActivityKind.EVENT
        else _written(one.starts, one.all_day),
        "allDay": one.all_day,
        "startEditable": movable,
        "durationEditable": movable and one.kind == ActivityKind.EVENT,
        "classNames": names,
        "styles": [f"--entry: {one.colour}"] if one.colour else [],
        "extendedProps": {
            "url": url,
            "move": reverse("calendar-move", args=[one.activity_id]),
            "original": one.original,
            "location": one.location,
        },
    }


def _written(at: datetime, whole: bool) -> str:
    """Whole days are midnights in UTC, and drawn as the midnights that the page counts from."""
    return f"{at.astimezone(UTC) if whole else timezone.localtime(at):%Y-%m-%dT%H:%M:%S}"


@require_POST
def move(request: DeskRequest, pk: int) -> HttpResponse:
    """``start`` and ``end`` as the calendar dropped them; ``original`` for one date of a series. The toast takes it
    back by the times before."""
    data = request.POST
    start, end = _wall(data.get("start", "")), _wall(data.get("end", ""))
    if start is None:
        raise Invalid(fields={"start": _("Say where it was dropped.")})
    original = data.get("original", "")
    activity = services.reschedule(request.actor, pk, start, end, original=original)
    said = _("“{title}” moved to {at}").format(title=activity, at=_said(start))
    before = {name: data.get(f"was_{name}", "") for name in ("start", "end")}
    values = {**before, "original": original}
    undo = parts.Undo(request.path, values) if before["start"] else None
    response = parts.trigger(HttpResponse(status=204), activity_changed={})
    return parts.toast(response, said, undo)


def _said(at: datetime | date) -> str:
    if isinstance(at, datetime):
        return date_format(timezone.localtime(at), "MONTH_DAY_TIME_FORMAT")
    return date_format(at, "MONTH_DAY_FORMAT")


section = Section(
    urls=[
        path("calendar/", show, name="calendar"),
        path("calendar/feed/", feed, name="calendar-entries"),
        path("calendar/<int:pk>/move/", move, name="calendar-move"),
    ],
    nav=(
        NavItem(
            WORK,
            gettext_lazy("Calendar"),
            "calendar-days",
            "calendar",
            Permission.ACTIVITIES_VIEW,
            keys="g k",
        ),
    ),
)
