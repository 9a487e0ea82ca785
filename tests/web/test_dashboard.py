"""The first page of the day, as each role needs it; and an activity that stands nowhere."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from tests.web.desk import desk_of, mail
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership
from tradepost.activities.models import Link
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.queries import today
from tradepost.sales.services import LineDraft, save_document

ORDERS = ["Open orders", "Past promised date", "On hold", "Booked, 7 days"]
GOODS = ["To pick", "To ship", "On hold", "Deliveries late"]
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
