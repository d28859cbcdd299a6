"""Agreeing, showing and changing a course."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients import audit
from patients.access import Permission, may, requires
from patients.acting import said_in, said_on_the_page
from patients.models import AuditEvent
from scheduling.booking import agreements, bookings
from scheduling.booking.overrides import in_force
from scheduling.booking.placing import Done, first_begun
from scheduling.booking.preview import mails_to_untold, would_send
from scheduling.checklist.readiness import readiness_of
from scheduling.errors import SlotGone
from scheduling.history.lengths import suggested_length
from scheduling.models import (
    CheckIn,
    ChildLimits,
    Course,
    DayDecision,
    Decision,
    FamilyOffer,
    FamilyRequest,
    ImpossibleDates,
    Message,
    Unit,
)
from scheduling.pages.booking.allowance_form import AllowanceForm
from scheduling.pages.booking.course_address import suggested_in
from scheduling.pages.booking.course_forms import CourseForm
from scheduling.pages.booking.done import page_if_done, page_if_ended, remember_done
from scheduling.pages.booking.placement_forms import held_address
from scheduling.pages.booking.undo_course import open_act
from scheduling.pages.history.decisions import as_the_last, to_agree
from scheduling.pages.own_units import own_units
from scheduling.pages.records import look_at_course
from scheduling.pages.telling.family_page_links import family_of
from scheduling.pages.telling.mail_words import preview, try_out
from scheduling.states import CourseStatus, SessionStatus
from scheduling.telling import whom_to_write
from scheduling.telling.day_told import DayTold, State
from scheduling.telling.knowledge import load_told
from scheduling.telling.recipients import lapses_on, recipients
from scheduling.unit.allowances import Allowance, keys_of
from scheduling.unit.asks import load_needs
from scheduling.unit.diary_rows import diary_for_search
from scheduling.unit.misfits import misfits_of, misfits_to_move
from scheduling.unit.shared_days import OPEN, partners_of
from scheduling.visit.completion import has_unanswered


@requires(Permission.AGREE_COURSES)
def agree_course(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the child's. `?decision=12` fills the form from the last course and that decision."""
    patient = audit.look_at_patient(request, pk)
    if waiting := Course.objects.to_book().filter(patient=patient).first():
        messages.info(request, "This child already has a course on the waiting list. This is it.")
        return redirect(waiting)
    if not Unit.objects.exists():
        messages.info(request, "Set up the day case unit first. The unit lead can do that under Unit.")
        return redirect(patient)
    decision = to_agree(request, patient)
    own = own_units(request)
    initial = {"days": 2} | ({"unit": own[0]} if own else {}) | (as_the_last(decision) if decision else {})
    form = CourseForm(request.POST or None, instance=Course(patient=patient), initial=initial)
    if suggested := suggested_length(patient, own):
        form.fields["minutes"].help_text += f". {suggested.basis}"
    if request.method == "POST" and form.is_valid() and (course := _save(request, form, decision)):
        messages.success(request, "The course is on the waiting list.")
        return redirect(course)
    context = {"form": form, "patient": patient, "decision": decision, "today": timezone.localdate()}
    return render(request, "scheduling/booking/agree_course.html", context)


@requires(Permission.AGREE_COURSES)
def change_course(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what was agreed. If the address has a suggestion of the search, saving leads back to it."""
    course, suggested = look_at_course(request, pk), suggested_in(request.GET)
    if ended := page_if_ended(request, course):
        return ended
    may_book = may(request.user, Permission.BOOK_COURSES)
    form = CourseForm(request.POST or None, instance=course, suggested=suggested, may_book=may_book)
    if request.method == "POST" and "again" not in request.POST and form.is_valid():
        allow_form = AllowanceForm(request.POST) if "broken" in request.POST else None
        is_seen = "confirmed" in request.POST and (not allow_form or allow_form.is_valid())
        if not is_seen and (check := _check_change(request, form, allow_form)):
            return check
        with said_in(form) as attempt:
            allowance = allow_form.allowance() if allow_form else None
            done = _changed(request, form, allowance, seen=request.POST.get("stood"))
        if attempt.refusal:
            return _change_page(request, form, suggested, attempt.status)
        messages.success(request, _saved_in_words(done))
        back = suggested and may(request.user, Permission.BOOK_COURSES)
        return redirect("scheduling:find_slot", course.pk) if back else redirect(course)
    return _change_page(request, form, suggested)


def _change_page(
    request: HttpRequest, form: CourseForm, suggested: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    course = form.instance
    suggestions = [form.fields[name].label for name in suggested if name in form.fields]
    context = {"form": form, "course": course, "patient": course.patient, "suggestions": suggestions}
    return render(request, "scheduling/booking/change_course.html", context, status=status)


def _changed(
    request: HttpRequest, form: CourseForm, allowance: Allowance | None = None, seen: str | None = None
) -> Done:
    return agreements.change_agreed(
        course=form.save(commit=False),
        impossible_dates=form.cleaned_data["impossible_dates"],
        by=request.user,
        fields=[name for name in form._meta.fields if name in form.fields],
        needs=form.cleaned_data.get("needs"),
        seen=seen,
        allowance=allowance,
    )


def _check_change(
    request: HttpRequest, form: CourseForm, allow_form: AllowanceForm | None
) -> HttpResponse | None:
    """Before a booked course gets other times where it stands: what its family is sent, and which rule that
    would break, if the user may have it so. None if there is nothing to look at."""
    course = form.instance
    mails, refusal = try_out(lambda: would_send(lambda: _changed(request, form)))
    against = refusal.objections if isinstance(refusal, SlotGone) else ()
    if against:
        if not may(request.user, Permission.OVERRIDE_RULES) or not all(o.may_be_allowed for o in against):
            return None
        first_day = course.live_sessions[0].day
        allow_form = allow_form or AllowanceForm.about(against, first_day)
        allowance = Allowance(keys_of(against, first_day), "not said yet")
        mails = preview(lambda: would_send(lambda: _changed(request, form, allowance)))
    elif not mails:
        return None
    # The form has changed it in memory.
    course = Course.objects.select_related("unit", "patient").get(pk=course.pk)
    load_needs([course])
    sent = [(name, value) for name, values in request.POST.lists() for value in values]
    ours = {"csrfmiddlewaretoken", "stood", "confirmed", *AllowanceForm.base_fields}
    fields = [(name, value) for name, value in sent if name not in ours]
    # The act was undone, but its messages still have the days as it left them.
    retimed = {mail.message.session_id: mail.message.session for mail in mails}
    context = {
        "course": course,
        "patient": course.patient,
        "mails": mails,
        "fields": fields,
        "against": against,
        "allow_form": allow_form if against else None,
        "other_forms": [allow_form],
        "retimed": sorted(retimed.values(), key=lambda session: session.number),
    }
    return render(request, "scheduling/booking/check_change.html", context)


def _saved_in_words(done: Done) -> str:
    if not done.retimed:
        return "The course has been saved."
    if not done.messages:
        return "The course has been saved. Its days have their new times, and nothing was sent."
    return "The course has been saved. Its days have their new times, and the family gets them by mail."


def _save(request: HttpRequest, form: CourseForm, decision: Decision | None = None) -> Course | None:
    """The saved course; None if it was refused, with the reason in the form."""
    with said_in(form):
        return agreements.save_agreed(
            course=form.save(commit=False),
            impossible_dates=form.cleaned_data["impossible_dates"],
            by=request.user,
            fields=[name for name in form._meta.fields if name in form.fields],
            decision=decision,
            needs=form.cleaned_data.get("needs", ()),
        )
    return None


@require_safe
@requires(Permission.VIEW)
def show_course(request: HttpRequest, pk: int) -> HttpResponse:
    course, now = look_at_course(request, pk), timezone.now()
    is_booked = course.status == CourseStatus.BOOKED
    _prefetch_what_few_have(course)
    kept = diary_for_search(course.unit, now, is_fresh=True) if is_booked else None
    misfits = misfits_of(course, now, kept) if is_booked else ()
    mails = _messages(course)
    days, days_told = course.sessions.all(), _days_told(course, mails)
    partners = partners_of([course]).get(course.pk, [])
    if partners:
        audit.looked_at("scheduling:show_course", by=request.user, patients=[p.patient for p in partners])
    context = {
        "partners": partners,
        "lost": [session for session in days if not session.is_live and session.lost_because],
        "parted": [decision for session in days if session.is_live for decision in session.decisions.all()],
        "course": course,
        "patient": course.patient,
        "mails": mails,
        "days_told": days_told,
        "to_ring": list(dict.fromkeys(contact for day in days_told for contact in day.to_ring)),
        "lapses_on": lapses_on(course, now),
        "to_invite": whom_to_write.to_invite(course, now=now, told=days_told) if is_booked else None,
        "misfits": misfits,
        "may_allow": may(request.user, Permission.OVERRIDE_RULES)
        and all(objection.may_be_allowed for objection in misfits),
        "overrides": in_force(course),
        "events": AuditEvent.objects.filter(record="course", record_id=course.pk),
        "is_open": course.status in OPEN,
        "undo": open_act(course, now),
        "may_move": bool(course.live_sessions) and not has_unanswered(days) if is_booked else True,
        "has_begun": bool(first_begun(course.live_sessions, now)),
        "held_address": held_address(course),
        "is_held": course.status == CourseStatus.HELD,
        "held_together": any(partner.held_until for partner in partners),
        "to_move_to": course.places_to_move_to,
        "misfits_to_move": misfits_to_move(course, now),
        "offers": list(course.offers.all()),
        "tasks": course.tasks.open().select_related("message").defer("message__mime"),
        "family": family_of(course),
        "readiness": readiness_of(course, now),
        "today": timezone.localdate(now),
    }
    return render(request, "scheduling/booking/show_course.html", context)


# What only some courses have: where it is, its rows with what is shown of them, and how they name the course.
FEW_HAVE: dict[str, tuple[QuerySet[Any], str]] = {
    "impossible_dates": (ImpossibleDates.objects.all(), "course"),
    "offers": (FamilyOffer.objects.select_related("answered_by"), "course"),
    "family_requests": (FamilyRequest.objects.select_related("contact"), "course"),
    "check_ins": (CheckIn.objects.select_related("contact"), "course"),
    "sessions__decisions": (DayDecision.objects.all(), "session__course"),
    "patient__family_limits": (ChildLimits.objects.all(), "patient__courses"),
}


def _prefetch_what_few_have(course: Course) -> None:
    """Ask at once which of these there are, and then only for those: one query for most courses."""
    there_are = [Exists(rows.filter(**{of: OuterRef("pk")})) for rows, of in FEW_HAVE.values()]
    found = Course.objects.filter(pk=course.pk).values_list(*there_are).get()
    for (name, (rows, _)), is_there in zip(FEW_HAVE.items(), found, strict=True):
        prefetch_related_objects([course], Prefetch(name, rows if is_there else rows.none()))


def _messages(course: Course) -> list[Message]:
    """Every message about a course, the latest first, without its bytes."""
    told = course.messages.select_related("contact", "session__course").defer("mime")
    return list(told.order_by("-created_at", "session__number", "pk"))


def _days_told(course: Course, mails: list[Message]) -> list[DayTold]:
    """Who knows about each day: about live days, and about cancelled ones that somebody was told about.

    mails: all about the course.
    """
    sessions = [s for s in course.sessions.all() if s.status != SessionStatus.HELD]
    for session in sessions:
        session.course = course
    told = load_told(sessions, mails=mails).values()
    return [
        day for day in told if day.session.is_live or any(row.state != State.NOT_TOLD for row in day.rows)
    ]


@requires(Permission.BOOK_COURSES)
def send_invites(request: HttpRequest, pk: int) -> HttpResponse:
    """Check, and invite the contacts who were added, allowed or corrected since the course was booked."""
    course = look_at_course(request, pk)
    if request.method != "POST":
        mails = preview(lambda: mails_to_untold(course))
        if not mails:
            return redirect(course)
        context = {"course": course, "patient": course.patient, "mails": mails}
        context["not_written_to"] = recipients(course.patient)[1]
        return render(request, "scheduling/booking/send_invites.html", context)
    if (repeated := page_if_done(request, course)) and not any(
        whom_to_write.to_invite(course, now=timezone.now())
    ):
        return repeated
    with said_on_the_page(request) as attempt:
        done = bookings.invite_untold(course=course, by=request.user, seen=request.POST.get("seen"))
    return remember_done(request, done, "invited") if attempt.done else redirect(course)
