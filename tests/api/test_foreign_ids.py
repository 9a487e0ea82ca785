"""Every id that a body may name × a record of another company: refused, and nothing of ours comes to name it.

The operations and what they may name come from the description of the API; each is sent with our own id first, so that what
refuses the other one is whose it is.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from tests.api.conftest import Program
from tests.api.test_tenancy import BODIES, _key_of, filled, operations, pointing, text_of
from tests.api.world import World, rows_of, world
from tradepost.accounts.tenancy import Owned
from tradepost.api.urls import api
from tradepost.catalog.categories import save_category
from tradepost.catalog.details import Component, Details
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.services import save_item, save_location
from tradepost.catalog.stock import adjust
from tradepost.people.services import save_customer
from tradepost.sales.lists import save
from tradepost.sales.models import Line

pytestmark = pytest.mark.django_db

KINDS = {  # what a name names
    **dict.fromkeys(("owner_id", "rep_id", "assignee_id", "user_id"), "user"),
    "account_id": "mail-accounts",
    "bin_id": "bins",
    "category_id": "categories",
    "contact_id": "contacts",
    "custom_role_id": "roles",
    "custom_status_id": "statuses",
    "customer_id": "customers",
    "customer_ids": "customers",
    "document_id": "invoices",
    "item_id": "items",
    "item_tax_id": "item-sales-taxes",
    "level_id": "price-levels",
    "line_id": "lines",
    "location_id": "locations",
    "part_id": "parts",
    "price_level_id": "price-levels",
    "project_id": "projects",
    "tax_code_id": "sales-tax-codes",
    "vendor_id": "vendors",
    "vendor_ids": "vendors",
}
OTHERWISE = {  # the same name in another room
    **{(verb, "item_id"): "assemblies" for verb in ("build_proposed", "build_stock", "unbuild_stock")},
    ("create_category", "parent_id"): "categories",
    ("change_category", "parent_id"): "parent-categories",
    ("create_customer", "parent_id"): "customers",
    ("change_customer", "parent_id"): "parents",
    ("create_item", "parent_id"): "matrices",
    ("change_item", "parent_id"): "matrices",
    ("send_invitation", "account_id"): "calendar-accounts",
}
# Of the ids in bodies, these are tried one by one in ``test_tenancy``; or are of a list of one's own.
APART = {"kept_id", "gone_id", "id"}
# Where the body of ``BODIES`` is not enough for the verb, with kinds for ids; by the operation, or for one name of it.
_CUSTOMER = {"customer_id": "customers"}
_LINE = {"item_id": "items", "quantity": "1"}
_PLACED = {**_LINE, "location_id": "locations"}
_PART = {"part_id": "items", "quantity": "1"}
_BUILD = {"item_id": "assemblies", "location_id": "locations", "quantity": "1"}
MORE: dict[str, dict[str, Any]] = {
    "add_activity": {"kind": "note", "text": "X", "record": {"kind": "customer", "id": "customers"}},
    "change_member custom_role_id": {"role": None},
    "invite custom_role_id": {"email": "x@example.com"},
    "create_opportunity": {"name": "X", **_CUSTOMER},
    "create_project": {"name": "X", **_CUSTOMER},
    "create_document": {**_CUSTOMER, "lines": [_LINE]},
    "create_document vendor_id": {"kind": "purchase_order", "lines": [_LINE]},
    "change_document": {"lines": [{**_LINE, "line_id": "lines"}]},
    "preview_document": {**_CUSTOMER, "lines": [_LINE]},
    "convert_document quantities": {"target": "invoice", "quantities": [{"quantity": "1"}]},
    "convert_document vendor_id": {"target": "purchase_order"},
    "build_proposed": {"lines": [{**_PLACED, "item_id": "assemblies"}]},
    "transfer_stock": {"lines": [{**_PLACED, "bin_id": "bins"}], "to": {"location_id": "second-locations"}},
    "transfer_stock to": {"lines": [_PLACED], "to": {"location_id": "locations", "bin_id": "bins"}},
    "build_stock": _BUILD,
    "unbuild_stock": _BUILD,
    "create_category": {"name": "X"},
    "create_price_list": {"name": "X", "breaks": [{"item_id": "items", "price": "1"}]},
    "change_price_list": {"name": "X", "breaks": [{"item_id": "items", "price": "1"}]},
    "put_item_makeup parts": {"parts": [{"quantity": "1"}]},
    "put_item_makeup vendors": {"vendors": [{"vendor": "X", "price": "1"}]},
    "grant_mail_access user_id": {"role": None},
}
# What our own record cannot be either, as the records of ``world`` stand; the other one is refused like it.
UNLIKE = {
    *("choose_vendor_main_contact contact_id", "send_invitation account_id", "apply_document document_id"),
    *("convert_lead line_id", "convert_lead vendor_id", "change_document vendor_id"),
    *("put_item_makeup part_id", "add_entry item_id", "change_entry item_id", "receive_returns line_id"),
    *(
        f"{verb} {name}"
        for verb in ("save_report", "change_saved_report")
        for name in ("item_id", "location_id", "vendor_id")
    ),
}
# A filter is kept as it is written: a report of ours has no row of theirs. A line that the document has not is a new one.
KEPT = {
    *(
        f"{verb} {name}"
        for verb in ("save_report", "change_saved_report")
        for name in ("customer_id", "owner_id")
    ),
    *(f"{verb}_document line_id" for verb in ("create", "change", "preview")),
}


def names(schema: Any, described: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all ids in a body: ``("lines", "[]", "item_id")``."""
    if "$ref" in schema:
        schema = described[schema["$ref"].rpartition("/")[2]]
    for one in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from names(one, described, path)
    if "items" in schema:
        yield from names(schema["items"], described, (*path, "[]"))
    for name, value in schema.get("properties", {}).items():
        if name.endswith(("_id", "_ids")):
            yield (*path, name)
        else:
            yield from names(value, described, (*path, name))


def cases() -> list[tuple[str, str, dict[str, Any], tuple[str, ...]]]:
    described = api.get_openapi_schema(path_prefix="/api/v1/")["components"]["schemas"]
    found = []
    for path, method, operation in operations():
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        for name in sorted(set(names(schema, described))) if schema else ():
            if name[-1] not in APART:
                found.append((path, method, operation, name))
    return found


def put(body: Any, path: tuple[str, ...], value: Any) -> None:
    """Set what the path names, making what lies between."""
    first, *rest = path
    if not rest:
        body[first] = [value] if first.endswith("_ids") else value
        return
    if rest[0] == "[]":
        held = body.setdefault(first, [])
        for one in held or [held.append({}) or held[0]]:
            put(one, tuple(rest[1:]), value)
        return
    put(body.setdefault(first, {}), tuple(rest), value)


def body_of(operation: str, path: tuple[str, ...], ids: dict[str, Any]) -> Any:
    """A body with our own records, by which the verb would be done."""
    plain = own(copy.deepcopy(BODIES.get(operation, {})), ids, operation)
    more = MORE.get(f"{operation} {path[0]}", MORE.get(operation))
    return plain if more is None else pointing(copy.deepcopy(more), ids)


def own(body: Any, ids: dict[str, Any], operation: str) -> Any:
    """A body with our own records for the ones that ``BODIES`` has."""
    if isinstance(body, list):
        return [own(one, ids, operation) for one in body]
    if isinstance(body, dict):
        return {
            name: ids[kind_of(operation, name)]
            if isinstance(value, int) and name in KINDS
            else own(value, ids, operation)
            for name, value in body.items()
        }
    return body


def kind_of(operation: str, name: str) -> str:
    """What our own or another company's id is put there."""
    kind = OTHERWISE.get((operation, name)) or KINDS.get(name)
    assert kind, f"what does {name} of {operation} name? Say it in KINDS"
    return kind


def strays(company: int) -> list[str]:
    """What of the company's rows points at a row of another one."""
    found = []
    for model in apps.get_models():
        if not issubclass(model, Owned):
            continue
        rows = model._base_manager.filter(organisation_id=company)
        for field in model._meta.concrete_fields:
            target: Any = field.related_model
            if field.is_relation and isinstance(target, type) and issubclass(target, Owned):
                theirs = rows.exclude(**{f"{field.name}": None}).exclude(
                    **{f"{field.name}__organisation_id": company}
                )
                found += [f"{model._meta.label}.{field.name}"] * theirs.exists()
    return found


def test_no_id_in_a_body_reaches_another_company() -> None:
    ours, theirs = world("dana@example.com"), world()
    ids, foreign = known(ours), known(theirs)
    mine, before = Program(ours.actor, _key_of(ours.actor)), rows_of(theirs.actor)
    wrong: list[str] = []
    for path, method, operation, name in cases():
        verb = operation["operationId"]
        tried = f"{verb} {name[-1]}"
        for whose in (ids, foreign):
            body = body_of(verb, name, ids)
            put(body, name, whose[kind_of(verb, name[-1])])
            with transaction.atomic():
                answer = mine.call(method, filled(path, ids).removeprefix("/api/v1/"), body)
                told = f"{tried}: {answer.status_code} {text_of(answer)[:300]}"
                refused = 400 <= answer.status_code < 500
                expected = tried not in KEPT if whose is foreign else tried in UNLIKE
                done = not refused and whose is foreign
                if refused != expected or (done and strays(ours.actor.organisation_id)):
                    wrong.append(told)
                transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)
    assert rows_of(theirs.actor) == before


def known(one: World) -> dict[str, Any]:
    """The ids of a world, and those of what is named without an address of its own."""
    actor = one.actor
    parts = Details(parts=[Component(one.ids["items"], Decimal(1))])
    assembly = save_item(actor, {"sku": "KIT", "name": "Kit", "type": "assembly"}, details=parts)
    place = one.ids["locations"]
    here = (
        StockLine(assembly.pk, place, Decimal(1)),
        StockLine(one.ids["items"], place, Decimal(1), one.ids["bins"]),
    )
    adjust(actor, here, reason="Count")
    return {
        **one.ids,
        "user": actor.user_id,
        "lines": Line.objects.get(document=one.ids["orders"]).pk,
        "second-locations": save_location(actor, {"name": "Second"}).pk,
        "assemblies": assembly.pk,
        "parts": save_item(actor, {"sku": "PART", "name": "Part"}).pk,
        "matrices": save_item(actor, {"sku": "MATRIX", "name": "Matrix", "type": "matrix"}).pk,
        "parents": save_customer(actor, {"name": "Parent"}).pk,
        "parent-categories": save_category(actor, {"name": "Parent"}).pk,
        "statuses": save(actor, "statuses-order", {"name": "Checked"}).pk,
    }
