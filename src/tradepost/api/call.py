"""A request of the API, who makes it, and what its headers say about versions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.utils import contribute_operation_callback

from tradepost.accounts.access import GRANTS, ROLE_LABELS, Actor, Permission
from tradepost.api.errors import NotRepeatable, NoVersion
from tradepost.api.reading import check_parameters
from tradepost.kit.errors import Refused, Stale
from tradepost.wire.orm import Versioned, in_turn

View = TypeVar("View", bound=Callable[..., Any])


def header(name: str, words: str) -> dict[str, Any]:
    """A header that an operation looks at, as its description names it."""
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": words,
        "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    }


IF_MATCH = header("If-Match", "The `ETag` that the record had: 412 where it was changed since.")


class Call(HttpRequest):
    """What a view annotates: ``actor`` and ``read_again`` are set by ``door`` before the view runs."""

    actor: Actor
    read_again: Callable[[], HttpResponse]  # as a GET of the same address
    tag = ""  # of what was changed, where it has no version


def needs(permission: Permission) -> Callable[[View], View]:
    """The endpoint is for holders of a permission: it is refused to others and says so in its description."""
    roles = ", ".join(str(ROLE_LABELS[role]) for role, grants in GRANTS.items() if permission in grants)

    def mark(view: View) -> View:
        contribute_operation_callback(view, _guarded(permission, f"**Who:** `{permission}` ({roles})."))
        return view

    return mark


def anyone_signed_in(view: View) -> View:
    """The endpoint is for every member; what it does or shows depends on who asks."""
    contribute_operation_callback(view, _guarded(None, "**Who:** every member."))
    return view


def asks(*permissions: Permission, by: str) -> Callable[[View], View]:
    """Above ``needs``: its verb demands one of these besides, which ``by`` tells, and the endpoint says so in its description."""
    named = " or ".join(f"`{permission}`" for permission in dict.fromkeys(permissions))

    def mark(view: View) -> View:
        contribute_operation_callback(view, _saying(f"**And:** {named}, {by}."))
        return view

    return mark


def of_ones_own(view: View) -> View:
    """Above ``needs``: the endpoint is for what is the caller's own, and says so."""
    contribute_operation_callback(view, _saying("**And:** one's own alone."))
    return view


def _saying(words: str) -> Callable[[Any], None]:
    def contribute(operation: Any) -> None:
        operation.description = f"{operation.description or ''}\n\n{words}".strip()

    return contribute


def reads(view: View) -> View:
    """A POST that changes nothing, for keys too that may only view."""
    view.reads = True  # type: ignore[attr-defined]
    return view


def compared(view: View) -> View:
    """The endpoint changes what has no version: If-Match names the tag of what a GET of the same address answers."""
    view.compared = True  # type: ignore[attr-defined]
    return view


def _guarded(permission: Permission | None, words: str) -> Callable[[Any], None]:
    def contribute(operation: Any) -> None:
        _saying(words)(operation)
        operation.openapi_extra = {"x-permission": permission}
        view = operation.view_func
        compares = getattr(view, "compared", False)
        heeds_version = compares or expected_version.__name__ in view.__code__.co_names
        if heeds_version:
            operation.openapi_extra["parameters"] = [IF_MATCH]
        changes = set(operation.methods) != {"GET"} and not getattr(view, "reads", False)

        @wraps(view)
        def checked(request: Call, **values: Any) -> Any:
            if changes and request.actor.reads_only:
                raise Refused(_("this API key may only view"))
            if permission is not None:
                request.actor.require(permission)
            check_parameters(request, operation)
            if changes and not heeds_version and request.headers.get("If-Match", "*").strip() != "*":
                raise NoVersion()
            return _in_turn(request, view, values) if compares else view(request, **values)

        operation.view_func = checked

    return contribute


def _in_turn(request: Call, view: Callable[..., Any], values: dict[str, Any]) -> Any:
    """Compare, change and read again, one program at a time, so that none comes between. Raises ``Stale``."""
    header = request.headers.get("If-Match", "*").strip()
    with transaction.atomic():
        in_turn(request.path, request.actor.organisation_id)
        if header != "*":
            found = _DIGEST.fullmatch(header)
            if found is None or found[1] != digest(request.read_again().content):
                raise Stale(_("record"))
        told = view(request, **values)
        request.tag = digest(request.read_again().content)
        return told


def refuse_idempotency_key(request: HttpRequest) -> None:
    """For what is asked without an API key or session: a promise that is not kept is refused before anything is done."""
    if "Idempotency-Key" in request.headers and not getattr(request, "repeatable", False):
        raise NotRepeatable()


_VERSION = re.compile(r'(?:W/)?"(\d{1,9})(?:-[0-9a-f]+)?(?:;[a-z]+)?"')
_DIGEST = re.compile(r'(?:W/)?"([0-9a-f]{16})(?:;[a-z]+)?"')


def digest(content: bytes) -> str:
    """What tells one body from another."""
    return hashlib.sha256(content).hexdigest()[:16]


def expected_version(request: HttpRequest) -> int | None:
    """The version that If-Match names (RFC 9110 §13.1.1); None where any is welcome. Raises ``Stale`` for a foreign tag.

    A proxy that compresses weakens a tag (``W/``); the version in it still tells the truth.
    """
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        return None
    found = _VERSION.fullmatch(header)
    if found is None:
        raise Stale(_("record"))
    return int(found[1])


def tagged(response: HttpResponse, row: Versioned) -> None:
    """Let the answer carry the row's version; ``door`` completes the tag with a hash of the body."""
    response["ETag"] = f'"{row.version}"'
