"""The WSGI application that gunicorn serves."""

import logging
import os
from pathlib import Path

from django.core.checks.urls import check_url_config
from django.core.wsgi import get_wsgi_application
from django.template import engines
from django.urls import reverse

from crmo_clinic.logs import WithoutFamilyAddresses

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmo_clinic.settings")

application = get_wsgi_application()


def _load_all() -> None:
    """Load every page and template now: else the first request of each process would wait for them."""
    check_url_config(None)
    # Compiles the address of every page.
    reverse("home")
    for engine in engines.all():
        for folder in engine.dirs:
            for path in Path(folder).rglob("*.*"):
                engine.get_template(str(path.relative_to(folder)))


_load_all()

# The server's own logs do not pass through the settings' handlers.
for _name in ("gunicorn.error", "gunicorn.access"):
    logging.getLogger(_name).addFilter(WithoutFamilyAddresses())
