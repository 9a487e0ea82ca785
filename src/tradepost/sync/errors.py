"""Errors of the engine."""

from __future__ import annotations

from tradepost.kit.errors import Conflict, Fault, Remote, Temper
from tradepost.kit.words import gettext_noop


class StreamBusy(Conflict):
    """Another runner holds the stream (C46). ``retry_after``: seconds until its lease ends if it is dead."""

    code = "stream-busy"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("A Sync Job must be finished before another one can be created.")
    cure_text = gettext_noop("Wait for it to finish, or stop it on its page.")

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


class LeaseLost(Conflict):
    """This runner was too slow, and another one took the stream over. It must not write any more."""

    code = "lease-lost"
    cause_text = gettext_noop("Another worker took this sync over.")


class RunCancelled(Conflict):
    code = "run-cancelled"
    cause_text = gettext_noop("The sync was stopped by a person.")
    cure_text = gettext_noop("Press Sync Now to go on where it stopped.")


class Spoiled(Exception):
    """One of several records went wrong, as ``error`` says, and nothing of them was written."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Broke(Fault):
    """An error of ours, not of the other side. ``message`` is what it stopped."""

    code = "sync-broke"
    status = 500
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("An error inside tradepost stopped {message}.")
    cure_text = gettext_noop("It is tried again; the details are in the worker's log.")


class Inactive(Conflict):
    """A5: the company has not activated this kind of connection, or no longer."""

    code = "inactive"
    cause_text = gettext_noop("{kind} is not activated for your company.")
    cure_text = gettext_noop(
        "The Master Admin activates it under Company Preferences › Mail and Calendar Integration."
    )


class CursorLost(Remote):
    """The remote no longer knows our place in its changes: everything is listed again."""

    code = "cursor-lost"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("The server has forgotten what we have seen.")
    cure_text = gettext_noop("Everything is read again; nothing is deleted because of it.")


class VersionMismatch(Remote):
    """If-Match or If-None-Match failed: somebody else was quicker, and nothing was written."""

    code = "version-mismatch"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("The entry was changed there at the same moment.")
    cure_text = gettext_noop("It is read again and both changes are put together.")


class IdentityTaken(VersionMismatch):
    """A creation was refused although nothing has its name, or taken and nothing has its name afterwards: the identity
    stands under another one."""

    code = "identity-taken"
    cause_text = gettext_noop(
        "The calendar has this entry under another name already, or refuses it without a reason."
    )
    cure_text = gettext_noop("The whole list is compared at the next sync, and the two are linked.")


class ContainerGone(Remote):
    """What a stream syncs with is no longer there (defaults 15)."""

    code = "container-gone"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop(
        "“{container}” no longer exists on the server, or is no longer shared with you."
    )
    cure_text = gettext_noop("Choose another one, or stop syncing it.")


class NeedsAnswer(Conflict):
    """A pass that must not go on before a person has answered."""

    code = "needs-answer"
    cause_text = "{message}"
    cure_text = gettext_noop(
        "Answer the question in the inbox; until then nothing is changed on either side."
    )
