"""Before a save, the page shows which booked visits it affects. After a refusal, the form is shown again."""

import re
from collections.abc import Hashable, Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from patients import audit, stale
from patients.access import Permission, may
from patients.acting import add_refusal
from scheduling.errors import Refused, VisitsNotSeen
from scheduling.models import Session, Unit
from scheduling.pages.plan.replan_pages import ask_for_days
from scheduling.unit.booking_rows import other_key
from scheduling.unit.misfits import Misfit
from scheduling.unit.other_misfits import OtherMisfit

# How a check page sends the keys of the courses on it: to save, and to ask for new days for them as well.
SAVES, PROPOSES = "confirmed", "propose"
NOT_TYPED = ("csrfmiddlewaretoken", SAVES, PROPOSES, "change")


def check_or_refused_page(
    request: HttpRequest,
    template: str,
    check: str,
    context: dict[str, Any],
    refusal: Refused,
    field: str | None = None,
) -> HttpResponse:
    """After a refused save: the page to check the affected visits, or the form with what is wrong.

    check: the template of the page to check. field: where the form shows the error; None is at its top.
    """
    if isinstance(refusal, VisitsNotSeen):
        return _check_page(request, check, context, refusal)
    add_refusal(context["form"], refusal, field)
    return render(request, template, context, status=409)


def _check_page(
    request: HttpRequest, template: str, context: dict[str, Any], refusal: VisitsNotSeen
) -> HttpResponse:
    """The affected visits and all that was typed, to be confirmed or changed.

    The status is 409 if the user had confirmed a page that showed fewer visits.
    """
    again = SAVES in request.POST or PROPOSES in request.POST
    context |= {
        "affected": refusal.affected,
        "unfit": refusal.unfit,
        "seen": show(request, refusal.affected, refusal.unfit.others if refusal.unfit else ()),
        "typed": typed_in(request),
        "refusal": refusal if again else None,
    }
    return render(request, template, context, status=409 if again else 200)


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """All that was typed, to be sent again."""
    return [
        (name, value) for name, values in request.POST.lists() for value in values if name not in NOT_TYPED
    ]


def tell_removed(request: HttpRequest, model: type[Model], pk: int) -> HttpResponse:
    """Back to the unit, saying who removed the row that the address is about; 404 if there never was one."""
    event = stale.removal_of(model, pk)
    if event is None:
        raise Http404
    messages.warning(request, f"{stale.removed(model, pk)} Nothing else was done.")
    unit = event.changes.get("unit")
    return redirect("scheduling:show_unit", unit[0]) if unit else redirect("scheduling:list_units")


def show(
    request: HttpRequest, affected: Iterable[Session | Misfit], others: Iterable[OtherMisfit] = ()
) -> str:
    """Log that these children were shown. Returns the keys of their courses, for the page to send back.

    others: other infusions that are shown beside them; their keys follow as `other-7`.
    """
    courses = {row.course.pk: row.course.patient_id for row in affected}
    audit.looked_at(request.resolver_match.view_name, by=request.user, patients=set(courses.values()))
    infusions = (f"{kind}-{number}" for kind, number in sorted(other.key for other in others))
    return ",".join([*map(str, sorted(courses)), *infusions])


def courses_seen(request: HttpRequest) -> set[Hashable]:
    """The keys of the courses on the page that the request comes from, and of the other infusions there."""
    shown = request.POST.get(SAVES) or request.POST.get(PROPOSES, "")
    found = re.findall(r"(other-)?([0-9]{1,18})", shown)
    return {other_key(int(digits)) if other else int(digits) for other, digits in found}


def to_who_is_hit(request: HttpRequest, unit: Unit) -> HttpResponse:
    """After a save: to who no longer fits, or to the new days worked out for them; else to the unit."""
    if PROPOSES in request.POST and may(request.user, Permission.PLAN_COURSES):
        return ask_for_days(request, unit)
    if courses_seen(request):
        return redirect(reverse("scheduling:preview_weeks", args=[unit.pk]) + "#misfits")
    return redirect(unit)
