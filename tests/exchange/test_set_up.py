"""The set-up comes out of a file and goes again: categories, price levels, lists, taxes, rates; users are invited."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from django.core import mail

from tests.exchange.test_masters import applied, held
from tests.exchange.test_services import received, told
from tests.sales.trade import Trade, trade
from tradepost.accounts import roles
from tradepost.accounts.access import Role
from tradepost.accounts.models import Invitation
from tradepost.accounts.services import accept_invitation, invite
from tradepost.catalog.categories import save_category
from tradepost.catalog.models import Category, Item, PriceLevel
from tradepost.catalog.prices import save_price_level
from tradepost.exchange import services
from tradepost.exchange.kinds import KINDS
from tradepost.kit.errors import Refused
from tradepost.people.services import save_customer
from tradepost.sales import lists, taxes
from tradepost.sales.currencies import rate_on, save_rate
from tradepost.sales.models import ListEntry, SalesTaxCode, TaxComponent, Terms

pytestmark = [pytest.mark.django_db, pytest.mark.req("B25")]
DAY = date(2026, 11, 20)


@pytest.fixture
def shop() -> Trade:
    shop = trade(Role.MASTER_ADMIN)
    actor = shop.actor
    save_category(actor, {"name": "Camping"})
    save_price_level(actor, {"name": "Wholesale", "percent": D(10)})
    lists.save(actor, "terms", {"name": "Net 30", "days": 30, "is_default": True})
    taxes.save_tax(actor, "CA", {DAY: D(7)}, name="California")
    taxes.save_item_tax(actor, "State", ["CA"], is_default=True)
    taxes.save_tax_code(actor, "Tax", taxable=True, is_default=True)
    save_rate(actor, "EUR", DAY, D("1.08"))
    return shop


FILES = {
    "category": (
        "Name,Within\nTents,Camping\nDomes,camping > tents\nDomes,Tents\ncamping,\nBoats,\nX,Nowhere\n,Camping\n",
        ["create", "create", "same", "same", "create", "refuse", "refuse"],
    ),
    "price_level": (
        "Name,Discount %\nwholesale,12.5\nStaff,20\nGift,101\nwholesale ,1\n",
        ["update", "create", "refuse", "refuse"],
    ),
    "list_value": (
        "List,Name,Default,Type of terms,Due in days,Colour,Carrier,Charged as item\n"
        "terms,net 30,,,45,,,\nTerms,Cash,yes,cash,,,,\nClasses,East,,,,,,\nShipping methods,Ground,,,,,UPS,\n"
        "Statuses: sales order,Wrapped,,,,pink,,\nterms,Late,,,1.5,,,\nClasses,West,,,9,,,\nShapes,Round,,,,,,\n"
        "shipping-methods,Air,,,,,,TNT-4\n",
        [*["update", "create", "create", "create", "create"], *["refuse", "refuse", "refuse", "refuse"]],
    ),
    "tax": (
        "Code,Name,Since,Rate %,On top of other taxes\nca,,2026-11-20,7.25,\nCA,,2020-01-01,6.5,\n"
        "LA,Los Angeles,2026-01-01,2.5,yes\nSF,,,,\nNO,,2026-01-01,,\nNO,,,5,\nMAD,,2026-01-01,4000,\n",
        [*["update", "update", "create", "create"], *["refuse", "refuse", "refuse"]],
    ),
    "item_tax": (
        "Code,Taxes,Default\nstate,CA,no\nOther,CA,yes\nNone,,\nOdd,XX,\n",
        ["update", "create", "refuse", "refuse"],
    ),
    "tax_code": (
        "Code,Taxable,Taxes,Default\nNon,no,,yes\nEU,yes,CA,yes\ntax,yes,,\nOdd,yes,XX,\n",
        ["create", "create", "same", "refuse"],
    ),
    "tax_region": (
        "Country,State or province,Item sales tax\nUnited States,California,state\nUS,CA,State\nDE,,State\nUS,NY,No\n",
        ["create", "same", "create", "refuse"],
    ),
    "exchange_rate": (
        "Currency,Day,Rate\nEUR,2026-11-20,1.09\neur,2026-11-21,1.1\nUSD,2026-11-20,1\nEUR,2026-11-22,-1\nEUR,,2\n",
        ["update", "create", "refuse", "refuse", "refuse"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_comes_and_goes_and_says_what_is_wrong(shop: Trade, kind: str) -> None:
    text, actions = FILES[kind]
    before = held()
    run = applied(shop, kind, text)
    assert [action for _n, action, _cause in told(run)] == actions
    assert all(row.cause and row.cure for row in run.outcomes.filter(action="refuse"))
    for row in run.outcomes.filter(action="refuse"):
        said = [one.strip(". ") for one in row.cause.split(". ")]
        assert len(said) == len(set(said)), row.cause
    again = services.apply(shop.actor, received(shop, kind, text).pk, now=True)
    assert set(again.counts) <= {"same", "refuse"}
    services.undo(shop.actor, run.pk, now=True)
    assert held() == before
    assert not run.outcomes.filter(action="kept").exists()


def test_what_came_is_what_the_file_says(shop: Trade) -> None:
    for kind, (text, _actions) in FILES.items():
        services.apply(shop.actor, received(shop, kind, text).pk, now=True)
    domes = Category.objects.get(name="Domes")
    assert (domes.parent.name, domes.parent.parent.name) == ("Tents", "Camping")  # type: ignore[union-attr]
    assert PriceLevel.objects.get(name="Wholesale").percent == D("12.5")
    assert [(t.name, t.type, t.days, t.is_default) for t in Terms.objects.order_by("position")] == [
        ("Net 30", "receivable", 45, False),
        ("Cash", "cash", 0, True),
    ]
    assert ListEntry.objects.get(name="Ground").carrier == "UPS"
    state = TaxComponent.objects.get(code="CA")
    assert [rate.percent for rate in state.rates.all()] == [D("6.5"), D("7.25")]
    assert {c.code: c.is_default for c in SalesTaxCode.objects.all()} == {
        "Tax": False,
        "EU": True,
        "Non": True,
    }
    assert rate_on(shop.actor.organisation_id, "EUR", date(2026, 12, 1)) == D("1.1")


def test_an_item_names_its_category_by_name_or_by_the_way(shop: Trade) -> None:
    services.apply(shop.actor, received(shop, "category", f"{FILES['category'][0]}Tents,\n").pk, now=True)
    text = "SKU,Category\nTNT-4,Tents\nSTV-1,camping › tents\nMAP,domes\n"
    run = applied(shop, "item", text)
    assert [action for _n, action, _c in told(run)] == ["update"] * 3
    held = {
        i.sku: (i.category.parent_id is None, i.category.name)
        for i in Item.objects.select_related("category")
    }  # type: ignore[union-attr]
    assert held == {"TNT-4": (True, "Tents"), "STV-1": (False, "Tents"), "MAP": (False, "Domes")}


def test_what_is_used_since_stays_and_says_so(shop: Trade) -> None:
    runs = {
        kind: services.apply(shop.actor, received(shop, kind, text).pk, now=True)
        for kind, text in (
            ("price_level", "Name\nStaff\n"),
            ("list_value", "List,Name\nclasses,East\n"),
            ("tax", "Code\nLA\n"),
            ("exchange_rate", "Currency,Day,Rate\nEUR,2026-11-21,1.1\n"),
        )
    }
    level = PriceLevel.objects.get(name="Staff")
    save_customer(shop.actor, {"class_name": "East", "price_level_id": level.pk}, customer_id=shop.customer)
    taxes.save_item_tax(shop.actor, "City", ["LA"])
    save_rate(shop.actor, "EUR", date(2026, 11, 21), D("1.2"))
    for kind, run in runs.items():
        services.undo(shop.actor, run.pk, now=True)
        row = run.outcomes.get()
        assert row.action == "kept", kind
        assert (row.cause, bool(row.cure)) == (
            "Somebody changed the record since." if kind == "exchange_rate" else "Other records hang on it.",
            True,
        )


def test_what_was_put_away_is_not_brought_back_by_a_file(shop: Trade) -> None:
    level = taxes.archive(shop.actor, TaxComponent, taxes.save_tax(shop.actor, "LA", {}).pk)
    run = applied(shop, "tax", "Code\nla\n")
    assert told(run)[0][1:] == ("refuse", "“LA” is put away.")
    assert level.archived_at


# --- users ----------------------------------------------------------------------------------------------------------

USERS = "E-mail,Role\nnoor@example.com,Warehouse\nDANA@example.com,Master Admin\nilse@example.com,read only\nno@example.com,Boss\nx@example.com,\n"


def test_users_are_invited_by_a_mail_once_the_rows_are_stored(
    shop: Trade, settings: object, django_capture_on_commit_callbacks: object
) -> None:
    settings.EMAIL_BACKEND = "tests.exchange.smtp.EmailBackend"  # type: ignore[attr-defined]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        run = services.check(shop.actor, received(shop, "user", USERS).pk, now=True)
    assert (Invitation.objects.count(), len(mail.outbox)) == (0, 0)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        run = services.apply(shop.actor, run.pk, now=True)
    assert [a for _n, a, _c in told(run)] == ["create", "same", "create", "refuse", "refuse"]
    assert {(i.email, i.role) for i in Invitation.objects.all()} == {
        ("noor@example.com", "warehouse"),
        ("ilse@example.com", "read_only"),
    }
    assert sorted(m.to[0] for m in mail.outbox) == ["ilse@example.com", "noor@example.com"]
    assert "/join/" in str(mail.outbox[0].body)
    again = services.apply(shop.actor, received(shop, "user", USERS).pk, now=True)
    assert again.counts == {"same": 3, "refuse": 2}
    services.undo(shop.actor, run.pk, now=True)
    assert not Invitation.objects.exists()


def test_who_has_accepted_stays_and_a_member_keeps_the_role(shop: Trade) -> None:
    role = roles.add(shop.actor, name="Packers", base=Role.WAREHOUSE)
    _row, secret = invite(shop.actor, email="ilse@example.com", role=Role.SALES)
    accept_invitation(secret, name="Ilse", password="correct horse battery")
    text = "E-mail,Role\nilse@example.com,Warehouse\nnoor@example.com,packers\n"
    run = services.apply(shop.actor, received(shop, "user", text).pk, now=True)
    assert [a for _n, a, _c in told(run)] == ["refuse", "create"]
    found = Invitation.objects.get(email="noor@example.com")
    assert found.custom_role == role
    Invitation.objects.filter(pk=found.pk).update(accepted_at="2026-11-20T12:00Z")
    services.undo(shop.actor, run.pk, now=True)
    assert run.outcomes.get(number=3).cause == "noor@example.com has accepted the invitation."


@pytest.mark.parametrize("kind", [kind.key for kind in KINDS.values() if kind.group == "setup"])
def test_the_set_up_is_for_those_who_may_change_it(shop: Trade, kind: str) -> None:
    seller = Trade(replace(shop.actor, role=Role.READ_ONLY), shop.customer, shop.items, shop.vendor)
    with pytest.raises(Refused):
        received(seller, kind, "x\ny\n")


def test_nobody_is_invited_to_more_than_one_has_oneself(shop: Trade) -> None:
    own = roles.add(shop.actor, name="Clerk", base=Role.READ_ONLY, permissions={KINDS["user"].permission})
    clerk = replace(shop.actor, role=Role.READ_ONLY, own=own.grants)
    seller = Trade(clerk, shop.customer, shop.items, shop.vendor)
    run = services.apply(clerk, received(seller, "user", "E-mail,Role\na@example.com,Admin\n").pk, now=True)
    assert told(run)[0][1] == "refuse"
    assert not Invitation.objects.exists()
