"""What a header names, and that nothing is left out of a page but what would be ignored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mail.test_decide import DIRECTORY, HERE, INDEX, KEY, LOGGED, OURS, PLUS, REPLY, SENT_ID, header_row
from tests.shared import shared
from tradepost.mail import tokens
from tradepost.mail.decide import Action
from tradepost.mail.directory import Contact, Directory, Preferences
from tradepost.mail.headers import envelope, fold_id
from tradepost.mail.names import concerned, named, names, wanted
from tradepost.mail.together import Decided, decide_page
from tradepost.mail.types import Envelope, HeaderRow

STRANGER = "From: who@else.test | To: alice@shop.test"
FORGED = tokens.new_message_id("so", 1042, b"x" * 32, "shop.test", "nonce2")
KNOWN = replace(DIRECTORY, activities={501: OURS, 502: LOGGED})


def page(*headers: str) -> list[HeaderRow]:
    """Messages ``<1@t>``, ``<2@t>``, … to us, with the UIDs of their place."""
    return [
        header_row(f"{text} | Message-ID: <{n}@t>")._replace(uid=n) for n, text in enumerate(headers, start=1)
    ]


def among(rows: list[HeaderRow], directory: Directory) -> list[int]:
    return [row.uid for row in concerned(map(names, rows), directory)]


def decided(rows: list[HeaderRow], directory: Directory) -> list[Decided]:
    return decide_page([named(envelope(row)) for row in rows], directory, Preferences(), HERE, None)


def only_what_is_ignored_is_left_out(rows: list[HeaderRow], directory: Directory) -> None:
    kept = concerned(map(names, rows), directory)
    some, everything = decided(kept, directory), decided(rows, directory)
    uids = {row.uid for row in kept}
    assert [(one, what) for one, what in everything if one.uid in uids] == some
    assert {what.action for one, what in everything if one.uid not in uids} <= {Action.IGNORE}


def knowing(**facts: Any) -> Directory:
    return Directory(key=KEY, activities={501: OURS}, **facts)


def known_of(one: Envelope, kind: int) -> dict[str, Any]:
    """A directory that knows one thing that the message names."""
    email = one.sender.email or next((a.email for a in one.recipients), "x@y.test")
    number = next(iter(tokens.subject_tokens(one.subject)), "SO-1")
    return [
        {"contacts": {email: (Contact(1, frozenset({10})),)}},
        {"seen": frozenset({fold_id(one.message_id)})},
        {"taken_back": frozenset({fold_id(one.message_id)})},
        {"messages": {fold_id(i): OURS for i in one.references[-1:]}},
        {"conversations": {one.conversation: OURS}, "threads": {one.thread: OURS}},
        {"numbers": {number: OURS}},
        {"awaited": frozenset({email})},
    ][kind % 7]


@pytest.mark.parametrize(
    ("text", "thread", "matters"),
    [
        (STRANGER, "", False),
        (f"{STRANGER} | Subject: [SO-99] and SO-1044 | References: <a@b> <c@d>", "T9", False),
        ("From: bob@customer.test", "", True),
        ("From: who@else.test | To: alice@shop.test, eve@rival.test", "", True),
        ("From: alice@shop.test | To: who@else.test | Bcc: eve@rival.test", "", True),
        ("From: who@else.test | Cc: Eve <eve@rival.test>", "", True),
        ("Sender: bob@customer.test | From:", "", True),
        (f"{STRANGER} | Message-ID: <stored@customer.test>", "", True),
        (f"{STRANGER} | References: <x@y> <logged@customer.test>", "", True),
        (f"{STRANGER} | References: <{SENT_ID}>", "", True),
        (f"{STRANGER} | References: <{FORGED}>", "", False),
        (f"{STRANGER} | Message-ID: <{SENT_ID}>", "", True),
        (f"{STRANGER} | X-Tradepost-Hop: {SENT_ID.partition('@')[0]}", "", True),
        (f"From: who@else.test | To: {PLUS}", "", True),
        (f"{STRANGER} | Subject: =?utf-8?b?W1NPLTEwNDJd?=", "", True),
        (STRANGER, "T1", True),
        (f"{STRANGER} | Thread-Index: {INDEX}", "", True),
        ("From: MAILER-DAEMON@mx.test", "", True),
        (f"{STRANGER} | Content-Type: multipart/report; report-type=delivery-status", "", True),
    ],
)
def test_what_a_header_matters_by(text: str, thread: str, matters: bool) -> None:
    row = header_row(text, thread)
    directory = replace(KNOWN, ours=wanted([names(row)], KEY).ours)
    assert bool(among([row], directory)) is matters
    only_what_is_ignored_is_left_out([row], directory)


def test_what_answers_one_of_its_page_matters() -> None:
    rows = page(
        "From: bob@customer.test",
        STRANGER,
        f"{STRANGER} | References: <1@t>",
        f"{STRANGER} | References: <3@t>",
    )
    assert among(rows, KNOWN) == [1, 3, 4]
    only_what_is_ignored_is_left_out(rows, KNOWN)


def test_the_owner_s_own_address_makes_no_mail_of_his_matter() -> None:
    """Though somebody made a contact of him: it is in every mail of the mailbox."""
    assert "alice@shop.test" in KNOWN.contacts
    assert among(page(STRANGER), KNOWN) == []


def test_an_answer_to_an_invitation_matters_by_its_sender_alone() -> None:
    directory = replace(KNOWN, awaited=frozenset({"guest@else.test", "alice@shop.test"}))
    rows = page("From: guest@else.test", "From: who@else.test | Cc: guest@else.test", "From: alice@shop.test")
    assert among(rows, directory) == [1, 3]


def test_what_a_page_wants_is_looked_up_once() -> None:
    rows = [
        header_row(REPLY, "T1"),
        header_row(f"To: {PLUS} | Subject: [SO-1042]"),
        header_row(f"Thread-Index: {INDEX}"),
    ]
    asked = wanted([names(row) for row in rows], KEY)
    assert SENT_ID in asked.message_ids
    assert asked.ours == {SENT_ID}
    assert {(t.kind, t.id) for t in asked.tokens} == {("so", 1042)}
    assert asked.threads == {"T1"}
    assert asked.conversations == {tokens.conversation_of(INDEX)}
    assert asked.numbers == {"SO-1042"}
    assert {"bob@customer.test", "alice@shop.test"} <= asked.emails


def check_names(row: HeaderRow) -> None:
    """What its envelope tells at length."""
    one, found = named(envelope(row)), names(row)
    assert found.ids[0] == fold_id(one.message_id)
    assert set(found.ids[1:]) >= {fold_id(i) for i in one.references}
    assert found.sender == one.sender.email
    assert set(found.emails) == {a.email for a in (one.sender, *one.recipients) if a.email}
    assert (found.conversation, found.thread) == (one.conversation, one.thread)
    assert (found.numbers, found.reply_tokens) == (tokens.subject_tokens(one.subject), one.reply_tokens)
    assert found.matters or not (one.report or one.hop)


def rows_of_corpus() -> list[HeaderRow]:
    files = sorted(p for p in shared("corpora/mime").rglob("*.*") if p.is_file())
    return [HeaderRow(n, 9, None, (), head(path)) for n, path in enumerate(files, start=1)]


def head(path: Path) -> bytes:
    raw = path.read_bytes().replace(b"\r\n", b"\n")
    return raw.lstrip(b"\n").partition(b"\n\n")[0].replace(b"\n", b"\r\n")


def test_every_header_of_the_corpus() -> None:
    rows = rows_of_corpus()
    assert len(rows) > 150
    for n, row in enumerate(rows):
        check_names(row)
        for kind in range(7):
            one = named(envelope(row))
            near = rows[max(0, n - 3) : n + 4]
            only_what_is_ignored_is_left_out(near, knowing(**known_of(one, kind)))


WORDS = st.sampled_from(
    ["a@b.test", "<a@b.test>", "<A@B.test>", "c@d.test,", '"Doe, J" <c@d.test>', "(x)", "a@", "@b.test", "<a", "b>", "<>", '"', "\\", ":",
     ";", "<1@t>", "<2@t>", "<a b@t>", "=?utf-8?q?=3Ca=40b.test=3E?=", "=?utf-8?q?SO-1042?=", "[SO-1042]", "SO-1042", "[ #SO 1042 ]",
     "é@b.test", "\r\n ", "\r\n\t", "\x00", "\x1c", "a@b.test.", "'a@b.test'", "list: a@b.test, c@d.test;", "<@x,@y:a@b.test>", f"<{SENT_ID}>",
     SENT_ID, PLUS, "a+b@b.test", "mailer-daemon", "multipart/report", INDEX]
)  # fmt: skip
FIELD = st.sampled_from(
    ["From", "from ", "Sender", "To", "Cc", "Bcc", "Subject", "Message-ID", "Message-Id", "In-Reply-To", "References", "Return-Path",
     "Content-Type", "Thread-Index", "X-Tradepost-Hop", "Delivered-To", "Auto-Submitted", "X-Failed-Recipients"]
)  # fmt: skip
HEADER = st.lists(st.tuples(FIELD, st.lists(WORDS, max_size=5).map(" ".join)), max_size=8)


@given(st.lists(HEADER, min_size=1, max_size=5), st.integers(0, 6), st.integers(0, 4))
def test_headers_that_nobody_would_write(headers: list[list[tuple[str, str]]], kind: int, about: int) -> None:
    raw = ["\r\n".join(f"{name}: {value}" for name, value in header).encode() for header in headers]
    rows = [HeaderRow(n, 9, None, (), one + b"\r\n\r\n") for n, one in enumerate(raw, start=1)]
    for row in rows:
        check_names(row)
    facts = known_of(named(envelope(rows[about % len(rows)])), kind)
    ours = wanted([names(row) for row in rows], KEY).ours
    only_what_is_ignored_is_left_out(rows, knowing(ours=ours, **facts))
