"""Documents belong to jobs: chosen, taken over by what is made of them, listed on the job."""

from __future__ import annotations

import pytest

from tests.api.conftest import program_of
from tests.exchange.test_services import received, told
from tests.sales.test_lists import client_of
from tests.sales.trade import D, Trade, trade
from tradepost.exchange import services as exchange
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.people import services as people
from tradepost.people.models import Project
from tradepost.sales.converting import convert, copy
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import save_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Trade:
    return trade()


def job_of(shop: Trade, name: str = "Fit-out", customer: int | None = None) -> Project:
    return people.save_project(shop.actor, {"name": name, "customer_id": customer or shop.customer})


def test_what_is_made_of_a_document_belongs_to_its_job(shop: Trade) -> None:
    job = job_of(shop)
    quote = shop.document(Kind.QUOTE, project_id=job.pk)
    order = convert(shop.actor, quote.pk, Kind.ORDER)
    pick = convert(shop.actor, order.pk, Kind.PICK)
    invoice = convert(shop.actor, order.pk, Kind.INVOICE)
    move(shop.actor, invoice.pk, "issue")
    move(shop.actor, pick.pk, "finish")
    made = [
        *(order, pick, invoice, copy(shop.actor, order.pk)),
        convert(shop.actor, pick.pk, Kind.SHIPMENT),
        convert(shop.actor, order.pk, Kind.PURCHASE_ORDER, vendor_id=shop.vendor),
        convert(shop.actor, invoice.pk, Kind.PAYMENT, amount=D(1)),
    ]
    assert [row.project_id for row in made] == [job.pk] * len(made)
    with pytest.raises(Conflict, match="Fit-out stands on 8 documents"):
        people.trash(shop.actor, job)


def test_a_sale_belongs_to_a_job_of_its_customer_and_a_purchase_to_any(shop: Trade) -> None:
    other = people.save_customer(shop.actor, {"name": "Elm"}).pk
    ours, theirs = job_of(shop), job_of(shop, "Their kitchen", other)
    with pytest.raises(Invalid, match="“Their kitchen” is a job of Elm. Choose one of this customer's"):
        shop.document(project_id=theirs.pk)
    order = shop.document(project_id=ours.pk)
    with pytest.raises(Invalid, match="is a job of Granite"):
        save_document(shop.actor, Kind.ORDER, {"customer_id": other}, document_id=order.pk)
    moved = {"customer_id": other, "project_id": theirs.pk}
    assert save_document(shop.actor, Kind.ORDER, moved, document_id=order.pk).project_id == theirs.pk
    assert save_document(shop.actor, Kind.ORDER, {"project_id": None}, document_id=order.pk).project is None
    assert shop.document(Kind.PURCHASE_ORDER, project_id=theirs.pk).project_id == theirs.pk
    stranger = trade_of_another_company()
    with pytest.raises(Missing):
        shop.document(project_id=stranger.pk)


def trade_of_another_company() -> Project:
    from tests.api.conftest import company

    actor = company("kim@elsewhere.example")
    customer = people.save_customer(actor, {"name": "Far"})
    return people.save_project(actor, {"name": "Far", "customer_id": customer.pk})


def test_the_pages_choose_it_show_it_and_find_by_it(shop: Trade) -> None:
    client = client_of(shop)
    plain = shop.document()
    for page in ("/orders/new/", f"/orders/{plain.pk}/", "/orders/"):
        assert "Job" not in client.get(page).content.decode().partition("<main")[2]
    job, done = job_of(shop), job_of(shop, "Old shed")
    people.archive(shop.actor, done)
    assert [one["text"] for one in client.get("/projects/complete/?q=fit").json()] == [
        "Fit-out · Granite State Brewing"
    ]
    form = client.get(f"/orders/new/?project={job.pk}").content.decode()
    assert f'<option value="{job.pk}" selected>' in form
    assert f'<option value="{shop.customer}" selected>' in form
    typed = {"customer_id": shop.customer, "project_id": job.pk, "line-item": shop.items[0]}
    typed |= {
        f"line-{cell}": ""
        for cell in ("description", "quantity", "unit_price", "discount_percent", "tax_rate")
    }
    assert client.post("/orders/new/", typed).status_code == 302
    order = Document.objects.get(project=job)
    shown = client.get(f"/orders/{order.pk}/").content.decode()
    assert f'href="/projects/{job.pk}/"' in shown
    choices = client.get(f"/documents/{plain.pk}/field/project_id/?edit=1").content.decode()
    assert ("Fit-out" in choices, "Old shed" in choices) == (True, False)
    listed = client.get(f"/orders/?project={job.pk}").content.decode()
    assert (order.number in listed, plain.number in listed) == (True, False)
    assert "Old shed" in client.get(f"/orders/?project={done.pk}").content.decode()
    assert "Fit-out" in client.get(f"/orders/export/?project={job.pk}").getvalue().decode()
    pane = client.get(f"/projects/{job.pk}/?tab=documents").content.decode()
    assert (order.number in pane, plain.number in pane) == (True, False)
    assert "of this job stand here" in client.get(f"/projects/{done.pk}/?tab=documents").content.decode()
    client.post(f"/documents/{plain.pk}/field/project_id/", {"value": job.pk})
    assert shop.again(plain).project == job


def test_a_file_names_it(shop: Trade) -> None:
    other = people.save_customer(shop.actor, {"name": "Elm"}).pk
    job = job_of(shop)
    job_of(shop, "Their kitchen", other)
    text = "Order,Customer,Job,Description\n"
    for number, name in (
        ("A", job.number),
        ("B", "fit-out"),
        ("C", "Their kitchen"),
        ("D", "Nowhere"),
        ("E", ""),
    ):
        text += f"{number},C-0001,{name},Work\n"
    run = exchange.apply(shop.actor, received(shop, "order", text).pk, now=True)
    assert list(job.documents.order_by("number").values_list("number", flat=True)) == ["A", "B"]
    causes = [cause for _n, action, cause in told(run) if action == "refuse"]
    assert len(causes) == 2
    assert "is a job of Elm" in causes[0]
    assert "There is no job “Nowhere”" in causes[1]


def test_programs_set_it_and_find_by_it(shop: Trade) -> None:
    program, job = program_of(shop.actor), job_of(shop)
    plain = shop.document()
    body = {"customer_id": shop.customer, "project_id": job.pk, "lines": [{"item_id": shop.items[0]}]}
    made = program.post("documents", body)
    assert made["project_id"] == job.pk
    assert [row["id"] for row in program.get(f"documents?project_id={job.pk}")["items"]] == [made["id"]]
    assert program.patch(f"documents/{plain.pk}", {"project_id": job.pk})["project_id"] == job.pk
