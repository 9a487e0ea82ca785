"""The commands on the selected folder: FETCH, STORE, SEARCH, COPY, MOVE, EXPUNGE, IDLE (RFC 3501 §6.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from tradepost.sandbox.imap.commands import COMMANDS, command, find_folder
from tradepost.sandbox.imap.fetch import Item, Source, items
from tradepost.sandbox.imap.search import compile_query
from tradepost.sandbox.imap.session import Selected, Session
from tradepost.sandbox.imap.syntax import Bad, No, Token, atoms, chosen, number_set, text, word
from tradepost.sandbox.mailstore import MessageRow

__all__ = ["COMMANDS"]  # complete once this module is loaded

Numbered = Callable[[Session, list[Token], bool], Awaitable[str]]


def numbered(name: str, *, arguments: int) -> Callable[[Numbered], Numbered]:
    """Register a command under its name and under ``UID name``; the function is told which was used."""

    def register(function: Numbered) -> Numbered:
        command(name, arguments=arguments)(lambda session, args: function(session, args, False))
        command(f"UID {name}", arguments=arguments)(lambda session, args: function(session, args, True))
        return function

    return register


def current(session: Session, *, writable: bool = False) -> Selected:
    if session.selected is None:
        raise Bad("Select a folder first")
    if writable and session.selected.read_only:
        raise No("[READ-ONLY] The folder was opened read-only")
    return session.selected


def picked(selected: Selected, token: Token, by_uid: bool) -> list[int]:
    """The UIDs that a set of UIDs or of message numbers names."""
    if by_uid:
        return chosen(text(token), selected.uids)
    return [selected.uids[number - 1] for number in chosen(text(token), range(1, len(selected.uids) + 1))]


@numbered("FETCH", arguments=2)
async def fetch(session: Session, args: list[Token], by_uid: bool) -> str:
    selected = current(session)
    asked = items(args[1])
    labels = {item.label for item in asked}
    since = _modifier(args[2:], "CHANGEDSINCE")
    session.condstore |= since is not None or b"MODSEQ" in labels
    if by_uid and b"UID" not in labels:
        asked = [*items("UID"), *asked]
    if since is not None and b"MODSEQ" not in labels:
        asked = [*asked, *items("MODSEQ")]
    marks = any(item.marks_seen for item in asked) and not selected.read_only
    numbers = {uid: number for number, uid in enumerate(selected.uids, 1)}
    for row in session.world.store.rows(selected.folder.id, picked(selected, args[0], by_uid)):
        if since is None or row.modseq > since:
            shown = _mark_seen(session, selected, row) if marks else row
            session.say(_fetched(session, selected, numbers[row.uid], shown, asked))
            await session.writer.drain()
    return "Fetched"


def _fetched(
    session: Session, selected: Selected, number: int, row: MessageRow, asked: Iterable[Item]
) -> bytes:
    found = source(session, selected, row)
    return b"* %d FETCH (%b)" % (number, b" ".join(item.label + b" " + item.render(found) for item in asked))


def source(session: Session, selected: Selected, row: MessageRow) -> Source:
    store, folder = session.world.store, selected.folder.id
    return Source(row, partial(store.header, folder, row.uid), partial(store.raw, folder, row.uid))


def _mark_seen(session: Session, selected: Selected, row: MessageRow) -> MessageRow:
    """BODY[] without PEEK sets \\Seen; the flag change itself is told after the command."""
    if "\\Seen" in row.flags:
        return row
    session.world.store.set_flags(selected.folder.id, row.uid, row.flags | {"\\Seen"})
    return next(session.world.store.rows(selected.folder.id, [row.uid]))


def _modifier(args: list[Token], name: str) -> int | None:
    """The number of ``(NAME n)``, RFC 4466."""
    for arg in args:
        words = atoms(arg)
        if len(words) == 2 and words[0].upper() == name and words[1].isdigit():
            return int(words[1])
        raise Bad(f"Unknown modifier {' '.join(words)}")
    return None


@numbered("STORE", arguments=3)
async def store_flags(session: Session, args: list[Token], by_uid: bool) -> str:
    """``STORE set [(UNCHANGEDSINCE n)] [+|-]FLAGS[.SILENT] (flags)``."""
    selected, store = current(session, writable=True), session.world.store
    unchanged = _modifier([args.pop(1)], "UNCHANGEDSINCE") if isinstance(args[1], list) else None
    session.condstore |= unchanged is not None
    how, flags = word(args[1]), {flag for token in args[2:] for flag in atoms(token)}
    if how.removesuffix(".SILENT") not in {"FLAGS", "+FLAGS", "-FLAGS"}:
        raise Bad(f"Unknown STORE item {how}")
    session.tell_changes(expunges=False)
    numbers, refused = {uid: number for number, uid in enumerate(selected.uids, 1)}, []
    shown = items(["UID", "FLAGS", "MODSEQ"] if session.condstore else ["UID", "FLAGS"])
    for row in list(store.rows(selected.folder.id, picked(selected, args[0], by_uid))):
        if unchanged is not None and row.modseq > unchanged:
            refused.append(row.uid if by_uid else numbers[row.uid])
            continue
        store.set_flags(selected.folder.id, row.uid, _combined(how[0], row.flags, flags))
        if not how.endswith(".SILENT") or unchanged is not None:
            fresh = next(store.rows(selected.folder.id, [row.uid]))
            session.say(_fetched(session, selected, numbers[row.uid], fresh, shown))
    selected.modseq = store.modseq(selected.folder.id)
    return f"[MODIFIED {number_set(refused)}] Some had changed" if refused else "Stored"


def _combined(how: str, old: frozenset[str], flags: set[str]) -> set[str]:
    return flags.union(old) if how == "+" else set(old - flags) if how == "-" else flags


@numbered("SEARCH", arguments=1)
async def search(session: Session, args: list[Token], by_uid: bool) -> str:
    selected = current(session)
    test = compile_query(args, selected.uids)
    numbers = {uid: number for number, uid in enumerate(selected.uids, 1)}
    found = [
        row.uid if by_uid else numbers[row.uid]
        for row in session.world.store.rows(selected.folder.id, selected.uids)
        if test(source(session, selected, row))
    ]
    session.say(" ".join(["* SEARCH", *map(str, found)]))
    return "Searched"


@numbered("COPY", arguments=2)
async def copy(session: Session, args: list[Token], by_uid: bool) -> str:
    code, _ = _copy(session, args, by_uid)
    return f"{code}Copied"


@numbered("MOVE", arguments=2)
async def move(session: Session, args: list[Token], by_uid: bool) -> str:
    """RFC 6851: COPYUID comes untagged, before the EXPUNGEs."""
    selected = current(session, writable=True)
    code, uids = _copy(session, args, by_uid)
    if code:
        session.say(f"* OK {code}Moved")
    session.world.store.expunge(selected.folder.id, uids)
    return "Moved"


def _copy(session: Session, args: list[Token], by_uid: bool) -> tuple[str, list[int]]:
    selected, target = current(session), find_folder(session, args[1], code="TRYCREATE")
    pairs = session.world.store.copy(selected.folder.id, picked(selected, args[0], by_uid), target.id)
    if not pairs or not session.offers("UIDPLUS"):
        return "", [old for old, _ in pairs]
    old, new = zip(*pairs, strict=True)
    return f"[COPYUID {target.uidvalidity} {number_set(old)} {number_set(new)}] ", list(old)


@command("EXPUNGE")
async def expunge(session: Session, args: list[Token]) -> str:
    _expunge(session, current(session, writable=True).uids)
    return "Expunged"


@command("UID EXPUNGE", arguments=1)
async def uid_expunge(session: Session, args: list[Token]) -> str:
    _expunge(session, picked(current(session, writable=True), args[0], True))
    return "Expunged"


def _expunge(session: Session, uids: list[int]) -> None:
    selected, store = current(session), session.world.store
    deleted = [row.uid for row in store.rows(selected.folder.id, uids) if "\\Deleted" in row.flags]
    if deleted:
        store.expunge(selected.folder.id, deleted)


@command("CHECK")
async def check(session: Session, args: list[Token]) -> str:
    current(session)
    return "Checked"


@command("CLOSE")
async def close(session: Session, args: list[Token]) -> str:
    """Expunges in silence, unlike UNSELECT (RFC 3691)."""
    if not current(session).read_only:
        _expunge(session, current(session).uids)
    session.unselect()
    return "Closed"


@command("UNSELECT")
async def unselect(session: Session, args: list[Token]) -> str:
    current(session)
    session.unselect()
    return "Unselected"


@command("IDLE")
async def idle(session: Session, args: list[Token]) -> str:
    if not session.offers("IDLE"):
        raise Bad("IDLE is not offered")
    await session.idle()
    return "Idle ended"
