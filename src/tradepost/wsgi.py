"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradepost.settings")
django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - set up by now

from tradepost.wire.body import WholeBody  # noqa: E402

application = WholeBody(django, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
