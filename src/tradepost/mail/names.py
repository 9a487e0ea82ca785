"""What a header names: its people, ids and numbers. By these alone it may belong to something known here; of a mailbox nearly
nothing does, and of such a header nothing else is read.

``names`` of each header of a page → ``wanted``, what to look up → the ``Directory`` → ``concerned``, those whose envelope is to be
decided about. Of all others ``decide`` would say that nothing of them is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from tradepost.mail import tokens
from tradepost.mail.addresses import emails
from tradepost.mail.automatic import is_report
from tradepost.mail.directory import Directory, Wanted
from tradepost.mail.encoded_words import decode_words
from tradepost.mail.headers import envelope, fold_id, ids_in, reply_tokens_in, split
from tradepost.mail.types import Envelope, HeaderRow

NO_ID = "@no-id.invalid"


class Names(NamedTuple):
    """The names in the header ``row``, folded: ``ids`` are its own and those that it refers to; ``matters`` is true of what is decided
    about whatever is known, a report and what may be the copy of a mail that was sent from here."""

    row: HeaderRow
    ids: tuple[str, ...]
    sender: str
    emails: tuple[str, ...]
    numbers: tuple[str, ...]
    thread: str
    conversation: str
    reply_tokens: tuple[str, ...]
    matters: bool


def names(row: HeaderRow) -> Names:
    fields = split(row.header)
    get = fields.get
    own, answered, referred = ids_in(fields)
    subject, index = decode_words(get("subject", "")), get("thread-index", "")
    senders = emails(get("from", "")) or emails(get("sender", ""))
    copied = [email for name in ("cc", "bcc") if name in fields for email in emails(fields[name])]
    own = own or named(envelope(row)).message_id
    return Names(
        row,
        tuple(map(fold_id, (own, *answered, *referred))),
        senders[0] if senders else "",
        (*senders[:1], *emails(get("to", "")), *copied),
        tokens.subject_tokens(subject),
        row.provider_thread,
        tokens.conversation_of(index) if index else "",
        reply_tokens_in(fields),
        "x-tradepost-hop" in fields or is_report(fields, subject),
    )


def named(one: Envelope) -> Envelope:
    """A message without Message-ID gets one made of its header, so that it too is known when it is seen again."""
    if one.message_id:
        return one
    facts = (one.sender.email, [a.email for a in one.to + one.cc], one.subject, str(one.date), one.size)
    return one._replace(message_id=hashlib.sha256(repr(facts).encode()).hexdigest() + NO_ID)


def wanted(page: Sequence[Names], key: bytes) -> Wanted:
    """What the decisions about a page will ask the directory for. A token counts where the company's ``key`` made it."""
    ids = frozenset(chain.from_iterable(one.ids for one in page))
    ours = {i: token for i in ids if (token := tokens.verify(i, key))}
    replies = (tokens.verify_reply(address, key) for one in page for address in one.reply_tokens)
    return Wanted(
        message_ids=ids,
        ours=frozenset(ours),
        tokens=frozenset(filter(None, chain(ours.values(), replies))),
        emails=frozenset(chain.from_iterable(one.emails for one in page)),
        threads=frozenset(one.thread for one in page if one.thread),
        conversations=frozenset(one.conversation for one in page if one.conversation),
        numbers=frozenset(chain.from_iterable(one.numbers for one in page)),
    )


def concerned(page: Iterable[Names], directory: Directory) -> list[HeaderRow]:
    """Those that name somebody or something known, or one before them that does: it may be kept, and they answer it."""
    known = {
        *directory.seen, *directory.taken_back, *directory.messages, *directory.ours, *directory.threads,
        *directory.conversations, *directory.numbers, *(directory.contacts.keys() - directory.own),
    }  # fmt: skip
    rows = []
    for one in page:
        every = (*one.ids, *one.emails, *one.numbers, one.thread, one.conversation)
        met = not known.isdisjoint(every) or one.sender in directory.awaited
        if met or one.matters or one.reply_tokens:
            known.update(filter(None, (one.ids[0], one.thread, one.conversation)))
            rows.append(one.row)
    return rows
