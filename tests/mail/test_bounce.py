"""Delivery reports: RFC 3464, and the ways of older and stranger servers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared import shared
from tradepost.mail.bounce import Bounce, Outcome, Undelivered, read_bounce
from tradepost.mail.mime import take_apart

POSTFIX = b"""\
From: MAILER-DAEMON@shop.test (Mail Delivery System)
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="B"

--B
Content-Type: text/plain

This is the mail system. I'm sorry to have to inform you...

--B
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.shop.test
Arrival-Date: Sat, 21 Nov 2026 10:00:00 +0000

Final-Recipient: rfc822; nobody@customer.test
Original-Recipient: rfc822;Nobody@customer.test
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.customer.test
Diagnostic-Code: smtp; 550 5.1.1 <nobody@customer.test>: Recipient address
    rejected: User unknown

Final-Recipient: rfc822; slow@customer.test
Action: delayed
Status: 4.4.1
--B
Content-Type: %b

Received: from x
Message-ID:
 <so-1.abc.def@shop.test>
Subject: your order

body
--B--
"""


@pytest.mark.parametrize("enclosed", [b"message/rfc822", b"text/rfc822-headers", b"message/global"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_standard_report(enclosed: bytes, end: bytes) -> None:
    report = read_bounce((POSTFIX % enclosed).replace(b"\n", end))
    assert report is not None
    assert report.message_id == "so-1.abc.def@shop.test"
    failed, delayed = report.recipients
    assert (failed.recipient, failed.outcome, failed.status) == (
        "nobody@customer.test",
        Outcome.FAILED,
        "5.1.1",
    )
    assert (
        failed.diagnostic == "550 5.1.1 <nobody@customer.test>: Recipient address    rejected: User unknown"
    )
    assert (failed.permanent, delayed.permanent) == (True, False)
    assert report.outcome is Outcome.FAILED


def test_exim() -> None:
    raw = (
        b"X-Failed-Recipients: gone@customer.test\nFrom: Mail Delivery System <Mailer-Daemon@mx.test>\n\n"
        b"A message that you sent could not be delivered.\n\n  gone@customer.test\n    550 no such user\n\n"
        b"------ This is a copy of the message, including all the headers. ------\n\n"
        b"Message-Id: <so-1.abc.def@shop.test>\nFrom: alice@shop.test\n"
    )
    assert read_bounce(raw) == Bounce(
        "so-1.abc.def@shop.test",
        (
            Undelivered(
                "gone@customer.test",
                Outcome.FAILED,
                "5.0.0",
                "A message that you sent could not be delivered. gone@customer.test 550 no such user",
            ),
        ),
    )


def test_qmail() -> None:
    raw = (
        b"From: MAILER-DAEMON@mx.test\n\nHi. This is the qmail-send program at mx.test.\nI was sorry not "
        b"being able to deliver your message to the following addresses.\n\n<gone@customer.test>:\n"
        b"Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n"
        b"Message-ID: <so-1.abc.def@shop.test>\n"
    )
    report = read_bounce(raw)
    assert report is not None
    assert report.message_id == "so-1.abc.def@shop.test"
    assert [(r.recipient, r.status) for r in report.recipients] == [("gone@customer.test", "5.1.1")]


TOLD = [  # what a server tells, to whom the mail could not be given, the status, whether it goes on trying
    ("Not delivered to these addresses:\n\n<a@x.test>:\nover quota\n\n<b@x.test>:\nno such user\n", "a@x.test b@x.test", "", False),
    ("For help write to <postmaster@mx.test>.\n\n<a@x.test>: host mx.x.test said: 550 5.1.1 unknown\n", "a@x.test", "5.1.1", False),
    ("Your message\n\n  To: b@y.test\n\ndid not reach the following recipient:\n\nc=DE;SMTP=a@x.test; on Monday\n", "a@x.test", "", False),
    ("The message to 'a@x.test' could not be delivered.\n", "a@x.test", "", False),
    ("The following addresses did NOT receive a copy of your message:\n> a@x.test\nfatal errors\n", "a@x.test", "", False),
    ("The original message was received at 10:00\n\n-- failed recipients --\na@x.test\n554 too many hops\n", "a@x.test", "5.0.0", False),
    ("Recipient: [SMTP:a@x.test]\nReason: the server returned: 550 mailbox unavailable\n", "a@x.test", "5.0.0", False),
    ("Please call 480-624-2500.\n\n<a@x.test>: could not be delivered\n", "a@x.test", "", False),
    ("Your message has not yet been delivered to:\n\n  a@x.test\n\nAttempts will continue.\n", "a@x.test", "", True),
    ("Delivery to this recipient has been delayed:\n  a@x.test\n451 4.7.1 greylisted\n", "a@x.test", "4.7.1", True),
    ("Ihre Nachricht konnte nicht zugestellt werden.\n\n  a@x.test\n", "a@x.test", "", False),
    ("User unknown.\n\n--- Below is a copy of the message.\n\nReceived: from x\nTo: a@x.test\n", "a@x.test", "", False),
    ("MTA 2.5.3.0: mailbox is full\na@x.test\n", "a@x.test", "", False),
]  # fmt: skip


@pytest.mark.parametrize(("words", "recipients", "status", "later"), TOLD)
def test_servers_that_tell_it_in_prose(words: str, recipients: str, status: str, later: bool) -> None:
    copy = "" if "copy of the message" in words else "\n----- Returned message follows -----\n"
    report = read_bounce(f"From: mailer-daemon@mx.test\nTo: us@shop.test\n\n{words}{copy}".encode())
    assert report is not None
    assert " ".join(r.recipient for r in report.recipients) == recipients
    assert {r.status for r in report.recipients} == {status}
    assert report.outcome is (Outcome.DELAYED if later else Outcome.FAILED)


def test_prose_is_read_out_of_its_encoding() -> None:
    raw = (
        b"From: mailer-daemon@mx.test\nContent-Type: multipart/mixed; boundary=B\n\n--B\n"
        b"Content-Transfer-Encoding: quoted-printable\n\nUndeliver=\nable: a=40x.test\n--B\n"
        b"Content-Type: message/rfc822\n\nMessage-ID: <so-1.abc.def@shop.test>\nTo: b@x.test\n\nx\n--B--\n"
    )
    report = read_bounce(raw)
    assert report is not None
    assert report.message_id == "so-1.abc.def@shop.test"
    assert [r.recipient for r in report.recipients] == ["a@x.test"]


@pytest.mark.parametrize(
    "raw",
    [
        b"From: postmaster@small.test\n\nWhen is delivery? Call me.\n\nbob@small.test\n",
        b"Return-Path: <>\nFrom: bob@x.test\n\nI am away until 5.1.2027. For deliveries write to:\nann@x.test\n",
        b"",
        b"From: mailer-daemon@x\n\nHello, I am a person.\n",
        b"Content-Type: multipart/report; boundary=B\n\n--B--\n",
    ],
)
def test_what_reports_nothing_is_none(raw: bytes) -> None:
    assert read_bounce(raw) is None


@given(st.binary(max_size=300))
def test_no_bytes_raise(raw: bytes) -> None:
    read_bounce(raw)
    read_bounce(b"Content-Type: message/delivery-status\n\nAction: " + raw)


@pytest.mark.parametrize(
    "piece",
    [
        b"\n",
        b"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.test\nAction: failed\n\n",
        b"Content-Type: message/rfc822\n\n",
        b"550 5.1.1 <a@b.test>: x\n",
    ],
)
def test_a_megabyte_of_a_hostile_report_is_read_in_one_go(piece: bytes) -> None:
    """Linear, else it would take minutes."""
    raw = b"Content-Type: message/delivery-status\n\n" + piece * (1_000_000 // len(piece))
    read_bounce(raw)
    assert take_apart(raw).problems or piece != b"\n"


def test_reports_of_the_corpus() -> None:
    folder = shared("corpora/mime/mail-gem/multipart_report_emails")
    reports = {p.name: read_bounce(p.read_bytes()) for p in folder.iterdir()}
    standard = {n: r for n, r in reports.items() if b"delivery-status" in (folder / n).read_bytes()}
    assert all(r and r.recipients and r.recipients[0].recipient for r in standard.values()), standard
