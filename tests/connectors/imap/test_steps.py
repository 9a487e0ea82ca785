"""Test Connection: each broken thing is named at its step, with a cure; the rest is not tried."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.connectors.imap.conftest import DovecotAccount
from tests.servers.process import free_ports
from tradepost.connectors.imap.config import Encryption, TlsVerify, dump, parse
from tradepost.connectors.imap.connector import ImapConnector
from tradepost.connectors.imap.errors import FOLDERS_HEADLINE
from tradepost.mail.types import Step, StepResult

pytestmark = pytest.mark.servers


def walk(
    account: DovecotAccount,
    side: str = "imap",
    /,
    secrets: dict[str, str] | None = None,
    patience: float = 25.0,
    **change: object,
) -> list[StepResult]:
    config = parse(account.config())
    changed = replace(config, **{side: replace(getattr(config, side), **change)})
    return list(ImapConnector(patience).test(dump(changed), account.secrets if secrets is None else secrets))


@pytest.mark.req("B6", "B9", "B11")
@pytest.mark.parametrize("encryption", list(Encryption))
def test_all_steps_pass(account: DovecotAccount, encryption: Encryption) -> None:
    results = list(ImapConnector().test(account.config(encryption), account.secrets))
    assert [result.step for result in results] == list(Step)
    assert all(result.ok for result in results), results
    notes = [result.step for result in results if result.cause]
    assert notes == ([Step.TLS, Step.SMTP_TLS] if encryption is Encryption.NONE else [])


PORT = free_ports(1)[0]  # where nothing listens
FAILURES = {
    "name": ("imap", {"host": "imap.shop.invalid"}, Step.NAME, "could not be resolved", "spelling"),
    "private": ("imap", {"host": "192.168.7.7"}, Step.NAME, "a private network", "TRADEPOST_PRIVATE_HOSTS"),
    "refused": ("imap", {"port": PORT}, Step.CONNECT, "refuses connections", "port"),
    "pin": ("imap", {"pinned": "0" * 64}, Step.TLS, "another certificate", "pin the new one"),
    "user": (
        "imap",
        {"username": "nobody@shop.test"},
        Step.LOGIN,
        "user name or the password",
        "app password",
    ),
    "smtp name": ("smtp", {"host": "smtp.shop.invalid"}, Step.SMTP_NAME, "could not be resolved", "spelling"),
    "smtp refused": ("smtp", {"port": PORT}, Step.SMTP_CONNECT, "refuses connections", "port"),
    "smtp pin": ("smtp", {"pinned": "0" * 64}, Step.SMTP_TLS, "another certificate", "pin the new one"),
}


@pytest.mark.req("B6")
@pytest.mark.parametrize("case", FAILURES)
def test_the_failing_step_is_named_and_is_the_last(account: DovecotAccount, case: str) -> None:
    side, change, step, cause, cure = FAILURES[case]
    *passed, failed = walk(account, side, **change)
    assert all(result.ok for result in passed)
    assert (failed.step, failed.ok) == (step, False)
    assert cause in failed.cause
    assert cure in failed.cure
    assert "secret" not in failed.cause + failed.cure


def test_a_certificate_can_be_pinned_from_the_failed_step(account: DovecotAccount) -> None:
    *_, failed = walk(account, pinned="")
    assert failed.step is Step.TLS
    assert failed.fingerprint == account.server.certificate.fingerprint
    assert all(result.ok for result in walk(account, pinned=failed.fingerprint))


@pytest.mark.req("D5")
def test_verification_is_on_unless_somebody_turned_it_off(account: DovecotAccount) -> None:
    assert not walk(account, pinned="")[-1].ok
    config = parse(account.config())
    loose = {
        side: replace(getattr(config, side), pinned="", tls_verify=TlsVerify.OFF) for side in ("imap", "smtp")
    }
    results = list(ImapConnector().test(dump(replace(config, **loose)), account.secrets))
    assert all(result.ok for result in results)
    warned = [result.step for result in results if "not verified" in result.cause]
    assert warned == [Step.TLS, Step.SMTP_TLS]


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ({"self_signed": True}, "self-signed"),
        ({"days": -3}, "expired"),
        ({"name": "mail.elsewhere.test"}, "mail.elsewhere.test"),
    ],
)
def test_bad_certificates_are_told_apart(
    account: DovecotAccount, monkeypatch: pytest.MonkeyPatch, kind: dict[str, object], cause: str
) -> None:
    server = account.server
    good = server.certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority.ca))
    server.restart(server.authority.issue(**kind))
    try:
        *_, failed = walk(account, pinned="")
    finally:
        server.restart(good)
    assert failed.step is Step.TLS
    assert failed.fingerprint
    if kind.get("self_signed") or "SSL" not in cause:
        assert cause in failed.cause or "does not know" in failed.cause


def test_a_wrong_password_for_sending_alone(account: DovecotAccount) -> None:
    *passed, failed = walk(account, secrets={**account.secrets, "smtp_password": "wrong"})
    assert len(passed) == len(Step) - 1
    assert failed.step is Step.SMTP_LOGIN
    assert "for sending" in failed.cause


class Scripted:
    """A server that answers a line with what the script says; for words that no free server says."""

    def __init__(self, script: dict[str, str]) -> None:
        self.script = script
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection, connection.makefile("rwb") as lines:
                lines.write(f"{self.script['']}\r\n".encode())
                lines.flush()
                for line in lines:
                    tag, _, rest = line.decode("latin-1").strip().partition(" ")
                    command = rest.partition(" ")[0].upper()
                    answer = self.script.get(command, "{tag} OK done")
                    lines.write((answer.replace("{tag}", tag) + "\r\n").encode())
                    lines.flush()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def scripted() -> Iterator[object]:
    made: list[Scripted] = []

    def make(**script: str) -> Scripted:
        greeting = script.pop("greeting", "* OK ready")
        commands = {
            "CAPABILITY": "* CAPABILITY IMAP4rev1\r\n{tag} OK done",
            "LOGOUT": "* BYE\r\n{tag} OK done",
            **script,
        }
        made.append(Scripted({"": greeting, **commands}))
        return made[-1]

    yield make
    for server in made:
        server.close()


WORDS = {
    "wrong password": (
        "{tag} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",
        "user name or the password",
        "app password",
    ),
    "app password": (
        "{tag} NO [ALERT] Application-specific password required: https://x (Failure)",
        "own password",
        "Create an app",
    ),
    "basic off": (
        "{tag} NO AUTHENTICATE failed. Basic authentication is disabled.",
        "no longer lets",
        "signing in with the provider",
    ),
    "imap off": (
        "{tag} NO [ALERT] Your account is not enabled for IMAP use.",
        "IMAP is switched off",
        "Switch IMAP on",
    ),
    "too many": (
        "{tag} NO [ALERT] Too many simultaneous connections. (Failure)",
        "allows no more",
        "by itself",
    ),
    "limit": ("{tag} NO [LIMIT] Rate", "allows no more", "by itself"),
    "unavailable": ("{tag} NO [UNAVAILABLE] Temporary authentication failure", "is busy", "by itself"),
    "privacy": ("{tag} NO [PRIVACYREQUIRED] Use TLS", "encrypted connection only", "Choose TLS"),
}


@pytest.mark.req("B17")
@pytest.mark.parametrize("case", WORDS)
def test_what_servers_say_at_sign_in(account: DovecotAccount, scripted, case: str) -> None:  # type: ignore[no-untyped-def]
    words, cause, cure = WORDS[case]
    server = scripted(LOGIN=words)
    *passed, failed = walk(account, host="127.0.0.1", port=server.port, encryption=Encryption.NONE)
    assert (len(passed), failed.step) == (3, Step.LOGIN)
    assert cause in failed.cause
    assert cure in failed.cure
    assert "less secure" not in failed.cure


@pytest.mark.req("B17")
@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("{tag} NO [NOPERM] not yours", "does not permit"),
        ("{tag} OK none", "lists no folder"),
        ("* BYE gone", "broke"),
    ],
)
def test_the_folders_step_has_the_headline_and_then_the_true_cause(  # type: ignore[no-untyped-def]
    account: DovecotAccount, scripted, answer: str, cause: str
) -> None:
    server = scripted(LIST=answer)
    *_, failed = walk(account, host="127.0.0.1", port=server.port, encryption=Encryption.NONE)
    assert failed.step is Step.FOLDERS
    assert failed.cause.startswith(FOLDERS_HEADLINE)
    assert FOLDERS_HEADLINE == "Error: Unable to get folders list! Probably wrong credentials passed!"
    assert cause in failed.cause
    assert failed.cure


def test_a_server_without_starttls(account: DovecotAccount, scripted) -> None:  # type: ignore[no-untyped-def]
    *_, failed = walk(account, host="127.0.0.1", port=scripted().port, encryption=Encryption.STARTTLS)
    assert failed.step is Step.TLS
    assert "does not offer STARTTLS" in failed.cause


def test_what_is_no_mail_server(account: DovecotAccount, scripted) -> None:  # type: ignore[no-untyped-def]
    server = scripted(greeting="HTTP/1.1 400 Bad Request")
    *_, failed = walk(account, host="127.0.0.1", port=server.port, encryption=Encryption.NONE)
    assert (failed.step, "no IMAP server" in failed.cause) == (Step.TLS, True)
    *_, failed = walk(account, "smtp", host="127.0.0.1", port=server.port, encryption=Encryption.NONE)
    assert (failed.step, "no SMTP server" in failed.cause) == (Step.SMTP_TLS, True)
    *_, failed = walk(account, host="127.0.0.1", port=server.port, encryption=Encryption.TLS)
    assert (failed.step, "does not speak TLS" in failed.cause) == (Step.TLS, True)


class Slow:
    """Takes the connection and says ``words`` over and over, a few bytes at a time: an answer without end."""

    def __init__(self, words: bytes) -> None:
        self.words = words
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._over = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                while not self._over.wait(0.05):
                    connection.sendall(self.words)

    def close(self) -> None:
        self._over.set()
        self._socket.close()


@pytest.mark.req("B9", "B17")
@pytest.mark.parametrize("words", [b"", b"* OK "], ids=["silent", "dribbling"])
@pytest.mark.parametrize("encryption", [Encryption.NONE, Encryption.TLS, Encryption.STARTTLS])
@pytest.mark.parametrize("side", ["imap", "smtp"])
def test_a_server_that_never_finishes_is_left(
    account: DovecotAccount, side: str, encryption: Encryption, words: bytes
) -> None:
    with contextlib.closing(Slow(words)) as server:
        *passed, failed = walk(
            account, side, patience=0.4, host="127.0.0.1", port=server.port, encryption=encryption
        )
    assert passed[-1].step in (Step.CONNECT, Step.SMTP_CONNECT)
    assert failed.step in (Step.TLS, Step.SMTP_TLS)
    if words and encryption is Encryption.TLS:
        assert "does not speak TLS" in failed.cause
    else:
        assert "did not finish its answer within 0.4 seconds" in failed.cause
        assert "Check the port" in failed.cure
