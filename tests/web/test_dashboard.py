"""The first page of the day, as each role needs it; and an activity that stands nowhere."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils.formats import date_format

from tests.web.desk import Desk, colleague, desk_of, mail, mailbox
from tradepost.accounts import settings as preferences
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership
from tradepost.accounts.services import actor_of
from tradepost.activities.models import Link
from tradepost.catalog.models import Item, StockLevel
from tradepost.catalog.services import save_item, save_location
from tradepost.kit import clock
from tradepost.people.services import save
from tradepost.reports.reordering import below_level, proposal, set_level
from tradepost.sales.currencies import save_rate
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.queries import today
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.settling import MONEY as MONEY_KINDS
from tradepost.sales.state_table import PURCHASES

ORDERS = ["Open orders", "Past promised date", "On hold", "Booked, 7 days"]
GOODS = ["Pick lists", "To ship", "On hold", "Deliveries late"]
MONEY = ["Open invoices", "Overdue invoices", "Overdue bills", "Payments"]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.MASTER_ADMIN, [*ORDERS, "Overdue invoices"]),
        (Role.SALES, ORDERS),
        (Role.WAREHOUSE, GOODS),
        (Role.BOOKKEEPER, MONEY),
        (Role.READ_ONLY, ORDERS),
    ],
)
def test_each_role_sees_what_waits_for_it(
    client: Client, member: Membership, role: Role, expected: list[str]
) -> None:
    desk = desk_of(member)
    invoice = save_document(
        desk.actor, Kind.INVOICE, {"customer_id": desk.customer.pk}, [LineDraft(desk.item.pk)]
    )
    move(desk.actor, invoice.pk, "issue")
    Document.objects.of(desk.actor).filter(pk=invoice.pk).update(due=today(desk.actor) - timedelta(days=3))
    Membership.objects.filter(pk=member.pk).update(role=role)
    page = client.get("/").content.decode()
    assert re.findall('figure-label">([^<]+)<', page) == expected
    assert (invoice.number in page) is (role is Role.BOOKKEEPER)
    for address in re.findall('figure-card" href="([^"]+)"', page):
        assert client.get(address).status_code == 200
    assert ("/orders/new/" in page) is (role in (Role.MASTER_ADMIN, Role.SALES))


def figures_of(client: Client) -> dict[str, tuple[str, str]]:
    """By label: what stands there, and below it."""
    page = client.get("/").content.decode()
    found = re.findall(
        r'figure-label">([^<]+)</span><span\s+class="figure-value[^"]*">([^<]*)</span><small>([^<]*)<', page
    )
    return {label: (value, note) for label, value, note in found}


def test_its_figures_are_those_of_data_made_by_hand(client: Client, member: Membership) -> None:
    desk = desk_of(member)  # with an order of today over 399.00, of one's own
    actor, day = desk.actor, today(desk.actor)
    lee = colleague(desk).user_id

    def made(kind: Kind, ago: int, price: int, *verbs: str, **head: object) -> Document:
        party = {"vendor_id": desk.vendor.pk} if kind in PURCHASES else {"customer_id": desk.customer.pk}
        values = {**party, "date": day - timedelta(days=ago), **head}
        line = LineDraft(desk.item.pk, unit_price=Decimal(price), tax_rate=Decimal(0))
        row = (
            save_document(actor, kind, {**values, "amount": Decimal(price)})
            if kind in MONEY_KINDS
            else save_document(actor, kind, values, [line])
        )
        for verb in verbs:
            row = move(actor, row.pk, verb, "Why" if verb == "hold" else "")
        return row

    passed = {"promised": day - timedelta(days=1)}
    made(Kind.ORDER, 6, 100, **passed)  # late
    made(Kind.ORDER, 6, 10, owner_id=lee, promised=day)  # not late yet, and not mine
    made(Kind.ORDER, 7, 1000, "hold", **passed)  # late and held, and before the seven days
    made(Kind.ORDER, 1, 5000, "cancel")
    save_rate(actor, "EUR", day - timedelta(days=30), Decimal("1.5"))
    made(Kind.ORDER, 2, 20, currency="EUR")  # 30.00
    made(Kind.ORDER, 2, 20, currency="SEK")  # nobody knows what it is worth
    made(Kind.PICK, 0, 1)
    made(Kind.SHIPMENT, 0, 1)
    made(Kind.SHIPMENT, 0, 1, "cancel")
    for ago in (3, 4):
        made(Kind.PURCHASE_ORDER, 9, 1, "send", promised=day - timedelta(days=ago))
    made(Kind.PURCHASE_ORDER, 9, 1, "send", promised=day)
    made(Kind.INVOICE, 40, 1, "issue", due=day - timedelta(days=1))
    made(Kind.INVOICE, 40, 1, "issue", due=day)
    made(Kind.INVOICE, 40, 1)  # a draft
    made(Kind.INVOICE, 40, 1, "issue", "void")
    made(Kind.BILL, 40, 1, "approve", due=day - timedelta(days=1))
    made(Kind.PAYMENT, 0, 3, "receive")
    made(Kind.PAYMENT, 0, 3, "receive", "deposit")

    assert figures_of(client) == {
        "Open orders": ("6", "5 of them yours"),
        "Past promised date": ("2", "not shipped yet"),
        "On hold": ("1", "waiting for a release"),
        "Booked, 7 days": ("$539.00", "in USD · 1 without a rate"),  # 399 + 100 + 10 + 30
        "Deliveries late": ("2", "of vendors"),
        "Overdue invoices": ("1", "of customers"),
        "Overdue bills": ("1", "of vendors"),
    }
    for role, expected in (
        (Role.WAREHOUSE, {"Pick lists": "1", "To ship": "1", "On hold": "1", "Deliveries late": "2"}),
        (
            Role.BOOKKEEPER,
            {"Open invoices": "3", "Overdue invoices": "1", "Overdue bills": "1", "Payments": "1"},
        ),
    ):
        Membership.objects.filter(pk=member.pk).update(role=role)
        assert {label: value for label, (value, _note) in figures_of(client).items()} == expected


def low(desk: Desk, there: int, minimum: int, maximum: int | None, on_order: int = 0) -> Item:
    """An item of which so many lie here, and what is said of it."""
    item = save_item(desk.actor, {"sku": f"L-{Item.objects.count()}", "name": "Low"})
    place = save_location(desk.actor, {"name": f"Shelf {item.pk}"})
    level = StockLevel(organisation_id=desk.actor.organisation_id, item=item, location=place)
    level.on_hand, level.allocated, level.on_order = there + 1, 1, on_order
    level.save()
    most = None if maximum is None else Decimal(maximum)
    set_level(desk.actor, item.pk, place.pk, Decimal(minimum), most)
    return item


@pytest.mark.parametrize(
    ("there", "on_order", "minimum", "maximum", "short"),
    [
        (4, 0, 5, 20, 1),
        (5, 0, 5, 20, 1),  # at the level one orders
        (6, 0, 5, 20, 0),
        (4, 1, 5, 20, 1),
        (4, 2, 5, 20, 0),  # what is on order comes
        (5, 0, 5, None, 0),  # up to what is there already
        (4, 0, 5, None, 1),
        (0, 0, 0, 0, 0),
    ],
)
def test_what_is_below_its_level_is_counted(
    member: Membership, there: int, on_order: int, minimum: int, maximum: int | None, short: int
) -> None:
    desk = desk_of(member)
    item = low(desk, there, minimum, maximum, on_order)
    assert below_level(desk.actor) == short
    assert len([one for one in proposal(desk.actor) if one.item == item]) == short


def test_what_is_gone_is_not_below_its_level(member: Membership) -> None:
    desk = desk_of(member)
    low(desk, 1, 5, 20)
    gone = low(desk, 1, 5, 20)
    Item.objects.filter(pk=gone.pk).update(archived_at=clock.now())
    assert below_level(desk.actor) == 1


@pytest.mark.parametrize(
    ("role", "returns", "short"),
    [
        (Role.MASTER_ADMIN, True, True),
        (Role.SALES, False, False),
        (Role.WAREHOUSE, True, False),
        (Role.BOOKKEEPER, False, True),
        (Role.READ_ONLY, False, False),
    ],
)
def test_returns_and_what_is_short_stand_before_whose_work_they_are(
    client: Client, member: Membership, role: Role, returns: bool, short: bool
) -> None:
    desk = desk_of(member)
    low(desk, 1, 5, 20)
    for verbs in ([], ["approve"], ["approve", "receive_part"], ["reject"]):
        rma = save_document(
            desk.actor, Kind.RMA, {"customer_id": desk.customer.pk}, [LineDraft(desk.item.pk)]
        )
        for verb in verbs:
            if verb == "receive_part":
                Document.objects.filter(pk=rma.pk).update(status="partly_received")
            else:
                move(desk.actor, rma.pk, verb)
    Membership.objects.filter(pk=member.pk).update(role=role)
    found = figures_of(client)
    assert found.get("To receive") == (("2", "returns") if returns else None)
    assert found.get("Below reorder level") == (("1", "in stock and on order") if short else None)
    if returns:
        listed = client.get("/returns/?status=expected").content.decode()
        assert listed.count("RMA-") >= 2 and "2 rows" not in listed
    if short:
        assert client.get("/reorder/").status_code == 200


def test_open_cases_stand_there_ones_own_first_then_the_late_then_the_urgent(
    client: Client, member: Membership
) -> None:
    desk = desk_of(member)
    save(desk.actor, "case", {"owner_id": member.user_id}, pk=desk.matters["case"])  # of normal priority
    lee, day = colleague(desk).user_id, today(desk.actor)
    yesterday = day - timedelta(days=1)
    made = {
        name: save(desk.actor, "case", {"subject": name, **values}).pk
        for name, values in {
            "Of Lee, soon": {"priority": "high", "assignee_id": lee},
            "Of Lee": {"assignee_id": lee},
            "Mine, some day": {"priority": "low", "assignee_id": member.user_id},
            "Mine, today": {"priority": "low", "assignee_id": member.user_id, "due": day},
            "Mine, late": {"priority": "low", "assignee_id": member.user_id, "due": yesterday},
            "Mine, soon": {"priority": "high", "assignee_id": member.user_id, "status": "in_progress"},
            "Solved": {
                "assignee_id": member.user_id,
                "status": "resolved",
                "resolution": "New pole",
                "due": yesterday,
            },
        }.items()
    }
    page = client.get("/").content.decode()
    shown = re.findall(r'href="/cases/(\d+)/"><b>([^<]+)<', page)
    own = ["Mine, late", "Mine, soon", "Torn tent", "Mine, today", "Mine, some day"]
    others = ["Of Lee, soon", "Of Lee"]
    assert [name for _pk, name in shown] == [*own, *others]
    assert (str(made["Mine, late"]), "Mine, late") == shown[0]
    assert "5 of them yours · 1 overdue" in page
    assert re.findall(r'<span(?: class="([^"]*)")?>due ([^<]+)<', page) == [
        ("text-red", date_format(yesterday, "MONTH_DAY_FORMAT")),
        ("", date_format(day, "MONTH_DAY_FORMAT")),
    ]
    assert "?status=active" in page
    listed = client.get("/cases/?status=active").content.decode()
    assert "Of Lee" in listed and "Solved" not in listed
    assert listed.count("(overdue)") == 1
    late = client.get("/cases/?status=late").content.decode()
    assert {name: name in late for name in made} == {name: name == "Mine, late" for name in made}


def test_a_mail_on_no_record_is_read_and_filed(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    letter = mail(desk)
    Link.objects.of(desk.actor).filter(activity=letter.activity).delete()
    address = f"/activities/{letter.activity_id}/"
    assert address in client.get("/").content.decode()
    page = client.get(address).content.decode()
    assert "Splitting is fine." in page
    assert f"{address}move/" in page
    client.post(f"{address}move/", {"onto": f"document:{desk.order.pk}"})
    assert client.get(address)["Location"].startswith(desk.order_url)


FIRST_STEPS = re.compile(r'class="step-(\w+)">.*?<b><a href="([^"]+)">([^<]+)<', re.S)


def test_a_new_company_is_shown_its_first_steps_until_it_has_a_document(
    client: Client, member: Membership
) -> None:
    actor = actor_of(member)
    steps = {label: state for state, _url, label in FIRST_STEPS.findall(client.get("/").content.decode())}
    assert len(steps) == 6 and set(steps.values()) == {"waiting"}
    save_location(actor, {"name": "Warehouse"})
    preferences.put(actor, {"mail.active": True})
    found = FIRST_STEPS.findall(client.get("/").content.decode())
    assert [label for state, _url, label in found if state == "done"] == ["Say where your stock lies"]
    for _state, url, _label in found:
        assert client.get(url).status_code == 200
    desk_of(member)
    assert not FIRST_STEPS.findall(client.get("/").content.decode())


def test_nobody_else_is_shown_them(client: Client, member: Membership) -> None:
    Membership.objects.filter(pk=member.pk).update(role=Role.SALES)
    assert "First steps" not in client.get("/").content.decode()


def test_mail_is_not_called_answered_before_a_mailbox_is_connected(
    client: Client, member: Membership
) -> None:
    page = client.get("/").content.decode()
    assert "No mailbox is connected yet" in page and "Every mail is answered" not in page
    mailbox(actor_of(member))
    page = client.get("/").content.decode()
    assert "No mailbox is connected yet" not in page and "Every mail is answered" in page
