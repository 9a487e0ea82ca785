"""Pages as axe and a ruler see them: accessible in both themes, and never to be scrolled sideways.

A page is opened once and looked at in every width, for opening it takes as long as looking. What needs a hand before it
can be looked at is done in each of ``LOOKS``, and then ``clean``.

``SCREENSHOTS=folder`` keeps a picture of each look.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

LOOKS = [(1440, "light"), (390, "dark"), (320, "light")]
every_look = pytest.mark.parametrize(("width", "theme"), LOOKS)

_AXE = Axe().axe_script
_RUN = "rules => axe.run({resultTypes: ['violations'], ...(rules && {runOnly: {type: 'rule', values: rules}})}).then(found => found.violations)"


def clean(page: Any, name: str = "", rules: list[str] | None = None) -> None:
    """What is seen now breaks no rule of axe, or none of ``rules``, and is no wider than its window."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name.strip('/').translate(_PLAIN)}.png", full_page=True)
    if page.evaluate("!window.axe"):
        page.evaluate(_AXE)
    found = page.evaluate(_RUN, rules)
    assert not found, (name, [(v["id"], [(n["target"], n["html"][:200]) for n in v["nodes"]]) for v in found])
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], (name, wide)


_PLAIN = str.maketrans("/?&=", "----")


def look(page: Any, name: str = "") -> None:
    """The page that is open, on a desk by day and by night, on a phone and on a small one. The dark theme differs in
    nothing but colours."""
    for width, theme, rules in (
        (1440, "light", None),
        (1440, "dark", ["color-contrast"]),
        (390, "dark", None),
        (320, "light", ["scrollable-region-focusable"]),
    ):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
        clean(page, f"{name}-{width}-{theme}", rules)


def at(page: Any, width: int, theme: str) -> None:
    """What is opened from here on is seen so."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
