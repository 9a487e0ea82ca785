"""The published schema is the law: it is read from ``documents.xsd`` itself, and what comes in is checked by it. Pure.

Of XML Schema (W3C XSD 1.0) as much is understood as that file uses: sequences of elements, how often each occurs, and
restrictions of token, string, decimal, date and boolean. An error names its line and its element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from tradepost.kit import xml
from tradepost.kit.errors import Invalid
from tradepost.kit.words import gettext_noop

FILE = Path(__file__).with_name("documents.xsd")
NAMESPACE = "urn:tradepost:documents:1"
LARGEST = 2 << 20  # bytes; 500 lines are less than a fifth of it
_XS = "{http://www.w3.org/2001/XMLSchema}"
_MOST = 20
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class NotByTheSchema(Invalid):
    """``fields`` has a sentence a line and element, the first twenty."""

    code = "not-by-the-schema"
    cure_text = gettext_noop("Correct the file, or have it made by the schema; docs/edi.md describes it.")


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    type: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Schema:
    """``roots``: element → type. ``sequences``: of each complex type. ``simple``: base and restrictions of a type."""

    roots: Mapping[str, str]
    sequences: Mapping[str, tuple[Child, ...]]
    simple: Mapping[str, tuple[str, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Wrong:
    line: int
    element: str
    cause: str

    def __str__(self) -> str:
        return _("Line {line}: {element} {cause}.").format(
            line=self.line, element=self.element, cause=self.cause
        )


@cache
def schema() -> Schema:
    root = xml.tree(FILE.read_bytes())
    return Schema(
        {one.attrib["name"]: one.attrib["type"] for one in root.findall(f"{_XS}element")},
        {one.attrib["name"]: _sequence(one) for one in root.findall(f"{_XS}complexType")},
        {one.attrib["name"]: _restriction(one) for one in root.findall(f"{_XS}simpleType")},
    )


def _sequence(type_: Element) -> tuple[Child, ...]:
    rows = (one.attrib for one in type_.iterfind(f"{_XS}sequence/{_XS}element"))
    return tuple(
        Child(a["name"], a["type"], int(a.get("minOccurs", 1)), int(a.get("maxOccurs", 1))) for a in rows
    )


def _restriction(type_: Element) -> tuple[str, Mapping[str, str]]:
    one = type_.find(f"{_XS}restriction")
    if one is None:
        raise ValueError(f"{type_.attrib['name']} restricts nothing")
    return one.attrib["base"], {facet.tag.removeprefix(_XS): facet.attrib["value"] for facet in one}


def read(data: bytes) -> Element:
    """The root element of a document that follows the schema, its names without the namespace.

    Raises ``NotXml``, and ``NotByTheSchema`` with line and element.
    """
    if len(data) > LARGEST:
        raise NotByTheSchema(
            _("The file is larger than {most} MB.").format(most=LARGEST >> 20),
            cure=_("Send one document a file."),
        )
    lines: dict[Element, int] = {}
    root = xml.tree(data, lines)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    known = schema()
    if root.tag not in known.roots:
        names = ", ".join(known.roots)
        raise NotByTheSchema(
            _("Line {line}: the element {tag} is none of {names} of the namespace {namespace}.").format(
                line=lines[root], tag=root.tag, names=names, namespace=NAMESPACE
            )
        )
    wrong = [
        w for w, _n in zip(_checked(root, known.roots[root.tag], lines, root.tag), range(_MOST), strict=False)
    ]
    if wrong:
        raise NotByTheSchema(str(wrong[0]), fields={f"line {w.line}, {w.element}": str(w) for w in wrong})
    return root


def _checked(element: Element, type_: str, lines: Mapping[Element, int], path: str) -> Iterator[Wrong]:
    for name in element.attrib:
        if not name.startswith("{http://www.w3.org/2001/XMLSchema-instance}"):
            yield Wrong(
                lines[element],
                path,
                _("has an attribute {name}, which the schema does not know").format(name=name),
            )
    sequence = schema().sequences.get(type_)
    if sequence is None:
        if len(element):
            yield Wrong(lines[element[0]], f"{path}/{element[0].tag}", _("does not belong here"))
        elif cause := problem(type_, element.text or ""):
            yield Wrong(lines[element], path, cause)
        return
    if (element.text or "").strip() or any((one.tail or "").strip() for one in element):
        yield Wrong(lines[element], path, _("holds text beside its elements"))
    yield from _in_order(element, sequence, lines, path)


def _in_order(
    element: Element, sequence: tuple[Child, ...], lines: Mapping[Element, int], path: str
) -> Iterator[Wrong]:
    """The children against the sequence. The first that does not belong ends the check of this element."""
    rest, at = list(element), 0
    for child in sequence:
        begin = at
        while at < len(rest) and rest[at].tag == child.name and at - begin < child.most:
            yield from _checked(rest[at], child.type, lines, f"{path}/{child.name}")
            at += 1
        if at - begin < child.least:
            there = rest[at] if at < len(rest) else None
            cause = (
                _("lacks its element {name}")
                if there is None
                else _("lacks its element {name}; {other} stands in its place")
            )
            line = lines[element if there is None else there]
            yield Wrong(line, path, cause.format(name=child.name, other="" if there is None else there.tag))
            return
    if at < len(rest):
        known = {child.name for child in sequence}
        cause = _("stands out of order or too often") if rest[at].tag in known else _("is not in the schema")
        yield Wrong(lines[rest[at]], f"{path}/{rest[at].tag}", cause)


def value(type_: str, text: str) -> str:
    """The text as its type sees it: tokens with single spaces, all but strings without spaces about them."""
    base, _facets = schema().simple.get(type_, (type_, {}))
    return text if base == "xs:string" else " ".join(text.split())


def problem(type_: str, text: str) -> str:
    """What is wrong with the text of an element of a simple type; empty if nothing is."""
    base, facets = schema().simple.get(type_, (type_, {}))
    text = value(type_, text)
    shown = text[:40]
    if base == "xs:date":
        return "" if _is_date(text) else _("is “{shown}” and not a day like 2026-11-02").format(shown=shown)
    if base == "xs:boolean":
        said = _("is “{shown}” and not true or false").format(shown=shown)
        return "" if text in ("true", "false", "1", "0") else said
    if base == "xs:decimal":
        return _decimal_problem(text, facets)
    if len(text) < int(facets.get("minLength", 0)):
        return _("is empty")
    if len(text) > int(facets.get("maxLength", len(text))):
        return _("is longer than {most} characters").format(most=facets["maxLength"])
    if "pattern" in facets and not re.fullmatch(facets["pattern"], text):
        return _("is “{shown}” and does not match {pattern}").format(shown=shown, pattern=facets["pattern"])
    return ""


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _decimal_problem(text: str, facets: Mapping[str, str]) -> str:
    shown = text[:40]
    try:
        number = Decimal(text) if len(text) < 60 and _DECIMAL.fullmatch(text) else None
    except InvalidOperation:
        number = None
    if number is None:
        return _("is “{shown}” and not a number like 1234.50").format(shown=shown)
    _sign, digits, exponent = number.normalize().as_tuple()
    places = max(0, -int(exponent))
    if places > int(facets.get("fractionDigits", places)):
        return _("is “{shown}” and has more than {most} decimals").format(
            shown=shown, most=facets["fractionDigits"]
        )
    if max(len(digits) + max(0, int(exponent)), places) > int(facets.get("totalDigits", 60)):
        return _("is “{shown}” and has more than {most} digits").format(
            shown=shown, most=facets["totalDigits"]
        )
    return ""
