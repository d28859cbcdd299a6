"""The gaps in a unit's texts, each typed once."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.fingerprint import fingerprint
from crmo_clinic.nhsuk.wording import capitalised, listed, quantity
from patients.access import Permission, requires
from patients.acting import said_in
from scheduling.models import Unit
from scheduling.telling.texts.filling import Gap, fill_gaps, gaps_of


class GapsForm(forms.Form):
    """A box for each gap. A gap left empty stays."""

    submit_label = "Fill the gaps"
    mark_optional = False

    def __init__(self, *args: Any, gaps: list[Gap], **kwargs: Any) -> None:
        self.words = {f"gap_{fingerprint([gap.words])[:12]}": gap.words for gap in gaps}
        self.base_fields = {
            name: forms.CharField(
                label=capitalised(gap.words),
                required=False,
                max_length=600,
                help_text=f"In {len(gap.texts)} texts" if len(gap.texts) > 2 else f"In {listed(gap.texts)}",
                widget=forms.Textarea(rows=2),
            )
            for name, gap in zip(self.words, gaps, strict=True)
        }
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not any(cleaned.values()):
            self.add_error(next(iter(self.words)), "Write into at least one box")
        for name in self.words:
            if "[" in (cleaned.get(name) or ""):
                self.add_error(name, "Leave out square brackets: they mark what is still to be written")
        return cleaned

    def values(self) -> dict[str, str]:
        """What was typed, on one line each, by the words of its gap."""
        return {words: " ".join(self.cleaned_data[name].split()) for name, words in self.words.items()}


@requires(Permission.SET_UP_UNIT)
def fill_text_gaps(request: HttpRequest, pk: int) -> HttpResponse:
    """Every gap of the unit's texts once; each text that had one becomes a draft. `pk` is the unit's."""
    unit, template = get_object_or_404(Unit, pk=pk), "scheduling/telling/fill_text_gaps.html"
    gaps = gaps_of(unit)
    if not gaps:
        messages.info(request, "The texts for families have no gaps.")
        return redirect("scheduling:list_advice", unit.pk)
    form = GapsForm(request.POST if request.method == "POST" else None, gaps=gaps)
    context = {"form": form, "unit": unit}
    if request.method != "POST" or not form.is_valid():
        return render(request, template, context)
    with said_in(form) as attempt:
        written = fill_gaps(unit=unit, values=form.values(), by=request.user)
    if not attempt.done:
        return render(request, template, context, status=attempt.status)
    messages.success(
        request, f"{quantity(len(written), 'draft has', 'drafts have')} been saved. Each is to be approved."
    )
    return redirect("scheduling:list_advice", unit.pk)
