"""Taking in a file of laboratory results, all of it or nothing; and undoing that as a whole."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.models import Patient
from scheduling.acts import Act, record
from scheduling.errors import ImportUndone, NothingTicked, ResultsChanged
from scheduling.history.lab_results import Line, Sheet, batches, fields_of, read_sheet, value_of
from scheduling.history.lab_values import MEASURES, LabValue
from scheduling.models import ImportedResult, ResultsImport, Review, ReviewSource

# What else a review may say in numbers.
SCORES = ("pain", "patient_global", "physician_global", "chaq", "school_days_missed", "mri_lesions")


@transaction.atomic
def take_in(
    *, text: str, seen: str, instead: Collection[int], today: date, by: audit.Actor
) -> tuple[ResultsImport, int]:
    """Keep each result as a review from the laboratory, or in the one of its day that lacks it; all or none.

    seen: the mark of the sheet that was looked at. instead: numbers of lines whose value goes where another
    is recorded. The import, and how many lines were taken in. Raises ResultsChanged, NothingTicked.
    """
    sheet = _read_again(text, today)
    if sheet.mark != seen or not sheet.is_right:
        raise ResultsChanged
    lines = [line for line in sheet.lines if line.new or (line.others and line.number in instead)]
    if not lines:
        raise NothingTicked
    touched = _Touched(lines)
    for line in lines:
        for name, other in line.others.items() if line.number in instead else ():
            touched.give(touched.by_key[other.review], {name: line.result.values[name]})
        if line.new:
            touched.give(touched.lacking(line), line.new.values)
    for review in touched.new:
        review.recorded_by = by.name
    audit.save_all(touched.rows, by=by)
    taken = ResultsImport.objects.create(by_name=by.name)
    ImportedResult.objects.bulk_create(touched.results(taken), batch_size=500)
    record(Act.RESULTSIMPORT_TAKEN_IN, taken, by, {"results": len(lines)})
    return taken, len(lines)


def _read_again(text: str, today: date) -> Sheet:
    """The sheet, with nobody else taking in results of its children until this is done."""
    children = {line.result.patient.pk for line in read_sheet(text, today).lines if line.result}
    for some in batches(sorted(children)):
        list(Patient.objects.select_for_update().filter(pk__in=some).order_by("pk").values_list("pk"))
    return read_sheet(text, today)


class _Touched:
    """The reviews that an import makes or changes, with what they were before."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.by_key: dict[int, Review] = {}
        self.new: list[Review] = []
        self._of_day: dict[tuple[int, date], list[Review]] = defaultdict(list)
        self._before: dict[int, tuple[Review, dict[str, Any]]] = {}
        children = sorted({line.result.patient.pk for line in lines})
        dates = [line.result.on for line in lines]
        for some in batches(children):
            there = (
                Review.objects.that_count()
                .select_for_update()
                .filter(patient__in=some, on__range=(min(dates), max(dates)))
            )
            for review in there.order_by("pk"):
                self.by_key[review.pk] = review
                if review.source == ReviewSource.LAB:
                    self._of_day[review.patient_id, review.on].append(review)

    def lacking(self, line: Line) -> Review:
        """The review of the laboratory on that day that has none of the values; else a new one."""
        patient, on, values = line.result.patient, line.result.on, line.new.values
        reviews = self._of_day[patient.pk, on]
        for review in reviews:
            if all(getattr(review, name) is None for name in values):
                return review
        reviews.append(Review(patient=patient, on=on, source=ReviewSource.LAB))
        self.new.append(reviews[-1])
        return reviews[-1]

    def give(self, review: Review, values: dict[str, Any]) -> None:
        self._before.setdefault(id(review), (review, measured(review)))
        for name, value in values.items():
            _set(review, name, value)

    @property
    def rows(self) -> list[Review]:
        return [review for review, _ in self._before.values()]

    def results(self, taken: ResultsImport) -> Iterator[ImportedResult]:
        made = {id(review) for review in self.new}
        for review, before in self._before.values():
            after = measured(review)
            given = [name for name in MEASURES if after[name] != before[name]]
            yield ImportedResult(
                source=taken,
                review=review,
                made_it=id(review) in made,
                before={name: before[name] for name in given},
                after={name: after[name] for name in given},
            )


def measured(review: Review) -> dict[str, list[Any] | None]:
    """The results of a review by measure, as JSON can keep them: number, below, above."""
    found = {name: value_of(review, name) for name in MEASURES}
    return {
        name: value and [f"{value.number.normalize():f}", value.below, value.above]
        for name, value in found.items()
    }


@dataclass(frozen=True)
class Undone:
    """What undoing an import did. kept: reviews with a value that somebody corrected since, which stays."""

    taken_out: int
    kept: int


@transaction.atomic
def undo(*, taken: ResultsImport, because: str, by: audit.Actor) -> Undone:
    """Take out again what an import brought: its reviews count no more, and others have what they had before.

    A value that somebody corrected since stays. Raises ImportUndone if somebody did so before.
    """
    taken = ResultsImport.objects.select_for_update().get(pk=taken.pk)
    if taken.undone_at:
        raise ImportUndone(taken.undone_by)
    rows, kept = [], 0
    for some in batches(list(taken.results.order_by("pk"))):
        reviews = _reviews_of(some)
        for result in some:
            review = reviews[result.review_id]
            untouched = [name for name in result.after if measured(review)[name] == result.after[name]]
            kept += len(untouched) < len(result.after)
            if review.mistake or not untouched:
                continue
            _take_out(review, result, untouched, because)
            rows.append(review)
    audit.save_all(rows, by=by)
    taken.undone_at, taken.undone_by, taken.undone_because = timezone.now(), by.name, because
    taken.save(update_fields=["undone_at", "undone_by", "undone_because"])
    record(Act.RESULTSIMPORT_UNDONE, taken, by, {"reason": because, "results": len(rows)})
    return Undone(len(rows), kept)


def _reviews_of(results: Iterable[ImportedResult]) -> dict[int, Review]:
    reviews = Review.objects.select_for_update().order_by("pk").prefetch_related("sites")
    return reviews.in_bulk([result.review_id for result in results])


def _take_out(review: Review, result: ImportedResult, names: Sequence[str], because: str) -> None:
    """Of a review that says nothing else, nothing counts: it stays as a mistake, with its values."""
    if result.made_it and not _says_more(review, names):
        review.mistake = because
        return
    for name in names:
        before = result.before[name]
        _set(review, name, before and LabValue(Decimal(before[0]), *before[1:]))


def _says_more(review: Review, names: Sequence[str]) -> bool:
    """Whether somebody added anything to a review that an import made with these values."""
    others = [getattr(review, name) for name in (*SCORES, *MEASURES) if name not in names]
    return review.sites_examined or bool(review.note) or any(value is not None for value in others)


def _set(review: Review, name: str, value: LabValue | None) -> None:
    for field, kept in fields_of(name, value).items():
        setattr(review, field, kept)
