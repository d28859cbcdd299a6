"""Taking in the lines of a confirmed spreadsheet, some at a time, as a job of the worker.

Each line is read and judged anew, for the records may have changed since somebody looked at it. A line that
cannot be taken in stops none of the others; it is left out, with the reason.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from patients import audit, changes
from patients.access import Permission, may
from patients.errors import Refused
from patients.models import AuditEvent, Contact, Patient
from scheduling.acts import Act, record
from scheduling.booking.unsent import book_unsent, visit_minutes
from scheduling.errors import SlotGone
from scheduling.models import Chair, Course, ImportLine, LineAnswer, LineKind, LineOutcome, SpreadsheetImport
from scheduling.moving_in.cells import WrongLine
from scheduling.moving_in.course_cells import ReadCourse
from scheduling.moving_in.judging import Here, Judged, as_known, as_new, judge, new_child
from scheduling.moving_in.pieces import work_through
from scheduling.moving_in.reading import ReadLine, read_line
from scheduling.moving_in.settings import Settings
from scheduling.rules import Visit
from scheduling.states import CourseStatus

# So many lines are one transaction.
A_PIECE = 25
NOT_ANSWERED = "Nobody has said whether it is this child"
CLASH = "Somebody else saved a child or a contact like this just now"
BROKE = "This line could not be taken in. Tell whoever looks after this app"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TakenIn:
    """How many lines were taken in, and left out, in one round of the worker; false if none."""

    taken: int = 0
    left_out: int = 0

    def __bool__(self) -> bool:
        return bool(self.taken or self.left_out)

    def __str__(self) -> str:
        return f"Spreadsheets: {quantity(self.taken, 'line')} taken in, {self.left_out} left out."


def take_in_confirmed(*, stopping: Callable[[], bool] = lambda: False) -> TakenIn | None:
    """Take in lines of confirmed spreadsheets, for one round. None, after one query, if there are none."""
    waiting = SpreadsheetImport.objects.filter(confirmed_at__isnull=False, done_at__isnull=True)
    keys = list(waiting.order_by("confirmed_at").values_list("pk", flat=True))
    done = work_through(keys, _take_in_a_piece, stopping)
    return TakenIn(done[LineOutcome.TAKEN], done[LineOutcome.LEFT_OUT]) or None


@transaction.atomic
def _take_in_a_piece(key: int) -> list[str] | None:
    """What became of the next lines; None if none are left, or another worker has this file in hand."""
    found = SpreadsheetImport.objects.select_for_update(of=("self",), skip_locked=True)
    source = found.filter(pk=key, done_at__isnull=True).select_related("by", "unit").first()
    if source is None:
        return None
    lines = list(source.lines.filter(outcome="").select_related("child").order_by("number")[:A_PIECE])
    for line in lines:
        take_in_line(line, source)
    ImportLine.objects.bulk_update(lines, ["outcome", "says", "child", "made", "cells", "kind"])
    if not lines:
        source.done_at = timezone.now()
        source.save(update_fields=["done_at"])
        taken = source.lines.filter(outcome=LineOutcome.TAKEN).count()
        record(Act.SPREADSHEETIMPORT_TAKEN_IN, source, source.by, {"lines": taken})
        return None
    return [line.outcome for line in lines]


def take_in_line(line: ImportLine, source: SpreadsheetImport) -> None:
    """Put a line into the records, all of it or nothing; what became of it is noted on it, and not saved."""
    before = AuditEvent.objects.aggregate(last=Max("pk"))["last"] or 0
    try:
        with transaction.atomic():
            _Line(line, source).take_in()
    except SlotGone as gone:
        _leave_out(line, " ".join(dict.fromkeys(str(each) for each in gone.objections)))
    except (WrongLine, Refused) as wrong:
        _leave_out(line, str(wrong))
    except IntegrityError:
        _leave_out(line, CLASH)
    except Exception as error:
        # Without the error's own text, which may quote the line.
        logger.error("Import %s, line %s broke down: %s.", source.pk, line.number, type(error).__name__)
        _leave_out(line, BROKE)
    if line.outcome == LineOutcome.TAKEN and line.child_id:
        about = AuditEvent.objects.filter(pk__gt=before, patient_id=line.child_id)
        line.made["events"] = list(about.values_list("pk", flat=True))


def _leave_out(line: ImportLine, why: str) -> None:
    line.outcome, line.says, line.made = LineOutcome.LEFT_OUT, why, {}


class _Line:
    """One line on its way into the records."""

    def __init__(self, line: ImportLine, source: SpreadsheetImport) -> None:
        self.line, self.source, self.by = line, source, source.by
        self.read: ReadLine = read_line(
            source.texts(line.cells), Settings.of(source.settings), timezone.localdate()
        )
        self.made: dict[str, Any] = {"patient": None, "contacts": [], "course": None}

    def take_in(self) -> None:
        found = self._judged()
        if found.kind == LineKind.LIKELY:
            raise WrongLine(NOT_ANSWERED)
        child = found.child or self._add_child()
        for fields in found.contacts:
            contact = Contact(patient=child, **fields)
            # Nothing follows from a contact of a child who was not here before.
            if found.child is None:
                audit.save(contact, by=self.by, patient=child)
            else:
                changes.save(contact, by=self.by)
            self.made["contacts"].append(contact.pk)
        says = [found.says.removesuffix(".")]
        if found.course:
            says += self._add_course(child, found.course)
        line = self.line
        line.child, line.kind, line.says = child, found.kind, ". ".join(filter(None, says))
        line.outcome, line.made, line.cells = LineOutcome.TAKEN, self.made, []

    def _judged(self) -> Judged:
        here = Here.of([self.read])
        found = judge(self.read, here)
        if found.kind == LineKind.LIKELY and found.child:
            if self.line.answer == LineAnswer.OTHER:
                return as_new(self.read)
            # What was answered about one child does not hold for another.
            if self.line.answer == LineAnswer.SAME and self.line.child_id in (None, found.child.pk):
                return as_known(self.read, found.child, here)
        return found

    def _add_child(self) -> Patient:
        child = new_child(self.read)
        audit.save(child, by=self.by)
        self.made["patient"] = child.pk
        return child

    def _add_course(self, child: Patient, read: ReadCourse) -> list[str]:
        """The course, waiting or booked; and what there is to say of it."""
        is_booked = bool(read.days_booked)
        course = Course(
            patient=child,
            unit=self.source.unit,
            status=CourseStatus.BOOKED if is_booked else CourseStatus.WAITING,
            is_unsent=is_booked,
            **read.fields(),
        )
        if read.decided_on < timezone.localdate():
            # It has waited since then, and not since the unit moved in.
            course.agreed_at = timezone.make_aware(datetime.combine(read.decided_on, time(9)))
        if not is_booked:
            audit.save(course, by=self.by, patient=child)
            self.made["course"] = course.pk
            return []
        may_override = may(self.by, Permission.OVERRIDE_RULES)
        choices = list(_choices(course, read))
        broken = book_unsent(course=course, choices=choices, may_override=may_override, by=self.by)
        self.made["course"] = course.pk
        return [
            f"Kept though {each.sentence[0].lower()}{each.sentence[1:].removesuffix('.')}" for each in broken
        ]


def _choices(course: Course, read: ReadCourse) -> Iterator[Sequence[Visit]]:
    """The visits in the chair that the line names; else in each chair in turn."""
    if read.start is None:
        raise AssertionError("A booked line has a start.")
    start, minutes = read.start.hour * 60 + read.start.minute, visit_minutes(course)
    if start + minutes > 24 * 60:
        raise WrongLine("The visit would not end on its day")
    if read.days != len(read.days_booked):
        raise WrongLine(f"There are {quantity(len(read.days_booked), 'day')} for a course of {read.days}")
    if read.days_booked[0] <= timezone.localdate():
        raise WrongLine("The first day is over, or today: only visits from tomorrow on can be moved in")
    for chair in _chairs(course, read.chair):
        yield [Visit(day, chair.pk, start, minutes) for day in read.days_booked]


def _chairs(course: Course, name: str) -> list[Chair]:
    chairs = list(course.unit.chairs.in_use())
    if name:
        wanted = {name.casefold(), f"chair {name.casefold()}", f"bed {name.casefold()}"}
        chairs = [chair for chair in chairs if chair.name.casefold() in wanted]
        if not chairs:
            raise WrongLine(f"The unit has no chair called “{name}”")
    elif not chairs:
        raise WrongLine("The unit has no chair")
    return chairs
