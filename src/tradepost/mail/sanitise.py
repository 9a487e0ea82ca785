"""Strangers' HTML → what may be shown, and the document that shows it in a script-less sandboxed frame.

Two walls, each enough by itself: nh3 (tags and attributes by name, values by the filter below) and the
frame's content security policy. nh3 0.3.8 lets ``data:`` through in ``href`` where the scheme is allowed, and
looks at the names of style properties only, not at their values: the filter closes both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import islice

import nh3

_LONGEST = 3_000_000  # characters
_ENTITIES = 60_000
_DEEPEST = 10_000  # open tags; the tree builder takes quadratic time on what no program writes
_OPEN = re.compile(r"<[a-zA-Z]")

_TAGS = {
    "a", "abbr", "address", "article", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center",
    "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "dir", "div", "dl", "dt", "em",
    "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i",
    "img", "ins", "kbd", "li", "main", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small",
    "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "time", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_SILENT = frozenset(
    ["script", "style", "title", "template", "noscript", "svg", "math", "object", "iframe", "select"]
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"style", "dir", "lang", "title", "align", "valign", "bgcolor", "width", "height"},
    "a": {"href"},
    "img": {"src", "alt", "border", "hspace", "vspace"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing", "rules"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "nowrap", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"value"},
    "details": {"open"},
    "time": {"datetime"},
}
_PROPERTY = re.compile(
    r"(?:color|background(?:-color)?|font(?:-(?:family|size|style|variant|weight))?|text-(?:align|decoration|indent|"
    r"transform)|(?:margin|padding)(?:-(?:top|right|bottom|left))?|border(?:-(?:top|right|bottom|left))?(?:-(?:color|"
    r"style|width|radius))?|border-(?:collapse|spacing)|(?:max-|min-)?(?:width|height)|line-height|vertical-align|"
    r"white-space|word-break|overflow-wrap|letter-spacing|list-style(?:-type)?|display|direction|float|clear|"
    r"table-layout|unicode-bidi)"
)
# No functions but colours, no escapes, no comments: nothing that could load or hide a load.
_VALUE = re.compile(r"(?:[\w\s.,#%!'\"+/-]|(?:rgb|rgba|hsl|hsla)\([\d\s.,%/deg]*\))*")
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[a-z0-9+/=\s]*", re.I)
# A name in front of the host ("https://bank.example@evil.example/") is there to be taken for it.
_LINK = re.compile(r"https?://[^/?#\\@]+(?:[/?#].*)?|(?:mailto|tel):.*", re.I | re.S)
_REMOTE = re.compile(r"\s*(?:https?:)?//", re.I)


@dataclass(frozen=True, slots=True)
class Clean:
    """Safe HTML, and how many remote images were left out of it."""

    html: str
    blocked_images: int = 0


@dataclass(slots=True)
class _Filter:
    images: Mapping[str, str]
    remote_images: bool
    blocked: int = 0

    def __call__(self, tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return self._style(value)
        if name == "src":
            return self._image(value.strip())
        if name == "href":
            return value if _LINK.fullmatch(value.strip()) else None
        return value

    def _image(self, source: str) -> str | None:
        if source[:4].lower() == "cid:":
            return self.images.get(source[4:].strip("<>"))
        if _REMOTE.match(source):
            self.blocked += not self.remote_images
            return source if self.remote_images else None
        return source if _DATA_IMAGE.fullmatch(source) else None

    def _style(self, value: str) -> str | None:
        self.blocked += "url(" in value.lower() and "http" in value.lower() and not self.remote_images
        kept = []
        for declaration in value[:4000].split(";"):
            name, _, wanted = declaration.partition(":")
            name, wanted = name.strip().lower(), wanted.strip()
            if wanted and _PROPERTY.fullmatch(name) and _VALUE.fullmatch(wanted):
                kept.append(f"{name}:{wanted}")
        return ";".join(kept) or None


def sanitise(html: str, images: Mapping[str, str] | None = None, *, remote_images: bool = False) -> Clean:
    """``html`` as a safe fragment. ``images`` maps a content id to the URL its file is served at.

    Remote images are left out and counted, since loading one tells its sender that and where the mail was
    read; asked for by a person (``remote_images``) they stay, and ``document`` must be told so too.
    """
    attributes = _Filter(images or {}, remote_images)
    clean = nh3.clean(
        _within(html),
        tags=_TAGS,
        clean_content_tags=_SILENT,
        attributes=_ATTRIBUTES,
        attribute_filter=attributes,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Clean(clean, attributes.blocked)


def _within(html: str) -> str:
    """Cuts what would keep the tree builder busy for minutes; nothing that people send comes near."""
    html = html[:_LONGEST]
    if html.count("\xa0") > _ENTITIES:  # nh3 takes quadratic time on them
        html = html.replace("\xa0", " ")
    entities = [match.start() for match in islice(re.finditer("&", html), _ENTITIES + 1)]
    if len(entities) > _ENTITIES:
        html = html[: entities[_ENTITIES]]
    opened = [match.start() for match in _OPEN.finditer(html)]
    if len(opened) > _DEEPEST and html.count("</") < len(opened) // 4:
        html = html[: opened[_DEEPEST]]
    return html


_LOOK = """\
:root{color-scheme:light;background:#fff;color:#1a1a1a}
:root.dark{color-scheme:dark;background:transparent;color:#e6e6e6}
body{margin:0;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
img{max-width:100%;height:auto}
table{max-width:100%}
blockquote{margin:0 0 0 .5em;padding-left:.75em;border-left:2px solid #ccc}
pre{white-space:pre-wrap}"""
_OWN_COLOURS = re.compile(r"\b(?:color|background(?:-color)?)\s*[:=]|\bbgcolor\s*=", re.I)


def document(
    html: str, *, remote_images: bool = False, dark: bool = False, images_from: str = "'self'"
) -> str:
    """A whole document around sanitised ``html``, for ``<iframe sandbox="allow-popups" srcdoc=…>``.

    White unless ``dark`` is asked for and the mail sets no colours of its own. ``images_from`` is the origin
    that serves attached images; give it in full where the frame's own origin is opaque.
    """
    sources = f"data: {images_from}" + (" https: http:" if remote_images else "")
    policy = f"default-src 'none'; img-src {sources}; style-src 'unsafe-inline'; form-action 'none'"
    shade = ' class="dark"' if dark and not _OWN_COLOURS.search(html) else ""
    return (
        f"<!doctype html><html{shade}><head><meta charset=utf-8>"
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        f"<meta name=referrer content=no-referrer><style>{_LOOK}</style></head>"
        f'<body dir="auto">{html}</body></html>'
    )
