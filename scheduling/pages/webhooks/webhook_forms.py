"""Where a system is and what it is told; from when on events are sent again."""

from contextlib import suppress
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk import forms
from scheduling.models import ASKED_FOR, EVENTS_KEPT, Unit, WebhookEndpoint
from scheduling.webhooks.sending import NotAllowed, refuse_address, refuse_host

MISSED, ALL = "missed", "all"


class SystemForm(forms.WatchedForm, forms.Form):
    """A system that is told. endpoint: the one that is changed; None for a new one."""

    names_in_errors = {"units": "the units", "events": "what the system is told"}

    name = forms.CharField(
        label="Name of the system",
        max_length=80,
        help_text="For example, Trust integration engine",
        widget=forms.TextInput(width=30),
    )
    address = forms.CharField(
        label="Address that takes the events",
        max_length=500,
        help_text="Whoever runs the system gives it to you. It begins with https://",
        widget=forms.TextInput(inputmode="url", spellcheck=False, autocomplete="off"),
    )
    events = forms.MultipleChoiceField(
        label="What is the system told?",
        choices=[(kind.value, kind.label) for kind in ASKED_FOR],
        help_text="Select all that apply. If it is taken back afterwards, the system is told that too",
        widget=forms.Checkboxes(),
    )
    units = forms.ModelMultipleChoiceField(
        label="Of which units?",
        queryset=Unit.objects.all(),
        required=False,
        help_text="Select all that apply. Of every unit, also of later ones, if none is selected",
        widget=forms.Checkboxes(),
    )

    def __init__(self, *args: Any, endpoint: WebhookEndpoint | None = None, **kwargs: Any) -> None:
        self.submit_label = "Save" if endpoint else "Add this system"
        self._endpoint = endpoint
        initial: dict[str, Any] = {"events": [kind.value for kind in ASKED_FOR]}
        if endpoint:
            initial = {name: getattr(endpoint, name) for name in ("name", "address", "events")}
            initial["units"] = list(endpoint.units.values_list("pk", flat=True))
        super().__init__(*args, initial=initial, **kwargs)
        self.watch()

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = WebhookEndpoint.objects.filter(name__iexact=name)
        if others.exclude(pk=self._endpoint and self._endpoint.pk).exists():
            raise forms.ValidationError("Another system has this name. Give this one a name of its own")
        return name

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        try:
            parts = refuse_address(address)
            # A name that is not known today may be tomorrow; each attempt asks again.
            with suppress(OSError, UnicodeError):
                refuse_host(parts.hostname or "", parts.port or 443)
        except NotAllowed as refusal:
            raise forms.ValidationError(str(refusal).removesuffix(".")) from None
        return address


class ReplayForm(forms.Form):
    """From when on, and which of it."""

    submit_label = "Send these events again"
    names_in_errors = {"day": "the day", "clock": "the time", "which": "which events"}

    day = forms.DateField(label="From which day?", help_text="For example, 27 3 2027")
    clock = forms.TimeField(label="From which time?", required=False, help_text="For example, 9:30am")
    which = forms.ChoiceField(
        label="Which events?",
        choices=[(MISSED, "Those that were given up"), (ALL, "All, also those that were taken")],
        initial=MISSED,
        widget=forms.Radios(),
    )

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        today = timezone.localdate()
        if day > today:
            raise forms.ValidationError("The day must be today or in the past")
        if day < today - EVENTS_KEPT:
            raise forms.ValidationError(
                f"Events are kept for {EVENTS_KEPT.days} days. Enter a day of the last {EVENTS_KEPT.days}"
            )
        return day

    @property
    def since(self) -> datetime:
        clock = self.cleaned_data.get("clock") or time()
        return timezone.make_aware(datetime.combine(self.cleaned_data["day"], clock))

    @property
    def only_missed(self) -> bool:
        return bool(self.cleaned_data["which"] == MISSED)
