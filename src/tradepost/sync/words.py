"""The reconciler's sentences are English; ``_`` marks them for the catalogues, and pages translate them (``web.sentences``)."""

from __future__ import annotations


def _(sentence: str) -> str:
    """As ``gettext_noop``, without Django: the reconciler is pure."""
    return sentence
