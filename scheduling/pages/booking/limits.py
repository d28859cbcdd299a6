"""When a family cannot come, as staff see and change it: with the child, for each contact."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from patients import audit
from patients.access import Permission, requires
from patients.models import Contact, Patient
from scheduling.booking.child_limits import limits_of, set_limits
from scheduling.models import Weekday
from scheduling.pages.booking.limits_fields import LimitsFields
from scheduling.pages.booking.limits_words import lines_of
from scheduling.pages.parameters import BIGGEST_KEY, number_in


@dataclass(frozen=True)
class Person:
    """Whose limits a page lists: a contact or, without one, the whole family. lines: in words."""

    name: str
    lines: list[str]
    address: str


class StaffLimitsForm(LimitsFields):
    """What one contact told staff, or what holds for the whole family."""

    labels = {
        "impossible_weekdays": "Weekdays they cannot do",
        "weekdays_until": "Until when can they not do these weekdays?",
        "impossible_dates": "Dates they cannot do",
        "not_before": "Earliest time they can arrive",
        "not_before_until": "Until when can they not arrive earlier?",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, weekdays=Weekday.values, **kwargs)
        for name, label in self.labels.items():
            self.fields[name].label = label


def people_of(patient: Patient) -> list[Person]:
    """The whole family, then each contact. Two queries."""
    rows = {row.contact_id: lines_of(row) for row in patient.family_limits.all()}
    address = reverse("scheduling:change_limits", args=[patient.pk])
    contacts = [
        Person(contact.name, rows.get(contact.pk, []), f"{address}?contact={contact.pk}")
        for contact in patient.contacts.all()
    ]
    return [Person("The whole family", rows.get(None, []), address), *contacts]


@require_safe
@requires(Permission.VIEW)
def show_limits(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the child's."""
    patient = audit.look_at_patient(request, pk)
    context = {"patient": patient, "people": people_of(patient)}
    return render(request, "scheduling/booking/show_limits.html", context)


@requires(Permission.EDIT_PATIENTS)
def change_limits(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the child's. `?contact=12` is whose limits they are; without it, the whole family's."""
    patient = audit.look_at_patient(request, pk)
    contact = None
    if "contact" in request.GET:
        asked = number_in(request, "contact", default=0, most=BIGGEST_KEY)
        contact = get_object_or_404(Contact, patient=patient, pk=asked)
    form = StaffLimitsForm(request.POST if request.method == "POST" else None, own=limits_of(pk, contact))
    if request.method == "POST" and form.is_valid():
        set_limits(patient=patient, contact=contact, said=form.said, by=request.user)
        messages.success(request, "When the family cannot come has been saved. It holds for every course.")
        return redirect(patient)
    context = {"form": form, "patient": patient, "contact": contact}
    status = 409 if form.has_error("__all__", "changed_meanwhile") else 200
    return render(request, "scheduling/booking/change_limits.html", context, status=status)
