"""Find a slot: the best days for a course, to book or to move it, and why not sooner."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.access import Permission, requires
from patients.acting import add_refusal
from scheduling.booking.placing import in_its_own_way
from scheduling.errors import Refused
from scheduling.models import Course
from scheduling.pages.booking.done import page_if_begun
from scheduling.pages.booking.explained import RefusedDays, ways, with_chairs
from scheduling.pages.booking.list_place import keep_place, kept_place
from scheduling.pages.booking.offer_calendar import months_of
from scheduling.pages.booking.placement_forms import (
    PlacementForm,
    check_address,
    held_address,
)
from scheduling.pages.parameters import day_in, number_in
from scheduling.pages.records import look_at_course
from scheduling.pages.unit.day_rights import may_change_days
from scheduling.rules import (
    CourseRequest,
    Diary,
    Offer,
    Visit,
    find_offers,
    latest_start_in,
    offers_at_short_notice,
    other_starts,
    refusals,
    search_window,
)
from scheduling.rules.in_common import in_common, what_differs
from scheduling.rules.window import search_start
from scheduling.states import CourseStatus
from scheduling.unit.course_requests import request_for
from scheduling.unit.diary_rows import diary_for_search

FINDABLE = (CourseStatus.WAITING, CourseStatus.HELD, CourseStatus.BOOKED)
OFFERS_AT_FIRST, MOST_OFFERS, MOST_SOONER = 10, 100, 3


@dataclass(frozen=True)
class OfferCard:
    """An offer as the page shows it: visits with their chairs' names, why it is good, where to check it.

    differs: those of its reasons that are not said once of all. only_at_once: a booked course can be moved
    there, but these days cannot be held beside its own.
    """

    days: list[tuple[Visit, str]]
    reasons: tuple[str, ...]
    differs: tuple[str, ...]
    address: str
    # In minutes after midnight, one for each day.
    latest_starts: tuple[int | None, ...]
    only_at_once: bool = False

    @property
    def first_day(self) -> str:
        return self.days[0][0].day.isoformat()

    @property
    def latest_start(self) -> int | None:
        """The one latest start of all its days; None if they differ."""
        return self.latest_starts[0] if len(set(self.latest_starts)) == 1 else None


@require_safe
@requires(Permission.BOOK_COURSES)
def find_slot(request: HttpRequest, pk: int) -> HttpResponse:
    """The best runs of days for a course, each with its reasons; any start can also be typed by hand.

    Of a course that shares its days, only with something in the address, such as `?alone=1`.
    """
    course = look_at_course(request, pk)
    keep_place(request, course)
    if course.shared_id and not request.GET:
        return redirect("scheduling:find_shared", course.pk)
    if begun := page_if_begun(request, course):
        return begun
    typed = PlacementForm.typed_in(request.GET)
    return offers_page(request, course, PlacementForm(course=course, initial=typed))


def offers_page(
    request: HttpRequest, course: Course, form: PlacementForm, refusal: Refused | None = None
) -> HttpResponse:
    """The offers as they are now, below what is wrong with the user's choice, if there was one."""
    if course.status not in FINDABLE:
        for sentence in refusal.reasons if refusal else ():
            messages.warning(request, sentence)
        return redirect(course)
    if refusal:
        add_refusal(form, refusal)
    course_request, now = request_for(course), timezone.now()
    only = day_in(request, "only")
    # After a refusal somebody may have changed the diary since the course was read.
    diary = diary_for_search(course.unit, now, is_fresh=refusal is None)
    show = number_in(request, "show", default=OFFERS_AT_FIRST, most=MOST_OFFERS)
    booked = [session.visit for session in course.live_sessions]
    if only:
        offers = other_starts(course_request, diary, only, course.unit.weights)
    else:
        offers = find_offers(course_request, diary, show + 1, course.unit.weights)
    others = [offer for offer in offers if list(offer.placement.visits) != booked]
    shown = others if only else others[:show]
    common = in_common(shown)
    cards = _cards(course, shown, diary, common)
    context = {
        "course": course,
        "patient": course.patient,
        "form": form,
        "list_address": _list_address(request, course),
        "soonest": search_start(course_request, diary).isoformat(),
        "cards": cards,
        "sooner_cards": [] if only else _sooner(course, course_request, diary),
        "common": common,
        "common_latest": _common_latest(cards),
        "months": [] if only else months_of(cards),
        "only": only,
        # Each "Show more days" doubles the number of offers, so the second half is new.
        "first_new": show // 2 + 1 if "show" in request.GET else None,
        "more": 2 * show if not only and len(others) > show < MOST_OFFERS else None,
        "moving": course.status == CourseStatus.BOOKED,
        "held_address": held_address(course),
        "window_has_passed": course.latest is not None and course.latest < timezone.localdate(now),
    }
    if not others:
        days = [only] if only else search_window(course_request, diary)
        context["answer"] = RefusedDays(list(refusals(course_request, diary, days).items()))
    if not others and not only:
        may_nurses = may_change_days(request.user, course.unit)
        context["ways"] = ways(course, course_request, diary, may_change_days=may_nurses)
    return render(request, "scheduling/booking/find_slot.html", context, status=409 if refusal else 200)


@require_safe
@requires(Permission.BOOK_COURSES)
def why_not_sooner(request: HttpRequest, pk: int) -> HttpResponse:
    """For each day before an offer's first day (`?than=2027-03-24`), the first rule that stood in the way."""
    course, than = look_at_course(request, pk), day_in(request, "than")
    if course.status not in FINDABLE or than is None:
        return redirect("scheduling:find_slot", course.pk)
    course_request, diary = request_for(course), diary_for_search(course.unit, timezone.now())
    days = [day for day in search_window(course_request, diary) if day < than]
    context = {
        "course": course,
        "patient": course.patient,
        "than": than,
        "earliest": course.earliest if course.earliest and course.earliest > diary.today else None,
        "answer": RefusedDays(list(refusals(course_request, diary, days).items())),
    }
    return render(request, "scheduling/booking/why_not_sooner.html", context)


def _sooner(course: Course, asked: CourseRequest, diary: Diary) -> list[OfferCard]:
    """Days of which the family would not hear in time: possible if somebody answers for it."""
    offers = offers_at_short_notice(asked, diary, MOST_SOONER, course.unit.weights)
    return _cards(course, offers, diary, ())


def _list_address(request: HttpRequest, course: Course) -> str:
    """The waiting list that the user came from, at this course; empty if they came from elsewhere."""
    place = kept_place(request, course)
    return place.address(course) if place else ""


def _common_latest(cards: Sequence[OfferCard]) -> int | None:
    """The latest start of more than half of several offers, if there is one."""
    often = Counter(card.latest_start for card in cards).most_common(1)
    return often[0][0] if len(cards) > 1 and 2 * often[0][1] > len(cards) else None


def _cards(course: Course, offers: Sequence[Offer], diary: Diary, common: Sequence[str]) -> list[OfferCard]:
    others, rule = diary.without(course.pk), diary.nurse_rule
    if course.held_until:
        prefetch_related_objects([course], "held_places")
    return [
        OfferCard(
            with_chairs(offer.placement.visits, diary),
            offer.reasons,
            what_differs(offer, common),
            check_address(course, offer.placement.visits),
            tuple(
                latest_start_in(visit, offer.placement.request.shape(rule), others)
                for visit in offer.placement.visits
            ),
            bool(in_its_own_way(course, offer.placement.request, offer.placement.visits, diary)),
        )
        for offer in offers
    ]
