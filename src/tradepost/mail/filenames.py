"""A file name from a stranger: read out of a field (RFC 2183, 2231, 2047, 8187, and as it is really written), and made
safe to show, store and download."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from urllib.parse import unquote_to_bytes

from tradepost.mail.encoded_words import decode_bytes, decode_words

_LONGEST = 120  # characters
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f]')
# Marks that make "cod.exe" read "exe.doc" (Unicode TR36 §2.4), zero-width characters, lone surrogates.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.I)  # names that Windows keeps for itself


_READ = 8_000  # characters of a field
_PARAMETER = re.compile(
    r"(?:^|;)\s*(?P<key>[\w-]{1,40})(?:\*(?P<nth>\d{1,3}))?(?P<coded>\*)?\s*=\s*"
    r"(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"?|(?P<bare>[^;]*))",
    re.S,
)
_FOLD = re.compile(r"\r?\n[ \t]+")


def parameter(field: str, key: str) -> str:
    """The parameter ``key`` of a field as it came off the wire (bytes beyond ASCII as surrogates); "" without one."""
    plain, pieces = "", dict[int, tuple[str, bool]]()
    for found in _PARAMETER.finditer(_FOLD.sub(" ", field[:_READ])):
        if found["key"].lower() != key:
            continue
        value = (
            found["bare"].strip(" \t'")
            if found["quoted"] is None
            else re.sub(r'\\(["\\])', r"\1", found["quoted"])
        )
        if found["nth"] or found["coded"]:
            pieces.setdefault(int(found["nth"] or 0), (value, bool(found["coded"])))
        else:
            plain = plain or decode_words(decode_bytes(_octets(value), "utf-8"))
    return _joined([pieces[n] for n in sorted(pieces)]) or plain


def _joined(pieces: list[tuple[str, bool]]) -> str:
    """RFC 2231 §3, §4: percent-coded and plain pieces; the first names the charset and the language."""
    charset, octets = "utf-8", b""
    for n, (value, coded) in enumerate(pieces):
        if coded and n == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        octets += unquote_to_bytes(_octets(value)) if coded else _octets(value)
    return decode_words(decode_bytes(octets, charset or "utf-8"))


def _octets(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def clean_filename(name: str, kind: str = "") -> str:
    """The last path part of ``name`` without tricks, 120 characters at most; made from the content type if
    empty."""
    name = _INVISIBLE.sub("", unicodedata.normalize("NFC", _INVISIBLE.sub("", name)))
    name = " ".join(name.replace("\\", "/").split("/")[-1].split())
    name = _UNSAFE.sub("_", name).strip(". ")
    if not name:
        return "file" + (mimetypes.guess_extension(kind, strict=False) or "")
    if _DEVICES.match(name):
        name = "_" + name
    stem, dot, extension = name.rpartition(".")
    if len(name) > _LONGEST and dot and len(extension) <= 10:
        return f"{stem[: _LONGEST - len(extension) - 1]}.{extension}"
    return name[:_LONGEST]
