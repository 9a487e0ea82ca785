"""TLS that verifies: against the system's authorities, one's own authority, or one pinned certificate.

A server with a self-signed certificate is trusted by pinning it: a person is shown what the server presented, compares
the fingerprint, and from then on that certificate and no other is accepted, whatever it says of names and dates. Not to
verify at all is a choice that somebody makes for one connection, and who makes it is reminded on every page
(defaults.md row 25).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import re
import socket
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import certifi

from tradepost.kit.errors import Invalid, Remote, Temper
from tradepost.kit.words import gettext as _
from tradepost.kit.words import gettext_noop

if TYPE_CHECKING:
    from cryptography import x509

_DER = 2  # _ssl.ENCODING_DER


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe. ``pinned``: SHA-256 (hex) of the one certificate accepted. ``authority``: a CA (PEM).

    With neither, the authorities of the system. ``pinned`` wins over ``authority``, and both over ``verify`` = False,
    which believes anybody.
    """

    pinned: str = ""
    authority: str = field(default="", repr=False)
    verify: bool = True


SYSTEM = Trust()


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as a person compares it. ``fingerprint``: SHA-256 of the DER, 64 hex digits."""

    fingerprint: str
    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime

    @classmethod
    def parse(cls, der: bytes) -> Certificate:
        """Raises ``ValueError`` for what is no certificate."""
        from cryptography import x509  # 3 MB in every reader, which needs it only when a connection fails

        cert = x509.load_der_x509_certificate(der)
        return cls(
            fingerprint=fingerprint(der),
            subject=cert.subject.rfc4514_string(),
            issuer=cert.issuer.rfc4514_string(),
            names=_names(cert),
            not_before=cert.not_valid_before_utc,
            not_after=cert.not_valid_after_utc,
        )


class TlsFault(Remote):
    """No trustworthy TLS. ``certificate`` is what the server presented, if it came so far."""

    code = "tls"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("No encrypted connection to {host} could be made: {message}.")
    cure_text = gettext_noop("Check the port and the kind of encryption.")
    certificate: Certificate | None = None


class NotTls(TlsFault):
    code = "tls-not-spoken"
    cause_text = gettext_noop("{host} does not speak TLS on this port.")
    cure_text = gettext_noop("Check the port, or choose STARTTLS where the service offers it.")


class CertificateExpired(TlsFault):
    code = "tls-expired"
    cause_text = gettext_noop("The certificate of {host} expired on {until}.")
    cure_text = gettext_noop("Have the server's certificate renewed; until then the connection stays closed.")


class CertificateNotYetValid(TlsFault):
    code = "tls-not-yet-valid"
    cause_text = gettext_noop("The certificate of {host} is valid only from {since}.")
    cure_text = gettext_noop("Check the clocks of the server and of this machine.")


class WrongHost(TlsFault):
    code = "tls-wrong-host"
    cause_text = gettext_noop("The certificate presented for {host} is for {names}.")
    cure_text = gettext_noop("Use one of the certificate's names as host name.")


class SelfSigned(TlsFault):
    code = "tls-self-signed"
    cause_text = gettext_noop("The certificate of {host} is self-signed.")
    cure_text = gettext_noop("Compare its fingerprint with that of your server, then pin this certificate.")


class UnknownAuthority(TlsFault):
    code = "tls-unknown-authority"
    cause_text = gettext_noop(
        "The certificate of {host} was issued by {issuer}, which this machine does not know."
    )
    cure_text = gettext_noop(
        "Add that authority's certificate to the connection, or pin the server's certificate."
    )


class WrongPin(TlsFault):
    code = "tls-wrong-pin"
    cause_text = gettext_noop("{host} presented another certificate than the pinned one.")
    cure_text = gettext_noop(
        "Ask whether it was renewed: if so, compare and pin the new one; if not, someone may be listening."
    )


class _PinMismatch(ssl.SSLCertVerificationError):
    """Raised within the handshake, where libraries expect errors of ``ssl``; ``tls_fault`` words it."""


class _Context(ssl.SSLContext):
    pinned: str = ""


class _Socket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        with _Checked(self):
            super().do_handshake(block)


class _Object(ssl.SSLObject):
    def do_handshake(self) -> None:
        with _Checked(self):
            super().do_handshake()


class _Checked:
    """Ends a handshake: compares the pin before any data flows, and attaches the certificate to a refusal."""

    def __init__(self, tls: _Socket | _Object) -> None:
        self.tls = tls

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ssl.SSLCertVerificationError):
            error.presented = _unverified(self.tls)  # type: ignore[attr-defined]
        pinned = self.tls.context.pinned if isinstance(self.tls.context, _Context) else ""
        if error or not pinned:
            return
        der = self.tls.getpeercert(binary_form=True) or b""
        if not hmac.compare_digest(fingerprint(der), pinned):
            mismatch = _PinMismatch("the certificate is not the pinned one")
            mismatch.presented = der  # type: ignore[attr-defined]
            raise mismatch


def fingerprint(der: bytes) -> str:
    """SHA-256 of a certificate in DER form, 64 lower-case hex digits."""
    return hashlib.sha256(der).hexdigest()


@lru_cache(maxsize=256)
def context(trust: Trust = SYSTEM, alpn: tuple[str, ...] = ()) -> ssl.SSLContext:
    """A client context that verifies as ``trust`` says, for sockets and asyncio alike.

    It is shared: do not change it. Raises ``Invalid`` where ``trust`` is no fingerprint or no certificate.
    """
    made = _Context(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.sslsocket_class, made.sslobject_class = _Socket, _Object
    if alpn:
        made.set_alpn_protocols(list(alpn))
    if trust.pinned:
        made.pinned = _hex(trust.pinned)
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    elif trust.authority:
        try:
            made.load_verify_locations(cadata=trust.authority)
        except (ssl.SSLError, TypeError, ValueError) as error:
            raise Invalid(
                fields={"authority": _("Paste the authority's certificate in PEM form.")}
            ) from error
    elif not trust.verify:
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    else:
        _load_system_authorities(made)
    return made


def _hex(pinned: str) -> str:
    digits = pinned.replace(":", "").replace(" ", "").lower()
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise Invalid(fields={"pinned": _("Give the certificate's SHA-256 fingerprint, 64 hex digits.")})
    return digits


def _load_system_authorities(made: ssl.SSLContext) -> None:
    paths = ssl.get_default_verify_paths()
    if paths.cafile or (paths.capath and os.listdir(paths.capath)):
        made.load_default_certs()
    else:
        made.load_verify_locations(certifi.where())


def secure(
    sock: socket.socket, host: str, trust: Trust = SYSTEM, *, alpn: tuple[str, ...] = ()
) -> ssl.SSLSocket:
    """Do the handshake on a connected socket; ``host`` is for SNI and the certificate.

    On failure closes the socket and raises ``TlsFault``.
    """
    try:
        return context(trust, alpn).wrap_socket(sock, server_hostname=host)
    except OSError as error:
        sock.close()
        raise tls_fault(error, host) from error


def presented(sock: socket.socket, host: str) -> Certificate:
    """What the server on this connected socket presents, unverified, for showing to a person.

    Closes the socket. Raises ``TlsFault`` where there is no TLS.
    """
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    with sock:
        try:
            with unverified.wrap_socket(sock, server_hostname=host) as tls:
                return Certificate.parse(tls.getpeercert(binary_form=True) or b"")
        except (OSError, ValueError) as error:
            raise tls_fault(error, host) from error


def tls_fault(error: BaseException, host: str) -> Remote:
    """The ``Fault`` for an error of a handshake that another library made with our ``context``.

    A dropped or silent connection is retryable; everything else needs a person.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return _verification_fault(error, host)
    if isinstance(error, ssl.SSLError) and error.reason in _NOT_TLS:
        return NotTls(host=host)
    text = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error) or "it was closed"
    dropped = not isinstance(error, ssl.SSLError) or isinstance(
        error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)
    )
    temper = Temper.RETRYABLE if dropped else Temper.MISCONFIGURED
    return TlsFault(str(text).lower().replace("_", " "), host=host, temper=temper)


# What OpenSSL says when the other side answers in plain text.
_NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "PACKET_LENGTH_TOO_LONG"}
)

# X509_V_ERR_* of OpenSSL's x509_vfy.h; the rest falls to UnknownAuthority.
_VERIFY: dict[int, type[TlsFault]] = {
    9: CertificateNotYetValid,
    10: CertificateExpired,
    18: SelfSigned,
    62: WrongHost,
    64: WrongHost,
}


def _verification_fault(error: ssl.SSLCertVerificationError, host: str) -> TlsFault:
    der: bytes = getattr(error, "presented", b"")
    certificate = Certificate.parse(der) if der else None
    kind = WrongPin if isinstance(error, _PinMismatch) else _VERIFY.get(error.verify_code, UnknownAuthority)
    facts: dict[str, Any] = {"host": host, "issuer": "an authority", "names": "another name"}
    if certificate:
        facts |= {
            "issuer": certificate.issuer,
            "names": ", ".join(certificate.names) or certificate.subject,
            "since": f"{certificate.not_before:%Y-%m-%d}",
            "until": f"{certificate.not_after:%Y-%m-%d}",
            "fingerprint": certificate.fingerprint,
        }
    fault = kind(str(error.args[-1]), **facts)
    fault.certificate = certificate
    return fault


def _unverified(tls: _Socket | _Object) -> bytes:
    """The certificate of a handshake that failed. ``ssl`` gives it out by name from Python 3.13 on only."""
    inner: Any = getattr(tls, "_sslobj", None)
    chain = inner.get_unverified_chain() if hasattr(inner, "get_unverified_chain") else None
    return bytes(chain[0].public_bytes(_DER)) if chain else b""


def _names(cert: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        san = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    addresses: list[ipaddress.IPv4Address | Any] = san.get_values_for_type(x509.IPAddress)
    return tuple(san.get_values_for_type(x509.DNSName)) + tuple(map(str, addresses))
