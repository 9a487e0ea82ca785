"""What every list has: its own views with counts, the filter in the address, the export and the bulk bar."""

from __future__ import annotations

import csv
import html
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from urllib.parse import quote

import pytest
from django.test import Client

from tests.sales.trade import Trade
from tests.web.desk import Desk, desk_of, mailbox, work_as
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership
from tradepost.catalog import stock
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Item, Location
from tradepost.catalog.services import save_item, save_location
from tradepost.kit import xlsx
from tradepost.kit.text import FORMULA
from tradepost.people.services import save, save_customer
from tradepost.sales.models import Kind
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.settling import MONEY
from tradepost.sync.models import Run, RunState
from tradepost.web.kinds import LOOKS
from tradepost.web.saved_views import LISTS
from tradepost.web.trail_words import done


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
    total = re.search(r"<p>\s*\d+–\d+ of ([\d,]+)\s", page)
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


def cell(text: str) -> str:
    """What a workbook's cell says where CSV says ``text``: no mark, no apostrophe, figures as short as they can be."""
    text = text.lstrip("\ufeff'")
    return f"{Decimal(text).normalize():f}" if re.fullmatch(r"-?\d+\.\d+", text) else text


# What a list calls otherwise than its export, which splits the names of people; what else a record is known by in both.
NAMED = {
    "Order": "Number",
    "Quote": "Number",
    "Contact": "Last name",
    "Lead": "Company",
    "Case": "Subject",
    "%": "Probability %",
}
NAMED |= dict.fromkeys(("Customer", "Vendor", "Opportunity", "Job"), "Name")
NOT_OF_FILES = {"", "Picture", "Before and after"}  # the trail has them apart
RISKY = "=1+1"
# Lists whose filter, search and workbook are tried as well, each of another room, by the column that sorts them.
SORTED = {
    "orders": "total",
    "customers": "name",
    "contacts": "name",
    "cases": "subject",
    "items": "sku",
    "stock": "sku",
    "audit": "verb",
}


def filled(shop: Desk) -> None:
    """Two rows more in each list, whose order by name is none by day or key, with a formula where people type."""
    trade = Trade(shop.actor, shop.customer.pk, [shop.item.pk], shop.vendor.pk)
    place = Location.objects.get()
    marks = {"tags": ["VIP"], "pinned": RISKY}
    for n, letter in enumerate("BA"):
        named = {"name": f"={letter}", **marks}
        concerned = {**named, "customer_id": shop.customer.pk}
        for kind, values in {
            "customer": named,
            "vendor": named,
            "opportunity": concerned,
            "project": concerned,
        }.items():
            save(shop.actor, kind, values)
        save(shop.actor, "customer", {**named, "status": "prospect"})
        save(shop.actor, "contact", {"last_name": f"={letter}", **marks})
        save(shop.actor, "lead", {"company": f"={letter}", **marks})
        save(shop.actor, "case", {"subject": f"={letter}", **marks})
        item = save_item(shop.actor, {"sku": f"={letter}", "name": RISKY, **marks})
        stock.receive(shop.actor, [StockLine(item.pk, place.pk, Decimal(n + 1))])
        for kind in LOOKS:
            head = {} if kind in MONEY else {"po_number": RISKY}
            trade.document(kind, date=date(2026, 5, (7, 3)[n]), **head, **marks)


def plain(markup: str) -> str:
    """The words of a piece of a page."""
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", markup).split()))


@dataclass(frozen=True)
class Shown:
    """A list as its page shows it: the heads of its columns, and the ``names`` of its rows, under the head ``title``."""

    heads: list[str]
    title: str
    names: list[str]
    filters: list[tuple[str, str]]

    @classmethod
    def of(cls, page: str) -> Shown:
        page = re.sub(r'<span class="memo-pin".*?</span></span>', "", page)
        table = page[page.index("<thead") : page.index("</table>")]
        heads = [plain(one) for one in re.findall(r"<th\b[^>]*>(.*?)</th>", table, re.S)]
        rows = [
            re.findall(r"<td\b([^>]*)>(.*?)</td>", row, re.S)
            for row in re.findall(r"<tr\b.*?</tr>", table, re.S)
        ]
        rows = [row for row in rows if len(row) == len(heads)]
        place = next((n for n, (about, _text) in enumerate(rows[0]) if "at-title" in about), 0) if rows else 0
        selects = re.findall(r'<select name="(\w+)".*?<option value="([^"]+)"', page, re.S)
        return cls(heads, heads[place], [plain(row[place][1]) for row in rows], selects)


def compared(client: Client, name: str, query: str) -> tuple[Shown, list[list[str]]]:
    """A list's page and its CSV, which have the same columns and rows in the same order."""
    shown = Shown.of(client.get(f"/{name}/?{query}").content.decode())
    text = b"".join(client.get(f"/{name}/export/?{query}")).decode()  # type: ignore[call-overload]
    table = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    heads, rows = table[0], table[1:]
    called = {head: head if head in heads else NAMED.get(head, head) for head in shown.heads}
    assert {*called.values()} - NOT_OF_FILES <= {*heads}, name
    names = [row[heads.index(called[shown.title])].lstrip("'") for row in rows]
    if name == "audit":  # which writes its verbs for people
        names = [done(one) for one in names]
    assert all(title.endswith(one) for one, title in zip(names, shown.names, strict=False)), (name, query)
    assert len(names) == len(shown.names) or len(shown.names) in (25, 50), (name, query)
    return shown, table


def test_every_export_is_its_list_as_shown(client: Client, shop: Desk) -> None:
    """Its columns, sort, filter and search, the same in both forms; and no text of it is run as a formula."""
    filled(shop)
    for name in (one for one in LISTS if one != "runs"):
        shown, table = compared(client, name, f"sort=-{SORTED.get(name, 'number')}")
        assert len(table) > 2, name
        assert not [text for row in table for text in row if text.startswith(FORMULA)], name
        assert name == "audit" or any(text.startswith("'=") for row in table for text in row), name
        for key, value in shown.filters[:1] if name in SORTED else ():
            compared(client, name, f"{key}={quote(value)}&sort={SORTED[name]}")
        if name in SORTED:
            query = f"q={quote(shown.names[-1])}"
            _shown, table = compared(client, name, query)
            book = b"".join(client.get(f"/{name}/export/?{query}&format=xlsx"))  # type: ignore[call-overload]
            assert list(xlsx.read(BytesIO(book))) == [[cell(text) for text in row] for row in table], name


@pytest.mark.parametrize(
    ("language", "name", "words"),
    [
        ("de", "orders", ["Nummer", "Offen", "Unbezahlt"]),
        ("de", "items", ["Artikelnummer", "Lagerartikel"]),
        ("en", "orders", ["Number", "Open", "Unpaid"]),
    ],
)
def test_an_export_is_in_one_language(
    client: Client, shop: Desk, language: str, name: str, words: list[str]
) -> None:
    asked = {"Accept-Language": language}
    for form in ("csv", "xlsx"):
        whole = b"".join(client.get(f"/{name}/export/?format={form}", headers=asked))  # type: ignore[call-overload]
        told = whole.decode() if form == "csv" else str(list(xlsx.read(BytesIO(whole))))
        assert [word for word in words if word not in told] == []


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


def test_an_item_is_put_away_and_taken_back_on_its_own_page(client: Client, shop: Desk) -> None:
    item = Item.objects.get(sku="STV-1")
    for act, other in (("archive", "restore"), ("restore", "archive")):
        page = client.get(f"/items/{item.pk}/").content.decode()
        assert f'value="{act}"' in page and f'value="{other}"' not in page
        sent = {"pk": item.pk, "act": act, "next": f"/items/{item.pk}/"}
        assert client.post("/items/bulk/", sent)["Location"] == f"/items/{item.pk}/"
        item.refresh_from_db()
        assert (item.archived_at is None) is (act == "restore")
    work_as(shop, Role.SALES)
    assert 'value="archive"' not in client.get(f"/items/{item.pk}/").content.decode()


def test_money_is_added_up_and_compared_in_the_currency_of_the_company(client: Client, shop: Desk) -> None:
    """One below and one above in bare figures; a document that waits for its rate stands last, in no sum, and is counted."""

    def invoice(price: str, currency: str, rate: str = "") -> str:
        head = {"customer_id": shop.customer.pk, "currency": currency}
        known = {"exchange_rate": Decimal(rate)} if rate else {}
        line = LineDraft(description="Work", unit_price=Decimal(price), tax_rate=Decimal(0))
        return save_document(shop.actor, Kind.INVOICE, head | known, [line]).number

    def listed(address: str) -> tuple[list[str], str]:
        page = client.get(address).content.decode()
        foot = re.search(r'<div class="card-footer pager">\s*<p>(.*?)</p>', page, re.DOTALL)
        assert foot
        return re.findall(r">\s*(INV-\d+)\s*</a>", page), " ".join(re.sub("<[^>]+>", "", foot[1]).split())

    dollars, euros, yen = invoice("100", "USD"), invoice("90", "EUR", "1.25"), invoice("9000", "JPY", "0.01")
    assert listed("/invoices/?sort=-total") == ([euros, dollars, yen], "1–3 of 3 · $302.50")
    assert listed("/invoices/?sort=total")[0] == [yen, dollars, euros]
    waiting = invoice("5000", "GBP")
    without = "1–4 of 4 · $302.50 · 1 without an exchange rate"
    assert listed("/invoices/?sort=-total") == ([euros, dollars, yen, waiting], without)
    assert listed("/invoices/?sort=total")[0] == [yen, dollars, euros, waiting]
    assert listed(f"/invoices/?q={dollars}") == ([dollars], "1–1 of 1 · $100.00")


@pytest.mark.parametrize(
    ("role", "imported", "made"),
    [
        (Role.MASTER_ADMIN, {"customer", "vendor", "contact", "item", "order", "bill", "stock", "price"}, 8),
        (Role.SALES, {"customer", "contact", "order"}, 3),
        (Role.BOOKKEEPER, {"customer", "vendor", "contact", "bill"}, 4),
        (Role.READ_ONLY, set(), 0),
    ],
)
def test_an_empty_list_offers_what_fills_it_to_who_may(
    role: Role, imported: set[str], made: int, member: Membership, client: Client
) -> None:
    Membership.objects.filter(pk=member.pk).update(role=role)
    paths = ["customers", "vendors", "contacts", "items", "orders", "picks", "bills", "stock", "price-lists"]
    bodies = [client.get(f"/{path}/").content.decode() for path in paths]
    offers = [re.search(r'<div class="empty-action.*?</div>', body, re.S) for body in bodies]
    shown = " ".join(one[0] for one in offers if one)
    assert {*re.findall(r"/import/\?kind=(\w+)", shown)} == imported
    assert len(re.findall(r'href="/[a-z-/]*(?<!import)new/"', shown)) == made
    invited = ["Make the first" in body for body in (bodies[0], bodies[4])]
    assert invited == ["customers/new/" in shown, "orders/new/" in shown]
    for path in paths:
        assert "/import/?kind" not in client.get(f"/{path}/?q=nothing").content.decode()
    if imported:
        body = client.get(f"/import/?kind={min(imported)}").content.decode()
        assert f'<option value="{min(imported)}" selected>' in body
