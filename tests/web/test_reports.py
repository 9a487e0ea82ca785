"""A report is opened, grouped, taken away, kept, and opened again as it was."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web.desk import desk_of
from tradepost.accounts.models import Membership
from tradepost.reports.catalogue import REPORTS
from tradepost.reports.models import SavedReport

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


@pytest.mark.parametrize("asked", ["group=colour", "first=soon", "owner_id=x", "sort=colour", "period=x"])
def test_an_address_that_asks_for_nonsense_gets_a_sentence(
    client: Client, member: Membership, asked: str
) -> None:
    assert client.get(f"/reports/sales/?{asked}").status_code == 422
