"""What a sync does and why, in the reader's language. The reconciler's own words are English, and marked for translation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

_WHAT = {
    "answer": _("answer of a guest"),
    "append": _("add to its conversation"),
    "bounce": _("not delivered"),
    "create": _("create"),
    "create here": _("create here"),
    "create there": _("create there"),
    "update": _("update"),
    "update here": _("update here"),
    "update there": _("update there"),
    "cancel": _("cancel"),
    "cancel here": _("cancel here"),
    "restore": _("restore"),
    "restore here": _("restore here"),
    "restore there": _("restore there"),
    "trash": _("trash"),
    "trash here": _("trash here"),
    "trash there": _("trash there"),
    "delete": _("delete"),
    "delete here": _("delete here"),
    "delete there": _("delete there"),
    "delay": _("delivery delayed"),
    "emptied": _("folder emptied"),
    "further": _("not looked at"),
    "fail": _("failed"),
    "ignored": _("left out"),
    "kept": _("kept"),
    "known": _("known already"),
    "link": _("link"),
    "rebase": _("compare anew"),
    "reindex": _("read the folder anew"),
    "review": _("ask"),
    "unlink": _("unlink"),
    "skip": _("skip"),
    "set aside": _("set aside"),
    "failed": _("failed"),
    "undone": _("taken back"),
}

_WHY = {
    "answer": _("a question was answered"),
    "change": _("something changed here"),
    "idle": _("something came in"),
    "manual": _("by hand"),
    "reconnect": _("connected again"),
    "resync": _("read anew"),
    "retry": _("tried again"),
    "schedule": _("by schedule"),
    "set-up": _("set up"),
    "undo": _("a run is taken back"),
}


def why(trigger: str) -> str:
    """What set off a run: ``schedule``, or ``undo:17``, a task of its own."""
    return str(_WHY.get(trigger.partition(":")[0], trigger))


def what(said: str) -> str:
    """``create there`` or ``link, update here`` as the page says it."""
    return ", ".join(str(_WHAT.get(part, part)) for part in said.replace("_", " ").split(", "))
