"""How templates are read."""

from __future__ import annotations

import re

from django.template import Origin
from django_cotton.cotton_loader import Loader as CottonLoader

_INDENTATION = re.compile(r"\n[ \t]+")
# Tags that print nothing themselves.
_TAGS = "if|elif|else|endif|for|empty|endfor|with|endwith|load|block|endblock|partialdef|endpartialdef"
_LINE_OF_TAGS = re.compile(rf"^((?:{{% *(?:{_TAGS})\b(?:[^%]|%(?!}}))*%}})+)\n", re.MULTILINE)


class Loader(CottonLoader):
    """Leaves out the white space that only lays a template out: the indentation of lines, and the end of a line on which
    nothing but tags stand. It is there for who reads the template, and weighs on every page."""

    def get_contents(self, origin: Origin) -> str:
        flat = _INDENTATION.sub("\n", super().get_contents(origin))
        return _LINE_OF_TAGS.sub(r"\1", flat)
