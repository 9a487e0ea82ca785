"""What a new account is filled in with: the provider's hosts, ports and habits (B9–B13).

Gmail: https://support.google.com/mail/answer/7126229; Microsoft 365:
https://support.microsoft.com/office/pop-imap-and-smtp-settings-for-outlook-com-d088b986-291d-42b8-9564-9c414e2aa040.
The source's "SSL" is TLS from the first byte (ports 993 and 465), its "TLS" is STARTTLS (587).
"""

from __future__ import annotations

from dataclasses import dataclass

from tradepost.connectors.imap.config import IMAP_PORTS, SMTP_PORTS, Config, Encryption, Server
from tradepost.kit.words import gettext_noop


@dataclass(frozen=True, slots=True)
class Preset:
    """``hint`` is what a person has to do at the provider first. ``passwords``: sign-in by password still works."""

    key: str
    label: str
    domains: tuple[str, ...]
    imap: Server
    smtp: Server
    files_sent_mail: bool = False
    passwords: bool = True
    hint: str = ""


def _preset(
    key: str,
    label: str,
    domains: str,
    imap: str,
    smtp: str,
    sending: Encryption = Encryption.TLS,
    **habits: bool | str,
) -> Preset:
    return Preset(
        key,
        label,
        tuple(domains.split()),
        Server(imap, IMAP_PORTS[Encryption.TLS]),
        Server(smtp, SMTP_PORTS[sending], sending),
        **habits,  # type: ignore[arg-type]
    )


_APP = gettext_noop("Create an app password in the security settings of the account and use it here.")

GENERIC = _preset("generic", gettext_noop("Generic Mail"), "", "", "")
GMAIL = _preset(
    "gmail",
    "Gmail Account",
    "gmail.com googlemail.com",
    "imap.gmail.com",
    "smtp.gmail.com",
    files_sent_mail=True,
    hint=gettext_noop(
        "In Gmail, under Settings › Forwarding and POP/IMAP, choose Enable IMAP and Save. Create an app password in the "
        "security settings of the account and use it here."
    ),
)
MICROSOFT = _preset(
    "microsoft365",
    "Microsoft 365 Account (Corporate)",
    "outlook.com hotmail.com live.com msn.com office365.com onmicrosoft.com",
    "outlook.office365.com",
    "smtp.office365.com",
    Encryption.STARTTLS,
    files_sent_mail=True,
    passwords=False,
    hint=gettext_noop(
        "Microsoft has switched off sign-in by password for most accounts: it works only where your administrator "
        "still allows it for IMAP and SMTP. Test Connection tells."
    ),
)
PRESETS: tuple[Preset, ...] = (GMAIL, MICROSOFT, GENERIC)

# Filled in by the address alone; they are generic accounts otherwise.
_KNOWN: tuple[Preset, ...] = (
    GMAIL,
    MICROSOFT,
    _preset("yahoo", "Yahoo", "yahoo.com yahoo.co.uk yahoo.de yahoo.fr ymail.com", "imap.mail.yahoo.com",
            "smtp.mail.yahoo.com", hint=_APP),
    _preset("icloud", "iCloud", "icloud.com me.com mac.com", "imap.mail.me.com", "smtp.mail.me.com",
            Encryption.STARTTLS, files_sent_mail=True, hint=_APP),
    _preset("fastmail", "Fastmail", "fastmail.com fastmail.fm", "imap.fastmail.com",
            "smtp.fastmail.com", hint=_APP),
    _preset("gmx", "GMX", "gmx.de gmx.net gmx.at gmx.ch", "imap.gmx.net", "mail.gmx.net",
            hint=gettext_noop("Allow POP3 and IMAP in the mailbox's settings.")),
    _preset("webde", "WEB.DE", "web.de", "imap.web.de", "smtp.web.de", Encryption.STARTTLS,
            hint=gettext_noop("Allow POP3 and IMAP in the mailbox's settings.")),
    _preset("zoho", "Zoho", "zoho.com zohomail.com", "imap.zoho.com", "smtp.zoho.com",
            files_sent_mail=True, hint=_APP),
)  # fmt: skip


# The last two are Microsoft's older names: that of the source's form (B13), and that of private mailboxes.
_FILING = {preset.smtp.host for preset in _KNOWN if preset.files_sent_mail} | {
    "outlook.office365.com",
    "smtp-mail.outlook.com",
}


def files_sent_mail(host: str) -> bool:
    """Whether what is sent by this SMTP server is filed in Sent by the provider (docs/mail.md)."""
    return host.strip().lower() in _FILING


def preset_for(address: str) -> Preset:
    """The provider that an address's domain belongs to, else ``GENERIC``."""
    domain = address.rpartition("@")[2].strip().lower()
    return next((p for p in _KNOWN for d in p.domains if domain == d or domain.endswith(f".{d}")), GENERIC)


def propose(address: str, preset: Preset | None = None) -> Config:
    """What the form is filled in with: the provider's servers, or ``imap.`` and ``smtp.`` before the domain."""
    chosen = preset or preset_for(address)
    domain = address.rpartition("@")[2].strip().lower()
    guess = {"imap": f"imap.{domain}" if domain else "", "smtp": f"smtp.{domain}" if domain else ""}
    imap, smtp = (
        Server(side.host or guess[name], side.port, side.encryption, address.strip())
        for name, side in (("imap", chosen.imap), ("smtp", chosen.smtp))
    )
    return Config(imap, smtp)
