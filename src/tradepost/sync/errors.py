"""Errors of the engine."""

from __future__ import annotations

from tradepost.kit.errors import Conflict, Fault, Temper


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


class Broke(Fault):
    """An error of ours, not of the other side. ``message`` is what it stopped."""

    code = "sync-broke"
    status = 500
    temper = Temper.RETRYABLE
    cause_text = "An error inside tradepost stopped {message}."
    cure_text = "It is tried again; the details are in the worker's log."
