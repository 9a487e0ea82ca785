"""The content-line tree, the mapping and the patch: nothing is lost that is not ours."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pim.series import event, series
from tradepost.pim import ical, mapping, patch, records, zones
from tradepost.pim.errors import Malformed, NotAnEvent, UnknownZone
from tradepost.pim.types import Attendee, CalendarEvent, instant

NOW = datetime(2026, 3, 1, tzinfo=UTC)
# Letters of every kind; no control characters, which RFC 5545 §3.1 forbids in a value.
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200)


def corpus() -> list[Path]:
    """The nasty files that two packages ship for their own tests."""
    found: list[Path] = []
    for package in ("icalendar", "recurring_ical_events"):
        spec = find_spec(package)
        if spec and spec.origin:
            found += sorted(Path(spec.origin).parent.rglob("*.ics"))
    return found


def body(*lines: str, zone: str = "") -> str:
    start = (f"DTSTART;TZID={zone}:20260310T090000",) if zone else ()
    rows = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "UID:u",
        *start,
        *lines,
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(rows)


def same(one: CalendarEvent) -> CalendarEvent:
    return replace(one, changed=None, sequence=0)


def test_every_file_of_the_corpora_passes_or_is_set_aside_with_a_reason() -> None:
    files, outcome = corpus(), Counter[str]()
    assert len(files) > 200
    for file in files:
        try:
            text = ical.read(file.read_bytes())
            assert ical.parse(text).text == text, file
            ical.fingerprint(text)
            one = mapping.read(text)
        except Malformed as fault:
            outcome["set aside" if fault.cause else "silent"] += 1
            continue
        outcome["read"] += 1
        assert patch.write(one, NOW, text) == text, file
        renamed = replace(one, title="Renamed; yes, “so”", location="Room 1")
        changed = patch.write(renamed, NOW, text)
        assert same(mapping.read(changed)) == same(renamed), file
        assert _unowned(changed) == _unowned(text), file
        fresh = mapping.read(patch.write(replace(one, organizer=None), NOW))
        assert same(replace(fresh, scheduled=one.scheduled, stamp=one.stamp)) == same(
            replace(one, organizer=None)
        ), file
    assert outcome["read"] > 100
    assert not outcome["silent"]


def _unowned(text: str) -> list[str]:
    ours = {"SUMMARY", "LOCATION", "DTSTAMP", "LAST-MODIFIED"}
    return [part.raw for part in _lines(ical.parse(text)) if part.name not in ours]


def _lines(tree: ical.Component) -> list[ical.Line]:
    return [line for p in tree.parts for line in ([p] if isinstance(p, ical.Line) else _lines(p))]


@given(TEXT, TEXT)
def test_any_text_survives_folding_and_escaping(value: str, name: str) -> None:
    line = ical.words("SUMMARY", value).with_params(CN=name or None)
    (back,) = ical.parse(line.raw).parts
    assert isinstance(back, ical.Line)
    assert (back.words, back.param("CN")) == (value, name)
    assert all(len(row.encode()) <= 75 for row in line.raw.split("\r\n"))


@given(TEXT, TEXT, TEXT)
def test_any_text_survives_an_event(title: str, description: str, name: str) -> None:
    made = event(title=title, description=description, attendees=(Attendee("a@x.test", name),))
    assert same(mapping.read(patch.write(made, NOW))) == same(made)


@pytest.mark.parametrize("seed", range(300))
def test_series_survive_the_fields_and_a_patch(seed: int) -> None:
    made, other = series(seed), series(seed + 5000)
    assert records.event(records.fields(made, ()), made, ()) == made
    text = patch.write(made, NOW)
    assert same(mapping.read(text)) == same(made)
    wanted = replace(other, uid=made.uid, stamp=made.stamp)
    assert same(mapping.read(patch.write(wanted, NOW, text))) == same(wanted)


@pytest.mark.parametrize(
    ("tzid", "zone"),
    [("Europe/Berlin", "Europe/Berlin"), ("W. Europe Standard Time", "Europe/Berlin"), ("UTC", "UTC"),
     ("/freeassociation.sourceforge.net/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
     ("Eastern Standard Time", "America/New_York"), ("Etc/GMT-12", "Etc/GMT-12"), ("Etc/GMT+12", "Etc/GMT+12")],
)  # fmt: skip
def test_zone_names(tzid: str, zone: str) -> None:
    one = mapping.read(body(zone=f'"{tzid}"'))
    assert (one.zone, one.start) == (zone, datetime(2026, 3, 10, 9))


def test_an_unknown_zone_is_never_guessed() -> None:
    with pytest.raises(UnknownZone, match="Nowhere/Land"):
        mapping.read(body(zone="Nowhere/Land"))


# Morocco's clocks follow the moon: a table to 2087 that no rule can say.
@pytest.mark.parametrize(
    "zone",
    sorted(available_timezones() - {"localtime", "Factory", "Africa/Casablanca", "Africa/El_Aaiun"})[::7],
)
def test_a_zone_as_vtimezone_says_what_the_database_says(zone: str) -> None:
    """Through icalendar's own reading of our rules, at noon of every month of two years."""
    import icalendar

    calendar = icalendar.Calendar.from_ical(ical.component("VCALENDAR", zones.vtimezone(zone)).text)
    theirs = calendar.walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
    for month in range(24):
        at = datetime(2027 + month // 12, month % 12 + 1, 15, 12)
        assert at.replace(tzinfo=theirs).utcoffset() == at.replace(tzinfo=zones.info(zone)).utcoffset(), (
            zone,
            at,
        )


@pytest.mark.parametrize(
    ("lines", "start", "end"),
    [(("DTSTART;VALUE=DATE:20260329",), date(2026, 3, 29), date(2026, 3, 30)),
     (("DTSTART:20260329T010000Z", "DURATION:PT90M"), datetime(2026, 3, 29, 1), datetime(2026, 3, 29, 2, 30)),
     (("DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:P1D"), datetime(2026, 3, 28, 12),
      datetime(2026, 3, 29, 13)),
     (("DTSTART;TZID=Europe/Berlin:20260310T090000", "DTEND;TZID=America/New_York:20260310T053000"),
      datetime(2026, 3, 10, 9), datetime(2026, 3, 10, 10, 30)),
     (("DTSTART:20260310T090000",), datetime(2026, 3, 10, 9), datetime(2026, 3, 10, 9))],
)  # fmt: skip
def test_starts_and_ends(lines: tuple[str, ...], start: object, end: object) -> None:
    one = mapping.read(body(*lines))
    assert (one.start, one.end) == (start, end)


def test_clocks_forward_and_back() -> None:
    before, after = event(start=datetime(2026, 3, 28, 9)), event(start=datetime(2026, 3, 29, 9))
    assert (
        instant(after.start, after.zone) - instant(before.start, before.zone)
    ).total_seconds() == 23 * 3600
    twice = mapping.read(body("DTSTART;TZID=Europe/Berlin:20261025T023000", "DTEND:20261025T013000Z"))
    assert instant(twice.start, twice.zone) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )  # the first of the two


def test_new_attendees_are_never_the_servers_to_invite_and_known_ones_stay_as_they_are() -> None:
    known = body("DTSTART:20260310T090000Z", "ATTENDEE;CN=Pat;X-NUM=3:mailto:pat@x.test")
    one = mapping.read(known)
    more = patch.write(replace(one, attendees=(*one.attendees, Attendee("new@x.test", "New"))), NOW, known)
    assert "ATTENDEE;CN=Pat;X-NUM=3:mailto:pat@x.test\r\n" in more
    assert "ATTENDEE;CN=New;SCHEDULE-AGENT=CLIENT:mailto:new@x.test\r\n" in more
    assert "ORGANIZER" not in more


@pytest.mark.parametrize(
    ("text", "fault"),
    [("", Malformed), ("BEGIN:VCALENDAR", Malformed), ("END:VCALENDAR\r\n", Malformed),
     ("BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:1\r\nEND:VTODO\r\nEND:VCALENDAR\r\n", NotAnEvent),
     (body("DTSTART:20261340T000000"), Malformed), (body("DTSTART:99990101T000000Z", "DURATION:P99999999W"), Malformed),
     ("BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 5000, Malformed)],
)  # fmt: skip
def test_what_is_no_event_says_why(text: str, fault: type[Malformed]) -> None:
    with pytest.raises(fault) as caught:
        mapping.read(text)
    assert str(caught.value)


def test_equal_content_has_one_fingerprint() -> None:
    text = body("DTSTART:20260310T090000Z", "SUMMARY:A", "DTSTAMP:20260101T000000Z")
    assert ical.fingerprint(text) == ical.fingerprint(
        body("summary:A", "DTSTART:2026031\r\n 0T090000Z", "DTSTAMP:20260202T000000Z").replace(
            "summary", "SUMMARY"
        )
    )
    assert ical.fingerprint(text) != ical.fingerprint(text.replace("SUMMARY:A", "SUMMARY:B"))
