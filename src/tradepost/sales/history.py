"""Documents that happened before the company came here, brought over from another system."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from tradepost.accounts.access import Actor, Permission
from tradepost.kit.errors import Invalid
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.state_table import MACHINES
from tradepost.sales.state_table import Kind as State


@dataclass(frozen=True, slots=True)
class Past:
    """A document as it was. ``values`` as for ``save_document``, its ``date`` among them; ``status`` of its kind."""

    kind: Kind
    values: dict[str, Any]
    lines: tuple[LineDraft, ...]
    status: str
    hold_reason: str = ""


def bring_documents(actor: Actor, past: Iterable[Past]) -> list[Document]:
    """Write documents down in the state they were in, numbered in the order given. All or none.

    No step between is played again: nothing is shipped, sent or posted by it.
    """
    actor.require(Permission.SALES_EDIT)
    with transaction.atomic():
        return [_bring(actor, one) for one in past]


def _bring(actor: Actor, past: Past) -> Document:
    known = MACHINES[State(past.kind)].states
    if past.status not in known:
        raise Invalid(
            fields={"status": f"There is no status “{past.status}”. Known are: {', '.join(known)}."}
        )
    row = save_document(actor, past.kind, past.values, past.lines)
    if (past.status, past.hold_reason) != (row.status, row.hold_reason):
        row.status, row.hold_reason = past.status, past.hold_reason
        row.save(update_fields=["status", "hold_reason", "updated_at"])
    return row
