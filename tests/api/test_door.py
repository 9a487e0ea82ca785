"""What holds for every address: who asks, versions, unchanged answers, repeated requests, and errors in words."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.api.conftest import PASSWORD, Program, company, program_of, told
from tradepost.accounts import services
from tradepost.accounts.access import Role
from tradepost.accounts.models import IdempotencyKey
from tradepost.api.urls import api
from tradepost.people.models import Customer

pytestmark = pytest.mark.django_db


# -- who asks --------------------------------------------------------------------------------------------------------


def test_nobody_is_told_how_to_ask() -> None:
    answer = Client().get("/api/v1/customers")
    body = told(answer, 401)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert body["type"] == "unauthorised"
    assert "Bearer" in body["cure"]


@pytest.mark.parametrize("key", ["tp_", "tp_aaaaaaaaaa_b", "\x00", "ü", "a" * 5000])
def test_a_wrong_key_is_refused(dana: Program, key: str) -> None:
    told(Program(dana.actor, key).call("get", "me"), 401)


def test_a_key_acts_as_its_maker_within_its_scopes(dana: Program) -> None:
    made = dana.post("api-keys", {"name": "narrow", "scopes": ["people.view", "company.api_keys"]})
    narrow = Program(dana.actor, made["key"])
    assert narrow.get("me")["permissions"] == ["people.view", "company.api_keys"]
    narrow.get("customers")
    assert narrow.post("customers", {"name": "X"}, 403)["type"] == "refused"
    narrow.post("api-keys", {"name": "wider", "scopes": ["people.edit"]}, 403)
    assert narrow.post("api-keys", {"name": "same"})["scopes"] == ["company.api_keys", "people.view"]
    dana.delete(f"api-keys/{made['id']}")
    narrow.get("me", 401)


def test_a_session_needs_its_csrf_token_to_change_something(dana: Program) -> None:
    browser = Client(enforce_csrf_checks=True)
    user = services.User.objects.get(pk=dana.actor.user_id)
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    told(browser.get("/api/v1/me"), 200)
    forged = browser.post("/api/v1/customers", '{"name": "X"}', content_type="application/json")
    assert told(forged, 403)["type"] == "csrf"
    browser.cookies["csrftoken"] = token = "t" * 32
    headers = {"X-CSRFToken": token}
    sent = browser.post(
        "/api/v1/customers", '{"name": "X"}', content_type="application/json", headers=headers
    )
    assert told(sent, 201)["name"] == "X"
    assert Customer.objects.count() == 1


def test_the_first_key_is_made_with_the_password(dana: Program) -> None:
    browser = Client(headers={"Authorization": basic("dana@example.com", PASSWORD)})
    made = told(browser.post("/api/v1/api-keys", '{"name": "first"}', content_type="application/json"), 201)
    assert Program(dana.actor, made["key"]).get("me")["email"] == "dana@example.com"
    told(browser.get("/api/v1/customers"), 401)  # for this one address alone
    wrong = Client(headers={"Authorization": basic("dana@example.com", "wrong")})
    refused = wrong.post("/api/v1/api-keys", '{"name": "x"}', content_type="application/json")
    assert "do not fit" in told(refused, 401)["detail"]


def test_a_second_factor_is_not_walked_around(dana: Program) -> None:
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(services.User.objects.get(pk=dana.actor.user_id), "JBSWY3DPEHPK3PXP")
    browser = Client(headers={"Authorization": basic("dana@example.com", PASSWORD)})
    refused = browser.post("/api/v1/api-keys", '{"name": "x"}', content_type="application/json")
    assert "second factor" in told(refused, 401)["detail"]


def basic(email: str, password: str) -> str:
    from base64 import b64encode

    return "Basic " + b64encode(f"{email}:{password}".encode()).decode()


def test_a_key_asks_no_faster_than_it_may(dana: Program, stranger: Program, settings: Any) -> None:
    settings.API_RATE = 3
    answers = [dana.call("get", "roles") for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3]["Retry-After"]) <= 60
    assert told(answers[3], 429)["type"] == "throttled"
    stranger.get("roles")  # others are not held up


# -- versions and unchanged answers ----------------------------------------------------------------------------------


def test_a_stale_version_is_refused_and_a_fresh_one_is_not(dana: Program) -> None:
    made = dana.call("post", "customers", {"name": "Harbor"})
    path, first = f"customers/{told(made, 201)['id']}", made["ETag"]
    changed = dana.call("patch", path, {"phone": "1"}, If_Match=first)
    assert (told(changed, 200)["phone"], changed["ETag"] == first) == ("1", False)
    for tag in (first, '"0"', "nonsense"):
        assert dana.patch(path, {"phone": "2"}, 412, If_Match=tag)["type"] == "stale"
    read = dana.call("get", path)["ETag"]
    dana.patch(path, {"phone": "3"}, If_Match=f"W/{read}")
    dana.patch(path, {"phone": "4"}, If_Match="*")
    assert dana.get(path)["phone"] == "4"


def test_a_version_that_an_address_does_not_look_at_is_refused_before_anything_is_done(dana: Program) -> None:
    path = f"customers/{dana.post('customers', {'name': 'Harbor'})['id']}"
    tag = dana.call("get", path)["ETag"]
    assert dana.post(f"{path}/archive", None, 400, If_Match=tag)["type"] == "no-version"
    assert dana.get(path)["archived_at"] is None
    dana.post(f"{path}/archive", None, 200, If_Match="*")


def test_the_headers_that_an_operation_looks_at_are_described() -> None:
    paths = api.get_openapi_schema(path_prefix="/api/v1/")["paths"]
    named = {
        (method, path.removeprefix("/api/v1").strip("/")): {
            one["name"] for one in operation["parameters"] if one["in"] == "header"
        }
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    assert named["patch", "customers/{id}"] == {"If-Match"}
    assert named["get", "customers/{id}"] == {"If-None-Match"}
    assert named["post", "customers"] == {"Idempotency-Key"}
    assert named["post", "documents/{id}/moves"] == {"Idempotency-Key", "If-Match"}


def test_what_is_known_is_not_sent_again(dana: Program, order: dict[str, Any]) -> None:
    for path in (f"documents/{order['id']}", "documents", "settings"):
        first = dana.call("get", path)
        again = dana.call("get", path, If_None_Match=first["ETag"])
        assert (again.status_code, again.content) == (304, b"")
    dana.patch(f"documents/{order['id']}", {"memo": "x"})
    assert dana.call("get", "documents", If_None_Match=first["ETag"]).status_code == 200


# -- once ------------------------------------------------------------------------------------------------------------


def test_a_repeated_post_is_done_once(dana: Program) -> None:
    first = dana.call("post", "customers", {"name": "Harbor"}, Idempotency_Key="k1")
    again = dana.call("post", "customers", {"name": "Harbor"}, Idempotency_Key="k1")
    assert first.content == again.content
    assert (again.status_code, again["ETag"], again["Location"]) == (201, first["ETag"], first["Location"])
    assert again["Idempotency-Replayed"] == "true"
    assert Customer.objects.count() == 1
    other = dana.post("customers", {"name": "Other"}, 422, Idempotency_Key="k1")
    assert other["type"] == "idempotency-key-reused"
    dana.post("customers?force=true", {"name": "Harbor"}, Idempotency_Key="k2")
    assert Customer.objects.count() == 2


def test_a_refused_post_may_be_repeated_with_its_key(dana: Program) -> None:
    dana.post("customers", {"name": "A", "number": "1"})
    dana.post("customers", {"name": "B", "number": "1"}, 422, Idempotency_Key="k")
    assert not IdempotencyKey.objects.exists()
    dana.post("customers", {"name": "B", "number": "2"}, Idempotency_Key="k")


def test_a_file_that_is_packed_for_a_key_stands_in_the_audit_trail(dana: Program) -> None:
    contact = dana.post("contacts", {"last_name": "Solis"})["id"]
    for _ in range(2):
        packed = dana.call("post", f"contacts/{contact}/export", Idempotency_Key="k")
        assert (packed.status_code, packed.getvalue()[:2]) == (200, b"PK")
    told_of = dana.get(f"audit?kind=contact&record_id={contact}")["items"]
    assert len([one for one in told_of if one["verb"] == "contact.pack"]) == 2


def test_a_key_is_its_users_own(dana: Program, stranger: Program) -> None:
    dana.post("customers", {"name": "Harbor"}, Idempotency_Key="k")
    assert stranger.post("customers", {"name": "Mine"}, Idempotency_Key="k")["name"] == "Mine"


def test_a_kept_answer_is_sealed(dana: Program) -> None:
    made = dana.post("api-keys", {"name": "x"}, Idempotency_Key="k")
    with connection.cursor() as cursor:
        cursor.execute("SELECT answer FROM accounts_idempotencykey")
        assert made["key"] not in cursor.fetchone()[0]
    assert dana.post("api-keys", {"name": "x"}, Idempotency_Key="k") == made


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "ü"])
def test_an_unfit_idempotency_key_is_named(dana: Program, key: str) -> None:
    assert "Idempotency-Key" in dana.post("customers", {"name": "A"}, 422, Idempotency_Key=key)["detail"]


def test_without_a_caller_an_idempotency_key_is_refused_before_anything_is_done(dana: Program) -> None:
    firm = {"company": "X", "name": "X", "email": "x@x.example", "password": PASSWORD}
    joining = {"secret": "x", "name": "X", "password": PASSWORD}
    by_password = {"Authorization": basic("dana@example.com", PASSWORD)}
    for path, body, headers in (
        ("companies", firm, {}),
        ("invitations/accept", joining, {}),
        ("api-keys", {"name": "x"}, by_password),
    ):
        asked = Client(headers={**headers, "Idempotency-Key": "k"})
        refused = asked.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")
        assert told(refused, 400)["type"] == "idempotency-not-here", path
    assert not services.User.objects.filter(email="x@x.example").exists()
    assert dana.get("api-keys")["items"][0]["name"] != "x"
    told(Client(headers={"Idempotency-Key": "k"}).post("/api/v1/customers", {}), 401)


@pytest.mark.django_db(transaction=True)
def test_twins_sent_at_once_are_one() -> None:
    dana = program_of(company())
    answers: list[Any] = []
    start = threading.Barrier(4)

    def send() -> None:
        start.wait()
        try:
            answers.append(dana.call("post", "customers", {"name": "Harbor"}, Idempotency_Key="k"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.status_code for a in answers] == [201] * 4
    assert len({a.content for a in answers}) == 1
    assert Customer.objects.count() == 1


# -- errors ----------------------------------------------------------------------------------------------------------

BAD = [
    ("get", "nowhere", None, 404, "missing"),
    ("get", "", None, 404, "missing"),
    ("delete", "customers", None, 405, "no-method"),
    ("get", "customers/abc", None, 404, "missing"),
    ("get", "customers/0", None, 422, "invalid"),
    ("get", "customers/99999999999999999999", None, 422, "invalid"),
    ("get", "customers/9223372036854775807", None, 404, "missing"),
    ("get", "customers?limit=0", None, 422, "invalid"),
    ("get", "customers?cursor=abc", None, 422, "invalid"),
    ("get", "customers?sort=search", None, 422, "invalid"),
    ("get", "customers?q=%00", None, 422, "invalid"),
    ("get", "customers?email=%00", None, 422, "invalid"),
    ("post", "customers", {"name": ""}, 422, "invalid"),
    ("post", "customers", {"name": "x\0"}, 422, "invalid"),
    ("post", "customers", {"name": "x", "surprise": 1}, 422, "invalid"),
    ("post", "customers", {"name": "x" * 300}, 422, "invalid"),
    ("post", "customers", [], 422, "invalid"),
    ("post", "items", {"sku": "A", "name": "A", "price": "NaN"}, 422, "invalid"),
    ("post", "items", {"sku": "A", "name": "A", "price": "1e400"}, 422, "invalid"),
    ("post", "documents", {"customer_id": 4711}, 404, "missing"),
    ("post", "documents", {"customer_id": True}, 422, "invalid"),
    ("post", "events", {"title": "x", "start": "9999-12-31"}, 422, "invalid"),
    ("get", "audit?since=2200-12-31T23:59:59-23:00", None, 200, ""),
    ("get", "exchange-rates?currency=%00", None, 422, "invalid"),
    ("get", "customers?owner=4", None, 422, "invalid"),
    ("get", "customers?limit=1&limit=2", None, 422, "invalid"),
    ("get", "customers/1?expand=orders", None, 422, "invalid"),
    ("get", "documents?kind=order&status=opne", None, 422, "invalid"),
    ("get", "documents?status=open&status=draft", None, 200, ""),
    ("post", "customers", {"name": "x", "emails": [{"email": "a@b.example"}] * 101}, 422, "invalid"),
    ("patch", "company", {"name": "x" * 201}, 422, "invalid"),
    ("post", "templates", {"name": "x" * 101}, 422, "invalid"),
    ("post", "stock/adjust", {"lines": [], "reason": "x" * 201}, 422, "invalid"),
    ("patch", "settings", {"values": {"mail.response": "nonsense"}}, 422, "invalid"),
    ("patch", "settings", {"values": {"no.such": 1}}, 404, "missing"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "kind"), BAD)
def test_bad_input_is_answered_in_words(
    dana: Program, method: str, path: str, body: Any, status: int, kind: str
) -> None:
    answer = dana.call(method, path, body)
    found = told(answer, status)
    if kind:
        assert answer["Content-Type"] == "application/problem+json"
        assert (found["type"], found["status"]) == (kind, status)
        assert found["detail"].endswith(".")
        assert found["cure"].endswith(".")
        assert "Traceback" not in answer.content.decode()


@pytest.mark.parametrize("path", ["custmers", "customers/", "customers/abc/archive"])
def test_an_address_that_is_mistyped_is_told_to_a_key_without_a_cookie(dana: Program, path: str) -> None:
    program = Program(dana.actor, dana.key, Client(enforce_csrf_checks=True))
    assert program.post(path, {}, 404)["type"] == "missing"


def test_errors_stand_under_their_fields(dana: Program, order: dict[str, Any]) -> None:
    lines = [{"item_id": 1, "quantity": "x"}]
    found = dana.patch(f"documents/{order['id']}", {"lines": lines, "date": "soon"}, 422)
    assert set(found["errors"]) == {"lines.0.quantity", "date"}
    assert found["errors"]["date"] == "It must be a day like 2026-12-31."
    late = dana.patch(f"documents/{order['id']}", {"date": "9999-12-31"}, 422)
    assert late["errors"] == {"date": "The year must lie between 1900 and 2200."}
    answer = dana.call("post", "customers", {"name": 7}, **{"Accept-Language": "de"})
    assert json.loads(answer.content)["errors"]["name"] == "Es muss ein Text sein."


UNREADABLE = [
    (b"", "It is required."),
    (b'{"name": "\\ud800"}', "half a surrogate pair"),
    (b'{"name": ', "no JSON, from line 1, column 10"),
    (b'{"name": "\xff"}', "not UTF-8"),
    (b'{"name": "a", "name": "b"}', "“name” stands twice"),
    (b'{"emails": [{"email": "a", "email": "b"}]}', "“email” stands twice"),
    (b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too deeply"),
    (b'{"credit_limit": ' + b"9" * 5000 + b"}", "too many digits"),
]


@pytest.mark.parametrize(("body", "said"), UNREADABLE)
def test_an_unreadable_body_is_named(dana: Program, body: bytes, said: str) -> None:
    answer = dana.client.post(
        "/api/v1/customers",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {dana.key}"},
    )
    found = json.loads(answer.content)
    assert answer.status_code in (400, 422)
    assert said in f"{found['detail']} {found.get('errors')}"
    assert found["cure"]


def test_what_no_list_knows_is_named_with_what_it_knows(dana: Program) -> None:
    found = dana.get("vendors?owner=4&q=%00", 422)
    assert found["errors"] == {"q": "It holds a NUL. Remove it."}
    found = dana.get("lists/terms?archived=true", 422)
    assert found["errors"] == {"archived": "There is no such parameter; there are: cursor, limit, sort."}


def test_a_body_that_is_too_large_is_refused(dana: Program, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert dana.post("customers", {"name": "x" * 2000}, 413)["type"] == "too-large"


def test_a_body_that_does_not_say_its_length_is_not_taken_for_none(
    dana: Program, order: dict[str, Any]
) -> None:
    copies = f"documents/{order['id']}/copies"
    assert dana.post(copies, None, 411, Transfer_Encoding="chunked", Content_Length="")["type"] == "no-length"


def test_head_is_as_get_without_the_body(dana: Program) -> None:
    asked, told_ = dana.call("get", "me"), dana.call("head", "me")
    assert (told_.status_code, told_["ETag"], told_.content) == (200, asked["ETag"], b"")
    assert dana.call("head", "me", If_None_Match=asked["ETag"]).status_code == 304


def test_an_error_of_ours_shows_an_id_and_nothing_else(
    dana: Program, caplog: pytest.LogCaptureFixture
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE people_customer RENAME COLUMN phone TO telephone")
    found = dana.get("customers", 500)
    assert found["instance"] in caplog.text
    assert "telephone" not in json.dumps(found)


def test_roles_are_refused_by_name(reader: Program) -> None:
    found = reader.post("customers", {"name": "X"}, 403)
    assert "people.edit" in found["detail"]
    assert reader.get("me")["role"] == Role.READ_ONLY
