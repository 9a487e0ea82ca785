"""Take back what an import did to one record. What somebody changed or used since is left alone, with the reason."""

from __future__ import annotations

from typing import Any

from django.db.models import ProtectedError

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.activities.models import Link
from tradepost.exchange.kinds import Kind
from tradepost.exchange.models import ImportRow
from tradepost.exchange.targets import Target
from tradepost.kit.errors import Conflict, Missing
from tradepost.sales import goods
from tradepost.sales.models import Document


def _opened(actor: Actor, target: Target, row: ImportRow) -> Any:
    try:
        found = target.model.objects.pick_for_change(actor, row.record_id)
    except Missing:
        raise Conflict("The record is gone already.", cure="Nothing is left to take back.") from None
    if found.version != row.version:
        raise Conflict(
            "Somebody changed the record since.", cure="Change it back on its page, if you want to."
        )
    return found


def remove(actor: Actor, target: Target, kind: Kind, row: ImportRow) -> None:
    """Delete a record that the import created. Raises ``Conflict`` where it is in use."""
    actor.require(kind.permission)
    found = _opened(actor, target, row)
    named = "document" if isinstance(found, Document) else kind.key
    in_use = Link.objects.of(actor).filter(record_kind=named, record_id=found.pk).exists()
    if isinstance(found, Document):
        in_use = in_use or found.followers.exists() or found.settled_by.exists()
    if in_use:
        raise Conflict("Other records hang on it.", cure="Archive or cancel it on its page.")
    before = audit.snapshot(found)
    audit.record(actor, f"{kind.key}.take_back", found, before, {})
    if isinstance(found, Document):  # what it holds of the stock is free again
        found.status = "cancelled"
        goods.hold(actor, found)
    try:
        found.delete()
    except ProtectedError:
        raise Conflict("Other records hang on it.", cure="Archive it on its page.") from None


def put_back(actor: Actor, target: Target, kind: Kind, row: ImportRow) -> None:
    """Give a record that the import changed the values back that it had."""
    actor.require(kind.permission)
    target.restore(_opened(actor, target, row), row.before)
