"""Writes the sample company down through the verbs that pages and API use, and opens its mailboxes in the sandbox."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from tradepost.accounts import settings
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.services import accept_invitation, invite, register_company
from tradepost.activities.history import PastActivity, PastMessage, bring_activities
from tradepost.activities.models import ActivityKind, ActivityStatus
from tradepost.activities.records import Record
from tradepost.activities.services import File
from tradepost.catalog.categories import save_category
from tradepost.catalog.services import save_item
from tradepost.kit import clock
from tradepost.mail.access import grant
from tradepost.mail.accounts import save_account
from tradepost.mail.preferences import ACTIVE, INTERNAL_DOMAINS
from tradepost.people.services import Email, save_contact, save_customer
from tradepost.sales.history import Past, bring_documents
from tradepost.sales.models import Application, Document, Kind
from tradepost.sales.paying import keep_all
from tradepost.sales.services import LineDraft
from tradepost.sandbox import acquaintance, agreed, books, circle, diary, trading, years
from tradepost.sandbox import company as sample
from tradepost.sandbox.accounts import Account, Directory
from tradepost.sandbox.company import Buyer, Company, Happening, Letter, Paper, Person
from tradepost.sandbox.paper import pdf
from tradepost.sandbox.wares import CATEGORIES

TIME_ZONE = "America/Los_Angeles"
MAIL_PASSWORD = "sandbox"  # noqa: S105 - of every mailbox there; it opens nothing else


@dataclass(frozen=True, slots=True)
class Written:
    """Ids of what was written, in the order of the sample's own lists; contacts by buyer."""

    members: tuple[int, ...]
    wares: tuple[int, ...]
    buyers: tuple[int, ...]
    people: tuple[tuple[int, ...], ...]


def fill(
    *,
    login: str = sample.MEMBERS[0].email,
    password: str,
    small: bool = False,
    history: bool = False,
    world: Mapping[str, Any] | None = None,
) -> Actor:
    """Register the sample company and fill it; the actor is its Master Admin, who signs in as ``login``.

    ``world`` is what the sandbox announced (by default ``TRADEPOST_SANDBOX``); without one no mailbox is connected.
    ``history``: with the three years before it (``years``), 10,000 orders in all.

    All members share the password. Everything is written, or nothing; the calendar server, if there is one, is filled
    and connected afterwards.
    """
    announced = world if world is not None else json.loads(os.environ.get("TRADEPOST_SANDBOX", "{}"))
    company = sample.company(small=small)
    now = clock.now().astimezone(ZoneInfo(TIME_ZONE))  # its days are those that the company's people have
    before = years.papers(company, now.date(), small=small) if history else ()
    company = replace(company, papers=tuple(sorted((*before, *company.papers), key=lambda one: -one.age)))
    with transaction.atomic():
        actor = register_company(
            company=sample.NAME,
            name=sample.MEMBERS[0].name,
            email=login,
            password=password,
            time_zone=TIME_ZONE,
            currency="USD",
        )
        written = _basics(actor, company, password)
        rates = books.open_books(actor, now.date())
        past = (_past(company, written, paper, now, rates) for paper in company.papers)
        documents = bring_documents(actor, past)
        books.link_quotes(company.papers, documents)
        bring_activities(actor, _happenings(company, written, documents, now))
        diary.look_back(actor, written.members, now)
        circle.write(actor, written.members, written.buyers, now, small=small)
        if history:
            acquaintance.write(actor, written.buyers, written.members, now, small=small)
        trading.play(actor, company.papers, documents, now)
        agreed.write(actor, written.buyers)
        keep_all(Document.objects.of(actor), Application.objects.of(actor))
        if announced:
            _open_mailboxes(actor, company, login, announced)
    if "dav_url" in announced:
        diary.open_calendar(actor, login, MAIL_PASSWORD, announced, company.buyers[0].people[0])
    return actor


# -- people and goods --------------------------------------------------------------------------------------------


def _categories(actor: Actor) -> dict[str, int]:
    """The category of each prefix of SKUs, by id."""
    tops = {
        name: save_category(actor, {"name": name}).pk for name in dict.fromkeys(top for top, _ in CATEGORIES)
    }
    found: dict[str, int] = {}
    for (top, name), prefixes in CATEGORIES.items():
        row = save_category(actor, {"name": name, "parent_id": tops[top]})
        found |= dict.fromkeys(prefixes, row.pk)
    return found


def _basics(actor: Actor, company: Company, password: str) -> Written:
    members = [actor.user_id or 0, *(_join(actor, member, password) for member in company.members[1:])]
    categories = _categories(actor)
    wares = [
        save_item(
            actor,
            {"sku": w.sku, "name": w.name, "type": w.type, "unit": w.unit, "price": w.price}
            | {"category_id": categories.get(w.sku.partition("-")[0])},
        ).pk
        for w in company.wares
    ]
    buyers = [_buyer(actor, buyer, members[buyer.owner]) for buyer in company.buyers]
    people = [
        tuple(_person(actor, person, customer, members[buyer.owner]) for person in buyer.people)
        for buyer, customer in zip(company.buyers, buyers, strict=True)
    ]
    return Written(tuple(members), tuple(wares), tuple(buyers), tuple(people))


def _join(actor: Actor, member: sample.Member, password: str) -> int:
    _row, secret = invite(actor, email=member.email, role=Role(member.role))
    return accept_invitation(secret, name=member.name, password=password).user_id or 0


def _buyer(actor: Actor, buyer: Buyer, owner: int) -> int:
    address = {name: getattr(buyer, name) for name in circle.PLACE}
    number = sum(map(ord, buyer.domain)) * 97 % 900_000 + 100_000
    row = save_customer(
        actor,
        {
            "name": buyer.name,
            "phone": buyer.phone,
            "website": f"https://www.{buyer.domain}",
            "terms": buyer.terms,
            "currency": buyer.currency if buyer.currency != "USD" else "",
            "tax_status": buyer.tax,
            "tax_number": f"RS-{number}" if buyer.tax == "resale" else "",
            "type": buyer.type,
            "class_name": buyer.rank,
            "owner_id": owner,
            "rep_id": owner,
        },
        addresses=[{**address, "kind": kind, "primary": True} for kind in ("billing", "shipping")],
    )
    return row.pk


def _person(actor: Actor, person: Person, customer: int, owner: int) -> int:
    row = save_contact(
        actor,
        {
            "first_name": person.first,
            "last_name": person.last,
            "job_title": person.job,
            "phone": person.phone,
            "owner_id": owner,
        },
        emails=[Email(address, label) for address, label in person.emails],
        customer_ids=[customer],
    )
    return row.pk


# -- documents and what happened on them -------------------------------------------------------------------------


def _past(
    company: Company, written: Written, paper: Paper, now: datetime, rates: Mapping[tuple[str, date], Decimal]
) -> Past:
    buyer, day = company.buyers[paper.buyer], (now - timedelta(days=paper.age)).date()
    address = {"name": buyer.name, **{name: getattr(buyer, name) for name in circle.PLACE}}
    rate = rates.get((buyer.currency, day.replace(day=1)))
    return Past(
        kind=Kind(paper.kind),
        date=day,
        values={
            "customer_id": written.buyers[paper.buyer],
            "contact_id": written.people[paper.buyer][paper.person],
            "owner_id": written.members[paper.owner],
            "po_number": paper.po_number,
            "channel": paper.channel,
            "promised": day + timedelta(days=paper.promised_after),
            "freight": round(paper.freight / rate, 2) if rate else paper.freight,
            "billing": address,
            "shipping": address,
        },
        lines=tuple(
            LineDraft(
                written.wares[row.ware],
                quantity=Decimal(row.quantity),
                unit_price=round(company.wares[row.ware].price / rate, 2) if rate else None,
                discount_percent=Decimal(row.discount_percent),
            )
            for row in paper.rows
        ),
        status="open" if trading.is_played(paper) else paper.status,
        hold_reason=paper.hold,
    )


def _happenings(
    company: Company, written: Written, documents: Sequence[Document], now: datetime
) -> Iterator[PastActivity]:
    for paper, document in zip(company.papers, documents, strict=True):
        for one in paper.happenings:
            yield _activity(company, written, paper, document, one, now)


def _activity(
    company: Company, written: Written, paper: Paper, document: Document, one: Happening, now: datetime
) -> PastActivity:
    kind, at = ActivityKind(one.kind), now - timedelta(days=one.age)
    hour = _in_office(at, document.pk)
    times: dict[str, Any] = {}
    if kind is ActivityKind.TASK:
        times = {"due": hour}
    if kind is ActivityKind.EVENT:
        times = {"starts": hour, "ends": hour + timedelta(hours=1)}
    return PastActivity(
        kind=kind,
        record=Record("document", document.pk),
        owner_id=written.members[one.owner],
        at=min(at, now),
        subject=f"{one.subject} {document.number}" if one.letters else one.subject,
        text=one.text,
        status=ActivityStatus.DONE if one.done else ActivityStatus.OPEN,
        times=times,
        messages=tuple(_messages(company, paper, document, one, now)),
    )


def _in_office(at: datetime, number: int) -> datetime:
    """That day at a time between nine and five on the company's west coast, spread by a number."""
    minutes = 16 * 60 + 45 * (number % 11)
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(minutes=minutes)


def _messages(
    company: Company, paper: Paper, document: Document, one: Happening, now: datetime
) -> Iterator[PastMessage]:
    person, member = company.buyers[paper.buyer].people[paper.person], company.members[one.owner]
    theirs = {"email": person.emails[0][0], "name": person.name}
    ours = {"email": member.email, "name": member.name}
    before: tuple[str, ...] = ()
    for number, letter in enumerate(one.letters, 1):
        sender, to = (ours, theirs) if letter.outgoing else (theirs, ours)
        message_id = f"{document.number.lower()}.{document.pk}.{number}@{sender['email'].partition('@')[2]}"
        yield PastMessage(
            outgoing=letter.outgoing,
            message_id=message_id,
            sender=sender,
            to=[to],
            subject=f"{letter.subject} {document.number}",
            at=now - timedelta(days=letter.age),
            text=letter.text.replace("{number}", document.number),
            references=before,
            files=_papers(letter, document),
        )
        before = (*before, message_id)


def _papers(letter: Letter, document: Document) -> tuple[File, ...]:
    if not letter.paper:
        return ()
    title = f"Purchase order {letter.paper.removesuffix('.pdf')}"
    content = pdf(
        title,
        [document.customer_name, f"For {document.number}", f"Total {document.total} {document.currency}"],
    )
    return (File(letter.paper, content, "application/pdf"),)


# -- mailboxes ---------------------------------------------------------------------------------------------------


def _open_mailboxes(actor: Actor, company: Company, login: str, world: Mapping[str, Any]) -> None:
    """Everybody gets a mailbox in the sandbox; the Master Admin's and a shared one are connected."""
    Directory(Path(world["accounts"])).add(_accounts(company, login))
    settings.put(actor, {ACTIVE.key: True, INTERNAL_DOMAINS.key: [sample.DOMAIN]})
    values = {"preset": "generic", "copy_to_sent": True}
    secrets = {"imap_password": MAIL_PASSWORD}
    save_account(
        actor,
        {**values, "name": "Dana's mailbox", "sender_name": sample.MEMBERS[0].name, "sender_email": login},
        config=_config(world, login),
        secrets=secrets,
    )
    shared = save_account(
        actor,
        {**values, "name": "Sales", "sender_name": sample.NAME, "sender_email": sample.SHARED},
        config=_config(world, sample.SHARED),
        secrets=secrets,
        shared=True,
    )
    for role in (Role.MASTER_ADMIN, Role.SALES):
        grant(actor, shared.pk, role=role)


def _accounts(company: Company, login: str) -> Iterator[Account]:
    yield Account(login, MAIL_PASSWORD, company.members[0].name)
    yield Account(sample.SHARED, MAIL_PASSWORD, sample.NAME)
    for member in company.members[1:]:
        yield Account(member.email, MAIL_PASSWORD, member.name)
    for buyer in company.buyers:
        for person in buyer.people:
            for address, _label in person.emails:
                yield Account(address, MAIL_PASSWORD, person.name, person.plays, buyer.name)


def _config(world: Mapping[str, Any], address: str) -> dict[str, Any]:
    server = {"host": world["host"], "encryption": "tls", "username": address, "pinned": world["fingerprint"]}
    return {
        "imap": {**server, "port": world["imaps_port"]},
        "smtp": {**server, "port": world["smtps_port"]},
        "match_imap_credentials": True,
    }
