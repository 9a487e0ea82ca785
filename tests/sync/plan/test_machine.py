"""``HYPOTHESIS_PROFILE`` is ``ci`` (1,000 runs of 25 steps, the default) or ``soak`` (8,000)."""

from __future__ import annotations

import os

import pytest

from tests.sync.plan.machine import run

EXAMPLES = {"ci": 1000, "soak": 8000}


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_two_sides_come_out_whole(number: int) -> None:
    run(EXAMPLES[os.environ.get("HYPOTHESIS_PROFILE", "ci")] // 4, number)
