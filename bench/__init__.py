"""Benchmarks. ``bench/mail/headers.py`` is ``make bench NAME=mail.headers`` and has ``run() -> Result``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Goal:
    """A figure and the bound that it must keep."""

    what: str
    value: float
    bound: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    def as_json(self) -> dict[str, Any]:
        sign = "≤" if self.at_most else "≥"
        return {"what": self.what, "value": self.value, "goal": f"{sign} {self.bound:g}", "met": self.met}


@dataclass(frozen=True)
class Result:
    """Our ``figures``, those of ``peers`` in the same run, and the machine's own ``floor``."""

    name: str
    figures: Mapping[str, Any]
    goals: list[Goal]
    peers: Mapping[str, Any] = field(default_factory=dict)
    floor: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "figures": dict(self.figures),
            "peers": dict(self.peers),
            "floor": dict(self.floor),
            "goals": [goal.as_json() for goal in self.goals],
        }


Benchmark = Callable[[], Result]
