"""The trade by API: records and their verbs, lists and their pages, timelines, files."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import PASSWORD, Program, company, join, program_of, told
from tests.ground.conftest import no_room
from tradepost.accounts.access import Role
from tradepost.accounts.models import Organisation

pytestmark = pytest.mark.django_db


def test_a_customer_with_addresses_is_read_as_written(dana: Program) -> None:
    address = {"kind": "billing", "street": "1 Dock", "city": "Portland", "country": "US", "primary": True}
    emails = [{"email": "Office@Harbor.example"}, {"email": "renata@harbor.example", "primary": True}]
    made = dana.post("customers", {"name": "Harbor", "emails": emails, "addresses": [address]})
    assert made["number"] == "C-0001"
    assert [(e["email"], e["primary"]) for e in made["emails"]] == [
        ("office@harbor.example", False),
        ("renata@harbor.example", True),
    ]
    assert made["addresses"][0]["street"] == "1 Dock"
    assert dana.patch(f"customers/{made['id']}", {"phone": "1"})["addresses"] == made["addresses"]
    assert dana.patch(f"customers/{made['id']}", {"addresses": []})["addresses"] == []
    [found] = dana.get("customers?q=harb&email=renata@harbor.example")["items"]
    assert found["id"] == made["id"]
    dana.post(f"customers/{made['id']}/archive", status=200)
    assert dana.get("customers")["items"] == []
    dana.post(f"customers/{made['id']}/archive", status=409)
    dana.post(f"customers/{made['id']}/restore", status=200)
    assert len(dana.get("customers")["items"]) == 1


def test_a_contact_belongs_to_several_customers(dana: Program) -> None:
    ids = [dana.post("customers", {"name": name})["id"] for name in "AB"]
    made = dana.post(
        "contacts", {"first_name": "Renata", "customer_ids": ids, "emails": [{"email": "r@x.example"}]}
    )
    assert sorted(made["customer_ids"]) == ids
    assert dana.get(f"contacts?customer_id={ids[1]}")["items"][0]["id"] == made["id"]
    assert dana.get("recipients?q=ren") == [{"email": "r@x.example", "name": "Renata"}]
    assert dana.patch(f"contacts/{made['id']}", {"customer_ids": ids[:1]})["customer_ids"] == ids[:1]


@pytest.mark.req("B21", "B26")
def test_a_lead_becomes_a_customer_and_a_lead_again(dana: Program) -> None:
    path = f"leads/{dana.post('leads', {'company': 'Tide'})['id']}"
    made = dana.post(f"{path}/convert", {})
    back = dana.post(f"{path}/revert", {}, 200)
    assert (back["status"], back["customer_id"]) == ("new", None)
    assert [row["id"] for row in dana.get("customers?trash=true")["items"]] == [made["customer_id"]]
    assert "is not converted" in str(dana.post(f"{path}/revert", {}, 409))


def test_a_quote_becomes_an_order_and_is_moved(dana: Program, order: dict[str, Any]) -> None:
    assert (order["number"], order["total"], order["lines"][0]["amount"]) == ("SO-00001", "438.90", "399.00")
    line = {"description": "Advice", "quantity": "1", "unit_price": "10"}
    quote = dana.post("documents", {"kind": "quote", "customer_id": order["customer_id"], "lines": [line]})
    made = dana.post(f"documents/{quote['id']}/convert")
    assert (made["kind"], made["source_id"], made["lines"][0]["description"]) == (
        "order",
        quote["id"],
        "Advice",
    )
    path = f"documents/{made['id']}"
    assert {"hold", "cancel"} <= {verb["verb"] for verb in made["verbs"]}
    dana.post(f"{path}/moves", {"verb": "hold"}, 422)
    held = dana.post(f"{path}/moves", {"verb": "hold", "reason": "Credit"}, 200)
    assert held["hold_reason"] == "Credit"
    assert "does not fit" in dana.post(f"{path}/moves", {"verb": "fly"}, 409)["detail"]
    assert [d["id"] for d in dana.get("documents?held=true")["items"]] == [made["id"]]
    assert [d["id"] for d in dana.get(f"documents?source_id={quote['id']}")["items"]] == [made["id"]]
    assert dana.call("get", f"{path}/pdf").content.startswith(b"%PDF-")


@pytest.mark.req("B21", "B25")
def test_an_order_is_shipped_invoiced_and_paid(dana: Program, order: dict[str, Any]) -> None:
    path, line = f"documents/{order['id']}", order["lines"][0]["id"]
    part = [{"line_id": line, "quantity": "0.5"}]
    shipped = dana.post(f"{path}/convert", {"target": "shipment", "quantities": part})
    assert (shipped["lines"][0]["quantity"], shipped["lines"][0]["source_id"]) == ("0.5000", line)
    dana.patch(f"documents/{shipped['id']}", {"carrier": "UPS", "tracking": "1Z9", "packages": 2})
    dana.post(f"documents/{shipped['id']}/moves", {"verb": "ship"}, 200)
    assert dana.get(path)["status"] == "partly_shipped"
    bills = [dana.post(f"{path}/convert", {"target": "invoice", "quantities": q}) for q in (part, None)]
    assert [bill["total"] for bill in bills] == ["109.73", "329.17"]
    for bill in bills:
        dana.post(f"documents/{bill['id']}/moves", {"verb": "issue"}, 200)
    payment = dana.post(
        "documents",
        {"kind": "payment", "customer_id": order["customer_id"], "amount": "400", "method": "Cheque"},
    )
    money = f"documents/{payment['id']}"
    dana.post(f"{money}/moves", {"verb": "receive"}, 200)
    split = {bills[0]["id"]: "109.73", bills[1]["id"]: "290.27"}
    amounts = [{"document_id": pk, "amount": amount} for pk, amount in split.items()]
    assert len(dana.post(f"{money}/applications", {"amounts": amounts})) == 2
    assert [dana.get(f"documents/{b['id']}")["status"] for b in bills] == ["paid", "partly_paid"]
    dana.delete(f"{money}/applications/{bills[0]['id']}")
    assert dana.get(money)["balance"] == "109.73"
    assert {d["kind"] for d in dana.get(f"{path}/related")} == {"shipment", "invoice"}


@pytest.mark.django_db
def test_a_line_is_drop_shipped(dana: Program, order: dict[str, Any]) -> None:
    path, line = f"documents/{order['id']}", order["lines"][0]
    assert line["drop_ship"] is False
    lines = [{"line_id": line["id"], "item_id": line["item_id"], "drop_ship": True}]
    assert dana.patch(path, {"lines": lines})["lines"][0]["drop_ship"] is True
    vendor = dana.post("vendors", {"name": "Cascade Canvas Mill"})
    wanted = {"target": "purchase_order", "vendor_id": vendor["id"]}
    assert "has no ship-to" in str(dana.post(f"{path}/convert", wanted, 422))
    dana.patch(path, {"shipping": {"street": "12 Canal St"}})
    made = dana.post(f"{path}/convert", wanted)
    lines[0]["drop_ship"] = False
    assert "goes on as it began" in dana.call("patch", path, {"lines": lines}).json()["detail"]
    dana.post(f"documents/{made['id']}/moves", {"verb": "send"}, 200)
    receipt = dana.post(f"documents/{made['id']}/convert", {"target": "receipt"})
    dana.post(f"documents/{receipt['id']}/moves", {"verb": "receive"}, 200)
    assert dana.get(path)["status"] == "shipped"
    dana.post(f"documents/{receipt['id']}/moves", {"verb": "void"}, 200)
    assert dana.get(path)["status"] == "open"


def test_a_document_is_copied_and_shared(dana: Program, order: dict[str, Any]) -> None:
    path = f"documents/{order['id']}"
    assert dana.post(f"{path}/copies")["total"] == order["total"]
    url = dana.post(f"{path}/links")["url"]
    assert dana.client.get(url).content.startswith(b"%PDF-")
    dana.delete(f"{path}/links")
    assert dana.client.get(url).status_code == 404
    assert "not made from" in dana.post(f"{path}/convert", {"target": "order"}, 409)["detail"]


def test_terms_are_kept_by_name(dana: Program) -> None:
    made = dana.post("terms", {"name": "Net 30", "days": 30})
    assert dana.patch(f"terms/{made['id']}", {"days": 14})["days"] == 14
    dana.post("terms", {"name": "Net 30"}, 422)
    assert [t["name"] for t in dana.get("terms")["items"]] == ["Net 30"]


def test_totals_are_previewed_without_a_trace(dana: Program, order: dict[str, Any]) -> None:
    lines = [{"item_id": order["lines"][0]["item_id"], "quantity": "3"}]
    shown = dana.post("documents/preview", {"lines": lines, "discount_percent": "10"}, 200)
    assert (shown["subtotal"], shown["discount"]) == ("598.50", "59.85")
    assert len(dana.get("documents")["items"]) == 1


# -- lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.req("X1")
def test_who_is_here_already_is_named_before_it_is_made_twice(dana: Program) -> None:
    bo = {"last_name": "Bo", "emails": [{"email": "bo@harbor.example"}]}
    here = dana.post("contacts", bo)
    told = dana.post("contacts", {"first_name": "Bosse", "emails": bo["emails"]}, 409)
    known = {"kind": "contact", "id": here["id"], "title": "Bo", "why": "email"}
    assert (told["type"], told["candidates"]) == ("doubled", [known])
    assert "force=true" in told["cure"]
    lead = dana.post("leads?force=true", {"company": "Harbor", **bo})["id"]
    assert dana.post(f"leads/{lead}/convert", {}, 409)["candidates"] == [known]
    made = dana.post(f"leads/{lead}/convert", {"contact_id": here["id"]})
    assert made["contact_id"] == here["id"]
    dana.post("contacts?force=true", bo)


@pytest.mark.parametrize("sort", ["name", "-name", "created_at", "-updated_at"])
def test_paging_shows_each_once_while_others_come_and_go(dana: Program, sort: str) -> None:
    for n in range(9):
        dana.post("customers?force=true", {"name": f"Same {n // 4}"})
    whole = [c["id"] for c in dana.get(f"customers?sort={sort}")["items"]]
    seen: list[int] = []
    found = dana.get(f"customers?sort={sort}&limit=2")
    while True:
        seen += [c["id"] for c in found["items"]]
        if found["next"] is None:
            break
        for name in ("AAA", "Same 1", "ZZZ") if len(seen) < 7 else ():
            dana.post("customers?force=true", {"name": name})
        if len(seen) == 4:
            dana.post(f"customers/{seen[0]}/archive", status=200)
        found = dana.get(f"customers?sort={sort}&limit=2&cursor={found['next']}")
    assert len(seen) == len(set(seen))
    assert [one for one in seen if one in whole] == whole


def test_a_cursor_is_of_its_list(dana: Program) -> None:
    for n in range(3):
        dana.post("customers", {"name": f"N{n}"})
    cursor = dana.get("customers?limit=1&sort=name")["next"]
    assert "cursor" in dana.get(f"customers?limit=1&sort=-name&cursor={cursor}", 422)["errors"]
    for forged in (
        '["name","x",0]',
        '["name",null,1]',
        '["name",{},1]',
        "[]",
        "1",
        "[" * 5000,
        '["name","\\u0000",1]',
    ):
        text = base64.urlsafe_b64encode(forged.encode()).decode()
        dana.get(f"customers?sort=name&cursor={text}", 422)


LISTS = ["customers", "contacts", "items", "documents", "activities", "members", "api-keys", "audit"]


@pytest.mark.parametrize("path", LISTS)
def test_a_longer_list_asks_the_database_no_more(dana: Program, path: str) -> None:
    def grow(n: int) -> None:
        person = {"name": f"C{n}", "emails": [{"email": f"c{n}@x.example"}]}
        customer = dana.post("customers", person)
        dana.post(
            "contacts", {"last_name": f"C{n}", "customer_ids": [customer["id"]], "emails": person["emails"]}
        )
        item = dana.post("items", {"sku": f"S{n}", "name": "N"})
        order = dana.post("documents", {"customer_id": customer["id"], "lines": [{"item_id": item["id"]}]})
        note = {"kind": "note", "record": {"kind": "document", "id": order["id"]}, "text": "x"}
        dana.post("activities", note)
        dana.post("api-keys", {"name": f"K{n}"})
        join(dana.actor, Role.SALES, f"s{n}@example.com")

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            dana.get(path)
        return len(caught)

    grow(1)
    dana.get(path)
    few = count()
    for n in range(2, 6):
        grow(n)
    assert count() == few
    assert few <= 12


# -- activities ------------------------------------------------------------------------------------------------------


@pytest.mark.req("A17")
def test_what_is_planned_becomes_history(dana: Program, order: dict[str, Any]) -> None:
    on = {"kind": "document", "id": order["id"]}
    event = {"kind": "event", "record": on, "subject": "New meeting", "starts": "2026-12-01T10:00:00+01:00"}
    made = dana.post("activities", event)
    assert (made["status"], made["starts"]) == ("open", "2026-12-01T09:00:00Z")
    assert {r["kind"] for r in made["records"]} == {"document", "customer"}
    timeline = f"timeline/document/{order['id']}"
    assert [a["id"] for a in dana.get(f"{timeline}?open=true")["items"]] == [made["id"]]
    dana.post(f"activities/{made['id']}/status", {"status": "done"}, 200)
    assert [a["id"] for a in dana.get(timeline)["items"]] == [made["id"]]
    assert dana.get(f"{timeline}?open=true")["items"] == []
    dana.post("activities", {**event, "starts": None}, 422)
    dana.post("activities", {**event, "starts": "2026-12-01T10:00:00"}, 422)
    moved = dana.post(f"activities/{made['id']}/move", {"off": on}, 200)
    assert moved["records"] == []


def test_a_timeline_has_pages(dana: Program, order: dict[str, Any]) -> None:
    on = {"kind": "document", "id": order["id"]}
    ids = [dana.post("activities", {"kind": "note", "record": on, "text": str(n)})["id"] for n in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        found = dana.get(f"timeline/document/{order['id']}?limit=2&cursor={cursor}")
        seen += [a["id"] for a in found["items"]]
        cursor = found["next"]
    assert seen == ids[::-1]
    dana.get(f"timeline/document/{order['id']}?cursor=AAAA", 422)


def test_what_is_private_stays_so(dana: Program, order: dict[str, Any]) -> None:
    sam = program_of(join(dana.actor, Role.SALES, "sam@example.com"))
    note = {
        "kind": "note",
        "record": {"kind": "document", "id": order["id"]},
        "text": "x",
        "visibility": "owner",
    }
    made = sam.post("activities", note)
    dana.get(f"activities/{made['id']}", 404)
    assert dana.get("activities")["items"] == []
    assert dana.get(f"timeline/document/{order['id']}")["items"] == []
    sam.patch(f"activities/{made['id']}", {"visibility": "all"})
    dana.get(f"activities/{made['id']}")


def test_a_file_goes_up_and_comes_down(dana: Program, stranger: Program, order: dict[str, Any]) -> None:
    note = {"kind": "note", "record": {"kind": "document", "id": order["id"]}, "text": "x"}
    path = f"/api/v1/activities/{dana.post('activities', note)['id']}/files"
    page = SimpleUploadedFile("a<b.html", b"<script>alert(1)</script>", content_type="image/png")
    headers = {"Authorization": f"Bearer {dana.key}"}
    [file] = told(dana.client.post(path, {"files": [page]}, headers=headers), 201)
    answer = dana.call("get", file["url"].removeprefix("/api/v1/"))
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    stranger.get(file["url"].removeprefix("/api/v1/"), 404)
    once = {**headers, "Idempotency-Key": "f"}
    first, again = (
        dana.client.post(path, {"files": [SimpleUploadedFile("b.txt", b"b")]}, headers=once) for _ in "ab"
    )
    assert first.content == again.content  # although the boundary differs
    big = SimpleUploadedFile("photo.bin", b"photo" * 1000)
    with no_room(3000):
        refused = dana.client.post(path, {"files": [big]}, headers=headers)
    assert told(refused, 507)["detail"] == "There is no room left to store this."
    kept = dana.get(path.removeprefix("/api/v1/").removesuffix("/files"))["files"]
    assert [one["name"] for one in kept] == ["a<b.html", "b.txt"]


# -- people, settings, the desk --------------------------------------------------------------------------------------


@pytest.mark.req("A3", "B22")
def test_a_company_is_peopled_by_script(db: None, settings: Any) -> None:
    from django.test import Client

    form = {"company": "M", "name": "D", "email": "d@example.com", "password": PASSWORD, "locale": "de-AT"}
    made = told(Client().post("/api/v1/companies", form, content_type="application/json"), 201)
    assert made["role"] == "master_admin"
    assert Organisation.objects.get(pk=made["company_id"]).locale == "de-AT"
    dana = program_of(company("dana@example.com"))
    told(Client().post("/api/v1/companies", form, content_type="application/json"), 422)
    settings.REGISTRATION_OPEN = False
    told(Client().post("/api/v1/companies", form, content_type="application/json"), 403)
    invited = dana.post("invitations", {"email": "sam@example.com", "role": "sales"})
    assert invited["link"].endswith(f"/join/{invited['secret']}/")
    joining = {"secret": invited["secret"], "name": "Sam", "password": PASSWORD}
    me = told(Client().post("/api/v1/invitations/accept", joining, content_type="application/json"), 201)
    assert (me["email"], me["role"]) == ("sam@example.com", "sales")
    [_dana, sam] = dana.get("members")["items"]
    assert dana.patch(f"members/{sam['id']}", {"role": "warehouse"})["role"] == "warehouse"
    dana.delete(f"members/{sam['id']}")
    assert [m["email"] for m in dana.get("members?ended=true")["items"]] == ["sam@example.com"]
    assert dana.patch("company", {"time_zone": "Europe/Berlin"})["name"] == "Marlow"


@pytest.mark.req("A3", "X5")
def test_settings_say_where_they_come_from(dana: Program) -> None:
    admin = program_of(join(dana.actor, Role.ADMIN, "ada@example.com"))
    assert "company.activate" in admin.patch("settings", {"values": {"mail.active": True}}, 403)["detail"]
    dana.patch("settings", {"values": {"mail.active": True, "mail.response": "own"}})
    found = {s["key"]: s for s in dana.get("settings")}
    assert (found["mail.response"]["value"], found["mail.response"]["level"]) == ("own", "organisation")
    assert (found["mail.files"]["level"], found["mail.files"]["default"]) == (None, "add")
    dana.patch("settings", {"values": {"mail.response": None}})
    assert {s["key"]: s for s in dana.get("settings")}["mail.response"]["level"] is None


def test_the_desk_finds_records_and_who_changed_them(
    dana: Program, reader: Program, order: dict[str, Any]
) -> None:
    assert {(h["kind"], h["title"]) for h in dana.get("search?q=harb")} >= {("customer", "Harbor & Pine")}
    assert [h["kind"] for h in reader.get("search?q=SO-00001")] == ["document"]
    [entry] = dana.get(f"audit?kind=document&record_id={order['id']}")["items"]
    assert (entry["verb"], entry["via"], entry["user_id"]) == ("order.save", "api", dana.actor.user_id)
    reader.get("audit", 403)
    assert dana.get("notices")["items"] == dana.get("jobs")["items"] == []
    dana.post("notices/read", status=204)


def test_items_are_put_away_and_taken_back(dana: Program) -> None:
    item = dana.post("items", {"sku": "TNT-4", "name": "Tent"})["id"]
    assert dana.post(f"items/{item}/archive", {}, 200)["archived_at"]
    assert dana.get("items")["items"] == []
    assert [row["id"] for row in dana.get("items?archived=true")["items"]] == [item]
    dana.post(f"items/{item}/archive", {}, 409)
    assert dana.post(f"items/{item}/restore", {}, 200)["archived_at"] is None
