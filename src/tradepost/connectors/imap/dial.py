"""The way to a signed-in IMAP or SMTP connection, in the steps that Test Connection walks."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from functools import partial

from imapclient.exceptions import IMAPClientError

from tradepost.connectors.imap.config import Encryption, Server
from tradepost.connectors.imap.errors import LoginRefused, NoStartTls, NotImap, TokenRefused, fault
from tradepost.wire import net, tls
from tradepost.wire.imap import Malformed
from tradepost.wire.imap.client import Client, CommandRefused, Hung
from tradepost.wire.smtp import Credentials, Smtp

CONNECT_TIMEOUT = 15.0  # seconds
READ_TIMEOUT = 60.0  # seconds without a byte


def endpoint(server: Server) -> net.Endpoint:
    return net.resolve(server.host, server.port, ports=net.MAIL_PORTS, private=net.private_networks())


def secure(server: Server, sock: socket.socket) -> ssl.SSLSocket:
    return tls.secure(sock, server.host, server.trust)


def imap(server: Server, sock: socket.socket) -> Client:
    """Encrypt as the server's settings say and read the greeting. Closes ``sock`` on failure."""
    try:
        if server.encryption is Encryption.TLS:
            sock = secure(server, sock)
        client = Client(sock, server.host, timeout=READ_TIMEOUT)
        if server.encryption is Encryption.STARTTLS:
            if not client.has_capability("STARTTLS"):
                raise NoStartTls(host=server.host)
            client.upgrade(partial(secure, server))
    except (OSError, IMAPClientError, Malformed, Hung, CommandRefused) as error:
        sock.close()
        raise fault(error, server.host, during=NotImap) from error
    except BaseException:
        sock.close()
        raise
    return client


def sign_in(client: Client, server: Server, credentials: Credentials) -> None:
    """By token where there is one; else by AUTHENTICATE PLAIN, which can carry any password, or LOGIN."""
    try:
        if credentials.access_token:
            client.oauth2_login(credentials.username, credentials.access_token)
        elif client.has_capability("AUTH=PLAIN"):
            client.plain_login(credentials.username, credentials.password)
        else:
            client.login(credentials.username, credentials.password)
    except (OSError, IMAPClientError, UnicodeError) as error:
        client.shutdown()
        during = TokenRefused if credentials.access_token else LoginRefused
        raise fault(error, server.host, during=during) from error


def smtp(server: Server, sock: socket.socket) -> Smtp:
    """Encrypt as the server's settings say, read the greeting and ask for the server's extensions."""
    if server.encryption is Encryption.TLS:
        sock = secure(server, sock)
    session = Smtp(sock, server.host, timeout=READ_TIMEOUT)
    if server.encryption is Encryption.STARTTLS:
        session.upgrade(server.trust)
    return session


def credentials(server: Server, secrets: Mapping[str, str], side: str) -> Credentials:
    """``side`` is ``imap`` or ``smtp``; the SMTP password is the IMAP one unless it is given (B11)."""
    password = secrets.get(f"{side}_password") or secrets.get("imap_password", "")
    return Credentials(server.username, password, secrets.get("access_token", ""))
