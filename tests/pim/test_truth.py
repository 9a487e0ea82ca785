"""The truth tables of the sources for events, through the product: rows, a calendar, a pass by the rules that a person chose.
The tables themselves are those of the pure reconciler."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.pim.series import event
from tests.pim.world import World, world
from tests.sync.plan.scenes import outcome
from tests.sync.plan.test_truth_tables import ROWS, SAFE_EVENTS
from tradepost.kit import clock
from tradepost.pim import mapping, patch, services
from tradepost.pim.models import Event
from tradepost.sync.models import Stream

pytestmark = pytest.mark.django_db(transaction=True)


def there(w: World, id: str, title: str, uid: str = "x@x") -> None:
    """Another program writes an event, or changes its title, later than anybody here."""
    known = w.store.bodies.get(id, ("", ""))[1]
    made = event(title="Review", uid=uid, start=datetime(2027, 3, 10, 9))  # noqa: DTZ001
    one = replace(mapping.read(known) if known else made, title=title)
    w.store.put(id, patch.write(one, clock.now() + timedelta(hours=1), known))


def arranged(w: World, scene: str) -> None:
    """What happened since the last pass, or before the first."""
    if scene == "absent here":
        return there(w, "r1", "Theirs")
    row = w.add("Review", zone="Europe/Berlin")
    if scene in ("absent there", "exists on both sides", "several match"):
        for id in {"exists on both sides": ("r1",), "several match": ("r1", "r2")}.get(scene, ()):
            there(w, id, "Theirs", row.uid)
        return None
    w.settle()
    if scene in ("changed here", "changed in both"):
        services.change_event(w.actor, row.pk, {"title": "Ours"})
    if scene in ("changed there", "changed in both"):
        there(w, w.only, "Theirs")
    if scene == "deleted there":
        w.store.remove(w.only)
    if scene == "deleted here":
        services.delete_event(w.actor, row.pk)
    return None


@pytest.mark.req("D29", "D33", "D35", "T11")
@pytest.mark.parametrize("preset", ["oro", "safe"])
@pytest.mark.parametrize(("direction", "scene", "oro", "safe"), ROWS)
def test_row_of_events(direction: str, scene: str, oro: str, safe: str, preset: str) -> None:
    expected = oro if preset == "oro" else SAFE_EVENTS.get((direction, scene), safe)
    w = world()
    arranged(w, scene)
    w.choose(preset=preset)
    Stream.objects.filter(pk=w.stream.pk).update(direction=direction)
    assert outcome(w.sync()) == expected
    titles = (sorted(w.there(id).title for id in w.store.bodies), sorted(a.subject for a in w.here()))
    if not expected.startswith("ask"):
        w.settle()
    assert (sorted(w.there(id).title for id in w.store.bodies), sorted(a.subject for a in w.here())) == titles
    statuses = set(Event.objects.values_list("activity__status", flat=True))
    assert statuses <= ({"cancelled"} if scene == "deleted here" or "cancel" in expected else {"open"})
