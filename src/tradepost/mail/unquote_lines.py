"""Which lines of an answer are quoted: one set of rules for plain text and for the lines of HTML. Pure and
linear.

Talon's rules in spirit: an introduction ("On … wrote:", a copied header, "Original Message") is followed by
marked lines, which end where the marks end, or by unmarked ones, which go on to the end. Text between marked
lines is an answer written into the quotation, and then what stands above it stays, or nobody would understand
it.

A trail that stays unfolded costs a glance, a word that is folded away costs an order. Therefore unmarked lines
are folded only below what no person writes, and nothing is where nothing new would be left.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from tradepost.mail import unquote_words as words
from tradepost.mail.unquote_parent import repeats_from

_LONGEST_LINE = 400  # characters of a line that the rules look at
_TRIES = 100  # introductions tried for; an answer has a handful
_WINDOW = 6  # lines an attribution may be wrapped over
_BLOCK = 14  # lines a copied header may take
_VERB = 80  # characters at the end of an attribution within which its verb stands


@dataclass(frozen=True, slots=True)
class Line:
    """One line as people see it. ``marked``: ``>`` or within a blockquote; ``faint``: in one that may be the
    writer's own, and needs an introduction. ``certain``: within an element that only quotations are put
    in."""

    text: str
    marked: bool = False
    certain: bool = False
    faint: bool = False

    @property
    def blank(self) -> bool:
        return not self.text.strip(" \t\r\n\xa0>|*\u200b\ufeff")


def quoted_lines(lines: Sequence[Line], parent: str = "") -> list[bool]:
    """For each line, whether it is quoted. ``parent`` is the text of the mail that is answered, where
    known."""
    lines = [_without_directions(line) for line in lines]
    quoted = [False] * len(lines)
    _Reader(lines, quoted).read()
    if parent and not any(quoted):
        start = repeats_from([line.text for line in lines], parent)
        quoted[start:] = [True] * (len(lines) - start)
    _swallow_dividers(lines, quoted)
    return quoted


_DIRECTIONS = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def _without_directions(line: Line) -> Line:
    """Marks of writing direction stand around names and addresses, and say nothing here."""
    return line if line.text.isascii() else replace(line, text=line.text.translate(_DIRECTIONS))


@dataclass(slots=True)
class _Reader:
    lines: Sequence[Line]
    quoted: list[bool]
    asides: set[tuple[int, int]] = field(default_factory=set)  # runs that are cited and not folded
    tries: int = 0
    guessed: bool = False  # lines were taken for a quotation that are not marked, or not introduced

    def read(self) -> None:
        at, runs = 0, list[tuple[int, int]]()
        while at < len(self.lines):
            line = self.lines[at]
            if line.blank and not line.certain:
                at += 1
            elif words.FORWARDED.match(line.text[:_LONGEST_LINE]):
                break
            elif line.certain:
                end = self._certain(at)
                runs.append((at, end))
                at = end
            elif (not line.marked or words.ARROWED.match(line.text)) and (end := self._introduction(at)):
                at = self._quotation(at, end, runs)
            elif line.marked:
                end = self._marked(at)
                self.guessed = True
                if not self._is_quotation(at, end) or self._is_cited(at, end, runs):
                    self.asides.add((at, end))
                runs.append((at, end))
                at = end
            else:
                at += 1
        self._settle(runs)
        if self.guessed and not self._answered():
            self.quoted[:] = [False] * len(self.lines)

    def _answered(self) -> bool:
        """Whether anything new is left; where not, the answer stands amid what was guessed to be quoted."""
        return any(
            not quoted
            and not line.blank
            and not _is_link(line.text)
            and not words.DIVIDER.match(line.text[:200])
            for line, quoted in zip(self.lines, self.quoted, strict=True)
        )

    def _certain(self, at: int) -> int:
        """The end of what is in elements for quotations, and of the marked lines that follow it."""
        end = at
        while end < len(self.lines) and (self.lines[end].certain or self.lines[end].blank):
            end += 1
        if end < len(self.lines) and self.lines[end].marked:
            return self._marked(end)
        self.guessed = self.guessed or not self.lines[end - 1].marked
        return end

    def _marked(self, at: int) -> int:
        """The end of a run of marked lines; blank lines and wrapped links within it belong to it."""
        end = last = at
        while end < len(self.lines):
            line = self.lines[end]
            if line.marked or line.certain:
                last = end
            elif not line.blank and not _is_link(line.text) and not self._wrapped(end):
                break
            end += 1
        return last + 1

    def _wrapped(self, at: int) -> bool:
        """The tail of a long marked line that a program broke without marking the rest."""
        before, after = self.lines[at - 1], self.lines[at + 1 : at + 2]
        return before.marked and len(before.text) > 60 and bool(after) and after[0].marked

    def _is_quotation(self, at: int, end: int) -> bool:
        """A single marked line amid text is more often decoration or a citation than a quotation."""
        if all(line.faint for line in self.lines[at:end] if line.marked):
            return bool(self._introduction(at))
        full = sum(1 for line in self.lines[at:end] if not line.blank)
        return full > 1 or all(line.blank for line in self.lines[end:])

    def _is_cited(self, at: int, end: int, runs: list[tuple[int, int]]) -> bool:
        """Whether it stands amid one's own words, or below ``We need:``; no program put it there."""
        above = next(
            (line.text for line in reversed(self.lines[runs[-1][1] if runs else 0 : at]) if not line.blank),
            "",
        )
        if not above:
            return False
        led_to = above.rstrip().endswith((":", "：")) and not (words.DATE.search(above) or "@" in above)
        return led_to or (self._has_text(end, len(self.lines)) and not self._footer(end))

    def _introduction(self, at: int) -> int:
        """The line after an introduction that starts here, or 0."""
        if self.tries >= _TRIES or not _may_introduce(self.lines[at].text):
            return 0
        self.tries += 1
        text = self.lines[at].text[:_LONGEST_LINE]
        if any(alone.match(text) for alone in _ALONE):
            return at + 1
        return self._header_block(at) or self._attribution(at) or self._notes(at)

    def _attribution(self, at: int) -> int:
        joined, full = "", 0
        for end in range(at, min(at + _WINDOW + 2, len(self.lines))):
            line = self.lines[end]
            if line.blank:
                if full and not self._goes_on(joined, end):
                    break
                continue
            if line.marked and not self.lines[at].marked and not words.SAID_ALONE.match(line.text):
                break
            joined = f"{joined} {line.text.strip()}" if joined else line.text.strip()
            full += 1
            if full > _WINDOW or len(joined) > _LONGEST_LINE:
                break
            if words.SAID.search(line.text[-_VERB:].rstrip()) and self._attributes(joined, end + 1, full):
                return 0 if self._starts_later(at, end) else self._second_verb(end + 1)
        return 0

    def _starts_later(self, at: int, end: int) -> bool:
        """Whether a later line alone makes the introduction, and those above it are the answer's last
        words."""
        for start in range(end, at, -1):
            rest = [line.text.strip() for line in self.lines[start : end + 1] if not line.blank]
            joined = " ".join(rest)
            dated = words.DATE.search(joined) and (
                words.ATTRIBUTION.match(joined) or words.DATED.match(joined)
            )
            if dated or words.DASHED.match(joined):
                return True
        return False

    def _goes_on(self, joined: str, at: int) -> bool:
        """Some programs put an empty line between ``On …, Bob`` and ``<bob@x.example> wrote:``."""
        following = next((line.text.strip() for line in self.lines[at : at + 3] if not line.blank), "")
        return following.startswith("<") and bool(words.DATE.search(joined))

    def _attributes(self, joined: str, after: int, wrapped: int) -> bool:
        marked = self._next_is_marked(after)
        if words.DASHED.match(joined):
            return True
        if not marked and not _by_a_program(joined):
            return False
        if joined.endswith(">"):
            return marked and bool(words.DATED.match(joined))
        dated = bool(words.DATE.search(joined))
        if (joined[:1].isdecimal() or wrapped == 1) and (dated or marked) and _said_by(joined):
            return True
        if wrapped <= 2 and self._tells_who_and_when(joined, marked):
            return True
        if not dated:
            return False
        if words.ATTRIBUTION.match(joined):
            return True
        if not words.DATED.match(joined):
            return False
        return marked or (joined.endswith((":", "：")) and bool(words.TIME.search(joined)))

    def _tells_who_and_when(self, joined: str, marked: bool) -> bool:
        """A verb or a word for "quoting", and beside it a day and an hour, or a day and an address; above marked
        lines a name, a day and an hour do without the verb."""
        address, day, hour = words.ADDRESS.search(joined), words.DAY.search(joined), words.TIME.search(joined)
        if quoting := words.QUOTING.match(joined):
            return bool(address or (day and (hour or marked) and not quoting["who"][0].islower()))
        said = words.SAID_WHEN.match(joined)
        if said and day and (address or marked):
            return True
        told = said or (marked and joined.endswith(":"))
        return bool(told and day and hour) and _is_name(said["who"] if said else joined)

    def _second_verb(self, end: int) -> int:
        """``On …, Bob wrote:`` / ``<bob@x.example>`` / ``wrote:`` has its end in the third line."""
        for later in range(end, min(end + 2, len(self.lines))):
            if words.SAID_ALONE.match(self.lines[later].text):
                return later + 1
        return end

    def _next_is_marked(self, at: int) -> bool:
        following = next((line for line in self.lines[at : at + 4] if not line.blank), None)
        return following is not None and (following.marked or following.certain)

    def _header_block(self, at: int) -> int:
        first = words.FIELD.match(self.lines[at].text[:_LONGEST_LINE])
        if not first:
            return 0
        if words.FIELDS_IN_ONE.match(first.string):
            return at + 1
        kinds: dict[str, str] = {}
        end, foreign, bold = at, 0, False
        for index in range(at, min(at + _BLOCK, len(self.lines))):
            text = self.lines[index].text[:_LONGEST_LINE]
            field = words.FIELD.match(text)
            if field:
                if (
                    index > at and field[0] == first[0]
                ):  # the next one, or the one that this line is not part of
                    kinds = {} if self.lines[at + 1].blank else kinds
                    break
                kind = field.lastgroup or ""
                kinds.setdefault(kind, text[field.end() :])
                bold = bold or text.lstrip().startswith("*")
                end, foreign = index + 1, 0
            elif not self.lines[index].blank:
                if "@" in kinds.get("author", "") and _is_dated_field(text):
                    kinds.setdefault("sent", text)  # in a language that we do not know
                foreign += 1
                if foreign > 2 or not _continues(self.lines[index - 1].text, text):
                    break
        above = next(
            (line.text for line in reversed(self.lines[:at]) if not words.FIELD.match(line.text)), ""
        )
        listed = "author" not in kinds and above.rstrip().endswith(":")
        return end if _is_header(kinds, bold) and not listed else 0

    def _notes(self, at: int) -> int:
        """Notes copies a header without colons: who, then when, then ``To`` on a line of its own."""
        rows = [i for i in range(at, min(at + _WINDOW, len(self.lines))) if not self.lines[i].blank][:3]
        who, when, to = [self.lines[i].text[:_LONGEST_LINE] for i in rows] if len(rows) == 3 else ("", "", "")
        found = "@" in who and words.WHEN_ALONE.match(when) and words.TO_ALONE.match(to)
        return rows[2] + 1 if found else 0

    def _quotation(self, at: int, end: int, runs: list[tuple[int, int]]) -> int:
        """What an introduction introduces: the marked lines below it, or else all that follows."""
        if self._next_is_marked(end):
            start = next(i for i in range(end, len(self.lines)) if not self.lines[i].blank)
            stop = self._marked(start)
        else:
            stop = len(self.lines)
            self.guessed = True
        runs.append((at, stop))
        return stop

    def _settle(self, runs: list[tuple[int, int]]) -> None:
        """Text between two runs was written into the quotation: then only what follows the last text is
        folded."""
        last_text = -1
        for (_, end), (start, _) in pairwise(runs):
            if self._has_text(end, start):
                last_text = start - 1
        if last_text >= 0 and self._has_text(runs[-1][1], len(self.lines)) and not self._footer(runs[-1][1]):
            return
        for start, end in runs:
            if start > last_text and (start, end) not in self.asides:
                self.quoted[start:end] = [True] * (end - start)
        if any(self.quoted) and self._footer(runs[-1][1]):
            self.quoted[runs[-1][1] :] = [True] * (len(self.lines) - runs[-1][1])

    def _has_text(self, start: int, end: int) -> bool:
        return any(not line.blank and not _is_link(line.text) for line in self.lines[start:end])

    def _footer(self, at: int) -> bool:
        """Below the last quotation a signature or a list's footer may follow; nobody's answer starts so, but a
        postscript may end it."""
        below = (line.text[:200] for line in self.lines[at:] if not line.blank)
        begins = next(below, "")
        return bool(words.FOOTER.match(begins)) and not any(map(words.POSTSCRIPT.match, below))


def _said_by(joined: str) -> bool:
    by = words.BY.match(joined)
    return bool(by and words.SAID_AT_END.search(joined, max(by.end(), len(joined) - _VERB)))


_ALONE = (words.ORIGINAL, words.REPLY_ABOVE, words.NOTES, words.ARROWED)  # a line that introduces by itself
_INTRODUCES = re.compile(r"[-_=*~\u2010-\u2015#]|.*?[\d:：<]", re.DOTALL)


def _may_introduce(text: str) -> bool:
    """Cheap: whether a line can be the first of an introduction at all."""
    return bool(_INTRODUCES.match(text[:200].strip()))


def _is_name(text: str) -> bool:
    """Up to six words, none of which begins with a small letter: who reports in a sentence has one that does."""
    each = [word for word in text.replace('"', "").split() if not any(c.isdecimal() for c in word)]
    return 0 < len(each) <= 6 and not any(word[0].islower() for word in each)


def _by_a_program(joined: str) -> bool:
    """Programs name an address, or a day, an hour and a person. "On 2 April we wrote:" is the writer's own."""
    if "@" in joined:
        return True
    who = words.WHO.search(joined)
    sentence = who is not None and (who["before"] or who["after"])[0].islower()
    return not sentence and bool(words.DAY.search(joined) and words.TIME.search(joined))


def _continues(before: str, text: str) -> bool:
    """Whether a line within a copied header is the rest of a wrapped one, or a field of another name."""
    return (
        before.rstrip()[-1:] in tuple(";,<(") or text[:1].isspace() or bool(words.WITHIN_HEADER.search(text))
    )


def _is_dated_field(text: str) -> bool:
    return all(pattern.search(text) for pattern in (words.OTHER_FIELD, words.DAY, words.TIME))


def _is_header(kinds: dict[str, str], bold: bool) -> bool:
    """Whether these fields are a copied header and not, say, an itinerary, an invitation or the data of an order."""
    address = any("@" in value for value in kinds.values())
    when = kinds.get("sent", "") + kinds.get("date", "")
    dated, timed = any(c.isdecimal() for c in when), bool(words.TIME.search(when))
    if "author" in kinds and dated and len(kinds) > 2:
        return bold or "sent" in kinds or "@" in kinds["author"] or (address and timed)
    return address and timed and (len(kinds) == 2 or "subject" in kinds)


def _is_link(text: str) -> bool:
    bare = text.strip().lstrip("(<[")
    return bare.startswith(("http://", "https://", "mailto:", "www.", "_"))


def _swallow_dividers(lines: Sequence[Line], quoted: list[bool]) -> None:
    """A line of dashes or underscores right above a quotation belongs to it."""
    for at in range(1, len(lines)):
        if quoted[at] and not quoted[at - 1]:
            above = at - 1
            while above > 0 and lines[above].blank and not quoted[above]:
                above -= 1
            if words.DIVIDER.match(lines[above].text[:200]) and not quoted[above]:
                quoted[above:at] = [True] * (at - above)
