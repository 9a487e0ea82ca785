"""The contract of the port on every personality of the scripted server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.connectors.caldav.personalities import PERSONALITIES
from tests.connectors.caldav.scripted import ScriptedServer
from tests.pim.contract import CalendarContract
from tradepost.pim.ports import Calendar
from tradepost.pim.types import CalendarEvent


@pytest.fixture(scope="module", params=PERSONALITIES)
def server(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    made = ScriptedServer(PERSONALITIES[request.param])
    yield made
    made.stop()


class TestScripted(CalendarContract):
    @pytest.fixture
    def calendar(self, server: ScriptedServer) -> Iterator[Calendar]:
        with server.open(server.make()) as calendar:
            yield calendar

    @pytest.fixture(autouse=True)
    def _drops(self, server: ScriptedServer) -> None:
        self.drops = server.manners.rewrites

    def compared(self, one: CalendarEvent) -> CalendarEvent:
        same = super().compared(one)
        return replace(same, stamp="", sequence=0) if self.drops else same


def test_the_calendars_are_found(server: ScriptedServer) -> None:
    """Neither boxes, task lists nor anything twice; what may not be written is known."""
    server.make("found", home=server.manners.homes - 1)
    stored, calendars = server.discover()
    assert stored["addresses"] == [server.open("/x/").addresses and "dana@shop.test"]
    assert stored["schedules"] is (server.manners.schedules or not server.manners.options)
    found = {one.label: one.writable for one in calendars}
    assert found["found"] is True
    assert (found["holidays"], found["shared"]) == (False, False)
    assert not found.keys() & {"inbox", "outbox", "tasks"}
    assert len({one.id for one in calendars}) == len(calendars)
    chosen = next(one for one in calendars if one.label == "found")
    with server.open(chosen.id.removeprefix(server.url).replace("%40", "@")) as calendar:
        assert calendar.changes("").complete
