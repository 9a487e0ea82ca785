"""Exchange rates by currency and day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Query, Router, Schema
from pydantic import Field

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, needs
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Page, Window
from tradepost.sales import currencies
from tradepost.sales.models import ExchangeRate

router = Router(tags=["Company"])


class RateIn(In):
    """What one unit of ``currency`` is in the company's, from ``day`` on until the next."""

    currency: Annotated[str, Field(min_length=3, max_length=3)]
    day: dt.date
    rate: Annotated[Decimal, Field(max_digits=17, decimal_places=8, gt=0)]


class RateOut(Schema):
    id: int
    currency: str
    day: dt.date
    rate: Decimal


@router.get("exchange-rates", response=Page[RateOut])
@needs(Permission.SALES_VIEW)
def list_rates(
    request: Call,
    window: Query[Window],
    currency: str = "",
    sort: Literal["day", "-day", "currency", "-currency"] = "-day",
) -> dict[str, Any]:
    """Exchange rates of all currencies or of one."""
    rows = ExchangeRate.objects.of(request.actor)
    return page(rows.filter(currency=currency) if currency else rows, window, sort)


@router.put("exchange-rates", response=RateOut)
@needs(Permission.INVOICING)
def put_rate(request: Call, body: RateIn) -> ExchangeRate:
    """Enter a rate; it replaces that of the same day. Documents that waited for one get it, others keep theirs."""
    return currencies.save_rate(request.actor, body.currency, body.day, body.rate)


@router.delete("exchange-rates/{int:id}", response={204: None})
@needs(Permission.INVOICING)
def remove_rate(request: Call, id: Id) -> None:
    """Remove a rate. Documents keep the one that they have."""
    currencies.remove_rate(request.actor, id)
