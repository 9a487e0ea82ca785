"""Errors of the engine."""

from __future__ import annotations

from tradepost.kit.errors import Conflict, Temper


class StreamBusy(Conflict):
    """Another runner holds the stream (C46). ``retry_after``: seconds until its lease ends if it is dead."""

    code = "stream-busy"
    temper = Temper.RETRYABLE
    cause_text = "A Sync Job must be finished before another one can be created."
    cure_text = "Wait for it to finish, or stop it on its page."

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


class LeaseLost(Conflict):
    """This runner was too slow, and another one took the stream over. It must not write any more."""

    code = "lease-lost"
    cause_text = "Another worker took this sync over."


class RunCancelled(Conflict):
    code = "run-cancelled"
    cause_text = "The sync was stopped by a person."
    cure_text = "Press Sync Now to go on where it stopped."
