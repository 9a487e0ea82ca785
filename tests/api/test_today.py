"""What needs a person today, by the API as on the first page; and a mail with the PDF of its document."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import Program, join, program_of, told
from tests.web.desk import mailbox
from tradepost.accounts.access import Role
from tradepost.accounts.keys import create_api_key
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


def test_cases_returns_and_what_is_short(dana: Program, order: dict[str, Any]) -> None:
    lee = join(dana.actor, Role.SALES, "lee@example.com")
    for subject, values in {
        "Of Lee": {"priority": "high", "assignee_id": lee.user_id},
        "Nobody's": {"priority": "low", "due": "2020-01-02"},
        "Mine": {"assignee_id": dana.actor.user_id},
        "Solved": {"status": "closed", "resolution": "New pole"},
    }.items():
        dana.post("cases", {"subject": subject, **values})
    item = order["lines"][0]["item_id"]
    place = dana.post("locations", {"name": "Main"})["id"]
    level = {"item_id": item, "location_id": place, "minimum": "5", "maximum": "20"}
    told(dana.call("put", "reorder/levels", level), 200)
    party = {"customer_id": order["customer_id"], "lines": [{"item_id": item, "quantity": 1}]}
    for verbs in ((), ("approve",), ("approve", "receive")):
        rma = dana.post("documents", {"kind": "rma", **party})
        for verb in verbs:
            told(dana.call("post", f"documents/{rma['id']}/moves", {"verb": verb}), 200)
    found = dana.get("today")
    cases = found["cases"]
    assert (cases["open"], cases["mine"], cases["late"]) == (3, 1, 1)
    assert [(one["subject"], one["due"]) for one in cases["rows"]] == [
        ("Mine", None), ("Nobody's", "2020-01-02"), ("Of Lee", None),
    ]  # fmt: skip
    early = dana.get("cases?due_before=2020-01-03")["items"]
    assert [one["subject"] for one in early] == ["Nobody's"]
    assert dana.get("cases?due_before=2020-01-02")["items"] == []
    assert found["stock"] == {"returns": 1, "below_level": 1}
    assert [one["subject"] for one in program_of(lee).get("today")["cases"]["rows"]][0] == "Of Lee"


@pytest.mark.parametrize(
    ("scopes", "cases", "stock"),
    [
        (["people.view"], True, {"returns": None, "below_level": None}),
        (["sales.view"], False, {"returns": 0, "below_level": None}),
        (["catalog.view"], False, {"returns": None, "below_level": 0}),
    ],
)
def test_a_key_is_told_what_it_may_see(
    dana: Program, scopes: list[str], cases: bool, stock: dict[str, Any]
) -> None:
    _row, key = create_api_key(dana.actor, name="narrow", scopes=scopes)
    found = Program(dana.actor, key).get("today")
    assert (found["cases"] is not None) is cases
    assert found["stock"] == stock


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
