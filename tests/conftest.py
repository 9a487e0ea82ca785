"""What every room's tests share: the browser, and what needs a real server.

The database is started by ``tests/settings.py``. Tests marked ``browser`` skip without Chromium.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests import emptying, migrated

# A busy machine is no failure: properties are checked, not clocked.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

pytest_plugins = ["tests.servers.plugin", "tests.pim.fixtures"]

# Playwright's synchronous interface keeps an event loop in the test's thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def program() -> Callable[[str], str]:
    """The path of a program of the system, or a skip that names it."""

    def find(name: str) -> str:
        found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        return found or pytest.skip(f"{name} is not installed")

    return find


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not executable:
        pytest.skip("Chromium is not installed")
    return {**browser_type_launch_args, "executable_path": executable, "args": _CHROMIUM}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Without animations: what is looked at stands still, however busy the machine is."""
    return {**browser_context_args, "reduced_motion": "reduce"}


@pytest.fixture
def console() -> list[str]:
    """The errors that the page wrote to its console. A test that expects one removes it from the list."""
    return []


@pytest.fixture
def page(page: Any, live_server: Any, console: list[str]) -> Iterator[Any]:
    """Playwright's page; ``page.open("/path")`` opens the application. Console errors fail the test."""
    from playwright.sync_api import expect

    expect.set_options(timeout=15_000)  # a busy machine is no failure here either
    page.set_default_timeout(15_000)
    page.set_default_navigation_timeout(30_000)  # the first page of a run compiles every template
    page.open = lambda path: page.goto(live_server.url + path)
    page.on("pageerror", lambda error: console.append(str(error)))
    page.on("console", lambda message: message.type == "error" and console.append(message.text))
    yield page
    # A form sent back with 422 is an answer; Chromium writes every 4xx to the console.
    assert not [text for text in console if "status of 422" not in text], console


@pytest.fixture(scope="session")
def dump(django_db_blocker: Any) -> Path | None:
    """Where the database that is migrated is kept for the next run."""
    with django_db_blocker.unblock():
        return migrated.kept()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, dump: Path | None, django_db_blocker: Any
) -> None:
    if dump and dump.exists():
        with django_db_blocker.unblock():
            migrated.offer(dump)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, dump: Path | None, django_db_blocker: Any) -> Iterator[None]:
    """As ever, and emptied in our way between tests that commit; at the end, what threads of workers left open is closed, so that the database can be dropped."""
    emptying.install()
    if dump and not dump.exists():
        migrated.keep(dump)
    yield
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with browser tests come last: Playwright keeps an event loop in the thread, in which others could not run one. The
    largest of them come first, or a worker would be alone with one at the end."""
    browsing = {item.path for item in items if "page" in getattr(item, "fixturenames", ())}
    sizes = {path: path.stat().st_size for path in browsing}
    items.sort(key=lambda item: (item.path in browsing, -sizes.get(item.path, 0)))


def pytest_collection_finish() -> None:
    """What is loaded now stays to the end, so the collector looks through it no more."""
    gc.collect()
    gc.freeze()
