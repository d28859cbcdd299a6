"""Check a choice of days, then book, move or hold it, or ask the family first."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from patients.access import Permission, may, requires
from patients.acting import Attempt
from scheduling.booking import bookings, holds, offers
from scheduling.booking.overrides import not_allowed
from scheduling.booking.placing import in_its_own_way
from scheduling.booking.preview import mails_of_booking, mails_of_move
from scheduling.errors import ChangedMeanwhile, NotReadyToWrite, Refused
from scheduling.models import CancelReason, Course
from scheduling.pages.booking.allowance_form import AllowanceForm
from scheduling.pages.booking.done import page_if_begun, page_if_done, remember_done
from scheduling.pages.booking.explained import with_chairs
from scheduling.pages.booking.find_slot import offers_page
from scheduling.pages.booking.hold_forms import HoldForm, OfferForm
from scheduling.pages.booking.list_place import keep_place
from scheduling.pages.booking.placement_forms import (
    MoveReasonForm,
    PlacementForm,
    placement_fields,
)
from scheduling.pages.booking.sharing_forms import PartForm
from scheduling.pages.records import look_at_course
from scheduling.pages.telling.mail_words import try_out
from scheduling.rules import Placement, Visit
from scheduling.rules.typed_times import objections_to_typed
from scheduling.states import CourseStatus
from scheduling.telling import whom_to_write
from scheduling.telling.recipients import recipients, why_not
from scheduling.unit.allowances import Allowance
from scheduling.unit.course_requests import request_for
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.shared_days import would_leave


@requires(Permission.BOOK_COURSES)
def check_slot(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the choice, then book, move or hold. A slot that does not fit now leads to the offers."""
    course = look_at_course(request, pk)
    keep_place(request, course)
    prefetch_related_objects([course], "unit__chairs")
    form = PlacementForm(request.POST or request.GET, course=course)
    if request.method == "POST":
        if done := page_if_done(request, course):
            return done
        if request.POST.get("seen") != course.version:
            return offers_page(request, course, form, ChangedMeanwhile(course))
    if begun := page_if_begun(request, course):
        return begun
    if not form.is_valid():
        return offers_page(request, course, form)
    is_booked, wants = course.status == CourseStatus.BOOKED, _wants(request)
    move_form = MoveReasonForm(request.POST if wants in ("confirm", "offer") else None) if is_booked else None
    hold_form = HoldForm(request.POST if wants == "hold" else None)
    leaves = would_leave(course, [visit.day for visit in form.visits()])
    part_form = PartForm(request.POST if wants == "confirm" else None) if leaves else None
    allow_form = AllowanceForm(request.POST) if "broken" in request.POST else None
    allowance = allow_form.allowance() if allow_form and allow_form.is_valid() else None
    if allow_form is None or allowance:
        if wants == "hold" and hold_form.is_valid():
            return _hold(request, course, form, hold_form, allowance)
        has_reason = move_form is None or (move_form.is_bound and move_form.is_valid())
        offer_form = _offer_form(request, course, form.visits()[0]) if wants == "offer" else None
        if offer_form and offer_form.is_valid() and has_reason:
            return _offer(request, course, form, offer_form, move_form)
        if wants == "confirm" and has_reason and (part_form is None or part_form.is_valid()):
            decided = part_form.cleaned_data["decided"] if part_form else ""
            return _confirm(request, course, form, move_form, allowance, decided)
    parting = {"leaves": leaves, "part_form": part_form}
    # The page asks for these several times.
    of_family = ("patient__contacts", "patient__family_limits", "impossible_dates", "family_links")
    prefetch_related_objects([course], *of_family, "unit__opening_hours")
    offer_form = _offer_form(request, course, form.visits()[0])
    return _check_page(request, course, form, move_form, hold_form, offer_form, allow_form, parting)


def _wants(request: HttpRequest) -> str:
    """Which of the page's buttons was pressed; empty if none."""
    if request.method != "POST":
        return ""
    return next((name for name in ("hold", "offer") if name in request.POST), "confirm")


def _offer_form(request: HttpRequest, course: Course, first: Visit) -> OfferForm | None:
    """None where the family cannot be asked by mail, or its child shares the days with another."""
    if course.shared_id or not offers.contacts_to_ask(course):
        return None
    if offers.missing_to_offer(course):
        return None
    if _wants(request) == "offer":
        return OfferForm(request.POST)
    return OfferForm(initial=OfferForm.usual(course, first))


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
            until=hold_form.until(course),
            by=request.user,
            seen=course.version,
            allowance=allowance,
        )
    if attempt.refusal:
        course.refresh_from_db()
        return offers_page(request, course, form, attempt.refusal)
    return remember_done(request, done, "held")


def _offer(
    request: HttpRequest,
    course: Course,
    form: PlacementForm,
    offer_form: OfferForm,
    move_form: MoveReasonForm | None,
) -> HttpResponse:
    with Attempt() as attempt:
        done = offers.ask(
            course=course,
            visits=form.visits(),
            until=offer_form.until(),
            asks_next=offer_form.cleaned_data["asks_next"],
            move_because=CancelReason(move_form.cleaned_data["reason"]) if move_form else None,
            by=request.user,
            seen=course.version,
        )
    if attempt.refusal:
        course.refresh_from_db()
        return offers_page(request, course, form, attempt.refusal)
    return remember_done(request, done, "offered")


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
        return offers_page(request, course, form, attempt.refusal)
    return remember_done(request, done, "moved" if move_form else "booked")


def _check_page(
    request: HttpRequest,
    course: Course,
    form: PlacementForm,
    move_form: MoveReasonForm | None,
    hold_form: HoldForm,
    offer_form: OfferForm | None,
    allow_form: AllowanceForm | None,
    parting: dict[str, Any],
) -> HttpResponse:
    asked = Placement(request_for(course), tuple(form.visits()))
    diary = load_diary(course.unit, asked.days[0], asked.days[-1], timezone.now())
    placement, found = objections_to_typed(asked, diary)
    against = not_allowed(course, found, placement.first_day, None)
    may_allow = may(request.user, Permission.OVERRIDE_RULES) and all(each.may_be_allowed for each in against)
    if against and not may_allow:
        return offers_page(request, course, form, Refused(*map(str, found)))
    if against and allow_form is None:
        allow_form = AllowanceForm.about(against, placement.first_day)
    if only_at_once := bool(in_its_own_way(course, asked.request, placement.visits, diary)):
        hold_form = offer_form = None
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
        "only_at_once": only_at_once,
        "against": against,
        "allow_form": allow_form,
        "other_forms": [allow_form, hold_form, offer_form, parting["part_form"]],
        "offer_form": offer_form,
        "to_ask": offers.contacts_to_ask(course) if offer_form else [],
        "recipients": to,
        "not_written_to": others,
        "withdrawn": [
            entry
            for entry in whom_to_write.told(course.live_sessions)
            if why_not(entry.contact, course.patient)
        ],
    }
    stood = [(session.starts_at, session.ends_at) for session in course.live_sessions]
    same_times = move_form is not None and stood == [(v.starts_at, v.ends_at) for v in placement.visits]
    mails_of = mails_of_move if move_form else mails_of_booking
    context["mails"], refusal = try_out(lambda: mails_of(course, placement))
    context["missing_for_mail"] = refusal.missing if isinstance(refusal, NotReadyToWrite) else []
    context["only_the_chair"] = same_times and not context["mails"]
    return render(request, "scheduling/booking/check_slot.html", context)
