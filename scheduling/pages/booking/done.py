"""The page after an act: what was done, what was sent to whom, whom to ring, who fits the freed place."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from patients import audit
from patients.access import Permission, requires
from scheduling.booking.bookings import Done
from scheduling.models import Course, Message
from scheduling.pages.booking.placement_forms import check_address
from scheduling.pages.records import look_at_course
from scheduling.states import CourseStatus
from scheduling.telling.recipients import recipients
from scheduling.unit.matches import find_matches, from_json, to_json

TITLES = {
    "booked": "Course booked",
    "held": "Days held",
    "released": "Hold released",
    "moved": "Course moved",
    "cancelled": "Course cancelled",
    "ended": "Course ended",
    "back": "Course cancelled, back on the waiting list",
    "left_out": "Day left out",
    "day_moved": "Day put at another time",
    "invited": "Invites on their way",
}

MOST_SHOWN = 10


def remember_done(request: HttpRequest, done: Done, verb: str) -> HttpResponse:
    """Redirect to the page after the act. What was done is kept for it in the user's web session."""
    request.session["done"] = {
        "course": done.course.pk,
        "verb": verb,
        "retimed": done.retimed,
        "messages": [message.pk for message in done.messages],
        "freed": to_json(done.freed),
        "page": request.path,
        "seen": request.POST.get("seen"),
    }
    return redirect("scheduling:show_done", done.course.pk)


def already_done(request: HttpRequest, course: Course) -> bool:
    """Whether this is the form of the act just done, sent again by a second click or the Back button."""
    done = request.session.get("done", {})
    sent = (course.pk, request.path, request.POST.get("seen"))
    return (done.get("course"), done.get("page"), done.get("seen")) == sent


@requires(Permission.BOOK_COURSES)
def show_done(request: HttpRequest, pk: int) -> HttpResponse:
    course = look_at_course(request, pk)
    done = request.session.get("done", {})
    if done.get("course") != course.pk:
        return redirect(course)
    messages = Message.objects.filter(pk__in=done["messages"]).select_related("contact", "session__course")
    written_to = {message.contact_id for message in messages}
    freed = from_json(done.get("freed", []))
    matches = find_matches(course.unit, freed, timezone.now(), leaving_out=course.pk)
    if matches:
        seen = [match.course.patient_id for match in matches]
        audit.looked_at("scheduling:show_done", by=request.user, patients=seen)
    to_ring = [row for row in recipients(course.patient)[1] if row.contact.pk not in written_to]
    context = {
        "course": course,
        "patient": course.patient,
        "title": TITLES[done["verb"]],
        "verb": done["verb"],
        "retimed": done["retimed"],
        "sent": messages,
        "matches": matches[:MOST_SHOWN],
        "all_matches": len(matches),
        "not_written_to": to_ring,
        "held_address": check_address(course, [session.visit for session in course.live_sessions])
        if course.status == CourseStatus.HELD
        else "",
        "nothing_else_to_do": bool(messages) and not to_ring and not course.patient.interpreter_needed,
    }
    return render(request, "scheduling/booking/show_done.html", context)
