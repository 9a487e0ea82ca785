"""An SMTP relay that hands every accepted message to LMTP: the way from submission back into the mailboxes."""

from __future__ import annotations

import asyncio
import smtplib
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope


class _Handler:
    def __init__(self, lmtp: int) -> None:
        self.lmtp = lmtp

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        try:
            await asyncio.to_thread(self._hand_over, envelope)
        except smtplib.SMTPRecipientsRefused as refusal:
            code, words = next(iter(refusal.recipients.values()))
            return f"{code} {words.decode()}"
        return "250 2.0.0 OK delivered"

    def _hand_over(self, envelope: Envelope) -> None:
        for recipient in envelope.rcpt_tos:  # LMTP answers for each recipient; smtplib reads one answer only
            with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
                lmtp.sendmail(envelope.mail_from or "", [recipient], envelope.original_content or b"")


class Relay:
    """Listens on ``port`` and delivers to the LMTP server on ``lmtp``."""

    def __init__(self, port: int, lmtp: int) -> None:
        self._controller = Controller(
            _Handler(lmtp), hostname="127.0.0.1", port=port, enable_SMTPUTF8=True, data_size_limit=50_000_000
        )
        self._controller.start()

    def close(self) -> None:
        self._controller.stop()
