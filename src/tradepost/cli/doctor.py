"""``tradepost doctor``: is everything well here, and if not, what helps."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import click

from tradepost.cli import home
from tradepost.jobs.health import Part, check
from tradepost.kit.clock import now
from tradepost.kit.errors import Fault

LOW_DISK = 1024**3  # bytes
MOST_APART = 5  # seconds between the clocks of two machines
SESSIONS = 20  # the newest, that are looked at


@click.command()
@home.with_data
def doctor(data: Path) -> None:
    """Check folder, keys, disk, database, migrations, worker, watcher, clock, credentials, stock and files. Exit code 1 when something is wrong."""
    parts = [*folder(data), *keys(data), *running(data)]
    for part in parts:
        click.echo(f"{'ok   ' if part.ok else 'WRONG'}  {part.name:<12} {part.text}")
        if part.cure:
            click.echo(f"       {'':<12} {part.cure}")
    sys.exit(0 if all(part.ok for part in parts) else 1)


COMMANDS = [doctor]


def folder(data: Path) -> Iterator[Part]:
    """The data folder: there, private, with room."""
    if not data.is_dir():
        yield Part("folder", False, f"There is no folder {data.resolve()}.", home.NoData.cure_text)
        return
    if os.geteuid() == 0:
        yield Part(
            "user", True, "Runs as root.", "Better: a system user of its own; see docs/self-hosting.md."
        )
    if not os.access(data, os.W_OK | os.X_OK):
        yield Part(
            "folder", False, f"{data.resolve()} is not writable for this user.", home.Unusable.cure_text
        )
    free = shutil.disk_usage(data).free
    room = f"{free / LOW_DISK:.1f} GiB free in {data.resolve()}."
    yield Part(
        "disk",
        free >= LOW_DISK,
        room,
        "" if free >= LOW_DISK else "Make room: below 1 GiB writes will soon fail.",
    )


def keys(data: Path) -> Iterator[Part]:
    """Each key: whole, in the environment or in a file that only its owner reads."""
    for file, variable in home.KEYS.items():
        path = data / file
        try:
            home.check_key(data, file)
        except Fault as fault:
            yield Part(file, False, fault.cause, fault.cure)
            continue
        if os.environ.get(variable):
            yield Part(file, True, f"From {variable}.")
        elif stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Part(file, False, f"Others may read {path}.", f"Run: chmod 600 {path}")
        else:
            yield Part(file, True, "Present, for its owner only.")


def running(data: Path) -> Iterator[Part]:
    """The database and the processes behind it."""
    try:
        with home.application(data, checked=False):
            parts = check()
            yield from parts
            if all(part.ok for part in parts if part.name in ("database", "migrations")):
                yield clocks()
                yield sealed()
                yield signed_in()
                yield stock()
                yield files()
    except (home.NoKey, home.BadKey):  # told above; without them nothing more can be asked
        return
    except Fault as fault:
        yield Part("database", False, fault.cause, fault.cure)


def clocks() -> Part:
    """The clock of this machine against that of the database: leases, keys and sessions end by the one of the machine."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return judge_clock(now() - cursor.fetchone()[0])


def judge_clock(ahead: timedelta) -> Part:
    """``ahead`` of the database's, or behind it if below zero."""
    seconds = round(ahead.total_seconds())
    if abs(seconds) <= MOST_APART:
        return Part("clock", True, "It agrees with that of the database.")
    text = f"It is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} that of the database."
    cure = "Let both machines set theirs by NTP: passes of one would be taken for dead by another."
    return Part("clock", False, text, cure)


def sealed() -> Part:
    """Whether the keys here open what is stored: on a second machine they may be others."""
    from tradepost.cli.keys import sealed_rows
    from tradepost.wire.secrets import SealFault

    opened, faults = 0, []
    for row, name in sealed_rows():
        try:
            opened += bool(dict(getattr(row, name)))
        except SealFault as fault:
            faults.append(fault)
    if not faults:
        return Part("credentials", True, "The keys open all that are stored.")
    text = f"{len(faults)} of {len(faults) + opened} stored cannot be opened. {faults[0].cause}"
    return Part("credentials", False, text, faults[0].cure)


def signed_in() -> Part:
    """Whether the sessions that are stored were signed with the key here. Where two machines have two, everybody whose
    requests reach both is signed out again and again."""
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    kept = Session.objects.filter(expire_date__gt=timezone.now()).order_by("-expire_date")
    return judge_sessions([_opens(data) for data in kept.values_list("session_data", flat=True)[:SESSIONS]])


def _opens(session_data: str) -> bool:
    from django.contrib.sessions.backends.db import SessionStore
    from django.core import signing

    store = SessionStore()
    try:
        signing.loads(session_data, salt=store.key_salt, serializer=store.serializer)
    except signing.BadSignature:
        return False
    return True


def judge_sessions(opened: Sequence[bool]) -> Part:
    """Which of the newest sessions, newest first, the key here opens. What is older than all that it opens is of a key
    that was replaced; what is newer than one of them is of another that is in use."""
    last = max((at for at, opens in enumerate(opened) if opens), default=len(opened))
    foreign = list(opened[:last]).count(False)
    if not foreign:
        return Part("sessions", True, "The key opens those in use." if opened else "Nobody is signed in.")
    return Part(
        "sessions",
        False,
        f"{foreign} of the newest were signed with another secret.key than the one of this machine.",
        "Copy the first machine's to the others and restart there. Was it just changed everywhere, sign in and ask again.",
    )


def files() -> Part:
    """Whether attachments can be stored. In a folder nothing is written: its owner may be another user."""
    from tradepost.wire import storage
    from tradepost.wire.outage import outage

    if folder := storage.folder():
        if not folder.is_dir() or os.access(folder, os.W_OK | os.X_OK):
            return Part("files", True, f"Attachments are in {folder}.")
        return Part("files", False, f"{folder} is not writable for this user.", home.Unusable.cure_text)
    try:
        storage.probe()
    except Exception as error:
        fault = outage(error)
        cause = fault.cause if fault else f"Attachments cannot be stored: {type(error).__name__}."
        return Part("files", False, cause, "Check TRADEPOST_STORAGE, its credentials and its bucket.")
    return Part("files", True, "Attachments can be stored and read.")


def stock() -> Part:
    """The kept sums of stock against the ledger that they are the sums of, for every company."""
    from tradepost.accounts.access import Actor
    from tradepost.accounts.models import Organisation
    from tradepost.catalog.queries import discrepancies

    wrong = [
        f"{one.sku} at {one.location} of {company}"
        for company in Organisation.objects.order_by("pk")
        for one in discrepancies(Actor.system(company.pk, via="cli"))
    ]
    if not wrong:
        return Part("stock", True, "The sums agree with the ledger.")
    shown = ", ".join(wrong[:3])
    return Part(
        "stock",
        False,
        f"{len(wrong)} sums differ from the ledger: {shown}.",
        "Keep a backup and report it: only a program's mistake or a change by hand makes them differ.",
    )
