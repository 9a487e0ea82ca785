"""The activities that some messages are appended to, while they are stored in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tradepost.activities.models import Activity
from tradepost.activities.services import touch


class Held:
    """Activities locked and read once for all messages of a commit, and moved up their timelines once, by ``settle``.

    They are locked in one order always, so that two readers cannot block each other.
    """

    def __init__(self, organisation_id: int, activities: Iterable[int] = ()) -> None:
        self._organisation_id = organisation_id
        self._rows = self._lock(set(activities))
        self._later: dict[int, datetime] = {}

    def _lock(self, wanted: set[int]) -> dict[int, Activity]:
        rows = Activity.objects.filter(organisation_id=self._organisation_id, pk__in=wanted)
        locked = rows.select_for_update().order_by("pk").prefetch_related("holders")
        return {row.pk: row for row in locked} if wanted else {}

    def get(self, activity: int) -> Activity:
        if activity not in self._rows:
            self._rows |= self._lock({activity})
        return self._rows[activity]

    def add(self, activity: Activity) -> None:
        """One that was made in this commit."""
        self._rows[activity.pk] = activity

    def at(self, activity: int) -> datetime:
        """When its newest message so far is of."""
        return max(self._later.get(activity, self.get(activity).at), self.get(activity).at)

    def move(self, activity: int, at: datetime) -> None:
        self._later[activity] = max(self.at(activity), at)

    def settle(self) -> None:
        """Move each up to its newest message."""
        for activity, at in self._later.items():
            touch(self.get(activity), at)
        self._later.clear()
