"""The days as calendar entries: a file for each, and a feed that follows changes. Calendars are shared, so
entries say no more than a time, a place and a number to ring."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from math import ceil

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk import phone, wording
from patients.models import AuditEvent
from scheduling.acts import Act
from scheduling.ical import Entry, entries_bytes
from scheduling.models import Course, FamilyLink, Session, UndoableAct
from scheduling.pages.family.days import to_answer
from scheduling.pages.family.frame import frame
from scheduling.pages.family.opening import family_feed, family_page, nothing_here
from scheduling.pages.subscribed import CALENDAR, subscribed
from scheduling.states import SessionStatus
from scheduling.telling.calling import with_child
from scheduling.telling.family_links import feed_address
from scheduling.telling.visit_name import visit_name
from scheduling.telling.whom_to_ask import all_in_short

# For how long after its date a cancelled day stays in the feed, so that every calendar removes it.
CANCELLED_STAY = timedelta(weeks=4)
# The acts in the log that change the days of a course.
REVISIONS = (
    Act.COURSE_BOOKED,
    Act.COURSE_MOVED,
    Act.COURSE_CANCELLED,
    Act.COURSE_DAY_LEFT_OUT,
    Act.COURSE_DAY_MOVED,
)
# What an entry says in the unit's own words.
SHOWN_OF_UNIT = ("place", "phone", "phone_hours", "out_of_hours", "contacts")


@require_safe
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


@require_safe
@family_page
def download_day(request: HttpRequest, link: FamilyLink, number: int) -> HttpResponse:
    """One day to come, as a file to import."""
    now = timezone.now()
    days = [s for s in to_answer(link.course, now) if s.number == number]
    if not days:
        return nothing_here(request)
    if wait := _wait(link, now):
        return wait
    calendar = entries_bytes(_entries(days, link))
    name = f"hospital-visit-day-{number}.ics"
    return HttpResponse(
        calendar, content_type=CALENDAR, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@require_safe
@family_feed
def show_feed(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """Every day told of, as it now stands; 304 to a calendar that has it already (RFC 9110 section 13)."""
    now = timezone.now()
    if wait := _wait(link, now):
        return wait
    told = [session for session in link.course.sessions.all() if session.status != SessionStatus.HELD]
    gone = [leaves for session in told if (leaves := _leaves_at(session)) and leaves <= now]
    sessions = [session for session in told if not (leaves := _leaves_at(session)) or leaves > now]
    entries = _entries(sessions, link)
    calendar = entries_bytes(entries, feed=gettext("Hospital visits"))
    changed_at = max([link.created_at, *gone, *(entry.stamp for entry in entries)])
    return subscribed(request, calendar, changed_at)


def _wait(link: FamilyLink, now: datetime) -> HttpResponse | None:
    """While the last act on the course can be undone: that a calendar is to come again, as mails wait too.

    It might keep a revision that is taken back, and that nothing sent later corrects. Else None.
    """
    if not link.course.unit.undo_minutes:
        return None
    last = UndoableAct.objects.with_mails(now).filter(course=link.course).first()
    if last is None:
        return None
    words = gettext("The days are being changed just now. Try again in a few minutes.")
    again = str(ceil((last.until - now).total_seconds()))
    return HttpResponse(
        f"{words}\n",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": again},
    )


def _leaves_at(session: Session) -> datetime | None:
    """When a cancelled day is left out of the feed; None for any other."""
    return session.ends_at + CANCELLED_STAY if session.status == SessionStatus.CANCELLED else None


def _entries(sessions: Sequence[Session], link: FamilyLink) -> list[Entry]:
    revised, reworded = _revised_at(link.course), _reworded_at(link)
    child = link.contact.calls_child
    return [_entry(session, link.course, child, revised, reworded) for session in sessions]


def _entry(session: Session, course: Course, child: str, revised: datetime, reworded: datetime) -> Entry:
    is_first = session.sequence == 0 and session.status != SessionStatus.CANCELLED
    unit = course.unit
    notes = [
        gettext("Questions, or you cannot come: ring %(phone)s (%(hours)s).")
        % {"phone": phone.in_words(unit.phone), "hours": wording.apart(unit.phone_hours)},
        *all_in_short(unit),
        gettext("At other times: %(whom)s") % {"whom": wording.apart(unit.out_of_hours)},
    ]
    stamps = [session.created_at, reworded] if is_first else [session.created_at, reworded, revised]
    return Entry(
        uid=session.uid,
        sequence=session.sequence,
        stamp=max(stamps),
        created=session.created_at,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        summary=with_child(visit_name(session), child),
        description="\n".join(notes) if unit.phone else "",
        location=unit.place,
        cancelled=session.status == SessionStatus.CANCELLED,
    )


def _revised_at(course: Course) -> datetime:
    """When the days of the course were last changed."""
    acts = AuditEvent.objects.filter(record="course", record_id=course.pk, action__in=REVISIONS)
    return acts.values_list("at", flat=True).first() or course.agreed_at


def _reworded_at(link: FamilyLink) -> datetime:
    """When anything else that the entries show was changed last: the unit's own words, how many days the
    course has, the contact's language and name for the child."""
    shown = Q(pk=None)
    for record, row, fields in (
        ("unit", link.course.unit_id, SHOWN_OF_UNIT),
        ("course", link.course_id, ("days",)),
        ("contact", link.contact_id, ("language", "calls_child")),
    ):
        shown |= Q(record=record, record_id=row, action=f"{record}.changed", changes__has_any_keys=fields)
    latest = AuditEvent.objects.filter(shown).order_by("-at").values_list("at", flat=True).first()
    return latest or link.course.agreed_at
