"""Web to Lead (B20): a form of the company's own site, or one that we show, by which strangers become leads.

Its address names the company and a code that only we can make, of a setting that counts: whoever closes the form, or makes another
address, makes the old one worthless. Nothing of it is secret, since it stands on a public page.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.accounts.settings import declare, put
from tradepost.jobs.services import notify
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.kit.words import gettext_noop
from tradepost.people.doubles import called, doubles
from tradepost.people.models import Lead, Source
from tradepost.people.services import Email, save_lead

SERIAL = declare("leads.web_form", 0)  # of the address; zero or less: closed
FIELDS = ("company", "first_name", "last_name", "phone", "website")
AGAIN = timedelta(hours=1)  # what says the same within it was sent twice


def address(organisation_id: int) -> str:
    """The path of the form, empty while it is closed."""
    serial = SERIAL.value(organisation_id)
    return f"/w/{organisation_id}/{_code(organisation_id, serial)}/" if serial > 0 else ""


def open_form(actor: Actor) -> str:
    """Open the form under a new address, which is the answer; one that was open before is closed."""
    actor.require(Permission.COMPANY_SETTINGS)
    put(actor, {SERIAL.key: abs(SERIAL.value(actor.organisation_id)) + 1})
    return address(actor.organisation_id)


def close_form(actor: Actor) -> None:
    """Raises ``Conflict`` where it is closed already."""
    actor.require(Permission.COMPANY_SETTINGS)
    serial = SERIAL.value(actor.organisation_id)
    if serial <= 0:
        raise Conflict(_("The form is closed already."), cure=_("There is nothing to close."))
    put(actor, {SERIAL.key: -serial})


def company_at(organisation_id: int, code: str) -> Organisation:
    """Whose form stands at an address. ``Missing`` where it is closed or never was."""
    company = Organisation.objects.filter(pk=organisation_id).first()
    serial = SERIAL.value(organisation_id) if company else 0
    if company is None or serial <= 0 or not hmac.compare_digest(code, _code(organisation_id, serial)):
        raise Missing(_("form"))
    return company


def _code(organisation_id: int, serial: int) -> str:
    key = bytes(Organisation.objects.values_list("token_key", flat=True).get(pk=organisation_id))
    return hmac.new(key, f"web-to-lead:{organisation_id}:{serial}".encode(), hashlib.sha256).hexdigest()[:32]


def take(company: Organisation, values: Mapping[str, str], *, page: str = "") -> Lead:
    """The lead of what somebody typed: ``FIELDS``, ``email`` and ``message``; ``page`` is where. Whoever may manage is told, and
    whom it may be already. The same once more within an hour makes no second one. Raises ``Invalid``."""
    actor = Actor.system(company.pk, via="web form")
    typed = {name: " ".join(values.get(name, "").split()) for name in (*FIELDS, "email")}
    if not typed["email"] and not typed["phone"]:
        raise Invalid(
            fields={"email": _("Enter an e-mail address or a phone number, so that we can answer.")}
        )
    notes = "\n\n".join(filter(None, [values.get("message", "").strip(), page and f"({page[:500]})"]))
    emails = [Email(typed.pop("email"))]
    with transaction.atomic():
        if twice := _same(company.pk, typed, notes, emails[0].email):
            return twice
        lead = save_lead(actor, {**typed, "source": Source.WEB, "notes": notes}, emails=emails)
        _tell(actor, lead)
    return lead


def _same(organisation_id: int, typed: Mapping[str, str], notes: str, email: str) -> Lead | None:
    since = clock.now() - AGAIN
    rows = Lead.objects.filter(organisation_id=organisation_id, created_at__gte=since, notes=notes, **typed)
    return rows.filter(email_words=email.lower()).first()


def _tell(actor: Actor, lead: Lead) -> None:
    emails = lead.email_words.split()
    known = doubles(actor, "lead", name=called(lead), emails=emails, but=lead.pk)
    text = (
        gettext_noop("May be here already: {names}.").format(names=", ".join(str(one.row) for one in known))
        if known
        else ""
    )
    title = gettext_noop("New lead from the web: {name}").format(name=lead)
    notify(lead.organisation_id, f"web-lead:{lead.pk}", title, text=text, link=f"/leads/{lead.pk}/")
