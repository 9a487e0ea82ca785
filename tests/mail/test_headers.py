"""Header bytes → Envelope: real shapes and broken ones. Nothing raises."""
# ruff: noqa: E501 - one row a line is how a table is read

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared import shared
from tradepost.mail.addresses import addresses
from tradepost.mail.dates import instant
from tradepost.mail.headers import FIELDS, envelope, message_ids
from tradepost.mail.types import Address, Envelope, HeaderRow


def read(header: str | bytes) -> Envelope:
    raw = header if isinstance(header, bytes) else header.replace("\n", "\r\n").encode()
    return envelope(HeaderRow(7, 100, None, (), raw))


ADDRESSES: list[tuple[str, list[tuple[str, str]]]] = [
    ("bob@x.example", [("bob@x.example", "")]),
    ("<Bob@X.Example>", [("bob@x.example", "")]),
    ("Bob Berg <bob@x.example>", [("bob@x.example", "Bob Berg")]),
    ('"Berg, Bob" <bob@x.example>, ann@x.example', [("bob@x.example", "Berg, Bob"), ("ann@x.example", "")]),
    ("bob@x.example (Bob Berg)", [("bob@x.example", "Bob Berg")]),
    ("=?utf-8?q?J=C3=BCrgen?= =?utf-8?q?_Wei=C3=9F?= <j@x.example>", [("j@x.example", "Jürgen Weiß")]),
    ("Jürgen <jürgen@müller.example>", [("jürgen@müller.example", "Jürgen")]),
    ("Friends: a@x.example, B <b@x.example>;, c@x.example", [("a@x.example", ""), ("b@x.example", "B"), ("c@x.example", "")]),
    ("undisclosed-recipients:;", []),
    ('"quote \\" inside" <q@x.example>', [("q@x.example", 'quote " inside')]),
    ("a@x.example; b@x.example", [("a@x.example", ""), ("b@x.example", "")]),
    ("<@relay.example,@other.example:c@x.example>", [("c@x.example", "")]),
    ('"bob@x.example" <bob@x.example>', [("bob@x.example", "bob@x.example")]),
    ("(comment (nested, comma)) d@x.example", [("d@x.example", "comment")]),
    ("No address at all", []),
    ("Bob <bob@x.example", [("bob@x.example", "Bob")]),
    (",,, ,", []),
    ("'Bob' <bob@x.example>", [("bob@x.example", "Bob")]),
    ("Berg, Bob <bob@x.example>, ann@y.example", [("bob@x.example", "Berg, Bob"), ("ann@y.example", "")]),
    ("Dr. Bob Berg, Ph.D. <bob@x.example>", [("bob@x.example", "Dr. Bob Berg, Ph.D.")]),
    ('"Bob Berg <bob@x.example>', [("bob@x.example", "Bob Berg")]),
    ('Bob" <bob@x.example>, ann@y.example', [("bob@x.example", "Bob"), ("ann@y.example", "")]),
    ("Bob bob@x.example", [("bob@x.example", "Bob")]),
    ("Bob <bob@x.example>>", [("bob@x.example", "Bob")]),
    ("Bob <bob @x.example>", [("bob@x.example", "Bob")]),
    ("Bob <bob(his account)@x.example(his host)>", [("bob@x.example", "Bob")]),
    ("Bob(a nice \\) chap) <bob@x.example>", [("bob@x.example", "Bob")]),
    ("=?utf-8?Q?M=C3=BCller_=3Cbob=40x.example=3E?=", [("bob@x.example", "Müller")]),
    ("Bob [mailto:bob@x.example]", [("bob@x.example", "")]),
    ('"The \\"Bob\\"" <bob@x.example>', [("bob@x.example", 'The "Bob')]),  # no backslash is left over
    (f"{'=?utf-8?Q?Bob?= ' * 30}<bob@x.example>", [("bob@x.example", "Bob" * 25)]),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), ADDRESSES, ids=[a for a, _ in ADDRESSES])
def test_addresses(value: str, expected: list[tuple[str, str]]) -> None:
    assert addresses(value) == tuple(Address(email, name) for email, name in expected)


DATES = [
    ("Sat, 21 Nov 2026 10:00:00 +0100", datetime(2026, 11, 21, 9, tzinfo=UTC)),
    ("21 Nov 2026 10:00 GMT", datetime(2026, 11, 21, 10, tzinfo=UTC)),
    ("Sat, 1 Nov 26 10:00:00 EST (Eastern)", datetime(2026, 11, 1, 15, tzinfo=UTC)),
    ("Sat, 21 Nov 2026 23:59:60 -0000", datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)),
    ("Thu, 30 Feb 2026 10:00:00 +0000", None),
    ("Sat, 21 Nov 2026 10:00:00 (CET) +0100", datetime(2026, 11, 21, 9, tzinfo=UTC)),
    ("Sat, 21 Nov 2026 10:00:00 GMT+0100", datetime(2026, 11, 21, 9, tzinfo=UTC)),
    ("Sat, 21 Nov 2026 10:00:00 CET", datetime(2026, 11, 21, 9, tzinfo=UTC)),
    ("Sat, 21 Nov 126 10:00 PM +0100", datetime(2026, 11, 21, 21, tzinfo=UTC)),
    ("Sat Nov 21 10:00:00 2026", datetime(2026, 11, 21, 10, tzinfo=UTC)),
    ("Sat Nov 21 10:00:00 EST 2026", datetime(2026, 11, 21, 15, tzinfo=UTC)),
    ("Nov 21, 2026 10:00:00 +0100", datetime(2026, 11, 21, 9, tzinfo=UTC)),
    ("2026-11-21T10:00:00Z", datetime(2026, 11, 21, 10, tzinfo=UTC)),
    ("2026-11-21 10:00:00 +01:00", datetime(2026, 11, 21, 9, tzinfo=UTC)),
    ("Mon, 1 Jan 0001 00:00:00 +1400", None),
    ("Fri, 31 Dec 9999 23:59:59 -1200", None),
    ("yesterday", None),
    ("", None),
]


@pytest.mark.parametrize(("value", "expected"), DATES)
def test_dates(value: str, expected: datetime | None) -> None:
    assert instant(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a@b>", ("a@b",)),
        ("<a@b> <c@d>", ("a@b", "c@d")),
        ("<a@b><c@d>", ("a@b", "c@d")),
        ("Your message of Monday <a@b>", ("a@b",)),
        ("<a b@c>", ("ab@c",)),
        ("a@b", ("a@b",)),
        ("<>", ()),
        ("nonsense", ()),
        ("=?utf-8?Q?=3Ca=40b=3E?=", ("a@b",)),
    ],
)
def test_message_ids(value: str, expected: tuple[str, ...]) -> None:
    assert message_ids(value) == expected


def test_folding_doubles_and_order() -> None:
    found = read(
        "Subject: one\n two\nSubject: second\nTo: a@x.example\nTo:\n b@x.example\nIn-Reply-To: <3@x>\n"
        "References: <1@x>\n\t<2@x>\n <3@x>\nFrom : Bob <bob@x.example>\nMessage-Id:\n <m@x>\n"
    )
    assert found.subject == "one two"
    assert [a.email for a in found.to] == ["a@x.example", "b@x.example"]
    assert found.references == ("3@x", "2@x", "1@x")
    assert found.sender == Address("bob@x.example", "Bob")
    assert found.message_id == "m@x"


def test_only_the_newest_32_references_are_kept() -> None:
    chain = " ".join(f"<{i}@x>" for i in range(500))
    found = read(f"References: {chain}\n")
    assert len(found.references) == 32
    assert found.references[0] == "499@x"


def test_five_thousand_recipients() -> None:
    found = read("To: " + ",\n ".join(f'"Guest, {i}" <g{i}@x.example>' for i in range(5000)) + "\n")
    assert len(found.to) == 5000
    assert found.to[4999] == Address("g4999@x.example", "Guest, 4999")


SUBJECTS = [
    (b"Subject: =?utf-8?B?w7xi?= =?utf-8?B?ZXI=?=\r\n", "über"),
    (b"Subject: =?utf-8?B?w?= =?utf-8?B?7xi?=\r\n", None),
    (b"Subject: =?iso-8859-1?Q?a=E4?= b =?gb2312?B?0ru2/g==?=\r\n", "aä b 一二"),
    (b"Subject: =?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?= 5\r\n", "€ 5"),
    (b"Subject: =?martian?Q?abc?=\r\n", "abc"),
    (b"Subject: gr\xc3\xbcn\r\n", "grün"),
    (b"Subject: gr\xfcn\r\n", "grün"),
    (b"Subject: a\0b\x07c\r\n", "ab c"),
    (b"\r\n", ""),
]


@pytest.mark.parametrize(("header", "expected"), SUBJECTS)
def test_subjects(header: bytes, expected: str | None) -> None:
    subject = read(header).subject
    assert expected is None or subject == expected


AUTOMATIC = [
    ("Auto-Submitted: auto-replied\n", "auto-submitted", False),
    ("Auto-Submitted: auto-replied\nReturn-Path: <>\n", "auto-submitted", False),
    ("Auto-Submitted: no\n", "", False),
    ("Precedence: bulk\n", "precedence", False),
    ("Precedence: auto_reply\n", "auto-reply", False),
    ("Precedence: first-class\n", "", False),
    ("X-Autoreply: yes\n", "auto-reply", False),
    ("X-Autorespond: Away\n", "auto-reply", False),
    ("List-Id: <news.x.example>\n", "list", False),
    ("List-Unsubscribe: <https://x.example>\n", "list", False),
    ("X-Auto-Response-Suppress: All\n", "", False),
    ("X-Auto-Response-Suppress: All\nReturn-Path: <>\n", "null-sender", False),
    ("Return-Path: <>\n", "report", True),
    ("From: Mail Delivery System <MAILER-DAEMON@x.example>\n", "report", True),
    ("Content-Type: multipart/report; report-type=delivery-status\n", "report", True),
    ("Content-Type: multipart/report;\n\treport-type=disposition-notification\n", "receipt", False),
    ("Content-Type: text/calendar; method=REPLY\n", "calendar", False),
    ("X-Failed-Recipients: a@x.example\n", "report", True),
    ("Return-Path: <bob@x.example>\nContent-Type: text/plain\n", "", False),
    ("X-Precedence: auto_reply\n", "auto-reply", False),
    ("Subject: Automatische Antwort: Ihr Auftrag\n", "auto-reply", False),
    ("Subject: =?utf-8?Q?R=C3=A9ponse_automatique_:_commande?=\n", "auto-reply", False),
    ("Subject: AUTO: Berg, Bob is out of the office (returning Monday)\n", "auto-reply", False),
    ("Subject: Re: Automatic reply: your order\n", "", False),
    ("Subject: Auto parts\n", "", False),
    ("Subject: Out of office chairs?\n", "", False),
    ("Subject: Automatic reply to our tender wanted\n", "", False),
    ("From: MAILER-DAEMON <>\n", "report", True),
    ('From: "Postmaster" <>\n', "report", True),
    ("From: MDaemon@x.example\n", "report", True),
    ("From: MAILER-DAEMON@x.example\nAuto-Submitted: auto-replied\n", "report", True),
    ("From: Bob <postmaster@small.example>\nSubject: Re: your order\n", "", False),
    ("From: Mail Delivery Ltd <post@parcels.example>\n", "", False),
]  # fmt: skip


@pytest.mark.parametrize(("header", "why", "report"), AUTOMATIC)
def test_automatic_mail_is_known(header: str, why: str, report: bool) -> None:
    found = read(header)
    assert (found.automatic, found.report) == (why, report)


def test_plus_tokens_are_found_wherever_the_provider_put_them() -> None:
    token = "so-12." + "a" * 16
    assert read(f"Delivered-To: sales+{token}@shop.test\n").reply_tokens == (token,)
    assert read(f"To: Sales <Sales+{token.upper()}@shop.test>\n").reply_tokens == (token,)
    assert read("To: bob+news@x.example\n").reply_tokens == ()


@pytest.mark.parametrize(
    ("declared", "subject", "raw"),
    [
        ("text/plain; charset=koi8-r", "Заказ палаток", "Заказ палаток".encode("koi8-r")),
        ('multipart/mixed;\r\n\tboundary=x; charset="windows-1251"', "Заказ", "Заказ".encode("cp1251")),
        ("text/plain; charset=gb2312", "订单", "订单".encode("gb2312")),
        ("text/plain; charset=utf-16", "Größe", "Größe".encode("cp1252")),
        ("text/plain; charset=klingon", "Größe", "Größe".encode("cp1252")),
        ("text/plain", "Größe", "Größe".encode("cp1252")),
        ("text/plain; charset=koi8-r", "Größe", "Größe".encode()),
    ],
)
def test_raw_words_in_a_field_are_in_the_charset_of_the_text(declared: str, subject: str, raw: bytes) -> None:
    """Unless they are UTF-8, as they should be (RFC 6532)."""
    found = read(b"Subject: " + raw + b"\r\nContent-Type: " + declared.encode() + b"\r\nFrom: b@x.test\r\n")
    assert (found.subject, found.sender.email) == (subject, "b@x.test")


@given(st.binary(max_size=400))
def test_no_bytes_raise(raw: bytes) -> None:
    read(raw)


@given(st.sampled_from(FIELDS), st.text(alphabet='<>@,;:"()\\ =?bq_\r\n\tA1é\0+-.', max_size=200))
def test_no_field_raises(name: str, value: str) -> None:
    read(f"{name}: {value}".encode())


@pytest.mark.parametrize(
    "value",
    ["<" * 300_000, '"' * 300_000, "(" * 300_000, "a," * 150_000, "=?" * 150_000, "\\" * 300_000, " \t" * 150_000, "@" * 300_000],
    ids=["angle", "quote", "comment", "comma", "word", "escape", "space", "at"],
)  # fmt: skip
def test_hostile_fields_are_read_in_linear_time(value: str) -> None:
    """A quadratic reader would not come back from these before the suite's patience ends."""
    for name in ("From", "To", "Subject", "References", "Date"):
        read(f"{name}: {value}\r\n".encode())


def test_corpus_headers() -> None:
    for path in shared("corpora/mime").rglob("*.*"):
        raw = path.read_bytes()
        read(raw)
        read(raw[: len(raw) // 2])
