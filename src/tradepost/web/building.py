"""What an order lacks, from its page: built here, or bought for drop shipment; and assemblies that the reorder page
proposes."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Actor, Permission
from tradepost.kit.errors import Fault
from tradepost.kit.figures import parse_number
from tradepost.sales import assembling, buying, queries
from tradepost.sales.models import Document, Kind
from tradepost.web import parts, records
from tradepost.web.numbers import numbers
from tradepost.web.shell import DeskRequest, Section
from tradepost.web.templatetags.ui import figure


def offered(actor: Actor, row: Document) -> bool:
    """Whether the page of a document offers to build."""
    return actor.may(Permission.STOCK_MOVE) and bool(assembling.lacking(actor, row))


def dropping(actor: Actor, row: Document, may_buy: bool) -> dict[str, bool]:
    """Whether the page of an order offers to buy for drop shipment, and to take that back."""
    bought = row.kind == Kind.ORDER and actor.may(Permission.PURCHASING) and bool(buying.bought(row))
    return {"droppable": may_buy and bool(buying.to_buy(row)), "dropped": bought}


def lacking(request: DeskRequest, pk: int) -> HttpResponse:
    """The sheet of the assemblies that an order lacks and how many can be built; POST builds them."""
    request.actor.require(Permission.STOCK_MOVE)
    row = queries.documents(request.actor, Kind.ORDER).pick(request.actor, pk)
    problem = ""
    if request.method == "POST":
        try:
            done = assembling.build_lacking(request.actor, pk)
        except Fault as fault:
            problem = str(fault)
        else:
            built = ", ".join(f"{figure(one.now)} {one.item.sku}" for one in done)
            parts.notify(request, _("Built: {what}").format(what=built))
            return parts.go(request, records.address(row))
    context = {"document": row, "lacking": assembling.lacking(request.actor, row), "problem": problem}
    return render(request, "sales/build.html", context, status=422 if problem else 200)


@require_POST
def proposed(request: DeskRequest) -> HttpResponse:
    """The chosen assemblies of the reorder page (``line`` is ``item-location``), each as many as ``build-…`` says."""
    wanted, language = [], request.membership.organisation.locale
    for key in request.POST.getlist("assembly"):
        named = numbers(key.split("-"))
        quantity = parse_number(request.POST.get(f"build-{key}") or "0", language)
        if len(named) == 2 and quantity > Decimal(0):
            wanted.append((named[0], named[1], quantity))
    assembling.build_and_hand_out(request.actor, wanted)
    parts.notify(request, _("Built: {what}").format(what=len(wanted)))
    return parts.go(request, reverse("reorder"))


@require_POST
def buy_dropped(request: DeskRequest, pk: int) -> HttpResponse:
    """Purchase orders for all drop-ship lines of an order, each at its item's preferred vendor."""
    done = buying.buy_dropped(request.actor, pk)
    said = _("Made as drafts: {numbers}").format(numbers=", ".join(row.number for row in done.orders))
    if done.without_vendor:
        said += " · " + _("without a vendor: {items}").format(items=", ".join(done.without_vendor))
    parts.notify(request, said)
    return parts.go(request, records.address(Document.objects.pick(request.actor, pk)))


@require_POST
def unbuy_dropped(request: DeskRequest, pk: int) -> HttpResponse:
    """Cancel them again."""
    gone = buying.take_back(request.actor, pk)
    said = _("Cancelled: {numbers}").format(numbers=", ".join(row.number for row in gone))
    parts.notify(request, said)
    return parts.go(request, records.address(Document.objects.pick(request.actor, pk)))


section = Section(
    urls=[
        path("orders/<int:pk>/build/", lacking, name="order-build"),
        path("orders/<int:pk>/buy/", buy_dropped, name="order-buy"),
        path("orders/<int:pk>/buy/undo/", unbuy_dropped, name="order-unbuy"),
        path("reorder/build/", proposed, name="reorder-build"),
    ]
)
