"""The tree of categories."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router, Schema

from tradepost.accounts.access import Permission
from tradepost.api.away import away
from tradepost.api.call import Call, expected_version, needs, tagged
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Named, Page, Window
from tradepost.catalog import categories
from tradepost.catalog.models import Category

router = Router(tags=["Items"])


class CategoryIn(In):
    """``parent_id`` is the category that it stands in, null the top of the tree."""

    name: str = ""
    parent_id: Id | None = None


class CategoryOut(Schema):
    id: int
    name: str
    parent_id: int | None
    archived_at: datetime | None
    version: int


@router.get("categories", response=Page[CategoryOut])
@needs(Permission.CATALOG_VIEW)
def list_categories(
    request: Call, window: Query[Window], archived: bool = False, sort: Named = "name"
) -> dict[str, Any]:
    """The categories in use, or with ``archived`` the others. Each names the one that it stands in."""
    rows = Category.objects.of(request.actor).filter(archived_at__isnull=not archived)
    return page(rows, window, sort)


@router.post("categories", response={201: CategoryOut})
@needs(Permission.CATALOG_EDIT)
def create_category(request: Call, body: CategoryIn, response: HttpResponse) -> Category:
    """Create a category."""
    row = categories.save_category(request.actor, body.given())
    tagged(response, row)
    return row


@router.patch("categories/{int:id}", response=CategoryOut)
@needs(Permission.CATALOG_EDIT)
def change_category(request: Call, id: Id, body: CategoryIn, response: HttpResponse) -> Category:
    """Rename a category or move it, with all that is in it."""
    version = expected_version(request)
    row = categories.save_category(request.actor, body.given(), category_id=id, version=version)
    tagged(response, row)
    return row


away(
    router,
    "categories",
    "category",
    CategoryOut,
    Permission.CATALOG_EDIT,
    lambda actor, pk, undo: categories.archive_category(actor, pk, undo=undo),
    told=(
        "Put a category away: it is chosen no more, items keep it. One that holds categories in use is refused.",
        "Take an archived category back, after the one that it stands in.",
    ),
)
