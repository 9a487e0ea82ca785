"""The map: which connectors there are, and what runs and foresees each kind of stream. Read in one minute.

Nobody imports this module; ``sync.registry`` loads it by name.
"""

from __future__ import annotations

CONNECTORS: dict[str, str] = {
    "caldav": "tradepost.connectors.caldav.connector:CONNECTOR",
    "imap": "tradepost.connectors.imap.connector:CONNECTOR",
}

RUNNERS: dict[str, str] = {
    "mail.folder": "tradepost.mail.receive:run",
    "pim.calendar": "tradepost.pim.passes:run",
}

PREVIEWERS: dict[str, str] = {
    "mail.folder": "tradepost.mail.receive:preview",
    "pim.calendar": "tradepost.pim.passes:foresee",
}

# Modules with ``may_undo(run)`` and ``undo(actor, run_id)``.
UNDOERS: dict[str, str] = {
    "mail.folder": "tradepost.mail.undo",
    "pim.calendar": "tradepost.pim.passes",
}

# Who acts on a person's answer to a question of this kind.
RESOLVERS: dict[str, str] = {
    "mail.triage": "tradepost.mail.reviews:resolve_triage",
    "mail.flood": "tradepost.mail.reviews:resolve_flood",
    "mail.doubt": "tradepost.mail.reviews:resolve_doubt",
    "sync.overwritten": "tradepost.pim.services:resolve_overwritten",
    "sync.question": "tradepost.pim.services:resolve_question",
}

# What one bridge does for another; they do not import each other.
HOOKS: dict[str, str] = {
    "mail.invite": "tradepost.mail.send:send_invitation",
    "calendar.awaited": "tradepost.pim.awaited:awaited",
    "calendar.answered": "tradepost.pim.invite:answered",
}
