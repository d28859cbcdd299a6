"""Recording what a clinician decided, and agreeing the course that was decided on."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from patients import audit
from patients.access import Permission, may, requires
from patients.models import Patient
from scheduling.actions import reviews
from scheduling.forms.decision import DecisionForm
from scheduling.history.interval import last_course
from scheduling.models import Decision, NextStep, Review
from scheduling.views.parameters import BIGGEST_KEY, number_in

# What a repeated course has in common with the last one until somebody says otherwise.
KEPT = (
    "unit",
    "days",
    "minutes",
    "priority",
    "impossible_weekdays",
    "not_before",
    "short_notice",
    "repeat_weeks",
)


@requires(Permission.RECORD_REVIEWS)
def add_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the child's; `?review=12` the review it was decided after. To repeat leads on to the course."""
    patient = audit.open_patient(request, pk)
    asked = number_in(request, "review", default=0, most=BIGGEST_KEY)
    review = Review.objects.filter(patient=patient, pk=asked).first()
    form = DecisionForm(request.POST or None, instance=Decision(patient=patient, review=review))
    if request.method == "POST" and form.is_valid():
        decision = reviews.decide(decision=form.save(commit=False), by=request.user)
        if decision.step == NextStep.REPEAT and may(request.user, Permission.AGREE_COURSES):
            agree = reverse("scheduling:agree_course", args=[patient.pk])
            return redirect(f"{agree}?decision={decision.pk}")
        messages.success(request, "The decision has been saved.")
        return redirect("scheduling:show_history", patient.pk)
    context = {"form": form, "patient": patient, "review": review, "decisions": patient.decisions.all()[:1]}
    return render(request, "scheduling/add_decision.html", context)


def to_agree(request: HttpRequest, patient: Patient) -> Decision | None:
    """The decision to repeat that `?decision=12` names, if no course was agreed from it yet."""
    pk = number_in(request, "decision", default=0, most=BIGGEST_KEY)
    return patient.decisions.filter(pk=pk, step=NextStep.REPEAT, course=None).first()


def as_the_last(decision: Decision) -> dict[str, Any]:
    """What the form to agree a course shows at first: the last course, and who decided on this one."""
    last = last_course(decision.patient)
    kept = {name: getattr(last.course, name) for name in KEPT} if last else {}
    return kept | {"decided_by": decision.decided_by, "decided_on": decision.decided_on}
