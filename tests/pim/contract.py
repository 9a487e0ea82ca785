"""What every implementation of the ``Calendar`` port must do. Subclass it and give it the fixture ``calendar``: an empty
one, as an open port. ``elsewhere`` is a second view of the same calendar, as another device has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.pim.series import event, series
from tradepost.pim.ports import Calendar
from tradepost.pim.types import CalendarEvent
from tradepost.sync.errors import CursorLost, VersionMismatch

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def one(calendar: Calendar, id: str) -> tuple[str, str]:
    (item,) = calendar.get([id])
    return item.version, item.body


class CalendarContract:
    def compared(self, one: CalendarEvent) -> CalendarEvent:
        """What must come back of an event; fewer things where a server drops what it does not know."""
        return replace(one, changed=None)

    def test_an_empty_calendar_has_a_cursor_and_nothing_else(self, calendar: Calendar) -> None:
        first = calendar.changes("")
        assert (dict(first.versions), first.deleted, first.complete) == ({}, frozenset(), True)
        again = calendar.changes(first.cursor)
        assert (dict(again.versions), again.deleted, again.complete) == ({}, frozenset(), False)

    def test_a_record_comes_back_as_it_was_written(self, calendar: Calendar) -> None:
        made = event(title="Zelt, Größe 4; „neu“", description="a\nb \\ c", uid="a@shop.test", stamp="7")
        calendar.put("a" * 32, calendar.write(made, NOW), "")
        found = calendar.read(one(calendar, "a" * 32)[1])
        assert self.compared(found) == self.compared(made)

    def test_changes_are_told_once(self, calendar: Calendar) -> None:
        start = calendar.changes("").cursor
        calendar.put("one", calendar.write(event(uid="1"), NOW), "")
        calendar.put("two", calendar.write(event(uid="2"), NOW), "")
        told = calendar.changes(start)
        assert set(told.versions) == {"one", "two"}
        assert told.versions["one"] in ("", one(calendar, "one")[0])  # empty: the server knows no etags
        assert not any(calendar.changes(told.cursor).versions.values())

    def test_a_deletion_is_told_and_made_sure_of(self, calendar: Calendar) -> None:
        calendar.put("one", calendar.write(event(uid="1"), NOW), "")
        cursor = calendar.changes("").cursor
        calendar.delete("one", one(calendar, "one")[0])
        told = calendar.changes(cursor)
        assert "one" in told.deleted or (told.complete and "one" not in told.versions)
        assert list(calendar.get(["one"])) == []
        calendar.delete("one", '"gone"')  # what is gone already is no failure

    def test_a_first_list_tells_of_no_deletions(self, calendar: Calendar) -> None:
        calendar.put("one", calendar.write(event(uid="1"), NOW), "")
        calendar.delete("one", one(calendar, "one")[0])
        assert calendar.changes("").deleted == frozenset()

    def test_a_write_needs_the_version_that_was_read(self, calendar: Calendar) -> None:
        calendar.put("one", calendar.write(event(uid="1"), NOW), "")
        version, body = one(calendar, "one")
        newer = calendar.write(replace(calendar.read(body), title="Newer"), NOW, body)
        calendar.put("one", newer, version)
        older = calendar.write(replace(calendar.read(body), title="Older"), NOW, body)
        with pytest.raises(VersionMismatch):
            calendar.put("one", older, version)
        with pytest.raises(VersionMismatch):
            calendar.delete("one", version)
        assert calendar.read(one(calendar, "one")[1]).title == "Newer"

    def test_a_creation_never_overwrites(self, calendar: Calendar) -> None:
        calendar.put("one", calendar.write(event(uid="1", title="First"), NOW), "")
        with pytest.raises(VersionMismatch):
            calendar.put("one", calendar.write(event(uid="1", title="Second"), NOW), "")
        assert calendar.read(one(calendar, "one")[1]).title == "First"

    def test_a_cursor_that_is_not_known_is_lost(self, calendar: Calendar) -> None:
        calendar.put("one", calendar.write(event(uid="1"), NOW), "")
        try:
            told = calendar.changes("http://example.org/ns/sync/of-another-world")
        except CursorLost:
            return
        # Some servers say nothing and list everything: then whoever compares must notice.
        assert set(told.versions) == {"one"}

    def test_many_are_read_in_bounded_chunks(self, calendar: Calendar) -> None:
        ids = [f"n{n:03}" for n in range(230)]
        for id in ids:
            calendar.put(id, calendar.write(event(uid=id), NOW), "")
        assert {item.id for item in calendar.get([*ids, "missing"])} == set(ids)
        assert set(calendar.changes("").versions) == set(ids)

    def test_names_need_no_extension_and_any_letters(self, calendar: Calendar) -> None:
        for id in ("with space", "ä&ö", "100%"):
            calendar.put(id, calendar.write(event(uid=id), NOW), "")
            assert calendar.read(one(calendar, id)[1]).uid == id
        assert set(calendar.changes("").versions) == {"with space", "ä&ö", "100%"}

    def test_a_patch_leaves_everything_else_alone(self, calendar: Calendar) -> None:
        calendar.put("one", STRANGE, "")
        version, body = one(calendar, "one")
        changed = calendar.write(replace(calendar.read(body), title="Renamed"), NOW, body)
        calendar.put("one", changed, version)
        kept = [line for line in one(calendar, "one")[1].split("\r\n") if "STRANGE" in line or "GEO" in line]
        assert sorted(kept) == sorted(
            line for line in body.split("\r\n") if "STRANGE" in line or "GEO" in line
        )

    @pytest.mark.parametrize("seed", range(12))
    def test_series_come_back_unchanged(self, calendar: Calendar, seed: int) -> None:
        for n in range(4):
            made = series(seed * 100 + n)
            body = calendar.write(made, NOW)
            calendar.put(f"s{n}", body, "")
            back = one(calendar, f"s{n}")[1]
            assert self.compared(calendar.read(back)) == self.compared(made)
            assert calendar.write(calendar.read(back), NOW, back) == back


STRANGE = "\r\n".join((
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Strange//EN", "X-STRANGE-CALENDAR:1", "BEGIN:VEVENT",
    "UID:strange@example.org", "DTSTAMP:20260101T000000Z", "DTSTART:20260310T090000Z", "DTEND:20260310T100000Z",
    "SUMMARY:Before", "GEO:37.386013;-122.082932", "X-STRANGE;X-PARAM=\"a:b;c\":va\\,lue", "CATEGORIES:A,B",
    "END:VEVENT", "END:VCALENDAR", ""))  # fmt: skip
