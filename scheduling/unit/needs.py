"""What a unit has on its list of needs, who is on for them, and which child needs what."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.models import Patient
from scheduling.acts import Act
from scheduling.models import Course, Need, PatientNeed, RoleShift, Unit
from scheduling.unit.lock import lock_unit
from scheduling.unit.misfits import PLACED
from scheduling.unit.recheck import close_unfit, recheck_course, recheck_unit


@transaction.atomic
def save_need(*, need: Need, by: audit.Actor) -> None:
    """Save a new or changed need of a unit; visits of children who have it are judged by it from now on.

    Raises Clash if a colleague has just given another one the same name.
    """
    lock_unit(need.unit_id)
    audit.save(need, by=by)
    in_use = Need.objects.filter(unit=need.unit_id, in_use=True)
    roles = sorted(set(in_use.exclude(role="").values_list("role", flat=True)))
    Unit.objects.filter(pk=need.unit_id).update(has_needs=in_use.exists(), roles=roles)
    recheck_unit(need.unit_id, by=by)


@transaction.atomic
def add_role_shift(*, shift: RoleShift, by: audit.Actor) -> None:
    """Save when somebody of a role is on, or that nobody is on a date."""
    lock_unit(shift.unit_id)
    audit.save(shift, by=by)
    recheck_unit(shift.unit_id, by=by)


@transaction.atomic
def remove_role_shift(*, shift: RoleShift, by: audit.Actor) -> None:
    """Take a shift out. Raises Refused if somebody else has removed it."""
    lock_unit(shift.unit_id)
    audit.delete(shift, by=by)
    recheck_unit(shift.unit_id, by=by)


@transaction.atomic
def set_needs(*, patient: Patient, needs: Collection[Need], by: audit.Actor) -> bool:
    """The child needs these and no others. Whether anything changed.

    A booked visit stays as it is; a task says so where it no longer fits.
    """
    units = Unit.objects.filter(courses__patient=patient).distinct().order_by("pk")
    for unit in units:
        lock_unit(unit.pk)
    if not write_needs(patient, needs, by):
        return False
    for course in Course.objects.filter(patient=patient, status__in=PLACED).select_related("unit"):
        recheck_course(course, by=by)
    for unit in units:
        close_unfit(unit, now=timezone.now(), by=by)
    return True


def write_needs(patient: Patient, needs: Collection[Need], by: audit.Actor) -> bool:
    """The same without what follows from it: for an act that has locked the unit."""
    rows = {row.need: row for row in patient.need_rows.select_related("need")}
    wanted = set(needs)
    if wanted == set(rows):
        return False
    PatientNeed.objects.filter(pk__in=[row.pk for need, row in rows.items() if need not in wanted]).delete()
    PatientNeed.objects.bulk_create(
        PatientNeed(patient=patient, need=need, added_by=by.name)
        for need in sorted(wanted - set(rows), key=str)
    )
    named = [sorted(map(str, rows)), sorted(map(str, wanted))]
    audit.record(Act.PATIENT_NEEDS_CHANGED, by=by, on=patient, patient=patient, changes={"needs": named})
    return True
