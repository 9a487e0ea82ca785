"""Outlook's winmail.dat: its files and words come out, broken ones keep what can be had, none takes long."""

from __future__ import annotations

from email.message import EmailMessage
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.mail.mime import take_apart
from tradepost.mail.tnef import SIGNATURE, unpack

BEGIN, TITLE, DATA, ATTACHMENT, MESSAGE, CODEPAGE = 0x9002, 0x8010, 0x800F, 0x9005, 0x9003, 0x9007
IMESSAGE = bytes(16)


def tnef(*attributes: tuple[int, bytes]) -> bytes:
    parts = [
        pack("<BHHI", 1, name, 6, len(data)) + data + pack("<H", sum(data) & 0xFFFF)
        for name, data in attributes
    ]
    return pack("<IH", SIGNATURE, 7) + b"".join(parts)


def properties(*values: tuple[int, int, bytes]) -> bytes:
    parts = [
        pack("<HHII", kind, tag, 1, len(data)) + data + bytes(-len(data) % 4) for tag, kind, data in values
    ]
    return pack("<I", len(parts)) + b"".join(parts)


def file(title: bytes, content: bytes, *more: tuple[int, int, bytes]) -> list[tuple[int, bytes]]:
    return [(BEGIN, bytes(14)), (TITLE, title + b"\0"), (DATA, content), (ATTACHMENT, properties(*more))]


def wide(text: str) -> bytes:
    return f"{text}\0".encode("utf-16-le")


def mail(data: bytes, text: str = "See the order.") -> bytes:
    message = EmailMessage()
    message["Subject"] = "Order"
    message.set_content(text)
    message.add_attachment(data, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    return message.as_bytes()


PO = file(b"PO-4711~.PDF", b"%PDF-1.7 x", (0x3707, 0x1F, wide("PO 4711 für Marlow.pdf")))
LOGO = file(b"logo.png", b"\x89PNG", (0x3712, 0x1E, b"logo@x\0"), (0x370E, 0x1E, b"image/png\0"))


def test_files_come_out_under_their_own_names() -> None:
    body = take_apart(mail(tnef(*PO, *LOGO)))
    assert [(f.name, f.content_type, f.content_id, f.inline) for f in body.parts] == [
        ("PO 4711 für Marlow.pdf", "application/pdf", "", False),
        ("logo.png", "image/png", "logo@x", True),
    ]
    assert body.parts[0].content == b"%PDF-1.7 x"
    assert (body.text.strip(), body.problems) == ("See the order.", ())


def test_words_are_used_where_the_message_has_no_others() -> None:
    within = tnef((MESSAGE, properties((0x1013, 0x102, b"<p>Forty tents, please.</p>"))))
    assert take_apart(mail(within, text="")).text.strip() == "Forty tents, please."
    assert take_apart(mail(within)).text.strip() == "See the order."


def test_an_old_code_page_and_a_named_property_are_read() -> None:
    named = pack("<HH", 0x1E, 0x8001) + bytes(16) + pack("<II", 1, 6) + b"Kind\0\0" + bytes(2)
    named += pack("<II", 1, 2) + b"x\0" + bytes(2)
    value = pack("<I", 2) + named + properties((0x3704, 0x1E, "Zażółć.txt".encode("cp1250") + b"\0"))[4:]
    data = tnef((CODEPAGE, pack("<II", 1250, 0)), (BEGIN, bytes(14)), (DATA, b"x"), (ATTACHMENT, value))
    assert [one.name for one in unpack(data).files] == ["Zażółć.txt"]


def test_an_enclosed_message_gives_its_files_and_its_words() -> None:
    inner = tnef(*PO, (0x800C, b"As we said.\0"))
    outer = tnef(*file(b"Re: tents", b"", (0x3701, 0x0D, IMESSAGE + inner)))
    assert [(one.name, one.content) for one in unpack(outer).files] == [
        ("Re: tents.txt", b"As we said."),
        ("PO 4711 für Marlow.pdf", b"%PDF-1.7 x"),
    ]


def test_what_is_cut_off_keeps_the_original_and_says_so() -> None:
    body = take_apart(mail(tnef(*PO, *LOGO)[:-30]))
    assert [f.name for f in body.parts] == ["PO 4711 für Marlow.pdf", "logo.png", "winmail.dat"]
    assert "could not be read to its end" in body.problems[0]


def test_enclosing_without_end_is_cut() -> None:
    data = tnef(*PO)
    for _ in range(50):
        data = tnef(*file(b"deeper", b"", (0x3701, 0x0D, IMESSAGE + data)))
    assert not unpack(data).whole


@given(st.binary(max_size=400), st.integers(0, 300), st.binary(min_size=1, max_size=8))
def test_no_bytes_raise(noise: bytes, at: int, instead: bytes) -> None:
    whole = tnef(*PO, *LOGO, (MESSAGE, properties((0x1013, 0x102, b"<p>x</p>"))))
    unpack(noise)
    unpack(whole[:6] + noise)
    unpack(whole[:at] + instead + whole[at + len(instead) :])


@pytest.mark.parametrize("repeated", [(0x8004, b""), (MESSAGE, properties())])
def test_very_many_attributes_are_read_in_one_go(repeated: tuple[int, bytes]) -> None:
    """A parser that copies the rest for each attribute takes minutes for what is read here in a moment."""
    assert unpack(tnef(*[repeated] * 400_000)).whole
