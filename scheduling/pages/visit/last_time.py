"""The panel that tells a visit of the one before, and the press that makes a hard cannula a need."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from patients import changes
from patients.access import Permission, requires
from patients.acting import said_on_the_page
from patients.models import Patient
from scheduling.history.last_time import LastTime, last_time
from scheduling.models import Need, Session
from scheduling.pages.records import look_at_visit
from scheduling.unit import needs

MOST_WORDS = Patient._meta.get_field("needs").max_length or 0


def last_time_panel(session: Session) -> dict[str, Any]:
    """The context of `_last_time.html`. At most six queries."""
    course = session.course
    last = last_time(course.patient, course, session.day)
    hard_needs = _hard_needs(session) if last.hard_day else []
    has_it = {need.pk for need in course.patient.visit_needs.all()} if hard_needs else set()
    return {
        "last": last,
        "hard_needs": [need for need in hard_needs if need.pk not in has_it],
        "may_note_hard": not has_it & {need.pk for need in hard_needs}
        and not _is_in_words(course.patient, last),
    }


@requires(Permission.EDIT_PATIENTS, only_forms=True)
def note_hard_cannula(request: HttpRequest, pk: int) -> HttpResponse:
    """Make last time's hard cannula a need of the child: one of the unit's list, or in words. `pk` is the
    visit's."""
    session = look_at_visit(request, pk)
    patient = session.course.patient
    last, asked = last_time(patient, session.course, session.day), request.POST.get("need", "")
    chosen = next((need for need in _hard_needs(session) if str(need.pk) == asked), None)
    with said_on_the_page(request):
        if chosen:
            needs.set_needs(patient=patient, needs={*patient.visit_needs.all(), chosen}, by=request.user)
            messages.success(request, f"The child needs “{chosen}” from now on.")
        elif last.hard_day and not _is_in_words(patient, last):
            patient.needs = "; ".join(filter(None, [patient.needs, last.as_need]))[:MOST_WORDS]
            changes.save(patient, by=request.user)
            messages.success(request, "Noted as a need of the child.")
    return redirect(f"{session.get_absolute_url()}#last-time")


def _hard_needs(session: Session) -> list[Need]:
    """What the unit's list has for a cannula that takes longer. No query without a list."""
    unit = session.course.unit
    if not unit.has_needs:
        return []
    return list(unit.needs.filter(in_use=True, more_cannulation__gt=0))


def _is_in_words(patient: Patient, last: LastTime) -> bool:
    return bool(last.as_need) and last.as_need in patient.needs
