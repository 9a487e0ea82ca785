"""How static files are served: compressed, with a hash in the name, also inside the imports of our own modules."""

from typing import Any

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Django can rewrite the imports of every script; of those that others wrote, some are not what its patterns expect.
_, IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns  # type: ignore[attr-defined]


class HashedFiles(CompressedManifestStaticFilesStorage):
    patterns = (*HashedFilesMixin.patterns, ("tradepost/js/*.js", IMPORTS))

    def create_compressor(self, **options: Any) -> Compressor:
        """By gzip alone: Brotli at its best takes half a minute of a first start, to save a sixth of the bytes."""
        never = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
        return Compressor(**options | {"extensions": never, "use_brotli": False})
