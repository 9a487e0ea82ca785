"""What every list has: its own views with counts, the filter in the address, the export and the bulk bar."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client

from tests.web.desk import Desk, desk_of, mailbox
from tradepost.accounts.models import Membership
from tradepost.catalog import stock
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Item
from tradepost.catalog.services import save_location
from tradepost.kit import xlsx
from tradepost.people.services import save_customer
from tradepost.sync.models import Run, RunState
from tradepost.web.saved_views import LISTS

BULK = {"customers", "contacts", "vendors", "leads", "items", "orders", "quotes"}


@pytest.fixture
def shop(member: Membership) -> Desk:
    shop = desk_of(member)
    for n in range(30):
        save_customer(shop.actor, {"name": f"Customer {n:02}"})
    place = save_location(shop.actor, {"name": "Main"})
    stock.receive(shop.actor, [StockLine(shop.item.pk, place.pk, Decimal(3))])
    stream = mailbox(shop.actor).connection.streams.get()
    for state in (RunState.DONE, RunState.FAILED):
        Run.objects.create(organisation_id=shop.actor.organisation_id, stream=stream, state=state)
    return shop


def views(page: str) -> dict[str, str]:
    """The count beside each view of a list."""
    found = re.findall(r'<a class="view[^>]*>([^<]*?)\s*(?:<span class="count">([\d,]*)</span>)?</a>', page)
    return dict(found)


@pytest.mark.parametrize("name", list(LISTS))
def test_each_view_says_how_many_rows_it_has(client: Client, shop: Desk, name: str) -> None:
    client.post(f"/views/{name}/", {"label": "None such", "query": "q=no-such-record&page=2"})
    page = client.get(f"/{name}/").content.decode()
    counts = views(page)
    assert counts["None such"] == "0"
    assert all(counts.values()), counts
    total = re.search(r"<p>\s*\d+–\d+ of ([\d,]+)\s*</p>", page)
    assert next(iter(counts.values())) == (total[1] if total else "0")
    assert "Nothing matches" in client.get(f"/{name}/?q=no-such-record").content.decode()


def test_counts_are_those_of_the_shelves_and_of_the_states(client: Client, shop: Desk) -> None:
    client.post("/customers/bulk/", {"pk": [shop.customer.pk], "act": "archive"})
    counts = views(client.get("/customers/?q=zzz").content.decode())
    assert (counts["All"], counts["Archived"], counts["Trash"]) == ("30", "1", "0")
    assert views(client.get("/runs/").content.decode()) == {"All runs": "2", "Failed": "1", "Running": "0"}


def test_filter_sort_and_page_live_in_the_address(client: Client, shop: Desk) -> None:
    second = client.get("/customers/?q=customer&sort=-name&page=2").content.decode()
    assert "Customer 04" in second and "Customer 05" not in second
    assert "26–30 of 30" in second
    assert "q=customer" in re.findall(r'href="([^"]*page=1[^"]*)"', second)[0]


def exported() -> Iterator[str]:
    yield from (name for name in LISTS if name != "runs")


def cell(text: str) -> str:
    """What a workbook's cell says where CSV says ``text``: no mark, no apostrophe, figures as short as they can be."""
    text = text.lstrip("\ufeff'")
    return f"{Decimal(text).normalize():f}" if re.fullmatch(r"-?\d+\.\d+", text) else text


def test_every_list_of_records_is_exported_as_filtered(client: Client, shop: Desk) -> None:
    for name in exported():
        answer = client.get(f"/{name}/export/")
        rows = list(csv.reader(b"".join(answer).decode().splitlines()))  # type: ignore[call-overload]
        book = b"".join(client.get(f"/{name}/export/?format=xlsx"))  # type: ignore[call-overload]
        assert list(xlsx.read(BytesIO(book))) == [[cell(text) for text in row] for row in rows], name
        empty = b"".join(client.get(f"/{name}/export/?q=no-such-record")).decode()  # type: ignore[call-overload]
        shown = client.get(f"/{name}/").content.decode()
        total = re.search(r"<p>\s*\d+–\d+ of (\d+)\s*</p>", shown)
        assert len(rows) - 1 == int(total[1] if total else 0), name
        assert len(empty.splitlines()) == 1, name


def test_items_are_put_away_taken_back_and_tagged_from_their_list(client: Client, shop: Desk) -> None:
    held, free = shop.item, Item.objects.get(sku="STV-1")
    page = client.post("/items/bulk/", {"pk": [held.pk, free.pk], "act": "archive"}, follow=True)
    assert "1 archived" in page.content.decode()
    assert "still has stock" in page.content.decode()
    assert views(page.content.decode()) == {"All": "1", "Archived": "1"}
    shelf = client.get("/items/?archived=1").content.decode()
    assert "STV-1" in shelf and "TNT-4" not in shelf and "Take back" in shelf
    client.post("/items/bulk/", {"pk": free.pk, "act": "restore"})
    client.post("/items/bulk/", {"pk": [held.pk, free.pk], "act": "tag", "tag": "Summer"})
    assert sorted(row.tags for row in Item.objects.all()) == [["Summer"], ["Summer"]]
    assert views(client.get("/items/?tag=Summer").content.decode())["All"] == "2"
