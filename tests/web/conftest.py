"""Somebody who is signed in, by HTTP and in the browser; and the page of all parts, as while developing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import clear_url_caches

from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership, Organisation, User


@pytest.fixture
def member(transactional_db: None) -> Membership:
    """Dana, Master Admin of Harbor & Pine."""
    company = Organisation.objects.create(name="Harbor & Pine", token_key=b"k" * 32)
    dana = User.objects.create_user("dana@example.com", "correct horse battery", name="Dana Whitfield")
    return Membership.objects.create(organisation=company, user=dana, role=Role.MASTER_ADMIN)


@pytest.fixture
def client(member: Membership) -> Client:
    """A client with Dana signed in."""
    client = Client()
    client.force_login(member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def desk(page: Any, client: Client, live_server: Any) -> Any:
    """Playwright's page with Dana signed in."""
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return page


@pytest.fixture
def style_page() -> Iterator[None]:
    """``/_parts/``, which otherwise exists only with DEBUG."""
    from tradepost.web import shell, styles, urls

    added = [urls.guarded(url) for url in styles.section.urls]
    urls.urlpatterns.extend(added)
    shell.install((*urls.SECTIONS, styles.section))
    clear_url_caches()
    yield
    for url in added:
        urls.urlpatterns.remove(url)
    shell.install(urls.SECTIONS)
    clear_url_caches()
