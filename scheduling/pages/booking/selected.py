"""What is done for several courses at once that were ticked on the waiting list.

Each is done by the ordinary act, one after the other in the order of the list; a refusal stops only its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date

from crmo_clinic.nhsuk.wording import quantity
from patients import audit
from patients.access import Permission, requires
from patients.acting import Attempt
from patients.errors import Refused
from scheduling.booking import contact_log, holds
from scheduling.errors import ChangedMeanwhile
from scheduling.models import ContactOutcome, Course
from scheduling.models.course_lists import CourseQuerySet
from scheduling.pages.booking.hold_forms import HoldForm
from scheduling.pages.booking.list_place import ListPlace, place_in, shown
from scheduling.pages.booking.waiting_forms import AttemptForm
from scheduling.pages.booking.waiting_list import last_seen
from scheduling.pages.parameters import BIGGEST_KEY, could_be
from scheduling.rules import Visit
from scheduling.states import CourseStatus
from scheduling.unit.asks import phases_of
from scheduling.unit.course_requests import requests_for
from scheduling.unit.next_possible import NextPossible, next_in_turn

MOST = 100
# A day, the key of a chair and a start in minutes after midnight, for each visit.
VISIT = re.compile(r"(\d{4}-\d\d-\d\d)_(\d{1,9})_(\d{1,4})")


@dataclass(frozen=True)
class Planned:
    """A selected course, and the days that are to be held for it; none if it keeps those it has."""

    course: Course
    next: NextPossible

    @property
    def days(self) -> str:
        return " ".join(f"{visit.day}_{visit.chair}_{visit.start}" for visit in self.next.visits)


@requires(Permission.BOOK_COURSES)
def hold_selected(request: HttpRequest) -> HttpResponse:
    """The next possible days of each selected course, one after the other; held once that is confirmed."""
    courses = _selected(request)
    if not courses:
        return redirect(_list(request).address())
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _hold(request, courses, form)
    waiting = [course for course in courses if course.status == CourseStatus.WAITING]
    asked = requests_for(_rows([course.pk for course in waiting]))
    found = next_in_turn({course: asked[course] for course in waiting}, timezone.now())
    planned = [Planned(course, found.get(course, NextPossible())) for course in courses]
    context = {
        "form": form,
        "planned": planned,
        "possible": sum(bool(each.days) for each in planned),
        "back": _list(request).address(),
    }
    return render(request, "scheduling/booking/hold_selected.html", context)


@requires(Permission.BOOK_COURSES)
def note_selected(request: HttpRequest) -> HttpResponse:
    """One attempt to reach each of several families, and how it went, which was the same for all."""
    courses = _selected(request)
    if not courses:
        return redirect(_list(request).address())
    form = AttemptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = []
        for course in courses:
            with Attempt() as attempt:
                contact_log.note_attempt(
                    course=course,
                    outcome=ContactOutcome(form.cleaned_data["outcome"]),
                    note=form.cleaned_data["note"],
                    by=request.user,
                    seen=last_seen(request.POST.get(f"seen_{course.pk}", "")),
                )
            _tell(request, course, attempt.refusal) if attempt.refusal else done.append(course)
        if done:
            messages.success(
                request, f"An attempt has been noted for {quantity(len(done), 'family', 'families')}."
            )
        return redirect(_list(request).address())
    context = {"form": form, "courses": courses, "back": _list(request).address()}
    return render(request, "scheduling/booking/note_selected.html", context)


def _hold(request: HttpRequest, courses: Sequence[Course], form: HoldForm) -> HttpResponse:
    done = []
    for course in courses:
        if f"days_{course.pk}" not in request.POST:
            continue
        visits = _visits(course, request.POST[f"days_{course.pk}"])
        if visits and [session.visit for session in course.live_sessions] == visits:
            # The form was sent twice.
            done.append(course)
            continue
        with Attempt() as attempt:
            if not visits:
                raise ChangedMeanwhile(course)
            seen = request.POST.get(f"seen_{course.pk}")
            until = form.until(course)
            holds.hold(course=course, visits=visits, until=until, by=request.user, seen=seen)
        _tell(request, course, attempt.refusal) if attempt.refusal else done.append(course)
    if done:
        messages.success(
            request, f"Days are held for {quantity(len(done), 'child', 'children')}. Ring the families."
        )
    return redirect(_list(request).address())


def _tell(request: HttpRequest, course: Course, refusal: Refused) -> None:
    messages.warning(request, f"{course.patient.identified}: {' '.join(refusal.reasons)}")


def _list(request: HttpRequest) -> ListPlace:
    return place_in(request) or shown(request, QueryDict())


def _selected(request: HttpRequest) -> list[Course]:
    """The courses of `?course=1&course=2` that are still to be booked, in that order: the list's."""
    asked = request.POST if request.method == "POST" else request.GET
    numbers = [
        text for text in asked.getlist("course") if text.isascii() and text.isdigit() and len(text) < 11
    ]
    keys = list(dict.fromkeys(int(text) for text in numbers if int(text) <= BIGGEST_KEY))
    if len(keys) > MOST:
        messages.warning(request, f"Select at most {MOST} children at a time.")
        return []
    found = {course.pk: course for course in _rows(keys)}
    courses = [found[key] for key in keys if key in found]
    if not courses:
        messages.warning(request, "Select at least one child on the list first.")
    audit.looked_at(
        request.resolver_match.view_name, by=request.user, patients=[c.patient_id for c in courses]
    )
    return courses


def _rows(keys: Sequence[int]) -> CourseQuerySet:
    """The courses of these keys that are still to be booked, with all that these pages show of them."""
    related = ("sessions__booking", "contact_attempts", "patient__contacts")
    courses = Course.objects.to_book().filter(pk__in=keys).order_by()
    return courses.select_related("patient", "unit").prefetch_related(*related)


def _visits(course: Course, text: str) -> list[Visit]:
    """The visits that `Planned.days` wrote; none if the text was spoiled."""
    length, found = course.minutes + phases_of(course).minutes, []
    for written in text.split():
        match = VISIT.fullmatch(written)
        try:
            day = parse_date(match[1]) if match else None
        except ValueError:
            return []
        if match is None or day is None:
            return []
        found.append(Visit(day, int(match[2]), int(match[3]), length))
    return found if all(map(could_be, found)) else []
