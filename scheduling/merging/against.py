"""Why two records cannot be made one, in sentences that say what would have to be done first."""

from collections.abc import Iterator

from crmo_clinic.nhsuk.wording import listed, long_date
from patients import legal_hold
from patients.models import Contact, Patient
from scheduling.models import Course, Session
from scheduling.states import LIVE


def same_address(kept: Patient, gone: Patient) -> list[tuple[Contact, Contact]]:
    """The contacts who are in both records, by their address: of the one that stays, and of the other."""
    by_address = {contact.email.casefold(): contact for contact in kept.contacts.all() if contact.email}
    return [
        (by_address[contact.email.casefold()], contact)
        for contact in gone.contacts.all()
        if contact.email.casefold() in by_address
    ]


def against(kept: Patient, gone: Patient) -> list[str]:
    """Why the record `gone` cannot be put into `kept`; empty if it can. Seven queries at most."""
    return list(_against(kept, gone))


def _against(kept: Patient, gone: Patient) -> Iterator[str]:
    if kept.pk == gone.pk:
        yield "This is the same record. Enter the number of the other one."
        return
    if kept.restricted != gone.restricted:
        number = (kept if kept.restricted else gone).hospital_number
        yield (
            f"Messages are restricted in one of the records ({number}) and not in the other. Decide with the "
            "safeguarding lead, and make both alike first."
        )
    if legal_hold.in_force().filter(patient__in=(kept, gone)).count() > 1:
        yield (
            "Both records are on legal hold, and a record has one hold. Lift one of them first, and say "
            "there that the other goes on."
        )
    waiting = Course.objects.to_book().filter(patient__in=(kept, gone)).values_list("patient", flat=True)
    if len(set(waiting)) > 1:
        yield (
            "A course waits in each of the records, and a child has only one that waits. Book one of them, "
            "or end the one that was entered twice, first."
        )
    days = _days(kept) & _days(gone)
    if days:
        yield (
            f"Both records have a visit on {listed(long_date(day) for day in sorted(days))}. Cancel the "
            "course that was entered twice first."
        )
    links = set(kept.courses.exclude(shared=None).values_list("shared", flat=True))
    if links & set(gone.courses.exclude(shared=None).values_list("shared", flat=True)):
        yield "Courses of the two records share their days, as those of two children. End that link first."
    for ours, theirs in same_address(kept, gone):
        if ours.may_receive_invites != theirs.may_receive_invites:
            yield (
                f"{ours.email} may receive invites in one of the records and not in the other. Ask the "
                "family, and make both alike first."
            )


def _days(patient: Patient) -> set:
    return set(Session.objects.filter(course__patient=patient, status__in=LIVE).values_list("day", flat=True))
