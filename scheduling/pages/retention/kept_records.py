"""The lead sees how long everything is kept and what is due, holds a record, and erases one."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from patients import audit, legal_hold
from patients.access import Permission, requires
from patients.acting import said_in
from patients.models import Erasure, Patient
from patients.views import ask_again
from scheduling.models import Message, Session
from scheduling.pages.retention.record_forms import EraseForm, LiftHoldForm, PlaceHoldForm
from scheduling.retention.erase import erase, why_not
from scheduling.retention.kinds import kinds
from scheduling.retention.policy import due, kept_until


@require_safe
@requires(Permission.KEEP_RECORDS)
def show_retention(request: HttpRequest) -> HttpResponse:
    """How long each kind of thing is kept, the records that are due or held, and those that were erased."""
    records = page_of(request, due(timezone.localdate()))
    holds = list(legal_hold.in_force())
    shown = [*(record.patient for record in records), *(hold.patient for hold in holds)]
    audit.looked_at("scheduling:show_retention", by=request.user, patients=shown)
    context = {
        "kinds": kinds(timezone.now()),
        "records": records,
        "holds": holds,
        "erasures": page_of(request, Erasure.objects.all(), name="erased"),
        "waiting": Erasure.objects.filter(log_done_at=None).count(),
        "is_on": settings.ERASE_OLD_RECORDS,
    }
    return render(request, "scheduling/retention/show_retention.html", context)


@requires(Permission.KEEP_RECORDS)
def keep_patient(request: HttpRequest, pk: int) -> HttpResponse:
    """Until when one record is kept; place a legal hold on it, or lift it."""
    patient = audit.look_at_patient(request, pk)
    hold = legal_hold.hold_on(patient)
    form = (LiftHoldForm if hold else PlaceHoldForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        because = form.cleaned_data["because"]
        with said_in(form) as attempt:
            if hold:
                legal_hold.lift(patient=patient, because=because, by=request.user)
            else:
                legal_hold.place(patient=patient, because=because, by=request.user)
        if attempt.done:
            said = "The legal hold has been lifted." if hold else "The record is on legal hold now."
            messages.success(request, said)
            return redirect("scheduling:keep_patient", pk)
    earlier = patient.legal_holds.exclude(lifted_at=None)
    context = {"patient": patient, "hold": hold, "form": form, "earlier": earlier}
    context |= {"kept": kept_until(patient, timezone.localdate()), "today": timezone.localdate()}
    return render(request, "scheduling/retention/keep_patient.html", context)


@requires(Permission.KEEP_RECORDS)
def erase_patient(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase a record, once its number was typed and the password was asked for again."""
    patient = audit.look_at_patient(request, pk)
    form = EraseForm(request.POST or None, patient=patient)
    if request.method == "POST" and form.is_valid():
        ask_again(request)
        because, reason = form.cleaned_data["because"], form.cleaned_data["reason"]
        with said_in(form) as attempt:
            erase(patient=patient, because=because, reason=reason, by=request.user)
        if attempt.done:
            messages.success(request, "The record has been erased.")
            return redirect("scheduling:show_retention")
    context = {"patient": patient, "form": form, "why_not": list(why_not(patient))}
    context |= {"kept": kept_until(patient, timezone.localdate()), "goes": _what_goes(patient)}
    context["today"] = timezone.localdate()
    return render(request, "scheduling/retention/erase_patient.html", context)


def _what_goes(patient: Patient) -> list[tuple[int, str, str]]:
    """How much of the main things there is, each with its word for one and for several."""
    return [
        (patient.contacts.count(), "contact", "contacts"),
        (patient.courses.count(), "course", "courses"),
        (Session.objects.filter(course__patient=patient).count(), "visit", "visits"),
        (patient.reviews.count(), "review", "reviews"),
        (Message.objects.filter(course__patient=patient).count(), "message", "messages"),
    ]
