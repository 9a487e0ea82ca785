"""Locations and bins: set up on pages and by API, seen on the pages of stock, and in Chromium in every width and theme."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from tests.web.desk import Desk, colleague, desk_of
from tests.web.looks import at, clean, every_look
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership, User
from tradepost.catalog import stock
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Bin, Location
from tradepost.catalog.services import save_bin, save_location
from tradepost.sales.goods import usual_location


@pytest.fixture
def shop(member: Membership) -> Desk:
    """Ten of the item in Portland, six of them in the bin A-01; nothing in Salem."""
    shop = desk_of(member)
    here = save_location(shop.actor, {"name": "Portland"})
    save_location(shop.actor, {"name": "Salem"})
    shelf = save_bin(shop.actor, {"name": "A-01", "location_id": here.pk})
    save_bin(shop.actor, {"name": "B-01", "location_id": here.pk})
    stock.receive(shop.actor, [StockLine(shop.item.pk, here.pk, D(10))])
    stock.transfer(shop.actor, [StockLine(shop.item.pk, here.pk, D(6))], here.pk, bin_id=shelf.pk)
    return shop


def test_a_location_is_made_renamed_and_chosen_as_the_default(client: Client, shop: Desk) -> None:
    assert usual_location(shop.actor) == Location.objects.get(name="Portland")
    salem = Location.objects.get(name="Salem")
    new = {"name": "Salem South", "is_default": "on", "version": salem.version}
    assert client.post(f"/locations/{salem.pk}/", new).status_code == 302
    assert usual_location(shop.actor) == salem
    assert client.post("/locations/new/", {"name": "Van", "is_default": "on"}).status_code == 302
    assert [row.name for row in Location.objects.filter(is_default=True)] == ["Van"]
    taken = client.post("/locations/new/", {"name": "Van"})
    assert (taken.status_code, "Another location has the name Van" in taken.content.decode()) == (422, True)


@pytest.mark.parametrize("what", ["locations", "bins"])
def test_what_holds_stock_stays_and_what_is_empty_is_put_away_and_taken_back(
    client: Client, shop: Desk, what: str
) -> None:
    full = Location.objects.get(name="Portland") if what == "locations" else Bin.objects.get(name="A-01")
    empty = Location.objects.get(name="Salem") if what == "locations" else Bin.objects.get(name="B-01")
    refused = client.post(f"/stock/{what}/{full.pk}/archive/")
    assert refused.status_code == 409
    assert "Transfer it elsewhere" in refused.content.decode()
    assert client.post(f"/stock/{what}/{empty.pk}/archive/").status_code == 302
    place = f"{full.pk}:{empty.pk}" if what == "bins" else f"{empty.pk}:"
    assert place not in client.get(f"/items/{shop.item.pk}/stock/count/").content.decode()
    assert "Archived" in client.get("/locations/?archived=1").content.decode()
    assert client.post(f"/stock/{what}/{empty.pk}/restore/").status_code == 302
    assert client.post(f"/stock/{what}/{empty.pk}/remove/").status_code == 404


def test_stock_is_seen_by_bin(client: Client, shop: Desk) -> None:
    page = client.get(f"/items/{shop.item.pk}/stock/").content.decode()
    assert "Portland · A-01" in page
    assert "Portland · outside any bin" in page
    full, empty = Bin.objects.get(name="A-01"), Bin.objects.get(name="B-01")
    assert shop.item.sku in client.get(f"/stock/?bin={full.pk}").content.decode()
    assert shop.item.sku not in client.get(f"/stock/?bin={empty.pk}").content.decode()


def test_nothing_goes_into_an_archived_bin(client: Client, shop: Desk) -> None:
    gone, here = Bin.objects.get(name="B-01"), Location.objects.get(name="Portland")
    client.post(f"/stock/bins/{gone.pk}/archive/")
    with pytest.raises(stock.Conflict, match="The bin Portland · B-01 is archived"):
        stock.receive(shop.actor, [StockLine(shop.item.pk, here.pk, D(1), bin_id=gone.pk)])


def test_the_set_up_is_for_who_may_change_the_catalogue(shop: Desk) -> None:
    reader, lee = Client(), colleague(shop, role=Role.SALES)
    reader.force_login(User.objects.get(pk=lee.user_id), backend=settings.AUTHENTICATION_BACKENDS[0])
    here = Location.objects.get(name="Salem")
    for url in ("/locations/", f"/locations/{here.pk}/", f"/stock/locations/{here.pk}/archive/"):
        assert reader.post(url, {"name": "X"}).status_code in (403, 405), url
    assert Location.objects.get(pk=here.pk).archived_at is None


@pytest.mark.browser
@every_look
def test_the_pages_in_every_width_and_theme(desk: Any, shop: Desk, width: int, theme: str) -> None:
    at(desk, width, theme)
    desk.open("/locations/")
    expect(desk.get_by_role("region", name="Portland")).to_contain_text("A-01")
    clean(desk, f"locations-{width}-{theme}")
    desk.get_by_role("link", name="Add bin Portland").click()
    desk.get_by_label("Name").fill("C-01")
    clean(desk, f"bin-{width}-{theme}")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.get_by_role("region", name="Portland")).to_contain_text("C-01")
    desk.open(f"/items/{shop.item.pk}/stock/")
    clean(desk, f"item-stock-{width}-{theme}")
    desk.open("/stock/")
    clean(desk, f"stock-{width}-{theme}")
