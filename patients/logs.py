"""Reading the two logs: who looked at what, and who did what; by child, person, page and days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Exists, Max, Min, OuterRef, QuerySet
from django.utils import timezone

from patients.acts import PatientAct
from patients.models import AccessEvent, AuditEvent, Event, Patient, User

LOOKS, WRITES = "looks", "writes"
# So many children of one row are named on a page; who takes the log away looks at thousands.
MOST_NAMED = 50
# Whoever checks the logs looks at the log, not at the child.
OF_LOGS = (
    "patients:search_log",
    "patients:download_log",
    "patients:show_log_of_child",
    "patients:show_log_of_user",
)


@dataclass(frozen=True)
class Asked:
    """What is looked for in a log; what is None or empty is not asked.

    page: the name of a URL, for looks, or of an act, for what was done. not_treating: only people who did
    nothing for the child.
    """

    child: Patient | None = None
    user: User | None = None
    page: str = ""
    first: date | None = None
    last: date | None = None
    not_treating: bool = False


def log_of(about: Patient | User, what: str) -> QuerySet[Event]:
    """The looks, or the writes, about a child or by a person, the latest first."""
    if isinstance(about, Patient):
        return search(Asked(child=about), what)
    return search(Asked(user=about), what)


def search(asked: Asked, what: str) -> QuerySet[Event]:
    """The rows of one log, the latest first."""
    rows = AuditEvent.objects.all() if what == WRITES else AccessEvent.objects.all()
    if asked.child:
        keys = asked.child.keys
        rows = rows.filter(patient_id__in=keys) if what == WRITES else AccessEvent.objects.of_children(keys)
        if asked.not_treating:
            if what == LOOKS:
                rows = rows.exclude(page__in=OF_LOGS)
            rows = rows.exclude(Exists(_done_for(asked.child).filter(actor_id=OuterRef("actor_id"))))
    if asked.user:
        rows = rows.filter(actor_id=asked.user.pk)
    if asked.page:
        rows = rows.filter(action=asked.page) if what == WRITES else rows.filter(page=asked.page)
    if asked.first:
        rows = rows.filter(at__gte=_start_of(asked.first))
    if asked.last:
        rows = rows.filter(at__lt=_start_of(asked.last + timedelta(days=1)))
    return rows


def who_looked(asked: Asked) -> list[dict]:
    """Each person who looked, with how often, first and last: `actor_name`, `looks`, `first`, `last`."""
    rows = search(asked, LOOKS).order_by().values("actor_id", "actor_name")
    return list(rows.annotate(looks=Count("pk"), first=Min("at"), last=Max("at")).order_by("-last"))


def seen_in(event: Event) -> list[int]:
    """The keys of the children that this row is about."""
    if isinstance(event, AccessEvent):
        return event.seen
    return [event.patient_id] if event.patient_id else []


def only_counted(event: Event) -> int:
    """How many children of this row a page does not name."""
    return max(len(seen_in(event)) - MOST_NAMED, 0)


def _done_for(child: Patient) -> QuerySet[AuditEvent]:
    """What people did for this child. To say why one looks is not to treat."""
    done = AuditEvent.objects.filter(patient_id__in=child.keys, actor_id__isnull=False)
    return done.exclude(action=PatientAct.PATIENT_OPENED_WITH_REASON)


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
