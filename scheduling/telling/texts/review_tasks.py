"""Tasks about a unit's texts: one is about to lapse, or lacks while messages are due. They go by approval."""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from crmo_clinic.nhsuk.wording import plain_date
from patients import audit
from scheduling.models import AdviceText, Moment, Task, TaskKind, Unit
from scheduling.tasks.opening import close_tasks, open_task
from scheduling.telling.texts.in_force import REVIEW_SOON, missing_in_units
from scheduling.telling.texts.overview import TextState, states_in_every_language
from scheduling.unit.due_days import due_day

WAIT = "Messages to families that are due now wait: "


def ask_to_review(unit: Unit, *, today: date, by: audit.Actor) -> int:
    """A task about each text whose review date comes within 30 days, or has passed; once for each version."""
    opened = 0
    for state in _to_review(unit, today):
        says = _review_sentence(state)
        if not _tasks(unit).filter(says=says).exists():
            ahead = (state.approved.review_on - today).days
            due_on = due_day(unit, today, days=max(ahead, 0))
            opened += bool(open_task(TaskKind.TEXT_DUE, says, about=unit, due_on=due_on, by=by))
    return opened


def ask_to_approve(unit: Unit, reasons: Iterable[str], *, today: date, by: audit.Actor) -> int:
    """A task for each reason why messages that are due are held back; not twice on one day."""
    opened = 0
    for why in reasons:
        says = f"{WAIT}{why} What is not put right in time does not go at all."[:400]
        last = _tasks(unit).filter(says=says).order_by("pk").last()
        if last is None or (last.done_at and timezone.localdate(last.done_at) < today):
            due_on = due_day(unit, today)
            opened += bool(open_task(TaskKind.TEXT_DUE, says, about=unit, due_on=due_on, by=by))
    return opened


def close_settled(unit: Unit, *, today: date, by: audit.Actor) -> int:
    """Close what is settled: the text was approved anew, or what messages waited for is there."""
    lapsing = {_review_sentence(state) for state in _to_review(unit, today)}
    lacking = missing_in_units([unit], today=today, moments=Moment).get(unit, [])
    settled = [
        task.pk
        for task in _tasks(unit).open()
        if task.says not in lapsing
        and not (task.says.startswith(WAIT) and any(noun in task.says for noun in lacking))
    ]
    if not settled:
        return 0
    return close_tasks(Task.objects.filter(pk__in=settled), "The text was approved.", by=by)


def language_of(text: AdviceText) -> str:
    """`, Welsh` for a translation, to follow the text's name; nothing for English."""
    languages = dict(settings.LANGUAGES)
    return "" if text.language == "en" else f", {languages.get(text.language, text.language)}"


def _to_review(unit: Unit, today: date) -> list[TextState]:
    """Texts that are sent until a day within the next 30, or that were and have nothing in their place."""
    return [
        state
        for state in states_in_every_language(unit, today=today)
        if state.approved and not state.newer_english and state.approved.review_on <= today + REVIEW_SOON
    ]


def _review_sentence(state: TextState) -> str:
    text = state.approved
    return (
        f"The text “{state.name}{language_of(text)}” (version {text.version}) is to be reviewed by "
        f"{plain_date(text.review_on)}: after that day it is not sent. Have it read and approved anew."
    )


def _tasks(unit: Unit) -> QuerySet[Task]:
    return Task.objects.filter(kind=TaskKind.TEXT_DUE, unit=unit)
