"""The first page of the day: what needs a person, what was booked, what is late, what comes next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.activities.models import Activity
from tradepost.activities.queries import answers, due
from tradepost.kit import clock
from tradepost.sales import queries
from tradepost.sales.models import Kind
from tradepost.sync.models import Connection, Health, Review
from tradepost.web import document, parts, records, sales
from tradepost.web.parts import Point
from tradepost.web.shell import SELL, DeskRequest, NavItem, Section
from tradepost.web.templatetags.ui import money

ROWS = 8


def home(request: DeskRequest) -> HttpResponse:
    actor = request.actor
    context: dict[str, Any] = {"greeting": _greeting(str(request.user))}
    if actor.may(Permission.SALES_VIEW):
        context |= _sales(actor)
    if actor.may(Permission.ACTIVITIES_VIEW):
        now = clock.now()
        context["agenda"] = [(row, _at(row)) for row in due(actor, now + timedelta(days=7), limit=ROWS)]
        context["answers"] = answers(actor, now - timedelta(days=7), limit=ROWS)
    if actor.may(Permission.SYNC_VIEW):
        context["broken"] = list(
            Connection.objects.of(actor).filter(health=Health.BROKEN).order_by("label")[:ROWS]
        )
        context["reviews"] = Review.objects.of(actor).filter(resolved_at=None).count()
    return parts.page(request, "dashboard/home.html", context)


def _greeting(name: str) -> str:
    hour, first = timezone.localtime().hour, name.split(" ")[0].split("@")[0]
    if hour < 12:
        return _("Good morning, {name}").format(name=first)
    return (_("Good afternoon, {name}") if hour < 18 else _("Good evening, {name}")).format(name=first)


def _sales(actor: Actor) -> dict[str, Any]:
    day = queries.today(actor)
    currency = Organisation.objects.values_list("currency", flat=True).get(pk=actor.organisation_id)
    booked = queries.booked(actor, day)
    late = queries.documents(actor, Kind.ORDER).filter(queries.late(day)).order_by("promised", "id")[:ROWS]
    return {
        "day": day,
        "currency": currency,
        "count": sales.waiting(actor, Kind.ORDER, day),
        "booked": sum(value for _day, value in booked[-7:]),
        "points": [
            Point(str(d.day), float(v), f"{date_format(d, 'M j')}: {money(v, currency)}") for d, v in booked
        ],
        "anything_booked": any(value for _day, value in booked),
        "late": [(row, records.address(row), document.state(row)) for row in late],
        "list": reverse("orders"),
    }


def _at(row: Activity) -> Any:
    """When an activity of the agenda is: its start, else the moment it is due."""
    at = row.starts or row.due
    return timezone.localtime(at) if at else None


section = Section(
    urls=[path("", home, name="home")],
    nav=(NavItem(SELL, gettext_lazy("Dashboard"), "layout-dashboard", "home", keys="g d"),),
)
