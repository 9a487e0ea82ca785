"""What a template weighs on the page: what it says, not how it is laid out."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template import Origin, engines

from tradepost.web.loader import Loader


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<ul>\n    <li>one</li>\n\t<li>two</li>\n</ul>", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("<p>\n  {% if a %}\n    <b>a</b>\n  {% endif %}\n</p>", "<p>\n{% if a %}<b>a</b>\n{% endif %}</p>"),
        ("{% endif %}{% for a in b %}\n<i>", "{% endif %}{% for a in b %}<i>"),
        # What says something stays: a text between tags, an output on a line of its own, a blank within a line.
        ("{% if a %}x{% endif %}\ny", "{% if a %}x{% endif %}\ny"),
        ("{{ a }}\n{% url 'b' %}\n<i>", "{{ a }}\n{% url 'b' %}\n<i>"),
        ("<b>a</b> <i>b</i>", "<b>a</b> <i>b</i>"),
    ],
)
def test_the_layout_of_a_template_is_left_out(tmp_path: Path, written: str, read: str) -> None:
    file = tmp_path / "one.html"
    file.write_text(written)
    loader = Loader(engines["django"].engine)  # type: ignore[attr-defined]
    assert loader.get_contents(Origin(str(file), loader=loader)) == read
