"""The first page of the day: what needs a person, what was booked, what is late, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.models import Activity
from tradepost.activities.queries import answers, due
from tradepost.kit import clock
from tradepost.mail.models import MailAccount
from tradepost.people.queries import count_cases, is_late, open_cases
from tradepost.reports.reordering import below_level
from tradepost.sales import queries
from tradepost.sales.currencies import company_currency
from tradepost.sales.models import Document, Kind
from tradepost.sync.models import Connection, Health, Review
from tradepost.web import document, parts, records, sales
from tradepost.web.first_steps import first_steps, mail_page
from tradepost.web.kinds import LOOKS
from tradepost.web.parts import Point, Text
from tradepost.web.shell import SELL, DeskRequest, NavItem, Section
from tradepost.web.templatetags.ui import money

ROWS = 8


@dataclass(frozen=True, slots=True)
class Figure:
    """How much of something waits, and the list of it. ``alarm``: it is late, and red unless it is none. ``rare``: it has a place
    while there is any."""

    label: Text
    value: str | int
    note: Text
    url: str
    alarm: bool = False
    rare: bool = False


def home(request: DeskRequest) -> HttpResponse:
    actor = request.actor
    context: dict[str, Any] = {"greeting": _greeting(str(request.user)), "steps": first_steps(actor)}
    if actor.may(Permission.SALES_VIEW):
        context |= _sales(actor)
    if actor.may(Permission.PEOPLE_VIEW):
        context["cases"] = _cases(actor, queries.today(actor))
    if actor.may(Permission.ACTIVITIES_VIEW):
        now = clock.now()
        context["agenda"] = [(row, _at(row)) for row in due(actor, now + timedelta(days=7), limit=ROWS)]
        context["answers"] = answers(actor, now - timedelta(days=7), limit=ROWS)
        context["unconnected"] = _unconnected(actor)
    if actor.may(Permission.SYNC_VIEW):
        context["broken"] = list(
            Connection.objects.of(actor).filter(health=Health.BROKEN).order_by("label")[:ROWS]
        )
        context["reviews"] = Review.objects.of(actor).filter(resolved_at=None).count()
    return parts.page(request, "dashboard/home.html", context)


def _unconnected(actor: Actor) -> str:
    """Where a mailbox is connected by who may, as long as the company has none."""
    if not actor.may(Permission.MAIL_CONNECT) or MailAccount.objects.of(actor).exists():
        return ""
    return reverse(mail_page(actor))


def _greeting(name: str) -> str:
    hour, first = timezone.localtime().hour, name.split(" ")[0].split("@")[0]
    if hour < 12:
        return _("Good morning, {name}").format(name=first)
    return (_("Good afternoon, {name}") if hour < 18 else _("Good evening, {name}")).format(name=first)


def _sales(actor: Actor) -> dict[str, Any]:
    day = queries.today(actor)
    currency = company_currency(actor.organisation_id)
    booked = queries.booked(actor, day)
    return {
        "day": day,
        "figures": _figures(actor, day, _week(booked[-7:], currency)),
        "points": [
            Point(str(d.day), float(v), f"{date_format(d, 'MONTH_DAY_FORMAT')}: {money(v, currency)}")
            for d, v, _unrated in booked
        ],
        "currency": currency,
        "unrated": sum(unrated for _day, _value, unrated in booked),
        "anything_booked": any(value for _day, value, _unrated in booked),
        "may_order": actor.may(Permission.SALES_EDIT),
        "late": _late(actor, Kind.INVOICE if _reckons(actor) else Kind.ORDER, day),
    }


def _reckons(actor: Actor) -> bool:
    """Whether money is the actor's own work: he invoices, and takes no orders."""
    return actor.may(Permission.INVOICING) and not actor.may(Permission.SALES_EDIT)


def _week(booked: Sequence[tuple[date, Decimal, int]], currency: str) -> Figure:
    """What was booked in some days, in the company's currency."""
    value, unrated = sum(v for _day, v, _n in booked), sum(n for _day, _v, n in booked)
    left = ngettext("{n} without a rate", "{n} without a rate", unrated).format(n=unrated)
    note = " · ".join([_("in {currency}").format(currency=currency), *([left] if unrated else [])])
    return Figure(_("Booked, 7 days"), money(value, currency), note, reverse("orders"))


def _figures(actor: Actor, day: date, booked: Figure) -> list[Figure]:
    """What waits in the actor's own work, and what is late in the rest of it."""
    orders = actor.may(Permission.SALES_EDIT) or not (
        actor.may(Permission.SHIPPING) or actor.may(Permission.INVOICING)
    )
    own = [*(_orders(actor, day, booked) if orders else ())]
    for permission, figures in (
        (Permission.SHIPPING, _goods),
        (Permission.INVOICING, _money),
        (Permission.STOCK_MOVE, _returns),
        (Permission.PURCHASING, _short),
    ):
        if actor.may(permission):
            own += [one for one in figures(actor, day) if _shown(one, not orders)]
    return own


def _shown(figure: Figure, own: bool) -> bool:
    """Of the actor's ``own`` work all but what is rare and not there; of other work what is late."""
    if own and not figure.rare:
        return True
    return bool(figure.value) and (figure.alarm or figure.rare)


def _list(kind: Kind, status: str) -> str:
    return f"{reverse(LOOKS[kind].plural)}?status={status}"


def _orders(actor: Actor, day: date, booked: Figure) -> list[Figure]:
    count = sales.waiting(actor, Kind.ORDER, day)
    mine = _("{n} of them yours").format(n=count.mine)
    return [
        Figure(_("Open orders"), count.open, mine, _list(Kind.ORDER, "active")),
        Figure(
            _("Past promised date"), count.late, _("not shipped yet"), _list(Kind.ORDER, "late"), alarm=True
        ),
        Figure(_("On hold"), count.held, _("waiting for a release"), _list(Kind.ORDER, "hold")),
        booked,
    ]


def _goods(actor: Actor, day: date) -> list[Figure]:
    picks, ships = (sales.waiting(actor, kind, day).open for kind in (Kind.PICK, Kind.SHIPMENT))
    orders, bought = (sales.waiting(actor, kind, day) for kind in (Kind.ORDER, Kind.PURCHASE_ORDER))
    return [
        Figure(_("Pick lists"), picks, _("to be picked or shipped"), _list(Kind.PICK, "active")),
        Figure(_("To ship"), ships, _("ship docs"), _list(Kind.SHIPMENT, "active")),
        Figure(_("On hold"), orders.held, _("not to be shipped"), _list(Kind.ORDER, "hold")),
        Figure(
            _("Deliveries late"), bought.late, _("of vendors"), _list(Kind.PURCHASE_ORDER, "late"), alarm=True
        ),
    ]


def _money(actor: Actor, day: date) -> list[Figure]:
    invoices, bills = (sales.waiting(actor, kind, day) for kind in (Kind.INVOICE, Kind.BILL))
    paid = sales.waiting(actor, Kind.PAYMENT, day).open
    return [
        Figure(_("Open invoices"), invoices.open, _("drafts and unpaid"), _list(Kind.INVOICE, "active")),
        Figure(
            _("Overdue invoices"), invoices.late, _("of customers"), _list(Kind.INVOICE, "late"), alarm=True
        ),
        Figure(_("Overdue bills"), bills.late, _("of vendors"), _list(Kind.BILL, "late"), alarm=True),
        Figure(_("Payments"), paid, _("to be deposited"), _list(Kind.PAYMENT, "active")),
    ]


def _returns(actor: Actor, _day: date) -> list[Figure]:
    expected = queries.coming_back(actor)
    return [Figure(_("To receive"), expected, _("returns"), _list(Kind.RMA, "expected"), rare=True)]


def _short(actor: Actor, _day: date) -> list[Figure]:
    items = below_level(actor) if actor.may(Permission.CATALOG_VIEW) else 0
    return [
        Figure(_("Below reorder level"), items, _("in stock and on order"), reverse("reorder"), rare=True)
    ]


def _cases(actor: Actor, day: date) -> dict[str, Any]:
    """The cases that wait longest for whom they concern, each with whether it is late, and how many there are."""
    total, own, late = count_cases(actor, day)
    rows = [(row, is_late(row, day)) for row in open_cases(actor, day)[:ROWS]] if total else []
    return {"total": total, "own": own, "late": late, "rows": rows}


def _late(actor: Actor, kind: Kind, day: date) -> dict[str, Any]:
    """The documents of a kind that are late for the longest, with the words of their table."""
    when = "due" if kind == Kind.INVOICE else "promised"
    rows = queries.longest_late(actor, kind, day, ROWS)
    words = {
        Kind.ORDER: (_("Late orders"), _("Promised"), _("Total"), _("No order is late")),
        Kind.INVOICE: (_("Overdue invoices"), _("Due"), _("Balance"), _("No invoice is overdue")),
    }[kind]
    return {
        **dict(zip(("title", "when", "amount", "none"), words, strict=True)),
        "one": LOOKS[kind].one,
        "kind": kind,
        "rows": [
            (row, records.address(row), document.state(row), getattr(row, when), _amount(row)) for row in rows
        ],
    }


def _amount(row: Document) -> Decimal:
    return row.balance if row.kind == Kind.INVOICE else row.total


def _at(row: Activity) -> Any:
    """When an activity of the agenda is: its start, else the moment it is due."""
    at = row.starts or row.due
    return timezone.localtime(at) if at else None


section = Section(
    urls=[path("", home, name="home")],
    nav=(NavItem(SELL, gettext_lazy("Dashboard"), "layout-dashboard", "home", keys="g d"),),
)
