"""Idempotency-Key: a POST that is repeated is done once (draft-ietf-httpapi-idempotency-key-header).

The key, what the verb wrote and the answer are one transaction. A crash leaves none of them, so the repetition does the
work; a concurrent repetition waits in the database for the first to end, then reads its answer. An answer that is an
error is not kept: nothing was done, so the repetition may succeed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.accounts.models import IdempotencyKey
from tradepost.api.errors import KeyReused, StillWorking
from tradepost.kit import clock
from tradepost.kit.errors import Invalid

KEPT = timedelta(hours=24)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_BOUNDARY = re.compile(r'boundary="?([^";]+)')
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")


def once(request: HttpRequest, actor: Actor, key: str, view: Callable[[], HttpResponse]) -> HttpResponse:
    """The view's answer, or the one that it gave before to the same request with this key by the same user."""
    if not _KEY.fullmatch(key):
        raise Invalid(_("An Idempotency-Key is up to 200 visible ASCII characters."), cure=_("Use a UUID."))
    digest = _digest(request)
    with transaction.atomic():
        row, made = _claim(actor, key, digest)
        if not made:
            if row.digest != digest:
                raise KeyReused()
            return _again(row)
        response = view()
        if response.status_code >= 300:
            transaction.set_rollback(True)
        elif response.streaming:  # a file that is packed anew each time; that it was stays in the audit trail
            row.delete()
        else:
            _keep(row, response)
    return response


def _claim(actor: Actor, key: str, digest: str) -> tuple[IdempotencyKey, bool]:
    mine = IdempotencyKey.objects.of(actor).filter(user=actor.user_id)
    mine.filter(created_at__lt=clock.now() - KEPT).delete()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '20s'")
        row, made = mine.get_or_create(
            key=key,
            defaults={"organisation_id": actor.organisation_id, "user_id": actor.user_id, "digest": digest},
        )
    except OperationalError:
        raise StillWorking() from None
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    return row, made


def _digest(request: HttpRequest) -> str:
    """Of method, address and body; the boundary of a multipart body differs each time and does not count."""
    body, found = request.body, _BOUNDARY.search(request.headers.get("Content-Type", ""))
    if found:
        body = body.replace(found[1].encode(), b"")
    head = f"{request.method} {request.get_full_path()}\n".encode("utf-8", "surrogateescape")
    return hashlib.sha256(head + body).hexdigest()


def _keep(row: IdempotencyKey, response: HttpResponse) -> None:
    row.status = response.status_code
    row.headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    row.answer = {"body": response.content.decode()}
    row.save(update_fields=["status", "headers", "answer"])


def _again(row: IdempotencyKey) -> HttpResponse:
    response = HttpResponse(row.answer["body"], status=row.status, headers=row.headers)
    response["Idempotency-Replayed"] = "true"
    return response
