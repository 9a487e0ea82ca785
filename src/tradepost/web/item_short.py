"""The short form of a new item, in the sheet over a document one of whose lines names what nobody knows yet."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog.models import Item, ItemType
from tradepost.catalog.services import save_item
from tradepost.catalog.units import Units
from tradepost.kit.errors import Invalid
from tradepost.web import marks, parts
from tradepost.web.catalog import ItemForm
from tradepost.web.entering import offered
from tradepost.web.offers import offer
from tradepost.web.shell import DeskRequest, Section

FIELDS = ("sku", "name", "type", "unit", "price", "tax_rate")
TYPES = (
    ItemType.STOCK,
    ItemType.NON_STOCK,
    ItemType.SERVICE,
    ItemType.OTHER_CHARGE,
)  # that need nothing more


def enter(request: DeskRequest) -> HttpResponse:
    """The sheet, begun with ``?name=``; what it makes is told to the page as ``made``, as a line takes it; with ``?vendor=`` it is
    bought."""
    request.actor.require(Permission.CATALOG_EDIT)
    form = _form(request.actor, request.POST or None, request.GET.get("name", "").strip())
    if request.method == "POST" and form.is_valid():
        try:
            made = save_item(request.actor, marks.taken(dict(form.cleaned_data)))
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            return parts.close_sheet(_("{sku} saved").format(sku=made.sku), made=_line(request, made))
    context = {"title": _("New item"), "form": form}
    return render(request, "parts/short.html", context, status=422 if form.errors else 200)


def _line(request: DeskRequest, item: Item) -> dict[str, Any]:
    language = request.membership.organisation.locale
    return offered(item, language, Units([item]), bought=bool(request.GET.get("vendor")))


def _form(actor: Actor, data: Any, text: str) -> ItemForm:
    """What was typed is a SKU where it is one word, else a name."""
    known = "name" if " " in text else "sku"
    form = ItemForm(actor, data, initial={known: text}, auto_id="short_%s")
    offer(actor, form, {"unit": ("units",)}, new=True)
    marks.put_on(form, actor, "item")
    marks.least(form, *FIELDS)
    types: Any = form.fields["type"]
    types.choices = [(one.value, one.label) for one in TYPES]
    form.fields["sku" if known == "name" else "name"].widget.attrs["autofocus"] = True
    return form


section = Section(urls=[path("items/new/short/", enter, name="item-short")])
