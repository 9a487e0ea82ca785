"""An answer → what was newly written, what is quoted, and the signature: folded for reading, never
deleted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from tradepost.mail.unquote_html import html_lines
from tradepost.mail.unquote_lines import Line, quoted_lines
from tradepost.mail.unquote_words import DEVICE, MIDLINE, SIGNATURE

_READ = 100_000  # characters that the rules look at; nobody types more
_LINES = 4_000
_MARK = re.compile(r"[ \t]*(?:[A-Z]{2,3})?>")  # some programs put the initials of who is quoted before it


class Kind(StrEnum):
    """What a stretch of an answer is."""

    NEW = "new"
    SIGNATURE = "signature"
    QUOTED = "quoted"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the original, character by character."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Unquoted:
    """The answer in stretches; together they are the original."""

    pieces: tuple[Piece, ...]

    @property
    def new(self) -> str:
        """What the person wrote, signature included."""
        return "".join(p.text for p in self.pieces if p.kind is not Kind.QUOTED)

    @property
    def signature(self) -> str:
        return "".join(p.text for p in self.pieces if p.kind is Kind.SIGNATURE)

    @property
    def quoted(self) -> str:
        return "".join(p.text for p in self.pieces if p.kind is Kind.QUOTED)


def unquote_text(text: str, parent: str = "") -> Unquoted:
    """A plain text answer. ``parent`` is the text of the mail of ours that is answered, where known."""
    lines = _split(text)
    seen = [Line(line, bool(_MARK.match(line))) for line in lines]
    return _pieces(text, lines, quoted_lines(seen, parent))


def unquote_html(html: str, parent: str = "") -> Unquoted:
    """An HTML answer. A piece may open tags that another one closes: sanitise each for itself."""
    found = html_lines(html)
    quoted = quoted_lines([line for line, _ in found], parent)
    return _pieces(
        html,
        [html[start:end] for (_, start), end in _spans(found, html)],
        quoted,
        plain=[f[0].text for f in found],
    )


def _spans(found: list[tuple[Line, int]], html: str) -> list[tuple[tuple[Line, int], int]]:
    ends = [start for _, start in found[1:]] + [len(html)]
    return list(zip(found, ends, strict=True))


def _split(text: str) -> list[str]:
    """Lines with their ends; what lies beyond the limits is the last one."""
    lines: list[str] = []
    at = 0
    while at < len(text) and at < _READ and len(lines) < _LINES:
        end = text.find("\n", at) + 1 or len(text)
        line = text[at:end]
        glued = MIDLINE.search(line) if len(line) < 400 and " On " in line.replace("--On", "- On") else None
        lines += [line[: glued.start()], line[glued.start() :]] if glued else [line]
        at = end
    if at < len(text):
        lines.append(text[at:])
    return lines


def _pieces(original: str, lines: list[str], quoted: list[bool], plain: list[str] | None = None) -> Unquoted:
    kinds = [Kind.QUOTED if q else Kind.NEW for q in quoted]
    _mark_signature(plain or lines, kinds)
    pieces: list[Piece] = []
    gathered: list[str] = []
    for index, (line, kind) in enumerate(zip(lines, kinds, strict=True)):
        gathered.append(line)
        if index + 1 == len(lines) or kinds[index + 1] is not kind:
            pieces.append(Piece(kind, "".join(gathered)))
            gathered = []
    return Unquoted(tuple(pieces))


def _mark_signature(lines: list[str], kinds: list[Kind]) -> None:
    """From the last ``-- `` (RFC 3676 §4.3) or "Sent from my phone" to the quotation or the end."""
    last = next((i for i in range(len(kinds) - 1, -1, -1) if kinds[i] is Kind.NEW), -1)
    begins = last + 1
    for at in range(last, max(-1, last - 15), -1):
        if kinds[at] is not Kind.NEW:
            break
        line = lines[at][:200].rstrip("\r\n")
        if DEVICE.match(line) and len(line) < 120 and at > last - 4:
            begins = at
        elif SIGNATURE.match(line):
            begins = at
            break
    kinds[begins : last + 1] = [Kind.SIGNATURE] * (last + 1 - begins)
