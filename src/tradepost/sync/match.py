"""First sight: which unlinked records of the two sides are the same (defaults 8 and 9; D24, D27).

By stamp, then by global identity, then by each key in turn; and only where a pair is unique on *both* sides.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import product

from tradepost.kit.text import fold
from tradepost.sync.action import Choice, Question, Subject, name_for
from tradepost.sync.policy import MultiMatch
from tradepost.sync.reading import Case
from tradepost.sync.record import Fields, Kind, MatchKey, Record, Value, digest
from tradepost.sync.words import _

Records = Mapping[str, Record]
Candidates = Mapping[str, set[str]]  # remote id → app ids
NEW = "new"


@dataclass(slots=True)
class Matching:
    """``pairs`` are (app id, remote id, how they were matched); ``asked`` are the ids that a question is
    about."""

    pairs: list[tuple[str, str, str]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    asked_app: set[str] = field(default_factory=set)
    asked_remote: set[str] = field(default_factory=set)

    def ask(self, how: str, remote_id: str, app_ids: set[str]) -> None:
        self.asked_app |= app_ids
        self.asked_remote.add(remote_id)
        choices = (
            *(Choice(i, _("Link with this one")) for i in sorted(app_ids)),
            Choice(NEW, _("It is another one")),
        )
        sentence = _("Several records match by {how}. Which one is it?").format(how=how)
        key = _key(remote_id, app_ids)
        self.questions.append(Question(Subject.SEVERAL_MATCHES, key, sentence, choices, remote_id=remote_id))


def match(case: Case, apps: Records, remotes: Records) -> Matching:
    """``apps`` and ``remotes`` are the present, unlinked records, by id."""
    found = Matching()
    apps, remotes = dict(sorted(apps.items())), dict(sorted(remotes.items()))
    for how, candidates in _ways(case.kind):
        _settle(case, how, candidates(apps, remotes), found)
        for app_id, remote_id, _how in found.pairs:
            apps.pop(app_id, None), remotes.pop(remote_id, None)
        for ids, side in ((found.asked_app, apps), (found.asked_remote, remotes)):
            for taken in ids:
                side.pop(taken, None)
    return found


def _ways(kind: Kind) -> Iterator[tuple[str, Callable[[Records, Records], Candidates]]]:
    yield _("the id that it carries"), _by_stamp
    yield _("its global identity"), _by_uid
    for key in kind.keys:
        yield f"the same {', '.join(key.fields)}".replace("_", " "), partial(_by_key, key)


def _by_stamp(apps: Records, remotes: Records) -> Candidates:
    """The name that we gave it is surer than the stamp, which a person copies along with the record."""
    named = {name: id for id in apps if (name := name_for(id)) in remotes}
    stamped = {r.id: {r.stamp} for r in remotes.values() if r.stamp in apps and r.stamp not in named.values()}
    return stamped | {name: {id} for name, id in named.items()}


def _by_uid(apps: Records, remotes: Records) -> Candidates:
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for app in apps.values():
        ids[app.uid].add(app.id)
    return {r.id: ids[r.uid] for r in remotes.values() if r.uid and r.uid in ids}


def _by_key(key: MatchKey, apps: Records, remotes: Records) -> Candidates:
    """Through an index on the fields that may not be blank; the wildcards are compared one by one."""
    index: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for app in apps.values():
        for entry in _entries(key, app.fields):
            index[entry].add(app.id)
    found: dict[str, set[str]] = {}
    for remote in remotes.values():
        near = {app_id for entry in _entries(key, remote.fields) for app_id in index.get(entry, ())}
        same = {app_id for app_id in near if _wildcards_agree(key, apps[app_id].fields, remote.fields)}
        if same:
            found[remote.id] = same
    return found


def _entries(key: MatchKey, fields: Fields) -> Iterator[tuple[str, ...]]:
    required = [name for name in key.fields if name not in key.wildcards]
    return product(*(_tokens(fields.get(name), name in key.digits) for name in required))


def _wildcards_agree(key: MatchKey, ours: Fields, theirs: Fields) -> bool:
    pairs = (
        (_tokens(ours.get(n), n in key.digits), _tokens(theirs.get(n), n in key.digits))
        for n in key.wildcards
    )
    return all(not a or not b or not a.isdisjoint(b) for a, b in pairs)


def _tokens(value: Value, digits: bool) -> frozenset[str]:
    """The comparable forms of a field: one for a scalar, one for each member of a list, none for a blank."""
    if isinstance(value, (list, tuple)):
        return frozenset(token for member in value for token in _tokens(member, digits))
    if isinstance(value, Mapping):
        return _tokens(value.get("value"), digits)
    text = "" if value is None else fold(str(value))
    if digits:  # the last nine, so that +49 170 … and 0170 … are one number
        text = "".join(c for c in text if c.isdigit())[-9:]
    return frozenset({text} if text else ())


def _settle(case: Case, how: str, candidates: Candidates, found: Matching) -> None:
    """Take what is unique on both sides; ask about the rest, or take the first by id (D29)."""
    answers = {
        remote_id: case.reading.answers.get(_key(remote_id, ids)) for remote_id, ids in candidates.items()
    }
    candidates = {
        remote_id: ids for remote_id, ids in sorted(candidates.items()) if answers[remote_id] != NEW
    }
    claims = Counter(app_id for app_ids in candidates.values() for app_id in app_ids)
    taken: set[str] = set()
    for remote_id, app_ids in candidates.items():
        chosen = answers[remote_id] or min(app_ids - taken, default="")
        unique = len(app_ids) == 1 and claims[chosen] == 1
        decided = unique or answers[remote_id] or case.policy.multi_match is MultiMatch.FIRST_BY_ID
        if decided and chosen in app_ids - taken:
            taken.add(chosen)
            found.pairs.append((chosen, remote_id, how))
        elif not decided or answers[remote_id]:
            found.ask(how, remote_id, app_ids)


def _key(remote_id: str, app_ids: set[str]) -> str:
    return digest(Subject.SEVERAL_MATCHES, remote_id, sorted(app_ids))
