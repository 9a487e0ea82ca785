"""What an activity can stand on. Pure, so that decisions may name records without touching the database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Record:
    """A record by its kind (``customer``, ``document`` …) and id."""

    kind: str
    id: int
