"""Saved views: a person's own names for filters of a list, beside those that every list comes with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _

from tradepost.accounts import settings
from tradepost.accounts.access import Actor
from tradepost.accounts.settings import Level, Setting
from tradepost.kit.errors import Invalid, Missing
from tradepost.web import parts
from tradepost.web.kinds import LOOKS
from tradepost.web.parts import View
from tradepost.web.shell import DeskRequest, Section

_RECORDS = ("customers", "prospects", "vendors", "contacts", "leads", "opportunities", "cases", "projects")
_OTHERS = ("items", "stock", "runs", "audit")
LISTS = {name: name for name in (*(look.plural for look in LOOKS.values()), *_RECORDS, *_OTHERS)}
MOST = 20


def _wrong(value: list[Any]) -> str | None:
    fine = all(
        isinstance(v, dict)
        and {"label", "query"} == v.keys()
        and all(isinstance(one, str) for one in v.values())
        for v in value
    )
    return (
        None
        if fine and len(value) <= MOST
        else _("At most {most} views can be saved. Remove one first.").format(most=MOST)
    )


SAVED: dict[str, Setting[list[Any]]] = {
    name: settings.declare(f"views.{name}", [], levels=frozenset({Level.USER}), check=_wrong)
    for name in LISTS
}


def saved(actor: Actor, name: str) -> list[View]:
    """The actor's own views of the list ``name``."""
    rows: Sequence[dict[str, str]] = SAVED[name].value(actor.organisation_id, actor.user_id)
    return [View(row["label"], row["query"], own=True) for row in rows]


def change(request: DeskRequest, name: str) -> HttpResponse:
    """POST ``label`` and ``query`` saves the view under that name; ``remove`` takes one away."""
    if request.method != "POST" or name not in LISTS:
        raise Missing(_("saved view"))
    rows = [{"label": str(v.label), "query": v.query} for v in saved(request.actor, name)]
    label = (request.POST.get("remove") or request.POST.get("label") or "").strip()[:60]
    if not label:
        raise Invalid(fields={"label": _("Give the view a name.")})
    query = "" if "remove" in request.POST else _clean(request.POST.get("query", ""))
    rows = [row for row in rows if row["label"] != label]
    if "remove" not in request.POST:
        rows.append({"label": label, "query": query})
    settings.put(request.actor, {f"views.{name}": rows}, Level.USER)
    parts.notify(request, _("View removed") if "remove" in request.POST else _("View saved"))
    return parts.go(request, f"{reverse(LISTS[name])}?{query}")


def _clean(query: str) -> str:
    """Filter and sort of a list's address; the page it stood on is not part of a view."""
    values = QueryDict(query[:2000], mutable=True)
    for name in [key for key in values if key == "page" or not any(values.getlist(key))]:
        del values[name]
    return values.urlencode()


section = Section(urls=[path("views/<str:name>/", change, name="saved-views")])
