"""Recipients as a person types them: ``Renata Solberg <renata@pine.example>, bob@oak.example; …``. Pure."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.kit.text import fold_email
from tradepost.mail.types import Address

# Between addresses stand commas, semicolons or line ends, but not those inside quotes or angle brackets.
_ENTRY = re.compile(r'(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,;\n"<])+')
_NAMED = re.compile(r"^(?P<name>.*?)\s*<(?P<email>[^<>]*)>$")


def recipients(text: str, field: str = "to") -> tuple[Address, ...]:
    """The addresses in order, each once. Raises ``Invalid`` for the field, naming what is no address."""
    found: dict[str, Address] = {}
    for entry in _ENTRY.findall(text):
        one = entry.strip()
        if not one:
            continue
        named = _NAMED.match(one)
        email = fold_email(named["email"] if named else one)
        name = (named["name"] if named else "").strip().strip('"').replace('\\"', '"')
        try:
            validate_email(_ascii(email))
        except (ValidationError, UnicodeError):
            raise Invalid(
                fields={
                    field: _("“{one}” is not an e-mail address. Write it like name@example.com.").format(
                        one=one[:100]
                    )
                }
            ) from None
        found.setdefault(email, Address(email, " ".join(name.split())))
    return tuple(found.values())


def _ascii(email: str) -> str:
    """The address with its domain as the network sees it (IDNA), so that ``info@bücher.example`` is valid."""
    local, _, domain = email.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}" if domain and not domain.isascii() else email
