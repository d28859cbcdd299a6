"""The app with its modules and templates loaded, for `gunicorn --preload`: its workers are forked from it.

Then a race starts at once, instead of each of its processes first importing the same modules.
"""

from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import get_resolver

from tests.processes import ROOT

application = get_wsgi_application()
assert get_resolver().url_patterns
for folder in ("scheduling", "emails"):
    for path in (ROOT / "templates" / folder).glob("*.*"):
        get_template(f"{folder}/{path.name}")
