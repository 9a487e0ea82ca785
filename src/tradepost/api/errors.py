"""Errors that only the API has."""

from __future__ import annotations

from tradepost.kit.errors import Fault, Invalid
from tradepost.kit.words import gettext_noop


class Unauthorised(Fault):
    code = "unauthorised"
    status = 401
    cause_text = "{message}"
    cure_text = gettext_noop(
        "Send 'Authorization: Bearer tp_…' with a key from Settings › API keys, or sign in."
    )


class Forged(Fault):
    code = "csrf"
    status = 403
    cause_text = gettext_noop("The request came with a session but without its token.")
    cure_text = gettext_noop(
        "Send the csrftoken cookie's value in the header X-CSRFToken, or use an API key."
    )


class Unreadable(Fault):
    code = "unreadable"
    status = 400
    cause_text = gettext_noop("The body of the request cannot be read: {message}.")
    cure_text = gettext_noop("Send one JSON value in UTF-8, with the header Content-Type: application/json.")


class Barred(Fault):
    code = "barred"
    status = 403
    cause_text = gettext_noop("The request is refused: {message}.")
    cure_text = gettext_noop("Behind a proxy, let it pass X-Forwarded-For, and set TRADEPOST_BEHIND_PROXY.")


class NoMethod(Fault):
    code = "no-method"
    status = 405
    cause_text = gettext_noop("{method} does not fit this address.")
    cure_text = gettext_noop("It answers to {allowed}.")


class NoLength(Fault):
    """A body that comes in chunks would be taken for none, and what it asks for left undone."""

    code = "no-length"
    status = 411
    cause_text = gettext_noop("The request does not say how long its body is.")
    cure_text = gettext_noop(
        "Send it whole, with the header Content-Length, in place of Transfer-Encoding: chunked."
    )


class TooLarge(Fault):
    code = "too-large"
    status = 413
    cause_text = gettext_noop("The request is larger than {limit} MB.")
    cure_text = gettext_noop("Send less at a time; files may also be sent one by one.")


class KeyReused(Invalid):
    code = "idempotency-key-reused"
    cause_text = gettext_noop("This Idempotency-Key came with another request before.")
    cure_text = gettext_noop("Use a new key for every new request.")


class NotRepeatable(Fault):
    """Whoever asks is nobody yet when the key is looked up, so nothing could be kept under it that others cannot guess."""

    code = "idempotency-not-here"
    status = 400
    cause_text = gettext_noop(
        "An Idempotency-Key needs an API key or a session; this request came with neither."
    )
    cure_text = gettext_noop(
        "Leave the header out. Repeated by mistake, a registration is refused, and a second key can "
        "be revoked."
    )


class NoVersion(Fault):
    """A condition that is not looked at must not seem to hold."""

    code = "no-version"
    status = 400
    cause_text = gettext_noop("This address does not look at the version that If-Match names.")
    cure_text = gettext_noop("Read the record again, then send the request without If-Match.")


class StillWorking(Fault):
    code = "still-working"
    status = 409
    cause_text = gettext_noop("The first request with this Idempotency-Key is still being worked on.")
    cure_text = gettext_noop("Ask again in a few seconds with the same key.")
    retry_after = 5


class NoSuchAddress(Fault):
    code = "missing"
    status = 404
    cause_text = gettext_noop("There is no such address in the API.")
    cure_text = gettext_noop("See /api/v1/docs for those there are.")
