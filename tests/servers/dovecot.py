"""A private Dovecot 2.3: IMAP with TLS, IDLE, CONDSTORE, QRESYNC and OAuth; submission; LMTP. Root is not needed.

Debian: ``apt-get install --no-install-recommends dovecot-imapd dovecot-lmtpd dovecot-submissiond``.
"""

from __future__ import annotations

import getpass
import grp
import itertools
import os
import pwd
import re
import shutil
import smtplib
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.certs import Authority, Certificate
from tests.servers.oauth import Introspection
from tests.servers.process import free_ports, spawn, stop, wait_until_ready

TEMPLATE = (Path(__file__).parent / "dovecot.conf").read_text()
PASSWORD = "secret"
_files = itertools.count(1)


def plain_message(number: int, to: str) -> bytes:
    """A small message of the ordinary kind: 1.5 to 4 KB, with the headers that mail gathers on its way.

    No two in a row are of one size, as in life: a maildir's names end in it, and Dovecot's hash of a name is made of
    its last characters mostly. A folder of equal sizes is one long chain to it, and a size takes 15 µs to find.
    """
    hops = "".join(
        f"Received: from mx{hop}.example.net (mx{hop}.example.net [192.0.2.{hop}])\r\n\tby mail.example.org with "
        f"ESMTPS id {number:08x}{hop}\r\n\tfor <{to}>; Mon, 2 Nov 2026 10:0{hop}:00 +0100\r\n"
        for hop in range(1, 5)
    )
    return (
        f"Return-Path: <buyer{number}@customer.test>\r\n{hops}"
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=customer.test; s=mail;\r\n\tb={'Ab3+' * 40}\r\n"
        f"Message-ID: <{number}.mail@customer.test>\r\nIn-Reply-To: <{number - 1}.mail@customer.test>\r\n"
        f"References: <{number - 2}.mail@customer.test> <{number - 1}.mail@customer.test>\r\n"
        f"From: Buyer {number} <buyer{number}@customer.test>\r\nTo: {to}\r\nSubject: Question {number} on an order\r\n"
        f"Date: Mon, 2 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + ("Good morning, when will our goods arrive? Kind regards\r\n" * 48)[
            : 100 + number * 7919 % 2600
        ].rstrip()
        + "\r\n"
    ).encode()


def _accounts() -> dict[str, str]:
    """Who Dovecot's processes run as. Started by root, it refuses to serve the network or mail as root."""
    if os.getuid():
        me, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
        return {"user": me, "group": group, "inner": me, "inner_group": group, "login": me}
    mail = {"user": "nobody", "group": grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name}
    return mail | {"inner": "dovecot", "inner_group": "dovecot", "login": "dovenull"}


@dataclass
class Dovecot:
    """``start`` before use, ``stop`` after. State lives in ``home`` and survives a restart."""

    home: Path
    imap: int = 0
    imaps: int = 0
    submission: int = 0
    submissions: int = 0
    lmtp: int = 0
    sasl: int = 0
    capability: str = "+XLIST"  # with a plus: added to what it can do; without: all that it says it can do
    relay: int = 0  # where submission hands on to; nobody listens there until a relay is started
    certificate: Certificate = field(init=False)
    authority: Authority = field(init=False)

    @staticmethod
    def missing() -> str:
        """Why Dovecot cannot be started here, or an empty string."""
        if shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
            return ""
        return "Dovecot is not installed (apt-get install dovecot-imapd dovecot-lmtpd dovecot-submissiond)"

    def __post_init__(self) -> None:
        names = ("imap", "imaps", "submission", "submissions", "lmtp", "sasl", "relay")
        for name, port in zip(names, free_ports(len(names)), strict=True):
            setattr(self, name, getattr(self, name) or port)
        for name in ("run", "mail", "log", "state", "users"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        self.authority = Authority(self.home / "tls")
        self.certificate = self.authority.issue()

    def start(self) -> Dovecot:
        self._introspection = Introspection()
        (self.home / "oauth2.conf").write_text(
            "introspection_mode = post\nusername_attribute = email\nactive_attribute = active\nactive_value = true\n"
            f"introspection_url = {self._introspection.url}\n"
        )
        self._hand_over(self.home / "mail")
        self._launch()
        return self

    def _launch(self) -> None:
        conf = self.home / "dovecot.conf"
        facts = {name: value for name, value in vars(self).items() if isinstance(value, int | str | Path)}
        facts |= _accounts() | {"cert": self.certificate.cert, "key": self.certificate.key}
        text = TEMPLATE
        for name, value in facts.items():
            text = text.replace(f"@{name}@", str(value))
        conf.write_text(text)
        log = self.home / "log" / "start.log"
        binary = shutil.which("dovecot") or "/usr/sbin/dovecot"
        self._process = spawn([binary, "-F", "-c", str(conf)], log)
        wait_until_ready(self.imap, self._process, log)

    def stop(self) -> None:
        stop(self._process)
        self._introspection.close()

    def restart(self, certificate: Certificate | None = None) -> None:
        """With another certificate, if one is given. All connections break."""
        stop(self._process)
        self.certificate = certificate or self.certificate
        self._launch()

    def cut(self, address: str) -> None:
        """Break the connections of ``address`` at once, whatever they are doing."""
        doveadm = shutil.which("doveadm") or "/usr/bin/doveadm"
        subprocess.run(
            [doveadm, "-c", self.home / "dovecot.conf", "kick", address], check=True, capture_output=True
        )

    def user(self, address: str, password: str = PASSWORD, *, quota: str = "") -> str:
        """Make ``address`` an account; ``quota`` like ``10M``. Returns the address."""
        extra = f"userdb_quota_rule=*:storage={quota}" if quota else ""
        # A file of its own: Dovecot looks for changes in one that it knows once a second only.
        new = self.home / "new-user"
        new.write_text(f"{address}:{{PLAIN}}{password}::::::{extra}\n")
        new.replace(self.home / "users" / address)
        return address

    def maildir(self, address: str, folder: str = "INBOX") -> Path:
        root = self.home / "mail" / address
        return root if folder == "INBOX" else root / f".{folder.replace('/', '.')}"

    def seed(
        self,
        address: str,
        count: int,
        folder: str = "INBOX",
        make: Callable[[int, str], bytes] = plain_message,
    ) -> None:
        """Put ``count`` messages into a maildir as files: 20,000 take some seconds. UIDs follow the order made."""
        box = self.maildir(address, folder)
        for part in ("cur", "new", "tmp"):
            (box / part).mkdir(parents=True, exist_ok=True)
        for number in range(1, count + 1):
            raw = make(number, address)
            path = box / "cur" / f"{1_700_000_000 + number}.M{number}P1.test,S={len(raw)}:2,S"
            path.write_bytes(raw)
            os.utime(path, (1_700_000_000 + number,) * 2)
        self._hand_over(self.maildir(address))

    def put(self, address: str, raws: Iterable[bytes], folder: str = "INBOX") -> None:
        """Messages that arrive now, as files: quicker than delivering many."""
        box = self.maildir(address, folder) / "cur"
        for raw in raws:
            (box / f"{time.time():.0f}.M{next(_files)}P1.test,S={len(raw)}:2,S").write_bytes(raw)
        self._hand_over(self.maildir(address))

    def back_up(self, address: str, to: Path) -> Path:
        """Copy the mailbox as it is, with its numbering."""
        return Path(shutil.copytree(self.maildir(address), to))

    def restore(self, address: str, kept: Path) -> None:
        """Put a copy back. Its connections break; UIDVALIDITY is as it was, and so is the next UID."""
        shutil.rmtree(self.maildir(address))
        shutil.copytree(kept, self.maildir(address))
        self._hand_over(self.maildir(address))

    def _hand_over(self, path: Path) -> None:
        """Give files that we wrote as root to the account that mail is served as."""
        if os.getuid() == 0:
            accounts = _accounts()
            for each in (path, *path.rglob("*")):
                shutil.chown(each, accounts["user"], accounts["group"])

    def deliver(self, address: str, raw: bytes, sender: str = "buyer@customer.test") -> None:
        """By LMTP, as a mail server would."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            lmtp.sendmail(sender, [address], raw)

    def forget_uids(self, address: str, folder: str = "INBOX") -> None:
        """Number the folder's messages anew, as a restored backup does: it has another UIDVALIDITY from now on."""
        box = self.maildir(address, folder)
        for index in box.glob("dovecot.index*"):
            index.unlink()
        uids = box / "dovecot-uidlist"
        uids.write_bytes(re.sub(rb"\bV(\d+)", lambda m: b"V%d" % (int(m[1]) + 1), uids.read_bytes(), count=1))
