"""A pass that is killed anywhere: at the next one nothing is lost and nothing is there twice. ``make soak`` tries more."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.pim.memory import Store
from tests.pim.world import World, world
from tradepost.activities.models import Activity, ActivityStatus
from tradepost.kit import clock
from tradepost.pim import services
from tradepost.pim.models import Event
from tradepost.sync.models import Binding, Stream

pytestmark = pytest.mark.django_db(transaction=True)
SEEDS = {"ci": 6, "soak": 300}[os.environ.get("HYPOTHESIS_PROFILE", "ci")]


class Killed(BaseException):
    """No failure that anything catches."""


@dataclass
class Deadly(Store):
    """Kills whoever does the ``left``-th thing with it: before a request, or right after a write took effect."""

    left: int = -1

    def fault(self, *names: str) -> str:
        if "busy" in names:  # every request asks for this one first
            self.step()
        return super().fault(*names)

    def put(self, id: str, body: str) -> str:
        made = super().put(id, body)
        self.step()
        return made

    def remove(self, id: str) -> None:
        super().remove(id)
        self.step()

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


def killed(w: World, store: Deadly, at: int) -> None:
    """A pass that dies at the ``at``-th thing that it does there, and leaves its lease behind."""
    store.left = at
    try:
        w.sync()
    except Killed:
        past = clock.now() - timedelta(seconds=1)
        Stream.objects.filter(pk=w.stream.pk).update(lease_token="of-the-dead", lease_until=past)
    store.left = -1


def act(w: World, rnd: random.Random, n: int) -> str:
    """Something that a person does, on either side; the title that is new by it, and live until it is changed again."""
    title, here, there = f"T{n}.", list(Event.objects.filter(deleted_at=None)), sorted(w.store.bodies)
    match rnd.randrange(5):
        case 0 | 1:
            w.add(title)
        case 2:
            w.put(f"x{n}", title=title)
        case 3 if here:
            services.change_event(w.actor, rnd.choice(here).pk, {"title": title})
        case 4 if there:
            w.put(rnd.choice(there), title=title)
        case _:
            w.add(title)
    return title


@pytest.mark.req("X3")
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_pass_that_is_killed_anywhere_is_followed_by_one_that_mends_it(seed: int) -> None:
    rnd, w = random.Random(seed), world()
    w.store = store = Deadly()
    w.choose(chosen={"import_external_events": "all"})
    w.sync()  # until a first pass was finished, a deletion here keeps what is there
    for n in range(10):
        for m in range(rnd.randrange(1, 4)):
            act(w, rnd, 10 * n + m)
        killed(w, store, rnd.randrange(1, 9))
    last = Event.objects.filter(deleted_at=None).earliest("pk")
    services.delete_event(w.actor, last.pk)
    killed(w, store, 3)
    w.settle()
    there = Counter(w.there(id).title for id in store.bodies)
    here = Counter(
        Activity.objects.filter(kind="event", status=ActivityStatus.OPEN).values_list("subject", flat=True)
    )
    assert there == here
    assert max(there.values()) == 1
    assert (
        Binding.objects.filter(tombstone="").count()
        == len(store.bodies)
        == Event.objects.filter(deleted_at=None).count()
    )
    bodies = dict(store.bodies)
    w.settle()
    assert store.bodies == bodies
