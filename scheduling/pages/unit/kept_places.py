"""Places that are kept back for courses, or for other infusions, until so many days before."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from crmo_clinic.nhsuk import forms
from patients.access import Permission, requires
from patients.acting import said_in, said_on_the_page
from scheduling.models import KeptFor, KeptPlaces, Unit, Weekday
from scheduling.pages.unit.unit_checks import tell_removed
from scheduling.pages.unit.unit_day_forms import RemoveForm
from scheduling.unit import setup


class KeptPlacesForm(forms.ModelForm):
    """How many places, for whom, on which weekdays and from when to when."""

    submit_label = "Keep these places"
    names_in_errors = {
        "kept_for": "whom the places are kept for",
        "places": "number of places",
        "released_days_before": "number of days before",
    }

    kept_for = forms.ChoiceField(
        label="For whom are places kept?", choices=KeptFor.choices, widget=forms.Radios()
    )
    places = forms.IntegerField(
        label="How many places at a time?",
        min_value=1,
        max_value=50,
        widget=forms.TextInput(width=2, inputmode="numeric", suffix="places"),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="On which weekdays?",
        choices=Weekday.choices,
        coerce=int,
        required=False,
        help_text="None chosen means every day",
        widget=forms.Checkboxes(),
    )
    starts = forms.TimeField(label="From", required=False, help_text="Leave both empty for the whole day")
    ends = forms.TimeField(label="Until", required=False)
    released_days_before = forms.IntegerField(
        label="How many days before may anybody have them?",
        min_value=0,
        max_value=365,
        help_text="For example, 7. With 0 they are kept until the day itself",
        widget=forms.TextInput(width=3, inputmode="numeric", suffix="days before"),
    )

    class Meta:
        model = KeptPlaces
        fields = ("kept_for", "places", "weekdays", "starts", "ends", "released_days_before")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if ("starts" in cleaned and "ends" in cleaned) and (starts is None) != (ends is None):
            self.add_error("ends" if starts else "starts", "Enter both times, or leave both empty")
        elif starts and ends and ends <= starts:
            self.add_error("ends", "Until must be later than from")
        return cleaned


@requires(Permission.SET_UP_UNIT)
def add_kept_places(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's."""
    unit = get_object_or_404(Unit, pk=pk)
    form = KeptPlacesForm(request.POST or None, instance=KeptPlaces(unit=unit))
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            setup.keep_places(kept=form.save(commit=False), by=request.user)
        if attempt.done:
            messages.success(request, "The places are kept from now on.")
            return redirect(unit)
    return render(request, "scheduling/unit/add_kept_places.html", {"form": form, "unit": unit})


@requires(Permission.SET_UP_UNIT)
def remove_kept_places(request: HttpRequest, pk: int) -> HttpResponse:
    kept = KeptPlaces.objects.select_related("unit").filter(pk=pk).first()
    if kept is None:
        return tell_removed(request, KeptPlaces, pk)
    if request.method == "POST":
        with said_on_the_page(request):
            setup.keep_no_longer(kept=kept, by=request.user)
            messages.success(request, "Anybody may have these places now.")
        return redirect(kept.unit)
    context = {"form": RemoveForm(submit_label="Keep them no longer"), "unit": kept.unit, "kept": kept}
    return render(request, "scheduling/unit/remove_kept_places.html", context)
