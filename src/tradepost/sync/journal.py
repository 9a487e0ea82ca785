"""Links and actions as rows: bindings, and run items from which a run can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from tradepost.kit import clock
from tradepost.sync.action import Action, Lost, Verb, Write
from tradepost.sync.models import Binding, Stream
from tradepost.sync.record import Agreed, Bond, Link, Side
from tradepost.sync.undo import Done


def link_of(row: Binding) -> Link:
    """The binding as a value. An empty ``etag`` says that the remote is to be read again."""
    link = link_from({**row.shadow, "app_base": row.local_base, "remote_base": row.remote_base})
    version = link.remote_version if row.etag else ""
    return replace(link, key=str(row.pk), remote_id=row.remote_id, remote_version=version)


def store(
    stream: Stream,
    kind: str,
    before: Link | None,
    link: Link | None,
    record_id: int,
    writable: list[str] | None = None,
) -> Link | None:
    """Write a link down, or forget the one before. Returns it with its key. ``writable``: as in ``Record``."""
    known = Binding.objects.filter(pk=int(before.key)) if before else None
    if link is None:
        if known is not None:
            known.delete()
        return None
    shadow = link_json(link) | {"writable": writable}
    values: dict[str, Any] = {
        "record_id": record_id,
        "remote_id": link.remote_id,
        "etag": link.remote_version[:200],
        "local_base": shadow.pop("app_base"),
        "remote_base": shadow.pop("remote_base"),
        "shadow": shadow,
        "tombstone": link.gone or "",
        "tombstoned_at": clock.now() if link.gone else None,
        "synced_at": clock.now(),
    }
    if known is not None and known.update(**values):
        return link
    row = Binding.objects.create(organisation_id=stream.organisation_id, stream=stream, kind=kind, **values)
    return replace(link, key=str(row.pk))


def open_links() -> Q:
    """Bindings that are looked at in every pass: held, gone, or to be read again."""
    return Q(etag="") | ~Q(tombstone="") | ~Q(shadow__held={})


# Values as JSON and back


def link_json(link: Link) -> dict[str, Any]:
    return {
        "key": link.key,
        "app_id": link.app_id,
        "remote_id": link.remote_id,
        "app_base": dict(link.app_base),
        "remote_base": dict(link.remote_base),
        "app_version": link.app_version,
        "remote_version": link.remote_version,
        "app_changed": _text(link.app_changed),
        "remote_changed": _text(link.remote_changed),
        "held": {cell: [agreed.app, agreed.remote] for cell, agreed in link.held.items()},
        "bond": link.bond.value,
        "gone": link.gone.value if link.gone else "",
    }


def link_from(data: Mapping[str, Any]) -> Link:
    return Link(
        key=data["key"],
        app_id=data["app_id"],
        remote_id=data["remote_id"],
        app_base=data["app_base"],
        remote_base=data["remote_base"],
        app_version=data["app_version"],
        remote_version=data["remote_version"],
        app_changed=_time(data["app_changed"]),
        remote_changed=_time(data["remote_changed"]),
        held={cell: Agreed(*pair) for cell, pair in data["held"].items()},
        bond=Bond(data["bond"]),
        gone=Side(data["gone"]) if data["gone"] else None,
    )


def done_json(done: Done) -> dict[str, Any]:
    action = done.action
    return {
        "reason": action.reason,
        "app_id": action.app_id,
        "remote_id": action.remote_id,
        "app": _write_json(action.app),
        "remote": _write_json(action.remote),
        "before": link_json(action.before) if action.before else None,
        "expected": action.app_version,
        "lost": [[list(x.cells), x.winner.value, list(x.app), list(x.remote)] for x in action.lost],
        "link": link_json(done.link) if done.link else None,
        "app_version": done.app_version,
        "remote_version": done.remote_version,
    }


def done_from(data: Mapping[str, Any]) -> Done:
    action = Action(
        data["reason"],
        data["app_id"],
        data["remote_id"],
        _write_from(data["app"]),
        _write_from(data["remote"]),
        link_from(data["before"]) if data["before"] else None,
        link_from(data["link"]) if data["link"] else None,
        data["expected"],
        tuple(Lost(tuple(c), Side(w), tuple(a), tuple(r)) for c, w, a, r in data["lost"]),
    )
    return Done(action, action.after, data["app_version"], data["remote_version"])


def _write_json(write: Write | None) -> dict[str, Any] | None:
    if write is None:
        return None
    plain = {name: getattr(write, name) for name in ("id", "expect", "stamp", "uid", "body")}
    return plain | {
        "side": write.side.value,
        "verb": write.verb.value,
        "before": dict(write.before),
        "after": dict(write.after),
    }


def _write_from(data: Mapping[str, Any] | None) -> Write | None:
    if data is None:
        return None
    return Write(**{**data, "side": Side(data["side"]), "verb": Verb(data["verb"])})


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
