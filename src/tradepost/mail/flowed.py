"""format=flowed (RFC 3676): lines that end in a space go on in the next one."""

from __future__ import annotations

import re

_MARKS = re.compile(r"(?:> ?)*")  # some programs put a space between the marks, which §4.5 does not know


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Paragraphs put together again; quote marks stay, one per level and a space. An empty line stays one, though
    the line above it should go on."""
    out: list[str] = []
    open_depth = -1  # the quote depth of a line that goes on, or -1
    for line in text.split("\n"):
        marks = _MARKS.match(line)
        depth = marks[0].count(">") if marks else 0
        words = line[len(marks[0]) :] if marks and depth else line.removeprefix(" ")  # space-stuffing, §4.4
        flows = words.endswith(" ") and words != "-- "  # the signature line is never flowed, §4.3
        kept = words[:-1] if flows and delete_space else words
        if depth == open_depth and words not in ("-- ", ""):
            out.append(kept)
        else:
            out += ["\n", ">" * depth + " " if depth else "", kept]
        open_depth = depth if flows else -1
    return "".join(out[1:])
