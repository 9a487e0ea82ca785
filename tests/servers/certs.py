"""Certificates for test servers: good ones of an own authority, and each kind of bad one."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Certificate:
    """PEM files, and the SHA-256 (hex) that a person would pin."""

    cert: Path
    key: Path
    fingerprint: str


class Authority:
    """A certificate authority in a directory; ``ca.pem`` is what a client has to trust."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Authority")])
        ca = self._builder(self._name, self._key, days=3650).add_extension(
            x509.BasicConstraints(True, None), True
        )
        self.ca = home / "ca.pem"
        self.ca.write_bytes(ca.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str = "localhost", *, days: int = 365, self_signed: bool = False) -> Certificate:
        """For ``name`` and, if that is localhost, 127.0.0.1. Negative ``days``: it expired that long ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names: list[x509.GeneralName] = [x509.DNSName(name)]
        if name == "localhost":
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        builder = self._builder(subject, key, days=days, issuer=subject if self_signed else None)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        made = builder.sign(key if self_signed else self._key, hashes.SHA256())
        stem = self.home / f"{name}{'-self' if self_signed else ''}{'-expired' if days < 0 else ''}"
        cert, secret = stem.with_suffix(".cert.pem"), stem.with_suffix(".key.pem")
        cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return Certificate(cert, secret, made.fingerprint(hashes.SHA256()).hex())

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int, issuer: x509.Name | None = None
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - dt.timedelta(days=abs(days) + 1))
            .not_valid_after(NOW + dt.timedelta(days=days))
        )
