"""What people do with a task: who does it, by when, what was done. All three forms are on its page."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk import forms
from patients.access import Permission
from patients.models import User
from scheduling.models import Task

FURTHEST = timedelta(days=366)


class TaskForm(forms.Form):
    """The base of these forms. It sends back the version of the task that the page showed."""

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        # The forms share a page, so their controls need ids of their own.
        super().__init__(*args, auto_id=f"{type(self).__name__.lower()}_%s", **kwargs)
        self.fields["seen"] = forms.SeenField(required=False, initial=task.version)


class AssignForm(TaskForm):
    """Who does the task."""

    submit_label = "Save who does this"
    submit_variant = "secondary"
    mark_optional = False
    names_in_errors = {"owner": "who does this"}

    owner = forms.ModelChoiceField(
        label="Who does this?",
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody",
        widget=forms.Select(),
    )

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        super().__init__(*args, task=task, initial={"owner": task.owner_id}, **kwargs)
        self.fields["owner"].queryset = User.objects.who_may(Permission.DO_TASKS)


class PutOffForm(TaskForm):
    """By when it is to be done."""

    submit_label = "Save due date"
    submit_variant = "secondary"
    names_in_errors = {"due_on": "due date"}

    due_on = forms.DateField(label="Due", help_text="For example, 27 3 2027")

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        super().__init__(*args, task=task, initial={"due_on": task.due_on}, **kwargs)

    def clean_due_on(self) -> date:
        due_on, today = self.cleaned_data["due_on"], timezone.localdate()
        if due_on < today:
            raise forms.ValidationError("Due date must be today or in the future")
        if due_on > today + FURTHEST:
            raise forms.ValidationError("Due date must be within the next year")
        return due_on


class FinishForm(TaskForm):
    """What was done."""

    submit_label = "Mark as done"
    names_in_errors = {"note": "what was done"}

    note = forms.CharField(
        label="What was done?",
        max_length=300,
        help_text="For example, rang the mother and agreed new days",
        widget=forms.Textarea(rows=3),
    )
