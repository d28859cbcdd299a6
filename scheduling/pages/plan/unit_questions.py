"""What the unit lead asks of a plan: what if the unit were another, and what a day late counts as."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from patients.access import Permission, requires
from patients.acting import said_in
from scheduling.booking.drafts import asking
from scheduling.booking.drafts.asked import Rates, weeks_from
from scheduling.models import Draft, DraftKind, Unit
from scheduling.pages.plan.plan_forms import RatesForm, WhatIfForm
from scheduling.unit import setup
from scheduling.unit.diary_rows import load_calendar

WEEKS = 13
LAST_DRAFTS = 5


@requires(Permission.TRY_WHAT_IF)
def try_what_if(request: HttpRequest, pk: int) -> HttpResponse:
    """One chair, nurse or opening day more or fewer; `pk` is the unit's. Nothing is changed."""
    unit = get_object_or_404(Unit, pk=pk)
    first_day, last_day = weeks_from(timezone.localdate(), WEEKS)
    week = load_calendar(unit, first_day, last_day).weekly_on(first_day)
    form = WhatIfForm(request.POST or None, open_weekdays=sorted(week))
    status = 200
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            draft = asking.ask_what_if(
                unit=unit, first_day=first_day, last_day=last_day, changes=form.changes(), by=request.user
            )
        status = attempt.status
        if attempt.done:
            return redirect(draft)
    before = Draft.objects.filter(unit=unit, kind=DraftKind.WHAT_IF).select_related("unit", "asked_by")
    context = {"unit": unit, "form": form, "drafts": before[:LAST_DRAFTS]}
    return render(request, "scheduling/plan/try_what_if.html", context, status=status)


@requires(Permission.SET_UP_UNIT)
def set_rates(request: HttpRequest, pk: int) -> HttpResponse:
    """What a day late of an urgent course counts as in a plan; `pk` is the unit's."""
    unit = get_object_or_404(Unit, pk=pk)
    rates = Rates.of(unit).in_words()
    form = RatesForm(request.POST or None, instance=unit)
    if request.method == "POST" and form.is_valid():
        setup.save_unit(unit=form.save(commit=False), by=request.user)
        messages.success(request, "What a day late counts as has been saved. The next plan uses it.")
        return redirect(unit)
    return render(request, "scheduling/plan/set_rates.html", {"unit": unit, "rates": rates, "form": form})
