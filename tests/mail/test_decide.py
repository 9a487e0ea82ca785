"""Where a message belongs: the truth tables of A8–A10, and a corpus of awkward messages."""
# ruff: noqa: E501 - one row a line is how a table is read

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from tradepost.mail import tokens
from tradepost.mail.bounce import Bounce
from tradepost.mail.decide import Action, Decision, Mark, decide, place_bounce
from tradepost.mail.directory import (
    Account,
    Contact,
    ContactMail,
    Directory,
    Files,
    FilesGoTo,
    Origin,
    Preferences,
    Record,
    Response,
    Visibility,
)
from tradepost.mail.headers import envelope
from tradepost.mail.types import Envelope, FolderUse, HeaderRow

KEY = b"k" * 32
ORDER, ORDER2, ORDER9 = Record("sales_order", 1042), Record("sales_order", 1043), Record("sales_order", 900)
BOB, EVE, ACME, RIVAL = (
    Record("contact", 1),
    Record("contact", 2),
    Record("customer", 10),
    Record("customer", 20),
)
PEOPLE = frozenset({"bob@customer.test", "buyer@customer.test"})
OURS = Origin(501, (ORDER, ACME), PEOPLE, frozenset({10}), account=7)
LOGGED = Origin(502, (BOB, ACME), frozenset({"bob@customer.test"}), frozenset({10}), account=7, ours=False)
OTHER = Origin(503, (ORDER9, RIVAL), frozenset({"eve@rival.test"}), frozenset({20}), account=7)
SENT_ID = tokens.new_message_id("so", 1042, KEY, "shop.test", "nonce1")
FORGOTTEN_ID = tokens.new_message_id("so", 1042, KEY, "shop.test", "nonce2")
FORGED_ID = tokens.new_message_id("so", 1042, b"x" * 32, "shop.test", "nonce2")
PLUS = tokens.reply_address("sales@shop.test", "so", 1042, KEY)
INDEX = tokens.thread_index(b"secret of 1042", datetime(2026, 1, 1, tzinfo=UTC))
DIRECTORY = Directory(
    key=KEY,
    seen=frozenset({"stored@customer.test"}),
    messages={SENT_ID: OURS, "logged@customer.test": LOGGED, "other@shop.test": OTHER},
    tokens={("so", 1042): OURS},
    threads={"T1": OURS, "T2": replace(OURS, account=8)},
    conversations={tokens.conversation_of(INDEX): OURS},
    numbers={
        "SO-1042": replace(OURS, activity=None),
        "SO-1043": Origin(None, (ORDER2, ACME), PEOPLE, frozenset({10})),
        "SO-900": replace(OTHER, activity=None),
    },
    contacts={
        "bob@customer.test": (Contact(1, frozenset({10})),),
        "eve@rival.test": (Contact(2, frozenset({20})),),
        "info@family.test": (Contact(3, frozenset({30})), Contact(4, frozenset({30, 31}))),
        "shared@agency.test": (Contact(5, frozenset({50})), Contact(6, frozenset({60}))),
        "info@customer.test": (Contact(0, frozenset({10})),),
        "alice@shop.test": (Contact(9, frozenset({90})),),
        "flood@customer.test": (Contact(8, frozenset({10})),),
    },
    own=frozenset({"alice@shop.test", "alice.private@mail.test"}),
    internal=frozenset({"shop.test"}),
    rate={"flood@customer.test": 20},
)
HERE = Account(7, FolderUse.INBOX, frozenset({"alice@shop.test"}))
SENT = replace(HERE, folder=FolderUse.SENT)


def mail(header: str, thread: str = "", flags: tuple[str, ...] = ()) -> Envelope:
    return envelope(header_row(header, thread, flags))


def header_row(header: str, thread: str = "", flags: tuple[str, ...] = ()) -> HeaderRow:
    """``From: bob@customer.test`` to us unless the header says otherwise; fields are separated by ``|``."""
    fields = [f.strip() for f in header.split("|") if f.strip()]
    names = {f.partition(":")[0].lower() for f in fields}
    defaults = {"From": "bob@customer.test", "To": "alice@shop.test", "Message-ID": "<new@customer.test>"}
    fields += [f"{name}: {value}" for name, value in defaults.items() if name.lower() not in names]
    return HeaderRow(1, 9, None, flags, "\r\n".join(fields).encode(), thread)


def placed(header: str, preferences: Preferences | None = None, account: Account = HERE) -> Decision:
    return decide(mail(header), DIRECTORY, preferences or Preferences(), account)


REPLY = f"In-Reply-To: <{SENT_ID}> | Subject: Re: your order"
A8_A10 = [
    (Response.APPEND, Files.ADD, Action.APPEND, 501, True),
    (Response.APPEND, Files.DISREGARD, Action.APPEND, 501, False),
    (Response.OWN, Files.ADD, Action.NEW, 501, True),
    (Response.OWN, Files.DISREGARD, Action.NEW, 501, False),
    (Response.DISREGARD, Files.ADD, Action.IGNORE, None, False),
    (Response.DISREGARD, Files.DISREGARD, Action.IGNORE, None, False),
]


@pytest.mark.req("A8", "A10", "A11")
@pytest.mark.parametrize(("response", "files", "action", "activity", "take"), A8_A10)
def test_response_by_files(
    response: Response, files: Files, action: Action, activity: int | None, take: bool
) -> None:
    """T2: three responses by two ways with files; a disregarded answer leaves no file either."""
    found = placed(REPLY, Preferences(response=response, files=files))
    assert (found.action, found.activity, found.take_files) == (action, activity, take)
    assert found.files_to is None
    assert found.records == (() if action is Action.IGNORE else OURS.records)


@pytest.mark.req("A10")
def test_files_of_an_own_activity_may_go_to_the_original() -> None:
    to_original = Preferences(response=Response.OWN, files_go_to=FilesGoTo.ORIGINAL)
    assert placed(REPLY, to_original).files_to == 501
    assert placed(REPLY, replace(to_original, files=Files.DISREGARD)).files_to is None


@pytest.mark.req("A9")
@pytest.mark.parametrize(
    ("choice", "action", "records"),
    [(ContactMail.LOG, Action.NEW, (BOB, ACME)), (ContactMail.DISREGARD, Action.IGNORE, ())],
)
@pytest.mark.parametrize(
    "header", ["From: alice@shop.test | To: bob@customer.test", "From: bob@customer.test"]
)
def test_mail_with_a_contact(
    choice: ContactMail, action: Action, records: tuple[Record, ...], header: str
) -> None:
    found = placed(header, Preferences(contact_mail=choice))
    assert (found.action, found.records) == (action, records)


@pytest.mark.req("A9")
@pytest.mark.parametrize("visibility", list(Visibility))
def test_contact_mail_is_for_its_owner_alone_unless_the_company_says_otherwise(
    visibility: Visibility,
) -> None:
    assert placed("From: bob@customer.test").visibility is Visibility.OWNER
    assert placed("From: bob@customer.test", Preferences(log_visibility=visibility)).visibility is visibility


@dataclass(frozen=True)
class Case:
    name: str
    header: str
    action: Action
    by: Mark = Mark.NONE
    activity: int | None = None
    records: tuple[Record, ...] | None = None
    candidates: tuple[Record, ...] = ()
    state: str = ""
    account: Account = HERE
    thread: str = ""
    flags: tuple[str, ...] = ()


A, N, X, R, B, D = Action.APPEND, Action.NEW, Action.IGNORE, Action.REVIEW, Action.BOUNCE, Action.DUPLICATE
CORPUS = [
    # Answers, by every mark
    Case("plain answer", REPLY, A, Mark.REFERENCE, 501),
    Case("only References", f"References: <a@b> <{SENT_ID}> <c@d>", A, Mark.REFERENCE, 501),
    Case("case changed on the way", f"In-Reply-To: <{SENT_ID.upper()}>", A, Mark.REFERENCE, 501),
    Case("domain rewritten by the relay", f"In-Reply-To: <{SENT_ID.partition('@')[0]}@email.relay.example>", A, Mark.REFERENCE, 501),
    Case("our row was lost, the key still proves it", f"In-Reply-To: <{FORGOTTEN_ID}>", A, Mark.REFERENCE, 501),
    Case("forged mark by a stranger", f"From: x@evil.test | In-Reply-To: <{FORGED_ID}>", X),
    Case("folded reference", f"References: <a@b>\r\n\t<{SENT_ID}>", A, Mark.REFERENCE, 501),
    Case("bare id without brackets", f"In-Reply-To: {SENT_ID}", A, Mark.REFERENCE, 501),
    Case("thread of 100 foreign mails after ours", "References: " + f"<{SENT_ID}> " + " ".join(f"<{i}@x>" for i in range(100)), N, Mark.CONTACT, None, (BOB, ACME)),
    Case("newest reference wins", f"From: eve@rival.test | References: <{SENT_ID}> <other@shop.test>", A, Mark.REFERENCE, 503),
    Case("subject changed, reference kept", f"In-Reply-To: <{SENT_ID}> | Subject: lunch?", A, Mark.REFERENCE, 501),
    Case("reply address, no references", f"To: {PLUS}", A, Mark.REPLY_ADDRESS, 501),
    Case("reply address in Delivered-To", f"Delivered-To: {PLUS}", A, Mark.REPLY_ADDRESS, 501),
    Case("reply address found by a stranger", f"From: x@evil.test | To: {PLUS}", R, Mark.REPLY_ADDRESS, candidates=(ORDER, ACME)),
    Case("provider's thread", "Subject: Re: your order", A, Mark.THREAD, 501, thread="T1"),
    Case("thread id of another account", "From: x@customer.test", X, thread="T2"),
    Case("stranger in the provider's thread", "From: x@evil.test", R, Mark.THREAD, candidates=(ORDER, ACME), thread="T1"),
    Case("Outlook dropped the references", f"Thread-Index: {INDEX}", A, Mark.CONVERSATION, 501),
    Case("number in the subject", "Subject: AW: [SO-1042] Liefertermin", N, Mark.SUBJECT, None, (ORDER, ACME)),
    Case("number in the subject, written bare", "Subject: where is so-1042?", N, Mark.SUBJECT, None, (ORDER, ACME)),
    Case("colleague of the customer, same customer", "From: info@customer.test | Subject: [SO-1042]", N, Mark.SUBJECT, None, (ORDER, ACME)),
    Case("two orders of one customer", "Subject: [SO-1042] [SO-1043]", N, Mark.SUBJECT, None, (ORDER, ACME, ORDER2)),
    Case("two orders of two customers", "Subject: [SO-1042] [SO-900]", R, Mark.SUBJECT, candidates=(ORDER, ACME, ORDER9, RIVAL, BOB)),
    Case("stranger names an order", "From: x@evil.test | Subject: [SO-1042] invoice attached", R, Mark.SUBJECT, candidates=(ORDER, ACME)),
    Case("contact of another customer names an order", "From: eve@rival.test | Subject: [SO-1042]", R, Mark.SUBJECT, candidates=(ORDER, ACME, EVE, RIVAL)),
    # Whose answer
    Case("forwarded to an unknown person who answers", f"From: cousin@else.test | In-Reply-To: <{SENT_ID}>", A, Mark.REFERENCE, 501),
    Case("forwarded to another customer who answers", f"From: eve@rival.test | In-Reply-To: <{SENT_ID}>", R, Mark.REFERENCE, candidates=(ORDER, ACME, EVE, RIVAL)),
    Case("answer with a null From", f"From: <> | In-Reply-To: <{SENT_ID}>", A, Mark.REFERENCE, 501),
    Case("two From lines", f"From: bob@customer.test | From: x@evil.test | In-Reply-To: <{SENT_ID}>", A, Mark.REFERENCE, 501),
    Case("answer to a logged mail", "In-Reply-To: <logged@customer.test>", A, Mark.REFERENCE, 502),
    # Programs
    Case("out of office", f"In-Reply-To: <{SENT_ID}> | Auto-Submitted: auto-replied", A, Mark.REFERENCE, 501, state="auto-reply"),
    Case("out of office without references", "Auto-Submitted: auto-replied | Subject: Away: [SO-1042]", X, Mark.SUBJECT, state="auto-reply"),
    Case("out of office by a null sender", f"Return-Path: <> | X-Autoreply: yes | References: <{SENT_ID}>", A, Mark.REFERENCE, 501, state="auto-reply"),
    Case("out of office to a logged mail", "Auto-Submitted: auto-replied | In-Reply-To: <logged@customer.test>", X, Mark.REFERENCE, state="auto-reply"),
    Case("newsletter of a contact", "List-Unsubscribe: <https://x> | Precedence: bulk", X, Mark.CONTACT),
    Case("a person answers through a mailing list", f"In-Reply-To: <{SENT_ID}> | List-Id: <team.customer.test>", A, Mark.REFERENCE, 501, state="list"),
    Case("Outlook that wants no auto-answers is a person", "X-Auto-Response-Suppress: DR, OOF", N, Mark.CONTACT, None, (BOB, ACME)),
    Case("read receipt", f"Content-Type: multipart/report; report-type=disposition-notification | References: <{SENT_ID}>", A, Mark.REFERENCE, 501, state="auto-reply"),
    Case("bounce that names our mail", f"From: mailer-daemon@x.test | References: <{SENT_ID}>", B, Mark.REFERENCE, 501, state="bounce"),
    Case("bounce that hides it in its body", "Return-Path: <> | From: mailer-daemon@x.test | Content-Type: multipart/report; report-type=delivery-status", B),
    Case("one sender, 20 mails in two hours", "From: flood@customer.test", R, Mark.CONTACT, candidates=(Record("contact", 8), ACME)),
    # Ourselves
    Case("our own copy in Sent", f"Message-ID: <{SENT_ID}> | From: alice@shop.test | To: bob@customer.test", D, Mark.MESSAGE_ID, 501, account=SENT),
    Case("our own copy, id rewritten by the provider", f"X-Tradepost-Hop: {SENT_ID.partition('@')[0]} | From: alice@shop.test | To: bob@customer.test", D, Mark.HOP, 501, account=SENT),
    Case("an answer that carries the hop of the mail it answers, as Notes copies fields", f"{REPLY} | X-Tradepost-Hop: {SENT_ID.partition('@')[0]}", A, Mark.REFERENCE, 501),
    Case("our own copy through a shared mailbox", f"X-Tradepost-Hop: {SENT_ID.partition('@')[0]} | From: alice.private@mail.test | To: bob@customer.test", D, Mark.HOP, 501),
    Case("a hop that another company signed", f"X-Tradepost-Hop: {FORGED_ID.partition('@')[0]}", N, Mark.CONTACT, None, (BOB, ACME)),
    Case("already stored from a colleague's mailbox", "Message-ID: <stored@customer.test>", D, Mark.MESSAGE_ID),
    Case("already stored, case changed", "Message-ID: <Stored@Customer.test>", D, Mark.MESSAGE_ID),
    Case("no Message-ID at all", "Message-ID: <> | Subject: hi", N, Mark.CONTACT, None, (BOB, ACME)),
    Case("answered from the phone", f"From: alice@shop.test | To: bob@customer.test | In-Reply-To: <{SENT_ID}>", A, Mark.REFERENCE, 501, account=SENT),
    Case("written from the phone, the contact in blind copy", "From: alice@shop.test | To: x@y.example | Bcc: bob@customer.test", N, Mark.CONTACT, None, (BOB, ACME), account=SENT),
    Case("written from the phone", "From: alice@shop.test | To: bob@customer.test", N, Mark.CONTACT, None, (BOB, ACME), account=SENT),
    Case("written from an alias nobody told us of", "From: al@hobby.test | To: bob@customer.test", N, Mark.CONTACT, None, (BOB, ACME), account=SENT),
    Case("plus-address of our own is us", "From: alice+x@shop.test | To: alice@shop.test", X),
    Case("colleagues about an order", "From: carol@shop.test | Subject: [SO-1042]", X),
    Case("own address that is also a contact", "From: alice.private@mail.test | To: alice@shop.test", X),
    Case("draft", "From: alice@shop.test | To: bob@customer.test", X, flags=("\\Draft",)),
    Case("junk that names an order", REPLY, X, account=replace(HERE, folder=FolderUse.JUNK)),
    # Contacts
    Case("a stranger", "From: x@evil.test | Subject: hello", X),
    Case("address of two contacts of one customer", "From: info@family.test", N, Mark.CONTACT, None, (Record("contact", 3), Record("customer", 30), Record("contact", 4), Record("customer", 31))),
    Case("address of two contacts of two customers", "From: shared@agency.test", R, Mark.CONTACT, candidates=(Record("contact", 5), Record("customer", 50), Record("contact", 6), Record("customer", 60))),
    Case("to a clear and an unclear contact", "From: alice@shop.test | To: shared@agency.test, bob@customer.test", N, Mark.CONTACT, None, (BOB, ACME)),
    Case("customer's own address", "From: info@customer.test", N, Mark.CONTACT, None, (ACME,)),
    Case("shouted address", "From: BOB <BOB@CUSTOMER.TEST>", N, Mark.CONTACT, None, (BOB, ACME)),
    Case("nothing in it at all", "From: | To: | Message-ID:", X),
]  # fmt: skip


@pytest.mark.parametrize("case", CORPUS, ids=[c.name for c in CORPUS])
def test_awkward_messages_land_right_or_before_a_person(case: Case) -> None:
    found = decide(mail(case.header, case.thread, case.flags), DIRECTORY, Preferences(), case.account)
    got = (found.action, found.matched_by, found.activity, found.candidates, found.state)
    assert got == (case.action, case.by, case.activity, case.candidates, case.state)
    assert case.records is None or found.records == case.records
    assert found.reason.endswith(".")


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 40


@pytest.mark.parametrize("entry", ["bob@customer.test", "customer.test", "@customer.test", "test"])
@pytest.mark.parametrize(
    "header",
    [
        REPLY,
        "From: alice@shop.test | To: x@y.example | Cc: bob@customer.test",
        "From: alice@shop.test | To: eve@rival.test | Bcc: bob@customer.test",
    ],
)
def test_the_never_log_list_wins(entry: str, header: str) -> None:
    found = placed(header, Preferences(never_log=frozenset({entry})))
    assert found.action is Action.IGNORE


@pytest.mark.parametrize(
    ("header", "may"),
    [
        (REPLY, True),
        (REPLY + "| Auto-Submitted: auto-replied", False),
        (REPLY + "| Return-Path: <> | Precedence: bulk", False),
        (REPLY + "| From: <>", False),
        (REPLY + "| From: flood@customer.test", False),
        (REPLY + "| List-Id: <x>", False),
        ("From: alice@shop.test | To: bob@customer.test", False),
    ],
)
def test_programs_are_never_answered(header: str, may: bool) -> None:
    assert placed(header).may_answer is may


def test_a_bounce_is_placed_by_the_mail_it_returns() -> None:
    found = place_bounce(Bounce(SENT_ID, ()), DIRECTORY)
    assert (found.action, found.activity, found.state) == (Action.BOUNCE, 501, "bounce")
    assert place_bounce(Bounce(FORGED_ID, ()), DIRECTORY).action is Action.IGNORE
