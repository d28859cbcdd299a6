"""Recording and correcting reviews, imaging and medicines."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from patients import audit
from patients.access import Permission, requires
from patients.acting import said_in
from patients.models import AuditEvent
from scheduling.acts import Act
from scheduling.history import reviews
from scheduling.history.body_map import body_map
from scheduling.history.values_table import COLUMNS, review_texts
from scheduling.models import Imaging, Medicine, Review
from scheduling.pages.history.review_forms import ImagingForm, MedicineForm, RecordedForm, ReviewForm
from scheduling.pages.records import look_at_recorded


@require_safe
@requires(Permission.VIEW)
def show_review(request: HttpRequest, pk: int) -> HttpResponse:
    review = look_at_recorded(request, Review, pk)
    sites = [(row.site, row.side) for row in review.sites.all()]
    context = {
        "review": review,
        "patient": review.patient,
        "values": zip(COLUMNS, review_texts(review), strict=True),
        "body_map": body_map(sites) if review.sites_examined else "",
        "decisions": review.decisions.all(),
        "imports": review.imports.select_related("source"),
        "changes": AuditEvent.objects.filter(
            record="review", record_id=pk, action__in=[Act.REVIEW_CHANGED, Act.REVIEW_SITES_CHANGED]
        ),
    }
    return render(request, "scheduling/history/show_review.html", context)


@requires(Permission.RECORD_REVIEWS)
def add_review(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the child's."""
    return _review_page(
        request, Review(patient=audit.look_at_patient(request, pk)), "scheduling/history/add_review.html"
    )


@requires(Permission.RECORD_REVIEWS)
def change_review(request: HttpRequest, pk: int) -> HttpResponse:
    return _review_page(
        request, look_at_recorded(request, Review, pk), "scheduling/history/change_review.html"
    )


@requires(Permission.RECORD_REVIEWS)
def add_imaging(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the child's."""
    imaging = Imaging(patient=audit.look_at_patient(request, pk))
    return _page(request, ImagingForm, imaging, "scheduling/history/add_imaging.html", _save_imaging)


@requires(Permission.RECORD_REVIEWS)
def change_imaging(request: HttpRequest, pk: int) -> HttpResponse:
    imaging = look_at_recorded(request, Imaging, pk)
    return _page(request, ImagingForm, imaging, "scheduling/history/change_imaging.html", _save_imaging)


@requires(Permission.RECORD_REVIEWS)
def add_medicine(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the child's."""
    medicine = Medicine(patient=audit.look_at_patient(request, pk))
    return _page(request, MedicineForm, medicine, "scheduling/history/add_medicine.html", _save_medicine)


@requires(Permission.RECORD_REVIEWS)
def change_medicine(request: HttpRequest, pk: int) -> HttpResponse:
    medicine = look_at_recorded(request, Medicine, pk)
    return _page(request, MedicineForm, medicine, "scheduling/history/change_medicine.html", _save_medicine)


def _review_page(request: HttpRequest, review: Review, template: str) -> HttpResponse:
    form = ReviewForm(request.POST or None, instance=review)
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            reviews.save_review(review=form.save(), sites=form.sites, by=request.user)
        if attempt.done:
            messages.success(request, "The review has been saved.")
            return redirect(review)
    return render(request, template, {"form": form, "patient": review.patient, "review": review})


def _page(
    request: HttpRequest, form_of: type[RecordedForm], row: Any, template: str, save: Callable[..., Any]
) -> HttpResponse:
    """The page of a form about one row. Saving it leads to the child's history."""
    form = form_of(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            save(form.save(commit=False), request.user)
        if attempt.done:
            messages.success(request, "It has been saved.")
            return redirect("scheduling:show_history", row.patient_id)
    return render(request, template, {"form": form, "patient": row.patient})


def _save_imaging(imaging: Imaging, by: audit.Actor) -> None:
    reviews.save_imaging(imaging=imaging, by=by)


def _save_medicine(medicine: Medicine, by: audit.Actor) -> None:
    reviews.save_medicine(medicine=medicine, by=by)
