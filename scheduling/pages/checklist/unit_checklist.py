"""A unit's checklist: the version in force, the draft, and earlier versions. The lead writes the draft."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from patients.access import Permission, requires
from patients.acting import said_in, said_on_the_page
from scheduling.checklist import drafting
from scheduling.models import ChecklistItem, ChecklistVersion, Unit
from scheduling.pages.checklist.checklist_forms import ChecklistItemForm
from scheduling.pages.parameters import BIGGEST_KEY, number_in


@require_safe
@requires(Permission.VIEW)
def show_checklist(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft if there is one, else the version in force; `?version=2` shows that one."""
    unit = get_object_or_404(Unit, pk=pk)
    versions = list(unit.checklists.all())
    asked = number_in(request, "version", default=0, most=BIGGEST_KEY)
    shown = next((each for each in versions if each.number == asked), versions[0] if versions else None)
    context = {
        "unit": unit,
        "versions": versions,
        "shown": shown,
        "in_force": _in_force(versions),
        "draft": _draft(versions),
        "items": list(shown.items.all()) if shown else [],
        "at": number_in(request, "at", default=0, most=BIGGEST_KEY) if request.htmx else 0,
    }
    return render(request, "scheduling/checklist/show_checklist.html", context)


@requires(Permission.SET_UP_UNIT, only_forms=True)
def start_checklist(request: HttpRequest, pk: int) -> HttpResponse:
    """Start a draft, from the latest version or from the usual checklist."""
    unit = get_object_or_404(Unit, pk=pk)
    drafting.start_draft(unit=unit, by=request.user)
    return _to_the_checklist(unit)


@requires(Permission.SET_UP_UNIT)
def add_checklist_item(request: HttpRequest, pk: int) -> HttpResponse:
    unit = get_object_or_404(Unit, pk=pk)
    draft = _draft(unit.checklists.all())
    if draft is None:
        return _no_draft(request, unit)
    form = ChecklistItemForm(request.POST or None, instance=ChecklistItem(version=draft))
    return _item_page(request, unit, form, "scheduling/checklist/add_checklist_item.html", "has been added")


@requires(Permission.SET_UP_UNIT)
def change_checklist_item(request: HttpRequest, pk: int) -> HttpResponse:
    item = _item(pk)
    if not item.version.is_draft:
        return _no_draft(request, item.version.unit)
    form = ChecklistItemForm(request.POST or None, instance=item)
    template = "scheduling/checklist/change_checklist_item.html"
    return _item_page(request, item.version.unit, form, template, "has been saved")


@requires(Permission.SET_UP_UNIT)
def remove_checklist_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Check, then remove."""
    item = _item(pk)
    unit, label = item.version.unit, item.label
    if not item.version.is_draft:
        return _no_draft(request, unit)
    if request.method == "POST":
        with said_on_the_page(request):
            drafting.remove_item(item=item, by=request.user)
            messages.success(request, f"“{label}” has been removed from the draft.")
        return _to_the_checklist(unit)
    return render(request, "scheduling/checklist/remove_checklist_item.html", {"unit": unit, "item": item})


@requires(Permission.SET_UP_UNIT, only_forms=True)
def move_checklist_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Move an item up if the form says up, else down."""
    item = _item(pk)
    unit = item.version.unit
    with said_on_the_page(request):
        drafting.move_item(item=item, up="up" in request.POST, by=request.user)
    if not request.htmx:
        return _to_the_checklist(unit)
    # When htmx replaces a part of the page, the item gets the focus back.
    return redirect(f"{reverse('scheduling:show_checklist', args=[unit.pk])}?at={item.pk}")


@requires(Permission.SET_UP_UNIT)
def put_checklist_in_force(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the whole draft and what it changes; then confirm."""
    unit = get_object_or_404(Unit, pk=pk)
    versions = list(unit.checklists.all())
    draft, in_force = _draft(versions), _in_force(versions)
    if draft is None:
        return _no_draft(request, unit)
    if request.method == "POST":
        with said_on_the_page(request):
            drafting.put_in_force(draft=draft, by=request.user, seen=request.POST.get("seen", ""))
            messages.success(request, f"Version {draft.number} of the checklist is in force.")
        return _to_the_checklist(unit)
    items, before = list(draft.items.all()), list(in_force.items.all()) if in_force else []
    keys, keys_before = {item.key for item in items}, {item.key for item in before}
    context = {
        "unit": unit,
        "draft": draft,
        "in_force": in_force,
        "items": items,
        "added": [item for item in items if item.key not in keys_before] if in_force else [],
        "removed": [item for item in before if item.key not in keys],
        "seen": drafting.contents(draft),
    }
    return render(request, "scheduling/checklist/put_checklist_in_force.html", context)


@requires(Permission.SET_UP_UNIT)
def discard_checklist(request: HttpRequest, pk: int) -> HttpResponse:
    """Check, then delete the draft."""
    unit = get_object_or_404(Unit, pk=pk)
    draft = _draft(unit.checklists.all())
    if draft is None:
        return _no_draft(request, unit)
    if request.method == "POST":
        with said_on_the_page(request):
            drafting.discard_draft(draft=draft, by=request.user)
            messages.success(request, "The draft has been thrown away.")
        return _to_the_checklist(unit)
    return render(request, "scheduling/checklist/discard_checklist.html", {"unit": unit, "draft": draft})


def _item_page(
    request: HttpRequest, unit: Unit, form: ChecklistItemForm, template: str, done: str
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        item = form.save(commit=False)
        with said_in(form) as attempt:
            drafting.save_item(item=item, by=request.user)
        if attempt.done:
            messages.success(request, f"“{item.label}” {done}.")
            return _to_the_checklist(unit)
    return render(request, template, {"form": form, "unit": unit, "item": form.instance})


def _item(pk: int) -> ChecklistItem:
    return get_object_or_404(ChecklistItem.objects.select_related("version__unit"), pk=pk)


def _draft(versions: list[ChecklistVersion]) -> ChecklistVersion | None:
    return next((each for each in versions if each.is_draft), None)


def _in_force(versions: list[ChecklistVersion]) -> ChecklistVersion | None:
    """versions: the latest first."""
    return next((each for each in versions if not each.is_draft), None)


def _no_draft(request: HttpRequest, unit: Unit) -> HttpResponse:
    messages.info(request, "A version in force is never changed. Write a new version first.")
    return _to_the_checklist(unit)


def _to_the_checklist(unit: Unit) -> HttpResponse:
    return redirect("scheduling:show_checklist", unit.pk)
