"""Mailboxes and syncs by command: what a script sets up, runs and reads."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.ground.conftest import tradepost
from tests.ground.test_cli import DANA
from tests.mail.world import deliver, letter
from tests.servers.dovecot import PASSWORD, Dovecot

pytestmark = pytest.mark.servers
LOOPBACK = {"TRADEPOST_PRIVATE_HOSTS": "127.0.0.0/8,::1/128"}


def run(home: Path, *words: str, stdin: str = "", code: int = 0, **more: str) -> CompletedProcess[str]:
    done = tradepost(*words, "--data", home, "--by", DANA, stdin=stdin, **LOOPBACK, **more)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def servers(dovecot: Dovecot) -> list[str]:
    pin = dovecot.certificate.fingerprint
    words = ["--imap-host", "localhost", "--imap-port", str(dovecot.imaps), "--imap-pin", pin]
    words += ["--smtp-host", "localhost", "--smtp-port", str(dovecot.submission), "--smtp-pin", pin]
    return [*words, "--smtp-encryption", "starttls"]


@pytest.fixture
def active(home: Path) -> Path:
    run(home, "setting", "set", "mail.active", "true")
    return home


@pytest.mark.req("B3", "B6", "X4")
def test_a_mailbox_by_script(active: Path, dovecot: Dovecot) -> None:
    address = dovecot.user("script@shop.test")
    connect = ["mail", "connect", "--address", address, "--name", "Script", *servers(dovecot)]
    number = run(active, *connect, TRADEPOST_MAIL_PASSWORD=PASSWORD).stdout.strip()
    assert f"{number}\tScript\t{address}\t{DANA}\tnew" in run(active, "mail", "list").stdout
    assert run(active, "mail", "test", number).stderr.count("ok ") == 9

    listed = [line.split("\t") for line in run(active, "sync", "list").stdout.splitlines()]
    connection = next(line[1] for line in listed if line[3] == "Script")
    stream = next(line[1] for line in listed if line[2] == "mail.folder" and "INBOX" in line[3])
    run(active, "sync", "run", connection)
    told = run(active, "sync", "log", "--records").stdout
    deliver(dovecot, letter("script@shop.test", address, "Nobody we know"))
    assert run(active, "sync", "preview", stream).stdout == ""
    done = run(active, "sync", "run", connection).stdout
    assert done.count("\tdone") == 2
    assert run(active, "sync", "log", "--records").stdout == told  # nothing was kept, so nothing is told
    assert "Working" in run(active, "sync", "status").stdout
    assert "is paused" in run(active, "sync", "pause", connection).stderr
    assert "Resume it first" in run(active, "sync", "run", connection, code=2).stderr
    run(active, "sync", "resume", connection)

    run(active, "mail", "disconnect", number)
    assert "is disconnected" in run(active, "sync", "run", connection, code=2).stderr


def test_a_mailbox_that_fails_its_test_is_not_stored(active: Path, dovecot: Dovecot) -> None:
    address = dovecot.user("refused@shop.test")
    connect = ["mail", "connect", "--address", address, *servers(dovecot), "--password-stdin"]
    refused = run(active, *connect, stdin="wrong\n", code=2).stderr
    assert "FAILED  login" in refused
    assert "was not connected" in refused
    assert address not in run(active, "mail", "list").stdout


@pytest.mark.parametrize(
    ("words", "cause", "cure"),
    [
        (["mail", "connect", "--address", "x@y.example"], "no terminal", "TRADEPOST_MAIL_PASSWORD"),
        (["mail", "connect", "--address", "x", "--no-test", "--password-stdin"], "not an e-mail address", "name@example.com"),
        (["mail", "connect", "--address", "x@y.example", "--imap-port", "0"], "0 is not in the range", "--help"),
        (["mail", "test", "999"], "There is no such mail account", "mistyped"),
        (["sync", "run", "999"], "There is no such connection", "mistyped"),
        (["sync", "preview", "999"], "There is no such stream", "mistyped"),
        (["sync", "log", "--last", "none"], "not a valid integer", "--help"),
        (["company", "change", "--currency", "euro"], "is not a currency code", "USD"),
    ],
)  # fmt: skip
def test_wrong_input_is_refused_in_words(active: Path, words: list[str], cause: str, cure: str) -> None:
    refused = run(active, *words, code=2).stderr
    assert cause in refused
    assert cure in refused


def test_a_company_is_listed_and_changed(home: Path) -> None:
    run(home, "company", "change", "--time-zone", "Europe/Berlin")
    listed = tradepost("company", "list", "--data", home).stdout
    assert "\tMarlow\tEurope/Berlin\tUSD\t" + DANA in listed
