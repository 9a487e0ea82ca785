"""What an empty list says of files: where they are brought in (``imports.py`` has the page)."""

from __future__ import annotations

from django.urls import reverse

from tradepost.accounts.access import Actor, Permission
from tradepost.exchange.kinds import KINDS


def brought_in(actor: Actor, key: str) -> str:
    """Where files of a kind are brought in; empty for who may not, and for a kind that no file brings."""
    kind = KINDS.get(key)
    may = kind is not None and actor.may(Permission.EXPORT) and actor.may(kind.permission)
    return f"{reverse('imports')}?kind={key}" if may else ""
