"""What happened with an item and what is planned for it: the same two tabs as on any record."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from tradepost.accounts.access import Permission
from tradepost.activities.records import Record
from tradepost.web import activities, parts, records
from tradepost.web.parts import Crumb
from tradepost.web.shell import DeskRequest, Section
from tradepost.web.stock.levels import tabs


def show(request: DeskRequest, pk: int) -> HttpResponse:
    """Activity History of an item, or at ``?tab=open`` its Open Activities."""
    request.actor.require(Permission.ACTIVITIES_VIEW)
    record = Record("item", pk)
    row = records.find(request.actor, record)
    if page := activities.older(request, record):
        return page
    tab = "open" if request.GET.get("tab") == "open" else "history"
    both = activities.tabs(request, record)[1:]
    context = {
        "row": row,
        "tab": tab,
        "pages": tabs(request.actor, row, "item-activities"),
        "tabs": both,
        "crumbs": [Crumb(_("Items"), reverse("items")), Crumb(row.sku)],
        **activities.timeline(request, record, tab, both),
    }
    return parts.page(request, "catalog/activities.html", context, part="tabs")


section = Section(urls=[path("items/<int:pk>/activities/", show, name="item-activities")])
