"""The WSGI application that gunicorn serves."""

import logging
import os

from django.core.wsgi import get_wsgi_application

from crmo_clinic.logs import WithoutFamilyAddresses

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmo_clinic.settings")

application = get_wsgi_application()

# The server's own logs do not pass through the settings' handlers.
for _name in ("gunicorn.error", "gunicorn.access"):
    logging.getLogger(_name).addFilter(WithoutFamilyAddresses())
