"""What was merged, so that it can be taken apart again."""

from __future__ import annotations

from django.db import models

from tradepost.accounts.tenancy import Owned
from tradepost.kit.words import gettext_noop


class Merge(Owned):
    """``gone`` was merged into ``kept``. ``moved``: keys of rows by ``app.model.column``; ``primaries``: those of them
    that were primary; ``filled``: columns of ``kept`` as ``[before, after]``; ``followed``: keys by follower."""

    kind = models.CharField(max_length=12)
    kept_id = models.BigIntegerField()
    gone_id = models.BigIntegerField()
    gone_name = models.CharField(max_length=200)
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    moved = models.JSONField(default=dict)
    primaries = models.JSONField(default=dict)
    filled = models.JSONField(default=dict)
    followed = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("merge")
        indexes = [models.Index(fields=["organisation", "kind", "kept_id"], name="merge_by_kept")]

    def __str__(self) -> str:
        return f"{self.gone_name} into {self.kind} {self.kept_id}"
