"""The permissions as people read them: by room, each with a label and a sentence that says what it opens."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tradepost.accounts.access import Permission
from tradepost.web.shell import Text

_P = Permission


@dataclass(frozen=True, slots=True)
class Ability:
    label: Text
    sentence: Text


ROOMS: tuple[tuple[Text, dict[Permission, Ability]], ...] = (
    (
        _("Customers and vendors"),
        {
            _P.PEOPLE_VIEW: Ability(
                _("See customers and contacts"),
                _("Lists and pages of leads, customers, contacts and vendors."),
            ),
            _P.PEOPLE_EDIT: Ability(
                _("Change customers and contacts"), _("Add, change, merge and delete them.")
            ),
        },
    ),
    (
        _("Items and stock"),
        {
            _P.CATALOG_VIEW: Ability(_("See items"), _("Items, their prices and what is available.")),
            _P.CATALOG_EDIT: Ability(
                _("Change items"), _("Add items, change their prices, units and vendors.")
            ),
            _P.COST_VIEW: Ability(
                _("See costs"), _("What stock cost and is worth, the average, and what vendors ask.")
            ),
            _P.STOCK_MOVE: Ability(
                _("Move stock"), _("Receive, take back what is returned, adjust, count, transfer and build.")
            ),
        },
    ),
    (
        _("Sales and purchases"),
        {
            _P.SALES_VIEW: Ability(_("See quotes and orders"), _("Every document of sales and purchases.")),
            _P.SALES_EDIT: Ability(_("Write quotes and orders"), _("Write, change, hold and cancel them.")),
            _P.SHIPPING: Ability(_("Ship"), _("Pick lists and ship docs.")),
            _P.INVOICING: Ability(
                pgettext_lazy("what somebody may do", "Invoice"),
                _("Invoices, credit notes, refunds and payments."),
            ),
            _P.PURCHASING: Ability(
                _("Purchase"), _("Purchase quotes and orders, cash purchases, bills, and money of vendors.")
            ),
        },
    ),
    (
        _("Mail and activities"),
        {
            _P.ACTIVITIES_VIEW: Ability(_("See activities"), _("Notes, calls, tasks, events and e-mails.")),
            _P.ACTIVITIES_EDIT: Ability(
                _("Add and change activities"), _("Write notes, plan tasks and events.")
            ),
            _P.ACTIVITIES_PRIVATE: Ability(
                _("See what others keep to themselves"), _("Also activities marked as private by others.")
            ),
            _P.MAIL_SEND: Ability(_("Send e-mail"), _("Write to customers and vendors from a record.")),
            _P.MAIL_CONNECT: Ability(_("Connect one's own mailbox"), _("And one's own calendar.")),
            _P.MAIL_SHARED: Ability(
                _("Manage shared mailboxes"), _("Connect them, and say who reads and writes with them.")
            ),
        },
    ),
    (
        _("Connections and data"),
        {
            _P.SYNC_VIEW: Ability(_("See connections and runs"), _("What is connected and what a run did.")),
            _P.SYNC_MANAGE: Ability(
                _("Manage connections and runs"), _("Connect, start, pause and disconnect.")
            ),
            _P.EXPORT: Ability(_("Export"), _("Take lists and records out as files.")),
        },
    ),
    (
        _("Company"),
        {
            _P.COMPANY_SETTINGS: Ability(
                _("Change company preferences"), _("The company itself, its fields and its lists.")
            ),
            _P.COMPANY_ACTIVATE: Ability(
                _("Activate mail and calendar"),
                _("The Master Admin alone does this; no other role can have it."),
            ),
            _P.MEMBERS: Ability(
                _("Invite users and change roles"), _("Also remove users. Nobody grants more than they have.")
            ),
            _P.API_KEYS: Ability(_("Make API keys"), _("Keys act as who made them, and never do more.")),
            _P.AUDIT_VIEW: Ability(_("See the audit trail"), _("Who changed what, with before and after.")),
        },
    ),
)
ABILITIES: dict[Permission, Ability] = {
    what: ability for _room, rows in ROOMS for what, ability in rows.items()
}
