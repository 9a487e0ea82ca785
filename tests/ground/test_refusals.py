"""Every command with wrong input of every kind: exit code 2, a sentence with its cure, no traceback, nothing written.

The commands and their parameters come from the command line itself, so that a new one is tried too.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from django.db import connection

from tests.api.conftest import company, join
from tests.api.world import MARK, rows_of, world
from tradepost import cli
from tradepost.accounts.access import Role

DANA, READER = "dana@example.com", "rita@example.com"
NEEDS_NO_DATABASE = {
    "up",
    "demo",
    "web",
    "worker",
    "watch",
    "migrate",
    "doctor",
    "backup",
    "restore",
    "seal",
    "sandbox",
}

# What is right for a parameter, so that only one is wrong at a time. Commands are tried in a folder with these files.
RIGHT: dict[str, str] = {
    "--by": DANA,
    "--user": DANA,
    "--name": "X",
    "--email": "x@example.com",
    "--company": "X",
    "--url": "https://127.0.0.1:9/",
    "--address": "x@example.com",
    "--base": "sales",
    "email": DANA,
    "role": "sales",
    "given": "sales",
    "key": "mail.active",
    "value": "true",
    "kind": "customer",
    "file": "customers.csv",
    "files": "order.xml",
    "archive": "backup.tar.gz",
    "calendar_id": "x",
    "number": "999999",
    "account": "999999",
    "kept": "999998",
    "gone": "999999",
}
# Values that a parameter may not have, beside those that its type refuses.
WRONG: dict[str, list[str]] = {
    "--by": ["nobody@example.com", "", "zoe"],
    "--user": ["nobody@example.com", ""],
    "--email": ["no address", DANA],
    "--time-zone": ["Mars/Olympus"],
    "--currency": ["EURO"],
    "--locale": ["xx-YY-ZZ"],
    "--grant": ["fly"],
    "--deny": ["fly"],
    "--scope": ["fly"],
    "--colour": ["plaid"],
    "--address": ["x"],
    "--imap-pin": ["xyz"],
    "--url": ["ftp://x", "nonsense"],
    "--pin": ["xyz"],
    "--map": ["name", "name=No such column", "nonsense=name"],
    "--sheet": ["No such sheet"],
    "--heading": ["99"],
    "--connection": ["999999"],
    "--set": ["nonsense", "nonsense=1"],
    "--interval": ["-1"],
    "given": ["emperor"],
    "key": ["no.such"],
    "value": ["maybe", "[1, {", "17"],
    "number": ["999999", "-1", "99999999999999999999"],
    "account": ["999999", "99999999999999999999"],
    "kept": ["999998", "99999999999999999999"],
    "gone": ["99999999999999999999"],
    "file": ["/nowhere/at.all", "."],
    "files": ["none.xml", "."],
    "archive": ["none.tar.gz", "."],
}
# Where another company's record is what the command names.
THEIRS = {
    "role change": "roles",
    "role remove": "roles",
    "tag change": "tags",
    "tag remove": "tags",
    "tag unmerge": "tag-merges",
    "key revoke": "api-keys",
    "mail test": "mail-accounts",
    "mail disconnect": "mail-accounts",
    "sync run": "connections",
    "sync log": "connections",
    "sync pause": "connections",
    "sync resume": "connections",
    "sync preview": "streams",
    "sync undo": "runs",
    "calendar apply": "calendars",
}
# Bad content of a file that a command reads.
BROKEN = {
    "binary.csv": b"\x00\xff\xfe\x01" * 50,
    "empty.csv": b"",
    "broken.xlsx": b"PK\x03\x04 no workbook",
}


def leaves(group: click.Group, *above: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from leaves(command, *above, name)
        else:
            yield " ".join((*above, name)), command


def label(one: click.Parameter) -> str:
    return one.opts[0] if isinstance(one, click.Option) else str(one.name)


def words(command: click.Command, **changed: str) -> list[str]:
    """What makes the command whole; ``changed`` names a parameter by its label with another value."""
    wanted = [one for one in command.params if one.required or label(one) in changed]
    made = [changed.get(label(one), RIGHT.get(label(one), "x")) for one in wanted]
    pairs = list(zip(wanted, made, strict=True))
    options = [part for one, value in pairs if isinstance(one, click.Option) for part in (one.opts[0], value)]
    arguments = [value for one, value in pairs if not isinstance(one, click.Option)]
    return [*options, "--", *arguments] if arguments else options


def wrong(name: str, command: click.Command) -> Iterator[list[str]]:
    """Each way in which the words of a command are wrong."""
    yield ["--nonsense"]
    yield (
        [*words(command), "one", "too", "many"]
        if not any(one.nargs < 0 for one in command.params)
        else ["--nope"]
    )
    if any(one.required for one in command.params):
        yield []
    yield ["--data", "customers.csv", *words(command)]  # a file, no folder
    for one in command.params:
        if isinstance(one.type, click.types.IntParamType | click.Choice):
            yield words(command, **{label(one): "x y"})
        if name.split()[0] not in NEEDS_NO_DATABASE:
            for value in WRONG.get(label(one), []):
                yield words(command, **{label(one): value})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands run: the run's own database, and files to read."""
    facts = connection.settings_dict
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{facts['USER']}@/{facts['NAME']}?host={facts['HOST']}")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "customers.csv").write_text("name\nMarlow\n")
    (tmp_path / "order.xml").write_text("<a/>")
    for file, content in BROKEN.items():
        (tmp_path / file).write_bytes(content)
    return tmp_path


def run(tried: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What is wrong with the answer to wrong words, or nothing."""
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    try:
        cli.main(tried)
        code: Any = "no exit"
    except SystemExit as end:
        code = end.code
    except Exception as error:
        return f"{' '.join(tried)}: {error!r}"
    said = capsys.readouterr()
    sentence = said.err.strip()
    if code != 2 or len(sentence) < 20 or MARK in said.out + said.err:
        return f"{' '.join(tried)}: {code} {said.out[:100]!r} {sentence[-200:]!r}"
    return ""


@pytest.mark.django_db(transaction=True)
def test_every_command_refuses_what_is_wrong(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    master, theirs = company(), world()
    join(master, Role.READ_ONLY, READER)
    before = {**rows_of(master), "theirs": [rows_of(theirs.actor)]}
    files = sorted(folder.iterdir())
    commands = dict(leaves(cli.group))
    tries = [[*name.split(), *more] for name, command in commands.items() for more in wrong(name, command)]
    for name, kind in THEIRS.items():
        named = [label(one) for one in commands[name].params if isinstance(one, click.Argument)]
        field = "--connection" if name == "sync log" else named[0]
        tries.append([*name.split(), *words(commands[name], **{field: str(theirs.ids[kind])})])
    for name in ("role add", "user add", "tag add", "company change", "sync undo", "import", "mail connect"):
        by = next(label(one) for one in commands[name].params if label(one) in ("--by", "--user"))
        tries.append([*name.split(), *words(commands[name], **{by: READER})])
    tries += [["import", *words(commands["import"], file=file)] for file in BROKEN]
    failed = [failure for one in tries if (failure := run(one, capsys, monkeypatch))]
    assert not failed, "\n".join(failed)
    assert len(tries) > 250
    after = {**rows_of(master), "theirs": [rows_of(theirs.actor)]}
    written = [(name, row) for name, rows in after.items() for row in rows if row not in before[name]]
    # That somebody tried an import stands in the audit trail, also when it came to nothing.
    assert not [row for _, row in written if not str(row.get("verb")).startswith("import.")]
    assert sorted(folder.iterdir()) == files
