"""The steps of which the verbs of this room consist: fill a row from checked values, and save what belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.accounts.choosing import refuse
from tradepost.accounts.models import Membership, User
from tradepost.accounts.tenancy import named
from tradepost.kit import clock
from tradepost.kit.countries import country_code
from tradepost.kit.errors import Invalid, Missing, unknown_fields
from tradepost.kit.text import fold_email
from tradepost.people import rules
from tradepost.people.changes import Change
from tradepost.people.kinds import Shape
from tradepost.people.models import (
    Address,
    Belonging,
    Contact,
    Customer,
    EmailAddress,
    Kept,
    Merge,
    Phone,
    Vendor,
)

ADDRESS_FIELDS = ("kind", "name", "street", "city", "region", "postcode", "country", "primary")
PHONE_FIELDS = ("number", "label")


@dataclass(frozen=True, slots=True)
class Email:
    """An address as a person typed it; the first of several is the primary one unless one says so."""

    email: str
    label: str = ""
    primary: bool = False


class Lists(TypedDict, total=False):
    """What is saved beside a record's own columns. A list that is given replaces all there was."""

    emails: Iterable[Email] | None
    phones: Iterable[Mapping[str, Any]] | None
    addresses: Iterable[Mapping[str, Any]] | None
    customer_ids: Iterable[int] | None
    vendor_ids: Iterable[int] | None


def fill(row: models.Model, values: Mapping[str, Any], allowed: Sequence[str]) -> None:
    """Set the named columns. Raises ``Invalid`` for one that is not ``allowed`` or whose value does not fit."""
    unknown = [k for k in values if k not in allowed]
    if unknown:
        raise unknown_fields(unknown, allowed)
    for key, value in values.items():
        setattr(row, key, value.strip() if isinstance(value, str) else value)
    references = {field.name for field in row._meta.concrete_fields if field.is_relation}  # see ``refer``
    try:
        row.clean_fields(exclude={*references, "search"})
    except ValidationError as error:
        raise Invalid(fields={k: " ".join(v) for k, v in error.message_dict.items()}) from None


def refer(actor: Actor, model: type[models.Model], values: Mapping[str, Any]) -> None:
    """Every record that ``values`` point at is one of the actor's company. Raises ``Invalid`` or ``Missing``."""
    for name, pk in values.items():
        if not name.endswith("_id") or pk is None:
            continue
        target: Any = model._meta.get_field(name.removesuffix("_id")).related_model
        if target is User:
            if not Membership.objects.of(actor).filter(user_id=pk, ended_at=None).exists():
                who = name.removesuffix("_id").replace("_", " ")
                raise Invalid(fields={name: _("The {who} must be a user of your company.").format(who=who)})
        elif not target.objects.of(actor).filter(pk=pk).exists():
            raise Missing(f"{named(target)} {pk}")


def merge_of(organisation_id: int, kind: str, pk: int) -> Merge | None:
    """The merge by which a record went into another one, unless that was taken back."""
    rows = Merge.objects.filter(organisation_id=organisation_id, kind=kind, gone_id=pk, undone_at=None)
    return rows.order_by("-pk").first()


def next_number(actor: Actor, model: Any, prefix: str) -> str:
    count = model.objects.of(actor).count() + 1
    while model.objects.of(actor).filter(number=f"{prefix}-{count:04}").exists():
        count += 1
    return f"{prefix}-{count:04}"


def checked(emails: Iterable[Email]) -> list[Email]:
    """Folded, checked, without doubles, with exactly one primary."""
    seen: dict[str, Email] = {}
    for one in emails:
        folded = fold_email(one.email)
        if not folded:
            continue
        try:
            validate_email(folded)
        except ValidationError:
            raise Invalid(
                fields={
                    "emails": _("“{email}” is not an e-mail address. Write it like name@example.com.").format(
                        email=one.email
                    )
                }
            ) from None
        seen.setdefault(folded, Email(folded, one.label.strip()[:30], one.primary))
    rows = list(seen.values())
    chosen = next((i for i, r in enumerate(rows) if r.primary), 0)
    return [Email(r.email, r.label, i == chosen) for i, r in enumerate(rows)]


def _holder(row: Kept) -> dict[str, Any]:
    return {str(row._meta.model_name): row}


def put_beside(actor: Actor, row: Any, beside: Lists) -> None:
    """Save the lists that are given."""
    if (emails := beside.get("emails")) is not None:
        put_emails(row, emails)
    if (phones := beside.get("phones")) is not None:
        put_phones(row, phones)
    if (addresses := beside.get("addresses")) is not None:
        put_addresses(row, addresses)
    for model, ids in ((Customer, beside.get("customer_ids")), (Vendor, beside.get("vendor_ids"))):
        if ids is not None:
            put_companies(actor, row, model, ids)


def put_emails(row: Kept, emails: Iterable[Email]) -> None:
    """Replace the e-mail addresses of a party; one that stays keeps its row."""
    rows, holder = checked(emails), _holder(row)
    EmailAddress.objects.filter(**holder).exclude(email__in=[r.email for r in rows]).delete()
    for one in rows:
        EmailAddress.objects.update_or_create(
            organisation_id=row.organisation_id,
            email=one.email,
            **holder,
            defaults={"label": one.label, "primary": one.primary},
        )


def word_emails(row: Contact) -> None:
    """Let search find a contact by the addresses that it has now."""
    row.email_words = " ".join(row.emails.order_by("-primary", "id").values_list("email", flat=True))
    row.version += 1
    row.save(update_fields=["email_words", "version", "updated_at"])


def put_phones(row: Kept, phones: Iterable[Mapping[str, Any]]) -> None:
    """Replace the further numbers of a party; empty ones are left out."""
    _replace(row, Phone, [one for one in phones if str(one.get("number", "")).strip()], PHONE_FIELDS)


def put_addresses(row: Kept, addresses: Iterable[Mapping[str, Any]]) -> None:
    """Replace the postal addresses of a party (``rules.places``); one that stays keeps its row."""
    held: dict[tuple[str, ...], Address] = {}
    for one in Address.objects.filter(**_holder(row)).order_by("-id"):
        held[rules.Place(**{name: getattr(one, name) for name in ADDRESS_FIELDS}).identity] = one
    for place in rules.places(_place(one) for one in addresses):
        fresh = Address(organisation_id=row.organisation_id, **_holder(row))
        one = held.pop(place.identity, fresh)
        try:
            fill(one, asdict(place), ADDRESS_FIELDS)
        except Invalid as fault:
            said = [f"{_(capfirst(name))}: {sentence}" for name, sentence in fault.fields.items()]
            raise Invalid(fields={"addresses": " ".join(said)}) from None
        one.save()
    Address.objects.filter(**_holder(row), pk__in=[one.pk for one in held.values()]).delete()


def _place(given: Mapping[str, Any]) -> rules.Place:
    if unknown := given.keys() - set(ADDRESS_FIELDS):
        raise Invalid(fields={"addresses": _("An address has no field “{name}”.").format(name=min(unknown))})
    values: dict[str, Any] = {k: v.strip() if isinstance(v, str) else v for k, v in given.items()}
    written = values.get("country", "")
    if (country := country_code(written)) is None:
        sentence = _("“{country}” is no country. Write its name, or its two letters such as US.")
        raise Invalid(fields={"addresses": sentence.format(country=written)})
    return rules.Place(**{**values, "country": country})


def check_guarded(actor: Actor, row: Kept, before: Mapping[str, Any], shape: Shape) -> None:
    """What only some may change was changed by one of them. Raises ``Refused``."""
    was, now = before or columns(type(row)()), columns(row)
    for name, permission in shape.guarded.items():
        if was[name] != now[name]:
            actor.require(permission)


def derive(row: Kept, before: Mapping[str, Any], shape: Shape, given: Iterable[str]) -> None:
    """Check the row by the rule of its kind, and set what follows."""
    change = Change(columns(row), clock.now(), before, frozenset(given))
    for name, value in shape.derive(change).items():
        setattr(row, name, value)


def columns(row: Kept) -> dict[str, Any]:
    """What its columns hold, but for those that the database computes."""
    return {
        field.attname: field.value_from_object(row)
        for field in row._meta.concrete_fields
        if not isinstance(field, models.GeneratedField)
    }


def fill_up(row: Kept, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set these columns, unsaved; what each was and is, as :func:`empty_again` reads it."""
    filled = {name: [audit.plain(getattr(row, name)), audit.plain(value)] for name, value in values.items()}
    for name, value in values.items():
        setattr(row, name, value)
    return filled


def empty_again(row: Kept, filled: Mapping[str, Sequence[Any]]) -> None:
    """Set the columns back, unsaved, but for those that were changed since."""
    for name, (was, now) in filled.items():
        if audit.plain(getattr(row, name)) == now:
            column: Any = row._meta.get_field(name.removesuffix("_id"))
            setattr(row, name, was if column.is_relation else column.to_python(was))


def parents_of(row: Customer) -> dict[int, int | None]:
    """Who stands under whom in the company of this customer."""
    rows = Customer.objects.filter(organisation_id=row.organisation_id).exclude(parent=None)
    return dict(rows.values_list("pk", "parent_id"))


def check_parent(row: Kept) -> None:
    """A customer is not its own parent, nor its parent's. Raises ``Invalid``."""
    if not isinstance(row, Customer) or not row.pk or not row.parent_id:
        return
    if not rules.ancestry_is_sound(row.pk, row.parent_id, parents_of(row)):
        raise Invalid(fields={"parent_id": _("A customer cannot stand under itself. Choose another parent.")})


def check_level(row: Kept, was: Mapping[str, Any]) -> None:
    """A price level that was put away is given to nobody anew. Raises ``Invalid``."""
    if isinstance(row, Customer) and row.price_level:
        refuse(row.price_level, "price_level_id", {was.get("price_level_id")})


def _replace(row: Kept, model: Any, several: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> None:
    holder = _holder(row)
    model.objects.filter(**holder).delete()
    for values in several:
        one = model(organisation_id=row.organisation_id, **holder)
        fill(one, values, fields)
        one.save()


def put_companies(actor: Actor, row: Contact, model: Any, ids: Iterable[int]) -> None:
    """The customers, or the vendors, that a contact belongs to are these. Raises ``Missing``."""
    wanted, name = list(dict.fromkeys(ids)), str(model._meta.model_name)
    found = set(model.objects.of(actor).filter(pk__in=wanted).values_list("pk", flat=True))
    if missing := [i for i in wanted if i not in found]:
        raise Missing(f"{name} {missing[0]}")
    gone = row.belongings.filter(**{f"{name}__isnull": False}).exclude(**{f"{name}_id__in": wanted})
    gone.delete()
    for pk in wanted:
        place: dict[str, Any] = {f"{name}_id": pk}
        Belonging.objects.get_or_create(organisation_id=row.organisation_id, contact=row, **place)
