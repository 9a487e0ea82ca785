"""Django settings. Everything that differs between machines comes from the environment; see docs/self-hosting.md.

``TRADEPOST_DATA``        folder for the database, keys and attachments (default ``./data``)
``DATABASE_URL``          ``postgresql://user:password@host:port/name``; without it the embedded PostgreSQL is used
``TRADEPOST_SECRET_KEY``  default: the file ``secret.key`` in the data folder
``TRADEPOST_HOSTS``       comma-separated host names beside that of TRADEPOST_URL (default: any on loopback)
``TRADEPOST_URL``         public address, for links in mail
``TRADEPOST_STORAGE``     ``disk`` (default) or ``s3://bucket?endpoint=…``
``TRADEPOST_SMTP``        like ``EMAIL_URL``, and errors are mailed too: ``smtp://user:password@host:587?tls=starttls&from=desk@shop.example``
``TRADEPOST_PRIVATE_HOSTS`` comma-separated networks that connections may reach although private
``TRADEPOST_REGISTRATION`` ``closed``: no further company registers by the page (default ``open``)
``TRADEPOST_API_RATE``    requests that an API key may make in a minute (default 1200)
``EMAIL_URL``             how tradepost itself writes (password reset, invitations): ``smtps://user:password@host:465``,
                          ``smtp+starttls://…:587`` or ``smtp://…:25`` (default: printed on the console)
``EMAIL_FROM``            its sender address
``TRADEPOST_LOG``         lines of the log: ``text`` (default) or ``json``
``TRADEPOST_METRICS_TOKEN`` whoever sends it as bearer token reads ``/metrics`` (default: nobody)
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from tradepost.wire import logs

Read = TypeVar("Read")
BASE_DIR = Path(__file__).parent
DATA_DIR = Path(os.environ.get("TRADEPOST_DATA", "data")).resolve()
DEBUG = os.environ.get("TRADEPOST_DEBUG") == "1"


def _read(variable: str, default: str, read: Callable[[str], Read], shape: str) -> Read:
    """What a variable says; its value, which may hold a password, is not repeated where it says nothing."""
    try:
        return read(os.environ.get(variable) or default)
    except ValueError:
        raise ImproperlyConfigured(f"{variable} cannot be read. Write it as {shape}.") from None


def _names(variable: str, default: str = "") -> list[str]:
    """What stands between the commas, with blanks around it or without."""
    return [name for part in os.environ.get(variable, default).split(",") if (name := part.strip())]


def _public(url: str) -> str:
    """A desk has a host of its own: below a path, half of the links would lead elsewhere."""
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.path or parts.query:
        raise ValueError
    return url.rstrip("/")


PUBLIC_URL = _read("TRADEPOST_URL", "http://127.0.0.1:8000", _public, "https://desk.example.com")


def _key(variable: str, file: str) -> str:
    """A secret from the environment, else from a 0600 file in the data folder that ``tradepost up`` makes."""
    value = os.environ.get(variable)
    if value:
        return value
    path = DATA_DIR / file
    return path.read_text().strip() if path.exists() else ""


# An empty key stops Django with its own clear message as soon as anything is signed.
SECRET_KEY = _key("TRADEPOST_SECRET_KEY", "secret.key")
# Fernet keys that seal credentials at rest, newest first; apart from SECRET_KEY so that each can rotate alone.
# From a file they are read by wire.secrets, again whenever it is another one: they rotate while processes run.
SEAL_KEYS = os.environ.get("TRADEPOST_SEAL_KEYS", "").replace(",", " ").split()
SEAL_KEYS_FILE = DATA_DIR / "seal.keys"

ALLOWED_HOSTS = [*_names("TRADEPOST_HOSTS", "localhost,127.0.0.1,[::1]"), urlsplit(PUBLIC_URL).hostname or ""]
CSRF_FAILURE_VIEW = "tradepost.web.faults.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("TRADEPOST_BEHIND_PROXY") == "1" else None
)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
PRIVATE_HOSTS = _names("TRADEPOST_PRIVATE_HOSTS")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "crispy_forms",
    "crispy_bootstrap5",
    "lucide",
    "tradepost.accounts",
    "tradepost.jobs",
    "tradepost.custom",
    "tradepost.people",
    "tradepost.catalog",
    "tradepost.sales",
    "tradepost.activities",
    "tradepost.sync",
    "tradepost.exchange",
    "tradepost.reports",
    "tradepost.mail",
    "tradepost.pim",
    "tradepost.web",
]

MIDDLEWARE = [
    "tradepost.web.middleware.timing",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "tradepost.web.middleware.probes",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tradepost.web.middleware.actor",
    "tradepost.web.middleware.language",
    "tradepost.web.middleware.csp",
    "tradepost.web.middleware.faults",
    "tradepost.web.middleware.second_factor",
    "allauth.account.middleware.AccountMiddleware",  # last, so that what its views raise reaches it first
]

ROOT_URLCONF = "tradepost.urls"
WSGI_APPLICATION = "tradepost.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"

# Where its page and files are; as an app it would be imported, with pydantic, by every worker and watcher (12 MB each).
NINJA = Path(str(find_spec("ninja").origin)).parent  # type: ignore[union-attr]

# Loaders and tags of template_partials and django_cotton are named here. As apps both would import Django's admin, which
# nobody uses, into every process.
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "web" / "templates", NINJA / "templates"],
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "tradepost.web.loader.Loader",
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tradepost.web.shell.context",
                "tradepost.web.words.context",
            ],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "postgres",
        "USER": unquote(parts.username or "postgres"),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


def attachment_storage(place: str, folder: Path) -> dict[str, object]:
    """Where attachments lie: ``disk``, or ``s3://bucket/prefix?endpoint=https://…&region=…`` of any S3-compatible store.

    Its credentials are those of the usual AWS variables and files. Objects are private; one is written anew only with bytes of the same hash.
    """
    if place == "disk":
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder)},
        }
    parts = urlsplit(place)
    if parts.scheme != "s3" or not parts.hostname:
        raise ImproperlyConfigured(
            f"TRADEPOST_STORAGE is “{place}”. Write “disk”, or “s3://bucket?endpoint=https://host”."
        )
    try:
        from botocore.config import Config
    except ImportError:
        raise ImproperlyConfigured(
            "TRADEPOST_STORAGE names an S3 store, and what speaks to it is not installed. Run pip install '.[s3]'."
        ) from None
    query = dict(parse_qsl(parts.query))
    options: dict[str, object] = {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "endpoint_url": query.get("endpoint"),
        "region_name": query.get("region"),
        "default_acl": None,
        "file_overwrite": False,
        "client_config": Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2}),
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


DATABASES = {
    "default": _read(
        "DATABASE_URL",
        f"postgresql://postgres@/tradepost?host={DATA_DIR / 'postgres'}",
        _database,
        "postgresql://user:password@host:5432/name",
    )
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Of 300 entries, the default, a third is thrown away: also who tried a password too often.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}


def _smtp(url: str) -> dict[str, object]:
    """``tls`` is ``starttls`` (default), ``tls`` or ``none``; the port follows it where none is given."""
    parts, query = urlsplit(url), dict(parse_qsl(urlsplit(url).query))
    tls, user = query.get("tls", "starttls"), unquote(parts.username or "")
    return {
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or {"starttls": 587, "tls": 465, "none": 25}.get(tls, 587),
        "EMAIL_HOST_USER": user,
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": tls == "starttls",
        "EMAIL_USE_SSL": tls == "tls",
        "EMAIL_TIMEOUT": 30,
        "DEFAULT_FROM_EMAIL": query.get("from") or (user if "@" in user else f"tradepost@{parts.hostname}"),
    }


SMTP = os.environ.get("TRADEPOST_SMTP", "")

LOGGING = logs.settings(os.environ.get("TRADEPOST_LOG") or "text")
METRICS_TOKEN = os.environ.get("TRADEPOST_METRICS_TOKEN", "")

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
FORMAT_MODULE_PATH = ["tradepost.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "web" / "static", NINJA / "static"]
STORAGES = {
    "default": attachment_storage(os.environ.get("TRADEPOST_STORAGE", "disk"), DATA_DIR / "files"),
    "staticfiles": {"BACKEND": "tradepost.web.assets.HashedFiles"},
}
WHITENOISE_MAX_AGE = 31536000

CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "parts/table.html"

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "tradepost.web.account.Adapter"
ACCOUNT_FORMS = {"login": "tradepost.web.account.SignInForm"}
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/5m/ip,5/5m/key",
    "register": "20/h/ip",  # these two are throttled by our own pages
    "join": "20/h/ip",
    "web_lead": "20/h/ip",  # Web to Lead, of one sender and of all of a company's form
    "web_leads": "300/h/key",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "tradepost"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if os.environ.get("TRADEPOST_BEHIND_PROXY") == "1" else 0
REGISTRATION_OPEN = os.environ.get("TRADEPOST_REGISTRATION", "open") != "closed"


def _email(url: str) -> dict[str, object]:
    """Django's mail settings out of one address."""
    parts = urlsplit(url)
    if not parts.hostname:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtps": 465, "smtp+starttls": 587}.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
        "EMAIL_TIMEOUT": 20,
    }


if SMTP and os.environ.get("EMAIL_URL"):
    raise ImproperlyConfigured(
        "TRADEPOST_SMTP and EMAIL_URL both name a server. Write only one: by TRADEPOST_SMTP errors are mailed too."
    )
_post = (
    _read("TRADEPOST_SMTP", "", _smtp, "smtp://user:password@mail.example.com:587?tls=starttls")
    if SMTP
    else _read("EMAIL_URL", "", _email, "smtps://user:password@mail.example.com:465")
)
globals().update(_post)
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM") or _post.get("DEFAULT_FROM_EMAIL", "tradepost@localhost")

DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = (
    20_000  # a document of 500 lines has 8 each, and a price list has many more lines
)
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
API_RATE = _read("TRADEPOST_API_RATE", "1200", int, "a number, such as 1200")  # requests a minute and key
ATTACHMENT_MAX_BYTES = 50 * 1024 * 1024

SYNC_LEASE = timedelta(seconds=30)  # a pass that gives no sign for so long is taken over
JOB_STALLED_AFTER = 20  # seconds without a sign of its worker after which a job is given to another
