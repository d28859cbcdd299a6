"""A calendar of the unit's days for a staff member's own phone, without a name in it."""

from http import HTTPStatus

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.access import Permission, may, requires
from patients.acting import said_on_the_page
from scheduling.ical import entries_bytes
from scheduling.models import StaffFeed, Unit
from scheduling.pages.family.opening import MOST_WRONG
from scheduling.pages.floods import too_many
from scheduling.pages.subscribed import subscribed
from scheduling.unit import staff_feeds


@requires(Permission.VIEW)
def show_staff_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own address, told once; for who manages users, who else has one. `pk` is the unit's."""
    unit, address = get_object_or_404(Unit, pk=pk), ""
    if request.method == "POST":
        with said_on_the_page(request) as attempt:
            secret = staff_feeds.make(unit=unit, by=request.user)
        if attempt.done:
            address = settings.PUBLIC_URL + reverse("scheduling:show_staff_feed", args=[secret])
    feeds = unit.staff_feeds.select_related("user")
    context = {
        "unit": unit,
        "address": address,
        "webcal": f"webcal://{address.partition('://')[2]}",
        "own": next((feed for feed in feeds if feed.user_id == request.user.pk), None),
        "others": [feed for feed in feeds if feed.user_id != request.user.pk]
        if may(request.user, Permission.MANAGE_USERS)
        else [],
        "days": (staff_feeds.DAYS_BACK, staff_feeds.DAYS_AHEAD),
    }
    return render(request, "scheduling/unit/show_staff_calendar.html", context)


@requires(Permission.VIEW, only_forms=True)
def close_staff_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an address: one's own, or anybody's for who manages users. `pk` is the calendar's."""
    feed = get_object_or_404(StaffFeed.objects.select_related("unit", "user"), pk=pk)
    if feed.user_id != request.user.pk and not may(request.user, Permission.MANAGE_USERS):
        raise PermissionDenied
    with said_on_the_page(request) as attempt:
        staff_feeds.take_back(feed=feed, by=request.user)
    if attempt.done:
        messages.success(request, f"The address of {feed.user.name}’s calendar opens nothing any more.")
    return redirect("scheduling:show_staff_calendar", feed.unit_id)


@login_not_required
@require_safe
def show_staff_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar, for a program that has its address. A wrong one gets one line of text."""
    feed = staff_feeds.find(secret)
    if feed is None:
        is_flood = too_many("wrong", get_adapter(request).get_client_ip(request), MOST_WRONG)
        status = HTTPStatus.TOO_MANY_REQUESTS if is_flood else HTTPStatus.NOT_FOUND
        return HttpResponse("Not here.\n", status=status, content_type="text/plain")
    calendar = staff_feeds.calendar_of(feed, secret, timezone.now())
    name = f"Infusions, {feed.unit.name}"
    return subscribed(request, entries_bytes(calendar.entries, feed=name), calendar.changed_at)
