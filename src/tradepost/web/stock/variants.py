"""The variants of a matrix item: which there are, and all that are missing made from its options in one step."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tradepost.accounts.access import Permission
from tradepost.catalog import services
from tradepost.catalog.models import Item, ItemType
from tradepost.catalog.queries import axes
from tradepost.kit.errors import Invalid, Missing
from tradepost.web import columns, parts
from tradepost.web.parts import Crumb
from tradepost.web.shell import DeskRequest
from tradepost.web.stock.levels import tabs


class Variants(tables.Table):
    sku = columns.Title(
        verbose_name=gettext_lazy("SKU"), linkify=lambda record: reverse("item", args=[record.pk])
    )
    options = columns.Plain(verbose_name=gettext_lazy("Options"), place="at-sub", orderable=False)
    price = columns.Price(verbose_name=gettext_lazy("Price"))

    def render_options(self, value: dict[str, str]) -> str:
        return ", ".join(f"{name}: {text}" for name, text in value.items())


def variants(request: DeskRequest, pk: int) -> HttpResponse:
    """The list; POST ``option`` and ``values`` (separated by commas) makes what is missing."""
    posted = request.method == "POST"
    request.actor.require(Permission.CATALOG_EDIT if posted else Permission.CATALOG_VIEW)
    item = Item.objects.pick(request.actor, pk)
    if item.type != ItemType.MATRIX:
        raise Missing(_("page"))
    form = forms.Form(request.POST if posted else None)
    if posted and form.is_valid():
        try:
            made = services.make_variants(request.actor, pk, _options(request.POST))
        except Invalid as fault:
            form.add_error(None, str(fault))
        else:
            _tell(request, len(made))
            return parts.go(request, reverse("item-variants", args=[pk]))
    rows = item.variants.filter(archived_at=None).order_by("sku")
    answer = parts.listing(
        request,
        "stock/variants.html",
        rows=rows,
        table=Variants,
        empty=parts.Empty(
            _("No variants yet"),
            _("Name the options below, such as Size and Colour, and make them all."),
            icon="shapes",
        ),
        context={
            "form": form,
            "item": item,
            "axes": _typed(request.POST) if posted else _held(rows),
            "may_edit": request.actor.may(Permission.CATALOG_EDIT),
            "tabs": tabs(request.actor, item, "item-variants"),
            "crumbs": [Crumb(_("Items"), reverse("items")), Crumb(item.sku)],
        },
    )
    answer.status_code = 422 if form.errors else 200
    return answer


def _tell(request: DeskRequest, made: int) -> None:
    said = ngettext("{n} variant was made", "{n} variants were made", made).format(n=made)
    parts.notify(request, said if made else _("All of these variants were there already"))


def _typed(data: QueryDict) -> list[tuple[str, str]]:
    return list(zip(data.getlist("option"), data.getlist("values"), strict=False))


def _held(rows: Any) -> list[tuple[str, str]]:
    return [(name, ", ".join(values)) for name, values in axes(rows)]


def _options(data: QueryDict) -> dict[str, list[str]]:
    """What was typed; rows without a name and values are left out."""
    rows = [
        (name.strip(), values.split(",")) for name, values in _typed(data) if name.strip() or values.strip()
    ]
    names = [name for name, _values in rows]
    for name in names:
        if names.count(name) > 1:
            raise Invalid(fields={"options": _("The option “{name}” stands there twice.").format(name=name)})
    return dict(rows)
