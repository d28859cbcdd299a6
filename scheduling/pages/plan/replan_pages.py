"""New days for booked courses: who is hit, the proposals, the families to ring, and all moved together."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.wording import quantity
from patients import audit
from patients.access import Permission, requires
from patients.acting import Attempt, said_on_the_page
from scheduling.booking import contact_log
from scheduling.booking.replanning import asking, moving
from scheduling.booking.replanning.asking import Asked, Broken
from scheduling.booking.replanning.hit import find_hit
from scheduling.models import (
    Accept,
    CancelReason,
    ContactOutcome,
    Draft,
    DraftKind,
    Unit,
)
from scheduling.pages.booking.hold_forms import HoldForm
from scheduling.pages.booking.placement_forms import MoveReasonForm
from scheduling.pages.plan.loaded import look_at_draft
from scheduling.pages.plan.replan_rows import Row, context_of, rows_of
from scheduling.pages.telling.mail_words import read_mail

# Of so many mails the words are shown; the others are only counted.
MOST_READ = 100
RUNG_NOTE = "About the new days"


@requires(Permission.PLAN_COURSES)
def propose_days(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's. Who is hit, and for whom a person decides first; a press asks for new days."""
    unit = get_object_or_404(Unit, pk=pk)
    if request.method == "POST":
        return ask_for_days(request, unit)
    who = find_hit(unit, timezone.now())
    audit.looked_at("scheduling:propose_days", by=request.user, patients=who.patients)
    return render(request, "scheduling/plan/propose_days.html", {"unit": unit, "who": who})


def ask_for_days(request: HttpRequest, unit: Unit, broken: Broken | None = None) -> HttpResponse:
    """To the draft that is worked out now, or back to who is hit with why there is none."""
    with said_on_the_page(request):
        return redirect(asking.ask(unit=unit, by=request.user, broken=broken))
    return redirect(reverse("scheduling:preview_weeks", args=[unit.pk]) + "#misfits")


@require_safe
@requires(Permission.PLAN_COURSES)
def show_replan(request: HttpRequest, pk: int) -> HttpResponse:
    """The proposals of a draft; `?others=1` shows the first in which others move.

    `?tick=rest` ticks all but the urgent lines and those that changed, `?tick=7,8` these lines.
    """
    draft = look_at_draft(request, pk, DraftKind.REPLAN)
    if not draft.has_proposal:
        return redirect(draft)
    option = _option(request, draft)
    rows = rows_of(draft, option, timezone.now())
    _log_look(request, rows)
    return render(request, "scheduling/plan/show_replan.html", context_of(request, draft, option, rows))


@requires(Permission.PLAN_COURSES, only_forms=True)
def do_replan(request: HttpRequest, pk: int) -> HttpResponse:
    """What the page sends for the ticked lines: hold days, note that the families were rung, or move."""
    draft = look_at_draft(request, pk, DraftKind.REPLAN)
    option = _option(request, draft)
    if not draft.has_proposal:
        return redirect(draft)
    rows = rows_of(draft, option, timezone.now())
    _log_look(request, rows)
    ticked = set(request.POST.getlist("line"))
    chosen = [row for row in rows if str(row.line.pk) in ticked]
    act = {"hold": _hold, "rung": _note_rung}.get(request.POST.get("do", ""), _move)
    return act(request, draft, option, chosen)


def _hold(request: HttpRequest, draft: Draft, option: int, chosen: Sequence[Row]) -> HttpResponse:
    form = HoldForm(request.POST)
    with said_on_the_page(request):
        if not form.is_valid():
            form = HoldForm({"lasts": HoldForm.base_fields["lasts"].initial})
            form.is_valid()
        number = moving.accept(
            draft=draft,
            option=option,
            lines=[row.line.pk for row in chosen],
            how=Accept.HOLD,
            hold_until=form.until(chosen[0].course) if chosen else None,
            by=request.user,
        )
        messages.success(
            request,
            f"Days are being held for {quantity(number, 'child', 'children')}, one after the other. "
            "Nothing is sent. Ring the families.",
        )
    return _back(draft, option, chosen)


def _note_rung(request: HttpRequest, draft: Draft, option: int, chosen: Sequence[Row]) -> HttpResponse:
    noted = 0
    for row in chosen:
        with Attempt() as attempt:
            contact_log.note_attempt(
                course=row.course,
                outcome=ContactOutcome.REACHED,
                note=RUNG_NOTE,
                by=request.user,
                is_booked=True,
            )
            noted += 1
        if attempt.refusal:
            messages.warning(request, f"{row.course.patient.identified}: {attempt.refusal}")
    if noted:
        messages.success(request, f"Noted: somebody spoke to {quantity(noted, 'family', 'families')}.")
    if not chosen:
        messages.warning(request, "Tick the children whose family you spoke to.")
    return _back(draft, option, chosen)


def _move(request: HttpRequest, draft: Draft, option: int, chosen: Sequence[Row]) -> HttpResponse:
    """Check what is sent, then move all that were ticked in one press."""
    if chosen and all(row.state.is_moved or row.state.is_under_way for row in chosen):
        messages.info(request, "These courses are being moved already, or were moved.")
        return _back(draft, option)
    chosen = [row for row in chosen if row.can_be_ticked]
    if not chosen:
        messages.warning(request, moving.NOTHING)
        return _back(draft, option)
    reason = Asked.from_json(draft.settings).reason
    confirmed = "confirmed" in request.POST
    form = MoveReasonForm(request.POST if confirmed else None, initial={"reason": reason.value})
    if confirmed and form.is_valid():
        with said_on_the_page(request):
            number = moving.accept(
                draft=draft,
                option=option,
                lines=[row.line.pk for row in chosen],
                how=Accept.MOVE,
                reason=CancelReason(form.cleaned_data["reason"]),
                by=request.user,
            )
            messages.success(
                request, f"{quantity(number, 'course is', 'courses are')} being moved, one after the other."
            )
        return _back(draft, option)
    found = moving.preview([row.state for row in chosen], reason, request.user)
    context = {
        "draft": draft,
        "option": option,
        "rows": chosen,
        "form": form,
        "reason": reason.label,
        "mails": [read_mail(message) for message in found.messages[:MOST_READ]],
        "count": len(found.messages),
        "families": len({message.course_id for message in found.messages}),
        "refused": [(row, found.refusals[row.line.pk]) for row in chosen if row.line.pk in found.refusals],
        "unwritten": _unwritten(chosen, {message.course_id for message in found.messages}, found.refusals),
        "not_rung": [row for row in chosen if row.course.spoken_at is None],
    }
    return render(request, "scheduling/plan/check_replan.html", context)


def _unwritten(rows: Sequence[Row], written_to: set[int], refused: Any) -> list[Row]:
    """Those that would move and whose families get no mail."""
    return [row for row in rows if row.course.pk not in written_to and row.line.pk not in refused]


def _option(request: HttpRequest, draft: Draft) -> int:
    asked = request.POST if request.method == "POST" else request.GET
    if "others" not in asked:
        return int(draft.option)
    text = asked["others"]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def _back(draft: Draft, option: int, ticked: Sequence[Row] = ()) -> HttpResponse:
    """To the proposals. ticked: what stays ticked, so that the next press is about the same children."""
    ticks = f"&tick={','.join(str(row.line.pk) for row in ticked)}" if ticked else ""
    return redirect(f"{reverse('scheduling:show_replan', args=[draft.pk])}?others={option}{ticks}#days")


def _log_look(request: HttpRequest, rows: Sequence[Row]) -> None:
    """Log that the user saw all children of the proposal."""
    children = [row.course.patient_id for row in rows]
    audit.looked_at(request.resolver_match.view_name, by=request.user, patients=children)
