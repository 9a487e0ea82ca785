"""A company with one record of every kind, each marked by a word that nobody else may ever read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps

from tradepost.accounts import keys, roles, services, settings
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import Membership, User
from tradepost.accounts.tenancy import Owned
from tradepost.activities.models import ActivityKind, DeliveryState, Message
from tradepost.activities.records import Record
from tradepost.activities.services import File, add_activity, add_files
from tradepost.catalog.categories import save_category
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import StockMove
from tradepost.catalog.pictures import add_picture
from tradepost.catalog.prices import Break, save_price_level, save_price_list
from tradepost.catalog.services import save_bin, save_item, save_location
from tradepost.catalog.stock import adjust
from tradepost.custom.services import merge_tags, save_field, save_tag
from tradepost.exchange.edi import services as edi
from tradepost.exchange.edi.messages import Line, Paper, Party, paper_xml
from tradepost.exchange.services import check, receive
from tradepost.jobs.models import Job, JobState, Notice
from tradepost.mail.access import grant
from tradepost.mail.accounts import save_account
from tradepost.mail.templates import save_template
from tradepost.people.merging import merge
from tradepost.people.services import Email, save, save_contact, save_customer, save_vendor
from tradepost.pim.services import add_event
from tradepost.reports.rules import Query
from tradepost.reports.services import save as save_report
from tradepost.sales.currencies import save_rate
from tradepost.sales.models import Document, Kind
from tradepost.sales.payments import save_terms
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import PURCHASES
from tradepost.sales.taxes import save_item_tax, save_region, save_tax, save_tax_code
from tradepost.sync.models import Connection, Review, Run, RunItem, Stream
from tradepost.web.kinds import LOOKS

MARK = "Zanzibar"
# What people typed: the mark within what a page, an attribute, a script or a spreadsheet could take for its own.
TEXT = f"={MARK}\"'><svg onload=alert(1)>"
PASSWORD = "Correct-horse-9"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01"
ORDER_XML = paper_xml(
    Paper(False, MARK, date(2026, 11, 2), "USD", Party(MARK), Party(MARK), (Line(Decimal(1), sellers=MARK),))
)


@dataclass(frozen=True)
class World:
    """``ids`` by what an address calls them, such as ``customers`` or ``runs/items``."""

    actor: Actor
    ids: dict[str, int]


def world(email: str = "zoe@zanzibar.example") -> World:
    actor = services.register_company(company=TEXT, name=TEXT, email=email, password=PASSWORD)
    settings.put(actor, {"mail.active": True})
    ids = {"companies": actor.organisation_id, **_people(actor), **_trade(actor)}
    ids |= _marks(actor)
    ids |= _mail(actor)
    ids |= _sync(actor, ids["mail-accounts"])
    ids |= _exchange(actor)
    ids |= _calendars(actor)
    return World(actor, ids)


def _people(actor: Actor) -> dict[str, int]:
    _row, secret = services.invite(actor, email="sam@zanzibar.example", role=Role.SALES)
    joined = services.accept_invitation(secret, name=f"{TEXT} Sam", password=PASSWORD)
    member = Membership.objects.of(actor).get(user_id=joined.user_id)
    invitation, _secret = services.invite(actor, email="new@zanzibar.example", role=Role.SALES)
    key, _text = keys.create_api_key(actor, name=TEXT)
    factor = Authenticator.objects.create(
        user_id=actor.user_id, type=Authenticator.Type.WEBAUTHN, data={"name": TEXT, "credential": {}}
    )
    return {
        "members": member.pk,
        "roles": roles.add(actor, name=TEXT, base=Role.SALES).pk,
        "invitations": invitation.pk,
        "api-keys": key.pk,
        "second-factor/keys": factor.pk,
    }


def _trade(actor: Actor) -> dict[str, int]:
    emails = [Email("buyer@zanzibar.example")]
    customer = save_customer(actor, {"name": TEXT}, emails=emails)
    contact = save_contact(actor, {"last_name": TEXT}, emails=emails, customer_ids=[customer.pk])
    vendor = save_vendor(actor, {"name": TEXT}, emails=[Email("seller@zanzibar.example")])
    item = save_item(actor, {"sku": TEXT, "name": TEXT})
    made = {kind: _document(actor, kind, customer.pk, vendor.pk, item.pk) for kind in LOOKS}
    order = made[Kind.ORDER]
    terms = save_terms(actor, {"name": TEXT})
    tax = save_tax(actor, MARK, {date(2026, 1, 1): Decimal(7)}, name=TEXT)
    tax_code = save_tax_code(actor, MARK, taxable=True)
    item_tax = save_item_tax(actor, MARK, [MARK])
    rate = save_rate(actor, "EUR", date(2026, 1, 1), Decimal("1.1"))
    region = save_region(actor, "US", TEXT, item_tax.pk)
    place = save_location(actor, {"name": TEXT})
    shelf = save_bin(actor, {"name": TEXT, "location_id": place.pk})
    adjust(actor, [StockLine(item.pk, place.pk, Decimal(9))], reason=TEXT)
    moved = StockMove.objects.of(actor).latest("pk")
    level = save_price_level(actor, {"name": TEXT})
    prices = save_price_list(actor, {"name": TEXT}, breaks=[Break(item.pk, Decimal(1))])
    on = Record("document", order.pk)
    activity = add_activity(actor, ActivityKind.TASK, on, {"subject": TEXT, "text": TEXT})
    [file] = add_files(actor, activity.pk, [File(f"{TEXT}.txt", TEXT.encode())])
    message = Message.objects.create(
        organisation_id=actor.organisation_id,
        activity=activity,
        outgoing=True,
        message_id=f"1@{MARK}",
        subject=TEXT,
        at=datetime(2026, 11, 1, tzinfo=UTC),
        text=TEXT,
        html=f"<p>{TEXT}</p>",
        state=DeliveryState.FAILED,
    )
    return {
        "customers": customer.pk,
        "contacts": contact.pk,
        "vendors": vendor.pk,
        **_matters(actor, customer.pk),
        "items": item.pk,
        "documents": order.pk,
        **{LOOKS[kind].plural: row.pk for kind, row in made.items()},
        "terms": terms.pk,
        "lists": terms.pk,
        "exchange-rates": rate.pk,
        **dict.fromkeys(("taxes", "taxes/rates"), tax.pk),
        **dict.fromkeys(("sales-tax-codes", "taxes/codes"), tax_code.pk),
        **dict.fromkeys(("item-sales-taxes", "taxes/items"), item_tax.pk),
        **dict.fromkeys(("tax-regions", "taxes/regions"), region.pk),
        "price-levels": level.pk,
        "locations": place.pk,
        "bins": shelf.pk,
        "categories": save_category(actor, {"name": TEXT}).pk,
        "stock": place.pk,
        "stock-moves": moved.pk,
        "trash": customer.pk,
        "pictures": add_picture(actor, item.pk, TEXT, PNG).pk,
        "price-lists": prices.pk,
        "activities": activity.pk,
        "files": file.pk,
        "messages": message.pk,
    }


def _matters(actor: Actor, customer: int) -> dict[str, int]:
    emails = [Email("lead@zanzibar.example")]
    named = {"name": TEXT, "customer_id": customer}
    twins = [save(actor, "vendor", {"name": TEXT}).pk for _ in range(2)]
    return {
        "merges": merge(actor, "vendor", *twins).pk,
        "leads": save(actor, "lead", {"company": TEXT}, emails=emails).pk,
        "opportunities": save(actor, "opportunity", named).pk,
        "cases": save(actor, "case", {"subject": TEXT}).pk,
        "projects": save(actor, "project", named).pk,
    }


def _document(actor: Actor, kind: Kind, customer: int, vendor: int, item: int) -> Document:
    party = {"vendor_id": vendor} if kind in PURCHASES else {"customer_id": customer}
    values = {**party, "po_number": TEXT}
    if kind in MONEY:
        return save_document(actor, kind, {**values, "amount": Decimal(1)})
    return save_document(actor, kind, values, [LineDraft(item)])


def _marks(actor: Actor) -> dict[str, int]:
    field = save_field(actor, {"name": TEXT, "kinds": ["order"]})
    kept, gone, tag = (save_tag(actor, {"name": f"{TEXT} {n}"}) for n in "abc")
    return {"custom-fields": field.pk, "tags": tag.pk, "tag-merges": merge_tags(actor, kept.pk, gone.pk).pk}


def _mail(actor: Actor) -> dict[str, int]:
    side = {"host": "mail.zanzibar.example", "port": 993, "encryption": "tls", "username": MARK}
    account = save_account(
        actor,
        {"name": TEXT, "sender_name": TEXT, "sender_email": "shared@zanzibar.example"},
        config={"imap": side, "smtp": {**side, "port": 465}},
        secrets={"imap_password": MARK},
        shared=True,
    )
    access = grant(actor, account.pk, role=Role.MASTER_ADMIN)
    template = save_template(actor, {"name": TEXT, "subject": TEXT, "html": TEXT})
    return {"mail-accounts": account.pk, "mail-access": access.pk, "templates": template.pk}


def _calendars(actor: Actor) -> dict[str, int]:
    settings.put(actor, {"calendar.active": True})
    here: dict[str, Any] = {"organisation_id": actor.organisation_id}
    config = {"url": "https://127.0.0.1:9/", "username": MARK}
    account = Connection.objects.create(
        **here,
        connector="caldav",
        label=TEXT,
        owner_id=actor.user_id,
        config=config,
        secrets={"password": MARK},
    )
    stream = Stream.objects.create(
        **here, connection=account, kind="pim.calendar", remote_id=f"https://127.0.0.1:9/{MARK}/", label=TEXT
    )
    values = {"title": TEXT, "start": "2026-11-03T09:00", "description": TEXT}
    event = add_event(actor, None, values)
    found = {"calendar": event.activity_id, "events": event.activity_id}
    return {"calendar-accounts": account.pk, "calendars": stream.pk, **found}


def _sync(actor: Actor, account_id: int) -> dict[str, int]:
    here: dict[str, Any] = {"organisation_id": actor.organisation_id}
    stream = Stream.objects.get(connection__mail_account=account_id)
    run = Run.objects.create(**here, stream=stream)
    item = RunItem.objects.create(**here, run=run, action="create", label=TEXT, failed=True, remote_id="1")
    review = Review.objects.create(
        **here, stream=stream, kind="mail.triage", key="1", title=TEXT, options=["ignore"]
    )
    job = Job.objects.create(**here, kind="import", title=TEXT, state=JobState.RUNNING)
    notice = Notice.objects.create(**here, key="1", title=TEXT)
    return {
        "connections": stream.connection_id,
        "streams": stream.pk,
        "runs": run.pk,
        "runs/items": item.pk,
        "run-items": item.pk,
        "reviews": review.pk,
        "jobs": job.pk,
        "notices": notice.pk,
    }


def _exchange(actor: Actor) -> dict[str, int]:
    run = receive(actor, "customer", f"{MARK}.csv", BytesIO(f"Name\n{MARK} Two\n".encode()))
    check(actor, run.pk, now=True)
    report = save_report(actor, TEXT, Query("sales"))
    message = edi.receive(actor, f"{MARK}.xml", ORDER_XML)
    return {
        "xml-messages": message.pk,
        "import/xml": message.pk,
        "imports": run.pk,
        "import": run.pk,
        "saved-reports": report.pk,
        "reports/saved": report.pk,
    }


def rows_of(actor: Actor) -> dict[str, list[dict[str, Any]]]:
    """Every row of the company, to see that nothing of it was touched. Sealed values are compared as stored."""
    found = {
        model._meta.label: [
            {k: str(v) for k, v in row.items()} for row in _own(model, actor).order_by("pk").values()
        ]
        for model in apps.get_models()
        if issubclass(model, Owned)
    }
    people = User.objects.filter(memberships__organisation_id=actor.organisation_id).order_by("pk")
    return {**found, "users": list(people.values("pk", "name", "email", "password"))}


def _own(model: Any, actor: Actor) -> Any:
    return model._base_manager.filter(organisation_id=actor.organisation_id)
