"""The body of a request: whole or refused; and connections that have fallen silent."""

from __future__ import annotations

import io
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tradepost.wire.body import IN_MEMORY, WholeBody, end_silent

ROOT = Path(__file__).resolve().parents[2]


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


def ask(server: WholeBody, source: Any, length: str, path: str = "/orders/new/") -> tuple[str, bytes]:
    status: list[str] = []
    environ = {"CONTENT_LENGTH": length, "wsgi.input": source, "SERVER_PORT": "9", "PATH_INFO": path}
    answer = b"".join(server(environ, lambda code, headers: status.append(code)))
    return status[0].split()[0], answer


@pytest.mark.parametrize("size", [1, 100, IN_MEMORY + 7])
def test_a_whole_body_reaches_the_application(size: int) -> None:
    sent = bytes(range(256)) * (size // 256 + 1)
    assert ask(WholeBody(app, limit=2**24), io.BytesIO(sent), str(size)) == ("200", sent[:size])


@pytest.mark.parametrize("length", ["", "0", "-1", "x", "11"])
def test_what_has_no_body_or_too_long_a_one_is_left_to_the_application(length: str) -> None:
    assert ask(WholeBody(app, limit=10), io.BytesIO(b"as it is"), length) == ("200", b"as it is")


def test_half_a_body_is_not_taken_for_the_whole() -> None:
    status, answer = ask(WholeBody(app, limit=2**20), io.BytesIO(b"name=Harb"), "20")
    assert (status, answer) == ("400", b"The request ended before it was whole. Send it again.\n")


def test_a_program_is_told_so_as_of_any_other_refusal() -> None:
    status, answer = ask(WholeBody(app, limit=2**20), io.BytesIO(b'{"name": "Ha'), "20", "/api/v1/customers")
    told = json.loads(answer)
    assert (status, told["type"], told["status"], told["cure"]) == ("400", "cut-off", 400, "Send it again.")


SERVER = """
import sys
from granian import Granian
from granian.constants import Interfaces
Granian(
    "tests.wire.test_body:served", port=int(sys.argv[1]), interface=Interfaces.WSGI, blocking_threads=2, log_enabled=False
).serve()
"""
served = WholeBody(app, threads=2, limit=2**20, patience=5.0, hurry=0.5)


def test_those_who_stop_in_the_middle_of_a_request_do_not_hold_the_server_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], cwd=ROOT)
    address = f"http://127.0.0.1:{port}/"
    try:
        while not _answers(address):
            assert server.poll() is None
        stalled = [socket.create_connection(("127.0.0.1", port)) for _ in range(6)]  # three for each thread
        for one in stalled:
            one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nname=")
        time.sleep(0.05)  # the kernel's clock ticks: who speaks within the same tick has been silent as long
        with urllib.request.urlopen(address, b"whole", timeout=60) as answer:
            assert answer.read() == b"whole"
        for one in stalled:
            one.settimeout(60)
            assert b"200" not in one.recv(1000)
            one.close()
    finally:
        server.terminate()
        try:
            server.wait(60)
        finally:
            server.kill()


def test_a_thread_is_freed_though_another_connection_was_ended_in_its_place() -> None:
    """Six silent connections look alike, and one of them holds the only thread: the one that came last."""
    guarded = WholeBody(app, threads=1, limit=2**20, hurry=0.05)
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as opened:
        port = listening.getsockname()[1]
        for _ in range(6):
            client = opened.enter_context(socket.create_connection(("127.0.0.1", port)))
            served = opened.enter_context(listening.accept()[0])
            client.sendall(b"name=")
            time.sleep(0.01)  # the kernel's clock counts milliseconds
        environ = {"CONTENT_LENGTH": "100", "wsgi.input": served.makefile("rb"), "SERVER_PORT": str(port)}
        status: list[str] = []
        held = threading.Thread(target=guarded, args=(environ, lambda code, _headers: status.append(code)))
        held.daemon = True
        held.start()
        held.join(20)
        assert status == ["400 Bad Request"]


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, b"up", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket, int]]:
    """A client, the server's end of its connection, and the server's port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            served, _address = listening.accept()
            with served:
                yield client, served, port


def test_who_spoke_last_and_fell_silent_is_let_go(pair: tuple[socket.socket, socket.socket, int]) -> None:
    client, served, port = pair
    client.sendall(b"POST / HTTP/1.1\r\n")
    assert served.recv(100)
    assert end_silent(port, 60, 9) == 0
    assert end_silent(port + 1 if port < 65535 else port - 1, 0, 9) == 0
    assert end_silent(port, 0, 0) == 0
    assert end_silent(port, 0, 9) == 1
    assert (served.recv(100), client.recv(100)) == (b"", b"")


def test_who_waits_for_no_answer_is_left_alone(pair: tuple[socket.socket, socket.socket, int]) -> None:
    """A connection that is kept open after its answer: we spoke last."""
    client, served, port = pair
    client.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert served.recv(100)
    served.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while not _later(served):
        served.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert end_silent(port, 0, 9) == 0
    assert client.recv(10_000)


def _later(served: socket.socket) -> bool:
    """Whether the kernel's clock, which counts milliseconds, has seen us speak after the client."""
    facts = struct.unpack("8B12I", served.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 56))
    return bool(facts[17] < facts[19])


def test_looking_for_the_silent_leaves_nothing_open(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w"), socket.create_server(("127.0.0.1", 0)) as server:
        before = os.listdir("/proc/self/fd")
        assert end_silent(server.getsockname()[1], 0, 5) == 0
        assert len(os.listdir("/proc/self/fd")) == len(before)
