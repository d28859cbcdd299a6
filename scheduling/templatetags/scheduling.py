"""How the pages put offers, limits and the log into words."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import template

from crmo_clinic.nhsuk import wording
from patients.models import AuditEvent
from scheduling.models import Course, Session, Weekday

register = template.Library()

SENTENCES = {
    "course.added": "Agreed",
    "course.changed": "What was agreed was changed",
    "course.impossible_dates_changed": "The family’s dates were changed",
    "course.booked": "Booked",
    "course.moved": "Moved",
    "course.cancelled": "Cancelled",
    "course.invites_sent": "Invites sent",
}


@register.filter
def family_limits(course: Course) -> str:
    """The weekdays, dates and times the family cannot do, in one line; empty if there are none."""
    weekdays = [f"{Weekday(day).label}s" for day in course.impossible_weekdays]
    dates = [
        wording.plain_date(row.first_day)
        if row.first_day == row.last_day
        else f"{wording.plain_date(row.first_day)} to {wording.plain_date(row.last_day)}"
        for row in course.impossible_dates.all()
    ]
    times = [f"before {wording.clock(course.not_before)}"] if course.not_before else []
    return ", ".join(weekdays + dates + times)


@register.filter
def offer_days(card: Any) -> str:
    """`Tuesday 4 and Wednesday 5 August 2026`."""
    return _days_in_words([visit.day for visit, _ in card.days], wording.long_date, 0)


@register.filter
def session_days(sessions: list[Session]) -> str:
    """`Tue 4 and Wed 5 Aug 2026`."""
    return _days_in_words([session.day for session in sessions], wording.short_date, 3)


def _days_in_words(days: list[date], write: Callable[[date], str], letters: int) -> str:
    """The days, month and year only where the next day's are others; weekdays cut to `letters` unless 0."""
    last = days[-1]
    words = [
        write(day)
        if day == last or (day.month, day.year) != (last.month, last.year)
        else f"{wording.DAYS[day.weekday()][: letters or None]} {day.day}"
        for day in days
    ]
    return wording.listed(words)


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
def event_sentence(event: AuditEvent) -> str:
    """One row of the log in words: what was done, to which days, why."""
    words = [SENTENCES.get(event.action, event.action)]
    days = event.changes.get("days")
    if event.action == "course.booked" and days:
        words.append(": " + "; ".join(days))
    elif event.action == "course.moved" and days:
        words.append(" from " + "; ".join(days[0]) + " to " + "; ".join(days[1]))
    elif event.action == "course.cancelled":
        words.append(
            ", back to the waiting list" if event.changes.get("then") == "Waiting" else ", course ended"
        )
    elif event.action == "course.invites_sent":
        words.append(": " + ", ".join(event.changes.get("to", [])))
    if isinstance(reason := event.changes.get("reason"), str):
        words.append(f" ({reason})")
    return "".join(words)
