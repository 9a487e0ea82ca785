"""What a file is by its first bytes, since neither its name nor its sender's word can be trusted. Pure."""

from __future__ import annotations

import mimetypes

_SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"%PDF-", 0, "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"PK\x03\x04", 0, "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "application/x-ole-storage"),
    (b"Rar!\x1a\x07", 0, "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z-compressed"),
    (b"\x1f\x8b", 0, "application/gzip"),
    (b"MZ", 0, "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", 0, "application/x-elf"),
)
_OFFICE = (
    "application/vnd.openxmlformats-officedocument",
    "application/vnd.oasis.opendocument",
    "application/epub+zip",
)
_MARKUP = (b"<!doctype html", b"<html", b"<script", b"<svg", b"<?xml")


def content_type(name: str, declared: str, content: bytes) -> str:
    """The type to keep. A signature beats the name, the name beats the declaration; markup is never an image."""
    head = content[:512]
    for magic, offset, found in _SIGNATURES:
        if head[offset : offset + len(magic)] == magic:
            guessed = mimetypes.guess_type(name)[0] or declared
            zipped = found == "application/zip" and guessed.startswith(_OFFICE)
            ole = found == "application/x-ole-storage" and guessed.startswith(
                ("application/vnd.ms-", "application/msword")
            )
            return guessed if zipped or ole else found
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(_MARKUP):
        return (
            "image/svg+xml"
            if b"<svg" in text
            else "text/html"
            if b"html" in text or b"<script" in text
            else "text/xml"
        )
    guessed = mimetypes.guess_type(name)[0] or (declared if "/" in declared else "")
    if guessed.startswith(("image/", "text/html")) or not guessed:
        return "text/plain" if head and b"\0" not in head else "application/octet-stream"
    return guessed


SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Types that a browser may show inside a page. Everything else is always a download."""
