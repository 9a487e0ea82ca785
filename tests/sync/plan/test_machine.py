"""The machine of two sides: ``HYPOTHESIS_PROFILE`` is ``ci`` (1,000 runs of 25 steps, the default) or ``soak`` (8,000)."""

from __future__ import annotations

import os

from tests.sync.plan.machine import run

EXAMPLES = {"ci": 1000, "soak": 8000}


def test_two_sides_come_out_whole() -> None:
    run(EXAMPLES.get(os.environ.get("HYPOTHESIS_PROFILE", "ci"), EXAMPLES["ci"]))
