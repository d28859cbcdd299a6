"""The forms on a family's page. Every word can be translated. Every error message is given in full, because
the shared forms put theirs together from English words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils import timezone
from django.utils.functional import lazystr
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import clock, long_date
from scheduling.booking.child_limits import Limits
from scheduling.models import Answer, Effect, Session, Unit
from scheduling.pages.booking.course_forms import ShortNoticeField
from scheduling.pages.booking.limits_fields import FROM_THE_LIST, LimitsFields

MOST_LETTERS = 1000
TOO_LONG = gettext_lazy("Use %(limit_value)d letters or fewer")
ANSWERS = [
    (Answer.ACCEPTED, gettext_lazy("Yes, we can come")),
    (Answer.TENTATIVE, gettext_lazy("We do not know yet")),
    (Answer.DECLINED, gettext_lazy("No, we cannot come")),
]
EFFECTS = [
    (Effect.ACHES, gettext_lazy("Aches, like with flu")),
    (Effect.FEVER, gettext_lazy("Fever")),
    (Effect.HEADACHE, gettext_lazy("Headache")),
    (Effect.NAUSEA, gettext_lazy("Feeling sick")),
    (Effect.VOMITING, gettext_lazy("Being sick")),
]
NONE = "none"


class FamilyMixin:
    """A form without a CSRF cookie: the secret in the address takes its place, as no other site knows it."""

    mark_optional = True

    @property
    def helper(self) -> Any:
        helper = super().helper
        helper.disable_csrf = True
        return helper


class FamilyForm(FamilyMixin, forms.Form):
    """The base of what families send."""


def words_field(label: Any, help_text: Any = "", *, required: Any = "") -> forms.CharField:
    """A box for a few sentences. required: the message if it is left empty; without one it may be empty."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=MOST_LETTERS,
        required=bool(required),
        widget=forms.Textarea(rows=5),
        error_messages={"max_length": TOO_LONG, "required": required},
    )


class AnswerForm(FamilyForm):
    """Whether the family can come, one question for each day."""

    submit_label = gettext_lazy("Send our answer")

    def __init__(
        self, *args: Any, days: Sequence[Session], seen: str, answer: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.days = days
        for session in days:
            start = timezone.localtime(session.starts_at)
            when = {"day": long_date(start), "time": clock(start.time())}
            self.fields[f"day_{session.number}"] = forms.ChoiceField(
                label=gettext("Can you come on %(day)s at %(time)s?") % when,
                choices=ANSWERS,
                widget=forms.Radios(),
                initial=answer,
                error_messages={
                    "required": gettext("Say if you can come on %(day)s") % when,
                    "invalid_choice": FROM_THE_LIST,
                },
            )
            at = forms.SeenField(required=False, initial=session.starts_at.isoformat())
            self.fields[f"day_{session.number}_at"] = at
        self.fields["seen"] = forms.SeenField(required=False, initial=seen)

    def is_out_of_date(self) -> bool:
        """Whether it was drawn for other times than the days have now."""
        given, now = self.data.get("seen", ""), self.fields["seen"].initial
        shown = [(self.data.get(f"day_{s.number}_at", ""), s.starts_at.isoformat()) for s in self.days]
        numbers = {f"day_{session.number}" for session in self.days}
        others = [name for name in self.data if name.startswith("day_") and name[:5] not in numbers]
        return bool(others) or (given != now and any(seen != stands for seen, stands in shown))

    @property
    def answers(self) -> list[tuple[Session, Answer]]:
        return [(session, Answer(self.cleaned_data[f"day_{session.number}"])) for session in self.days]

    @property
    def has_a_no(self) -> bool:
        return any(answer == Answer.DECLINED for _, answer in self.answers)


class ChangeForm(FamilyForm):
    submit_label = gettext_lazy("Send to the unit")
    says = words_field(
        gettext_lazy("What would you like to change?"),
        gettext_lazy("For example another day, or a later time"),
        required=gettext_lazy("Write what you would like to change"),
    )


class UnwellForm(FamilyForm):
    submit_label = gettext_lazy("Tell the unit")
    says = words_field(gettext_lazy("What should we know before we ring you?"))


class DatesAfterForm(FamilyForm):
    """Days the family cannot do, once days are booked: a person reads it."""

    submit_label = gettext_lazy("Send to the unit")
    says = words_field(
        gettext_lazy("Which days can you not do?"), required=gettext_lazy("Write which days you cannot do")
    )


class LimitsForm(FamilyMixin, LimitsFields):
    """What a contact cannot do, before days are found. It shows only what this contact said before."""

    field_order = (*LimitsFields.field_order, "short_notice", "wishes")

    short_notice = ShortNoticeField(
        label=gettext_lazy("Could you come at short notice, if a place becomes free?"), help_text=""
    )
    wishes = words_field(gettext_lazy("Is there anything else we should know when we choose the days?"))

    def __init__(self, *args: Any, unit: Unit, own: Limits, **kwargs: Any) -> None:
        """Weekdays on which the unit is now closed are not asked about."""
        open_on = {hours.weekday for hours in unit.opening_hours.all()}
        initial = {"short_notice": own.short_notice}
        super().__init__(*args, weekdays=open_on, own=own, initial=initial, **kwargs)
        short = self.fields["short_notice"]
        short.choices = [
            ("yes", pgettext_lazy("answer", "Yes")),
            ("no", pgettext_lazy("answer", "No")),
            ("not_asked", gettext_lazy("I do not know")),
        ]
        short.error_messages["invalid_choice"] = FROM_THE_LIST

    @property
    def said(self) -> Limits:
        return replace(super().said, short_notice=self.cleaned_data["short_notice"])


class CheckInForm(FamilyForm):
    """How it went. Any question may be left out, but not all of them."""

    submit_label = gettext_lazy("Send to the unit")

    pain = forms.TypedChoiceField(
        label=gettext_lazy("How bad is the pain today?"),
        help_text=gettext_lazy("0 is no pain. 10 is the worst pain"),
        choices=[(number, lazystr(number)) for number in range(11)],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.Radios(inline=True, small=True),
        error_messages={"invalid_choice": FROM_THE_LIST},
    )
    effects = forms.MultipleChoiceField(
        label=gettext_lazy("Has your child had any of these since the visits?"),
        help_text=gettext_lazy("Choose all that fit"),
        choices=[*EFFECTS, (NONE, gettext_lazy("None of these"))],
        required=False,
        widget=forms.Checkboxes(),
        error_messages={"invalid_choice": FROM_THE_LIST},
    )
    note = words_field(gettext_lazy("What else should we know?"))

    def clean_effects(self) -> list[Effect] | None:
        """None if the question was left out, an empty list for "none of these"."""
        ticked = self.cleaned_data["effects"]
        if NONE in ticked and len(ticked) > 1:
            raise forms.ValidationError(gettext("Choose what there was, or “None of these”, not both"))
        return None if not ticked else [Effect(value) for value in ticked if value != NONE]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and cleaned["pain"] is None and cleaned["effects"] is None and not cleaned["note"]:
            self.add_error("pain", gettext("Answer at least one question"))
        return cleaned
