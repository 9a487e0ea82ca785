"""What the trash, the trail, runs and imports hold is found however its letters are accented."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web.desk import desk_of, mailbox
from tradepost.accounts.models import Membership
from tradepost.exchange import services
from tradepost.exchange.models import ImportRun
from tradepost.people import services as people
from tradepost.sync.models import Run, RunItem

NAME = "Großhandel Łódź"


@pytest.fixture
def places(client: Client, member: Membership) -> dict[str, str]:
    """The address of each list that can be searched; in each the name stands once beside another one."""
    desk = desk_of(member)
    for name in (NAME, "Northfield"):
        people.trash(desk.actor, people.save_customer(desk.actor, {"name": name}))
    connection = mailbox(desk.actor).connection
    stream = connection.streams.get()
    type(stream).objects.filter(pk=stream.pk).update(label=NAME)
    run = Run.objects.create(organisation_id=desk.actor.organisation_id, stream=stream)
    for name in (NAME, "Northfield"):
        RunItem.objects.create(
            organisation_id=desk.actor.organisation_id, run=run, action="create", label=name, kind="customer"
        )
    file = SimpleUploadedFile("x.csv", f"Name\n{NAME} GmbH\nNorthfield Ltd\n".encode())
    client.post("/import/", {"kind": "customer", "file": file})
    imported = services.check(desk.actor, ImportRun.objects.get().pk, now=True)
    return {
        "trash": "/trash/?", "trail": "/audit/?kind=customer&", "runs": "/runs/?", "run": f"/runs/{run.pk}/?",
        "import": f"/import/{imported.pk}/?",
    }  # fmt: skip


@pytest.mark.req("B25")
@pytest.mark.parametrize("where", ["trash", "trail", "runs", "run", "import"])
@pytest.mark.parametrize("words", ["lodz", "GROSSHANDEL", "großhandel łódź", "Łódz"])
def test_a_name_is_found_without_its_accents(
    client: Client, places: dict[str, str], where: str, words: str
) -> None:
    def shown(asked: str) -> tuple[bool, bool]:
        page = client.get(f"{places[where]}q={asked}").content.decode()
        rows = page[page.index('id="rows"') :] if 'id="rows"' in page else re.sub(r"<input[^>]*>", "", page)
        return NAME in rows, "Northfield" in rows

    assert shown(words) == (True, False)
    assert shown("") == (True, where != "runs")
    assert shown("lodge") == (False, False)
