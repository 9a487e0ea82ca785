"""Bytes that strangers sent: attachments as downloads, HTML mail in a frame that can do nothing."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.activities.models import Activity, Message
from tradepost.activities.queries import files, visible
from tradepost.kit.errors import Missing
from tradepost.mail.sanitise import document, sanitise
from tradepost.web.shell import DeskRequest, Section
from tradepost.wire import storage

# Types that a browser only draws; everything else, SVG and HTML above all, is saved and not opened.
DRAWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
SEALED = "default-src 'none'; sandbox"
FRAMED = (
    "default-src 'none'; img-src 'self' data:{more}; style-src 'unsafe-inline'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)


def seen(actor: Actor) -> ScopedQuerySet[Activity]:
    """The activities that the actor sees."""
    return Activity.objects.of(actor).filter(visible(actor))


def file(request: DeskRequest, pk: int) -> HttpResponse | FileResponse:
    """An attachment, as a download; ``?inline=1`` draws a picture."""
    row = files().filter(activity__in=seen(request.actor)).pick(request.actor, pk)
    drawn = bool(request.GET.get("inline")) and row.content_type in DRAWN
    try:
        stream = storage.fetch(row.key)
    except FileNotFoundError:
        raise Missing(_("file “{row}” in the storage").format(row=row.name)) from None
    response = FileResponse(
        stream, as_attachment=not drawn, filename=row.name, content_type=_type(row.content_type)
    )
    response["Content-Security-Policy"] = SEALED
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _type(content_type: str) -> str:
    """What a browser might run in our name is sent as plain bytes."""
    return (
        content_type
        if content_type in DRAWN or content_type == "application/pdf"
        else "application/octet-stream"
    )


def frame(request: DeskRequest, pk: int) -> HttpResponse:
    """A message's HTML for its frame; ``?images=1`` loads remote images, which tells the sender that it was read."""
    row = Message.objects.filter(activity__in=seen(request.actor)).pick(request.actor, pk)
    remote = bool(request.GET.get("images"))
    pictures = {
        f.content_id.strip("<>"): reverse("file", args=[f.pk]) + "?inline=1"
        for f in row.attachments.exclude(content_id="")
    }
    clean = sanitise(row.html, pictures, remote_images=remote)
    response = HttpResponse(document(clean.html, remote_images=remote))
    response["Content-Security-Policy"] = FRAMED.format(more=" https: http:" if remote else "")
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, max-age=3600"
    return response


section = Section(
    urls=[
        path("files/<int:pk>/", file, name="file"),
        path("messages/<int:pk>/frame/", frame, name="message-frame"),
    ]
)
