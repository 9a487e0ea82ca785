"""Real CalDAV servers as fixtures: Radicale and Xandikos, each a process on a free port over a temporary folder."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx2

from tests.servers.process import free_ports, spawn, stop, wait_until_ready
from tradepost.connectors.caldav.client import CalDavCalendar
from tradepost.connectors.caldav.connector import CalDavConnector
from tradepost.wire import net
from tradepost.wire.transport import GuardedTransport

LOOPBACK = net.networks(["127.0.0.0/8"])
# Radicale flushes every entry to the disk, one by one; what a test writes may be lost with the machine.
_UNFLUSHED = """\
import os, runpy
os.fsync = lambda descriptor: None
runpy.run_module("radicale", run_name="__main__")
"""


def transport() -> GuardedTransport:
    return GuardedTransport(private=LOOPBACK)


class Server:
    """``make`` creates a calendar, ``open`` connects to it as the product does."""

    name = ""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self.port = free_ports(1)[0]
        log = home / "log"
        self.process = spawn(self.command(), log)
        wait_until_ready(self.port, self.process, log)
        self.made = 0

    def command(self) -> list[str]:
        raise NotImplementedError

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        stop(self.process)

    def home_of(self, user: str) -> str:
        raise NotImplementedError

    def request(
        self, method: str, path: str, content: str | bytes = b"", user: str = "dana", **headers: str
    ) -> httpx2.Response:
        auth = (user, "x") if self.name == "radicale" else None
        with httpx2.Client(base_url=self.url, auth=auth, timeout=600) as client:
            return client.request(method, path, content=content, headers=headers)

    def make(self, user: str = "dana", name: str = "") -> str:
        """A new calendar; its path."""
        self.made += 1
        path = f"{self.home_of(user)}{name or f'c{self.made}'}/"
        body = ('<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><displayname>'
                f"{name or 'Work'}</displayname></prop></set></C:mkcalendar>")  # fmt: skip
        answer = self.request("MKCALENDAR", path, body, user=user)
        assert answer.status_code == 201, answer.text
        return path

    def open(self, path: str, way: httpx2.BaseTransport | None = None, user: str = "dana") -> CalDavCalendar:
        connector = CalDavConnector(lambda: way or transport())
        config = {"url": self.url, "username": user, "addresses": [f"{user}@shop.test"]}
        return connector.calendar(config, {"password": "x"}, self.url + path)


class Radicale(Server):
    """Takes any name and any password: ``auth type = none``."""

    name = "radicale"

    def command(self) -> list[str]:
        config = self.home / "config"
        config.write_text(
            f"[server]\nhosts = 127.0.0.1:{self.port}\n[auth]\ntype = none\n[rights]\ntype = owner_only\n"
            f"[storage]\nfilesystem_folder = {self.home / 'store'}\n"
            "[logging]\nlevel = warning\n"
        )
        return [sys.executable, "-c", _UNFLUSHED, "--config", str(config)]

    def home_of(self, user: str) -> str:
        return f"/{user}/"


class Xandikos(Server):
    name = "xandikos"

    def command(self) -> list[str]:
        root, where = self.home / "store", ["-l", "127.0.0.1", "-p", str(self.port)]
        state = ["--state-dir", str(self.home / "state")]
        return [sys.executable, "-m", "xandikos", "serve", "--defaults", "-d", str(root), *where, *state]

    def home_of(self, user: str) -> str:
        return "/user/calendars/"
