"""``tradepost xml``: orders and invoices as XML, in and out."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tradepost.cli import home
from tradepost.cli.user import actor
from tradepost.kit.errors import Fault

USER = click.option("--user", "email", required=True, help="Address of the user who does it.")
TARGET = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def xml() -> None:
    """Orders and invoices as XML: out, in, and their schema."""


@xml.command()
@TARGET
def schema(file: Path) -> None:
    """Write the XML schema (XSD) into FILE."""
    from tradepost.exchange.edi.schema import FILE

    _write(file, FILE.read_bytes())


@xml.command("export")
@home.with_data
@USER
@click.argument("number")
@TARGET
def export_(data: Path, email: str, number: str, file: Path) -> None:
    """Write the sales order, invoice or purchase order NUMBER into FILE."""
    with home.application(data):
        from tradepost.exchange.edi import out
        from tradepost.kit.errors import Missing
        from tradepost.sales.models import Document

        who = actor(email)
        row = Document.objects.of(who).filter(number=number, kind__in=out.KINDS).first()
        if row is None:
            raise Missing(f"sales order, invoice or purchase order {number}")
        _write(file, out.document_xml(who, row.pk)[1])


@xml.command("import")
@home.with_data
@USER
@click.option(
    "--apply", "keep", is_flag=True, help="Make the documents; without it only the dry run is done."
)
@click.option(
    "--answers",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Write an answer to each order here.",
)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
def import_(data: Path, email: str, keep: bool, answers: Path | None, files: tuple[Path, ...]) -> None:
    """Read orders and invoices from FILES, one a file. An order becomes a sales order, an invoice a bill.

    Each file prints what became of it, or every problem with its cure. Exit code 1: some files wait for somebody.
    """
    with home.application(data):
        from tradepost.exchange.edi import services

        who, waiting = actor(email), False
        for file in files:
            try:
                row = services.receive(who, file.name, file.read_bytes())
                plan = services.plan(who, row.pk)
                told = [str(one) for one in plan.problems]
                if not told and keep:
                    told = [f"{services.take(who, row.pk).number} is here."]
                elif not told:
                    told = [f"fits: {plan.totals.total if plan.totals else plan.document} (dry run)."]
                waiting = waiting or bool(plan.problems)
                if answers is not None and not plan.paper.invoice:
                    _write(answers / f"{file.stem}-answer.xml", services.answer(who, row.pk))
                told += plan.notes
            except Fault as fault:
                told, waiting = [str(fault)], True
            for sentence in told:
                click.echo(f"{file}: {sentence}")
    sys.exit(1 if waiting else 0)


def _write(file: Path, content: bytes) -> None:
    try:
        with file.open("xb") as opened:
            opened.write(content)
    except FileExistsError:
        raise Fault(f"{file} exists already.", cure="Name another file, or remove it first.") from None
    except OSError as error:
        raise Fault(f"{file} cannot be written: {error.strerror}.", cure="Name another folder.") from None


COMMANDS = [xml]
