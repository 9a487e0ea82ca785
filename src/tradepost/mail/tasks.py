"""The tasks of the mail bridge are registered where their work is written."""

from tradepost.mail import outbox as outbox  # registers mail.send
from tradepost.mail import reviews as reviews  # registers mail.file
