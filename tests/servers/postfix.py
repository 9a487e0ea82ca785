"""A private Postfix that routes all mail, whatever its domain, to Dovecot's LMTP: real queues and real bounces.

Needs root (its daemons change user); ``/etc/postfix`` is left alone. Debian: ``apt-get install postfix``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.dovecot import Dovecot
from tests.servers.process import free_ports, spawn, wait_until_ready

MAIN = (Path(__file__).parent / "postfix-main.cf").read_text()
MASTER = (Path(__file__).parent / "postfix-master.cf").read_text()


@dataclass
class Postfix:
    """``smtp`` takes mail from loopback; ``submission`` wants STARTTLS and a sign-in, which Dovecot checks."""

    home: Path
    dovecot: Dovecot
    smtp: int = 0
    submission: int = 0
    recipient_limit: int = 50

    @staticmethod
    def missing() -> str:
        """Why Postfix cannot be started here, or an empty string."""
        if not shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
            return "Postfix is not installed (apt-get install postfix)"
        return "" if os.getuid() == 0 else "Postfix can be started by root only"

    def start(self) -> Postfix:
        self.smtp, self.submission = free_ports(2)
        for name in ("etc", "spool", "data", "log"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        shutil.chown(self.home / "data", "postfix")
        self.home.chmod(0o755)
        facts = {
            "home": self.home,
            "smtp": self.smtp,
            "submission": self.submission,
            "recipient_limit": self.recipient_limit,
            "lmtp": self.dovecot.lmtp,
            "sasl": self.dovecot.sasl,
            "cert": self.dovecot.certificate.cert,
            "key": self.dovecot.certificate.key,
        }
        for name, text in (("main.cf", MAIN), ("master.cf", MASTER)):
            for fact, value in facts.items():
                text = text.replace(f"@{fact}@", str(value))
            (self.home / "etc" / name).write_text(text)
        log = self.home / "log" / "start.log"
        self._process = spawn(["/usr/sbin/postfix", "-c", str(self.home / "etc"), "start-fg"], log)
        wait_until_ready(self.smtp, self._process, log, seconds=30)
        return self

    def stop(self) -> None:
        # Ending the wrapper alone would leave Postfix's master running.
        subprocess.run(
            ["/usr/sbin/postfix", "-c", self.home / "etc", "stop"], check=False, capture_output=True
        )
        self._process.wait(20)
