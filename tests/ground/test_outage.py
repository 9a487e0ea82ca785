"""A ground that is broken says so: the database is lost or another one's, a key is none, a disk is full."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from django.db import DataError, InterfaceError, OperationalError
from psycopg import errors

from tests.ground.conftest import Copied, environment, tradepost
from tests.servers.process import free_ports
from tradepost.cli import home as folder
from tradepost.jobs.tables import Tables, compare
from tradepost.kit.errors import Fault
from tradepost.wire.outage import DatabaseGone, DoesNotFit, NoRoom, StoreGone, Unkept, misfit, outage
from tradepost.wire.secrets import new_key


class Running:
    """Processes of ours, by their name; what they say goes to a file each."""

    def __init__(self, copied: Copied, log: Path) -> None:
        self._copied, self._log = copied, log
        [self.port] = free_ports(1)
        self.all: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tradepost", *words, "--data", str(self._copied.home)]
        with (self._log / name).open("wb") as output:
            process = subprocess.Popen(
                command, stdout=output, stderr=output, env=environment(DATABASE_URL=self._copied.url)
            )
        self.all[name] = process
        return process

    def said(self, name: str) -> str:
        return (self._log / name).read_text()

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def until_well(self) -> None:
        for _ in range(600):
            if (answer := self.get("/healthz"))[0] == 200:
                return
            time.sleep(0.1)
        raise AssertionError((answer, [self.said(name) for name in self.all]))


@pytest.fixture
def running(copied: Copied, tmp_path: Path) -> Iterator[Running]:
    made = Running(copied, tmp_path)
    yield made
    for process in made.all.values():
        process.kill()
        process.wait()


def test_a_lost_database_ends_no_page_and_loses_no_work(running: Running, copied: Copied) -> None:
    worker = running.start("worker", "worker")
    running.start("watch", "watch")
    shutil.rmtree(copied.home / "static")  # as on a machine where ``migrate`` never ran: it is made anew
    running.start("web", "web", "--processes", "1", "--port", str(running.port))
    running.until_well()
    assert running.get("/sign-in/")[0] == 200

    copied.answers(False)
    status, page = running.get("/", Accept="text/html", Cookie="sessionid=" + "x" * 32)
    assert (status, "The database does not answer." in page) == (503, True)
    status, problem = running.get("/api/v1/customers", Authorization="Bearer tp_0123456789_x")
    assert (status, '"database-gone"' in problem) == (503, True)
    assert running.get("/healthz")[0] == 503
    assert worker.wait(60) == 1
    assert "it goes on where it was" in running.said("worker").splitlines()[-1]

    refused = tradepost("worker", "--data", copied.home, DATABASE_URL=copied.url)
    assert (refused.returncode, refused.stderr.startswith("The database does not answer")) == (1, True)

    copied.answers(True)
    copied.ask(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'jobs.prune', '{\"timestamp\": 0}')"
    )
    copied.ask("DELETE FROM procrastinate_workers")
    copied.ask("DELETE FROM jobs_heartbeat")
    again = running.start("again", "worker")
    running.until_well()  # the watcher is the one of before
    for _ in range(300):
        if copied.ask("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'jobs.prune'") == [(0,)]:
            break
        time.sleep(0.1)
    else:
        raise AssertionError(running.said("again"))
    for process in (again, running.all["watch"], running.all["web"]):
        process.terminate()
        assert process.wait(60) == 0
    assert not [name for name in running.all if "Traceback" in running.said(name)]


def test_no_process_starts_on_tables_of_another_release(running: Running, copied: Copied) -> None:
    """Newer ones it does not know; older ones it must not wait for a request to find missing."""
    copied.ask("INSERT INTO django_migrations (app, name, applied) VALUES ('sales', '9999_later', now())")
    web = ["web", "--port", str(running.port)]
    for words in (web, ["worker"], ["up", "--port", str(free_ports(1)[0])]):  # whose first step is migrate
        running.start(words[0], *words)
    for name, process in running.all.items():
        assert (process.wait(120), "by sales.9999_later the last" in running.said(name)) == (1, True), name
        assert "restore the backup of before the upgrade" in running.said(name)
    copied.ask("DELETE FROM django_migrations WHERE name = '9999_later' OR app = 'pim'")
    for words in (web, ["watch"]):
        running.start(words[0], *words)
    for name in ("web", "watch"):
        assert (running.all[name].wait(120), "Run 'tradepost migrate'." in running.said(name)) == (1, True)
    assert not [name for name in running.all if "Traceback" in running.said(name)]


@pytest.mark.parametrize(
    ("known", "applied", "found"),
    [
        ({("sales", "1")}, {("sales", "1")}, Tables()),
        ({("sales", "1"), ("auth", "1")}, {("sales", "1")}, Tables(missing=(("auth", "1"),))),
        ({("sales", "1")}, {("sales", "1"), ("sales", "2")}, Tables(newer=(("sales", "2"),))),
        (
            {("auth", "1_merged")},
            {("auth", "1_merged"), ("auth", "1")},
            Tables(),
        ),  # a library's, merged since
        (set(), {("gone", "1")}, Tables()),
    ],
)
def test_tables_by_their_migrations(
    known: set[tuple[str, str]], applied: set[tuple[str, str]], found: Tables
) -> None:
    assert compare(known, applied, {"sales"}) == found


def _caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationalError("connection is bad"), DatabaseGone),
        (InterfaceError("connection already closed"), DatabaseGone),
        (_caused(OperationalError(), errors.AdminShutdown()), DatabaseGone),
        (_caused(OperationalError(), errors.TooManyConnections()), DatabaseGone),
        (_caused(OperationalError(), errors.DiskFull()), NoRoom),
        (_caused(OperationalError(), errors.DeadlockDetected()), type(None)),
        (_caused(RuntimeError(), psycopg.OperationalError("server closed the connection")), DatabaseGone),
        (OSError(errno.ENOSPC, "No space left on device"), NoRoom),
        (_caused(RuntimeError(), OSError(errno.EDQUOT, "Disk quota exceeded")), NoRoom),
        (OSError(errno.ENOENT, "No such file"), type(None)),
        (EndpointConnectionError(endpoint_url="http://s3.shop.example/x"), StoreGone),
        (ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject"), StoreGone),
        (_caused(DataError(), psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")), Unkept),
        (_caused(DataError(), errors.UntranslatableCharacter()), Unkept),
        (_caused(DataError(), errors.NumericValueOutOfRange()), type(None)),
        (ValueError(), type(None)),
    ],
)  # fmt: skip
def test_what_comes_of_the_ground(error: Exception, kind: type[object]) -> None:
    assert type(outage(error)) is kind


def test_a_value_that_the_database_does_not_take_is_told_as_such() -> None:
    assert type(misfit(_caused(RuntimeError(), DataError("value too long")))) is DoesNotFit
    assert type(misfit(UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"))) is DoesNotFit
    assert misfit(UnicodeEncodeError("latin-1", "€", 0, 1, "ordinal not in range(256)")) is None
    assert misfit(ValueError()) is None


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("seal.keys", None, "TRADEPOST_SEAL_KEYS is not set"),
        ("secret.key", None, "TRADEPOST_SECRET_KEY is not set"),
        ("seal.keys", b"\n", "it is empty"),
        ("secret.key", b" ", "it is empty"),
        ("seal.keys", b"c2hvcnQ=\n", "it is damaged"),
        ("seal.keys", new_key().encode() + b"\nhalf-a-line", "it is damaged"),
        ("secret.key", b"\xff\xfe\x00", "it is damaged"),
    ],
    ids=["no-seal", "no-secret", "empty-seal", "empty-secret", "short", "half", "no-text"],
)
def test_a_key_that_is_none_starts_nothing(
    name: str, content: bytes | None, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in folder.KEYS.values():
        monkeypatch.delenv(variable, raising=False)
    folder.begin(tmp_path)
    folder.require_keys(tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(Fault) as fault:
        folder.require_keys(tmp_path)
    assert cause in fault.value.cause
    assert fault.value.cure
    assert fault.value.exit_code == 2


def test_a_key_that_others_may_read_is_said_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in folder.KEYS.values():
        monkeypatch.delenv(variable, raising=False)
    folder.begin(tmp_path)
    (tmp_path / "seal.keys").chmod(0o644)
    folder.require_keys(tmp_path)
    assert (
        capsys.readouterr().err
        == f"Others may read {tmp_path}/seal.keys. Run: chmod 600 {tmp_path}/seal.keys\n"
    )


def test_a_lost_key_is_not_made_anew_where_something_is_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in folder.KEYS.values():
        monkeypatch.delenv(variable, raising=False)
    folder.begin(tmp_path)
    (tmp_path / "postgres").mkdir()
    (tmp_path / "secret.key").unlink()
    folder.begin(tmp_path)  # signs everybody out and does nothing else
    (tmp_path / "seal.keys").unlink()
    with pytest.raises(folder.LostKey):
        folder.begin(tmp_path)
    assert not (tmp_path / "seal.keys").exists()


def test_a_second_machine_makes_no_keys_of_its_own(copied: Copied, tmp_path: Path) -> None:
    """``migrate`` there would make new ones silently, and every mailbox would fail on that machine."""
    second = tmp_path / "second"
    for lacking in ("secret.key", "seal.keys"):
        refused = tradepost("migrate", "--data", second, DATABASE_URL=copied.url)
        assert (refused.returncode, f"{lacking}, the key that belongs to it" in refused.stderr) == (2, True)
        assert "Copy secret.key and seal.keys there from the machine that has them" in refused.stderr
        assert not (second / lacking).exists()
        (second / lacking).write_text((copied.home / lacking).read_text())
    assert tradepost("migrate", "--data", second, DATABASE_URL=copied.url).returncode == 0


def test_a_damaged_key_stops_a_process_in_words(home: Path) -> None:
    refused = tradepost("watch", "--data", home, TRADEPOST_SEAL_KEYS="x")
    assert refused.returncode == 2
    assert refused.stderr.startswith("The key in TRADEPOST_SEAL_KEYS cannot be used: it is damaged.")
