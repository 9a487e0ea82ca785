"""A report is opened, grouped, taken away, kept, and opened again as it was."""

from __future__ import annotations

import re

import pytest
from django.http import QueryDict
from django.test import Client

from tests.web.desk import desk_of
from tradepost.accounts.models import Membership
from tradepost.catalog.services import save_location
from tradepost.people.services import save_customer
from tradepost.reports.catalogue import REPORTS
from tradepost.reports.models import SavedReport
from tradepost.sales.models import Kind
from tradepost.sales.services import save_document

pytestmark = pytest.mark.req("B23")


@pytest.mark.parametrize("report", REPORTS)
def test_every_report_has_a_page_and_files(client: Client, member: Membership, report: str) -> None:
    desk_of(member)
    assert str(REPORTS[report].label) in client.get(f"/reports/{report}/").content.decode()
    for form in ("csv", "xlsx"):
        assert client.get(f"/reports/{report}/?format={form}")["Content-Disposition"].endswith(f'{form}"')


def test_a_report_is_kept_as_it_was_set(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    asked = "group=customer&group=month&period=year&sort=-total"
    page = client.get(f"/reports/orders/?{asked}").content.decode()
    assert "Granite State Brewing" in page
    assert "$399.00" in page
    refused = client.post(
        f"/reports/orders/save/?{asked}", {"name": "Mine", "rhythm": "daily", "hour": 7, "recipients": "x"}
    )
    assert refused.status_code == 422
    client.post(
        f"/reports/orders/save/?{asked}",
        {"name": "Mine", "hour": 7, "rhythm": "weekly", "recipients": "a@b.example; c@d.example"},
    )
    row = SavedReport.objects.get()
    assert row.recipients == ["a@b.example", "c@d.example"]
    assert (
        client.get(f"/reports/saved/{row.pk}/")["Location"]
        == "/reports/orders/?group=customer&group=month&period=year&sort=-total"
    )
    assert "Next on" in client.get(f"/reports/saved/{row.pk}/edit/").content.decode()
    for on, said in (("1", "Paused: nothing is mailed."), ("", "Next on")):
        client.post(f"/reports/saved/{row.pk}/pause/", {"on": on})
        assert said in client.get(f"/reports/saved/{row.pk}/edit/").content.decode()
    client.post(f"/reports/saved/{row.pk}/edit/", {"name": "Ours", "hour": 7, "shared": "on"})
    assert "Ours" in client.get("/reports/").content.decode()
    client.post(f"/reports/saved/{row.pk}/remove/")
    assert not SavedReport.objects.exists()
    assert desk.actor.user_id


@pytest.mark.parametrize(
    ("sort", "header", "kept"),
    [
        ("-total", 'aria-sort="descending"', True),
        ("total", 'aria-sort="ascending"', True),
        ("customer", 'aria-sort="ascending"', False),  # another grouping may not have it
        ("", "", False),
    ],
)
def test_a_report_shows_how_it_is_sorted_and_stays_so(
    client: Client, member: Membership, sort: str, header: str, kept: bool
) -> None:
    desk_of(member)
    page = client.get(f"/reports/orders/?group=customer&sort={sort}").content.decode()
    assert re.findall(r'aria-sort="\w+"', page) == [header] * bool(header)
    assert (f'name="sort" value="{sort}"' in page) is kept


@pytest.mark.parametrize("asked", ["group=colour", "first=soon", "owner_id=x", "sort=colour", "period=x"])
def test_an_address_that_asks_for_nonsense_gets_a_sentence(
    client: Client, member: Membership, asked: str
) -> None:
    assert client.get(f"/reports/sales/?{asked}").status_code == 422


@pytest.fixture
def chosen(member: Membership) -> dict[str, str]:
    """A value for each filter that there is."""
    desk = desk_of(member)
    actor = desk.actor
    save_customer(actor, {"class_name": "East", "type": "Pub"}, customer_id=desk.customer.pk)
    save_document(actor, Kind.ORDER, {"channel": "fair"}, document_id=desk.order.pk)
    place = save_location(actor, {"name": "Portland"})
    found = {
        "customer_id": desk.customer.pk, "vendor_id": desk.vendor.pk, "item_id": desk.item.pk, "location_id": place.pk,
        "owner_id": actor.user_id, "channel": "fair", "class": "East", "customer_type": "Pub", "days": 60, "cover_days": 20,
    }  # fmt: skip
    return {key: str(value) for key, value in found.items()}


@pytest.mark.parametrize("report", [key for key, report in REPORTS.items() if report.filters])
def test_every_filter_is_offered_and_kept(client: Client, chosen: dict[str, str], report: str) -> None:
    asked = {key: chosen[key] for key in REPORTS[report].filters or {}}
    bare = client.get(f"/reports/{report}/").content.decode()
    for key in asked:
        assert bare.count(f'name="{key}"') == 1
    page = client.get(f"/reports/{report}/", asked).content.decode()
    for key, value in asked.items():
        typed = rf'name="{key}"\s+value="{value}"'
        picked = rf'<select[^>]*name="{key}".*?<option value="{value}" selected>'
        assert re.search(typed if key in REPORTS[report].asks else picked, page, re.DOTALL), key
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    assert client.post(f"/reports/{report}/save/?{query}", {"name": "Mine", "hour": 7}).status_code == 302
    row = SavedReport.objects.get()
    opened = client.get(f"/reports/saved/{row.pk}/")["Location"]
    kept = QueryDict(opened.partition("?")[2])
    assert {key: kept[key] for key in asked} == asked
    assert client.get(opened).status_code == 200


def test_what_is_asked_for_and_none_of_the_choices_stays_chosen(
    client: Client, chosen: dict[str, str]
) -> None:
    page = client.get("/reports/sales/?channel=Bazaar&customer.tag=VIP").content.decode()
    assert '<option value="Bazaar" selected>Bazaar</option>' in page
    assert re.search(
        r'name="customer.tag"[^>]*(value="VIP"|>.*?<option value="VIP" selected>)', page, re.DOTALL
    )


def test_the_proposal_as_a_report_leads_to_the_orders_and_back(
    client: Client, chosen: dict[str, str]
) -> None:
    there = client.get("/reorder/?days=60&cover=20").content.decode()
    assert 'href="/reports/reorder/?days=60&amp;cover_days=20"' in there
    assert 'href="/reorder/"' in client.get("/reports/reorder/").content.decode()
    here = client.get("/reports/reorder/?days=60&cover_days=0").content.decode()
    assert 'href="/reorder/?days=60&amp;cover=0"' in here
    for name, least in (("days", 1), ("cover_days", 0)):  # what is refused leaves no browser
        assert re.search(rf'type="number"\s+min="{least}" max="1000" name="{name}"', here), name
    assert client.get("/reports/reorder/?days=x").status_code == 422
    assert client.get("/reports/reorder/?days=0").status_code == 422
