"""The demo as a person starts it: sample data, simulated servers, a page after sign-in, and nothing left behind."""

from __future__ import annotations

import http.cookiejar
import re
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.ground.conftest import environment
from tests.servers.process import free_ports
from tradepost.cli.demo import LOGIN, PASSWORD


@contextmanager
def demo(data: Path, port: int) -> Iterator[str]:
    """The running demo's address; ended by Ctrl-C, without a trace."""
    command = [
        sys.executable,
        "-m",
        "tradepost",
        "demo",
        "--lately",
        "--data",
        str(data),
        "--port",
        str(port),
    ]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
        start_new_session=True,
    ) as running:
        assert running.stdout
        address, tree = f"http://127.0.0.1:{port}", list[psutil.Process]()
        try:
            said = list(iter(running.stdout.readline, "Ctrl-C stops it.\n"))
            assert running.poll() is None, said
            assert f"  sign in as  {LOGIN}\n" in said
            tree = psutil.Process(running.pid).children(recursive=True)
            yield address
        finally:
            running.send_signal(signal.SIGINT)
            rest = running.stdout.read()
        assert running.wait() == 0, rest
        assert "Traceback" not in rest
    _gone, alive = psutil.wait_procs(tree, timeout=5)
    assert len(tree) > 4
    assert alive == []
    with socket.create_server(("127.0.0.1", port)):
        pass  # the port is free again


def browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))


def read(opener: urllib.request.OpenerDirector, address: str, **form: str) -> str:
    body = urllib.parse.urlencode(form).encode() if form else None
    asked = urllib.request.Request(address, body, {"Referer": address})
    with opener.open(asked, timeout=20) as answer:
        return str(answer.read(), "utf-8")


def signed_in(address: str) -> urllib.request.OpenerDirector:
    opener = browser()
    page = read(opener, f"{address}/sign-in/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    page = read(opener, f"{address}/sign-in/", csrfmiddlewaretoken=token[1], login=LOGIN, password=PASSWORD)
    assert "Sign out" in page
    return opener


def test_the_demo_starts_is_used_and_ends_and_starts_again(rested: Path) -> None:
    [port] = free_ports(1)
    with demo(rested, port) as address:
        assert '"ok": true' in read(browser(), f"{address}/healthz")
        numbers = set(re.findall(r"SO-\d+", read(signed_in(address), f"{address}/orders/")))
        assert numbers
    with demo(rested, port) as address:  # with what there is, not filled again
        assert numbers <= set(re.findall(r"SO-\d+", read(signed_in(address), f"{address}/orders/")))
