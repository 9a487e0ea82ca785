"""How fast a host is asked: limits that a vendor publishes, kept here before the vendor has to refuse."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from pyrate_limiter import InMemoryBucket, Rate, RateItem


class HostLimits:
    """A sliding window a host (no burst passes the limit in any window), shared by a process's threads.

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
        self._now = now
        self._sleep = sleep
        self._buckets: dict[str, InMemoryBucket] = {}
        self._lock = threading.Lock()

    def wait(self, host: str) -> None:
        """Return when the next request to ``host`` may go."""
        while self._rates and (seconds := self._take(host)):
            self._sleep(seconds)

    def _take(self, host: str) -> float:
        """Seconds until it is worth asking again; 0 where the request may go now."""
        with self._lock:
            bucket = self._buckets.setdefault(host, InMemoryBucket(self._rates))
            item = RateItem(host, self._now())
            bucket.leak(item.timestamp)
            if bucket.put(item):
                return 0
            waiting = bucket.waiting(item)
            assert isinstance(waiting, int)  # awaitable only where the bucket is a remote store's
            return max(waiting, 1) / 1000
