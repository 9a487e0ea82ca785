"""Lists of records: filtered, exported, put away in bulk; and what the palette finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tradepost.accounts.access import Actor, Permission
from tradepost.people import services
from tradepost.web import marks, parts, records, trash
from tradepost.web.bringing import brought_in
from tradepost.web.bulk import on_each
from tradepost.web.export import file_of
from tradepost.web.parts import Empty, View
from tradepost.web.people import page
from tradepost.web.people.look import Look
from tradepost.web.people.looks import LISTS
from tradepost.web.saved_views import saved
from tradepost.web.shell import DeskRequest, Hit

SHELVES = (View(gettext_lazy("Archived"), "archived=1"), View(gettext_lazy("Trash"), "trash=1"))


def _rows(actor: Actor, look: Look, values: QueryDict) -> QuerySet[Any]:
    rows = look.rows(actor, archived=values.get("archived") == "1", trash=values.get("trash") == "1")
    return rows.order_by(*look.order)


def listing(request: DeskRequest, kind: str) -> HttpResponse:
    look = LISTS[kind]
    may_edit = request.actor.may(look.edit)
    mine = View(_("Mine"), f"owner={request.actor.user_id}")
    return parts.listing(
        request,
        "people/list.html",
        rows=lambda values: _rows(request.actor, look, values),
        table=marks.table(request.actor, look.kind, look.table),
        filters=look.filters,
        views=[View(_("All")), mine, *saved(request.actor, look.plural), *SHELVES],
        empty=Empty(
            _("Nothing here yet"),
            look.hint if may_edit else "",
            reverse(f"{kind}-new") if may_edit else "",
            look.new,
            look.icon,
            brought_in(request.actor, kind),
        ),
        context={
            "look": look,
            "may_edit": may_edit,
            "may_export": request.actor.may(Permission.EXPORT),
            "shelved": "1" in (request.GET.get("archived"), request.GET.get("trash")),
        },
    )


def export(request: DeskRequest, kind: str) -> HttpResponseBase:
    """The list as its page shows it, as CSV or XLSX."""
    look = LISTS[kind]
    shelf, table = _rows(request.actor, look, request.GET), marks.table(request.actor, look.kind, look.table)
    rows = parts.listed(request, shelf, table, look.filters)
    columns = {str(k): cell for k, cell in look.columns.items()}
    return file_of(request, look.plural, rows, columns | marks.exported(request.actor, look.kind))


def bulk(request: DeskRequest, kind: str) -> HttpResponse:
    """Archive or trash the chosen rows, with Undo, or take them back. One that does not fit never stops the rest."""
    act = request.POST.get("act", "archive")
    tagged = marks.bulk_values(request)
    here = parts.local(request.POST.get("next", ""), reverse(LISTS[kind].plural))
    gone: list[int] = []

    def one(pk: int) -> None:
        row = page.find(request.actor, LISTS[kind].kind, pk)
        if tagged:
            marks.save(request.actor, row, tagged)
        else:
            _shelve(request.actor, row, act)
            gone.extend([] if act == "restore" else [pk])

    if done := on_each(request, one):
        back = trash.undo(request.actor, LISTS[kind].kind, gone, here) if gone else None
        parts.notify(request, said(act, done), back)
    return parts.go(request, here)


def said(act: str, done: int) -> str:
    """What was done to so many."""
    words = {
        "restore": ngettext("{n} taken back", "{n} taken back", done),
        "trash": ngettext("{n} in the trash", "{n} in the trash", done),
        "tag": ngettext("{n} tagged", "{n} tagged", done),
        "untag": ngettext("Tag taken off {n}", "Tag taken off {n}", done),
    }
    return words.get(act, ngettext("{n} archived", "{n} archived", done)).format(n=done)


def _shelve(actor: Actor, row: Any, act: str) -> None:
    undo = act == "restore"
    verb = services.trash if act == "trash" or (undo and row.trashed_at) else services.archive
    verb(actor, row, undo=undo)


def finder(look: Look) -> Callable[[Actor, str, int], list[Hit]]:
    """The palette's source of a kind."""

    def find(actor: Actor, words: str, limit: int) -> list[Hit]:
        rows = sorted(look.rows(actor, search=words)[:100], key=str)[:limit]
        return [Hit(records.address(row), str(row), str(look.hit(row)), look.icon) for row in rows]

    return find
