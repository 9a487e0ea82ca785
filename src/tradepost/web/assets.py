"""How static files are served: compressed, with a hash in the name, also inside the imports of our modules."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
