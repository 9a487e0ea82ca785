"""What a mail account by IMAP and SMTP is set up with (B5, B9–B12), and the presets.

The encryption selector is one choice, since "SSL" and "TLS" together cannot be true on one port (defaults.md row 21).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.wire.tls import SYSTEM, Trust, context


class Encryption(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class TlsVerify(StrEnum):
    """``OFF`` believes any certificate: the source's "ignore" (D5), never the default (defaults.md row 25)."""

    ON = "on"
    OFF = "off"


IMAP_PORTS = {Encryption.NONE: 143, Encryption.STARTTLS: 143, Encryption.TLS: 993}
SMTP_PORTS = {Encryption.NONE: 25, Encryption.STARTTLS: 587, Encryption.TLS: 465}


@dataclass(frozen=True, slots=True)
class Server:
    """One side of the account. ``pinned``: SHA-256 (hex) of a certificate trusted although no authority signed it;
    ``authority``: one's own CA (PEM). ``port`` 0 is the usual one of the encryption."""

    host: str
    port: int = 0
    encryption: Encryption = Encryption.TLS
    username: str = ""
    pinned: str = ""
    authority: str = ""
    tls_verify: TlsVerify = TlsVerify.ON

    @property
    def trust(self) -> Trust:
        return Trust(self.pinned, self.authority, self.tls_verify is TlsVerify.ON)

    @property
    def unverified(self) -> bool:
        """Whether anybody may pass for this server although the connection is encrypted."""
        encrypted = self.encryption is not Encryption.NONE
        return encrypted and self.tls_verify is TlsVerify.OFF and not (self.pinned or self.authority)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything but the secrets, which are ``imap_password``, ``smtp_password`` (absent: the IMAP one, B11)."""

    imap: Server
    smtp: Server
    match_imap_credentials: bool = True


def parse(config: Mapping[str, object]) -> Config:
    """The stored settings as ``Config``. Raises ``Invalid``, which names the field."""
    try:
        made = msgspec.convert(config, Config)
    except msgspec.ValidationError as error:
        raise Invalid(
            _("The mail account's settings are wrong: {error}.").format(error=error),
            cure=_("Open the account and save it again."),
        ) from error
    empty = {
        f"{side}.host": _("Give the name of the server.")
        for side in ("imap", "smtp")
        if not getattr(made, side).host.strip()
    }
    if empty:
        raise Invalid(fields=empty)
    for side in ("imap", "smtp"):
        _check_trust(side, getattr(made, side))
    return replace(made, imap=_with_port(made.imap, IMAP_PORTS), smtp=_with_port(made.smtp, SMTP_PORTS))


def in_one_selector(config: Mapping[str, object]) -> dict[str, object]:
    """An old set-up, whose sides say ``use_ssl`` and ``use_tls`` (B9–B13), in the words of ours.

    The source's "SSL" is TLS from the first byte, its "TLS" is STARTTLS. Both together (B13) are true on no port: the
    port decides, since only 465 and 993 begin with TLS.
    """
    sides = {name: side for name in ("imap", "smtp") if isinstance(side := config.get(name), Mapping)}
    return {**config, **{name: _side_in_one_selector(side) for name, side in sides.items()}}


def _side_in_one_selector(side: Mapping[str, object]) -> dict[str, object]:
    made = {key: value for key, value in side.items() if key not in ("use_ssl", "use_tls")}
    if made == side or "encryption" in side:
        return made
    starts_plain = side.get("port") not in (IMAP_PORTS[Encryption.TLS], SMTP_PORTS[Encryption.TLS])
    if side.get("use_tls") and starts_plain:
        return {**made, "encryption": Encryption.STARTTLS.value}
    encrypted = side.get("use_ssl") or side.get("use_tls")
    return {**made, "encryption": (Encryption.TLS if encrypted else Encryption.NONE).value}


def _check_trust(side: str, server: Server) -> None:
    if server.trust == SYSTEM:  # nothing in it can be wrong, and its authorities are read only to encrypt
        return
    try:
        context(server.trust)
    except Invalid as error:
        raise Invalid(fields={f"{side}.{name}": words for name, words in error.fields.items()}) from error


def _with_port(server: Server, usual: Mapping[Encryption, int]) -> Server:
    return server if server.port else replace(server, port=usual[server.encryption])


def dump(config: Config) -> dict[str, Any]:
    """What ``parse`` reads, as JSON values."""
    made: dict[str, Any] = msgspec.to_builtins(config)
    return made
