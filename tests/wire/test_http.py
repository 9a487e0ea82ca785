"""The HTTP client against real servers on loopback."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from pyrate_limiter import Rate

from tests.wire.servers import Asked, Issued, Reply, http_server, listening
from tradepost.kit.errors import Remote, Temper
from tradepost.wire import faults, net, tls
from tradepost.wire.http import Client, Timeouts
from tradepost.wire.limits import HostLimits
from tradepost.wire.retry import Patience
from tradepost.wire.tls import Trust
from tradepost.wire.transport import GuardedTransport

HERE = net.networks(["127.0.0.1/32"])
OK: Reply = (200, {"Content-Type": "application/json"}, b'{"ok": true}')


def names(**hosts: str) -> net.Resolver:
    """``shop="127.0.0.1"`` is the address of shop.test; other names are resolved by the system."""

    def resolver(host: str, port: int, **options: Any) -> Any:
        if address := hosts.get(host.removesuffix(".test")):
            return [(0, 0, 0, "", (address, port))]
        return socket.getaddrinfo(host, port, **options)

    return resolver


LOCAL = names(shop="127.0.0.1", other="127.0.0.1")


def client(resolver: net.Resolver = LOCAL, **options: Any) -> Client:
    """A client that may reach 127.0.0.1 and no other inner address, and does not sleep."""
    trust = options.pop("trust", Trust())
    options.setdefault("sleep", lambda seconds: None)
    transport = GuardedTransport(trust, private=HERE, resolver=resolver)
    return Client(transport=transport, trust=trust, **options)


def always(*replies: Reply) -> Callable[[Asked], Reply]:
    """One reply after the other; the last again and again."""
    queue = list(replies)
    return lambda asked: queue.pop(0) if len(queue) > 1 else queue[0]


@pytest.fixture
def slept() -> list[float]:
    return []


def test_a_request_arrives_as_meant_and_its_answer_comes_whole() -> None:
    with (
        http_server(always(OK)) as (port, asked),
        client(base_url=f"http://shop.test:{port}/api", headers={"X-Token": "t"}, auth=("u", "p")) as http,
    ):
        answer = http.request("POST", "orders", params={"page": 2}, json={"total": 1})
    assert answer.status == 200
    assert answer.json() == {"ok": True}
    assert answer.headers["content-type"] == "application/json"
    assert answer.url == f"http://shop.test:{port}/api/orders?page=2"
    assert (http.requests, http.bytes_in) == (1, 12)
    assert asked[0].path == "/api/orders?page=2"
    assert json.loads(asked[0].body) == {"total": 1}
    assert asked[0].headers["host"] == f"shop.test:{port}"
    assert asked[0].headers["x-token"] == "t"
    assert asked[0].headers["authorization"] == "Basic dTpw"
    assert asked[0].headers["user-agent"].startswith("tradepost/")


def test_money_in_json_is_exact() -> None:
    with http_server(always((200, {}, b'{"price": 19.99, "count": 3, "big": 1e2}'))) as (port, _):
        data = client().request("GET", f"http://shop.test:{port}/").json()
    assert data == {"price": Decimal("19.99"), "count": 3, "big": Decimal("1e2")}
    assert isinstance(data["price"], Decimal)


@pytest.mark.parametrize("body", [b"<html>", b"", b"\xff\xfe", b'{"a": ' * 5000])
def test_an_answer_that_is_not_json_is_said_so(body: bytes) -> None:
    with http_server(always((200, {}, body))) as (port, _):
        answer = client().request("GET", f"http://shop.test:{port}/")
    with pytest.raises(faults.Unreadable, match=r"shop\.test"):
        answer.json()


@pytest.mark.parametrize(
    ("status", "kind", "temper"),
    [
        (400, faults.HttpFault, Temper.PERMANENT),
        (401, faults.Unauthorized, Temper.MISCONFIGURED),
        (403, faults.Forbidden, Temper.MISCONFIGURED),
        (404, faults.NotFound, Temper.PERMANENT),
        (409, faults.Conflicting, Temper.PERMANENT),
        (410, faults.Gone, Temper.PERMANENT),
        (412, faults.PreconditionFailed, Temper.PERMANENT),
        (418, faults.HttpFault, Temper.PERMANENT),
        (422, faults.Unprocessable, Temper.PERMANENT),
    ],
)
def test_a_refusal_has_a_class_a_temper_and_the_answer(
    status: int, kind: type[faults.HttpFault], temper: Temper
) -> None:
    with http_server(always((status, {}, b'{"errors": ["no"]}'))) as (port, asked):
        with pytest.raises(kind) as caught:
            client().request("GET", f"http://shop.test:{port}/?key=secret")
        assert client().request("GET", f"http://shop.test:{port}/", expect={status}).status == status
    fault = caught.value
    assert type(fault) is kind
    assert fault.temper is temper
    assert (fault.response.status, fault.response.json()) == (status, {"errors": ["no"]})
    assert f"shop.test answered {status}" in fault.cause
    assert "secret" not in str(fault)
    assert len(asked) == 2  # tried once


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408, 425])
def test_what_may_pass_is_tried_again(status: int, slept: list[float]) -> None:
    with http_server(always((status, {}, b""), (status, {}, b""), OK)) as (port, _):
        http = client(sleep=slept.append, patience=Patience(first=1.0))
        assert http.request("GET", f"http://shop.test:{port}/").status == 200
    assert http.requests == 3
    assert 0.5 <= slept[0] <= 1.0 <= slept[1] <= 2.0


def test_the_remotes_retry_after_is_kept_and_a_long_one_is_handed_up(slept: list[float]) -> None:
    replies = always(
        (429, {"Retry-After": "7"}, b""),
        (503, {"Retry-After": "0"}, b""),
        OK,
        (429, {"Retry-After": "3600"}, b""),
    )
    with http_server(replies) as (port, asked):
        http = client(sleep=slept.append)
        http.request("GET", f"http://shop.test:{port}/")
        assert slept == [7.0, 0.0]
        with pytest.raises(faults.TooManyRequests) as caught:
            http.request("GET", f"http://shop.test:{port}/")
    assert caught.value.retry_after == 3600.0
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("method", "idempotent", "status", "requests"),
    [
        ("POST", None, 503, 1),  # it may have been carried out
        ("POST", True, 503, 2),
        ("POST", None, 429, 2),  # it was not
        ("PUT", None, 503, 2),
        ("PUT", False, 503, 1),
    ],
)
def test_a_write_is_sent_twice_only_where_that_is_safe(
    method: str, idempotent: bool | None, status: int, requests: int
) -> None:
    with http_server(always((status, {}, b""), OK)) as (port, asked):
        expected = pytest.raises(faults.ServerFailure) if requests == 1 else nullcontext()
        with expected:
            client().request(method, f"http://shop.test:{port}/", json={"a": 1}, idempotent=idempotent)
    assert len(asked) == requests
    assert all(one.body == asked[0].body for one in asked)


INNER = [
    "http://127.0.0.2/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/",
    "http://[::ffff:10.0.0.1]/",
]
INNER += ["http://localhost.inner.test/", "http://0/", "http://2130706434/", "http://[64:ff9b::7f00:2]/"]


@pytest.mark.parametrize("target", INNER)
def test_a_redirect_into_our_own_network_is_not_followed(target: str) -> None:
    resolver = names(**{"shop": "127.0.0.1", "localhost.inner": "10.0.0.7"})
    with http_server(always((302, {"Location": target}, b""))) as (port, asked):
        http = client(resolver)
        with pytest.raises(net.ForbiddenAddress):
            http.request("GET", f"http://shop.test:{port}/")
    assert len(asked) == 1


def test_a_name_that_changes_to_an_inner_address_is_refused() -> None:
    """DNS rebinding between two requests; between check and use there is no second question."""
    answers = ["127.0.0.1", "127.0.0.2"]

    def resolver(host: str, port: int, **_: Any) -> Any:
        return [(0, 0, 0, "", (answers.pop(0), port))]

    with http_server(always((200, {"Connection": "close"}, b"ok"))) as (port, asked):
        http = client(resolver)
        assert http.request("GET", f"http://shop.test:{port}/").text == "ok"
        with pytest.raises(net.ForbiddenAddress, match=r"127\.0\.0\.2"):
            http.request("GET", f"http://shop.test:{port}/")
    assert len(asked) == 1


@pytest.mark.parametrize("url", ["http://shop.test:6379/", "http://8.8.8.8:22/"])
def test_a_public_host_is_asked_on_web_ports_only(url: str) -> None:
    with pytest.raises(net.ForbiddenPort):
        client(names(shop="8.8.8.8")).request("GET", url)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://shop.test/", "shop.test", "http://", "http://[::1", ""]
)
def test_what_is_no_web_address_is_said_so(url: str) -> None:
    with pytest.raises(faults.BadAddress) as caught:
        client().request("GET", url)
    assert "https://" in caught.value.cure


def test_an_address_is_shown_without_its_secrets() -> None:
    with pytest.raises(faults.BadAddress) as caught:
        client().request("GET", "http://u:s3cret@[::1/?key=s3cret")
    assert "s3cret" not in str(caught.value)


def test_a_header_that_would_break_the_request_is_refused() -> None:
    with http_server(always(OK)) as (port, asked), pytest.raises(faults.BadAddress):
        client().request("GET", f"http://shop.test:{port}/", headers={"X-Token": "a\r\nX-Evil: b"})
    assert not asked


def test_credentials_stay_with_their_origin() -> None:
    with http_server(always(OK)) as (far, far_asked):
        moved = (307, {"Location": f"http://other.test:{far}/new"}, b"")
        with http_server(always((302, {"Location": "/again"}, b""), moved)) as (near, near_asked):
            http = client(headers={"X-Shop-Token": "t", "Depth": "1"}, auth=("u", "p"))
            answer = http.request("PROPFIND", f"http://shop.test:{near}/", content=b"<propfind/>")
    assert answer.url == f"http://other.test:{far}/new"
    assert [one.path for one in near_asked] == ["/", "/again"]
    assert all(one.headers["authorization"] and one.headers["x-shop-token"] for one in near_asked)
    there = far_asked[0]
    assert (there.method, there.body, there.headers["depth"]) == ("PROPFIND", b"<propfind/>", "1")
    assert not {"authorization", "x-shop-token", "cookie"} & set(there.headers)
    assert http.requests == 3


@pytest.mark.parametrize(
    ("method", "location", "words"),
    [
        ("GET", "/round", "too many redirects"),
        ("POST", "/new", "would change something"),
        ("GET", "gopher://shop.test/", "not encrypted"),
        ("GET", "http://[::1", "no address"),
    ],
)
def test_a_redirect_that_may_not_be_followed_names_the_new_address(
    method: str, location: str, words: str
) -> None:
    reply = always((301, {"Location": location}, b""))
    with http_server(reply) as (port, asked), pytest.raises(faults.Moved, match=words) as caught:
        client().request(method, f"http://shop.test:{port}/")
    assert caught.value.temper is Temper.MISCONFIGURED
    assert len(asked) <= 6


def test_a_redirect_from_https_to_http_is_not_followed(leaf: Issued, authority: Issued) -> None:
    reply = always((302, {"Location": "http://shop.test/?token=secret"}, b""))
    with http_server(reply, certificate=leaf) as (port, _), pytest.raises(faults.Moved) as caught:
        client(trust=Trust(authority=authority.pem)).request("GET", f"https://shop.test:{port}/")
    assert "secret" not in str(caught.value)


def test_cookies_are_not_kept() -> None:
    with http_server(always((200, {"Set-Cookie": "session=1; Path=/"}, b""))) as (port, asked):
        http = client()
        for _ in range(2):
            http.request("GET", f"http://shop.test:{port}/")
    assert "cookie" not in asked[1].headers


PLAIN = b"x" * 5000


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, PLAIN),
        ({"Content-Encoding": "gzip"}, gzip.compress(PLAIN)),  # 5000 bytes that travel as 50
    ],
    ids=["plain", "gzip"],
)
def test_an_answer_without_end_is_cut(headers: dict[str, str], body: bytes) -> None:
    with http_server(always((200, headers, body))) as (port, _):
        assert client(max_bytes=5000).request("GET", f"http://shop.test:{port}/").body == PLAIN
        with pytest.raises(faults.TooLarge, match="4999 bytes"):
            client(max_bytes=4999).request("GET", f"http://shop.test:{port}/")


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("br", b"\x0b"), ("gzip, gzip", gzip.compress(gzip.compress(b"x"))), ("gzip", b"no gzip")],
    ids=["brotli", "twice", "damaged"],
)
def test_an_answer_packed_otherwise_is_refused(encoding: str, body: bytes) -> None:
    reply = always((200, {"Content-Encoding": encoding}, body))
    with http_server(reply) as (port, _), pytest.raises(faults.Unreadable):
        client().request("GET", f"http://shop.test:{port}/")


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Keeps a server silent until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_a_silent_server_is_given_up(gate: threading.Event) -> None:
    with listening(lambda sock: gate.wait(20) and None) as (_, port):
        http = client(timeouts=Timeouts(read=0.1), patience=Patience(attempts=2))
        with pytest.raises(faults.Slow) as caught:
            http.request("GET", f"http://shop.test:{port}/")
    assert caught.value.temper is Temper.RETRYABLE
    assert http.requests == 2


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX-Drip: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_drips_is_given_up(gate: threading.Event, head: bytes) -> None:
    """Each read succeeds in time; the whole does not."""

    def drip(sock: socket.socket) -> None:
        sock.recv(1000)
        sock.sendall(head)
        while not gate.wait(0.01):
            sock.sendall(b"x")

    with listening(drip) as (_, port):
        http = client(timeouts=Timeouts(read=5, total=0.5), patience=Patience(attempts=1))
        with pytest.raises(faults.Slow):
            http.request("GET", f"http://shop.test:{port}/")


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", b"nonsense\r\n\r\n"]
)
def test_a_broken_answer_is_tried_again_for_reading_only(said: bytes) -> None:
    def talk(sock: socket.socket) -> None:
        sock.recv(1000)
        sock.sendall(said)

    for method, requests in (("GET", 2), ("POST", 1)):
        with listening(talk) as (_, port):
            http = client(patience=Patience(attempts=2))
            with pytest.raises(faults.Disconnected):
                http.request(method, f"http://shop.test:{port}/")
        assert http.requests == requests


def test_a_refused_connection_is_tried_again_for_any_method() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    http = client(patience=Patience(attempts=2))
    with pytest.raises(net.ConnectionRefused):
        http.request("POST", f"http://shop.test:{port}/", json={})
    assert http.requests == 2


def test_the_name_stays_for_the_certificate(leaf: Issued, authority: Issued) -> None:
    """The socket goes to the judged address, the certificate is checked for the name."""
    with http_server(always(OK), certificate=leaf) as (port, asked):
        with client(trust=Trust(authority=authority.pem)) as http:
            assert http.request("GET", f"https://shop.test:{port}/").status == 200
            with pytest.raises(tls.WrongHost, match=r"shop\.test"):
                http.request("GET", f"https://other.test:{port}/")
        with client() as http, pytest.raises(tls.UnknownAuthority):
            http.request("GET", f"https://shop.test:{port}/")
    assert [one.headers["host"] for one in asked] == [f"shop.test:{port}"]


def test_a_pinned_certificate_is_enough_and_any_other_is_not(selfmade: Issued, leaf: Issued) -> None:
    with http_server(always(OK), certificate=selfmade) as (port, asked):
        url = f"https://shop.test:{port}/"
        assert client(trust=Trust(pinned=selfmade.fingerprint)).request("GET", url).status == 200
        with pytest.raises(tls.WrongPin) as wrong:
            client(trust=Trust(pinned=leaf.fingerprint)).request("GET", url)
        with pytest.raises(tls.SelfSigned) as unpinned:
            client().request("GET", url)
    assert wrong.value.certificate == unpinned.value.certificate
    assert len(asked) == 1


def test_a_hosts_rate_is_kept() -> None:
    clock = [0]
    limits = HostLimits(
        [Rate(2, 1000)],
        now=lambda: clock[0],
        sleep=lambda s: clock.__setitem__(0, clock[0] + round(s * 1000)),
    )
    with http_server(always(OK)) as (port, _):
        http = client(limits=limits)
        for _ in range(5):
            http.request("GET", f"http://shop.test:{port}/")
    assert clock[0] >= 2000


def test_a_connection_is_used_again_and_a_closed_one_is_replaced() -> None:
    opened: list[str] = []

    def resolver(host: str, port: int, **_: Any) -> Any:
        opened.append(host)
        return [(0, 0, 0, "", ("127.0.0.1", port))]

    reply = always(OK, OK, (200, {"Connection": "close"}, b""), OK)
    with http_server(reply) as (port, _), client(resolver) as http:
        for _ in range(4):
            http.request("GET", f"http://shop.test:{port}/")
    assert len(opened) == 2


def test_secrets_reach_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), http_server(always(OK)) as (port, _):
        http = client(headers={"X-Token": "s3cret-1"}, auth=("u", "s3cret-2"))
        http.request("POST", f"http://shop.test:{port}/?key=s3cret-3", json={"password": "s3cret-4"})
    assert "s3cret" not in caplog.text


def test_a_wsgi_application_serves_as_transport() -> None:
    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"path": environ["PATH_INFO"]}).encode()]

    with Client("https://shop.test/api", transport=httpx2.WSGITransport(app=application)) as http:
        assert http.request("GET", "orders").json() == {"path": "/api/orders"}


def test_every_fault_of_this_room_has_a_cause_and_a_cure() -> None:
    def all_of(kind: type[Remote]) -> Iterator[type[Remote]]:
        for sub in kind.__subclasses__():
            yield sub
            yield from all_of(sub)

    ours = [kind for kind in all_of(Remote) if kind.__module__.startswith("tradepost.wire")]
    assert len(ours) > 20
    assert len({kind.code for kind in ours}) == len(ours)
    for kind in ours:
        assert kind.cause_text.endswith((".", "{said}"))  # a server's own words may come last
        assert kind.cure_text.endswith(".")
