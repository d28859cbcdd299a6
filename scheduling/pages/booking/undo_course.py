"""Undoing the last act on a course; and once that is over, what to do instead, and the mails it sends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from crmo_clinic.nhsuk.wording import capitalised
from patients.access import Permission, requires
from patients.acting import Attempt, said_on_the_page
from patients.errors import Refused
from scheduling.booking import bookings, undo
from scheduling.booking.placing import Done
from scheduling.booking.preview import would_send
from scheduling.errors import ChangedMeanwhile, SlotGone
from scheduling.models import CancelReason, Course, Undoable, UndoableAct
from scheduling.pages.booking.placement_forms import check_address
from scheduling.pages.records import look_at_course
from scheduling.pages.telling.mail_words import Mail, try_out
from scheduling.states import CourseStatus


@dataclass(frozen=True)
class Instead:
    """What would change a course now that its last act cannot be undone any more.

    says, href: the link to where it is done. mails: what that would send. why_not: why it cannot be done.
    """

    says: str
    href: str
    mails: tuple[Mail, ...] = ()
    why_not: tuple[str, ...] = ()


def last_act(course: Course) -> UndoableAct | None:
    """The last act on a course, if it can be undone, or could within the last day. No query where the unit
    lets nothing be undone."""
    if not course.unit.undo_minutes:
        return None
    last = UndoableAct.objects.filter(course=course).first()
    return last if last and last.left == course.version else None


def open_act(course: Course, now: datetime) -> UndoableAct | None:
    """The last act on a course, if it can still be undone as far as the clock decides."""
    last = last_act(course)
    return last if last and last.is_open(now) else None


@requires(Permission.BOOK_COURSES)
def undo_course(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo, at once. Asked for as a page it says what undoing does, or what to do instead."""
    course = look_at_course(request, pk)
    if request.method != "POST":
        last = last_act(course)
        return _page(request, course, last) if last else redirect(course)
    last, seen = last_act(course), request.POST.get("seen", "")
    if last is None and request.session.get("undone") == seen != "":
        return redirect(course)
    if last is None:
        messages.warning(request, str(ChangedMeanwhile(course)))
        return redirect(course)
    with said_on_the_page(request) as changed, Attempt(but=(ChangedMeanwhile,)) as attempt:
        undo.undo(course=course, by=request.user, seen=seen)
    if attempt.refusal:
        return _page(request, course, last, attempt.refusal)
    if changed.done:
        request.session["undone"] = seen
        # The same choice made again is no repeat of the form whose act was undone.
        request.session.pop("done", None)
        messages.success(request, f"{capitalised(str(last))} was undone. Nobody was written to about it.")
    return redirect(course)


def _page(
    request: HttpRequest, course: Course, last: UndoableAct, refusal: Refused | None = None
) -> HttpResponse:
    can = refusal is None and last.is_open(timezone.now())
    context = {
        "course": course,
        "patient": course.patient,
        "undo": last,
        "can_undo": can,
        "reasons": refusal.reasons if refusal else (),
        "instead": None if can else _instead(request, course, last),
    }
    return render(request, "scheduling/booking/undo_course.html", context, status=409 if refusal else 200)


def _instead(request: HttpRequest, course: Course, last: UndoableAct) -> Instead | None:
    """The act that comes nearest to undoing it now; None if the course stands otherwise by now."""
    course = Course.objects.select_related("unit", "patient").get(pk=course.pk)
    if course.version != last.left:
        return None
    chosen = {"course": course, "by": request.user}
    where = last.visits_before
    reason = CancelReason.HOSPITAL_OTHER
    match last.kind, course.status:
        case Undoable.BOOK | Undoable.MOVE, _ if course.shared_id:
            return Instead("Find other shared days", reverse("scheduling:find_shared", args=[course.pk]))
        case Undoable.BOOK, _:
            back = f"{reverse('scheduling:cancel_course', args=[course.pk])}?then=back"
            return _tried(
                "Cancel the course, back to the waiting list",
                back,
                lambda: bookings.cancel(reason=reason, back_to_waiting=True, **chosen),
            )
        case Undoable.MOVE, _:
            return _tried(
                "Move the course back",
                check_address(course, where),
                lambda: bookings.move(visits=where, reason=reason, **chosen),
            )
        case Undoable.CANCEL, CourseStatus.WAITING:
            return _tried(
                "Book the days again",
                check_address(course, where),
                lambda: bookings.book(visits=where, **chosen),
            )
        case Undoable.CANCEL, _:
            return Instead(
                "Agree the course again", reverse("scheduling:agree_course", args=[course.patient_id])
            )
        case _:
            return Instead("Release the hold on the course page", course.get_absolute_url())


def _tried(says: str, href: str, act: Callable[[], Done]) -> Instead:
    mails, refusal = try_out(lambda: would_send(act))
    found = refusal.objections if isinstance(refusal, SlotGone) else ()
    why_not = [str(objection.sentence) for objection in found] or (refusal.reasons if refusal else ())
    return Instead(says, href, tuple(mails), tuple(why_not))
