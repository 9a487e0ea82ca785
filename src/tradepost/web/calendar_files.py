"""Events as files: one to download, the secret address of one's calendar, and .ics files of mails; and Invite."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Conflict, Invalid, Remote
from tradepost.pim import feed, invite, services
from tradepost.web import parts
from tradepost.web.compose import usable
from tradepost.web.numbers import number
from tradepost.web.shell import DeskRequest, Section

ICS = "text/calendar; charset=utf-8"


def download(request: DeskRequest, pk: int) -> HttpResponse:
    text = feed.download(request.actor, pk)
    return HttpResponse(
        text, content_type=ICS, headers={"Content-Disposition": 'attachment; filename="event.ics"'}
    )


@require_POST
def accept(request: DeskRequest, pk: int) -> HttpResponse:
    """Take the events of an attached .ics file into the calendar."""
    taken = feed.accept(request.actor, pk)
    n, left = len(taken.rows), len(taken.problems)
    said = ngettext("{n} event is in your calendar", "{n} events are in your calendar", n).format(n=n)
    if left:
        out = ngettext("{n} could not be read: {why}", "{n} could not be read, one because: {why}", left)
        said = f"{said}. {out.format(n=left, why=taken.problems[0].cause)}"
    response = parts.trigger(HttpResponse(status=204), activity_changed={})
    return parts.toast(response, said)


# -- the secret address ----------------------------------------------------------------------------------------------


def share(request: DeskRequest) -> HttpResponse:
    """Make, renew and revoke the address; it is shown once, when it is made."""
    request.actor.require(Permission.ACTIVITIES_VIEW)
    context: dict[str, Any] = {
        "crumbs": [parts.Crumb(_("Calendar"), reverse("calendar")), parts.Crumb(_("Secret address"))]
    }
    if request.method == "POST" and request.POST.get("verb") == "close":
        feed.close_feed(request.actor)
        parts.notify(request, _("The address is revoked"))
        return parts.go(request, reverse("calendar-share"))
    if request.method == "POST":
        secret = feed.open_feed(request.actor)
        context["address"] = request.build_absolute_uri(reverse("calendar-feed", args=[secret]))
    context["feed"] = feed.own_feed(request.actor)
    response = parts.page(request, "calendar/share.html", context)
    response["Cache-Control"] = "no-store"
    return response


def subscribed(request: HttpRequest, secret: str) -> HttpResponse:
    """What calendar programs read. Nobody is signed in: who has the address reads it."""
    text = feed.read_feed(secret)
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=300", "Referrer-Policy": "no-referrer"}
    if request.headers.get("If-None-Match", "").removeprefix("W/") == etag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(text, content_type=ICS, headers=headers)


# -- invite ----------------------------------------------------------------------------------------------------------


def invitation(request: DeskRequest, pk: int) -> HttpResponse:
    """The recipients and the words; the press sends them."""
    request.actor.require(Permission.MAIL_SEND)
    row = services.row_of(request.actor, pk)
    proposal = invite.propose(request.actor, row.pk)
    accounts = usable(request.actor)
    if request.method == "POST" and not accounts:
        raise Conflict(_("No mailbox of yours is connected."), cure=_("Connect one first."))
    error = ""
    if request.method == "POST":
        account = number(request.POST.get("account")) or accounts[0].pk
        emails = request.POST.getlist("email")
        try:
            invite.invite(request.actor, row.pk, account, emails, request.POST.get("text", ""))
        except (Invalid, Remote) as fault:
            error = str(fault)
        else:
            n = len(emails)
            said = ngettext("The invitation goes to {n} person", "The invitation goes to {n} people", n)
            return parts.close_sheet(said.format(n=n), activity_changed={})
    invited = set(row.invitations.values_list("email", flat=True))
    context = {
        "proposal": proposal,
        "accounts": accounts,
        "error": error,
        "invited": invited,
        "cancelled": row.activity.status == "cancelled",
        "action": request.get_full_path(),
    }
    return render(request, "events/invite.html", context, status=422 if error else 200)


section = Section(
    urls=[
        path("events/<int:pk>/event.ics", download, name="event-download"),
        path("events/<int:pk>/invite/", invitation, name="event-invite"),
        path("files/<int:pk>/accept/", accept, name="event-accept"),
        path("calendar/share/", share, name="calendar-share"),
    ],
)
entrance = Section(urls=[path("calendars/<str:secret>.ics", subscribed, name="calendar-feed")], public=True)
