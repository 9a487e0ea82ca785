"""Short words for the situations that the tables speak of: one record, on either side, and what happened to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tradepost.sync.action import Plan
from tradepost.sync.plan import Reading, reconcile
from tradepost.sync.policy import Mode
from tradepost.sync.presets import Preset
from tradepost.sync.record import Fields, Link, Presence, Record

EARLY, LATE = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 1, 10, tzinfo=UTC)
ANNA: Fields = {
    "first_name": "Anna",
    "last_name": "Weiß",
    "emails": ["anna@weiss.example"],
    "job_title": "Buyer",
}
MEETING: Fields = {
    "title": "Review",
    "start": "2026-03-02T09:00",
    "end": "2026-03-02T10:00",
    "zone": "Europe/Berlin",
    "overrides": {"2026-03-09T09:00": {"title": "Moved"}},
}
LINK = Link("k1", "a1", "r1", ANNA, ANNA, "A1", "R1", EARLY, EARLY)


def app(id: str = "a1", fields: Fields = ANNA, **more: object) -> Record:
    return replace(Record(id, f"{id}-now", fields, changed=EARLY), **more)  # type: ignore[arg-type]


def remote(id: str = "r1", fields: Fields = ANNA, **more: object) -> Record:
    return replace(Record(id, f"{id}-now", fields, changed=LATE), **more)  # type: ignore[arg-type]


def titled(title: str, fields: Fields = ANNA) -> Fields:
    return {**fields, "job_title": title}


def deleted(record: Record) -> Record:
    return replace(record, fields={}, presence=Presence.DELETED)


def absent(record: Record) -> Record:
    return replace(record, fields={}, presence=Presence.ABSENT)


@dataclass(frozen=True)
class Scene:
    app: tuple[Record, ...] = ()
    remote: tuple[Record, ...] = ()
    links: tuple[Link, ...] = (LINK,)
    mode: Mode = Mode.INCREMENTAL
    kind: str = "contact"

    def plan(self, preset: Preset, **more: object) -> Plan:
        reading = Reading({r.id: r for r in self.app}, {r.id: r for r in self.remote}, self.links, self.mode)
        return reconcile(preset.kinds[self.kind], replace(reading, **more), preset.policy)  # type: ignore[arg-type]


SCENES = {
    "exists on both sides": Scene((app(fields=titled("Buyer")),), (remote(fields=titled("Boss")),), ()),
    "absent there": Scene((app(),), (), ()),
    "absent here": Scene((), (remote(),), ()),
    "several match": Scene((app(fields=titled("CEO")),), (remote("r1"), remote("r2")), ()),
    "changed here": Scene((app(fields=titled("CEO")),)),
    "changed there": Scene((), (remote(fields=titled("CFO")),)),
    "changed in both": Scene((app(fields=titled("CEO")),), (remote(fields=titled("CFO")),)),
    "deleted there": Scene((), (deleted(remote()),)),
    "deleted here": Scene((deleted(app()),)),
    "out of reach here": Scene((absent(app()),)),
}


def as_event(scene: Scene) -> Scene:
    """The same with a meeting: what was the job title is its title, and both sides have its iCalUID."""

    def told(fields: Fields) -> Fields:
        times = {name: MEETING[name] for name in ("start", "end", "zone")}
        return {"title": fields["job_title"], **times} if fields else fields

    def record(one: Record) -> Record:
        return replace(one, fields=told(one.fields), uid="u1")

    links = tuple(replace(k, app_base=told(k.app_base), remote_base=told(k.remote_base)) for k in scene.links)
    return replace(
        scene, app=(*map(record, scene.app),), remote=(*map(record, scene.remote),), links=links, kind="event"
    )


def outcome(plan: Plan) -> str:
    """``"link, update remote; ask conflict"``: everything that a person would notice."""
    verbs = (
        f"{verb} {side}" if side else str(verb)
        for a in plan.actions
        if not a.silent
        for side, verb in a.verbs
    )
    asked = (f"ask {question.subject}" for question in plan.questions)
    return "; ".join(filter(None, (", ".join(verbs), ", ".join(asked)))) or "nothing"
