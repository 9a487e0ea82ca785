"""A file is taken in, checked, applied and taken back: what was said would happen is what happens."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests.api.conftest import program_of
from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Role
from tradepost.accounts.models import AuditEntry, Membership
from tradepost.accounts.services import change_role
from tradepost.catalog import stock
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Item
from tradepost.catalog.queries import sums
from tradepost.catalog.services import save_location
from tradepost.exchange import running, services, tasks
from tradepost.exchange.models import ImportRow, ImportRun, RunState
from tradepost.exchange.table import LONGEST_CELL
from tradepost.jobs.models import Job, JobState
from tradepost.jobs.services import cancel_job
from tradepost.kit import xlsx
from tradepost.kit.errors import Conflict, Refused
from tradepost.people.models import Contact, Customer
from tradepost.people.services import save_customer
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document

pytestmark = [pytest.mark.django_db, pytest.mark.req("B25")]


@pytest.fixture
def shop() -> Trade:
    return trade()


def received(shop: Trade, kind: str, text: str | bytes, name: str = "file.csv") -> ImportRun:
    data = text if isinstance(text, bytes) else text.encode()
    return services.receive(shop.actor, kind, name, io.BytesIO(data))


def told(run: ImportRun) -> list[tuple[int, str, str]]:
    return list(ImportRow.objects.filter(run=run).order_by("number").values_list("number", "action", "cause"))


def state(model: Any) -> list[dict[str, Any]]:
    skip = {"updated_at", "version", "search"}
    return [{k: v for k, v in row.items() if k not in skip} for row in model.objects.order_by("pk").values()]


CUSTOMERS = """Number,Name,Email,Billing city,Terms
C-0001,Granite State Brewing Co,buy@granite.example,Concord,Net 15
C-77,Harbor,not an address,,
C-78,=HYPERLINK("http://x"),hi@harbor.example,Portland,
C-78,Twice,,,
,Nameless Ltd,,,
"""


def test_the_dry_run_says_what_happens_and_changes_nothing(shop: Trade) -> None:
    before = state(Customer)
    run = services.check(shop.actor, received(shop, "customer", CUSTOMERS).pk, now=True)
    assert state(Customer) == before
    assert [(n, a) for n, a, _cause in told(run)] == [
        (2, "update"), (3, "refuse"), (4, "create"), (5, "refuse"), (6, "create"),
    ]  # fmt: skip
    causes = {n: cause for n, _action, cause in told(run)}
    assert causes[3] == "E-mail: “not an address” is not an e-mail address."
    assert causes[5] == "Row 4 names the same record."
    assert all(row.cure for row in run.outcomes.filter(action="refuse"))
    checked = told(run)
    assert told(services.apply(shop.actor, run.pk, now=True)) == checked


def test_a_run_can_be_taken_back(shop: Trade) -> None:
    before, item_before = state(Customer), state(Item)
    run = services.apply(shop.actor, received(shop, "customer", CUSTOMERS).pk, now=True)
    assert Customer.objects.get(number="C-78").name == '=HYPERLINK("http://x")'
    granite = Customer.objects.get(number="C-0001")
    assert granite.name == "Granite State Brewing Co"
    assert [str(a) for a in granite.addresses.all()] == ["Concord"]
    services.undo(shop.actor, run.pk, now=True)
    assert state(Customer) == before
    assert (granite.emails.count(), granite.addresses.count()) == (0, 0)

    items = received(
        shop, "item", "SKU,Name,Price,Barcode\nTNT-4,Big tent,21.50,4006381333931\nNEW,New thing,5,\n"
    )
    run = services.apply(shop.actor, items.pk, now=True)
    assert Item.objects.get(sku="TNT-4").price == Decimal("21.50")
    services.undo(shop.actor, run.pk, now=True)
    assert state(Item) == item_before


def test_what_changed_since_is_kept_and_said(shop: Trade) -> None:
    run = services.apply(shop.actor, received(shop, "customer", "Name\nMarlow\nHarbor\n").pk, now=True)
    marlow, harbor = Customer.objects.get(name="Marlow"), Customer.objects.get(name="Harbor")
    save_customer(shop.actor, {"phone": "1"}, customer_id=marlow.pk)
    save_document(shop.actor, Kind.QUOTE, {"customer_id": harbor.pk}, [])
    services.undo(shop.actor, run.pk, now=True)
    assert {(row.label, row.cause) for row in run.outcomes.filter(action="kept")} == {
        ("Marlow", "Somebody changed the record since."),
        ("Harbor", "Other records hang on it."),
    }
    assert Customer.objects.filter(name__in=["Marlow", "Harbor"]).count() == 2


PAST = (
    ("customer", "Number,Name,Terms\nC-9,Harbor,Net 15\n"),
    ("address", "Of,Record,Kind,City\nCustomer,C-9,other,Barre\nCustomer,C-9,shipping,Concord\n"),
    ("reach", "Of,Record,E-mail,Phone\nCustomer,C-9,hi@harbor.example,\nCustomer,C-9,,+1 555 0100\n"),
    ("customer", "Number,Name,Terms\nC-9,Harbor,Net 30\n"),
    ("item", "SKU,Name,Price\nLMP,Lamp,5\n"),
    ("barcode", "SKU,Barcode\nLMP,4006381333931\n"),
    ("unit", "SKU,Unit,Holds\nLMP,box,12\n"),
    ("offer", "SKU,Vendor,Cost\nLMP,Alder Mills,3\n"),
    ("item", "SKU,Name,Price\nLMP,Lamp,6\n"),
    ("contact", "First name,E-mail\nIlse,ilse@harbor.example\n"),
    ("reach", "Of,Record,Phone\nContact,ilse@harbor.example,+1 555 0101\n"),
    ("contact", "First name,Last name,E-mail\nIlse,Berg,ilse@harbor.example\n"),
)


def all_of(shop: Trade, *files: tuple[str, str]) -> list[ImportRun]:
    runs = [services.apply(shop.actor, received(shop, *one).pk, now=True) for one in files]
    assert [run.pk for run in runs if not told(run) or run.outcomes.filter(action="refuse")] == []
    return runs


def test_imports_are_taken_back_one_behind_the_other_whatever_they_brought(shop: Trade) -> None:
    before = [state(model) for model in (Customer, Item, Contact)]
    runs = all_of(shop, *PAST)
    for run in reversed(runs):
        services.undo(shop.actor, run.pk, now=True)
        assert {action for _n, action, _cause in told(run)} == {"undone"}, run.kind
    assert [state(model) for model in (Customer, Item, Contact)] == before


def test_what_was_changed_between_two_imports_is_kept_by_the_first(shop: Trade) -> None:
    first, second = all_of(shop, PAST[0], PAST[1])
    harbor = Customer.objects.get(number="C-9")
    save_customer(shop.actor, {"phone": "1"}, customer_id=harbor.pk)
    for run, left in ((second, {"undone"}), (first, {"kept"})):
        services.undo(shop.actor, run.pk, now=True)
        assert {action for _n, action, _cause in told(run)} == left
    assert (Customer.objects.get(number="C-9").phone, harbor.addresses.count()) == ("1", 0)


def test_the_first_of_two_imports_cannot_be_taken_back_before_the_second(shop: Trade) -> None:
    first, second = all_of(shop, PAST[0], PAST[3])
    services.undo(shop.actor, first.pk, now=True)
    assert [action for _n, action, _cause in told(first)] == ["kept"]
    services.undo(shop.actor, second.pk, now=True)
    assert [action for _n, action, _cause in told(second)] == ["undone"]
    assert Customer.objects.get(number="C-9").terms == "Net 15"
    services.undo(shop.actor, first.pk, now=True)  # what was kept is tried again
    first.refresh_from_db()
    assert (first.state, first.counts) == ("undone", {"undone": 1})
    assert not Customer.objects.filter(number="C-9").exists()
    with pytest.raises(Conflict, match="Taken back"):
        services.undo(shop.actor, first.pk, now=True)


def test_the_same_file_twice_changes_nothing_the_second_time(shop: Trade) -> None:
    text = "SKU,Name,Price\nTNT-4,TNT-4,19.99\nNEW,New thing,5\n"
    services.apply(shop.actor, received(shop, "item", text).pk, now=True)
    again = services.apply(shop.actor, received(shop, "item", text).pk, now=True)
    assert again.counts == {"same": 2}


ORDERS = """Order,Customer,Date,SKU,Quantity,Unit price,Ship-to city
SO-00009,Granite State Brewing,2026-11-02,TNT-4,2,,Concord
SO-00009,,,MAP,1,5.00,
OLD-7,granite state brewing,2026-11-03,STV-1,1,,
OLD-8,Nobody,2026-11-03,STV-1,1,,
OLD-9,Granite State Brewing,2026-11-03,NOPE,1,,
"""


def test_open_orders_come_with_their_lines_and_numbers(shop: Trade) -> None:
    run = services.apply(shop.actor, received(shop, "order", ORDERS).pk, now=True)
    assert {n: a for n, a, _cause in told(run)} == {2: "create", 4: "create", 5: "refuse", 6: "refuse"}
    order = Document.objects.get(number="SO-00009")
    by_hand = save_document(
        shop.actor, Kind.ORDER, {"customer_id": shop.customer},
        two_lines(shop),
    )  # fmt: skip
    assert (order.status, order.total, order.tax) == (by_hand.status, by_hand.total, by_hand.tax)
    assert order.shipping == {"city": "Concord"}
    assert by_hand.number == "SO-00010"  # the counter goes on behind what came
    assert AuditEntry.objects.filter(verb="order.take_over", record_id=order.pk).exists()
    again = services.apply(shop.actor, received(shop, "order", ORDERS).pk, now=True)
    assert again.counts == {"refuse": 4}
    services.undo(shop.actor, run.pk, now=True)
    assert list(Document.objects.values_list("number", flat=True)) == ["SO-00010"]


def two_lines(shop: Trade) -> list[Any]:
    return [LineDraft(shop.items[0], quantity=Decimal(2)), LineDraft(shop.items[2], unit_price=Decimal(5))]


def test_orders_hold_their_stock_and_give_it_back(shop: Trade) -> None:
    place = save_location(shop.actor, {"name": "Main"})
    stock.receive(shop.actor, [StockLine(shop.items[0], place.pk, Decimal(9))])
    run = services.apply(shop.actor, received(shop, "order", ORDERS).pk, now=True)
    assert sums(shop.actor, [shop.items[0]], [place.pk])[shop.items[0]].allocated == 2
    services.undo(shop.actor, run.pk, now=True)
    assert sums(shop.actor, [shop.items[0]], [place.pk])[shop.items[0]].allocated == 0
    assert not Document.objects.exists()


def test_a_contact_joins_its_customer(shop: Trade) -> None:
    text = "First name,Last name,E-mail,Customer\nRenata,Solberg,r@granite.example,C-0001\nIlse,,i@x.example,No one\n"
    run = services.apply(shop.actor, received(shop, "contact", text).pk, now=True)
    assert [a for _n, a, _c in told(run)] == ["create", "refuse"]
    assert [c.pk for c in Contact.objects.get().customers.all()] == [shop.customer]


def test_a_workbook_is_as_good(shop: Trade) -> None:
    book = xlsx.write("Items", [["SKU", "Name", "Price"], ["X-1", "One", Decimal("2.50")]])
    services.apply(shop.actor, received(shop, "item", book, "items.xlsx").pk, now=True)
    assert Item.objects.get(sku="X-1").price == Decimal("2.50")


def test_a_check_whose_file_breaks_off_leaves_nothing_to_take_back(shop: Trade) -> None:
    """The disk gives back less than it was given: columns may be chosen anew, and nothing is said to have happened."""
    run = received(shop, "customer", "Name\n" + "".join(f"Mill {n}\n" for n in range(running.BATCH + 1)))
    whole = default_storage.open(run.path).read()
    default_storage.delete(run.path)
    default_storage.save(run.path, ContentFile(whole + b'"' + b"x" * (LONGEST_CELL + 1)))
    run = services.check(shop.actor, run.pk, now=True)
    assert (run.state, run.counts, run.done, told(run)) == (RunState.FAILED, {}, 0, [])
    assert "a quotation mark is not closed" in run.message
    page = client_of(shop).get(f"/import/{run.pk}/").content.decode()
    assert run.message.split(".")[0] in page and "Take back" not in page
    with pytest.raises(Conflict):
        services.undo(shop.actor, run.pk, now=True)
    assert services.choose(shop.actor, run.pk, {"name": 0}).state == RunState.UPLOADED


def test_columns_that_were_chosen_are_remembered(shop: Trade) -> None:
    run = received(shop, "item", "Artikel,Bezeichnung\nX-1,One\n")
    assert run.mapping == {}
    services.choose(shop.actor, run.pk, {"sku": 0, "name": 1})
    assert received(shop, "item", "Artikel,Bezeichnung\nX-2,Two\n").mapping == {"sku": 0, "name": 1}


def test_a_job_tells_its_progress_and_stops_and_goes_on(shop: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BATCH", 2)
    text = "SKU,Name\n" + "".join(f"X-{n},Thing\n" for n in range(5))
    run = services.apply(shop.actor, received(shop, "item", text).pk)
    cancel_job(shop.actor, run.job_id or 0)
    tasks.apply(run.pk)
    run.refresh_from_db()
    job = Job.objects.get(pk=run.job_id)
    assert (run.state, run.counts, job.state, job.total) == ("stopped", {"create": 2}, JobState.CANCELLED, 6)
    run = services.apply(shop.actor, run.pk)
    tasks.apply(run.pk)
    tasks.apply(run.pk)  # a job may run twice
    run.refresh_from_db()
    assert (run.state, run.counts) == ("done", {"create": 5})
    assert Job.objects.get(pk=run.job_id).done == 6
    with pytest.raises(Conflict):
        services.apply(shop.actor, run.pk)


def test_who_may_not_change_a_kind_may_not_import_it() -> None:
    shop = trade()
    reader = replace(shop.actor, role=Role.WAREHOUSE)
    run = received(shop, "item", "SKU\nX\n")
    for act in (
        lambda: services.receive(reader, "item", "x.csv", io.BytesIO(b"SKU\nX\n")),
        lambda: services.apply(reader, run.pk),
        lambda: services.undo(reader, run.pk),
        lambda: services.forget(reader, run.pk),
    ):
        with pytest.raises(Refused):
            act()
    assert list(services.runs(reader)) == []


@pytest.mark.req("B22")
def test_a_permission_that_is_taken_away_is_gone_in_session_key_and_queued_job(shop: Trade) -> None:
    page, program = client_of(shop), program_of(shop.actor)
    run = received(shop, "customer", "Name\nElm\nAsh\n")
    services.apply(shop.actor, run.pk)  # waits for a worker
    order = {"kind": "order", "customer_id": shop.customer, "lines": [{"item_id": shop.items[0]}]}
    assert page.get("/orders/new/").status_code == 200
    program.post("documents", order)
    member = Membership.objects.get(user_id=shop.actor.user_id)
    change_role(
        replace(shop.actor, role=Role.MASTER_ADMIN, user_id=None, via="cli"), member.pk, Role.READ_ONLY
    )
    assert page.get("/orders/new/").status_code == 403
    assert page.post("/orders/new/", {"customer_id": shop.customer}).status_code == 403
    assert program.post("documents", order, 403)["type"] == "refused"
    tasks.apply(run.pk)
    assert {action for _n, action, _cause in told(run)} <= {"refuse"}
    assert not Customer.objects.filter(name__in=["Elm", "Ash"]).exists()
    assert Document.objects.filter(kind=Kind.ORDER).count() == 1
