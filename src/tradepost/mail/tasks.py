"""The tasks of the mail bridge are registered where their work is written."""

from tradepost.mail import reviews as reviews  # registers mail.file
from tradepost.mail import send as send  # registers mail.send
