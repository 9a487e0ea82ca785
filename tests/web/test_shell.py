from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import clear_url_caches

from tradepost.web import shell, styles, urls

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def parts_page() -> Iterator[None]:
    """The style page, as with DEBUG."""

    added = [urls.guarded(url) for url in styles.section.urls]
    urls.urlpatterns.extend(added)
    shell.install((*urls.SECTIONS, styles.section))
    clear_url_caches()
    yield
    for url in added:
        urls.urlpatterns.remove(url)
    shell.install(urls.SECTIONS)
    clear_url_caches()


def test_the_parts_render(client: Client) -> None:
    answer = client.get("/_parts/")
    assert answer.status_code == 200
    open("/tmp/parts.html", "wb").write(answer.content)
