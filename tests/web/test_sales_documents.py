"""The pages of every kind of document: they open for whom they are, and the day of the warehouse and the bookkeeper."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests.web.desk import Desk, desk_of
from tradepost.accounts.access import Role
from tradepost.accounts.models import CustomRole, Membership, Organisation, User
from tradepost.catalog.details import Details
from tradepost.catalog.details import Vendor as ItemOffer
from tradepost.catalog.services import save_item
from tradepost.people.services import archive, save_customer, save_vendor
from tradepost.sales.converting import convert
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.moving import move
from tradepost.sales.payments import save_terms
from tradepost.sales.services import MAX_LINES, LineDraft, save_document
from tradepost.sales.state_table import MACHINES
from tradepost.sales.statements import make_statement
from tradepost.web.grid import CELLS
from tradepost.web.kinds import LOOKS, STATES

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def signed_in(member: Membership, role: Role) -> Client:
    user = User.objects.create_user(f"{role}@example.com", "correct horse battery")
    Membership.objects.create(organisation=member.organisation, user=user, role=role)
    found = Client()
    found.force_login(user, backend=BACKEND)
    return found


def everything(desk: Desk) -> dict[Kind, Document]:
    """One document of each kind, made from the other as on a usual day."""
    made = {Kind.QUOTE: desk.quote, Kind.ORDER: desk.order}
    for source, target in (
        (Kind.ORDER, Kind.PICK), (Kind.ORDER, Kind.SHIPMENT), (Kind.ORDER, Kind.INVOICE), (Kind.QUOTE, Kind.CASH_SALE),
    ):  # fmt: skip
        made[target] = convert(desk.actor, made[source].pk, target)
    move(desk.actor, made[Kind.INVOICE].pk, "issue")
    for target in (Kind.PAYMENT, Kind.RMA, Kind.CREDIT_NOTE):
        made[target] = convert(desk.actor, made[Kind.INVOICE].pk, target)
    move(desk.actor, made[Kind.PAYMENT].pk, "receive")
    move(desk.actor, made[Kind.CREDIT_NOTE].pk, "issue")
    made[Kind.STATEMENT] = make_statement(desk.actor, desk.customer.pk)
    made[Kind.REFUND] = convert(desk.actor, made[Kind.CREDIT_NOTE].pk, Kind.REFUND)
    return made | bought(desk, made[Kind.ORDER])


def bought(desk: Desk, order: Document) -> dict[Kind, Document]:
    """One document of each kind of purchase, for what an order needs."""
    vendor = save_vendor(desk.actor, {"name": "Alder Mills"})
    made = {
        Kind.PURCHASE_QUOTE: convert(desk.actor, order.pk, Kind.PURCHASE_QUOTE, vendor_id=vendor.pk),
        Kind.PURCHASE_ORDER: convert(desk.actor, order.pk, Kind.PURCHASE_ORDER, vendor_id=vendor.pk),
        Kind.BILL: save_document(
            desk.actor,
            Kind.BILL,
            {"vendor_id": vendor.pk},
            [LineDraft(desk.item.pk, unit_price=Decimal(9))],
        ),
    }
    move(desk.actor, made[Kind.PURCHASE_ORDER].pk, "send")
    move(desk.actor, made[Kind.BILL].pk, "approve")
    made[Kind.RECEIPT] = convert(desk.actor, made[Kind.PURCHASE_ORDER].pk, Kind.RECEIPT)
    for target in (Kind.BILL_PAYMENT, Kind.VENDOR_CREDIT):
        made[target] = convert(desk.actor, made[Kind.BILL].pk, target)
    made[Kind.CASH_PURCHASE] = save_document(
        desk.actor, Kind.CASH_PURCHASE, {"vendor_id": vendor.pk}, [LineDraft(desk.item.pk)]
    )
    credit = save_document(
        desk.actor,
        Kind.VENDOR_CREDIT,
        {"vendor_id": vendor.pk},
        [LineDraft(unit_price=Decimal(4), description="Back")],
    )
    move(desk.actor, credit.pk, "approve")
    made[Kind.VENDOR_REFUND] = convert(desk.actor, credit.pk, Kind.VENDOR_REFUND)
    return made


def addresses(kind: Kind, row: Document) -> list[str]:
    plural = LOOKS[kind].plural
    own = [f"/{plural}/{row.pk}/", f"/{plural}/{row.pk}/?tab=history", f"/documents/{row.pk}/pdf/"]
    edit = [] if kind == Kind.STATEMENT else [f"/{plural}/{row.pk}/edit/"]
    return [*own, *edit, f"/{plural}/", f"/{plural}/?status=active", f"/{plural}/export/", f"/{plural}/new/"]  # fmt: skip


def test_every_kind_has_its_pages(client: Client, desk: Desk) -> None:
    made = everything(desk)
    assert set(made) == set(LOOKS)
    for kind, row in made.items():
        for url in addresses(kind, row):
            assert client.get(url).status_code == 200, url
        assert f">{row.number}<" in text(client.get(f"/{LOOKS[kind].plural}/"))


@pytest.mark.parametrize(
    ("kind", "may", "offered"),
    [
        (Kind.ORDER, ("people.view", "sales.view", "sales.edit"), False),
        (Kind.ORDER, ("people.view", "people.edit", "sales.view", "sales.edit"), True),
        (Kind.PURCHASE_ORDER, ("people.view", "people.edit", "sales.view", "purchasing.edit"), True),
    ],
)
def test_whoever_may_restores_the_archived_party_of_a_form(
    desk: Desk, client: Client, member: Membership, kind: Kind, may: tuple[str, ...], offered: bool
) -> None:
    party, name = (desk.customer, "customer_id") if kind == Kind.ORDER else (desk.vendor, "vendor_id")
    clerk = signed_in(member, Role.SALES)
    client.post("/roles/new/?base=admin", {"name": "Clerk", "permissions": may})
    own = f"own:{CustomRole.objects.get().pk}"
    client.post(f"/users/{Membership.objects.get(role=Role.SALES).pk}/role/", {"role": own})
    archive(desk.actor, party)
    new, posted = f"/{LOOKS[kind].plural}/new/", {name: party.pk, "memo": "Ring first"}
    refused = clerk.post(new, posted)
    button = re.search(r'hx-post="([^"]+)"[^>]*>(?:(?!</button>).)*Restore ', text(refused), re.S)
    assert (refused.status_code, bool(button)) == (422, offered)
    assert "is archived" in text(refused) and "Ring first" in text(refused)
    if button:
        assert clerk.post(button[1]).status_code == 200
        assert clerk.post(new, posted).status_code == 302
    assert "Restore " not in text(clerk.post(new, {"memo": "Nobody chosen"}))


def test_another_company_finds_none_of_them(desk: Desk) -> None:
    other = Organisation.objects.create(name="Other", token_key=b"x" * 32)
    eve = User.objects.create_user("eve@example.com", "correct horse battery")
    Membership.objects.create(organisation=other, user=eve, role=Role.MASTER_ADMIN)
    stranger = Client()
    stranger.force_login(eve, backend=BACKEND)
    for kind, row in everything(desk).items():
        for url in addresses(kind, row)[:3]:
            assert stranger.get(url).status_code == 404, url
        for act in ("copy", "share", "revoke", "unapply/1", "make/invoice", "apply"):
            assert stranger.post(f"/documents/{row.pk}/{act}/").status_code == 404, act


@pytest.mark.parametrize(
    ("role", "kind", "may"),
    [
        (Role.SALES, Kind.ORDER, True),
        (Role.SALES, Kind.INVOICE, False),
        (Role.WAREHOUSE, Kind.SHIPMENT, True),
        (Role.WAREHOUSE, Kind.ORDER, False),
        (Role.BOOKKEEPER, Kind.PAYMENT, True),
        (Role.BOOKKEEPER, Kind.PICK, False),
        (Role.BOOKKEEPER, Kind.PURCHASE_ORDER, True),
        (Role.BOOKKEEPER, Kind.PURCHASE_QUOTE, True),
        (Role.BOOKKEEPER, Kind.VENDOR_REFUND, True),
        (Role.SALES, Kind.CASH_PURCHASE, False),
        (Role.SALES, Kind.BILL, False),
        (Role.WAREHOUSE, Kind.RECEIPT, True),
        (Role.READ_ONLY, Kind.QUOTE, False),
    ],
)
def test_each_form_opens_for_its_people(
    member: Membership, desk: Desk, role: Role, kind: Kind, may: bool
) -> None:
    someone = signed_in(member, role)
    assert someone.get(f"/{LOOKS[kind].plural}/new/").status_code == (200 if may else 403)
    assert someone.get(f"/{LOOKS[kind].plural}/").status_code == 200


def test_the_warehouse_ships_a_part_and_enters_its_tracking(member: Membership, desk: Desk) -> None:
    someone = signed_in(member, Role.WAREHOUSE)
    line, make = desk.order.lines.get(), f"/documents/{desk.order.pk}/make/shipment/"
    page = text(someone.get(desk.order_url))
    assert make in page
    assert "/make/invoice/" not in page
    assert f'name="choice-{line.pk}" value="2"' in text(someone.get(make))
    wrong = someone.post(make, {f"choice-{line.pk}": "3"})
    assert (wrong.status_code, "2 is left" in text(wrong)) == (422, True)
    wrong = someone.post(make, {f"choice-{line.pk}": "two"})
    assert "“two” is not a number" in text(wrong)
    someone.post(make, {f"choice-{line.pk}": "1"})
    shipment = Document.objects.get(kind=Kind.SHIPMENT)
    someone.post(f"/documents/{shipment.pk}/field/tracking/", {"value": "1Z999"})
    someone.post(f"/documents/{shipment.pk}/move/ship/")
    shipment.refresh_from_db()
    assert (shipment.status, shipment.tracking) == ("shipped", "1Z999")
    page = text(someone.get(desk.order_url))
    assert "Partly shipped" in page
    assert "1 / 2" in page
    assert shipment.number in page
    assert desk.order.number in text(someone.get(f"/shipments/{shipment.pk}/"))


def test_a_line_is_marked_as_drop_ship_and_bought_by_its_vendor(client: Client, desk: Desk) -> None:
    offer = Details(vendors=[ItemOffer(vendor=desk.vendor.name, vendor_id=desk.vendor.pk)])
    save_item(desk.actor, {}, item_id=desk.item.pk, details=offer)
    edit, line = f"{desk.order_url}edit/", desk.order.lines.get()
    assert 'name="line-drop_ship"' in text(client.get(edit))
    typed = {"item": desk.item.pk, "description": line.description, "quantity": "2", "drop_ship": "1"}
    cells = {f"line-{name}": typed.get(name, "") for name in (*CELLS, "sku", "drop_ship")}
    head = {"customer_id": desk.customer.pk, "version": desk.order.version}
    assert client.post(edit, {**head, **cells}).status_code in (204, 302)
    line.refresh_from_db()
    assert line.drop_ship
    page = text(client.get(desk.order_url))
    assert "badge bg-azure-lt" in page
    make = f"/documents/{desk.order.pk}/make/purchase_order/"
    sheet = text(client.get(make))
    assert f"Drop ship · {desk.vendor.name}" in sheet
    assert f'value="{desk.vendor.pk}" selected' in sheet
    client.post(make, {"vendor_id": desk.vendor.pk, f"choice-{line.pk}": "2"})
    bought = Document.objects.get(kind=Kind.PURCHASE_ORDER)
    assert bought.lines.get().drop_ship
    assert "badge bg-azure-lt" in text(client.get(f"/{LOOKS[Kind.PURCHASE_ORDER].plural}/{bought.pk}/"))


def test_a_held_order_shows_on_its_ship_doc(client: Client, desk: Desk) -> None:
    shipment = convert(desk.actor, desk.order.pk, Kind.SHIPMENT)
    move(desk.actor, desk.order.pk, "hold", "Credit limit")
    page = text(client.get(f"/shipments/{shipment.pk}/"))
    assert "It is on hold: Credit limit." in page
    assert f"/documents/{shipment.pk}/move/ship/" not in page
    assert client.post(f"/documents/{shipment.pk}/move/ship/").status_code == 409


def test_who_is_over_the_limit_is_said_on_the_ship_doc(client: Client, desk: Desk) -> None:
    invoice = convert(desk.actor, desk.order.pk, Kind.INVOICE)
    move(desk.actor, invoice.pk, "issue")
    shipment = convert(desk.actor, desk.order.pk, Kind.SHIPMENT)
    sentence = "Take a payment, or let a bookkeeper change the customer's credit."
    assert sentence not in text(client.get(f"/shipments/{shipment.pk}/"))
    save_customer(desk.actor, {"credit_limit": Decimal(5)}, customer_id=desk.customer.pk)
    page = text(client.get(f"/shipments/{shipment.pk}/"))
    assert "more than the credit limit" in page
    assert sentence in page


def test_the_bookkeeper_takes_a_payment_for_two_invoices(member: Membership, desk: Desk) -> None:
    someone = signed_in(member, Role.BOOKKEEPER)
    save_terms(desk.actor, {"name": "Net 15", "days": 15})
    make, line = f"/documents/{desk.order.pk}/make/invoice/", desk.order.lines.get()
    for _n in range(2):
        someone.post(make, {f"choice-{line.pk}": "1"})
    one, two = Document.objects.filter(kind=Kind.INVOICE).order_by("pk")
    for row in (one, two):
        someone.post(f"/documents/{row.pk}/move/issue/")
    form = {"customer_id": desk.customer.pk, "method": "Cheque"}
    assert "Amount" in text(someone.post("/payments/new/", {**form, "amount": "-1"}))
    someone.post("/payments/new/", {**form, "amount": "300"})
    payment = Document.objects.get(kind=Kind.PAYMENT)
    someone.post(f"/documents/{payment.pk}/move/receive/")
    apply = f"/documents/{payment.pk}/apply/"
    filled = dict(re.findall(r'name="choice-(\d+)" value="([^"]*)"', text(someone.get(apply))))
    assert filled == {str(one.pk): "199.50", str(two.pk): "100.50"}
    wrong = someone.post(apply, {f"choice-{one.pk}": "200"})
    assert (wrong.status_code, "199.50 is open" in text(wrong)) == (422, True)
    someone.post(apply, {f"choice-{pk}": amount for pk, amount in filled.items()})
    one.refresh_from_db()
    assert (one.status, one.due.isoformat()) == (
        "paid",
        (one.date.fromordinal(one.date.toordinal() + 15)).isoformat(),
    )
    assert payment.number in text(someone.get(f"/invoices/{one.pk}/"))
    someone.post(f"/documents/{payment.pk}/unapply/{one.pk}/")
    one.refresh_from_db()
    assert one.status == "issued"


@pytest.mark.parametrize(
    ("locale", "typed", "shown", "amount", "held"),
    [
        ("en-US", "1,250", "1500.00", "1250", "1250"),
        ("de", "1.250,50", "1500,00", "1250.50", "1250,5"),
        ("de", "0,5", "1500,00", "0.5", "0,5"),
    ],
)
def test_figures_of_a_sheet_are_read_as_the_company_writes_them(
    member: Membership,
    client: Client,
    desk: Desk,
    locale: str,
    typed: str,
    shown: str,
    amount: str,
    held: str,
) -> None:
    Organisation.objects.filter(pk=member.organisation_id).update(locale=locale)
    line = [LineDraft(desk.item.pk, unit_price=Decimal(1500))]
    invoice = save_document(desk.actor, Kind.INVOICE, {"customer_id": desk.customer.pk}, line)
    move(desk.actor, invoice.pk, "issue")
    make, choice = f"/documents/{invoice.pk}/make/payment/", f"choice-{invoice.pk}"
    assert f'name="{choice}" value="{shown}"' in text(client.get(make))
    client.post(make, {choice: typed})
    payment = Document.objects.get(kind=Kind.PAYMENT)
    assert payment.total == Decimal(amount)
    assert client.post(make, {choice: "NaN"}).status_code == 422
    move(desk.actor, payment.pk, "receive")
    order = save_document(desk.actor, Kind.ORDER, {"customer_id": desk.customer.pk}, line)
    field = f"/documents/{order.pk}/field/deposit/"
    assert client.post(field, {"value": typed}).status_code == 200
    assert Document.objects.get(pk=order.pk).deposit == Decimal(amount)
    assert f'value="{held}"' in text(client.get(f"{field}?edit=1"))


def test_a_price_below_a_cent_stands_whole(client: Client, desk: Desk) -> None:
    screw = save_item(desk.actor, {"sku": "SCREW", "name": "Screw", "price": Decimal("0.0125")})
    line = [LineDraft(screw.pk, quantity=Decimal(1000))]
    order = save_document(desk.actor, Kind.ORDER, {"customer_id": desk.customer.pk}, line)
    page = text(client.get(f"/orders/{order.pk}/"))
    assert "$0.0125" in page
    assert "$12.50" in page
    assert "$0.0125" in text(client.get("/items/"))


def test_a_year_that_nobody_means_is_refused(client: Client, desk: Desk) -> None:
    head = {"customer_id": desk.customer.pk, "line-description": "Tent", "line-unit_price": "5"}
    for day in ("0026-03-09", "9999-12-31"):
        refused = client.post("/invoices/new/", {**head, "date": day})
        assert (refused.status_code, "The year must lie between 1900 and 2200." in text(refused)) == (
            422,
            True,
        )
    assert not Document.objects.filter(kind=Kind.INVOICE).exists()
    assert client.post("/invoices/new/", {**head, "date": "2026-03-09"}).status_code == 302


def test_many_are_closed_after_a_question(client: Client, desk: Desk) -> None:
    buttons = dict(re.findall(r'name="act"\s+value="(\w+)"([^>]*)>', text(client.get("/orders/"))))
    assert {verb: "data-confirm" in rest for verb, rest in buttons.items() if verb in ("hold", "close")} == {
        "hold": False,
        "close": True,
    }


def test_a_document_of_as_many_lines_as_it_holds_is_saved(client: Client, desk: Desk) -> None:
    row = {"description": "Peg", "quantity": "2", "unit_price": "0.25"}
    cells = {f"line-{name}": [row.get(name, "")] * MAX_LINES for name in (*CELLS, "sku", "drop_ship")}
    typed = {"customer_id": desk.customer.pk, **cells}
    assert client.post("/documents/totals/order/", typed).json()["totals"][-1] == ["Total", "$250.00"]
    assert client.post("/orders/new/", typed).status_code == 302
    assert Document.objects.latest("pk").lines.count() == MAX_LINES


def test_what_does_not_fit_what_was_made_of_it_stays_in_the_form(client: Client, desk: Desk) -> None:
    convert(desk.actor, desk.order.pk, Kind.SHIPMENT)
    line = desk.order.lines.get()
    typed = {"item": line.item_id, "sku": line.sku, "description": line.description, "quantity": "1"}
    cells = {f"line-{name}": typed.get(name, "") for name in (*CELLS, "sku", "drop_ship")}
    head = {"customer_id": desk.customer.pk, "version": desk.order.version, "memo": "Ring first"}
    refused = client.post(f"{desk.order_url}edit/", {**head, **cells})
    page = text(refused)
    assert refused.status_code == 422
    assert "Keep that quantity, or cancel those documents first." in page
    assert "Ring first" in page
    assert re.search(r'name="line-quantity" value="1"', page)


@pytest.mark.parametrize(("words", "kept"), [("", ""), ("Peg", ""), ("", "PEG-1")])
def test_a_code_that_no_item_has_is_said_and_not_lost(
    client: Client, desk: Desk, words: str, kept: str
) -> None:
    """Unless the document came with it, as from a shop."""
    line, first = desk.order.lines.get(), {"sku": "PEG-1", "description": words, "quantity": "7"}
    held = {"item": line.item_id or "", "sku": line.sku, "description": line.description, "quantity": "2"}
    if kept:
        Line.objects.filter(pk=line.pk).update(sku=kept, item=None)
        held |= {"item": "", "sku": kept}
    typed = [held] if kept else [first, held]
    cells = {f"line-{name}": [one.get(name, "") for one in typed] for name in (*CELLS, "sku", "drop_ship")}
    head = {"customer_id": desk.customer.pk, "version": desk.order.version}
    answer = client.post(f"{desk.order_url}edit/", {**head, **cells})
    assert answer.status_code == (302 if kept else 422)
    assert ("No item has the SKU or barcode “PEG-1”." in text(answer)) == (not kept)
    assert kept or 'value="7"' in text(answer)
    assert desk.order.lines.count() == 1


def test_a_payment_has_a_reference_and_says_what_was_done(client: Client, desk: Desk) -> None:
    amount = {"customer_id": desk.customer.pk, "amount": Decimal(5), "po_number": "Cheque 0815"}
    row = save_document(desk.actor, Kind.PAYMENT, amount)
    page = text(client.get(f"/payments/{row.pk}/"))
    assert "Customer PO" not in page
    assert "Cheque 0815" in text(client.get("/payments/"))
    answer = client.post(f"/documents/{row.pk}/move/receive/", follow=True)
    assert f"{row.number}: received" in text(answer)


def test_a_public_link_shows_the_pdf_and_nothing_else(client: Client, desk: Desk) -> None:
    sheet = text(client.post(f"/documents/{desk.order.pk}/share/"))
    address = re.search(r"/d/[\w-]{43}/", sheet)
    assert address
    anybody = Client()
    answer = anybody.get(address.group())
    assert (answer["Content-Type"], answer["X-Robots-Tag"]) == ("application/pdf", "noindex, nofollow")
    assert answer["Cache-Control"] == "private, no-store"
    client.post(f"/documents/{desk.order.pk}/revoke/")
    for gone in (address.group(), "/d/guess/"):
        assert anybody.get(gone).status_code == 404


def test_a_copy_and_the_versions_of_a_quote(client: Client, desk: Desk) -> None:
    client.post(f"/documents/{desk.quote.pk}/copy/")
    assert Document.objects.filter(kind=Kind.QUOTE).count() == 2
    for verb in ("send", "revise"):
        client.post(f"/documents/{desk.quote.pk}/move/{verb}/")
    assert "Version 1" in text(client.get(f"/quotes/{desk.quote.pk}/"))
    assert "Tent for four" in text(client.get(f"/documents/{desk.quote.pk}/versions/1/"))
    assert client.get(f"/documents/{desk.quote.pk}/versions/2/").status_code == 404


def test_every_state_of_a_document_has_a_word_that_is_translated() -> None:
    states = {state for machine in MACHINES.values() for state in machine.states}
    assert {key: str(word) for key, word in STATES.items()} == {
        state: state.replace("_", " ").capitalize() for state in states
    }
