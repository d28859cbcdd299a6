"""What a nurse records about a visit: its times, the cannula, how much was given, adverse effects."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk import forms
from patients.forms import ModelForm
from scheduling.checklist.ticks import Override
from scheduling.models import OTHER_EFFECT, AdverseEffect, CannulaAttempt, Given, PartBecause, Session
from scheduling.pages.checklist.checklist_forms import OverrideForm
from scheduling.rules.course import local_moment
from scheduling.states import SessionStatus
from scheduling.visit.recording import OF_THE_DRIP, TIMES, version

YES_NO = [("yes", "Yes"), ("no", "No")]


class CareForm(forms.Form):
    """A form on the page of a visit. The page has several, so each needs ids of its own for its controls."""

    # What the ids of its controls begin with.
    part: str

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        self.session = session
        super().__init__(*args, auto_id=f"{self.part}_%s", **kwargs)
        self.fields["seen"] = forms.SeenField(required=False, initial=self.drawn_from())

    def drawn_from(self) -> str:
        return version(self.session)


class TimesForm(CareForm):
    """When things happened, one box for each; empty if it has not happened, or is not known."""

    part = "times"
    submit_label = "Save the times"
    mark_optional = False
    names_in_errors = {name: f"“{words}”" for name, words in TIMES.items()}

    arrived_at = forms.TimeField(label="Arrived", required=False)
    cannulated_at = forms.TimeField(label="Cannula in", required=False)
    started_at = forms.TimeField(label="Drip started", required=False)
    finished_at = forms.TimeField(label="Drip finished", required=False)
    left_at = forms.TimeField(label="Left", required=False)

    def __init__(
        self, *args: Any, session: Session, typed: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """typed: values to show that are not saved yet, by field."""
        shown = {name: _clock(getattr(session, name)) for name in TIMES} | dict(typed or {})
        super().__init__(*args, session=session, initial=shown, **kwargs)
        if session.status == SessionStatus.NOT_GIVEN:
            for name in OF_THE_DRIP:
                del self.fields[name]

    def boxes(self) -> list[Any]:
        return [self[name] for name in TIMES if name in self.fields]

    def times(self, now: datetime, pressed: str = "") -> dict[str, datetime | None]:
        """The moments typed. An unchanged time keeps its seconds. pressed: the field that is set to now."""
        return {name: now if name == pressed else self._moment(name) for name in TIMES}

    def typed(self) -> dict[str, Any]:
        """The valid values that were sent, to be shown again; the present time where “Now” was pressed."""
        sent = {name: value for name, value in self.cleaned_data.items() if name not in ("seen", "missing")}
        if self.data.get("now") in TIMES:
            sent[self.data["now"]] = _clock(timezone.now())
        return sent

    def override(self) -> Override | None:
        """None: this form does not ask who decided to start the drip although something is missing."""
        return None

    def _moment(self, name: str) -> datetime | None:
        typed, saved = self.cleaned_data.get(name), getattr(self.session, name)
        if typed is None or typed == _clock(saved):
            return saved if typed else None
        return local_moment(self.session.day, typed.hour * 60 + typed.minute)


class StartAnywayForm(TimesForm, OverrideForm):
    """The times again, and who decided that a drip starts although a must is missing."""

    submit_label = "Save the times, and that the drip started"
    names_in_errors = TimesForm.names_in_errors | OverrideForm.names_in_errors
    field_order = [*TIMES, "approved_by", "reason"]

    def asked(self) -> list[Any]:
        return [self[name] for name in ("approved_by", "reason", "missing")]

    def override(self) -> Override:
        return OverrideForm.override(self)


class OutcomeForm(CareForm):
    """How much was given and, if only a part, why."""

    part = "outcome"
    names_in_errors = {"given": "how much was given", "part_because": "why it was given only in part"}

    given = forms.TypedChoiceField(
        label="How much was given?", choices=Given.choices, coerce=Given, widget=forms.Radios(inline=True)
    )
    part_because = forms.ChoiceField(
        label="If in part, why?", choices=PartBecause.choices, required=False, widget=forms.Radios(small=True)
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        initial = {"given": session.given, "part_because": session.part_because}
        super().__init__(*args, session=session, initial=initial, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        in_part, because = cleaned.get("given") == Given.IN_PART, cleaned.get("part_because")
        if in_part and not because and "part_because" not in self.errors:
            self.add_error("part_because", "Select why it was given only in part")
        if cleaned.get("given") == Given.IN_FULL and because:
            self.add_error("part_because", "It was given in full, so there is no reason: select “In part”")
        return cleaned


class NoteForm(CareForm):
    """The free note of a visit."""

    part = "note"
    mark_optional = False

    note = forms.CharField(
        label="Note of the visit",
        max_length=2000,
        required=False,
        help_text="What was prescribed and how much belongs in the prescribing system",
        widget=forms.Textarea(rows=4),
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, session=session, initial={"note": session.note}, **kwargs)

    def drawn_from(self) -> str:
        return self.session.note


class GoOnForm(forms.Form):
    """Who decided that a day is given as planned after one that was not given in full, and why."""

    submit_label = "Give the day as planned"
    names_in_errors = {"approved_by": "the clinician who decided", "reason": "why this was decided"}

    approved_by = forms.CharField(
        label="Clinician who decided", max_length=150, widget=forms.TextInput(width=30, spellcheck=False)
    )
    reason = forms.CharField(label="Why was it decided?", max_length=300, widget=forms.Textarea(rows=3))


class _RowForm(ModelForm):
    """A cannula attempt or an adverse effect, with its time."""

    clock = forms.TimeField(label="Time")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{type(self).__name__.lower()}_%s", **kwargs)
        if not self.instance.pk:
            self.fields["clock"].initial = _clock(timezone.now())

    def saved_value(self, field: Any, name: str) -> Any:
        return _clock(self.instance.at) if name == "clock" else super().saved_value(field, name)

    def get_initial_for_field(self, field: Any, field_name: str) -> Any:
        if field_name == "clock" and self.instance.pk:
            return _clock(self.instance.at)
        return super().get_initial_for_field(field, field_name)

    def _at(self) -> datetime | None:
        """The moment typed. If the time was not changed, the saved seconds are kept."""
        typed = self.cleaned_data.get("clock")
        day = self.cleaned_data.get("day", self.instance.session.day)
        if typed is None or day is None:
            return None
        saved = self.instance.at
        if saved and typed == _clock(saved) and day == timezone.localdate(saved):
            return saved
        return local_moment(day, typed.hour * 60 + typed.minute)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if at := self._at():
            self.instance.at = at
        return cleaned


class CannulaForm(_RowForm):
    """One attempt to place the cannula."""

    submit_label = "Save this try"
    names_in_errors = {
        "worked": "whether it worked",
        "side": "which side",
        "site": "where the cannula was tried",
        "numbing": "what was used for numbing",
        "by_name": "who tried",
    }

    worked = forms.TypedChoiceField(
        label="Did it work?",
        choices=YES_NO,
        coerce=lambda said: said == "yes",
        widget=forms.Radios(inline=True),
    )
    side = forms.ChoiceField(
        label="Side", choices=CannulaAttempt._meta.get_field("side").choices, widget=forms.Radios(inline=True)
    )
    site = forms.ChoiceField(
        label="Where", choices=CannulaAttempt._meta.get_field("site").choices, widget=forms.Radios()
    )
    numbing = forms.ChoiceField(
        label="Numbing", choices=CannulaAttempt._meta.get_field("numbing").choices, widget=forms.Radios()
    )
    by_name = forms.CharField(
        label="Who tried", max_length=150, widget=forms.TextInput(width=20, spellcheck=False)
    )

    field_order = ["clock", "worked", "side", "site", "numbing", "by_name"]

    class Meta:
        model = CannulaAttempt
        fields = ("worked", "side", "site", "numbing", "by_name")

    def saved_value(self, field: Any, name: str) -> Any:
        if name == "worked":
            return "yes" if self.instance.worked else "no"
        return super().saved_value(field, name)

    def get_initial_for_field(self, field: Any, field_name: str) -> Any:
        if field_name == "worked" and self.instance.pk:
            return "yes" if self.instance.worked else "no"
        return super().get_initial_for_field(field, field_name)


class EffectForm(_RowForm):
    """One adverse effect."""

    submit_label = "Save this effect"
    names_in_errors = {"effect": "what the child felt", "other": "what else it was", "day": "day"}

    effect = forms.ChoiceField(
        label="What", choices=AdverseEffect._meta.get_field("effect").choices, widget=forms.Radios()
    )
    other = forms.CharField(
        label="If something else, what", max_length=100, required=False, widget=forms.TextInput(width=20)
    )
    day = forms.DateField(label="Day", help_text="For example, 27 3 2027")
    done = forms.CharField(
        label="What was done", max_length=300, required=False, widget=forms.Textarea(rows=2)
    )

    field_order = ["effect", "other", "day", "clock", "done"]

    class Meta:
        model = AdverseEffect
        fields = ("effect", "other", "done")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            day, today = self.instance.session.day, timezone.localdate()
            self.fields["day"].initial = min(today, day + timedelta(days=1)) if today >= day else day

    def saved_value(self, field: Any, name: str) -> Any:
        return timezone.localdate(self.instance.at) if name == "day" else super().saved_value(field, name)

    def get_initial_for_field(self, field: Any, field_name: str) -> Any:
        if field_name == "day" and self.instance.pk:
            return timezone.localdate(self.instance.at)
        return super().get_initial_for_field(field, field_name)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        is_other, other = cleaned.get("effect") == OTHER_EFFECT, cleaned.get("other")
        if is_other and not other and "other" not in self.errors:
            self.add_error("other", "Enter what else it was")
        if cleaned.get("effect") and not is_other:
            cleaned["other"] = ""
        return cleaned


def _clock(moment: datetime | None) -> time | None:
    """The time in London, to the minute."""
    return timezone.localtime(moment).time().replace(second=0, microsecond=0) if moment else None
