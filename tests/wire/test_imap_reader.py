"""The reader of IMAP responses: whatever way the bytes arrive, the same rows come out."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.wire.imap import Done, FetchRow, Malformed, Reader, Untagged, Vanished, pack, unpack
from tradepost.wire.imap.fetch import parse_date

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def read(data: bytes, cuts: list[int] | None = None, **limits: int) -> list[object]:
    reader, out, start = Reader(**limits), [], 0
    for end in sorted({min(cut, len(data)) for cut in cuts or []} | {len(data)}):
        out += reader.feed(data[start:end])
        start = end
    while more := reader.feed(b""):
        out += more
    return out


ONE = FetchRow(
    uid=7,
    size=2700,
    internal_date=datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC),
    flags=("\\Seen",),
    body=b"A: b\r\n\r\n",
)
DATE = b'INTERNALDATE "17-Jul-1996 02:44:25 -0700"'
_HEAD = b"UID 7 RFC822.SIZE 2700 FLAGS (\\Seen) " + DATE
_TEXT = b"\r\nA: b\r\n\r\n"
LIBERTIES = {
    "usual": b"* 1 FETCH (" + _HEAD + b" BODY[HEADER.FIELDS (A)] {8}" + _TEXT + b")\r\n",
    "reordered": b"* 1 FETCH (BODY[HEADER.FIELDS (A)] {8}" + _TEXT + b" " + _HEAD + b")\r\n",
    "lower case": b"* 1 fetch (uid 7 rfc822.size 2700 flags (\\Seen) "
    + DATE.replace(b"INTERNAL", b"internal") + b" body[header.fields (a)] {8}" + _TEXT + b")\r\n",
    "quoted fields": b"* 1 FETCH (" + _HEAD + b' BODY[HEADER.FIELDS ("A" "B]")] {8}' + _TEXT + b")\r\n",
    "literal8": b"* 1 FETCH (" + _HEAD + b" BODY[] ~{8}" + _TEXT + b")\r\n",
    "non-synchronising": b"* 1 FETCH (" + _HEAD + b" BODY[] {8+}" + _TEXT + b")\r\n",
    "partial": b"* 1 FETCH (" + _HEAD + b" BODY[]<0> {8}" + _TEXT + b")\r\n",
    "bare newlines": b"* 1 FETCH (" + _HEAD + b" BODY[] {8}" + _TEXT[1:] + b")\n",
    "not asked for": b'* 1 FETCH (X-GM-LABELS ("\\\\Inbox" "a(b" {3}\r\n)"( x) ENVELOPE ("d" NIL (("a" NIL "b" "c"))) '
    b"X-NEW nil " + _HEAD + b" BODY[] {8}" + _TEXT + b")\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", LIBERTIES)
def test_servers_take_liberties(name: str) -> None:
    assert read(LIBERTIES[name]) == [ONE]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (b"BODY[] NIL", FetchRow(uid=7)),
        (b"BODY[HEADER.FIELDS (A)] nil RFC822.SIZE 9", FetchRow(uid=7, size=9)),
        (b'BODY[] ""', FetchRow(uid=7, body=b"")),
        (b"BODY[] {0}\r\n", FetchRow(uid=7, body=b"")),
        (b'BODY[] "a\\"b\\\\c"', FetchRow(uid=7, body=b'a"b\\c')),
        (b"MODSEQ (12345678901)", FetchRow(uid=7, modseq=12345678901)),
        (b"X-GM-THRID 1278455344230334865", FetchRow(uid=7, thread="1278455344230334865")),
        (b"FLAGS ()", FetchRow(uid=7)),
        (b"FLAGS (\\Seen $Junk)", FetchRow(uid=7, flags=("\\Seen", "$Junk"))),
        (b'INTERNALDATE "never"', FetchRow(uid=7)),
        (
            b'INTERNALDATE " 1-Feb-2026 00:00:00 +0000"',
            FetchRow(uid=7, internal_date=datetime(2026, 2, 1, tzinfo=UTC)),
        ),
        (b"BODY[] {4}\r\n)\r\n{", FetchRow(uid=7, body=b")\r\n{")),
    ],
)
def test_single_items(item: bytes, expected: FetchRow) -> None:
    assert read(b"* 1 FETCH (UID 7 " + item + b")\r\n") == [expected]
    assert read(b"* 1 FETCH (" + item + b" UID 7)\r\n") == [expected]


def test_what_stands_between() -> None:
    answer = (
        b"* 23 EXISTS\r\n* 4 EXPUNGE\r\n* OK [HIGHESTMODSEQ 9] this is no literal {3}\r\n"
        b"* VANISHED (EARLIER) 41,43:45\r\n* VANISHED 9\r\n* 3 FETCH (FLAGS (\\Deleted))\r\n"
        b'* ESEARCH (TAG "a") UID ALL 1:3,7\r\n+ idling\r\na OK [READ-ONLY] Done {9}\r\nrest'
    )
    reader = Reader()
    assert reader.feed(answer) == [
        Untagged("EXISTS", 23, b""),
        Untagged("EXPUNGE", 4, b""),
        Untagged("OK", 0, b"[HIGHESTMODSEQ 9] this is no literal {3}"),
        Vanished((range(41, 42), range(43, 46)), True),
        Vanished((range(9, 10),), False),
        FetchRow(flags=("\\Deleted",)),
        Untagged("ESEARCH", 0, b'(TAG "a") UID ALL 1:3,7'),
        Untagged("+", 0, b"idling"),
        Done("a", "OK", "READ-ONLY", "Done {9}"),
    ]
    assert reader.rest == b"rest"


def test_a_monstrous_literal_is_cut_and_the_next_row_is_whole() -> None:
    huge = b"* 1 FETCH (UID 1 BODY[] {100000}\r\n" + b"x" * 100_000 + b")\r\n"
    rows = read(huge + b"* 2 FETCH (UID 2 BODY[] {2}\r\nok)\r\n", [7, 500, 60_000], max_literal=1000)
    assert rows == [FetchRow(uid=1, body=b"x" * 1000, cut=True), FetchRow(uid=2, body=b"ok")]


@pytest.mark.parametrize(
    "junk",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\x16\x03\x01\x02\r\n",
        b"x" * 2000,
        b"*\r\n",
        b"* VANISHED 1:x:\r\n",
        b"* 1 FETCH (UID " + b"9" * 5000 + b")\r\n",
    ],
)
def test_what_is_no_imap(junk: bytes) -> None:
    with pytest.raises(Malformed):
        read(junk, max_line=1000)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300)))
def test_any_bytes_are_read_or_refused(data: bytes, cuts: list[int]) -> None:
    for prefix in (b"", b"* 1 FETCH (", b"* VANISHED "):
        with contextlib.suppress(Malformed):
            read(prefix + data + b"\r\n", cuts)


ATOM = st.text("abcdefghijklmnopqrstuvwxyz$\\_", min_size=1, max_size=9)
_YEARS = datetime(1990, 1, 1), datetime(2060, 1, 1)  # noqa: DTZ001  hypothesis wants them naive
INSTANT = st.datetimes(*_YEARS, timezones=st.sampled_from(
    [timezone(timedelta(minutes=m)) for m in (-720, -210, 0, 60, 345, 840)]
)).map(lambda at: at.replace(microsecond=0, fold=0))  # fmt: skip
ROWS = st.builds(
    FetchRow,
    uid=st.integers(1, 2**32 - 1),
    size=st.integers(0, 2**31),
    internal_date=st.none() | INSTANT,
    flags=st.lists(ATOM, max_size=4).map(tuple),
    body=st.none() | st.binary(max_size=80),
    thread=st.just("") | st.integers(1, 2**63).map(str),
    modseq=st.integers(0, 2**63),
    cut=st.just(False),
)


@st.composite
def serialised(draw: st.DrawFn) -> tuple[list[FetchRow], bytes]:
    """Rows as one server or another would write them, with unsolicited responses strewn in."""
    rows, out = draw(st.lists(ROWS, max_size=6)), []
    for number, row in enumerate(rows, 1):
        items = [
            b"UID %d" % row.uid,
            b"RFC822.SIZE %d" % row.size,
            b"FLAGS (%s)" % " ".join(row.flags).encode(),
        ]
        if row.internal_date:
            at = row.internal_date
            items.append(f'INTERNALDATE "{at:%d}-{MONTHS[at.month - 1]}-{at:%Y %H:%M:%S %z}"'.encode())
        if row.body is not None:
            items.append(_string(draw, row.body))
        if row.thread:
            items.append(b"X-GM-THRID " + row.thread.encode())
        if row.modseq:
            items.append(b"MODSEQ (%d)" % row.modseq)
        items = draw(st.permutations(items))
        text = b"* %d FETCH (%s)\r\n" % (number, b" ".join(items))
        out.append(draw(st.sampled_from([b"", b"* 9 EXISTS\r\n", b"* OK still here\r\n"])) + text)
    return rows, b"".join(out)


def _string(draw: st.DrawFn, value: bytes) -> bytes:
    name = draw(
        st.sampled_from([b"BODY[]", b"body[HEADER.FIELDS (FROM TO)]", b'BODY[HEADER.FIELDS ("From")]<0>'])
    )
    if not any(byte in value for byte in b"\r\n\0") and draw(st.booleans()):
        return name + b' "' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return name + draw(st.sampled_from([b" {%d}\r\n", b" {%d+}\r\n", b" ~{%d}\r\n"])) % len(value) + value


@given(serialised(), st.lists(st.integers(0, 2000), max_size=40))
def test_chunks_do_not_matter(case: tuple[list[FetchRow], bytes], cuts: list[int]) -> None:
    rows, data = case
    assert [r for r in read(data, cuts) if isinstance(r, FetchRow)] == rows


@given(st.sets(st.integers(1, 5000), max_size=300), st.integers(20, 200))
def test_sets_round_trip_and_stay_short(uids: set[int], limit: int) -> None:
    texts = list(pack(uids, max_bytes=limit))
    assert all(len(text) <= limit for text in texts)
    assert sorted(n for text in texts for run in unpack(text) for n in run) == sorted(uids)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"17-Jul-1996 02:44:25 -0700", datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)),
        (b" 7-jul-1996 02:44:25 +0545", datetime(1996, 7, 6, 20, 59, 25, tzinfo=UTC)),
        (b"17-Jul-1996 02:44:25", datetime(1996, 7, 17, 2, 44, 25, tzinfo=UTC)),
        (b"31-Feb-1996 02:44:25 -0700", None),
        (b"01-Jan-0001 00:00:00 +1400", None),
        (b"17-Jul-1996", None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_dates(text: bytes, expected: datetime | None) -> None:
    assert parse_date(text) == expected
