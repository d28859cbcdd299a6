"""Two records of one child: which they are, side by side, made one; and that undone."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from patients import audit
from patients.access import Permission, requires
from patients.acting import said_in, said_on_the_page
from patients.models import Merge, Patient, PatientQuerySet
from scheduling.adt.applying import close_merged
from scheduling.merging import merge as acts
from scheduling.merging import unmerge
from scheduling.merging.against import against, same_address
from scheduling.merging.following import what_follows
from scheduling.pages.merging.merge_forms import MergeForm, OtherRecordForm
from scheduling.pages.parameters import BIGGEST_KEY, number_in

MOST_LIKELY = 10


@requires(Permission.MERGE_RECORDS)
def merge_patient(request: HttpRequest, pk: int) -> HttpResponse:
    """Which other record is of this child; with `?with=`, its key, the two side by side."""
    kept = audit.look_at_patient(request, pk)
    if other := number_in(request, "with", default=0, most=BIGGEST_KEY):
        return _compare(request, kept, other)
    form = OtherRecordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect(_address(kept, form.other))
    likely = list(_likely(kept)[:MOST_LIKELY])
    audit.looked_at("scheduling:merge_patient", by=request.user, patients=[kept, *likely])
    context = {"form": form, "patient": kept, "likely": [(each, _address(kept, each)) for each in likely]}
    return render(request, "scheduling/merging/merge_patient.html", context)


@requires(Permission.MERGE_RECORDS, only_forms=True)
def unmerge_patient(request: HttpRequest, pk: int) -> HttpResponse:
    """Make two records of one again: those of the latest merge of this child that can still be undone."""
    kept = audit.look_at_patient(request, pk)
    asked = request.POST.get("merge", "")
    done = get_object_or_404(Merge, pk=asked if asked.isdecimal() and len(asked) < 10 else 0, kept=kept)
    with said_on_the_page(request) as attempt:
        gone = unmerge.unmerge(done=done, by=request.user)
    if attempt.done:
        messages.success(request, f"{gone.hospital_number} is a record of its own again.")
        return redirect(gone)
    return redirect(kept)


def _compare(request: HttpRequest, kept: Patient, other: int) -> HttpResponse:
    gone = audit.look_at_patient(request, other)
    status, reasons = 200, against(kept, gone)
    seen = acts.mark_of(kept, gone)
    form = MergeForm(request.POST or None, kept=kept, gone=gone, seen=seen)
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt, transaction.atomic():
            acts.merge(
                kept=kept,
                gone=gone,
                from_gone=form.from_gone,
                by=request.user,
                seen=form.cleaned_data["seen"],
            )
            close_merged(kept, by=request.user)
        if attempt.done:
            said = f"{gone.hospital_number} has been merged into this record. Nothing was sent to the family."
            messages.success(request, said)
            return redirect(kept)
        status = attempt.status
    context = {
        "form": form,
        "patient": kept,
        "gone": gone,
        "reasons": reasons,
        "follows": what_follows(gone),
        "ours": what_follows(kept),
        "united": same_address(kept, gone),
        "same": form.same,
        "swapped": _address(gone, kept),
    }
    return render(request, "scheduling/merging/compare_records.html", context, status=status)


def _likely(patient: Patient) -> PatientQuerySet:
    """Who may be the same child: born that day, with a name in common; no sensitive record is among them."""
    alike = Patient.objects.likely_the_same_as(
        name=patient.name, birth_date=patient.birth_date, nhs_number=None, hospital_number=""
    )
    return alike.exclude(pk=patient.pk).filter(sensitive=False)


def _address(kept: Patient, gone: Patient) -> str:
    return f"{reverse('scheduling:merge_patient', args=[kept.pk])}?with={gone.pk}"
