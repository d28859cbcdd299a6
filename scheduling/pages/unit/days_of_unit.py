"""A unit’s own page, its days: the weeks of opening hours, and the days that differ from them."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from crmo_clinic.nhsuk.wording import clock_range, long_date
from scheduling.models import Booking, Closure, OpeningHours, SchoolTerm, Staffing, Unit, Weekday
from scheduling.unit.bank_holidays import bank_holidays
from scheduling.unit.weeks import load_weeks, week_on

Row = dict[str, Any]
A_YEAR = timedelta(days=365)


class DaysOfUnit:
    """Rows for `components/summary_list.html`, a property for each list; links if the user may change
    them."""

    def __init__(self, unit: Unit, *, today: date, may_change: bool, may_change_days: bool) -> None:
        self.unit = unit
        self.today = today
        self.may_change = may_change
        self.may_change_days = may_change_days
        self._weeks = load_weeks(unit)
        self._hours = self._rows_on(today)

    @cached_property
    def _there_are(self) -> dict[str, bool]:
        """Which of the lists have a row: most are empty in most units. One query."""
        asked = self._lists(OuterRef("pk"))
        found = Unit.objects.filter(pk=self.unit.pk).values_list(*map(Exists, asked.values())).get()
        return dict(zip(asked, found, strict=True))

    def _lists(self, unit: Any) -> dict[str, QuerySet[Any]]:
        """The rows of lists that are empty in most units, of one unit."""
        of_unit, to_come = Q(unit=unit), Q(last_day__gte=self.today)
        return {
            "closures": Closure.objects.filter(of_unit, to_come),
            "staffing": Staffing.objects.filter(of_unit, day__gte=self.today),
            "terms": SchoolTerm.objects.filter(of_unit, to_come),
            "taken": self._taken(unit),
        }

    def _taken(self, unit: Any) -> QuerySet[Booking]:
        """The chairs that something else takes, from now on, of one unit."""
        return Booking.objects.for_something_else().filter(chair__unit=unit, ends_at__gt=timezone.now())

    @property
    def opening_hours(self) -> list[Row]:
        return self._week(self._hours)

    @property
    def later_weeks(self) -> list[dict[str, Any]]:
        """The versions of the week to come: heading, rows, since, and the key of one of its weekdays."""
        return [
            {
                "heading": f"From {long_date(week.since)}",
                "rows": self._week({row.weekday: row for row in week.rows}),
                "since": week.since,
                "pk": week.rows[0].pk,
            }
            for week in self._weeks
            if week.since and week.since > self.today
        ]

    def _week(self, hours: Mapping[int, OpeningHours]) -> list[Row]:
        rows = []
        for weekday in Weekday if hours else ():
            words = "Closed"
            if row := hours.get(weekday):
                nurses = f" ({row.nurses_in_words})" if row.shifts else f", {row.nurses_in_words}"
                words = clock_range(row.opens, row.closes) + nurses
            rows.append(self._row(weekday.label, words))
        return rows

    def _rows_on(self, day: date) -> dict[int, OpeningHours]:
        return {row.weekday: row for row in week_on(self._weeks, day).rows}

    @property
    def closures(self) -> list[Row]:
        rows: list[Row] = []
        if not self._there_are["closures"]:
            return rows
        for closure in self.unit.closures.filter(last_day__gte=self.today):
            days = closure.days_in_words
            link = ("Remove", to("remove_closure", closure.pk), f"the closure {days}")
            rows.append(self._day_row(days, closure.reason, link))
        return rows

    @property
    def staffing(self) -> list[Row]:
        rows: list[Row] = []
        if not self._there_are["staffing"]:
            return rows
        for staffing in self.unit.staffing.filter(day__gte=self.today):
            day = long_date(staffing.day)
            change = f"{to('set_staffing', self.unit.pk)}?day={staffing.day.isoformat()}"
            link = ("Change", change, f"the nurses of {day}")
            rows.append(self._day_row(day, self._nurses_in_words(staffing), link))
        return rows

    @property
    def taken_chairs(self) -> list[Row]:
        rows: list[Row] = []
        if not self._there_are["taken"]:
            return rows
        for booking in self._taken(self.unit).select_related("chair"):
            day, times = day_and_times(booking)
            link = ("Release", to("release_chair", booking.pk), f"{booking.chair} on {day}, {times}")
            rows.append(self._day_row(day, f"{booking.chair}, {times}: {booking.taken_for}", link))
        return rows

    @property
    def bank_holidays(self) -> list[Row]:
        """Those of the next twelve months; none if the unit stays open on them."""
        if not self.unit.closed_on_bank_holidays:
            return []
        days = bank_holidays(self.today, self.today + A_YEAR)
        return [self._row(long_date(day), days[day]) for day in sorted(days)]

    @cached_property
    def school_terms(self) -> list[Row]:
        """Those that have not ended."""
        terms = self.unit.school_terms.filter(last_day__gte=self.today) if self._there_are["terms"] else ()
        return [self._row(term.name, term.days_in_words) for term in terms]

    def _nurses_in_words(self, staffing: Staffing) -> str:
        words = staffing.nurses_in_words
        usual = self._rows_on(staffing.day).get(staffing.day.weekday())
        if usual and not usual.shifts and not staffing.shifts:
            words += f" instead of {usual.nurses}"
        return f"{words} ({staffing.note})" if staffing.note else words

    def _row(self, key: str, value: str, *links: tuple[str, str, str]) -> Row:
        """links: text, address, and hidden words for screen readers that say what the link is about."""
        return a_row(key, value, links if self.may_change else ())

    def _day_row(self, key: str, value: str, *links: tuple[str, str, str]) -> Row:
        """The same of days that differ from the usual week."""
        return a_row(key, value, links if self.may_change_days else ())


def a_row(key: str, value: str, links: Iterable[tuple[str, str, str]]) -> Row:
    actions = [dict(zip(("text", "href", "hidden"), link, strict=True)) for link in links]
    return {"key": key, "value": value, "actions": actions}


def day_and_times(booking: Booking) -> tuple[str, str]:
    """`Tuesday 4 August 2026` and `9am to 1pm`."""
    start, end = timezone.localtime(booking.starts_at), timezone.localtime(booking.ends_at)
    return long_date(start), clock_range(start.time(), end.time())


def to(name: str, pk: int) -> str:
    return reverse(f"scheduling:{name}", args=[pk])
