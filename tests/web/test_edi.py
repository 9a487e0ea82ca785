"""A clerk uploads an order as XML, sees what is wrong, mends it, takes it and sends the answer; the API and the CLI too."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.exchange.edi.test_messages import ORDER
from tests.web.desk import desk_of
from tradepost.accounts.models import Membership
from tradepost.catalog.services import save_item
from tradepost.exchange.edi.messages import paper_of, response_of
from tradepost.exchange.models import EdiMessage
from tradepost.people.services import save_customer
from tradepost.sales.models import Document, Kind

pytestmark = pytest.mark.req("B25")


def test_upload_mend_take_and_answer(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    file = SimpleUploadedFile("order.xml", ORDER.replace("Granite State Brewing", "Quarry").encode())
    at = client.post("/import/xml/", {"file": file})["Location"]
    page = client.get(at).content.decode()
    assert "There is no customer with the name “Quarry”." in page
    assert "Nothing is made of it until this is mended" in page
    assert client.post(f"{at}take/").status_code == 422
    save_customer(desk.actor, {"name": "Quarry"})
    save_item(desk.actor, {"sku": "OLD", "name": "Old"})
    assert "New order" in client.get(at).content.decode()
    taken = client.post(f"{at}take/")
    order = Document.objects.get(kind=Kind.ORDER, customer__name="Quarry")
    assert taken["Location"] == f"/orders/{order.pk}/"
    answer = client.get(f"{at}answer/")
    assert response_of(answer.content).sales_order == order.number
    assert "attachment" in answer["Content-Disposition"]
    assert f"/documents/{order.pk}/xml/" in client.get(f"/orders/{order.pk}/").content.decode()
    assert paper_of(client.get(f"/documents/{order.pk}/xml/").content).reference == order.number
    assert order.number in client.get("/import/xml/").content.decode()


def test_a_wrong_file_is_refused_with_line_and_element(client: Client, member: Membership) -> None:
    desk_of(member)
    file = SimpleUploadedFile("order.xml", ORDER.replace("2026-11-02", "soon").encode())
    answer = client.post("/import/xml/", {"file": file})
    assert answer.status_code == 422
    assert "Line 4: Order/IssueDate is “soon”" in answer.content.decode()
    assert not EdiMessage.objects.exists()


@pytest.mark.django_db
def test_the_schema_is_public() -> None:
    answer = Client().get("/schema/documents-1.xsd")
    assert answer.status_code == 200
    assert b'targetNamespace="urn:tradepost:documents:1"' in answer.content
