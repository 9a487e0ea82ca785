"""The command line. Commands load Django inside, so that ``--help`` answers at once.

Exit codes: 0 done, 1 something is down or broken, 2 the input was wrong. An error is a sentence with its cure on
standard error and never a traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from errno import EACCES, EPERM, EROFS
from typing import NoReturn

import click

import tradepost
from tradepost.cli import (
    backup,
    calendar,
    company,
    database,
    demo,
    doctor,
    edi,
    exchange,
    keys,
    lists,
    mail,
    person,
    processes,
    role,
    setting,
    sync,
    tag,
    tax,
    up,
    user,
)
from tradepost.kit.errors import Fault


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(tradepost.__version__, prog_name="tradepost")
def group() -> None:
    """A self-hosted order desk that mail, calendars and web shops flow into.

    Every command takes --data (or TRADEPOST_DATA): the folder of the database, keys and attachments. With
    DATABASE_URL set, your own PostgreSQL is used and any number of web, worker and watch processes may run on any
    number of machines.
    """


for room in (
    up,
    demo,
    processes,
    database,
    backup,
    doctor,
    company,
    user,
    role,
    keys,
    lists,
    setting,
    tag,
    tax,
    mail,
    person,
    sync,
    exchange,
    edi,
    calendar,
):
    for command in room.COMMANDS:
        group.add_command(command)


def main(words: Sequence[str] | None = None) -> None:
    """The installed command ``tradepost``; without ``words``, what stands on the command line."""
    try:
        sys.exit(group(words, standalone_mode=False) or 0)
    except Fault as fault:
        _say(fault)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Exception as error:
        if (ground := _of_the_ground(error)) is None:
            raise
        _say(ground)


def _say(fault: Fault) -> NoReturn:
    click.echo(f"{fault.cause}\n{fault.cure}".strip(), err=True)
    sys.exit(fault.exit_code)


class NoRight(Fault):
    """Mostly a command that is run as another user than tradepost itself."""

    code = "no-right"
    cause_text = "{file} cannot be used: {message}."
    cure_text = "Run the command as the user that runs tradepost, or give this user the right to read and write there."


def _of_the_ground(error: Exception) -> Fault | None:
    if isinstance(error, OSError) and error.filename and error.errno in (EACCES, EPERM, EROFS):
        return NoRight(error.strerror or "", file=error.filename)
    from tradepost.wire.outage import misfit, outage  # loads Django, which "--help" does without

    return outage(error) or misfit(error)
