"""What becomes of the log of acts when a child's record is erased: its rows stay, without the child.

The log of looks knows children only by their key, so it stays as it is: whose key it was is nowhere any more.
A row of the log of acts also has details, and the name of whoever of the family acted. Three things happen:

1. `note`, with the record: an act in the log says that it was erased, which rows lose their details, and the
   digest of these rows as they will be. The chain holds that act as it holds every row.
2. `finish`, by whoever owns the database, for nobody else can change a row of a log: the details go.
3. `check`, for the doctor: only the rows that such an act names may differ from what the chain says of them,
   and only by being without their details. So an owner who changes anything else is found as before.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from crmo_clinic.nhsuk.spellings import search_words
from crmo_clinic.nhsuk.wording import quantity
from patients import audit
from patients.acts import LoggedAct, PatientAct
from patients.chain import FIRST, digest_of
from patients.constraints import AppendOnly
from patients.errors import Refused
from patients.models import AuditEvent, ErasedBecause, ErasedLogRow, Erasure, Patient
from patients.walking import walk

# How an act on a family's page ends its actor's name, and who it is once the name is erased.
ON_THEIR_PAGE = ", on the family’s page"
SOMEBODY = f"Somebody{ON_THEIR_PAGE}"
# After so long the doctor says that the log still names the child.
DONE_WITHIN = timedelta(days=7)
BATCH = 1000
_GUARD = next(each for each in AuditEvent._meta.constraints if isinstance(each, AppendOnly))


@dataclass
class Checked:
    """What the erasures explain, and what is wrong with them.

    rows: the keys of the log rows that may differ from the chain. children: the keys of the erased ones.
    breaches: sentences.
    """

    rows: set[int] = field(default_factory=set)
    children: list[int] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """What is no breach, and still to be known; empty if there is nothing."""
        if not self.rows:
            return ""
        children = quantity(len(self.children), "erased child", "erased children")
        named = ", ".join(map(str, self.children[:20])) + (", …" if len(self.children) > 20 else "")
        return (
            f"The log of acts: {quantity(len(self.rows), 'row')} without details, about {children} ({named})."
        )


def rows_about(patient: Patient, also: Iterable[LoggedAct] = ()) -> list[AuditEvent]:
    """The rows of the log of acts that say something of this child: its own, and others that name it.

    also: the acts about others that may name it.
    """
    elsewhere = Q(action__in=[PatientAct.USER_LIST_EXPORTED, *also])
    keys, words = patient.keys, _words_of(patient)
    events = AuditEvent.objects.filter(Q(patient_id__in=keys) | elsewhere, erased=None).order_by("pk")
    return [event for event in events if event.patient_id in keys or _has_any(event, words)]


def note(
    patient: Patient,
    *,
    because: ErasedBecause,
    reason: str,
    counts: Mapping[str, int],
    also: Iterable[LoggedAct] = (),
    by: audit.Actor,
) -> Erasure:
    """Write down that this child is erased, in the transaction that does so; before the child's row is gone.

    counts: what is erased with it, as the details of the act have it. also: see `rows_about`.
    """
    events = rows_about(patient, also)
    erasure = Erasure.objects.create(
        patient_id=patient.pk, at=timezone.now(), by_name=by.name, because=because
    )
    ErasedLogRow.objects.bulk_create(ErasedLogRow(erasure=erasure, event=event) for event in events)
    details = {"why": ErasedBecause(because).label, "reason": reason, "rows": len(events), **counts}
    changes = details | {"digest": _digest_of_all(events)}
    audit.record(PatientAct.PATIENT_ERASED, by=by, on=patient, patient=patient, changes=changes)
    return erasure


def finish(*, by: audit.Actor) -> list[Erasure]:
    """Take the details out of the log rows of every child erased so far. Only the owner of the tables can.

    Raises Refused if the rows are not those that the log says.
    """
    done = []
    for erasure in Erasure.objects.filter(log_done_at=None).order_by("pk"):
        with transaction.atomic():
            if wrong := check([erasure]).breaches:
                raise Refused(*wrong)
            with _GUARD.lifted(AuditEvent, "UPDATE"):
                rows = AuditEvent.objects.filter(erased__erasure=erasure)
                rows.filter(actor_id=None, actor_name__endswith=ON_THEIR_PAGE).update(actor_name=SOMEBODY)
                changed = rows.update(changes={}, salt="")
            erasure.log_done_at = timezone.now()
            erasure.save(update_fields=["log_done_at"])
            gone = Patient(pk=erasure.patient_id)
            audit.record(
                PatientAct.PATIENT_LOG_ERASED, by=by, on=gone, patient=gone, changes={"rows": changed}
            )
        done.append(erasure)
    return done


def check(erasures: Iterable[Erasure] | None = None) -> Checked:
    """Whether each erasure is what the log says. Four queries, however many there are. None: all of them."""
    checked = Checked()
    asked = list(Erasure.objects.order_by("pk") if erasures is None else erasures)
    if not asked:
        return checked
    keys = [erasure.patient_id for erasure in asked]
    acts = AuditEvent.objects.filter(action=PatientAct.PATIENT_ERASED, patient_id__in=keys)
    said = {act.patient_id: act.changes for act in acts.order_by("-pk")}
    rows: dict[int, _Rows] = {erasure.pk: _Rows() for erasure in asked}
    events = AuditEvent.objects.filter(erased__erasure__in=rows).select_related("erased")
    for event in walk(events, at_once=BATCH):
        rows[event.erased.erasure_id].add(event)
    there = set(Patient.objects.filter(pk__in=keys).values_list("pk", flat=True))
    for erasure in asked:
        found, child = rows[erasure.pk], erasure.patient_id
        named = said.get(child, {})
        if (found.number, found.digest) != (named.get("rows"), named.get("digest")):
            checked.breaches.append(
                f"The log of acts: the rows that were erased with child {child} are not those that it says."
            )
            continue
        if child in there:
            checked.breaches.append(f"Child {child} was erased, and its record is there.")
        if found.without_details:
            checked.rows |= found.without_details
            checked.children.append(child)
    return checked


def not_finished(now: datetime) -> Iterator[str]:
    """Children whose names the log still has, long after they were erased."""
    for erasure in Erasure.objects.filter(log_done_at=None, at__lt=now - DONE_WITHIN).order_by("pk"):
        yield (
            f"Child {erasure.patient_id} was erased {(now - erasure.at).days} days ago, and the log of acts "
            "still has its details: whoever owns the database runs manage.py erase_from_logs."
        )


def erased_on_hold() -> Iterator[str]:
    """Children who were erased while their record was on legal hold, by the log, whose acts stay."""
    placed, lifted, erased = (
        PatientAct.LEGALHOLD_ADDED,
        PatientAct.LEGALHOLD_CHANGED,
        PatientAct.PATIENT_ERASED,
    )
    held: set[int] = set()
    acts = AuditEvent.objects.filter(action__in=(placed, lifted, erased)).order_by("pk")
    for action, patient in acts.values_list("action", "patient_id"):
        if action == placed:
            held.add(patient)
        elif action == lifted:
            held.discard(patient)
        elif patient in held:
            yield f"Child {patient} was erased while its record was on legal hold."


def without_details(event: AuditEvent) -> AuditEvent:
    """The row as it is once the child is erased: who of the staff did what, and when."""
    left = copy(event)
    left.changes, left.salt = {}, ""
    if left.actor_id is None and left.actor_name.endswith(ON_THEIR_PAGE):
        left.actor_name = SOMEBODY
    return left


@dataclass
class _Rows:
    """Rows of an erasure, in the order of their keys. digest: of all of them without their details, so it is
    the same before and after `finish`."""

    number: int = 0
    digest: str = FIRST
    without_details: set[int] = field(default_factory=set)

    def add(self, event: AuditEvent) -> None:
        left = without_details(event)
        self.number, self.digest = self.number + 1, digest_of(left, self.digest)
        if digest_of(event, FIRST) == digest_of(left, FIRST):
            self.without_details.add(event.pk)


def _digest_of_all(events: Iterable[AuditEvent]) -> str:
    rows = _Rows()
    for event in events:
        rows.add(event)
    return rows.digest


def _words_of(patient: Patient) -> list[str]:
    """By what a text names this child: its numbers, those that it had, and each of its names. One query."""
    numbers = [patient.hospital_number, patient.nhs_number or ""]
    numbers += patient.former_numbers.values_list("number", flat=True)
    names = [
        way for ways in search_words(f"{patient.name} {patient.known_as}") for way in ways if len(way) > 2
    ]
    return [each.casefold() for each in (*numbers, *names) if each]


def _has_any(event: AuditEvent, words: Iterable[str]) -> bool:
    said = str(event.changes).casefold()
    return any(word in said for word in words)
