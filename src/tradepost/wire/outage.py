"""What the ground under a process does to it: a database that does not answer or keeps no such text, a disk that is full, a
store of attachments that is away.

None is an error of ours, so each has a sentence of its own and no traceback.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator

import psycopg
from django.db import DataError, InterfaceError, OperationalError

from tradepost.kit.errors import Fault, Invalid, Temper
from tradepost.kit.words import gettext_noop

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LOST = ("08", "57P")  # connection exceptions, and a server that is shut down, starts or crashed
_NO_TEXT = {"22021", "22P05"}  # character_not_in_repertoire, untranslatable_character
_MANY, _FULL_SERVER = "53300", "53100"  # PostgreSQL, appendix A: too_many_connections, disk_full


class DatabaseGone(Fault):
    """The database was lost in the middle of something, or is not there."""

    code = "database-gone"
    status = 503
    exit_code = 1
    temper = Temper.RETRYABLE
    retry_after = 5
    cause_text = gettext_noop("The database does not answer.")
    cure_text = gettext_noop(
        "Nothing was changed. Try again in a moment; if it stays, see that PostgreSQL runs and "
        "admits this machine."
    )


class NoRoom(Fault):
    """A disk is full, or a quota or limit of size is reached."""

    code = "no-room"
    status = 507
    exit_code = 1
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("There is no room left to store this.")
    cure_text = gettext_noop("Nothing was kept. Make room on the disk of tradepost, then try again.")


class StoreGone(Fault):
    """The S3 store of attachments is away, or refuses."""

    code = "store-gone"
    status = 503
    exit_code = 1
    temper = Temper.RETRYABLE
    retry_after = 5
    cause_text = gettext_noop("The store of attachments does not answer as it should: {message}.")
    cure_text = gettext_noop(
        "Nothing was kept. Try again in a moment; if it stays, check TRADEPOST_STORAGE and its credentials."
    )


class Unkept(Invalid):
    """A text with a character that PostgreSQL does not store, such as comes along with what is copied from other programs."""

    cause_text = gettext_noop("A text holds an invisible character that cannot be kept (NUL).")
    cure_text = gettext_noop("Nothing was changed. Go back, and type that text instead of pasting it.")


class DoesNotFit(Invalid):
    """A value that no check stopped, and that a column of the database does not take."""

    code = "does-not-fit"
    cause_text = gettext_noop("A value is longer or larger than is kept here.")
    cure_text = gettext_noop("Nothing was stored. Shorten it or write a smaller number, and send it again.")


def misfit(error: BaseException | None) -> Fault | None:
    """The sentence for a value that the database does not take (PostgreSQL, appendix A, class 22)."""
    return DoesNotFit() if any(map(_refused_value, _causes(error))) else None


def _refused_value(error: BaseException) -> bool:
    half = isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason  # a word that is no UTF-8
    return half or isinstance(error, DataError)


def outage(error: BaseException | None) -> Fault | None:
    """The sentence for an error that comes of the ground, or None where it is one of the program."""
    for one in _causes(error):
        if isinstance(one, DatabaseGone | NoRoom | StoreGone):
            return one
        if isinstance(one, psycopg.DataError) and (one.sqlstate in _NO_TEXT or "NUL (0x00)" in str(one)):
            return Unkept()
        if isinstance(one, InterfaceError):
            return DatabaseGone()
        if isinstance(one, OperationalError):
            return _of_database(getattr(one.__cause__, "sqlstate", None))
        if isinstance(one, psycopg.OperationalError):  # of the queue, which asks without Django
            return _of_database(one.sqlstate)
        if isinstance(one, OSError) and one.errno in _FULL:
            return NoRoom()
        if any(kind.__module__ == "botocore.exceptions" for kind in type(one).__mro__):
            return StoreGone(str(one).partition(": ")[0])
    return None


def _of_database(state: str | None) -> Fault | None:
    """By SQLSTATE; a connection that could not be made, or broke, has none."""
    if state == _FULL_SERVER:
        return NoRoom()
    return DatabaseGone() if state is None or state == _MANY or state.startswith(_LOST) else None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
