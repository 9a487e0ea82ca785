"""Every page × every role: it opens to whom its permission is granted, and to nobody else; what is refused changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

import pytest
from django.conf import settings
from django.test import Client

from tests.api.conftest import join, program_of
from tests.api.test_tenancy import FORM, addresses, ask, at, filled, text_of
from tests.api.test_tenancy import operations as described
from tests.api.test_verbs import operations, page_verbs
from tests.api.world import World, rows_of, world
from tradepost.accounts.access import GRANTS, Actor, Permission, Role
from tradepost.accounts.models import CustomRole, Membership, User
from tradepost.accounts.services import actor_of
from tradepost.accounts.tenancy import Owned
from tradepost.activities.models import Activity, Attachment, Message
from tradepost.catalog.models import Item, PriceList
from tradepost.people.models import Case, Customer, EmailAddress, Lead, Opportunity, Vendor
from tradepost.sales.models import Document
from tradepost.sales.state_table import MACHINES
from tradepost.web.kinds import LOOKS

P = Permission
PARTIAL = {
    "HX-Request": "true",
    "HX-Request-Type": "partial",
}  # what a page shows, without the frame around it
OTHERS = [role for role in Role if role is not Role.MASTER_ADMIN]

# To whom an address opens: names of addresses, as a regular expression. Every other one opens to every member.
OPENS: Mapping[Permission, str] = {
    P.PEOPLE_EDIT: "(customer|contact|lead|prospect)-(new|edit)|customer-short|(customer|contact|lead)s-alike|(customer|contact|lead)-merge|lead-convert",
    P.SALES_EDIT: "(opportunity|project)-(new|edit)|opportunity-(won|lost)|document-(address|move|apply)",
    P.ACTIVITIES_EDIT: "case-(new|edit)|event-new|activity-(add|move)",
    P.MAIL_SEND: "compose|event-invite|mail-templates?",
    P.MAIL_CONNECT: "my-mail|mail-account(s|-new|-propose)|calendar-account(s|-new)",
    P.SYNC_VIEW: "runs?",
    P.EXPORT: "(?!audit)[a-z-]+-export|imports",
    P.STOCK_MOVE: "order-build|rma-arrive|item-move",
    P.PURCHASING: "reorder|vendor-(new|edit|short)|vendors-alike|vendor-merge",
    P.INVOICING: "exchange-rates|document-convert",
    P.CATALOG_EDIT: "item-(new|short)|location.*|bin.*|categor(y|ies)(-new)?|price-list-new|price-level(-new)?|reorder-level",
    P.COMPANY_SETTINGS: "preferences.*|letterhead-(logo|texts|preview)|lists?|list-entry(-new)?|tax(es|-(codes|items|rates|regions)(-new)?)|numbering.*"
    "|custom-fields?(-new)?|tags?(-new)?|mail-template-new|web-form|person",
    P.COMPANY_ACTIVATE: "member-hand-over",
    P.MEMBERS: "members|member-end|roles?|role-new",
    P.API_KEYS: "api-keys",
    P.AUDIT_VIEW: "audit|audit-export",
}  # fmt: skip
DOCUMENTS = {f"{kind}-{act}": MACHINES[kind].edit for kind in LOOKS for act in ("new", "edit")}
# Records of one person, and of kinds that a role may not bring in: whom they are not for, is told that there are none.
HIDDEN = "calendar-(account|available|settings|preview)|mail-account|import(-progress|-errors)?|edi-(message|answer)|saved-report.*|connection|stream-preview"
EITHER: Mapping[str, tuple[Permission, ...]] = {"edi": (P.SALES_EDIT, P.PURCHASING)}


@cache
def opens(name: str) -> tuple[Permission, ...]:
    """The permissions of which one opens a page; none: it opens to every member."""
    if name in DOCUMENTS or name in EITHER:
        return EITHER.get(name) or (DOCUMENTS[name],)
    return tuple(needed for needed, names in OPENS.items() if re.fullmatch(names, name))


@pytest.fixture
def ours(db: None) -> World:
    return world()


def browser_of(ours: World, role: Role) -> tuple[Client, Actor]:
    actor = join(ours.actor, role, f"{role}@example.com")
    browser = Client()
    browser.force_login(User.objects.get(pk=actor.user_id), backend=settings.AUTHENTICATION_BACKENDS[0])
    return browser, actor


def pages() -> Iterator[tuple[str, str]]:
    """Route and name of every page of those who are signed in."""
    for route, pattern in addresses():
        if route != "healthz":  # which looks for workers
            yield route, str(pattern.name)


@pytest.mark.parametrize("role", OTHERS)
def test_a_page_opens_to_whom_its_permission_is_granted(ours: World, role: Role) -> None:
    """What opens to every member is tried by who may least, and by the Master Admin in ``test_every_page``."""
    browser, actor = browser_of(ours, role)
    wrong = []
    for route, name in pages():
        if not opens(name) and role is not Role.READ_ONLY:
            continue
        status = browser.get(at(route, ours.ids), headers=PARTIAL).status_code
        granted = not opens(name) or any(actor.may(one) for one in opens(name))
        refused = status == 403 or status == 404 and bool(re.fullmatch(HIDDEN, name))
        if refused == granted and not (granted and re.fullmatch(HIDDEN, name)) or status >= 500:
            wrong.append((name, route, status, opens(name)))
    assert not wrong, "\n".join(map(str, wrong))


# -- what is done ----------------------------------------------------------------------------------------------------

# Of verbs on the order, and of those that no operation of the API names with its permission: whom they are for.
DOES: Mapping[Permission, str] = {
    P.SALES_EDIT: "document-(move|trash|field|apply|unapply|copy|share|revoke|address)|quote-convert|(opportunities|projects)-bulk",
    P.INVOICING: "document-convert",
    P.PEOPLE_EDIT: "(customer|contact|lead)-merge|(prospects|customers|contacts|leads)-bulk|main-contact",
    P.PURCHASING: "vendor-merge|unmerge|vendors-bulk",
    P.ACTIVITIES_EDIT: "cases-bulk",
    P.CATALOG_EDIT: "items-bulk",
    P.STOCK_MOVE: "item-move",
    P.COMPANY_SETTINGS: "taxes",
    P.SYNC_MANAGE: "run-(stop|undo|item-retry)|connection-act",
    P.MAIL_SEND: "message-again",
}  # fmt: skip
BULK = {f"{LOOKS[kind].plural}-bulk": MACHINES[kind].edit for kind in LOOKS}
EVENT = {"title": "X", "start": "2026-11-03T09:00", "end": "2026-11-03T10:00"}
TYPED: Mapping[str, Mapping[str, str]] = {
    "item": {"sku": "X", "name": "X", "type": "stock", "unit": "each", "price": "1", "tax_rate": "0", "discount_percent": "0"},
    "activity-edit": {"subject": "X", "text": "X", "visibility": "all"},
    "calendar-move": EVENT,
    "event-act": {"act": "delete"},
    "main-contact": {"contact": "1"},
}  # fmt: skip
# Of these, what is wrong with the record, the form or the address is said first, and of many rows of each why not.
FIRST = (
    r".*-bulk|mark|(contact|lead|case|document)-field|activity-unlink|event-edit|main-contact|run-(stop|undo)|connection-act"
    r"|mail-account-.*|calendar-account-test|tag-merge|reorder-undo|import-.*|edi-act|quote-convert|event-act|calendar-move"
)


@cache
def does(name: str) -> frozenset[str]:
    """The permissions of which one is needed for a verb; none: it is for every member, or asks for more than one can tell here."""
    told = {needed for needed, names in DOES.items() if re.fullmatch(names, name)}
    if found := told | {table[name] for table in (DOCUMENTS, BULK) if name in table}:
        return frozenset(found)
    asked = {o["operationId"]: str(o.get("x-permission") or "") for _path, _method, o in described()}
    return frozenset(
        asked[one] for one in operations(name) if asked[one] and not asked[one].endswith(".view")
    )


@pytest.mark.parametrize("role", OTHERS)
def test_a_verb_that_is_refused_changes_nothing(ours: World, role: Role) -> None:
    browser, actor = browser_of(ours, role)
    verbs = {name for name in page_verbs() if does(name) and not does(name) & GRANTS[role]}
    before, wrong, ids = rows_of(ours.actor), [], {**ours.ids, "prospects": ours.ids["customers"]}
    for route, name in pages():
        if name in verbs:
            rows = name.removesuffix("-bulk")
            chosen = {"pk": str(ids[rows]), "act": "trash"} if rows != name else {}
            typed = {**FORM, **chosen, **TYPED.get(name, {})}
            status = browser.post(at(route, ours.ids), typed, headers=PARTIAL).status_code
            if status >= 500 or status != 403 and not re.fullmatch(FIRST, name):
                wrong.append((name, status, does(name)))
    assert not wrong, "\n".join(map(str, wrong))
    now = rows_of(ours.actor)
    assert [kind for kind in now if now[kind] != before[kind]] == []
    assert len(verbs) >= {Role.ADMIN: 1, Role.READ_ONLY: 170}.get(role, 80)


def test_the_tables_name_no_page_that_is_gone() -> None:
    names = {name for _route, name in pages()}
    for table in (OPENS, DOES):
        for pattern in table.values():
            assert all(any(re.fullmatch(one, name) for name in names) for one in _alternatives(pattern)), (
                pattern
            )
    assert {*TYPED, *EITHER} <= names


def _alternatives(pattern: str) -> list[str]:
    """The parts of a regular expression between its outer bars."""
    return re.findall(r"(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|[^|()])+", pattern)


# -- what is read ----------------------------------------------------------------------------------------------------

# A role without the first of these, and what rests on it, reads nothing of the kinds that it is for.
ROOMS: Mapping[Permission, tuple[Permission, ...]] = {
    P.PEOPLE_VIEW: (P.PEOPLE_EDIT,),
    P.CATALOG_VIEW: (P.CATALOG_EDIT, P.STOCK_MOVE, P.COST_VIEW),
    P.SALES_VIEW: (P.SALES_EDIT, P.SHIPPING, P.INVOICING, P.PURCHASING),
    P.ACTIVITIES_VIEW: (P.ACTIVITIES_EDIT, P.ACTIVITIES_PRIVATE),
}
SHOWN: Mapping[Permission, str] = {
    P.PEOPLE_VIEW: "/leads/",
    P.CATALOG_VIEW: "/items/",
    P.SALES_VIEW: "/orders/",
    P.ACTIVITIES_VIEW: "/orders/{order}/?tab=open",
}
SETUP = {P.COMPANY_SETTINGS, P.MEMBERS, P.API_KEYS}
SECRET = (
    "Xylophone"  # in what only the pages of a kind say of it: a document names its customer, a line its item
)


def hide(ours: World, room: Permission) -> None:
    """Write the secret into the records of a room, where no other record repeats it."""

    def write(model: type[Owned], *names: str) -> None:
        model._base_manager.filter(organisation_id=ours.actor.organisation_id).update(
            **dict.fromkeys(names, SECRET)
        )

    if room is P.PEOPLE_VIEW:
        for model in (Customer, Vendor):
            write(model, "notes")
        write(Lead, "company")
        write(Opportunity, "name")
        write(Case, "subject")
        write(EmailAddress, "email")
    elif room is P.CATALOG_VIEW:
        write(Item, "description", "name")
        write(PriceList, "name")
    elif room is P.SALES_VIEW:
        write(Document, "po_number", "memo")
    else:
        write(Activity, "subject", "text")
        write(Message, "subject", "text")
        write(Attachment, "name")


@pytest.mark.parametrize("room", ROOMS)
def test_who_may_not_see_a_room_reads_nothing_of_it(ours: World, room: Permission) -> None:
    """All else is granted. The trail says what was, to whom it is open."""
    hide(ours, room)
    member = Membership.objects.select_related("user").get(pk=ours.ids["members"])
    lacking = {room, *ROOMS[room], P.COMPANY_ACTIVATE}
    role = CustomRole.objects.create(
        organisation_id=ours.actor.organisation_id,
        name="X",
        base=Role.ADMIN,
        permissions=sorted(set(P) - lacking),
    )
    Membership.objects.filter(pk=member.pk).update(role=Role.ADMIN, custom_role=role)
    browser = Client()
    browser.force_login(member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    told = []
    for route, name in pages():
        if name != "audit" and not SETUP & {*opens(name)}:
            answer = browser.get(at(route, ours.ids), headers=PARTIAL)
            told += [name] if SECRET in text_of(answer) else []
    program = program_of(actor_of(member))
    for path, method, operation in described():
        if method == "get" and path != "/api/v1/audit":
            answer = ask(program, filled(path, ours.ids), method, operation)
            told += [path] if SECRET in text_of(answer) else []
    assert told == []
    Membership.objects.filter(pk=member.pk).update(custom_role=None)
    shown = SHOWN[room].format(order=ours.ids["orders"])
    assert SECRET in text_of(browser.get(shown)), "There is something to be hidden."
