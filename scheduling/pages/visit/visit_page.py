"""The page of one visit: what happened, when, and any adverse effects. Each part is saved by itself."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.forms import NhsForm
from patients import audit
from patients.access import Permission, may, requires
from patients.acting import said_in, said_on_the_page
from patients.models import AuditEvent
from scheduling.errors import NotDone, Refused, Undecided
from scheduling.models import AdverseEffect, CannulaAttempt, Session
from scheduling.pages.records import look_at_visit
from scheduling.pages.visit.last_time import last_time_panel
from scheduling.pages.visit.visit_forms import (
    CannulaForm,
    EffectForm,
    GoOnForm,
    NoteForm,
    OutcomeForm,
    StartAnywayForm,
    TimesForm,
)
from scheduling.states import SessionStatus
from scheduling.visit import recording
from scheduling.visit.completion import day_that_asks
from scheduling.visit.running_late import late_now, latest_start_now
from scheduling.visit.today import UNDECIDED

HAD_A_DRIP = (SessionStatus.STARTED, SessionStatus.FULFILLED)


@require_safe
@requires(Permission.VIEW)
def show_visit(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, look_at_visit(request, pk))


@requires(Permission.RECORD_CARE, only_forms=True)
def record_times(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the times. The button “Now” beside a time sets it to now, and saves the other times as typed.

    If a drip would start although something that must be done is missing, the same page asks who decided
    that.
    """
    session = look_at_visit(request, pk)
    if "approved_by" in request.POST:
        named = request.POST.get("missing", "").split(",")
        form: TimesForm = StartAnywayForm(request.POST, session=session, missing=named)
    else:
        form = TimesForm(request.POST or None, session=session)
    pressed = request.POST.get("now", "")

    def save() -> str:
        times = form.times(timezone.now(), pressed if pressed in recording.TIMES else "")
        recording.record_times(
            session=session,
            times=times,
            by=request.user,
            seen=form.cleaned_data["seen"] or None,
            override=form.override(),
        )
        return "The times have been saved."

    return _save_part(request, session, form, save, "times")


@requires(Permission.RECORD_CARE, only_forms=True)
def record_outcome(request: HttpRequest, pk: int) -> HttpResponse:
    session = look_at_visit(request, pk)
    form = OutcomeForm(request.POST or None, session=session)

    def save() -> str:
        said = form.cleaned_data
        recording.record_outcome(
            session=session,
            given=said["given"],
            because=said["part_because"],
            by=request.user,
            seen=said["seen"] or None,
        )
        return f"Saved: given {said['given'].label.lower()}."

    return _save_part(request, session, form, save, "outcome")


@requires(Permission.RECORD_CARE, only_forms=True)
def write_note(request: HttpRequest, pk: int) -> HttpResponse:
    session = look_at_visit(request, pk)
    form = NoteForm(request.POST or None, session=session)

    def save() -> str:
        said = form.cleaned_data
        seen = request.POST.get("seen")
        recording.write_note(session=session, note=said["note"], by=request.user, seen=seen)
        return "The note has been saved."

    return _save_part(request, session, form, save, "note")


@requires(Permission.RECORD_CARE, only_forms=True)
def add_cannula(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an attempt to place the cannula. `pk` is the visit's."""
    session = look_at_visit(request, pk)
    row = CannulaAttempt(session=session, by_name=request.user.name)
    return _add(request, session, CannulaForm(request.POST or None, instance=row), "cannula")


@requires(Permission.RECORD_CARE, only_forms=True)
def add_effect(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an adverse effect. `pk` is the visit's."""
    session = look_at_visit(request, pk)
    form = EffectForm(request.POST or None, instance=AdverseEffect(session=session))
    return _add(request, session, form, "effects")


@requires(Permission.RECORD_CARE)
def change_cannula(request: HttpRequest, pk: int) -> HttpResponse:
    row = _recorded(request, CannulaAttempt, pk)
    form = CannulaForm(request.POST or None, instance=row)
    return _change(request, form, "scheduling/visit/change_cannula.html", "cannula")


@requires(Permission.RECORD_CARE)
def change_effect(request: HttpRequest, pk: int) -> HttpResponse:
    row = _recorded(request, AdverseEffect, pk)
    form = EffectForm(request.POST or None, instance=row)
    return _change(request, form, "scheduling/visit/change_effect.html", "effects")


@requires(Permission.RECORD_VISITS)
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Record who decided that a day is given as planned after one that was not given in full, and why."""
    session = look_at_visit(request, pk)
    form = GoOnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with said_on_the_page(request):
            recording.go_on(session=session, by=request.user, **form.cleaned_data)
            messages.success(request, f"Day {session.number} is given as planned.")
        # On the day itself the drip comes next.
        return redirect(session if session.day == timezone.localdate() else session.course)
    before = day_that_asks(session)
    if before is None and request.method != "POST":
        return redirect(session.course)
    context = {"form": form, "session": session, "before": before, "patient": session.course.patient}
    return render(request, "scheduling/visit/go_on.html", context)


def _add(request: HttpRequest, session: Session, form: CannulaForm | EffectForm, part: str) -> HttpResponse:
    def save() -> str:
        row = form.save(commit=False)
        recording.save_row(row=row, by=request.user)
        return f"Saved: {row}."

    return _save_part(request, session, form, save, part)


def _recorded(request: HttpRequest, model: type[CannulaAttempt | AdverseEffect], pk: int) -> Any:
    """A cannula attempt or adverse effect with its visit and child; 404 if unknown. The look is logged."""
    row = get_object_or_404(model.objects.select_related("session__course__patient"), pk=pk)
    patient = row.session.course.patient
    audit.look_at_records(request, [patient])
    return row


def _change(request: HttpRequest, form: CannulaForm | EffectForm, template: str, part: str) -> HttpResponse:
    """Correct what was recorded, or remove what was recorded by mistake."""
    row = form.instance
    remove = "remove" in request.POST
    if request.method == "POST" and (remove or form.is_valid()):
        with said_in(form) as attempt:
            if remove:
                recording.remove_row(row=row, by=request.user)
            else:
                recording.save_row(row=form.save(commit=False), by=request.user)
        if attempt.done:
            said = "It has been taken out." if remove else "It has been saved."
            messages.success(request, said, extra_tags=part)
            return redirect(f"{row.session.get_absolute_url()}#{part}")
    context = {"form": form, "row": row, "session": row.session, "patient": row.session.course.patient}
    return render(request, template, context)


def _save_part(
    request: HttpRequest, session: Session, form: NhsForm, save: Callable[[], str], part: str
) -> HttpResponse:
    """Save one part and return to it with a message; or show what is wrong, with all that was typed."""
    if not form.is_valid():
        return _page(request, session, form)
    with said_in(form) as attempt:
        said = save()
    if attempt.refusal:
        return _page(request, look_at_visit(request, session.pk), form, attempt.refusal)
    if request.htmx:
        # Two parts may be saved at once. A message kept for the next page could then be shown at the wrong
        # part.
        return _page(request, look_at_visit(request, session.pk), saved={part: said})
    messages.success(request, said, extra_tags=part)
    return redirect(f"{session.get_absolute_url()}#{part}")


def _page(
    request: HttpRequest,
    session: Session,
    sent: NhsForm | None = None,
    refusal: Refused | None = None,
    *,
    saved: dict[str, str] | None = None,
) -> HttpResponse:
    """The whole page. sent: the refused form, as typed. refusal: why. saved: by part, what to say."""
    said = list(messages.get_messages(request))
    tries, effects = list(session.cannula_attempts.all()), list(session.adverse_effects.all())
    context: dict[str, Any] = {
        "session": session,
        "course": session.course,
        "patient": session.course.patient,
        "tries": tries,
        "effects": effects,
        "late": late_now(session, timezone.now()),
        "latest_start": latest_start_now(session, timezone.now()),
        "to_decide": session.course.tasks.open()
        .filter(kind__in=UNDECIDED)
        .select_related("session", "course"),
        "events": _put_right(session, [*tries, *effects]),
        "is_today": session.day == timezone.localdate(),
        "had_a_drip": session.status in HAD_A_DRIP,
        "form": sent,
        "messages": [each for each in said if not each.extra_tags],
        "saved": saved or {each.extra_tags: each for each in said},
        "saved_by_part": bool(request.htmx),
        "undecided": isinstance(refusal, Undecided),
    }
    context |= last_time_panel(session)
    if may(request.user, Permission.RECORD_CARE):
        context["forms"] = _forms(request, session, sent)
        if isinstance(refusal, NotDone) and isinstance(sent, TimesForm):
            missing = [each.item.key for each in refusal.missing]
            context["forms"]["times"] = StartAnywayForm(session=session, missing=missing, typed=sent.typed())
    return render(request, "scheduling/visit/show_visit.html", context, status=409 if refusal else 200)


def _forms(request: HttpRequest, session: Session, sent: NhsForm | None) -> dict[str, NhsForm]:
    fresh: dict[str, NhsForm] = {"note": NoteForm(session=session)}
    has_begun = session.day <= timezone.localdate()
    if session.status in recording.UNDER_WAY and has_begun:
        fresh["times"] = TimesForm(session=session)
        row = CannulaAttempt(session=session, by_name=request.user.name)
        fresh["cannula"] = CannulaForm(instance=row)
    if session.status in HAD_A_DRIP:
        fresh["outcome"] = OutcomeForm(session=session)
    if session.arrived_at and has_begun:
        fresh["effect"] = EffectForm(instance=AdverseEffect(session=session))
    return {name: sent if isinstance(sent, type(form)) else form for name, form in fresh.items()}


def _put_right(session: Session, rows: list[Any]) -> list[AuditEvent]:
    """The log entries about corrections to this visit, the latest first, at most 40."""
    about = Q(record="session", record_id=session.pk)
    for model in (CannulaAttempt, AdverseEffect):
        name = model._meta.model_name
        about |= Q(record=name, record_id__in=[row.pk for row in rows if isinstance(row, model)])
        # A row that was removed can only be found by what the log kept of it.
        patient = session.course.patient_id
        about |= Q(action=f"{name}.removed", patient_id=patient, changes__session__0=session.pk)
    return list(AuditEvent.objects.filter(about).order_by("-at", "-pk")[:40])
