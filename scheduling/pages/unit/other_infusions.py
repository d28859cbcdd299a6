"""Infusions that are not courses: their kinds, and placing, moving and cancelling them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.wording import clock, long_date, quantity
from patients.access import Permission, may, requires
from patients.acting import Attempt, add_refusal, said_in, said_on_the_page
from scheduling.errors import Refused, SlotGone
from scheduling.models import InfusionKind, OtherInfusion, Unit
from scheduling.pages.booking.allowance_form import AllowanceForm
from scheduling.pages.parameters import BIGGEST_KEY, day_in, number_in
from scheduling.pages.unit.infusion_forms import InfusionForm, InfusionKindForm, MoveInfusionForm
from scheduling.rules import Objection
from scheduling.unit import allowed_infusions, other_infusions, setup
from scheduling.unit.allowances import may_all_be_allowed
from scheduling.unit.other_infusions import Planned
from scheduling.unit.other_misfits import misfit_of

# What the check page asks; all else was typed before it.
ANSWERS = {"csrfmiddlewaretoken", "confirmed", "allowed", "change", *AllowanceForm.base_fields}


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
    found = _Sorted(planned, may_override=may(request.user, Permission.OVERRIDE_RULES))
    if not found.to_place:
        add_refusal(form, SlotGone(planned[0].objections))
        return render(request, template, context, status=409)
    wants_all = "broken" in request.POST and "allowed" in request.POST
    allow_form = found.allow_form(request.POST if wants_all else None)
    is_seen = request.POST.get("allowed" if wants_all else "confirmed") == found.seen(wants_all)
    if is_seen and (not wants_all or (allow_form and allow_form.is_valid())):
        with Attempt() as attempt:
            placed = other_infusions.place(
                kind=typed["kind"],
                label=typed["label"],
                days=[each.visit.day for each in (found.to_place if wants_all else found.fitting)],
                by=request.user,
                allowance=allow_form.allowance() if wants_all and allow_form else None,
                **where,
            )
        if attempt.refusal:
            add_refusal(form, attempt.refusal)
            return render(request, template, context, status=409)
        messages.success(request, f"{quantity(len(placed), 'infusion has', 'infusions have')} been placed.")
        return redirect(placed[0])
    names = dict(unit.chairs.values_list("pk", "name"))
    context |= {
        "fitting": [(each.visit, names[each.visit.chair]) for each in found.fitting],
        "against": [(each.visit, names[each.visit.chair], each.objections) for each in found.against],
        "left_out": [each.why_not for each in found.left_out],
        "seen": found.seen(False),
        "seen_all": found.seen(True),
        "many": quantity(len(found.to_place), "infusion"),
        "allow_form": allow_form,
        "other_forms": [allow_form],
        "what": typed["label"] or typed["kind"],
        "typed": [
            (name, value) for name, values in request.POST.lists() if name not in ANSWERS for value in values
        ],
    }
    has_changed = not is_seen and ("confirmed" in request.POST or "allowed" in request.POST)
    return render(request, "scheduling/unit/check_infusion.html", context, status=409 if has_changed else 200)


@dataclass(frozen=True)
class _Sorted:
    """The planned ones by what speaks against them. may_override: whether the user may break a rule."""

    planned: Sequence[Planned]
    may_override: bool

    @property
    def fitting(self) -> list[Planned]:
        return [each for each in self.planned if not each.objections]

    @property
    def against(self) -> list[Planned]:
        """Those that could be placed with a reason."""
        return [each for each in self.planned if self.may_override and each.may_be_allowed]

    @property
    def to_place(self) -> list[Planned]:
        """Those that fit, and those that could be placed with a reason, the earliest first."""
        return [each for each in self.planned if each in self.fitting or each in self.against]

    @property
    def left_out(self) -> list[Planned]:
        return [each for each in self.planned if each not in self.to_place]

    def seen(self, with_those_against: bool) -> str:
        """The days that a page shows, by which it says what was confirmed."""
        shown = self.to_place if with_those_against else self.fitting
        return ",".join(each.visit.day.isoformat() for each in shown)

    def allow_form(self, typed: QueryDict | None) -> AllowanceForm | None:
        if not self.against:
            return None
        if typed is not None:
            return AllowanceForm(typed)
        found = [objection for each in self.against for objection in each.objections]
        return AllowanceForm.about(found, self.against[0].visit.day)


@require_safe
@requires(Permission.VIEW)
def show_infusion(request: HttpRequest, pk: int) -> HttpResponse:
    infusion = _infusion(pk)
    return _infusion_page(request, infusion, _move_form(infusion))


@requires(Permission.BOOK_COURSES, only_forms=True)
def move_infusion(request: HttpRequest, pk: int) -> HttpResponse:
    infusion = _infusion(pk)
    form = _move_form(infusion, request.POST)
    allow_form = AllowanceForm(request.POST) if "broken" in request.POST else None
    if not form.is_valid() or (allow_form and not allow_form.is_valid()):
        return _infusion_page(request, infusion, form, move_allow_form=allow_form)
    stood = timezone.localdate(infusion.booking.starts_at)
    with Attempt() as attempt:
        moved = other_infusions.move(
            infusion=infusion,
            all_later=form.cleaned_data.get("which") == "later",
            days=(form.cleaned_data["day"] - stood).days,
            start=form.starts_at,
            chair=form.cleaned_data["chair"],
            by=request.user,
            allowance=allow_form.allowance() if allow_form else None,
        )
    if attempt.refusal:
        return _not_moved(request, infusion, form, attempt.refusal)
    messages.success(request, f"{quantity(len(moved), 'infusion has', 'infusions have')} been moved.")
    return redirect(infusion)


def _not_moved(
    request: HttpRequest, infusion: OtherInfusion, form: MoveInfusionForm, refusal: Refused
) -> HttpResponse:
    """What speaks against it; where the user may have it so all the same, with a form that asks why."""
    against = refusal.objections if isinstance(refusal, SlotGone) else ()
    if may(request.user, Permission.OVERRIDE_RULES) and may_all_be_allowed(against):
        allow_form = AllowanceForm.about(against, form.cleaned_data["day"])
        return _infusion_page(request, infusion, form, move_allow_form=allow_form, move_against=against)
    add_refusal(form, refusal)
    return _infusion_page(request, infusion, form, status=409)


@requires(Permission.OVERRIDE_RULES, only_forms=True)
def allow_infusion(request: HttpRequest, pk: int) -> HttpResponse:
    """Let it stay where it no longer fits, with a reason."""
    infusion, allow_form = _infusion(pk), AllowanceForm(request.POST)
    if not allow_form.is_valid():
        return _infusion_page(request, infusion, _move_form(infusion), stay_form=allow_form)
    with said_on_the_page(request) as attempt:
        allowed_infusions.allow(infusion=infusion, allowance=allow_form.allowance(), by=request.user)
    if attempt.done:
        messages.success(request, "The infusion stays where it is.")
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


def _move_form(infusion: OtherInfusion, typed: QueryDict | None = None) -> MoveInfusionForm:
    begins = timezone.localtime(infusion.booking.starts_at)
    initial = {"day": begins.date(), "start": clock(begins.hour * 60 + begins.minute)}
    is_series = infusion.series is not None
    return MoveInfusionForm(typed, unit=infusion.kind.unit, is_series=is_series, initial=initial)


def _infusion_page(
    request: HttpRequest,
    infusion: OtherInfusion,
    form: MoveInfusionForm,
    *,
    stay_form: AllowanceForm | None = None,
    move_allow_form: AllowanceForm | None = None,
    move_against: Sequence[Objection] = (),
    status: int = 200,
) -> HttpResponse:
    """move_allow_form: asks why it may be moved to where these objections are against it."""
    booking = infusion.booking
    series = OtherInfusion.objects.filter(series=infusion.series, booking__isnull=False)
    later = series.filter(booking__starts_at__gt=booking.starts_at) if infusion.series else series.none()
    against = misfit_of(booking, infusion.kind.unit, timezone.now())
    may_stay = may(request.user, Permission.OVERRIDE_RULES) and may_all_be_allowed(against)
    if may_stay and stay_form is None and move_allow_form is None:
        stay_form = AllowanceForm.about(against, timezone.localdate(booking.starts_at))
    context = {
        "infusion": infusion,
        "unit": infusion.kind.unit,
        "booking": booking,
        "day": long_date(timezone.localtime(booking.starts_at)),
        "board_day": timezone.localdate(booking.starts_at).isoformat(),
        "later": later.count(),
        "form": form,
        "overrides": allowed_infusions.in_force(infusion),
        "against": against,
        "stay_form": stay_form,
        "move_allow_form": move_allow_form,
        "other_forms": [stay_form, move_allow_form],
        "move_against": move_against,
        "is_to_come": booking.starts_at > timezone.now(),
    }
    return render(request, "scheduling/unit/show_infusion.html", context, status=status)
