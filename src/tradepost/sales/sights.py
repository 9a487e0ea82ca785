"""What somebody outside the house has seen of a document, and the version that is kept of it before it says something else.

A document is seen when it is e-mailed, shared by a public link and read there, given out as XML, or sent by its verb. It goes on
being edited in its open states; the first change after a sight keeps what was seen, once, however often it is saved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.sales.letterhead import letterhead
from tradepost.sales.models import Document, Line, Revision
from tradepost.sales.paper import on_paper
from tradepost.sales.versions import line_changes, tells_other


@dataclass(frozen=True, slots=True)
class Stand:
    """What a stored document says before it is changed; with what its paper shows, where somebody outside saw it."""

    head: dict[str, Any]
    lines: list[dict[str, Any]]
    paper: dict[str, Any] | None = None

    @property
    def content(self) -> dict[str, Any]:
        """As ``Revision.content`` keeps it."""
        paper = {} if self.paper is None else {"paper": self.paper}
        return {"head": self.head, "lines": self.lines, **paper}


def seen(organisation_id: int, document_ids: Collection[int], *, message_id: int | None = None) -> None:
    """Somebody outside saw these as they are now, or will when a mail goes out."""
    rows = Document.everything.filter(organisation_id=organisation_id, pk__in=document_ids)
    rows.filter(left_house=True, seen_in_mail__isnull=False).update(seen_in_mail=None)
    rows.filter(left_house=False).update(left_house=True, seen_in_mail=message_id)


def unseen(organisation_id: int, message_id: int) -> None:
    """A mail does not go out: what nobody saw besides was not seen."""
    rows = Document.everything.filter(organisation_id=organisation_id, seen_in_mail=message_id)
    rows.update(left_house=False, seen_in_mail=None)


def stand(row: Document, lines: Iterable[Line], *, paper: bool) -> Stand:
    """Where a document with these lines stands now."""
    shown = dict(on_paper(row, letterhead(row.organisation_id))) if paper else None
    return Stand(audit.snapshot(row), [audit.snapshot(line) for line in lines], shown)


def keep(actor: Actor, row: Document, was: Stand) -> None:
    """Keep a version of what was seen; the caller stores the document, of which nobody has seen more from then on."""
    row.left_house, row.seen_in_mail = False, None
    Revision.objects.create(
        organisation_id=row.organisation_id,
        document=row,
        number=row.revisions.count() + 1,
        made_by_id=actor.user_id,
        content=was.content,
    )


def change(
    actor: Actor, row: Document, lines: Sequence[Line], was: Stand
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A document is about to be stored with these lines: keeps a version if that is due, and returns what the audit trail says
    of the lines, before and after."""
    now = [audit.snapshot(line) for line in lines]
    if row.left_house and tells_other(was.content, {"head": audit.snapshot(row), "lines": now}):
        keep(actor, row, was)
    before, after = line_changes(was.lines, now)
    return ({"lines": before} if before else {}), ({"lines": after} if after else {})
