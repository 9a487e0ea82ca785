"""What is kept about one contact: as an archive, and erased."""

from __future__ import annotations

from tempfile import TemporaryFile

from django.http import FileResponse
from ninja import Router, Schema

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, needs
from tradepost.api.schema import Id, In
from tradepost.exchange import erasing, person

router = Router(tags=["Personal data"])


class ErasureOut(Schema):
    """How many of what are or would be deleted, and how many stay without the person, by kind."""

    name: str
    deleted: dict[str, int]
    kept: dict[str, int]


class EraseIn(In):
    """``confirm`` is the name of the contact as its page shows it."""

    confirm: str


@router.get("contacts/{int:id}/kept", response=ErasureOut)
@needs(Permission.COMPANY_SETTINGS)
def show_kept(request: Call, id: Id) -> erasing.Erasure:
    """What is kept about a contact, and what erasing it would do."""
    return erasing.preview(request.actor, id)


@router.post("contacts/{int:id}/export")
@needs(Permission.COMPANY_SETTINGS)
def export_contact(request: Call, id: Id) -> FileResponse:
    """All that is kept about a contact and that the caller may see, as a ZIP."""
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    person.pack(request.actor, id, file)
    file.seek(0)
    return FileResponse(
        file, content_type="application/zip", filename=f"contact-{id}.zip", as_attachment=True
    )


@router.post("contacts/{int:id}/erase", response=ErasureOut)
@needs(Permission.COMPANY_SETTINGS)
def erase_contact(request: Call, id: Id, given: EraseIn) -> erasing.Erasure:
    """Erase a person, for good: what is theirs alone is deleted, what the books need stays without them."""
    return erasing.erase(request.actor, id, given.confirm)
