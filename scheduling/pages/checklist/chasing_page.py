"""Noting a try about what is left on a checklist, or about a review that is due."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from crmo_clinic.nhsuk import forms
from patients import audit
from patients.access import Permission, requires
from scheduling.checklist.chasing import note_chase
from scheduling.checklist.readiness import readiness_of
from scheduling.models import ChaseNote, ChaseOutcome
from scheduling.pages.records import look_at_course


class ChaseForm(forms.Form):
    """What came of it, and when somebody is to try again."""

    submit_label = "Save the note"
    names_in_errors = {"outcome": "what came of it"}

    outcome = forms.ChoiceField(label="What came of it?", choices=ChaseOutcome.choices, widget=forms.Radios())
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=300,
        help_text="For example, whom you asked",
        widget=forms.Textarea(rows=2),
    )
    next_on = forms.DateField(label="Next on", required=False, help_text="When somebody is to try again")

    def clean_next_on(self) -> object:
        day = self.cleaned_data["next_on"]
        if day and day < timezone.localdate():
            raise forms.ValidationError("The next try must be today or later")
        return day


@requires(Permission.RECORD_VISITS)
def chase_item(request: HttpRequest, pk: int) -> HttpResponse:
    """About the item of `?item=`. `pk` is the course's."""
    course, key = look_at_course(request, pk), request.GET.get("item", "")
    readiness = readiness_of(course, timezone.now())
    found = readiness.of(key) if readiness else None
    if found is None:
        return redirect("scheduling:show_readiness", pk)
    notes = ChaseNote.objects.filter(course=course, item=key)
    about = {"patient": course.patient, "course": course, "item": key}
    return _page(request, about, str(found.item), notes, "scheduling:list_readiness")


@requires(Permission.RECORD_REVIEWS)
def chase_review(request: HttpRequest, pk: int) -> HttpResponse:
    """About a review that is due. `pk` is the child's."""
    patient = audit.look_at_patient(request, pk)
    notes = ChaseNote.objects.filter(patient=patient, course=None)
    about = {"patient": patient, "course": None, "item": ""}
    return _page(request, about, "the review that is due", notes, "scheduling:list_plans")


def _page(request: HttpRequest, about: dict, what: str, notes: object, back: str) -> HttpResponse:
    form = ChaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        note_chase(**about, **form.cleaned_data, by=request.user)
        messages.success(request, "The note has been saved.")
        return redirect(back)
    context = {"form": form, "patient": about["patient"], "what": what, "notes": notes, "back": back}
    return render(request, "scheduling/checklist/chase_item.html", context)
