"""The conflict inbox: both sides of a calendar beside each other, decided by one press."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from tests.pim.world import World, world
from tradepost.accounts.models import User
from tradepost.activities.models import Activity
from tradepost.pim import services
from tradepost.sync.models import Review, Stream

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def w(db: None) -> World:
    return world()


@pytest.fixture
def client(w: World) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=w.actor.user_id), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def conflict(w: World) -> None:
    row = w.add()
    w.sync()
    services.change_event(w.actor, row.pk, {"title": "Ours", "location": "Hall 1"})
    w.put(w.only, title="Theirs", location="Hall 2")
    w.sync()


@pytest.mark.req("D35")
def test_an_asked_conflict_is_shown_field_by_field_and_decided(w: World, client: Client) -> None:
    w.choose(chosen={"conflicts": "ask"})
    conflict(w)
    page = client.get("/reviews/").content.decode()
    assert all(text in page for text in ("Ours", "Theirs", "Hall 1", "Hall 2", '<th scope="row">title</th>'))
    for review in Review.objects.filter(resolved_at=None):
        assert review.title.startswith("“Ours”: ")
        choice = next(option for option in review.options if option == "remote")
        assert client.post(f"/reviews/{review.pk}/", {"choice": choice}).status_code == 302
    w.sync()
    assert (w.there().title, Activity.objects.get().subject) == ("Theirs", "Theirs")
    assert not Review.objects.filter(resolved_at=None).exists()


@pytest.mark.req("D35")
def test_what_the_newer_edit_overwrote_is_taken_back_by_one_press(w: World, client: Client) -> None:
    conflict(w)
    kept = w.there().title
    other = {"Ours": "Theirs", "Theirs": "Ours"}[kept]
    assert other in client.get("/reviews/").content.decode()
    review = next(r for r in Review.objects.filter(kind="sync.overwritten") if "title" in r.facts["cells"])
    client.post(f"/reviews/{review.pk}/", {"choice": "swap"})
    w.sync()
    assert (w.there().title, Activity.objects.get().subject) == (other, other)


def test_a_calendar_that_is_gone_pauses_and_another_one_goes_on(w: World, client: Client) -> None:
    w.add()
    w.sync()
    w.store.faults.append("gone")
    w.try_sync()
    stream = Stream.objects.get()
    assert stream.health == "paused"
    page = client.get("/reviews/").content.decode()
    assert "Choose another" in page
    review = Review.objects.get(resolved_at=None)
    answer = client.post(f"/reviews/{review.pk}/", {"choice": "choose"})
    assert answer["Location"] == f"/calendars/{stream.pk}/"
    stream.refresh_from_db()
    assert not stream.enabled
