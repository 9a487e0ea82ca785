"""``/_parts/``: every part on one page, only while developing. What is not right here is right nowhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Membership
from tradepost.kit.errors import Conflict, Invalid
from tradepost.web import columns, parts
from tradepost.web.inline import Inline, inline
from tradepost.web.shell import (
    GENERAL,
    SELL,
    SETTINGS,
    STOCK,
    Alarm,
    Banner,
    Bell,
    GearItem,
    NavItem,
    NewItem,
    Section,
)


@dataclass
class Row:
    pk: int
    number: str
    customer: str
    status: str
    date: date
    owner: str
    total: Decimal
    currency: str = "USD"

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return "#"

    def get_status_display(self) -> str:
        return self.status.replace("_", " ").capitalize()


class Rows(tables.Table):
    pk = columns.Select()
    number = columns.Title(verbose_name="Order")
    customer = columns.Plain(place="at-sub")
    status = columns.Status()
    date = columns.Day()
    owner = columns.Person()
    total = columns.Money()

    class Meta:
        order_by = "-number"


class Sample(forms.Form):
    name = forms.CharField(label="Name", help_text="As it stands on the invoice.")
    email = forms.EmailField(label="E-mail")
    kind = forms.ChoiceField(label="Kind", choices=[("", "Choose"), ("shop", "Shop"), ("person", "Person")])
    notes = forms.CharField(label="Notes", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    taxable = forms.BooleanField(label="Taxable", required=False)


PEOPLE = ["Dana Whitfield", "Priya Raman", "Marcus Oyelaran"]
CUSTOMERS = ["Harbor & Pine Outfitters", "Granite State Brewing", "Northfield Dental Group", "Marlow Marine"]
STATES = ["draft", "open", "partially_shipped", "shipped", "on_hold"]
HELD = {"po": "PO-38214", "promised": "2026-12-02"}


def _rows() -> list[Row]:
    return [
        Row(
            n,
            f"SO-{10400 + n}",
            CUSTOMERS[n % 4],
            STATES[n % 5],
            date(2026, 11, 21),
            PEOPLE[n % 3],
            Decimal(853 + n * 91),
        )
        for n in range(60)
    ]


def _steps() -> list[parts.Step]:
    return [
        parts.Step("Find mail.example.com", "done", "203.0.113.7"),
        parts.Step("Connect to port 993", "done", "31 ms"),
        parts.Step(
            "Sign in",
            "failed",
            "The server refused the password.",
            "Check the password; with two-factor sign-in, use an app password.",
        ),
        parts.Step("List folders", "waiting"),
    ]


def _entries() -> list[parts.Entry]:
    now = timezone.now()
    received = parts.Entry(
        1,
        "email_in",
        now,
        "Re: SO-10482 – canisters on backorder",
        who="Renata Solberg",
        to="dana@example.com",
        text="Splitting is fine. Please send the canisters to Bangor.\n\nThanks,\nRenata",
        quoted="On Nov 21, Dana Whitfield wrote:\nShall we split the order, or hold the rest?",
        files=[parts.File("ship-to-bangor.pdf", 84_000, "#"), parts.File("photo.jpg", 2_100_000, "#")],
        meta="Sales mailbox",
        why="The message answers one that was sent from this order (In-Reply-To).",
        reply_url=reverse("parts-compose"),
        forward_url=reverse("parts-compose"),
    )
    framed = reverse("parts-frame")
    sent = replace(
        received, id=2, kind="email_out", text="", quoted="", files=(), frame_url=framed, images_url=framed
    )
    yesterday, before = now - timedelta(days=1), now - timedelta(days=9)
    return [
        received,
        sent,
        parts.Entry(3, "sync", yesterday, "Fulfilment 1 of 2 sent", who="Web shop", meta="4 lines"),
        parts.Entry(
            4, "call", before, "Called about delivery", who="Priya Raman", text="Wants it before noon."
        ),
    ]


def everything(request: HttpRequest) -> HttpResponse:
    tab = request.GET.get("tab", "history")
    form = Sample(request.POST or None) if request.method == "POST" else Sample()
    table = Rows(_rows())
    tables.RequestConfig(request, paginate={"per_page": 8}).configure(table)
    context = {
        "table": table,
        "empty": parts.Empty(
            "No orders yet", "Make one, or connect a shop.", "#", "New order", "shopping-cart"
        ),
        "views": [
            parts.View("All orders", current=True),
            parts.View("Open", "status=open", 471),
            parts.View("On hold", "status=hold"),
        ],
        "crumbs": [parts.Crumb("Sales orders", "#"), parts.Crumb("SO-10482")],
        "tabs": [
            parts.Tab("details", "Details"),
            parts.Tab("history", "Activity History", 7),
            parts.Tab("open", "Open Activities", 2, warn=True),
        ],
        "tab": tab,
        "kinds": [
            parts.Kind("", "All", "list"),
            parts.Kind("email", "E-mail", "mail"),
            parts.Kind("call", "Calls", "phone"),
        ],
        "kind": request.GET.get("kind", ""),
        "days": parts.days(_entries()),
        "flow": [
            parts.Step("Quoted", "done"),
            parts.Step("Confirmed", "done"),
            parts.Step("Shipping", "running", "90 of 112"),
            parts.Step("Invoiced", "waiting"),
        ],
        "steps": _steps(),
        "form": form,
        "po": _field("po")(),
        "promised": _field("promised")(),
        "points": [
            parts.Point(str(n), 40 + n * 37 % 100, f"Nov {n}: ${40 + n * 37 % 100}") for n in range(8, 22)
        ],
        "left": parts.time_left(140, 240, 30),
    }
    return parts.page(
        request,
        "errors/parts.html",
        context,
        part="tabs" if "tab" in request.GET else "rows",
        status=422 if form.errors else 200,
    )


def _field(name: str) -> Any:
    label, kind = {"po": ("Customer PO", "text"), "promised": ("Promised", "date")}[name]
    return lambda: Inline(
        name, label, HELD[name], reverse("parts-field", args=[name]), text=_read(name), kind=kind
    )


def _read(name: str) -> str:
    return date_format(date.fromisoformat(HELD[name])) if name == "promised" and HELD[name] else HELD[name]


def field(request: HttpRequest, name: str) -> HttpResponse:
    def save(value: str, version: int | None) -> None:
        if not value.strip() or value == "never":
            raise Invalid(fields={name: "Give a value."})
        HELD[name] = value

    return inline(request, _field(name), save)


def compose(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "subject": "SO-10482 – ",
        "to": "renata@example.com",
        "error": "",
        "body": "<div>Hi Renata &amp; all,</div>",
    }
    if request.method == "POST":
        if "@" in request.POST["to"]:
            return parts.close_sheet("E-mail sent", activity_changed={})
        context |= {
            "to": request.POST["to"],
            "subject": request.POST["subject"],
            "error": "Give an e-mail address.",
        }
    return parts.page(
        request, "errors/parts.html", context, part="compose", status=422 if context["error"] else 200
    )


def people(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").lower()
    found = [p for p in PEOPLE if words in p.lower()]
    if "text" in request.GET:
        return JsonResponse([{"id": p, "text": p} for p in found], safe=False)
    return JsonResponse(
        [{"name": p, "email": p.split()[0].lower() + "@example.com"} for p in found], safe=False
    )


def frame(request: HttpRequest) -> HttpResponse:
    body = (
        "<p>Hi Renata,</p><p>Everything except the canisters ships today. They are due on <b>Dec 2</b>.</p>"
    )
    return HttpResponse(
        f"<!doctype html><html lang=en><title>Message</title><body style='margin:0;font:14px sans-serif'>{body}"
    )


def broken(request: HttpRequest, kind: str) -> HttpResponse:
    if kind == "fault":
        raise Conflict("The order is shipped already.", cure="Make a return instead.")
    raise RuntimeError("broken on purpose")


def _members(actor: Actor) -> QuerySet[Any]:
    """Rows that are counted."""
    return Membership.objects.of(actor)


section = Section(
    urls=[
        path("_parts/", everything, name="parts"),
        path("_parts/field/<str:name>/", field, name="parts-field"),
        path("_parts/items/", lambda request: everything(request), name="parts-items"),
        path("_parts/compose/", compose, name="parts-compose"),
        path("_parts/people/", people, name="parts-people"),
        path("_parts/frame/", frame, name="parts-frame"),
        path("_parts/broken/<str:kind>/", broken, name="parts-broken"),
    ],
    nav=(
        NavItem(SELL, "Parts", "shapes", "parts", badge=_members, keys="g p"),
        NavItem(STOCK, "Items", "package", "parts-items", Permission.CATALOG_VIEW),
    ),
    new=(NewItem("Part", "plus", "parts", Permission.SALES_EDIT, keys="n p"),),
    gear=(
        GearItem(SETTINGS, "Parts", "shapes", "parts", Permission.COMPANY_SETTINGS),
        GearItem(GENERAL, "Own parts", "shapes", "parts"),
    ),
    alarms=(
        Alarm(
            _members,
            lambda actor, rows: [
                Banner("Sales mailbox stopped.", "The password was refused at 09:05.", "#", "Reconnect")
            ],
        ),
    ),
    bell=Bell("parts", _members),
)
