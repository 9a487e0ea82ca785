"""How many activities stand on a record."""

from __future__ import annotations

from tradepost.accounts.access import Actor
from tradepost.activities.queries import links


def counts(actor: Actor, record_kind: str, record_id: int) -> tuple[int, int]:
    """In Activity History and in Open Activities, of those that the actor may see."""
    rows = links(actor, record_kind, record_id)
    return rows.filter(open=False).count(), rows.filter(open=True).count()
