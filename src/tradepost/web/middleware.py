"""What happens around every request, in the order of ``settings.MIDDLEWARE``."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import nullcontext

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from tradepost.accounts.models import Membership
from tradepost.accounts.preferences import SECOND_FACTOR
from tradepost.accounts.services import actor_of
from tradepost.kit.errors import Fault
from tradepost.kit.words import gettext_noop
from tradepost.web import faults as pages
from tradepost.web import health, metrics, shell
from tradepost.web.figures import written_in
from tradepost.web.once import reading
from tradepost.web.parts import go

Handler = Callable[[HttpRequest], HttpResponse]

# Styles in attributes are allowed because quoted mail carries them; a style element or script without the nonce is not.
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "frame-src 'self'; frame-ancestors 'self'; object-src 'none'; base-uri 'self'; form-action 'self'"
)


def timing(get_response: Handler) -> Handler:
    """Tell the browser how long the server worked (Server-Timing, milliseconds)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        response = get_response(request)
        response["Server-Timing"] = f"app;dur={(time.perf_counter() - start) * 1000:.1f}"
        return response

    return middleware


def probes(get_response: Handler) -> Handler:
    """Answer those who supervise, whatever name they ask by: a load balancer and ``tradepost up`` know the address of the
    machine, and the pages may have other names (``TRADEPOST_HOSTS``)."""
    views: dict[str, Handler] = {"/healthz": health.healthz, "/metrics": metrics.metrics}

    def middleware(request: HttpRequest) -> HttpResponse:
        return views.get(request.path_info, get_response)(request)

    return middleware


def actor(get_response: Handler) -> Handler:
    """Set ``request.actor`` (None for nobody) and ``request.membership`` from the session.

    ``session["organisation"]`` chooses among several companies; a choice that is no longer valid falls back to
    the first. Times are shown in the company's zone, figures as it writes them.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        membership = _membership(request)
        request.membership = membership  # type: ignore[attr-defined]
        request.actor = membership and actor_of(membership)  # type: ignore[attr-defined]
        page = reading() if request.method in ("GET", "HEAD") else nullcontext()
        company = membership and membership.organisation
        zone, locale = (company.time_zone, company.locale) if company else (None, "")
        with timezone.override(zone), written_in(locale), page:
            return get_response(request)

    return middleware


def language(get_response: Handler) -> Handler:
    """The language that the user chose, else the one that the browser prefers among ours (Accept-Language)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        member: Membership | None = request.membership  # type: ignore[attr-defined]
        chosen = member.user.language if member else ""
        with translation.override(chosen or translation.get_language_from_request(request)):
            response = get_response(request)
            response.headers.setdefault(
                "Content-Language", translation.get_language() or settings.LANGUAGE_CODE
            )
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return middleware


def _membership(request: HttpRequest) -> Membership | None:
    if not request.user.is_authenticated:
        return None
    rows = Membership.objects.filter(user_id=request.user.pk, ended_at=None).select_related(
        "organisation", "user", "custom_role"
    )
    own = list(rows.order_by("pk"))
    chosen = request.session.get("organisation")
    found = next((m for m in own if m.organisation_id == chosen), own[0] if own else None)
    if found:
        found.factor_due = _factor_due(found)  # type: ignore[attr-defined]
    return found


def _factor_due(member: Membership) -> bool:
    """Whether the company wants a second factor of everybody (B22) and the user has none."""
    if not SECOND_FACTOR.value(member.organisation_id):
        return False
    factors = Authenticator.objects.filter(user_id=member.user_id)
    return not factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


class FactorDue(Fault):
    """The company wants a second factor, and the user has none yet."""

    code = "second-factor-due"
    status = 403
    cause_text = gettext_noop("Your company asks every user for a second factor, and you have none yet.")
    cure_text = gettext_noop("Set one up under Profile and security › Second factor.")


class SecondFactor:
    """Who owes a second factor reaches the pages that set one up, those that need nobody signed in, and no other."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        membership = getattr(request, "membership", None)
        if membership is None or not membership.factor_due or self._open(request):
            return None
        if request.path.startswith("/api/"):
            return pages.present(request, FactorDue())
        return go(request, reverse("mfa_index"))

    @staticmethod
    def _open(request: HttpRequest) -> bool:
        from tradepost.web import account

        open_to_all = [s for s in shell.sections() if s.public] + [account.section]
        names = {url.name for section in open_to_all for url in section.urls}
        return request.resolver_match is not None and request.resolver_match.url_name in names


second_factor = SecondFactor


def csp(get_response: Handler) -> Handler:
    """Send a strict Content-Security-Policy; a view that sets its own (a framed mail) keeps it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.csp_nonce = secrets.token_urlsafe(12)  # type: ignore[attr-defined]
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=request.csp_nonce))  # type: ignore[attr-defined]
        return response

    return middleware


class Faults:
    """Turn what a view raises into an answer with cause and cure; a traceback goes to the log alone."""

    # Django answers these itself, through the handlers in ``tradepost.urls``.
    _django = (Http404, PermissionDenied, SuspiciousOperation, BadRequest, MultiPartParserError)

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limit, length = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0, request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > limit and not request.path.startswith("/api/"):
            return pages.present(request, pages.TooLarge(limit=limit // 2**20))  # before anybody reads it
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Fault):
            return pages.present(request, error)
        if isinstance(error, self._django) or settings.DEBUG:
            return None
        return pages.crashed(request, error)


faults = Faults
