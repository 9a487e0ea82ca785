"""A request is read strictly: what a program sends by mistake is refused, not left out or guessed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja.parser import Parser

from tradepost.api.schema import unstorable
from tradepost.kit.errors import Invalid


class _Twice(ValueError):
    """A name that an object holds twice; which of the two is meant cannot be known (RFC 7493 §2.3)."""


class Reader(Parser):
    """JSON with each name once, and parameters that a database can keep."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as JSON. Raises ``ValueError`` or ``RecursionError``, which ``why`` tells in words."""
        return json.loads(request.body, object_pairs_hook=_each_once)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The parameters by name. Raises ``Invalid``."""
        _refuse(data, lambda name: unstorable(data.getlist(name)), _("It holds a NUL. Remove it."))
        return super().parse_querydict(data, list_fields, request)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found


def why(error: BaseException | None) -> str:
    """Why a body could not be read."""
    if isinstance(error, _Twice):
        return _("“{name}” stands twice in one object").format(name=str(error)[:100])
    if isinstance(error, json.JSONDecodeError):
        return _("it is no JSON, from line {line}, column {column}").format(
            line=error.lineno, column=error.colno
        )
    if isinstance(error, UnicodeDecodeError):
        return _("it is not UTF-8")
    if isinstance(error, RecursionError):
        return _("its values are nested too deeply")
    return (
        _("it holds a number of too many digits") if isinstance(error, ValueError) else _("it is malformed")
    )


def check_parameters(request: HttpRequest, operation: Any) -> None:
    """A filter that is mistyped must not seem to match everything. Raises ``Invalid``."""
    models = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    known = {name for model in models for name in model.__ninja_flatten_map__}
    several = {name for model in models for name in getattr(model, "__ninja_collection_fields__", ())}
    offered = ", ".join(sorted(known))
    words = _("There is no such parameter; there are: {names}.") if offered else _("No parameter fits here.")
    _refuse(request.GET, lambda name: name not in known, words.format(names=offered))
    once = known - several
    _refuse(
        request.GET, lambda name: name in once and len(request.GET.getlist(name)) > 1, _("Send it once only.")
    )


def _refuse(names: Iterable[str], wrong: Callable[[str], bool], sentence: str) -> None:
    if fields := {name: sentence for name in names if wrong(name)}:
        raise Invalid(_("Some fields are wrong."), fields=fields, cure=_("Correct them and send it again."))
