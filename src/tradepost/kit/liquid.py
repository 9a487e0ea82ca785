"""Templates that people of a company write: Liquid, within limits, over plain data.

A template sees the dicts, lists and texts that it is given and nothing else; it loops and grows within bounds. In HTML
every value is escaped. Source: python-liquid's "Resource limits" page, jg-rp.github.io/liquid/introduction/resource-limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from tradepost.kit.errors import Invalid
from tradepost.kit.words import gettext as _

LIMITS = {
    "context_depth_limit": 20,
    "loop_iteration_limit": 10_000,
    "local_namespace_limit": 100_000,
    "output_stream_limit": 500_000,
}
LONGEST = 100_000


def render(source: str, data: Mapping[str, Any], *, html: bool = False, field: str = "template") -> str:
    """The text with ``data`` filled in. Raises ``Invalid`` for the field, with the line and what is wrong there."""
    if len(source) > LONGEST:
        raise Invalid(
            fields={field: _("A template has {most} characters at most.").format(most=f"{LONGEST:,}")}
        )
    from liquid.exceptions import LiquidError

    try:
        return str(_environment(html).from_string(source).render(**data))
    except LiquidError as error:
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Invalid(
            fields={field: _("The template cannot be filled in: {words}.").format(words=words)}
        ) from None
    except RecursionError:
        raise Invalid(fields={field: _("The template is nested too deeply.")}) from None


@cache
def _environment(html: bool) -> Any:
    """Liquid is loaded when a text is first filled in: it is 4 MB, and a process that only reads mail fills in none."""
    from liquid import Environment, StrictDefaultUndefined

    bounded = type("Bounded", (Environment,), LIMITS)
    return bounded(undefined=StrictDefaultUndefined, autoescape=html)
