"""Cancelling a course, or all whose children share their days: ask why and what next; check; confirm."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from patients import audit
from patients.access import Permission, requires
from patients.acting import Attempt, add_refusal
from scheduling.booking import bookings, linked
from scheduling.booking.placing import Done
from scheduling.booking.preview import mails_of_cancellation
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import CancelReason, Course, Message
from scheduling.pages.booking.cancel_form import CancelForm
from scheduling.pages.booking.done import page_if_begun, page_if_done, page_if_ended, remember_done
from scheduling.pages.booking.sharing_forms import PartForm
from scheduling.pages.records import look_at_course
from scheduling.pages.telling.mail_words import preview
from scheduling.states import CourseStatus
from scheduling.telling import whom_to_write
from scheduling.telling.recipients import why_not
from scheduling.unit.shared_days import would_leave


@requires(Permission.BOOK_COURSES)
def cancel_course(request: HttpRequest, pk: int) -> HttpResponse:
    course = look_at_course(request, pk)
    away = page_if_done(request, course) or page_if_ended(request, course) or page_if_begun(request, course)
    if away:
        return away
    others = would_leave(course)
    if others:
        page = request.resolver_match.view_name
        audit.looked_at(page, by=request.user, patients=[other.patient for other in others])
    initial = {"then": request.GET.get("then")}
    form = CancelForm(request.POST or None, course=course, others=others, initial=initial)
    part_form = PartForm(request.POST if "confirmed" in request.POST else None)
    if not form.is_valid() or "change" in request.POST:
        return _cancel_page(request, course, form)
    leaves = () if form.of_all else others
    if "confirmed" in request.POST and (not leaves or part_form.is_valid()):
        return _confirm(request, course, form, others, part_form.cleaned_data["decided"] if leaves else "")
    together = [course, *others] if form.of_all else [course]
    then = form.fields.get("then")
    context = {
        "form": form,
        "course": course,
        "patient": course.patient,
        "together": together,
        "reason": CancelReason(form.cleaned_data["reason"]).label,
        "then": dict(then.choices)[form.cleaned_data["then"]] if then else "",
        "told": [(message, why_not(message.contact, each.patient)) for each, message in _told(together)],
        "seen": _seen(together),
        "leaves": leaves,
        "part_form": part_form,
        "mails": preview(
            lambda: [mail for each in together for mail in mails_of_cancellation(each, form.back_to_waiting)]
        ),
    }
    return render(request, "scheduling/booking/check_cancel.html", context)


def _told(courses: Sequence[Course]) -> list[tuple[Course, Message]]:
    return [(each, message) for each in courses for message in whom_to_write.told(each.live_sessions)]


def _seen(courses: Sequence[Course]) -> str:
    return " ".join(each.version for each in courses)


def _cancel(
    request: HttpRequest, course: Course, form: CancelForm, others: Sequence[Course], decided: str
) -> Done:
    """The act on the course, or on all, as one on the course that the page is about."""
    asked = {"reason": CancelReason(form.cleaned_data["reason"]), "back_to_waiting": form.back_to_waiting}
    if not form.of_all:
        return bookings.cancel(course=course, by=request.user, seen=course.version, decided=decided, **asked)
    courses = {each: each.version for each in (course, *others)}
    return Done.of_all(course, linked.cancel_together(courses=courses, by=request.user, **asked))


def _confirm(
    request: HttpRequest, course: Course, form: CancelForm, others: Sequence[Course], decided: str
) -> HttpResponse:
    together = [course, *others] if form.of_all else [course]
    seen = dict(zip(together, request.POST.get("seen", "").split(), strict=False))
    for each in together:
        if seen.get(each) != each.version:
            return _cancel_page(request, course, form, ChangedMeanwhile(each))
    was_waiting = course.status != CourseStatus.BOOKED
    with Attempt() as attempt:
        done = _cancel(request, course, form, others, decided)
    if attempt.refusal:
        return _cancel_page(request, course, form, attempt.refusal)
    verb = "ended" if was_waiting else "back" if form.back_to_waiting else "cancelled"
    return remember_done(request, done, f"all_{verb}" if form.of_all else verb)


def _cancel_page(
    request: HttpRequest, course: Course, form: CancelForm, refusal: Refused | None = None
) -> HttpResponse:
    if refusal:
        add_refusal(form, refusal)
    context = {"form": form, "course": course, "patient": course.patient}
    return render(request, "scheduling/booking/cancel_course.html", context, status=409 if refusal else 200)
