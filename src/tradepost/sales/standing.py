"""How a customer stands with us, by itself and with its branches: what is owed, overdue and ordered, and what may come."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, Sum, When

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.kit import clock
from tradepost.kit.money import Money
from tradepost.people.changes import CLOSED
from tradepost.people.models import Customer, Opportunity
from tradepost.sales.currencies import rate_on, worth, worth_of
from tradepost.sales.models import Document, Kind
from tradepost.sales.queries import OPEN
from tradepost.sales.settling import CREDITS, OWED

ZERO = Decimal(0)
_UNPAID = Q(kind=Kind.INVOICE, status__in=OWED[Kind.INVOICE])
_CREDIT = Q(kind=Kind.PAYMENT, status__in=CREDITS[Kind.PAYMENT].states) | Q(
    kind=Kind.CREDIT_NOTE, status__in=CREDITS[Kind.CREDIT_NOTE].states
)
_ORDERED = Q(kind=Kind.ORDER, status__in=OPEN[Kind.ORDER])


@dataclass(frozen=True, slots=True)
class Sums:
    """In the company's currency. ``unpaid`` is what the credit limit counts: open invoices, whatever credit there is;
    ``balance`` is that less the credit that is not applied. ``orders`` are open ones at their whole total; ``likely``: open
    opportunities, each by its probability. ``unvalued``: so many are in a currency without a rate and stand in no sum."""

    unpaid: Decimal = ZERO
    overdue: Decimal = ZERO
    balance: Decimal = ZERO
    orders: Decimal = ZERO
    likely: Decimal = ZERO
    unvalued: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """``own`` without and ``whole`` with the ``branches``: so many customers that stand under it, at any remove."""

    currency: str
    branches: int
    own: Sums
    whole: Sums


def group_of(actor: Actor, customer: Customer) -> Group:
    """One query for the documents, one for the opportunities, and one for each generation of branches."""
    actor.require(Permission.SALES_VIEW)
    members = branches(customer)
    house = Organisation.objects.only("currency", "time_zone").get(pk=customer.organisation_id)
    company, day = house.currency, clock.local_date(clock.now(), house.time_zone)
    documents = _documents(customer.pk, members, company, day)
    chances = _chances(actor, [customer.pk, *members], company, day)
    return Group(
        company,
        len(members),
        _with(documents["own"], [likely for who, likely in chances if who == customer.pk], company),
        _with(documents["whole"], [likely for _who, likely in chances], company),
    )


def _chances(actor: Actor, members: list[int], company: str, day: date) -> list[tuple[int, Decimal | None]]:
    """Each open opportunity: whose it is, and what may come of it; None without a rate."""
    rows = Opportunity.objects.of(actor).filter(customer__in=members, trashed_at=None, archived_at=None)
    found = list(
        rows.exclude(stage__in=CLOSED).values_list("customer_id", "budget", "probability", "currency")
    )
    others = {currency for *_rest, currency in found} - {"", company}
    rates = {one: rate_on(actor.organisation_id, one, day) for one in others}
    return [
        (who, None if value is None else value * probability / 100)
        for who, budget, probability, currency in found
        for value in [worth(budget or ZERO, currency or company, rates.get(currency), company)]
    ]


def branches(customer: Customer) -> list[int]:
    """The ids of those that stand under a customer, at any remove; each once, also where somebody's table has a circle."""
    found: set[int] = set()
    fresh = {customer.pk}
    while fresh:
        rows = Customer.objects.filter(parent__in=fresh, trashed_at=None).values_list("pk", flat=True)
        fresh = set(rows) - found - {customer.pk}
        found |= fresh
    return sorted(found)


def _documents(
    customer_id: int, members: Collection[int], company: str, day: date
) -> dict[str, dict[str, Any]]:
    """Every sum of all members and of the one itself, in one pass over what is open."""
    sums: dict[str, Any] = {}
    for name, whose in (("whole", Q()), ("own", Q(customer_id=customer_id))):
        sums |= {
            f"{name}_unpaid": Sum("worth", filter=whose & _UNPAID),
            f"{name}_overdue": Sum("worth", filter=whose & _UNPAID & Q(due__lt=day)),
            f"{name}_credit": Sum("worth", filter=whose & _CREDIT),
            f"{name}_orders": Sum("worth", filter=whose & _ORDERED),
            f"{name}_unvalued": Count("pk", filter=whose & Q(worth=None)),
        }
    rest = Case(When(_ORDERED, then=F("total")), default=F("total") - F("applied"))
    rows = Document.objects.filter(_UNPAID | _CREDIT | _ORDERED, customer__in=[customer_id, *members])
    found = rows.annotate(rest=rest).annotate(worth=worth_of("rest", company)).aggregate(**sums)
    return {
        name: {key.partition("_")[2]: value or 0 for key, value in found.items() if key.startswith(name)}
        for name in ("own", "whole")
    }


def _with(found: dict[str, Any], chances: list[Decimal | None], company: str) -> Sums:
    known = [likely for likely in chances if likely is not None]
    return Sums(
        unpaid=Decimal(found["unpaid"]),
        overdue=Decimal(found["overdue"]),
        balance=Decimal(found["unpaid"]) - Decimal(found["credit"]),
        orders=Decimal(found["orders"]),
        likely=Money(sum(known, ZERO), company).round().amount,
        unvalued=found["unvalued"] + len(chances) - len(known),
    )
