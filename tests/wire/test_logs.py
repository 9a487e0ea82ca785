"""Lines of the log, as a process of its own writes them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from tradepost.wire import logs

PROGRAM = """
import logging.config, structlog
from tradepost.wire import logs
logging.config.dictConfig(logs.settings("json"))
structlog.get_logger("tradepost.sync").warning("sync.run", stream=7)
logging.getLogger("some.library").error("lost %s", "it")
structlog.get_logger("tradepost.mail").warning("mail.login", user="dana", **dict.fromkeys(
    ["password", "smtp_password", "client_secret", "access_token", "Authorization", "apikey", "set_cookie"], "hunter2"))
def sign_in(given):
    raise ValueError("no such mailbox")
try:
    sign_in("hunter2")
except ValueError:
    logging.getLogger("tradepost.mail").exception("mail.trouble")
logging.getLogger("some.library").info("chatter")
"""


def test_lines_are_alike_and_hold_no_secret() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    ours, theirs, login, trouble = map(json.loads, done.stderr.splitlines())
    assert (ours["event"], ours["stream"], ours["level"], ours["logger"]) == (
        "sync.run",
        7,
        "warning",
        "tradepost.sync",
    )
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("lost it", "error", "some.library")
    assert (login["user"], login["smtp_password"]) == ("dana", logs.HIDDEN)
    assert trouble["exception"][0]["exc_value"] == "no such mailbox"
    assert "hunter2" not in done.stderr


def test_an_unknown_form_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="TRADEPOST_LOG is “xml”. Write one of: text, json"):
        logs.settings("xml")
