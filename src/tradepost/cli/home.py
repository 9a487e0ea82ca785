"""The data folder: where it is, what is in it, and how a command gets at the database behind it."""

from __future__ import annotations

import fcntl
import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from tradepost.kit.errors import Fault
from tradepost.wire.postgres import Embedded

SECRET_KEY, SEAL_KEYS = "secret.key", "seal.keys"
RESTORING = ".restore-"  # how a folder in the data folder begins while a restore unpacks there
KEYS = {SECRET_KEY: "TRADEPOST_SECRET_KEY", SEAL_KEYS: "TRADEPOST_SEAL_KEYS"}


class NoData(Fault):
    """The folder holds no tradepost data."""

    code = "no-data"
    cause_text = "There is no tradepost data in {folder}."
    cure_text = "Name the right folder with --data or TRADEPOST_DATA, or run 'tradepost up' to begin there."


class NoKey(Fault):
    """A process that shares a database with others has no keys."""

    code = "no-key"
    cause_text = "{variable} is not set and {file} does not exist."
    cure_text = "Copy the file from where you keep it, or from the machine where 'tradepost migrate' made it; or set the variable."


class LostKey(Fault):
    """Sealed credentials are there and their key is not: a new one would hide that until a mailbox fails."""

    code = "lost-key"
    cause_text = (
        "There is a database in {folder}, and the key that seals its credentials, seal.keys, is gone."
    )
    cure_text = (
        "Restore it from your backup. If it is lost for good: openssl rand -base64 32 > {file}, "
        "then enter the passwords of all connections again."
    )


class KeysElsewhere(Fault):
    """DATABASE_URL names a database that another machine began, and its keys are not here: new ones would open nothing
    that it sealed, and no session that it signed."""

    code = "keys-elsewhere"
    cause_text = "The database is in use already, and {file}, the key that belongs to it, is not in {folder}."
    cure_text = "Copy secret.key and seal.keys there from the machine that has them, or set {variable}."


class BadKey(Fault):
    """A key that is no key, or cannot be read. Nothing is started with it: what it sealed could not be opened."""

    code = "bad-key"
    cause_text = "The key in {where} cannot be used: {message}."
    cure_text = "Restore it from your backup of the keys, readable by the user that runs tradepost."


class HalfRestored(Fault):
    """A restore was killed: its database may be whole and its attachments be lacking."""

    code = "half-restored"
    cause_text = "A restore into {folder} was broken off, or still runs."
    cure_text = "If none runs, remove the folder and restore again; where DATABASE_URL names a database, empty it too."


class Unusable(Fault):
    """The data folder cannot be made or written."""

    code = "data-folder"
    cause_text = "The data folder {folder} cannot be used: {message}."
    cure_text = "Choose another with --data, or give this user the right to write there."


class InUse(Fault):
    """A second process tree on one data folder: each mailbox would be watched twice, each page served twice."""

    code = "data-in-use"
    cause_text = "tradepost already runs on {folder}."
    cure_text = "Stop that one first, or choose another folder with --data."


class Unreachable(Fault):
    """DATABASE_URL is wrong, or its server does not answer."""

    code = "database-unreachable"
    status = 503
    exit_code = 1
    cause_text = "The database does not answer: {message}."
    cure_text = "Check DATABASE_URL, and that the server runs and admits this machine."


class Misconfigured(Fault):
    """A variable of the environment cannot be read. The settings say which, and how to write it."""

    code = "environment"


class NotMigrated(Fault):
    """The tables of this release are not there."""

    code = "not-migrated"
    exit_code = 1
    cause_text = "The database has not the tables of this release."
    cure_text = "Run 'tradepost migrate'."


class Newer(Fault):
    """An older release must not write into tables that it does not know."""

    code = "newer-tables"
    exit_code = 1
    cause_text = "A newer release of tradepost has changed the tables of the database, by {name} the last."
    cure_text = "Install that release here too, or restore the backup of before the upgrade."


def with_data(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option ``--data``."""
    return click.option(
        "--data",
        envvar="TRADEPOST_DATA",
        default="data",
        show_default=True,
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of the database, keys and attachments (or TRADEPOST_DATA).",
    )(command)


def make(data: Path) -> None:
    """Make the folder, for its owner alone. One that exists keeps its rights."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unusable(error.strerror or str(error), folder=data) from None


def begin(data: Path) -> None:
    """Make the folder and the key files that it lacks.

    Raises ``LostKey`` where there were credentials to seal, and ``KeysElsewhere`` where others have begun the database.
    """
    from tradepost.wire.secrets import new_key_file

    make(data)
    check_restored(data)
    lacking = lacking_keys(data)
    if SEAL_KEYS in lacking and (data / "postgres").is_dir():
        raise LostKey(folder=data.resolve(), file=data / SEAL_KEYS)
    if lacking and (url := os.environ.get("DATABASE_URL")):
        _ping(url)
        if has_tables(url):
            raise KeysElsewhere(file=lacking[0], folder=data.resolve(), variable=KEYS[lacking[0]])
    try:
        for file in lacking:
            new_key_file(data / file)
    except OSError as error:
        raise Unusable(error.strerror or str(error), folder=data) from None


def check_restored(data: Path) -> None:
    """Raise ``HalfRestored`` where a restore did not come to its end."""
    if any(data.glob(f"{RESTORING}*")):
        raise HalfRestored(folder=data.resolve())


def lacking_keys(data: Path) -> list[str]:
    """The key files that are not there, and not in the environment either."""
    return [file for file, name in KEYS.items() if not ((data / file).exists() or os.environ.get(name))]


def has_tables(url: str) -> bool:
    """Whether anything is in the database."""
    import psycopg

    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return found is not None


def require_keys(data: Path) -> None:
    """Every key is in the environment or in its file, and one. Raises ``NoKey`` or ``BadKey``.

    A file that others may read is only said so: a mounted secret has the rights that it has.
    """
    check_restored(data)
    for file in KEYS:
        check_key(data, file)


def check_key(data: Path, file: str) -> None:
    """One of them. Raises ``NoKey`` or ``BadKey``."""
    from tradepost.wire.secrets import is_key

    variable = KEYS[file]
    if not (given := os.environ.get(variable)):
        given = _read_key(data / file, variable)
    found = [given.strip()] if file == SECRET_KEY else given.replace(",", "\n").split()
    whole = all(map(is_key, found)) if file == SEAL_KEYS else bool(found[0])
    if not found or not whole:
        where = variable if os.environ.get(variable) else data / file
        raise BadKey("it is empty" if not any(found) else "it is damaged", where=where)


def _read_key(path: Path, variable: str) -> str:
    if not path.is_file():
        raise NoKey(variable=variable, file=path)
    try:
        if path.stat().st_mode & 0o077:
            click.echo(f"Others may read {path}. Run: chmod 600 {path}", err=True)
        return path.read_text("ascii")
    except OSError as error:
        raise BadKey(error.strerror or str(error), where=path) from None
    except UnicodeError:
        raise BadKey("it is damaged", where=path) from None


@contextmanager
def database(data: Path, *, new: bool = False) -> Iterator[str]:
    """The address of the database, which answers. Without DATABASE_URL the embedded server runs for the block.

    ``new`` allows a folder without data.
    """
    os.environ["TRADEPOST_DATA"] = str(data.resolve())
    if given := os.environ.get("DATABASE_URL"):
        _ping(given)
        yield given
        return
    if not new and not (data / "postgres").is_dir():
        raise NoData(folder=data.resolve())
    with Embedded(data) as url:
        os.environ["DATABASE_URL"] = url
        try:
            yield url
        finally:
            del os.environ["DATABASE_URL"]


@contextmanager
def kept(data: Path) -> Iterator[Callable[[], str | None]]:
    """As ``database``, for the one process tree of the folder: yields what starts a database of ours again that ended.

    Raises ``InUse`` where another tree runs. The lock goes with this process, also by SIGKILL, and not to its copies.
    """
    if os.environ.get("DATABASE_URL"):
        with database(data):
            yield lambda: None
        return
    os.environ["TRADEPOST_DATA"] = str(data.resolve())
    try:
        lock = (data / ".up.lock").open("w")
    except OSError as error:
        raise Unusable(error.strerror or str(error), folder=data) from None
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InUse(folder=data.resolve()) from None
        server = Embedded(data)
        with server as url:
            os.environ["DATABASE_URL"] = url
            try:
                yield server.mend
            finally:
                del os.environ["DATABASE_URL"]


@contextmanager
def application(data: Path, *, new: bool = False, checked: bool = True) -> Iterator[None]:
    """Django, set up on the database of the folder, which has the tables of this release if it is ``checked``.

    ``new`` allows a folder without data, and tables that are still to be made.
    """
    with database(data, new=new):
        require_keys(data)
        load()
        if checked:
            check_tables(new=new)
        from django.db import ProgrammingError, connections

        try:
            yield
        except ProgrammingError as error:
            if "does not exist" not in str(error):
                raise
            raise NotMigrated() from None
        finally:
            connections.close_all()


def check_tables(*, new: bool = False) -> None:
    """Raise ``Newer``, or ``NotMigrated`` unless ``new`` ones are just to be made. Leaves no connection open."""
    from django.db import connections

    from tradepost.jobs import tables

    try:
        found = tables.read()
    finally:
        connections.close_all()
    if found.newer:
        raise Newer(name=".".join(found.newer[-1]))
    if found.missing and not new:
        raise NotMigrated()


def load() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradepost.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise Misconfigured(str(error)) from None


def settle() -> None:
    """For a process that stays: the collector looks no more through what is loaded now, so that what is never written
    stays shared with copies of this process (``gc.freeze`` in Python's library)."""
    gc.collect()
    gc.freeze()


def _ping(url: str) -> None:
    import psycopg

    if not url.startswith(("postgresql://", "postgres://")):
        raise _no_address()
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        raise Unreachable(_first_line(error)) from None
    except psycopg.ProgrammingError:
        raise _no_address() from None


def _no_address() -> Fault:
    return Misconfigured(
        "DATABASE_URL is not the address of a PostgreSQL database.",
        cure="Write it as postgresql://user:password@host:5432/name.",
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".:") if str(error).strip() else type(error).__name__
