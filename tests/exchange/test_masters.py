"""Leads, opportunities, cases, jobs, locations, opening stock, reorder levels and prices come out of a file and go again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps

from tests.exchange.test_services import received, told
from tests.sales.trade import Trade, trade
from tradepost.accounts.tenancy import Owned
from tradepost.catalog import stock
from tradepost.catalog.categories import save_category
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Bin, Item, ItemVendor, Location, PriceList
from tradepost.catalog.prices import prices, save_price_level
from tradepost.catalog.queries import sums
from tradepost.catalog.services import save_bin, save_item, save_location
from tradepost.catalog.stock import ship
from tradepost.exchange import running, services
from tradepost.exchange.kinds import KINDS, Type
from tradepost.exchange.models import ImportRun
from tradepost.exchange.shapes import YES
from tradepost.people.kinds import SHAPES
from tradepost.people.models import Contact, Customer, Lead, Opportunity
from tradepost.people.services import Email, save_contact, save_customer
from tradepost.reports.models import ReorderLevel
from tradepost.reports.reordering import set_level
from tradepost.sales.models import Kind
from tradepost.sales.queries import today

pytestmark = [pytest.mark.django_db, pytest.mark.req("B25")]
D = Decimal
TRACES = ("import", "audit", "stockmove", "stocklevel", "numbersequence", "counter")


@pytest.fixture
def shop() -> Trade:
    shop = trade()
    save_contact(
        shop.actor,
        {"last_name": "Solberg"},
        emails=[Email("renata@granite.example")],
        customer_ids=[shop.customer],
    )
    main = save_location(shop.actor, {"name": "Main"})
    save_bin(shop.actor, {"name": "A1", "location_id": main.pk})
    save_price_level(shop.actor, {"name": "Wholesale"})
    save_category(shop.actor, {"name": "Tents"})
    return shop


def applied(shop: Trade, kind: str, text: str) -> ImportRun:
    """Imported after a dry run that says the same and changes nothing."""
    before = held()
    run = services.check(shop.actor, received(shop, kind, text).pk, now=True)
    assert held() == before
    checked = told(run)
    run = services.apply(shop.actor, run.pk, now=True)
    assert told(run) == checked
    return run


def held() -> Mapping[str, list[dict[str, Any]]]:
    """All that the company keeps, without the traces that every act leaves and what time and versions say."""
    skip = {"id", "updated_at", "created_at", "version", "search", "list_id"}
    return {
        model._meta.label: sorted(
            ({k: str(v) for k, v in row.items() if k not in skip} for row in model.objects.values()), key=str
        )
        for model in apps.get_models()
        if issubclass(model, Owned) and not any(word in model._meta.label.lower() for word in TRACES)
    }


FILES = {
    "customer": (
        "Name,Status,Parent,Price level,Sales rep,Tax status,Credit limit,Credit hold,Reason of the credit hold\n"
        "Granite State Brewing,inactive,,,,,,yes,Late\n"
        "Hill Ltd,Prospect,granite state brewing,wholesale,DANA@example.com,no,2500,,\n"
        "Hill Two,,Hill Ltd,,,,,,\nHill Three,,Nobody,,,,,,\nHill Four,dormant,,,,,,,\n",
        ["update", "create", "create", "refuse", "refuse"],
    ),
    "vendor": (
        "Name,Status,Class,Language\nAlder Mills,,,de\nBirch,On hold,Cloth,en\nCedar,,,xx\n",
        ["update", "create", "refuse"],
    ),
    "contact": (
        "First name,Last name,E-mail,Birthday,Vendor,Customer\n"
        "Renata,,renata@granite.example,1980-02-29,Alder Mills,\nIlse,,,,,C-0001\n,,,,,\nNo,One,,31/31/2020,,\n",
        ["update", "create", "refuse"],
    ),
    "lead": (
        "Company,First name,E-mail,Lead source,Status,Owner,Address city\n"
        "Harbor Coffee,Ilse,ilse@harbor.example,Trade fair,contacted,dana@example.com,Portland\n"
        "Harbor Coffee,,ilse@harbor.example,,,,\n,,,web,,,\nKiln,,,,converted,,\n",
        ["create", "refuse", "refuse", "refuse"],
    ),
    "opportunity": (
        "Number,Name,Customer,Contact,Stage,Probability,Expected close,Budget\n"
        "OP-77,Spring range,C-0001,renata@granite.example,Propose,60,2026-12-15,\"12,000\"\n"
        ",Autumn range,Granite State Brewing,,won,,,900\n,Lost,C-0001,,lost,,,\n,No customer,,,,,,\n,Sure,C-0001,,,120,,\n",
        ["create", "create", "refuse", "refuse", "refuse"],
    ),
    "case": (
        "Case number,Subject,Customer,Priority,Status,Assigned to\n"
        "CS-9,A strap is torn,C-0001,high,in progress,Dana\n,Late,C-0001,,,\n,Solved,C-0001,,resolved,\n",
        ["create", "create", "refuse"],
    ),
    "project": (
        "Name,Customer,Starts,Ends\nShop fittings,C-0001,2026-11-16,2026-12-18\nBackwards,C-0001,2026-12-18,2026-11-16\n",
        ["create", "refuse"],
    ),
    "item": ("SKU,Category\nTNT-4,tents\nMAP,Nowhere\n", ["update", "refuse"]),
    "location": ("Location,Bin\nNorth,\nmain,A1\nMain,A2\nNorth,N1\n,B1\n", ["create", "same", "create", "create", "refuse"]),
    "level": (
        "SKU,Location,Minimum,Maximum\nTNT-4,Main,10,50\nSTV-1,main,9,5\nNOPE,Main,1,2\nMAP,Main,,\n",
        ["create", "refuse", "refuse", "same"],
    ),
    "price": (
        "Price list,SKU,From quantity,Price,Currency,Price level,Starts\n"
        "Spring,TNT-4,,18.50,usd,Wholesale,2026-01-01\nSpring,TNT-4,10,17,,,\nSpring,TNT-4,10.0,16,,,\n"
        "Spring,STV-1,,5,EUR,,\nSpring,MAP,,-1,,,\nSpring,MAP,,,,,\n",
        ["create", "create", "refuse", "refuse", "refuse", "refuse"],
    ),
    "offer": (
        "SKU,Vendor,Vendor's item code,Cost,Lead time,Quantity\n"
        "TNT-4,Alder Mills,H-1,7.25,14,200\nSTV-1,Nobody,,1,,\nMAP,V-0001,,1,2.5,\n",
        ["create", "refuse", "refuse"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_comes_and_goes_and_says_what_is_wrong(shop: Trade, kind: str) -> None:
    text, actions = FILES[kind]
    before = held()
    run = applied(shop, kind, text)
    assert [action for _n, action, _cause in told(run)] == actions
    assert all(row.cause and row.cure for row in run.outcomes.filter(action="refuse"))
    services.undo(shop.actor, run.pk, now=True)
    assert held() == before
    assert not run.outcomes.filter(action="kept").exists()


def test_what_came_is_what_the_file_says(shop: Trade) -> None:
    for kind in ("customer", "lead", "opportunity", "level", "offer"):
        services.apply(shop.actor, received(shop, kind, FILES[kind][0]).pk, now=True)
    hill = Customer.objects.get(name="Hill Ltd")
    assert (hill.status, hill.parent_id, hill.price_level.name, hill.rep.name) == (  # type: ignore[union-attr]
        "prospect", shop.customer, "Wholesale", "Dana",
    )  # fmt: skip
    assert (hill.tax_status, hill.credit_limit, hill.credit_hold) == ("exempt", 2500, False)
    granite = Customer.objects.get(pk=shop.customer)
    assert (granite.credit_hold, granite.credit_reason) == (True, "Late")
    assert Customer.objects.get(name="Hill Two").parent == hill
    lead = Lead.objects.get()
    assert (lead.source, lead.status, lead.addresses.get().city) == ("fair", "contacted", "Portland")
    spring = Opportunity.objects.get(number="OP-77")
    assert (spring.stage, spring.probability, spring.budget, spring.contact) == (
        "propose", 60, 12000, Contact.objects.get(),
    )  # fmt: skip
    assert ReorderLevel.objects.get().maximum == 50
    offer = ItemVendor.objects.get()
    assert (offer.vendor_id, offer.vendor_sku, offer.price, offer.lead_days, offer.quantity) == (
        shop.vendor, "H-1", D("7.25"), 14, 200,
    )  # fmt: skip


def test_the_same_file_of_anything_twice_changes_nothing(shop: Trade) -> None:
    stocks = {"stock": ("SKU,Location,Bin,Quantity\nTNT-4,Main,A1,12\n", [])}
    for kind, (text, _actions) in (FILES | stocks).items():
        if kind not in ("case", "project", "opportunity"):  # rows without a number are new ones
            services.apply(shop.actor, received(shop, kind, text).pk, now=True)
            again = services.apply(shop.actor, received(shop, kind, text).pk, now=True)
            assert set(again.counts) <= {"same", "refuse", "create" if kind == "contact" else "same"}


STOCK = "SKU,Location,Bin,On hand\nTNT-4,Main,A1,12\nTNT-4,Main,,3.5\nSTV-1,Main,,0\nMAP,Main,B9,1\nMAP,South,,1\nMAP,Main,,-4\n"


def test_opening_stock_is_counted_into_the_ledger_and_out_again(shop: Trade) -> None:
    main, tent = Location.objects.get(), shop.items[0]
    stock.receive(shop.actor, [StockLine(tent, main.pk, D(2))])
    run = applied(shop, "stock", STOCK)
    assert [a for _n, a, _c in told(run)] == ["update", "update", "same", "refuse", "refuse", "refuse"]
    assert run.outcomes.get(number=3).label == "TNT-4 · Main: 2 → 3.5"
    assert sums(shop.actor, [tent], [main.pk])[tent].on_hand == D("15.5")
    ship(shop.actor, [StockLine(tent, main.pk, D(5), Bin.objects.get().pk)])
    services.undo(shop.actor, run.pk, now=True)
    kept = run.outcomes.get(action="kept")
    assert (kept.number, "lacks 5 in Main" in kept.cause) == (2, True)
    assert sums(shop.actor, [tent], [main.pk])[tent].on_hand == D(9)  # 2 before, 12 came, 5 went
    kit = save_item(shop.actor, {"sku": "SET", "name": "Set", "type": "service"})
    run = applied(shop, "stock", f"SKU,Location,Quantity\n{kit.sku},Main,1\n")
    assert "has no stock of its own" in told(run)[0][2]


def test_opening_stock_goes_to_the_orders_that_wait_and_comes_back(
    shop: Trade, django_capture_on_commit_callbacks: Any
) -> None:
    tent = shop.items[0]
    shop.document(Kind.ORDER, "4")

    def held_and_there() -> tuple[Decimal, Decimal]:
        found = sums(shop.actor, [tent]).get(tent)
        return (found.allocated, found.on_hand) if found else (D(0), D(0))

    with django_capture_on_commit_callbacks(execute=True):
        run = services.apply(shop.actor, received(shop, "stock", STOCK).pk, now=True)
    assert held_and_there() == (4, D("15.5"))
    services.undo(shop.actor, run.pk, now=True)
    assert held_and_there() == (0, 0)


def test_prices_count_and_what_was_changed_since_stays(shop: Trade) -> None:
    run = services.apply(shop.actor, received(shop, "price", FILES["price"][0]).pk, now=True)
    tent = shop.items[0]
    listed = PriceList.objects.get()
    assert listed.level is not None
    for quantity, price in ((1, "18.50"), (10, "17")):
        found = prices(shop.actor, {tent: D(quantity)}, on=today(shop.actor), level_id=listed.level_id)
        assert found[tent].price == D(price)
    changed = "Price list,SKU,From quantity,Price\nSpring,TNT-4,10,16.5\n"
    services.apply(shop.actor, received(shop, "price", changed).pk, now=True)
    services.undo(shop.actor, run.pk, now=True)
    assert [(b.quantity, b.price) for b in listed.breaks.all()] == [(10, D("16.5"))]
    assert run.outcomes.get(action="kept").cause == "Somebody changed the record since."


def test_levels_and_vendors_that_were_changed_since_stay(shop: Trade) -> None:
    main = Location.objects.get()
    levels = services.apply(shop.actor, received(shop, "level", FILES["level"][0]).pk, now=True)
    offers = services.apply(shop.actor, received(shop, "offer", FILES["offer"][0]).pk, now=True)
    set_level(shop.actor, shop.items[0], main.pk, D(11), D(50))
    changed = "SKU,Vendor,Cost\nTNT-4,Alder Mills,7.5\n"
    services.apply(shop.actor, received(shop, "offer", changed).pk, now=True)
    for run in (levels, offers):
        services.undo(shop.actor, run.pk, now=True)
        assert run.outcomes.get(action="kept").cause == "Somebody changed the record since."


def test_a_preferred_vendor_comes_first(shop: Trade) -> None:
    text = "SKU,Vendor,Cost,Preferred\nTNT-4,V-0001,7,\nTNT-4,Birch,6,{}\n"
    services.apply(shop.actor, received(shop, "vendor", "Name\nBirch\n").pk, now=True)
    services.apply(shop.actor, received(shop, "offer", text.format("")).pk, now=True)
    assert [o.vendor for o in ItemVendor.objects.order_by("position")] == ["Alder Mills", "Birch"]
    run = services.apply(shop.actor, received(shop, "offer", text.format("yes")).pk, now=True)
    assert [o.vendor for o in ItemVendor.objects.order_by("position")] == ["Birch", "Alder Mills"]
    services.undo(shop.actor, run.pk, now=True)
    assert [o.vendor for o in ItemVendor.objects.order_by("position")] == ["Alder Mills", "Birch"]


def test_a_location_in_use_stays(shop: Trade) -> None:
    run = services.apply(shop.actor, received(shop, "location", "Location,Bin\nNorth,N1\n").pk, now=True)
    place, shelf = Location.objects.get(name="North"), Bin.objects.get(name="N1")
    stock.receive(shop.actor, [StockLine(shop.items[0], place.pk, D(1), shelf.pk)])
    services.undo(shop.actor, run.pk, now=True)
    assert run.outcomes.get().action == "kept"
    assert Bin.objects.filter(name="N1").exists()


def test_credit_comes_as_what_is_still_to_be_used(shop: Trade) -> None:
    for kind, party, state in (
        ("credit_note", "C-0001", "issued"),
        ("vendor_credit", "Alder Mills", "approved"),
    ):
        name = KINDS[kind].fields[1].label
        text = f"Number,{name},Description,Quantity,Unit price\nOLD-1,{party},Torn strap,1,25\n"
        run = services.apply(shop.actor, received(shop, kind, text).pk, now=True)
        assert [a for _n, a, _c in told(run)] == ["create"]
        from tradepost.sales.models import Document

        row = Document.objects.get(kind=kind)
        assert (row.status, row.total) == (state, 25)
        services.undo(shop.actor, run.pk, now=True)
        assert not Document.objects.filter(kind=kind).exists()


def test_words_of_choices_are_those_of_the_records() -> None:
    left_out = {("lead", "status"): {"converted"}}
    for key, shape in SHAPES.items():
        for column in KINDS[key].fields:
            if column.type is Type.CHOICE and column.choices and column.choices is not YES:
                known = {value for value, _label in shape.model._meta.get_field(column.key).choices}
                assert set(column.choices.values()) == known - left_out.get((key, column.key), set())


def test_who_may_not_set_a_credit_limit_may_not_import_one(shop: Trade) -> None:
    from dataclasses import replace

    from tradepost.accounts.access import Role

    seller = Trade(replace(shop.actor, role=Role.SALES), shop.customer, shop.items, shop.vendor)
    run = services.apply(
        seller.actor, received(seller, "customer", "Name,Credit limit\nNew,5\nOther,\n").pk, now=True
    )
    assert [a for _n, a, _c in told(run)] == ["refuse", "create"]
    assert save_customer(shop.actor, {"name": "x"}).credit_limit is None
    assert Item.objects.count() == 3


def test_a_dry_run_knows_what_earlier_batches_would_have_made(
    shop: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes each batch back, and says of the next all the same what will happen (``applied`` compares)."""
    monkeypatch.setattr(running, "BATCH", 2)
    people = "Number,Name,Parent\nH-1,Head,\nH-2,Branch,H-1\n,Shop,H-2\n,Kiosk,shop\n,Stall,h-2\n"
    run = applied(shop, "customer", people)
    assert [action for _row, action, _why in told(run)] == [*["create"] * 4, "refuse"]
    kiosk = Customer.objects.select_related("parent__parent__parent").get(name="Kiosk")
    assert [row.name for row in (kiosk.parent, kiosk.parent.parent, kiosk.parent.parent.parent)] == [
        "Shop",
        "Branch",
        "Head",
    ]
    prices = "Price list,SKU,Price,Currency\nSpring,TNT-4,18,EUR\nSpring,STV-1,5,EUR\nSpring,MAP,7,USD\nAll,MAP,7,\n"
    assert [action for _row, action, _why in told(applied(shop, "price", prices))] == [
        "create",
        "create",
        "refuse",
        "create",
    ]
