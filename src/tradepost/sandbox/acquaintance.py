"""Leads, opportunities and cases of the three years before: most of them are history, a few were never closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tradepost.accounts.access import Actor
from tradepost.people.models import Case, Lead, Opportunity
from tradepost.people.services import Email, save_case, save_lead, save_opportunity
from tradepost.sandbox import wares, years
from tradepost.sandbox.books import LOST, WON

LEADS, DEALS, CASES = 24, 40, 32
SOURCES = ("web", "phone", "email", "referral", "fair")
PLACES = (
    "Lodge",
    "Bike Works",
    "Garden Centre",
    "Coffee",
    "Rentals",
    "Scout Shop",
    "Guest House",
    "Hardware",
)
WANTS = (
    "Spring range",
    "Gift boxes",
    "Staff jackets",
    "Second shop, first order",
    "Kitchen corner",
    "Camping wall",
    "Blankets with name",
)
TROUBLES = (
    ("Parcel short by one item", "Sent the missing item by post."),
    ("Cracked bowl in the box", "Credited; the packing was changed."),
    ("Wrong colour delivered", "Collected and exchanged."),
    ("Invoice has the wrong PO number", "A corrected copy was sent."),
    ("Delivery came a week late", "Carrier claim opened; freight credited."),
    ("Zip of a sleeping bag fails", "Replaced under warranty."),
)  # fmt: skip


def write(
    actor: Actor, buyers: Sequence[int], members: Sequence[int], now: datetime, *, small: bool = False
) -> None:
    """Write them down by the verbs, and set the days back. ``buyers`` and ``members`` are ids; ``small`` a few of each."""
    chance, part = Random(1851), 8 if small else 1  # noqa: S311 - sample data
    for n in range(LEADS // part):
        _lead(actor, chance, n, members[n % 4], now)
    for _ in range(DEALS // part):
        _deal(actor, chance, chance.choice(buyers), members[chance.randrange(4)], now)
    for _ in range(CASES // part):
        _case(actor, chance, chance.choice(buyers), members[0], now)


def _day(chance: Random, now: datetime) -> datetime:
    return now - timedelta(days=chance.randint(40, years.DAYS), hours=chance.randint(0, 7))


def _lead(actor: Actor, chance: Random, number: int, owner: int, now: datetime) -> None:
    at, first = _day(chance, now), wares.FIRST_NAMES[number % len(wares.FIRST_NAMES)]
    company = f"{wares.FIRST_PARTS[-1 - number % len(wares.FIRST_PARTS)]} {PLACES[number % len(PLACES)]}"
    status = chance.choices(("disqualified", "qualified", "contacted"), (6, 3, 1))[0]
    values = {
        "company": company, "first_name": first, "last_name": chance.choice(wares.LAST_NAMES), "owner_id": owner,
        "source": chance.choice(SOURCES), "status": status,
        "status_reason": "No answer after three calls." if status == "disqualified" else "",
    }  # fmt: skip
    domain = "".join(filter(str.isalpha, company.lower()))
    row = save_lead(actor, values, emails=[Email(f"hello@{domain}.example", "work")])
    Lead.objects.filter(pk=row.pk).update(created_at=at, updated_at=at)


def _deal(actor: Actor, chance: Random, customer: int, owner: int, now: datetime) -> None:
    at, won = _day(chance, now), chance.random() < 0.6
    budget, closed = Decimal(chance.randint(12, 320) * 100), at + timedelta(days=chance.randint(10, 38))
    values: dict[str, Any] = {
        "name": chance.choice(WANTS), "customer_id": customer, "budget": budget, "expected": closed.date(),
        "stage": "won" if won else "lost", "close_reason": chance.choice(WON if won else LOST), "owner_id": owner,
        "currency": "USD", "source": chance.choice(SOURCES),
    }  # fmt: skip
    if won:
        values["revenue"] = budget - budget % 7
    row = save_opportunity(actor, values)
    Opportunity.objects.filter(pk=row.pk).update(created_at=at, updated_at=closed, closed_at=closed)


def _case(actor: Actor, chance: Random, customer: int, assignee: int, now: datetime) -> None:
    at, (subject, resolution) = _day(chance, now), chance.choice(TROUBLES)
    closed = at + timedelta(days=chance.randint(1, 12))
    values = {
        "subject": subject, "customer_id": customer, "priority": chance.choice(("low", "normal", "normal", "high")),
        "status": "closed", "source": chance.choice(("email", "phone", "web")), "resolution": resolution,
        "assignee_id": assignee,
    }  # fmt: skip
    row = save_case(actor, values)
    Case.objects.filter(pk=row.pk).update(created_at=at, updated_at=closed, closed_at=closed)
