"""``python -m tradepost.sandbox``: everything in one program, ready when it says so, gone when it is told to go."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from imapclient import IMAPClient

from tests.sandbox.conftest import BUYER, SELLER
from tradepost.sandbox.accounts import Account, Directory


@contextmanager
def program(data: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], bytes]]:
    """The program, and the first line that it wrote."""
    command = [sys.executable, "-m", "tradepost.sandbox", "--data", str(data), *arguments]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def test_mail_and_calendars_share_their_accounts(tmp_path: Path) -> None:
    Directory(tmp_path / "accounts.json").add([Account(SELLER, "secret"), Account(BUYER, "secret")])
    with program(tmp_path) as (process, line):
        ready = json.loads(line)
        trusted = ssl.create_default_context(cafile=ready["certificate"])
        client = IMAPClient(ready["host"], ready["imaps_port"], ssl_context=trusted)
        client.login(SELLER, "secret")
        client.logout()
        assert propfind(ready, trusted, SELLER, SELLER) == 207
        assert propfind(ready, trusted, SELLER, f"{SELLER}/calendar") == 207
        assert propfind(ready, trusted, SELLER, BUYER) == 403
        assert propfind(ready, trusted, SELLER, SELLER, password="wrong") == 401
    assert process.returncode == 0


def propfind(
    ready: dict[str, Any], trusted: ssl.SSLContext, user: str, path: str, *, password: str = "secret"
) -> int:
    connection = HTTPSConnection(urlsplit(ready["dav_url"]).netloc, context=trusted, timeout=20)
    token = b64encode(f"{user}:{password}".encode()).decode()
    connection.request("PROPFIND", f"/{path}/", headers={"Authorization": f"Basic {token}", "Depth": "0"})
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_taken_port_is_named_without_a_traceback(tmp_path: Path) -> None:
    with program(tmp_path / "one") as (_process, line):
        taken = json.loads(line)["imaps_port"]
        command = [
            sys.executable,
            "-m",
            "tradepost.sandbox",
            "--data",
            str(tmp_path / "two"),
            "--imaps-port",
            str(taken),
        ]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        second = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=60, check=False
        )
    assert second.returncode == 2
    assert (
        second.stderr
        == f"Port {taken} is in use by another program. End that program, or choose another port.\n"
    )
