"""The contract of the port on any CalDAV server, which the environment names:

``CALDAV_HOME``: the address of a calendar home, in which calendars of its own are made and removed again.
``CALDAV_USER``, ``CALDAV_PASSWORD``, ``CALDAV_DIGEST`` (1 for Digest). ``CALDAV_DROPS``: fields of an event that the
server does not keep, such as ``stamp sequence``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from tests.pim.contract import CalendarContract
from tests.pim.series import event
from tradepost.connectors.caldav.connector import CalDavConnector, parse
from tradepost.pim.ports import Calendar
from tradepost.pim.types import CalendarEvent
from tradepost.wire import net
from tradepost.wire.transport import GuardedTransport

HOME, DROPS = os.environ.get("CALDAV_HOME", ""), os.environ.get("CALDAV_DROPS", "").split()
ANYWHERE = net.networks(["0.0.0.0/0", "::/0"])
MAKE = ('<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><displayname>Contract'
        "</displayname></prop></set></C:mkcalendar>")  # fmt: skip


@pytest.mark.skipif(not HOME, reason="CALDAV_HOME names no server")
class TestElsewhere(CalendarContract):
    @pytest.fixture
    def calendar(self) -> Iterator[Calendar]:
        connector = CalDavConnector(lambda: GuardedTransport(private=ANYWHERE))
        user, secrets = os.environ.get("CALDAV_USER", ""), {"password": os.environ.get("CALDAV_PASSWORD", "")}
        config: dict[str, Any] = {
            "url": HOME,
            "username": user,
            "digest": bool(os.environ.get("CALDAV_DIGEST")),
        }
        address = f"{HOME.rstrip('/')}/contract-{uuid4().hex}/"
        with connector.client(parse(config), secrets) as client:
            client.request("MKCALENDAR", address, content=MAKE, headers={"Content-Type": "application/xml"})
            try:
                with connector.calendar(config, secrets, address) as calendar:
                    yield calendar
            finally:
                client.request("DELETE", address)

    def compared(self, one: CalendarEvent) -> CalendarEvent:
        blank, same = event(), super().compared(one)
        return replace(same, **{name: getattr(blank, name) for name in DROPS})
