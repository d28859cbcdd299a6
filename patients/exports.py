"""Lists that are taken away as files for a spreadsheet: each is logged, as a look and as an export."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from crmo_clinic.nhsuk import csv_files
from patients import audit
from patients.acts import PatientAct
from patients.models import Patient

NO_FILTER = "everything"


def record(request: HttpRequest, what: str, filters: Iterable[str] = ()) -> None:
    """Write to the log that the user took this list, narrowed by these filters (in words), away as a file."""
    details = {"list": what, "filter": ", ".join(filters) or NO_FILTER}
    user = request.user
    audit.record(PatientAct.USER_LIST_EXPORTED, by=user, on=user, patient=None, changes=details)


def export(
    request: HttpRequest,
    what: str,
    rows: Iterable[Sequence[Any]],
    *,
    patients: Iterable[Patient | int],
    filters: Iterable[str] = (),
) -> StreamingHttpResponse:
    """The list as a file, its heading first among the rows, and the log rows of it.

    what: what the list is called. patients: the children in it. filters: in words.
    """
    audit.looked_at(request.resolver_match.view_name, by=request.user, patients=patients)
    record(request, what, filters)
    name = what.lower().replace(" ", "-")
    return csv_files.streamed(f"{name}-{timezone.localdate()}.csv", rows)
