"""Private mail stays private: every role, every level, every kind of thread, on every surface (pain 6, defaults row 20)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests.activities.standing import counts
from tests.api.conftest import Program, program_of
from tests.mail.world import Desk, connect, letter, with_file
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import Membership
from tradepost.accounts.services import accept_invitation, invite
from tradepost.activities.models import Activity, Attachment, Message, Visibility
from tradepost.activities.queries import by_subject, pulse, timeline
from tradepost.activities.services import change_activity
from tradepost.kit.errors import Missing, Refused
from tradepost.mail.models import MailAccount
from tradepost.mail.send import Letter, mark_sent, send_again, send_email

pytestmark = [pytest.mark.servers, pytest.mark.req("A9", "X2")]

EVERYBODY = set(Role)
TEAM = {Role.SALES, Role.ADMIN, Role.MASTER_ADMIN}  # of a sales rep: the same role, and who manages members
LEVELS = {"owner": set[Role](), "team": TEAM, "all": EVERYBODY}


@dataclass
class House:
    """A company with one of each role, and Noor of sales, whose mailbox the mail comes to."""

    desk: Desk
    noor: Actor
    people: dict[Role, Actor]
    address: str

    def who_sees(self, subject: str) -> set[Role]:
        """The colleagues on whose timeline the mail stands; every other surface must agree."""
        return {role for role, one in self.people.items() if self._sees(one, subject)}

    def _sees(self, one: Actor, subject: str) -> bool:
        message = Message.objects.select_related("activity").get(subject=subject)
        found = [a.subject for a in timeline(one, "contact", self.desk.contact.pk, limit=100)]
        answers = {
            "timeline": subject in found,
            "search": any(a.pk == message.activity_id for a in by_subject(one, subject, 10)),
            **_by_api(program_of(one), message),
            **_by_page(one, message),
        }
        assert len(set(answers.values())) == 1, (subject, one.role, answers)
        return answers["timeline"]


def _by_api(program: Program, message: Message) -> dict[str, bool]:
    file = message.attachments.get().pk
    paths = {
        "api activity": f"activities/{message.activity_id}",
        "api message": f"messages/{message.pk}",
        "api file": f"files/{file}",
    }
    return {name: program.call("get", path).status_code == 200 for name, path in paths.items()}


def _by_page(one: Actor, message: Message) -> dict[str, bool]:
    client = Client()
    client.force_login(Membership.objects.get(user_id=one.user_id).user)
    paths = {
        "frame": f"/messages/{message.pk}/frame/",
        "file": f"/files/{message.attachments.get().pk}/",
        "activity": f"/activities/{message.activity_id}/",
    }
    found = {name: client.get(path).status_code in (200, 302) for name, path in paths.items()}
    palette = client.get("/search/", {"q": message.subject}).content.decode()
    return {**found, "palette": f"/activities/{message.activity_id}/" in palette}


@pytest.fixture
def house(desk: Desk) -> House:
    people = {Role.MASTER_ADMIN: desk.actor}
    for role in EVERYBODY - {Role.MASTER_ADMIN}:
        people[role] = _join(desk, role, f"{role}@shop.test")
    noor = _join(desk, Role.SALES, "noor@shop.test")
    address = desk.dovecot.user(f"noor-{desk.ours}")
    connect(noor, desk.dovecot, address, name="Noor")
    return House(desk, noor, people, address)


def _join(desk: Desk, role: Role, email: str) -> Actor:
    _row, secret = invite(desk.actor, email=email, role=role)
    return accept_invitation(secret, name=email, password="Correct-horse-9")


def test_role_by_level_by_thread(house: House) -> None:
    desk = house.desk
    shared = desk.dovecot.user(f"sales-{desk.ours}")
    connect(desk.actor, desk.dovecot, shared, name="Sales", shared=True)
    originals = {}
    for level in LEVELS:
        desk.prefer(log_visibility=level)
        originals[level] = original = _sent_from_here(house, f"Offer {level}")
        desk.receive(
            *(
                with_file(letter(desk.theirs, to, subject, **headers))
                for to, subject, headers in [
                    (house.address, f"Logged {level}", {}),
                    (shared, f"Shared {level}", {}),
                    (house.address, f"Answer {level}", {"In_Reply_To": f"<{original.message_id}>"}),
                ]
            )
        )
    for level, roles in LEVELS.items():
        assert house.who_sees(f"Logged {level}") == roles, level
        assert house.who_sees(f"Shared {level}") == EVERYBODY
        assert Message.objects.get(subject=f"Answer {level}").activity_id == originals[level].activity_id
        assert Activity.objects.get(pk=originals[level].activity_id).visibility == Visibility.ALL
    mine = [a.subject for a in timeline(house.noor, "contact", desk.contact.pk, limit=100)]
    assert {f"Logged {level}" for level in LEVELS} <= set(mine)


def _sent_from_here(house: House, subject: str) -> Message:
    account = MailAccount.objects.get(owner_id=house.noor.user_id)
    return send_email(house.noor, Letter(account.pk, house.desk.theirs, subject, text="Here it is."))


def test_a_thread_is_shared_by_its_owner_alone_and_whole(house: House) -> None:
    desk = house.desk
    first = with_file(letter(desk.theirs, house.address, "Just us"))
    answer = with_file(letter(desk.theirs, house.address, "Re: Just us", In_Reply_To=first["Message-ID"]))
    desk.receive(first, answer)
    [activity] = Activity.objects.filter(subject="Just us")
    rest = {role: house.people[role] for role in EVERYBODY}
    for one in rest.values():
        assert (counts(one, "contact", desk.contact.pk), by_subject(one, "Just us", 9)) == ((0, 0), [])
        with pytest.raises((Missing, Refused)):
            change_activity(one, activity.pk, {"visibility": "all"})
    silent = pulse(desk.actor, "contact", desk.contact.pk)
    change_activity(house.noor, activity.pk, {"visibility": "all"})
    assert pulse(desk.actor, "contact", desk.contact.pk) != silent
    assert house.who_sees("Just us") == EVERYBODY
    assert Attachment.objects.filter(activity=activity).count() == 2


def test_a_colleague_neither_sends_again_nor_settles_what_is_private(house: House) -> None:
    message = _sent_from_here(house, "Failed")
    Message.objects.update(state="failed")
    Activity.objects.filter(pk=message.activity_id).update(visibility="owner")
    for act in (send_again, mark_sent):
        with pytest.raises(Missing):
            act(house.people[Role.SALES], message.pk)
    program_of(house.people[Role.ADMIN]).post(f"messages/{message.pk}/send-again", status=404)
    send_again(house.noor, message.pk)


def test_questions_and_runs_about_ones_own_mailbox_are_ones_own(house: House) -> None:
    """The log of a pass and a question name subjects: they are for the mailbox's owner, managers included out."""
    desk = house.desk
    desk.receive(with_file(letter(desk.theirs, house.address, "Top secret")))
    for role, one in house.people.items():
        found: Any = program_of(one).call("get", "runs")
        assert found.status_code in (200, 403), role
        runs = found.json().get("items", [])
        items = [program_of(one).get(f"runs/{run['id']}/items")["items"] for run in runs]
        assert "Top secret" not in str(items), role
    [run] = program_of(house.noor).get("runs")["items"]
    assert "Top secret" in str(program_of(house.noor).get(f"runs/{run['id']}/items"))
