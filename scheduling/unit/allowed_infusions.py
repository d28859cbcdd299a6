"""Infusions that are no course's and that somebody lets break a rule: where they are placed, or by now stand.

What is in force stands on the infusion (`overridden`); who allowed it and why is kept in `RuleOverride`,
which outlives the infusion. A unit that gives none is asked nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from patients import audit
from scheduling.acts import Act, record
from scheduling.errors import Refused
from scheduling.models import Booking, OtherInfusion, RuleOverride, Unit
from scheduling.rules import Objection
from scheduling.unit.allowances import Allowance, may_all_be_allowed
from scheduling.unit.booking_rows import day_bounds
from scheduling.unit.lapse import lapse_holds_of
from scheduling.unit.lock import lock_unit
from scheduling.unit.other_misfits import misfit_of
from scheduling.unit.recheck import recheck_unit


def keep(
    infusion: OtherInfusion,
    day: date,
    found: Sequence[Objection],
    allowance: Allowance | None,
    *,
    by: audit.Actor,
) -> None:
    """Note which rules it breaks where it stands now, on `day`. Inside the transaction of the act.

    found: the objections to where it stands; all of them allowed. Who allowed a rule before still answers.
    """
    known = dict(infusion.overridden)
    _put(infusion, {str(o.rule): known.get(str(o.rule), by.name) for o in found})
    new = [objection for objection in found if str(objection.rule) not in known]
    if new and allowance:
        _record(infusion, day, new, allowance, by=by)


@transaction.atomic
def allow(*, infusion: OtherInfusion, allowance: Allowance, by: audit.Actor) -> None:
    """Let an infusion stay where it no longer fits.

    Raises Refused if it is over or gone, if a rule against it is not one that a person may break, or if
    something else is against it than `allowance` names.
    """
    unit, now = infusion.kind.unit, timezone.now()
    lock_unit(unit.pk)
    lapse_holds_of(unit.pk, now)
    stood = OtherInfusion.objects.select_related("kind__unit", "booking").filter(pk=infusion.pk).first()
    if stood is None or not hasattr(stood, "booking"):
        raise Refused("Somebody else cancelled this infusion meanwhile.")
    against, day = misfit_of(stood.booking, unit, now), timezone.localdate(stood.booking.starts_at)
    if hard := [str(objection) for objection in against if not objection.may_be_allowed]:
        raise Refused("The infusion cannot stay where it is.", *hard)
    shown = {rule for rule, on in allowance.broken if on == day.isoformat()}
    if not may_all_be_allowed(against) or {str(objection.rule) for objection in against} - shown:
        raise Refused("What is against this infusion has changed, so nothing was done. Look at it again.")
    _put(stood, dict(stood.overridden) | {str(objection.rule): by.name for objection in against})
    _record(stood, day, against, allowance, by=by)
    recheck_unit(unit.pk, by=by)


def _put(infusion: OtherInfusion, allowed: Mapping[str, str]) -> None:
    """allowed: who allowed each rule."""
    now = sorted([rule, who] for rule, who in allowed.items())
    if now != infusion.overridden:
        infusion.overridden = now
        infusion.save(update_fields=["overridden"])


def _record(
    infusion: OtherInfusion, day: date, new: Sequence[Objection], allowance: Allowance, *, by: audit.Actor
) -> None:
    reason = allowance.reason.strip()
    RuleOverride.objects.bulk_create(
        RuleOverride(
            unit=infusion.kind.unit,
            infusion=infusion,
            rule=objection.rule,
            day=day,
            sentence=objection.sentence,
            reason=reason,
            allowed_by=by.name,
        )
        for objection in new
    )
    details = {"rules": [objection.sentence for objection in new], "reason": reason}
    record(Act.OTHERINFUSION_RULE_OVERRIDDEN, infusion, by, details)


def in_force(infusion: OtherInfusion) -> list[RuleOverride]:
    """Who let it break which rule where it stands now, and why. No query for one that breaks none."""
    if not infusion.overridden:
        return []
    rules = {rule for rule, _ in infusion.overridden}
    rows = {row.rule: row for row in infusion.rule_overrides.all()}
    return [row for rule, row in rows.items() if rule in rules]


def allowed_in(unit: Unit, first: date, last: date) -> Mapping[int, list[tuple[str, str]]]:
    """The unit's infusions from `first` to `last` that break a rule by permission, by key: the rules and who.

    One query at most.
    """
    if not unit.gives_others:
        return {}
    booked = Booking.objects.filter(chair__unit=unit, infusion__isnull=False)
    booked = booked.between(*day_bounds(first, last)).exclude(infusion__overridden=[])
    return {booking.infusion_id: booking.infusion.allowed for booking in booked.select_related("infusion")}
