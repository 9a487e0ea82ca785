"""``mail.large``: a mailbox of 200,000 messages, of which 2 % are with contacts, is read once; the first reader is killed on
its way and a second one goes on.

Says whether memory stays as it is at 20,000 (``mail.catchup``), and what the killed one's work was worth to its heir.
"""

from __future__ import annotations

import time

from bench import Goal, Result
from bench.mail._desk import Desk, desk
from bench.mail.catchup import EACH, THREAD, mail

MESSAGES = 200_000
LIFE = 8.0  # seconds of the first reader, the start of its program included


def run() -> Result:
    with desk() as here:
        box = here.dovecot.user("large@shop.test")
        here.dovecot.seed(box, MESSAGES, make=mail)
        made = here.ask("bench.mail._company", box, str(here.dovecot.imap), str(MESSAGES // EACH // THREAD))
        stream = str(made["stream"])
        kept = _killed(here, stream)
        rest = here.ask("bench.mail._catchup", stream, "resume")
    assert rest["stored"] == MESSAGES // EACH, rest
    assert rest["threads"] == MESSAGES // EACH // THREAD, rest
    figures = {"messages": MESSAGES, "stored_when_killed": kept, **rest}
    return Result(
        "mail.large",
        figures,
        [Goal("peak MB of the reading process (PSS)", rest["share_mb"], 60, at_most=True)],
    )


def _killed(here: Desk, stream: str) -> int:
    """Read for a while, be killed; how many messages were stored by then."""
    reader = here.start("bench.mail._catchup", stream)
    time.sleep(LIFE)
    reader.kill()
    assert reader.wait() < 0, "it was through before it was killed"
    return int(here.ask("bench.mail._stored")["stored"])
