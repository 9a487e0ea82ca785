"""Handing a message to an outgoing server (RFC 5321, 6409): one transaction or several, recipient by recipient.

A refusal of some recipients is a result; of all, an error. Errors say whether to try again: 4xx is retryable,
5xx permanent, and what an administrator has to mend is misconfigured.
"""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tradepost.kit.errors import Remote, Temper
from tradepost.kit.words import gettext_noop
from tradepost.wire import tls


class SmtpFault(Remote):
    """``said`` are the server's words, with its reply code in front."""

    code = "smtp"
    cause_text = gettext_noop("{host} refused the message: {said}")
    cure_text = gettext_noop("Ask the provider what the message means.")


class SmtpLoginRefused(SmtpFault):
    code = "smtp-login"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("{host} did not accept the user name or the password for sending: {said}")
    cure_text = gettext_noop(
        "Check both; the user name is often the whole address. Where the account has two-step "
        "verification, create an app password and use it here."
    )


class SmtpPasswordSignInOff(SmtpLoginRefused):
    code = "smtp-password-sign-in-off"
    cause_text = gettext_noop("{host} does not let programs send with a password: {said}")
    cure_text = gettext_noop(
        "Connect the account by signing in with the provider, or have SMTP sign-in allowed for it."
    )


class SmtpNoStartTls(SmtpFault):
    code = "smtp-no-starttls"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("{host} does not offer STARTTLS on this port.")
    cure_text = gettext_noop(
        "Choose TLS with port 465; an unencrypted connection would show the password to others."
    )


class SmtpNoLogin(SmtpFault):
    code = "smtp-no-login"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("{host} offers no way to sign in on this connection.")
    cure_text = gettext_noop(
        "Choose TLS or STARTTLS as encryption, or leave the user name for sending empty."
    )


class SenderRefused(SmtpFault):
    code = "smtp-sender"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("{host} does not let this account send as {sender}: {said}")
    cure_text = gettext_noop("Use the account's own address as sender, or allow this one with the provider.")


class RecipientsRefused(SmtpFault):
    """None was accepted. ``refused`` maps each address to the server's words."""

    code = "smtp-recipients"
    cause_text = gettext_noop("{host} accepted none of the recipients: {said}")
    cure_text = gettext_noop("Check the addresses.")
    refused: Mapping[str, str] = {}


class MessageTooLarge(SmtpFault):
    code = "smtp-size"
    cause_text = gettext_noop("The message has {size} bytes; {host} takes {limit} at most.")
    cure_text = gettext_noop("Send fewer or smaller attachments, or a link to them.")


class SmtpBusy(SmtpFault):
    code = "smtp-busy"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("{host} cannot take the message now: {said}")
    cure_text = gettext_noop("It is tried again by itself.")


class SmtpDropped(SmtpFault):
    code = "smtp-dropped"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("The connection to {host} broke before the message was handed over: {said}")
    cure_text = gettext_noop("It is tried again by itself.")


class Unconfirmed(SmtpFault):
    """The message was handed over and no answer came: it may be on its way. Look for it before sending again."""

    code = "smtp-unconfirmed"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop(
        "The connection to {host} broke after the message was handed over: it may have been sent."
    )
    cure_text = gettext_noop("It is looked for in the Sent folder before it is sent again.")


class NotSmtp(SmtpFault):
    code = "smtp-not-spoken"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("What answers at {host} is no SMTP server: {said}")
    cure_text = gettext_noop("Check the host, the port and the kind of encryption.")


@dataclass(frozen=True, slots=True)
class Credentials:
    """``access_token`` (XOAUTH2) wins over ``password``. Without a user name nobody signs in."""

    username: str
    password: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of each recipient; ``message_id`` (without brackets) if the server named one at the end."""

    accepted: tuple[str, ...]
    refused: Mapping[str, str]
    message_id: str = ""


class _Smtp(smtplib.SMTP):
    """smtplib on a socket that is connected already."""

    def __init__(self, sock: socket.socket, timeout: float) -> None:
        self._given = sock
        address = sock.getsockname()[0]
        literal = f"[IPv6:{address}]" if ":" in address else f"[{address}]"  # RFC 5321 §4.1.3
        super().__init__(local_hostname=literal, timeout=timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._given


_MESSAGE_ID = re.compile(rb"<([^<>\s]+@[^<>\s]+)>")
# Microsoft 365: "5.7.139 Authentication unsuccessful, basic authentication is disabled",
# "SmtpClientAuthentication is disabled".
_NO_PASSWORDS = re.compile(
    r"5\.7\.139|basic auth\w* is disabled|SmtpClientAuthentication is disabled", re.IGNORECASE
)
LAST_WORD = 300.0  # seconds; longer, and a few silent servers would keep all workers waiting
_NEWLINE = re.compile(rb"\r\n|\r|\n")


class Smtp:
    """A session on a connected socket, secured already for implicit TLS. Not thread-safe; close it after use."""

    def __init__(self, sock: socket.socket, host: str, *, timeout: float) -> None:
        self.host = host
        sock.settimeout(timeout)
        self._smtp = _Smtp(sock, timeout)
        try:
            with self._words(NotSmtp):
                code, said = self._smtp.connect(host, 1)
                if code != 220:
                    raise smtplib.SMTPConnectError(code, said)
                self._smtp.ehlo_or_helo_if_needed()
        except BaseException:
            sock.close()
            raise

    def __enter__(self) -> Smtp:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self._smtp.quit()
        self._smtp.close()

    def upgrade(self, trust: tls.Trust) -> None:
        """STARTTLS (RFC 3207). Raises ``SmtpNoStartTls`` or ``TlsFault``."""
        try:
            if not self._smtp.has_extn("starttls"):
                raise SmtpNoStartTls(host=self.host)
            with self._words(SmtpNoStartTls):
                self._smtp._host = self.host  # type: ignore[attr-defined]
                code, said = self._smtp.starttls(context=tls.context(trust))
                if code != 220:
                    raise smtplib.SMTPResponseException(code, said)
                self._smtp.ehlo_or_helo_if_needed()
        except BaseException:
            self._smtp.close()
            raise

    def sign_in(self, credentials: Credentials) -> None:
        """Raises ``SmtpLoginRefused``, ``SmtpNoLogin``, or ``SmtpBusy``."""
        if not credentials.username:
            return
        if not self._smtp.has_extn("auth"):
            raise SmtpNoLogin(host=self.host)
        user, token = credentials.username, credentials.access_token
        offered = self._smtp.esmtp_features["auth"].upper().split()
        with self._words(SmtpLoginRefused):
            if token:
                self._authenticate("XOAUTH2", f"user={user}\1auth=Bearer {token}\1\1")
            elif "PLAIN" in offered:
                self._authenticate("PLAIN", f"\0{user}\0{credentials.password}")
            else:
                self._smtp.login(user, credentials.password)

    def _authenticate(self, mechanism: str, initial: str) -> None:
        """smtplib's own takes ASCII only. A refusal may come as a challenge that wants an empty answer (XOAUTH2)."""
        encoded = base64.b64encode(initial.encode()).decode()
        code, said = self._smtp.docmd("AUTH", f"{mechanism} {encoded}")
        if code == 334:
            code, said = self._smtp.docmd("")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, said)

    def send(
        self,
        sender: str,
        recipients: Sequence[str],
        raw: bytes,
        before_data: Callable[[], None] | None = None,
    ) -> Handed:
        """Hand ``raw`` over for all ``recipients``, in as many transactions as the server's limit asks for.

        ``before_data`` is called once, when the server took the first recipients and before a byte of the message goes
        out; what it raises stops the sending. Once one transaction went through, later failures are refusals of their
        recipients, not errors.
        """
        raw = _NEWLINE.sub(b"\r\n", raw)
        self._check_size(raw)
        accepted: list[str] = []
        refused: dict[str, str] = {}
        message_id = ""
        waiting = list(dict.fromkeys(recipients))
        while waiting:
            taken: list[str] = []
            try:
                taken, waiting = self._envelope(sender, waiting, raw, refused)
                if taken and not accepted and before_data:
                    before_data()
                named = self._data(raw) if taken else ""
            except SmtpFault as fault:
                if not accepted:
                    raise
                refused |= dict.fromkeys((*taken, *waiting), fault.cause)
                break
            accepted += taken
            message_id = message_id or named
        if not accepted:
            raise self._all_refused(refused)
        return Handed(tuple(accepted), refused, message_id)

    def _envelope(
        self, sender: str, waiting: list[str], raw: bytes, refused: dict[str, str]
    ) -> tuple[list[str], list[str]]:
        """One MAIL and its RCPTs. Returns who was taken, and who has to wait for the next transaction."""
        with self._words(SmtpDropped):
            international = not (sender + "".join(waiting)).isascii() and self._smtp.has_extn("smtputf8")
            self._mail(sender, raw, international)
            taken: list[str] = []
            limit = self._recipient_limit()
            for position, recipient in enumerate(waiting):
                full = len(taken) >= limit
                code, said = (452, b"") if full else self._rcpt(recipient, international)
                if taken and _too_many(code, said):
                    waiting = waiting[position:]
                    break
                if _taken(code):
                    taken.append(recipient)
                elif code == 421:
                    raise smtplib.SMTPServerDisconnected(_text(code, said))
                else:
                    refused[recipient] = _text(code, said)
            else:
                waiting = []
            if not taken:
                self._smtp.rset()
        return taken, waiting

    def _mail(self, sender: str, raw: bytes, international: bool) -> None:
        options = []
        if self._smtp.has_extn("size"):
            options.append(f"size={len(raw)}")
        if self._smtp.has_extn("8bitmime") and not raw.isascii():
            options.append("body=8bitmime")
        if international:
            options.append("smtputf8")
        with self._words(SenderRefused, sender=sender):
            code, said = self._smtp.mail(sender if international else _ascii(sender), options)
        with self._words(SmtpFault if code == 552 else SenderRefused, sender=sender):  # 552: its size
            if not _taken(code):
                raise smtplib.SMTPSenderRefused(code, said, sender)

    def _rcpt(self, recipient: str, international: bool) -> tuple[int, bytes]:
        try:
            return self._smtp.rcpt(recipient if international else _ascii(recipient))
        except ValueError:
            return 553, b"5.6.7 The server cannot deliver to addresses with such characters (no SMTPUTF8)"

    def _data(self, raw: bytes) -> str:
        """A server may look through a mail for minutes before it says what becomes of it (RFC 5321 §4.5.3.2.6)."""
        line: Any = self._smtp.sock
        patience = line.gettimeout()
        line.settimeout(max(patience, LAST_WORD))
        try:
            with self._words(SmtpFault):
                code, said = self._smtp.data(raw)
                if 400 <= code < 600:
                    raise smtplib.SMTPDataError(code, said)
        except SmtpDropped as fault:
            raise Unconfirmed(host=self.host) from fault
        finally:
            with contextlib.suppress(OSError):  # closed
                line.settimeout(patience)
        if not _taken(code):  # no reply code
            raise Unconfirmed(host=self.host)
        named = _MESSAGE_ID.search(said)
        return named[1].decode("ascii", "replace") if named else ""

    def _check_size(self, raw: bytes) -> None:
        limit = self._smtp.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < len(raw):
            raise MessageTooLarge(host=self.host, size=len(raw), limit=int(limit))

    def _recipient_limit(self) -> int:
        """What the server announced (RFC 9422); without it, it will say when it is enough."""
        announced = re.search(r"RCPTMAX=(\d+)", self._smtp.esmtp_features.get("limits", ""), re.IGNORECASE)
        return int(announced[1]) if announced else 1_000_000

    def _all_refused(self, refused: Mapping[str, str]) -> RecipientsRefused:
        said = next(iter(refused.values()), "no recipient was given")
        again = any(words.startswith("4") for words in refused.values())
        fault = RecipientsRefused(
            host=self.host, said=said, temper=Temper.RETRYABLE if again else Temper.PERMANENT
        )
        fault.refused = refused
        return fault

    @contextlib.contextmanager
    def _words(self, permanent: type[SmtpFault], **facts: Any) -> Iterator[None]:
        """smtplib's errors as ours: 4xx → ``SmtpBusy``, 5xx → ``permanent``, a broken connection → ``SmtpDropped``."""
        facts["host"] = self.host
        try:
            yield
        except Remote:
            raise
        except smtplib.SMTPServerDisconnected as error:
            raise SmtpDropped(said=str(error), **facts) from error
        except smtplib.SMTPResponseException as error:
            said = _text(error.smtp_code, error.smtp_error)
            kind = SmtpBusy if 400 <= error.smtp_code < 500 else permanent
            if kind is SmtpLoginRefused and _NO_PASSWORDS.search(said):
                kind = SmtpPasswordSignInOff
            raise kind(said=said, **facts) from error
        except smtplib.SMTPException as error:
            raise permanent(said=str(error), **facts) from error
        except OSError as error:
            if isinstance(error, ssl.SSLError):
                raise tls.tls_fault(error, self.host) from error
            said = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
            raise SmtpDropped(said=said, **facts) from error


def _taken(code: int) -> bool:
    """RFC 5321 §4.2.1: the first digit tells, whatever follows."""
    return 200 <= code < 300


def _too_many(code: int, said: bytes) -> bool:
    """RFC 5321 §4.5.3.1.10: 452, and 552 of old servers; RFC 3463 X.5.3 "too many recipients"."""
    in_words = code == 552 and b"recipient" in said.lower()
    return code == 452 or in_words or bool(re.match(rb"[45]\.5\.3\b", said))


def _ascii(address: str) -> str:
    """With its domain in the form of IDNA. Raises ``ValueError`` for a local part that has none."""
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise ValueError(address)
    return f"{local}@{domain.encode('idna').decode('ascii')}" if not domain.isascii() else address


def _text(code: int, said: bytes | str) -> str:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(words.split())}"
