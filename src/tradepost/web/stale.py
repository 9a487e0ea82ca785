"""When somebody else saved in the meantime: nothing typed is lost, what differs is named, and Save becomes a choice."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from django.forms import Form
from django.http import QueryDict
from django.utils.translation import gettext as _

from tradepost.kit.errors import Stale
from tradepost.wire.orm import Versioned


def explain(form: Form, row: Versioned | None, fault: Stale, silent: Collection[str] = ()) -> None:
    """Put the sentence on the form and let its next save replace what ``row`` now holds.

    Fields in ``silent`` are not named, for example because they hold keys that tell people nothing.
    """
    if row is None:
        raise fault
    differs = [
        f"{form.fields[name].label}: {getattr(row, name) or '–'}"
        for name, typed in form.cleaned_data.items()
        if name not in silent and name != "version" and (typed or None) != (getattr(row, name) or None)
    ]
    now = _("There it is now: {values}.").format(values="; ".join(differs)) if differs else ""
    what = _("Your entries are kept below. Save again to keep yours, or Cancel to see the other version.")
    form.add_error(None, " ".join(filter(None, [fault.cause, now, what])))
    data = cast(QueryDict, form.data).copy()
    data["version"] = str(row.version)
    form.data = data
