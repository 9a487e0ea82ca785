"""The shell without a browser: who sees what, how errors look, what every answer carries."""

from __future__ import annotations

import errno
import html
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import override

from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership, Organisation
from tradepost.web import parts
from tradepost.web.faults import crashed
from tradepost.web.templatetags.ui import (
    bar_chart,
    day_name,
    figure,
    in_tenths,
    initials,
    money,
    percent,
    price,
    tone,
)
from tradepost.web.urls import SECTIONS
from tradepost.web.words import WORDS

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.mark.django_db
def test_nobody_is_sent_to_sign_in_and_back(style_page: None) -> None:
    answer = Client().get("/_parts/?tab=open")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=/_parts/%3Ftab%3Dopen"
    under_htmx = Client().get("/_parts/", headers=HTMX)
    assert under_htmx["HX-Redirect"].startswith("/sign-in/")


@pytest.mark.usefixtures("style_page")
class TestPage:
    def test_shell_shows_what_the_role_allows(self, client: Client, member: Membership) -> None:
        full = client.get("/_parts/").content.decode()
        assert "Company Preferences" in full
        assert 'data-keys="n p"' in full
        Membership.objects.filter(pk=member.pk).update(role=Role.READ_ONLY)
        narrow = client.get("/_parts/").content.decode()
        assert "Company Preferences" not in narrow
        assert 'data-keys="n p"' not in narrow
        assert "Own parts" in narrow

    def test_partial_for_htmx_and_the_whole_after_back(self, client: Client) -> None:
        whole = client.get("/_parts/").content
        partial = client.get("/_parts/?tab=history", headers=HTMX).content
        back = client.get(
            "/_parts/?tab=history", headers={"HX-Request": "true", "HX-Request-Type": "full"}
        ).content
        assert whole.startswith(b"<!doctype html>")
        assert back.startswith(b"<!doctype html>")
        assert partial.lstrip().startswith(b"<section")

    def test_strict_policy_and_timing(self, client: Client) -> None:
        answer = client.get("/_parts/")
        policy = answer["Content-Security-Policy"]
        nonce = re.search(r"script-src 'self' 'nonce-([^']+)'", policy)
        assert nonce
        assert f'nonce="{nonce[1]}"'.encode() in answer.content
        assert "unsafe-eval" not in policy
        assert "script-src 'self' 'unsafe-inline'" not in policy
        assert re.fullmatch(r"app;dur=[\d.]+", answer["Server-Timing"])

    def test_sort_says_its_direction_both_ways(self, client: Client) -> None:
        down = client.get("/_parts/?sort=-total").content.decode()
        up = client.get("/_parts/?sort=total").content.decode()
        assert 'aria-sort="descending"' in down
        assert 'aria-sort="ascending"' in up

    def test_a_fault_as_page_toast_and_json(self, client: Client) -> None:
        page = client.get("/_parts/broken/fault/")
        toast = client.get("/_parts/broken/fault/", headers=HTMX)
        data = client.get("/_parts/broken/fault/", headers={"Accept": "application/json"})
        sentences = "The order is shipped already. Make a return instead."
        assert (page.status_code, toast.status_code, data.status_code) == (409, 409, 409)
        assert sentences in page.content.decode()
        assert (toast["HX-Reswap"], toast.content) == ("none", b"")
        assert sentences in toast["HX-Trigger"]
        assert data.json()["cure"] == "Make a return instead."
        assert data["Content-Type"] == "application/problem+json"

    def test_a_crash_is_logged_under_the_id_that_is_shown(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = client.get("/_parts/broken/crash/")
        shown = re.search(r"reference (\w+)", answer.content.decode())
        assert answer.status_code == 500
        assert shown
        assert shown[1] in caplog.text
        assert "broken on purpose" in caplog.text
        assert b"Traceback" not in answer.content
        assert b"broken on purpose" not in answer.content

    def test_no_such_page_in_the_look(self, client: Client) -> None:
        answer = client.get("/nowhere/")
        assert answer.status_code == 404
        assert b"There is no such page." in answer.content
        assert b'class="side"' in answer.content

    def test_inline_field_says_what_is_wrong_and_offers_undo(self, client: Client) -> None:
        url = "/_parts/field/po/"
        wrong = client.post(url, {"value": " "}, headers=HTMX)
        assert wrong.status_code == 422
        assert b"Give a value." in wrong.content
        right = client.post(url, {"value": "PO-2"}, headers=HTMX)
        assert b"PO-2" in right.content
        assert '"values": {"value": "PO-38214"}' in right["HX-Trigger"]
        client.post(url, {"value": "PO-38214"})

    def test_form_with_errors_keeps_what_was_typed(self, client: Client) -> None:
        answer = client.post("/_parts/", {"name": "Kept"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert 'value="Kept"' in page
        assert 'href="#id_email"' in page
        assert 'aria-invalid="true"' in page

    def test_palette_finds_pages_and_actions(self, client: Client) -> None:
        found = client.get("/search/?q=prefer").content.decode()
        assert "Company Preferences" in found
        assert "Nothing found" not in found
        assert "New: Part" in client.get("/search/").content.decode()


def test_a_person_of_two_companies_works_in_the_chosen_one(client: Client, member: Membership) -> None:
    other = Organisation.objects.create(name="Granite", token_key=b"g" * 32)
    Membership.objects.create(organisation=other, user=member.user, role=Role.SALES)
    assert client.get("/search/").wsgi_request.actor.organisation_id == member.organisation_id
    session = client.session
    session["organisation"] = other.pk
    session.save()
    chosen = client.get("/search/").wsgi_request.actor
    assert (chosen.organisation_id, chosen.role) == (other.pk, Role.SALES)


def test_what_is_too_large_is_refused_unread_and_in_words(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20
    answer = client.post("/search/", {"q": "x" * 2**21})
    assert answer.status_code == 413
    assert b"What you sent is larger than 1 MB." in answer.content
    assert client.post("/search/", {"q": "x"}).status_code == 200


def test_a_refusal_names_the_permission_as_people_know_it(client: Client, member: Membership) -> None:
    Membership.objects.filter(pk=member.pk).update(role=Role.READ_ONLY)
    page = client.get("/preferences/").content.decode()
    assert "“Change company preferences”" in html.unescape(page)
    assert "company.settings" not in page
    assert (
        "company.settings"
        in client.get("/preferences/", headers={"Accept": "application/json"}).json()["detail"]
    )


@pytest.mark.parametrize("error", [OperationalError("connection is bad"), OSError(errno.ENOSPC, "full")])
def test_what_may_pass_is_asked_again_and_nothing_is_sent_twice(rf: Any, error: Exception) -> None:
    asked = crashed(rf.get("/orders/?q=a&b=<"), error).content.decode()
    assert 'href="/orders/?q=a&amp;b=%3C"' in asked and "Try again" in asked
    sent = crashed(rf.post("/orders/new/"), error).content.decode()
    assert "/orders/new/" not in sent and 'href="/"' in sent


def test_a_forged_form_is_refused_in_words(member: Membership) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member.user)
    answer = strict.post("/search/", {"q": "x"})
    assert answer.status_code == 403
    assert b"Reload the page and send it again." in answer.content


def test_where_a_forged_form_came_from_is_logged_without_its_query(caplog: pytest.LogCaptureFixture) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["csrftoken"] = "t" * 32
    strict.post(
        "/sign-in/?next=/x/", secure=True, headers={"Referer": "https://evil.example/a?key=hunter2#hunter2"}
    )
    (line,) = [record.getMessage() for record in caplog.records if record.name == "django.security.csrf"]
    assert "https://evil.example/a does not match any trusted origins" in line
    assert line.endswith("/sign-in/")
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1234.5, "USD", "$1,234.50"),
        (-3, "EUR", "−€3.00"),
        (7, "CHF", "7.00 CHF"),
        (1200, "JPY", "¥1,200"),
        (1200, "KRW", "1,200 KRW"),
        (Decimal("7.125"), "BHD", "7.125 BHD"),
        (None, "", ""),
    ],
)
def test_money(amount: float | None, currency: str, text: str) -> None:
    assert money(amount, currency) == text


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Decimal("3.0000"), "3"),
        (Decimal("1.5000"), "1.5"),
        (Decimal("-1234.0625"), "-1,234.0625"),
        (Decimal("0.00000005"), "0.00000005"),
        (Decimal("1E+3"), "1,000"),
        ("2.2500", "2.25"),  # as a version of a document keeps it
        (7, "7"),
        (None, ""),
    ],
)
def test_a_quantity_is_as_short_as_it_is_exact(quantity: Decimal | str | int | None, text: str) -> None:
    assert figure(quantity) == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("0.0125", "USD", "$0.0125"),
        ("1234.5000", "USD", "$1,234.50"),
        ("3", "JPY", "¥3"),
        ("0.5", "JPY", "¥0.5"),
    ],
)
def test_the_price_of_one_has_all_its_decimals(amount: str, currency: str, text: str) -> None:
    assert price(Decimal(amount), currency) == text


@pytest.mark.parametrize(("done", "total", "elapsed", "text"), [
    (0, 10, 5, ""), (10, 10, 5, ""), (5, 10, 20, "about 20 s left"), (1, 10, 60, "about 9 minutes left"),
    (1, 2, 60, "about 60 s left"),
])  # fmt: skip
def test_time_left(done: int, total: int, elapsed: float, text: str) -> None:
    assert parts.time_left(done, total, elapsed) == text


def test_no_two_shortcuts_are_the_same() -> None:
    for rows in ([n.keys for s in SECTIONS for n in s.nav], [n.keys for s in SECTIONS for n in s.new]):
        keys = [one for one in rows if one]
        assert len(keys) > 10
        assert sorted(set(keys)) == sorted(keys)


def test_small_filters() -> None:
    assert initials("Harbor & Pine Outfitters") == "HP"
    assert initials("") == "?"
    assert percent(3, 0) == 0
    assert percent(9, 3) == 100
    assert tone("on_hold") == "red"
    assert tone("anything") == "secondary"
    assert day_name(datetime.now(UTC).date()) == "Today"


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", ("March 9, 2020", "Mar 9, 08:05")), ("de", ("9. März 2020", "9. Mär, 08:05"))],
)
def test_a_day_is_written_as_its_reader_writes_it(language: str, written: tuple[str, str]) -> None:
    at = datetime(2020, 3, 9, 8, 5)
    with override(language):
        assert (day_name(at.date()), date_format(at, "MONTH_DAY_TIME_FORMAT")) == written


def test_every_word_of_the_scripts_is_given() -> None:
    folder = settings.BASE_DIR / "web/static/tradepost/js"
    used = {word for file in folder.glob("*.js") for word in re.findall(r"\bwords\.(\w+)", file.read_text())}
    tools = set(re.findall(r'this\.tool\("(\w+)"', (folder / "editor.js").read_text()))
    assert used | tools == set(WORDS)


def test_bars_below_zero_hang_from_the_line_on_which_the_others_stand() -> None:
    points = [parts.Point("A", 30.0), parts.Point("B", -10.0), parts.Point("C", 0.0)]
    bars = re.findall(r'y="([\d.]+)" width="0.72" height="([\d.]+)"', bar_chart(points, "Gain"))
    assert bars == [("2.00", "73.50"), ("75.50", "24.50"), ("74.00", "1.50")]
    assert re.findall(r'y="([\d.]+)"', bar_chart(points[:1], "Gain")) == ["2.00"]


@pytest.mark.django_db
def test_what_the_scripts_say_is_a_script_of_each_language(client: Client) -> None:
    page = client.get(
        reverse("account_login"), headers={"accept-language": "de"}, follow=True
    ).content.decode()
    (src,) = re.findall(r'src="(/words/[^"]+)"', page)
    script = client.get(src)
    assert script["Content-Type"].startswith("text/javascript")
    assert "immutable" in script["Cache-Control"]
    assert '"yes": "Ja"' in script.content.decode()
    assert client.get(src.replace("/de/", "/xx/")).status_code == 404


@pytest.mark.django_db
def test_who_supervises_asks_by_any_name_and_nobody_else(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client()
    settings.ALLOWED_HOSTS, settings.METRICS_TOKEN = ["desk.example.com"], "prometheus"
    assert client.get("/healthz", HTTP_HOST="10.0.0.7:8000").json()["parts"]["database"]["ok"] is True
    token = {"Authorization": "Bearer prometheus"}
    assert client.get("/metrics", HTTP_HOST="10.0.0.7:8000", headers=token).status_code == 200
    assert client.get("/sign-in/", HTTP_HOST="desk.example.com").status_code == 200
    refused = client.get("/sign-in/", HTTP_HOST="10.0.0.7:8000")
    (line,) = [record for record in caplog.records if "TRADEPOST_HOSTS" in record.getMessage()]
    assert (refused.status_code, "adds the name to TRADEPOST_HOSTS" in refused.content.decode()) == (
        400,
        True,
    )
    assert client.get("/api/v1/me", HTTP_HOST="10.0.0.7:8000").json()["type"] == "host"
    assert "10.0.0.7:8000" in line.getMessage()
    assert line.exc_info is None


@pytest.mark.parametrize(
    ("path", "drawn"),
    [
        ("M12 17V7", "M12 17V7"),
        ("M9.671 4.136a2.34 2.34 0 0 1 4.659 0", "M9.7 4.1a2.3 2.3 0 0 1 4.7 0"),
        ("m4.93-4.93.96.5-.04.04", "m4.9-4.9 1 0.5 0 0"),
        ("m2.06-.012", "m2.1 0"),
        ("M7 3v4a1 1 0 001 1h7.123", "M7 3v4a1 1 0 001 1h7.123"),  # “001” is two flags and a number
    ],
)
def test_an_icon_is_drawn_to_a_tenth_of_a_unit(path: str, drawn: str) -> None:
    assert in_tenths(path) == drawn
