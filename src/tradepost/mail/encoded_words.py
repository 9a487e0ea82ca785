"""RFC 2047 encoded words → text. Wrong charsets, cut base64 and split characters give what can be had."""

from __future__ import annotations

import base64
import binascii
import quopri
import re

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]+|\s*[\r\n]\s*")


def decode_words(text: str) -> str:
    """The field for people: encoded words decoded, control characters gone."""
    if "=?" in text:
        text = _decode(text)
    if not text.isprintable():
        text = _CONTROLS.sub(" ", text)
    return text


def _decode(text: str) -> str:
    out: list[str] = []
    run: list[bytes] = []  # neighbours of one charset are joined first: a character may be split between them
    charset, end = "", 0
    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        named = word[1].partition("*")[0].lower()  # RFC 2231 §5 appends *language
        if run and (between.strip() or named != charset):
            out.append(decode_bytes(b"".join(run), charset))
            run = []
        if not end or between.strip():
            out.append(between)
        run.append(_octets(word[2], word[3]))
        charset, end = named, word.end()
    if run:
        out.append(decode_bytes(b"".join(run), charset))
    out.append(text[end:])
    return "".join(out)


def _octets(encoding: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return quopri.decodestring(raw.replace(b"_", b" "))
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return base64.b64decode(raw[: len(raw) // 4 * 4 - 4]) if len(raw) > 8 else b""


_ALIASES = {
    "unknown-8bit": "utf-8", "x-unknown": "utf-8", "default": "utf-8", "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8", "x-sjis": "cp932", "shift_jis": "cp932", "ks_c_5601-1987": "cp949",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "us-ascii": "utf-8", "iso-8859-1": "cp1252",
    "latin1": "cp1252", "windows-874": "cp874", "x-mac-roman": "mac_roman", "macintosh": "mac_roman",
    "cp-850": "cp850", "utf8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7", "x-windows-949": "cp949",
}  # fmt: skip
"""What senders call charsets, and what they mean by it (the WHATWG encoding labels do the same)."""


_SHIFTED = ("utf-7", "iso-2022-", "hz")  # charsets of seven bits: broken ones too would pass as UTF-8


def decode_bytes(raw: bytes, charset: str) -> str:
    """``raw`` as text: the named charset, else UTF-8, else the named one with a few broken characters (as where a message
    was cut), else Windows-1252. Never raises."""
    name = charset.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    for candidate in (name,) if name.startswith(_SHIFTED) else (name, "utf-8"):
        try:
            return raw.decode(candidate)
        except (UnicodeError, LookupError, ValueError):
            continue
    return _with_few_broken(raw, name) or raw.decode("cp1252", "replace")


def _with_few_broken(raw: bytes, name: str) -> str:
    try:
        text = raw.decode(name, "replace")
    except (UnicodeError, LookupError, ValueError):
        return ""
    foreign = sum(c > "\x7f" for c in text)
    broken = text.count("\ufffd")  # more than those that came out well: it is another charset
    return text if name.startswith(_SHIFTED) or broken < foreign - broken else ""
