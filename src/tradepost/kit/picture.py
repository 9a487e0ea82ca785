"""What a picture is and how large, by its own bytes. Pure."""

from __future__ import annotations

from typing import NamedTuple

_PNG = b"\x89PNG\r\n\x1a\n"
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # JPEG markers without a length
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0 … SOF15


class Picture(NamedTuple):
    """``width`` and ``height`` in pixels."""

    content_type: str
    width: int
    height: int


def picture(content: bytes) -> Picture | None:
    """A PNG (https://www.w3.org/TR/png-3/#11IHDR) or JPEG (ITU-T T.81, B.2.2), or None where it is neither."""
    if content.startswith(_PNG):
        if len(content) < 24 or content[12:16] != b"IHDR":
            return None
        return Picture("image/png", _number(content[16:20]), _number(content[20:24]))
    return _jpeg(content) if content.startswith(b"\xff\xd8\xff") else None


def _jpeg(content: bytes) -> Picture | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAMES:
            return Picture("image/jpeg", _number(content[at + 7 : at + 9]), _number(content[at + 5 : at + 7]))
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _BARE:
            at += 2
        else:
            at += 2 + _number(content[at + 2 : at + 4])
    return None


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")
