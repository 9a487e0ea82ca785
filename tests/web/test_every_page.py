"""Every page of a company in which every text was typed by somebody who means ill: it answers, and takes nothing for its own."""

from __future__ import annotations

import csv
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.api.conftest import program_of
from tests.api.test_tenancy import addresses, ask, at, filled, operations, text_of
from tests.api.world import MARK, world
from tradepost.accounts.access import Actor
from tradepost.accounts.models import User
from tradepost.activities.models import ActivityKind
from tradepost.activities.records import Record
from tradepost.activities.services import add_activity
from tradepost.kit.text import FORMULA
from tradepost.sales.models import Kind
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.trashing import trash
from tradepost.web.templatetags.ui import icon

# Users of the products that we learn from look for these words.
WORDS = {
    *("Activity History", "Open Activities", "Send Email", "Add Event", "Test Connection", "Create Copy"),
    *("Accessible Email Accounts", "Use Integrated Email", "Sync Now", "Mail and Calendar Integration"),
    *("Company Preferences", "Copy message to Sent", "Match IMAP"),
}
SAYING = ("audit",)  # the trail says what was
WEB = Path(__file__).resolve().parents[2] / "src" / "tradepost" / "web"


@pytest.mark.django_db
def test_every_page_answers_and_takes_no_text_for_its_own() -> None:
    ours = world()
    thrown = _thrown_away(ours.actor, ours.ids)
    user = User.objects.get(pk=ours.actor.user_id)
    wrong: list[Any] = []
    showing, unseen = 0, set(WORDS)
    for route, pattern in addresses():
        if route.startswith(
            ("healthz", "second-factor/", "confirm/")
        ):  # they need workers, and a real passkey
            continue
        browser = Client()
        browser.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        answer = browser.get(at(route, ours.ids))
        wrong += (
            [(route, answer.status_code)] if answer.status_code == 403 or answer.status_code >= 500 else []
        )
        if answer.status_code == 200:
            text = text_of(answer)
            showing += MARK in text
            wrong += [(route, "thrown away")] if thrown in text and not route.startswith(SAYING) else []
            unseen -= {word for word in unseen if word in text}
            wrong += [(route, pattern.name, found) for found in _taken(answer["Content-Type"], text)]
    assert showing > 80  # the texts are there to be taken
    assert not wrong, wrong
    assert not unseen


def _thrown_away(actor: Actor, ids: dict[str, int]) -> str:
    """The PO number of a draft that lies in the trash, with a task on it."""
    values = {"customer_id": ids["customers"], "po_number": "Thrown-away"}
    row = save_document(actor, Kind.INVOICE, values, [LineDraft(ids["items"], description="Thrown-away")])
    add_activity(actor, ActivityKind.TASK, Record("document", row.pk), {"subject": "Look at it"})
    trash(actor, row.pk)
    return "Thrown-away"


@pytest.mark.django_db
def test_a_program_is_told_nothing_of_a_draft_in_the_trash() -> None:
    ours = world()
    thrown, program = _thrown_away(ours.actor, ours.ids), program_of(ours.actor)
    reading = [one for one in operations() if one[1] == "get"]
    answers = [(path, ask(program, filled(path, ours.ids), *rest)) for path, *rest in reading]
    told = [path for path, answer in answers if thrown in text_of(answer)]
    assert told == ["/api/v1/audit"]
    assert sum(answer.status_code == 200 for _path, answer in answers) > 100


class _Elements(HTMLParser):
    """The ids of a page, and the elements that a typed text made."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.typed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.ids.update([held["id"]] if held.get("id") else [])
        self.typed += [f"{tag} {held}"] if "onload" in held else []


def _taken(kind: str, text: str) -> list[str]:
    """What is wrong with a page or a file: an element that was typed, an id twice, a formula."""
    if kind.startswith("text/csv"):
        cells = [cell for row in csv.reader(text.lstrip("\ufeff").splitlines()) for cell in row]
        return [cell for cell in cells if cell.startswith(FORMULA) and not re.fullmatch(r"-[\d.]+", cell)]
    if not kind.startswith("text/html"):
        return []
    page = _Elements()
    page.feed(text)
    return [*page.typed, *(f"id {name} × {n}" for name, n in page.ids.items() if n > 1)]


def test_every_icon_exists() -> None:
    """One that does not would break its page, on the day when it is shown."""
    texts = [path.read_text() for path in (*WEB.rglob("*.html"), *WEB.rglob("*.py"))]
    names = {n for text in texts for n in re.findall(r'\bicon[ =]"([a-z0-9-]+)"', text)}
    assert len(names) > 50
    for name in names:
        assert icon(name)
