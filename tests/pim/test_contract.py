from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pim.contract import CalendarContract
from tests.pim.memory import MemoryCalendar, Store
from tests.pim.servers import Radicale, Xandikos
from tradepost.pim.ports import Calendar


class TestMemory(CalendarContract):
    @pytest.fixture
    def calendar(self) -> Calendar:
        return MemoryCalendar(Store())


class TestRadicale(CalendarContract):
    @pytest.fixture
    def calendar(self, radicale: Radicale) -> Iterator[Calendar]:
        with radicale.open(radicale.make()) as calendar:
            yield calendar


class TestXandikos(CalendarContract):
    @pytest.fixture
    def calendar(self, xandikos: Xandikos) -> Iterator[Calendar]:
        with xandikos.open(xandikos.make()) as calendar:
            yield calendar
