"""``tradepost demo``: the product with sample data and simulated servers, in one process tree."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import click

from tradepost.cli import home, release, up
from tradepost.cli.supervise import Child, program
from tradepost.kit.errors import Fault

LOGIN, PASSWORD = "dana@marlowfinch.example", "outdoor-supply-2026"
STAMP = ".sample-data"
LATELY = "At the first start: the last weeks alone, without the three years and 10,000 orders before."
PATIENCE = 30.0  # seconds that the simulated servers have to come up


class NoSandbox(Fault):
    """The simulated servers did not start, or their packages are absent."""

    code = "sandbox"
    exit_code = 1
    cause_text = "The simulated servers do not start: {message}."
    cure_text = "Install tradepost with the extra 'sandbox' and read what is printed above."


@click.command()
@click.option(
    "--data", default="var/demo", show_default=True, type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port of the pages."
)
@click.option("--lately", is_flag=True, help=LATELY)
def demo(data: Path, host: str, port: int, lately: bool) -> None:
    """Try tradepost: sample data, a real mail server of its own and customers that answer.

    Nothing leaves this machine. The folder keeps what you did; remove it to begin anew.
    """
    up.hold_port(host, port)
    home.begin(data)
    # The mail server of the demo listens on loopback, which connections must otherwise not reach.
    os.environ["TRADEPOST_PRIVATE_HOSTS"] = "127.0.0.0/8"
    address = f"http://{host}:{port}"
    os.environ["TRADEPOST_URL"] = address
    prepared = release.is_prepared(data)
    with home.kept(data) as keep:
        started = _start_world(data)  # comes up while the tables are made
        world = Child("sandbox", partial(_start_world, data), started, started=time.monotonic())
        if not prepared:
            up.step("migrate")
        home.load()  # meanwhile
        _await_world(started, data)
        if not (data / STAMP).exists():
            up.step("sample-data", *(["--lately"] if lately else []))
        welcome = f"\n  {address}\n  sign in as  {LOGIN}\n  password    {PASSWORD}\n\nCtrl-C stops it."
        sys.exit(up.run([world, *up.parts(host, port)], address, welcome, keep))


@click.command("sample-data")
@home.with_data
@click.option("--lately", is_flag=True, help=LATELY)
def sample_data(data: Path, lately: bool) -> None:
    """Fill an empty database with the sample company of the demo; does nothing the second time."""
    stamp = data / STAMP
    if stamp.exists():
        return
    with home.application(data):
        from tradepost.sandbox.seed import fill

        fill(login=LOGIN, password=PASSWORD, history=not lately)
    stamp.touch()


COMMANDS = [demo, sample_data]
_WORLD = [sys.executable, "-m", "tradepost.sandbox", "--data"]


def _start_world(data: Path) -> subprocess.Popen[bytes]:
    """Start the simulated servers on the ports of the last time: mail accounts in the database name them."""
    note = _ports_file(data)
    ports = json.loads(note.read_text()) if note.exists() else {}
    return program([*_WORLD, str(note.parent), *_port_options(ports)], output=subprocess.PIPE)


def _await_world(process: subprocess.Popen[bytes], data: Path) -> None:
    """Until they listen. What they announce goes to the other processes in TRADEPOST_SANDBOX."""
    assert process.stdout
    ready = select.select([process.stdout], [], [], PATIENCE)[0]
    line = process.stdout.readline() if ready else b""
    try:
        announced = json.loads(line)
    except ValueError:
        process.kill()
        raise NoSandbox("they ended at once" if ready else f"not ready after {PATIENCE:g} s") from None
    ports = {name: value for name, value in announced.items() if name.endswith("_port")}
    _ports_file(data).write_text(json.dumps(ports))
    os.environ["TRADEPOST_SANDBOX"] = line.decode().strip()


def _ports_file(data: Path) -> Path:
    return data / "sandbox" / "ports.json"


def _port_options(ports: dict[str, int]) -> list[str]:
    """``{"imap_port": 1143}`` → ``["--imap-port=1143"]``."""
    return [f"--{name.replace('_', '-')}={port}" for name, port in ports.items()]
