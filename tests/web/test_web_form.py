"""Web to Lead: strangers become leads; robots, floods, twins and hostile words do no harm."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.api.conftest import program_of
from tests.web.desk import Desk, colleague, desk_of
from tradepost.accounts.access import Role
from tradepost.accounts.models import AuditEntry, Membership
from tradepost.jobs.models import Notice
from tradepost.kit.errors import Conflict, Missing, Refused
from tradepost.people import web_form
from tradepost.people.models import Lead

pytestmark = pytest.mark.req("B20")
NOOR = {"first_name": "Noor", "last_name": "Lind", "company": "Lind & Co", "email": "Noor@Lind.example"}


@pytest.fixture
def desk(member: Membership) -> Desk:
    cache.clear()  # tries of another test count for this one's address too
    return desk_of(member)


@pytest.fixture
def form(desk: Desk) -> str:
    return web_form.open_form(desk.actor)


def send(form: str, **values: str) -> Any:
    """As another site sends it: without a session, a cookie or a token."""
    return Client(enforce_csrf_checks=True).post(form, {**NOOR, **values})


def test_a_stranger_becomes_a_lead(form: str, desk: Desk, client: Client) -> None:
    assert "Harbor &amp; Pine" in Client().get(form).content.decode()
    answer = send(form, message="Forty tents,\nplease", page="https://pine.example/contact")
    assert (answer.status_code, "Thank you" in answer.content.decode()) == (200, True)
    lead = Lead.objects.get(company="Lind & Co")
    assert (lead.person, lead.source, lead.status, lead.email_words) == (
        "Noor Lind", "web", "new", "noor@lind.example",
    )  # fmt: skip
    assert lead.notes == "Forty tents,\nplease\n\n(https://pine.example/contact)"
    notice = Notice.objects.get(key=f"web-lead:{lead.pk}")
    assert (notice.title, notice.text) == ("New lead from the web: Noor Lind, Lind & Co", "")
    assert AuditEntry.objects.get(verb="lead.save", record_id=lead.pk).via == "web form"
    send(form, message="Forty tents,\nplease", page="https://pine.example/contact")  # pressed twice
    assert Lead.objects.filter(company="Lind & Co").count() == 1
    send(form, company="Granite State Brewing", email="renata@granite.example")
    notice = Notice.objects.latest("pk")
    assert notice.text == "May be here already: Renata Solberg, Granite State Brewing."


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"email": "", "phone": ""}, "Enter an e-mail address or a phone number"),
        ({"email": "nonsense"}, "valid email"),
        ({"company": "x" * 201}, "200"),
        ({"message": "x" * 5001}, "5000"),
        ({"first_name": "a\0b"}, "Null characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(form: str, values: dict[str, str], word: str) -> None:
    answer = send(form, **values)
    assert (answer.status_code, word in answer.content.decode()) == (422, True)
    assert not Lead.objects.filter(source="web").exists()


def test_who_is_told_reads_it_in_his_own_language(form: str, desk: Desk, client: Client) -> None:
    stranger = Client(headers={"Accept-Language": "de"})
    twin = {**NOOR, "company": "Granite State Brewing", "email": "renata@granite.example"}
    assert "Danke" in stranger.post(form, twin).content.decode()
    notice = Notice.objects.get()
    assert (notice.title, notice.text) == (
        "New lead from the web: Noor Lind, Granite State Brewing",
        "May be here already: Renata Solberg, Granite State Brewing.",
    )
    german = client.get("/notices/", headers={"Accept-Language": "de"}).content.decode()
    assert "Neuer Interessent aus dem Web: Noor Lind, Granite State Brewing" in german


def test_hostile_words_stay_words(form: str, client: Client) -> None:
    send(form, company="<script>alert(1)</script>", message="{{ 7*7 }}\n=HYPERLINK(1)", first_name="\u202e")
    lead = Lead.objects.get(source="web")
    page = client.get(f"/leads/{lead.pk}/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_robot_is_thanked_and_forgotten(form: str) -> None:
    assert "Thank you" in send(form, homepage="https://spam.example").content.decode()
    assert not Lead.objects.filter(source="web").exists()


def test_a_flood_is_stopped(form: str) -> None:
    answers = [send(form, company=f"Flood {n}", homepage="x").status_code for n in range(22)]
    assert answers == [200] * 20 + [429] * 2


def test_only_who_may_opens_and_closes_it(form: str, desk: Desk, client: Client) -> None:
    page = client.get("/leads/web-form/").content.decode()
    assert form in page and re.search(r"&lt;form method=&quot;post&quot;|&lt;form method=", page)
    client.post("/leads/web-form/", {"verb": "open"})
    other = web_form.address(desk.actor.organisation_id)
    assert (Client().get(form).status_code, Client().get(other).status_code, form != other) == (
        404,
        200,
        True,
    )
    client.post("/leads/web-form/", {"verb": "close"})
    assert (Client().get(other).status_code, send(other).status_code) == (404, 404)
    for verb in (web_form.open_form, web_form.close_form):
        with pytest.raises(Refused):
            verb(colleague(desk, verb.__name__[:2], Role.SALES))
    with pytest.raises(Conflict):
        web_form.close_form(desk.actor)
    with pytest.raises(Missing):
        web_form.company_at(10**9, "x")
    program = program_of(desk.actor)
    assert program.get("web-form") == {"url": ""}
    assert program.post("web-form")["url"].endswith(web_form.address(desk.actor.organisation_id))
    program.delete("web-form")
    assert program.delete("web-form", 409)["type"] == "conflict"
