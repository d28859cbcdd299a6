"""How the pages put tasks into words, and where each is done."""

from datetime import date

from django import template
from django.urls import reverse

from crmo_clinic.nhsuk import wording
from patients.audit import WORKER
from scheduling.models import Task, TaskKind

register = template.Library()

# Tasks that are done by finding other days.
PLACES = {
    TaskKind.HOLD_LAPSED: "Find a slot",
    TaskKind.MISFIT: "Find other days",
    TaskKind.CHANGE: "Find other days",
    TaskKind.OFFER: "Find a slot",
}
# Tasks that are done in one part of the course page.
SECTIONS = {
    TaskKind.NOBODY_TOLD: ("Say who was told", "who-knows"),
    TaskKind.DATES: ("See the days they cannot do", "family-page"),
}


@register.filter
def due_in_words(due: date, today: date) -> str:
    """`2 days overdue`, `today`, `tomorrow`, `Tue 4 Aug 2026`."""
    days = (due - today).days
    if days < 0:
        return f"{wording.quantity(-days, 'day')} overdue"
    return ("today", "tomorrow")[days] if days < 2 else wording.short_date(due)


@register.simple_tag
def task_place(task: Task, may_book: bool) -> dict[str, str]:
    """Where a task is done, as `text` and `href`; the child is named beside it."""
    if task.kind == TaskKind.FREED:
        return {"text": "See who fits", "href": task.get_absolute_url()}
    if task.kind == TaskKind.MAIL_FAILED and task.message:
        return {"text": "See the mail", "href": task.message.get_absolute_url()}
    if task.kind == TaskKind.MAIL_TO_READ:
        where = task.mail or task
        return {"text": "Read the mail", "href": where.get_absolute_url()}
    if may_book and task.kind == TaskKind.DAY_LOST:
        lost = reverse("scheduling:lose_day", args=[task.session_id])
        return {"text": "Decide what comes instead", "href": lost}
    if task.kind == TaskKind.PART_GIVEN:
        on = reverse("scheduling:go_on", args=[task.session_id])
        return {"text": "Decide about this day", "href": on}
    if task.kind == TaskKind.TEXT_DUE:
        texts = reverse("scheduling:list_advice", args=[task.unit_id])
        return {"text": "Open the texts for families", "href": texts}
    if task.kind == TaskKind.HOOK_FAILED:
        return {"text": "Open the systems that are told", "href": reverse("scheduling:list_webhooks")}
    if task.kind == TaskKind.UNRECORDED:
        return {"text": "Record the visit", "href": task.session.get_absolute_url()}
    if task.kind == TaskKind.NOT_BROUGHT and task.session:
        return {"text": "Open the visit", "href": task.session.get_absolute_url()}
    if task.kind == TaskKind.MISFIT and task.course is None:
        weeks = reverse("scheduling:preview_weeks", args=[task.unit_id])
        return {"text": "See which infusions", "href": f"{weeks}#misfits"}
    if task.adt_id:
        return {"text": "See what they say", "href": reverse("scheduling:show_adt", args=[task.adt_id])}
    if task.kind in SECTIONS:
        text, section = SECTIONS[task.kind]
        return {"text": text, "href": f"{task.course.get_absolute_url()}#{section}"}
    if may_book and task.kind == TaskKind.DECLINED:
        lost = reverse("scheduling:lose_day", args=[task.session_id])
        return {"text": "Decide about this day", "href": lost}
    if may_book and task.kind in PLACES:
        return {"text": PLACES[task.kind], "href": reverse("scheduling:find_slot", args=[task.course_id])}
    return {"text": "Open the course", "href": task.course.get_absolute_url()}


@register.filter
def task_actor(name: str) -> str:
    """The name of who did it; `By itself` for the worker."""
    return "By itself" if name == WORKER.name else name
