"""The tasks of the mail bridge are registered where their work is written; here is what they leave in the storage."""

from tradepost.mail import outbox as outbox  # registers mail.send
from tradepost.mail import switch as switch  # follows the company's switch
from tradepost.wire import storage

storage.named_by("mail.Outbox", "raw_key")
