"""The API under ``/api/v1/``: its rooms, its errors and its description."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, re_path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.docs import Swagger
from ninja.openapi.schema import OpenAPISchema
from ninja.security import APIKeyCookie, HttpBearer

import tradepost
from tradepost.accounts.access import Actor
from tradepost.api import (
    account,
    activities,
    calendars,
    catalog,
    categories,
    companies,
    desk,
    doubles,
    edi,
    emails,
    events,
    exchange,
    following,
    letterhead,
    lists,
    mail,
    marks,
    matters,
    numbering,
    people,
    person,
    pictures,
    places,
    prices,
    rates,
    reorder,
    reports,
    roles,
    sales,
    stock,
    sync,
    taxes,
    templates,
    today,
    trash,
    web_form,
)
from tradepost.api.call import Call, header
from tradepost.api.door import door, refusal
from tradepost.api.errors import NoSuchAddress, Unauthorised, Unreadable
from tradepost.api.reading import Reader, why
from tradepost.api.schema import Problem
from tradepost.api.wording import sentence
from tradepost.kit.errors import Fault, Invalid


class ApiKey(HttpBearer):
    """``door`` has read the key already; this describes it and says whether somebody asks."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        return request.actor  # type: ignore[attr-defined,no-any-return]


class Session(APIKeyCookie):
    """The session of the pages. ``door`` has asked for its CSRF token already."""

    param_name = "sessionid"

    def __call__(self, request: HttpRequest) -> Actor | None:
        return self.authenticate(request, None)

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        return request.actor  # type: ignore[attr-defined,no-any-return]


class Pages(Swagger):
    """The page with files of our own: Ninja takes those of another host where it is not among the apps."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        shown = json.dumps({**self.settings, "url": self.get_openapi_url(api, kwargs)})
        return render(request, self.template, {"swagger_settings": shown, "api": api, "add_csrf": True})


HEADERS = {
    "get": [header("If-None-Match", "An `ETag` that is known: 304 where nothing is new.")],
    "post": [header("Idempotency-Key", "A UUID: repeated with it within 24 hours, it is done once.")],
}


class Api(NinjaAPI):
    _schema: OpenAPISchema | None = None

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Described once a process: it takes more than a second."""
        if self._schema is None:
            self._schema = self._described(super().get_openapi_schema(**options))
        return self._schema

    def _described(self, schema: OpenAPISchema) -> OpenAPISchema:
        """With the answer that every operation may give beside its own, and the headers that it looks at."""
        schema["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for methods in schema["paths"].values():
            for method, operation in methods.items():
                operation.setdefault("parameters", []).extend(HEADERS.get(method, ()))
                operation["responses"]["default"] = {"description": "What went wrong", "content": content}
        return schema

    def get_openapi_operation_id(self, operation: Any) -> str:
        return str(operation.view_func.__name__)


api = Api(
    title="tradepost",
    version=tradepost.__version__,
    description=(
        "Everything that the pages can do. Times are ISO 8601 with an offset, money and quantities are decimal "
        "numbers as text, days are dates. See docs/api.md for paging, versions and repeated requests."
    ),
    urls_namespace="api",
    docs=Pages(settings={"docExpansion": "none", "filter": True}),
    auth=[ApiKey(), Session()],
    parser=Reader(),
)
ROOMS = (
    *(companies, account, roles, people, person, matters, web_form, doubles, catalog, sales, following),
    *(
        activities,
        emails,
        mail,
        templates,
        sync,
        calendars,
        events,
        desk,
        today,
        exchange,
        edi,
        reports,
        reorder,
    ),
    *(stock, places, categories, prices, marks, letterhead, lists, taxes, numbering, rates, trash, pictures),
)
for room in ROOMS:
    api.add_router("", room.router)


@api.exception_handler(Fault)
def _fault(request: Call, fault: Fault) -> HttpResponse:
    return refusal(fault)


@api.exception_handler(AuthenticationError)
def _nobody(request: Call, error: AuthenticationError) -> HttpResponse:
    return refusal(Unauthorised(_("Nobody is signed in.")))


@api.exception_handler(HttpError)
def _unreadable(request: Call, error: HttpError) -> HttpResponse:
    return refusal(Unreadable(message=why(error.__cause__)))


@api.exception_handler(ValidationError)
def _invalid(request: Call, error: ValidationError) -> HttpResponse:
    """Each error under its field: ``lines.2.quantity``; what concerns the whole stands under its place."""
    fields: dict[str, str] = {}
    for one in error.errors:
        place, *inner = one["loc"]
        shown = [
            str(part) for part in (inner[1:] if place in ("body", "query") and len(inner) > 1 else inner)
        ]
        fields.setdefault(".".join(shown) or str(place), sentence(one))
    return refusal(
        Invalid(_("Some fields are wrong."), fields=fields, cure=_("Correct them and send it again."))
    )


@api.exception_handler(Http404)
def _missing(request: Call, error: Http404) -> HttpResponse:
    return refusal(NoSuchAddress())


@api.exception_handler(Exception)
def _ours(request: Call, error: Exception) -> HttpResponse:
    raise error  # ``door`` logs it


@csrf_exempt  # it does nothing, and says so to a key that comes without a cookie
@door
def _nowhere(request: HttpRequest) -> HttpResponse:
    raise NoSuchAddress()


_found, _app, _namespace = api.urls
for _pattern in _found:
    if isinstance(_pattern, URLPattern):
        _pattern.callback = door(_pattern.callback)
urls = ([*_found, re_path("^.*$", _nowhere)], _app, _namespace)
