"""The marks by which our mail is known again: they cannot be made up, and survive what servers do to them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.kit.errors import Invalid
from tradepost.mail import tokens
from tradepost.mail.tokens import Token

KEY, OTHER = b"k" * 32, b"o" * 32
AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


@given(
    st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True),
    st.integers(0, 10**15),
    st.from_regex(r"[a-z2-7]{16}", fullmatch=True),
)
def test_a_message_id_names_its_record_whatever_becomes_of_case_and_domain(
    kind: str, number: int, nonce: str
) -> None:
    made = tokens.new_message_id(kind, number, KEY, "Shop.Example", nonce)
    expected = Token(kind, number, nonce)
    for seen in (
        made,
        f"<{made.upper()}>",
        made.partition("@")[0] + "@eu-west-1.amazonses.com",
        made.partition("@")[0],
    ):
        assert tokens.verify(seen, KEY) == expected
    assert tokens.verify(made, OTHER) is None


@pytest.mark.parametrize(
    "made_up",
    ["", "x", "so-1.a.b@c", "so-1.n." + "a" * 16, "so-1..n." + "a" * 16, "💥@x", "so-²." + "a" * 16],
)
def test_what_we_did_not_sign_is_not_ours(made_up: str) -> None:
    assert tokens.verify(made_up, KEY) is None
    assert tokens.verify_reply(made_up, KEY) is None


def test_a_signed_number_cannot_be_changed() -> None:
    made = tokens.new_message_id("so", 123, KEY, "shop.example", "n")
    assert tokens.verify(made.replace("123", "124"), KEY) is None


def test_reply_address() -> None:
    address = tokens.reply_address("sales@shop.example", "so", 123, KEY)
    assert len(address.partition("@")[0]) <= 64
    (token,) = tokens.reply_tokens([f"Sales <{address.upper()}>"])
    assert tokens.verify_reply(token, KEY) == Token("so", 123)
    assert tokens.verify_reply(token, OTHER) is None
    assert tokens.without_reply_token(address) == "sales@shop.example"
    assert tokens.without_reply_token("sales+news@shop.example") == "sales+news@shop.example"


@pytest.mark.parametrize(
    ("kind", "number", "nonce"), [("S O", 1, "n"), ("so", -1, "n"), ("so", 1, "a@b\r\n")]
)
def test_a_mark_that_would_break_a_header_is_refused(kind: str, number: int, nonce: str) -> None:
    with pytest.raises(Invalid):
        tokens.new_message_id(kind, number, KEY, "shop.example", nonce)


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        ("Re: Your order [SO-1042]", ("SO-1042",)),
        ("AW: [so-1042] und [Q-7]", ("SO-1042", "Q-7")),
        ("Order SO-1042 is late", ("SO-1042",)),
        ("[1042] hello", ()),
        ("ISO-9001, COVID-19", ("ISO-9001",)),
        ("[SO2026/0012]", ("SO2026/0012",)),
        ("XSO-1042-B", ()),
        ("[EXTERNAL] hello", ()),
        ("", ()),
    ],
)
def test_subject_tokens(subject: str, numbers: tuple[str, ...]) -> None:
    assert tokens.subject_tokens(subject) == numbers


def test_thread_index_grows_by_five_bytes_and_keeps_its_conversation() -> None:
    first = tokens.thread_index(b"order 1", AT)
    second = tokens.thread_index(b"ignored", AT + timedelta(hours=1), first)
    third = tokens.thread_index(b"ignored", AT + timedelta(days=900), second)
    assert [len(base64.b64decode(i)) for i in (first, second, third)] == [22, 27, 32]
    assert len({tokens.conversation_of(i) for i in (first, second, third)} - {""}) == 1
    assert tokens.conversation_of(
        tokens.thread_index(b"order 1", AT + timedelta(1))
    ) == tokens.conversation_of(first)
    assert base64.b64decode(first)[0] == 1


def test_a_broken_thread_index_is_none() -> None:
    for broken in ("", "!!", "AdxY", base64.b64encode(b"x" * 23).decode()):
        assert tokens.conversation_of(broken) == ""
    assert len(base64.b64decode(tokens.thread_index(b"a", AT, "AdxY"))) == 22
