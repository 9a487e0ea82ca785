"""A fault as a program reads it: the members of problem+json (RFC 9457), with the cure beside the cause."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from tradepost.kit.errors import Fault

CONTENT_TYPE = "application/problem+json"


def problem(fault: Fault, reference: str = "") -> dict[str, Any]:
    """``type`` is the fault's code, ``title`` the status in words, ``detail`` the cause; ``errors`` maps a field to its
    sentence; ``instance`` finds an error of ours in the log."""
    body: dict[str, Any] = {
        "type": fault.code,
        "title": HTTPStatus(fault.status).phrase,
        "status": fault.status,
        "detail": fault.cause,
        "cure": fault.cure,
    }
    body |= fault.members
    if reference:
        body["instance"] = reference
    return body
