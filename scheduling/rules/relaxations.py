"""What would make room: the nearest change of each kind with which a course would have a place.

One thing is changed at a time, and only as far as needed. Each change is tried, so what is suggested works.
Different starts or chairs on the days are never suggested: the search tries them anyway.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from crmo_clinic.nhsuk.wording import DAYS, clock, duration, long_date
from scheduling.rules.course import LENGTH_STEP, SHORTEST, CourseRequest, Placement, Visit
from scheduling.rules.diary import Diary
from scheduling.rules.no_place import NURSES, refusals
from scheduling.rules.offers import find_offers, offers_at_short_notice, price
from scheduling.rules.pricing import DEFAULT_WEIGHTS, Offer, Weights
from scheduling.rules.search import Search
from scheduling.rules.window import SEARCH_WEEKS, search_start, search_window

ONE_DAY = timedelta(days=1)
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


class Change(StrEnum):
    """What is changed, in the order in which changes are offered."""

    LATER = "later"
    SOONER = "sooner"
    NOTICE = "notice"
    SHORTER = "shorter"
    FAMILY_WEEKDAY = "family-weekday"
    FAMILY_DATE = "family-date"
    FAMILY_TIME = "family-time"
    NURSE = "nurse"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A change with which the course has a place, in words to follow "It would fit", and the place.

    `request` is the changed request. If the change is one nurse more on `short_day`, `nurses` is
    the number needed; None where it is not the same all day.
    """

    change: Change
    words: str
    request: CourseRequest
    offer: Offer
    short_day: date | None = None
    nurses: int | None = None


def find_relaxations(
    request: CourseRequest, diary: Diary, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[Relaxation, ...]:
    """For a course without a place, the nearest change of each kind that would give it one; empty if none."""
    finders: tuple[Finder, ...] = (
        _later,
        _sooner,
        _at_short_notice,
        _shorter,
        _family_weekdays,
        _family_dates,
        _family_time,
        _one_nurse_more,
    )
    return tuple(found for finder in finders for found in finder(request, diary, weights))


Finder = Callable[[CourseRequest, Diary, Weights], Iterator[Relaxation]]


def _later(request: CourseRequest, diary: Diary, weights: Weights) -> Iterator[Relaxation]:
    """The first possible day after the search window, up to 26 weeks on."""
    last = search_window(request, diary)[-1:] or (max(diary.today, request.latest or diary.today) - ONE_DAY,)
    days = _days(last[0] + ONE_DAY, last[0] + timedelta(weeks=SEARCH_WEEKS))
    if visits := _first(replace(request, latest=None), diary, weights, days):
        day = visits[0].day
        asked = replace(request, latest=day) if request.latest else request
        offer = price(Placement(asked, visits), diary, weights)
        beyond = f"after the {'latest first day' if request.latest else 'days searched'}"
        yield Relaxation(Change.LATER, f"from {long_date(day)}, {beyond}", asked, offer)


def _sooner(request: CourseRequest, diary: Diary, weights: Weights) -> Iterator[Relaxation]:
    """The last possible day before the clinician's earliest."""
    sooner = replace(request, earliest=None)
    days = reversed(_days(search_start(sooner, diary), search_start(request, diary) - ONE_DAY))
    if visits := _first(sooner, diary, weights, days):
        day = visits[0].day
        asked = replace(request, earliest=day)
        offer = price(Placement(asked, visits), diary, weights)
        yield Relaxation(Change.SOONER, f"from {long_date(day)}, before the earliest first day", asked, offer)


def _at_short_notice(request: CourseRequest, diary: Diary, weights: Weights) -> Iterator[Relaxation]:
    for offer in offers_at_short_notice(request, diary, 1, weights):
        words = f"from {long_date(offer.placement.first_day)}, at short notice"
        yield Relaxation(Change.NOTICE, words, request, offer)


def _shorter(request: CourseRequest, diary: Diary, weights: Weights) -> Iterator[Relaxation]:
    """The longest visits that would fit."""
    for minutes in range(request.minutes - LENGTH_STEP, SHORTEST - 1, -LENGTH_STEP):
        shorter = replace(request, minutes=minutes)
        if offer := _best(shorter, diary, weights):
            yield Relaxation(Change.SHORTER, f"with visits of {duration(minutes)}", shorter, offer)
            return


def _family_weekdays(request: CourseRequest, diary: Diary, weights: Weights) -> Iterator[Relaxation]:
    for weekday in sorted(request.impossible_weekdays):
        possible = replace(request, impossible_weekdays=request.impossible_weekdays - {weekday})
        if offer := _best(possible, diary, weights):
            words = f"if the family could come on {DAYS[weekday]}s"
            yield Relaxation(Change.FAMILY_WEEKDAY, words, possible, offer)


def _family_dates(request: CourseRequest, diary: Diary, weights: Weights) -> Iterator[Relaxation]:
    for dates in request.impossible_dates:
        others = tuple(other for other in request.impossible_dates if other != dates)
        possible = replace(request, impossible_dates=others)
        if offer := _best(possible, diary, weights):
            first, last = map(long_date, dates)
            when = f"on {first}" if first == last else f"from {first} to {last}"
            yield Relaxation(Change.FAMILY_DATE, f"if the family could come {when}", possible, offer)


def _family_time(request: CourseRequest, diary: Diary, weights: Weights) -> Iterator[Relaxation]:
    """The latest start that is earlier than the family's."""
    for start in range((request.not_before or 0) - 1, -1, -1):
        if start % diary.slot_minutes == 0:
            earlier = replace(request, not_before=start)
            if offer := _best(earlier, diary, weights):
                words = f"if the family could start at {clock(start)}"
                yield Relaxation(Change.FAMILY_TIME, words, earlier, offer)
                return


def _one_nurse_more(request: CourseRequest, diary: Diary, weights: Weights) -> Iterator[Relaxation]:
    """The day nearest to the target on which one nurse more would do."""
    pricing = Search(request, diary, weights).pricing
    days = sorted(search_window(request, diary), key=lambda day: (pricing.cost_of_first_day(day), day))
    for first_day, refusal in refusals(request, diary, days).items():
        hours = refusal and diary.calendar.hours_on(refusal.day)
        if refusal and hours and refusal.obstacle in NURSES:
            more, calendar = hours.with_one_nurse_more(), diary.calendar
            staffing = {**calendar.staffing, refusal.day: more}
            staffed = replace(diary, calendar=replace(calendar, staffing=staffing))
            if visits := _first(request, staffed, weights, [first_day]):
                offer = price(Placement(request, visits), staffed, weights)
                nurses = more if isinstance(more, int) else None
                words = f"with {_nurse(nurses)} on {long_date(refusal.day)}"
                yield Relaxation(Change.NURSE, words, request, offer, refusal.day, nurses)
                return


def _best(request: CourseRequest, diary: Diary, weights: Weights) -> Offer | None:
    return next(iter(find_offers(request, diary, 1, weights)), None)


def _first(
    request: CourseRequest, diary: Diary, weights: Weights, first_days: Iterable[date]
) -> tuple[Visit, ...] | None:
    """The best placement on the first of the days that has any."""
    search = Search(request, diary, weights)
    return next((found[1] for found in map(search.best_from, first_days) if found), None)


def _days(first: date, last: date) -> list[date]:
    return [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]


def _nurse(number: int | None) -> str:
    """ "a third nurse", "11 nurses"; "one nurse more" where the number is not the same all day."""
    if number is None:
        return "one nurse more"
    return f"a {ORDINALS[number - 1]} nurse" if number <= len(ORDINALS) else f"{number} nurses"
