"""The page of a record: its facts, what belongs to it, its timeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.records import Record
from tradepost.kit import links
from tradepost.kit.errors import Invalid, Missing
from tradepost.people import main_contact, merging, services
from tradepost.people.kinds import SHAPES
from tradepost.web import activities, marks, parts, records
from tradepost.web.inline import Inline, inline
from tradepost.web.numbers import number
from tradepost.web.parts import Crumb, Tab, Undo
from tradepost.web.people.forms import RecordForm
from tradepost.web.people.look import Look, Pane
from tradepost.web.people.looks import LOOKS
from tradepost.web.shell import DeskRequest
from tradepost.web.templatetags.ui import money

SHOWN = 50  # rows of a pane at first, and with each “Show more”
MOST_SHOWN = 1_000


def find(actor: Actor, kind: str, pk: int) -> Any:
    return records.find(actor, Record(kind, pk))


def archive(request: DeskRequest, kind: str, pk: int) -> HttpResponse:
    """Put one away, or into the trash with ``?to=trash``, with Undo; ``?undo=1`` takes it back. ``?in=form``: from a form that it
    was refused on."""
    if request.method != "POST":
        raise Missing(_("page"))
    row, undo, trash, form = (
        find(request.actor, kind, pk),
        bool(request.GET.get("undo")),
        request.GET.get("to") == "trash",
        request.GET.get("in") == "form",
    )
    (services.trash if trash else services.archive)(request.actor, row, undo=undo)
    said = _("{name} is back") if undo else _("{name} is in the trash") if trash else _("{name} archived")
    context = {"row": find(request.actor, kind, pk), **_shelves(request.actor, kind, pk)}
    response = parts.page(request, "people/restore.html" if form else "people/archive.html", context)
    query = [
        *(["to=trash"] if trash else []), *(["in=form"] if form else []), *([] if undo else ["undo=1"])
    ]  # fmt: skip
    if form and undo:
        parts.trigger(response, restored={"field": f"{kind}_id"})
    back = f"{context['archive_url']}?{'&'.join(query)}"
    return parts.toast(response, said.format(name=row), Undo(back, {}, "#archive"))


def _shelves(actor: Actor, kind: str, pk: int) -> dict[str, Any]:
    mergeable = kind in merging.KINDS
    person = kind == "contact" and actor.may(Permission.COMPANY_SETTINGS)
    return {
        "archive_url": reverse(f"{kind}-archive", args=[pk]),
        "mergeable": mergeable,
        "merge_url": reverse(f"{kind}-merge", args=[pk]) if mergeable else "",
        "kept_url": reverse("person", args=[pk]) if person else "",
    }


def choose_main(request: DeskRequest, kind: str, pk: int) -> HttpResponse:
    """POST ``contact``: whom one turns to at a customer or vendor, with Undo; empty is nobody."""
    if request.method != "POST" or kind not in ("customer", "vendor"):
        raise Missing(_("page"))
    was = main_contact.main(find(request.actor, kind, pk))
    row = main_contact.choose(request.actor, kind, pk, number(request.POST.get("contact")))
    now = main_contact.main(row)
    said = _("{name} is the main contact").format(name=now) if now else _("No main contact")
    undo = Undo(reverse("main-contact", args=[kind, pk]), {"contact": str(was.pk) if was else ""})
    return parts.toast(parts.trigger(HttpResponse(status=204), people_changed={}), said, undo)


def show(request: DeskRequest, kind: str, pk: int) -> HttpResponse:
    """The page of a record, its tab at ``?tab=``."""
    look, record = LOOKS[kind], Record(kind, pk)
    row = records.find(request.actor, record)
    if page := activities.older(request, record):
        return page
    tab = request.GET.get("tab", "details")
    panes = {pane.key: pane for pane in look.panes if request.actor.may(pane.permission)}
    context: dict[str, Any] = {
        "row": row,
        "look": look,
        "kind": kind,
        "tab": tab,
        "tabs": _tabs(request, row, record, list(panes.values())),
        "may_edit": request.actor.may(look.edit),
    }
    if tab in ("history", "open"):
        context |= activities.timeline(request, record, tab, context["tabs"])
    elif pane := panes.get(tab):
        context |= _pane(request, pane, row)
    else:
        context |= _details(request, row, look)
    if request.headers.get("HX-Request-Type") != "partial":
        context |= _around(request, row, look)
    return parts.page(request, "people/page.html", context, part="tabs")


def _tabs(request: DeskRequest, row: Any, record: Record, panes: list[Pane]) -> list[Tab]:
    more = [(pane.key, pane.label, pane.rows(request.actor, row)) for pane in panes]
    return activities.tabs(request, record, more)


def _pane(request: DeskRequest, pane: Pane, row: Any) -> dict[str, Any]:
    """The first rows of a pane, as many as ``?shown=`` says, and how many "Show more" asks for, if there are more."""
    asked = number(request.GET.get("shown"))
    shown = SHOWN if asked is None else min(asked, MOST_SHOWN)
    rows = list(pane.rows(request.actor, row)[: shown + 1])
    more = shown + SHOWN if len(rows) > shown and shown < MOST_SHOWN else 0
    return {"pane": pane, "rows": [pane.shown(one) for one in rows[:shown]], "more": more}


def _details(request: DeskRequest, row: Any, look: Look) -> dict[str, Any]:
    lists = set(look.lists)
    linked = [(label, one, records.address(one)) for label, rows in look.links.items() for one in rows(row)]
    return {
        "fields": [build(row) for build in inlines(request.actor, row, look).values()],
        "marks": marks.facts(request.actor, row),
        "emails": row.emails.order_by("-primary", "id") if "emails" in lists else [],
        "phones": row.phones.order_by("id") if "phones" in lists else [],
        "addresses": row.addresses.order_by("-primary", "id") if "addresses" in lists else [],
        "linked": linked,
        "group": look.group(request.actor, row) if look.group else None,
    }


def _around(request: DeskRequest, row: Any, look: Look) -> dict[str, Any]:
    may_edit, company = request.actor.may(look.edit), request.membership.organisation.currency
    return {
        "crumbs": [Crumb(look.title, reverse(look.plural)), Crumb(str(row))],
        "sub": look.sub(row),
        "edit_url": reverse(f"{look.kind}-edit", args=[row.pk]) if may_edit else "",
        **_shelves(request.actor, look.kind, row.pk),
        "merges": merging.merges(request.actor, look.kind, row.pk),
        "may_send": request.actor.may(Permission.MAIL_SEND),
        "may_edit": may_edit,
        "acts": [
            (act, act.url(row)) for act in look.acts if request.actor.may(act.permission) and act.when(row)
        ],
        "state": getattr(row, look.state, ""),
        "state_label": getattr(row, f"get_{look.state}_display", str)(),
        "record": records.key(Record(look.kind, row.pk)),
        "account": look.figures(request.actor, row, company) if look.figures else None,
    }


# -- facts, edited in place ------------------------------------------------------------------------------------------


def inlines(actor: Actor, row: Any, look: Look) -> dict[str, Callable[[Any], Inline]]:
    """The facts of a record by name, each as a builder of its inline field."""
    form = look.form(actor, initial={name: getattr(row, name) for name in look.facts})
    shape = SHAPES[look.kind]

    def builder(name: str) -> Callable[[Any], Inline]:
        url = reverse(f"{look.kind}-field", args=[row.pk, name])
        may = actor.may(shape.edit) and actor.may(shape.guarded.get(name, shape.edit))
        return lambda held: _inline(form, name, held, url, may)

    return {name: builder(name) for name in look.facts}


def _inline(form: RecordForm, name: str, row: Any, url: str, editable: bool) -> Inline:
    field, value = form.fields[name], getattr(row, name)
    choices: Any = [(str(k), label) for k, label in getattr(field, "choices", ())]
    shape = getattr(field.widget, "input_type", "text")
    if isinstance(field.widget, forms.Textarea):
        shape = "textarea"
    shown = "" if value is None else str(field.prepare_value(value))
    offers = getattr(field.widget, "names", ())
    return Inline(
        name,
        str(field.label),
        shown,
        url,
        _read(value, getattr(row, "currency", "")),
        kind=shape,
        choices=choices,
        editable=editable,
        row=row,
        link=_LINKS[name](shown) if name in _LINKS else "",
        offers=offers,
    )


_LINKS = {"website": links.website, "phone": links.phone}


def _read(value: Any, currency: str) -> str:
    """A day and an amount as people read them; anything else is read as it is edited."""
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    return money(value, currency) if isinstance(value, Decimal) else ""


def field(request: DeskRequest, kind: str, pk: int, name: str) -> HttpResponse:
    """One fact: show, edit, save with Undo."""
    look = LOOKS[kind]
    row = find(request.actor, kind, pk)
    builders = inlines(request.actor, row, look)
    if name not in builders:
        raise Missing(_("field “{name}”").format(name=name))

    def save(typed: str, version: int | None) -> None:
        try:
            value = look.form(request.actor, initial={name: typed}).fields[name].clean(typed)
        except ValidationError as error:
            raise Invalid(fields={name: " ".join(error.messages)}) from None
        services.save(request.actor, kind, {name: value}, pk=pk, version=version)

    return inline(request, lambda: builders[name](find(request.actor, kind, pk)), save)
