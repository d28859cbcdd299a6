"""From bookings to what is taken in a diary, on each of its days."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from scheduling.models import Booking
from scheduling.models.phases import phases_in_chair
from scheduling.rules import Care, NurseRule, Phase, Taken, VisitRequest
from scheduling.rules.calendar import MINUTES_A_DAY
from scheduling.unit.weeks import minutes

A_DAY = timedelta(days=1)


def load_taken(
    rules: Mapping[int, NurseRule], first: date, last: date, lapsed: frozenset[int]
) -> dict[int, list[Taken]]:
    """What is taken in each unit from `first` to `last`, by its key, in one query. A place held to move a
    course there is that course's, like its own days.

    rules: of the units that are asked about, by key. lapsed: courses whose such hold is over.
    The times come as text. There may be tens of thousands, and making datetimes of them row by row takes both
    engines' drivers longer than everything else. Many are the same, so each text is parsed once.
    """
    zone = timezone.get_default_timezone()

    @cache
    def local(text: str) -> tuple[date, int]:
        moment = datetime.fromisoformat(text)
        at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
        return at.date(), minutes(at)

    bookings = (
        Booking.objects.filter(chair__unit__in=list(rules)).between(*day_bounds(first, last)).order_by()
    )
    moments = Cast("starts_at", TextField()), Cast("ends_at", TextField())
    columns = ("session__course", "held_for", "taken_for", "session__phases", "infusion", "infusion_care")
    found: dict[int, list[Taken]] = {key: [] for key in rules}
    for (
        unit,
        chair,
        starts_at,
        ends_at,
        course,
        held_for,
        label,
        phases,
        infusion,
        care,
    ) in bookings.values_list("chair__unit", "chair", *moments, *columns):
        whole, taken = (local(starts_at), local(ends_at)), found[unit]
        if phases:
            taken.append(_with_phases(chair, *whole, course, phases, rules[unit]))
        elif infusion is not None:
            taken.append(_infusion(chair, *whole, label, infusion, care, rules[unit]))
        elif held_for is None or held_for not in lapsed:
            taken += _pieces(chair, *whole, course or held_for, label)
    return found


def taken_of(booking: Booking, rule: NurseRule) -> Iterator[Taken]:
    """What one booking takes: a piece for each day."""
    start, end = timezone.localtime(booking.starts_at), timezone.localtime(booking.ends_at)
    course = booking.session.course_id if booking.session else booking.held_for_id
    whole = (start.date(), minutes(start)), (end.date(), minutes(end))
    if booking.infusion_id:
        care = booking.infusion_care
        yield _infusion(booking.chair_id, *whole, booking.taken_for, booking.infusion_id, care, rule)
    elif booking.session and booking.session.phases:
        yield _with_phases(booking.chair_id, *whole, course, booking.session.phases, rule)
    else:
        yield from _pieces(booking.chair_id, *whole, course, booking.taken_for)


def _with_phases(
    chair: int,
    begins: tuple[date, int],
    ends: tuple[date, int],
    course: int | None,
    phases: str,
    rule: NurseRule,
) -> Taken:
    (day, start), (_, end) = begins, ends
    return Taken(chair, day, start, end, course, phases=phases_in_chair(phases, end - start, rule))


def other_key(infusion_id: int) -> tuple[str, int]:
    """The name of another infusion in a diary."""
    return "other", infusion_id


def _infusion(
    chair: int,
    begins: tuple[date, int],
    ends: tuple[date, int],
    label: str,
    infusion_id: int,
    care: str,
    rule: NurseRule,
) -> Taken:
    """An infusion never spans midnight: no unit is open across it."""
    (day, start), (_, end) = begins, ends
    phases = _phases(care, end - start, rule)
    return Taken(chair, day, start, end, None, label, other_key(infusion_id), phases)


@lru_cache(maxsize=1000)
def _phases(care: str, length: int, rule: NurseRule) -> tuple[Phase, ...]:
    asked = VisitRequest(minutes=length, cannulates=care.endswith("+"), care=Care(care.rstrip("+")))
    return asked.phases(rule)


def _pieces(
    chair: int, begins: tuple[date, int], ends: tuple[date, int], course: int | None, label: str
) -> Iterator[Taken]:
    (day, start), (last_day, end) = begins, ends
    while day < last_day:
        # Only other bookings than visits can span midnight: they give a piece for each day.
        yield Taken(chair, day, start, MINUTES_A_DAY, course, label)
        day, start = day + A_DAY, 0
    if start < end:
        yield Taken(chair, day, start, end, course, label)


def day_bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """The first instant of `first`, and the first instant of the day after `last`."""
    zone = timezone.get_default_timezone()
    return (
        datetime.combine(first, time.min, tzinfo=zone),
        datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone),
    )
