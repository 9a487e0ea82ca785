"""How fast we ask a host: limits that a vendor publishes, kept by this process before the vendor has to refuse."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from pyrate_limiter import AbstractClock, Rate, RateItem, StateBucket


class HostLimits:
    """One bucket a host (GCRA: constant memory, an exact wait), shared by the threads of a process.

    ``rates``: ``[Rate(150, 30_000)]`` is 150 requests in 30 seconds; empty means no limit.
    ``now``: milliseconds of a steady clock; ``sleep``: takes seconds.
    """

    def __init__(
        self,
        rates: Sequence[Rate] = (),
        *,
        now: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rates = list(rates)
        self._clock = _Clock(now)
        self._sleep = sleep
        self._buckets: dict[str, StateBucket] = {}
        self._lock = threading.Lock()

    def wait(self, host: str) -> None:
        """Return when the next request to ``host`` may go."""
        while self._rates and (seconds := self._take(host)):
            self._sleep(seconds)

    def _take(self, host: str) -> float:
        """Seconds until it is worth asking again; 0 where the request may go now."""
        with self._lock:
            bucket = self._buckets.setdefault(host, StateBucket(self._rates, clock=self._clock))
            item = RateItem(host, self._clock.now())
            if bucket.put(item):
                return 0
            waiting = bucket.waiting(item)
            assert isinstance(waiting, int)  # awaitable only with a remote store
            return max(waiting, 1) / 1000


class _Clock(AbstractClock):
    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now

    def now(self) -> int:
        return self._now()
