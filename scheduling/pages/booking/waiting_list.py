"""The waiting list, and the contact log of its courses."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from crmo_clinic.nhsuk.pages import page_of
from patients import audit, searches
from patients.access import Permission, requires
from patients.acting import said_in
from scheduling.booking import contact_log
from scheduling.models import ChildLimits, ContactAttempt, ContactOutcome, Course, Priority, Reason
from scheduling.pages.booking.list_place import COURSES_A_PAGE, ListPlace, place_in, shown
from scheduling.pages.booking.placement_forms import placement_fields
from scheduling.pages.booking.waiting_forms import AttemptForm, FindOnListForm
from scheduling.pages.own_units import starts_with_own_units
from scheduling.pages.records import look_at_course
from scheduling.pages.row_addresses import addresses_of
from scheduling.states import CourseStatus
from scheduling.unit.course_requests import requests_for
from scheduling.unit.next_possible import NextPossible, next_possible

# By code: `get_FOO_display` takes long in a list.
PRIORITIES, REASONS = dict(Priority.choices), dict(Reason.choices)
# The pages that a row leads to.
LEADS_TO = {
    name: f"scheduling:{name}"
    for name in ("show_course", "pause_course", "check_slot", "find_slot", "note_attempt")
}


@dataclass(frozen=True)
class Row:
    """A course as the list shows it.

    next: its next possible visits. limits: when the family cannot come, as it is kept with the child. last:
    the last try to reach the family. addresses: of the pages in `LEADS_TO`, with the row's place in the list.
    """

    course: Course
    next: NextPossible
    limits: Sequence[ChildLimits]
    last: ContactAttempt | None
    addresses: Mapping[str, str]

    @cached_property
    def key(self) -> str:
        """As text: a template takes long to write a number."""
        return str(self.course.pk)

    @property
    def priority(self) -> str:
        return PRIORITIES[self.course.priority]

    @property
    def reason(self) -> str:
        return REASONS[self.course.reason]


@requires(Permission.VIEW)
@starts_with_own_units
def list_waiting(request: HttpRequest) -> HttpResponse:
    """Courses that are agreed and not booked yet, including held ones, the most urgent first.

    A name that is searched for is sent, and kept in the web session: `?search=` is only its key.
    """
    if request.method == "POST":
        return _search(request)
    if any("" in values for _, values in request.GET.lists()):
        return redirect(_without_empty(request))
    now, place = timezone.now(), shown(request, request.GET)
    filters = place.filters
    page, chosen = page_of(request, filters.keys(now), COURSES_A_PAGE), list(filters.chosen())
    rows = _rows(place, list(page), page.start_index() - 1)
    audit.looked_at(
        "scheduling:list_waiting", by=request.user, patients=[row.course.patient_id for row in rows]
    )
    context = {
        "page": page,
        "rows": rows,
        "filters": filters,
        "headings": [(each, filters.with_(sort=[each.sort])) for each in filters.order.headings()],
        "find": FindOnListForm(initial={"text": filters.text}),
        "chosen": chosen,
        "everything": Course.objects.to_book().count() if chosen else page.paginator.count,
        "now": now,
        "today": timezone.localdate(now),
        "place": place.at(page.start_index() - 1) if rows else place,
    }
    return render(request, "scheduling/booking/list_waiting.html", context)


def _without_empty(request: HttpRequest) -> str:
    """The address without what the filters left empty: browsers send empty boxes too."""
    query = request.GET.copy()
    for name, values in request.GET.lists():
        query.setlist(name, [value for value in values if value])
    return f"{request.path}?{query.urlencode()}"


def _search(request: HttpRequest) -> HttpResponse:
    form = FindOnListForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    filters = shown(request, request.GET).filters
    key = [searches.keep(request.session, text)] if text else []
    return redirect(request.path + filters.with_(search=key))


def _rows(place: ListPlace, keys: list[int], first: int) -> list[Row]:
    """The courses of these keys, in their order, of which the first stands in this place of the list.

    Nothing is prefetched that few rows have: Django makes a query set for each row and each such list.
    """
    related = Course.objects.select_related("patient", "unit", "held_by")
    asked = requests_for(related.filter(pk__in=keys).order_by())
    found, courses = next_possible(asked, timezone.now()), {course.pk: course for course in asked}
    prefetch_related_objects([course for course in asked if course.held_until], "sessions")
    limits, last = _limits_of(asked), _last_attempts(keys)
    pages = {name: addresses_of(page) for name, page in LEADS_TO.items()}
    rows = []
    for key, written in zip(keys, place.written_from(first), strict=False):
        if course := courses.get(key):
            addresses = {name: f"{page(key)}?list={written}" for name, page in pages.items()}
            addresses["show_course"] = pages["show_course"](key)
            if visits := found[course].visits:
                days = urlencode(placement_fields(visits))
                addresses["check_slot"] = f"{pages['check_slot'](key)}?{days}&list={written}"
            rows.append(
                Row(course, found[course], limits.get(course.patient_id, ()), last.get(key), addresses)
            )
    return rows


def _limits_of(courses: Iterable[Course]) -> dict[int, list[ChildLimits]]:
    """What is kept with the children of these courses, by child. One query."""
    limits = defaultdict(list)
    for row in ChildLimits.objects.filter(patient__in={course.patient_id for course in courses}):
        limits[row.patient_id].append(row)
    return limits


def _last_attempts(keys: list[int]) -> dict[int, ContactAttempt]:
    """The last try to reach each family, by course. One query."""
    last: dict[int, ContactAttempt] = {}
    for attempt in ContactAttempt.objects.filter(course__in=keys):
        last.setdefault(attempt.course_id, attempt)
    return last


@requires(Permission.BOOK_COURSES)
def note_attempt(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom to ring, and how it went. `?list=priority%3D0` leads back to the waiting list with that filter."""
    course = look_at_course(request, pk)
    is_to_book = course.status in (CourseStatus.WAITING, CourseStatus.HELD)
    if not is_to_book and request.method != "POST":
        return redirect(course)
    place = place_in(request)
    back = place.address(course) if place else course.get_absolute_url()
    form = AttemptForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            contact_log.note_attempt(
                course=course,
                outcome=ContactOutcome(form.cleaned_data["outcome"]),
                note=form.cleaned_data["note"],
                by=request.user,
                seen=last_seen(request.POST.get("seen", "")),
            )
        status = attempt.status
        if attempt.done:
            messages.success(
                request, f"The attempt to reach the family of {course.patient.identified} has been noted."
            )
            return redirect(back)
    context = {
        "form": form,
        "course": course,
        "patient": course.patient,
        "attempts": list(course.contact_attempts.all()),
        "back": back,
        "to_list": place is not None,
    }
    return render(request, "scheduling/booking/note_attempt.html", context, status=status)


def last_seen(text: str) -> int | None:
    """The key of the last attempt that a page showed; None if the page did not say."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
