"""A spreadsheet before anything of it is in the records: kept, judged line by line, answered, confirmed.

What is kept of a file that nobody confirms is deleted after a day, and the lines that were left out of one
that was taken in after thirty.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from crmo_clinic.nhsuk.spreadsheets import MOST_LINES, read_table, too_many_values
from crmo_clinic.nhsuk.wording import quantity
from patients import audit
from patients.errors import Refused
from patients.models import User
from scheduling.acts import Act, record
from scheduling.models import ImportLine, LineAnswer, LineKind, LineOutcome, SpreadsheetImport, Unit
from scheduling.moving_in.cells import WrongLine
from scheduling.moving_in.columns import match, wrong_columns
from scheduling.moving_in.judging import Here, judge, new_child
from scheduling.moving_in.reading import ReadLine, read_line
from scheduling.moving_in.settings import Settings
from scheduling.moving_in.taking_in import take_in_line

MOST_BYTES = 5_000_000
# So many lines are compared at once with what is here.
BATCH = 500
# Each is booked once for trial, so that the page says what the rules say.
MOST_BOOKED = 250
UNCONFIRMED, LEFT_OUT = timedelta(days=1), timedelta(days=30)
FORGOTTEN = "Nobody confirmed this file in time, so it was forgotten. Choose it again."
TOO_MANY_VALUES = "This line has more values than there are columns, so they may have slipped"


def start(*, text: str, file_name: str, unit: Unit, settings: Settings, by: User) -> SpreadsheetImport:
    """Keep a file and judge its lines. Raises Refused with what is wrong with the file as a whole."""
    table = read_table(text, most_bytes=MOST_BYTES, most_lines=MOST_LINES)
    if table.wrong:
        raise Refused(table.wrong)
    source = SpreadsheetImport(
        by=by,
        unit=unit,
        file_name=file_name[:200],
        heads=list(table.heads),
        columns=match(table.heads),
        settings=settings.kept(),
    )
    _save_judged(source, [ImportLine(number=number, cells=list(cells)) for number, cells in table.lines])
    return source


def match_again(*, source: SpreadsheetImport, columns: Sequence[str], settings: Settings) -> None:
    """Take the columns for something else, and judge the lines anew. Raises Refused once it is confirmed."""
    refuse_confirmed(source)
    source.columns, source.settings = list(columns), settings.kept()
    rows = source.lines.order_by("number").values_list("number", "cells")
    _save_judged(source, [ImportLine(number=number, cells=cells) for number, cells in rows])


def _save_judged(source: SpreadsheetImport, lines: Sequence[ImportLine]) -> None:
    """Save the file with its lines, each saying what it is. Nothing of it is in the records afterwards."""
    # Before anything is locked, for it takes a while: somebody may have confirmed it by then.
    _judge_all(source, lines)
    with transaction.atomic():
        if source.pk:
            _lock(source)
        source.save()
        source.lines.all().delete()
        for line in lines:
            line.source = source
        ImportLine.objects.bulk_create(lines, batch_size=BATCH)


def _judge_all(source: SpreadsheetImport, lines: Sequence[ImportLine]) -> None:
    if wrong := list(wrong_columns(source.columns)):
        for line in lines:
            line.kind, line.says = LineKind.WRONG, " ".join(wrong)
        return
    settings, today = Settings.of(source.settings), timezone.localdate()
    known, booked = Here(), []
    for start_at in range(0, len(lines), BATCH):
        some = lines[start_at : start_at + BATCH]
        read = [(line, found) for line in some if (found := _read(line, source, settings, today))]
        here = Here.of(found for _, found in read).beside(known)
        for line, found in read:
            _judge(line, found, here, known)
            if found.course and found.course.days_booked and line.kind in (LineKind.NEW, LineKind.KNOWN):
                booked.append(line)
    _try(booked[:MOST_BOOKED], source)
    for line in booked[MOST_BOOKED:]:
        line.kind = LineKind.WRONG
        line.says = f"Only {MOST_BOOKED} booked courses can be in one file: split it"


def _read(line: ImportLine, source: SpreadsheetImport, settings: Settings, today: date) -> ReadLine | None:
    try:
        if too_many_values(line.cells, source.heads):
            raise WrongLine(TOO_MANY_VALUES)
        return read_line(source.texts(line.cells), settings, today)
    except WrongLine as wrong:
        line.kind, line.says = LineKind.WRONG, str(wrong)
        return None


def _judge(line: ImportLine, read: ReadLine, here: Here, known: Here) -> None:
    try:
        found = judge(read, here)
    except WrongLine as wrong:
        line.kind, line.says = LineKind.WRONG, str(wrong)
        return
    line.kind, line.says, line.child = found.kind, found.says, found.child
    if found.kind == LineKind.NEW:
        child = new_child(read)
        for each in (known, here):
            each.add_line(child, line.number)


def _try(lines: Sequence[ImportLine], source: SpreadsheetImport) -> None:
    """Book what is booked in the file, one line after the other as it will be, and undo all of it at once."""
    if not lines:
        return
    with transaction.atomic():
        for line in lines:
            tried = ImportLine(number=line.number, cells=line.cells, source=source)
            take_in_line(tried, source)
            line.says = tried.says
            if tried.outcome != LineOutcome.TAKEN:
                line.kind = LineKind.WRONG
        transaction.set_rollback(True)


@transaction.atomic
def answer(*, source: SpreadsheetImport, answers: Mapping[int, str]) -> None:
    """Keep what somebody says of children who are likely the same, by the number of the line. Raises Refused
    once it is confirmed."""
    _lock(source)
    lines = list(source.lines.filter(kind=LineKind.LIKELY, number__in=answers))
    for line in lines:
        line.answer = answers[line.number] if answers[line.number] in LineAnswer.values else ""
    ImportLine.objects.bulk_update(lines, ["answer"])


@transaction.atomic
def confirm(*, source: SpreadsheetImport, by: audit.Actor) -> int:
    """From now on a worker takes the lines in. Returns how many; raises Refused if there are none."""
    source = _lock(source)
    source.lines.filter(kind=LineKind.WRONG).update(outcome=LineOutcome.LEFT_OUT)
    source.lines.filter(kind=LineKind.LIKELY, answer="").update(
        outcome=LineOutcome.LEFT_OUT, says="Nobody has said whether it is the same child"
    )
    source.lines.filter(kind=LineKind.NOTHING_NEW).update(outcome=LineOutcome.LEFT_OUT)
    left = source.lines.filter(outcome="").count()
    if not left:
        raise Refused("There is nothing in this file to take in: no line is new, or adds anything.")
    source.confirmed_at = timezone.now()
    source.save(update_fields=["confirmed_at"])
    record(Act.SPREADSHEETIMPORT_CONFIRMED, source, by, {"file": source.file_name, "lines": left})
    return left


def _lock(source: SpreadsheetImport) -> SpreadsheetImport:
    """The file as it is now, and until the transaction ends. Raises Refused once it is confirmed, or gone."""
    found = SpreadsheetImport.objects.select_for_update(of=("self",)).filter(pk=source.pk).first()
    if found is None:
        raise Refused(FORGOTTEN)
    refuse_confirmed(found)
    return found


def refuse_confirmed(source: SpreadsheetImport) -> None:
    if source.confirmed_at:
        raise Refused("This file was confirmed already, so its lines cannot be changed any more.")


def counts(source: SpreadsheetImport) -> dict[str, int]:
    """How many lines there are of each kind and outcome, `new`, `taken` and so on. One query."""
    found: dict[str, int] = defaultdict(int)
    rows = source.lines.order_by().values_list("kind", "outcome").annotate(lines=Count("pk"))
    for kind, outcome, lines in rows:
        found[kind] += lines
        found[outcome or "waiting"] += lines
    return found


def wrong_lines(source: SpreadsheetImport) -> Iterator[list[str]]:
    """The headings, then the lines that are wrong or were left out, as they stood, each with the reason."""
    # Not “Reason”, which would be taken for that of a course when the file comes back.
    yield [*source.heads, "What is wrong"]
    lines = source.lines.filter(kind=LineKind.WRONG) | source.lines.filter(outcome=LineOutcome.LEFT_OUT)
    for line in lines.exclude(kind=LineKind.NOTHING_NEW).order_by("number"):
        cells = [*line.cells, *[""] * (len(source.heads) - len(line.cells))]
        yield [*cells, f"Line {line.number}: {line.says}"]


@dataclass(frozen=True)
class Forgotten:
    """How many files were forgotten in one round of the worker; false if none."""

    files: int

    def __bool__(self) -> bool:
        return self.files > 0

    def __str__(self) -> str:
        return f"Spreadsheets: {quantity(self.files, 'file')} forgotten."


def forget_old(*, stopping: Callable[[], bool] = lambda: False) -> Forgotten:
    """Delete files that nobody confirmed, and what stood in lines that were left out long ago."""
    now = timezone.now()
    old = SpreadsheetImport.objects.filter(confirmed_at__isnull=True, at__lt=now - UNCONFIRMED)
    with transaction.atomic():
        # Whoever confirms one of them now comes before, or too late.
        keys = [source.pk for source in old.select_for_update(of=("self",))]
        SpreadsheetImport.objects.filter(pk__in=keys).delete()
    ImportLine.objects.filter(source__done_at__lt=now - LEFT_OUT).exclude(cells=[]).update(cells=[])
    return Forgotten(len(keys))
