"""Memos and tasks for somebody else; what was a mistake goes to the trash, what was sent or received stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.utils.translation import override

from tests.activities.standing import counts
from tests.people.conftest import colleague, dana, stranger  # noqa: F401
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import AuditEntry
from tradepost.activities.models import ActivityKind, Attachment, Message
from tradepost.activities.queries import due, timeline
from tradepost.activities.records import Record
from tradepost.activities.services import (
    File,
    add_activity,
    add_files,
    attach,
    change_activity,
    keep_file,
    open_activity,
)
from tradepost.activities.shelving import trash_activity, trash_file
from tradepost.jobs.models import Notice
from tradepost.kit.errors import Conflict, Invalid, Missing, Refused
from tradepost.people.services import save_customer
from tradepost.pim.models import Event
from tradepost.pim.services import add_event
from tradepost.sync.models import Connection, Stream

AT = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture
def on(dana: Actor) -> Record:  # noqa: F811
    return Record("customer", save_customer(dana, {"name": "Harbor"}).pk)


@pytest.mark.req("B19", "X2")
def test_a_memo_is_for_whom_it_is_assigned_to(
    dana: Actor, stranger: Actor, colleague: Callable[[Role], Actor], on: Record  # noqa: F811
) -> None:  # fmt: skip
    sam = colleague(Role.SALES)
    memo = add_activity(dana, ActivityKind.MEMO, on, {"text": "Ring before noon", "owner_id": sam.user_id})
    assert counts(sam, on.kind, on.id) == (0, 1)  # open until it was read
    assert (due(sam, AT), due(dana, AT)) == ([memo], [])
    [notice] = Notice.objects.filter(user_id=sam.user_id)
    assert (notice.title, notice.link) == ("Memo for you: Ring before noon", f"/activities/{memo.pk}/")
    task = add_activity(sam, ActivityKind.TASK, on, {"subject": "Sample", "due": AT})
    with override("de"):  # whoever reads it may have another language
        change_activity(sam, task.pk, {"owner_id": dana.user_id})
    assert Notice.objects.filter(user_id=dana.user_id, title="Task for you: Sample").count() == 1
    for owner in (stranger.user_id, 10**9):
        with pytest.raises(Invalid, match="user of your company"):
            add_activity(dana, ActivityKind.MEMO, on, {"text": "x", "owner_id": owner})
    with pytest.raises(Invalid, match="seen by you alone"):
        change_activity(dana, task.pk, {"owner_id": sam.user_id, "visibility": "owner"})
    event = add_activity(dana, ActivityKind.EVENT, on, {"subject": "Visit", "starts": AT})
    with pytest.raises(Conflict, match="its owner's"):
        change_activity(dana, event.pk, {"owner_id": sam.user_id})


@pytest.mark.parametrize("kind", ["note", "call", "memo", "task", "event"])
def test_it_leaves_every_timeline_and_comes_back_where_it_was(dana: Actor, on: Record, kind: str) -> None:  # noqa: F811
    row = add_activity(
        dana, ActivityKind(kind), on, {"subject": "X", "starts": AT if kind == "event" else None}
    )
    [file] = add_files(dana, row.pk, [File("a.txt", b"a")])
    was = counts(dana, on.kind, on.id)
    trash_activity(dana, row.pk)
    assert counts(dana, on.kind, on.id) == (0, 0)
    assert AuditEntry.objects.latest("pk").verb == "activity.trash"
    with pytest.raises(Conflict, match="in the trash already"):
        trash_activity(dana, row.pk)
    with pytest.raises(Missing):
        change_activity(dana, row.pk, {"text": "Y"})
    trash_activity(dana, row.pk, undo=True)
    assert counts(dana, on.kind, on.id) == was
    trash_file(dana, file.pk)
    shown = timeline(dana, on.kind, on.id, open_only=was[1] == 1)
    assert [f for one in shown for f in one.attachments.all()] == []
    trash_file(dana, file.pk, undo=True)
    assert Attachment.objects.get().trashed_at is None


def test_what_was_sent_or_stands_in_a_calendar_is_not_thrown_away(dana: Actor, on: Record) -> None:  # noqa: F811
    mail = open_activity(dana, ActivityKind.EMAIL, [on], subject="Hello")
    message = Message.objects.create(
        organisation_id=dana.organisation_id, activity=mail, outgoing=True, message_id="1@x", at=AT
    )
    [file] = attach(mail, [keep_file(dana.organisation_id, File("a.txt", b"a"))], message)
    with pytest.raises(Conflict, match="An e-mail is not thrown away"):
        trash_activity(dana, mail.pk)
    with pytest.raises(Conflict, match="belongs to an e-mail"):
        trash_file(dana, file.pk)
    event = add_event(dana, on, {"title": "Visit", "start": "2026-12-01T09:00"})
    calendar = Connection.objects.create(
        organisation_id=dana.organisation_id, connector="caldav", label="Mine"
    )
    Event.objects.update(
        stream=Stream.objects.create(
            organisation_id=dana.organisation_id, connection=calendar, kind="pim.calendar"
        )
    )
    with pytest.raises(Conflict, match="is in a calendar"):
        trash_activity(dana, event.activity_id)


def test_only_who_sees_it_and_may_change_it(
    dana: Actor, stranger: Actor, colleague: Callable[[Role], Actor], on: Record  # noqa: F811
) -> None:  # fmt: skip
    own = add_activity(dana, ActivityKind.NOTE, on, {"text": "Mine", "visibility": "owner"})
    with pytest.raises(Missing):
        trash_activity(colleague(Role.SALES), own.pk)
    with pytest.raises(Missing):
        trash_activity(stranger, own.pk)
    with pytest.raises(Refused):
        trash_activity(colleague(Role.READ_ONLY), own.pk)
