"""The pages. A new page module adds its ``section`` here and nothing else; see docs/pages.md."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django_htmx.http import HttpResponseClientRedirect

from tradepost.web import (
    account,
    activities,
    addressing,
    api_keys,
    audit,
    building,
    calendar,
    calendar_accounts,
    calendar_files,
    catalog,
    choices,
    compose,
    connections,
    dashboard,
    drafts,
    edi,
    entering,
    events,
    files,
    health,
    imports,
    item_activities,
    item_documents,
    item_short,
    letterhead,
    lists,
    mail_templates,
    mailboxes,
    marks,
    marks_setup,
    members,
    metrics,
    notices,
    numbering,
    pasting,
    people,
    preferences,
    profile,
    public,
    rates,
    records,
    reorder,
    reports,
    returning,
    reviews,
    roles,
    sales,
    saved_views,
    search,
    shell,
    stock,
    styles,
    sync,
    taxes,
    trash,
    usual_mail,
    words,
)
from tradepost.web.people import web_form

SECTIONS: tuple[shell.Section, ...] = (
    health.section,
    words.section,
    metrics.section,
    preferences.section,
    dashboard.section,
    people.section,
    web_form.section,
    sales.section,
    addressing.section,
    building.section,
    returning.section,
    entering.section,
    pasting.section,
    public.section,
    web_form.entrance,
    catalog.section,
    item_activities.section,
    item_documents.section,
    item_short.section,
    stock.section,
    trash.section,
    activities.section,
    calendar.section,
    events.section,
    calendar_files.section,
    calendar_files.entrance,
    compose.section,
    usual_mail.section,
    files.section,
    records.section,
    choices.section,
    saved_views.section,
    search.section,
    account.entrance,
    account.section,
    letterhead.section,
    lists.section,
    taxes.section,
    numbering.section,
    rates.section,
    members.section,
    roles.section,
    api_keys.section,
    audit.section,
    imports.section,
    edi.section,
    edi.entrance,
    mailboxes.section,
    calendar_accounts.section,
    mail_templates.section,
    marks.section,
    marks_setup.section,
    profile.section,
    reviews.section,
    connections.section,
    sync.section,
    reports.section,
    reorder.section,
    notices.section,
    *((styles.section,) if settings.DEBUG else ()),
)


def guarded(pattern: URLPattern) -> URLPattern:
    """The same page, for people who are signed in; others are sent to sign in and back."""
    view = pattern.callback

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "actor", None) is not None:
            return drafts.saved(request, view(request, *args, **kwargs))
        if request.user.is_authenticated:
            return redirect("no-company")
        sign_in = redirect_to_login(drafts.page(request))
        return HttpResponseClientRedirect(sign_in.url) if request.headers.get("HX-Request") else sign_in

    return URLPattern(pattern.pattern, checked, pattern.default_args, pattern.name)


shell.install(SECTIONS)
urlpatterns = [url if section.public else guarded(url) for section in SECTIONS for url in section.urls]
