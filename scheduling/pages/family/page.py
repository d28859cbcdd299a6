"""The page of one contact about one course."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling.models import FamilyLink
from scheduling.pages.family.days import days_of, has_begun, moments_of, to_answer
from scheduling.pages.family.frame import frame
from scheduling.pages.family.offered_days import question_for
from scheduling.pages.family.opening import family_page, nothing_here
from scheduling.states import CourseStatus
from scheduling.telling.open_on_symptoms import open_until
from scheduling.telling.texts import text_for

# A course in one of these brings the family to the unit anyway.
NOT_OVER = (CourseStatus.WAITING, CourseStatus.HELD, CourseStatus.BOOKED)


@require_safe
@family_page
def show_page(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """The days as they are now, whom to ring, what to tell the unit, how to prepare."""
    course, contact, now = link.course, link.contact, timezone.now()
    days, cancelled = days_of(course, contact, now)
    language = {"today": timezone.localdate(now), "language": contact.language}
    advice = [(heading, text_for(course, moment, **language)) for moment, heading in moments_of(course, now)]
    context = frame(link) | {
        "days": days,
        "cancelled": cancelled,
        "to_answer": to_answer(course, now),
        "question": question_for(course, now),
        "is_waiting": course.status in (CourseStatus.WAITING, CourseStatus.HELD),
        "is_booked": course.status == CourseStatus.BOOKED,
        "has_begun": has_begun(course, now),
        "planned_for": [need.name for need in course.needs if need.shown_to_families],
        "may_say_pain_is_back": course.status not in NOT_OVER
        and open_until(course.patient, timezone.localdate(now)) is not None,
        "advice": [(heading, text) for heading, text in advice if text],
    }
    return render(request, "family/show_page.html", context)


@login_not_required
def show_nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """For an address that a mail program has cut short or added to."""
    return nothing_here(request)
