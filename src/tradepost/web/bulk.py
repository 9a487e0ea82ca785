"""The acts of a list's bulk bar: one verb on each of the chosen rows."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.utils.translation import gettext as _

from tradepost.kit.errors import Fault, Missing
from tradepost.web.numbers import number
from tradepost.web.shell import DeskRequest

MOST = 500


def on_each(request: DeskRequest, act: Callable[[int], object]) -> int:
    """``act`` on the key of every chosen row; how many it fitted. One that it does not fit never stops the rest, and why
    is said on the next page."""
    if request.method != "POST":
        raise Missing(_("page"))
    done, faults = 0, []
    for pk in [pk for text in request.POST.getlist("pk") if (pk := number(text))][:MOST]:
        try:
            act(pk)
            done += 1
        except Fault as fault:
            faults.append(str(fault))
    if faults:
        messages.error(request, _("{n} were not changed: {why}").format(n=len(faults), why=faults[0]))
    return done
