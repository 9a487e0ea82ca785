"""XML of strangers: no document type, so no entity that grows or reads a file, and a bounded depth. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from tradepost.kit.errors import Invalid
from tradepost.kit.words import gettext as _
from tradepost.kit.words import gettext_noop

DEEPEST = 64


class NotXml(Invalid):
    code = "not-xml"
    cause_text = gettext_noop("This is not well-formed XML: {message}.")
    cure_text = gettext_noop("Open it in a browser to see where it breaks, and export it again.")


def parser() -> expat.XMLParserType:
    """An expat parser that refuses a document type declaration. Element names come as ``{namespace}name``."""
    made = expat.ParserCreate(namespace_separator="}")
    made.buffer_text = True

    def refuse(*_facts: object) -> None:
        raise NotXml(_("it declares a document type, which is not accepted here"))

    made.StartDoctypeDeclHandler = refuse
    return made


def feed(made: expat.XMLParserType, data: bytes, final: bool = False) -> None:
    """Parse the next piece. Raises ``NotXml``."""
    try:
        made.Parse(data, final)
    except expat.ExpatError as error:
        raise NotXml(
            _("{error} in line {lineno}").format(error=expat.ErrorString(error.code), lineno=error.lineno)
        ) from None


def tree(data: bytes, lines: dict[Element, int] | None = None) -> Element:
    """The root element; ``lines`` is filled with the line on which each begins. Raises ``NotXml``."""
    builder, made, depth = TreeBuilder(), parser(), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise NotXml(_("it is nested deeper than {most} elements").format(most=DEEPEST))
        begun = builder.start(_clark(name), {_clark(k): v for k, v in attributes.items()})
        if lines is not None:
            lines[begun] = made.CurrentLineNumber

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_clark(name))

    handlers: dict[str, Callable[..., Any]] = {
        "StartElementHandler": start,
        "EndElementHandler": end,
        "CharacterDataHandler": builder.data,
    }
    for name, handler in handlers.items():
        setattr(made, name, handler)
    feed(made, data, final=True)
    return builder.close()


def _clark(name: str) -> str:
    return f"{{{name}" if "}" in name else name
