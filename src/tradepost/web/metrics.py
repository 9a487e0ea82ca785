"""``/metrics``: what a Prometheus server asks for. Read off the database, so that any web process answers for all.

Only who sends ``TRADEPOST_METRICS_TOKEN`` reads it (``Authorization: Bearer …``); without that variable the page does
not exist. It names no company and no person.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from tradepost.jobs.health import check
from tradepost.kit.clock import now
from tradepost.sync.models import Connection, Health, Review, Stream
from tradepost.web.shell import Section

JOBS = "SELECT status, count(*), min(scheduled_at) FROM procrastinate_jobs GROUP BY status"


class Desk:
    """The collector: asked anew at each request. While the database is away there is ``tradepost_part_up`` alone."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        parts = check()
        yield _gauge("tradepost_part_up", "Whether a part is well.", "part", {p.name: p.ok for p in parts})
        living = {p.name: p.alive for p in parts if p.alive is not None}
        yield _gauge("tradepost_processes", "How many live, by part.", "part", living)
        if all(part.ok for part in parts if part.name in ("database", "migrations")):
            yield from self._queue()
            yield from self._streams()

    def _queue(self) -> Iterator[GaugeMetricFamily]:
        with connection.cursor() as cursor:
            cursor.execute(JOBS)
            counts = {status: count for status, count, _due in cursor.fetchall()}
        yield _gauge("tradepost_jobs", "Jobs in the queue, by status.", "status", counts)

    def _streams(self) -> Iterator[GaugeMetricFamily]:
        for name, words, model in (
            ("tradepost_connections", "Connections, by state.", Connection),
            ("tradepost_streams", "What is synchronised, by state.", Stream),
        ):
            found = dict(model.objects.values_list("health").annotate(n=Count("pk")))
            yield _gauge(name, words, "state", {state: found.get(state, 0) for state in Health.values})
        oldest = Stream.objects.filter(enabled=True, health=Health.OK).aggregate(at=Min("last_success_at"))[
            "at"
        ]
        yield GaugeMetricFamily(
            "tradepost_stream_oldest_success_seconds",
            "Since when the stream that waited longest was last read, of those that are well.",
            (now() - oldest).total_seconds() if oldest else 0,
        )
        yield GaugeMetricFamily(
            "tradepost_reviews_open",
            "Questions that wait for a person.",
            Review.objects.filter(resolved_at=None).count(),
        )


def _gauge(name: str, words: str, label: str, values: dict[str, int | bool]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], float(value))
    return family


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures as text, 401 for a wrong token, 404 where none is set."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Desk())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


section = Section(urls=[path("metrics", metrics, name="metrics")], public=True)
