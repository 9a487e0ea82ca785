"""Shapes that all rooms of the API share: what comes in is strict, what goes out is a record or a page of records."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticKnownError

Item = TypeVar("Item")


def _no_truth(value: Any) -> Any:
    """``true`` is no number, and the record that it would name is another one's."""
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


Id = Annotated[int, BeforeValidator(_no_truth), Field(ge=1, le=2**63 - 1)]
Money = Annotated[Decimal, Field(max_digits=18, decimal_places=4)]
Percent = Annotated[Decimal, Field(max_digits=7, decimal_places=4)]


def _near(value: datetime) -> datetime:
    if not 1900 <= value.year <= 2200:
        raise ValueError(_("The year must lie between 1900 and 2200."))
    return value.astimezone(UTC)  # PostgreSQL takes no offset of 16 hours or more


Moment = Annotated[AwareDatetime, AfterValidator(_near)]


def unstorable(value: Any) -> bool:
    """Whether a text anywhere in a JSON value holds what no database keeps: NUL, or half a surrogate pair."""
    if isinstance(value, str):
        return any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, dict):
        return any(unstorable(k) or unstorable(v) for k, v in value.items())
    return isinstance(value, list) and any(unstorable(v) for v in value)


Words = Annotated[str, Field(max_length=200), AfterValidator(lambda text: text.replace("\0", ""))]


Named = Literal["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"]
Coded = Literal["code", "-code", "id", "-id"]


class In(Schema):
    """What a caller sends. An unknown field is an error, so that a typing mistake is not lost in silence."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:
        raw = getattr(data, "_obj", data)
        if isinstance(raw, dict) and unstorable(raw):
            raise ValueError(_("A text holds a NUL or half a surrogate pair. Remove it."))
        return data

    def given(self) -> dict[str, Any]:
        """Only the fields that were sent."""
        return self.model_dump(exclude_unset=True)


class Window(In):
    """Which page of a list: ``cursor`` is ``next`` of the page before; without it, the first."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str = Field("", max_length=1000)


class Page(Schema, Generic[Item]):
    """A page of a list. ``next`` is the cursor of the page after it, null on the last one."""

    items: list[Item]
    next: str | None = None


RecordKind = Literal[
    "customer", "vendor", "contact", "lead", "opportunity", "case", "project", "document", "item"
]


class RecordRef(In):
    """A record by kind and id."""

    kind: RecordKind
    id: Id


class Candidate(Schema):
    """A record that another one may be. ``why``: it has the same e-mail address, or a name that is near."""

    kind: str
    id: int
    title: str
    why: Literal["email", "name"]


class Problem(Schema):
    """An error (RFC 9457). ``detail`` is the cause and ``cure`` what to do; ``errors`` maps a field to its sentence; of type
    ``doubled`` the ``candidates`` say what is here already."""

    type: str
    title: str
    status: int
    detail: str
    cure: str
    errors: dict[str, str] | None = None
    candidates: list[Candidate] | None = None
    instance: str | None = None
