"""What of a document is known outside the house: the versions that were seen, and the addresses under which it is read."""

from __future__ import annotations

from django.db import models

from tradepost.accounts.tenancy import Owned


class Revision(Owned):
    """A document as somebody outside saw it, kept when it is opened again or changed (``sights``)."""

    document = models.ForeignKey("Document", on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # {"head": {…}, "lines": [{…}]} as the audit trail writes rows; "paper" is what its PDF shows, of versions that keep it
    content = models.JSONField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="revision_number")]

    def __str__(self) -> str:
        return f"{self.document} · {self.number}"


class PublicLink(Owned):
    """An address under which anybody may read one document's PDF, until it is revoked. Only a digest is kept."""

    document = models.ForeignKey("Document", on_delete=models.CASCADE, related_name="public_links")
    digest = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.document} ({self.made_at:%Y-%m-%d})"
