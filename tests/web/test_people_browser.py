"""The board of opportunities and the conversion of a lead, in a browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of
from tradepost.accounts.models import Membership
from tradepost.people.models import Lead, Opportunity
from tradepost.people.services import save_customer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def data(member: Membership) -> Desk:
    return desk_of(member)


def stage_of(data: Desk) -> str:
    return Opportunity.objects.get(pk=data.matters["opportunity"]).stage


def test_a_card_is_dragged_moved_by_keyboard_and_taken_back(desk: Any, data: Desk) -> None:
    desk.open("/opportunities/board/")
    card = desk.locator(".board-card", has_text="Spring tents")
    card.drag_to(desk.locator("[data-stage=negotiate]"))
    expect(desk.locator("[data-stage=negotiate] .board-card")).to_have_count(1)
    assert stage_of(data) == "negotiate"
    desk.get_by_role("button", name="Undo").click()
    expect(desk.locator("[data-stage=qualify] .board-card")).to_have_count(1)
    card.get_by_role("button", name="Move Spring tents").focus()
    desk.keyboard.press("Enter")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(
        desk.locator("[data-stage=propose] .board-card, [data-stage=negotiate] .board-card")
    ).to_have_count(1)
    assert stage_of(data) in ("propose", "negotiate")


def test_losing_asks_why(desk: Any, data: Desk) -> None:
    desk.open("/opportunities/board/")
    desk.locator(".board-card", has_text="Spring tents").drag_to(desk.locator("[data-stage=lost]"))
    sheet = desk.locator("#sheet")
    sheet.get_by_role("button", name="Lost").click()
    expect(sheet).to_contain_text("Say why it was lost.")
    assert stage_of(data) == "qualify"
    sheet.get_by_label("Why").fill("Too dear")
    sheet.get_by_role("button", name="Lost").click()
    expect(desk.locator("[data-stage=lost] .board-card")).to_have_count(1)
    assert stage_of(data) == "lost"


def test_a_lead_is_converted_on_its_page(desk: Any, data: Desk) -> None:
    """Whom it may be already is named, and taken by one key."""
    known = save_customer(data.actor, {"name": "Tide and Timber Ltd."})
    desk.open(f"/leads/{data.matters['lead']}/")
    desk.get_by_role("button", name="Convert").click()
    sheet = desk.locator("#sheet")
    sheet.get_by_label("With an opportunity").select_option("1")
    sheet.get_by_role("button", name="Convert").click()
    sheet.get_by_role("button", name="Take Tide and Timber Ltd.").focus()
    desk.keyboard.press("Enter")
    expect(sheet.get_by_role("status")).to_have_count(0)
    expect(sheet.locator("[name=customer_id]")).to_have_value(str(known.pk))
    expect(sheet.get_by_role("combobox", name="Customer")).to_be_focused()
    sheet.get_by_role("button", name="Convert", exact=True).click()
    expect(desk).to_have_url(re.compile(rf"/customers/{known.pk}/"))
    lead = Lead.objects.get(pk=data.matters["lead"])
    assert lead.customer_id == known.pk
    assert lead.opportunity and lead.opportunity.name == "Tide & Timber"
    desk.open(f"/leads/{lead.pk}/")
    expect(desk.locator("main")).to_contain_text("This lead is converted.")
    desk.get_by_role("button", name="Take it back").click()
    desk.locator("dialog[open] .btn-primary").click()
    expect(desk.get_by_role("button", name="Convert", exact=True)).to_be_visible()
    assert Lead.objects.get(pk=lead.pk).customer is None
