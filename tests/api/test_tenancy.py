"""Every address there is × every role × another company's ids: of the API and of the pages.

The addresses come from the product itself, so that a new one is tried too; where it names a kind of record that ``world``
does not know yet, the test says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern

from tests.api.conftest import Program, company, join, program_of
from tests.api.world import MARK, World, rows_of, world
from tradepost.accounts.access import GRANTS, Permission, Role
from tradepost.accounts.keys import create_api_key
from tradepost.accounts.models import User
from tradepost.api import __path__ as rooms_of_the_api
from tradepost.api.urls import ROOMS, api
from tradepost.web import urls as pages

pytestmark = pytest.mark.django_db

PUBLIC = {"/api/v1/companies", "/api/v1/invitations/accept"}
EVERYBODYS = {None, *frozenset.intersection(*GRANTS.values())}
CONFIG = {"config": {}, "secrets": {}}

# A body that reaches the verb, for each operation that needs one.
BODIES: dict[str, Any] = {
    "change_member": {"role": "admin"},
    "create_role": {"name": "X", "base": "sales"},
    "change_own_role": {"name": "X"},
    "invite": {"email": "x@example.com"},
    "change_me": {"name": "X"},
    "create_api_key": {"name": "X"},
    "change_settings": {"values": {}},
    "move_document": {"verb": "hold", "reason": "X"},
    "set_status": {"status": "done"},
    "grant_mail_access": {"role": "sales"},
    "resolve_review": {"choice": "ignore"},
    "change_customer": {"name": "X"},
    "change_vendor": {"name": "X"},
    "change_lead": {"company": "X"},
    "change_opportunity": {"name": "X"},
    "change_case": {"subject": "X"},
    "change_project": {"name": "X"},
    "change_contact": {"last_name": "X"},
    "erase_contact": {"confirm": "X"},
    "change_item": {"name": "X"},
    "build_proposed": {"lines": []},
    "create_bin": {"name": "X"},
    "change_bin": {"name": "X"},
    "change_location": {"name": "X"},
    "change_category": {"name": "X"},
    "make_variants": {"options": {"Size": ["S"]}},
    "change_document": {"memo": "X"},
    "change_activity": {"subject": "X"},
    "change_mail_account": {"name": "X"},
    "change_template": {"name": "X"},
    "create_customer": {"name": "X"},
    "create_vendor": {"name": "X"},
    "create_lead": {"company": "X"},
    "create_opportunity": {"name": "X"},
    "create_case": {"subject": "X"},
    "create_project": {"name": "X"},
    "create_contact": {"last_name": "X"},
    "create_item": {"sku": "X", "name": "X"},
    "create_document": {"kind": "order"},
    "create_template": {"name": "X"},
    "create_merge": {"kind": "customer", "kept_id": 1, "gone_id": 1},
    "create_custom_field": {"name": "X", "kinds": ["order"]},
    "change_custom_field": {"name": "X"},
    "create_tag": {"name": "X"},
    "change_tag": {"name": "X"},
    "merge_tag": {"gone_id": 1},
    "convert_document": {"target": "invoice"},
    "apply_document": {"amounts": [{"document_id": 1, "amount": "1"}]},
    "create_terms": {"name": "X"},
    "add_entry": {"name": "X"},
    "put_rate": {"currency": "EUR", "day": "2026-11-03", "rate": "1.1"},
    "set_numbering": {"pattern": "X{n}"},
    "preview_numbering": {"pattern": "X{n}"},
    "create_tax": {"code": "X"},
    "change_tax": {"code": "X"},
    "create_tax_code": {"code": "X"},
    "change_tax_code": {"code": "X"},
    "create_item_tax": {"code": "X"},
    "change_item_tax": {"code": "X"},
    "create_tax_region": {"country": "US", "item_tax_id": 1},
    "replace_tax_region": {"country": "US", "item_tax_id": 1},
    "try_tax": {"customer_id": 1, "item_id": 1, "date": "2026-11-03"},
    "change_entry": {"name": "X"},
    "change_terms": {"name": "X"},
    "create_mail_account": {"name": "X"},
    "add_activity": {"kind": "note", "text": "X", "record": {"kind": "customer", "id": 1}},
    "send": {"to": "x@example.com", "subject": "X"},
    "test_entered": CONFIG,
    "list_entered_folders": CONFIG,
    "change_import": {"mapping": {"name": 0}},
    "act_on_import": {"verb": "check"},
    "act_on_xml_message": {"verb": "take"},
    "order_proposed": {"lines": [{"item_id": 1, "location_id": 1, "vendor_id": 1, "quantity": "1"}]},
    "set_reorder_level": {"item_id": 1, "location_id": 1},
    "adjust_stock": {"lines": [{"item_id": 1, "location_id": 1, "quantity": "1"}], "reason": "X"},
    "count_stock": {"lines": [{"item_id": 1, "location_id": 1, "quantity": "1"}]},
    "transfer_stock": {
        "lines": [{"item_id": 1, "location_id": 1, "quantity": "1"}],
        "to": {"location_id": 1},
    },
    "build_stock": {"item_id": 1, "location_id": 1, "quantity": "1"},
    "receive_returns": {"lines": []},
    "revalue_stock": {"item_id": 1, "location_id": 1, "unit_cost": "1", "reason": "X"},
    "unbuild_stock": {"item_id": 1, "location_id": 1, "quantity": "1"},
    "create_price_level": {"name": "X"},
    "change_price_level": {"name": "X"},
    "create_price_list": {"name": "X"},
    "change_price_list": {"name": "X"},
    "put_item_makeup": {"units": []},
    "save_report": {"name": "X", "report": "sales"},
    "change_saved_report": {"name": "X", "report": "sales"},
    "add_event": {"title": "X", "start": "2026-11-03T09:00"},
    "change_event": {"title": "X"},
    "change_event_date": {"title": "X"},
    "move_event": {"start": "2026-11-03T09:00"},
    "answer_event": {"answer": "accepted"},
    "send_invitation": {"emails": ["x@example.com"], "account_id": 1},
    "test_calendar_account": {"url": "https://127.0.0.1:9/"},
    "connect_calendar_account": {"url": "https://127.0.0.1:9/"},
    "choose_calendar": {"calendar": "X"},
    "reconnect_calendar_account": {"password": "X"},
    "replace_calendar": {"calendar": "X"},
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Address template, method and description of each operation."""
    for path, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def filled(path: str, ids: dict[str, int]) -> str:
    """``/api/v1/runs/{id}/items`` with the id of the run."""
    kind = path.removeprefix("/api/v1/").partition("/")[0]
    kind = "documents" if kind == "timeline" else kind
    assert "{id}" not in path or kind in ids, f"world() knows no {kind}: add one"
    other = str(ids["invoices"]) if "{document_id}" in path else ""
    path = (
        path.replace("{original}", "2026-11-03T09:00:00")
        .replace("{kind}", "document")
        .replace("{key}", "terms")
        .replace("{number}", "1")
        .replace("{document_id}", other)
    )
    return path.replace("{id}", str(ids.get(kind, 0)))


def ask(program: Program, path: str, method: str, operation: dict[str, Any]) -> Any:
    path = path.removeprefix("/api/v1/")
    if any(p["name"] in ("q", "email") and p["required"] for p in operation["parameters"]):
        path += f"?q={MARK}&email=x@{MARK}.example"
    if operation["operationId"] == "compare_versions":
        path += "?first=1"
    if "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
        from django.core.files.uploadedfile import SimpleUploadedFile

        data = {
            "files": [SimpleUploadedFile("x.txt", b"x")],
            "file": SimpleUploadedFile("x.png", b"x"),
            "to": "x@example.com",
            "subject": "X",
        }
        return program.client.post(
            f"/api/v1/{path}", data, headers={"Authorization": f"Bearer {program.key}"}
        )
    return program.call(
        method, path, None if method in ("get", "delete") else BODIES.get(operation["operationId"], {})
    )


def text_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content, "utf-8", "replace")


@pytest.fixture
def theirs(db: None) -> World:
    return world()


@pytest.mark.parametrize("role", list(Role))
def test_another_companys_records_do_not_exist_in_the_api(theirs: World, role: Role) -> None:
    master = company()
    mine = program_of(master if role is Role.MASTER_ADMIN else join(master, role, "x@example.com"))
    before = rows_of(theirs.actor)
    for path, method, operation in operations():
        answer = ask(mine, filled(path, theirs.ids), method, operation)
        told = f"{method} {path}: {answer.status_code}"
        assert answer.status_code < 500, told
        if operation["operationId"] != "search":
            assert MARK not in text_of(answer) or "{id}" not in path, told
        if "{id}" in path:
            assert answer.status_code in (403, 404), f"{told} {text_of(answer)}"
        elif method == "get" and operation["operationId"] != "propose_servers":
            assert MARK not in text_of(answer), told
    assert rows_of(theirs.actor) == before


REFERENCES = [
    ("post", "contacts", {"last_name": "X", "customer_ids": ["customers"]}),
    ("post", "contacts", {"last_name": "X", "vendor_ids": ["vendors"]}),
    ("post", "customers", {"name": "X", "owner_id": "user"}),
    ("post", "customers", {"name": "X", "parent_id": "customers"}),
    ("post", "merges", {"kind": "customer", "kept_id": "own", "gone_id": "customers"}),
    ("post", "merges/preview", {"kind": "customer", "kept_id": "customers", "gone_id": "own"}),
    ("post", "opportunities", {"name": "X", "customer_id": "customers"}),
    ("post", "cases", {"subject": "X", "contact_id": "contacts"}),
    ("post", "projects", {"name": "X", "customer_id": "customers"}),
    ("post", "leads/own-lead/convert", {"customer_id": "customers"}),
    ("post", "documents", {"customer_id": "customers"}),
    ("post", "documents", {"customer_id": "own", "contact_id": "contacts"}),
    ("post", "documents", {"customer_id": "own", "owner_id": "user"}),
    ("post", "documents", {"customer_id": "own", "lines": [{"item_id": "items"}]}),
    (
        "post",
        "stock/adjust",
        {"lines": [{"item_id": "items", "location_id": "locations", "quantity": 1}], "reason": "X"},
    ),
    ("post", "price-lists", {"name": "X", "level_id": "price-levels"}),
    ("post", "tax-regions", {"country": "US", "item_tax_id": "item-sales-taxes"}),
    ("post", "documents", {"customer_id": "own", "tax_code_id": "sales-tax-codes"}),
    ("post", "tax-trial", {"customer_id": "customers", "item_id": "items", "date": "2026-11-03"}),
    ("post", "price-lists", {"name": "X", "breaks": [{"item_id": "items", "price": 1}]}),
    ("post", "documents", {"kind": "purchase_order", "vendor_id": "vendors"}),
    ("post", "documents", {"customer_id": "own", "project_id": "projects"}),
    ("post", "documents", {"customer_id": "own", "location_id": "locations"}),
    ("post", "documents", {"customer_id": "own", "item_tax_id": "item-sales-taxes"}),
    ("post", "customers", {"name": "X", "price_level_id": "price-levels"}),
    ("post", "documents/own-order/convert", {"target": "purchase_order", "vendor_id": "vendors"}),
    ("post", "documents/own-payment/applications", {"amounts": [{"document_id": "invoices", "amount": "1"}]}),
    ("post", "documents/preview", {"lines": [{"item_id": "items"}]}),
    ("post", "activities", {"kind": "note", "text": "X", "record": {"kind": "document", "id": "documents"}}),
    ("post", "emails", {"to": "x@example.com", "subject": "X", "account_id": "mail-accounts"}),
    ("post", "templates/own-template/fill-in", {"record": {"kind": "document", "id": "documents"}}),
    ("post", "mail-accounts/own-account/access", {"user_id": "user"}),
    ("post", "invitations", {"email": "x@example.com", "custom_role_id": "roles"}),
]


@pytest.mark.parametrize(("method", "path", "body"), REFERENCES)
def test_another_companys_records_are_not_to_be_pointed_at(
    theirs: World, method: str, path: str, body: dict[str, Any]
) -> None:
    ours = world("dana@example.com") if "own-" in path else None
    mine = program_of(ours.actor if ours else company())
    ids: dict[str, Any] = {**theirs.ids, "user": theirs.actor.user_id}
    ids["own"] = mine.post("customers", {"name": "Mine"})["id"]
    if ours:
        path = path.replace("own-template", str(ours.ids["templates"]))
        path = path.replace("own-lead", str(ours.ids["leads"]))
        path = path.replace("own-account", str(ours.ids["mail-accounts"]))
        path = path.replace("own-order", str(ours.ids["orders"]))
        path = path.replace("own-payment", str(ours.ids["payments"]))
    before = rows_of(theirs.actor), rows_of(mine.actor)
    answer = mine.call(method, path, pointing(body, ids))
    assert answer.status_code in (404, 422), answer.content
    assert (rows_of(theirs.actor), rows_of(mine.actor)) == before


def pointing(value: Any, ids: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {k: v if k == "kind" else pointing(v, ids) for k, v in value.items()}
    if isinstance(value, list):
        return [pointing(one, ids) for one in value]
    return ids.get(value, value)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_what_its_permissions_say(theirs: World, role: Role) -> None:
    """An operation is refused to who lacks its permission, and to nobody else; what every role may is tried by who may least.
    Their own company, so ids exist; nothing that was done stays."""
    master = theirs.actor
    actor = master if role is Role.MASTER_ADMIN else join(master, role, "x@example.com")
    mine = Program(actor, _key_of(actor))
    for path, method, operation in operations():
        permission = operation.get("x-permission")
        granted = permission is None or Permission(permission) in GRANTS[role]
        if granted and permission in EVERYBODYS and role is not Role.READ_ONLY:
            continue
        with transaction.atomic():
            answer = ask(mine, filled(path, theirs.ids), method, operation)
            text = text_of(answer)
            transaction.set_rollback(True)
        if granted:
            # Otherwise what is missing is the permission of the record's kind, or it is somebody's own.
            lacking = re.findall(r"does not allow this: ([a-z._]+)\.|(belongs to somebody else)", text)
            said = operation["description"]
            for named, _own in lacking if answer.status_code == 403 else ():
                assert (f"`{named}`" if named else "one's own") in said, f"{method} {path}: {text}"
            right = answer.status_code != 403 or lacking and lacking[0][0] not in GRANTS[role]
            assert right, f"{method} {path}: {text}"
            assert answer.status_code < 500 or answer.status_code == 502, f"{method} {path}: {text}"
            continue
        assert answer.status_code == 403, f"{method} {path}: {answer.status_code} {text}"
        assert permission in text


def test_a_key_for_viewing_changes_nothing(theirs: World) -> None:
    """Of the Master Admin, who may all, on records that are there: whatever is no GET is refused or leaves no trace."""
    views = [p.value for p in Permission if p.endswith(".view")]
    _row, key = create_api_key(theirs.actor, name="views", scopes=views)
    mine = Program(theirs.actor, key)
    before = rows_of(theirs.actor)
    tried = [o for o in operations() if o[0] not in PUBLIC and o[1] != "get"]
    done = {
        o[2]["operationId"] for o in tried if ask(mine, filled(o[0], theirs.ids), *o[1:]).status_code != 403
    }
    assert done == {"preview_document", "preview_merge", "try_tax"}
    ours = ("accounts.ApiKey",)  # when it was last used
    assert {k: v for k, v in rows_of(theirs.actor).items() if k not in ours} == {
        k: v for k, v in before.items() if k not in ours
    }


def _key_of(actor: Any) -> str:
    return program_of(actor).key


def test_every_room_of_the_api_is_served() -> None:
    rooms = [import_module(f"tradepost.api.{module.name}") for module in iter_modules(rooms_of_the_api)]
    assert {room for room in rooms if hasattr(room, "router")} == set(ROOMS)


def test_every_operation_says_who_may_call_it() -> None:
    for path, method, operation in operations():
        assert "**Who:**" in operation["description"], f"{method} {path}"
        assert ("x-permission" in operation) == (path not in PUBLIC), f"{method} {path}"


def test_nobody_sees_nothing(theirs: World) -> None:
    for path, method, _operation in operations():
        if path not in PUBLIC:
            answer = getattr(Client(), method)(filled(path, theirs.ids), {}, content_type="application/json")
            assert answer.status_code == 401, f"{method} {path}"


# -- pages -----------------------------------------------------------------------------------------------------------

# Addresses of a page name a record by other words than the API.
CALLED = {
    "lists/<slug:key>": "terms",
    "users": "members",
    "users/invitations": "invitations",
    "mail-templates": "templates",
    "stock/<str:what>": "locations",
    "trash/<str:kind>": "customers",
    "main-contact/<str:kind>": "customers",
    "w": "companies",
}
FORM = {"role": "admin", "verb": "pause", "choice": "ignore", "status": "done", "name": "X", "value": "X"}
SECOND = {"access": "mail-access", "other": "invoices", "number": "documents"}
TEXTS = {
    "key": "terms",
    "target": "invoice",
    "name": "name",
    "verb": "hold",
    "kind": "note",
    "what": "locations",
    "act": "archive",
    "secret": "x" * 20,
    "code": "x" * 32,
    "language": "de",
    "stamp": "x",
}


def addresses() -> Iterator[tuple[str, URLPattern]]:
    for pattern in pages.urlpatterns:
        route = str(pattern.pattern)
        if not route.startswith("^"):  # django-allauth's own, which take a signed secret
            yield route, pattern


def at(route: str, ids: dict[str, int]) -> str:
    """The page of another company's record."""

    def one(found: re.Match[str]) -> str:
        kind, name = found.groups()
        if kind != "int":
            return f"document:{ids['documents']}" if name == "record" else TEXTS[name]
        if name in SECOND:
            return str(ids[SECOND[name]])
        place = route[: found.start()].strip("/")
        place = CALLED.get(place, place)
        assert place in ids, f"world() knows no {place}: add one"
        return str(ids[place])

    return "/" + re.sub(r"<(\w+):(\w+)>", one, route)


@pytest.mark.parametrize("role", list(Role))
def test_another_companys_records_have_no_page(theirs: World, role: Role) -> None:
    """The Master Admin sends each form plainly, the others as the pages do, which is told of a fault without a page."""
    master = company()
    ways = {"get": {}, "post": {} if role is Role.MASTER_ADMIN else {"HX-Request": "true"}}
    actor = master if role is Role.MASTER_ADMIN else join(master, role, "x@example.com")
    browser = Client()
    before = rows_of(theirs.actor)
    for route, pattern in addresses():
        user = User.objects.get(pk=actor.user_id)  # as the last one left it: all sessions may have ended
        browser.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        for method, headers in ways.items():
            form = FORM if method == "post" else {}
            answer = getattr(browser, method)(at(route, theirs.ids), form, headers=headers)
            told = f"{method} /{route} ({pattern.name}): {answer.status_code}"
            assert MARK not in text_of(answer), told
            assert answer.status_code < 500 or pattern.name == "healthz", told
            if "<int:" in route and not route.startswith("second-factor/"):
                assert 400 <= answer.status_code < 500, told
    assert rows_of(theirs.actor) == before


def test_pages_are_for_those_who_are_signed_in(theirs: World) -> None:
    public = {url for section in pages.SECTIONS if section.public for url in section.urls}
    for route, pattern in addresses():
        if pattern not in public:
            answer = Client().get(at(route, theirs.ids))
            assert answer.status_code == 302, route
            assert answer["Location"].startswith("/sign-in/")
