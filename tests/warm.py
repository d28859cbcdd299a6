"""The app with its modules and templates loaded, for `gunicorn --preload`: its workers are forked from it.

Then a race of many processes begins with the race, and not with each of them importing the same.
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
