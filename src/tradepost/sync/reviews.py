"""Questions of a plan as rows of the inbox, and the answers that people gave (``sync.services.resolve``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tradepost.kit import clock
from tradepost.sync.action import Lost, Question
from tradepost.sync.models import Review, Stream
from tradepost.sync.record import Side, digest
from tradepost.sync.words import _

QUESTION, OVERWRITTEN = "sync.question", "sync.overwritten"


def answers(stream: Stream) -> dict[str, str]:
    """What people answered, by the key of the question."""
    rows = Review.objects.filter(stream=stream, kind=QUESTION).exclude(resolved_at=None).exclude(choice="")
    return dict(rows.order_by("resolved_at").values_list("key", "choice"))


def ask(stream: Stream, questions: Iterable[Question], titles: Mapping[str, str]) -> None:
    """Put questions into the inbox once, and close those that are no longer asked. ``titles``: what people call records,
    by our id and by theirs."""
    asked = {question.key: question for question in questions}
    known = Review.objects.filter(stream=stream, kind=QUESTION, resolved_at=None)
    known.exclude(key__in=asked).update(resolved_at=clock.now())
    there = set(known.values_list("key", flat=True))
    Review.objects.bulk_create(
        [_asked(stream, question, titles) for key, question in asked.items() if key not in there]
    )


def _asked(stream: Stream, question: Question, titles: Mapping[str, str]) -> Review:
    label = titles.get(question.app_id) or titles.get(question.remote_id, "")
    title = f"“{label}”: {question.sentence}" if label else question.sentence
    options = [
        (c.answer, f"{c.label}: “{titles[c.answer]}”" if c.answer in titles else c.label)
        for c in question.choices
    ]
    return _row(stream, QUESTION, question.key, title, _facts(question), options)


def list_overwritten(stream: Stream, app_id: str, label: str, lost: Iterable[Lost]) -> None:
    """The conflict inbox (defaults 7): what a merge overwrote, with a way to take it back."""
    for one in lost:
        swap = _("Take theirs instead") if one.winner is Side.APP else _("Take ours instead")
        facts = {"app_id": app_id, "label": label, "winner": one.winner.value, "cells": list(one.cells),
                 "app": list(one.app), "remote": list(one.remote)}  # fmt: skip
        key = digest(stream.pk, app_id, facts)
        if not Review.objects.filter(stream=stream, kind=OVERWRITTEN, key=key, resolved_at=None).exists():
            title = _("“{label}” was changed on both sides; the newer one was kept.").format(label=label)
            options = [("swap", swap), ("leave", _("Leave it as it is"))]
            _row(stream, OVERWRITTEN, key, title, facts, options).save()


def _row(
    stream: Stream, kind: str, key: str, title: str, facts: dict[str, Any], options: list[tuple[str, str]]
) -> Review:
    return Review(
        organisation_id=stream.organisation_id,
        stream=stream,
        kind=kind,
        key=key,
        title=title[:300],
        facts=facts | {"labels": {str(answer): label for answer, label in options}},
        options=[str(answer) for answer, _label in options],
        owner_id=stream.connection.owner_id,
    )


def _facts(question: Question) -> dict[str, Any]:
    return {
        "subject": question.subject.value,
        "app_id": question.app_id,
        "remote_id": question.remote_id,
        "cells": list(question.cells),
        "app": list(question.app),
        "remote": list(question.remote),
    }
