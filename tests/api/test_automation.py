"""The scripts of docs/automation.md, as they stand there, against the real product and a mail server that answers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import company, program_of
from tests.mail.world import work
from tradepost.sandbox.accounts import Account, Directory, Plays
from tradepost.sandbox.customer import Customers
from tradepost.sandbox.mailserver import running
from tradepost.sync.models import Stream
from tradepost.sync.tasks import request_run

PAGE = Path(__file__).parents[2] / "docs" / "automation.md"
SELLER, BUYER = "dana@marlowfinch.example", "renata@harborpine.example"
PATIENCE = 60


def scripts() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)


@pytest.mark.req("A3", "A12", "A13", "A14", "A15", "B25")
@pytest.mark.django_db(transaction=True)
def test_the_script_of_the_page_reads_the_answer_off_the_order(
    live_server: Any, settings: Any, tmp_path: Path
) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.0/8", "::1/128"]
    Directory(tmp_path / "accounts.json").add(
        [
            Account(SELLER, "secret", "Dana Whitfield"),
            Account(BUYER, "secret", "Renata Solis", Plays.CUSTOMER, "Harbor & Pine"),
        ]
    )
    with running(tmp_path) as world:
        world.call(lambda server: Customers(server.post, 0.05))
        told = world.server.announcement()
        box = {name: told[name] for name in ("host", "imaps_port", "smtps_port", "fingerprint")}
        environment = os.environ | {
            "SITE": live_server.url,
            "MAILBOX": json.dumps({**box, "address": SELLER, "password": "secret"}),
            "CUSTOMER": BUYER,
        }
        program = subprocess.Popen(
            [sys.executable, "-c", scripts()[0]],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        said, complaints = work_until_it_ends(program)
    assert program.returncode == 0, complaints
    assert said.startswith(f"{BUYER} answered: ")
    assert len(said.splitlines()[0]) > len(f"{BUYER} answered: ")


def work_until_it_ends(program: subprocess.Popen[str]) -> tuple[str, str]:
    """Be worker and watcher until the script ends."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for stream in Stream.objects.filter(enabled=True):
            request_run(stream.pk)
        work()
        try:
            return program.communicate(timeout=0.2)
        except subprocess.TimeoutExpired:
            continue
    program.kill()
    return program.communicate()


@pytest.mark.req("B25")
@pytest.mark.django_db(transaction=True)
def test_the_script_of_the_page_takes_an_order_to_its_payment(live_server: Any, tmp_path: Path) -> None:
    dana = program_of(company())
    environment = os.environ | {"SITE": live_server.url, "KEY": dana.key}
    command = [sys.executable, "-c", scripts()[1]]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [line.split(" ", 1)[1] for line in done.stdout.splitlines()]
    assert told == [
        "shipment SH-00001 shipped 517.00 1Z999AA10123456784",
        "payment PAY-00001 received 0.00 ",
        "invoice INV-00001 paid 0.00 ",
        "order SO-00001 shipped 517.00 ",  # which is paid now
    ]
    assert (tmp_path / "invoice.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("number", [0, 1])
def test_a_script_is_short(number: int) -> None:
    assert len([line for line in scripts()[number].splitlines() if line.strip()]) <= 36
