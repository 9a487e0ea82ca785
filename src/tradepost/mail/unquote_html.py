"""HTML as the lines a reader sees, each with the place in the source where it starts.

Marks of the programs that we know by their elements: Gmail, Outlook (desktop, web, Mac), Apple Mail, Yahoo,
Thunderbird, Proton, Zoho, Yandex and Mail.ru, GMX, Windows Mail, AOL, Zimbra, Front, Superhuman, Hey.
"""

from __future__ import annotations

import re
from html import unescape

from tradepost.mail.unquote_lines import Line
from tradepost.mail.unquote_words import FORWARDED

_READ = 250_000  # characters
_TAGS = 8_000
_LINE = 3_000  # characters of a line that are looked at
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})([^<>]{0,4000})>|<!--|<[!?][^<>]{0,2000}>")
_BLOCKS = {
    "p", "div", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote",
    "hr", "br", "dl", "dt", "dd", "body", "center", "section", "article", "tbody", "header", "footer",
}  # fmt: skip
_VOID = {"br", "hr", "img", "meta", "link", "input", "base", "col", "wbr", "area", "source"}
_HIDDEN = {"style", "script", "title", "template"}
_CERTAIN = re.compile(
    r"""\bname\s*=\s*["']quote["'] | (?:class|id|name|data-marker)\s*=\s*["']?[^"'<>]{0,200}?\b(?:x_){0,3}(?:gmail_quote(?!_)|gmail_quote_container|yahoo_quoted
    |ydp\w{0,12}yahoo_quoted|protonmail_quote|moz-cite-prefix|zmail_extra|OLK_SRC_BODY_SECTION|divRplyFwdMsg
    |appendonsend|reply-intro|mail-editor-reference-message-container|ms-outlook-mobile-reference-message
    |messageReplySection|spark_quote|airmail_on|nylas-quote|missive_quote|zwchr|__DIVIDER__|__QUOTED_TEXT__
    |mail-quote-collapse|front-blockquote|sh-quoted-content|WM_QUOTE|isReplyContent|tutanota_quote
    |mailbird_quote|aolmail_yahoo_quoted|skype_quote|quotedMessage|cm_quote|zimbra-quote|trix-quote)\b""",
    re.I | re.X,
)
_TO_THE_END = re.compile(
    r"divRplyFwdMsg|appendonsend|stopSpelling|OLK_SRC_BODY_SECTION|zwchr",
    re.I,
)
_BEFORE = 2  # lines that an element for quotations may have above its blockquote
_CITE = re.compile(r"""type\s*=\s*["']?cite""", re.I)
_OWN = re.compile(r"""class\s*=\s*["']?gmail_quote\b(?!_)""", re.I)
_SPACES = re.compile(r"[ \t\r\n\f]+")


class _Lines:
    """Gathers the words of one line after the other."""

    def __init__(self) -> None:
        self.done: list[tuple[Line, int]] = []
        self.words: list[str] = []
        self.start = 0
        self.depth = 0
        self.certain = 0
        self.cited = False
        self.endless = False
        self.opened = 0  # lines before the element for quotations
        self.wraps = False  # it holds what is quoted in a blockquote
        self.answered = False  # and what stands below that is new

    def add(self, words: str) -> None:
        if words:
            self.words.append(words)

    def end(self, at: int, *, force: bool = False) -> None:
        """Ends the line; the next one starts at ``at`` in the source."""
        text = _SPACES.sub(" ", unescape("".join(self.words)[:_LINE])).strip()
        if text or force:
            marked = self.depth > 0 or text.startswith(">")
            certain = self.certain > 0 and not (self.answered and self.depth == 0)
            line = Line(text, marked, certain, self.depth > 0 and not self.cited)
            self.done.append((line, self.start))
            self.start = at
        self.words = []


def html_lines(html: str) -> list[tuple[Line, int]]:
    """The lines of ``html`` and where each starts: the first at 0; each ends where the next one starts."""
    out = _Lines()
    stack: list[tuple[str, int, int]] = []  # open elements that quote: name, depth and certainty before them
    at, tags = 0, 0
    while at < min(len(html), _READ) and tags < _TAGS:
        tag = _TAG.search(html, at, _READ)
        if tag is None:
            break
        tags += 1
        out.add(html[at : tag.start()])
        if tag[0] == "<!--":
            at = html.find("-->", tag.end()) + 3 if "-->" in html[tag.end() : _READ] else len(html)
            continue
        at = _take(tag, html, out, stack)
    out.add(html[at:] if at < _READ and tags < _TAGS else "")
    out.end(len(html), force=not out.done)
    return out.done


def _take(tag: re.Match[str], html: str, out: _Lines, stack: list[tuple[str, int, int]]) -> int:
    """Reads one tag; where to go on."""
    name, attributes = (tag[2] or "").lower(), tag[3] or ""
    if name in _HIDDEN and not tag[1]:
        close = html.find(f"</{name}", tag.end(), _READ)
        return close if close >= 0 else len(html)
    if name in _BLOCKS:
        out.end(tag.start())
    if tag[1]:
        _close(name, out, stack)
    elif name not in _VOID:
        _open(name, attributes, html[tag.end() : tag.end() + 300], out, stack)
    elif name == "hr" and _TO_THE_END.search(attributes):
        out.certain += 1
    return tag.end()


def _open(name: str, attributes: str, following: str, out: _Lines, stack: list[tuple[str, int, int]]) -> None:
    depth, certain = out.depth, out.certain
    if name == "blockquote":
        out.wraps = out.wraps or (depth == 0 < certain and len(out.done) - out.opened <= _BEFORE)
        out.cited = bool(_CITE.search(attributes)) or (out.cited and depth > 0)
        out.depth += 1
    own = name == "blockquote" and _OWN.search(
        attributes
    )  # the button "Quote" of Gmail makes one of what one writes
    if attributes and not certain and not own and _CERTAIN.search(attributes) and not _forwards(following):
        out.certain += 1
        out.opened = len(out.done)
        if _TO_THE_END.search(attributes):
            stack.clear()  # what it introduces follows outside of it
            out.endless = True
            return
    if name == "blockquote" or out.certain != certain or any(n == name for n, _, _ in stack[-1:]):
        stack.append((name, depth, certain))


def _close(name: str, out: _Lines, stack: list[tuple[str, int, int]]) -> None:
    if stack and stack[-1][0] == name:
        _, out.depth, out.certain = stack.pop()
        out.wraps = out.wraps and out.certain > 0
        out.answered = (
            out.wraps and not out.endless and (out.answered or (name == "blockquote" and out.depth == 0))
        )


def _forwards(html: str) -> bool:
    words = unescape(re.sub(r"<[^<>]*>", " ", html)).strip()
    return bool(FORWARDED.match(words))
