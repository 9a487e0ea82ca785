"""The one way out: every connection to a host that a person typed goes through ``resolve`` and ``connect``.

A host name may point into our own network, on purpose or by a changed answer between check and use (DNS
rebinding). So a name is resolved once, **every** address in the answer is judged, and the socket is opened to
a judged address; the name serves only for SNI, certificate and ``Host``. Addresses count as public only where
the IANA special-purpose registries (RFC 6890, RFC 8190) leave them; ``ipaddress.is_global`` is not enough (it
passes ``224.0.0.1`` and ``64:ff9b::7f00:1``).
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from tradepost.kit.errors import Invalid, Remote, Temper
from tradepost.kit.words import gettext as _
from tradepost.kit.words import gettext_noop

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[..., Sequence[tuple[Any, ...]]]

MAIL_PORTS = frozenset({25, 143, 465, 587, 993, 2525})
WEB_PORTS = frozenset({80, 443, 8080, 8443})

_IPV6_UNICAST = ipaddress.IPv6Network("2000::/3")  # the only space from which public IPv6 hosts are numbered
_NAT64 = ipaddress.IPv6Network(
    "64:ff9b::/96"
)  # RFC 6052 §2.1: the last 32 bits are the IPv4 address that is reached
_SPECIAL: dict[Network, str] = {
    ipaddress.ip_network(network): reason
    for network, reason in {
        "0.0.0.0/8": gettext_noop("this machine"),
        "10.0.0.0/8": gettext_noop("a private network"),
        "100.64.0.0/10": gettext_noop("a provider's inner network"),
        "127.0.0.0/8": gettext_noop("this machine"),
        "169.254.0.0/16": gettext_noop("a link-local network"),
        "172.16.0.0/12": gettext_noop("a private network"),
        "192.0.0.0/24": gettext_noop("a reserved network"),
        "192.0.2.0/24": gettext_noop("a network for documentation"),
        "192.88.99.0/24": gettext_noop("a reserved network"),
        "192.168.0.0/16": gettext_noop("a private network"),
        "198.18.0.0/15": gettext_noop("a network for benchmarks"),
        "198.51.100.0/24": gettext_noop("a network for documentation"),
        "203.0.113.0/24": gettext_noop("a network for documentation"),
        "224.0.0.0/4": gettext_noop("a multicast group"),
        "240.0.0.0/4": gettext_noop("a reserved network"),
        "::/128": gettext_noop("this machine"),
        "::1/128": gettext_noop("this machine"),
        "fc00::/7": gettext_noop("a private network"),
        "fe80::/10": gettext_noop("a link-local network"),
        "ff00::/8": gettext_noop("a multicast group"),
        # Teredo and others; Teredo and 6to4 (RFC 7526) carry IPv4 addresses and are out of use: none passes.
        "2001::/23": gettext_noop("a reserved network"),
        "2001:db8::/32": gettext_noop("a network for documentation"),
        "2002::/16": gettext_noop("a tunnel address"),
        "3fff::/20": gettext_noop("a network for documentation"),
    }.items()
}


class Unresolved(Remote):
    """The name has no address (misconfigured), or the name server does not answer now (retryable)."""

    code = "name-not-resolved"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("The host name {host} could not be resolved.")
    cure_text = gettext_noop("Check its spelling, and that this server's name resolution works.")


class ForbiddenAddress(Remote):
    """The host resolves to an address that connections may not reach."""

    code = "forbidden-address"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop(
        "{host} points to {address}, which is {reason}; only public addresses may be reached."
    )
    cure_text = gettext_noop(
        "Use the public host name, or have the operator allow its network in TRADEPOST_PRIVATE_HOSTS."
    )


class ForbiddenPort(Remote):
    """The port is not one of those that this kind of connection uses."""

    code = "forbidden-port"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop(
        "Port {port} of {host} may not be reached; this kind of connection uses {ports}."
    )
    cure_text = gettext_noop(
        "Use one of these ports, or have the operator allow the host's network in TRADEPOST_PRIVATE_HOSTS."
    )


class ConnectionRefused(Remote):
    """The host answered that nothing listens on the port."""

    code = "connection-refused"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("{host} refuses connections on port {port}.")
    cure_text = gettext_noop("Check the port, and that the service is running there.")


class ConnectTimeout(Remote):
    """No answer within the time given."""

    code = "connect-timeout"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("{host} did not answer on port {port} within {seconds:g} seconds.")
    cure_text = gettext_noop("Check the host and the port, and that no firewall stands between.")


class Unreachable(Remote):
    """The network has no way to the host."""

    code = "unreachable"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("{host} cannot be reached on port {port}: {message}.")
    cure_text = gettext_noop("Check this server's network connection.")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host whose addresses have been judged. Connect to ``addresses``, in this order, never to ``host``."""

    host: str
    port: int
    addresses: tuple[str, ...]

    @property
    def address(self) -> str:
        """The address to try first."""
        return self.addresses[0]

    @property
    def family(self) -> socket.AddressFamily:
        """The family of ``address``."""
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET


def resolve(
    host: str,
    port: int,
    *,
    ports: Collection[int],
    private: Iterable[Network] = (),
    resolver: Resolver = socket.getaddrinfo,
) -> Endpoint:
    """Ask for the addresses of ``host`` once and judge each. One that is refused refuses the host.

    ``ports``: those allowed on public hosts; on ``private`` networks, which the operator allowed, any is.
    Raises ``Unresolved``, ``ForbiddenAddress`` or ``ForbiddenPort``.
    """
    name = host.strip().removeprefix("[").removesuffix("]")
    try:
        # An empty name would be taken for this machine, and a zero byte would end the name early.
        if not name or any(c.isspace() or not c.isprintable() for c in name):
            raise UnicodeError
        answers = resolver(name, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        again = error.errno == socket.EAI_AGAIN
        raise Unresolved(host=host, temper=Temper.RETRYABLE if again else Temper.MISCONFIGURED) from error
    except (UnicodeError, OverflowError) as error:
        raise Unresolved(host=host) from error
    addresses = tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))
    if not addresses:
        raise Unresolved(host=host)
    return judge(name, port, addresses, ports=ports, private=tuple(private))


def judge(
    host: str, port: int, addresses: Sequence[str], *, ports: Collection[int], private: Sequence[Network]
) -> Endpoint:
    """The decision of ``resolve``, given the answer of the name server. Pure."""
    reached = [reachable(ipaddress.ip_address(address)) for address in addresses]
    outside = [address for address in reached if not _within(address, private)]
    for address in outside:
        if reason := refusal(address):
            raise ForbiddenAddress(host=host, address=str(address), reason=_(reason))
    if not 0 < port < 65536 or (outside and port not in ports):
        raise ForbiddenPort(host=host, port=port, ports=", ".join(map(str, sorted(ports))))
    return Endpoint(host, port, tuple(addresses))


def reachable(address: Address) -> Address:
    """The address reached in the end: the IPv4 one in ``::ffff:a.b.c.d`` and in NAT64 (``64:ff9b::``).

    Other carriers of IPv4 addresses (``::a.b.c.d``, 6to4, Teredo, the local NAT64 of RFC 8215) stay as they
    are, since ``refusal`` refuses them all.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def refusal(address: Address) -> str:
    """Why an address may not be reached (``"a private network"``), or an empty string for a public one."""
    for network, reason in _SPECIAL.items():
        if address in network:
            return reason
    return "" if address.version == 4 or address in _IPV6_UNICAST else "a reserved network"


def networks(cidrs: Iterable[str]) -> tuple[Network, ...]:
    """``["10.1.0.0/16", "192.168.7.9"]`` as networks. Raises ``Invalid``, which names the wrong one."""
    try:
        return tuple(ipaddress.ip_network(cidr.strip(), strict=False) for cidr in cidrs)
    except ValueError as error:
        raise Invalid(
            f"{error}.", cure=_("Write TRADEPOST_PRIVATE_HOSTS as 10.1.0.0/16,192.168.7.9.")
        ) from error


def private_networks() -> tuple[Network, ...]:
    """The networks that the operator allowed (``TRADEPOST_PRIVATE_HOSTS``)."""
    return networks(settings.PRIVATE_HOSTS)


def connect(endpoint: Endpoint, timeout: float) -> socket.socket:
    """A TCP connection to the first address that answers.

    ``timeout``: seconds for all addresses together, and then for each read and write.
    Raises ``ConnectionRefused``, ``ConnectTimeout`` or ``Unreachable``, for the last address tried.
    """
    deadline = time.monotonic() + timeout
    for left, address in zip(range(len(endpoint.addresses), 0, -1), endpoint.addresses, strict=True):
        # An even share of what remains, so that one silent address does not use up the time of the others.
        share = max(0.001, (deadline - time.monotonic()) / left)
        try:
            sock = socket.create_connection((address, endpoint.port), share)
        except OSError as error:
            failure = error
            continue
        sock.settimeout(timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    raise _connect_fault(endpoint, failure, timeout) from failure


def _connect_fault(endpoint: Endpoint, error: OSError, timeout: float) -> Remote:
    if isinstance(error, TimeoutError):
        return ConnectTimeout(host=endpoint.host, port=endpoint.port, seconds=timeout)
    if isinstance(error, ConnectionRefusedError):
        return ConnectionRefused(host=endpoint.host, port=endpoint.port)
    return Unreachable((error.strerror or str(error)).lower(), host=endpoint.host, port=endpoint.port)


def dial(host: str, port: int, *, ports: Collection[int], timeout: float) -> socket.socket:
    """``resolve`` and ``connect`` with the networks that the operator allowed."""
    return connect(resolve(host, port, ports=ports, private=private_networks()), timeout)


def _within(address: Address, allowed: Sequence[Network]) -> bool:
    return any(address in network for network in allowed)
