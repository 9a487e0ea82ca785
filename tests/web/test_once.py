"""What a page asks several times it reads once, and never once too few."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from tests.web.desk import desk_of
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import Membership
from tradepost.web.counting import question
from tradepost.web.middleware import actor
from tradepost.web.once import once, reading
from tradepost.web.shell import sections


def test_once_for_a_page_and_anew_for_the_next() -> None:
    asked: list[tuple[object, ...]] = []

    @once
    def ask(*args: object, **more: object) -> int:
        asked.append((*args, *more.items()))
        return len(asked)

    assert [ask(1), ask(1)] == [1, 2]
    with reading():
        assert [ask(1), ask(1), ask(2), ask(1, of=3), ask(1, of=3), ask(1)] == [3, 3, 4, 5, 5, 3]
    with reading():
        assert ask(1) == 6


@pytest.mark.parametrize("path", ["/orders/", "/customers/"])
def test_a_list_asks_for_tags_fields_and_people_once_and_counts_what_waits_by_one_question(
    client: Client, path: str
) -> None:
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    texts = [one["sql"] for one in asked.captured_queries]
    for table in ("custom_tag", "custom_customfield"):
        assert len([text for text in texts if f'FROM "{table}"' in text]) == 1, table
    people = [
        text
        for text in texts
        if 'FROM "accounts_membership"' in text and '"accounts_user"."name" ASC' in text
    ]
    assert len(people) == 1
    for waiting in ("jobs_job", "jobs_notice", "sync_review"):
        [counted] = [text for text in texts if f'FROM "{waiting}"' in text]
        assert counted.startswith("SELECT (SELECT COUNT(*)")


def test_the_page_of_an_order_asks_a_bounded_number_of_questions(client: Client, member: Membership) -> None:
    """Lines and what follows are read once for all who look at them."""
    url = desk_of(member).order_url
    for tab in ("details", "history", "open"):
        client.get(f"{url}?tab={tab}")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"{url}?tab={tab}").status_code == 200
        texts = [one["sql"] for one in asked.captured_queries]
        assert len(texts) <= 29, texts


@pytest.mark.parametrize(("method", "times"), [("GET", 1), ("HEAD", 1), ("POST", 2), ("DELETE", 2)])
def test_who_changes_something_is_not_shown_what_was_read_before(method: str, times: int) -> None:
    asked: list[int] = []
    ask = once(lambda: asked.append(0))
    request = RequestFactory().generic(method, "/")
    request.user = AnonymousUser()
    actor(lambda _request: HttpResponse(str([ask(), ask()])))(request)
    assert len(asked) == times


def test_what_waits_is_asked_by_who_asks_alone(member: Membership) -> None:
    """Each question is written once for an actor and kept: what it finds may depend on nothing that was looked up before."""
    who = Actor(member.organisation_id, member.user_id, Role(member.role))
    items = [item.badge for section in sections() for item in section.nav if item.badge]
    sources = [*items, *(alarm.rows for section in sections() for alarm in section.alarms)]
    sources += [section.bell.unread for section in sections() if section.bell]
    assert len(sources) > 4
    with CaptureQueriesContext(connection) as asked:
        first, again = ([question(source(who)) for source in sources] for _time in range(2))
    assert [one and one.key for one in again] == [one and one.key for one in first]
    assert not asked.captured_queries
