"""How the pages put offers, limits and visits into words. For tasks see `tasks`, for the log `log_words`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crmo_clinic.nhsuk import wording
from patients.log_words import sentence, sentence_with_record
from patients.models import AuditEvent, Contact, Patient
from scheduling.booking.child_limits import OPEN
from scheduling.models import (
    CheckIn,
    Course,
    Effect,
    FamilyOffer,
    Session,
    Weekday,
)
from scheduling.pages.booking.limits import Person, people_of
from scheduling.pages.booking.limits_words import dates_in_words, limits_in_words
from scheduling.pages.booking.placement_forms import check_address as address_to_check
from scheduling.pages.telling.mail_words import Mail
from scheduling.rules import DayUse, Visit
from scheduling.states import SessionStatus
from scheduling.telling.day_told import DayTold
from scheduling.telling.family_links import without_page_addresses
from scheduling.telling.recipients import lapses_on, why_not
from scheduling.unit.board import Segment
from scheduling.unit.matches import from_json

register = template.Library()
register.filter("event_sentence", sentence)
register.filter(without_page_addresses)


@register.filter
def care_sentence(event: AuditEvent) -> str:
    """What was done at a visit, as a sentence; it begins with the record, unless that is the visit."""
    return sentence(event) if event.record == "session" else sentence_with_record(event)


@register.filter
def family_limits(course: Course) -> str:
    """The weekdays, dates and times the family cannot do, in one line; empty if there are none.

    What is kept with the child counts for a course while it is open. Prefetch `patient__family_limits`.
    """
    weekdays = [f"{Weekday(day).label}s" for day in course.impossible_weekdays]
    dates = [dates_in_words(dates) for dates in course.impossible_ranges]
    times = [f"before {wording.clock(course.not_before)}"] if course.not_before else []
    own = weekdays + dates + times
    of_child = limits_in_words(course.patient.family_limits.all()) if course.status in OPEN else ""
    return ", ".join(filter(None, [of_child, *own]))


@register.simple_tag
def limits_of(patient: Patient) -> list[Person]:
    """When the whole family cannot come, and each contact. Two queries."""
    return people_of(patient)


@register.filter
def of_several(mails: Sequence[Mail]) -> bool:
    """Whether mails that are shown together are about more than one child."""
    return len({mail.message.course.patient_id for mail in mails}) > 1


@register.filter
def offer_days(card: Any) -> str:
    """`Tuesday 4 and Wednesday 5 August 2026`."""
    return _days_in_words([visit.day for visit, _ in card.days], wording.long_date, 0)


@register.filter
def session_days(sessions: list[Session]) -> str:
    """`Tue 4 and Wed 5 Aug 2026`."""
    return _days_in_words([session.day for session in sessions], wording.short_date, 3)


def _days_in_words(days: list[date], write: Callable[[date], str], letters: int) -> str:
    """The days; month and year only where they change; weekdays cut to so many letters, or whole for 0."""
    last = days[-1]
    words = [
        write(day)
        if day == last or (day.month, day.year) != (last.month, last.year)
        else f"{wording.DAYS[day.weekday()][: letters or None]} {day.day}"
        for day in days
    ]
    return wording.listed(words)


@register.filter
def among(session: Session, others: list[Session]) -> list[Session]:
    """The session together with the others, first day first."""
    return sorted([session, *others], key=lambda each: each.number)


@register.filter
def offer_times(card: Any) -> str:
    """`9am to 2pm, Chair 3` if all days are alike, else each day's."""
    each = [f"{wording.clock_range(visit.start, visit.end)}, {chair}" for visit, chair in card.days]
    if len(set(each)) == 1:
        return wording.capitalised(each[0]) + ("" if len(each) == 1 else " on each day")
    return "; ".join(
        f"{wording.DAYS[v.day.weekday()]} {words}" for (v, _), words in zip(card.days, each, strict=True)
    )


@register.filter
def overridden(session: Any) -> list[tuple[str, str]]:
    """The rules that a visit breaks, each with who allowed it."""
    return session.course.overridden_on(session.day)


@register.filter
def shared_mark(partners: Mapping[int, list[Course]], session: Any) -> SafeString:
    """`with Ben F and Cat W`, with whom a visit's child shares the days; empty for nobody."""
    if not (others := partners.get(session.course_id)):
        return SafeString()
    names = wording.listed(other.patient.short_name for other in others)
    return format_html(' <em class="app-allowed">with {}</em>', names)


@register.filter
def latest_starts(card: Any) -> str:
    """`Latest start 1pm`, until when a drip ends in time; each day's if the days differ."""
    each = [wording.clock(start) for start in card.latest_starts if start is not None]
    if len(set(each)) == 1:
        return f"Latest start {each[0]}" + ("" if len(each) == 1 else " on each day")
    days = [wording.DAYS[visit.day.weekday()] for visit, _ in card.days]
    return "Latest start " + ", ".join(f"{day} {at}" for day, at in zip(days, each, strict=False))


DAY_USES = {
    DayUse.STARTS: "Can start a course",
    DayUse.CONTINUES: "Room for a later day only",
    DayUse.STRANDED: "Room, but no pair",
    DayUse.FULL: "No room",
    DayUse.FAMILY: "The family cannot come",
    DayUse.CLOSED: "Closed",
    DayUse.PAST: "Past",
}


@register.filter
def day_use(use: DayUse) -> str:
    """What a day can still do for a course, in words."""
    return DAY_USES[use]


@register.filter
def nhs_weekday(day: date) -> str:
    """`Tue 4`."""
    return f"{wording.DAYS[day.weekday()][:3]} {day.day}"


@register.filter
def nhs_lapse(at: datetime) -> str:
    """`Thu 3:30pm`: when a hold lapses, for the board; a hold lasts a week at most."""
    local = timezone.localtime(at)
    return f"{wording.DAYS[local.weekday()][:3]} {wording.clock(local.time())}"


@register.filter
def time_left(until: datetime) -> str:
    """`4 hours left`, counted when the page is drawn."""
    return wording.time_left(until, timezone.now())


@register.filter
def days_offered(offer: FamilyOffer) -> str:
    """`Tue 8 and Wed 9 Jun 2027, 9am to 1pm`: the days in an offer to a family, with the times if alike."""
    visits = from_json(offer.days)
    days = _days_in_words([visit.day for visit in visits], wording.short_date, 3)
    times = {wording.clock_range(visit.start, visit.end) for visit in visits}
    return f"{days}, {times.pop()}" if len(times) == 1 else days


@register.filter
def weekday_name(weekday: int) -> str:
    """`Tue`, for 1."""
    return wording.DAYS[weekday][:3]


@register.filter
def segment_where(segment: Segment) -> str:
    """`Chair 2, Tue 4 Aug, midday to 6pm`."""
    times = wording.clock_range(segment.start, segment.end)
    return f"{segment.chair.name}, {wording.short_date(segment.day)[:-5]}, {times}"


@register.filter
def segment_state(segment: Segment) -> str:
    """The one word that says how a segment looks: its visit's status, or its kind."""
    if segment.session:
        return segment.session.status
    return "fitting" if segment.visits else segment.kind


PRESSES = {
    SessionStatus.ARRIVED: "Arrived",
    SessionStatus.STARTED: "Drip started",
    SessionStatus.FULFILLED: "Drip finished",
}


@register.filter
def press_label(status: SessionStatus) -> str:
    """The label of the button that leads to this status."""
    return PRESSES[status]


@register.filter
def check_address(course: Course, visits: tuple[Visit, ...]) -> str:
    """Where this choice for a course is checked and confirmed."""
    return address_to_check(course, visits)


@register.filter
def later_days(visits: tuple[Visit, ...]) -> str:
    """`and Wed 9am`: when the later days of a pair would start; nothing for a course of one day."""
    later = [
        f"and {wording.DAYS[visit.day.weekday()][:3]} {wording.clock(visit.start)}" for visit in visits[1:]
    ]
    return " ".join(later)


@register.filter
def of_infusion(allowed: Mapping[int, list[tuple[str, str]]], infusion: int) -> list[tuple[str, str]]:
    """The rules that this one of the infusions breaks by permission, each with who allowed it."""
    return allowed.get(infusion, [])


@register.filter
def known_of(told: Mapping[int, DayTold], segment: Segment) -> DayTold | None:
    """What the family knows of the visit in a segment; None if it has no visit to come."""
    return told.get(segment.session.pk) if segment.session else None


@register.simple_tag
def course_lapses_on(course: Course) -> date | None:
    """The 16th birthday, if a visit to come is on it or later and a permission lapses then."""
    return lapses_on(course, timezone.now())


@register.simple_tag
def why_not_written_to(contact: Contact, patient: Patient) -> str:
    """Why no mail goes to a contact now; empty if one does."""
    return why_not(contact, patient)


@register.filter
def effects_in_words(check_in: CheckIn) -> str:
    """`fever and headache`, or `none of those asked about`."""
    words = [Effect(value).label.lower() for value in check_in.effects]
    return wording.listed(words) if words else "none of those asked about"
