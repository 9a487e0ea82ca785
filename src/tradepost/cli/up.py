"""``tradepost up``: the whole product on one machine, in one process tree."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import click

from tradepost.cli import home, release
from tradepost.cli.supervise import Child, Copy, Process, Tree
from tradepost.kit.errors import Fault
from tradepost.wire.process import tied

SELF = [sys.executable, "-m", "tradepost"]


class PortTaken(Fault):
    """Something else listens there, or this user may not."""

    code = "port"
    cause_text = "Port {port} on {host} cannot be used: {message}."
    cure_text = "Choose another with --port, or stop what listens there."


@click.command()
@home.with_data
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port of the pages."
)
def up(data: Path, host: str, port: int) -> None:
    """Run tradepost on this machine: database, pages, worker and mailbox watcher.

    Makes the data folder and its keys the first time, and brings the database up to date. Stops in order on Ctrl-C
    or SIGTERM. Put a reverse proxy with HTTPS in front; see docs/self-hosting.md.
    """
    hold_port(host, port)
    home.begin(data)
    prepared = release.is_prepared(data)
    with home.kept(data) as keep:
        if not prepared:
            step("migrate")
        address = f"http://{host}:{port}"
        sys.exit(run(parts(host, port), address, f"tradepost is ready at {address}\nCtrl-C stops it.", keep))


COMMANDS = [up]


def step(*words: str) -> None:
    """Run another command to its end, in a process of its own: the supervisor stays without threads and connections."""
    done = subprocess.run([*SELF, *words], stdin=subprocess.DEVNULL, check=False, preexec_fn=tied())
    if done.returncode:
        sys.exit(done.returncode)


def parts(host: str, port: int) -> list[Child]:
    """What runs: the pages, the worker, the mailbox watcher, each a copy of this process as it is when it starts."""
    web = ["web", "--host", host, "--port", str(port)]
    return [Child(words[0], partial(_copy, words)) for words in (web, ["worker"], ["watch"])]


def _copy(words: list[str]) -> Process:
    from tradepost.cli import main

    return Copy(f"tp-{words[0]}", lambda: main(words))


def run(children: list[Child], address: str, welcome: str, keep: Callable[[], str | None]) -> int:
    """Load once what all share, keep the children running until told to stop, and print ``welcome`` when all are ready.

    ``keep`` as that of ``Tree``.
    """
    home.load()
    home.settle()
    tree = Tree(children, say=lambda text: click.echo(text, err=True), keep=keep)
    return tree.run(lambda: healthy(address), lambda: click.echo(welcome))


def healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


_held: dict[tuple[str, int], socket.socket] = {}  # those of this process and of the copies that it makes


def hold_port(host: str, port: int) -> None:
    """Raise ``PortTaken`` now, while it can still be said well, and keep the port from others until this process ends.

    What serves shares its port with whoever shares it too (``SO_REUSEPORT``), and each would get some of the requests; so it is
    held from here on, not only looked at, by a socket that does not listen.
    """
    if (host, port) in _held:
        return
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(family, kind)) as probe:
            probe.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # what was served until now is no hindrance
            probe.bind(where)
        held = socket.socket(family, kind)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(where)
        _held[host, port] = held
    except OSError as error:
        raise PortTaken((error.strerror or str(error)).lower(), host=host, port=port) from None
