"""What staff see and do about families' own pages: which are open, what was said there, renewing, closing."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from patients.access import Permission, requires
from patients.models import Contact
from scheduling.models import CheckIn, Course, FamilyLink, FamilyRequest
from scheduling.pages.records import look_at_link
from scheduling.telling import link_changes
from scheduling.telling.family_links import is_alive
from scheduling.telling.recipients import why_not


@dataclass(frozen=True)
class PageOf:
    """The page of one contact. link: None until an address is made for it."""

    contact: Contact
    link: FamilyLink | None
    state: str


@dataclass(frozen=True)
class Family:
    """What the course page shows of the family's side, the latest first."""

    pages: list[PageOf]
    requests: list[FamilyRequest]
    check_ins: list[CheckIn]


def family_of(course: Course) -> Family:
    """The pages, requests and check-ins of a course's family. Two queries, if the latter two are prefetched
    with their contacts."""
    # The related manager gives each its course, with the days that were read already.
    links = {link.contact_id: link for link in course.family_links.all()}
    contacts = course.patient.contacts.all()
    return Family(
        pages=[
            PageOf(each, links.get(each.pk), _state(course, each, links.get(each.pk))) for each in contacts
        ],
        requests=list(course.family_requests.all()),
        check_ins=list(course.check_ins.all()),
    )


@requires(Permission.BOOK_COURSES, only_forms=True)
def renew_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the page a new address. The old one opens nothing any more."""
    link = look_at_link(request, pk)
    why = link_changes.renew_link(link=link, by=request.user)
    done = f"The page of {link.contact.name} has a new address, and the old one opens nothing. "
    if why:
        messages.warning(request, f"{done}No mail tells it: {why}.")
    else:
        messages.success(request, f"{done}A mail with the new one is on its way.")
    return redirect(link.course)


@requires(Permission.BOOK_COURSES, only_forms=True)
def revoke_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the page."""
    link = look_at_link(request, pk)
    link_changes.revoke_link(link=link, by=request.user)
    messages.success(request, f"The page of {link.contact.name} is closed.")
    return redirect(link.course)


def _state(course: Course, contact: Contact, link: FamilyLink | None) -> str:
    """Whether the page opens, in words that follow the contact's name on the course page."""
    if why := why_not(contact, course.patient):
        return f"no page: {why}"
    if link is None:
        return "no address yet: the first mail makes one"
    if link.revoked_at:
        return "closed"
    return "open" if is_alive(link, timezone.now()) else "its time is over"
