"""Courses that share their days: link them, find, check and confirm days for all of them, end the link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk import forms
from patients import audit
from patients.access import Permission, requires
from patients.acting import Attempt, add_refusal, said_in, said_on_the_page
from scheduling.booking import linked, sharing, together
from scheduling.booking.placing import Done
from scheduling.booking.preview import would_send
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import CancelReason, Course, SharedBecause
from scheduling.pages.booking.done import page_if_begun, page_if_done, remember_done
from scheduling.pages.booking.explained import with_chairs
from scheduling.pages.booking.hold_forms import HoldForm
from scheduling.pages.booking.placement_forms import MoveReasonForm, held_address
from scheduling.pages.booking.sharing_forms import (
    PartForm,
    ShareForm,
    others_to_link,
    places_fields,
    read_places,
    shared_address,
)
from scheduling.pages.parameters import number_in
from scheduling.pages.records import look_at_course
from scheduling.pages.telling.mail_words import try_out
from scheduling.rules import Diary, Visit
from scheduling.rules.together import SharedOffer, find_shared_offers
from scheduling.states import CourseStatus
from scheduling.telling.recipients import recipients
from scheduling.unit.course_requests import request_for
from scheduling.unit.diary_rows import diary_for_search
from scheduling.unit.shared_days import OPEN, group_of

OFFERS_AT_FIRST, MOST_OFFERS = 5, 40


@dataclass(frozen=True)
class ChildsCard:
    """One child of a shared offer. days: its visits, each with the name of its chair."""

    course: Course
    days: list[tuple[Visit, str]]


@dataclass(frozen=True)
class SharedCard:
    """A shared offer as the page shows it."""

    children: list[ChildsCard]
    reasons: list[str]
    address: str

    @property
    def longest(self) -> ChildsCard:
        return max(self.children, key=lambda child: len(child.days))

    @property
    def days_differ(self) -> bool:
        return len({len(child.days) for child in self.children}) > 1


@requires(Permission.BOOK_COURSES)
def share_days(request: HttpRequest, pk: int) -> HttpResponse:
    """Link a course with that of another child."""
    course = look_at_course(request, pk)
    if course.status not in OPEN:
        return redirect(course)
    if begun := page_if_begun(request, course):
        return begun
    form = ShareForm(request.POST or None, course=course)
    if request.method == "POST" and form.is_valid():
        other = form.cleaned_data["other"]
        with said_in(form) as attempt:
            sharing.link(
                course=course,
                other=other,
                because=SharedBecause(form.cleaned_data["because"]),
                by=request.user,
                seen=form.cleaned_data["seen"] or None,
            )
        if attempt.done:
            messages.success(request, f"Shares the days with {other.patient.whole_name} now.")
            return redirect(course)
    shown = [other.patient_id for other in others_to_link(course)]
    if shown:
        audit.looked_at("scheduling:share_days", by=request.user, patients=shown)
    context = {"course": course, "patient": course.patient, "form": form, "nobody": not shown}
    status = 409 if form.non_field_errors() else 200
    return render(request, "scheduling/booking/share_days.html", context, status=status)


@requires(Permission.BOOK_COURSES)
def part_days(request: HttpRequest, pk: int) -> HttpResponse:
    """End the link of a course, with who decided it and why."""
    course = look_at_course(request, pk)
    if course.shared_id is None:
        if request.method == "POST":
            messages.warning(request, str(ChangedMeanwhile(course)))
        return redirect(course)
    form = PartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            sharing.part(
                course=course,
                decided=form.cleaned_data["decided"],
                by=request.user,
                seen=request.POST.get("seen"),
            )
        if attempt.done:
            messages.success(request, "The courses no longer share their days.")
            return redirect(course)
    context = {"course": course, "patient": course.patient, "form": form, "others": _others(request, course)}
    status = 409 if form.non_field_errors() else 200
    return render(request, "scheduling/booking/part_days.html", context, status=status)


@require_safe
@requires(Permission.BOOK_COURSES)
def find_shared(request: HttpRequest, pk: int) -> HttpResponse:
    """The best days for all children of a link."""
    course = look_at_course(request, pk)
    return _no_link(request, course) or _offers_page(request, course)


@requires(Permission.BOOK_COURSES)
def check_shared(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the choice for all children, then place all of them. What does not fit leads to the offers."""
    course = look_at_course(request, pk)
    if done := page_if_done(request, course):
        return done
    if away := _no_link(request, course):
        return away
    group = _group(request, course)
    chosen = read_places(group, request.POST or request.GET)
    if chosen is None:
        return redirect("scheduling:find_shared", course.pk)
    moving = any(each.status == CourseStatus.BOOKED for each in group)
    wants_hold = "hold" in request.POST
    form = MoveReasonForm(None if wants_hold else request.POST or None) if moving else None
    hold_form = HoldForm(request.POST if wants_hold else None)
    if request.method == "POST":
        seen = dict(zip(group, request.POST.get("seen", "").split(), strict=False))
        for each in group:
            if seen.get(each) != each.version:
                return _offers_page(request, course, ChangedMeanwhile(each))
        if wants_hold:
            if hold_form.is_valid():
                return _hold(request, course, chosen, hold_form)
        elif form is None or form.is_valid():
            return _confirm(request, course, chosen, form)
    reason = CancelReason.HOSPITAL_OTHER
    mails, refusal = try_out(lambda: would_send(lambda: _place(course, chosen, reason, request)))
    if refusal:
        return _offers_page(request, course, refusal)
    diary = diary_for_search(course.unit, timezone.now())
    context = {
        "course": course,
        "patient": course.patient,
        "group": group,
        "children": [
            (ChildsCard(each, with_chairs(visits, diary)), *recipients(each.patient))
            for each, visits in chosen.items()
        ],
        "fields": places_fields(chosen).items(),
        "seen": " ".join(each.version for each in group),
        "form": form,
        "hold_form": hold_form,
        "mails": mails,
    }
    return render(request, "scheduling/booking/check_shared.html", context)


def _confirm(
    request: HttpRequest, course: Course, chosen: Mapping[Course, list[Visit]], form: MoveReasonForm | None
) -> HttpResponse:
    reason = CancelReason(form.cleaned_data["reason"]) if form else CancelReason.HOSPITAL_OTHER
    with Attempt() as attempt:
        done = _place(course, chosen, reason, request)
    if attempt.refusal:
        return _offers_page(request, look_at_course(request, course.pk), attempt.refusal)
    return remember_done(request, done, "all_moved" if form else "all_booked")


def _hold(
    request: HttpRequest, course: Course, chosen: Mapping[Course, list[Visit]], form: HoldForm
) -> HttpResponse:
    with Attempt() as attempt:
        done = linked.hold_together(moves=_moves(chosen), until=form.until(course), by=request.user)
    if attempt.refusal:
        return _offers_page(request, look_at_course(request, course.pk), attempt.refusal)
    return remember_done(request, Done.of_all(course, done), "all_held")


def _moves(chosen: Mapping[Course, list[Visit]]) -> list[together.Move]:
    return [together.Move(each, visits, each.version) for each, visits in chosen.items()]


def _place(
    course: Course, chosen: Mapping[Course, list[Visit]], reason: CancelReason, request: HttpRequest
) -> Done:
    """The act on all courses, as one on the course that the page is about."""
    done = together.move_together(moves=_moves(chosen), reason=reason, by=request.user)
    return Done.of_all(course, done)


def _no_link(request: HttpRequest, course: Course) -> HttpResponse | None:
    """Where to go if there is nothing to find for several children; None if there is."""
    if course.status not in OPEN:
        return redirect(course)
    if course.shared_id is None:
        return redirect("scheduling:find_slot", course.pk)
    return page_if_begun(request, course)


def _group(request: HttpRequest, course: Course) -> list[Course]:
    """The linked courses, all open, with the one that the page is about first."""
    others = _others(request, course)
    return [course, *(other for other in others if other.status in OPEN)]


def _others(request: HttpRequest, course: Course) -> list[Course]:
    """Those that a course is linked with. The look at their children is logged."""
    others = [other for other in group_of(course) if other.pk != course.pk]
    page = request.resolver_match.view_name
    audit.looked_at(page, by=request.user, patients=[other.patient for other in others])
    return others


def _offers_page(request: HttpRequest, course: Course, refusal: Refused | None = None) -> HttpResponse:
    """The shared offers as they are now, below what is wrong with the user's choice, if there was one."""
    if course.status not in OPEN or course.shared_id is None:
        with said_on_the_page(request):
            raise refusal or ChangedMeanwhile(course)
        return redirect(course)
    group = _group(request, course)
    diary = diary_for_search(course.unit, timezone.now())
    show = number_in(request, "show", default=OFFERS_AT_FIRST, most=MOST_OFFERS)
    requests = [request_for(each) for each in group]
    offers = find_shared_offers(requests, diary, show + 2, course.unit.weights) if len(group) > 1 else ()
    stand = [[session.visit for session in each.live_sessions] for each in group]
    offers = tuple(offer for offer in offers if [list(visits) for visits in offer.visits] != stand)
    form = forms.Form(request.POST or {"any": ""}) if refusal else None
    if refusal and form:
        add_refusal(form, refusal)
    context = {
        "course": course,
        "patient": course.patient,
        "group": group,
        "cards": [_card(course, group, offer, diary) for offer in offers[:show]],
        "more": 2 * show if len(offers) > show < MOST_OFFERS else None,
        "form": form,
        "moving": any(each.status == CourseStatus.BOOKED for each in group),
        "held_address": held_address(course),
    }
    status = 409 if refusal else 200
    return render(request, "scheduling/booking/find_shared.html", context, status=status)


def _card(course: Course, group: Sequence[Course], offer: SharedOffer, diary: Diary) -> SharedCard:
    of_all = [set(each.reasons) for each in offer.offers]
    common = set.intersection(*of_all)
    reasons = [reason for reason in offer.offers[0].reasons if reason in common]
    for each, own in zip(group, offer.offers, strict=True):
        rest = [reason for reason in own.reasons if reason not in common]
        reasons += [f"{each.patient.short_name}: {reason[0].lower()}{reason[1:]}" for reason in rest]
    chosen = dict(zip(group, offer.visits, strict=True))
    return SharedCard(
        [ChildsCard(each, with_chairs(visits, diary)) for each, visits in chosen.items()],
        reasons,
        shared_address(course, chosen),
    )
