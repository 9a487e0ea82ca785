"""The commands before a folder is selected: sign in, list, select, status, append (RFC 3501 §6.1 to §6.3)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime

from tradepost.sandbox.imap.session import Command, Session
from tradepost.sandbox.imap.syntax import Bad, No, Token, atoms, mailbox, mailbox_bytes, text, word
from tradepost.sandbox.mailstore import FolderRow

COMMANDS: dict[str, Command] = {}
SYSTEM_FLAGS = "\\Answered \\Flagged \\Deleted \\Seen \\Draft"


def command(name: str, *, arguments: int = 0, signed_in: bool = True) -> Callable[[Command], Command]:
    """Register a command; it gets at least ``arguments`` tokens, and a signed-in session if it asks."""

    def register(function: Command) -> Command:
        async def checked(session: Session, args: list[Token]) -> str:
            if signed_in and session.account is None:
                raise Bad("Log in first")
            if len(args) < arguments:
                raise Bad(f"{name} needs {arguments} arguments")
            return await function(session, args)

        COMMANDS[name] = checked
        return function

    return register


@command("CAPABILITY", signed_in=False)
async def capability(session: Session, args: list[Token]) -> str:
    session.say(f"* CAPABILITY {session.capabilities()}")
    return "Done"


@command("NOOP", signed_in=False)
async def noop(session: Session, args: list[Token]) -> str:
    return "Done"


@command("ID", signed_in=False)
async def identify(session: Session, args: list[Token]) -> str:
    session.say('* ID ("name" "tradepost sandbox")')
    return "Done"


@command("LOGOUT", signed_in=False)
async def logout(session: Session, args: list[Token]) -> str:
    session.say("* BYE See you")
    session.ended = True
    return "Done"


@command("STARTTLS", signed_in=False)
async def starttls(session: Session, args: list[Token]) -> str:
    if session.encrypted:
        raise Bad("Already encrypted")
    session.upgrading = True
    return "Begin TLS now"


@command("LOGIN", arguments=2, signed_in=False)
async def login(session: Session, args: list[Token]) -> str:
    return _sign_in(session, text(args[0]), text(args[1]))


@command("AUTHENTICATE", arguments=1, signed_in=False)
async def authenticate(session: Session, args: list[Token]) -> str:
    if word(args[0]) != "PLAIN":
        raise No("[AUTHENTICATIONFAILED] Only PLAIN is offered")
    if len(args) < 2:
        session.say("+ ")
        await session.writer.drain()
        response = await session.reader.readline()
    else:
        response = text(args[1]).encode()
    try:
        _, username, password = base64.b64decode(response).decode().split("\0")
    except (binascii.Error, ValueError) as error:
        raise Bad("Not a PLAIN response") from error
    return _sign_in(session, username, password)


def _sign_in(session: Session, username: str, password: str) -> str:
    faults = session.world.faults
    if faults.unavailable:
        raise No("[UNAVAILABLE] Try again later")
    account = session.world.directory.signs_in(username, password)
    if account is None or faults.refuses(account.address):
        raise No("[AUTHENTICATIONFAILED] Wrong username or password")
    session.account = account
    session.world.store.open(account.address)
    return f"[CAPABILITY {session.capabilities()}] Logged in"


@command("ENABLE", arguments=1)
async def enable(session: Session, args: list[Token]) -> str:
    if "CONDSTORE" in map(word, args) and session.offers("CONDSTORE"):
        session.condstore = True
        session.say("* ENABLED CONDSTORE")
    return "Done"


@command("NAMESPACE")
async def namespace(session: Session, args: list[Token]) -> str:
    session.say('* NAMESPACE (("" "/")) NIL NIL')
    return "Done"


# Folders


def address_of(session: Session) -> str:
    assert session.account is not None
    return session.account.address


def find_folder(session: Session, token: Token, *, code: str = "NONEXISTENT") -> FolderRow:
    folder = session.world.store.folder(address_of(session), mailbox(token))
    if folder is None:
        raise No(f"[{code}] No such folder")
    return folder


@command("LIST", arguments=2)
async def list_folders(session: Session, args: list[Token]) -> str:
    if session.world.faults.unlistable:
        raise No("Folders cannot be listed")
    _list(session, "LIST", args)
    return "Done"


@command("LSUB", arguments=2)
async def list_subscribed(session: Session, args: list[Token]) -> str:
    _list(session, "LSUB", args)
    return "Done"


def _list(session: Session, name: str, args: list[Token]) -> None:
    only_special = isinstance(args[0], list) and "SPECIAL-USE" in map(word, args[0])
    args = args[1:] if isinstance(args[0], list) else args
    if len(args) < 2:
        raise Bad("A pattern was expected")
    if not mailbox(args[1]):
        session.say(f'* {name} (\\Noselect) "/" ""')
        return
    patterns = [mailbox(each) for each in args[1]] if isinstance(args[1], list) else [mailbox(args[1])]
    wanted = re.compile("|".join(_pattern(mailbox(args[0]) + each) for each in patterns), re.I)
    rows = session.world.store.folders(address_of(session))
    for row in rows:
        if wanted.fullmatch(row.name) and (row.use or not only_special):
            children = any(other.name.startswith(f"{row.name}/") for other in rows)
            use = [row.use] if row.use and session.offers("SPECIAL-USE") else []
            attributes = " ".join(["\\HasChildren" if children else "\\HasNoChildren", *use])
            session.say(f'* {name} ({attributes}) "/" '.encode() + mailbox_bytes(row.name))


def _pattern(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace("%", "[^/]*")


@command("CREATE", arguments=1)
async def create(session: Session, args: list[Token]) -> str:
    name = mailbox(args[0]).rstrip("/")
    if session.world.store.folder(address_of(session), name) is not None:
        raise No("[ALREADYEXISTS] There is such a folder")
    session.world.store.create(address_of(session), name)
    return "Created"


@command("DELETE", arguments=1)
async def delete(session: Session, args: list[Token]) -> str:
    folder = find_folder(session, args[0])
    if folder.name == "INBOX":
        raise No("[CANNOT] INBOX stays")
    session.world.store.delete(folder.id)
    return "Deleted"


@command("RENAME", arguments=2)
async def rename(session: Session, args: list[Token]) -> str:
    folder, name = find_folder(session, args[0]), mailbox(args[1])
    if session.world.store.folder(address_of(session), name) is not None:
        raise No("[ALREADYEXISTS] There is such a folder")
    session.world.store.rename(folder.id, name)
    return "Renamed"


@command("SUBSCRIBE", arguments=1)
async def subscribe(session: Session, args: list[Token]) -> str:
    return "Every folder is subscribed"


@command("UNSUBSCRIBE", arguments=1)
async def unsubscribe(session: Session, args: list[Token]) -> str:
    return "Every folder is subscribed"


@command("STATUS", arguments=2)
async def status(session: Session, args: list[Token]) -> str:
    folder = find_folder(session, args[0])
    store = session.world.store
    values: dict[str, Callable[[], int]] = {
        "MESSAGES": lambda: len(store.uids(folder.id)),
        "RECENT": lambda: 0,
        "UIDNEXT": lambda: folder.uidnext,
        "UIDVALIDITY": lambda: folder.uidvalidity,
        "UNSEEN": lambda: store.unseen(folder.id),
        "HIGHESTMODSEQ": lambda: folder.modseq,
    }
    asked = [name.upper() for name in atoms(args[1])]
    if unknown := [name for name in asked if name not in values]:
        raise Bad(f"Unknown STATUS item {unknown[0]}")
    words = " ".join(f"{name} {values[name]()}" for name in asked)
    session.say(b"* STATUS " + mailbox_bytes(folder.name) + f" ({words})".encode())
    return "Done"


@command("SELECT", arguments=1)
async def select(session: Session, args: list[Token]) -> str:
    return _select(session, args, read_only=False)


@command("EXAMINE", arguments=1)
async def examine(session: Session, args: list[Token]) -> str:
    return _select(session, args, read_only=True)


def _select(session: Session, args: list[Token], *, read_only: bool) -> str:
    session.unselect()
    folder = find_folder(session, args[0])
    if len(args) > 1 and "CONDSTORE" in map(str.upper, atoms(args[1])):
        session.condstore = True
    selected = session.select(folder, read_only=read_only)
    session.say(f"* FLAGS ({SYSTEM_FLAGS})")
    session.say(f"* OK [PERMANENTFLAGS ({SYSTEM_FLAGS} \\*)] Flags are kept")
    session.say(f"* {len(selected.uids)} EXISTS")
    session.say("* 0 RECENT")
    session.say(f"* OK [UIDVALIDITY {folder.uidvalidity}] Valid")
    session.say(f"* OK [UIDNEXT {folder.uidnext}] Next")
    if session.offers("CONDSTORE"):
        session.say(f"* OK [HIGHESTMODSEQ {folder.modseq}] Highest")
    return "[READ-ONLY] Selected" if read_only else "[READ-WRITE] Selected"


@command("APPEND", arguments=2)
async def append(session: Session, args: list[Token]) -> str:
    """``APPEND folder [(flags)] ["date"] literal``, RFC 3501 §6.3.11."""
    folder = find_folder(session, args[0], code="TRYCREATE")
    *options, raw = args[1:]
    if not isinstance(raw, bytes):
        raise Bad("A literal was expected")
    flags = next((atoms(option) for option in options if isinstance(option, list)), [])
    dates = [option for option in options if isinstance(option, bytes)]
    uid = session.world.store.append(folder.id, raw, flags, _internal_date(dates[0]) if dates else None)
    return f"[APPENDUID {folder.uidvalidity} {uid}] Stored" if session.offers("UIDPLUS") else "Stored"


def _internal_date(raw: bytes) -> datetime:
    try:
        return datetime.strptime(raw.decode("ascii", "replace").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(
            UTC
        )
    except ValueError as error:
        raise Bad("Not a date-time") from error
