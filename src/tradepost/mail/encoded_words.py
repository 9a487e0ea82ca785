"""RFC 2047 encoded words → text. Wrong charsets, cut base64 and split characters give what can be had."""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
from functools import lru_cache

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
    "unknown-8bit": "utf-8", "x-unknown": "utf-8", "default": "utf-8", "unicode": "utf-8", "utf8mb4": "utf-8",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "x-sjis": "cp932", "windows-31j": "cp932",
    "x-gbk": "gb18030", "cn-gb": "gb18030", "gb_2312-80": "gb18030", "x-euc-jp": "euc_jp", "mac": "mac_roman",
    "x-mac-roman": "mac_roman", "unicode-1-1-utf-7": "utf-7",
}  # fmt: skip
_MEANT = {  # by Python's names
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "shift_jis": "cp932", "euc_kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030",
    "punycode": "utf-8", "idna": "utf-8", "unicode-escape": "utf-8", "raw-unicode-escape": "utf-8",
}  # fmt: skip
"""What senders call charsets, and what they mean by it (the WHATWG encoding labels do the same). The last ones are no
charsets, and the time that they take grows with the square of the text."""
_NUMBERED = re.compile(r"(?:x-)?(?:win(?:dows)?|cp|ibm|ms)[-_]?(\d{3,5})")


@lru_cache(maxsize=512)
def _charset(label: str) -> str:
    """Python's name of what ``label`` means; the label where it means nothing."""
    name = label.strip().strip("\"';").lower()
    name = _NUMBERED.sub(r"cp\1", _ALIASES.get(name, name))
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return name
    return _MEANT.get(known, known)


_SHIFTED = ("utf-7", "iso2022_", "hz")  # charsets of seven bits: broken ones too would pass as UTF-8


def decode_bytes(raw: bytes, charset: str) -> str:
    """``raw`` as text: the named charset, else UTF-8, else the named one with a few broken characters (as where a message
    was cut), else Windows-1252. What is called Western and is well-formed UTF-8 is that. Never raises."""
    name = _charset(charset)
    for candidate in _candidates(name):
        try:
            return raw.decode(candidate).removeprefix("\ufeff")
        except (UnicodeError, LookupError, ValueError):
            continue
    if name.startswith("iso2022_jp"):  # characters of NEC: ①, ㈱; JIS X 0213 has them in their places
        try:
            return raw.replace(b"\x1b$B", b"\x1b$(Q").decode("iso2022_jp_2004")
        except UnicodeError:
            pass
    return _with_few_broken(raw, name) or raw.decode("cp1252", "replace")


def _candidates(name: str) -> tuple[str, ...]:
    if name == "cp1252":
        return ("utf-8", name)
    if name == "euc_jp":
        return (name, "euc_jis_2004", "utf-8")
    return (name,) if name.startswith(_SHIFTED) else (name, "utf-8")


def _with_few_broken(raw: bytes, name: str) -> str:
    try:
        text = raw.decode(name, "replace")
    except (UnicodeError, LookupError, ValueError):
        return ""
    foreign = sum(c > "\x7f" for c in text)
    broken = text.count("\ufffd")  # more than those that came out well: it is another charset
    return text if name.startswith(_SHIFTED) or broken < foreign - broken else ""
