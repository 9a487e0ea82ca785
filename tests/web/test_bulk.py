"""The bulk bar of every list: each button does what it says, says to how many, and what puts away is undone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.db import models, transaction
from django.test import Client

from tests.api.world import World, world
from tradepost.accounts.models import Membership, User
from tradepost.catalog.models import Item
from tradepost.catalog.services import save_item
from tradepost.people.models import Case, Contact, Customer, Lead, Opportunity, Project, Vendor
from tradepost.people.services import save
from tradepost.sales.models import Document, Kind
from tradepost.web.document import GRAVE
from tradepost.web.document_bulk import VERBS
from tradepost.web.kinds import LOOKS

pytestmark = pytest.mark.django_db

MODELS: dict[str, Any] = {
    "customers": Customer,
    "contacts": Contact,
    "vendors": Vendor,
    "leads": Lead,
    "opportunities": Opportunity,
    "cases": Case,
    "projects": Project,
    "items": Item,
}
KINDS = {LOOKS[kind].plural: kind for kind in LOOKS}
SAID = {"archive": "1 archived", "trash": "1 in the trash", "tag": "1 tagged", "untag": "Tag taken off 1"}
# What fits a draft beside these; the other verbs say why they do not.
COMMON = {"owner", "tag", "untag"}
FITS = {
    Kind.ORDER: {"hold", "close"},
    Kind.QUOTE: {"send", "cancel"},
    Kind.PICK: {"start", "finish"},
    Kind.SHIPMENT: {"ship"},
    Kind.INVOICE: {"issue"},
    Kind.PAYMENT: {"receive"},
    Kind.PURCHASE_QUOTE: {"send", "cancel"},
    Kind.PURCHASE_ORDER: {"send", "confirm"},
    Kind.RECEIPT: {"receive"},
    Kind.BILL: {"approve"},
    Kind.BILL_PAYMENT: {"pay"},
}


def buttons(page: str) -> dict[str, str]:
    """The acts of the bulk bar, and what each asks first."""
    bar = page[page.index('<div class="bulk"') :]
    found = re.findall(r'name="act"\s+value="(\w+)"(?:\s+data-confirm="([^"]*)")?', bar)
    return dict(found)


def undo(page: str) -> dict[str, Any] | None:
    found = re.findall(r'data-undo="([^"]+)"', page)
    return json.loads(unescape(found[0])) if found else None


def kept(row: models.Model) -> dict[str, Any]:
    """What a row says, without how often and when it was written."""
    now = type(row)._base_manager.filter(pk=row.pk).values().get()
    return {k: v for k, v in now.items() if k not in ("version", "updated_at", "search")}


@pytest.fixture
def ours() -> World:
    return world()


@pytest.fixture
def clerk(ours: World) -> Client:
    clerk = Client()
    user = User.objects.get(pk=ours.actor.user_id)
    clerk.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return clerk


def fresh(ours: World, name: str) -> models.Model:
    """A row that nothing else names; of documents, the draft that there is."""
    if name in KINDS:
        return Document.objects.get(pk=ours.ids[name])
    if name == "items":
        return save_item(ours.actor, {"sku": "FREE", "name": "Free"})
    named = {"contacts": "last_name", "leads": "company", "cases": "subject"}.get(name, "name")
    concerned = {"customer_id": ours.ids["customers"]} if name in ("opportunities", "projects") else {}
    return save(ours.actor, MODELS[name]._meta.model_name, {named: "Free", **concerned})


def pressed(
    clerk: Client, ours: World, name: str
) -> Iterator[tuple[str, str, str, models.Model, dict[str, Any]]]:
    """Each act of a list on one row of it, taken back behind each: the act, what it asks, the page after it, the row, and how it was."""
    row = fresh(ours, name)
    before = kept(row)
    typed = {
        "pk": row.pk,
        "next": f"/{name}/?sort=-id",
        "tag": "VIP",
        "owner": Membership.objects.get(pk=ours.ids["members"]).user_id,
    }
    for act, asks in buttons(clerk.get(f"/{name}/").content.decode()).items():
        with transaction.atomic():
            if act == "untag":
                clerk.post(f"/{name}/bulk/", {**typed, "act": "tag"}, follow=True)
            answer = clerk.post(f"/{name}/bulk/", {**typed, "act": act}, follow=True)
            assert answer.redirect_chain == [(f"/{name}/?sort=-id", 302)], (name, act)
            yield act, asks, answer.content.decode(), row, before
            transaction.set_rollback(True)


@pytest.mark.parametrize("name", [*MODELS, *KINDS])
def test_each_button_does_what_it_says(clerk: Client, ours: World, name: str) -> None:
    kind = KINDS.get(name)
    fits = COMMON | FITS.get(kind, set()) if kind else set(SAID)
    seen = set()
    for act, asks, page, row, before in pressed(clerk, ours, name):
        seen.add(act)
        fitted = act in fits or act == "trash" and kind is not Kind.ORDER  # which begins open
        done = "1 changed" if kind and act != "trash" else SAID.get(act, "")
        said = done if fitted else "1 were not changed: "
        assert said in page, (act, re.findall(r"[^<>]*not changed[^<>]*", page))
        assert bool(asks) == (act in {*GRAVE, "mail"}), act
        assert (kept(row) != before) == (fitted and act != "untag"), act
        back = undo(page)
        assert (back is not None) == (fitted and act in ("archive", "trash")), act
        if back:
            assert clerk.post(back["url"], back["values"])["Location"] == f"/{name}/?sort=-id"
            assert kept(row) == before, act
    documents = {"owner", "mail", *(verb for verb, _label in VERBS.get(kind, ()))} if kind else {"archive"}
    assert {"tag", "untag"} | documents <= seen
    assert seen <= {"tag", "untag", "trash", "custom_status"} | documents


@pytest.mark.parametrize("name", ["customers", "items"])
def test_what_was_put_away_is_taken_back_from_its_shelf(clerk: Client, ours: World, name: str) -> None:
    row = fresh(ours, name)
    chosen = {"pk": row.pk, "next": f"/{name}/?archived=1"}
    page = clerk.post(f"/{name}/bulk/", {**chosen, "act": "archive"}, follow=True).content.decode()
    assert [*buttons(page)] == ["restore"]
    page = clerk.post(f"/{name}/bulk/", {**chosen, "act": "restore"}, follow=True).content.decode()
    assert "1 taken back" in page
    assert MODELS[name].objects.get(pk=row.pk).archived_at is None
