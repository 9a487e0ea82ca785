"""What needs a person today, by the API as on the first page; and a mail with the PDF of its document."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import Program, join, program_of
from tests.web.desk import mailbox
from tradepost.accounts.access import Role
from tradepost.activities.models import Message
from tradepost.kit import clock
from tradepost.sales.models import Document


@pytest.fixture
def order(dana: Program) -> dict[str, Any]:
    customer = dana.post("customers", {"name": "Harbor", "emails": [{"email": "r@harbor.example"}]})
    item = dana.post("items", {"sku": "TNT-4", "name": "Tent", "price": "100"})
    lines = [{"item_id": item["id"], "quantity": 2}]
    made: dict[str, Any] = dana.post(
        "documents",
        {
            "kind": "order",
            "customer_id": customer["id"],
            "lines": lines,
            "date": "2020-01-01",
            "promised": "2020-01-02",
        },
    )
    return made


def test_what_waits_and_what_is_late(dana: Program, order: dict[str, Any]) -> None:
    due = (clock.now() + timedelta(days=1)).isoformat()
    dana.post(
        "activities",
        {"kind": "task", "subject": "Call", "record": {"kind": "document", "id": order["id"]}, "due": due},
    )
    found = dana.get("today")
    waiting = {one["kind"]: one for one in found["sales"]["waiting"]}
    assert waiting["order"] == {"kind": "order", "open": 1, "held": 0, "late": 1, "mine": 1}
    assert waiting["invoice"]["open"] == 0
    assert [one["number"] for one in found["sales"]["late_orders"]] == [order["number"]]
    assert len(found["sales"]["booked"]) == 14
    assert [one["subject"] for one in found["activities"]["agenda"]] == ["Call"]
    assert found["sync"] == {"broken": [], "reviews": 0}


@pytest.mark.parametrize(("role", "syncs"), [(Role.WAREHOUSE, True), (Role.READ_ONLY, False)])
def test_each_part_is_for_who_may_see_it(dana: Program, role: Role, syncs: bool) -> None:
    found = program_of(join(dana.actor, role, "lee@example.com")).get("today")
    assert found["sales"] and found["activities"]
    assert (found["sync"] is not None) is syncs


def letters(dana: Program, order: dict[str, Any], **more: Any) -> list[str]:
    """The names of the files of a mail that is sent on the order."""
    about = {"records": [{"kind": "document", "id": order["id"]}]}
    sent = dana.post(
        "emails", {"to": "r@harbor.example", "subject": "Your order", "text": "Here", **about, **more}
    )
    return [one["name"] for one in sent["files"]]


@pytest.mark.req("A12", "B25")
def test_the_pdf_of_the_document_goes_along(dana: Program, order: dict[str, Any]) -> None:
    mailbox(dana.actor)
    pdf = f"{order['number']}.pdf"
    assert letters(dana, order) == [pdf]
    assert letters(dana, order, attach_document=False) == []
    own = {"name": pdf, "content": "JVBERi0xLjQ=", "content_type": "application/pdf"}
    assert letters(dana, order, files=[own]) == [pdf]  # as the caller made it, and not twice
    assert Message.objects.latest("pk").attachments.get().size == 8
    before = Message.objects.latest("pk").pk
    assert letters(dana, order, reply_to=before) == []
    assert letters(dana, order, reply_to=before, attach_document=True) == [pdf]
    about = {"document_id": order["id"], "to": "r@harbor.example", "subject": "x"}
    answer = dana.client.post("/api/v1/emails/form", about, headers={"Authorization": f"Bearer {dana.key}"})
    assert [one["name"] for one in answer.json()["files"]] == [pdf]
    nothing = {
        "to": "r@harbor.example",
        "subject": "x",
        "records": [{"kind": "customer", "id": order["customer_id"]}],
    }
    assert dana.post("emails", {**nothing, "attach_document": True})["files"] == []
    assert Document.objects.get(pk=order["id"]).left_house
