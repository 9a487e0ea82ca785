"""Real servers on loopback for the tests of this room, on ports that the system picks."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Issued:
    """A certificate with its key; ``path`` holds both in PEM, ``pem`` the certificate alone."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    path: Path
    pem: str

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()


def issue(
    folder: Path,
    name: str,
    *,
    by: Issued | None = None,
    since: dt.datetime = NOW - DAY,
    until: dt.datetime = NOW + 30 * DAY,
) -> Issued:
    """A certificate for ``name``, signed ``by`` an authority or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(by.key if by else key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{x509.random_serial_number()}.pem"
    path.write_bytes(pem + private)
    return Issued(certificate, key, path, pem.decode())


@contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    """A TCP server; ``talk`` runs in a thread for each connection. Gives the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    sock, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=_talk, args=(talk, sock), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _talk(talk: Callable[[socket.socket], None], sock: socket.socket) -> None:
    with sock, suppress(OSError):
        talk(sock)


def tls_greeting(issued: Issued, heard: list[bytes] | None = None) -> Callable[[socket.socket], None]:
    """Says hello over TLS, then notes what it hears."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(issued.path)

    def talk(sock: socket.socket) -> None:
        with server.wrap_socket(sock, server_side=True) as tls:
            tls.sendall(b"hello")
            data = tls.recv(100)
            if heard is not None:
                heard.append(data)

    return talk


@dataclass(frozen=True)
class Asked:
    """A request as the server saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Reply = tuple[int, dict[str, str], bytes]


@contextmanager
def http_server(
    reply: Callable[[Asked], Reply], *, certificate: Issued | None = None
) -> Iterator[tuple[int, list[Asked]]]:
    """An HTTP/1.1 server on 127.0.0.1; gives its port and the list of what it was asked."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: no 40 ms of delayed acknowledgement

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            one = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            asked.append(one)
            status, headers, content = reply(one)
            self.send_response(status)
            for key, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_PROPFIND = answer

        def log_message(self, format: str, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(
            self, request: Any, client_address: Any
        ) -> None: ...  # a client that hangs up is no news

    server = Server(("127.0.0.1", 0), Handler)
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate.path)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
