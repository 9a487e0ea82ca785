"""Errors of the mail bridge."""

from __future__ import annotations

from tradepost.kit.errors import Conflict, Invalid, Remote, Temper
from tradepost.kit.words import gettext_noop
from tradepost.sync.errors import Inactive


class MailInactive(Inactive):
    """A5: users may connect only after the company activated mail, and only while it does."""

    code = "mail-inactive"

    def __init__(self) -> None:
        super().__init__(kind="Mail")


class TooManyAccounts(Invalid):
    """B15: a user reaches a limited number of mail accounts."""

    code = "too-many-accounts"
    cause_text = gettext_noop("{user} can reach {limit} mail accounts at most.")
    cure_text = gettext_noop("Remove one first, or raise the limit under Company Preferences.")


class NotConnected(Conflict):
    code = "mail-not-connected"
    cause_text = gettext_noop("The mail account “{account}” is not connected.")
    cure_text = gettext_noop("Enter its password under Mail Accounts and press Test Connection.")


class AlreadySending(Conflict):
    """Another worker has passed the point of no return with this mail."""

    code = "mail-already-sending"
    cause_text = gettext_noop("Another worker is sending this mail.")


class InDoubt(Remote):
    """The connection broke between the message's last byte and the server's answer: nobody knows whether it was taken."""

    code = "mail-in-doubt"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop(
        "The connection to {host} broke while the mail was handed over, so it may have been sent."
    )
    cure_text = gettext_noop("tradepost looks for it in the Sent folder, and asks you where it cannot tell.")


class Renumbered(Remote):
    """RFC 3501 §2.3.1.1: UIDVALIDITY changed between two commands of one pass."""

    code = "mail-renumbered"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("The server numbered the folder “{folder}” anew while it was being read.")
    cure_text = gettext_noop("tradepost reads it again by itself.")


class Unreadable(Remote):
    """The server lists a message and cannot hand it out."""

    code = "mail-unreadable"
    cause_text = gettext_noop("The mail server could not hand this message out.")
    cure_text = gettext_noop("Open it in a mail program; if it shows there, press Retry.")
