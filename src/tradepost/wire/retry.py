"""Whether and when to try again: a pure decision, taken by the HTTP client after each failure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tradepost.kit.errors import Remote, Temper

# Methods that may be sent twice (RFC 9110 §9.2.2, RFC 4918 §9, RFC 3253 §3.6).
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "REPORT"})


@dataclass(frozen=True, slots=True)
class Patience:
    """``attempts`` in all; waits double from ``first`` to ``longest`` seconds.

    A remote that asks for a longer wait than ``longest`` is not waited for here, where a worker would sleep:
    the failure goes up with its ``retry_after``, for the job to be put off.
    """

    attempts: int = 4
    first: float = 0.5
    longest: float = 30.0


PATIENCE = Patience()
_A_DAY = 86_400.0  # what a remote may put us off at most


def wait_before_next(
    patience: Patience, attempt: int, fault: Remote, *, repeatable: bool, chance: float
) -> float | None:
    """Seconds to wait before the next attempt, or None to give up.

    ``attempt`` counts from 1. ``repeatable``: the request may be sent again even if it was carried out.
    ``chance`` in [0, 1) spreads the waits of many clients over the upper half of each.
    """
    if attempt >= patience.attempts or fault.temper is not Temper.RETRYABLE or not repeatable:
        return None
    if fault.retry_after is not None:
        return fault.retry_after if fault.retry_after <= patience.longest else None
    return min(patience.longest, patience.first * 2.0 ** (attempt - 1)) * (1 + chance) / 2


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """``Retry-After`` in seconds, from seconds or an HTTP date (RFC 9110 §10.2.3); None without one."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _A_DAY)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return min(max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()), _A_DAY)
