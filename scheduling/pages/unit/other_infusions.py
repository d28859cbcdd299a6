"""Infusions that are not courses: their kinds, and placing, moving and cancelling them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.wording import clock, long_date, quantity
from patients.access import Permission, requires
from patients.acting import Attempt, add_refusal, said_in, said_on_the_page
from scheduling.errors import SlotGone
from scheduling.models import InfusionKind, OtherInfusion, Unit
from scheduling.pages.parameters import BIGGEST_KEY, day_in, number_in
from scheduling.pages.unit.infusion_forms import InfusionForm, InfusionKindForm, MoveInfusionForm
from scheduling.unit import other_infusions, setup
from scheduling.unit.other_misfits import misfit_of


@requires(Permission.SET_UP_UNIT)
def add_infusion_kind(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's."""
    kind = InfusionKind(unit=get_object_or_404(Unit, pk=pk))
    return _kind_page(request, kind, "scheduling/unit/add_infusion_kind.html")


@requires(Permission.SET_UP_UNIT)
def change_infusion_kind(request: HttpRequest, pk: int) -> HttpResponse:
    kind = get_object_or_404(InfusionKind.objects.select_related("unit"), pk=pk)
    return _kind_page(request, kind, "scheduling/unit/change_infusion_kind.html")


def _kind_page(request: HttpRequest, kind: InfusionKind, template: str) -> HttpResponse:
    unit = kind.unit
    form = InfusionKindForm(request.POST or None, instance=kind)
    status = 200
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            setup.save_infusion_kind(kind=form.save(commit=False), by=request.user)
        if attempt.done:
            messages.success(request, f"{kind} has been saved.")
            return redirect(unit)
        status = attempt.status
    return render(request, template, {"form": form, "unit": unit, "kind": kind}, status=status)


@requires(Permission.BOOK_COURSES)
def place_infusion(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's. Every date is shown before anything is placed; what does not fit is left out."""
    unit = get_object_or_404(Unit, pk=pk)
    if not unit.infusion_kinds.filter(in_use=True).exists():
        messages.warning(request, "Add the infusions that are given here first.")
        return redirect(unit)
    day, start = day_in(request, "day"), number_in(request, "start", default=0, most=24 * 60)
    chair = number_in(request, "chair", default=0, most=BIGGEST_KEY)
    initial = {"day": day, "start": clock(start) if start else None, "chair": chair or None}
    form = InfusionForm(request.POST or None, unit=unit, initial=initial)
    context = {"form": form, "unit": unit}
    template = "scheduling/unit/place_infusion.html"
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return render(request, template, context)
    typed, where = form.cleaned_data, {"start": form.starts_at, "chair": form.cleaned_data["chair"]}
    planned = other_infusions.plan(typed["kind"], form.days(), **where)
    fitting = [each.visit for each in planned if not each.objections]
    shown = ",".join(visit.day.isoformat() for visit in fitting)
    if not fitting:
        add_refusal(form, SlotGone(planned[0].objections))
        return render(request, template, context, status=409)
    if request.POST.get("confirmed") == shown:
        with Attempt() as attempt:
            placed = other_infusions.place(
                kind=typed["kind"],
                label=typed["label"],
                days=[visit.day for visit in fitting],
                by=request.user,
                **where,
            )
        if attempt.refusal:
            add_refusal(form, attempt.refusal)
            return render(request, template, context, status=409)
        messages.success(request, f"{quantity(len(placed), 'infusion has', 'infusions have')} been placed.")
        return redirect(placed[0])
    names = dict(unit.chairs.values_list("pk", "name"))
    context |= {
        "fitting": [(visit, names[visit.chair]) for visit in fitting],
        "left_out": [each.objections[0] for each in planned if each.objections],
        "seen": shown,
        "what": typed["label"] or typed["kind"],
        "typed": [
            (name, value)
            for name, values in request.POST.lists()
            if name not in ("csrfmiddlewaretoken", "confirmed", "change")
            for value in values
        ],
    }
    return render(
        request,
        "scheduling/unit/check_infusion.html",
        context,
        status=409 if "confirmed" in request.POST else 200,
    )


@require_safe
@requires(Permission.VIEW)
def show_infusion(request: HttpRequest, pk: int) -> HttpResponse:
    infusion = _infusion(pk)
    begins = timezone.localtime(infusion.booking.starts_at)
    initial = {"day": begins.date(), "start": clock(begins.hour * 60 + begins.minute)}
    return _infusion_page(request, infusion, _move_form(infusion, initial=initial))


@requires(Permission.BOOK_COURSES, only_forms=True)
def move_infusion(request: HttpRequest, pk: int) -> HttpResponse:
    infusion = _infusion(pk)
    form = _move_form(infusion, request.POST)
    if not form.is_valid():
        return _infusion_page(request, infusion, form)
    stood = timezone.localdate(infusion.booking.starts_at)
    with said_in(form) as attempt:
        moved = other_infusions.move(
            infusion=infusion,
            all_later=form.cleaned_data.get("which") == "later",
            days=(form.cleaned_data["day"] - stood).days,
            start=form.starts_at,
            chair=form.cleaned_data["chair"],
            by=request.user,
        )
    if not attempt.done:
        return _infusion_page(request, infusion, form, attempt.status)
    messages.success(request, f"{quantity(len(moved), 'infusion has', 'infusions have')} been moved.")
    return redirect(infusion)


@requires(Permission.BOOK_COURSES, only_forms=True)
def cancel_infusion(request: HttpRequest, pk: int) -> HttpResponse:
    """`which` is "this", or "later" for it and the later ones of its series."""
    infusion = _infusion(pk)
    with said_on_the_page(request) as attempt:
        gone = other_infusions.cancel(
            infusion=infusion, all_later=request.POST.get("which") == "later", by=request.user
        )
        messages.success(request, f"{quantity(gone, 'infusion has', 'infusions have')} been cancelled.")
    return redirect("scheduling:show_board") if attempt.done else redirect(infusion)


def _infusion(pk: int) -> OtherInfusion:
    return get_object_or_404(
        OtherInfusion.objects.select_related("kind__unit", "booking__chair").filter(booking__isnull=False),
        pk=pk,
    )


def _move_form(infusion: OtherInfusion, *args: object, **kwargs: object) -> MoveInfusionForm:
    return MoveInfusionForm(*args, unit=infusion.kind.unit, is_series=infusion.series is not None, **kwargs)


def _infusion_page(
    request: HttpRequest, infusion: OtherInfusion, form: MoveInfusionForm, status: int = 200
) -> HttpResponse:
    booking = infusion.booking
    series = OtherInfusion.objects.filter(series=infusion.series, booking__isnull=False)
    later = series.filter(booking__starts_at__gt=booking.starts_at) if infusion.series else series.none()
    context = {
        "infusion": infusion,
        "unit": infusion.kind.unit,
        "booking": booking,
        "day": long_date(timezone.localtime(booking.starts_at)),
        "board_day": timezone.localdate(booking.starts_at).isoformat(),
        "later": later.count(),
        "form": form,
        "against": misfit_of(booking, infusion.kind.unit, timezone.now()),
        "is_to_come": booking.starts_at > timezone.now(),
    }
    return render(request, "scheduling/unit/show_infusion.html", context, status=status)
