"""Ref #: how documents of each kind are numbered."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, compared, needs
from tradepost.api.schema import In
from tradepost.kit.errors import Missing
from tradepost.sales import numbers
from tradepost.sales.models import Kind

router = Router(tags=["Company"])


class SeriesOut(Schema):
    """``upcoming`` are the next Ref #s if nothing else happens."""

    kind: Kind
    pattern: str
    next_number: int
    upcoming: list[str]


class SeriesIn(In):
    """``pattern`` has ``{n}`` or ``{n:05}`` once, and ``{yyyy}``, ``{yy}``, ``{mm}`` as you like; it counts anew with each
    year or month that it names. Without ``next_number`` it goes on behind the highest that was given."""

    pattern: Annotated[str, Field(max_length=40)]
    next_number: Annotated[int, Field(ge=1, lt=10**9)] | None = None


def _kind(name: str) -> Kind:
    if name not in list(Kind):
        raise Missing(_("kind “{name}”").format(name=name))
    return Kind(name)


@router.get("numbering", response=list[SeriesOut])
@needs(Permission.SALES_VIEW)
def list_numbering(request: Call) -> list[numbers.Series]:
    """How each kind is numbered, and its next three numbers."""
    return numbers.series(request.actor)


@router.get("numbering/{str:kind}", response=SeriesOut)
@needs(Permission.SALES_VIEW)
def get_numbering(request: Call, kind: str) -> numbers.Series:
    """How a kind is numbered, and its next three numbers."""
    asked = _kind(kind)
    return next(one for one in numbers.series(request.actor) if one.kind == asked)


@router.put("numbering/{str:kind}", response=SeriesOut)
@compared
@needs(Permission.COMPANY_SETTINGS)
def set_numbering(request: Call, kind: str, body: SeriesIn) -> numbers.Series:
    """Change how a kind is numbered. What has a number keeps it; one that would come twice is refused."""
    numbers.set_pattern(request.actor, _kind(kind), body.pattern, body.next_number)
    return get_numbering(request, kind)


@router.post("numbering/{str:kind}/preview", response=SeriesOut)
@needs(Permission.COMPANY_SETTINGS)
def preview_numbering(request: Call, kind: str, body: SeriesIn) -> numbers.Series:
    """The next three numbers as they would be. Nothing is changed."""
    return numbers.tried(request.actor, _kind(kind), body.pattern, body.next_number)
