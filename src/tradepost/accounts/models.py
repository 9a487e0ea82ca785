"""Organisations, the people in them, and what is remembered of their acts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from tradepost.accounts.access import ROLE_LABELS, Permission, Role
from tradepost.accounts.tenancy import Owned, ScopedQuerySet
from tradepost.kit.text import fold_email
from tradepost.kit.words import gettext_noop
from tradepost.wire.secrets import SealedField

ROLE_CHOICES = [(role.value, label) for role, label in ROLE_LABELS.items()]


class Organisation(models.Model):
    """A company. ``token_key`` keys the tokens in its Message-IDs."""

    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, default="USD")
    locale = models.CharField(max_length=16, default="en-US")
    token_key = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=fold_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=fold_email(username or ""))


class User(AbstractBaseUser):
    """A person who signs in. Roles are per company, in ``Membership``."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    language = models.CharField(
        max_length=10, blank=True
    )  # of settings.LANGUAGES; empty: as the browser asks
    is_active = models.BooleanField(default=True)
    sign_outs = models.PositiveIntegerField(default=0)  # how often all sessions were ended
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        return False

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session holds to be good: it ends with the password, and when all are ended."""
        own: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return f"{own}.{self.sign_outs}" if self.sign_outs else own


class CustomRole(Owned):
    """A role of a company's own (B22), copied from the built-in role ``base``. ``permissions`` are values of ``Permission``,
    sorted; one that this version no longer knows grants nothing."""

    name = models.CharField(max_length=60)
    base = models.CharField(max_length=20, choices=ROLE_CHOICES)
    permissions = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = gettext_noop("role")
        constraints = [
            models.UniqueConstraint("organisation", Lower("name"), name="custom_role_name"),
            models.CheckConstraint(
                condition=~models.Q(base=Role.MASTER_ADMIN.value), name="custom_role_base_not_master"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def grants(self) -> frozenset[Permission]:
        return frozenset(p for p in Permission if p in self.permissions)


class Placed(Owned):
    """A row that places somebody in a company by a role: a built-in one, or the company's own, whose base ``role`` is."""

    role = models.CharField(max_length=20, choices=ROLE_CHOICES, default=Role.SALES)
    custom_role = models.ForeignKey(
        CustomRole, null=True, blank=True, on_delete=models.RESTRICT, related_name="%(class)ss"
    )

    class Meta:
        abstract = True

    @property
    def role_name(self) -> str:
        return self.custom_role.name if self.custom_role else str(ROLE_LABELS[Role(self.role)])

    @property
    def role_choice(self) -> str:
        """The role as forms name it: the value of a built-in one, or ``own:`` and the id of the company's own."""
        return f"own:{self.custom_role_id}" if self.custom_role_id else self.role


class Membership(Placed):
    """A user's place in a company. Ending it keeps the row, so that history keeps its names."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = gettext_noop("member")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user"], name="member_once"),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=models.Q(role=Role.MASTER_ADMIN.value),
                name="one_master_admin",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role_name})"


class Invitation(Placed):
    """An invitation into a company, by a link that holds the secret; only its digest is kept."""

    email = models.EmailField()
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.email


class ApiKey(Owned):
    """A key for scripts: ``tp_<prefix>_<secret>``. Only the SHA-256 of the secret is kept. No scopes: all of the role;
    no ``expires_at``: good until it is revoked."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("API key")

    @property
    def last_day(self) -> datetime | None:
        """A moment of the last day on which it is good."""
        return self.expires_at and self.expires_at - timedelta(seconds=1)

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(Owned):
    """A request that a program must not do twice, and its answer, sealed since it may hold a key just made. Kept a day."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    answer = SealedField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "key"], nulls_distinct=False, name="idempotency_key_once"
            )
        ]

    def __str__(self) -> str:
        return self.key


class SettingValue(models.Model):
    """One stored value of one setting at one level: both empty = system, organisation = company, both = user (X5)."""

    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    value = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "key"], nulls_distinct=False, name="setting_once"
            )
        ]

    def __str__(self) -> str:
        return self.key


class AuditEntry(Owned):
    """Who did what to which record, with the values before and after. Never edited."""

    at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    via = models.CharField(max_length=10)
    verb = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    record_id = models.BigIntegerField(null=True)
    label = models.CharField(max_length=200, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "kind", "record_id", "-at"], name="audit_by_record"),
            models.Index(fields=["organisation", "-at"], name="audit_by_time"),
            models.Index(
                fields=["organisation", "verb"], name="audit_by_verb"
            ),  # the trash looks for what was removed
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.label}"


__all__ = [
    "ApiKey",
    "AuditEntry",
    "CustomRole",
    "IdempotencyKey",
    "Invitation",
    "Membership",
    "Organisation",
    "ScopedQuerySet",
    "SettingValue",
    "User",
    "UserManager",
]
