"""The page after an act: what was done, what was sent to whom, whom to ring, and who fits where it was.

And before one: whether its form was sent already, and whether the course has begun.
"""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.fingerprint import fingerprint
from patients import audit
from patients.access import Permission, requires
from patients.acting import said_on_the_page
from scheduling.booking import placing
from scheduling.booking.bookings import Done
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Course, Message, Task, TaskKind
from scheduling.pages.booking.list_place import kept_place, next_at
from scheduling.pages.booking.placement_forms import held_address
from scheduling.pages.booking.undo_course import last_act
from scheduling.pages.records import look_at_course
from scheduling.rules import Visit
from scheduling.states import CourseStatus
from scheduling.telling.recipients import NotWrittenTo, recipients
from scheduling.unit.matches import find_matches, from_json, to_json
from scheduling.unit.shared_days import OPEN, partners_of

TITLES = {
    "booked": "Course booked",
    "held": "Days held",
    "offered": "The family is asked",
    "released": "Hold released",
    "moved": "Course moved",
    "all_booked": "Courses booked together",
    "all_moved": "Courses moved together",
    "all_held": "Days held together",
    "all_released": "Holds released",
    "all_back": "Courses cancelled, back on the waiting list",
    "all_cancelled": "Courses cancelled together",
    "all_ended": "Courses ended together",
    "cancelled": "Course cancelled",
    "ended": "Course ended",
    "back": "Course cancelled, back on the waiting list",
    "left_out": "Day left out",
    "day_moved": "Day put at another time",
    "invited": "Invites on their way",
}

MOST_SHOWN = 10
# Another on every page that is drawn.
CSRF_FIELD = "csrfmiddlewaretoken"


def remember_done(request: HttpRequest, done: Done, verb: str) -> HttpResponse:
    """Redirect to the page after the act. What was done is kept for it in the user's web session."""
    request.session["done"] = {
        "course": done.course.pk,
        "verb": verb,
        "retimed": done.retimed,
        "messages": [message.pk for message in done.messages],
        "freed": to_json(done.freed),
        "asked": _asked(request),
        "after": done.version,
    }
    return redirect("scheduling:show_done", done.course.pk)


def page_if_done(request: HttpRequest, course: Course) -> HttpResponse | None:
    """Where the form of the act just done leads, sent again by a second click or the Back button.

    It is the same form only if it asks for the same: days, times, chairs, reasons. None for every other one.
    """
    done = request.session.get("done", {})
    if request.method != "POST" or (done.get("course"), done.get("asked")) != (course.pk, _asked(request)):
        return None
    if done.get("after") != course.version:
        # Said once: whoever asks for the same again by now means it.
        del request.session["done"]
        messages.warning(request, str(ChangedMeanwhile(course)))
        return redirect(course)
    return redirect("scheduling:show_done", course.pk)


def page_if_begun(request: HttpRequest, course: Course) -> HttpResponse | None:
    """The course's page, with why it cannot be moved or cancelled any more; None if it can."""
    if course.status != CourseStatus.BOOKED:
        return None
    with said_on_the_page(request) as attempt:
        placing.refuse_begun(course.live_sessions, timezone.now())
    return None if attempt.done else redirect(course)


def page_if_ended(request: HttpRequest, course: Course) -> HttpResponse | None:
    """The page of a course that can no longer be changed; None if it can. A user who tried to is told what a
    colleague did."""
    if course.status in OPEN:
        return None
    if request.method == "POST":
        messages.warning(request, str(ChangedMeanwhile(course)))
    return redirect(course)


def _asked(request: HttpRequest) -> str:
    """All that a form asks for, and which page it is on."""
    said = (field for field in request.POST.lists() if field[0] != CSRF_FIELD)
    return fingerprint([request.path, *sorted(said)])


@require_safe
@requires(Permission.BOOK_COURSES)
def show_done(request: HttpRequest, pk: int) -> HttpResponse:
    course = look_at_course(request, pk)
    done = request.session.get("done", {})
    if (done.get("course"), done.get("after")) != (course.pk, course.version):
        return redirect(course)
    sent = Message.objects.filter(pk__in=done["messages"]).select_related("contact", "session__course")
    written_to = {message.contact_id for message in sent}
    freed = from_json(done.get("freed", []))
    partners = partners_of([course]).get(course.pk, [])
    linked = [course.pk, *(other.pk for other in partners)]
    matches = find_matches(course.unit, freed, timezone.now(), leaving_out=linked)
    place = kept_place(request, course)
    following = next_at(place, course) if place else None
    seen = [match.course.patient_id for match in matches]
    if following:
        seen.append(following[1].patient_id)
    if seen:
        audit.looked_at("scheduling:show_done", by=request.user, patients=seen)
    to_ring = _to_ring(course, written_to)
    together = partners if done["verb"].startswith("all_") else []
    if together:
        audit.looked_at("scheduling:show_done", by=request.user, patients=[p.patient for p in together])
    last = last_act(course)
    may_undo = last is not None and last.is_open(timezone.now())
    is_held = done["verb"] in ("held", "all_held")
    shows_held = is_held or done["verb"] == "offered"
    context = {
        "course": course,
        "patient": course.patient,
        "partners": [(other, _to_ring(other, written_to)) for other in together],
        "title": TITLES[done["verb"]],
        "verb": done["verb"],
        "undo": last if may_undo else None,
        "undo_is_over": None if may_undo else last,
        "retimed": done["retimed"],
        "sent": sent,
        "matches": matches[:MOST_SHOWN],
        "all_matches": len(matches),
        "not_written_to": to_ring,
        "list": place,
        "following": following,
        "list_address": following[0].address(following[1]) if following else place and place.address(),
        "held_address": held_address(course),
        "shown_days": (shows_held and course.places_to_move_to) or course.live_sessions,
        "is_held": is_held,
        "is_released": done["verb"] in ("released", "all_released"),
        "freed_task": _task_about(course, freed) if matches else None,
        "nothing_else_to_do": bool(sent)
        and not any(_to_ring(each, written_to) for each in (course, *together))
        and not any(each.patient.interpreter_needed for each in (course, *together)),
    }
    return render(request, "scheduling/booking/show_done.html", context)


def _task_about(course: Course, freed: Sequence[Visit]) -> Task | None:
    """The open task about the place that a course has just left."""
    tasks = Task.objects.open().filter(unit=course.unit, kind=TaskKind.FREED)
    left = to_json(freed)
    return next((task for task in tasks if task.freed and all(row in left for row in task.freed)), None)


def _to_ring(course: Course, written_to: set[int]) -> list[NotWrittenTo]:
    """Those of the child's family who got no mail."""
    return [row for row in recipients(course.patient)[1] if row.contact.pk not in written_to]
