"""What staff can do with the address of a family's page: give it a new one, or close it."""

from django.db import transaction
from django.utils import timezone

from patients import audit
from scheduling.acts import Act, record
from scheduling.ical import InvalidInvitation
from scheduling.models import Channel, FamilyLink, Message
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
    link = _locked(link)
    renewed(link).save()
    record(Act.COURSE_PAGE_RENEWED, link.course, by, {"contact": link.contact.name})
    queued = Message.objects.filter(course=link.course, contact=link.contact, status=MessageStatus.QUEUED)
    for message in queued.filter(channel=Channel.EMAIL):
        queued.filter(pk=message.pk).update(mime=readdressed(bytes(message.mime), link))
    return _tell_new_address(link)


def _tell_new_address(link: FamilyLink) -> str:
    """Queue the mail with the new address if it may be sent. Returns why not; empty if it is queued."""
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
