"""iCalendar as a lossless tree of content lines (RFC 5545 §3.1): what is not touched goes out as it came in.

``parse(text).text == text`` for every text that parses. A line keeps its own folds, quotes and letter case; only a
line that is made new is folded by us. Values are decoded on demand, so that reading many objects is cheap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext as _

from tradepost.pim.errors import Malformed

# One content line with its continuation lines, and its name; a lone CR or LF ends a line as well.
_LINE = re.compile(r"(\ufeff*([^\s:;]*)[^\r\n]*(?:\r\n|\r|\n|$)(?:[ \t][^\r\n]*(?:\r\n|\r|\n|$))*)")
_FOLD = re.compile(r"(?:\r\n|\r|\n)[ \t]")
# The same few definitions stand in most entries of a calendar: each is parsed once.
_ZONE_BEGINS, _ZONE_ENDS = "\nBEGIN:VTIMEZONE\r\n", "\nEND:VTIMEZONE\r\n"
_PARAM = re.compile(r';+([^=:;"]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')
_PARAM_VALUE = re.compile(r'"([^"]*)"|([^",]+)')
_ESCAPED = re.compile(r"\\(.)", re.S)
_CARET = re.compile(r"\^([n'^])")
# They change when nothing did.
VOLATILE = frozenset({"PRODID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "METHOD", "X-RADICALE-NAME"})
_NONE: Mapping[str, tuple[str, ...]] = MappingProxyType({})
T = TypeVar("T")
DEEPEST = 20  # components within components; a crafted text must not exhaust the stack


class lazy(Generic[T]):
    """``functools.cached_property`` without the lock that Python 3.11 takes at every first look."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self.make, self.name = make, make.__name__

    def __get__(self, owner: Any, _type: Any = None) -> T:
        found = owner.__dict__[self.name] = self.make(owner)
        return found


@dataclass(frozen=True, init=False)
class Line:
    """One property. ``raw`` is the text with its folds and its line end; ``name`` is in capitals."""

    raw: str
    name: str

    def __init__(self, raw: str, name: str) -> None:
        fields = self.__dict__  # a frozen class sets each by a call: there are a dozen lines in every entry
        fields["raw"], fields["name"] = raw, name

    @lazy
    def flat(self) -> str:
        """Unfolded, without the line end."""
        text = self.raw[:-2]
        if "\n" not in text and "\r" not in text and self.raw.endswith("\r\n"):  # most lines
            return text
        return _FOLD.sub("", self.raw).rstrip("\r\n")

    @lazy
    def _split(self) -> tuple[Mapping[str, tuple[str, ...]], str]:
        raw, at = self.raw, len(self.name)
        value = raw[at + 1 : -2]
        if (
            raw[at : at + 1] == ":" and "\n" not in value and "\r" not in value and raw[-2:] == "\r\n"
        ):  # most lines
            return _NONE, value
        flat = self.flat
        head, colon, value = flat.partition(":")
        if '"' in head:  # that colon may stand within the quotes
            params, rest = _parameters(flat[at:])
            head, colon, value = rest.partition(":")
        else:
            params, head = _plain_parameters(head[at:])
        if not colon or head.strip(" ;"):
            raise Malformed(_("the line “{text}” has no value").format(text=flat[:60]))
        return params, value

    @property
    def params(self) -> Mapping[str, tuple[str, ...]]:
        return self._split[0]

    @property
    def value(self) -> str:
        """As it stands, still escaped."""
        return self._split[1]

    @property
    def words(self) -> str:
        """A TEXT value (§3.3.11) without its escapes."""
        value = self._split[1]
        return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], value) if "\\" in value else value

    def param(self, name: str, default: str = "") -> str:
        values = self.params.get(name)
        return values[0] if values else default

    def with_params(self, **params: str | None) -> Line:
        """The same line with some parameters set, or removed where ``None``."""
        kept = {name: values for name, values in self.params.items() if name not in params}
        added = {name: (value,) for name, value in params.items() if value is not None}
        return make(self.name, self.value, {**kept, **added})


def _parameters(text: str) -> tuple[Mapping[str, tuple[str, ...]], str]:
    """The parameters with which a text begins, and what follows them."""
    params, at = dict[str, tuple[str, ...]](), 0
    while match := _PARAM.match(text, at):
        found = _PARAM_VALUE.findall(match[2])
        params[match[1].strip().upper()] = tuple(_uncaret(quoted or plain) for quoted, plain in found)
        at = match.end()
    return params, text[at:]


# ``;TZID=Europe/Berlin`` and a few more stand in every entry of a calendar.
_plain_parameters = lru_cache(maxsize=1024)(_parameters)


def make(name: str, value: str, params: Mapping[str, Iterable[str]] | None = None) -> Line:
    """A new line, folded after 75 octets (§3.1); ``value`` is escaped already."""
    written = "".join(f";{key}={','.join(map(_quoted, values))}" for key, values in (params or {}).items())
    return Line(_folded(f"{name}{written}:{value}"), name)


def words(name: str, text: str) -> Line:
    """A new line with a TEXT value."""
    return make(name, escaped(text))


def escaped(text: str) -> str:
    flat = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return flat.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _quoted(value: str) -> str:
    """RFC 5545 §3.2 and RFC 6868: what may not stand in a parameter is written with a caret."""
    safe = value.replace("^", "^^").replace("\r\n", "^n").replace("\n", "^n").replace('"', "^'")
    return f'"{safe}"' if set(safe) & set(",:; ") else safe


def _uncaret(value: str) -> str:
    return _CARET.sub(lambda m: {"n": "\n", "'": '"', "^": "^"}[m[1]], value) if "^" in value else value


def _folded(text: str) -> str:
    if len(text) <= 75 and text.isascii():
        return f"{text}\r\n"
    parts, size, start = [], 0, 0
    for at, char in enumerate(text):
        width = len(char.encode("utf-8", "surrogatepass"))
        if size + width > 75:
            parts.append(text[start:at])
            start, size = at, 1  # the space that marks the continuation counts
        size += width
    return "\r\n ".join((*parts, text[start:])) + "\r\n"


@dataclass(frozen=True)
class Component:
    """``BEGIN:name`` to ``END:name``. The tree's root has no name and no lines of its own."""

    name: str
    parts: tuple[Line | Component, ...] = ()
    begin: str = ""
    end: str = ""

    @property
    def text(self) -> str:
        return "".join(self._pieces())

    def _pieces(self) -> Iterator[str]:
        yield self.begin
        for part in self.parts:
            if isinstance(part, Line):
                yield part.raw
            else:
                yield from part._pieces()
        yield self.end

    @lazy
    def _named(self) -> dict[str, list[Line]]:
        found: dict[str, list[Line]] = {}
        for part in self.parts:
            if isinstance(part, Line):
                found.setdefault(part.name, []).append(part)
        return found

    def lines(self, *names: str) -> list[Line]:
        """Those of these names, in the order in which they stand."""
        if len(names) == 1:
            return list(self._named.get(names[0], ()))
        if self._named.keys().isdisjoint(names):
            return []
        return [part for part in self.parts if isinstance(part, Line) and part.name in names]

    def line(self, name: str) -> Line | None:
        found = self._named.get(name)
        return found[0] if found else None

    def children(self, *names: str) -> list[Component]:
        return [part for part in self.parts if isinstance(part, Component) and part.name in names]

    def words(self, name: str) -> str:
        found = self._named.get(name)
        return found[0].words if found else ""

    def put(self, names: Iterable[str], lines: Iterable[Line]) -> Component:
        """With ``lines``, in their order, in the place of every line of these names."""
        doomed, kept, at = set(names), list[Line | Component](), -1
        for part in self.parts:
            if isinstance(part, Line) and part.name in doomed:
                at = len(kept) if at < 0 else at
            else:
                kept.append(part)
        if at < 0:
            at = next((n for n, part in enumerate(kept) if isinstance(part, Component)), len(kept))
        return replace(self, parts=(*kept[:at], *lines, *kept[at:]))

    def swap(self, change: Callable[[Component], Component | None]) -> Component:
        """With ``change`` applied to every child; ``None`` takes it away."""
        changed = ((p if isinstance(p, Line) else change(p)) for p in self.parts)
        return replace(self, parts=tuple(part for part in changed if part is not None))

    def add(self, *parts: Line | Component) -> Component:
        return replace(self, parts=(*self.parts, *parts))


def component(name: str, *parts: Line | Component) -> Component:
    return Component(name, parts, f"BEGIN:{name}\r\n", f"END:{name}\r\n")


def parse(text: str) -> Component:
    """The tree of a whole text. Raises ``Malformed`` where BEGIN and END do not pair."""
    stack: list[tuple[str, str, list[Line | Component]]] = [("", "", [])]
    at = 0
    for begin, end in _zones(text):
        _grow(stack, text, at, begin)
        _deeper(stack)
        stack[-1][2].append(_zone(text[begin:end]))
        at = end
    _grow(stack, text, at, len(text))
    if len(stack) > 1:
        raise Malformed(_("BEGIN:{name} is never closed").format(name=stack[-1][0]))
    return Component("", tuple(stack[0][2]))


def _zones(text: str) -> Iterator[tuple[int, int]]:
    """Where definitions of time zones stand, from their first line to the end of their last."""
    at = text.find(_ZONE_BEGINS)
    while at >= 0 and (last := text.find(_ZONE_ENDS, at)) >= 0:
        end = last + len(_ZONE_ENDS)
        yield at + 1, end
        at = text.find(_ZONE_BEGINS, end - 1)


def _grow(stack: list[tuple[str, str, list[Line | Component]]], text: str, at: int, end: int) -> None:
    """Take the lines of a part of the text in."""
    parts = stack[-1][2]
    for raw, written in _LINE.findall(text, at, end):
        name = written.upper()
        if name == "BEGIN":
            _deeper(stack)
            parts = []
            stack.append((_component_name(raw), raw, parts))
        elif name == "END":
            kind, begin, inner = stack.pop()
            if not stack or kind != _component_name(raw):
                raise Malformed(_("END:{name} closes nothing").format(name=_component_name(raw)))
            parts = stack[-1][2]
            parts.append(Component(kind, tuple(inner), begin, raw))
        elif raw:
            parts.append(Line(raw, name))


def _deeper(stack: list[tuple[str, str, list[Line | Component]]]) -> None:
    if len(stack) > DEEPEST:
        raise Malformed(_("it is nested too deeply"))


@lru_cache(maxsize=256)
def _zone(text: str) -> Component:
    stack: list[tuple[str, str, list[Line | Component]]] = [("", "", [])]
    _grow(stack, text, 0, len(text))
    if len(stack) > 1 or len(stack[0][2]) != 1 or not isinstance(zone := stack[0][2][0], Component):
        raise Malformed(_("a time zone of it is never closed"))
    return zone


@lru_cache(maxsize=256)
def _component_name(raw: str) -> str:
    text = _FOLD.sub("", raw) if len(raw) > 75 or "\n" in raw[:-2] else raw
    return text.partition(":")[2].strip().upper()


def read(data: bytes) -> str:
    """The text of a file, whatever wrote it. Raises ``Malformed`` where it is no UTF-8 or holds a NUL."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _mend(data)
    if "\0" in text:
        raise Malformed(_("it holds a NUL character"))
    return text


def _mend(data: bytes) -> str:
    """Some programs fold in the middle of a character (§3.1 permits it): such folds are closed first."""
    try:
        return re.sub(rb"\r?\n[ \t](?=[\x80-\xbf])", b"", data).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(_("it is not in UTF-8")) from error


def fingerprint(text: str) -> str:
    """SHA-256 over the normalised content: equal for texts that differ in folds, order, case of names, line ends or
    the volatile properties alone."""
    return sha256(_normal(parse(text)).encode("utf-8", "surrogatepass")).hexdigest()


def _normal(item: Component | Line) -> str:
    if isinstance(item, Line):
        try:
            params = sorted((name, sorted(values)) for name, values in item.params.items())
        except Malformed:
            return item.flat
        return f"{item.name};{params}:{item.value.strip()}"
    kept = [p for p in item.parts if isinstance(p, Component) or (p.name and p.name not in VOLATILE)]
    return "\n".join((f"BEGIN:{item.name}", *sorted(map(_normal, kept)), f"END:{item.name}"))
