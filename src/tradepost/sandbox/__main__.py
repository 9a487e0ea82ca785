"""``python -m tradepost.sandbox --data DIR``: the simulated world until SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from argparse import ArgumentParser, Namespace
from contextlib import AsyncExitStack
from pathlib import Path

from tradepost.kit.errors import Fault
from tradepost.sandbox.calendars import CalendarServer
from tradepost.sandbox.customer import Customers
from tradepost.sandbox.mailserver import HOST, MailServer, Ports


def arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m tradepost.sandbox", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="directory for accounts, mailboxes and certificate"
    )
    for name, words in {
        "imaps": "IMAP with TLS",
        "imap": "IMAP with STARTTLS",
        "smtps": "submission with TLS",
        "smtp": "submission with STARTTLS",
        "dav": "CalDAV and CardDAV with TLS",
    }.items():
        parser.add_argument(f"--{name}-port", type=int, default=0, help=f"port of {words}; 0 is any free one")
    parser.add_argument(
        "--answer-after",
        type=float,
        default=1.0,
        help="customers answer after this to twice this many seconds",
    )
    return parser.parse_args()


async def serve(given: Namespace) -> None:
    """Start, say on one line of JSON where everything is, and wait for the signal to stop."""
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    async with AsyncExitStack() as servers:
        mail = MailServer(given.data)
        servers.push_async_callback(mail.stop)
        await mail.start(Ports(given.imaps_port, given.imap_port, given.smtps_port, given.smtp_port))
        Customers(mail.post, given.answer_after)
        calendars = CalendarServer(given.data, mail.ports.imap)
        servers.push_async_callback(calendars.stop)
        await calendars.start(given.dav_port)
        ready = {**mail.announcement(), "dav_url": f"https://{HOST}:{calendars.port}/"}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await end.wait()


if __name__ == "__main__":
    try:
        asyncio.run(serve(arguments()))
    except Fault as fault:
        sys.stderr.write(f"{fault}\n")
        sys.exit(fault.exit_code)
