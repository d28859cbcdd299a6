"""Taking a spreadsheet back: what it brought leaves the records, as long as nobody has touched it since.

A job of the worker, some children at a time. What somebody has worked on stays, and its line says so; a file
of which something stays can be taken back again later.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, ProtectedError
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from patients import audit
from patients.errors import Refused
from patients.models import AuditEvent, Contact, Patient, User
from scheduling.acts import Act, record
from scheduling.models import (
    Booking,
    Course,
    ImportLine,
    LineOutcome,
    RuleOverride,
    Session,
    SpreadsheetImport,
)
from scheduling.moving_in.pieces import work_through
from scheduling.unit.lock import lock_unit

# So many children are one transaction.
A_PIECE = 50
TOUCHED = "Stays: somebody has worked on this child since"
NEEDED = "Stays: something else in the records needs it"
GONE = "The child is no longer here"


@dataclass(frozen=True)
class TakenBack:
    """How many lines were taken back, and stay, in one round of the worker; false if none."""

    lines: int = 0
    stay: int = 0

    def __bool__(self) -> bool:
        return bool(self.lines or self.stay)

    def __str__(self) -> str:
        return f"Spreadsheets: {quantity(self.lines, 'line')} taken back, {self.stay} stay."


@transaction.atomic
def ask(*, source: SpreadsheetImport, because: str, by: User) -> None:
    """From now on a worker takes the file back. Raises Refused if nothing of it is in the records."""
    source = SpreadsheetImport.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if not source.done_at:
        raise Refused("This file is still being taken in. Wait until it is, then take it back.")
    if source.is_under_way:
        raise Refused("This file is being taken back already.")
    lines = source.lines.filter(outcome__in=[LineOutcome.TAKEN, LineOutcome.STAYS])
    if not lines.exists():
        raise Refused("Everything that this file brought has been taken back already.")
    lines.update(outcome=LineOutcome.TAKEN)
    source.undo_by, source.undo_asked_at, source.undo_because = by, timezone.now(), because
    source.undone_at = None
    source.save(update_fields=["undo_by", "undo_asked_at", "undo_because", "undone_at"])


def take_back_asked(*, stopping: Callable[[], bool] = lambda: False) -> TakenBack | None:
    """Take back what was asked for, for one round. None, after one query, if there is nothing to do."""
    asked = SpreadsheetImport.objects.filter(undo_asked_at__isnull=False, undone_at__isnull=True)
    keys = list(asked.order_by("undo_asked_at").values_list("pk", flat=True))
    done = work_through(keys, _take_back_a_piece, stopping)
    return TakenBack(done[LineOutcome.TAKEN_BACK], done[LineOutcome.STAYS]) or None


@transaction.atomic
def _take_back_a_piece(key: int) -> list[str] | None:
    """What became of the lines of the next children; None if none are left, or another worker does them."""
    found = SpreadsheetImport.objects.select_for_update(of=("self",), skip_locked=True)
    source = found.filter(pk=key, undone_at__isnull=True).select_related("undo_by").first()
    if source is None or source.undo_by is None:
        return None
    taken = source.lines.filter(outcome=LineOutcome.TAKEN)
    children = list(taken.order_by("child").values_list("child", flat=True).distinct()[:A_PIECE])
    if not children:
        source.undone_at = timezone.now()
        source.save(update_fields=["undone_at"])
        stay = source.lines.filter(outcome=LineOutcome.STAYS).count()
        details = {"reason": source.undo_because, "stay": stay}
        record(Act.SPREADSHEETIMPORT_TAKEN_BACK, source, source.undo_by, details)
        return None
    lock_unit(source.unit_id)
    lines = list(taken.filter(child__in=children).order_by("number"))
    _take_back(lines, source.undo_by)
    # A child who is no longer here was merged, or removed by hand.
    gone = list(taken.filter(child=None)) if None in children else []
    for line in gone:
        line.outcome, line.says = LineOutcome.STAYS, GONE
    ImportLine.objects.bulk_update([*lines, *gone], ["outcome", "says", "made", "child"])
    return [line.outcome for line in (*lines, *gone)]


def _take_back(lines: Sequence[ImportLine], by: audit.Actor) -> None:
    """Take back what these lines brought: of each child all of it, or nothing."""
    by_child: dict[int, list[ImportLine]] = defaultdict(list)
    for line in lines:
        by_child[line.child_id].append(line)
    touched = _touched(by_child)
    for line in lines:
        line.outcome, line.says = (
            (LineOutcome.STAYS, TOUCHED) if line.child_id in touched else (LineOutcome.TAKEN_BACK, line.says)
        )
    before = AuditEvent.objects.aggregate(last=Max("pk"))["last"] or 0
    rest = [some for child, some in by_child.items() if child not in touched]
    if not _removed([line for some in rest for line in some], by):
        for some in rest:
            if not _removed(some, by):
                for line in some:
                    line.outcome, line.says = LineOutcome.STAYS, NEEDED
    done: dict[int, list[int]] = defaultdict(list)
    written = AuditEvent.objects.filter(pk__gt=before, patient_id__in=by_child)
    for key, child in written.values_list("pk", "patient_id"):
        done[child].append(key)
    for child, some in by_child.items():
        is_gone = any(line.made.get("patient") for line in some)
        for line in some:
            if line.outcome == LineOutcome.TAKEN_BACK:
                line.made = {**line.made, "undone": done[child]}
                line.child_id = None if is_gone else child


def _touched(by_child: Mapping[int, Sequence[ImportLine]]) -> set[int]:
    """Of these children those of whom the log has anything since, but what these lines did, and what other
    files brought that was taken back again. Two queries."""
    known: dict[int, set[int]] = defaultdict(set)
    taken_back = ImportLine.objects.filter(child__in=by_child, outcome=LineOutcome.TAKEN_BACK)
    for line in (*taken_back, *(line for lines in by_child.values() for line in lines)):
        known[line.child_id].update(line.made.get("events", ()), line.made.get("undone", ()))
    first = {child: min((event for line in lines for event in line.made.get("events", ())), default=0)
             for child, lines in by_child.items()}  # fmt: skip
    events = AuditEvent.objects.filter(patient_id__in=by_child, pk__gte=min(first.values(), default=0))
    # That another system was told is nobody's work on the child.
    events = events.exclude(record="webhookevent")
    return {
        child
        for key, child in events.values_list("pk", "patient_id")
        if key >= first[child] and key not in known[child]
    }


def _removed(lines: Sequence[ImportLine], by: audit.Actor) -> bool:
    """Remove what these lines made. False, and nothing is removed, if something else needs one of it."""
    made = [line.made for line in lines]
    courses = [each["course"] for each in made if each.get("course")]
    contacts = [key for each in made for key in each.get("contacts", ())]
    children = [each["patient"] for each in made if each.get("patient")]
    try:
        with transaction.atomic():
            Booking.objects.filter(session__course__in=courses).delete()
            Session.objects.filter(course__in=courses).delete()
            RuleOverride.objects.filter(course__in=courses).delete()
            audit.delete_all(Course.objects.filter(pk__in=courses), by=by)
            audit.delete_all(Contact.objects.filter(pk__in=contacts), by=by)
            audit.delete_all(Patient.objects.filter(pk__in=children), by=by)
    except ProtectedError:
        return False
    return True
