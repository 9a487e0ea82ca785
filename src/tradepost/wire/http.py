"""The one HTTP client of all connectors: guarded, bounded, patient, and silent about secrets.

It asks public addresses only (``net``), trusts verified or pinned servers only (``tls``), reads no answer
without end, tries again where that is safe (``retry``), keeps a vendor's rate (``limits``), follows redirects
without taking credentials to another origin, keeps no cookies, and gives a ``Response`` or a ``Remote``.
"""

from __future__ import annotations

import itertools
import logging
import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypedDict, Unpack

import httpx2

from tradepost import __version__
from tradepost.kit.clock import now
from tradepost.kit.errors import Remote
from tradepost.kit.words import gettext as _
from tradepost.wire import faults, net
from tradepost.wire.faults import Response
from tradepost.wire.limits import HostLimits
from tradepost.wire.retry import IDEMPOTENT, PATIENCE, Patience, parse_retry_after, wait_before_next
from tradepost.wire.tls import SYSTEM, TlsFault, Trust
from tradepost.wire.transport import GuardedTransport, deadline

# They write whole URLs and headers, and these hold tokens.
for _library in ("httpx2", "httpcore2"):
    logging.getLogger(_library).setLevel(logging.WARNING)

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Reading methods follow a redirect; a write that is sent on could be carried out twice, or elsewhere.
_READING = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
# Vendors put credentials into headers of any name, so another origin gets these and no others.
_FOR_ANY_ORIGIN = frozenset({"accept", "accept-encoding", "content-type", "depth", "prefer", "user-agent"})
# Any other encoding could blow up a small answer without bound in one step.
_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})
# The request was not carried out: any method may be sent again.
_NOT_DONE = (
    net.Unresolved,
    net.ConnectionRefused,
    net.ConnectTimeout,
    net.Unreachable,
    TlsFault,
    faults.TooManyRequests,
)

Auth = httpx2.Auth | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two reads or writes, and for one attempt from start to end."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0


class Content(TypedDict, total=False):
    """What a request carries. One of ``json``, ``data`` (a form) and ``content`` at most."""

    params: Mapping[str, str | int | Sequence[str | int]]
    headers: Mapping[str, str]
    json: Any
    data: Mapping[str, str]
    content: bytes | str


class Client:
    """A client for one connection; threads may share it. ``requests`` and ``bytes_in`` are counts.

    ``base_url``, ``headers``, ``auth``: for every request. ``limits``: share one among clients of an account.
    ``transport``: another one for tests, such as ``httpx2.MockTransport`` or ``httpx2.WSGITransport``.
    ``max_bytes``: of an answer, unpacked. ``sleep``: takes seconds.
    """

    def __init__(
        self,
        base_url: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        trust: Trust = SYSTEM,
        timeouts: Timeouts = Timeouts(),
        patience: Patience = PATIENCE,
        limits: HostLimits | None = None,
        max_bytes: int = 16 * 1024 * 1024,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.requests = 0
        self.bytes_in = 0
        self._patience, self._timeouts, self._max_bytes, self._sleep = patience, timeouts, max_bytes, sleep
        self._limits = limits or HostLimits()
        self._http = httpx2.Client(
            base_url=base_url,
            headers={"User-Agent": f"tradepost/{__version__}", "Accept-Encoding": "gzip", **(headers or {})},
            auth=auth,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx2.Timeout(timeouts.read, connect=timeouts.connect),
            transport=transport or GuardedTransport(trust),
            trust_env=False,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        idempotent: bool | None = None,
        expect: Collection[int] = (),
        **content: Unpack[Content],
    ) -> Response:
        """Send, follow, try again; the answer below 400, or one whose status is in ``expect``.

        ``idempotent``: whether the request may be sent again although it may have been done; by default the
        method says (RFC 9110 §9.2.2). Raises ``Remote`` faults: those of ``faults``, ``net`` and ``tls``.
        """
        try:
            request = self._http.build_request(method, url, **content)
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            shown = url.partition("?")[0].rpartition("@")[2]
            raise faults.BadAddress(str(error).rstrip("."), url=shown) from error
        safe = method.upper() in IDEMPOTENT if idempotent is None else idempotent
        for attempt in itertools.count(1):
            try:
                return self._answer(request, expect)
            except Remote as fault:
                repeatable = safe or isinstance(fault, _NOT_DONE)
                chance = random.random()  # noqa: S311
                wait = wait_before_next(self._patience, attempt, fault, repeatable=repeatable, chance=chance)
                if wait is None:
                    raise
            self._sleep(wait)
        raise AssertionError("unreachable")

    def _answer(self, request: httpx2.Request, expect: Collection[int]) -> Response:
        """One attempt, with its redirects."""
        origin = _origin(request.url)
        for _hop in range(MAX_REDIRECTS + 1):
            foreign = _origin(request.url) != origin
            response = self._exchange(request, None if foreign else httpx2.USE_CLIENT_DEFAULT)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or not location or response.status in expect:
                break
            request = next_hop(request, response.status, location)
        else:
            raise faults.Moved(
                _("there are too many redirects"), host=request.url.host, location=faults.address(request.url)
            )
        if response.status < 400 or response.status in expect:
            return response
        raise faults.http_fault(response, parse_retry_after(response.headers.get("retry-after"), now()))

    def _exchange(self, request: httpx2.Request, auth: Any) -> Response:
        self._limits.wait(request.url.host)
        self.requests += 1
        try:
            with deadline(self._timeouts.total):
                response = self._http.send(request, stream=True, auth=auth)
                try:
                    body = self._body(response)
                finally:
                    self.bytes_in += response.num_bytes_downloaded
                    response.close()
        except TimeoutError as error:
            raise faults.Slow(host=request.url.host) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise faults.transport_fault(error, request.url) from error
        return Response(response.status_code, response.headers, body, str(request.url))

    def _body(self, response: httpx2.Response) -> bytes:
        host = response.request.url.host
        if response.headers.get("content-encoding", "").strip().lower() not in _ENCODINGS:
            raise faults.Unreadable(_("it is packed in a way that was not asked for"), host=host)
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._max_bytes:
                raise faults.TooLarge(host=host, limit=self._max_bytes)
        return bytes(body)


def next_hop(request: httpx2.Request, status: int, location: str) -> httpx2.Request:
    """The request that follows a redirect (RFC 9110 §15.4). Raises ``Moved`` where it may not follow."""
    host = request.url.host
    try:
        url = request.url.join(location)
    except httpx2.InvalidURL as error:
        raise faults.Moved(_("that is no address"), host=host, location=_("an address")) from error
    shown = faults.address(url)
    if request.method not in _READING:
        raise faults.Moved(_("it would change something"), host=host, location=shown)
    if url.scheme != "https" and (request.url.scheme == "https" or url.scheme != "http"):
        raise faults.Moved(_("it is not encrypted there"), host=host, location=shown)
    same = _origin(url) == _origin(request.url)
    kept = [(k, v) for k, v in request.headers.items() if same or k in _FOR_ANY_ORIGIN]
    headers = [(k, v) for k, v in kept if k not in ("host", "content-length")]
    turned = status == 303 and request.method != "HEAD"
    method, content = ("GET", b"") if turned else (request.method, request.content)
    return httpx2.Request(method, url, headers=headers, content=content, extensions=request.extensions)


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, port
