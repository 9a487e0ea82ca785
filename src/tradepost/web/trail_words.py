"""The words of the audit trail: what was done, and what the fields are called. Programs go by the names themselves."""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.tenancy import named
from tradepost.web.kinds import LOOKS
from tradepost.web.parts import Text

_DONE: dict[str, Text] = {
    "accept": pgettext_lazy("what was done", "accepted"),
    "add": pgettext_lazy("what was done", "added"),
    "adjust": pgettext_lazy("what was done", "adjusted"),
    "allocate": pgettext_lazy("what was done", "allocated"),
    "answered": pgettext_lazy("what was done", "answered"),
    "approve": pgettext_lazy("what was done", "approved"),
    "archive": pgettext_lazy("what was done", "archived"),
    "bought": pgettext_lazy("what was done", "bought for the first time"),
    "bring": pgettext_lazy("what was done", "brought in"),
    "build": pgettext_lazy("what was done", "built"),
    "cancel": pgettext_lazy("what was done", "cancelled"),
    "change": pgettext_lazy("what was done", "changed"),
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
    "invite": pgettext_lazy("what was done", "invited"),
    "issue": pgettext_lazy("what was done", "issued"),
    "join": pgettext_lazy("what was done", "joined"),
    "let_go": pgettext_lazy("what was done", "let go"),
    "mark_sent": pgettext_lazy("what was done", "marked as sent"),
    "merge": pgettext_lazy("what was done", "merged"),
    "move": pgettext_lazy("what was done", "moved"),
    "number": pgettext_lazy("what was done", "numbering changed"),
    "open": pgettext_lazy("what was done", "opened"),
    "organisation": pgettext_lazy("what was done", "changed for the company"),
    "pack": pgettext_lazy("what was done", "packed"),
    "pause": pgettext_lazy("what was done", "paused"),
    "pay": pgettext_lazy("what was done", "paid"),
    "pay_all": pgettext_lazy("what was done", "paid"),
    "pay_part": pgettext_lazy("what was done", "partly paid"),
    "price": pgettext_lazy("what was done", "price changed"),
    "put": pgettext_lazy("what was done", "applied"),
    "receive": pgettext_lazy("what was done", "received"),
    "receive_all": pgettext_lazy("what was done", "received"),
    "receive_part": pgettext_lazy("what was done", "partly received"),
    "reconnect": pgettext_lazy("what was done", "connected again"),
    "register": pgettext_lazy("what was done", "registered"),
    "reread": pgettext_lazy("what was done", "read anew"),
    "reject": pgettext_lazy("what was done", "rejected"),
    "main_contact": pgettext_lazy("what was done", "main contact changed"),
    "release": pgettext_lazy("what was done", "released"),
    "remove": pgettext_lazy("what was done", "removed"),
    "reopen": pgettext_lazy("what was done", "reopened"),
    "resolve": pgettext_lazy("what was done", "answered"),
    "restore": pgettext_lazy("what was done", "restored"),
    "resume": pgettext_lazy("what was done", "resumed"),
    "retry": pgettext_lazy("what was done", "tried again"),
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
    "start": pgettext_lazy("what was done", "started"),
    "status": pgettext_lazy("what was done", "status changed"),
    "stop": pgettext_lazy("what was done", "stopped"),
    "sync_now": pgettext_lazy("what was done", "synced"),
    "system": pgettext_lazy("what was done", "changed for all companies"),
    "take": pgettext_lazy("what was done", "taken over"),
    "take_back": pgettext_lazy("what was done", "taken back"),
    "trash": pgettext_lazy("what was done", "moved to the trash"),
    "undo": pgettext_lazy("what was done", "taken back"),
    "unmerge": pgettext_lazy("what was done", "merge taken back"),
    "unpay": pgettext_lazy("what was done", "payment taken back"),
    "unreceive": pgettext_lazy("what was done", "receipt taken back"),
    "unreturn": pgettext_lazy("what was done", "return taken back"),
    "unship": pgettext_lazy("what was done", "shipment taken back"),
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
    "import": _("Import"),
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
}

_DOCUMENTS = {kind.value: look for kind, look in LOOKS.items()}

# Fields whose label is not their own name in words.
_LABELS: dict[str, Text] = {
    "accepted_at": _("Accepted"),
    "account_number": _("Account number"),
    "answer": _("Answer"),
    "archived_at": _("Archived"),
    "assignee": _("Assigned to"),
    "at": _("When"),
    "auto_price": _("Price by itself"),
    "cancel_requested": _("Asked to stop"),
    "class_name": _("Class"),
    "close_reason": _("Why it was closed"),
    "closed_at": _("Closed on"),
    "copied_from": _("Copied from"),
    "count": pgettext_lazy("how many", "Count"),
    "counts": _("Counts"),
    "credit_reason": _("Reason of the credit hold"),
    "cure": _("What helps"),
    "custom": _("Custom fields"),
    "custom_role": _("Role"),
    "customer_name": _("Name"),
    "days": _("Days"),
    "deleted_at": _("Deleted on"),
    "deposit_percent": _("Deposit %"),
    "discount_reach": _("Discount applies to"),
    "discount_percent": _("Discount %"),
    "enabled": _("Switched on"),
    "end": _("End"),
    "ended_at": _("Ended on"),
    "expires_at": _("Expires"),
    "files": _("Files"),
    "event_location": _("Place"),
    "fields": _("Fields"),
    "folders": _("Folders"),
    "freight_net": _("Freight without tax"),
    "freight_taxes": _("Taxes on freight"),
    "freight_tax_rate": _("Freight tax %"),
    "freight_taxable": _("Tax on freight"),
    "hold_reason": _("Hold"),
    "invited_by": _("Invited by"),
    "is_active": _("Active"),
    "is_default": _("Default"),
    "item_tax": _("Item sales tax"),
    "job": _("Job"),
    "kinds": _("Kinds"),
    "level": _("Price level"),
    "lines": _("Lines"),
    "links": _("Links"),
    "maximum": _("Maximum"),
    "merged": _("Merged with"),
    "minimum": _("Minimum"),
    "moves": _("Movements"),
    "multiple": _("Order multiple"),
    "organisation": _("Company"),
    "pinned": _("Pinned memo"),
    "pinned_in_warehouse": _("Memo shown in the warehouse"),
    "po_number": _("PO number"),
    "prices": _("Prices"),
    "probability": _("Probability"),
    "project": _("Job"),
    "rate_by_hand": _("Exchange rate typed"),
    "reason": _("Reason"),
    "recipients": _("Recipients"),
    "records": _("Records"),
    "region": _("State"),
    "rep": _("Sales rep"),
    "report": _("Report"),
    "rows": _("Rows"),
    "scopes": _("Rights"),
    "sender_email": _("Sender"),
    "sender_name": _("Sender's name"),
    "shipping": _("Ship to"),
    "signature": _("Signature"),
    "sku": _("SKU"),
    "start": pgettext_lazy("when something starts", "Start"),
    "state": _("Status"),
    "started_at": _("Started"),
    "status_reason": _("Reason"),
    "tax_code": _("Sales tax code"),
    "tax_rate": _("Tax %"),
    "trashed_at": _("In the trash since"),
    "undone": _("Taken back"),
    "kept": _("Kept"),
    "vendor_sku": _("Vendor's SKU"),
    "visibility": _("Visible to"),
    "who": _("Who"),
}


def done(verb: str) -> str:
    """What an entry says was done: ``customer.save`` → ``Customer · saved``. What is unknown stays as it is."""
    *about, act = verb.split(".")
    words = [_about(name) for name in about]
    return " · ".join([*words, str(_DONE.get(act, act.replace("_", " ")))])


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
    return str(_LABELS.get(key) or gettext(capfirst(key.replace("_", " "))))


def synced(name: str) -> str:
    """The same of what is synced: an event's location is no warehouse."""
    return label("event_location" if name == "location" else name)


@cache
def models() -> dict[str, type[Model]]:
    """Every table of ours by the name that an entry has as its ``kind``."""
    return {str(m._meta.model_name): m for m in apps.get_models() if m.__module__.startswith("tradepost.")}
