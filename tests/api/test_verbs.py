"""What a person can do on a page, a program can do by the API: every address that takes a POST, and the operation for it.

A new page verb fails here until its operation, or the reason why there is none, stands in the table.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache, partial
from textwrap import dedent
from types import FunctionType, ModuleType
from typing import Any

from tradepost.api.urls import api
from tradepost.web import urls
from tradepost.web.kinds import LOOKS

KINDS = "|".join(LOOKS)
LISTS = "|".join(look.plural for look in LOOKS.values())

# Name of the page's address, as a regular expression → operations, separated by blanks.
OPERATIONS = {
    "prospect-new|customer-promote": "create_customer change_customer",
    "(customer|contact|lead|opportunity|case|project|vendor)-(new|edit|archive)": (
        r"create_\1 change_\1 archive_\1 restore_\1 trash_\1"
    ),
    "(customer|vendor|item)-short": r"create_\1",
    f"({KINDS})-(new|edit)": "create_document change_document preview_document",
    f"({LISTS})-bulk": "move_document change_document send",
    "(customer|vendor|contact|lead)-merge": "preview_merge create_merge",
    "person": "erase_contact",
    "person-pack": "export_contact",
    "unmerge": "undo_merge",
    "main-contact": "choose_customer_main_contact choose_vendor_main_contact",
    "web-form": "open_web_form close_web_form",
    "(customers|prospects|contacts|leads|opportunities|cases|projects|vendors|items)-bulk": "archive_customer restore_customer archive_item",
    "(customer|vendor|contact|lead|opportunity|case|project)-field": r"change_\1",
    "opportunity-(stage|won|lost)": "change_opportunity",
    "lead-(convert|revert)": r"\1_lead",
    "preferences.*": "change_company change_settings",
    "letterhead-logo": "set_logo",
    "letterhead-logo-remove": "remove_logo",
    "letterhead-texts": "change_letterhead",
    "quote-convert|document-convert": "convert_document",
    "document-move": "move_document",
    "document-trash": "trash_document untrash_document",
    "document-apply": "apply_document",
    "document-unapply": "unapply_document",
    "document-copy": "copy_document",
    "document-share": "share_document",
    "document-revoke": "revoke_links",
    "document-field": "change_document",
    "document-totals": "preview_document",
    "document-address": "change_document",
    "statement-new": "make_statement",
    "order-build": "build_lacking",
    "order-buy": "buy_dropped",
    "order-unbuy": "unbuy_dropped",
    "reorder-(buy|undo)": "order_proposed",
    "reorder-build": "build_proposed",
    "reorder-level": "set_reorder_level",
    "rma-arrive": "receive_returns",
    "item(-new)?": "create_item change_item",
    "item-move": "adjust_stock count_stock transfer_stock build_stock unbuild_stock revalue_stock",
    "stock-move-undo": "undo_stock_move",
    "category(-new)?": "create_category change_category",
    "category-put-away": "archive_category restore_category",
    "item-makeup": "put_item_makeup",
    "item-pictures": "add_picture",
    "picture-change": "remove_picture make_picture_first",
    "item-variants": "make_variants",
    "location(-new)?": "create_location change_location",
    "bin(-new)?": "create_bin change_bin",
    "place-put-away": "archive_location restore_location archive_bin restore_bin",
    "price-list(-new)?": "create_price_list change_price_list",
    "price-(list|level)-archive": r"archive_price_\1 restore_price_\1",
    "price-level(-new)?": "create_price_level change_price_level",
    "trash-(restore|take-back)": "restore_from_trash",
    "activity-add": "add_activity",
    "activity-edit": "change_activity set_status add_files",
    "activity-status": "set_status",
    "activity-(move|unlink)": "move_activity",
    "activity-trash": "trash_activity untrash_activity",
    "file-trash": "trash_file untrash_file",
    "calendar-move": "move_event change_event change_event_date",
    "event-(new|edit)": "add_event change_event change_event_date",
    "event-act": "delete_event cancel_event answer_event leave_out_event_date",
    "event-invite": "send_invitation",
    "event-accept": "accept_calendar_file",
    "calendar-share": "open_calendar_feed close_calendar_feed",
    "compose": "send send_form",
    "message-again": "send_once_more",
    "document-mail": "send",
    "mail-take-back": "take_mail_back",
    "account_signup": "register_company",
    "join": "accept_invitation",
    "list-entry-new": "add_entry create_terms",
    "list-entry": "change_entry change_terms",
    "list-entry-remove": "remove_entry",
    "list-entry-restore": "restore_entry",
    "taxes": "try_tax",
    "tax-codes(-new|-archive)?": "create_tax_code change_tax_code remove_tax_code restore_tax_code",
    "tax-items(-new|-archive)?": "create_item_tax change_item_tax remove_item_tax restore_item_tax",
    "tax-rates(-new|-archive)?": "create_tax change_tax remove_tax restore_tax",
    "tax-regions(-new)?|tax-region-remove": "create_tax_region replace_tax_region remove_tax_region",
    "numbering-edit": "set_numbering preview_numbering",
    "exchange-rates(-paste)?": "put_rate",
    "exchange-rates-remove": "remove_rate",
    "members": "invite",
    "member-role": "change_member",
    "member-end": "end_member",
    "member-hand-over": "hand_over",
    "invitation-withdraw": "withdraw_invitation",
    "role(-new)?": "create_role change_own_role",
    "role-remove": "delete_role",
    "api-keys": "create_api_key",
    "sign-out-everywhere": "sign_out_everywhere",
    "api-key-revoke": "revoke_api_key",
    "imports": "create_import",
    "import-(columns|reread)": "change_import",
    "import-act": "act_on_import forget_import",
    "export-everything": "export_everything",
    "edi": "create_xml_message",
    "edi-act": "act_on_xml_message forget_xml_message",
    "mail-account(-new)?": "create_mail_account change_mail_account",
    "mail-account-test(-new)?": "test_entered test_stored",
    "mail-account-copy": "copy_mail_account",
    "mail-account-disconnect": "disconnect_mail_account",
    "mail-account-delete": "delete_mail_account",
    "mail-account-grant": "grant_mail_access",
    "mail-account-revoke": "revoke_mail_access",
    "calendar-account-new": "connect_calendar_account",
    "calendar-account-test": "test_calendar_account",
    "calendar-choose": "choose_calendar",
    "calendar-reconnect": "reconnect_calendar_account",
    "calendar-disconnect": "disconnect_calendar_account",
    "calendar-settings": "configure_calendar",
    "calendar-act": "apply_calendar sync_calendar stop_calendar replace_calendar",
    "mail-template(-new)?": "create_template change_template",
    "mail-template-archive": "archive_template restore_template",
    "custom-field(-new)?": "create_custom_field change_custom_field",
    "custom-field-archive": "archive_custom_field restore_custom_field",
    "tag(-new)?": "create_tag change_tag",
    "mark": "change_document change_customer change_item",
    "tag-merge": "merge_tag",
    "tag-remove": "remove_tag",
    "tag-unmerge": "undo_tag_merge",
    "profile": "change_me",
    "review": "resolve_review",
    "connection-act": "sync_now pause_connection resume_connection",
    "run-stop": "cancel_run",
    "run-undo": "undo_run",
    "run-item-retry": "retry_run_item",
    "report-save|saved-report-edit": "save_report change_saved_report",
    "saved-report-pause": "pause_saved_report",
    "saved-report-remove": "remove_saved_report",
    "notices-read": "read_notices",
    "job-stop": "cancel_job",
}  # fmt: skip
# Page verbs without an operation of their own, and why.
REASONS = {
    "web-lead": "strangers send it, without a key; a program creates a lead",
    "saved-views": "the state of the person's own list",
    "company-switch": "a session's choice; a key belongs to one company",
    "lines-pasted": "reads what was pasted into a form; the API takes lines as such",
}


def page_verbs() -> list[str]:
    """Names of the addresses whose view names POST, itself or in a decorator, or calls something of the pages that does."""
    named = [one for section in urls.SECTIONS for one in section.urls]
    return [str(one.name) for one in named if _takes_post(one.callback, set())]


def _takes_post(view: Any, seen: set[Any]) -> bool:
    view = inspect.unwrap(view.func if isinstance(view, partial) else view)
    if not isinstance(view, FunctionType) or not view.__module__.startswith("tradepost.web") or view in seen:
        return False
    seen.add(view)
    named, called = _read(view)
    return named or any(_takes_post(one, seen) for one in called)


@cache
def _read(view: FunctionType) -> tuple[bool, tuple[Any, ...]]:
    """Whether it names POST, and what it calls."""
    source = inspect.getsource(view)
    return "POST" in source, tuple(_called(view, source))


def _called(view: FunctionType, source: str) -> Iterator[Any]:
    """What a function calls by its own name or by that of a module; and what it closes over."""
    yield from (cell.cell_contents for cell in view.__closure__ or ())
    for node in ast.walk(ast.parse(dedent(source))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield view.__globals__.get(node.func.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            room = node.func.value
            module = view.__globals__.get(room.id) if isinstance(room, ast.Name) else None
            yield getattr(module, node.func.attr, None) if isinstance(module, ModuleType) else None


def operations(name: str) -> list[str]:
    """By the table, with the kind of a record in its place."""
    found = [(re.fullmatch(pattern, name), words) for pattern, words in OPERATIONS.items()]
    return [one for match, words in found if match for one in match.expand(words).split()]


def test_every_page_verb_has_its_operation_or_a_reason() -> None:
    described = api.get_openapi_schema(path_prefix="/api/v1/")["paths"].values()
    there = {operation["operationId"] for methods in described for operation in methods.values()}
    verbs = page_verbs()
    assert len(verbs) > 200
    assert [name for name in verbs if not operations(name) and name not in REASONS] == []
    assert {one for name in verbs for one in operations(name)} - there == set()


def test_the_table_names_no_page_that_is_gone() -> None:
    verbs = page_verbs()
    assert [name for name in REASONS if name not in verbs] == []
    assert [one for one in OPERATIONS if not any(re.fullmatch(one, name) for name in verbs)] == []
