"""Another address for a family's page, or none: by staff, and whenever a contact's mailbox is another.

Whoever reads the old mailbox has the old address, and could answer for the family.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.models import Contact
from scheduling.acts import Act, record
from scheduling.ical import InvalidInvitation
from scheduling.models import Channel, Course, FamilyLink, Message, MessageKind
from scheduling.states import CourseStatus, MessageStatus
from scheduling.telling.family_links import is_alive, readdressed, renewed
from scheduling.telling.notices import write_new_address
from scheduling.telling.recipients import why_not
from scheduling.unit.lock import lock_unit


@transaction.atomic
def renew_link(*, link: FamilyLink, by: audit.Actor) -> str:
    """Give the page and the feed new addresses; the old ones open nothing from now on.

    A mail tells the contact, and mails still queued for them get the new address. Returns why no such mail is
    sent, in words that follow "No mail tells it:"; empty if one is queued.
    """
    # An act that is queueing mails with the old address finishes first; a later one uses the new address.
    lock_unit(link.course.unit_id)
    link = _renew(_locked(link), by)
    return tell_new_address(link)


def renew_links_of(contact: Contact, *, by: audit.Actor) -> list[FamilyLink]:
    """Another address for every open page of a contact whose mailbox is another; those made new.

    contact: as saved. In the transaction of the change. No mail tells it yet (`tell_new_address`).
    """
    open_links = FamilyLink.objects.filter(contact=contact, revoked_at=None).order_by("course")
    return [_renew(_locked(link), by) for link in open_links]


def not_mailed(links: Iterable[FamilyLink], mails: Iterable[Message]) -> list[FamilyLink]:
    """Of links made new those whose contact has had mails about a course with something to come, and which
    none of these mails tells."""
    now = timezone.now()
    told = {message.course_id for message in mails if message.kind == MessageKind.INVITE}
    had = Message.objects.filter(channel=Channel.EMAIL).exclude(status=MessageStatus.WITHHELD, attempts=0)
    return [
        link
        for link in links
        if link.course_id not in told
        and _is_to_come(link.course, now)
        and had.filter(course=link.course, contact=link.contact).exists()
    ]


def _is_to_come(course: Course, now: datetime) -> bool:
    if course.status == CourseStatus.BOOKED:
        return any(session.ends_at > now for session in course.live_sessions)
    return course.status in (CourseStatus.WAITING, CourseStatus.HELD)


def _renew(link: FamilyLink, by: audit.Actor) -> FamilyLink:
    """Make it new, also in what is queued for the contact; not in what waits for an earlier mailbox."""
    renewed(link).save()
    record(Act.COURSE_PAGE_RENEWED, link.course, by, {"contact": link.contact.name})
    queued = Message.objects.filter(course=link.course, contact=link.contact, status=MessageStatus.QUEUED)
    for message in queued.filter(channel=Channel.EMAIL, to_address__iexact=link.contact.email):
        queued.filter(pk=message.pk).update(mime=readdressed(bytes(message.mime), link))
    return link


def tell_new_address(link: FamilyLink) -> str:
    """Queue the mail with the address, if one may go there; else why not."""
    course, contact, now = link.course, link.contact, timezone.now()
    if why := why_not(contact, course.patient):
        return why
    if course.status == CourseStatus.CANCELLED or not is_alive(link, now):
        return "nothing is planned, or its time is over"
    if missing := course.unit.missing_for_mail():
        return f"{course.unit} has no {' and no '.join(missing)}"
    try:
        write_new_address(course, contact, now=now).save(force_insert=True)
    except InvalidInvitation as fault:
        return f"it cannot be written. {fault}".rstrip(".")
    return ""


@transaction.atomic
def revoke_link(*, link: FamilyLink, by: audit.Actor) -> FamilyLink:
    """Close the page and the feed until the address is renewed."""
    link = _locked(link)
    if not link.revoked_at:
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        record(Act.COURSE_PAGE_REVOKED, link.course, by, {"contact": link.contact.name})
    return link


def _locked(link: FamilyLink) -> FamilyLink:
    related = ("course__unit", "course__patient", "contact")
    links = FamilyLink.objects.select_for_update(of=["self"]).select_related(*related)
    return links.get(pk=link.pk)
