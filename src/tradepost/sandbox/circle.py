"""Whom the sample company deals with beside its customers, written down through the verbs that pages and API use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tradepost.accounts.access import Actor
from tradepost.people.services import Email, save_contact, save_vendor


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
PLACE = ("street", "city", "region", "postcode", "country")


def write(actor: Actor, members: Sequence[int], now: datetime, *, small: bool = False) -> None:
    """Write everybody down; ``small`` a part of each. ``members`` are the ids of our own people."""
    for supplier in SUPPLIERS[:2] if small else SUPPLIERS:
        _supplier(actor, supplier, members[-1])


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
