"""Writing a unit's checklist: a draft made from the latest version, changed, and put in force by name."""

from uuid import uuid4

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from patients import audit
from patients.stale import fingerprint, is_stale
from scheduling.acts import Act, record
from scheduling.checklist.first_draft import default_items
from scheduling.errors import Refused
from scheduling.models import ChecklistItem, ChecklistVersion, Unit
from scheduling.unit.lock import lock_unit

GONE = "This draft was put in force or thrown away meanwhile, so nothing was done."


@transaction.atomic
def start_draft(*, unit: Unit, by: audit.Actor, like: Unit | None = None) -> ChecklistVersion:
    """A draft with the items of the latest version, or of the usual checklist if there is none.

    like: a unit whose checklist in force it starts from instead, if it has one. If somebody has started a
    draft already, returns that.
    """
    lock_unit(unit.pk)
    latest = unit.checklists.first()
    if latest and latest.is_draft:
        return latest
    number = latest.number + 1 if latest else 1
    draft = ChecklistVersion.objects.create(unit=unit, number=number, written_by=by.name)
    start = like.checklists.filter(in_force_since__isnull=False).first() if like else latest
    items = list(start.items.all()) if start else default_items()
    for position, item in enumerate(items, start=1):
        item.pk, item.version, item.position = None, draft, position
        item._state.adding = True
    ChecklistItem.objects.bulk_create(items)
    record(Act.CHECKLIST_DRAFTED, draft, by, {"items": len(items)})
    return draft


@transaction.atomic
def save_item(*, item: ChecklistItem, by: audit.Actor) -> None:
    """Save a changed item, or a new one at the end. Raises Refused if the version is no draft any more."""
    _locked_draft(item.version)
    if item.pk is None:
        last = item.version.items.aggregate(last=Max("position"))["last"] or 0
        item.key, item.position = uuid4().hex[:12], last + 1
    audit.save(item, by=by)


@transaction.atomic
def remove_item(*, item: ChecklistItem, by: audit.Actor) -> None:
    """Take an item off the draft. Raises Refused if it is no draft any more, or somebody else removed it."""
    _locked_draft(item.version)
    audit.delete(item, by=by)


@transaction.atomic
def move_item(*, item: ChecklistItem, up: bool, by: audit.Actor) -> None:
    """Swap the item with the one above or below; at the list's end do nothing. Raises as `remove_item`."""
    _locked_draft(item.version)
    items = list(item.version.items.all())
    if item not in items:
        raise Refused("Somebody else removed this item. The page shows what is left.")
    here = items.index(item)
    there = here + (-1 if up else 1)
    if not 0 <= there < len(items):
        return
    items[here], items[there] = items[there], items[here]
    for position, each in enumerate(items, start=1):
        each.position = position
    ChecklistItem.objects.bulk_update(items, ["position"])
    record(Act.CHECKLIST_REORDERED, item.version, by, {"item": item.label})


@transaction.atomic
def put_in_force(*, draft: ChecklistVersion, by: audit.Actor, seen: str | None = None) -> ChecklistVersion:
    """From now on the draft is the checklist of every course of the unit that is not over.

    seen: `contents` of the draft that `by` read. Raises Refused if the draft has changed since, has no item,
    or is no draft any more.
    """
    draft = _locked_draft(draft)
    if is_stale(seen, contents(draft)):
        raise Refused(
            "Somebody changed the draft while you were reading it. Read it again before you confirm."
        )
    if not draft.items.exists():
        raise Refused("The draft has no item. Add at least one before it is put in force.")
    draft.put_in_force_by, draft.in_force_since = by.name, timezone.now()
    draft.save(update_fields=["put_in_force_by", "in_force_since"])
    record(Act.CHECKLIST_PUT_IN_FORCE, draft, by, {"version": draft.number})
    return draft


@transaction.atomic
def discard_draft(*, draft: ChecklistVersion, by: audit.Actor) -> None:
    """Throw the draft away with its items. Raises Refused if it is no draft any more."""
    draft = _locked_draft(draft)
    labels = list(draft.items.values_list("label", flat=True))
    record(Act.CHECKLIST_DISCARDED, draft, by, {"items": labels})
    draft.delete()


def contents(version: ChecklistVersion) -> str:
    """A fingerprint of the version's items, which differs after each change."""
    columns = [field.attname for field in ChecklistItem._meta.concrete_fields]
    rows = version.items.order_by("position", "pk").values_list(*columns)
    return fingerprint(rows)


def _locked_draft(version: ChecklistVersion) -> ChecklistVersion:
    lock_unit(version.unit_id)
    draft = ChecklistVersion.objects.filter(pk=version.pk, in_force_since=None).first()
    if draft is None:
        raise Refused(GONE)
    return draft
