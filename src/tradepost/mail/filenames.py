"""A file name from a stranger → one that is safe to show, store and download."""

from __future__ import annotations

import mimetypes
import re
import unicodedata

_LONGEST = 120  # characters
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f]')
# Marks that make "cod.exe" read "exe.doc" (Unicode TR36 §2.4), zero-width characters, lone surrogates.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.I)  # names that Windows keeps for itself


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
