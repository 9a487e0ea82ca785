"""What was mailed or shared is kept as a version when the document changes, by page and by API; its own page tells what changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import Program, program_of
from tests.web.desk import Desk, desk_of, mailbox
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership
from tradepost.activities.records import Record
from tradepost.mail.send import Letter, send_email


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


def save(client: Client, desk: Desk, quantity: str, **head: Any) -> None:
    """The form of the order, sent as the page sends it."""
    line = {
        "line-item": desk.item.pk, "line-sku": "TNT-4", "line-description": "Tent for four",
        "line-quantity": quantity, "line-unit_price": "199.50", "line-discount_percent": "", "line-tax_rate": "",
        "line-drop_ship": "0",
    }  # fmt: skip
    values = {"customer_id": desk.customer.pk, "po_number": "PO-38214", "freight_taxable": "on"}
    assert client.post(f"{desk.order_url}edit/", {**values, **line, **head}).status_code in (204, 302)


def post_mail(desk: Desk, program: Program) -> None:
    account = mailbox(desk.actor)
    record = {"kind": "document", "id": desk.order.pk}
    program.post(
        "emails",
        {"account_id": account.pk, "to": "r@granite.example", "subject": "Your order", "records": [record]},
    )


@pytest.mark.req("A12")
def test_an_order_that_was_mailed_and_edited_by_its_page(client: Client, desk: Desk) -> None:
    url, account = f"/compose/?on=document:{desk.order.pk}", mailbox(desk.actor)
    sent = {"account": account.pk, "to": "r@granite.example", "subject": "x", "body": "y"}
    assert client.post(url, sent).status_code == 204
    save(client, desk, "3")
    save(client, desk, "4", po_number="PO-2")
    page = client.get(f"/documents/{desk.order.pk}/versions/").content.decode()
    assert "Version 1" in page and "Version 2" not in page
    for text in ("2 each × $199.50", "4 each × $199.50", "PO-38214", "PO-2"):
        assert text in page, text
    pdf = f"/documents/{desk.order.pk}/versions/1/pdf/"
    assert pdf in page
    assert pdf in client.get(f"/documents/{desk.order.pk}/versions/1/").content.decode()
    assert client.get(pdf).content[:5] == b"%PDF-"
    history = client.get(f"{desk.order_url}?tab=history").content.decode()
    trail = client.get(f"/audit/?kind=document&record={desk.order.pk}").content.decode()
    for shown in (history, trail):
        assert "<del>TNT-4 Tent for four – Quantity: 2" in shown
        assert "<ins>TNT-4 Tent for four – Quantity: 3" in shown


def test_an_order_that_was_mailed_and_edited_by_the_api(desk: Desk) -> None:
    dana, order = program_of(desk.actor), f"documents/{desk.order.pk}"
    line = dana.get(order)["lines"][0]["id"]
    change = {"lines": [{"line_id": line, "item_id": desk.item.pk, "quantity": "9"}]}
    dana.patch(order, change)
    assert dana.get(f"{order}/versions") == []
    post_mail(desk, dana)
    dana.patch(order, {"lines": [{"line_id": line, "item_id": desk.item.pk, "quantity": "10"}]})
    dana.patch(order, change)
    assert [one["number"] for one in dana.get(f"{order}/versions")] == [1]
    (kept,) = dana.get(f"{order}/versions/1")["content"]["lines"]
    assert kept["quantity"] == "9.0000"
    assert dana.call("get", f"{order}/versions/1/pdf").content[:5] == b"%PDF-"
    dana.get(f"{order}/versions/2/pdf", 404)


def test_who_may_not_read_the_trail_sees_no_changes_on_the_page(
    client: Client, desk: Desk, member: Membership
) -> None:
    save(client, desk, "3")
    assert "Last changes" in client.get(f"{desk.order_url}?tab=history").content.decode()
    member.role = Role.SALES
    member.save()
    assert "Last changes" not in client.get(f"{desk.order_url}?tab=history").content.decode()


def test_a_mail_on_the_customer_alone_shows_no_document(client: Client, desk: Desk) -> None:
    account = mailbox(desk.actor)
    records = (Record("customer", desk.customer.pk),)
    send_email(desk.actor, Letter(account.pk, to="r@granite.example", subject="Hello", records=records))
    save(client, desk, "3")
    assert client.get(f"/documents/{desk.order.pk}/versions/").status_code == 404
