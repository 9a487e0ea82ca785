"""The error tree.

::

    Fault                     every error that a person may read
    ├── Refused        403    the actor may not do this; ``NotOnesOwn``: it is another person's
    ├── Missing        404    no such record (also: a record of another organisation)
    ├── Conflict       409    the record changed or the act does not fit its state
    ├── Stale          412    an If-Match or version check failed
    ├── Invalid        422    a value is wrong; ``fields`` says which
    ├── Throttled      429    too many tries; ``retry_after`` seconds
    └── Remote         502    the other side failed; ``temper`` says whether to try again

A class carries facts; its ``cause`` and ``cure`` templates are the one place that words them for people, in the language
of whoever reads (``kit.words``). What is given where a fault is raised is in that language already.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, ClassVar

from tradepost.kit.words import gettext, gettext_noop


class Temper(StrEnum):
    """What to do about a failure of a remote side."""

    RETRYABLE = "retryable"
    PERMANENT = "permanent"
    MISCONFIGURED = "misconfigured"


class Fault(Exception):
    """An error with a cause and a cure, in words for a person.

    ``facts`` fill the templates. ``code`` is stable and machine-readable (it is the ``type`` of problem+json).
    """

    code: ClassVar[str] = "fault"
    status: ClassVar[int] = 400
    exit_code: ClassVar[int] = 2
    temper: ClassVar[Temper] = Temper.PERMANENT
    cause_text: ClassVar[str] = "{message}"
    cure_text: ClassVar[str] = ""

    def __init__(self, message: str = "", *, cure: str = "", **facts: Any) -> None:
        self.facts: dict[str, Any] = {"message": message, **facts}
        self._cure = cure
        super().__init__(message)

    @property
    def cause(self) -> str:
        """What went wrong, one sentence."""
        return gettext(self.cause_text).format_map(_Facts(self.facts)).strip()

    @property
    def cure(self) -> str:
        """What to do about it, one sentence, or an empty string."""
        return self._cure or gettext(self.cure_text).format_map(_Facts(self.facts)).strip()

    @property
    def members(self) -> dict[str, Any]:
        """What a program reads beside cause and cure: further members of problem+json (RFC 9457 §3.2)."""
        return {}

    def __str__(self) -> str:
        return f"{self.cause} {self.cure}".strip()


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


class Refused(Fault):
    code = "refused"
    status = 403
    cause_text = gettext_noop("Your role does not allow this: {message}.")
    cure_text = gettext_noop("Ask an administrator of your company for the permission.")


class NotOnesOwn(Refused):
    """It is another person's, whatever the role; ``message`` is the sentence."""

    cause_text = "{message}"
    cure_text = gettext_noop("Ask the person whose it is.")


class Missing(Fault):
    code = "missing"
    status = 404
    cause_text = gettext_noop("There is no such {message}.")
    cure_text = gettext_noop("It may have been deleted, or the address is mistyped.")


class Conflict(Fault):
    code = "conflict"
    status = 409


class Stale(Fault):
    code = "stale"
    status = 412
    cause_text = gettext_noop("This {message} was changed by someone else since you opened it.")
    cure_text = gettext_noop("Reload it and make your change again.")


class Invalid(Fault):
    """A value that cannot be accepted. ``fields`` maps a field name to its sentence."""

    code = "invalid"
    status = 422

    def __init__(
        self, message: str = "", *, fields: dict[str, str] | None = None, cure: str = "", **facts: Any
    ) -> None:
        self.fields = fields or {}
        super().__init__(message or " ".join(dict.fromkeys(self.fields.values())), cure=cure, **facts)

    @property
    def members(self) -> dict[str, Any]:
        return {"errors": self.fields} if self.fields else {}


class Throttled(Fault):
    code = "throttled"
    status = 429
    temper = Temper.RETRYABLE
    cause_text = gettext_noop("Too many tries.")
    cure_text = gettext_noop("Wait {retry_after} seconds and try again.")

    def __init__(self, retry_after: int, message: str = "") -> None:
        self.retry_after = retry_after
        super().__init__(message, retry_after=retry_after)


class Remote(Fault):
    """The other side failed. Raise a subclass, or set ``temper`` and ``retry_after`` (seconds) on the instance."""

    code = "remote"
    status = 502

    def __init__(
        self,
        message: str = "",
        *,
        temper: Temper | None = None,
        retry_after: float | None = None,
        cure: str = "",
        **facts: Any,
    ) -> None:
        super().__init__(message, cure=cure, **facts)
        self.retry_after = retry_after
        if temper is not None:
            self.temper = temper  # type: ignore[misc]


def unknown_fields(unknown: Iterable[str], known: Iterable[str]) -> Invalid:
    """What is answered to fields that a record does not have."""
    sentence, there = gettext("There is no field “{name}”. Known are: {known}."), ", ".join(known)
    return Invalid(fields={name: sentence.format(name=name, known=there) for name in unknown})
