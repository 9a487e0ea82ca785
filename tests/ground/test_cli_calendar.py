"""Calendars by command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.connectors.caldav.scripted import PASSWORD, USER, ScriptedServer
from tests.ground.test_cli_mail import run
from tests.pim.contract import NOW
from tests.pim.series import event
from tradepost.pim import patch


@pytest.mark.req("D33", "D35")
def test_a_calendar_by_script(home: Path) -> None:
    """The rules are chosen as on the page: Oro's bring in what was made in the calendar app."""
    run(home, "setting", "set", "calendar.active", "true")
    server = ScriptedServer()
    try:
        server.put(
            server.make("work"), "a.ics", patch.write(event(uid="a", start=datetime(2099, 1, 1, 9)), NOW)
        )
        connect = ["calendar", "connect", "--url", server.url, "--username", USER, "--password-stdin"]
        listed = run(home, *connect, stdin=f"{PASSWORD}\n").stdout.splitlines()
        account, id, _ = next(line.split("\t") for line in listed if line.endswith("\twork"))
        choose = ["calendar", "choose", account, id, "--preset", "oro", "--set"]
        assert "Choose one of" in run(home, *choose, "conflicts=never", code=2).stderr
        number = run(home, *choose, "conflicts=ask").stdout.strip()
        assert run(home, "calendar", "apply", number).stderr.strip() == "create 1 here"
    finally:
        server.stop()
