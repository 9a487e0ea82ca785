"""Import and export: upload a file, match its columns, see what would happen, apply, take back; everything as a ZIP."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django import forms
from django.conf import settings
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.exchange import export, outgoing, services
from tradepost.exchange.columns import columns_of
from tradepost.exchange.kinds import KINDS, Group, Kind, kind_of
from tradepost.exchange.models import Action, ImportRow, ImportRun, RunState
from tradepost.jobs.models import Job
from tradepost.jobs.services import cancel_job
from tradepost.kit import clock
from tradepost.kit.errors import Fault, Invalid, Missing
from tradepost.kit.figures import style
from tradepost.web import columns, parts
from tradepost.web.export import XLSX, file_of
from tradepost.web.numbers import number
from tradepost.web.sentences import told
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section
from tradepost.web.templatetags.ui import tone

LIVE = (RunState.CHECKING, RunState.APPLYING, RunState.UNDOING)
TONES = {
    Action.CREATE: "green", Action.UPDATE: "blue", Action.REFUSE: "red", Action.KEPT: "orange",
}  # fmt: skip
LABELS = {
    "customer": gettext_lazy("Customers"),
    "contact": gettext_lazy("Contacts"),
    "vendor": gettext_lazy("Vendors"),
    "reach": gettext_lazy("E-mails and phones"),
    "address": gettext_lazy("Addresses"),
    "lead": gettext_lazy("Leads"),
    "opportunity": gettext_lazy("Opportunities"),
    "case": gettext_lazy("Cases"),
    "project": gettext_lazy("Customer jobs"),
    "item": gettext_lazy("Items"),
    "part": gettext_lazy("Parts"),
    "unit": gettext_lazy("Units"),
    "barcode": gettext_lazy("Barcodes"),
    "location": gettext_lazy("Locations and bins"),
    "stock": gettext_lazy("Opening stock"),
    "level": gettext_lazy("Reorder levels"),
    "price": gettext_lazy("Price lists"),
    "offer": gettext_lazy("Vendor prices"),
    "order": gettext_lazy("Sales orders"),
    "quote": gettext_lazy("Quotes"),
    "invoice": gettext_lazy("Invoices"),
    "purchase_quote": gettext_lazy("Purchase quotes"),
    "purchase_order": gettext_lazy("Purchase orders"),
    "bill": gettext_lazy("Bills"),
    "credit_note": gettext_lazy("Credit notes"),
    "vendor_credit": gettext_lazy("Vendor credits"),
    "payment": gettext_lazy("Payments"),
    "bill_payment": gettext_lazy("Bill payments"),
    "rma": gettext_lazy("RMAs"),
    "shipment": gettext_lazy("Ship docs"),
    "user": gettext_lazy("Users"),
    "category": gettext_lazy("Categories"),
    "price_level": gettext_lazy("Price levels"),
    "list_value": gettext_lazy("Values of lists"),
    "tax": gettext_lazy("Taxes and their rates"),
    "item_tax": gettext_lazy("Item sales taxes"),
    "tax_code": gettext_lazy("Sales tax codes"),
    "tax_region": gettext_lazy("Tax regions"),
    "exchange_rate": gettext_lazy("Exchange rates"),
}
POINTS = {".": "en", ",": "de"}
GROUPS = {
    Group.PEOPLE: gettext_lazy("People and companies"),
    Group.GOODS: gettext_lazy("Catalogue and stock"),
    Group.PAPERS: gettext_lazy("Open documents"),
    Group.SETUP: gettext_lazy("Set-up"),
}


def _kinds(request: DeskRequest) -> list[Kind]:
    return [kind for kind in KINDS.values() if request.actor.may(kind.permission)]


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What is in the file?"))
    file = forms.FileField(
        label=gettext_lazy("CSV or XLSX file"),
        widget=forms.ClearableFileInput({"accept": ".csv,.tsv,.txt,.xlsx"}),
        help_text=format_lazy(
            gettext_lazy(
                "Up to {n} MB, which is a million rows or more; “tradepost import” takes any length"
            ),
            n=settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20,
        ),
    )

    def __init__(self, kinds: list[Kind], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [
            (label, [(k.key, LABELS[k.key]) for k in kinds if k.group == group])
            for group, label in GROUPS.items()
        ]


def home(request: DeskRequest) -> HttpResponse:
    """``?kind=`` says what is brought in."""
    request.actor.require(Permission.EXPORT)
    kinds = _kinds(request)
    chosen = {"kind": request.GET.get("kind")}
    form = UploadForm(kinds, request.POST or None, request.FILES or None, initial=chosen)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = services.receive(request.actor, form.cleaned_data["kind"], file.name, file.file)
        except Invalid as fault:
            form.add_error("file", str(fault))
        else:
            return parts.go(request, reverse("import", args=[run.pk]))
    context = {
        "form": form,
        "kinds": [
            (label, several)
            for group, label in GROUPS.items()
            if (several := [(kind, LABELS[kind.key]) for kind in kinds if kind.group == group])
        ],
        "runs": [
            (run, LABELS[run.kind], tone(run.state))
            for run in services.runs(request.actor).order_by("-pk")[:25]
        ],
    }
    return parts.page(request, "imports/home.html", context, status=422 if form.errors else 200)


def template(request: DeskRequest, name: str) -> HttpResponse:
    """``item.csv`` or ``item.xlsx``: the columns that there are, with an example."""
    key, form = _named(name)
    kind = columns_of(request.actor.organisation_id, key)
    request.actor.require(kind.permission)
    response = HttpResponse(export.template(kind, form), content_type=TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{kind.plural}.{form}"'
    return response


def records(request: DeskRequest, name: str) -> HttpResponseBase:
    """``item.csv`` or ``item.xlsx``: what there is, in the columns of the import."""
    key, form = _named(name)
    response = StreamingHttpResponse(outgoing.file(request.actor, key, form), content_type=TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{kind_of(key).plural}.{form}"'
    return response


TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}


def _named(name: str) -> tuple[str, str]:
    key, _dot, form = name.partition(".")
    if form not in TYPES:
        raise Missing(_("file"))
    return key, form


# --- one run --------------------------------------------------------------------------------------------------------


class Rows(tables.Table):
    number = columns.Number(verbose_name=gettext_lazy("Row"), place="at-end")
    label = columns.Title(verbose_name=gettext_lazy("Record"), linkify=False, empty_values=())
    action = columns.Plain(verbose_name=gettext_lazy("What happens"), place="at-end2")
    cause = columns.Plain(
        verbose_name=gettext_lazy("Why, and what to do"), place="at-sub", empty_values=(), orderable=False
    )

    class Meta:
        order_by = "number"

    def render_label(self, record: ImportRow) -> str:
        return record.label or record.key or "–"

    def render_action(self, value: str, record: ImportRow) -> str:
        shade = TONES.get(Action(record.action), "secondary")
        return format_html('<span class="status status-{}">{}</span>', shade, record.get_action_display())

    def render_cause(self, record: ImportRow) -> str:
        return told(f"{record.cause} {record.cure}".strip()) or "–"


class RowFilter(filters.FilterSet):
    q = filters.CharFilter(field_name="label", lookup_expr="holds", label=gettext_lazy("Record"))
    action = filters.CharFilter(widget=forms.HiddenInput)

    class Meta:
        model = ImportRow
        fields: tuple[str, ...] = ()


def show(request: DeskRequest, pk: int) -> HttpResponse:
    run = services.one(request.actor, pk)
    return _page(request, run, {})


def _page(request: DeskRequest, run: ImportRun, problems: dict[str, str]) -> HttpResponse:
    views = [
        parts.View(Action(name).label, f"action={name}", count)
        for name, count in sorted(run.counts.items())
        if count and name in Action.values
    ]
    response = parts.listing(
        request,
        "imports/run.html",
        rows=services.rows(request.actor, run.pk),
        table=Rows,
        filters=RowFilter,
        views=[parts.View(_("All rows")), *views] if views else [],
        context={
            "run": run,
            "label": LABELS[run.kind],
            "count": max(0, run.rows - run.heading),  # below the names of the columns
            "live": run.state in LIVE,
            "back": services.has_back(run),
            "matching": _matching(run, problems) if run.state in _CHOOSING else [],
            "problems": problems,
            "comma": style(run.language).point == ",",
            "progress": _progress(run),
            "crumbs": [parts.Crumb(_("Import and export"), reverse("imports")), parts.Crumb(run.name)],
        },
    )
    response.status_code = 422 if problems else 200
    return response


_CHOOSING = (RunState.UPLOADED, RunState.CHECKED)


def _matching(run: ImportRun, problems: dict[str, str]) -> list[dict[str, Any]]:
    """Each column with what it was taken for, what it could be, and its first values."""
    kind = columns_of(run.organisation_id, run.kind)
    taken = {n: key for key, n in run.mapping.items()}
    return [
        {
            "n": n,
            "name": name,
            "field": taken.get(n, ""),
            "sample": ", ".join(row[n] for row in run.sample if n < len(row) and row[n])[:90],
            "choices": [(f.key, f.said, f.needed) for f in kind.fields],
            "problem": problems.get(taken.get(n, "-"), ""),
        }
        for n, name in enumerate(run.columns)
    ]


def _progress(run: ImportRun) -> dict[str, Any] | None:
    if run.state not in LIVE:
        return None
    job = Job.objects.filter(organisation_id=run.organisation_id, pk=run.job_id or 0).first()
    if job is None:  # a command does it, which tells how far it is by the row that is stored last
        words = {"label": run.get_state_display(), "problems": run.counts.get(Action.REFUSE, 0)}
        return {**words, "done": min(run.done, run.rows), "total": run.rows}
    elapsed = (clock.now() - job.started_at).total_seconds() if job.started_at else 0
    return {
        "label": told(job.title),
        "done": job.done,
        "total": job.total,
        "problems": job.failures,
        "left": parts.time_left(job.done, job.total or 0, elapsed),
        "job": job,
    }


def progress(request: DeskRequest, pk: int) -> HttpResponse:
    """What the page polls while a job works; at the end it is told to load itself anew."""
    run = services.one(request.actor, pk)
    if run.state not in LIVE:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return parts.page(request, "imports/progress.html", {"run": run, "progress": _progress(run)})


@require_POST
def choose(request: DeskRequest, pk: int) -> HttpResponse:
    """Which column is which field; then the dry run begins."""
    run = services.one(request.actor, pk)
    mapping: dict[str, int] = {}
    problems: dict[str, str] = {}
    for n in range(len(run.columns)):
        if key := request.POST.get(f"column-{n}", ""):
            if key in mapping:
                problems[key] = _("Two columns are taken for the same. Choose one of them.")
            mapping.setdefault(key, n)
    try:
        if problems:
            raise Invalid(fields=problems)
        services.choose(
            request.actor,
            pk,
            mapping,
            day_first=request.POST.get("day_first") == "1",
            language=_language(run, request.POST.get("point", "")),
        )
        services.check(request.actor, pk)
    except Invalid as fault:
        run.mapping = mapping
        return _page(request, run, fault.fields or {"": str(fault)})
    return parts.go(request, reverse("import", args=[pk]))


def _language(run: ImportRun, point: str) -> str:
    """The language by which figures are read: the file's own, where that has the point that was chosen."""
    return run.language if point not in POINTS or style(run.language).point == point else POINTS[point]


@require_POST
def reread(request: DeskRequest, pk: int) -> HttpResponse:
    """Another sheet, or another row for the heading."""
    services.reread(
        request.actor,
        pk,
        sheet=request.POST.get("sheet"),
        heading=number(request.POST.get("heading"), 6),
    )
    return parts.go(request, reverse("import", args=[pk]))


@require_POST
def act(request: DeskRequest, pk: int, verb: str) -> HttpResponse:
    """apply, undo, stop or forget."""
    run = services.one(request.actor, pk)
    if verb == "stop" and run.job_id is not None:
        cancel_job(request.actor, run.job_id)
    elif verb == "apply":
        services.apply(request.actor, pk)
    elif verb == "undo":
        services.undo(request.actor, pk)
    elif verb == "forget":
        services.forget(request.actor, pk)
        parts.notify(request, _("The file and its report are gone; what was imported stays"))
        return parts.go(request, reverse("imports"))
    else:
        raise Missing(_("act"))
    return parts.go(request, reverse("import", args=[pk]))


def errors(request: DeskRequest, pk: int) -> HttpResponseBase:
    """The rows that were refused or kept, as CSV or XLSX."""
    rows = services.rows(request.actor, pk).filter(action__in=(Action.REFUSE, Action.KEPT))
    sentences = {
        _("Row"): lambda r: r.number,
        _("Record"): lambda r: r.label or r.key,
        _("Cause"): lambda r: told(r.cause),
        _("What to do"): lambda r: told(r.cure),
    }
    return file_of(request, f"import-{pk}-errors", rows, sentences)


@require_POST
def everything(request: DeskRequest) -> HttpResponseBase:
    """All that the actor may see as a ZIP of CSV files."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        export.everything(request.actor, file)
    except Fault:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename="tradepost.zip", content_type="application/zip")


section = Section(
    urls=[
        path("import/", home, name="imports"),
        path("import/templates/<str:name>/", template, name="import-template"),
        path("import/<int:pk>/", show, name="import"),
        path("import/<int:pk>/progress/", progress, name="import-progress"),
        path("import/<int:pk>/columns/", choose, name="import-columns"),
        path("import/<int:pk>/reread/", reread, name="import-reread"),
        path("import/<int:pk>/errors/", errors, name="import-errors"),
        path("import/<int:pk>/<str:verb>/", act, name="import-act"),
        path("export/everything/", everything, name="export-everything"),
        path("export/records/<str:name>/", records, name="export-records"),
    ],
    gear=(
        GearItem(
            SETTINGS, gettext_lazy("Import and export"), "file-spreadsheet", "imports", Permission.EXPORT
        ),
    ),
)
