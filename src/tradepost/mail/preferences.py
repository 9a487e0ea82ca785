"""The company's mail settings: the switch (A4, B1), the three choices (A8–A10), and who sees what (defaults.md row 20)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Permission
from tradepost.accounts.settings import declare, resolve
from tradepost.mail.directory import ContactMail, Files, FilesGoTo, Preferences, Response, Visibility


def _list_of_addresses(value: list[Any]) -> str | None:
    wrong = [v for v in value if not isinstance(v, str) or "." not in v or " " in v.strip()]
    return gettext("“{wrong}” is neither an address nor a domain.").format(wrong=wrong[0]) if wrong else None


def _limit(value: int) -> str | None:
    return None if 0 <= value <= 1000 else gettext("Enter a number from 0 (no limit) to 1000.")


ACTIVE = declare(
    "mail.active",
    False,
    label=_("Mail"),
    help=_("Use Integrated Email: users may connect their mailboxes."),
    permission=Permission.COMPANY_ACTIVATE,
)
RESPONSE = declare(
    "mail.response",
    Response.APPEND.value,
    label=_("Responses to an e-mail that originated here"),
    choices={
        Response.APPEND.value: _("Append the response to the original activity"),
        Response.OWN.value: _("Every response is an activity of its own"),
        Response.DISREGARD.value: _("Disregard responses; attachments are not kept either"),
    },
)
CONTACT_MAIL = declare(
    "mail.contact_mail",
    ContactMail.LOG.value,
    label=_("When a user e-mails a contact outside tradepost"),
    choices={
        ContactMail.LOG.value: _("Create an activity under that contact"),
        ContactMail.DISREGARD.value: _("Disregard, keep no record"),
    },
)
FILES = declare(
    "mail.files",
    Files.ADD.value,
    label=_("Attachments of a response"),
    choices={
        Files.ADD.value: _("Add them to the activity"),
        Files.DISREGARD.value: _("Disregard, keep no record"),
    },
)
FILES_GO_TO = declare(
    "mail.files_go_to",
    FilesGoTo.MAIL.value,
    label=_("Where attachments stand when every response is its own activity"),
    choices={
        FilesGoTo.MAIL.value: _("On the mail that brought them"),
        FilesGoTo.ORIGINAL.value: _("On the original activity"),
    },
)
LOG_VISIBILITY = declare(
    "mail.log_visibility",
    Visibility.OWNER.value,
    label=_("Who sees mail that was logged from a mailbox"),
    choices={
        Visibility.OWNER.value: _("Only its owner, until shared"),
        Visibility.TEAM.value: _("The owner's team and administrators"),
        Visibility.ALL.value: _("Everybody in the company"),
    },
)
NEVER_LOG: Any = declare(
    "mail.never_log",
    [],
    label=_("Never log mail with"),
    help=_("Addresses or domains, one a line."),
    check=_list_of_addresses,
)
INTERNAL_DOMAINS: Any = declare(
    "mail.internal_domains",
    [],
    label=_("Our own domains"),
    help=_("Mail among these addresses is internal and never logged."),
    check=_list_of_addresses,
)
MAX_ACCOUNTS = declare(
    "mail.max_accounts_per_user",
    5,
    label=_("Accessible Email Accounts per user"),
    help=_("0 means no limit."),
    check=_limit,
)

COMPANY_PAGE = (
    RESPONSE,
    CONTACT_MAIL,
    FILES,
    FILES_GO_TO,
    LOG_VISIBILITY,
    NEVER_LOG,
    INTERNAL_DOMAINS,
    MAX_ACCOUNTS,
)


def of_company(organisation_id: int) -> Preferences:
    """What the decision asks, in one query."""
    asked = (RESPONSE, CONTACT_MAIL, FILES, FILES_GO_TO, LOG_VISIBILITY, NEVER_LOG, INTERNAL_DOMAINS)
    found = resolve(asked, organisation_id)
    value = {key: chosen for key, (chosen, _level) in found.items()}
    return Preferences(
        response=Response(value[RESPONSE.key]),
        contact_mail=ContactMail(value[CONTACT_MAIL.key]),
        files=Files(value[FILES.key]),
        files_go_to=FilesGoTo(value[FILES_GO_TO.key]),
        log_visibility=Visibility(value[LOG_VISIBILITY.key]),
        never_log=frozenset(str(v).strip().lower() for v in value[NEVER_LOG.key]),
        internal=frozenset(str(v).strip().lower().lstrip("@") for v in value[INTERNAL_DOMAINS.key]),
    )
