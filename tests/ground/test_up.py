"""The whole product as one process tree."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import psycopg

from tests.ground.conftest import environment, tradepost
from tests.servers.process import free_ports
from tradepost.wire.postgres import Embedded


def children(parent: int) -> dict[str, int]:
    """Name → process number, of the direct children."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,comm=", "--ppid", str(parent)], capture_output=True, text=True, check=True
    )
    rows = [row.split(None, 1) for row in listed.stdout.splitlines()]
    return {name.removeprefix("tp-"): int(number) for number, name in rows if name != "ps"}


def wait_for(connection: psycopg.Connection[Any], question: str) -> None:
    for _ in range(300):
        if connection.execute(question).fetchone() == (True,):  # type: ignore[arg-type]
            return
        time.sleep(0.1)
    raise AssertionError(question)


def test_up_serves_mends_itself_and_leaves_nothing(tmp_path: Path) -> None:
    [port] = free_ports(1)
    command = [sys.executable, "-m", "tradepost", "up", "--data", str(tmp_path / "data"), "--port", str(port)]
    named = environment(
        TRADEPOST_HOSTS="desk.example.com"
    )  # as behind a proxy; what supervises asks by the address
    up = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=named)
    assert up.stdout
    try:
        said = list(iter(up.stdout.readline, f"tradepost is ready at http://127.0.0.1:{port}\n"))
        assert up.poll() is None, said
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            assert json.load(answer)["ok"] is True
        before = children(up.pid)
        assert set(before) == {"postgres", "web", "worker", "watch"}

        os.kill(before["worker"], signal.SIGKILL)
        notice = next(line for line in up.stdout if line.startswith("worker"))
        assert notice == "worker was ended by signal 9; it starts again in 0.5 s\n"

        second = tradepost("up", "--data", tmp_path / "data", "--port", str(free_ports(1)[0]))
        assert (second.returncode, second.stderr.startswith("tradepost already runs on")) == (2, True)

        with Embedded(tmp_path / "data") as url:  # shared
            with psycopg.connect(url) as connection:
                connection.execute("CREATE TABLE kept AS SELECT clock_timestamp() AS at")
            os.kill(before["postgres"], signal.SIGKILL)
            assert "postgres was ended by signal 9 and runs again\n" in up.stdout
            with psycopg.connect(url, autocommit=True) as connection:
                wait_for(connection, "SELECT max(last_heartbeat) > max(at) FROM procrastinate_workers, kept")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            assert json.load(answer)["ok"] is True
    finally:
        up.terminate()
        rest = up.stdout.read()  # to its end: nobody is left who could write
    assert up.wait() == 0, rest
    assert "Traceback" not in rest
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()
