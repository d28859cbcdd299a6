"""The downtime pack: what a unit needs on paper when the app cannot be reached.

One file for each unit, with all it needs in itself: it is opened from a folder, perhaps on another machine,
by a browser that reaches nothing. It is as personal as the day list, so its children are in the log as
looked at.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from patients import audit
from patients.audit import WORKER
from patients.models import Contact
from scheduling.models import Unit
from scheduling.visit.today import Row, load_days

# Today, which may have begun, and two days more: a failure in the evening lasts until somebody comes.
DAYS = 3
EVENING = time(18)
PAGE = "scheduling:show_pack"
_NAME = re.compile(r"downtime-unit-(?P<unit>\d+)-(?P<day>\d{4}-\d{2}-\d{2})\.html\Z")
_CHILDREN = re.compile(r'<meta name="children" content="([\d ]*)">')


@dataclass(frozen=True)
class Pack:
    """A unit's next days as one HTML file. children: the keys of those in it."""

    html: str
    children: tuple[int, ...]


@dataclass(frozen=True)
class Kept:
    """A pack in the folder, of the evening of that day."""

    day: date
    path: Path


@dataclass(frozen=True)
class Written:
    """How many packs were written in one run; false if none."""

    packs: int = 0

    def __bool__(self) -> bool:
        return bool(self.packs)

    def __str__(self) -> str:
        return f"Downtime packs: {quantity(self.packs, 'file')} written."


def make_pack(unit: Unit, now: datetime) -> Pack:
    """The pack as it stands now. It only reads."""
    first = timezone.localdate(now)
    days = load_days(unit, [first + timedelta(days=n) for n in range(DAYS)], now)
    children = tuple(sorted({row.patient.pk for day in days for row in day.rows}))
    context = {
        "unit": unit,
        "made_at": timezone.localtime(now),
        "days": [(day, [(row, _to_ring(row)) for row in day.rows]) for day in days],
        "children": " ".join(map(str, children)),
        "trust_name": settings.TRUST_NAME,
    }
    return Pack(render_to_string("scheduling/visit/_downtime_pack.html", context), children)


def write_evening_packs(
    *, now: datetime | None = None, stopping: Callable[[], bool] = lambda: False
) -> Written | None:
    """Each evening a file for each unit, and remove those that are too old. None if no folder is set."""
    if not settings.DOWNTIME_DIR:
        return None
    now, folder = now or timezone.now(), Path(settings.DOWNTIME_DIR)
    today, written = timezone.localdate(now), 0
    if timezone.localtime(now).time() >= EVENING:
        for unit in Unit.objects.order_by("pk"):
            path = folder / f"downtime-unit-{unit.pk}-{today}.html"
            if not path.exists() and not stopping():
                pack = make_pack(unit, now)
                _write(path, pack.html)
                audit.looked_at(PAGE, by=WORKER, patients=pack.children)
                written += 1
    for path in _files(folder):
        if date.fromisoformat(_NAME.match(path.name)["day"]) <= today - timedelta(
            days=settings.DOWNTIME_DAYS
        ):
            path.unlink(missing_ok=True)
    return Written(written)


def kept_packs(unit: Unit) -> list[Kept]:
    """Those of a unit that are in the folder, the latest first."""
    if not settings.DOWNTIME_DIR:
        return []
    found = [(path, _NAME.match(path.name)) for path in _files(Path(settings.DOWNTIME_DIR))]
    of_unit = [
        Kept(date.fromisoformat(name["day"]), path) for path, name in found if int(name["unit"]) == unit.pk
    ]
    return sorted(of_unit, key=lambda kept: kept.day, reverse=True)


def read_pack(kept: Kept) -> Pack:
    """A pack as it was written. Raises OSError if it is gone."""
    html = kept.path.read_text(encoding="utf-8")
    return Pack(html, _children_in(html))


def drop_packs_with(child: int) -> None:
    """Remove each pack in the folder that has this child in it. Raises OSError if one cannot be removed."""
    if settings.DOWNTIME_DIR:
        for path in _files(Path(settings.DOWNTIME_DIR)):
            if child in _children_in(path.read_text(encoding="utf-8")):
                path.unlink(missing_ok=True)


def _to_ring(row: Row) -> list[Contact]:
    """Everybody with a phone, who brings the child first; nobody of a restricted child."""
    if row.patient.restricted:
        return []
    with_phone = [contact for contact in row.patient.contacts.all() if contact.phone]
    return sorted(with_phone, key=lambda contact: not contact.brings_child)


def _children_in(html: str) -> tuple[int, ...]:
    found = _CHILDREN.search(html)
    return tuple(map(int, found[1].split())) if found else ()


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("downtime-unit-*.html")) if _NAME.match(path.name)]


def _write(path: Path, html: str) -> None:
    """Whole or not at all, and for nobody else on this machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with open(unfinished, "w", encoding="utf-8", opener=_private) as file:
        file.write(html)
    unfinished.replace(path)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
