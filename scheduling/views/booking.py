"""Find a slot, check it, confirm it. Booking and moving are the same pages."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from patients.access import Permission, requires
from scheduling.actions import bookings
from scheduling.diary import load_diary, load_search_diary, request_for, seat
from scheduling.errors import Refused
from scheduling.forms.placement import MoveReasonForm, PlacementForm, check_address, placement_fields
from scheduling.models import CancelReason, Course
from scheduling.outbox.recipients import recipients
from scheduling.rules import Diary, Offer, Placement, Visit, find_offers, objections, other_starts
from scheduling.states import CourseStatus
from scheduling.views.done import remember_done
from scheduling.views.parameters import day_in, number_in
from scheduling.views.records import open_course

OFFERS_AT_FIRST, MOST_OFFERS = 10, 100


@dataclass(frozen=True)
class OfferCard:
    """An offer as the page shows it: its visits with the chairs' names, why it is good, where it leads."""

    days: list[tuple[Visit, str]]
    reasons: tuple[str, ...]
    address: str

    @property
    def first_day(self) -> str:
        return self.days[0][0].day.isoformat()


@requires(Permission.BOOK_COURSES)
def find_slot(request: HttpRequest, pk: int) -> HttpResponse:
    """The best runs of days for a course, each with its reasons; or any start typed by hand."""
    course = open_course(request, pk)
    return _offers_page(request, course, PlacementForm(course=course))


@requires(Permission.BOOK_COURSES)
def check_slot(request: HttpRequest, pk: int) -> HttpResponse:
    """Check answers, then confirm. A slot that does not fit, or no longer, brings back the offers and why."""
    course = open_course(request, pk)
    form = PlacementForm(request.POST or request.GET, course=course)
    if not form.is_valid():
        return _offers_page(request, course, form)
    move_form = MoveReasonForm(request.POST or None) if course.status == CourseStatus.BOOKED else None
    if request.method == "POST" and (move_form is None or move_form.is_valid()):
        return _confirm(request, course, form, move_form)
    return _check_page(request, course, form, move_form)


def _confirm(
    request: HttpRequest, course: Course, form: PlacementForm, move_form: MoveReasonForm | None
) -> HttpResponse:
    try:
        if move_form:
            reason = CancelReason(move_form.cleaned_data["reason"])
            done = bookings.move(course=course, visits=form.visits(), reason=reason, by=request.user)
        else:
            done = bookings.book(course=course, visits=form.visits(), by=request.user)
    except Refused as refusal:
        course.refresh_from_db()
        return _offers_page(request, course, form, refusal.reasons)
    return remember_done(request, done, "moved" if move_form else "booked")


def _check_page(
    request: HttpRequest, course: Course, form: PlacementForm, move_form: MoveReasonForm | None
) -> HttpResponse:
    asked = Placement(request_for(course), tuple(form.visits()))
    diary = load_diary(course.unit, asked.days[0], asked.days[-1], timezone.now())
    placement = seat(asked, diary)
    if found := objections(placement, diary):
        return _offers_page(request, course, form, tuple(map(str, found)))
    to, others = recipients(course.patient)
    context = {
        "course": course,
        "patient": course.patient,
        "visits": _with_chairs(placement, diary),
        "fields": placement_fields(placement.visits),
        "form": move_form,
        "recipients": to,
        "not_written_to": others,
        "missing_for_mail": course.unit.missing_for_mail() if to else [],
    }
    return render(request, "scheduling/check_slot.html", context)


def _offers_page(
    request: HttpRequest, course: Course, form: PlacementForm, refused: tuple[str, ...] = ()
) -> HttpResponse:
    """The offers as they are now, below what is wrong with the choice made, if one was made."""
    if course.status not in (CourseStatus.WAITING, CourseStatus.BOOKED):
        return redirect(course)
    for sentence in refused:
        form.add_error(None, sentence)
    course_request, now = request_for(course), timezone.now()
    only = day_in(request, "only")
    diary = load_search_diary(course, course_request, now, only)
    show = number_in(request, "show", default=OFFERS_AT_FIRST, most=MOST_OFFERS)
    offers = other_starts(course_request, diary, only) if only else find_offers(course_request, diary, show)
    context = {
        "course": course,
        "patient": course.patient,
        "form": form,
        "cards": [_card(course, offer, diary) for offer in offers],
        "only": only,
        "more": 2 * show if not only and len(offers) == show < MOST_OFFERS else None,
        "moving": course.status == CourseStatus.BOOKED,
    }
    return render(request, "scheduling/find_slot.html", context, status=409 if refused else 200)


def _card(course: Course, offer: Offer, diary: Diary) -> OfferCard:
    placement = offer.placement
    return OfferCard(_with_chairs(placement, diary), offer.reasons, check_address(course, placement.visits))


def _with_chairs(placement: Placement, diary: Diary) -> list[tuple[Visit, str]]:
    names = {chair.id: chair.name for chair in diary.chairs}
    return [(visit, names[visit.chair]) for visit in placement.visits]
