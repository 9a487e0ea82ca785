"""The data folder: where it is, what is in it, and how a command gets at the database behind it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from tradepost.kit.errors import Fault
from tradepost.wire.postgres import Embedded

SECRET_KEY, SEAL_KEYS = "secret.key", "seal.keys"
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
    cure_text = "Copy the file from the machine where 'tradepost migrate' made it, or set the variable."


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


class NotMigrated(Fault):
    """The tables of this release are not there."""

    code = "not-migrated"
    exit_code = 1
    cause_text = "The database has not the tables of this release."
    cure_text = "Run 'tradepost migrate'."


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
    """Make the folder and the key files that it lacks."""
    from tradepost.wire.secrets import new_key_file

    make(data)
    try:
        for file, variable in KEYS.items():
            if not os.environ.get(variable):
                new_key_file(data / file)
    except OSError as error:
        raise Unusable(error.strerror or str(error), folder=data) from None


def require_keys(data: Path) -> None:
    """Raise ``NoKey`` unless every key is in the environment or in its file."""
    for file, variable in KEYS.items():
        if not os.environ.get(variable) and not (data / file).is_file():
            raise NoKey(variable=variable, file=data / file)


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
def application(data: Path, *, new: bool = False) -> Iterator[None]:
    """Django, set up on the database of the folder."""
    with database(data, new=new):
        require_keys(data)
        load()
        from django.db import OperationalError, ProgrammingError, connections

        try:
            yield
        except OperationalError as error:
            raise Unreachable(_first_line(error)) from None
        except ProgrammingError as error:
            if "does not exist" not in str(error):
                raise
            raise NotMigrated() from None
        finally:
            connections.close_all()


def load() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradepost.settings")
    import django

    django.setup()


def _ping(url: str) -> None:
    import psycopg

    if not url.startswith(("postgresql://", "postgres://")):
        raise Fault(
            "DATABASE_URL is not the address of a PostgreSQL database.",
            cure="Write it as postgresql://user:password@host:5432/name.",
        )
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        raise Unreachable(_first_line(error)) from None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".:") if str(error).strip() else type(error).__name__
