"""What a mail connector must offer. Implemented in ``connectors/``, proved by one contract suite in ``tests/mail``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tradepost.mail.types import Folder, FolderState, HeaderPage, HeaderRow, Sent, StepResult


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this server can do; a missing capability is a named fallback, never an error."""

    idle: bool = False
    condstore: bool = False
    special_use: bool = False
    move: bool = False
    uidplus: bool = False
    provider_threads: bool = False


class Mailbox(Protocol):
    """A signed-in mailbox. One connection, one thread. Use as a context manager; every method may raise ``Remote``."""

    capabilities: Capabilities

    def __enter__(self) -> Mailbox: ...
    def __exit__(self, *exc: object) -> None: ...

    def folders(self) -> list[Folder]: ...

    def state(self, folder: str) -> FolderState:
        """STATUS: cheap, does not select."""

    def header_pages(
        self,
        folder: str,
        first_uid: int,
        last_uid: int | None = None,
        *,
        page: int = 500,
        newest_first: bool = False,
    ) -> Iterator[HeaderPage]:
        """Headers of the UIDs in [first_uid, last_uid] (None = to the end), in pages of at most ``page`` messages.

        Uses BODY.PEEK: nothing is marked as read. A UID that the server did not return was expunged.
        """

    def messages(
        self, folder: str, uids: Sequence[int], *, max_bytes: int
    ) -> Iterator[tuple[HeaderRow, bytes]]:
        """Whole messages, one at a time. A message over ``max_bytes`` is cut there (BODY.PEEK[]<0.max>); one that the server
        lists and will not hand out comes without size and bytes."""

    def existing(self, folder: str, uids: Sequence[int]) -> set[int]:
        """Which of these UIDs are still there."""

    def find(self, folder: str, message_id: str) -> int | None:
        """The UID of the message with this Message-ID, if it is in the folder."""

    def append(self, folder: str, raw: bytes, *, seen: bool = True, at: datetime | None = None) -> int | None:
        """Store a message; the new UID where the server has UIDPLUS."""


class Outgoing(Protocol):
    """A way to send. May raise ``Remote``; a refusal of *some* recipients is a result, of *all* is ``Remote``."""

    def send(
        self,
        sender: str,
        recipients: Sequence[str],
        raw: bytes,
        *,
        before_data: Callable[[], None] | None = None,
    ) -> Sent:
        """``before_data`` is called once, right before the message's first byte goes out: until then a failure means that
        nothing was sent. Raises ``mail.errors.InDoubt`` where the connection broke before the server's answer."""


class MailConnector(Protocol):
    """A folder of ``connectors/``: makes the two from a connection's config and its unsealed secrets."""

    key: str
    label: str
    switch: str
    """The company's setting without which no connection of this kind runs (A5)."""

    def clean(self, config: dict[str, object]) -> dict[str, object]:
        """A person's entries as they are stored. Raises ``Invalid``, which names the field."""

    def propose(self, address: str) -> dict[str, object]:
        """What the form is filled in with for an address."""

    def unverified(self, config: dict[str, object]) -> bool:
        """Whether these settings believe any certificate (defaults.md row 25)."""

    def mailbox(self, config: dict[str, object], secrets: dict[str, str]) -> Mailbox: ...
    def outgoing(self, config: dict[str, object], secrets: dict[str, str]) -> Outgoing: ...
    def test(self, config: dict[str, object], secrets: dict[str, str]) -> Iterator[StepResult]:
        """Walk the steps of ``mail.types.Step`` and stop after the first that fails."""
