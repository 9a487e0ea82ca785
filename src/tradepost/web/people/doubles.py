"""Is it here already? A hint while one types; two records merged, with a preview, and taken apart again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tradepost.activities.records import Record
from tradepost.kit.errors import Missing
from tradepost.people import doubles, merging
from tradepost.people.doubles import Double
from tradepost.people.kinds import SHAPES
from tradepost.web import parts, records
from tradepost.web.numbers import number
from tradepost.web.people.looks import LOOKS
from tradepost.web.shell import DeskRequest


def alike(request: DeskRequest, kind: str) -> HttpResponse:
    """What is typed in the form of a new record, as records that it may be; those of the field ``?takes=`` can be taken instead."""
    request.actor.require(SHAPES[kind].edit)
    title = doubles.name_of(request.GET)
    found = doubles.doubles(request.actor, kind, name=title, emails=request.GET.getlist("email"))
    shown = {"found": [_shown(one) for one in found], "takes": request.GET.getlist("takes")}
    return render(request, "people/alike.html", shown)


def asked(found: Iterable[Double]) -> dict[str, Any]:
    """What a form says of the records that what is entered may be: they are shown, and not asked about again."""
    return {
        "found": [_shown(one) for one in found],
        "seen": " ".join(records.key(Record(one.kind, one.row.pk)) for one in found),
    }


def seen(request: DeskRequest) -> list[tuple[str, int]]:
    """Those that the form has shown."""
    named = (records.parse(one) for one in request.POST.get("seen", "").split())
    return [(one.kind, one.id) for one in named]


def _shown(double: Double) -> tuple[Any, str, str, str, str]:
    """The record, its address, what it is, why it is named, and the field of a form that may take it."""
    why = _("the same e-mail address") if double.why == "email" else _("a name like it")
    kind = str(LOOKS[double.kind].one)
    return double.row, records.address(double.row), kind, why, f"{double.kind}_id"


def merge(request: DeskRequest, kind: str, pk: int) -> HttpResponse:
    """The sheet: choose the other one, see what would move (``?other=5``), merge (POST)."""
    request.actor.require(SHAPES[kind].edit)
    row = records.find(request.actor, Record(kind, pk))
    other = number(request.POST.get("other") or request.GET.get("other"))
    context: dict[str, Any] = {"row": row, "look": LOOKS[kind], "action": request.path}
    if other is None:
        emails = row.emails.values_list("email", flat=True)
        found = doubles.doubles(
            request.actor,
            kind,
            name=doubles.called(row),
            emails=emails,
            but=pk,
            counts=lambda one: one.kind == kind,
        )
        context["found"] = [_shown(one) for one in found]
        complete = "" if kind == "lead" else reverse(f"{LOOKS[kind].plural}-complete")
        return render(request, "people/merge.html", {**context, "complete": complete})
    if request.method == "POST":
        done = merging.merge(request.actor, kind, pk, other)
        parts.notify(request, _("{name} merged").format(name=done.gone_name))
        return parts.go(request, records.address(row))
    shown = merging.preview(request.actor, kind, pk, other)
    form = LOOKS[kind].form(request.actor).fields
    fills = [
        (form[n].label if n in form else n.replace("_", " ").capitalize(), value)
        for n, value in shown.fills.items()
        if not n.endswith("_id")
    ]
    return render(request, "people/merge.html", {**context, "preview": shown, "fills": fills})


def undo(request: DeskRequest, pk: int) -> HttpResponse:
    """Take a merge apart; both records are there again."""
    if request.method != "POST":
        raise Missing(_("page"))
    row = merging.undo(request.actor, pk)
    parts.notify(request, _("{name} is back").format(name=row.gone_name))
    return parts.go(request, reverse(row.kind, args=[row.gone_id]))
