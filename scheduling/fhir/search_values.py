"""Values of search parameters, as FHIR R4 writes them: dates with prefixes, tokens, references.

https://hl7.org/fhir/R4/search.html
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from scheduling.fhir.outcomes import wrong

# One value of a parameter as a condition on rows.
Condition = Callable[[str], Q]
NOTHING = Q(pk__in=[])
# What no clock here has ever shown, or will, is a mistake.
FIRST_YEAR, LAST_YEAR = 1900, 2900
# A key of a row; longer ones are of no row.
KEY = re.compile(r"[1-9]\d{0,17}")
DATE = re.compile(
    r"(?P<prefix>eq|ne|gt|lt|ge|le|sa|eb|ap)?"
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(T(?P<time>\d\d:\d\d(:\d\d(\.\d{1,9})?)?)(?P<zone>Z|[+ -]\d\d:\d\d)?)?)?)?"
)


@dataclass(frozen=True)
class Period:
    """From the first moment that a value stands for to the first that it no longer does."""

    prefix: str
    start: datetime
    end: datetime

    def within(self, since: Callable[[datetime], Q]) -> Q:
        """The condition on rows, given the one that their moment is not before another."""
        at_or_after_start, at_or_after_end = since(self.start), since(self.end)
        match self.prefix:
            case "ge":
                return at_or_after_start
            case "gt" | "sa":
                return at_or_after_end
            case "lt" | "eb":
                return ~at_or_after_start
            case "le":
                return ~at_or_after_end
            case "ne":
                return ~at_or_after_start | at_or_after_end
            case _:
                return at_or_after_start & ~at_or_after_end

    def holds(self, moment: datetime) -> bool:
        """The same of one moment."""
        started, ended = moment >= self.start, moment >= self.end
        return {
            "ge": started,
            "gt": ended,
            "sa": ended,
            "lt": not started,
            "eb": not started,
            "le": not ended,
            "ne": not started or ended,
        }.get(self.prefix, started and not ended)


def period(text: str) -> Period:
    """A date, or a part of one, with its prefix. Raises Problem for what is none, and for `ap`."""
    match = DATE.fullmatch(text)
    if match is None:
        raise wrong(f"“{text[:40]}” is no date of FHIR, like 2027-06-08 or ge2027-06-08T09:00:00Z.")
    if match["prefix"] == "ap":
        raise wrong("The prefix “ap” is not supported. Use ge and le.")
    try:
        start, end = _bounds(match)
    except (ValueError, OverflowError):
        raise wrong(f"“{text[:40]}” is no date that there is.") from None
    return Period(match["prefix"] or "eq", start, end)


def moment_in(field: str) -> Condition:
    """A date parameter about a moment, which a row may be without."""
    known = Q(**{f"{field}__isnull": False})
    return lambda text: period(text).within(lambda at: Q(**{f"{field}__gte": at})) & known


def day_in(field: str) -> Condition:
    """A date parameter about a whole day, in London."""

    def condition(text: str) -> Q:
        asked = period(text)
        return asked.within(lambda at: Q(**{f"{field}__gte": _day(at)}))

    return condition


def reference_to(resource: str, field: str) -> Condition:
    """A reference parameter: `Patient/12`, its whole address, or `12`."""

    def condition(text: str) -> Q:
        before, _, key = text.rpartition("/")
        is_ours = not before or before.rpartition("/")[2] == resource
        return Q(**{field: int(key)}) if is_ours and KEY.fullmatch(key) else NOTHING

    return condition


def key_in(field: str = "pk") -> Condition:
    """`_id`."""
    return lambda text: Q(**{field: int(text)}) if KEY.fullmatch(text) else NOTHING


def token_of(codes: Mapping[str, Q]) -> Condition:
    """A token parameter: a code, or `system|code`, whose system is taken as given."""
    return lambda text: codes.get(text.rpartition("|")[2], NOTHING)


def any_of(condition: Condition, text: str) -> Q:
    """Values with commas between them, of which one has to hold."""
    found = NOTHING
    for value in parts(text):
        found |= condition(value)
    return found


def parts(text: str) -> Iterable[str]:
    """The values between commas; `\\,` is a comma within one."""
    return [re.sub(r"\\(.)", r"\1", part) for part in re.findall(r"(?:[^,\\]|\\.)+", text)]


def _bounds(match: re.Match[str]) -> tuple[datetime, datetime]:
    year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError
    if not match["time"]:
        first = date(year, month, day)
        if match["day"]:
            last = first + timedelta(days=1)
        elif match["month"]:
            last = date(year + month // 12, month % 12 + 1, 1)
        else:
            last = date(year + 1, 1, 1)
        return _midnight(first), _midnight(last)
    clock, _, fraction = match["time"].partition(".")
    zone = (match["zone"] or "").replace(" ", "+")
    seconds = clock if clock.count(":") == 2 else f"{clock}:00"
    start = datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{seconds}{zone}")
    start += timedelta(microseconds=int(fraction[:6].ljust(6, "0")) if fraction else 0)
    if not zone:
        start = timezone.make_aware(start)
    if fraction:
        step = timedelta(microseconds=max(1, 10 ** (6 - len(fraction[:6]))))
    else:
        step = timedelta(seconds=1) if clock.count(":") == 2 else timedelta(minutes=1)
    return start, start + step


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _day(at: datetime) -> date:
    return timezone.localdate(at)
