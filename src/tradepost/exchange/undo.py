"""Take back what an import did to one record. What somebody changed or used since is left alone, with the reason."""

from __future__ import annotations

from typing import Any

from django.db.models import ProtectedError

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.activities.models import Link
from tradepost.kit.errors import Conflict, Missing
from tradepost.sales import goods
from tradepost.sales.models import Document


def unchanged(actor: Actor, model: Any, record_id: int | None, version: int | None) -> Any:
    """The record as the import left it, locked. Raises ``Conflict`` where it is gone or was changed."""
    try:
        found = model.objects.pick_for_change(actor, record_id)
    except Missing:
        raise gone() from None
    if found.version != version:
        raise changed()
    return found


def gone() -> Conflict:
    return Conflict("The record is gone already.", cure="Nothing is left to take back.")


def changed() -> Conflict:
    return Conflict("Somebody changed the record since.", cure="Change it back on its page, if you want to.")


def remove(actor: Actor, kind: str, found: Any) -> None:
    """Delete a record that the import created. Raises ``Conflict`` where it is in use."""
    named = "document" if isinstance(found, Document) else kind
    in_use = Link.objects.of(actor).filter(record_kind=named, record_id=found.pk).exists()
    if isinstance(found, Document):
        its = Document.everything.filter(source=found), found.settled_by, found.public_links
        in_use = in_use or any(rows.exists() for rows in its)
    if in_use:
        raise Conflict("Other records hang on it.", cure="Archive or cancel it on its page.")
    before = audit.snapshot(found)
    audit.record(actor, f"{kind}.take_back", found, before, {})
    if isinstance(found, Document):  # what it holds of the stock is free again
        found.status = "cancelled"
        goods.hold(actor, found)
    try:
        found.delete()
    except ProtectedError:
        raise Conflict("Other records hang on it.", cure="Archive it on its page.") from None
