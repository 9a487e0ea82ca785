"""The page and the addresses on which two versions of a document stand side by side."""

from __future__ import annotations

import re
from decimal import Decimal

from django.test import Client

from tests.api.conftest import program_of
from tests.web.desk import desk_of
from tradepost.accounts.models import Membership
from tradepost.catalog.models import Item
from tradepost.people.models import Customer
from tradepost.sales.models import Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document


def test_two_versions_stand_side_by_side(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    buyer, [item, *_rest] = Customer.objects.first(), Item.objects.order_by("pk")
    assert buyer is not None
    head = {"customer_id": buyer.pk, "promised": None}
    quote = save_document(
        desk.actor,
        Kind.QUOTE,
        head,
        [LineDraft(item.pk), LineDraft(None, "Gift wrap", unit_price=Decimal(5))],
    )
    assert client.get(f"/documents/{quote.pk}/versions/").status_code == 404
    move(desk.actor, quote.pk, "send")
    move(desk.actor, quote.pk, "revise")
    values = {"memo": "Call <first>"}
    save_document(
        desk.actor, Kind.QUOTE, values, [LineDraft(item.pk, quantity=Decimal(7))], document_id=quote.pk
    )
    assert f"/documents/{quote.pk}/versions/" in client.get(f"/quotes/{quote.pk}/").content.decode()
    page = client.get(f"/documents/{quote.pk}/versions/").content.decode()
    for text in ("Removed", "Gift wrap", "Changed", "7 each", "Memo", "Call &lt;first&gt;"):
        assert text in page
    assert (
        "The two say the same."
        in client.get(f"/documents/{quote.pk}/versions/?first=1&second=1").content.decode()
    )
    assert client.get(f"/documents/{quote.pk}/versions/?first=9").status_code == 404

    dana = program_of(desk.actor)
    assert [one["number"] for one in dana.get(f"documents/{quote.pk}/versions")] == [1]
    kept = dana.get(f"documents/{quote.pk}/versions/1")
    assert (kept["number"], kept["content"]["head"]["memo"]) == (1, "")
    assert [line["description"] for line in kept["content"]["lines"]][-1] == "Gift wrap"
    dana.get(f"documents/{quote.pk}/versions/2", 404)
    told = dana.get(f"documents/{quote.pk}/comparison?first=1")
    assert [line["mark"] for line in told["lines"]] == ["changed", "removed"]
    assert told["head"] == [{"name": "memo", "before": "", "after": "Call <first>"}]
    dana.get(f"documents/{quote.pk}/comparison?first=3", 404)


def test_what_the_head_says_is_told_in_the_words_of_its_reader(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    move(desk.actor, desk.quote.pk, "send")
    move(desk.actor, desk.quote.pk, "revise")
    values = {"discount_percent": Decimal("2.5"), "prices_include_tax": True, "packages": 3}
    save_document(desk.actor, Kind.QUOTE, values, document_id=desk.quote.pk)
    asked = client.get(f"/documents/{desk.quote.pk}/versions/", headers={"accept-language": "de"})
    rows = re.findall(
        r"<td[^>]*fw-semibold[^>]*>(.*?)</td>\s*<td[^>]*>(.*?)</td>\s*<td[^>]*>(.*?)</td>",
        asked.content.decode(),
    )
    assert sorted(rows) == [
        ("Pakete", "–", "3"),
        ("Preise enthalten die Steuer", "Nein", "Ja"),
        ("Rabatt %", "0", "2.5"),
    ]
