"""Verbs of an import: take a file in, choose its columns, check it, apply it, take it back."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import IO, Any
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.exchange import running
from tradepost.exchange.columns import columns_of
from tradepost.exchange.guess import LOOKED_AT, habits_in, heading_row
from tradepost.exchange.kinds import KINDS, Kind
from tradepost.exchange.models import ColumnChoice, ImportRow, ImportRun, RunState
from tradepost.exchange.rules import check_mapping, suggest
from tradepost.exchange.running import Tell
from tradepost.exchange.table import Layout, NotATable, headings, layout_of, rows_of, sheets_of
from tradepost.exchange.undo import again
from tradepost.jobs.queue import enqueue
from tradepost.jobs.services import open_job
from tradepost.kit.errors import Conflict, Invalid
from tradepost.kit.words import gettext_noop
from tradepost.wire.locks import held, is_held

SAMPLE = 5
JUDGED = 1000  # rows by which heading, figures and days are judged
MOST_SHEETS = 20
MOST_ABOVE = 1000
_LOCK = "exchange.import"
_LEFT = {
    RunState.CHECKING: RunState.UPLOADED,
    RunState.APPLYING: RunState.STOPPED,
    RunState.UNDOING: RunState.DONE,
}
_BACK = (RunState.DONE, RunState.STOPPED, RunState.FAILED, RunState.UNDONE)
AT_REST = (RunState.UPLOADED, RunState.CHECKED, RunState.STOPPED, RunState.FAILED, RunState.DONE)


def runs(actor: Actor) -> ScopedQuerySet[ImportRun]:
    """The imports of the kinds that the actor may bring in himself."""
    kinds = [k.key for k in KINDS.values() if actor.may(k.permission)]
    return ImportRun.objects.of(actor).filter(kind__in=kinds).select_related("user")


def rows(actor: Actor, run_id: int, action: str = "") -> ScopedQuerySet[ImportRow]:
    """What became of the rows of a run."""
    run = one(actor, run_id)
    found = ImportRow.objects.of(actor).filter(run=run).order_by("number")
    return found.filter(action=action) if action else found


def receive(actor: Actor, kind_key: str, name: str, file: IO[bytes]) -> ImportRun:
    """Keep an uploaded file and look at it: encoding, separator, sheet, heading, first rows, and which column is likely
    what.

    Raises ``NotATable`` with cause and cure for what is no table.
    """
    kind = columns_of(actor.organisation_id, kind_key)
    actor.require(kind.permission)
    found = layout_of(file)
    sheets = sheets_of(file, found)
    run = ImportRun(
        organisation_id=actor.organisation_id,
        user_id=actor.user_id,
        kind=kind.key,
        name=(name.rpartition("/")[2] or "file")[:200],
        encoding=found.encoding,
        separator=found.separator,
        sheets=sheets,
        sheet=_likely(kind, file, found, sheets),
    )
    _look(actor, kind, run, file)
    file.seek(0)
    run.path = default_storage.save(f"imports/{actor.organisation_id}/{uuid4().hex}", File(file))
    with transaction.atomic():
        run.save()
        audit.record(actor, "import.receive", run)
    return run


def reread(actor: Actor, run_id: int, *, sheet: str | None = None, heading: int | None = None) -> ImportRun:
    """Read another sheet of the workbook, or take another row for the heading (0: there is none). The columns are
    recognised anew."""
    with transaction.atomic():
        run, kind = _opened(actor, run_id, (RunState.UPLOADED, RunState.CHECKED, RunState.FAILED))
        _untouched(run)
        if sheet is not None and sheet not in run.sheets:
            known = ", ".join(run.sheets) or "none"
            raise Invalid(
                fields={"sheet": _("There is no sheet “{sheet}”.").format(sheet=sheet)},
                cure=_("Its sheets are: {known}.").format(known=known),
            )
        if heading is not None and not 0 <= heading <= MOST_ABOVE:
            raise Invalid(
                fields={
                    "heading": _(
                        "The heading stands in one of the first {most} rows, or nowhere (0)."
                    ).format(most=MOST_ABOVE)
                }
            )
        before = {"sheet": run.sheet, "heading": run.heading}
        run.sheet = run.sheet if sheet is None else sheet
        with closing(default_storage.open(run.path)) as file:
            _look(actor, kind, run, file, heading)
        run.state, run.message, run.counts, run.done = RunState.UPLOADED, "", {}, 0
        run.outcomes.all().delete()
        run.save()
        audit.record(actor, "import.reread", run, before, {name: getattr(run, name) for name in before})
    return run


def _likely(kind: Kind, file: IO[bytes], found: Layout, sheets: Sequence[str]) -> str:
    """The sheet whose columns are recognised best; the first of equals, but no empty one."""
    best, chosen = -1, sheets[0] if sheets else ""
    for sheet in sheets[:MOST_SHEETS] if len(sheets) > 1 else ():
        first = list(islice(rows_of(file, replace(found, sheet=sheet)), LOOKED_AT))
        score = max((len(suggest(kind, cells, near=False)) for _n, cells in first), default=-1)
        if score > best:
            best, chosen = score, sheet
    return chosen


def _look(actor: Actor, kind: Kind, run: ImportRun, file: IO[bytes], heading: int | None = None) -> None:
    """Set what the file says of itself. Raises ``NotATable`` where nothing is in it."""
    rows = rows_of(file, running.layout(run))
    first = list(islice(rows, JUDGED))
    if not first:
        raise NotATable(_("it is empty"))
    run.heading = heading_row(kind, first) if heading is None else heading
    below = [cells for number, cells in first if number > run.heading]
    named = next((cells for number, cells in first if number == run.heading), None)
    if named is None:
        named = [""] * max((len(cells) for cells in below), default=len(first[0][1]))
    run.columns = headings(named)
    run.sample = below[:SAMPLE]
    run.mapping = suggest(kind, run.columns, remembered(actor, kind))
    habits = habits_in(kind, run.mapping, below, running.company_habits(actor))
    run.language, run.day_first = habits.language, habits.day_first
    last = deque(rows, maxlen=1)
    run.rows = last[0][0] if last else first[-1][0]


def _untouched(run: ImportRun) -> None:
    if run.state == RunState.FAILED and run.counts:
        raise Conflict(_("Some of its rows are imported already."), cure=_("Take the import back first."))


def remembered(actor: Actor, kind: Kind) -> dict[str, str]:
    """Column → field, as chosen before."""
    return dict(ColumnChoice.objects.of(actor).filter(kind=kind.key).values_list("column", "field"))


def choose(
    actor: Actor,
    run_id: int,
    mapping: Mapping[str, int],
    *,
    day_first: bool | None = None,
    language: str | None = None,
) -> ImportRun:
    """Say which column is which field (``{"sku": 0}``), and how the file writes days and figures. It is remembered."""
    with transaction.atomic():
        run, kind = _opened(actor, run_id, (RunState.UPLOADED, RunState.CHECKED, RunState.FAILED))
        check_mapping(kind, mapping, len(run.columns))
        _untouched(run)
        before = {"mapping": run.mapping, "day_first": run.day_first, "language": run.language}
        run.mapping, run.state, run.message = dict(mapping), RunState.UPLOADED, ""
        run.day_first = run.day_first if day_first is None else day_first
        run.language = run.language if language is None else language
        run.save(update_fields=["mapping", "state", "message", "day_first", "language"])
        for field, n in mapping.items():
            ColumnChoice.objects.update_or_create(
                organisation_id=actor.organisation_id,
                kind=kind.key,
                column=run.columns[n],
                defaults={"field": field},
            )
        audit.record(actor, "import.choose", run, before, {name: getattr(run, name) for name in before})
    return run


def check(actor: Actor, run_id: int, *, now: bool = False, tell: Tell | None = None) -> ImportRun:
    """The dry run: nothing is changed, and every row says what would become of it. ``now``: in this process, which
    ``tell``s how far it is."""
    states = (RunState.UPLOADED, RunState.CHECKED)
    return _begin(actor, run_id, states, RunState.CHECKING, "check", now, tell)


def apply(actor: Actor, run_id: int, *, now: bool = False, tell: Tell | None = None) -> ImportRun:
    """Import the rows. A run that was stopped or broke off goes on behind its last row."""
    states = (RunState.CHECKED, RunState.STOPPED, RunState.UPLOADED)
    return _begin(actor, run_id, states, RunState.APPLYING, "apply", now, tell)


def undo(actor: Actor, run_id: int, *, now: bool = False, tell: Tell | None = None) -> ImportRun:
    """Take a run back: see ``running.take_back``. One that was taken back is so again where something was kept."""
    return _begin(actor, run_id, _BACK, RunState.UNDOING, "undo", now, tell)


def has_back(run: ImportRun) -> bool:
    """Whether a run can be taken back: not where it did nothing, or all of it was already."""
    return run.state in _BACK and bool(run.counts) and (run.state != RunState.UNDONE or again(run).exists())


_TITLES = {  # worded by who reads them
    "check": gettext_noop("Check {name} ({kind})"),
    "apply": gettext_noop("Import {name} ({kind})"),
    "undo": gettext_noop("Take back {name} ({kind})"),
}


def _begin(
    actor: Actor,
    run_id: int,
    states: tuple[RunState, ...],
    state: RunState,
    act: str,
    now: bool,
    tell: Tell | None,
) -> ImportRun:
    with transaction.atomic():
        run, kind = _opened(actor, run_id, states)
        if act == "undo" and not has_back(run):
            raise _not_now(run)
        check_mapping(kind, run.mapping, len(run.columns))
        going_on = act == "apply" and run.state == RunState.STOPPED
        if act != "undo" and not going_on:
            run.outcomes.all().delete()
            run.counts, run.done = {}, 0
        run.state, run.message, run.ended_at = state, "", None
        if not now:
            title = _TITLES[act].format(kind=kind.label, name=run.name)
            run.job_id = open_job(actor, f"import.{act}", title, total=run.rows, link=f"/import/{run.pk}/").pk
            enqueue(f"exchange.{act}", {"run_id": run.pk}, lock=f"import.{actor.organisation_id}")
        else:
            run.job_id = None
        run.save()
        audit.record(actor, f"import.{act}", run, {}, {"name": run.name, "kind": run.kind, "rows": run.rows})
    if now:
        with held(_LOCK, run.pk):
            perform(actor, run, act, tell)
    return run


def perform(actor: Actor, run: ImportRun, act: str, tell: Tell | None = None) -> None:
    """The work itself, in this process."""
    if act == "undo":
        running.take_back(actor, run, tell)
    else:
        running.work(actor, run, keep=act == "apply", tell=tell)


def one(actor: Actor, run_id: int) -> ImportRun:
    """A run. One whose command died is where that left it, and can go on or be taken back."""
    run = runs(actor).pick(actor, run_id)
    run.state = _state(run)
    return run


def _state(run: ImportRun) -> str:
    """A job is begun again when its worker dies; a command, which has no job, holds a lock while it works."""
    left = _LEFT.get(RunState(run.state))
    return left if left and run.job_id is None and not is_held(_LOCK, run.pk) else run.state


def forget(actor: Actor, run_id: int) -> None:
    """Throw the file and the report of a run away; what it imported stays."""
    with transaction.atomic():
        run, _kind = _opened(actor, run_id, (*AT_REST, RunState.UNDONE))
        audit.record(actor, "import.forget", run, audit.snapshot(run), {})
        path = run.path
        run.delete()
        transaction.on_commit(lambda: default_storage.delete(path))


def _opened(actor: Actor, run_id: int, states: tuple[str, ...]) -> tuple[ImportRun, Kind]:
    run = ImportRun.objects.pick_for_change(actor, run_id)
    kind = columns_of(actor.organisation_id, run.kind)
    actor.require(kind.permission)
    run.state = _state(run)
    if run.state not in states:
        raise _not_now(run)
    return run, kind


def _not_now(run: ImportRun) -> Conflict:
    return Conflict(
        _("This import is at “{label}”.").format(label=RunState(run.state).label),
        cure=_("Reload the page to see what can be done now."),
    )


def whose(values: Mapping[str, Any], run: ImportRun) -> dict[str, int]:
    """``{"sku": "Item number"}`` by the names of the columns → by their places. Raises ``Invalid``."""
    places = {name.casefold(): n for n, name in enumerate(run.columns)}
    missing = {
        k: _("The file has no column “{name}”.").format(name=v)
        for k, v in values.items()
        if str(v).casefold() not in places
    }
    if missing:
        raise Invalid(
            fields=missing, cure=_("Its columns are: {known}.").format(known=", ".join(run.columns))
        )
    return {k: places[str(v).casefold()] for k, v in values.items()}
