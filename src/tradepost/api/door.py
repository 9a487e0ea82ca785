"""What happens around every request to the API: who asks, how often, twice, unchanged, and what is not an address.

A key wins over a session. A session comes with its CSRF token for whatever changes something.
"""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import cache, wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from ninja.utils import check_csrf
from pyrate_limiter import Duration, Rate

from tradepost.accounts.access import Actor
from tradepost.accounts.keys import actor_by_key
from tradepost.api.call import digest
from tradepost.api.errors import (
    Barred,
    Forged,
    NoLength,
    NoMethod,
    NoSuchAddress,
    TooLarge,
    Unauthorised,
    Unreadable,
)
from tradepost.api.once import once
from tradepost.kit.errors import Fault, Invalid, Throttled
from tradepost.kit.problem import CONTENT_TYPE, problem
from tradepost.kit.words import gettext_noop
from tradepost.wire.limits import HostLimits
from tradepost.wire.outage import misfit, outage

log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]
SAFE = ("GET", "HEAD", "OPTIONS")


class Crash(Fault):
    code = "internal"
    status = 500
    cause_text = gettext_noop("Something went wrong on our side (reference {reference}).")
    cure_text = gettext_noop("Try again; if it stays, tell your administrator the reference.")


def door(view: View) -> View:
    """The view with all that around it. What is raised in it or on the way becomes problem+json."""

    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"  # the server leaves the body out (RFC 9110 §9.3.2)
        try:
            _check_size(request)
            actor = request.actor = _identify(request)  # type: ignore[attr-defined]
            request.read_again = lambda: _read(request, view, args, values)  # type: ignore[attr-defined]
            key = request.headers.get("Idempotency-Key")
            if key is not None and request.method == "POST" and actor is not None:
                request.repeatable = True  # type: ignore[attr-defined]
                answer = once(request, actor, key, lambda: view(request, *args, **values))
            else:
                answer = view(request, *args, **values)
        except RequestDataTooBig:
            answer = refusal(TooLarge(limit=_limit_mb()))
        except (BadRequest, MultiPartParserError, SuspiciousOperation) as error:
            answer = refusal(Unreadable(message=str(error).rstrip(".")))
        except PermissionDenied as error:  # of the sign-in library, where the caller's address cannot be told
            answer = refusal(Barred(message=str(error).rstrip(".")))
        except Http404:
            answer = refusal(NoSuchAddress())
        except Fault as fault:
            answer = refusal(fault)
        except Exception as error:
            answer = crashed(request, error)
        answer = _finished(request, answer)
        request.method = asked
        return answer

    return enter


def _read(request: HttpRequest, view: View, args: tuple[Any, ...], values: dict[str, Any]) -> HttpResponse:
    """What a GET of the address answers."""
    asked, request.method = request.method, "GET"
    try:
        return view(request, *args, **values)
    finally:
        request.method = asked


def refusal(fault: Fault, reference: str = "") -> HttpResponse:
    """The fault as problem+json. What is wrong with a value says what is right; the cure is then to send that."""
    body = problem(fault, reference)
    if isinstance(fault, Invalid):
        body["cure"] = fault.cure or _("Correct it and send it again.")
    answer = JsonResponse(body, status=fault.status, content_type=CONTENT_TYPE)
    if wait := getattr(fault, "retry_after", None):
        answer["Retry-After"] = str(round(wait))
    if fault.status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="tradepost"'
    return answer


def crashed(request: HttpRequest, error: BaseException) -> HttpResponse:
    """An error of ours: logged in full under an id, told with nothing but the id."""
    if fault := outage(error):
        log.error("%s %s", request.method, request.path, exc_info=error)
        return refusal(fault)
    if fault := misfit(error):
        log.warning("no check stopped a value on %s %s", request.method, request.path, exc_info=error)
        return refusal(fault)
    reference = secrets.token_hex(4)
    log.error("unexpected error %s on %s %s", reference, request.method, request.path, exc_info=error)
    return refusal(Crash(reference=reference), reference)


# -- on the way in ---------------------------------------------------------------------------------------------------


def _limit_mb() -> int:
    return (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 2**20


def _check_size(request: HttpRequest) -> None:
    length = request.headers.get("Content-Length", "")
    if not length and "Transfer-Encoding" in request.headers:  # WSGI has no body without it (PEP 3333)
        raise NoLength()
    if length.isdecimal() and int(length) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
        raise TooLarge(limit=_limit_mb())


def _identify(request: HttpRequest) -> Actor | None:
    """The actor of the key, else of the session, else nobody."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _by_key(value.strip())
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return None
    if request.method not in SAFE and check_csrf(request) is not None:
        raise Forged()
    return replace(actor, via="api")


def _by_key(key: str) -> Actor:
    actor = actor_by_key(key) if key.isascii() and key.isprintable() else None
    if actor is None:
        raise Unauthorised(_("This API key is unknown, has expired, or was revoked."))
    _limits(settings.API_RATE).wait(key[:13])  # the part that is no secret
    return actor


def _refuse(seconds: float) -> None:
    raise Throttled(math.ceil(seconds))


@cache
def _limits(per_minute: int) -> HostLimits:
    """How often a key may ask; each web process counts by itself."""
    return HostLimits([Rate(per_minute, Duration.MINUTE)], sleep=_refuse)


# -- on the way out --------------------------------------------------------------------------------------------------


def _finished(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    if isinstance(answer, HttpResponseNotAllowed):
        allowed = answer["Allow"]
        answer = refusal(NoMethod(method=request.method, allowed=allowed))
        answer["Allow"] = allowed
    if request.method == "GET" and answer.status_code == 200 and not answer.streaming:
        answer = _conditional(request, answer)
    elif answer.status_code == 200 and (tag := getattr(request, "tag", "")):
        answer["ETag"] = f'"{tag}"'
    answer.headers.setdefault("Cache-Control", "private, no-cache")
    patch_vary_headers(answer, ["Authorization", "Cookie"])
    return answer


def _conditional(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The tag is the record's version, where there is one, and a hash of the body; 304 where it is known already."""
    told, version = digest(answer.content), answer.get("ETag", "").strip('"')
    answer["ETag"] = f'"{version}-{told}"' if version else f'"{told}"'
    found = get_conditional_response(request, etag=answer["ETag"], response=answer)
    return found if isinstance(found, HttpResponse) else answer
