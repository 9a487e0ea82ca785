"""A run over a mailbox is taken back: its mail leaves the timelines, the mailbox keeps it, and it is not logged again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.api.conftest import program_of
from tests.mail.test_receive import colleague_of
from tests.mail.world import Desk, with_file, work
from tradepost.accounts.models import Membership
from tradepost.activities.models import Activity, Attachment, Link, Message
from tradepost.activities.queries import timeline
from tradepost.activities.records import Record
from tradepost.activities.services import change_activity, move
from tradepost.kit.errors import Conflict
from tradepost.mail.undo import UNDO
from tradepost.sync import services
from tradepost.sync.models import Run, RunItem, RunState

pytestmark = pytest.mark.servers


def state() -> dict[str, object]:
    """Everything that mail shows of itself here, without versions."""
    return {
        "activities": sorted(Activity.objects.values_list("pk", "subject", "at", "visibility")),
        "messages": sorted(Message.objects.values_list("pk", "activity_id", "text", "at")),
        "links": sorted(Link.objects.values_list("activity_id", "record_kind", "record_id", "at", "open")),
        "files": sorted(Attachment.objects.values_list("pk", "name")),
    }


def last_run() -> Run:
    return Run.objects.latest("pk")


@pytest.mark.req("X3")
def test_undo_gives_back_what_was_before_and_it_stays_undone(desk: Desk) -> None:
    sent = desk.write()
    desk.receive(desk.reply(sent, "First."))
    before = state()
    desk.receive(
        with_file(desk.reply(sent, "Second.")),
        with_file(desk.from_customer("A question")),
        desk.from_customer("Re: A question", "More of it."),
    )
    assert state() != before
    run = services.undo(desk.actor, last_run().pk)
    assert (run.state, run.counts["undone"], run.counts["kept"]) == (RunState.UNDONE, 3, 0)
    assert state() == before
    assert RunItem.objects.filter(run=run, undone_at=None, action__in=("create", "append")).count() == 0
    desk.dovecot.forget_uids(desk.ours)  # everything is read again
    desk.read()
    assert state() == before
    assert desk.count() == 4
    desk.receive(desk.reply(sent, "Third."))
    assert desk.texts()[-1] == "Third."
    with pytest.raises(Conflict, match="undone already"):
        services.undo(desk.actor, run.pk)


def test_what_a_person_worked_with_since_stays(desk: Desk) -> None:
    names = ("answered", "moved", "shared", "untouched")
    desk.receive(*(desk.from_customer(name, name) for name in names))
    found = {message.subject: message for message in desk.messages()}
    desk.write("An answer", reply_to=found["answered"].pk, records=())
    move(desk.actor, found["moved"].activity_id, onto=Record("document", desk.order.pk))
    change_activity(desk.actor, found["shared"].activity_id, {"visibility": "all"})
    run = services.undo(desk.actor, Run.objects.filter(items__action="create").latest("pk").pk)
    assert (run.counts["undone"], run.counts["kept"]) == (1, 3)
    left = {message.subject for message in desk.messages() if not message.outgoing}
    assert left == {"answered", "moved", "shared"}
    assert not Activity.objects.filter(subject="untouched").exists()


def test_a_later_answer_stays_when_the_run_before_it_is_taken_back(desk: Desk) -> None:
    first = desk.from_customer("Tents", "one")
    desk.receive(first)
    run = last_run()
    desk.receive(desk.from_customer("Re: Tents", "two", In_Reply_To=first["Message-ID"]))
    services.undo(desk.actor, run.pk)
    assert desk.texts() == ["two"]
    assert len(timeline(desk.actor, "contact", desk.contact.pk)) == 1


def test_what_was_taken_back_can_still_be_filed_by_hand(desk: Desk) -> None:
    from tests.mail.test_reviews import question
    from tradepost.sync.services import resolve

    review = question(desk, desk.dovecot)
    record = {"record": Record("customer", desk.customer.pk)}
    resolve(desk.actor, review.pk, "file", record)
    work()
    services.undo(desk.actor, last_run().pk)
    assert desk.messages() == []
    type(review).objects.update(resolved_at=None, choice="")
    resolve(desk.actor, review.pk, "file", record)
    work()
    assert [message.subject for message in desk.messages()] == ["About that order"]


def test_undo_by_page_and_api_and_for_whom(desk: Desk, client: Client) -> None:
    client.force_login(Membership.objects.get(user_id=desk.actor.user_id).user)
    noor = colleague_of(desk, "noor@shop.test")
    desk.receive(desk.from_customer("By page"))
    run = last_run()
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "Take the mail that this run logged off the timelines?" in page
    program_of(noor).post(f"runs/{run.pk}/undo", status=404)
    assert client.post(f"/runs/{run.pk}/undo/").status_code == 302
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "Taken back: 1." in page
    assert "Undone" in page
    assert "Take the mail" not in page
    desk.receive(desk.from_customer("By API"))
    done = program_of(desk.actor).post(f"runs/{last_run().pk}/undo", status=200)
    assert (done["state"], done["counts"]["undone"]) == ("undone", 1)
    assert desk.messages() == []


def test_an_old_run_and_one_that_logged_nothing_are_not_undone(desk: Desk) -> None:
    desk.receive(desk.from_customer("Old"))
    Run.objects.update(started_at=last_run().started_at - UNDO - timedelta(hours=1))
    assert not services.may_undo(desk.actor, last_run())
    with pytest.raises(Conflict, match="30 days"):
        services.undo(desk.actor, last_run().pk)
    RunItem.objects.update(action="skip")
    Run.objects.update(started_at=last_run().started_at + UNDO)
    assert not services.may_undo(desk.actor, last_run())
