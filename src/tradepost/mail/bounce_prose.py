"""What a mail server tells in prose about a mail that came back: whom it could not reach, and whether for good. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tradepost.kit.text import fold_email
from tradepost.mail.addresses import addresses

_READ = 20_000  # characters
_LINE = 200  # characters of a line that the rules look at
_WORDS = 500  # characters that are kept for people


@dataclass(frozen=True, slots=True)
class Prose:
    """``later``: the server goes on trying. ``words`` are its own, on one line."""

    recipients: tuple[str, ...]
    status: str
    later: bool
    words: str


_ADDRESS = r"(?:smtp[:=]|rfc822;\s?)?([\w.+=&/-][\w.+=&'/-]{0,63}@[\w-][\w.-]{0,253}\w)"
_ANYWHERE = re.compile(_ADDRESS, re.I)
_LEADING = re.compile(rf"^[\s>*|\"'\[<(=-]{{0,40}}{_ADDRESS}(?![\w@])", re.I | re.M)
_THESE = re.compile(r"(?:following|these|intended|undeliverable|original) (?:recipient|address)\w*", re.I)
_DAEMON = re.compile(r"(?:postmaster|mailer-daemon|mailerdaemon|abuse|support|helpdesk)@", re.I)
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_SMTP = re.compile(
    r"(?:^[\s>]*|[:>\"'(]\s?|\b(?:said|returned|error|code|response|status)\W{1,3})([45][0-7]\d)(?=[ -][\w<#\"'(])",
    re.I | re.M,
)
_FAILED = re.compile(
    r"undeliver|not (?:be |been |yet been |successfully )?delivered|(?:unable|able|not) (?:to )?(?:deliver|reach|send)\b"
    r"|did(?: not|n't) reach|could not be (?:delivered|reached|sent)|deliver\w*\b[^.]{0,60}\b(?:fail|delay|error|abort|postpone|problem)"
    r"|fail\w* (?:to )?(?:deliver|recipient)|(?:fatal|delivery|processing) error|returned (?:mail|to sender|because)"
    r"|returning (?:message|mail)|user (?:is )?unknown|unknown (?:user|recipient|host)"
    r"|no such (?:user|recipient|mailbox|person)|not (?:a )?valid (?:user|recipient|mailbox)"
    r"|invalid (?:\w+ ){0,3}(?:user|recipient|mailbox|address)|mail\s?box (?:is )?(?:full|unavailable|exceeds)|quota (?:exceed|violat)"
    r"|(?:over|exceed\w*)\W(?:\w+\W){0,3}quota|unzustellbar|nicht zu(?:gestellt|stellbar)"
    r"|pas (?:été|pu être) (?:remis|distribué|délivré|livré)|non[ -]remis|no se (?:ha podido|pudo|puede) entregar"
    r"|não (?:pôde|foi possível) (?:ser )?entreg|non (?:è stato )?(?:possibile )?consegna"
    r"|niet (?:worden )?(?:bezorgd|afgeleverd)|nie (?:mo\w+ |została )?dostarczon|может быть доставлен|не доставлен"
    r"|无法(?:投递|送达|发送)|退信|(?:配信|配送)できません",
    re.I,
)
_LATER = re.compile(
    r"not yet been delivered|has been delayed|delivery delayed|delayed \d|will (?:continue|be retried|keep trying|retry|try again)"
    r"|attempts will continue|postponed|still (?:being )?(?:tried|trying)|(?:just|only) a warning|warning message only|verzögert",
    re.I,
)
_COPIED = re.compile(r"\b(?:copy|original|returned|unsent|undelivered|source|headers?|text)\b", re.I)
_FOLLOWS = re.compile(r"^\W{3}|\b(?:follows?\b|below|attach|copy|including|details|reads)", re.I)
_MESSAGE = re.compile(r"^(?!.*\bnot\b).*\b(?:messages?|e?-?mail)\b", re.I)
_HEADER = re.compile(
    r"[>|\s]{0,8}(?:return-path|received|delivered-to|message-id|mime-version|dkim-signature|x-[a-z-]{2,40}):",
    re.I,
)
_TO = re.compile(r"^[>|\s]{0,8}To:(.{3,300})$", re.I | re.M)


def read_prose(fields: Mapping[str, str], text: str) -> Prose | None:
    """``fields`` and ``text`` of the report; None where it does not tell that a mail came back, or to whom it went."""
    own, copied = _own_words(text[:_READ])
    failed = [a.email for a in addresses(fields.get("x-failed-recipients", ""))]
    words, status, smtp = " ".join(own.split()), _STATUS.search(own), _SMTP.search(own)
    if not (failed or status or smtp or _FAILED.search(words)):
        return None
    found = failed or _named(own, fields) or _addressed(copied)
    code = status[1] if status else f"{smtp[1][0]}.0.0" if smtp else ""
    later = bool(_LATER.search(words)) and not code.startswith("5.")
    return Prose(tuple(dict.fromkeys(found)), code, later, words[:_WORDS])


def _own_words(text: str) -> tuple[str, str]:
    """What the server says, and the mail that it returns below."""
    lines = text.split("\n")
    at = next((n for n, line in enumerate(lines) if _returns(line[:_LINE])), len(lines))
    return "\n".join(lines[:at]), "\n".join(lines[at:])


def _returns(line: str) -> bool:
    if _HEADER.match(line):
        return True
    begins = line.strip()[:1]
    return bool(
        begins
        and not begins.islower()
        and _COPIED.search(line)
        and _FOLLOWS.search(line)
        and _MESSAGE.search(line)
    )


def _named(own: str, fields: Mapping[str, str]) -> list[str]:
    """All addresses that begin a line, or the first one that is called a recipient, or the first one at all; neither
    whom the report goes to nor who wrote it."""
    apart = {a.email for name in ("from", "to", "cc", "sender") for a in addresses(fields.get(name, ""))}
    these = _THESE.search(own)

    def others(found: list[str]) -> list[str]:
        folded = [fold_email(address) for address in found]
        return [address for address in folded if address not in apart and not _DAEMON.match(address)]

    return (
        others(_LEADING.findall(own))
        or (others(_ANYWHERE.findall(own[these.end() :]))[:1] if these else [])
        or others(_ANYWHERE.findall(own))[:1]
    )


def _addressed(copied: str) -> list[str]:
    """Whom the returned mail went to, where that is one person."""
    to = _TO.search(copied)
    found = [a.email for a in addresses(to[1])] if to else []
    return found if len(found) == 1 else []
