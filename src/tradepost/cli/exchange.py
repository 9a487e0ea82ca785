"""``tradepost import`` and ``tradepost export``: tables in and out, for scripts and large files."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from tradepost.cli import home
from tradepost.cli.user import actor
from tradepost.exchange.kinds import KINDS
from tradepost.kit.errors import Fault, Invalid

if TYPE_CHECKING:
    from tradepost.accounts.access import Actor
    from tradepost.exchange.models import ImportRun

EVERY = 5  # seconds between two words on how far it is
USER = click.option("--user", "email", required=True, help="Address of the user who does it.")


@click.command("import")
@home.with_data
@USER
@click.option(
    "--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Which column is a field; may be repeated."
)
@click.option(
    "--day-first/--month-first", default=None, help="How days are written: 31/12/2026 or 12/31/2026."
)
@click.option(
    "--sheet", help="Sheet of a workbook; the one whose columns are known best where none is named."
)
@click.option(
    "--heading",
    type=int,
    help="Number of the row that names the columns; 0 where none does. It is found otherwise.",
)
@click.option("--apply", "keep", is_flag=True, help="Import; without it only the dry run is done.")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_(
    data: Path,
    email: str,
    pairs: tuple[str, ...],
    day_first: bool | None,
    sheet: str | None,
    heading: int | None,
    keep: bool,
    kind: str,
    file: Path,
) -> None:
    """Import FILE (CSV or XLSX) of parties, the catalogue, opening stock or open documents.

    Prints how many rows are created, updated, unchanged and refused, and each refused row with its cause and cure; on the
    way, every few seconds, how far it is. Without --apply nothing is changed. Exit code 1: some rows were refused.
    """
    with home.application(data):
        from tradepost.exchange import services

        who = actor(email)
        with file.open("rb") as opened:
            run = services.receive(who, kind, file.name, opened)
        try:
            _choose(who, run, pairs, sheet=sheet, heading=heading, day_first=day_first)
        except Fault:
            services.forget(who, run.pk)  # or it would wait in the pages for somebody who knows nothing of it
            raise
        work = services.apply if keep else services.check
        run = work(who, run.pk, now=True, tell=_teller())
        refused = _tell(run, keep)
        if not keep:
            services.forget(who, run.pk)
    sys.exit(1 if refused else 0)


def _choose(
    who: Actor,
    run: ImportRun,
    pairs: tuple[str, ...],
    *,
    sheet: str | None,
    heading: int | None,
    day_first: bool | None,
) -> None:
    """Which part of the file is read, and what its columns are: as found, or as said."""
    from tradepost.exchange import services

    if sheet is not None or heading is not None:
        run = services.reread(who, run.pk, sheet=sheet, heading=heading)
    chosen = services.whose(dict(_pair(pair) for pair in pairs), run)
    taken = {k: n for k, n in run.mapping.items() if n not in chosen.values()} | chosen
    services.choose(who, run.pk, taken, day_first=day_first)


def _pair(text: str) -> tuple[str, str]:
    field, sign, column = text.partition("=")
    if not sign:
        raise Invalid(f"“{text}” is not FIELD=COLUMN.", cure="Write for example --map sku='Item number'.")
    return field.strip(), column.strip()


def _tell(run: ImportRun, keep: bool) -> bool:
    """Whether rows were refused."""
    from tradepost.exchange.models import Action, RunState
    from tradepost.exchange.running import summary

    for row in run.outcomes.filter(action__in=(Action.REFUSE, Action.KEPT)).order_by("number").iterator():
        click.echo(f"Row {row.number}: {row.cause} {row.cure}".strip())
    if run.state == RunState.FAILED:
        raise Fault(run.message)
    dry = run.state == RunState.CHECKED
    click.echo(f"{summary(run)}{' (dry run: nothing was changed)' if dry else ''}.", err=True)
    if keep:
        back = f"'tradepost import-act undo {run.pk}'"
        click.echo(f"This is import {run.pk}; it can be taken back on its page or by {back}.", err=True)
    return bool(run.counts.get(Action.REFUSE))


@click.command("import-act")
@home.with_data
@USER
@click.argument("act", type=click.Choice(["apply", "undo", "forget"]))
@click.argument("run", type=int)
def import_act(data: Path, email: str, act: str, run: int) -> None:
    """Go on with import RUN behind its last row, take it back, or throw its file and report away.

    A run goes on that was checked or stopped, or whose command was killed; taken back is what nobody changed since. Exit
    code 1: some rows were refused, or had to be kept.
    """
    with home.application(data):
        from tradepost.exchange import services
        from tradepost.exchange.models import Action

        who = actor(email)
        if act == "forget":
            return services.forget(who, run)
        work = services.apply if act == "apply" else services.undo
        done = work(who, run, now=True, tell=_teller())
        refused = _tell(done, act == "apply") or bool(done.counts.get(Action.KEPT))
    sys.exit(1 if refused else 0)


def _teller() -> Callable[[int, int, int], bool]:
    """Says on the way how far it is and when it will be done."""
    began = said = time.monotonic()

    def tell(done: int, total: int, failures: int) -> bool:
        nonlocal said
        now = time.monotonic()
        if now - said >= EVERY and done < total:
            said, left = now, (now - began) / done * (total - done)
            words = f"{done:,} of {total:,} rows, {failures:,} of them with errors; about {left:,.0f} s left"
            click.echo(words, err=True)
        return True

    return tell


@click.command("export")
@home.with_data
@USER
@click.option(
    "--kind", type=click.Choice(list(KINDS)), help="Only records of this kind, as their import reads them."
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export_(data: Path, email: str, kind: str | None, file: Path) -> None:
    """Write everything that the user may see into FILE, a ZIP of CSV files with every attachment in files/.

    With --kind, FILE is a table that 'tradepost import' takes: XLSX if it is called so, else CSV.
    """
    with home.application(data):
        from tradepost.exchange import export, outgoing

        who = actor(email)
        with new_file(file) as opened:
            if kind:
                opened.writelines(outgoing.file(who, kind, file.suffix.lower().removeprefix(".")))
                return
            names = export.everything(who, opened)
    click.echo(f"{len(names)} tables are in {file}.", err=True)


@contextmanager
def new_file(file: Path) -> Iterator[IO[bytes]]:
    """A file that is not there yet; it is removed again where what is to be in it is refused."""
    try:
        with file.open("xb") as opened:
            yield opened
    except FileExistsError:
        raise Fault(f"{file} exists already.", cure="Name another file, or remove it first.") from None
    except OSError as error:
        raise Fault(f"{file} cannot be written: {error.strerror}.", cure="Name another folder.") from None
    except Fault:
        file.unlink(missing_ok=True)
        raise


COMMANDS = [import_, import_act, export_]
