"""format=flowed (RFC 3676): lines that end in a space go on in the next one."""

from __future__ import annotations


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Paragraphs put together again; quote marks stay, one per level and a space."""
    out: list[str] = []
    open_depth = -1  # the quote depth of a line that goes on, or -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")  # space-stuffing, §4.4
        flows = words.endswith(" ") and words != "-- "  # the signature line is never flowed, §4.3
        kept = words[:-1] if flows and delete_space else words
        if depth == open_depth and words != "-- ":
            out[-1] += kept
        else:
            out.append((">" * depth + " " if depth else "") + kept)
        open_depth = depth if flows else -1
    return "\n".join(out)
