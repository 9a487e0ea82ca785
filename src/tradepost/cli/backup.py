"""``tradepost backup`` and ``restore``: one archive with the database, the attachments and, if asked, the keys.

The archive is a tar of ``manifest.json``, ``database.sql`` (plain SQL by pg_dump, one snapshot), ``files/…`` and
``keys/…``; anybody can open it without tradepost.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

import tradepost
from tradepost.cli import home
from tradepost.kit.clock import now
from tradepost.kit.errors import Fault
from tradepost.wire.postgres import programs

FORMAT = 1
# What waited to go out may have gone since: as after a crash, the Sent folder is asked, else a person (``mail.outbox``).
IN_DOUBT = b"""
UPDATE public.mail_outbox SET sending_since = now()
 WHERE sending_since IS NULL AND accepted_at IS NULL AND gave_up_at IS NULL;
"""


class BadArchive(Fault):
    """The file is not a backup that this release can read."""

    code = "backup-unreadable"
    cause_text = "{file} is not a backup that can be restored: {message}."
    cure_text = "Give a file that 'tradepost backup' wrote, with this release or an older one."


class NotEmpty(Fault):
    """A restore never writes over data."""

    code = "not-empty"
    cause_text = "{where} already holds data."
    cure_text = "Restore into a new folder with --data, or into an empty database."


class CannotWrite(Fault):
    """No right to write the archive, or no room for it."""

    code = "backup-unwritable"
    cause_text = "The backup {file} cannot be written: {message}."
    cure_text = "Choose a folder with room that this user may write."


class CopyFailed(Fault):
    """pg_dump or psql refused. Nothing was changed."""

    code = "database-copy"
    exit_code = 1
    cause_text = "The database could not be copied: {message}."
    cure_text = "Nothing was changed. Check room on disk and the rights of the database user."


@click.command()
@home.with_data
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--keys", is_flag=True, help="Include the key files: who has the archive can then read every password."
)
def backup(data: Path, archive: Path, keys: bool) -> None:
    """Write a backup to ARCHIVE while tradepost runs.

    Without --keys keep secret.key and seal.keys elsewhere: stored credentials cannot be read without them.
    """
    if archive.exists():
        raise Fault(f"{archive} exists already.", cure="Choose another name, or move it away.")
    if not archive.parent.is_dir():
        raise Fault(f"There is no folder {archive.parent}.", cure="Make it first.")
    partial = archive.with_name(archive.name + ".partial")  # a folder, also of one that was killed
    with home.database(data) as url:
        shutil.rmtree(partial, ignore_errors=True)
        try:
            partial.mkdir(mode=0o700)
            _dump(url, partial / "database.sql")
            _pack(partial / archive.name, data, partial / "database.sql", keys)
            (partial / archive.name).rename(archive)
        except OSError as error:
            raise CannotWrite(error.strerror or str(error), file=archive) from None
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    click.echo(
        f"{archive} holds the database{', the attachments and the keys' if keys else ' and the attachments'}."
    )


@click.command()
@home.with_data
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(data: Path, archive: Path) -> None:
    """Restore ARCHIVE into an empty folder and database.

    All or nothing. Keys come from the archive, or are those already in the folder or the environment.
    """
    home.check_restored(data)
    _refuse(data / "files", (data / "files").is_dir() and any((data / "files").iterdir()))
    home.make(data)
    with tempfile.TemporaryDirectory(prefix=home.RESTORING, dir=data) as scratch:
        manifest = _unpack(archive, Path(scratch))
        for key in (home.SECRET_KEY, home.SEAL_KEYS):
            _refuse(data / key, (data / key).exists() and Path(scratch, "keys", key).exists())
        with home.database(data, new=True) as url:
            _refuse("the database", home.has_tables(url))
            _load(Path(scratch, "database.sql"), url)
        _place(Path(scratch), data)
    lacking = " and ".join(home.lacking_keys(data))
    first = f"Put {lacking} into {data.resolve()} from where you keep them, then go" if lacking else "Go"
    click.echo(f"Restored the backup of {manifest['made_at']}. {first} on with 'tradepost up'.")


COMMANDS = [backup, restore]


def _pack(archive: Path, data: Path, dump: Path, keys: bool) -> None:
    manifest = {
        "format": FORMAT,
        "tradepost": tradepost.__version__,
        "made_at": now().isoformat(timespec="seconds"),
    }
    with (
        open(os.open(archive, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file,
        tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as bundle,
    ):
        note = json.dumps(manifest).encode()
        head = tarfile.TarInfo("manifest.json")
        head.size = len(note)
        bundle.addfile(head, io.BytesIO(note))
        bundle.add(dump, "database.sql")
        _add_files(bundle, data / "files")
        for key in (home.SECRET_KEY, home.SEAL_KEYS) if keys else ():
            if (data / key).exists():
                bundle.add(data / key, f"keys/{key}")


def _add_files(bundle: tarfile.TarFile, folder: Path) -> None:
    """What is stored, while more is stored and swept: files are written whole and never change, and one that is gone since its
    folder was read is a draft, or nothing named it any more."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            with suppress(FileNotFoundError), path.open("rb") as content:
                found = bundle.gettarinfo(
                    arcname=str(Path("files", path.relative_to(folder))), fileobj=content
                )
                bundle.addfile(found, content)


def _unpack(archive: Path, scratch: Path) -> dict[str, Any]:
    """The manifest; the rest is in ``scratch``. The ``data`` filter keeps every member inside it."""
    try:
        with tarfile.open(archive, "r:*") as bundle:
            bundle.extractall(scratch, filter="data")
            while bundle.fileobj and bundle.fileobj.read(2**20):
                pass  # to the end of the file, where its checksum is
        manifest: dict[str, Any] = json.loads((scratch / "manifest.json").read_text())
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        from tradepost.wire.outage import outage

        raise outage(error) or BadArchive(_why(error), file=archive) from None
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise BadArchive(f"its format is {found!r}, expected {FORMAT}", file=archive)
    if not (scratch / "database.sql").is_file():
        raise BadArchive("it holds no database.sql", file=archive)
    return manifest


def _why(error: Exception) -> str:
    """Why an archive cannot be read, in one line."""
    if isinstance(error, EOFError):
        return "it ends before its end, as a copy that was broken off"
    if isinstance(error, FileNotFoundError):
        return "it holds no manifest.json"
    if isinstance(error, tarfile.ReadError) and "opened" in str(error):
        return "it is no archive of tar"
    return f"it is damaged ({str(error).splitlines()[0].rstrip('.')})"


def _place(scratch: Path, data: Path) -> None:
    if (scratch / "files").is_dir():
        (scratch / "files").replace(data / "files")
    for key in (home.SECRET_KEY, home.SEAL_KEYS):
        if (scratch / "keys" / key).exists():
            (scratch / "keys" / key).replace(data / key)
            (data / key).chmod(0o600)


def _load(dump: Path, url: str) -> None:
    """In one transaction: an error leaves the database empty."""
    import psycopg

    with psycopg.connect(url) as connection:
        old = connection.info.server_version < 170000
    command = [
        str(programs() / "psql"),
        "-X",
        "-q",
        "-1",
        "-v",
        "ON_ERROR_STOP=1",
        "-o",
        os.devnull,
        f"--dbname={url}",
    ]
    with (
        dump.open("rb") as source,
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as psql,
    ):
        assert psql.stdin
        assert psql.stderr
        with suppress(BrokenPipeError):
            for line in source:
                if line.startswith(b"COPY "):  # data from here on
                    psql.stdin.write(line)
                    break
                if not (old and line.startswith(b"SET transaction_timeout")):  # unknown before PostgreSQL 17
                    psql.stdin.write(line)
            shutil.copyfileobj(source, psql.stdin)
            psql.stdin.write(IN_DOUBT)
            psql.stdin.close()
        complaint = psql.stderr.read()
    if psql.returncode:
        raise CopyFailed(_sentence(complaint))


def _dump(url: str, path: Path) -> None:
    command = [
        str(programs() / "pg_dump"),
        "--no-owner",
        "--no-privileges",
        f"--file={path}",
        f"--dbname={url}",
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise CopyFailed(_sentence(done.stderr))


def _sentence(complaint: bytes) -> str:
    """The first error of PostgreSQL's program."""
    lines = [line for line in complaint.decode(errors="replace").splitlines() if line.strip()]
    return next(
        (line for line in lines if "error" in line.lower()), lines[0] if lines else "no reason given"
    ).rstrip(".")


def _refuse(where: object, filled: bool) -> None:
    if filled:
        raise NotEmpty(where=where)
