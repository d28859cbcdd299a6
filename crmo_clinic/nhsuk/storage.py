"""Static files for production: each name carries the hash of its content, each file is compressed."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Whitenoise's storage, which also rewrites the `import` lines of our JavaScript modules."""

    support_js_module_import_aggregation = True
