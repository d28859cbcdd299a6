"""The days as calendar entries: a file for each, and a feed that follows changes. Calendars are shared, so
entries say no more than a time, a place and a number to ring."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext

from crmo_clinic.nhsuk import phone
from patients.models import AuditEvent
from scheduling.acts import Act
from scheduling.ical import Entry, entries_bytes
from scheduling.models import Course, FamilyLink, Session
from scheduling.pages.family.days import to_answer
from scheduling.pages.family.frame import frame
from scheduling.pages.family.opening import family_feed, family_page, nothing_here
from scheduling.states import SessionStatus
from scheduling.telling.family_links import feed_address

# For how long after its date a cancelled day stays in the feed, so that every calendar removes it.
CANCELLED_STAY = timedelta(weeks=4)
CALENDAR = "text/calendar; charset=utf-8"
# The acts in the log that change the days of a course.
REVISIONS = (
    Act.COURSE_BOOKED,
    Act.COURSE_MOVED,
    Act.COURSE_CANCELLED,
    Act.COURSE_DAY_LEFT_OUT,
    Act.COURSE_DAY_MOVED,
)


@family_page
def show_calendar(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """How to add the days to a calendar, and what that means."""
    address = feed_address(link)
    context = frame(link) | {
        "days": to_answer(link.course, timezone.now()),
        "feed": address,
        "webcal": f"webcal://{address.partition('://')[2]}",
    }
    return render(request, "family/show_calendar.html", context)


@family_page
def download_day(request: HttpRequest, link: FamilyLink, number: int) -> HttpResponse:
    """One day to come, as a file to import."""
    days = [s for s in to_answer(link.course, timezone.now()) if s.number == number]
    if not days:
        return nothing_here(request)
    calendar = entries_bytes(_entries(days, link.course))
    name = f"hospital-visit-day-{number}.ics"
    return HttpResponse(
        calendar, content_type=CALENDAR, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@family_feed
def show_feed(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """Every day told to the family, as it is now; 304 if the calendar has it (RFC 9110 section 13)."""
    oldest = timezone.now() - CANCELLED_STAY
    sessions = [
        session
        for session in link.course.sessions.all()
        if session.status != SessionStatus.HELD
        and (session.status != SessionStatus.CANCELLED or session.ends_at > oldest)
    ]
    entries = _entries(sessions, link.course)
    calendar = entries_bytes(entries, feed=gettext("Hospital visits"))
    etag = f'"{sha256(calendar).hexdigest()}"'
    changed = int(max([link.created_at, *(entry.stamp for entry in entries)]).timestamp())
    headers = {
        "ETag": etag,
        "Last-Modified": http_date(changed),
        # It may be kept, but has to be checked each time. With no-store it could not be kept, and an ETag
        # would be useless.
        "Cache-Control": "private, no-cache",
    }
    response = HttpResponse(calendar, content_type=CALENDAR, headers=headers)
    return get_conditional_response(request, etag=etag, last_modified=changed, response=response)


def _entries(sessions: Sequence[Session], course: Course) -> list[Entry]:
    revised = _revised_at(course)
    return [_entry(session, course, revised) for session in sessions]


def _entry(session: Session, course: Course, revised: datetime) -> Entry:
    is_first = session.sequence == 0 and session.status != SessionStatus.CANCELLED
    unit = course.unit
    summary = gettext("Hospital visit")
    if course.days > 1:
        summary = gettext("Hospital visit, day %(number)d of %(days)d") % {
            "number": session.number,
            "days": course.days,
        }
    notes = [
        gettext("Questions, or you cannot come: ring %(phone)s (%(hours)s).")
        % {"phone": phone.shown(unit.phone), "hours": unit.phone_hours},
        gettext("At other times: %(whom)s") % {"whom": unit.out_of_hours},
    ]
    return Entry(
        uid=session.uid,
        sequence=session.sequence,
        stamp=session.created_at if is_first else max(revised, session.created_at),
        created=session.created_at,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        summary=summary,
        description="\n".join(notes) if unit.phone else "",
        location=unit.place,
        cancelled=session.status == SessionStatus.CANCELLED,
    )


def _revised_at(course: Course) -> datetime:
    """When the days of the course were last changed."""
    acts = AuditEvent.objects.filter(record="course", record_id=course.pk, action__in=REVISIONS)
    return acts.values_list("at", flat=True).first() or course.agreed_at
