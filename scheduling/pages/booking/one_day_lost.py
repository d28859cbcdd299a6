"""One day of a booked course cannot happen: choose what happens instead, check, confirm."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.access import Permission, may, requires
from patients.acting import Attempt, add_refusal, said_in
from scheduling.booking import family_dates, lost_days
from scheduling.booking.lost_days import DECIDABLE, Approval
from scheduling.booking.overrides import not_allowed
from scheduling.booking.preview import mails_of_another_day, mails_of_day_left_out
from scheduling.errors import ChangedMeanwhile, NotReadyToWrite, Refused
from scheduling.models import LostBecause, Session
from scheduling.pages.booking.allowance_form import AllowanceForm
from scheduling.pages.booking.done import page_if_done, remember_done
from scheduling.pages.booking.explained import with_chairs
from scheduling.pages.booking.lost_day_forms import ApprovalForm, LoseDayForm
from scheduling.pages.booking.placement_forms import PlacementForm, placement_fields
from scheduling.pages.records import look_at_visit
from scheduling.pages.telling.mail_words import preview, try_out
from scheduling.rules import Diary, Placement, Visit, find_offers
from scheduling.rules.typed_times import objections_to_typed
from scheduling.states import CourseStatus
from scheduling.telling import whom_to_write
from scheduling.telling.recipients import recipients
from scheduling.unit.course_requests import request_for_day
from scheduling.unit.diary_rows import diary_for_search, load_diary

MOST_OFFERS = 8


@dataclass(frozen=True)
class DayCard:
    """A place for one day, and the address where it is checked."""

    visit: Visit
    chair: str
    address: str


@requires(Permission.RECORD_VISITS)
def lose_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why a day cannot happen, and what happens instead."""
    session = look_at_visit(request, pk)
    may_decide = may(request.user, Permission.BOOK_COURSES)
    form = LoseDayForm(request.POST or None, session=session, may_decide=may_decide)
    if not _is_decidable(session):
        return _too_late(request, session, "scheduling/booking/lose_day.html", _context(session, form=form))
    if request.method != "POST" or not form.is_valid():
        return render(request, "scheduling/booking/lose_day.html", _context(session, form=form))
    because, then = form.cleaned_data["because"], form.cleaned_data["then"]
    if then == LoseDayForm.LATER:
        return _report(request, session, form, LostBecause(because))
    family_dates.say_cannot_come(session=session, because=LostBecause(because), by=request.user)
    course = session.course
    addresses = {
        LoseDayForm.MOVE: reverse("scheduling:find_slot", args=[course.pk]),
        LoseDayForm.AGAIN: f"{reverse('scheduling:cancel_course', args=[course.pk])}?then=back",
        LoseDayForm.ANOTHER_DAY: _address("move_day", session, because),
        LoseDayForm.LEAVE_OUT: _address("leave_out_day", session, because),
    }
    return redirect(addresses[then])


def _report(request: HttpRequest, session: Session, form: LoseDayForm, because: LostBecause) -> HttpResponse:
    with said_in(form) as attempt:
        lost_days.report(session=session, because=because, by=request.user, seen=request.POST.get("seen"))
    if not attempt.done:
        context = _context(session, form=form)
        return render(request, "scheduling/booking/lose_day.html", context, status=attempt.status)
    messages.success(request, f"A task asks what comes instead of day {session.number}.")
    return redirect(session.course)


@requires(Permission.BOOK_COURSES)
def leave_out_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Check, name who decided, and leave the day out. `?because=unwell` says why it was lost."""
    session = look_at_visit(request, pk)
    if repeated := page_if_done(request, session.course):
        return repeated
    because = _because(request)
    if because is None:
        return redirect(session.course)
    form = ApprovalForm(request.POST or None)
    context = _context(session, form=form, because=because, told=_told(session), mails=[])
    if not _is_decidable(session):
        return _too_late(request, session, "scheduling/booking/leave_out_day.html", context)
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            done = lost_days.leave_out(
                session=session,
                approval=Approval(because, form.cleaned_data["reason"], form.cleaned_data["approved_by"]),
                by=request.user,
                seen=request.POST.get("seen"),
            )
        if attempt.done:
            return remember_done(request, done, "left_out")
        return render(request, "scheduling/booking/leave_out_day.html", context, status=attempt.status)
    context["mails"] = preview(lambda: mails_of_day_left_out(session))
    return render(request, "scheduling/booking/leave_out_day.html", context)


@require_safe
@requires(Permission.BOOK_COURSES)
def move_day(request: HttpRequest, pk: int) -> HttpResponse:
    """The best other places for one day, or a start typed by hand; `?because=unwell` says why it was lost."""
    session = look_at_visit(request, pk)
    because = _because(request)
    if not _is_decidable(session) or because is None:
        return redirect(session.course)
    return _places_page(request, session, because, PlacementForm(course=session.course, days=1))


@requires(Permission.BOOK_COURSES)
def check_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Check one day's new place, name who decided, and confirm."""
    session = look_at_visit(request, pk)
    course = session.course
    if repeated := page_if_done(request, course):
        return repeated
    because = _because(request)
    if because is None:
        return redirect(course)
    placement = PlacementForm(request.POST or request.GET, course=course, days=1)
    form = ApprovalForm(request.POST or None)
    if not _is_decidable(session):
        return _check_day_page(request, session, because, placement, form, too_late=True)
    if not placement.is_valid():
        return _places_page(request, session, because, placement)
    allow_form = AllowanceForm(request.POST) if "broken" in request.POST else None
    are_valid = [each.is_valid() for each in (form, allow_form) if each]
    if request.method != "POST" or not all(are_valid):
        return _check_day_page(request, session, because, placement, form, allow_form)
    if request.POST.get("seen") != course.version:
        return _check_day_page(request, session, because, placement, form, allow_form, too_late=True)
    [visit] = placement.visits()
    with Attempt() as attempt:
        done = lost_days.another_day(
            session=session,
            visit=visit,
            approval=Approval(because, form.cleaned_data["reason"], form.cleaned_data["approved_by"]),
            by=request.user,
            seen=request.POST.get("seen"),
            allowance=allow_form.allowance() if allow_form else None,
        )
    if attempt.refusal:
        return _places_page(request, session, because, placement, attempt.refusal)
    return remember_done(request, done, "day_moved")


def _check_day_page(
    request: HttpRequest,
    session: Session,
    because: LostBecause,
    placement: PlacementForm,
    form: ApprovalForm,
    allow_form: AllowanceForm | None = None,
    *,
    too_late: bool = False,
) -> HttpResponse:
    """What the new place changes, who decided it, and why it may break a rule, if it does and the user may
    have it so. too_late: somebody has changed the course since."""
    course = session.course
    if not placement.is_valid():
        return redirect(course)
    asked = Placement(request_for_day(course, session), tuple(placement.visits()))
    diary = load_diary(course.unit, asked.first_day, asked.first_day, timezone.now())
    placed, found = objections_to_typed(asked, diary)
    against = not_allowed(course, found, asked.first_day, None)
    may_allow = may(request.user, Permission.OVERRIDE_RULES) and all(each.may_be_allowed for each in against)
    if against and not may_allow and not too_late:
        return _places_page(request, session, because, placement, Refused(*map(str, found)))
    if against and may_allow and allow_form is None:
        allow_form = AllowanceForm.about(against, asked.first_day)
    to, others = recipients(course.patient)
    context = _context(
        session,
        form=form,
        because=because,
        against=against,
        allow_form=allow_form,
        other_forms=[allow_form],
        visits=[(visit, _chair_name(visit, diary)) for visit in placed.visits],
        fields=placement_fields(placed.visits),
        recipients=to,
        not_written_to=others,
    )
    if too_late:
        return _too_late(request, session, "scheduling/booking/check_day.html", context)
    [visit] = placed.visits
    context["mails"], refusal = try_out(lambda: mails_of_another_day(session, placed))
    context["missing_for_mail"] = refusal.missing if isinstance(refusal, NotReadyToWrite) else []
    same_times = (visit.starts_at, visit.ends_at) == (session.starts_at, session.ends_at)
    context["only_the_chair"] = same_times and not context["mails"]
    return render(request, "scheduling/booking/check_day.html", context)


def _too_late(request: HttpRequest, session: Session, template: str, context: dict[str, Any]) -> HttpResponse:
    """The form with all that was typed, and what a colleague did. Without a form, back to the course."""
    if request.method != "POST":
        return redirect(session.course)
    row = session if session.course.status == CourseStatus.BOOKED else session.course
    add_refusal(context["form"], ChangedMeanwhile(row))
    return render(request, template, context, status=409)


def _chair_name(visit: Visit, diary: Diary) -> str:
    chair = diary.chair(visit.chair)
    return chair.name if chair else "a chair out of use"


def _places_page(
    request: HttpRequest,
    session: Session,
    because: LostBecause,
    form: PlacementForm,
    refusal: Refused | None = None,
) -> HttpResponse:
    """The places there are now, below what is wrong with the user's choice, if there was one."""
    if refusal:
        add_refusal(form, refusal)
    course = session.course
    diary = diary_for_search(course.unit, timezone.now())
    offers = find_offers(request_for_day(course, session), diary, MOST_OFFERS + 1, course.unit.weights)
    stands = session.visit if session.is_live and hasattr(session, "booking") else None
    visits = [offer.placement.visits[0] for offer in offers if offer.placement.visits[0] != stands]
    cards = [
        DayCard(
            visit,
            chair,
            f"{_address('check_day', session, because)}&{urlencode(placement_fields([visit]))}",
        )
        for visit, chair in with_chairs(visits[:MOST_OFFERS], diary)
    ]
    context = _context(session, form=form, because=because, cards=cards)
    return render(request, "scheduling/booking/move_day.html", context, status=409 if refusal else 200)


def _is_decidable(session: Session) -> bool:
    if session.course.status != CourseStatus.BOOKED or session.status not in DECIDABLE:
        return False
    return session.is_live or not session.is_answered


def _because(request: HttpRequest) -> LostBecause | None:
    """Why the day was lost, from the form or the address; None if neither says."""
    said = request.POST.get("because") or request.GET.get("because", "")
    return LostBecause(said) if said in LostBecause.values else None


def _told(session: Session) -> list[Any]:
    """The invites whose entries a cancellation of this day would cancel."""
    return whom_to_write.told([session]) if session.is_live else []


def _address(name: str, session: Session, because: str) -> str:
    return f"{reverse(f'scheduling:{name}', args=[session.pk])}?{urlencode({'because': because})}"


def _context(session: Session, **more: Any) -> dict[str, Any]:
    course = session.course
    return {
        "session": session,
        "course": course,
        "patient": course.patient,
        "others": [other for other in course.live_sessions if other.pk != session.pk],
        **more,
    }
