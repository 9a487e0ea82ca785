"""A mail server as ``accounts.inviting`` knows one by its name; what is sent by it stands in ``mail.outbox``."""

from django.core.mail.backends.locmem import EmailBackend

__all__ = ["EmailBackend"]
