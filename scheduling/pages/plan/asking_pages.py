"""Ask for a plan of the coming weeks, take the best so far, cancel it, or plan the rest again."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from patients.access import Permission, requires
from patients.acting import said_in, said_on_the_page
from scheduling.booking.drafts import asking
from scheduling.booking.drafts.asked import Rates
from scheduling.models import Course, Draft, DraftKind, Unit
from scheduling.pages.booking.list_place import ListPlace, place_in, shown
from scheduling.pages.parameters import BIGGEST_KEY, unit_in
from scheduling.pages.plan.loaded import look_at_draft
from scheduling.pages.plan.plan_forms import PlanForm

ALL, FILTERED, SELECTED = "all", "filtered", "selected"
LAST_DRAFTS = 5


@requires(Permission.PLAN_COURSES)
def plan_weeks(request: HttpRequest) -> HttpResponse:
    """Which weeks, and whom: all who wait, the list as it is filtered (`?list=`), or those selected on it
    (`?course=1&course=2`)."""
    place = place_in(request) or shown(request, QueryDict())
    units = list(Unit.objects.all())
    unit = unit_in(request, units)
    if unit is None:
        return render(request, "scheduling/unit/no_unit.html", {"title": "Plan the coming weeks"})
    today, keys = timezone.localdate(), _keys(request, place)
    who = [(name, words) for name, words in _whom(keys) if name == ALL or name in keys]
    form = PlanForm(
        request.POST or None,
        today=today,
        who=who,
        units=units,
        initial=PlanForm.usual(today, unit, who[-1][0]),
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        first_day, last_day = form.first_and_last()
        with said_in(form) as attempt:
            draft = asking.ask_for_plan(
                unit=next(each for each in units if each.pk == form.cleaned_data.get("unit", unit.pk)),
                first_day=first_day,
                last_day=last_day,
                courses=keys[form.cleaned_data.get("who", ALL)],
                notice_days=form.cleaned_data["notice_days"],
                kept_free=form.cleaned_data["kept_free"],
                by=request.user,
            )
        status = attempt.status
        if attempt.done:
            return redirect(draft)
    context = {
        "form": form,
        "back": place.address(),
        # Said where there is nothing to choose.
        "whom": who[0][1] if len(who) == 1 else "",
        "selected": keys.get(SELECTED, ()),
        "rates": Rates.of(unit).in_words(),
        "drafts": Draft.objects.exclude(kind=DraftKind.WHAT_IF).select_related("unit", "asked_by")[
            :LAST_DRAFTS
        ],
    }
    return render(request, "scheduling/plan/plan_weeks.html", context, status=status)


@requires(Permission.PLAN_COURSES, only_forms=True)
def stop_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop the work and use the best plan so far."""
    draft = look_at_draft(request, pk)
    with said_on_the_page(request) as attempt:
        asking.stop(draft=draft, by=request.user)
    if attempt.done:
        messages.success(request, "The work is being stopped. The best plan so far is shown in a moment.")
    return redirect(draft)


@requires(Permission.PLAN_COURSES, only_forms=True)
def cancel_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """End the work without a plan."""
    draft = look_at_draft(request, pk)
    with said_on_the_page(request):
        asking.cancel(draft=draft, by=request.user)
    return redirect(draft)


@requires(Permission.PLAN_COURSES, only_forms=True)
def plan_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan the rest again: what was kept stays."""
    draft = look_at_draft(request, pk, DraftKind.PLAN)
    with said_on_the_page(request) as attempt:
        again = asking.plan_again(draft=draft, by=request.user)
    return redirect(again if attempt.done else draft)


def _keys(request: HttpRequest, place: ListPlace) -> dict[str, Sequence[int]]:
    """By who may be planned, the keys of the courses in the order of the list."""
    now = timezone.now()
    keys: dict[str, Sequence[int]] = {ALL: list(Course.objects.waiting().values_list("pk", flat=True))}
    if list(place.filters.chosen()):
        keys[FILTERED] = place.filters.keys(now)
    asked = request.POST if request.method == "POST" else request.GET
    ticked = {
        int(key) for key in asked.getlist("course") if key.isascii() and key.isdigit() and len(key) < 11
    }
    if ticked:
        known = set(
            Course.objects.to_book()
            .filter(pk__in=[k for k in ticked if k <= BIGGEST_KEY])
            .values_list("pk", flat=True)
        )
        keys[SELECTED] = [key for key in (*keys[ALL], *sorted(known)) if key in known]
        keys[SELECTED] = list(dict.fromkeys(keys[SELECTED]))
    return keys


def _whom(keys: dict[str, Sequence[int]]) -> list[tuple[str, str]]:
    def children(name: str) -> str:
        return quantity(len(keys.get(name, ())), "child", "children")

    return [
        (ALL, f"Everybody who waits: {children(ALL)}"),
        (FILTERED, f"The list as it is filtered: {children(FILTERED)}"),
        (SELECTED, f"Those selected on the list: {children(SELECTED)}"),
    ]
