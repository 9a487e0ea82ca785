"""Calendar accounts and calendars: connect, choose by id, preview, apply, undo."""

from __future__ import annotations

from typing import Any, Literal

from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, asks, compared, needs, of_ones_own
from tradepost.api.schema import Id, In
from tradepost.api.sync import ConnectionOut, StreamOut
from tradepost.kit.errors import Missing
from tradepost.pim import calendars, passes, preview, queries
from tradepost.pim.types import CalendarInfo
from tradepost.sync.engine import Planned
from tradepost.sync.models import Connection, Stream

router = Router(tags=["Calendars"])


class AccountIn(In):
    """A CalDAV account. ``pinned``: SHA-256 (hex) of a certificate that no authority signed. The password is never told
    again."""

    url: str
    username: str = ""
    password: str = ""
    pinned: str = ""
    label: str = ""

    def given_to(self) -> dict[str, Any]:
        return {
            "config": self.model_dump(include={"url", "username", "pinned"}),
            "secrets": {"password": self.password},
        }


class PasswordIn(In):
    password: str


class CalendarOut(Schema):
    """A calendar to choose from. ``id`` never changes; ``colour`` is ``#rrggbb`` or empty."""

    id: str
    label: str
    colour: str
    writable: bool


class ConnectedOut(Schema):
    connection: ConnectionOut
    calendars: list[CalendarOut]


class SettingsIn(In):
    """``interval`` in seconds; 120 by default, and 30 by Oro's rules. ``policy``: preset (safe, oro), event_fields (all, minimal), default (new events go here),
    history_days, colour, and single options under ``chosen``; see docs/calendars.md."""

    direction: Literal["both", "to_remote", "to_app"] = "both"
    interval: int | None = None
    policy: dict[str, Any] = Field(default_factory=dict)


class ChoiceIn(SettingsIn):
    """``calendar`` is the id of one of the account's calendars; ``start``: begin at once, without a preview."""

    calendar: str
    start: bool = False


class OtherIn(In):
    calendar: str


class ChosenOut(StreamOut):
    connection_id: int
    remote_id: str
    policy: dict[str, Any]


class ChangeOut(Schema):
    side: str
    field: str
    before: Any
    after: Any


class LineOut(Schema):
    """What would happen to one record and why. ``key`` names it for ``apply``."""

    key: str
    title: str
    what: str
    reason: str
    does: bool
    changes: list[ChangeOut]


class PreviewOut(Schema):
    counts: dict[str, int]
    questions: list[str]
    lines: list[LineOut]


class PickIn(In):
    """``keys`` of the preview's lines; without them everything is applied, and the sync begins."""

    keys: list[str] | None = None


class RunIn(In):
    resync: bool = False


@router.get("calendar-accounts", response=list[ConnectionOut])
@needs(Permission.MAIL_CONNECT)
def list_calendar_accounts(request: Call) -> list[Connection]:
    """The caller's own calendar accounts."""
    rows = queries.connections(request.actor)
    return [row for row in rows if row.owner_id == request.actor.user_id]


@router.post("calendar-accounts/test", response=list[CalendarOut])
@needs(Permission.MAIL_CONNECT)
def test_calendar_account(request: Call, body: AccountIn) -> list[CalendarInfo]:
    """Test Connection: the calendars that the account has; nothing is stored."""
    return calendars.try_connection(request.actor, **body.given_to())[1]


@router.post("calendar-accounts", response={201: ConnectedOut})
@needs(Permission.MAIL_CONNECT)
def connect_calendar_account(request: Call, body: AccountIn) -> dict[str, Any]:
    """Sign in and store the account. Nothing is synced before a calendar was chosen and started."""
    row, found = calendars.connect(request.actor, **body.given_to(), label=body.label)
    return {"connection": row, "calendars": found}


@router.get("calendar-accounts/{int:id}/calendars", response=list[CalendarOut])
@of_ones_own
@needs(Permission.MAIL_CONNECT)
def list_available_calendars(request: Call, id: Id) -> list[CalendarInfo]:
    """The calendars of the account, asked now."""
    return calendars.available(request.actor, id)


@router.post("calendar-accounts/{int:id}/calendars", response={201: ChosenOut})
@of_ones_own
@needs(Permission.MAIL_CONNECT)
def choose_calendar(request: Call, id: Id, body: ChoiceIn) -> Stream:
    """Sync with a calendar. Stopped at first, so that its preview can be seen."""
    one = _found(request, id, body.calendar)
    return calendars.choose(
        request.actor,
        id,
        one,
        direction=body.direction,
        interval=body.interval,
        chosen=body.policy,
        start=body.start,
    )


def _found(request: Call, account_id: int, calendar_id: str) -> CalendarInfo:
    found = (one for one in calendars.available(request.actor, account_id) if one.id == calendar_id)
    if (one := next(found, None)) is None:
        raise Missing(_("calendar in this account"))
    return one


@router.post("calendar-accounts/{int:id}/reconnect", response=list[CalendarOut])
@of_ones_own
@needs(Permission.MAIL_CONNECT)
def reconnect_calendar_account(request: Call, id: Id, body: PasswordIn) -> list[CalendarInfo]:
    """A new password; the calendars go on where they stopped."""
    return calendars.reconnect(request.actor, id, {"password": body.password})


@router.post("calendar-accounts/{int:id}/disconnect", response=ConnectionOut)
@of_ones_own
@needs(Permission.MAIL_CONNECT)
def disconnect_calendar_account(request: Call, id: Id) -> Connection:
    """Stop and forget the password. Events stay on both sides."""
    return calendars.disconnect(request.actor, id)


@router.get("calendars/{int:id}", response=ChosenOut)
@needs(Permission.MAIL_CONNECT)
def get_calendar(request: Call, id: Id) -> Stream:
    """A calendar of one's own that is synced, and how."""
    return calendars.own_stream(request.actor, id)


@router.patch("calendars/{int:id}", response=ChosenOut)
@compared
@of_ones_own
@needs(Permission.MAIL_CONNECT)
def configure_calendar(request: Call, id: Id, body: SettingsIn) -> Stream:
    """Change what is sent; it counts from the next pass on."""
    given = body.given()
    policy = given.pop("policy", None)
    return calendars.configure(request.actor, id, **given, chosen=policy)


@router.get("calendars/{int:id}/preview", response=PreviewOut)
@of_ones_own
@needs(Permission.MAIL_CONNECT)
def preview_calendar(request: Call, id: Id) -> dict[str, Any]:
    """What a pass would do, record by record with its reason. Nothing is written on either side."""
    return _told(passes.preview(request.actor, id))


def _told(planned: Planned) -> dict[str, Any]:
    return {
        "counts": preview.counts(planned.plan),
        "questions": [question.sentence for question in planned.plan.questions],
        "lines": preview.lines(planned.plan, planned.titles, planned.problems),
    }


@router.post("calendars/{int:id}/apply", response=ChosenOut)
@of_ones_own
@needs(Permission.MAIL_CONNECT)
def apply_calendar(request: Call, id: Id, body: PickIn) -> Stream:
    """Do what the preview shows and begin to sync, or do the picked lines alone."""
    if body.keys is None:
        return calendars.start(request.actor, id)
    passes.apply(request.actor, id, body.keys)
    return calendars.own_stream(request.actor, id)


@router.post("calendars/{int:id}/sync", response={204: None})
@asks(Permission.SYNC_MANAGE, by="for a calendar that is not one's own")
@needs(Permission.MAIL_CONNECT)
def sync_calendar(request: Call, id: Id, body: RunIn) -> None:
    """Sync Now; with ``resync`` everything is compared and linked anew, and nothing deleted."""
    passes.sync_now(request.actor, id, resync=body.resync)


@router.post("calendars/{int:id}/stop", response=ChosenOut)
@asks(Permission.SYNC_MANAGE, by="for a calendar that is not one's own")
@needs(Permission.MAIL_CONNECT)
def stop_calendar(request: Call, id: Id) -> Stream:
    """Stop syncing; nothing is removed on either side."""
    return calendars.stop(request.actor, id)


@router.post("calendars/{int:id}/replace", response=ChosenOut)
@of_ones_own
@needs(Permission.MAIL_CONNECT)
def replace_calendar(request: Call, id: Id, body: OtherIn) -> Stream:
    """Another calendar of the account instead of one that vanished. Stopped at first."""
    stream = calendars.own_stream(request.actor, id)
    return calendars.rebind(request.actor, id, _found(request, stream.connection_id, body.calendar))
