"""Submission (RFC 6409) into the sandbox's post, by aiosmtpd."""

from __future__ import annotations

import asyncio
import logging

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tradepost.sandbox.accounts import Directory
from tradepost.sandbox.faults import Faults
from tradepost.sandbox.post import Post

LARGEST = 64 * 1024 * 1024  # bytes of one message

# aiosmtpd warns at each connection that signing in without TLS is allowed, which is meant so on the loopback.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class Submission:
    """aiosmtpd's handler: signed-in senders only, in their own name."""

    def __init__(self, directory: Directory, post: Post, faults: Faults) -> None:
        self.directory = directory
        self.post = post
        self.faults = faults

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        account = self.directory.signs_in(
            data.login.decode("utf-8", "replace"), data.password.decode("utf-8", "replace")
        )
        if account is None or self.faults.refuses(account.address):
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=account.address)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._before(server, "MAIL")
        if self.faults.unavailable:
            return "421 4.3.2 Try again later"
        own: object = session.auth_data
        if own is None:
            return "530 5.7.0 Authentication required"
        if address.lower() != own:
            return f"553 5.7.1 <{address}>: you may send as {own} only"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._before(server, "RCPT")
        refusal = self.faults.refuse_recipients.get(address.lower())
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await self._before(server, "DATA")
        assert isinstance(envelope.content, bytes)
        self.post.send(envelope.mail_from or "", [str(each) for each in envelope.rcpt_tos], envelope.content)
        if self.faults.drops_after("DATA"):
            self._drop(server)
        return "250 2.0.0 Delivered"

    async def _before(self, server: SMTP, command: str) -> None:
        if self.faults.delay:
            await asyncio.sleep(self.faults.delay)
        if self.faults.drops_before(command):
            self._drop(server)

    def _drop(self, server: SMTP) -> None:
        assert isinstance(server.transport, asyncio.WriteTransport)
        server.transport.abort()
        raise ConnectionResetError("dropped on purpose")
