"""HTML → plain text, for previews, search and mail whose sender wrote HTML alone. Linear, never raises."""

from __future__ import annotations

import re
from html import unescape

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)([^<>]*)>|<[!?][^<>]*>")
_BLOCKS = {
    "p", "div", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "hr",
    "dl", "dt", "dd", "body", "br",
}  # fmt: skip
_HIDDEN = {"style", "script", "title", "template"}
_SPACES = re.compile(r"[ \t\r\n\f]+")
_EMPTY_LINES = re.compile(r"\n[ \n]*\n")


def text_of_html(html: str) -> str:
    """The words of ``html``, a line for every block; links, images and styles are left out."""
    html = without_comments(html)
    out: list[str] = []
    end, hidden = 0, ""
    for tag in _TAG.finditer(html):
        words, end = html[end : tag.start()], tag.end()
        closing, name = bool(tag[1]), (tag[2] or "").lower()
        if hidden:
            hidden = "" if closing and name == hidden else hidden
            continue
        out.append(_SPACES.sub(" ", words))
        if name in _HIDDEN and not closing:
            hidden = name
        else:
            out.append(_break(name, closing))
    if not hidden:
        out.append(_SPACES.sub(" ", html[end:]))
    lines = "\n".join(line.strip() for line in unescape("".join(out)).replace("\xa0", " ").split("\n"))
    return _EMPTY_LINES.sub("\n\n", lines).strip()


def _break(name: str, closing: bool) -> str:
    if name in _BLOCKS:
        return "\n"
    if name == "li" and not closing:
        return "\n- "
    return " " if name in ("td", "th") else ""


def without_comments(html: str) -> str:
    """``html`` without comments; one that never ends swallows the rest, as it does in a browser."""
    out: list[str] = []
    at = 0
    while (start := html.find("<!--", at)) >= 0:
        out.append(html[at:start])
        end = html.find("-->", start + 4)
        if end < 0:
            return "".join(out)
        at = end + 3
    out.append(html[at:])
    return "".join(out)
