"""The calendar and address-book server of the sandbox: Radicale, run as a program of its own.

Every mailbox of the sandbox is an account there as well: Radicale asks the mail server for the password. It gives each
one a calendar, an address book and a task list at the first sign-in, and lets nobody see another's.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from configparser import ConfigParser
from contextlib import suppress
from pathlib import Path

from tradepost.kit.errors import Fault
from tradepost.wire.process import tied

HOST = "127.0.0.1"
PATIENCE = 30.0  # seconds that Radicale has to come up
COLLECTIONS = {
    "calendar": {
        "tag": "VCALENDAR",
        "D:displayname": "Calendar",
        "C:supported-calendar-component-set": "VEVENT",
    },
    "tasks": {"tag": "VCALENDAR", "D:displayname": "Tasks", "C:supported-calendar-component-set": "VTODO"},
    "contacts": {"tag": "VADDRESSBOOK", "D:displayname": "Contacts"},
}


class CalendarsDown(Fault):
    """Radicale did not come up."""

    code = "calendars-down"
    exit_code = 1
    cause_text = "The calendar server of the sandbox does not start: {message}."
    cure_text = "Read {log}."


class CalendarServer:
    """Radicale on ``port``, a child of ours that cannot outlive us. ``data`` keeps collections, config and log."""

    def __init__(self, data: Path, imap_port: int) -> None:
        self.data = data / "calendars"
        self.certificate = data
        self.imap_port = imap_port
        self.port = 0
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, port: int = 0) -> None:
        """Take the port of the last time, or any free one. Raises ``CalendarsDown``."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.port = port or self._last_port()
        (self.data / "port").write_text(str(self.port))
        config, log = self.data / "config", self.data / "log"
        with config.open("w") as file:
            self._config().write(file)
        with log.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "radicale", "--config", str(config)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=tied(),
            )
        try:
            await asyncio.wait_for(self._up(self._process), PATIENCE)
        except TimeoutError:
            raise CalendarsDown(f"it does not answer after {PATIENCE:g} s", log=log) from None

    async def stop(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()
            await self._process.wait()

    async def _up(self, process: asyncio.subprocess.Process) -> None:
        while True:
            if process.returncode is not None:
                raise CalendarsDown(f"it ended with code {process.returncode}", log=self.data / "log")
            try:
                _reader, writer = await asyncio.open_connection(HOST, self.port)
            except ConnectionError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return

    def _last_port(self) -> int:
        remembered = self.data / "port"
        if remembered.exists():
            return int(remembered.read_text())
        with socket.socket() as free:
            free.bind((HOST, 0))
            return int(free.getsockname()[1])

    def _config(self) -> ConfigParser:
        config = ConfigParser(interpolation=None)
        config["server"] = {
            "hosts": f"{HOST}:{self.port}",
            "ssl": "True",
            "certificate": str(self.certificate / "certificate.pem"),
            "key": str(self.certificate / "certificate.key"),
        }
        config["auth"] = {
            "type": "imap",
            "imap_host": f"{HOST}:{self.imap_port}",
            "imap_security": "none",
            "cache_logins": "True",
            "lc_username": "True",
        }
        config["rights"] = {"type": "owner_only"}
        config["storage"] = {
            "filesystem_folder": str(self.data / "collections"),
            "predefined_collections": json.dumps(COLLECTIONS),
        }
        config["logging"] = {"level": "warning"}
        return config
