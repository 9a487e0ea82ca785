"""Where a stored message was seen, and what follows: who has it in a mailbox of his own sees it, whoever read it first.

Mail that is logged for its owner alone (defaults.md row 20) would otherwise hang on whose pass came first where two
people connected one mailbox, or both got the mail. A conversation counts as a whole: it is shown to the owners of the
mailboxes in which every message of it was seen, and to nobody for a part of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count, prefetch_related_objects

from tradepost.activities.models import Activity, Message, Visibility
from tradepost.activities.services import held_by
from tradepost.mail.models import MailAccount, Sighting
from tradepost.sync.models import Stream


def sight(
    stream: Stream,
    account: MailAccount,
    uidvalidity: int,
    places: Mapping[int, Message],
    *,
    new: bool = False,
) -> None:
    """Remember the places of messages by UID, and settle who sees them. Called inside the pass's commit.

    ``new`` messages were stored just now and seen nowhere before.
    """
    messages = [m.pk for m in places.values()]
    seen = Sighting.objects.filter(message__in=messages, stream__connection_id=stream.connection_id)
    before = set() if new else set(seen.values_list("message_id", flat=True))
    rows = [
        Sighting(
            organisation_id=stream.organisation_id,
            stream=stream,
            uidvalidity=uidvalidity,
            uid=uid,
            message=message,
        )
        for uid, message in places.items()
    ]
    Sighting.objects.bulk_create(  # a server that was restored from a backup gives places anew
        rows,
        update_conflicts=True,
        unique_fields=["stream", "uidvalidity", "uid"],
        update_fields=["message"],
    )
    activities = {m.activity_id: m.activity for m in places.values() if m.pk not in before}.values()
    prefetch_related_objects(list(activities), "holders")
    for activity in activities:
        alone = activity.owner_id == account.owner_id and not activity.holders.all()
        if activity.visibility != Visibility.ALL and not alone:
            _settle(activity, account)


def _settle(activity: Activity, account: MailAccount) -> None:
    """A shared mailbox shows what everybody who reaches it may see: mail that it holds is for all, as if it came first."""
    messages = activity.messages.count()
    seen = Sighting.objects.filter(message__activity=activity).order_by()
    by_owner = dict(seen.values_list("stream__connection__owner").annotate(n=Count("message", distinct=True)))
    whole = {owner for owner, n in by_owner.items() if n == messages}
    everybody = account.owner_id is None and None in whole
    held_by(activity, {owner for owner in whole if owner is not None}, everybody=everybody)
