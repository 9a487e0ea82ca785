"""Kinds, states and verbs of documents inside sentences, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext, pgettext, pgettext_lazy

from tradepost.kit.words import within
from tradepost.sales.state_table import MACHINES, Kind

CANCEL = pgettext_lazy("verb of a document", "Cancel")  # not that of a form, which leaves all as it was
_VERBS = {
    "accept": pgettext_lazy("verb of a document", "Accept"),
    "answer": pgettext_lazy("verb of a document", "Enter prices"),
    "apply_all": pgettext_lazy("verb of a document", "Apply all"),
    "apply_part": pgettext_lazy("verb of a document", "Apply part"),
    "approve": pgettext_lazy("verb of a document", "Approve"),
    "cancel": CANCEL,
    "close": pgettext_lazy("verb of a document", "Close"),
    "complete": pgettext_lazy("verb of a document", "Complete"),
    "confirm": pgettext_lazy("verb of a document", "Confirm"),
    "decline": pgettext_lazy("verb of a document", "Decline"),
    "deliver": pgettext_lazy("verb of a document", "Deliver"),
    "deposit": pgettext_lazy("verb of a document", "Deposit"),
    "expire": pgettext_lazy("verb of a document", "Expire"),
    "finish": pgettext_lazy("verb of a document", "Finish"),
    "hold": pgettext_lazy("verb of a document", "Hold"),
    "issue": pgettext_lazy("verb of a document", "Issue"),
    "pay": pgettext_lazy("verb of a document", "Pay"),
    "pay_all": pgettext_lazy("verb of a document", "Pay all"),
    "pay_part": pgettext_lazy("verb of a document", "Pay part"),
    "receive": pgettext_lazy("verb of a document", "Receive"),
    "receive_all": pgettext_lazy("verb of a document", "Receive all"),
    "receive_part": pgettext_lazy("verb of a document", "Receive part"),
    "reject": pgettext_lazy("verb of a document", "Reject"),
    "release": pgettext_lazy("verb of a document", "Release"),
    "reopen": pgettext_lazy("verb of a document", "Reopen"),
    "revise": pgettext_lazy("verb of a document", "Revise"),
    "send": pgettext_lazy("verb of a document", "Send"),
    "ship": pgettext_lazy("verb of a document", "Ship"),
    "ship_all": pgettext_lazy("verb of a document", "Ship all"),
    "ship_part": pgettext_lazy("verb of a document", "Ship part"),
    "start": pgettext_lazy("verb of a document", "Start"),
    "take_back": pgettext_lazy("verb of a document", "Take back"),
    "unpay": pgettext_lazy("verb of a document", "Unpay"),
    "unreceive": pgettext_lazy("verb of a document", "Unreceive"),
    "unship": pgettext_lazy("verb of a document", "Unship"),
    "unship_part": pgettext_lazy("verb of a document", "Unship part"),
    "void": pgettext_lazy("verb of a document", "Void"),
    "write_off": pgettext_lazy("verb of a document", "Write off"),
}


def kind(one: str) -> str:
    """``sales order``; the catalogues have it as the title of its page (``web.kinds``)."""
    label = MACHINES[Kind(one)].label
    return within(gettext(label[0].upper() + label[1:]))


def with_article(one: str) -> str:
    """``a sales order``, ``an RMA``."""
    noun = kind(one)
    return (gettext("an {noun}") if noun[0] in "aeioR" else gettext("a {noun}")).format(noun=noun)


def state(name: str) -> str:
    """``partly shipped``; the catalogues have it as the badge of a document (``web.kinds``)."""
    return within(pgettext("state of a document", name.replace("_", " ").capitalize()))


def verb(name: str) -> str:
    """``Write off``, as its button says; what is no verb at all stays as it came."""
    return str(_VERBS.get(name, name.replace("_", " ").capitalize()))


def either(words: list[str]) -> str:
    """``a, b or c`` of what a sentence leaves to choose."""
    return gettext(" or ").join(words)
