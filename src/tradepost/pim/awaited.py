"""Whose answer to an invitation is waited for. By itself, since every page of mail asks, and reading what they answer loads
all of iCalendar (8 MB)."""

from __future__ import annotations

from collections.abc import Collection

from tradepost.pim.models import Invitation


def awaited(organisation_id: int, emails: Collection[str]) -> set[str]:
    """Those of the addresses who were invited to something."""
    rows = Invitation.objects.filter(organisation_id=organisation_id, email__any=emails)
    return set(rows.values_list("email", flat=True))
