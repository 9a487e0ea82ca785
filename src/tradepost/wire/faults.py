"""What can go wrong with an HTTP request, and what to do about it.

::

    Remote
    ├── net.*, tls.*            no connection; nothing was sent
    ├── Slow, Disconnected      retryable; the request may have been carried out
    ├── BadAddress, Moved       the address in the settings is wrong
    ├── TooLarge, Unreadable    the answer is of no use
    └── HttpFault               an answer of 4xx or 5xx, in ``response``
        ├── Unauthorized, Forbidden                                            misconfigured
        ├── NotFound, Conflicting, Gone, PreconditionFailed, Unprocessable     permanent, as is any other 4xx
        └── TooManyRequests, ServerFailure                                     retryable, with ``retry_after``
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx2
import msgspec

from tradepost.kit.errors import Remote, Temper
from tradepost.kit.words import gettext as _
from tradepost.kit.words import gettext_noop

_JSON = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer, within the size limit. ``url`` is where it came from, after redirects."""

    status: int
    headers: httpx2.Headers
    body: bytes
    url: str

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body; fractions are ``Decimal``, since they may be money. Raises ``Unreadable``."""
        try:
            return _JSON.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unreadable(_("it is not JSON"), host=httpx2.URL(self.url).host) from error


class Slow(Remote):
    code = "remote-slow"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("{host} did not answer in time.")
    cure_text = gettext_noop("It will be tried again; if this stays so, ask the service's operator.")


class Disconnected(Remote):
    code = "remote-disconnected"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("{host} broke off the connection.")
    cure_text = gettext_noop("It will be tried again; if this stays so, ask the service's operator.")


class BadAddress(Remote):
    code = "bad-address"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("The address {url} cannot be used: {message}.")
    cure_text = gettext_noop("Give an address that starts with https://.")


class Moved(Remote):
    code = "moved"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop(
        "{host} sends us on to {location}, where this request may not follow: {message}."
    )
    cure_text = gettext_noop("Enter the new address in the connection's settings, if it is the right one.")


class TooLarge(Remote):
    code = "answer-too-large"
    cause_text = gettext_noop("The answer of {host} is larger than {limit} bytes.")
    cure_text = gettext_noop("Ask for less at a time.")


class Unreadable(Remote):
    code = "answer-unreadable"
    cause_text = gettext_noop("The answer of {host} cannot be read: {message}.")
    cure_text = gettext_noop("Check that the address is that of the service's API.")


class HttpFault(Remote):
    """An answer of 4xx or 5xx."""

    code = "http"
    cause_text = gettext_noop("{host} answered {status} {reason}.")
    cure_text = gettext_noop(
        "Check the address in the settings, or ask the service's operator what the answer means."
    )
    response: Response


class Unauthorized(HttpFault):
    code = "http-unauthorized"
    temper = Temper.MISCONFIGURED
    cure_text = gettext_noop("The credentials are wrong, expired or revoked: connect again.")


class Forbidden(HttpFault):
    code = "http-forbidden"
    temper = Temper.MISCONFIGURED
    cure_text = gettext_noop(
        "The account lacks a permission that this needs: grant it there, then connect again."
    )


class NotFound(HttpFault):
    code = "http-not-found"
    cure_text = gettext_noop("It may have been deleted there, or the address in the settings is wrong.")


class Conflicting(HttpFault):
    code = "http-conflict"
    cure_text = gettext_noop("The record was changed there at the same time: it must be read again.")


class Gone(HttpFault):
    code = "http-gone"
    cure_text = gettext_noop("It was deleted there, or a cursor is too old: it must be read from the start.")


class PreconditionFailed(HttpFault):
    code = "http-precondition-failed"
    cure_text = gettext_noop("The record was changed there in between: it must be read again.")


class Unprocessable(HttpFault):
    code = "http-unprocessable"
    cure_text = gettext_noop("A value was not accepted: see the answer's details.")


class TooManyRequests(HttpFault):
    code = "http-too-many-requests"
    temper = Temper.RETRYABLE
    cure_text = gettext_noop("It will be tried again later.")


class ServerFailure(HttpFault):
    code = "http-server-failure"
    temper = Temper.RETRYABLE
    cure_text = gettext_noop("It will be tried again later; if this stays so, ask the service's operator.")


_BY_STATUS: dict[int, type[HttpFault]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflicting,
    410: Gone,
    412: PreconditionFailed,
    422: Unprocessable,
    429: TooManyRequests,
}


def http_fault(response: Response, retry_after: float | None) -> HttpFault:
    """The fault for an answer of 4xx or 5xx. 408 and 425 ask for another try (RFC 9110 §15.5.9, RFC 8470)."""
    kind = ServerFailure if response.status >= 500 else _BY_STATUS.get(response.status, HttpFault)
    fault = kind(
        host=httpx2.URL(response.url).host,
        reason=httpx2.codes.get_reason_phrase(response.status),
        retry_after=retry_after,
        temper=Temper.RETRYABLE if response.status in (408, 425) else None,
    )
    fault.facts["status"] = response.status
    fault.response = response
    return fault


def transport_fault(error: httpx2.HTTPError | httpx2.InvalidURL, url: httpx2.URL) -> Remote:
    """The fault for a request that got no whole answer."""
    if isinstance(error, httpx2.TimeoutException):
        return Slow(host=url.host)
    if isinstance(error, httpx2.DecodingError):
        return Unreadable(_("its compression is damaged"), host=url.host)
    if isinstance(error, (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, httpx2.InvalidURL)):
        return BadAddress(str(error).rstrip("."), url=address(url))
    return Disconnected(host=url.host)


def address(url: httpx2.URL) -> str:
    """A URL for showing: without user, password, query and fragment, which may hold secrets."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))
