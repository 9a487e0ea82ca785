"""The page that describes the API, in a browser, under our policy: nothing comes from elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import company, program_of


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_page_lists_and_tries_the_operations(page: Any, live_server: Any) -> None:
    key = program_of(company()).key
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.open("/api/v1/docs")
    page.locator(".opblock-tag", has_text="Documents").wait_for(timeout=30_000)
    page.get_by_role("button", name="Authorize").first.click()
    page.locator("input[aria-label='auth-bearer-value']").first.fill(key)
    page.locator(".modal-ux button[type=submit]").first.click()
    page.locator(".modal-ux .btn-done").first.click()
    page.locator(".opblock-tag", has_text="People and keys").click()
    page.locator("#operations-People_and_keys-get_me .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table", has_text="dana@example.com").wait_for(timeout=30_000)
    assert all(url.startswith((live_server.url, "data:", "blob:")) for url in asked)


@pytest.mark.django_db
def test_a_caller_whose_address_cannot_be_told_is_refused_in_words(settings: Any) -> None:
    answer = Client(REMOTE_ADDR="").post("/api/v1/companies", "{}", content_type="application/json")
    assert answer.status_code in (403, 422)
    assert answer["Content-Type"] == "application/problem+json"
