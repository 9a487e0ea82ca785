"""A company whose calendar is on a scripted server."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.connectors.caldav.scripted import PASSWORD, USER, ScriptedServer
from tests.pim.world import ANY_TIME
from tradepost.accounts import settings as preferences
from tradepost.accounts.access import Actor
from tradepost.accounts.services import register_company
from tradepost.activities.models import Activity
from tradepost.activities.records import Record as On
from tradepost.people.services import save_customer
from tradepost.pim import calendars, mapping, passes, patch, services
from tradepost.pim.models import Event
from tradepost.pim.preferences import ACTIVE
from tradepost.sync.models import Stream


class Desk:
    """A company with one calendar on a scripted server."""

    def __init__(self, server: ScriptedServer, **chosen: str) -> None:
        self.server, self.path = server, server.make("work")
        self.actor: Actor = register_company(company="M", name="D", email=USER, password="Correct-horse-9")
        preferences.put(self.actor, {ACTIVE.key: True})
        self.customer = save_customer(self.actor, {"name": "Harbor"})
        config = {"url": server.url, "username": USER}
        account, found = calendars.connect(self.actor, config=config, secrets={"password": PASSWORD})
        one = next(c for c in found if c.label == "work")
        self.stream: Stream = calendars.choose(
            self.actor, account.pk, one, chosen={**ANY_TIME, "chosen": chosen}, start=True
        )

    def add(self, title: str, **values: Any) -> Event:
        given = {"title": title, "start": "2027-03-10T09:00", "end": "2027-03-10T10:00", **values}
        return services.add_event(self.actor, On("customer", self.customer.pk), given)

    def sync(self, times: int = 1) -> None:
        for _ in range(times):
            passes.run(self.stream.pk)

    @property
    def bodies(self) -> dict[str, str]:
        return {name: entry.body for name, entry in self.server.calendars[self.path].entries.items()}

    def titles(self) -> list[str]:
        return sorted(mapping.read(body).title for body in self.bodies.values())

    def here(self) -> list[str]:
        return sorted(Activity.objects.filter(kind="event").values_list("subject", flat=True))

    def edit_there(self, name: str, title: str) -> None:
        body = self.bodies[name]
        changed = replace(mapping.read(body), title=title)
        self.server.put(self.path, name, patch.write(changed, datetime.now().astimezone(), body))
