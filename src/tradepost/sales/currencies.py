"""Dated exchange rates: what a document is in the company's currency, and what is gained or lost when it is paid at
another rate. A rate that is not known is said so; it is never taken as one."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    Count,
    DecimalField,
    ExpressionWrapper,
    F,
    OrderBy,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Round
from django.utils.translation import gettext as _

from tradepost.accounts import audit, services
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.kit.errors import Fault, Invalid
from tradepost.kit.money import Money, exponent, from_minor, round_ratio, to_minor
from tradepost.sales.models import AT_ITS_RATE, Application, Document, ExchangeRate

MOST_ROWS = 5000


def install() -> None:
    """What is counted in a company's currency keeps it (see ``accounts.services.update_company``)."""
    services.BOUND.append(
        lambda organisation_id: any(
            rows.filter(organisation_id=organisation_id).exists()
            for rows in (Document.everything, ExchangeRate.objects)
        )
    )


# --- pure -----------------------------------------------------------------------------------------------------------


def worth(amount: Decimal, currency: str, rate: Decimal | None, company: str) -> Decimal | None:
    """An amount in the company's currency, to its smallest unit; None without a rate."""
    if currency == company:
        return amount
    return Money(amount, currency).convert(rate, company).amount if rate else None


_RATE = DecimalField(max_digits=18, decimal_places=8)
_WORTH = DecimalField(max_digits=24, decimal_places=4)


def worth_of(name: str, company: str, path: str = "") -> Any:
    """:func:`worth` as the database computes it of the column ``name``, whose currency and rate are at ``path``: each row
    is rounded by itself, so that sums are sums of what documents show; null without a rate."""
    rate: Any = Case(
        When(**{f"{path}currency": company}, then=Value(1)),
        default=F(f"{path}exchange_rate"),
        output_field=_RATE,
    )
    return Round(F(name) * rate, precision=exponent(company), output_field=_WORTH)


@dataclass(frozen=True, slots=True)
class Summed:
    """Documents in the company's currency: so many, of which ``unvalued`` wait for a rate and stand in no ``total``."""

    count: int
    unvalued: int
    total: Decimal


def summed(rows: QuerySet[Document], company: str) -> Summed:
    """What documents come to, each rounded by itself."""
    worth = worth_of("total", company)
    found = rows.order_by().aggregate(count=Count("pk"), valued=Count(worth), total=Sum(worth))
    return Summed(found["count"], found["count"] - found["valued"], found["total"] or Decimal(0))


BY_RATE = ExpressionWrapper(AT_ITS_RATE, output_field=DecimalField(max_digits=38, decimal_places=12))
"""What a document is in the company's currency to the last digit, by which an index compares; it says nothing of what is
:func:`unrated`."""


def unrated(company: str) -> Q:
    """Documents that have no amount in the company's currency."""
    return ~Q(currency=company) & Q(exchange_rate=None)


def by_worth(rows: QuerySet[Document], company: str, *, down: bool, unvalued: bool) -> QuerySet[Document]:
    """Documents by what they are in the company's currency. Where some are ``unvalued``, they stand last, and no index helps."""
    key = worth_of("total", company) if unvalued else BY_RATE
    return rows.order_by(OrderBy(key, descending=down, nulls_last=True if unvalued else None))


def share(total: Decimal, value: Decimal, company: str, applied: Decimal, counted: Decimal) -> Decimal:
    """What ``applied`` of a document of ``total``, which is ``value`` in the company's currency, adds to the ``counted`` that
    earlier payments took. All of it comes to ``value`` to the cent, in whatever parts it is paid."""
    numerator, denominator = (applied / total).as_integer_ratio()
    units = round_ratio(to_minor(value, company) * numerator, denominator)
    return from_minor(units, company) - counted


# --- rates ----------------------------------------------------------------------------------------------------------


def company_currency(organisation_id: int) -> str:
    return Organisation.objects.values_list("currency", flat=True).get(pk=organisation_id)


def rate_on(organisation_id: int, currency: str, day: date) -> Decimal | None:
    """The rate of the day, or of the last day before it that has one."""
    rows = ExchangeRate.objects.filter(organisation_id=organisation_id, currency=currency, day__lte=day)
    return rows.order_by("-day").values_list("rate", flat=True).first()


def put_rate(row: Document, values: Mapping[str, Any], old: Document | None) -> None:
    """Put the rate of its day on a document whose ``values`` were just set; one that was typed stays until the currency
    changes."""
    company = company_currency(row.organisation_id)
    if row.currency == company:
        row.exchange_rate, row.rate_by_hand = None, False
    elif values.get("exchange_rate") is not None:
        row.exchange_rate, row.rate_by_hand = _checked(values["exchange_rate"]), True
    else:
        moved = old is None or (old.date, old.currency) != (row.date, row.currency)
        kept = row.rate_by_hand and old is not None and old.currency == row.currency
        if "exchange_rate" in values or (moved and not kept) or (row.exchange_rate is None):
            day = row.date if isinstance(row.date, date) else date.fromisoformat(row.date)
            row.exchange_rate = rate_on(row.organisation_id, row.currency, day)
            row.rate_by_hand = False


def _checked(rate: object) -> Decimal:
    if not (isinstance(rate, Decimal) and rate.is_finite() and 0 < rate < 10**9 and rate == round(rate, 8)):
        sentence = _("A rate is a number above zero with at most eight decimals.")
        raise Invalid(fields={"exchange_rate": sentence, "rate": sentence})
    return rate


def missing(row: Document, company: str) -> str:
    """Why a document has no amount in the ``company``'s currency, and what to do; empty if it has."""
    if row.exchange_rate or row.currency == company:
        return ""
    return _("No rate of {currency} is known on {day} or before. Enter one under Exchange rates.").format(
        currency=row.currency, day=row.date
    )


def save_rate(actor: Actor, currency: str, day: date, rate: Decimal) -> ExchangeRate:
    """Write down what one unit of a currency is in the company's, from a day on. Documents that had no rate get it; those
    that have one keep it."""
    actor.require(Permission.INVOICING)
    currency, company = currency.strip().upper(), company_currency(actor.organisation_id)
    exponent(currency)
    if currency == company:
        raise Invalid(fields={"currency": _("{currency} is your own currency.").format(currency=currency)})
    with transaction.atomic():
        found = ExchangeRate.objects.of(actor).filter(currency=currency, day=day)
        held = found.select_for_update().first()
        before = audit.snapshot(held) if held else {}
        row, _made = ExchangeRate.objects.update_or_create(
            organisation_id=actor.organisation_id,
            currency=currency,
            day=day,
            defaults={"rate": _checked(rate)},
        )
        audit.record(actor, "exchange_rate.save", row, before)
        _fill_in(actor, row)
    return row


def _fill_in(actor: Actor, rate: ExchangeRate) -> None:
    """Give the rate to documents that wait for one, and value what was paid of them."""
    waiting = Document.objects.of(actor).filter(
        currency=rate.currency, exchange_rate=None, date__gte=rate.day
    )
    following = ExchangeRate.objects.of(actor).filter(currency=rate.currency, day__gt=rate.day)
    if next_day := following.order_by("day").values_list("day", flat=True).first():
        waiting = waiting.filter(date__lt=next_day)
    waiting.update(exchange_rate=rate.rate)
    rows = Application.objects.of(actor).filter(payment__currency=rate.currency, paid_value=None)
    for one in rows.select_related("payment", "document").order_by("pk"):
        value_application(one, one.amount)


def remove_rate(actor: Actor, pk: int) -> None:
    """Documents keep the rate that they have."""
    actor.require(Permission.INVOICING)
    with transaction.atomic():
        row = ExchangeRate.objects.pick_for_change(actor, pk)
        audit.record(actor, "exchange_rate.delete", row, audit.snapshot(row), {})
        row.delete()


def take_rates(actor: Actor, text: str) -> tuple[int, list[str]]:
    """Rates as CSV: currency, day, rate in a line, separated by comma, semicolon or tab. Returns how many were kept, and a
    sentence for each line that was not; one that is wrong never stops the rest."""
    actor.require(Permission.INVOICING)
    first = text.lstrip("\ufeff").splitlines()[:1]
    mark = next((m for m in ("\t", ";") if first and m in first[0]), ",")
    kept, wrong = 0, []
    for n, cells in enumerate(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=mark), 1):
        if n > MOST_ROWS:
            wrong.append(_("Only the first {n} lines were read.").format(n=MOST_ROWS))
            break
        if not any(cell.strip() for cell in cells) or (
            n == 1 and not any(c.isdigit() for c in "".join(cells))
        ):
            continue
        try:
            currency, day, rate = (cell.strip() for cell in cells)
            save_rate(actor, currency, date.fromisoformat(day), Decimal(rate.replace(",", ".")))
            kept += 1
        except (ValueError, InvalidOperation):
            wrong.append(
                _("Line {n}: write currency, day and rate, such as EUR,2026-11-28,1.0825.").format(n=n)
            )
        except Fault as fault:
            wrong.append(_("Line {n}: {why}").format(n=n, why=fault))
    return kept, wrong


# --- what is paid at another rate -----------------------------------------------------------------------------------


def value_application(one: Application, amount: Decimal) -> None:
    """Keep what ``amount`` more of a payment and of what it settles are in the company's currency, once both rates are
    known. ``one.amount`` has it already."""
    company = company_currency(one.organisation_id)
    if one.payment.currency == company or not (one.payment.exchange_rate and one.document.exchange_rate):
        return
    before = one.amount - amount if one.paid_value is not None else Decimal(0)
    paid, owed = one.paid_value or Decimal(0), one.owed_value or Decimal(0)
    others = Application.objects.exclude(pk=one.pk).filter(paid_value__isnull=False)
    more = one.amount - before
    one.paid_value = paid + _more(one.payment, others.filter(payment=one.payment), "paid", before, paid, more)
    one.owed_value = owed + _more(
        one.document, others.filter(document=one.document), "owed", before, owed, more
    )
    one.save(update_fields=["paid_value", "owed_value"])


def _more(
    row: Document, others: QuerySet[Application], side: str, before: Decimal, counted: Decimal, more: Decimal
) -> Decimal:
    """What ``more`` of a document adds, behind the ``others`` and what this one had ``before``."""
    company = company_currency(row.organisation_id)
    value = worth(row.total, row.currency, row.exchange_rate, company) or Decimal(0)
    for amount, its in others.values_list("amount", f"{side}_value"):
        before, counted = before + amount, counted + its
    return share(row.total, value, company, before + more, counted)


def gain(one: Application) -> Decimal | None:
    """What was gained (below zero: lost) by paying at another rate, in the company's currency."""
    if one.paid_value is None or one.owed_value is None:
        return None
    return one.paid_value - one.owed_value if one.payment.customer_id else one.owed_value - one.paid_value
