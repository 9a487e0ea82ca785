"""The transport beneath the HTTP client: every new connection is resolved, judged, pinned and verified by us.

The guard sits where sockets are opened, so that redirects, retries and pooled connections cannot pass around
it, and the name stays what it was for SNI, the certificate and ``Host``.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore2
import httpx2

from tradepost.wire import net
from tradepost.wire.tls import SYSTEM, Trust, context, secure

_ALPN = ("http/1.1",)
_deadline: ContextVar[float] = ContextVar("deadline")


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End this thread's request ``seconds`` from now, however slowly bytes drip in."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class GuardedTransport(httpx2.HTTPTransport):
    """``private``: networks that may be reached although private; None: those that the operator allowed."""

    def __init__(
        self,
        trust: Trust = SYSTEM,
        *,
        ports: Collection[int] = net.WEB_PORTS,
        private: Sequence[net.Network] | None = None,
        resolver: net.Resolver = socket.getaddrinfo,
        connections: int = 10,
    ) -> None:
        super().__init__(verify=context(trust, _ALPN), trust_env=False)
        # HTTPTransport passes everything to its pool but the one thing needed, the network backend.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context(trust, _ALPN),
            max_connections=connections,
            keepalive_expiry=5.0,
            network_backend=_Backend(trust, ports, private, resolver),
        )


class _Backend(httpcore2.NetworkBackend):
    def __init__(
        self,
        trust: Trust,
        ports: Collection[int],
        private: Sequence[net.Network] | None,
        resolver: net.Resolver,
    ) -> None:
        self._trust, self._ports, self._private, self._resolver = trust, ports, private, resolver

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        private = net.private_networks() if self._private is None else self._private
        endpoint = net.resolve(host, port, ports=self._ports, private=private, resolver=self._resolver)
        return _Stream(net.connect(endpoint, _remaining(timeout)), self._trust)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, sock: socket.socket, trust: Trust) -> None:
        self._sock = sock
        self._trust = trust

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._sock.settimeout(_remaining(timeout))
            return self._sock.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = memoryview(buffer)
        try:
            while left:
                self._sock.settimeout(_remaining(timeout))
                left = left[self._sock.send(left) :]
        except TimeoutError as error:
            raise httpcore2.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.WriteError(str(error)) from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        self._sock.settimeout(_remaining(timeout))
        return _Stream(secure(self._sock, server_hostname or "", self._trust, alpn=_ALPN), self._trust)

    def close(self) -> None:
        self._sock.close()

    def get_extra_info(self, info: str) -> Any:
        match info:
            case "is_readable":  # an idle connection that is readable was closed by the other side
                return self._sock.fileno() < 0 or bool(_poll(self._sock))
            case "server_addr":
                return self._sock.getpeername()
            case "socket":
                return self._sock
        return None


def _poll(sock: socket.socket) -> list[tuple[int, int]]:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return poll.poll(0)


def _remaining(timeout: float | None) -> float:
    """Seconds that one operation may take. Raises ``TimeoutError`` where the request's time is over."""
    left = _deadline.get(float("inf")) - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time for the whole request is over")
    return min(left, 60.0 if timeout is None else timeout)
