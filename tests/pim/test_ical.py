"""The content-line tree, the mapping and the patch: nothing is lost that is not ours."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import available_timezones

import icalendar
import pytest
import recurring_ical_events
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


# Events, and files without any, that are set aside, by cause; what a newer version of the packages adds may be more.
SET_ASIDE = {
    "This entry is no event": 22,  # tasks, journals, free-busy times, zones
    "it is no calendar": 16,  # an alarm or a zone by itself
    "it has no start": 46,
    "is unknown": 13,  # a zone by a name that nothing explains
    "is never closed": 4,
    "closes nothing": 2,
    "is no date or time": 3,
    "has no value": 1,
    "NUL": 1,
    "out of range": 1,
}


def test_every_file_of_the_corpora_passes_or_is_set_aside_with_a_reason() -> None:
    files, outcome = corpus(), Counter[str]()
    assert len(files) > 200
    for file in files:
        try:
            text = ical.read(file.read_bytes())
            assert ical.parse(text).text == text, file
            ical.fingerprint(text)
            texts = list(mapping.objects(text)) or [text]
        except Malformed as fault:
            outcome[fault.cause] += 1
            continue
        for one in texts:
            try:
                _stays_as_it_is(file, one)
            except Malformed as fault:
                outcome[fault.cause] += 1
            else:
                outcome["read"] += 1
    by_cause = {part: sum(n for cause, n in outcome.items() if part in cause) for part in SET_ASIDE}
    assert sum(by_cause.values()) + outcome["read"] == outcome.total(), outcome
    assert by_cause == SET_ASIDE
    assert outcome["read"] > 800


def _stays_as_it_is(file: Path, text: str) -> None:
    """But for what is changed; nothing of the rest, by however many edits."""
    one = mapping.read(text)
    assert patch.write(one, NOW, text) == text, file
    renamed = replace(one, title="Renamed; yes, “so”", location="Room 1")
    changed = patch.write(renamed, NOW, text)
    assert same(mapping.read(changed)) == same(renamed), file
    assert _unowned(changed) == _unowned(text), file
    fresh = mapping.read(patch.write(replace(one, organizer=None), NOW))
    kept = replace(one, organizer=None)
    assert same(replace(fresh, scheduled=one.scheduled, stamp=one.stamp)) == same(kept), file


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


def defined(name: str, *blocks: tuple[str, str, str, str, str]) -> str:
    """An event in a zone that only its VTIMEZONE explains: kind, start, from, to, rule."""
    rows = [
        line
        for kind, start, before, after, rule in blocks
        for line in (f"BEGIN:{kind}", f"DTSTART:{start}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}",
                     *([rule] if rule else []), f"END:{kind}")
    ]  # fmt: skip
    zone = "\r\n".join(("BEGIN:VTIMEZONE", f"TZID:{name}", *rows, "END:VTIMEZONE"))
    return body(zone=f'"{name}"').replace("BEGIN:VEVENT", f"{zone}\r\nBEGIN:VEVENT", 1)


CET = (("STANDARD", "16010101T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10"),
       ("DAYLIGHT", "16010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;WKST=MO;BYDAY=-1SU;BYMONTH=3"))  # fmt: skip


@pytest.mark.parametrize(
    ("blocks", "zone"),
    [
        (CET, "Europe/Berlin"),
        ((("STANDARD", "20071104T020000", "-0400", "-0500", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"),
          ("DAYLIGHT", "20070311T020000", "-0500", "-0400", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU")),
         "America/New_York"),
        ((("STANDARD", "19700101T000000", "+0530", "+0530", ""),), "Asia/Calcutta"),
        ((("STANDARD", "19700101T000000", "+1100", "+1100", ""),), "Etc/GMT-11"),
        ((("STANDARD", "19700101T000000", "+0000", "+0000", ""),), "UTC"),
        ((("STANDARD", "19700101T000000", "+0117", "+0117", ""),), ""),
        ((CET[0], ("DAYLIGHT", "16010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=5")), ""),
        ((CET[0], ("DAYLIGHT", "16010101T020000", "+0100", "+0200", "RRULE:FREQ=SECONDLY")), ""),
        ((CET[0], ("DAYLIGHT", "x", "+0100", "+0200", "")), ""),
        ((CET[0], ("DAYLIGHT", "16010101T020000", "one", "+0200", "")), ""),
        ((), ""),
    ],
)  # fmt: skip
def test_a_zone_is_known_by_its_rules_or_not_at_all(
    blocks: tuple[tuple[str, str, str, str, str], ...], zone: str
) -> None:
    text = defined("(UTC+01:00) Somewhere", *blocks)
    if not zone:
        with pytest.raises(UnknownZone, match="Somewhere"):
            mapping.read(text)
        return
    one = mapping.read(text)
    assert one.zone == zone
    if zone == "UTC":
        return
    moved = patch.write(replace(one, start=datetime(2026, 7, 1, 9), end=datetime(2026, 7, 1, 10)), NOW, text)
    assert 'DTSTART;TZID="(UTC+01:00) Somewhere":20260701T090000' in moved.replace("\r\n ", "")


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260310T090000Z\r\nSUMMARY:A\r\nEND:VEVENT", ["A"]),
        ("\ufeffBEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260310\nSUMMARY:A\nEND:VEVENT\nBEGIN:VEVENT\n"
         "DTSTART:20260311\nSUMMARY:B\nEND:VEVENT\nEND:VCALENDAR", ["A", "B"]),
        (body("DTSTART:20260310", "SUMMARY:A") + body("DTSTART;;VALUE=DATE:20260311", "SUMMARY:B"), ["A", "B"]),
        (body("DTSTART:20260310", "SUMMARY:New", "SEQUENCE:2", "END:VEVENT", "BEGIN:VEVENT", "UID:u",
              "DTSTART:20260309", "SUMMARY:Old", "SEQUENCE:1"), ["New"]),
        ("BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:1\r\nEND:VTODO\r\nEND:VCALENDAR\r\n", []),
    ],
)  # fmt: skip
def test_the_events_of_a_file_whatever_wrote_it(text: str, titles: list[str]) -> None:
    assert [mapping.read(one).title for one in mapping.objects(text)] == titles


@pytest.mark.parametrize(
    ("start", "end", "read"),
    [("DTSTART;VALUE=DATE:20260310", "DTEND:20260311T120000Z", date(2026, 3, 12)),
     ("DTSTART;VALUE=DATE:20260310", "DTEND:20260311T000000Z", date(2026, 3, 11)),
     ("DTSTART;VALUE=DATE:20260310", "DTEND:20260310T000000Z", date(2026, 3, 11)),
     ("DTSTART:20260310T090000Z", "DTEND;VALUE=DATE:20260311", datetime(2026, 3, 11)),
     ("DTSTART:20260310T090000Z", "DTEND;VALUE=DATE:20260310", datetime(2026, 3, 10, 9))],
)  # fmt: skip
def test_an_end_of_the_other_kind_than_its_start_is_understood(start: str, end: str, read: object) -> None:
    assert mapping.read(body(start, end)).end == read


@pytest.mark.parametrize("before", ["DTEND:20260310T100000Z", "DURATION:PT1H"])
def test_what_takes_no_time_is_written_without_an_end(before: str) -> None:
    """An end must be later than its start (RFC 5545 §3.6.1)."""
    nine = datetime(2026, 3, 10, 9)
    made = event(uid="u", start=nine, end=nine, zone="UTC", rrule=("RRULE:FREQ=DAILY;COUNT=2",))
    text = patch.write(made, NOW)
    assert "DTEND" not in text
    assert mapping.read(text).end == nine
    recurring = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(
        date(2026, 3, 9), date(2026, 3, 13)
    )
    assert [(one["DTSTART"].dt, one["DTEND"].dt) for one in recurring] == [
        (nine.replace(day=day, tzinfo=UTC), nine.replace(day=day, tzinfo=UTC)) for day in (10, 11)
    ]
    given = body("DTSTART:20260310T090000Z", before)
    shortened = patch.write(replace(mapping.read(given), end=nine), NOW, given)
    assert not {"DTEND", "DURATION"} & {line.split(":")[0] for line in shortened.split("\r\n")}


def test_an_edit_of_some_dates_of_a_series_that_is_not_ours_doubles_none() -> None:
    """Somebody is invited to single dates only: there is no component of the series."""
    date = "RECURRENCE-ID:202603{0}T090000Z", "DTSTART:202603{0}T100000Z"
    first, second = ([line.format(day) for line in date] for day in (10, 17))
    text = body(*first, "END:VEVENT", "BEGIN:VEVENT", "UID:u", *second)
    changed = patch.write(replace(mapping.read(text), title="Renamed"), NOW, text)
    assert changed.count("BEGIN:VEVENT") == 2
    assert len(mapping.read(changed).overrides) == 1


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
