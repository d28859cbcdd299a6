"""Days that are held: let them go; and ask one family after another about a place that became free."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock, long_date
from patients.access import Permission, requires
from patients.acting import said_on_the_page
from scheduling.booking import linked, next_family
from scheduling.models import TaskKind
from scheduling.pages.booking.done import page_if_done, remember_done
from scheduling.pages.records import look_at_course, look_at_task

NOBODY = "Nobody could be asked by mail. If somebody fits, a task about each of them says whom to ring."


@requires(Permission.BOOK_COURSES, only_forms=True)
def release_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Release the days that are held for a course, to book it or to move it, and for whoever shares them."""
    course = look_at_course(request, pk)
    if repeated := page_if_done(request, course):
        return repeated
    with said_on_the_page(request) as attempt:
        done = linked.release_together(course=course, by=request.user, seen=request.POST.get("seen"))
    if not attempt.done:
        return redirect(course)
    return remember_done(request, done, "all_released" if course.shared_id else "released")


@requires(Permission.BOOK_COURSES, only_forms=True)
def ask_first_family(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the first family that fits into a place that became free. `pk` is that of the task about it."""
    task = look_at_task(request, pk)
    if task.kind != TaskKind.FREED:
        return redirect(task)
    with said_on_the_page(request) as attempt:
        course = next_family.ask_first(task=task, by=request.user)
    if not attempt.done:
        return redirect(task)
    if course is None:
        messages.warning(request, NOBODY)
        return redirect(task)
    end = timezone.localtime(course.held_until)
    until = f"{clock(end.time())} on {long_date(end)}"
    messages.success(request, f"This family is asked whether the days are good. It has until {until}.")
    return redirect(course)
