"""What may go wrong on purpose. A test sets these on a running server; all are off by default."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Faults:
    """Switches that both servers look at before and after each command.

    ``drop_before`` closes the connection instead of doing the command; ``drop_after`` does it and closes
    before the answer, so that a client cannot know ("timeout after commit"). IMAP's names are its commands
    ("FETCH"), SMTP's are "MAIL", "RCPT" and "DATA". ``drops`` is how many times in all; None is for ever.
    """

    refuse_login: set[str] = field(default_factory=set)  # addresses; "*" is everybody
    unavailable: bool = False  # IMAP login says NO [UNAVAILABLE], SMTP says 421
    delay: float = 0.0  # seconds before each command is done
    drop_before: set[str] = field(default_factory=set)
    drop_after: set[str] = field(default_factory=set)
    drops: int | None = None
    hide: set[str] = field(default_factory=set)  # capabilities that are not offered ("IDLE", "UIDPLUS", …)
    refuse_recipients: dict[str, str] = field(
        default_factory=dict
    )  # address → SMTP reply ("550 5.1.1 No such user")
    unlistable: bool = False  # LIST answers NO, as when IMAP is switched off for the mailbox

    def drops_before(self, command: str) -> bool:
        return command in self.drop_before and self._spend()

    def drops_after(self, command: str) -> bool:
        return command in self.drop_after and self._spend()

    def refuses(self, address: str) -> bool:
        return bool(self.refuse_login & {"*", address})

    def _spend(self) -> bool:
        if self.drops is None:
            return True
        self.drops -= 1
        return self.drops >= 0
