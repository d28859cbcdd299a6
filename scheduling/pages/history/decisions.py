"""Recording and correcting what a clinician decided, and agreeing the course that was decided on."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from patients import audit
from patients.access import Permission, may, requires
from patients.acting import said_in
from patients.models import AuditEvent, Patient
from scheduling.acts import Act
from scheduling.history import reviews
from scheduling.history.last_course import last_course
from scheduling.models import Decision, NextStep, Review
from scheduling.pages.history.decision_forms import DecisionForm
from scheduling.pages.parameters import BIGGEST_KEY, number_in
from scheduling.pages.records import look_at_recorded

# What a repeat course takes from the last one, unless somebody changes it.
KEPT = (
    "unit",
    "days",
    "minutes",
    "priority",
    "misses_no_school",
    "short_notice",
    "repeat_weeks",
)


@require_safe
@requires(Permission.VIEW)
def show_decision(request: HttpRequest, pk: int) -> HttpResponse:
    decision = look_at_recorded(request, Decision, pk)
    changes = AuditEvent.objects.filter(record="decision", record_id=pk, action=Act.DECISION_CHANGED)
    context = {
        "decision": decision,
        "patient": decision.patient,
        # The log also has an entry when a course is agreed from it, which is no correction.
        "changes": [event for event in changes if set(event.changes) != {"course"}],
    }
    return render(request, "scheduling/history/show_decision.html", context)


@requires(Permission.RECORD_REVIEWS)
def add_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the child's; `?review=12` the review before it. A decision to repeat leads on to the course."""
    patient = audit.look_at_patient(request, pk)
    asked = number_in(request, "review", default=0, most=BIGGEST_KEY)
    review = Review.objects.filter(patient=patient, pk=asked).first()
    last = patient.decisions.that_count()[:1]
    context = {"patient": patient, "review": review, "decisions": last}
    decision = Decision(patient=patient, review=review)
    return _decision_page(request, decision, "scheduling/history/add_decision.html", context)


@requires(Permission.RECORD_REVIEWS)
def change_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a decision, or mark it as a mistake. If it now says to repeat, the course is agreed next."""
    decision = look_at_recorded(request, Decision, pk)
    context = {"patient": decision.patient, "decision": decision}
    return _decision_page(request, decision, "scheduling/history/change_decision.html", context)


def _decision_page(
    request: HttpRequest, decision: Decision, template: str, context: dict[str, Any]
) -> HttpResponse:
    back = decision.get_absolute_url() if decision.pk else _history_of(decision)
    form = DecisionForm(request.POST or None, instance=decision)
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            reviews.save_decision(decision=form.save(commit=False), by=request.user)
        if attempt.done and _leads_on(request, decision, form):
            agree = reverse("scheduling:agree_course", args=[decision.patient_id])
            return redirect(f"{agree}?decision={decision.pk}")
        if attempt.done:
            messages.success(request, "The decision has been saved.")
            return redirect(back)
    return render(request, template, context | {"form": form})


def _leads_on(request: HttpRequest, decision: Decision, form: DecisionForm) -> bool:
    """Whether the decision now says to repeat and did not before, and the user may agree the course."""
    is_new = "step" in form.changed_data and not decision.mistake
    return is_new and decision.step == NextStep.REPEAT and may(request.user, Permission.AGREE_COURSES)


def _history_of(decision: Decision) -> str:
    return reverse("scheduling:show_history", args=[decision.patient_id])


def to_agree(request: HttpRequest, patient: Patient) -> Decision | None:
    """The decision to repeat that `?decision=12` names, if no course was agreed from it yet; else None."""
    pk = number_in(request, "decision", default=0, most=BIGGEST_KEY)
    return patient.decisions.that_count().filter(pk=pk, step=NextStep.REPEAT, course=None).first()


def as_the_last(decision: Decision) -> dict[str, Any]:
    """Initial values of the form to agree a course: those of the last course, and who decided on this one."""
    last = last_course(decision.patient)
    kept = {name: getattr(last.course, name) for name in KEPT} if last else {}
    return kept | {"decided_by": decision.decided_by, "decided_on": decision.decided_on}
