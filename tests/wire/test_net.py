"""The guard: no connection reaches an address that was not judged public or allowed."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.servers import listening
from tradepost.kit.errors import Invalid, Temper
from tradepost.wire import net

V4 = st.ip_addresses(v=4)
V6 = st.ip_addresses(v=6)


def names(*answers: list[str]) -> tuple[Callable[..., list[tuple[Any, ...]]], list[str]]:
    """A resolver that gives one answer after the other, and the list of names it was asked."""
    queue = list(answers)
    asked: list[str] = []

    def resolver(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(0, 0, 0, "", (address, port)) for address in queue.pop(0)]

    return resolver, asked


def resolve(*addresses: str, port: int = 993, private: tuple[str, ...] = ()) -> net.Endpoint:
    resolver, _ = names(list(addresses))
    return net.resolve(
        "mail.test", port, ports=net.MAIL_PORTS, private=net.networks(private), resolver=resolver
    )


# fmt: off
REFUSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1",
    "64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1",
    "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1", "192.0.1.1", "223.255.255.255",
    "2606:4700::1111", "2a00:1450::5", "64:ff9b::808:808", "::ffff:8.8.8.8",
]
# fmt: on


@pytest.mark.parametrize("address", REFUSED)
def test_an_inner_or_special_address_is_refused(address: str) -> None:
    with pytest.raises(net.ForbiddenAddress) as caught:
        resolve(address)
    assert caught.value.temper is Temper.MISCONFIGURED
    assert "mail.test points to" in caught.value.cause
    assert "TRADEPOST_PRIVATE_HOSTS" in caught.value.cure


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_passes_as_it_was_given(address: str) -> None:
    assert resolve(address) == net.Endpoint("mail.test", 993, (address,))


@given(st.one_of(V4, V6))
def test_no_address_passes_that_the_library_holds_for_special(address: net.Address) -> None:
    """Ours is the stricter rule: what passes is global for ``ipaddress`` too, and carries no IPv4 address."""
    if not net.refusal(net.reachable(address)):
        reached = net.reachable(address)
        assert reached.is_global
        assert not (reached.is_multicast)
        assert not (reached.is_reserved)
        assert not (reached.is_link_local)
        if isinstance(reached, ipaddress.IPv6Address):
            assert not (reached.sixtofour)
            assert not (reached.teredo)
            assert not (reached.ipv4_mapped)


@given(V4)
def test_every_way_to_carry_an_ipv4_address_is_as_closed_as_the_address(inner: ipaddress.IPv4Address) -> None:
    plain = net.refusal(inner)
    for carried in (0xFFFF << 32, 0x64FF9B << 96):
        assert net.refusal(net.reachable(ipaddress.IPv6Address(carried + int(inner)))) == plain
    for never in (
        int(inner),  # ::a.b.c.d
        (0x2002 << 112) + (int(inner) << 80),  # 6to4
        (0x2001 << 112) + (int(inner) << 64),  # Teredo: the server
        (0x2001 << 112) + (int(inner) ^ 0xFFFFFFFF),  # Teredo: the client
        (0x0064_FF9B_0001 << 80) + int(inner),  # RFC 8215
    ):
        assert net.refusal(net.reachable(ipaddress.IPv6Address(never)))


def test_one_inner_address_among_public_ones_refuses_the_host() -> None:
    with pytest.raises(net.ForbiddenAddress, match=r"10\.0\.0\.5"):
        resolve("8.8.8.8", "10.0.0.5")


@pytest.mark.parametrize(
    ("port", "passes"),
    [(25, True), (143, True), (465, True), (587, True), (993, True), (2525, True)]
    + [(22, False), (80, False), (6379, False), (0, False), (70000, False), (-1, False)],
)
def test_a_public_host_is_reached_on_the_ports_of_the_protocol(port: int, passes: bool) -> None:
    if passes:
        assert resolve("8.8.8.8", port=port).port == port
    else:
        with pytest.raises(net.ForbiddenPort, match="25, 143, 465, 587, 993, 2525"):
            resolve("8.8.8.8", port=port)


def test_a_network_that_the_operator_allows_is_reached_on_any_port() -> None:
    assert resolve("10.1.2.3", port=10143, private=("10.1.0.0/16",)).address == "10.1.2.3"
    assert resolve("::ffff:10.1.2.3", port=10143, private=("10.1.0.0/16",)).family is socket.AF_INET6
    with pytest.raises(net.ForbiddenAddress):
        resolve("10.2.0.1", private=("10.1.0.0/16",))
    with pytest.raises(net.ForbiddenPort):
        resolve("10.1.2.3", "8.8.8.8", port=10143, private=("10.1.0.0/16",))


@pytest.mark.parametrize("host", ["", " ", "a b", "a\x00b", "x" * 64 + ".test", "a..b", "nope.invalid"])
def test_what_is_no_host_name_is_said_so(host: str) -> None:
    with pytest.raises(net.Unresolved) as caught:
        net.resolve(host, 993, ports=net.MAIL_PORTS)
    assert caught.value.temper in (Temper.MISCONFIGURED, Temper.RETRYABLE)  # no name server: try again


@pytest.mark.parametrize(
    ("number", "temper"), [(socket.EAI_NONAME, Temper.MISCONFIGURED), (socket.EAI_AGAIN, Temper.RETRYABLE)]
)
def test_an_unknown_name_is_final_and_a_silent_name_server_is_not(number: int, temper: Temper) -> None:
    def resolver(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(number, "no")

    with pytest.raises(net.Unresolved) as caught:
        net.resolve("mail.test", 993, ports=net.MAIL_PORTS, resolver=resolver)
    assert caught.value.temper is temper


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f.1", "2130706433", "017700000001", "[::1]", "0"])
def test_other_spellings_of_this_machine_are_this_machine(host: str) -> None:
    with pytest.raises(net.ForbiddenAddress, match="this machine"):
        net.resolve(host, 993, ports=net.MAIL_PORTS)


def test_a_name_that_changes_its_answer_is_asked_once() -> None:
    """DNS rebinding: the second answer, an inner address, is never asked for."""
    with listening(lambda sock: sock.sendall(b"* OK\r\n")) as (_, port):
        resolver, asked = names(["127.0.0.1"], ["127.0.0.66"])
        private = net.networks(["127.0.0.1/32"])
        endpoint = net.resolve("mail.test", port, ports=(), private=private, resolver=resolver)
        with net.connect(endpoint, 5) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)
            assert sock.recv(10) == b"* OK\r\n"
        assert asked == ["mail.test"]
        with pytest.raises(net.ForbiddenAddress):
            net.resolve("mail.test", port, ports=(), private=private, resolver=resolver)


def test_the_next_address_is_tried_when_one_refuses() -> None:
    with listening(lambda sock: sock.sendall(b"hi")) as (_, port):
        endpoint = net.Endpoint("mail.test", port, ("127.0.0.9", "127.0.0.1"))
        with net.connect(endpoint, 5) as sock:
            assert sock.recv(2) == b"hi"


def test_a_closed_port_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(
        net.ConnectionRefused, match=f"mail.test refuses connections on port {port}"
    ) as caught:
        net.connect(net.Endpoint("mail.test", port, ("127.0.0.1",)), 5)
    assert caught.value.temper is Temper.RETRYABLE


def test_the_operators_networks_come_from_the_settings() -> None:
    with listening(lambda sock: None) as (_, port):
        with override_settings(PRIVATE_HOSTS=["127.0.0.0/8"]):
            net.dial("127.0.0.1", port, ports=net.MAIL_PORTS, timeout=5).close()
        with override_settings(PRIVATE_HOSTS=[]), pytest.raises(net.ForbiddenAddress):
            net.dial("127.0.0.1", port, ports=net.MAIL_PORTS, timeout=5)
    with pytest.raises(Invalid, match=r"10\.0\.0\.0/64.*TRADEPOST_PRIVATE_HOSTS"):
        net.networks(["10.0.0.0/64"])
