"""How static files are served: compressed, with a hash in the name, also inside the imports of our own modules."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Django can rewrite the imports of every script; of those that others wrote, some are not what its patterns expect.
_, IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns  # type: ignore[attr-defined]


class HashedFiles(CompressedManifestStaticFilesStorage):
    patterns = (*HashedFilesMixin.patterns, ("tradepost/js/*.js", IMPORTS))
