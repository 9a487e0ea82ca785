"""Delivery reports: RFC 3464, and the ways of older and stranger servers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared import shared
from tradepost.mail.bounce import Bounce, Outcome, Undelivered, read_bounce

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


@pytest.mark.parametrize(
    "raw",
    [
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


def test_reports_of_the_corpus() -> None:
    folder = shared("corpora/mime/mail-gem/multipart_report_emails")
    reports = {p.name: read_bounce(p.read_bytes()) for p in folder.iterdir()}
    standard = {n: r for n, r in reports.items() if b"delivery-status" in (folder / n).read_bytes()}
    assert all(r and r.recipients and r.recipients[0].recipient for r in standard.values()), standard
