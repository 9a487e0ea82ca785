"""The form of an event (A17): its fields, and the way between them and what the verbs take."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tradepost.activities.models import Visibility
from tradepost.kit import clock
from tradepost.mail.recipients import recipients
from tradepost.pim import recurrence
from tradepost.pim.recurrence import Repeat
from tradepost.pim.types import CalendarEvent, Occurrence

REPEATS = [
    ("", _("Does not repeat")),
    ("DAILY", _("Every day")),
    ("WEEKDAYS", _("Every weekday")),
    ("WEEKLY", _("Every week")),
    ("MONTHLY", _("Every month")),
    ("YEARLY", _("Every year")),
    ("RULE", _("By a rule of its own")),
]
REMINDERS = [
    (0, _("When it starts")),
    (5, _("5 minutes before")),
    (15, _("15 minutes before")),
    (30, _("30 minutes before")),
    (60, _("1 hour before")),
    (1440, _("1 day before")),
    (10080, _("1 week before")),
]
SCOPES = [
    ("date", _("This date only")),
    ("following", _("This date and all that follow")),
    ("all", _("The whole series")),
]
REPETITION = frozenset({"repeat", "every", "until", "times", "rule"})


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


def _hour(label: Any) -> forms.TimeField:
    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget)


class EventForm(forms.Form):
    """``scope`` stands only on a date of a series; the fields of repetition only where the whole series is changed."""

    title = forms.CharField(label=_("Title"), max_length=500)
    scope = forms.ChoiceField(label=_("Change"), choices=SCOPES, widget=forms.RadioSelect, required=False)
    all_day = forms.BooleanField(label=_("All day"), required=False)
    start_date, start_time = _day(_("Starts")), _hour(_("at"))
    end_date, end_time = _day(_("Ends")), _hour(_("at"))
    zone = forms.CharField(label=_("Time zone"), max_length=64, required=False)
    location = forms.CharField(label=pgettext_lazy("event", "Location"), max_length=500, required=False)
    repeat = forms.ChoiceField(label=_("Repeats"), choices=REPEATS, required=False)
    every = forms.IntegerField(label=_("Every"), min_value=1, max_value=999, required=False)
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    times = forms.IntegerField(label=_("or so many times"), min_value=1, max_value=5000, required=False)
    rule = forms.CharField(
        label=_("Rule"),
        required=False,
        widget=forms.Textarea({"rows": 2, "spellcheck": "false"}),
        help_text=_("As calendars write it, such as FREQ=MONTHLY;BYDAY=-1FR."),
    )
    reminders = forms.MultipleChoiceField(
        label=_("Reminders"), choices=REMINDERS, required=False, widget=forms.CheckboxSelectMultiple
    )
    attendees = forms.CharField(label=_("Attendees"), required=False, max_length=20_000)
    description = forms.CharField(
        label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    visibility = forms.ChoiceField(label=_("Who can see this"), choices=Visibility.choices, required=False)
    record = forms.CharField(required=False, max_length=40)
    original = forms.CharField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, series: bool = False, new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = new
        if not series:
            del self.fields["scope"]
        if not new:
            del self.fields["record"], self.fields["visibility"]
        known = {int(value) for value, _label in REMINDERS}
        more = [n for n in self.initial.get("reminders") or () if int(n) not in known]
        field: Any = self.fields["reminders"]
        field.choices = [*REMINDERS, *((n, _("{n} minutes before").format(n=n)) for n in more)]

    @property
    def reach(self) -> str:
        """``date``, ``following`` or ``all``."""
        return str(self.cleaned_data.get("scope") or "all")

    def values(self) -> dict[str, Any]:
        """What the verbs on events take, of the fields that this scope has."""
        data = self.cleaned_data
        start, end, zone = self._span()
        repeat = Repeat(data["repeat"], data["every"] or 1, data["until"], data["times"], data["rule"])
        people = [{"email": a.email, "name": a.name} for a in recipients(data["attendees"], "attendees")]
        texts = {name: data[name] for name in ("title", "location", "description")}
        rest: dict[str, Any] = {"start": start.isoformat(), "end": end.isoformat(), "zone": zone}
        if self.reach != "date" and (self.is_new or REPETITION & set(self.changed_data)):
            rest["rrule"] = recurrence.lines(repeat, start, zone)
        minutes = sorted(int(n) for n in data["reminders"])
        return {**texts, **rest, "attendees": people, "reminders": minutes}

    def _span(self) -> tuple[date, date, str]:
        data = self.cleaned_data
        zone = data["zone"] or timezone.get_current_timezone_name()
        if data["all_day"]:
            return data["start_date"], data["end_date"] + timedelta(days=1), ""
        first = datetime.combine(data["start_date"], data["start_time"] or time(9))
        last = (
            datetime.combine(data["end_date"], data["end_time"])
            if data["end_time"]
            else first + timedelta(hours=1)
        )
        return first, last, zone


def fresh(start: str = "", all_day: bool = False) -> dict[str, Any]:
    """A new event: the next full hour, or where somebody clicked (a wall-clock time of the page)."""
    given = parse_datetime(start) if "T" in start else None
    now = timezone.localtime(clock.now())
    begins = given or (now.replace(minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(hours=1))
    ends = begins + timedelta(hours=1)
    when = {
        "start_date": begins.date(),
        "start_time": begins.time(),
        "end_date": ends.date(),
        "end_time": ends.time(),
    }
    zone = timezone.get_current_timezone_name()
    return {"title": _("New meeting"), "all_day": all_day, **when, "zone": zone, "every": 1,
            "visibility": Visibility.ALL, "reminders": [15]}  # fmt: skip


def of(one: CalendarEvent, shown: Occurrence, version: int, original: str) -> dict[str, Any]:
    """An event, or one date of a series, as the form shows it."""
    repeat = recurrence.chosen(one)
    last = shown.end - timedelta(days=1) if shown.all_day else shown.end
    return {
        **{name: getattr(shown, name) for name in ("title", "location", "description", "all_day")},
        "scope": "date" if original else "",
        "start_date": _date(shown.start),
        "start_time": shown.start.time() if isinstance(shown.start, datetime) else None,
        "end_date": _date(last),
        "end_time": shown.end.time() if isinstance(shown.end, datetime) else None,
        "zone": shown.zone or timezone.get_current_timezone_name(),
        **{
            "repeat": repeat.how,
            "every": repeat.every,
            "until": repeat.until,
            "times": repeat.times,
            "rule": repeat.rule,
        },
        "reminders": list(shown.reminders),
        "attendees": ", ".join(f"{a.name} <{a.email}>" if a.name else a.email for a in shown.attendees),
        "original": original,
        "version": version,
    }


def _date(at: date | datetime) -> date:
    return at.date() if isinstance(at, datetime) else at
