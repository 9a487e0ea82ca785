"""A line of a document that cannot be as it was entered."""

from __future__ import annotations

from collections.abc import Mapping

from tradepost.kit.errors import Invalid


class WrongLine(Invalid):
    """``cells`` are the sentences by what of the line is wrong (``item``, ``quantity``, ``unit``, ``unit_price`` …); together they
    are ``sentence``, unless that is given."""

    def __init__(
        self, position: int, cells: Mapping[str, str], *, sentence: str = "", cure: str = ""
    ) -> None:
        self.cells = dict(cells)
        said = sentence or " ".join(dict.fromkeys(cells.values()))
        super().__init__(fields={f"lines.{position}": said}, cure=cure)
