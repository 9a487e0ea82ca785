"""The words of the audit trail: what was done, and what the fields are called. Programs go by the names themselves."""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.settings import REGISTRY
from tradepost.accounts.tenancy import named
from tradepost.web.kinds import LOOKS
from tradepost.web.parts import Text
from tradepost.web.trail_labels import LABELS

_DONE: dict[str, Text] = {
    "accept": pgettext_lazy("what was done", "accepted"),
    "add": pgettext_lazy("what was done", "added"),
    "adjust": pgettext_lazy("what was done", "adjusted"),
    "allocate": pgettext_lazy("what was done", "allocated"),
    "answer": pgettext_lazy("what was done", "answered"),
    "answered": pgettext_lazy("what was done", "answered"),
    "apply": pgettext_lazy("what was done", "applied"),
    "apply_all": pgettext_lazy("what was done", "applied"),
    "apply_part": pgettext_lazy("what was done", "partly applied"),
    "approve": pgettext_lazy("what was done", "approved"),
    "archive": pgettext_lazy("what was done", "archived"),
    "bought": pgettext_lazy("what was done", "bought for the first time"),
    "bring": pgettext_lazy("what was done", "brought in"),
    "build": pgettext_lazy("what was done", "built"),
    "cancel": pgettext_lazy("what was done", "cancelled"),
    "change": pgettext_lazy("what was done", "changed"),
    "change_date": pgettext_lazy("what was done", "one date changed"),
    "check": pgettext_lazy("what was done", "checked"),
    "choose": pgettext_lazy("what was done", "chosen"),
    "close": pgettext_lazy("what was done", "closed"),
    "complete": pgettext_lazy("what was done", "completed"),
    "configure": pgettext_lazy("what was done", "set up"),
    "confirm": pgettext_lazy("what was done", "confirmed"),
    "connect": pgettext_lazy("what was done", "connected"),
    "convert": pgettext_lazy("what was done", "converted"),
    "copy": pgettext_lazy("what was done", "copied"),
    "count": pgettext_lazy("what was done", "counted"),
    "create": pgettext_lazy("what was done", "created"),
    "decline": pgettext_lazy("what was done", "declined"),
    "delete": pgettext_lazy("what was done", "deleted"),
    "deliver": pgettext_lazy("what was done", "delivered"),
    "deposit": pgettext_lazy("what was done", "deposited"),
    "disconnect": pgettext_lazy("what was done", "disconnected"),
    "end": pgettext_lazy("what was done", "ended"),
    "end_before": pgettext_lazy("what was done", "ended earlier"),
    "erase": pgettext_lazy("what was done", "erased"),
    "expect": pgettext_lazy("what was done", "expected"),
    "expire": pgettext_lazy("what was done", "expired"),
    "export": pgettext_lazy("what was done", "exported"),
    "files": pgettext_lazy("what was done", "files added"),
    "finish": pgettext_lazy("what was done", "finished"),
    "first": pgettext_lazy("what was done", "put first"),
    "forget": pgettext_lazy("what was done", "forgotten"),
    "grant": pgettext_lazy("what was done", "access given"),
    "hand_over": pgettext_lazy("what was done", "handed over"),
    "hold": pgettext_lazy("what was done", "put on hold"),
    "import.apply": pgettext_lazy("what was done", "brought in"),
    "import.receive": pgettext_lazy("what was done", "uploaded"),
    "invite": pgettext_lazy("what was done", "invited"),
    "issue": pgettext_lazy("what was done", "issued"),
    "join": pgettext_lazy("what was done", "joined"),
    "language": pgettext_lazy("what was done", "language changed"),
    "leave_out": pgettext_lazy("what was done", "one date left out"),
    "let_go": pgettext_lazy("what was done", "let go"),
    "level": pgettext_lazy("what was done", "reorder level changed"),
    "link": pgettext_lazy("what was done", "linked"),
    "logo": pgettext_lazy("what was done", "logo changed"),
    "main_contact": pgettext_lazy("what was done", "main contact changed"),
    "mark_sent": pgettext_lazy("what was done", "marked as sent"),
    "merge": pgettext_lazy("what was done", "merged"),
    "move": pgettext_lazy("what was done", "moved"),
    "name": pgettext_lazy("what was done", "name changed"),
    "number": pgettext_lazy("what was done", "numbering changed"),
    "open": pgettext_lazy("what was done", "opened"),
    "organisation": pgettext_lazy("what was done", "changed for the company"),
    "owner_left": pgettext_lazy("what was done", "disconnected, since its owner left"),
    "pack": pgettext_lazy("what was done", "packed"),
    "pause": pgettext_lazy("what was done", "paused"),
    "pay": pgettext_lazy("what was done", "paid"),
    "pay_all": pgettext_lazy("what was done", "paid"),
    "pay_part": pgettext_lazy("what was done", "partly paid"),
    "price": pgettext_lazy("what was done", "price changed"),
    "put": pgettext_lazy("what was done", "applied"),
    "rebind": pgettext_lazy("what was done", "bound to another calendar"),
    "receive": pgettext_lazy("what was done", "received"),
    "receive_all": pgettext_lazy("what was done", "received"),
    "receive_part": pgettext_lazy("what was done", "partly received"),
    "reconnect": pgettext_lazy("what was done", "connected again"),
    "register": pgettext_lazy("what was done", "registered"),
    "reject": pgettext_lazy("what was done", "rejected"),
    "release": pgettext_lazy("what was done", "released"),
    "remove": pgettext_lazy("what was done", "removed"),
    "reopen": pgettext_lazy("what was done", "reopened"),
    "reread": pgettext_lazy("what was done", "read anew"),
    "resolve": pgettext_lazy("what was done", "answered"),
    "restore": pgettext_lazy("what was done", "restored"),
    "resume": pgettext_lazy("what was done", "resumed"),
    "retry": pgettext_lazy("what was done", "tried again"),
    "revalue": pgettext_lazy("what was done", "revalued"),
    "revert": pgettext_lazy("what was done", "taken back"),
    "revise": pgettext_lazy("what was done", "revised"),
    "revoke": pgettext_lazy("what was done", "revoked"),
    "revoke_links": pgettext_lazy("what was done", "links revoked"),
    "role": pgettext_lazy("what was done", "role changed"),
    "save": pgettext_lazy("what was done", "saved"),
    "send": pgettext_lazy("what was done", "sent"),
    "send_again": pgettext_lazy("what was done", "sent again"),
    "share": pgettext_lazy("what was done", "shared"),
    "ship": pgettext_lazy("what was done", "shipped"),
    "ship_all": pgettext_lazy("what was done", "shipped"),
    "ship_part": pgettext_lazy("what was done", "partly shipped"),
    "sign_out": pgettext_lazy("what was done", "signed out everywhere"),
    "skip": pgettext_lazy("what was done", "left out"),
    "start": pgettext_lazy("what was done", "started"),
    "status": pgettext_lazy("what was done", "status changed"),
    "stop": pgettext_lazy("what was done", "stopped"),
    "swap": pgettext_lazy("what was done", "value swapped back"),
    "sync_now": pgettext_lazy("what was done", "synced"),
    "system": pgettext_lazy("what was done", "changed for all companies"),
    "take": pgettext_lazy("what was done", "taken over"),
    "take_back": pgettext_lazy("what was done", "taken back"),
    "take_over": pgettext_lazy("what was done", "taken over"),
    "tls_verify": pgettext_lazy("what was done", "check of the certificate changed"),
    "transfer": pgettext_lazy("what was done", "transferred"),
    "trash": pgettext_lazy("what was done", "moved to the trash"),
    "unbuild": pgettext_lazy("what was done", "taken apart"),
    "undo": pgettext_lazy("what was done", "taken back"),
    "unlink": pgettext_lazy("what was done", "unlinked"),
    "unmerge": pgettext_lazy("what was done", "merge taken back"),
    "unpay": pgettext_lazy("what was done", "payment taken back"),
    "unreceive": pgettext_lazy("what was done", "receipt taken back"),
    "unreturn": pgettext_lazy("what was done", "return taken back"),
    "unship": pgettext_lazy("what was done", "shipment taken back"),
    "unship_part": pgettext_lazy("what was done", "shipment taken back in part"),
    "update": pgettext_lazy("what was done", "updated"),
    "user": pgettext_lazy("what was done", "changed for oneself"),
    "void": pgettext_lazy("what was done", "voided"),
    "withdraw": pgettext_lazy("what was done", "withdrawn"),
    "withdraw_invitation": pgettext_lazy("what was done", "invitation withdrawn"),
    "write_off": pgettext_lazy("what was done", "written off"),
}

# What a verb begins with, where it is no table's name; ``job`` is one of the background, not a customer's.
_ABOUT: dict[str, Text] = {
    "activity": _("Activity"),
    "calendar": _("Calendar"),
    "calendar_feed": _("Calendar feed"),
    "call": _("Call"),
    "company": _("Company"),
    "edi": _("XML message"),
    "email": _("E-mail"),
    "import": pgettext_lazy("what was done to it", "Import"),
    "item_tax": _("Item sales tax"),
    "job": _("Background job"),
    "mail": _("E-mail"),
    "meeting": _("Meeting"),
    "member": _("Member"),
    "note": _("Note"),
    "organisation": _("Company"),
    "picture": _("Picture"),
    "reorder": _("Reorder levels"),
    "report": _("Report"),
    "role": _("Role"),
    "settings": _("Settings"),
    "stock": _("Stock"),
    "sync": _("Sync"),
    "task": _("Task"),
    "tax": _("Tax"),
    "tax_code": _("Sales tax code"),
    "tax_rate": _("Tax rate"),
}

_FACES: dict[str, Text] = {
    "api": _("API"),
    "cli": _("command line"),
    "job": _("in the background"),
    "web form": _("web form"),
}

_DOCUMENTS = {kind.value: look for kind, look in LOOKS.items()}


def done(verb: str) -> str:
    """What an entry says was done: ``customer.save`` → ``Customer · saved``. What is unknown stays as it is."""
    *about, act = verb.split(".")
    words = [_about(name) for name in about]
    return " · ".join([*words, str(_DONE.get(verb) or _DONE.get(act, act.replace("_", " ")))])


def face(via: str) -> str:
    """By what an entry was made, where it was no page: the API, the command line, a job of the background."""
    return str(_FACES.get(via, via))


def matching(verbs: list[str], asked: str) -> list[str]:
    """Those of the verbs that have a text in their words, or in their own name."""
    text = asked.casefold()
    return [verb for verb in verbs if text in done(verb).casefold() or text in verb.casefold()]


def _about(name: str) -> str:
    if name in _ABOUT:
        return str(_ABOUT[name])
    if name in _DOCUMENTS:
        return str(_DOCUMENTS[name].one)
    model = models().get(name.replace("_", ""))
    return capfirst(named(model)) if model else name.replace("_", " ")


def label(name: str) -> str:
    """What people call a field: by the forms' words, or its own name in words."""
    key = name.removesuffix("_id")
    if name in REGISTRY and (said := REGISTRY[name].label):
        return str(said)
    return str(LABELS.get(key) or gettext(capfirst(key.replace("_", " "))))


def synced(name: str) -> str:
    """The same of what is synced: an event's location is no warehouse."""
    return label("event_location" if name == "location" else name)


@cache
def models() -> dict[str, type[Model]]:
    """Every table of ours by the name that an entry has as its ``kind``; of two with one name that of the lower floor."""
    ours = [m for m in apps.get_models() if m.__module__.startswith("tradepost.")]
    return {str(m._meta.model_name): m for m in reversed(ours)}
