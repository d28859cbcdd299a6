"""Find a slot, check it, confirm it. Booking and moving use the same pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.access import Permission, may, requires
from patients.acting import Attempt, add_refusal, said_on_the_page
from scheduling.booking import bookings, holds
from scheduling.booking.overrides import Allowance, keys_of, not_allowed
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import CancelReason, Course
from scheduling.pages.booking.allowance_form import AllowanceForm
from scheduling.pages.booking.done import page_if_begun, page_if_done, remember_done
from scheduling.pages.booking.explained import RefusedDays, ways, with_chairs
from scheduling.pages.booking.placement_forms import (
    HoldForm,
    MoveReasonForm,
    PlacementForm,
    check_address,
    placement_fields,
)
from scheduling.pages.booking.sharing_forms import PartForm
from scheduling.pages.parameters import day_in, number_in
from scheduling.pages.records import look_at_course
from scheduling.pages.telling.mail_words import preview
from scheduling.rules import (
    CourseRequest,
    Diary,
    Objection,
    Offer,
    Placement,
    Visit,
    find_offers,
    latest_start_in,
    offers_at_short_notice,
    other_starts,
    refusals,
    search_window,
)
from scheduling.rules.typed_times import objections_to_typed
from scheduling.rules.window import search_start
from scheduling.states import CourseStatus
from scheduling.telling import queue
from scheduling.telling.recipients import recipients, why_not
from scheduling.telling.texts import missing_for_invites
from scheduling.unit.diary_rows import diary_for_search, load_diary, request_for
from scheduling.unit.shared_days import would_leave

FINDABLE = (CourseStatus.WAITING, CourseStatus.HELD, CourseStatus.BOOKED)
OFFERS_AT_FIRST, MOST_OFFERS, MOST_SOONER = 10, 100, 3


@dataclass(frozen=True)
class OfferCard:
    """An offer as the page shows it: visits with their chairs' names, why it is good, where to check it."""

    days: list[tuple[Visit, str]]
    reasons: tuple[str, ...]
    address: str
    # In minutes after midnight, one for each day.
    latest_starts: tuple[int | None, ...]

    @property
    def first_day(self) -> str:
        return self.days[0][0].day.isoformat()


@require_safe
@requires(Permission.BOOK_COURSES)
def find_slot(request: HttpRequest, pk: int) -> HttpResponse:
    """The best runs of days for a course, each with its reasons; any start can also be typed by hand.

    Of a course that shares its days, only with something in the address, such as `?alone=1`.
    """
    course = look_at_course(request, pk)
    if course.shared_id and not request.GET:
        return redirect("scheduling:find_shared", course.pk)
    if begun := page_if_begun(request, course):
        return begun
    typed = PlacementForm.typed_in(request.GET)
    return _offers_page(request, course, PlacementForm(course=course, initial=typed))


@requires(Permission.BOOK_COURSES)
def check_slot(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the choice, then book, move or hold. A slot that does not fit now leads to the offers."""
    course = look_at_course(request, pk)
    form = PlacementForm(request.POST or request.GET, course=course)
    if request.method == "POST":
        if done := page_if_done(request, course):
            return done
        if request.POST.get("seen") != course.version:
            return _offers_page(request, course, form, ChangedMeanwhile(course))
    if begun := page_if_begun(request, course):
        return begun
    if not form.is_valid():
        return _offers_page(request, course, form)
    move_form = MoveReasonForm(request.POST or None) if course.status == CourseStatus.BOOKED else None
    hold_form = HoldForm(request.POST if "hold" in request.POST else None) if move_form is None else None
    allow_form = AllowanceForm(request.POST) if "broken" in request.POST else None
    allowance = allow_form.allowance() if allow_form and allow_form.is_valid() else None
    leaves = would_leave(course, [visit.day for visit in form.visits()])
    part_form = PartForm(request.POST if request.method == "POST" and "hold" not in request.POST else None)
    if allow_form is None or allowance:
        if "hold" in request.POST and hold_form and hold_form.is_valid():
            return _hold(request, course, form, hold_form, allowance)
        if (
            request.method == "POST"
            and "hold" not in request.POST
            and (move_form is None or move_form.is_valid())
            and (not leaves or part_form.is_valid())
        ):
            decided = part_form.cleaned_data["decided"] if leaves else ""
            return _confirm(request, course, form, move_form, allowance, decided)
    parting = {"leaves": leaves, "part_form": part_form}
    return _check_page(request, course, form, move_form, hold_form, allow_form, parting)


@requires(Permission.BOOK_COURSES)
def release_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Release the days that are held for a course."""
    course = look_at_course(request, pk)
    if request.method != "POST":
        return redirect(course)
    if repeated := page_if_done(request, course):
        return repeated
    with said_on_the_page(request) as attempt:
        done = holds.release(course=course, by=request.user, seen=request.POST.get("seen"))
    return remember_done(request, done, "released") if attempt.done else redirect(course)


def _hold(
    request: HttpRequest,
    course: Course,
    form: PlacementForm,
    hold_form: HoldForm,
    allowance: Allowance | None,
) -> HttpResponse:
    with Attempt() as attempt:
        done = holds.hold(
            course=course,
            visits=form.visits(),
            hours=hold_form.cleaned_data["hours"],
            by=request.user,
            seen=course.version,
            allowance=allowance,
        )
    if attempt.refusal:
        course.refresh_from_db()
        return _offers_page(request, course, form, attempt.refusal)
    return remember_done(request, done, "held")


def _confirm(
    request: HttpRequest,
    course: Course,
    form: PlacementForm,
    move_form: MoveReasonForm | None,
    allowance: Allowance | None,
    decided: str,
) -> HttpResponse:
    chosen = {
        "course": course,
        "visits": form.visits(),
        "by": request.user,
        "seen": course.version,
        "allowance": allowance,
        "decided": decided,
    }
    with Attempt() as attempt:
        if move_form:
            done = bookings.move(reason=CancelReason(move_form.cleaned_data["reason"]), **chosen)
        else:
            done = bookings.book(**chosen)
    if attempt.refusal:
        course.refresh_from_db()
        return _offers_page(request, course, form, attempt.refusal)
    return remember_done(request, done, "moved" if move_form else "booked")


def _book_or_move(
    request: HttpRequest, course: Course, placement: Placement, moving: bool, found: Sequence[Objection]
) -> bookings.Done:
    """The act that will be confirmed, to preview its mails. The reasons do not matter: no mail gives them."""
    allowance = Allowance(keys_of(found, placement.first_day), "not said yet") if found else None
    chosen = {"course": course, "visits": placement.visits, "by": request.user, "allowance": allowance}
    chosen["decided"] = "not said yet"
    if moving:
        return bookings.move(reason=CancelReason.HOSPITAL_OTHER, **chosen)
    return bookings.book(**chosen)


def _check_page(
    request: HttpRequest,
    course: Course,
    form: PlacementForm,
    move_form: MoveReasonForm | None,
    hold_form: HoldForm | None,
    allow_form: AllowanceForm | None,
    parting: dict[str, Any],
) -> HttpResponse:
    asked = Placement(request_for(course), tuple(form.visits()))
    diary = load_diary(course.unit, asked.days[0], asked.days[-1], timezone.now())
    placement, found = objections_to_typed(asked, diary)
    against = not_allowed(course, found, placement.first_day, None)
    may_allow = may(request.user, Permission.OVERRIDE_RULES) and all(each.may_be_allowed for each in against)
    if against and not may_allow:
        return _offers_page(request, course, form, Refused(*map(str, found)))
    if against and allow_form is None:
        allow_form = AllowanceForm.about(against, placement.first_day)
    to, others = recipients(course.patient)
    fields = placement_fields(placement.visits)
    context = {
        **parting,
        "course": course,
        "patient": course.patient,
        "visits": with_chairs(placement.visits, diary),
        "fields": fields,
        "chosen": urlencode(fields),
        "form": move_form,
        "hold_form": hold_form,
        "against": against,
        "allow_form": allow_form,
        "recipients": to,
        "not_written_to": others,
        "withdrawn": [
            entry for entry in queue.told(course.live_sessions) if why_not(entry.contact, course.patient)
        ],
        "missing_for_mail": missing_for_invites(course, today=timezone.localdate()) if to else [],
    }
    stood = [(session.starts_at, session.ends_at) for session in course.live_sessions]
    same_times = move_form is not None and stood == [(v.starts_at, v.ends_at) for v in placement.visits]
    context["mails"] = preview(
        lambda: _book_or_move(request, course, placement, move_form is not None, against)
    )
    context["only_the_chair"] = same_times and not context["mails"]
    return render(request, "scheduling/booking/check_slot.html", context)


def _offers_page(
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
    diary = diary_for_search(course.unit, now)
    show = number_in(request, "show", default=OFFERS_AT_FIRST, most=MOST_OFFERS)
    booked = [session.visit for session in course.live_sessions]
    if only:
        offers = other_starts(course_request, diary, only, course.unit.weights)
    else:
        offers = find_offers(course_request, diary, show + 1, course.unit.weights)
    others = [offer for offer in offers if list(offer.placement.visits) != booked]
    context = {
        "course": course,
        "patient": course.patient,
        "form": form,
        "soonest": search_start(course_request, diary).isoformat(),
        "cards": _cards(course, others if only else others[:show], diary),
        "sooner_cards": [] if only else _cards(course, _sooner(course, course_request, diary), diary),
        "only": only,
        # Each "Show more days" doubles the number of offers, so the second half is new.
        "first_new": show // 2 + 1 if "show" in request.GET else None,
        "more": 2 * show if not only and len(others) > show < MOST_OFFERS else None,
        "moving": course.status == CourseStatus.BOOKED,
        "held_address": check_address(course, booked) if course.status == CourseStatus.HELD else "",
        "window_has_passed": course.latest is not None and course.latest < timezone.localdate(now),
    }
    if not others:
        days = [only] if only else search_window(course_request, diary)
        context["answer"] = RefusedDays(list(refusals(course_request, diary, days).items()))
    if not others and not only:
        may_set_up = may(request.user, Permission.SET_UP_UNIT)
        context["ways"] = ways(course, course_request, diary, may_set_up=may_set_up)
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


def _sooner(course: Course, asked: CourseRequest, diary: Diary) -> Sequence[Offer]:
    """Days of which the family would not hear in time: possible if somebody answers for it."""
    return offers_at_short_notice(asked, diary, MOST_SOONER, course.unit.weights)


def _cards(course: Course, offers: Sequence[Offer], diary: Diary) -> list[OfferCard]:
    others = diary.without(course.pk)
    return [
        OfferCard(
            with_chairs(offer.placement.visits, diary),
            offer.reasons,
            check_address(course, offer.placement.visits),
            tuple(latest_start_in(visit, others) for visit in offer.placement.visits),
        )
        for offer in offers
    ]
