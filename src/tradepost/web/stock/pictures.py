"""The pictures of an item: shown, added, put first, removed; and their bytes."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.catalog import pictures
from tradepost.catalog.models import Item, ItemPicture
from tradepost.kit.errors import Fault, Missing
from tradepost.web import parts
from tradepost.web.files import SEALED
from tradepost.web.parts import Crumb
from tradepost.web.shell import DeskRequest
from tradepost.web.stock.levels import tabs


def of_item(request: DeskRequest, pk: int) -> HttpResponse:
    """All of an item; POST adds those that are sent as ``files``, each by itself."""
    item = Item.objects.pick(request.actor, pk)
    problems: list[str] = []
    if request.method == "POST":
        request.actor.require(Permission.CATALOG_EDIT)
        given = request.FILES.getlist("files")[: pictures.MOST]
        for one in given:
            try:
                pictures.add_picture(request.actor, pk, one.name or "", one.read(pictures.BYTES + 1))
            except Fault as fault:
                problems.append(f"{one.name}: {fault}")
        if given and not problems:
            parts.notify(request, _("{sku}: pictures added").format(sku=item.sku))
            return parts.go(request, reverse("item-pictures", args=[pk]))
        problems = problems or [_("Choose one picture at least.")]
    context = {
        "item": item,
        "pictures": list(pictures.pictures(request.actor, pk)),
        "problems": problems,
        "may_edit": request.actor.may(Permission.CATALOG_EDIT),
        "tabs": tabs(request.actor, item, "item-pictures"),
        "crumbs": [Crumb(_("Items"), reverse("items")), Crumb(item.sku)],
    }
    return parts.page(request, "stock/pictures.html", context, status=422 if problems else 200)


@require_POST
def change(request: DeskRequest, pk: int, act: str) -> HttpResponse:
    """``first`` lets it stand for the item, ``archive`` takes it off; it is restored from the trash."""
    row = ItemPicture.objects.pick(request.actor, pk)
    if act == "first":
        pictures.make_first(request.actor, pk)
    elif act == "archive":
        pictures.archive_picture(request.actor, row)
        parts.notify(request, _("{name} is in the trash").format(name=row.name))
    else:
        raise Missing(_("page"))
    return parts.go(request, reverse("item-pictures", args=[row.item_id]))


def show(request: DeskRequest, pk: int) -> FileResponse:
    """The bytes, drawn and never run; ``?small=1`` those for lists. They never change, so a browser keeps them."""
    request.actor.require(Permission.CATALOG_VIEW)
    row = ItemPicture.objects.pick(request.actor, pk)
    content, kind = pictures.stream(row, small=bool(request.GET.get("small")))
    response = FileResponse(content, filename=row.name, content_type=kind)
    response["Content-Security-Policy"] = SEALED
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response
