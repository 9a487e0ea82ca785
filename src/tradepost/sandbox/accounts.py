"""Who has a mailbox in the simulated world: ``accounts.json`` in the data directory, mode 0600."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class Plays(StrEnum):
    """Who is behind an address."""

    USER = "user"  # a person with a mail program of their own; the sandbox never answers for them
    CUSTOMER = "customer"  # answers mail after a second or two
    AWAY = "away"  # answers with an out-of-office note
    GONE = "gone"  # no such mailbox: mail to it bounces


@dataclass(frozen=True, slots=True)
class Account:
    """``address`` is in lower case. The password is in the clear: it opens nothing outside the sandbox."""

    address: str
    password: str = ""
    name: str = ""
    plays: Plays = Plays.USER
    company: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class Directory:
    """The accounts, by address. Read again when the file has changed: a running server learns of new ones."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None
        self._accounts: dict[str, Account] = {}

    def all(self) -> dict[str, Account]:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return self._accounts
        if (status.st_mtime_ns, status.st_size) != self._seen:
            rows = json.loads(self.path.read_text("utf-8"))
            self._accounts = {
                row["address"]: Account(**{**row, "plays": Plays(row["plays"])}) for row in rows
            }
            self._seen = status.st_mtime_ns, status.st_size
        return self._accounts

    def find(self, address: str) -> Account | None:
        """The account of an address; ``dana+anything@`` is ``dana@`` (RFC 5233)."""
        local, _, domain = address.strip().lower().rpartition("@")
        return self.all().get(f"{local.partition('+')[0]}@{domain}")

    def signs_in(self, address: str, password: str) -> Account | None:
        account = self.find(address)
        right = account is not None and account.plays is not Plays.GONE and account.password == password
        return account if right else None

    def domains(self) -> set[str]:
        return {account.domain for account in self.all().values()}

    def add(self, accounts: Iterable[Account]) -> None:
        """Add these, in the place of those with the same address. The file is replaced in one step."""
        merged = self.all() | {account.address: account for account in accounts}
        new = self.path.with_suffix(".new")
        with os.fdopen(
            os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump([asdict(account) for account in merged.values()], file, indent=1)
        new.replace(self.path)
