"""A document's public address: whoever has it reads the PDF, until it is revoked."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Missing
from tradepost.sales.models import Document, Kind, PublicLink
from tradepost.sales.paper import paper
from tradepost.sales.sights import seen
from tradepost.sales.state_table import MACHINES


def share(actor: Actor, document_id: int) -> str:
    """The secret of a new address. It is shown this once: only its digest is kept."""
    with transaction.atomic():
        row = _changed(actor, document_id)
        secret = secrets.token_urlsafe(32)
        PublicLink.objects.create(
            organisation_id=row.organisation_id,
            document=row,
            digest=_digest(secret),
            made_by_id=actor.user_id,
        )
        seen(row.organisation_id, [row.pk])
        audit.record(
            actor, f"{row.kind}.share", row, {}, {"links": row.public_links.filter(revoked_at=None).count()}
        )
    return secret


def revoke(actor: Actor, document_id: int) -> int:
    """Close every public address of a document; returns how many there were."""
    with transaction.atomic():
        row = _changed(actor, document_id)
        count = row.public_links.filter(revoked_at=None).update(revoked_at=clock.now())
        if not count:
            raise Conflict(
                _("{number} has no public link.").format(number=row.number),
                cure=_("There is nothing to revoke."),
            )
        audit.record(actor, f"{row.kind}.revoke_links", row, {}, {"links": count})
    return count


def read(secret: str) -> tuple[str, bytes]:
    """File name and bytes of the PDF behind an address, for anybody; ``Missing`` if it is revoked or never was."""
    link = (
        PublicLink.objects.filter(digest=_digest(secret), revoked_at=None)
        .select_related("document__organisation", "document__customer", "document__vendor")
        .first()
    )
    if link is None:
        raise Missing(_("document"))
    seen(link.organisation_id, [link.document_id])
    return paper(link.document)


def _changed(actor: Actor, document_id: int) -> Document:
    row = Document.objects.pick_for_change(actor, document_id)
    actor.require(MACHINES[Kind(row.kind)].edit)
    return row


def _digest(secret: str) -> bytes:
    """The secret has 256 random bits, so a plain digest cannot be guessed back."""
    return hashlib.sha256(secret.encode()).digest()
