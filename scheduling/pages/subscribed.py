"""What a calendar that was subscribed to gets, each time it asks."""

from datetime import datetime
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

CALENDAR = "text/calendar; charset=utf-8"


def subscribed(request: HttpRequest, calendar: bytes, changed_at: datetime) -> HttpResponse:
    """The calendar; 304 to a program that has it already (RFC 9110 section 13)."""
    etag, changed = f'"{sha256(calendar).hexdigest()}"', int(changed_at.timestamp())
    headers = {
        "ETag": etag,
        "Last-Modified": http_date(changed),
        # It may be kept, but has to be checked each time. With no-store it could not be kept, and an ETag
        # would be useless.
        "Cache-Control": "private, no-cache",
    }
    response = HttpResponse(calendar, content_type=CALENDAR, headers=headers)
    return get_conditional_response(request, etag=etag, last_modified=changed, response=response)
