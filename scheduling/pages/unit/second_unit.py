"""A second unit in ten minutes: what another unit has set up is copied into one that has none of it yet.

To copy one thing more, give it a name in `What` and a function in `COPIES`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from django.db import models, transaction

from patients import audit
from scheduling.acts import Act, record
from scheduling.checklist import drafting
from scheduling.errors import Refused
from scheduling.models import AdviceText, Chair, OpeningHours, Unit
from scheduling.telling.texts import approval
from scheduling.unit.lock import lock_unit
from scheduling.unit.needs import add_role_shift, save_need
from scheduling.unit.setup import keep_places, save_infusion_kind

T = TypeVar("T", bound=models.Model)
# What a unit does not have from another: who it is, and how it is reached.
OWN = frozenset(
    {
        *("id", "name", "place", "phone", "phone_hours", "out_of_hours", "mailbox", "diary_version"),
        *("advice_page", "leaflet_until", "contacts"),
    }
    # Kept in step with rows of its own.
    | {"has_needs", "roles", "gives_others", "keeps_places"}
)


class What(StrEnum):
    """What can be copied, in words for the page."""

    HOURS = "Opening hours and nurses"
    CHAIRS = "Chairs"
    TEXTS = "Texts for families, each to be approved anew"
    CHECKLIST = "Checklist, as a draft"
    NEEDS = "Needs of children, and who is on for them in the week"
    INFUSIONS = "Kinds of other infusions"
    SETTINGS = "Settings: nurse rule, notice, kept places, bank holidays, ranking, reminders"


def can_be_copied(unit: Unit) -> list[What]:
    """What the unit has none of yet; settings as long as no course was agreed for it. Seven queries.

    Needs and kinds of infusions only if another unit has them.
    """
    others = Unit.objects.exclude(pk=unit.pk)
    is_there = {
        What.HOURS: unit.opening_hours.exists(),
        What.CHAIRS: unit.chairs.exists(),
        What.TEXTS: unit.advice_texts.exists(),
        What.CHECKLIST: unit.checklists.exists(),
        What.NEEDS: unit.has_needs or not others.filter(has_needs=True).exists(),
        What.INFUSIONS: unit.gives_others or not others.filter(gives_others=True).exists(),
        What.SETTINGS: unit.courses.exists(),
    }
    return [what for what in What if not is_there[what]]


@transaction.atomic
def set_up_like(*, unit: Unit, other: Unit, what: Collection[What], by: audit.Actor) -> None:
    """Copy these things from `other` into `unit`. Raises Refused if `unit` has one of them by now."""
    lock_unit(unit.pk)
    unit.refresh_from_db()
    if there := [each for each in what if each not in can_be_copied(unit)]:
        raise Refused(f"The unit has this already: {'; '.join(there)}. Nothing was copied.")
    for each in What:
        if each in what:
            COPIES[each](unit, other, by)
    record(
        Act.UNIT_SET_UP_LIKE, unit, by, {"from": other.name, "what": [each for each in What if each in what]}
    )


def _copy_hours(unit: Unit, other: Unit, by: audit.Actor) -> None:
    for row in other.opening_hours.all():
        kept = {
            name: getattr(row, name) for name in ("weekday", "opens", "closes", "nurses", "shifts", "since")
        }
        audit.save(OpeningHours(unit=unit, **kept), by=by)


def _copy_chairs(unit: Unit, other: Unit, by: audit.Actor) -> None:
    for chair in other.chairs.in_use():
        audit.save(Chair(unit=unit, name=chair.name, kinds=chair.kinds), by=by)


def _copy_texts(unit: Unit, other: Unit, by: audit.Actor) -> None:
    """The newest version of each text and language that was approved; else the newest draft."""
    newest: dict[tuple[str, str, str], AdviceText] = {}
    for text in other.advice_texts.order_by("version"):
        before = newest.get((text.moment, text.audience, text.language))
        if text.approved_at or before is None or not before.approved_at:
            newest[text.moment, text.audience, text.language] = text
    for (moment, audience, language), text in newest.items():
        copy = AdviceText(
            unit=unit, moment=moment, audience=audience, language=language, version=1, body=text.body
        )
        approval.write(text=copy, by=by)


def _copy_checklist(unit: Unit, other: Unit, by: audit.Actor) -> None:
    drafting.start_draft(unit=unit, by=by, like=other)


def _copy_needs(unit: Unit, other: Unit, by: audit.Actor) -> None:
    for need in other.needs.filter(in_use=True):
        save_need(need=_copied(need, unit), by=by)
    for shift in other.role_shifts.exclude(weekday=None):
        add_role_shift(shift=_copied(shift, unit), by=by)


def _copy_infusions(unit: Unit, other: Unit, by: audit.Actor) -> None:
    for kind in other.infusion_kinds.filter(in_use=True):
        save_infusion_kind(kind=_copied(kind, unit), by=by)


def _copied(row: T, unit: Unit) -> T:
    """The row for another unit, not saved."""
    model = type(row)
    values = {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}
    return model(**values | {"id": None, "unit_id": unit.pk})


def _copy_settings(unit: Unit, other: Unit, by: audit.Actor) -> None:
    unit.refresh_from_db()
    for field in Unit._meta.concrete_fields:
        if field.name not in OWN:
            setattr(unit, field.attname, getattr(other, field.attname))
    unit.advice_page = unit.advice_page or other.advice_page
    audit.save(unit, by=by)
    for kept in other.kept_places.all():
        keep_places(kept=_copied(kept, unit), by=by)


Copy = Callable[[Unit, Unit, audit.Actor], None]
COPIES: Mapping[What, Copy] = {
    What.HOURS: _copy_hours,
    What.CHAIRS: _copy_chairs,
    What.TEXTS: _copy_texts,
    What.CHECKLIST: _copy_checklist,
    What.NEEDS: _copy_needs,
    What.INFUSIONS: _copy_infusions,
    What.SETTINGS: _copy_settings,
}


@transaction.atomic
def set_staff(*, unit: Unit, staff: Sequence[audit.User], by: audit.Actor) -> None:
    """Say whose lists show this unit first; it says nothing of what a person may see or do."""
    before = sorted(unit.staff.values_list("name", flat=True))
    after = sorted(user.name for user in staff)
    if before != after:
        unit.staff.set(staff)
        record(Act.UNIT_STAFF_CHANGED, unit, by, {"staff": [before, after]})
