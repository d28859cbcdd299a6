"""The table beside the plots: every value that was recorded, the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from crmo_clinic.nhsuk.wording import plain_number
from scheduling.history.lab_values import lab_text
from scheduling.history.plots import day_of
from scheduling.history.record import Record
from scheduling.models import CheckIn, Review

COLUMNS = (
    "Pain",
    "Patient or parent global",
    "Physician global",
    "Active sites",
    "ESR",
    "CRP",
    "CHAQ",
    "MRI lesions",
    "School days missed",
)


@dataclass(frozen=True)
class Row:
    """What one review, or one check-in of a family, says; an empty text where it says nothing.

    It is put into words only where it is shown.
    """

    on: date
    of: Review | CheckIn

    @property
    def source(self) -> str:
        return self.of.get_source_display() if isinstance(self.of, Review) else "Family check-in"

    @property
    def href(self) -> str:
        if isinstance(self.of, Review):
            return self.of.get_absolute_url()
        return reverse("scheduling:show_course", args=[self.of.course_id])

    @property
    def texts(self) -> Sequence[str]:
        if isinstance(self.of, Review):
            return review_texts(self.of)
        return [str(self.of.pain), *[""] * (len(COLUMNS) - 1)]

    @property
    def note(self) -> str:
        return self.of.note if isinstance(self.of, Review) else ""

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Each text with the name of its column."""
        return list(zip(COLUMNS, self.texts, strict=True))


def value_rows(record: Record) -> list[Row]:
    """A row for each review and for each check-in that names the pain."""
    rows = [Row(review.on, review) for review in record.reviews]
    told = [check_in for check_in in record.check_ins if check_in.pain is not None]
    rows += [Row(day_of(check_in.at), check_in) for check_in in told]
    return sorted(rows, key=lambda row: row.on, reverse=True)


def review_texts(review: Review) -> list[str]:
    """The values of a review as texts, in the order of COLUMNS."""
    mri = "" if review.mri_lesions is None else str(review.mri_lesions)
    return [
        *map(_text, (review.pain, review.patient_global, review.physician_global, review.active_sites)),
        lab_text(review.esr, review.esr_below, review.esr_above),
        lab_text(review.crp, review.crp_below, review.crp_above),
        _text(review.chaq),
        mri,
        _text(review.school_days_missed),
    ]


def _text(number: object) -> str:
    return "" if number is None else plain_number(number)
