"""Company Preferences, Documents: the letterhead's pages and its API."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.api.conftest import company, program_of
from tests.sales.test_letterhead import png
from tradepost.sales.models import Letterhead


def test_the_pages_keep_texts_and_logo(client: Client) -> None:
    texts = {"en_intro": "Thank you", "de_intro": "Danke"}
    assert client.post("/preferences/documents/invoice/", texts).status_code == 302
    wrong = client.post("/preferences/documents/invoice/", {"de_footer": "1\n2\n3\n4\n5\n6"})
    assert wrong.status_code == 422
    assert "five lines" in wrong.content.decode()
    assert Letterhead.objects.get().texts == {
        "invoice": {"en": {"intro": "Thank you"}, "de": {"intro": "Danke"}}
    }
    logo = SimpleUploadedFile("logo.exe", png())
    assert client.post("/preferences/documents/logo/", {"logo": logo}).status_code == 302
    assert client.get("/preferences/documents/logo/")["Content-Type"] == "image/png"
    bad = client.post("/preferences/documents/logo/", {"logo": SimpleUploadedFile("logo.png", b"<svg/>")})
    assert (bad.status_code, "neither a PNG" in bad.content.decode()) == (422, True)
    saved = {"address": "Long Wharf 9", "tax_number": "", "colour": "#112233"}
    assert client.post("/preferences/documents/", saved).status_code == 302
    page = client.get("/preferences/documents/").content.decode()
    assert "Long Wharf 9" in page
    assert "English, Deutsch" in page
    assert client.get("/preferences/documents/all/preview/").content.startswith(b"%PDF")


def test_a_program_sets_the_same(db: None) -> None:
    program = program_of(company())
    sent = {"address": "Long Wharf 9", "texts": {"all": {"de": {"intro": "Danke"}}}}
    answer = program.call("patch", "letterhead", sent)
    assert answer.json()["texts"] == sent["texts"]
    assert program.call("patch", "letterhead", {"colour": "red"}).status_code == 422
    assert program.call("get", "letterhead").json()["address"] == "Long Wharf 9"
    assert program.call("get", "letterhead/logo").status_code == 404
    assert program.call("patch", "company", {"locale": "de-AT"}).json()["locale"] == "de-AT"
    assert program.call("patch", "company", {"locale": "German"}).status_code == 422
