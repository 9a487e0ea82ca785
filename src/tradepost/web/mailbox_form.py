"""The form of a mail account (B5–B13): its fields, and the way between them and what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tradepost.kit.errors import Fault, Invalid
from tradepost.mail.models import MailAccount
from tradepost.mail.types import FolderUse
from tradepost.web.sentences import told

SIDES = ("imap", "smtp")
ENCRYPTIONS = [
    ("tls", _("TLS (SSL)")),
    ("starttls", _("STARTTLS")),
    ("none", _("None – anybody on the way can read along")),
]
VERIFY = [
    ("on", _("Always verify")),
    ("off", _("Never verify – anybody on the way can pass for the server")),
]
PORTS = {
    "imap": '{"tls": 993, "starttls": 143, "none": 143}',
    "smtp": '{"tls": 465, "starttls": 587, "none": 25}',
}
FOLDERS = (
    (FolderUse.INBOX, _("Inbox")),
    (FolderUse.SENT, _("Sent")),
    (FolderUse.DRAFTS, _("Draft")),
    (FolderUse.TRASH, _("Deleted")),
)


def _port() -> forms.IntegerField:
    return forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, required=False)


def _encryption(side: str) -> forms.ChoiceField:
    widget = forms.Select({"data-ports": PORTS[side], "data-port": f"id_{side}_port"})
    return forms.ChoiceField(label=_("Encryption"), choices=ENCRYPTIONS, initial="tls", widget=widget)


def _text(label: Any, **kwargs: Any) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"})
    return forms.CharField(label=label, required=False, max_length=253, widget=widget, **kwargs)


def _pin(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=forms.HiddenInput)


def _password() -> forms.CharField:
    widget = forms.PasswordInput({"autocomplete": "new-password"})  # never rendered back to the page
    return forms.CharField(label=_("Password"), required=False, strip=False, max_length=1000, widget=widget)


class MailboxForm(forms.Form):
    """What a person enters. ``tradepost/js/mailbox.js`` fills in the servers of the address typed, and the folders."""

    preset = forms.ChoiceField(label=_("Service"), widget=forms.RadioSelect)
    name = forms.CharField(
        label=_("Account Name"), max_length=120, help_text=_("A name that its users can relate to.")
    )
    sender_name = forms.CharField(label=_("Sender Name"), max_length=120, required=False)
    sender_email = forms.CharField(
        label=_("Sender Email"), max_length=254, widget=forms.EmailInput({"autocomplete": "off"})
    )
    imap_host, imap_port, imap_encryption = _text(_("Server (IMAP)")), _port(), _encryption("imap")
    imap_username, imap_password = _text(_("Username")), _password()
    copy_to_sent = forms.BooleanField(
        label=_("Copy message to Sent folder"),
        required=False,
        initial=True,
        help_text=_("Mail that the provider has filed there already is not copied again."),
    )
    reply_token = forms.BooleanField(
        label=_("Answers come to an address of their own"),
        required=False,
        help_text=_(
            "Like sales+a-7.k3j…@shop.example: an answer finds its record even if the program that wrote it "
            "dropped every reference. Only if your provider delivers addresses with a plus."
        ),
    )
    match_imap_credentials = forms.BooleanField(
        label=_("Match IMAP server credentials"), required=False, initial=True
    )
    smtp_host, smtp_port, smtp_encryption = _text(_("Server (SMTP)")), _port(), _encryption("smtp")
    smtp_username, smtp_password = _text(_("Username")), _password()
    tls_verify = forms.ChoiceField(
        label=_("Certificate verification"),
        choices=VERIFY,
        initial="on",
        required=False,
        help_text=_(
            "A server with a certificate of its own: run Test Connection and trust that certificate alone."
        ),
    )
    authority = forms.CharField(
        label=_("Your own authority"),
        required=False,
        widget=forms.Textarea({"rows": 3, "spellcheck": "false"}),
        help_text=_(
            "The certificate of your company's own authority, in PEM form. Leave it empty for public servers."
        ),
    )
    imap_pinned, smtp_pinned = _pin(_("Trusted certificate (IMAP)")), _pin(_("Trusted certificate (SMTP)"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, presets: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["preset"]
        choice.choices = [(preset.key, told(preset.label)) for preset in presets]
        for use, label in FOLDERS:
            widget = forms.TextInput({"list": "server-folders", "autocomplete": "off"})
            self.fields[f"folder_{use}"] = forms.CharField(
                label=label, required=False, max_length=500, widget=widget
            )

    def pins(self) -> list[forms.BoundField]:
        """The one certificate that each server is trusted by, if somebody compared and trusted it."""
        return [self[f"{side}_pinned"] for side in SIDES]

    def folder_fields(self) -> list[forms.BoundField]:
        return [self[f"folder_{use}"] for use, _label in FOLDERS]


def values(data: Mapping[str, Any]) -> dict[str, Any]:
    """The account's own fields out of cleaned ones."""
    plain = ("name", "preset", "sender_name", "sender_email", "copy_to_sent", "reply_token")
    folders = {
        use.value: data[f"folder_{use}"].strip() for use, _label in FOLDERS if data[f"folder_{use}"].strip()
    }
    return {**{field: data[field] for field in plain}, "folders": folders}


def config(data: Mapping[str, Any]) -> dict[str, Any]:
    """The connection's settings out of cleaned fields. A port that is empty follows the encryption."""
    sides = {side: _server(data, side) for side in SIDES}
    return {**sides, "match_imap_credentials": data["match_imap_credentials"]}


def _server(data: Mapping[str, Any], side: str) -> dict[str, Any]:
    return {
        "host": data[f"{side}_host"].strip(),
        "port": data[f"{side}_port"] or 0,
        "encryption": data[f"{side}_encryption"] or "tls",
        "username": data[f"{side}_username"].strip(),
        "pinned": data[f"{side}_pinned"],
        "authority": data["authority"].strip(),
        "tls_verify": data["tls_verify"] or "on",
    }


def secrets(data: Mapping[str, Any]) -> dict[str, str]:
    given = {f"{side}_password": data[f"{side}_password"] for side in SIDES}
    if data["match_imap_credentials"]:
        given.pop("smtp_password")
    return {name: value for name, value in given.items() if value}


def servers(config: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields out of stored or proposed settings."""
    found: dict[str, Any] = {"match_imap_credentials": config.get("match_imap_credentials", True)}
    for side in SIDES:
        server = dict(config.get(side) or {})
        for part in ("host", "port", "encryption", "username", "pinned"):
            found[f"{side}_{part}"] = server.get(part, "")
    found["authority"] = next(
        (a for a in (dict(config.get(s) or {}).get("authority") for s in SIDES) if a), ""
    )
    loose = any(dict(config.get(side) or {}).get("tls_verify") == "off" for side in SIDES)
    return {**found, "tls_verify": "off" if loose else "on"}


def initial(account: MailAccount) -> dict[str, Any]:
    own = {
        f: getattr(account, f)
        for f in ("name", "preset", "sender_name", "sender_email", "copy_to_sent", "reply_token", "version")
    }
    folders = {f"folder_{use}": name for use, name in account.folders.items()}
    return {**own, **folders, **servers(account.connection.config)}


def refuse(form: forms.Form, fault: Fault) -> None:
    """A verb's refusal at the field it is about."""
    fields = fault.fields if isinstance(fault, Invalid) else {}
    shared = {"imap_authority": "authority", "smtp_authority": "authority"}
    found = {name.replace(".", "_"): sentence for name, sentence in fields.items()}
    known = {shared.get(name, name): sentence for name, sentence in found.items()}
    for name, sentence in known.items():
        form.add_error(name if name in form.fields else None, sentence)
    if not known:
        form.add_error(None, str(fault))
