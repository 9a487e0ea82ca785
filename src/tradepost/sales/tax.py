"""Which tax a line bears: the pair sales tax code × item sales tax (C12, C27–C31), at an address, on a
day."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Tax:
    """One rate as it applies to a line on a day. ``percent`` is 8.25 for 8.25 %. A ``compound`` tax is
    charged on the net, the simple taxes and the compound ones before it."""

    code: str
    percent: Decimal
    compound: bool = False
