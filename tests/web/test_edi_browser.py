"""The pages of XML messages in Chromium, in every width and both themes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exchange.edi.test_messages import ORDER
from tests.web.desk import desk_of
from tests.web.looks import look
from tradepost.accounts.models import Membership
from tradepost.exchange.edi import services

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    desk: Any, live_server: Any, member: Membership
) -> None:
    shop = desk_of(member)
    priced = ORDER.replace("<Item>", "<PriceAmount>180</PriceAmount><Item>").replace(
        "Harbor &amp; Pine", "Pier 9"
    )
    fits = services.receive(shop.actor, "order.xml", priced.encode())
    wrong = ORDER.replace("PO-4711", "PO-4712").replace("TNT-4", "TNT-4-IN-A-COLOUR-THAT-NOBODY-KNOWS")
    waits = services.receive(shop.actor, "an-order-with-a-rather-long-file-name.xml", wrong.encode())
    for name, row in (("fits", fits), ("waits", waits)):
        desk.goto(f"{live_server.url}/import/xml/{row.pk}/")
        look(desk, f"edi-{name}")
    desk.goto(f"{live_server.url}/import/xml/")
    look(desk, "edi")
