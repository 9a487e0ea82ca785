"""What a page asks several times it reads once, and never once too few."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from tradepost.web.middleware import actor
from tradepost.web.once import once, reading


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


@pytest.mark.parametrize(("method", "times"), [("GET", 1), ("HEAD", 1), ("POST", 2), ("DELETE", 2)])
def test_who_changes_something_is_not_shown_what_was_read_before(method: str, times: int) -> None:
    asked: list[int] = []
    ask = once(lambda: asked.append(0))
    request = RequestFactory().generic(method, "/")
    request.user = AnonymousUser()
    actor(lambda _request: HttpResponse(str([ask(), ask()])))(request)
    assert len(asked) == times
