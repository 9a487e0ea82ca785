"""``web.pages``: every kind of page on 100,000 orders and 1,000,000 activities, served as in production.

Asked one after another over one kept connection; ``server`` is the time that the product itself took (Server-Timing).
The floor is the same server's answer to the smallest page it has.
"""

from __future__ import annotations

import http.client
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import Goal, Result
from bench._database import database
from tests.servers.process import free_ports

ROUNDS = 120
REPORT = "report "  # how the names of reports begin
WEIGHT = 10_000  # bytes of a page on a warm browser cache


def run() -> Result:
    return race("web.pages", _pages)


def race(
    name: str, pages: Callable[[Any], dict[str, str]], more: Callable[[int], None] | None = None
) -> Result:
    """Fill a company, serve it, and ask for what ``pages(an order)`` names; ``more`` fills what that needs besides."""
    with database("tp-pages") as home:
        subprocess.run([sys.executable, "-m", "tradepost", "migrate", "--data", str(home)], check=True)
        cookie, addresses = _prepare(pages, more)
        with _serving(home) as port:
            return _result(
                name, {title: _measure(port, path, cookie, title) for title, path in addresses.items()}
            )


def _prepare(
    pages: Callable[[Any], dict[str, str]], more: Callable[[int], None] | None
) -> tuple[str, dict[str, str]]:
    """Fill the database; a signed-in session's cookie and the pages to ask for."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from bench.web._company import fill
    from tradepost.accounts.models import User
    from tradepost.accounts.services import register_company
    from tradepost.sales.models import Document

    actor = register_company(
        company="Bench", name="Dana", email="dana@bench.example", password="Correct-horse-9"
    )
    user = User.objects.get(pk=actor.user_id)
    started = time.perf_counter()
    fill(actor.organisation_id, user.pk)
    if more:
        more(actor.organisation_id)
    print(f"filled in {time.perf_counter() - started:.0f} s", flush=True)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    order = Document.objects.order_by("id")[ORDER_AT]
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}", pages(order)


def _pages(order: Any) -> dict[str, str]:
    return {
        "floor": "/healthz",
        "dashboard": "/",
        "orders": "/orders/",
        "orders, filtered": "/orders/?status=open",
        "orders, searched": "/orders/?q=larkspur+marine",
        "orders, by number": "/orders/?q=so-01234",
        "orders, by total": "/orders/?sort=-total",
        "orders, page 900": "/orders/?page=900",
        "order": f"/orders/{order.pk}/",
        "order, history": f"/orders/{order.pk}/?tab=history",
        "customer, history": f"/customers/{order.customer_id}/?tab=history",
        "customers": "/customers/",
        "contacts": "/contacts/?q=renata",
        "items": "/items/",
        "palette": "/search/?q=harbor+bak",
    }


ORDER_AT = 4_711


@contextmanager
def _serving(home: Path) -> Iterator[int]:
    [port] = free_ports(1)
    command = [sys.executable, "-m", "tradepost", "web", "--data", str(home), "--port", str(port)]
    process = subprocess.Popen(command)
    try:
        for _ in range(200):
            try:
                http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _measure(port: int, path: str, cookie: str, title: str) -> dict[str, float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    wall, server, size = [], [], 0
    rounds = ROUNDS // 4 if title.startswith(REPORT) else ROUNDS
    for n in range(rounds + 8):  # both serving processes warm up
        started = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - started) * 1000
        if answer.status not in (200, 503) or (answer.status == 503 and path != "/healthz"):
            raise SystemExit(f"{path} answered {answer.status}")
        if n >= 8:
            wall.append(took)
            server.append(float(re.search(r"dur=([\d.]+)", answer.headers["Server-Timing"])[1]))
            size = len(body)
    return {"p50": _at(wall, 0.5), "p95": _at(wall, 0.95), "server_p95": _at(server, 0.95), "bytes": size}


def _at(values: list[float], share: float) -> float:
    return round(statistics.quantiles(values, n=100)[int(share * 100) - 1], 1)


def _result(name: str, measured: dict[str, dict[str, float]]) -> Result:
    floor = measured.pop("floor")
    reports = [page for page in measured if page.startswith(REPORT)]
    pages = [page for page in measured if page not in reports]
    slowest = max(pages, key=lambda page: measured[page]["p95"])
    heaviest = max(pages, key=lambda page: measured[page]["bytes"])
    goals = [
        Goal(f"p95 of the slowest page ({slowest}), ms", measured[slowest]["p95"], 100, at_most=True),
        Goal(
            f"weight of the heaviest page ({heaviest}), bytes",
            measured[heaviest]["bytes"],
            WEIGHT,
            at_most=True,
        ),
    ]
    if reports:  # they add up what the lists only show
        worst = max(reports, key=lambda page: measured[page]["p95"])
        goals.append(
            Goal(
                f"p95 of the slowest report ({worst.removeprefix(REPORT)}), ms",
                measured[worst]["p95"],
                1000,
                at_most=True,
            )
        )
    return Result(name, measured, goals, floor=floor)
