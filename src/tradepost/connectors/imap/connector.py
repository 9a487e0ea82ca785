"""Mail by IMAP and SMTP: the connector, and Test Connection."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Event, Timer
from typing import TypeVar

from django.utils.translation import gettext as _

from tradepost.connectors.imap import dial
from tradepost.connectors.imap.client import ImapMailbox
from tradepost.connectors.imap.config import Config, Encryption, Server, dump, in_one_selector, parse
from tradepost.connectors.imap.errors import FOLDERS_HEADLINE, NoFolders, Unanswering
from tradepost.connectors.imap.idle import Health, Target, Watcher
from tradepost.connectors.imap.presets import GENERIC, PRESETS, files_sent_mail, preset_for, propose
from tradepost.kit.errors import Fault
from tradepost.mail.errors import InDoubt
from tradepost.mail.types import Sent, Step, StepResult
from tradepost.wire import net
from tradepost.wire.smtp import Smtp, Unconfirmed

T = TypeVar("T")
_PATIENCE = 25.0  # seconds that Test Connection gives each of the two servers: a person is waiting


class ImapConnector:
    key = "imap"
    label = "Mail (IMAP and SMTP)"
    switch = "mail.active"
    presets = PRESETS

    def __init__(self, patience: float = _PATIENCE) -> None:
        self._patience = patience

    def clean(self, config: Mapping[str, object]) -> dict[str, object]:
        """A person's entries as they are stored. Raises ``Invalid``, which names the field."""
        return dump(parse(in_one_selector(config)))

    def files_sent_mail(self, config: Mapping[str, object]) -> bool:
        """Whether the provider puts what is sent into the Sent folder by itself, so that a copy of ours were a second."""
        smtp = config.get("smtp")
        return isinstance(smtp, Mapping) and files_sent_mail(str(smtp.get("host", "")))

    def preset_for(self, address: str) -> str:
        """The key of the preset that an address belongs to."""
        return next((p.key for p in PRESETS if p.key == preset_for(address).key), GENERIC.key)

    def propose(self, address: str, preset: str = "") -> dict[str, object]:
        """What the form is filled in with for an address; ``preset`` is the key of one that a person chose."""
        chosen = next((p for p in PRESETS if p.key == preset and p is not GENERIC), None)
        return dump(propose(address, chosen))

    def unverified(self, config: Mapping[str, object]) -> bool:
        """Whether these settings believe any certificate."""
        parsed = parse(config)
        return parsed.imap.unverified or parsed.smtp.unverified

    def mailbox(self, config: Mapping[str, object], secrets: Mapping[str, str]) -> ImapMailbox:
        server = parse(config).imap
        sock = net.connect(dial.endpoint(server), dial.CONNECT_TIMEOUT)
        client = dial.imap(server, sock)
        dial.sign_in(client, server, dial.credentials(server, secrets, "imap"))
        return ImapMailbox(client, server.host)

    def outgoing(self, config: Mapping[str, object], secrets: Mapping[str, str]) -> SmtpOutgoing:
        return SmtpOutgoing(parse(config), secrets)

    def watcher(self, changed: Callable[[int], None], told: Callable[[int, Health], None]) -> Watcher:
        return Watcher(changed, told)

    def target(
        self, stream_id: int, config: Mapping[str, object], secrets: Mapping[str, str], folder: str
    ) -> Target:
        """A folder for the watcher. Raises ``Invalid`` for a bad ``config``."""
        server = parse(config).imap
        return Target(stream_id, server, dial.credentials(server, secrets, "imap"), folder)

    def test(self, config: Mapping[str, object], secrets: Mapping[str, str]) -> Iterator[StepResult]:
        """Walk all steps and stop after the first that fails; a bad ``config`` raises ``Invalid`` before."""
        return _Walk(parse(config), secrets, self._patience).steps()


class SmtpOutgoing:
    """A new connection for each message: providers close idle ones, and a job sends one message."""

    def __init__(self, config: Config, secrets: Mapping[str, str]) -> None:
        self._server = sending_server(config)
        self._credentials = dial.credentials(self._server, secrets, "smtp")

    def send(
        self,
        sender: str,
        recipients: Sequence[str],
        raw: bytes,
        *,
        before_data: Callable[[], None] | None = None,
    ) -> Sent:
        sock = net.connect(dial.endpoint(self._server), dial.CONNECT_TIMEOUT)
        with dial.smtp(self._server, sock) as session:
            session.sign_in(self._credentials)
            try:
                handed = session.send(sender, recipients, raw, before_data)
            except Unconfirmed as fault:
                raise InDoubt(host=self._server.host) from fault
        return Sent(handed.accepted, handed.refused, handed.message_id)


def sending_server(config: Config) -> Server:
    """The outgoing side, signed in to as the incoming one where they match (B11)."""
    smtp = config.smtp
    if not config.match_imap_credentials:
        return smtp
    return replace(smtp, username=config.imap.username)


class _Failed(Exception):
    """The step just tried failed; its result stands in ``result``."""

    def __init__(self, result: StepResult) -> None:
        self.result = result


class _Walk:
    """Test Connection. What one step opened the next one uses; whatever is open at the end is closed.

    ``patience``: seconds for each server from its connection on, however it dribbles out what it says.
    """

    def __init__(self, config: Config, secrets: Mapping[str, str], patience: float) -> None:
        self.config, self.secrets, self.patience = config, secrets, patience
        self.open: list[Callable[[], object]] = []
        self.hung_up = Event()

    def steps(self) -> Iterator[StepResult]:
        try:
            yield from self._imap()
            yield from self._smtp()
        except _Failed as failed:
            yield failed.result
        finally:
            for close in reversed(self.open):
                try:
                    close()
                except (OSError, Fault):
                    continue

    def _imap(self) -> Iterator[StepResult]:
        server = self.config.imap
        where, result = self._try(Step.NAME, lambda: dial.endpoint(server))
        yield result
        sock, result = self._try(Step.CONNECT, lambda: self._connect(where))
        yield result
        client, result = self._try(Step.TLS, lambda: dial.imap(server, sock), server)
        yield result
        known = dial.credentials(server, self.secrets, "imap")
        _, result = self._try(Step.LOGIN, lambda: dial.sign_in(client, server, known))
        yield result
        mailbox, result = self._try(Step.FOLDERS, lambda: self._folders(ImapMailbox(client, server.host)))
        yield result
        mailbox.__exit__()

    def _smtp(self) -> Iterator[StepResult]:
        server = sending_server(self.config)
        where, result = self._try(Step.SMTP_NAME, lambda: dial.endpoint(server))
        yield result
        sock, result = self._try(Step.SMTP_CONNECT, lambda: self._connect(where))
        yield result
        session, result = self._try(Step.SMTP_TLS, lambda: self._session(server, sock), server)
        yield result
        known = dial.credentials(server, self.secrets, "smtp")
        _, result = self._try(Step.SMTP_LOGIN, lambda: session.sign_in(known))
        yield result

    def _connect(self, where: net.Endpoint) -> socket.socket:
        sock = net.connect(where, min(dial.CONNECT_TIMEOUT, self.patience))
        sock.settimeout(dial.READ_TIMEOUT)  # from here on the timer below tells when patience ends, and why
        self.open.append(sock.close)
        line = sock.dup()  # TLS takes ``sock`` over; the duplicate still ends the conversation
        timer = Timer(self.patience, self._hang_up, [line])
        timer.daemon = True
        self.open += [line.close, timer.cancel]
        timer.start()
        return sock

    def _hang_up(self, line: socket.socket) -> None:
        self.hung_up.set()
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    def _session(self, server: Server, sock: socket.socket) -> Smtp:
        session = dial.smtp(server, sock)
        self.open.append(session.close)
        return session

    def _host(self, step: Step) -> str:
        return (self.config.smtp if step.startswith("smtp") else self.config.imap).host

    def _folders(self, mailbox: ImapMailbox) -> ImapMailbox:
        if not any(folder.selectable for folder in mailbox.folders()):
            raise NoFolders(host=self.config.imap.host)
        return mailbox

    def _try(self, step: Step, act: Callable[[], T], server: Server | None = None) -> tuple[T, StepResult]:
        started = time.monotonic()
        try:
            made = act()
        except Fault as fault:
            raise _Failed(self._result(step, fault, time.monotonic() - started)) from fault
        note = _warning(server) if server else ""
        return made, StepResult(step, True, note, took=time.monotonic() - started)

    def _result(self, step: Step, met: Fault, took: float) -> StepResult:
        fault = Unanswering(host=self._host(step), seconds=self.patience) if self.hung_up.is_set() else met
        headline = f"{_(FOLDERS_HEADLINE)} " if step is Step.FOLDERS else ""
        print_of = getattr(getattr(met, "certificate", None), "fingerprint", "")
        return StepResult(step, False, headline + fault.cause, fault.cure, took, print_of)


def _warning(server: Server) -> str:
    if server.encryption is Encryption.NONE:
        return _("This connection is not encrypted: password and mail can be read on the way.")
    if server.unverified:
        return _(
            "The certificate is not verified: somebody on the way could pass for the server and read along."
        )
    return ""


CONNECTOR = ImapConnector()
