"""Tags and custom fields of records: by the verb that saves the record, in every room."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import AuditEntry
from tradepost.accounts.services import register_company
from tradepost.catalog.models import Item
from tradepost.catalog.services import items, save_item
from tradepost.custom import services
from tradepost.custom.kinds import DOCUMENTS, KINDS, PARTIES
from tradepost.custom.marking import Marker, fields_of
from tradepost.custom.models import CustomField, Marked, Tag, TagMerge, marked_models
from tradepost.kit.errors import Conflict, Invalid, Missing, Refused, Stale
from tradepost.people import merging
from tradepost.people.kinds import SHAPES
from tradepost.people.leads import convert as convert_lead
from tradepost.people.queries import records
from tradepost.people.services import save, save_customer, save_lead
from tradepost.sales.converting import convert, copy
from tradepost.sales.models import Document, Kind
from tradepost.sales.queries import documents
from tradepost.sales.services import save_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Trade:
    return trade()


@pytest.fixture
def stranger() -> Actor:
    return register_company(company="Other", name="Eve", email="eve@example.net", password="Correct-horse-9")


def define(shop: Trade, name: str = "Web order", *kinds: str, **values: Any) -> CustomField:
    return services.save_field(shop.actor, {"name": name, "kinds": list(kinds or KINDS), **values})


def test_the_kinds_are_those_of_the_rooms() -> None:
    assert tuple(SHAPES) == PARTIES
    assert set(Kind) == set(DOCUMENTS)
    assert {model._meta.model_name for model in marked_models()} == {*PARTIES, "item", "document"}


@pytest.mark.req("X2")
def test_every_kind_of_record_takes_tags_and_custom_fields(shop: Trade) -> None:
    define(shop)
    marks: dict[str, Any] = {"custom": {"web_order": "WEB-77"}, "tags": ["VIP"], "pinned": "Call first"}
    its = {"name": "N", "subject": "S", "last_name": "L", "customer_id": shop.customer}
    for kind, shape in SHAPES.items():
        row = save(shop.actor, kind, {**{k: v for k, v in its.items() if k in shape.fields}, **marks})
        assert records(shop.actor, kind, search="web-77").get() == row
        assert records(shop.actor, kind).filter(tags__contains=["VIP"]).get() == row
    item = save_item(shop.actor, {"sku": "X", "name": "X", **marks})
    assert items(shop.actor, search="vip").get() == item
    for kind in Kind:
        row = shop.document(kind, **marks)
        assert (row.custom, row.tags, row.pinned) == ({"web_order": "WEB-77"}, ["VIP"], "Call first")
        assert documents(shop.actor, kind, search="77 web").get() == row
    assert Tag.objects.get().name == "VIP"


def test_a_wrong_value_is_named_and_nothing_is_saved(shop: Trade) -> None:
    define(shop, "Boxes", "order", type="number")
    row = shop.document(custom={"boxes": "3"})
    with pytest.raises(Invalid) as caught:
        save_document(
            shop.actor, Kind.ORDER, {"po_number": "7", "custom": {"boxes": "x"}}, document_id=row.pk
        )
    assert list(caught.value.fields) == ["custom.boxes"]
    with pytest.raises(Invalid) as caught:
        save_customer(shop.actor, {"name": "A", "custom": {"boxes": "1"}})  # a field of orders
    assert list(caught.value.fields) == ["custom.boxes"]
    assert shop.again(row).po_number == ""


def test_a_change_is_audited_with_before_and_after_and_raises_the_version(shop: Trade) -> None:
    define(shop)
    row = shop.document(custom={"web_order": "1"}, tags=["a"])
    save_document(
        shop.actor, Kind.ORDER, {"custom": {"web_order": "2"}, "tags": ["b"]}, document_id=row.pk, version=1
    )
    entry = AuditEntry.objects.filter(kind="document").latest("pk")
    assert (entry.before["custom"], entry.after["custom"]) == ({"web_order": "1"}, {"web_order": "2"})
    assert (entry.before["tags"], entry.after["tags"]) == (["a"], ["b"])
    with pytest.raises(Stale):
        save_document(shop.actor, Kind.ORDER, {"tags": []}, document_id=row.pk, version=1)


def test_tags_are_added_and_taken_away_by_name(shop: Trade) -> None:
    row = shop.document(tags=["Fair", "VIP"])
    save_document(
        shop.actor, Kind.ORDER, {"add_tags": ["vip", "New"], "remove_tags": ["FAIR"]}, document_id=row.pk
    )
    assert shop.again(row).tags == ["VIP", "New"]


def test_documents_keep_their_fields_when_one_is_made_of_another(shop: Trade) -> None:
    define(shop, "Web order", *(k for k in DOCUMENTS if k not in ("payment", "shipment")))
    define(shop, "Desk only", "quote")
    define(shop, "Sign here", "order", required=True)  # what the desk makes itself is not stopped by it
    quote = shop.document(Kind.QUOTE, custom={"web_order": "W-1", "desk_only": "x"}, tags=["VIP"])
    order = convert(shop.actor, quote.pk, Kind.ORDER)
    assert (order.custom, order.tags) == ({"web_order": "W-1"}, ["VIP"])
    assert documents(shop.actor, Kind.ORDER, search="w-1").get() == order
    shipment = convert(shop.actor, order.pk, Kind.SHIPMENT)
    assert (shipment.custom, shipment.tags) == ({}, ["VIP"])
    invoice = convert(shop.actor, order.pk, Kind.INVOICE)
    assert invoice.custom == {"web_order": "W-1"}
    bought = convert(shop.actor, order.pk, Kind.PURCHASE_ORDER, vendor_id=shop.vendor)
    assert (bought.custom, bought.tags) == ({"web_order": "W-1"}, ["VIP"])
    assert copy(shop.actor, order.pk).custom == {"web_order": "W-1"}


@pytest.mark.req("X2")
def test_a_merge_of_doubles_joins_them_and_gives_them_back(shop: Trade) -> None:
    for name in ("A", "B"):
        define(shop, name, "customer")
    kept = save_customer(shop.actor, {"name": "One", "custom": {"a": "1"}, "tags": ["x"]})
    gone = save_customer(
        shop.actor, {"name": "Two", "custom": {"a": "2", "b": "3"}, "tags": ["y"], "pinned": "Pays late"}
    )
    merge = merging.merge(shop.actor, "customer", kept.pk, gone.pk)
    kept.refresh_from_db()
    assert (kept.custom, kept.tags, kept.pinned) == ({"a": "1", "b": "3"}, ["x", "y"], "Pays late")
    assert records(shop.actor, "customer", search="3 y").get() == kept
    merging.undo(shop.actor, merge.pk)
    kept.refresh_from_db()
    assert (kept.custom, kept.tags, kept.pinned) == ({"a": "1"}, ["x"], "")


def test_what_a_lead_becomes_has_its_fields_and_tags(shop: Trade) -> None:
    define(shop, "Fair", "lead", "customer", "opportunity")
    lead = save_lead(shop.actor, {"company": "Alder", "custom": {"fair": "Boston"}, "tags": ["Fair"]})
    made = convert_lead(shop.actor, lead.pk, opportunity={"name": "Tents"})
    assert (made.customer.custom, made.customer.tags) == ({"fair": "Boston"}, ["Fair"])
    assert (made.contact.custom, made.contact.tags) == ({}, ["Fair"])
    assert made.opportunity is not None
    assert made.opportunity.custom == {"fair": "Boston"}


# --- the fields and tags themselves ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.ADMIN, Role.MASTER_ADMIN)])
def test_only_who_may_set_up_the_company_defines_fields_and_tags(role: Role) -> None:
    shop = trade()
    field, tag = define(shop), services.save_tag(shop.actor, {"name": "VIP"})
    other = services.save_tag(shop.actor, {"name": "B"})
    lower = Actor(shop.actor.organisation_id, shop.actor.user_id, role)
    for verb in (
        lambda: services.save_field(lower, {"name": "X", "kinds": ["order"]}),
        lambda: services.archive_field(lower, field.pk),
        lambda: services.save_tag(lower, {"name": "X"}),
        lambda: services.merge_tags(lower, tag.pk, other.pk),
        lambda: services.undo_merge(lower, 1),
        lambda: services.remove_tag(lower, tag.pk),
    ):
        with pytest.raises(Refused):
            verb()
    if role in (Role.WAREHOUSE, Role.BOOKKEEPER, Role.READ_ONLY):
        with pytest.raises(Refused):
            save_document(lower, Kind.ORDER, {"customer_id": shop.customer, "tags": ["x"]})


def test_another_company_has_its_own_fields_and_tags(shop: Trade, stranger: Actor) -> None:
    field, tag = define(shop), services.save_tag(shop.actor, {"name": "VIP"})
    theirs = services.save_tag(stranger, {"name": "vip"})
    other = save_customer(stranger, {"name": "X", "tags": ["VIP"]})
    assert other.tags == ["vip"]
    mine = save_customer(shop.actor, {"name": "Y", "tags": ["VIP"]})
    for verb in (
        lambda: services.save_field(stranger, {"name": "X"}, field_id=field.pk),
        lambda: services.archive_field(stranger, field.pk),
        lambda: services.save_tag(stranger, {"name": "X"}, tag_id=tag.pk),
        lambda: services.merge_tags(stranger, theirs.pk, tag.pk),
        lambda: services.remove_tag(stranger, tag.pk),
    ):
        with pytest.raises(Missing):
            verb()
    with pytest.raises(Invalid):
        save_customer(stranger, {"name": "Z", "custom": {field.key: "1"}})
    services.save_tag(stranger, {"name": "Best"}, tag_id=theirs.pk)
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.tags, other.tags) == (["VIP"], ["Best"])


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "X", "kinds": []}, "kinds"),
        ({"name": "X", "kinds": ["planet"]}, "kinds"),
        ({"name": "X", "kinds": 7}, "kinds"),
        ({"name": "X", "type": "json"}, "type"),
        ({"name": "X", "type": "choice"}, "choices"),
        ({"name": "X", "type": "choice", "choices": ["a", "A"]}, "choices"),
        ({"name": "X", "type": "choice", "choices": ["a;b"]}, "choices"),
        ({"name": "X", "key": "No good"}, "key"),
        ({"name": "X", "key": "taken"}, "key"),
        ({"name": "X", "type": "number", "default": "x"}, "default"),
        ({"name": "X", "colour": "red"}, "colour"),
    ],
)
def test_a_field_that_does_not_fit_is_refused(shop: Trade, values: dict[str, Any], wrong: str) -> None:
    define(shop, "Taken")
    with pytest.raises(Invalid) as caught:
        services.save_field(shop.actor, {"kinds": ["order"], **values})
    assert list(caught.value.fields) == [wrong]


def test_key_and_type_of_a_field_stay(shop: Trade) -> None:
    field = define(shop, "Größe & Farbe", "item", type="number")
    assert field.key == "grosse_farbe"
    for change in ({"key": "other"}, {"type": "text"}):
        with pytest.raises(Invalid):
            services.save_field(shop.actor, change, field_id=field.pk)
    changed = services.save_field(
        shop.actor, {"name": "Size", "default": "4.0"}, field_id=field.pk, version=1
    )
    assert (changed.key, changed.default, changed.version) == (field.key, "4", 2)


def test_an_archived_field_is_not_offered_and_its_values_stay(shop: Trade) -> None:
    field = define(shop)
    row = shop.document(custom={"web_order": "1"})
    services.archive_field(shop.actor, field.pk)
    assert not fields_of(shop.actor.organisation_id, "order")
    save_document(shop.actor, Kind.ORDER, {"po_number": "7", "custom": {}}, document_id=row.pk)
    assert shop.again(row).custom == {"web_order": "1"}
    services.archive_field(shop.actor, field.pk, undo=True)
    assert [f.key for f in fields_of(shop.actor.organisation_id, "order")] == ["web_order"]


def _tags(*rows: Marked) -> list[list[str]]:
    found = []
    for row in rows:
        row.refresh_from_db()
        found.append(row.tags)
    return found


def test_a_tag_is_renamed_on_every_record(shop: Trade) -> None:
    order = shop.document(tags=["a", "b"])
    item = save_item(shop.actor, {"sku": "T", "name": "N", "tags": ["A"]})
    tag = Tag.objects.get(name="a")
    renamed = services.save_tag(shop.actor, {"name": "Wholesale"}, tag_id=tag.pk)
    assert _tags(order, item) == [["Wholesale", "b"], ["Wholesale"]]
    assert documents(shop.actor, search="wholesale").get() == order
    assert not documents(shop.actor, search="a").exists()
    assert shop.again(order).version == 2
    with pytest.raises(Invalid, match="Merge"):
        services.save_tag(shop.actor, {"name": "B"}, tag_id=renamed.pk)
    services.save_tag(shop.actor, {"name": "wholesale", "colour": "red"}, tag_id=renamed.pk)
    assert _tags(item) == [["wholesale"]]


def test_two_tags_become_one_and_two_again(shop: Trade) -> None:
    one, both, other = (shop.document(tags=t) for t in (["old"], ["old", "new"], ["new"]))
    item = Item.objects.get(sku="MAP")
    save_item(shop.actor, {"tags": ["old", "x"]}, item_id=item.pk)
    old, new = Tag.objects.get(name="old"), Tag.objects.get(name="new")
    merge = services.merge_tags(shop.actor, new.pk, old.pk)
    assert _tags(one, both, other, item) == [["new"], ["new"], ["new"], ["new", "x"]]
    assert not documents(shop.actor, search="old").exists()
    assert documents(shop.actor, search="new").count() == 3
    save_document(shop.actor, Kind.ORDER, {"tags": []}, document_id=one.pk)  # changed since: stays so
    services.undo_merge(shop.actor, merge.pk)
    assert _tags(one, both, other, item) == [[], ["new", "old"], ["new"], ["old", "x"]]
    assert documents(shop.actor, search="old").get() == both
    with pytest.raises(Conflict):
        services.undo_merge(shop.actor, merge.pk)
    assert TagMerge.objects.get().undone_at is not None


def test_a_tag_in_use_is_not_removed(shop: Trade) -> None:
    row = shop.document(tags=["a"])
    tag = Tag.objects.get()
    assert services.tag_counts(shop.actor, ["a"]) == {"a": 1}
    with pytest.raises(Conflict):
        services.remove_tag(shop.actor, tag.pk)
    save_document(shop.actor, Kind.ORDER, {"tags": []}, document_id=row.pk)
    services.remove_tag(shop.actor, tag.pk)
    assert not Tag.objects.exists()


def test_a_record_without_marks_costs_no_query_more(shop: Trade, django_assert_max_num_queries: Any) -> None:
    define(shop)
    row = Document.objects.get(pk=shop.document().pk)
    with django_assert_max_num_queries(0):
        Marker(shop.actor, "order").mark(row, {"freight": Decimal(3)})
        Marker(shop.actor, "order").carry(row, Document(kind="invoice"))
