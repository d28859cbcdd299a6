"""All that is known of one child is deleted, in one transaction; what stays are the logs, without it."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from patients import erasing, legal_hold
from patients.audit import Actor
from patients.constraints import ErasedWithChild
from patients.errors import Refused
from patients.models import Contact, ErasedBecause, Erasure, FormerNumber, LegalHold, Merge, Patient
from scheduling.acts import Act
from scheduling.models import (
    AdtMessage,
    AdverseEffect,
    Booking,
    CannulaAttempt,
    ChaseNote,
    CheckIn,
    ChildLimits,
    ContactAttempt,
    Course,
    DayDecision,
    Decision,
    DraftMove,
    FamilyLink,
    FamilyOffer,
    FamilyRequest,
    Imaging,
    ImportedResult,
    ImportLine,
    IncomingMail,
    Medicine,
    Message,
    PatientNeed,
    ReadinessCheck,
    ReadinessOverride,
    Reply,
    Review,
    RuleOverride,
    Session,
    Task,
    Telling,
    UndoableAct,
    WebhookEvent,
)
from scheduling.models.message import WAITS
from scheduling.retention.naming import names_one_of
from scheduling.retention.policy import OPEN
from scheduling.unit.lock import lock_unit
from scheduling.visit.downtime import drop_packs_with

logger = logging.getLogger(__name__)
# Acts on another child's course that name this one.
NAMES_ANOTHER = (Act.COURSE_SHARED, Act.COURSE_PARTED)


@transaction.atomic
def erase(*, patient: Patient, because: ErasedBecause, reason: str, by: Actor) -> Erasure:
    """Delete the child, its contacts, courses, messages and all else about it, and files that name it.

    Raises Refused if the record is on legal hold, a course is open, or a file cannot be deleted.
    """
    units = Course.objects.filter(patient=patient).order_by("unit").values_list("unit", flat=True).distinct()
    for unit in list(units):
        lock_unit(unit)
    child = Patient.objects.select_for_update().filter(pk=patient.pk).first()
    if child is None:
        raise Refused("This record has been erased already.")
    if objections := list(why_not(child)):
        raise Refused(*objections)
    counts = {
        "courses": child.courses.count(),
        "visits": Session.objects.filter(course__patient=child).count(),
        "messages": Message.objects.filter(course__patient=child).count(),
    }
    erasure = erasing.note(child, because=because, reason=reason, counts=counts, also=NAMES_ANOTHER, by=by)
    numbers = _numbers_of(child)
    ids = set(Message.objects.filter(course__patient=child).values_list("message_id", flat=True))
    with _deleting():
        for rows in _rows_of(child):
            rows.delete()
    _delete_files(child.pk, ids, numbers)
    logger.info("The record of child %s was erased.", child.pk)
    return erasure


def why_not(patient: Patient) -> Iterator[str]:
    """What stands against erasing this record, each with what would settle it. Three queries."""
    if hold := legal_hold.hold_on(patient):
        yield f"This record is on legal hold ({hold.because}). Lift the hold first, if it is over."
    if Course.objects.filter(patient=patient, status__in=OPEN).exists():
        yield (
            "This child has a course that waits, is held or is booked. Cancel it first, so that the family "
            "is told and the chairs are free."
        )
    if Message.objects.filter(course__patient=patient, status__in=WAITS).exists():
        yield (
            "A message to the family still waits to leave. Erase the record once it has left, so that the "
            "family is told."
        )


@contextmanager
def _deleting() -> Iterator[None]:
    """Past the guards of ticks and overrides. On PostgreSQL they know of the erasure themselves."""
    with ExitStack() as lifted:
        for model in (ReadinessCheck, ReadinessOverride) if connection.vendor == "sqlite" else ():
            guard = next(each for each in model._meta.constraints if isinstance(each, ErasedWithChild))
            lifted.enter_context(guard.lifted(model, "DELETE"))
        yield


def _rows_of(child: Patient) -> Iterator[QuerySet]:
    """All rows about the child, those that point to others before these. Reviews take their sites along."""
    of_course, of_visit, own = (
        {"course__patient": child},
        {"session__course__patient": child},
        {"patient": child},
    )
    mails = IncomingMail.objects.filter(pk__in=_mails_of(child))
    sent = AdtMessage.objects.filter(Q(patient=child) | Q(other=child) | Q(pk__in=_adt_with(child)))
    asked = Q(request__course__patient=child) | Q(check_in__course__patient=child) | Q(mail__in=mails)
    asked |= Q(adt__in=sent)
    about = Q(**of_course) | Q(**of_visit) | Q(message__course__patient=child) | asked
    yield Task.objects.filter(about)
    yield mails
    yield sent
    for model in (FamilyOffer, FamilyRequest, CheckIn, FamilyLink, DraftMove, UndoableAct, RuleOverride):
        yield model._default_manager.filter(**of_course)
    for model in (Reply, Telling, CannulaAttempt, AdverseEffect, DayDecision, ReadinessOverride):
        yield model._default_manager.filter(**of_visit)
    yield Message.objects.filter(**of_course)
    yield WebhookEvent.objects.filter(Q(course_id__in=child.courses.values("pk")) | Q(patient_id=child.pk))
    yield Booking.objects.filter(Q(**of_visit) | Q(held_for__patient=child))
    yield Session.objects.filter(**of_course)
    yield ImportedResult.objects.filter(review__patient=child)
    for model in (Decision, Review, Imaging, Medicine, ChaseNote):
        yield model._default_manager.filter(**own)
    for model in (ContactAttempt, ReadinessCheck):
        yield model._default_manager.filter(**of_course)
    for model in (Course, ChildLimits, PatientNeed, LegalHold, Contact, FormerNumber):
        yield model._default_manager.filter(**own)
    yield Merge.objects.filter(kept=child)
    yield ImportLine.objects.filter(child=child)
    yield Patient.objects.filter(pk=child.pk)


def _mails_of(child: Patient) -> list[int]:
    """The mails that came in about the child, and those of its contacts that nobody has placed."""
    addresses = {
        address.lower() for address in child.contacts.exclude(email="").values_list("email", flat=True)
    }
    others = Contact.objects.exclude(patient=child).filter(email__in=addresses)
    addresses -= {address.lower() for address in others.values_list("email", flat=True)}
    about = Q(course__patient=child) | Q(contact__patient=child) | Q(reply__session__course__patient=child)
    strangers = Q(course=None, contact=None, from_address__in=addresses)
    return list(IncomingMail.objects.filter(about | strangers).values_list("pk", flat=True))


def _numbers_of(child: Patient) -> list[str]:
    """The numbers of the child, and those it had."""
    former = child.former_numbers.values_list("number", flat=True)
    return [number for number in (child.hospital_number, child.nhs_number, *former) if number]


def _adt_with(child: Patient) -> list[int]:
    """Messages of the hospital’s records that nobody could read, with a number of the child in them."""
    numbers = _numbers_of(child)
    unread = AdtMessage.objects.filter(patient=None).exclude(raw=b"").values_list("pk", "raw")
    return [pk for pk, raw in unread if names_one_of(bytes(raw), numbers)]


def _delete_files(child: int, message_ids: set[str], numbers: list[str]) -> None:
    """The mails that were written into a folder instead of being sent, packs with the child in them, and
    files of the hospital’s records that were taken."""
    try:
        for path in Path(settings.MAIL_DIR).glob("*.eml"):
            if message_from_bytes(path.read_bytes(), policy=policy.default)["Message-ID"] in message_ids:
                path.unlink(missing_ok=True)
        drop_packs_with(child)
        for path in Path(settings.ADT_DIR).glob("*/*") if settings.ADT_DIR else ():
            if names_one_of(path.read_bytes(), numbers):
                path.unlink(missing_ok=True)
    except OSError:
        raise Refused(
            "A file about this child cannot be deleted, so nothing was erased. Ask whoever runs the app to "
            "look at the folders of mails and of downtime packs."
        ) from None
