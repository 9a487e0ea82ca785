"""The jobs of imports. A job that dies is begun again and goes on behind the last row that was stored."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import override

from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import Membership
from tradepost.accounts.services import actor_of
from tradepost.exchange.models import ImportRun, RunState
from tradepost.jobs.queue import task

_STATES = {"check": RunState.CHECKING, "apply": RunState.APPLYING, "undo": RunState.UNDOING}


def _perform(run_id: int, act: str) -> None:
    """As who asked for it, with the rights that he has now and in his language; a run that came to its end is left alone."""
    run = ImportRun.objects.filter(pk=run_id, state=_STATES[act]).select_related("user").first()
    if run is not None:
        from tradepost.exchange.services import perform  # every worker knows the task, few import a file

        with override((run.user and run.user.language) or settings.LANGUAGE_CODE):
            perform(_actor(run), run, act)


def _actor(run: ImportRun) -> Actor:
    member = Membership.objects.filter(
        organisation_id=run.organisation_id, user_id=run.user_id or 0, ended_at=None
    ).first()
    if member is None:
        return Actor(run.organisation_id, run.user_id, Role.READ_ONLY, via="job")
    return actor_of(member, "job")


@task("exchange.check")
def check(run_id: int) -> None:
    _perform(run_id, "check")


@task("exchange.apply")
def apply(run_id: int) -> None:
    _perform(run_id, "apply")


@task("exchange.undo")
def undo(run_id: int) -> None:
    _perform(run_id, "undo")
