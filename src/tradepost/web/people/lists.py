"""Lists of records: filtered, exported, put away in bulk; and what the palette finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tradepost.accounts.access import Actor, Permission
from tradepost.kit.errors import Fault, Missing
from tradepost.people import services
from tradepost.web import marks, parts, records
from tradepost.web.export import csv_of
from tradepost.web.parts import Empty, View
from tradepost.web.people import page
from tradepost.web.people.look import Look
from tradepost.web.people.looks import LOOKS
from tradepost.web.saved_views import saved
from tradepost.web.shell import DeskRequest, Hit

SHELVES = (View(gettext_lazy("Archived"), "archived=1"), View(gettext_lazy("Trash"), "trash=1"))


def _rows(request: DeskRequest, look: Look) -> QuerySet[Any]:
    rows = look.rows(request.actor, archived=_asked(request, "archived"), trash=_asked(request, "trash"))
    return rows.order_by(*look.order)


def _asked(request: DeskRequest, name: str) -> bool:
    return request.GET.get(name) == "1"


def listing(request: DeskRequest, kind: str) -> HttpResponse:
    look = LOOKS[kind]
    may_edit = request.actor.may(look.edit)
    mine = View(_("Mine"), f"owner={request.actor.user_id}")
    return parts.listing(
        request,
        "people/list.html",
        rows=_rows(request, look),
        table=marks.table(request.actor, kind, look.table),
        filters=look.filters,
        views=[View(_("All")), mine, *saved(request.actor, look.plural), *SHELVES],
        empty=Empty(
            _("Nothing here yet"),
            look.hint,
            reverse(f"{kind}-new") if may_edit else "",
            look.new,
            look.icon,
        ),
        context={
            "look": look,
            "may_edit": may_edit,
            "may_export": request.actor.may(Permission.EXPORT),
            "shelved": _asked(request, "archived") or _asked(request, "trash"),
        },
    )


def export(request: DeskRequest, kind: str) -> HttpResponseBase:
    look = LOOKS[kind]
    rows = look.filters(request.GET, queryset=_rows(request, look), request=request).qs
    columns = {str(k): cell for k, cell in look.columns.items()}
    return csv_of(request.actor, look.plural, rows, columns | marks.exported(request.actor, kind))


def bulk(request: DeskRequest, kind: str) -> HttpResponse:
    """Archive or trash the chosen rows, or take them back. One that does not fit never stops the rest."""
    if request.method != "POST":
        raise Missing("page")
    act = request.POST.get("act", "archive")
    tagged = marks.bulk_values(request)
    done, faults = 0, []
    for pk in [pk for pk in request.POST.getlist("pk") if pk.isdecimal()][:500]:
        try:
            row = page.find(request.actor, kind, int(pk))
            if tagged:
                marks.save(request.actor, row, tagged)
            else:
                _shelve(request.actor, row, act)
            done += 1
        except Fault as fault:
            faults.append(str(fault))
    if faults:
        messages.error(request, _("{n} were not changed: {why}").format(n=len(faults), why=faults[0]))
    if done:
        said = {
            "restore": ngettext("{n} taken back", "{n} taken back", done),
            "trash": ngettext("{n} in the trash", "{n} in the trash", done),
            "tag": ngettext("{n} tagged", "{n} tagged", done),
            "untag": ngettext("Tag taken off {n}", "Tag taken off {n}", done),
        }.get(act, ngettext("{n} archived", "{n} archived", done))
        parts.notify(request, said.format(n=done))
    return parts.go(request, reverse(LOOKS[kind].plural))


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
