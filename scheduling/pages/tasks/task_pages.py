"""Tasks: the list of what needs a person, and one task's page with what people do about it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from patients.access import Permission, may, requires
from patients.acting import Attempt, add_refusal
from patients.models import AuditEvent
from scheduling.adt.applying import is_set_up
from scheduling.models import Task, TaskKind
from scheduling.models.task import TaskQuerySet
from scheduling.pages.own_units import own_units
from scheduling.pages.records import WHAT_A_TASK_SHOWS, look_at_task
from scheduling.pages.tasks.task_forms import AssignForm, FinishForm, PutOffForm, TaskForm
from scheduling.tasks import doing
from scheduling.unit.matches import find_matches, from_json

TASKS_A_PAGE = 25
OWNERS = {"": "Everybody’s", "mine": "Mine", "nobody": "Nobody’s"}


@require_safe
@requires(Permission.VIEW)
def list_tasks(request: HttpRequest) -> HttpResponse:
    """Open tasks, the soonest visit first; `?owner=mine` or `nobody`, `?kind=misfit`, `?done=yes`.

    Those of the user's units; with `?unit=all` those of all.
    """
    owner, kind, done = (request.GET.get(name, "") for name in ("owner", "kind", "done"))
    own = own_units(request)
    page = page_of(request, tasks_asked(request), TASKS_A_PAGE)
    children = {task.course.patient_id for task in page if task.course}
    audit.looked_at("scheduling:list_tasks", by=request.user, patients=children)
    context = {
        "page": page,
        "today": timezone.localdate(),
        "owner": owner if owner in OWNERS else "",
        "owners": OWNERS.items(),
        "kind": kind if kind in TaskKind.values else "",
        "kinds": [("", "Every kind"), *_kinds(kind)],
        "done": bool(done),
        "has_units": bool(own),
        "all_units": request.GET.get("unit") == "all",
    }
    return render(request, "scheduling/tasks/list_tasks.html", context)


def _kinds(asked: str) -> list[tuple[str, str]]:
    """The kinds of tasks there may be: of the hospital's records only where these are read."""
    of_hospital = () if is_set_up() else (TaskKind.ADT, TaskKind.DIED)
    return [(kind, label) for kind, label in TaskKind.choices if kind not in of_hospital or kind == asked]


def tasks_asked(request: HttpRequest) -> TaskQuerySet:
    """The tasks that the address asks for, in the order of the list."""
    owner, kind, done = (request.GET.get(name, "") for name in ("owner", "kind", "done"))
    found = _owned(Task.objects.done() if done else Task.objects.open(), owner, request)
    own = own_units(request)
    if own and request.GET.get("unit") != "all":
        found = found.filter(unit__in=own)
    if kind in TaskKind.values:
        found = found.filter(kind=kind)
    return found.select_related(*WHAT_A_TASK_SHOWS).prefetch_related("course__patient__contacts")


@require_safe
@requires(Permission.VIEW)
def show_task(request: HttpRequest, pk: int) -> HttpResponse:
    return _task_page(request, look_at_task(request, pk))


@requires(Permission.DO_TASKS, only_forms=True)
def assign_task(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a task, give it to a colleague or back to nobody."""
    task = look_at_task(request, pk)
    form = AssignForm(request.POST, task=task)

    def assign() -> str:
        owner = form.cleaned_data["owner"]
        doing.assign(task=task, owner=owner, by=request.user, seen=form.cleaned_data["seen"] or None)
        return f"{owner} does this task now." if owner else "Nobody does this task now."

    return _page_if_refused(request, task, form, assign) or redirect(task)


@requires(Permission.DO_TASKS, only_forms=True)
def put_off_task(request: HttpRequest, pk: int) -> HttpResponse:
    task = look_at_task(request, pk)
    form = PutOffForm(request.POST, task=task)

    def put_off() -> str:
        due_on = form.cleaned_data["due_on"]
        doing.put_off(task=task, due_on=due_on, by=request.user, seen=form.cleaned_data["seen"] or None)
        return f"This task is due on {long_date(due_on)} now."

    return _page_if_refused(request, task, form, put_off) or redirect(task)


@requires(Permission.DO_TASKS, only_forms=True)
def finish_task(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what was done; then back to the list of tasks."""
    task = look_at_task(request, pk)
    form = FinishForm(request.POST, task=task)

    def finish() -> str:
        doing.finish(task=task, note=form.cleaned_data["note"], by=request.user)
        return f"Done: {task.get_kind_display().lower()}."

    return _page_if_refused(request, task, form, finish) or redirect("scheduling:list_tasks")


def _owned(found: TaskQuerySet, owner: str, request: HttpRequest) -> TaskQuerySet:
    if owner == "mine":
        return found.filter(owner=request.user.pk)
    return found.filter(owner=None) if owner == "nobody" else found


def _page_if_refused(
    request: HttpRequest, task: Task, form: TaskForm, verb: Callable[[], str]
) -> HttpResponse | None:
    """The page with what is wrong; None if `verb` succeeded, and its sentence is shown on the next page."""
    if not form.is_valid():
        return _task_page(request, task, form)
    with Attempt() as attempt:
        messages.success(request, verb())
    if attempt.refusal is None:
        return None
    task.refresh_from_db()
    if not task.is_open:
        # A closed task has no forms, so there is no field for an error to point to.
        messages.warning(request, str(attempt.refusal))
        return _task_page(request, task, not_saved=form.data.get("note", ""), status=attempt.status)
    add_refusal(form, attempt.refusal)
    form.fields["seen"].initial = task.version
    return _task_page(request, task, form, status=attempt.status)


def _task_page(
    request: HttpRequest, task: Task, sent: TaskForm | None = None, *, not_saved: str = "", status: int = 200
) -> HttpResponse:
    """One task, its history and its forms.

    sent: the form that was refused. not_saved: a note that came too late, shown so that its author can copy
    it.
    """
    matches = []
    if task.kind == TaskKind.FREED and task.is_open:
        matches = find_matches(task.unit, from_json(task.freed), timezone.now())
        children = [match.course.patient_id for match in matches]
        audit.looked_at(request.resolver_match.view_name, by=request.user, patients=children)
    forms = {}
    if may(request.user, Permission.DO_TASKS) and task.is_open:
        for name, kind in (("assign", AssignForm), ("put_off", PutOffForm), ("finish", FinishForm)):
            forms[name] = sent if isinstance(sent, kind) else kind(task=task)
    context = {
        "task": task,
        "course": task.course,
        "patient": task.course and task.course.patient,
        "today": timezone.localdate(),
        "matches": matches,
        "events": AuditEvent.objects.filter(record="task", record_id=task.pk),
        "forms": forms,
        "form": sent,
        "not_saved": not_saved,
    }
    return render(request, "scheduling/tasks/show_task.html", context, status=status)
