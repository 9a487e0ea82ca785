"""Outlook's ``winmail.dat`` (TNEF) → its files and its words. Linear in its size, within limits; never raises.

[MS-OXTNEF] §2.1: a signature and a key, then attributes (level, id, length, data, checksum). ``attAttachRendData`` begins
a file; ``attAttachment`` and ``attMsgProps`` hold MAPI properties ([MS-OXPROPS]). The compressed RTF body is left out:
its words come as plain text or HTML too.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct, error
from typing import Any

from tradepost.mail.encoded_words import decode_bytes

SIGNATURE = 0x223E9F78
FILES, DEPTH, PROPERTIES = (
    500,
    3,
    5_000,
)  # of all levels; levels of enclosed messages; properties of one attribute

_U16, _U32 = Struct("<H"), Struct("<I")
_TITLE, _DATA, _BODY = 0x8010, 0x800F, 0x800C
_BEGIN, _MESSAGE, _ATTACHMENT, _CODEPAGE = 0x9002, 0x9003, 0x9005, 0x9007
_P_BODY, _P_HTML = 0x1000, 0x1013
_P_OBJECT, _P_NAME, _P_LONG_NAME, _P_TYPE, _P_CID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
_WIDE = 0x1F  # the one type whose text is UTF-16
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}  # bytes by type


@dataclass(slots=True)
class Enclosed:
    """A file within. ``name`` is as the sender named it, not made safe yet."""

    name: str = ""
    content: bytes = b""
    content_type: str = ""
    content_id: str = ""


@dataclass(slots=True)
class Unpacked:
    """``whole`` is false where something could not be read; what could be is there all the same."""

    files: list[Enclosed] = field(default_factory=list)
    text: str = ""
    html: str = ""
    whole: bool = True


def unpack(data: bytes, *, depth: int = 0) -> Unpacked:
    found = Unpacked()
    try:
        if len(data) < 6 or _U32.unpack_from(data)[0] != SIGNATURE or depth > DEPTH:
            raise ValueError("no TNEF, or nested too deeply")
        charset, one = "cp1252", Enclosed()
        for kind, value in _attributes(data):
            if kind == _CODEPAGE:
                charset = f"cp{_U32.unpack_from(value)[0]}"
            elif kind == _BEGIN:
                one = Enclosed()
                found.files.append(one)
            elif kind == _TITLE:
                one.name = one.name or _text(value, charset)
            elif kind == _DATA:
                one.content = value
            elif kind == _ATTACHMENT:
                _describe(found, one, value, charset, depth)
            elif kind == _BODY:
                found.text = found.text or _text(value, charset)
            elif kind == _MESSAGE:
                _words(found, value, charset)
            if len(found.files) > FILES:
                raise ValueError("too many files")
    except (error, ValueError):
        found.whole = False
    found.files = [one for one in found.files[:FILES] if one.content]
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at < len(data):
        size = _U32.unpack_from(data, at + 5)[0]
        if at + 9 + size + 2 > len(data):
            raise ValueError("it ends within an attribute")
        yield _U16.unpack_from(data, at + 1)[0], data[at + 9 : at + 9 + size]
        at += 9 + size + 2


def _describe(found: Unpacked, one: Enclosed, value: bytes, charset: str, depth: int) -> None:
    for tag, kind, content in _properties(value):
        if tag == _P_LONG_NAME or (tag == _P_NAME and not one.name):
            one.name = _text(content, charset, kind)
        elif tag == _P_TYPE:
            one.content_type = _text(content, charset, kind).lower()
        elif tag == _P_CID:
            one.content_id = _text(content, charset, kind).strip("<>")
        elif tag == _P_OBJECT and _U32.unpack_from(content[16:20].ljust(4))[0] == SIGNATURE:
            _take_in(found, one, unpack(content[16:], depth=depth + 1))  # after the GUID of IMessage
        elif tag == _P_OBJECT and not one.content:
            one.content = content
    one.content_type = one.content_type or mimetypes.guess_type(one.name)[0] or ""


def _take_in(found: Unpacked, one: Enclosed, inner: Unpacked) -> None:
    """An enclosed message: its files beside ours, its words as a file in the place of the message."""
    found.files += inner.files
    found.whole = found.whole and inner.whole
    ending, words = (".html", inner.html) if inner.html else (".txt", inner.text)
    one.name, one.content = (one.name or "message") + ending, words.encode()


def _words(found: Unpacked, value: bytes, charset: str) -> None:
    for tag, kind, content in _properties(value):
        if tag == _P_BODY:
            found.text = found.text or _text(content, charset, kind)
        elif tag == _P_HTML:
            found.html = found.html or _text(content, "utf-8", kind)


def _properties(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Tag, type and the first value of each property ([MS-OXTNEF] §2.1.3.4). What varies in length is padded to 4 bytes."""
    at, count = 4, _U32.unpack_from(value)[0]
    if count > PROPERTIES:
        raise ValueError("too many properties")
    for _ in range(count):
        kind, tag = _U16.unpack_from(value, at)[0], _U16.unpack_from(value, at + 2)[0]
        at += 4
        if tag >= 0x8000:
            at = _after_name(value, at)
        many, plain = bool(kind & 0x1000), kind & 0xFFF
        size = _FIXED.get(plain)
        varies = size is None
        values = _U32.unpack_from(value, at)[0] if many or varies else 1
        at += 4 if many or varies else 0
        if values > PROPERTIES:
            raise ValueError("too many values")
        first = b""
        for n in range(values):
            if varies:
                size = _U32.unpack_from(value, at)[0]
                at += 4
            step: Any = size
            if at + step > len(value):
                raise ValueError("it ends within a property")
            first = first if n else value[at : at + step]
            at += step + (-step % 4 if varies else 0)
        yield tag, plain, first


def _after_name(value: bytes, at: int) -> int:
    """Past the GUID and the name, or number, of a named property."""
    if _U32.unpack_from(value, at + 16)[0] == 0:
        return at + 24
    size = int(_U32.unpack_from(value, at + 20)[0])
    return at + 24 + size + -size % 4


def _text(content: bytes, charset: str, kind: int = 0) -> str:
    return decode_bytes(content, "utf-16-le" if kind == _WIDE else charset).partition("\0")[0]
