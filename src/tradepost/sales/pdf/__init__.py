"""Documents on paper: ``render(document, layout)`` makes the PDF of a quote, an order, an invoice or any
other kind.

Typst sets it (https://typst.app/docs/reference/foundations/sys/): the template is ours and constant, and all
that people typed reaches it as JSON in ``sys.inputs``, so no text can become markup.
"""

from __future__ import annotations

from tradepost.sales.pdf.render import BadLogo, NotSet, render, render_png
from tradepost.sales.pdf.view import (
    FIELDS,
    Address,
    Document,
    Layout,
    Line,
    SumLine,
    day_in,
    languages,
    words_in,
)

__all__ = [
    "FIELDS",
    "Address",
    "BadLogo",
    "Document",
    "Layout",
    "Line",
    "NotSet",
    "SumLine",
    "day_in",
    "languages",
    "render",
    "render_png",
    "words_in",
]
