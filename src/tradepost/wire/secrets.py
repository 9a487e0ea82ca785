"""Secrets at rest and in logs.

Credentials of connections are sealed with Fernet keys of their own (``settings.SEAL_KEYS``, or the lines of
``settings.SEAL_KEYS_FILE``, newest first), apart from ``SECRET_KEY`` so that each can rotate alone: put a new key in front,
``reseal`` all, drop the old. Processes that run go on with the new file.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from tradepost.kit.errors import Fault
from tradepost.kit.words import gettext_noop

MASK = "•••"


class SealFault(Fault):
    """Sealed values cannot be read or written."""

    status = 500
    code = "seal"


class NoKey(SealFault):
    code = "seal-key-missing"
    cause_text = gettext_noop("There is no key to seal credentials with.")
    cure_text = gettext_noop("Restore the file seal.keys in the data folder, or set TRADEPOST_SEAL_KEYS.")


class BadKey(SealFault):
    code = "seal-key-malformed"
    cause_text = gettext_noop("Key {number} of those that seal credentials is damaged.")
    cure_text = gettext_noop(
        "Restore seal.keys or TRADEPOST_SEAL_KEYS from your backup; a key is 44 characters long."
    )


class WrongKey(SealFault):
    code = "seal-key-wrong"
    cause_text = gettext_noop("These credentials were sealed with a key that is no longer here.")
    cure_text = gettext_noop(
        "Put the former key back into seal.keys, or copy that file from the machine where it was "
        "changed, or enter the credentials again."
    )


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A string that does not show itself by accident; ``reveal()`` gives it."""

    value: str

    def reveal(self) -> str:
        return self.value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.value)


def seal(values: Mapping[str, str]) -> str:
    """Encrypt with the newest key. Raises ``NoKey`` or ``BadKey``."""
    return _keys().encrypt(json.dumps(dict(values), sort_keys=True).encode()).decode()


def unseal(sealed: str) -> dict[str, str]:
    """The values that were sealed; an empty text is none. Raises ``NoKey``, ``BadKey`` or ``WrongKey``."""
    if not sealed:
        return {}
    try:
        values: dict[str, str] = json.loads(_keys().decrypt(sealed))
    except (InvalidToken, ValueError) as error:
        raise WrongKey() from error
    return values


def reseal(sealed: str) -> str:
    """The same values under the newest key. Raises as ``unseal``."""
    return seal(unseal(sealed)) if sealed else ""


class _KeyFile:
    """The keys in a file: a look at its date each time, and it is read when it is another one.

    While it is half written, gone or unreadable, those of before are in force.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[tuple[int, ...], Sequence[str]] = ((), ())

    def keys(self) -> Sequence[str]:
        mark, known = self._read
        try:
            found = self.path.stat()
            new = (found.st_mtime_ns, found.st_ino, found.st_size)
            if new == mark:
                return known
            keys = self.path.read_text("ascii").split()
        except (OSError, UnicodeError):
            return known
        if known and not (keys and all(map(is_key, keys))):
            return known
        self._read = new, keys
        return keys


_key_file = cache(_KeyFile)


def _keys() -> MultiFernet:
    keys = []
    given = settings.SEAL_KEYS or _key_file(settings.SEAL_KEYS_FILE).keys()
    for number, key in enumerate(given, start=1):
        try:
            keys.append(Fernet(key))
        except ValueError as error:
            raise BadKey(number=number) from error
    if not keys:
        raise NoKey()
    return MultiFernet(keys)


class Sealed(Mapping[str, str]):
    """The value of a ``SealedField``, unsealed when first read: a lost key must not spoil whole lists."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._values: dict[str, str] | None = None

    def _open(self) -> dict[str, str]:
        if self._values is None:
            self._values = unseal(self.text)
        return self._values

    def __getitem__(self, key: str) -> str:
        return self._open()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open())

    def __len__(self) -> int:
        return len(self._open())

    def __repr__(self) -> str:
        return f"Sealed({MASK})"


class SealedField(models.TextField):  # type: ignore[type-arg]
    """``dict[str, str]`` in Python, one sealed text in the database. Assign a new mapping to change it."""

    description = "sealed credentials"
    sealed = True  # the audit trail never keeps it

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Sealed | None:
        return None if value is None else Sealed(value)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Sealed):
            return value.text
        if isinstance(value, Mapping):
            return seal(value) if value else ""
        if value:
            raise TypeError("a sealed field takes a mapping, so that no clear text is stored by mistake")
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))

    def to_python(self, value: Any) -> Any:
        return Sealed(value) if isinstance(value, str) else value


def is_key(text: str) -> bool:
    """Whether it can stand in ``SEAL_KEYS``."""
    try:
        Fernet(text)
    except ValueError:
        return False
    return True


def new_key() -> str:
    """A fresh key for ``SEAL_KEYS``; serves as ``SECRET_KEY`` as well."""
    return Fernet.generate_key().decode()


def new_key_file(path: Path) -> bool:
    """Make a file with a fresh key, readable by its owner only. False if it is there already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, new_key() + "\n")
    try:
        os.link(draft, path)  # in one step, whole, and only if the name is free
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def rotate_key_file(path: Path) -> None:
    """Put a fresh key in front of those in the file, in one step. Then ``reseal`` what the others sealed.

    It keeps its owner and rights: who runs this may be root, and who reads it is not.
    """
    before = path.stat()
    draft = _draft(path, f"{new_key()}\n{path.read_text()}")
    try:
        if os.geteuid() == 0:
            os.chown(draft, before.st_uid, before.st_gid)
        draft.chmod(before.st_mode & 0o777)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _draft(path: Path, text: str) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


def mask_secrets(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: masks the values of keys that look secret, at any depth."""
    return {key: _masked(key, value) for key, value in event.items()}


_LOOKS_SECRET = re.compile(
    r"passw|passphrase|token|secret|authori[sz]ation|api_?-?key|credential|cookie|signature|private_?key",
    re.I,
)


def _masked(key: object, value: Any) -> Any:
    if isinstance(key, str) and _LOOKS_SECRET.search(key):
        return MASK
    if isinstance(value, Mapping):
        return {inner: _masked(inner, item) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(None, item) for item in value]
    return value
