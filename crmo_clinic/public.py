"""Pages of the installation that are about nobody and open to everybody: accessibility, privacy, security."""

from datetime import UTC, timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

# How long whoever reads security.txt may rely on it; RFC 9116 section 2.5.5 asks for less than a year.
SECURITY_TXT_DAYS = 180


@require_safe
@login_not_required
def show_accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement, with what the Trust has still to fill in marked as such."""
    context = {"contact": settings.ACCESSIBILITY_CONTACT, "checked": settings.ACCESSIBILITY_CHECKED}
    return render(request, "public/show_accessibility.html", context)


@require_safe
@login_not_required
def show_privacy(request: HttpRequest) -> HttpResponse:
    """The privacy notice for families and staff, likewise."""
    context = {
        "contact": settings.PRIVACY_CONTACT,
        "notice_url": settings.PRIVACY_NOTICE_URL,
        "keep_mails_days": settings.KEEP_MAILS_DAYS,
        "keep_to_age": settings.KEEP_TO_AGE,
        "keep_adults_years": settings.KEEP_ADULTS_YEARS,
        "texts": bool(settings.NOTIFY_API_KEY),
    }
    return render(request, "public/show_privacy.html", context)


@require_safe
@login_not_required
def show_security_contact(request: HttpRequest) -> HttpResponse:
    """`/.well-known/security.txt` (RFC 9116): whom to tell of a weakness. 404 where no contact is set."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = (timezone.now().astimezone(UTC) + timedelta(days=SECURITY_TXT_DAYS)).replace(microsecond=0)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires.strftime('%Y-%m-%dT%H:%M:%SZ')}",
        "Preferred-Languages: en",
        f"Canonical: {settings.PUBLIC_URL}{reverse('public:show_security_contact')}",
    ]
    return HttpResponse("\r\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
