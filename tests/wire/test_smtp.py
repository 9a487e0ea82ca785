"""Sending, on servers of aiosmtpd that behave as servers in the world do, and on Postfix."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tradepost.kit.errors import Temper
from tradepost.wire import smtp, tls

RAW = b"From: a@shop.test\r\nSubject: x\r\nMessage-ID: <1@shop.test>\r\n\r\n.hidden\nHi\r\n"


@dataclass
class Desk:
    """What the server was given. ``answers`` are to RCPT by address, ``final`` to each DATA in turn."""

    at_most: int = 1_000_000
    answers: dict[str, str] = field(default_factory=dict)
    final: list[str] = field(default_factory=list)
    thinks: float = 0.0
    taken: list[tuple[str, list[str], bytes, list[str]]] = field(default_factory=list)

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if answer := self.answers.get(address):
            return answer
        if len(envelope.rcpt_tos) >= self.at_most:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.final.pop(0) if self.final else "250 2.0.0 OK <made-here@provider.test>"
        await asyncio.sleep(self.thinks)
        if answer == "drop":
            server.transport.abort()
        elif answer.startswith("2"):
            self.taken.append(
                (envelope.mail_from, envelope.rcpt_tos, envelope.content, envelope.mail_options)
            )
        return answer


Serve = Callable[..., smtp.Smtp]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[Controller] = []

    def start(desk: Desk, patience: float = 20, **options: Any) -> smtp.Smtp:
        class Here(Controller):
            def factory(self) -> SMTP:
                return SMTP(self.handler, **{"enable_SMTPUTF8": True, **options})

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        controller = Here(desk, hostname="127.0.0.1", port=port)
        controller.start()
        running.append(controller)
        return smtp.Smtp(socket.create_connection(("127.0.0.1", port)), "localhost", timeout=patience)

    yield start
    for controller in running:
        controller.stop()


def test_a_message_arrives_byte_for_byte(serve: Serve) -> None:
    desk = Desk()
    with serve(desk) as session:
        handed = session.send("a@shop.test", ["b@x.test", "b@x.test"], RAW)
    assert handed == smtp.Handed(("b@x.test",), {}, "made-here@provider.test")
    ((sender, recipients, content, _),) = desk.taken
    assert (sender, recipients) == ("a@shop.test", ["b@x.test"])
    assert content == RAW.replace(b".hidden\n", b".hidden\r\n")


@pytest.mark.parametrize("at_most", [100, 1000])
def test_five_thousand_recipients_in_portions(serve: Serve, at_most: int) -> None:
    desk = Desk(at_most=at_most)
    everyone = [f"guest{n}@x.test" for n in range(5000)]
    with serve(desk, timeout=60) as session:
        handed = session.send("a@shop.test", everyone, RAW)
    assert list(handed.accepted) == everyone
    assert [name for _, names, _, _ in desk.taken for name in names] == everyone
    assert len(desk.taken) == 5000 // at_most


def test_some_recipients_refused_is_a_result(serve: Serve) -> None:
    desk = Desk(answers={"gone@x.test": "550 5.1.1 No such user", "later@x.test": "451 4.7.1 Greylisted"})
    with serve(desk) as session:
        handed = session.send("a@shop.test", ["gone@x.test", "b@x.test", "later@x.test"], RAW)
    assert handed.accepted == ("b@x.test",)
    assert handed.refused == {"gone@x.test": "550 5.1.1 No such user", "later@x.test": "451 4.7.1 Greylisted"}


@pytest.mark.parametrize(
    ("answer", "temper"), [("550 5.1.1 No", Temper.PERMANENT), ("452 4.2.2 Full", Temper.RETRYABLE)]
)
def test_all_refused_is_an_error_and_the_session_lives_on(serve: Serve, answer: str, temper: Temper) -> None:
    desk = Desk(answers={"a@x.test": answer})
    with serve(desk) as session:
        with pytest.raises(smtp.RecipientsRefused) as caught:
            session.send("a@shop.test", ["a@x.test"], RAW)
        assert caught.value.temper is temper
        assert caught.value.refused == {"a@x.test": answer}
        assert session.send("a@shop.test", ["b@x.test"], RAW).accepted == ("b@x.test",)


@pytest.mark.parametrize(
    ("answer", "kind", "temper"),
    [
        ("554 5.7.1 Spam", smtp.SmtpFault, Temper.PERMANENT),
        ("451 4.3.0 Try later", smtp.SmtpBusy, Temper.RETRYABLE),
        ("drop", smtp.Unconfirmed, Temper.RETRYABLE),
        ("Well, perhaps", smtp.Unconfirmed, Temper.RETRYABLE),
    ],
)
def test_what_the_server_says_at_the_end(
    serve: Serve, answer: str, kind: type[smtp.SmtpFault], temper: Temper
) -> None:
    with serve(Desk(final=[answer])) as session, pytest.raises(smtp.SmtpFault) as caught:
        session.send("a@shop.test", ["b@x.test"], RAW)
    assert type(caught.value) is kind
    assert caught.value.temper is temper
    assert caught.value.cure


@pytest.mark.parametrize("answer", ["250 OK", "200 Fine"])
def test_a_server_may_think_about_a_mail_and_say_yes_in_its_own_way(serve: Serve, answer: str) -> None:
    desk = Desk(final=[answer], thinks=0.8)
    with serve(desk, patience=0.5) as session:
        assert session.send("a@shop.test", ["b@x.test"], RAW).accepted == ("b@x.test",)
    assert len(desk.taken) == 1


def test_a_failure_after_the_first_portion_is_a_refusal_of_the_rest(serve: Serve) -> None:
    desk = Desk(at_most=2, final=["250 OK", "554 5.7.1 Enough for today"])
    with serve(desk) as session:
        handed = session.send("a@shop.test", [f"{n}@x.test" for n in range(5)], RAW)
    assert handed.accepted == ("0@x.test", "1@x.test")
    assert set(handed.refused) == {"2@x.test", "3@x.test", "4@x.test"}
    assert "Enough for today" in handed.refused["4@x.test"]


def test_too_large_is_known_before_it_is_sent(serve: Serve) -> None:
    desk = Desk()
    with serve(desk, data_size_limit=1000) as session, pytest.raises(smtp.MessageTooLarge) as caught:
        session.send("a@shop.test", ["b@x.test"], RAW + b"x" * 1000)
    assert "1000 at most" in caught.value.cause
    assert not desk.taken


def test_international_addresses(serve: Serve) -> None:
    desk = Desk()
    with serve(desk) as session:
        session.send("a@shop.test", ["jörg@müller.test"], RAW + "ü".encode())
    assert desk.taken[0][1] == ["jörg@müller.test"]
    assert {"SMTPUTF8", "BODY=8BITMIME"} <= {option.upper() for option in desk.taken[0][3]}


def test_international_addresses_on_a_server_that_cannot(serve: Serve) -> None:
    desk = Desk()
    with serve(desk, enable_SMTPUTF8=False) as session:
        handed = session.send("a@shop.test", ["jörg@x.test", "b@müller.test"], RAW)
    assert list(handed.refused) == ["jörg@x.test"]
    assert desk.taken[0][1] == ["b@xn--mller-kva.test"]


def test_sign_in_with_any_password_and_with_a_token(serve: Serve) -> None:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=given.password == "pä ß".encode(), handled=False)

    options = {"authenticator": check, "auth_require_tls": False}
    with serve(Desk(), **options) as session:
        session.sign_in(smtp.Credentials("dana", "pä ß"))
    with serve(Desk(), **options) as session, pytest.raises(smtp.SmtpLoginRefused) as caught:
        session.sign_in(smtp.Credentials("dana", "wrong"))
    assert caught.value.temper is Temper.MISCONFIGURED
    assert "wrong" not in str(caught.value)
    with serve(Desk()) as session, pytest.raises(smtp.SmtpNoLogin):
        session.sign_in(smtp.Credentials("dana", "x"))


@pytest.mark.servers
def test_dovecot_takes_a_token(dovecot: Dovecot) -> None:
    address = dovecot.user("token@shop.test")
    trust = tls.Trust(pinned=dovecot.certificate.fingerprint)

    def session() -> smtp.Smtp:
        made = smtp.Smtp(socket.create_connection(("127.0.0.1", dovecot.submission)), "localhost", timeout=20)
        made.upgrade(trust)
        return made

    with session() as good:
        good.sign_in(smtp.Credentials(address, access_token=f"tok-{address}"))
        assert good.send(address, [address], RAW).accepted == (address,)
    with session() as bad, pytest.raises(smtp.SmtpLoginRefused):
        bad.sign_in(smtp.Credentials(address, access_token="expired"))


@pytest.mark.servers
def test_postfix_delivers_and_says_when_a_recipient_is_too_many(dovecot: Dovecot, postfix: Postfix) -> None:
    address = dovecot.user("many@shop.test")
    trust = tls.Trust(pinned=dovecot.certificate.fingerprint)
    session = smtp.Smtp(socket.create_connection(("127.0.0.1", postfix.submission)), "localhost", timeout=30)
    session.upgrade(trust)
    with session:
        session.sign_in(smtp.Credentials(address, "secret"))
        names = [f"many+{n}@shop.test" for n in range(postfix.recipient_limit + 5)]
        handed = session.send(address, names, RAW)
    assert len(handed.accepted) == len(names)
