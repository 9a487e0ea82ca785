from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tradepost.wire.postgres import DatabaseDown, Embedded, WrongMajor

HOLD = """
import sys
from pathlib import Path
from tradepost.wire.postgres import Embedded
with Embedded(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def hold(data: Path) -> tuple[subprocess.Popen[str], str]:
    """Another process that keeps the server of ``data`` running."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    return process, process.stdout.readline().strip()


def test_data_outlives_the_server(tmp_path: Path) -> None:
    for _ in range(2):
        with Embedded(tmp_path) as url, psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
    with Embedded(tmp_path) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (2,)
    assert not answers(url)


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(tmp_path: Path) -> None:
    with Embedded(tmp_path / ("x" * 120)) as url:
        assert answers(url)
        folder = Path(url.split("host=")[1])
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_folders_above_keep_their_rights(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with Embedded(closed / "data") as url:
        assert answers(url)
    assert closed.stat().st_mode & 0o777 == 0o700


def test_two_processes_share_one_server(tmp_path: Path) -> None:
    first, url = hold(tmp_path)
    with Embedded(tmp_path) as same:
        assert same == url
    assert answers(url)
    first.communicate("")
    assert not answers(url)


def test_a_shared_server_that_its_starter_took_along_is_started_again_in_its_place(tmp_path: Path) -> None:
    data = tmp_path / ("x" * 120)  # its socket is in a folder that goes with the server
    first, url = hold(data)
    server = Embedded(data)
    with server as same:
        assert same == url
        assert server.mend() is None
        first.communicate("")
        assert server.mend() == "postgres had ended and runs again"
        assert answers(url)
    assert not answers(url)


def test_a_killed_parent_leaves_no_orphan_and_loses_nothing(tmp_path: Path) -> None:
    parent, url = hold(tmp_path)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    with Embedded(tmp_path) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_stale_note_of_another_program_is_no_hindrance(tmp_path: Path) -> None:
    with Embedded(tmp_path):
        pass
    note = tmp_path / "postgres" / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{tmp_path}\n0\n5432\n{tmp_path}\n\n\nready\n")
    with Embedded(tmp_path) as url:
        assert answers(url)


def test_another_major_version_is_named_with_the_way_over(tmp_path: Path) -> None:
    with Embedded(tmp_path):
        pass
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(WrongMajor) as failure:
        Embedded(tmp_path).__enter__()
    assert "PostgreSQL 15" in failure.value.cause
    assert "tradepost backup" in failure.value.cure


def test_a_server_that_refuses_to_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(DatabaseDown) as failure:
        Embedded(tmp_path, settings={"no_such_setting": "1"}).__enter__()
    assert "no_such_setting" in failure.value.cause
    assert str(tmp_path) in failure.value.cure


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    with Embedded(tmp_path) as url:
        assert answers(url)
