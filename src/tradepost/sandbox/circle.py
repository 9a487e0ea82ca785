"""Whom the sample company deals with beside its customers, written down through the verbs that pages and API use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tradepost.accounts.access import Actor
from tradepost.activities.models import ActivityKind
from tradepost.activities.records import Record
from tradepost.activities.services import add_activity
from tradepost.people.services import (
    Email,
    save_case,
    save_contact,
    save_lead,
    save_opportunity,
    save_project,
    save_vendor,
)
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import save_document


@dataclass(frozen=True, slots=True)
class Supplier:
    """A vendor with one contact. ``place`` is street, city, region, postcode, country."""

    name: str
    domain: str
    terms: str
    place: tuple[str, str, str, str, str]
    person: tuple[str, str, str]  # first name, last name, job
    phone: str
    status: str = "active"
    note: str = ""


SUPPLIERS = (
    Supplier(
        "Cascade Canvas Mill",
        "cascadecanvas.example",
        "Net 45",
        ("2110 Loom Street", "Pendleton", "OR", "97801", "US"),
        ("Odette", "Marsh", "Account manager"),
        "+1 541 555 0171",
        note="Makes the Ridgeline tents. Confirms within two days; ships Mondays.",
    ),
    Supplier(
        "Bright Hollow Lighting",
        "brighthollow.example",
        "Net 30",
        ("48 Filament Way", "Boise", "ID", "83702", "US"),
        ("Gus", "Ferreira", "Sales"),
        "+1 208 555 0133",
    ),
    Supplier(
        "Olsson Stål AB",
        "olssonstal.example",
        "Net 60",
        ("Hamngatan 12", "Eskilstuna", "", "632 20", "SE"),
        ("Maja", "Olsson", "Export"),
        "+46 16 555 012",
        note="Skillets and stoves, by container. Order before the 5th for the next boat.",
    ),
    Supplier(
        "Heath & Ewe Woollens",
        "heathewe.example",
        "Net 30",
        ("3 Carding Lane", "Burlington", "VT", "05401", "US"),
        ("Rosalind", "Tate", "Owner"),
        "+1 802 555 0119",
    ),
    Supplier(
        "Kiln Street Pottery",
        "kilnstreet.example",
        "50 % in advance",
        ("77 Kiln Street", "Asheville", "NC", "28801", "US"),
        ("Ambrose", "Keene", "Studio manager"),
        "+1 828 555 0186",
        status="hold",
        note="On hold since the cracked pallet; credit promised.",
    ),
    Supplier(
        "Redwood Box & Board",
        "redwoodbox.example",
        "Net 15",
        ("900 Mill Yard", "Eureka", "CA", "95501", "US"),
        ("Paloma", "Reyes", "Dispatch"),
        "+1 707 555 0148",
    ),
)


@dataclass(frozen=True, slots=True)
class Prospect:
    """A lead. ``person`` is first name, last name, job; ``said`` is what was noted down when it came."""

    company: str
    domain: str
    person: tuple[str, str, str]
    phone: str
    source: str
    status: str
    said: str
    why: str = ""


PROSPECTS = (
    Prospect("Tide & Timber Lodge", "tidetimber.example", ("Noor", "Haddad", "Owner"), "+1 360 555 0164", "fair", "new", "Met at the Portland fair; wants blankets and mugs for 24 rooms."),
    Prospect("Fernwood Scouts", "fernwoodscouts.example", ("Lyle", "Abbott", "Quartermaster"), "+1 971 555 0127", "web", "contacted", "Asked by the web form for 30 tents before July."),
    Prospect("Grindstone Coffee", "grindstone.example", ("Petra", "Novak", "Buyer"), "+1 206 555 0190", "referral", "qualified", "Theo sent them. Enamel mugs with their logo, 500 to begin with."),
    Prospect("Upstream Fly Shop", "upstreamfly.example", ("Desmond", "Pryor", "Owner"), "+1 406 555 0111", "phone", "disqualified", "Wants waders.", "We sell none."),
    Prospect("Mossback Rentals", "mossback.example", ("Ivy", "Calder", "Manager"), "+1 503 555 0189", "email", "new", "Rents camping gear; asks for a price list and terms."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity with the customer at an index. ``days`` until it should close, from today."""

    buyer: int
    name: str
    stage: str
    budget: str
    days: int
    need: str
    reason: str = ""


DEALS = (
    Deal(
        0,
        "Autumn restock",
        "negotiate",
        "18400.00",
        12,
        "Tents and lanterns for three shops before the season.",
    ),
    Deal(1, "Gift sets for the holidays", "propose", "6250.00", 30, "Mugs, blankets and a card in one box."),
    Deal(
        2, "New shop, first order", "qualify", "24000.00", 75, "Opens in spring; wants a full camping wall."
    ),
    Deal(3, "Skillet promotion", "propose", "4100.00", 21, "A price for 200 pieces with display."),
    Deal(0, "Summer pre-order", "won", "31250.00", -20, "Pre-order for June.", "Delivery in two parts"),
    Deal(4, "Staff jackets", "lost", "2900.00", -8, "40 rain jackets with print.", "Print was too dear"),
    Deal(5, "Loyalty blankets", "qualify", "7600.00", 50, "A blanket for every hundredth customer."),
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A case of the customer at an index, due in so many days."""

    buyer: int
    subject: str
    text: str
    priority: str
    status: str
    source: str
    resolution: str = ""
    days: int | None = None


TROUBLES = (
    Trouble(0, "Two lanterns arrived cracked", "Photos came with the mail; box was dented.", "high", "in_progress", "email", days=-1),
    Trouble(1, "Wrong size on 6 fleeces", "M instead of L on the last delivery.", "normal", "open", "phone", days=4),
    Trouble(2, "Invoice shows the old address", "They moved in March.", "low", "resolved", "email", "Address changed; a new copy was sent."),
    Trouble(3, "Stove does not light", "Igniter of one CND stove fails.", "normal", "closed", "web", "Replacement igniter sent."),
)  # fmt: skip
JOBS = (
    (0, "Shop-in-shop, Harbor Street", "active", -14, 28, "12500.00"),
    (1, "Holiday window display", "planned", 20, 40, "1800.00"),
    (4, "Catalogue photos", "completed", -60, -35, "950.00"),
)
ORDERS_OF_A_JOB = 3
PLACE = ("street", "city", "region", "postcode", "country")


def write(
    actor: Actor, members: Sequence[int], buyers: Sequence[int], now: datetime, *, small: bool = False
) -> None:
    """Write everybody down; ``small`` a part of each. ``members`` and ``buyers`` are the ids of our own people and of
    the customers."""
    some = 2 if small else None
    for supplier in SUPPLIERS[:some]:
        _supplier(actor, supplier, members[-1])
    for place, prospect in enumerate(PROSPECTS[:some]):
        _prospect(actor, prospect, members[place % 4])
    for place, deal in enumerate(DEALS[:some]):
        _deal(actor, deal, buyers[deal.buyer], members[place % 4], now)
    for trouble in TROUBLES[:some]:
        _trouble(actor, now, trouble, buyers[trouble.buyer], members[0])
    for buyer, name, status, starts, ends, budget in JOBS[:some]:
        days = {"starts": _day(now, starts), "ends": _day(now, ends)}
        values = {"name": name, "status": status, "budget": Decimal(budget), "owner_id": members[1]}
        job = save_project(actor, {**values, **days, "customer_id": buyers[buyer]})
        orders = Document.objects.of(actor).filter(kind=Kind.ORDER, customer=job.customer)
        for pk in orders.order_by("-date", "-pk").values_list("pk", flat=True)[:ORDERS_OF_A_JOB]:
            save_document(actor, Kind.ORDER, {"project_id": job.pk}, document_id=pk)


def _day(now: datetime, days: int) -> date:
    return (now + timedelta(days=days)).date()


def _prospect(actor: Actor, one: Prospect, owner: int) -> None:
    first, last, job = one.person
    row = save_lead(
        actor,
        {
            "company": one.company,
            "first_name": first,
            "last_name": last,
            "job_title": job,
            "phone": one.phone,
            "website": f"https://www.{one.domain}",
            "source": one.source,
            "status": one.status,
            "status_reason": one.why,
            "owner_id": owner,
        },
        emails=[Email(f"{first.lower()}@{one.domain}", "work")],
    )
    add_activity(actor, ActivityKind.NOTE, Record("lead", row.pk), {"text": one.said})


def _deal(actor: Actor, one: Deal, customer: int, owner: int, now: datetime) -> None:
    row = save_opportunity(
        actor,
        {
            "name": one.name,
            "customer_id": customer,
            "stage": one.stage,
            "budget": Decimal(one.budget),
            "currency": "USD",
            "expected": _day(now, one.days),
            "need": one.need,
            "close_reason": one.reason,
            "owner_id": owner,
        },
    )
    if one.days > 0:
        ahead = {"subject": f"Follow up: {one.name}", "due": now + timedelta(days=one.days // 2)}
        add_activity(actor, ActivityKind.TASK, Record("opportunity", row.pk), ahead)


def _trouble(actor: Actor, now: datetime, one: Trouble, customer: int, assignee: int) -> None:
    save_case(
        actor,
        {
            "subject": one.subject,
            "description": one.text,
            "customer_id": customer,
            "priority": one.priority,
            "status": one.status,
            "source": one.source,
            "resolution": one.resolution,
            "assignee_id": assignee,
            "due": None if one.days is None else _day(now, one.days),
        },
    )


def _supplier(actor: Actor, one: Supplier, owner: int) -> None:
    address = dict(zip(PLACE, one.place, strict=True))
    row = save_vendor(
        actor,
        {
            "name": one.name,
            "phone": one.phone,
            "website": f"https://www.{one.domain}",
            "terms": one.terms,
            "currency": "SEK" if one.place[-1] == "SE" else "USD",
            "account_number": f"MF-{len(one.name) * 37:04}",
            "status": one.status,
            "notes": one.note,
            "owner_id": owner,
        },
        emails=[Email(f"orders@{one.domain}", "orders")],
        addresses=[{**address, "kind": "billing", "primary": True}],
    )
    first, last, job = one.person
    save_contact(
        actor,
        {"first_name": first, "last_name": last, "job_title": job, "phone": one.phone, "owner_id": owner},
        emails=[Email(f"{first.lower()}@{one.domain}", "work")],
        vendor_ids=[row.pk],
    )
