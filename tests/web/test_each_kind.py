"""What is promised for each kind of document: its history in words, its mail with its PDF, its public link, and that it is found."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.sales.test_lists import client_of
from tests.sales.test_verbs import stand, undone
from tests.sales.trade import Trade, trade
from tests.web.desk import mailbox
from tradepost.accounts.access import Role
from tradepost.activities.models import Message
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.state_table import MACHINES
from tradepost.web.records import address
from tradepost.web.trail_words import _DONE

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("kind", Kind)]


@pytest.fixture
def shop() -> Trade:
    return trade(Role.MASTER_ADMIN)


@pytest.mark.req("A12")
def test_the_history_says_each_verb_in_words(shop: Trade, kind: Kind) -> None:
    row, client = shop.document(kind), client_of(shop)
    for verb in (one for one in MACHINES[kind].rows if not one.follows):
        with undone():
            stand(row, verb.sources[0], verb)
            move(shop.actor, row.pk, verb.verb, "Because")
            page = client.get(f"{address(row)}?tab=history").content.decode()
            told = re.findall(r"<b>([^<]+)</b>\s*<small>", page.partition("Last changes")[2])
            assert any(one.endswith(f" · {_DONE[verb.verb]}") for one in told), (verb.verb, told)


@pytest.mark.req("A12", "A13")
def test_its_mail_begins_with_its_pdf_and_stands_in_its_history(shop: Trade, kind: Kind) -> None:
    row, client, account = shop.document(kind), client_of(shop), mailbox(shop.actor)
    page = client.get(address(row)).content.decode()
    compose = f"/compose/?on=document:{row.pk}"
    assert compose in page
    pdf = f"/documents/{row.pk}/pdf/"
    assert re.search(rf'name="attached"\s+value="{pdf}" checked>', client.get(compose).content.decode())
    letter = {"account": account.pk, "to": "r@granite.example", "subject": "Our paper", "body": "Here"}
    refused = client.post(compose, {**letter, "to": "nobody"}).content.decode()
    assert re.search(rf'name="attached"\s+value="{pdf}">', refused)  # as it was sent
    assert client.post(compose, {**letter, "attached": pdf}).status_code == 204
    assert [one.name for one in Message.objects.get().attachments.all()] == [f"{row.number}.pdf"]
    assert "Our paper" in client.get(f"{address(row)}?tab=history").content.decode()


def test_its_public_link_opens_and_is_revoked(shop: Trade, kind: Kind) -> None:
    row, client, anybody = shop.document(kind), client_of(shop), Client()
    sheet = client.post(f"/documents/{row.pk}/share/").content.decode()
    found = re.search(r'value="http://testserver(/d/[^"]+/)"', sheet)
    assert found
    assert anybody.get(found[1]).content[:5] == b"%PDF-"
    assert Document.objects.get(pk=row.pk).left_house
    assert "Revoke public link" in client.get(address(row)).content.decode()
    client.post(f"/documents/{row.pk}/revoke/")
    assert anybody.get(found[1]).status_code == 404
    assert "Revoke public link" not in client.get(address(row)).content.decode()


def test_the_palette_finds_it_by_number_and_by_name(shop: Trade, kind: Kind) -> None:
    row, client = shop.document(kind), client_of(shop)
    for words in (row.number, row.number.lower(), row.customer_name.split()[0]):
        found = client.get("/search/", {"q": words}).content.decode()
        assert address(row) in found, words
