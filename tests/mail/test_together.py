"""The messages of one page, decided as if each were stored before the next is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.mail.test_decide import DIRECTORY, HERE, LOGGED, OURS, REPLY, SENT_ID, mail
from tradepost.mail.decide import Action, Decision
from tradepost.mail.directory import Files, FilesGoTo, Preferences, Response
from tradepost.mail.together import decide_page, place, provisional
from tradepost.mail.types import Envelope

KNOWN = replace(DIRECTORY, activities={501: OURS, 502: LOGGED})


def page(*headers: str) -> list[Envelope]:
    """Messages ``<1@t>``, ``<2@t>``, …, with the UIDs of their place."""
    return [
        mail(f"{header} | Message-ID: <{n}@t>")._replace(uid=n) for n, header in enumerate(headers, start=1)
    ]


def decided(*headers: str, **chosen: object) -> list[tuple[Action, int | None]]:
    found = decide_page(page(*headers), KNOWN, Preferences(**chosen), HERE, None)  # type: ignore[arg-type]
    return [(decision.action, decision.activity) for _one, decision in found]


CONTACT, STRANGER = "From: bob@customer.test | Subject: A question", "From: who@else.test"
NEW, APPEND, IGNORE, DUPLICATE = Action.NEW, Action.APPEND, Action.IGNORE, Action.DUPLICATE
REVIEW = Action.REVIEW


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((CONTACT, "References: <1@t>"), [(NEW, None), (APPEND, -1)]),
        ((CONTACT, "References: <1@t>", "References: <2@t>"), [(NEW, None), (APPEND, -1), (APPEND, -1)]),
        ((REPLY, "References: <1@t>"), [(APPEND, 501), (APPEND, 501)]),
        ((STRANGER, "From: who@else.test | References: <1@t>"), [(IGNORE, None), (IGNORE, None)]),
        ((CONTACT, CONTACT), [(NEW, None), (NEW, None)]),
    ],
)
def test_a_message_answers_one_of_its_page(
    headers: tuple[str, ...], expected: list[tuple[Action, int | None]]
) -> None:
    assert decided(*headers) == expected


def test_one_message_in_two_places_of_a_page_is_stored_once() -> None:
    [one] = page(CONTACT)
    found = decide_page([one, one._replace(uid=2)], KNOWN, Preferences(), HERE, None)
    assert [decision.action for _one, decision in found] == [NEW, DUPLICATE]


def test_who_wrote_in_a_page_belongs_to_its_conversation() -> None:
    """The colleague in copy of the first mail may answer by a weak mark."""
    first = f"In-Reply-To: <{SENT_ID}> | Cc: colleague@customer.test"
    [_, (_one, second)] = decide_page(
        page(first, "From: colleague@customer.test | References: <1@t>"), KNOWN, Preferences(), HERE, None
    )
    assert (second.action, second.activity) == (APPEND, 501)
    assert "not a contact" not in second.reason


def test_mail_with_a_contact_counts_from_the_start_and_answers_always() -> None:
    old, start = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    mails = [one._replace(received=old) for one in page(CONTACT, REPLY)]
    found = decide_page(mails, KNOWN, Preferences(), HERE, start)
    assert [decision.action for _one, decision in found] == [IGNORE, APPEND]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(5, [NEW, NEW, REVIEW, APPEND, REVIEW]), (-5, [NEW, NEW, NEW, APPEND, NEW])],
)
def test_a_flood_within_one_page_is_held_back_as_one_over_several(
    minutes: int, expected: list[Action]
) -> None:
    """All of it may come at once, such as after a night without a worker; what is older is no flood."""
    lately = datetime(2026, 6, 1, 10, tzinfo=UTC)
    mails = page(CONTACT, CONTACT, CONTACT, REPLY, CONTACT)
    mails = [one._replace(received=lately + timedelta(minutes=minutes)) for one in mails]
    found = decide_page(mails, replace(KNOWN, lately=lately), Preferences(flood=2), HERE, None)
    assert [decision.action for _one, decision in found] == expected


def test_files_may_go_to_an_answer_of_the_same_page() -> None:
    decision = Decision(NEW, "", activity=-4, files_to=-4)
    placed = place(decision, {-4: 77})
    assert placed is not None
    assert (placed.activity, placed.files_to) == (77, 77)
    own = Preferences(response=Response.OWN, files=Files.ADD, files_go_to=FilesGoTo.ORIGINAL)
    [(_one, real)] = decide_page(page(REPLY), KNOWN, own, HERE, None)
    assert place(real, {}) == real


def test_what_answers_a_message_that_could_not_be_stored_waits() -> None:
    [one] = page(CONTACT)
    assert place(Decision(APPEND, "", activity=provisional(one)), {}) is None
