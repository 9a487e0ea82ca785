"""The work of a run: read the file in batches, store each batch with what became of its rows, go on after a stop.

A dry run does the same and takes each batch back, so that it tells what would happen and not what we think would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice

from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.accounts.models import Organisation
from tradepost.exchange.columns import columns_of
from tradepost.exchange.documents import TARGETS
from tradepost.exchange.kinds import Kind
from tradepost.exchange.models import Action, ImportRow, ImportRun, RunState
from tradepost.exchange.rules import Habits, Record, records
from tradepost.exchange.table import Layout, rows_of
from tradepost.exchange.target import Outcome, Target
from tradepost.exchange.undo import FOUND, STILL, again
from tradepost.jobs import services as jobs
from tradepost.jobs.models import JobState
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Fault
from tradepost.kit.words import gettext_noop
from tradepost.wire.copying import store

BATCH = 1000
Tell = Callable[[int, int, int], bool]
"""Is told how many rows are done, of how many, and how many of them failed; False asks to stop."""

CURE = gettext_noop("Correct the row, and import it again.")


def layout(run: ImportRun) -> Layout:
    return Layout(run.encoding, run.separator, run.sheet)


def read(run: ImportRun) -> Iterator[Record]:
    """The records of the file, without the heading. Raises a ``Fault`` where the file breaks."""
    habits = Habits(run.language, run.day_first)
    with closing(default_storage.open(run.path)) as file:
        rows = (row for row in rows_of(file, layout(run)) if row[0] > run.heading)
        width = len(run.columns) if run.heading else 0
        yield from records(columns_of(run.organisation_id, run.kind), run.mapping, rows, habits, width)


def work(actor: Actor, run: ImportRun, *, keep: bool, tell: Tell | None = None) -> None:
    """Check (``keep`` false) or apply a run to its end, a stop, or a fault of the file."""
    tell = tell or _teller(run)
    found, target = read(run), TARGETS[run.kind](actor)
    counts: Counter[str] = Counter(run.counts)
    try:
        while batch := list(islice(found, BATCH)):
            todo = [r for r in batch if r.number > run.done]
            if todo:
                counts.update(_batch(target, run, todo, keep))
            if not tell(min(batch[-1].number, run.rows), run.rows, counts[Action.REFUSE]):
                return _end(
                    run, RunState.STOPPED if keep else RunState.UPLOADED, gettext_noop("It was stopped.")
                )
    except Fault as fault:
        if not keep:
            _forget(run)
        return _end(run, RunState.FAILED, str(fault))
    _end(run, RunState.DONE if keep else RunState.CHECKED, "")


def _forget(run: ImportRun) -> None:
    """What a check found before its file broke off: nothing of it happened, nothing of it is to be taken back."""
    run.outcomes.all().delete()
    run.counts, run.done = {}, 0
    run.save(update_fields=["counts", "done"])


def _batch(target: Target, run: ImportRun, batch: Sequence[Record], keep: bool) -> Counter[str]:
    """One transaction: the records, what became of the rows, and how far the run is."""
    with transaction.atomic():
        doubles = _doubles(run, batch)
        with transaction.atomic():
            rows = _outcomes(target, run, batch, doubles)
            transaction.set_rollback(not keep)  # and with it all that waits for the commit, such as a mail
        store(rows)
        counts = Counter(row.action for row in rows)
        held = Counter(run.counts) + counts
        run.counts, run.done = dict(held), batch[-1].number
        ImportRun.objects.filter(pk=run.pk).update(counts=run.counts, done=run.done)
    return counts


def _doubles(run: ImportRun, batch: Sequence[Record]) -> dict[int, int]:
    """Row → the earlier row of the file that has the same key, without holding all keys in memory."""
    keys = [r.key[:254] for r in batch if r.key]
    rows = run.outcomes.filter(key__in=keys).exclude(action=Action.REFUSE)
    first = dict(rows.order_by("-number").values_list("key", "number"))
    found: dict[int, int] = {}
    for record in batch:
        if record.key and (earlier := first.setdefault(record.key[:254], record.number)) != record.number:
            found[record.number] = earlier
    return found


def _outcomes(
    target: Target, run: ImportRun, batch: Sequence[Record], doubles: dict[int, int]
) -> list[ImportRow]:
    done: dict[int, Outcome | Fault] = {}
    for record in batch:
        if record.wrong:
            done[record.number] = Conflict(record.wrong.cause, cure=record.wrong.cure)
        elif record.number in doubles:
            where = doubles[record.number]
            cure = (
                _("Keep one of the two; rows of one order stand together.")
                if record.lines
                else _("Keep one of the two.")
            )
            done[record.number] = Conflict(
                _("Row {where} names the same record.").format(where=where), cure=cure
            )
    fitting = [r for r in batch if r.number not in done]
    target.prepare(fitting)
    done |= dict(zip([r.number for r in fitting], _saved(target, fitting), strict=True))
    return [_row(run, record, done[record.number]) for record in batch]


def _saved(target: Target, batch: Sequence[Record]) -> list[Outcome | Fault]:
    """Together where the kind can. What is refused as a whole is taken back and tried in halves, down to the row that is to blame:
    nothing of it stays, and no other is refused for it."""
    if len(batch) > 1:
        try:
            with transaction.atomic():
                together = target.save_all(batch)
        except (Fault, DatabaseError):
            half = len(batch) // 2
            return [*_saved(target, batch[:half]), *_saved(target, batch[half:])]
        if together is not None:
            return together
    return [_one(target, record) for record in batch]


def _one(target: Target, record: Record) -> Outcome | Fault:
    try:
        with transaction.atomic():
            return target.save(record)
    except Fault as fault:
        return fault
    except DatabaseError as error:
        cause = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return Conflict(_("The database refuses the row: {cause}.").format(cause=cause), cure=_(CURE))


def _row(run: ImportRun, record: Record, done: Outcome | Fault) -> ImportRow:
    row = ImportRow(organisation_id=run.organisation_id, run=run, number=record.number, key=record.key[:254])
    if isinstance(done, Fault):
        row.action, row.cause, row.cure = Action.REFUSE, done.cause, done.cure or _(CURE)
        row.label = (record.key or str(next(iter(record.values.values()), "")))[:200]
    else:
        row.action, row.label, row.record_id = done.action, done.label[:200], done.record_id
        row.version, row.before, row.cause = done.version, dict(done.before), done.note
        if (done.version or 1) > 1 and done.action != Action.SAME:  # every change raises it by one
            row.before[FOUND] = (done.version or 1) - 1
    return row


def _teller(run: ImportRun) -> Tell:
    """Tells the job of a run; one without is never asked to stop."""
    job = run.job_id
    if job is None:
        return lambda _done, _total, _failures: True
    jobs.progress(job, run.done, total=run.rows)  # from now on its time is counted
    return lambda done, total, failures: jobs.progress(job, done, total=total, failures=failures)


def _end(run: ImportRun, state: RunState, message: str) -> None:
    run.state, run.message, run.ended_at = state, message, clock.now()
    run.save(update_fields=["state", "message", "ended_at"])
    if run.job_id is None:
        return
    told = {
        RunState.FAILED: JobState.FAILED,
        RunState.STOPPED: JobState.CANCELLED,
        RunState.UPLOADED: JobState.CANCELLED,
    }
    jobs.close_job(run.job_id, told.get(state, JobState.DONE), message or summary(run))


def summary(run: ImportRun) -> str:
    """``"3 create, 1 refuse"`` in the words of the page."""
    words = [f"{n} {Action(name).label.lower()}" for name, n in sorted(run.counts.items()) if n]
    return ", ".join(words) or "No row"


# --- undo -----------------------------------------------------------------------------------------------------------


def take_back(actor: Actor, run: ImportRun, tell: Tell | None = None) -> None:
    """Created records go, changed ones are put back, the last first. What changed since, or is in use, is kept and said; what
    was kept before is tried again."""
    target, kind = TARGETS[run.kind](actor), columns_of(run.organisation_id, run.kind)
    waiting = again(run).order_by("-number")
    tell, total, done, kept = tell or _teller(run), waiting.count(), 0, 0
    while batch := list(waiting[:BATCH]):
        waiting = waiting.filter(number__lt=batch[-1].number)  # what is behind is not looked at again
        kept += _all_undone(actor, target, kind, batch)
        done += len(batch)
        if not tell(done, total, kept):
            return _end(run, RunState.DONE, gettext_noop("Taking back was stopped; the rest is still there."))
    counted = run.outcomes.order_by().values_list("action").annotate(rows=Count("pk"))
    run.counts = dict(counted)
    run.save(update_fields=["counts"])
    _end(run, RunState.UNDONE, "")


def _all_undone(actor: Actor, target: Target, kind: Kind, batch: Sequence[ImportRow]) -> int:
    """Take rows back, together where the kind can; how many have to be kept."""
    for row in batch:
        row.action = row.before.pop(STILL, row.action)
    with transaction.atomic():
        faults = target.take_back_all(batch) if actor.may(kind.permission) else None
        if faults is not None:
            why = list(zip(batch, faults, strict=True))
            gone = [row.pk for row, fault in why if fault is None]
            ImportRow.objects.filter(pk__in=gone).update(action=Action.UNDONE, cause="", cure="")
            for row, fault in why:
                if fault is not None:
                    _keep(row, fault)
            return len(batch) - len(gone)
    return sum(_undone(actor, target, kind, row) for row in batch)


def _undone(actor: Actor, target: Target, kind: Kind, row: ImportRow) -> bool:
    """Take one row back; True where it has to be kept."""
    try:
        with transaction.atomic():
            actor.require(kind.permission)
            row.refresh_from_db(fields=["version"])  # a later row of the same record was taken back just now
            target.take_back(row)
            row.action, row.cause, row.cure = Action.UNDONE, "", ""
            row.save(update_fields=["action", "cause", "cure"])
        return False
    except Fault as fault:
        _keep(row, fault)
        return True


def _keep(row: ImportRow, fault: Fault) -> None:
    row.before[STILL] = row.action
    row.action, row.cause, row.cure = Action.KEPT, fault.cause, fault.cure
    row.save(update_fields=["action", "cause", "cure", "before"])


def company_habits(actor: Actor) -> Habits:
    """How the company writes figures and days."""
    locale = Organisation.objects.values_list("locale", flat=True).get(pk=actor.organisation_id)
    return Habits(locale, not locale.lower().replace("_", "-").endswith("-us"))
