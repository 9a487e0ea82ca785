"""A calendar in memory with the manners of a difficult server, and faults on order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from tradepost.kit.errors import Remote, Temper
from tradepost.pim import mapping, patch
from tradepost.pim.errors import CalendarGone
from tradepost.pim.ports import Capabilities, Item
from tradepost.pim.types import CalendarEvent
from tradepost.sync.errors import CursorLost, VersionMismatch
from tradepost.sync.sides import Changes


class Busy(Remote):
    """429."""

    temper = Temper.RETRYABLE
    cause_text = "Too many requests."


class Silence(Remote):
    """The connection broke after the request was sent."""

    temper = Temper.RETRYABLE
    cause_text = "No answer."


@dataclass
class Store:
    """What the server keeps. ``faults`` names what goes wrong next: ``cursor_lost``, ``mismatch``, ``busy``,
    ``lost_answer``, ``cut_list``, ``gone``; each is used up by the next call that it fits."""

    bodies: dict[str, tuple[str, str]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    versions: Iterator[int] = field(default_factory=count)
    faults: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    etags: bool = True

    def fault(self, *names: str) -> str:
        for name in names:
            if name in self.faults:
                self.faults.remove(name)
                return name
        return ""

    def put(self, id: str, body: str) -> str:
        self.bodies[id] = (f'"{next(self.versions)}"', body)
        self.log.append(id)
        return self.bodies[id][0]

    def remove(self, id: str) -> None:
        del self.bodies[id]
        self.log.append(id)


class MemoryCalendar:
    def __init__(self, store: Store, address: str = "dana@shop.test", notifies: bool = False) -> None:
        self.store = store
        self.addresses = frozenset({address})
        self.capabilities = Capabilities(notifies=notifies)

    def __enter__(self) -> MemoryCalendar:
        return self

    def __exit__(self, *exc: object) -> None:
        return

    def read(self, body: str) -> CalendarEvent:
        return mapping.read(body)

    def write(self, event: CalendarEvent, now: datetime, body: str = "") -> str:
        return patch.write(event, now, body)

    def changes(self, cursor: str) -> Changes:
        self._call("changes")
        if cursor and (self.store.fault("cursor_lost") or not cursor.isdigit()):
            raise CursorLost()
        seen = self.store.log[int(cursor) :] if cursor else list(self.store.bodies)
        if not cursor and self.store.fault("cut_list"):
            seen = seen[: len(seen) // 2]  # a list that lacks half of what is there
        versions = {id: self.store.bodies[id][0] for id in seen if id in self.store.bodies}
        return Changes(versions, frozenset(seen) - versions.keys(), str(len(self.store.log)), not cursor)

    def get(self, ids: Sequence[str]) -> Iterator[Item]:
        self._call("get")
        for id in ids:
            if id in self.store.bodies:
                yield Item(id, *self.store.bodies[id])

    def put(self, id: str, body: str, version: str) -> str:
        self._call("put")
        known = self.store.bodies.get(id, ("", ""))[0]
        if self.store.fault("mismatch") or known != version:
            raise VersionMismatch()
        made = self.store.put(id, body)
        if self.store.fault("lost_answer"):
            raise Silence()
        return made if self.store.etags else ""

    def delete(self, id: str, version: str) -> None:
        self._call("delete")
        known = self.store.bodies.get(id)
        if known is None:
            return
        if version and known[0] != version:
            raise VersionMismatch()
        self.store.remove(id)

    def _call(self, name: str) -> None:
        self.store.calls.append(name)
        if self.store.fault("busy"):
            raise Busy(retry_after=0.0)
        if "gone" in self.store.faults:
            raise CalendarGone(calendar="Work")
