"""The pages of XML messages in Chromium, in every width and both themes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exchange.edi.test_messages import ORDER
from tests.web.desk import desk_of
from tests.web.test_trade_browser import clean
from tradepost.accounts.models import Membership
from tradepost.exchange.edi import services

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390, 320])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    desk: Any, live_server: Any, member: Membership, width: int, theme: str
) -> None:
    shop = desk_of(member)
    priced = ORDER.replace("<Item>", "<PriceAmount>180</PriceAmount><Item>").replace(
        "Harbor &amp; Pine", "Pier 9"
    )
    fits = services.receive(shop.actor, "order.xml", priced.encode())
    wrong = ORDER.replace("PO-4711", "PO-4712").replace("TNT-4", "TNT-4-IN-A-COLOUR-THAT-NOBODY-KNOWS")
    waits = services.receive(shop.actor, "an-order-with-a-rather-long-file-name.xml", wrong.encode())
    desk.set_viewport_size({"width": width, "height": 900})
    desk.emulate_media(color_scheme=theme)
    for name, row in (("fits", fits), ("waits", waits)):
        desk.goto(f"{live_server.url}/import/xml/{row.pk}/")
        clean(desk, f"edi-{name}-{width}-{theme}")
    desk.goto(f"{live_server.url}/import/xml/")
    clean(desk, f"edi-{width}-{theme}")
