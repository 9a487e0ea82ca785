"""What becomes of mail that arrives, end to end: real mailbox, real database, the company's choices."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.mail.world import Desk, company, connect, deliver, letter, with_file
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.services import accept_invitation, invite
from tradepost.activities.models import Activity, Attachment, Message, Visibility
from tradepost.activities.queries import timeline
from tradepost.jobs.models import Notice
from tradepost.mail.models import Sighting
from tradepost.people.services import Email, save_contact, save_customer
from tradepost.sync.models import Review, RunItem, Stream

pytestmark = pytest.mark.servers


# (a) append, (b) its own activity, (c) disregard × files added, disregarded: activities, answers and files that are stored.
TRUTH = [
    ("append", "add", 1, 1, 1),
    ("append", "disregard", 1, 1, 0),
    ("own", "add", 2, 1, 1),
    ("own", "disregard", 2, 1, 0),
    ("disregard", "add", 1, 0, 0),
    ("disregard", "disregard", 1, 0, 0),
]


@pytest.mark.req("A8", "A10", "A11")
@pytest.mark.parametrize(("response", "files", "activities", "answers", "attachments"), TRUTH)
def test_an_answer_by_the_companys_choices(
    desk: Desk, response: str, files: str, activities: int, answers: int, attachments: int
) -> None:
    desk.prefer(response=response, files=files)
    sent = desk.write()
    desk.receive(with_file(desk.reply(sent)))
    assert len(desk.history()) == activities
    assert Message.objects.filter(outgoing=False).count() == answers
    assert Attachment.objects.count() == attachments
    if response == "own":
        assert desk.history()[0].parent_id == sent.activity_id


@pytest.mark.req("A10")
def test_files_may_stand_on_the_original(desk: Desk) -> None:
    desk.prefer(response="own", files_go_to="original")
    sent = desk.write()
    desk.receive(with_file(desk.reply(sent)))
    assert Attachment.objects.get().activity_id == sent.activity_id


@pytest.mark.req("A9")
@pytest.mark.parametrize("choice", ["log", "disregard"])
def test_mail_sent_by_phone_to_a_contact(desk: Desk, choice: str) -> None:
    desk.prefer(contact_mail=choice)
    by_phone = letter(desk.ours, desk.theirs, "Samples", "They are on the way.")
    with desk.phone(folder="Sent") as client:
        client.append("Sent", by_phone.as_bytes())
    desk.read()
    found = timeline(desk.actor, "contact", desk.contact.pk)
    assert [(m.outgoing, m.text.strip()) for a in found for m in a.messages.all()] == (
        [(True, "They are on the way.")] if choice == "log" else []
    )


@pytest.mark.req("A9", "X2")
@pytest.mark.parametrize(("level", "colleague_sees"), [("owner", False), ("all", True)])
def test_who_sees_logged_mail(desk: Desk, level: str, colleague_sees: bool) -> None:
    desk.prefer(log_visibility=level)
    _row, secret = invite(desk.actor, email="noor@shop.test", role=Role.SALES)
    colleague = accept_invitation(secret, name="Noor", password="Correct-horse-9")
    desk.receive(desk.from_customer())
    assert Activity.objects.get().visibility == Visibility(level)
    assert len(timeline(desk.actor, "contact", desk.contact.pk)) == 1
    assert bool(timeline(colleague, "contact", desk.contact.pk)) is colleague_sees


def test_nothing_is_kept_of_mail_that_is_not_ours(desk: Desk) -> None:
    desk.receive(
        letter("stranger@else.test", desk.ours, "Private"),
        letter("friend@shop.test", desk.ours, "Lunch?"),
        desk.from_customer("Digest", List_Id="<news.customer.test>"),
    )
    desk.prefer(never_log=["customer.test"], internal_domains=["shop.test"])
    desk.receive(desk.from_customer("Between us"))
    assert desk.messages() == []
    assert not RunItem.objects.exists()
    assert not Review.objects.exists()


def test_answers_within_one_page_follow_each_other(desk: Desk) -> None:
    first = desk.from_customer("Tents", "one")
    second = desk.from_customer("Re: Tents", "two", In_Reply_To=first["Message-ID"])
    third = letter("stranger@else.test", desk.ours, "Re: Tents", "three", References=second["Message-ID"])
    desk.receive(first, second, third)
    assert Activity.objects.count() == 1
    assert desk.texts() == ["one", "two", "three"]


def test_two_users_on_one_mailbox_make_one_activity(desk: Desk) -> None:
    connect(desk.actor, desk.dovecot, desk.ours, name="The same mailbox")
    sent = desk.write()
    desk.receive(with_file(desk.reply(sent)), desk.from_customer())
    assert desk.texts() == ["Shall we split it?", "Splitting is fine.", "Good morning."]
    assert Attachment.objects.count() == 1
    assert Sighting.objects.filter(message__outgoing=False).count() == 4


def test_the_same_message_id_twice_is_one_message(desk: Desk) -> None:
    mail = desk.from_customer(message_id="<once@customer.test>")
    desk.receive(mail, mail)
    desk.receive(mail)
    assert len(desk.messages()) == 1


def test_a_mail_without_message_id_is_known_again(desk: Desk) -> None:
    mail = desk.from_customer()
    del mail["Message-ID"]
    desk.receive(mail)
    desk.dovecot.forget_uids(desk.ours)
    desk.read()
    assert len(desk.messages()) == 1


@pytest.mark.req("A15")
def test_an_answer_is_news_for_who_wrote_the_mail(desk: Desk) -> None:
    desk.receive(desk.reply(desk.write()))
    notice = Notice.objects.get()
    assert notice.user_id == desk.actor.user_id
    assert notice.title.endswith("answered: Re: Your order")


def test_an_automatic_answer_is_shown_as_one_and_tells_nobody(desk: Desk) -> None:
    reply = with_file(desk.reply(desk.write(), "I am away."))
    reply["Auto-Submitted"] = "auto-replied"
    desk.receive(reply)
    assert desk.messages()[-1].automatic == "auto-submitted"
    assert len(desk.history()) == 1
    assert not Notice.objects.exists()
    assert not Attachment.objects.exists()


def test_a_contact_of_another_customer_is_a_question_asked_once(desk: Desk) -> None:
    other = save_customer(desk.actor, {"name": "Oak & Co"})
    save_contact(
        desk.actor,
        {"first_name": "Bob", "last_name": "Oak"},
        emails=[Email("bob@oak.test")],
        customer_ids=[other.pk],
    )
    sent = desk.write()
    reply = letter("bob@oak.test", desk.ours, "Re: Your order", References=f"<{sent.message_id}>")
    desk.receive(reply)
    review = Review.objects.get()
    assert review.facts["candidates"]
    Review.objects.update(resolved_at=review.created_at, choice="ignore")
    desk.dovecot.forget_uids(desk.ours)
    desk.read()
    assert Review.objects.count() == 1
    assert len(desk.messages()) == 1


def test_history_before_the_connection_is_left_alone(desk: Desk) -> None:
    address = desk.dovecot.user("old@shop.test")
    desk.dovecot.seed(address, 3, make=lambda n, to: desk.from_customer(f"Old {n}").as_bytes())
    connect(desk.actor, desk.dovecot, address, name="Old box")
    desk.read()
    assert desk.messages() == []


def test_another_company_reads_its_own_copy(desk: Desk) -> None:
    other = company("else@shop.test")
    connect(other, desk.dovecot, desk.ours, name="Elsewhere")
    desk.receive(desk.reply(desk.write()))
    assert not Message.objects.filter(organisation_id=other.organisation_id).exists()


def colleague_of(desk: Desk, email: str) -> Actor:
    _row, secret = invite(desk.actor, email=email, role=Role.SALES)
    return accept_invitation(secret, name="Noor", password="Correct-horse-9")


@pytest.mark.req("A9", "B15")
def test_who_has_a_mail_in_a_mailbox_of_his_own_sees_it_whoever_read_it_first(desk: Desk) -> None:
    noor = colleague_of(desk, "noor@shop.test")
    eve = colleague_of(desk, "eve@shop.test")
    question = desk.from_customer("Ours")
    desk.receive(question)
    connect(noor, desk.dovecot, desk.ours, name="The same mailbox")
    Stream.objects.update(cursor={"since": "2000-01-01T00:00:00+00:00"})
    desk.read()
    seen = [len(timeline(who, "contact", desk.contact.pk)) for who in (desk.actor, noor, eve)]
    assert seen == [1, 1, 0]
    assert Activity.objects.get().visibility == Visibility.OWNER


def for_two(desk: Desk) -> tuple[Actor, str, EmailMessage]:
    """A colleague with a mailbox of her own, its address, and a mail that came to both of us."""
    noor = colleague_of(desk, "noor@shop.test")
    hers = desk.dovecot.user("noor@shop.test")
    connect(noor, desk.dovecot, hers, name="Noor")
    both = desk.from_customer("For both", Cc=hers)
    deliver(desk.dovecot, both, desk.ours, hers)
    desk.read()
    return noor, hers, both


def test_a_conversation_is_shown_to_whom_all_of_it_reached(desk: Desk) -> None:
    noor, hers, both = for_two(desk)
    assert len(timeline(noor, "contact", desk.contact.pk)) == 1
    desk.receive(desk.from_customer("Re: For both", "Between us.", In_Reply_To=both["Message-ID"]))
    assert len(timeline(desk.actor, "contact", desk.contact.pk)) == 1
    assert timeline(noor, "contact", desk.contact.pk) == []


def test_what_a_colleague_alone_got_is_not_shown_with_the_private_mail_that_it_answers(desk: Desk) -> None:
    noor, hers, both = for_two(desk)
    on = {"In_Reply_To": both["Message-ID"]}
    aside = letter(desk.theirs, hers, "Re: For both", "Not a word to Dana.", **on)
    again = letter(desk.theirs, hers, "Re: For both", "To you both.", Cc=desk.ours, **on)
    deliver(desk.dovecot, aside)
    deliver(desk.dovecot, again, hers, desk.ours)
    desk.read()
    seen = {
        name: {m.text.strip() for a in timeline(who, "contact", desk.contact.pk) for m in a.messages.all()}
        for name, who in (("dana", desk.actor), ("noor", noor))
    }
    shared = {"Good morning.", "To you both."}
    assert seen == {"dana": shared, "noor": {*shared, "Not a word to Dana."}}
    assert Activity.objects.count() == 2


def test_a_shared_mailbox_shows_what_a_personal_one_read_first(desk: Desk) -> None:
    eve = colleague_of(desk, "eve@shop.test")
    desk.receive(desk.from_customer())
    assert timeline(eve, "contact", desk.contact.pk) == []
    connect(desk.actor, desk.dovecot, desk.ours, name="Sales", shared=True)
    Stream.objects.update(cursor={"since": "2000-01-01T00:00:00+00:00"})
    desk.read()
    assert len(timeline(eve, "contact", desk.contact.pk)) == 1
