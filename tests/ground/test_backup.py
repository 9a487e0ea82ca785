from __future__ import annotations

import json
import os
import tarfile
from itertools import count
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest

from tests.ground.conftest import tradepost
from tradepost.cli.backup import _pack
from tradepost.wire.postgres import Embedded

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
def archive(home: Path, tmp_path: Path) -> Path:
    (home / "files").mkdir(exist_ok=True)
    (home / "files" / "order.pdf").write_bytes(b"%PDF")
    path = tmp_path / "backup.tar.gz"
    done = tradepost("backup", path, "--data", home, "--keys")
    assert done.returncode == 0, done.stderr
    return path


def test_a_round_trip_brings_back_rows_files_and_keys(home: Path, archive: Path, tmp_path: Path) -> None:
    assert archive.stat().st_mode & 0o777 == 0o600
    new = tmp_path / "new"
    done = tradepost("restore", archive, "--data", new)
    assert done.returncode == 0, done.stderr
    people = [tradepost("user", "list", "--data", data).stdout for data in (home, new)]
    assert people[0] == people[1] != ""
    assert (new / "files" / "order.pdf").read_bytes() == b"%PDF"
    for name in ("secret.key", "seal.keys"):
        assert (new / name).read_text() == (home / name).read_text()
        assert (new / name).stat().st_mode & 0o777 == 0o600


def test_a_restore_without_keys_says_which_to_put_there(home: Path, tmp_path: Path) -> None:
    kept, new = tmp_path / "kept.tar.gz", tmp_path / "new"
    assert tradepost("backup", kept, "--data", home).returncode == 0
    done = tradepost("restore", kept, "--data", new)
    assert f"Put secret.key and seal.keys into {new}" in done.stdout
    refused = tradepost("user", "list", "--data", new)
    assert (refused.returncode, "from where you keep it" in refused.stderr) == (2, True)
    for name in ("secret.key", "seal.keys"):
        (new / name).write_bytes((home / name).read_bytes())
    assert tradepost("user", "list", "--data", new).returncode == 0


def test_files_that_come_and_go_meanwhile_stop_no_backup(tmp_path: Path) -> None:
    """Drafts of what is being stored, and files that are swept, vanish between the look into a folder and the copy."""
    stored = tmp_path / "files" / "1" / "ab"
    stored.mkdir(parents=True)
    for n in range(200):
        (stored / f"kept-{n}").write_bytes(b"x" * n)
    (tmp_path / "dump.sql").touch()
    ended = Event()

    def store() -> None:
        for n in count():
            draft = stored / f"kept-200.{n % 50:02}"
            draft.write_bytes(b"half")
            draft.unlink()
            if ended.is_set():
                return

    clerk = Thread(target=store)
    clerk.start()
    try:
        for n in range(30):
            _pack(tmp_path / f"{n}.tar.gz", tmp_path, tmp_path / "dump.sql", keys=False)
    finally:
        ended.set()
        clerk.join()
    with tarfile.open(tmp_path / "29.tar.gz") as bundle:
        names = set(bundle.getnames())
        assert {f"files/1/ab/kept-{n}" for n in range(200)} <= names
        assert (bundle.extractfile("files/1/ab/kept-199") or pytest.fail("no file")).read() == b"x" * 199


def test_restore_never_writes_over_data(home: Path, archive: Path) -> None:
    refused = tradepost("restore", archive, "--data", home)
    assert refused.returncode == 2
    assert "already holds data" in refused.stderr
    assert (home / "files" / "order.pdf").exists()


def test_backup_never_writes_over_a_file(home: Path, archive: Path) -> None:
    before = archive.read_bytes()
    assert tradepost("backup", archive, "--data", home).returncode == 2
    assert archive.read_bytes() == before


def test_what_a_killed_backup_left_goes_with_the_next(home: Path, tmp_path: Path) -> None:
    kept, left = tmp_path / "kept.tar.gz", tmp_path / "kept.tar.gz.partial"
    left.mkdir()
    (left / "database.sql").write_text("SELECT half")
    assert tradepost("backup", kept, "--data", home).returncode == 0
    assert sorted(tmp_path.iterdir()) == [kept]


def test_a_place_that_takes_no_backup_is_named(home: Path) -> None:
    refused = tradepost("backup", "/proc/desk.tar.gz", "--data", home)
    assert (refused.returncode, "/proc/desk.tar.gz cannot be written" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    "words", [["migrate"], ["user", "list"], ["restore", "{archive}"], ["up", "--port", "18203"]]
)
def test_a_folder_whose_restore_was_killed_is_not_taken_for_whole(
    archive: Path, tmp_path: Path, words: list[str]
) -> None:
    half = tmp_path / "half"
    (half / ".restore-x" / "files").mkdir(parents=True)
    (half / "postgres").mkdir()
    refused = tradepost(*(word.format(archive=archive) for word in words), "--data", half)
    assert (refused.returncode, "remove the folder and restore again" in refused.stderr) == (2, True)


def test_an_archive_that_was_damaged_on_its_way_is_refused(archive: Path, tmp_path: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[-5] ^= 1  # of the checksum at its end; all before is whole
    (tmp_path / "damaged.tar.gz").write_bytes(content)
    refused = tradepost("restore", tmp_path / "damaged.tar.gz", "--data", tmp_path / "new")
    assert (refused.returncode, "is not a backup that can be restored" in refused.stderr) == (2, True)


def test_without_the_option_no_key_leaves_the_folder(home: Path, tmp_path: Path) -> None:
    assert tradepost("backup", tmp_path / "b.tar.gz", "--data", home).returncode == 0
    with tarfile.open(tmp_path / "b.tar.gz") as bundle:
        assert not [name for name in bundle.getnames() if "key" in name]
        assert json.load(bundle.extractfile("manifest.json") or pytest.fail("no manifest"))["format"] == 1


def test_a_dump_that_breaks_half_way_leaves_an_empty_database(archive: Path, tmp_path: Path) -> None:
    opened = _opened(archive, tmp_path / "opened")
    with (opened / "database.sql").open("a") as dump:
        dump.write("SELECT no_such_function();\n")
    refused = tradepost("restore", _packed(opened, tmp_path / "broken.tar.gz"), "--data", tmp_path / "new")
    assert refused.returncode == 1
    assert "no_such_function" in refused.stderr
    assert not (tmp_path / "new" / "files").exists()
    assert tradepost("restore", archive, "--data", tmp_path / "new").returncode == 0


def _opened(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as bundle:
        bundle.extractall(folder, filter="data")
    return folder


def _packed(folder: Path, path: Path) -> Path:
    with tarfile.open(path, "w:gz") as bundle:
        for one in sorted(folder.iterdir()):
            bundle.add(one, one.name)
    return path


BAD = [
    ("truncated", "it ends before its end"),
    ("empty", "it is no archive of tar"),
    ("foreign", "it holds no manifest.json"),
    ("changed", "it is damaged"),
    ("list", "its format is None"),
    ("newer", "its format is 2"),
    ("lacking", "it holds no database.sql"),
]


@pytest.mark.parametrize(("how", "said"), BAD)
def test_what_is_no_backup_is_refused_in_one_line(how: str, said: str, archive: Path, tmp_path: Path) -> None:
    whole, bad, opened = archive.read_bytes(), tmp_path / "bad.tar.gz", tmp_path / "opened"
    content = {
        "truncated": whole[:-3000],
        "empty": b"",
        "changed": whole[:-3000] + b"tradepost" + whole[-2991:],
    }
    notes = {"list": "[1]", "newer": '{"format": 2}', "lacking": '{"format": 1}'}
    if how in content:
        bad.write_bytes(content[how])
    else:
        opened.mkdir()
        (opened / "letter.txt").write_text("Hello")
        if how in notes:
            (opened / "manifest.json").write_text(notes[how])
        _packed(opened, bad)
    refused = tradepost("restore", bad, "--data", tmp_path / "new")
    assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr
    assert len(refused.stderr.splitlines()) == 2
    assert list((tmp_path / "new").iterdir()) == []


WAITING = """
SET session_replication_role = replica;
INSERT INTO public.mail_outbox (id, organisation_id, account_id, message_id, raw_key, recipients, attempts, accepted,
    accepted_at, gave_up_at, last_error, created_at)
    VALUES (1, 1, 1, 1, 'k', '[]', 0, '[]', NULL, NULL, '', now()), (2, 1, 1, 2, 'k', '[]', 0, '[]', now(), NULL, '', now()),
    (3, 1, 1, 3, 'k', '[]', 0, '[]', NULL, now(), '', now());
"""


def test_what_waited_to_go_out_is_in_doubt_after_a_restore(archive: Path, tmp_path: Path) -> None:
    """It may have gone out since the backup was made: ``mail.outbox`` asks the Sent folder, else a person."""
    opened = _opened(archive, tmp_path / "opened")
    with (opened / "database.sql").open("a") as dump:
        dump.write(WAITING)
    done = tradepost("restore", _packed(opened, tmp_path / "b.tar.gz"), "--data", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    with Embedded(tmp_path / "new") as url, psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT id, sending_since IS NOT NULL FROM mail_outbox ORDER BY id"
        ).fetchall()
    assert found == [(1, True), (2, False), (3, False)]


@pytest.mark.servers
def test_a_backup_moves_to_an_older_server(archive: Path, tmp_path: Path) -> None:
    if not POSTGRES_15.is_dir():
        pytest.skip("PostgreSQL 15 is not installed")
    with Embedded(tmp_path / "server", bin=POSTGRES_15) as url:
        done = tradepost("restore", archive, "--data", tmp_path / "new", DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        assert (
            "dana@marlow.example"
            in tradepost("user", "list", "--data", tmp_path / "new", DATABASE_URL=url).stdout
        )
    assert os.path.exists(tmp_path / "new" / "files" / "order.pdf")
