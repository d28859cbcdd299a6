"""Spreadsheets with which a unit moves in: what each line is, what became of it, and what it made."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from patients.models import Patient, User
from scheduling.models.unit import Unit


class LineKind(models.TextChoices):
    """What a line of a file is, beside what is here already."""

    NEW = "new", "New"
    KNOWN = "known", "Known"
    NOTHING_NEW = "nothing_new", "Nothing new"
    LIKELY = "likely", "Likely the same"
    WRONG = "wrong", "Wrong"


class LineAnswer(models.TextChoices):
    """What a person says of a child who is likely the same as one who is here."""

    SAME = "same", "It is this child"
    OTHER = "other", "It is another child"


class LineOutcome(models.TextChoices):
    """What became of a line that was confirmed."""

    TAKEN = "taken", "Taken in"
    LEFT_OUT = "left_out", "Left out"
    TAKEN_BACK = "taken_back", "Taken back"
    STAYS = "stays", "Stays"


class SpreadsheetImport(models.Model):
    """One file: who confirmed it, and who took it back. Before that nothing of it is in the records.

    columns: for each column of the file the key of what it is (`moving_in.columns`), or nothing. settings:
    what the file does not say itself (`moving_in.settings.Settings`).
    """

    at = models.DateTimeField("when", default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="spreadsheet_imports")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="spreadsheet_imports")
    file_name = models.CharField("file", max_length=200)
    heads = models.JSONField("headings", default=list)
    columns = models.JSONField(default=list)
    settings = models.JSONField(default=dict)
    confirmed_at = models.DateTimeField("confirmed", null=True, blank=True)
    done_at = models.DateTimeField("taken in", null=True, blank=True)
    # Who asked to take it back, and why; a worker does it.
    undo_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undo_asked_at = models.DateTimeField("asked to be taken back", null=True, blank=True)
    undo_because = models.CharField("why it is taken back", max_length=300, blank=True)
    undone_at = models.DateTimeField("taken back", null=True, blank=True)

    class Meta:
        verbose_name = "import of a spreadsheet"
        verbose_name_plural = "imports of spreadsheets"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undo_asked_at__isnull=True, undo_by__isnull=True, undo_because="")
                | (
                    Q(undo_asked_at__isnull=False, undo_by__isnull=False, done_at__isnull=False)
                    & ~Q(undo_because="")
                ),
                name="a_spreadsheet_taken_back_says_who_and_why",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(confirmed_at__isnull=False),
                name="a_spreadsheet_is_confirmed_before_it_is_taken_in",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("scheduling:show_import", args=[self.pk])

    @property
    def is_under_way(self) -> bool:
        """Whether a worker has something left to do about it."""
        taking_in = self.confirmed_at is not None and self.done_at is None
        return taking_in or (self.undo_asked_at is not None and self.undone_at is None)

    def texts(self, cells: list[str]) -> dict[str, str]:
        """What stands in a line, by the key of its column."""
        return {key: cell for key, cell in zip(self.columns, cells, strict=False) if key}


class ImportLine(models.Model):
    """One line of the file. cells: as they stood; emptied once they are in the records, or nobody wants them.

    made: keys of what it made, as `moving_in.taking_in.Made` has them.
    """

    source = models.ForeignKey(SpreadsheetImport, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField("line")
    cells = models.JSONField(default=list)
    kind = models.CharField("what it is", max_length=11, choices=LineKind)
    says = models.TextField("why", blank=True)
    # Who it is, or is likely to be.
    child = models.ForeignKey(Patient, null=True, on_delete=models.SET_NULL, related_name="import_lines")
    answer = models.CharField(max_length=5, choices=LineAnswer, blank=True)
    outcome = models.CharField("what became of it", max_length=10, choices=LineOutcome, blank=True)
    made: Any = models.JSONField(default=dict)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint("source", "number", name="a_file_has_a_line_once")]
        indexes = [
            models.Index(fields=["source", "number"], name="lines_to_take_in", condition=Q(outcome=""))
        ]

    def __str__(self) -> str:
        return f"Line {self.number}"
