"""From view to bytes."""

from __future__ import annotations

import json
import threading
from importlib import resources
from typing import TYPE_CHECKING, Any

from tradepost.kit.errors import Fault, Invalid
from tradepost.kit.words import gettext_noop
from tradepost.sales.pdf.view import Document, Layout, view

if TYPE_CHECKING:
    import typst

_TEMPLATE = resources.files(__package__).joinpath("document.typ").read_bytes()
_ready = threading.local()


class BadLogo(Invalid):
    code = "bad-logo"
    cause_text = gettext_noop("The logo of the layout cannot be read.")
    cure_text = gettext_noop("Upload it again as PNG, JPEG or SVG.")


class NotSet(Fault):
    code = "document-not-set"
    status = 500
    cause_text = gettext_noop("The document could not be set: {message}.")
    cure_text = gettext_noop("Report this with the document's number.")


def render(document: Document, layout: Layout) -> bytes:
    """The document as a tagged PDF. The same input gives the same bytes."""
    return _compile(document, layout, format="pdf", timestamp=0)[0]


def render_png(document: Document, layout: Layout, ppi: float = 96) -> list[bytes]:
    """The pages as pictures, for a preview."""
    return _compile(document, layout, format="png", ppi=ppi)


def _compile(document: Document, layout: Layout, **options: Any) -> list[bytes]:
    import typst  # here, since every process knows the models of sales and few print

    shown = view(document, layout)
    try:
        pages = _compiler().compile(
            _TEMPLATE, sys_inputs={"view": json.dumps(shown, ensure_ascii=False)}, **options
        )
    except typst.TypstError as error:
        if shown["logo"] is not None and "image" in str(error):
            raise BadLogo() from None
        raise NotSet(str(error)) from error
    assert pages is not None  # only a compilation to a file returns nothing
    return pages if isinstance(pages, list) else [pages]


def _compiler() -> typst.Compiler:
    """One compiler a thread: it holds the fonts, and serves one call at a time."""
    import typst

    if not hasattr(_ready, "compiler"):
        _ready.compiler = typst.Compiler()
    compiler: typst.Compiler = _ready.compiler
    return compiler
