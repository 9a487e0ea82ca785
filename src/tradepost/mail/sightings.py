"""Where a stored message was seen, and what follows: who has it in a mailbox of his own sees it, whoever read it first.

Mail that is logged for its owner alone (defaults.md row 20) would otherwise hang on whose pass came first where two
people connected one mailbox, or both got the mail. A conversation counts as a whole: it is shown to the owners of the
mailboxes in which every message of it was seen, and to nobody for a part of it.
"""

from __future__ import annotations

from django.db.models import Count

from tradepost.activities.models import Activity, Message, Visibility
from tradepost.activities.services import held_by
from tradepost.mail.models import MailAccount, Sighting
from tradepost.sync.models import Stream


def sight(
    stream: Stream, account: MailAccount, uidvalidity: int, uid: int, message: Message, *, new: bool = False
) -> None:
    """Remember a place of a message, and settle who sees it. Called inside the pass's commit.

    A ``new`` message was stored just now and seen nowhere before.
    """
    seen = Sighting.objects.filter(message=message, stream__connection_id=stream.connection_id)
    before = not new and seen.exists()
    place = Sighting(
        organisation_id=stream.organisation_id,
        stream=stream,
        uidvalidity=uidvalidity,
        uid=uid,
        message=message,
    )
    Sighting.objects.bulk_create(  # a server that was restored from a backup gives places anew
        [place],
        update_conflicts=True,
        unique_fields=["stream", "uidvalidity", "uid"],
        update_fields=["message"],
    )
    activity = message.activity
    alone = activity.owner_id == account.owner_id and not activity.holders.all()
    if not before and activity.visibility != Visibility.ALL and not alone:
        _settle(activity, account)


def _settle(activity: Activity, account: MailAccount) -> None:
    """A shared mailbox shows what everybody who reaches it may see: mail that it holds is for all, as if it came first."""
    messages = activity.messages.count()
    seen = Sighting.objects.filter(message__activity=activity).order_by()
    by_owner = dict(seen.values_list("stream__connection__owner").annotate(n=Count("message", distinct=True)))
    whole = {owner for owner, n in by_owner.items() if n == messages}
    everybody = account.owner_id is None and None in whole
    held_by(activity, {owner for owner in whole if owner is not None}, everybody=everybody)
