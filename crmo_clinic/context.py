"""What every page's frame needs."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str]:
    """The two names in the page header."""
    return {"service_name": settings.SERVICE_NAME, "trust_name": settings.TRUST_NAME}
