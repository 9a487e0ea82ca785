"""What goes wrong with a mailbox by IMAP, each with its cause and cure; and how a server's words tell which it is.

Response codes are those of RFC 5530 and RFC 5255; where servers use none, their well-known sentences.
Errors of names, sockets and certificates are raised by ``wire.net`` and ``wire.tls``.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from typing import Any

from imapclient.exceptions import IMAPClientError

from tradepost.kit.errors import Remote, Temper
from tradepost.kit.words import gettext_noop
from tradepost.wire.imap import Malformed
from tradepost.wire.imap.client import CommandRefused, Hung
from tradepost.wire.tls import tls_fault

# What users of SalesOrder.com search for (B17); the true cause follows it.
FOLDERS_HEADLINE = gettext_noop("Error: Unable to get folders list! Probably wrong credentials passed!")


class ImapFault(Remote):
    """The server said no and gave no reason that we know. ``said`` are its words."""

    code = "imap"
    cause_text = gettext_noop("{host} refused a request: {said}")
    cure_text = gettext_noop("Ask the provider what the message means.")


class LoginRefused(ImapFault):
    code = "imap-login"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("{host} did not accept the user name or the password: {said}")
    cure_text = gettext_noop(
        "Check the spelling of both; the user name is often the whole address. Where the account has "
        "two-step verification, create an app password and use it here."
    )


class AppPasswordNeeded(LoginRefused):
    code = "imap-app-password"
    cause_text = gettext_noop("{host} does not take the account's own password from programs: {said}")
    cure_text = gettext_noop(
        "Create an app password in the account's security settings and use it here, or sign in with "
        "the provider."
    )


class PasswordSignInOff(LoginRefused):
    code = "imap-password-sign-in-off"
    cause_text = gettext_noop("{host} no longer lets programs sign in with a password: {said}")
    cure_text = gettext_noop("Connect the account by signing in with the provider instead of a password.")


class TokenRefused(LoginRefused):
    code = "imap-token"
    cause_text = gettext_noop("{host} did not accept the sign-in with the provider: {said}")
    cure_text = gettext_noop("Connect the account again.")


class ImapDisabled(ImapFault):
    code = "imap-off"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("IMAP is switched off for this mailbox: {said}")
    cure_text = gettext_noop("Switch IMAP on in the mailbox's settings, or ask its administrator to.")


class EncryptionNeeded(ImapFault):
    code = "imap-encryption"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("{host} takes a sign-in over an encrypted connection only: {said}")
    cure_text = gettext_noop("Choose TLS or STARTTLS as encryption.")


class NoStartTls(ImapFault):
    code = "imap-no-starttls"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("{host} does not offer STARTTLS on this port.")
    cure_text = gettext_noop(
        "Choose TLS with port 993; an unencrypted connection would show the password to others."
    )


class NoFolder(ImapFault):
    code = "imap-no-folder"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("There is no folder {folder} on {host}: {said}")
    cure_text = gettext_noop("Choose another folder in the account's folder mapping.")


class NoFolders(ImapFault):
    code = "imap-no-folders"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("{host} lists no folder for this user.")
    cure_text = gettext_noop(
        "Check that the account has a mailbox, and that the user name is that of the mailbox."
    )


class NotPermitted(ImapFault):
    code = "imap-not-permitted"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("{host} does not permit this: {said}")
    cure_text = gettext_noop("Give the account the right to it, or choose another folder.")


class MailboxFull(ImapFault):
    code = "imap-full"
    temper = Temper.PERMANENT
    cause_text = gettext_noop("The mailbox is full: {said}")
    cure_text = gettext_noop("Delete mail or have the mailbox enlarged.")


class Busy(ImapFault):
    code = "imap-busy"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("{host} is busy or allows no more for now: {said}")
    cure_text = gettext_noop(
        "It is tried again by itself; close other programs that use the mailbox if it lasts."
    )


class Dropped(ImapFault):
    code = "imap-dropped"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("The connection to {host} broke: {said}")
    cure_text = gettext_noop("It is tried again by itself.")


class Silent(ImapFault):
    code = "imap-timeout"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("{host} did not answer in time.")
    cure_text = gettext_noop("It is tried again by itself; if it lasts, check that the port is that of IMAP.")


class Unanswering(ImapFault):
    code = "mail-unanswering"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop(
        "{host} took the connection and did not finish its answer within {seconds:g} seconds."
    )
    cure_text = gettext_noop(
        "Check the port and the kind of encryption: a server that waits for TLS says nothing without "
        "it. If both are right the server is overloaded: test again later."
    )


class NotImap(ImapFault):
    code = "imap-not-spoken"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("What answers at {host} is no IMAP server: {said}")
    cure_text = gettext_noop("Check the host, the port and the kind of encryption.")


class Renumbered(ImapFault):
    code = "imap-renumbered"
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("{host} renumbered the messages of {folder} while it was being read.")
    cure_text = gettext_noop("The folder is indexed anew by itself.")


_BY_CODE: dict[str, type[ImapFault]] = {
    "AUTHENTICATIONFAILED": LoginRefused,
    "AUTHORIZATIONFAILED": LoginRefused,
    "EXPIRED": LoginRefused,
    "PRIVACYREQUIRED": EncryptionNeeded,
    "CONTACTADMIN": ImapDisabled,
    "NOPERM": NotPermitted,
    "OVERQUOTA": MailboxFull,
    "NONEXISTENT": NoFolder,
    "TRYCREATE": NoFolder,
    "LIMIT": Busy,
    "UNAVAILABLE": Busy,
    "INUSE": Busy,
    "THROTTLED": Busy,
    "SERVERBUG": Busy,
}
# Sentences of Gmail, Outlook, Yahoo, Exchange and old servers that come without a code, or with ALERT.
_BY_WORDS: tuple[tuple[str, type[ImapFault]], ...] = (
    (r"application-specific password|app(lication)? password", AppPasswordNeeded),
    (r"basic ?auth\w* is (disabled|blocked)|web login required|5\.7\.139", PasswordSignInOff),
    (r"not enabled for imap|imap (access )?(is )?(disabled|not enabled)|enable imap", ImapDisabled),
    (r"too many (simultaneous )?connections|throttl|rate limit|try again later|bandwidth", Busy),
    (r"deleted under us|uidvalidity changed", Renumbered),  # Dovecot
    (r"overquota|quota exceeded|mailbox is full", MailboxFull),
    (r"(plaintext|cleartext) auth\w* (is )?(disallowed|disabled)", EncryptionNeeded),
    (r"requires? (ssl|tls|encryption)|logindisabled", EncryptionNeeded),
    (r"(mailbox|folder) (doesn't|does not) exist|unknown mailbox|no such mailbox|nonexistent", NoFolder),
    (r"invalid credentials|(authenticat|login)\w* fail|invalid (login|user)|bad password", LoginRefused),
)  # fmt: skip
_CODE = re.compile(r"\[([A-Z-]+)[^\]]*\]\s*")
_WRAPPED = re.compile(
    r"""\A(?:[\w-]+ (?:command )?(?:error|failed): ?)?(?:[A-Z]+ )?\[?b(['"])(.*)\1\]?\Z""", re.DOTALL
)


def fault(
    error: BaseException, host: str, *, folder: str = "", during: type[ImapFault] = ImapFault
) -> Remote:
    """Any error of the IMAP layers as a ``Remote``. ``during`` is the class when the words tell nothing."""
    if isinstance(error, Remote):
        return error
    if isinstance(error, TimeoutError):
        return Silent(host=host)
    if isinstance(error, ssl.SSLError):
        return tls_fault(error, host)
    if isinstance(error, Malformed):
        return NotImap(host=host, said=str(error))
    code, said = _said(error)
    facts: dict[str, Any] = {"host": host, "said": said, "folder": folder}
    kind = kind_of(code, said)
    if kind is None and said.startswith("unexpected response"):
        kind = NotImap
    elif kind is None and isinstance(error, OSError | Hung | imaplib.IMAP4.abort):
        kind = Dropped
    if kind is None or issubclass(during, kind):
        kind = during
    made = kind(said, **facts)
    if made.temper is Temper.RETRYABLE and kind is Busy:
        made.retry_after = 60
    return made


def kind_of(code: str, said: str) -> type[ImapFault] | None:
    """Which fault a response code (RFC 5530) or, failing that, a server's sentence means."""
    words = said.lower()
    by_words = next((kind for pattern, kind in _BY_WORDS if re.search(pattern, words)), None)
    by_code = _BY_CODE.get(code.upper())
    if by_words and (by_code is None or issubclass(by_words, by_code)):
        return by_words
    return by_code


def _said(error: BaseException) -> tuple[str, str]:
    """The response code and the server's words, out of whatever wrapping they come in."""
    if isinstance(error, CommandRefused):
        return error.code, error.text
    text = str(error)
    if isinstance(error, IMAPClientError | imaplib.IMAP4.error) and (m := _WRAPPED.match(text)):
        text = m[2]
    codes = _CODE.findall(text)
    code = next((c for c in codes if c in _BY_CODE), codes[0] if codes else "")
    return code, _CODE.sub("", text).strip() or type(error).__name__
