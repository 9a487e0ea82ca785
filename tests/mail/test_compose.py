"""What we send: it threads in the customer's program, carries its marks, and cannot be bent by what is typed in."""
# ruff: noqa: E501 - one row a line is how a table is read

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.kit.errors import Invalid
from tradepost.mail import tokens
from tradepost.mail.compose import (
    Draft,
    Parent,
    Stamp,
    compose,
    quote_html,
    quote_text,
    recipients,
    reply_subject,
)
from tradepost.mail.headers import envelope
from tradepost.mail.mime import take_apart
from tradepost.mail.types import Address, Envelope, HeaderRow, Part

KEY = b"k" * 32
AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
ID = tokens.new_message_id("so", 1042, KEY, "shop.test", "n1")
STAMP = Stamp(ID, tokens.hop("so", 1042, KEY, "n1"), AT, b"secret of 1042")
DRAFT = Draft(
    Address("alice@shop.test", "Alice Ärger"),
    (Address("bob@customer.test", "Berg, Bob"),),
    "Your order [SO-1042]",
    text="Hello Bob,\n\nit is on its way.\n",
)


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def header(raw: bytes) -> Envelope:
    return envelope(HeaderRow(1, len(raw), None, (), raw.partition(b"\r\n\r\n")[0]))


def test_a_first_mail_carries_every_mark() -> None:
    raw = compose(DRAFT, STAMP)
    found = header(raw)
    assert found.message_id == ID
    assert found.references == (ID,)
    assert tokens.verify(found.hop, KEY) == tokens.verify(ID, KEY)
    assert found.conversation == tokens.conversation_of(tokens.thread_index(b"secret of 1042", AT))
    assert found.sender == Address("alice@shop.test", "Alice Ärger")
    assert found.to == (Address("bob@customer.test", "Berg, Bob"),)
    assert (found.subject, found.date, found.automatic) == ("Your order [SO-1042]", AT, "")
    assert take_apart(raw).text == "Hello Bob,\n\nit is on its way."
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "words",
    [
        "Ihr Angebot für größere Mengen ünï, – ok " * 20,
        "日本語 日本語 über größere für (Büro) " * 9,
        "Plain words, and many of them: " * 12,
        "two  blanks",
        "x" * 890,
        "What =?utf-8?q?is?= this",
        '"Quoted" (of course) \\ <x@y.test>, z',
    ],
)
def test_words_for_people_arrive_as_they_were_written(words: str) -> None:
    """Also where they are folded: the library loses spaces there."""
    words = words.strip()
    name = words[:100].strip(' "')
    people = (Address("b@x.test", words), Address("c@x.test", name))
    raw = compose(replace(DRAFT, subject=words, to=people, cc=people), STAMP)
    found = header(raw)
    assert found.subject == words
    assert [one.email for one in (*found.to, *found.cc)] == ["b@x.test", "c@x.test"] * 2
    assert found.to[1].name == name
    assert max(map(len, raw.split(b"\r\n"))) < 998


def test_a_mail_to_blind_copies_alone_names_nobody() -> None:
    raw = compose(replace(DRAFT, to=(), cc=(), bcc=(Address("boss@customer.test"),)), STAMP)
    assert b"\r\nTo: undisclosed-recipients:;\r\n" in raw
    assert b"boss" not in raw
    assert header(raw).recipients == ()


def test_an_answer_threads_in_any_program() -> None:
    """In-Reply-To and References for most (RFC 5322 §3.6.4), Thread-Index and Thread-Topic for Outlook."""
    theirs = tokens.thread_index(b"theirs", AT)
    parent = Parent("theirs@customer.test", ("root@customer.test", "mid@customer.test"), theirs)
    message = parsed(compose(replace(DRAFT, subject="Re: Lieferung"), STAMP, parent))
    assert message["In-Reply-To"] == "<theirs@customer.test>"
    assert message["References"].split() == [
        "<root@customer.test>",
        "<mid@customer.test>",
        "<theirs@customer.test>",
        f"<{ID}>",
    ]
    assert tokens.conversation_of(message["Thread-Index"]) == tokens.conversation_of(theirs)
    assert message["Thread-Topic"] == "Lieferung"


def test_a_long_thread_keeps_its_root_and_its_newest() -> None:
    parent = Parent("last@x", tuple(f"{i}{'y' * 200}@x" for i in range(500)))
    references = header(compose(DRAFT, STAMP, parent)).references
    assert references[:2] == ("last@x", ID)
    assert references[-1] == "0" + "y" * 200 + "@x"


def test_only_automatic_mail_says_so() -> None:
    assert header(compose(DRAFT, replace(STAMP, automatic=True))).automatic == "auto-submitted"
    assert b"Auto-Submitted" not in compose(DRAFT, STAMP)


def test_html_images_and_files() -> None:
    parts = (
        Part("logo.png", "image/png", b"PNG", "logo@shop", inline=True),
        Part("Größe.pdf", "application/pdf", b"%PDF"),
        Part("../x.eml", "message/rfc822", b"Subject: y\n\nz"),
    )
    body = take_apart(compose(replace(DRAFT, html="<p>Hi <img src='cid:logo@shop'></p>", parts=parts), STAMP))
    assert "cid:logo@shop" in body.html
    assert [(p.name, p.content, p.inline) for p in body.parts] == [
        ("logo.png", b"PNG", True),
        ("Größe.pdf", b"%PDF", False),
        ("x.eml", b"Subject: y\n\nz", False),
    ]
    only_html = take_apart(compose(replace(DRAFT, text="", html="<p>one</p><p>two</p>"), STAMP))
    assert only_html.text == "one\n\ntwo"


def test_blind_copies_are_sent_to_and_not_named() -> None:
    draft = replace(DRAFT, bcc=(Address("boss@shop.test"),), cc=(Address("bob@customer.test"),))
    assert recipients(draft) == ("bob@customer.test", "boss@shop.test")
    assert b"boss" not in compose(draft, STAMP)


def test_domains_beyond_ascii() -> None:
    draft = replace(DRAFT, to=(Address("info@müller.test", "Jürgen"),))
    assert recipients(draft) == ("info@xn--mller-kva.test",)
    assert parsed(compose(draft, STAMP))["To"].addresses[0].display_name == "Jürgen"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": "x\r\nBcc: all@evil.test"}, "subject"),
        ({"to": (Address("b@x.test", "Bob\r\nBcc: all@evil.test"),)}, "to"),
        ({"to": (Address("b@x.test\r\nBcc: all@evil.test"),)}, "to"),
        ({"to": (Address("no address"),)}, "to"),
        ({"to": (Address("jürgen@x.test"),)}, "to"),
        ({"cc": (Address("a@b@" + "x" * 300),)}, "cc"),
        ({"reply_to": Address("x@")}, "reply_to"),
        ({"to": ()}, "to"),
    ],
)
def test_what_would_bend_the_header_is_refused_with_a_sentence(change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        compose(replace(DRAFT, **change), STAMP)  # type: ignore[arg-type]
    assert refused.value.fields[field].endswith(".")


def test_a_hostile_parent_cannot_bend_the_header() -> None:
    parent = Parent("a@b>\r\nBcc: x@evil.test", ("c d@e", "ü@x", "ok@x"), "AAAA\r\nBcc: x")
    raw = compose(DRAFT, STAMP, parent)
    assert b"evil" not in raw
    assert header(raw).references == (ID, "ok@x")


@given(st.text(max_size=80), st.text(max_size=60), st.text(max_size=200))
def test_whatever_is_typed_is_sent_or_refused(subject: str, name: str, text: str) -> None:
    draft = replace(DRAFT, subject=subject, to=(Address("bob@customer.test", name),), text=text)
    try:
        raw = compose(draft, STAMP)
    except Invalid:
        return
    found = header(raw)
    assert (found.message_id, len(found.to), found.cc) == (ID, 1, ())


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("x", "Re: x"),
        ("RE: x", "Re: x"),
        ("AW: WG: Re[2]: x", "Re: x"),
        ("Re：回复: x", "Re: x"),
        ("Report: x", "Re: Report: x"),
    ],
)
def test_reply_subject(subject: str, expected: str) -> None:
    assert reply_subject(subject) == expected


def test_quotation() -> None:
    assert quote_text("a\n\n> b\n", "On Monday, Bob wrote:") == "On Monday, Bob wrote:\n> a\n>\n>> b\n"
    assert "&lt;bob@x.test&gt; wrote:" in quote_html("<p>a</p>", "Bob <bob@x.test> wrote:")
