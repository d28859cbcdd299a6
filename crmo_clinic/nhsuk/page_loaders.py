"""Templates of pages, read without the spaces that indent them: a fifth of a long list is indentation."""

import re

from django.template import Origin
from django.template.loaders import app_directories, filesystem

# A line keeps its break, so that errors name the right one, and words on two lines stay apart.
INDENTED = re.compile(r"\n[ \t]+")


class WithoutIndents(filesystem.Loader):
    """As Django's own, but for the spaces. Mails and texts are read as they are: their bytes are kept."""

    def get_contents(self, origin: Origin) -> str:
        contents = super().get_contents(origin)
        name = str(origin.template_name)
        return contents if not name.endswith(".html") or "email" in name else INDENTED.sub("\n", contents)


class OfAppsWithoutIndents(WithoutIndents, app_directories.Loader):
    """The same for the templates of apps."""
