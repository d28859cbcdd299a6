"""What a unit's own page shows: the rows of its summary lists, with the links that change them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from crmo_clinic.nhsuk import phone
from crmo_clinic.nhsuk.wording import capitalised, clock, clock_range, duration, long_date, quantity
from scheduling.models import (
    Booking,
    Closure,
    Moment,
    OpeningHours,
    RuleOverride,
    SchoolTerm,
    Staffing,
    Unit,
    Weekday,
)
from scheduling.pages.telling.reminder_forms import alarms_in_words, days_before_in_words
from scheduling.pages.unit.phases_form import phases_in_words
from scheduling.pages.unit.ranking_form import OF_SCHOOL, RankingForm, ranking_example
from scheduling.pages.unit.still_to_do import still_to_do
from scheduling.pages.unit.unit_forms import UnitForm
from scheduling.telling.queue_reminders import held_back
from scheduling.telling.texts.overview import states_and_outdated
from scheduling.telling.whom_to_ask import in_words
from scheduling.unit.bank_holidays import bank_holidays
from scheduling.unit.weeks import load_weeks, week_on

Row = dict[str, Any]
A_YEAR, A_MONTH = timedelta(days=365), timedelta(days=30)


class UnitPage:
    """Rows for `components/summary_list.html`, a property for each list; links if the user may change
    them."""

    def __init__(self, unit: Unit, *, today: date, may_change: bool, may_change_days: bool) -> None:
        self.unit = unit
        self.today = today
        self.may_change = may_change
        self.may_change_days = may_change_days
        # The text of a mail that offers days counts once somebody has written one: not every unit offers any.
        states, self._outdated = states_and_outdated(unit, today=today)
        self._texts = [state for state in states if state.latest or state.text.moment != Moment.OFFER]
        self._weeks = load_weeks(unit)
        self._hours = self._rows_on(today)
        self._chairs = list(unit.chairs.all())

    @cached_property
    def to_do(self) -> list[dict[str, str]]:
        """What is missing before a course can be booked and a family written to: text and href of each."""
        return still_to_do(
            self.unit,
            self._texts,
            self._outdated,
            chairs=self._chairs,
            has_hours=bool(self._hours),
            has_checklist=bool(self.checklist),
            has_others=self.has_others,
        )

    @cached_property
    def has_others(self) -> bool:
        """Whether the Trust has other units."""
        return self._there_are["others"]

    @cached_property
    def _there_are(self) -> dict[str, bool]:
        """Which of the lists have a row: most are empty in most units. One query."""
        of_unit, to_come = Q(unit=OuterRef("pk")), Q(last_day__gte=self.today)
        asked = {
            "others": Unit.objects.exclude(pk=OuterRef("pk")),
            "closures": Closure.objects.filter(of_unit, to_come),
            "staffing": Staffing.objects.filter(of_unit, day__gte=self.today),
            "terms": SchoolTerm.objects.filter(of_unit, to_come),
            "overrides": self._overrides(OuterRef("pk")),
            "taken": self._taken(OuterRef("pk")),
        }
        found = Unit.objects.filter(pk=self.unit.pk).values_list(*map(Exists, asked.values())).get()
        return dict(zip(asked, found, strict=True))

    def _overrides(self, unit: Any) -> QuerySet[RuleOverride]:
        """What somebody let break a rule in the last month, of one unit."""
        about = Q(course__unit=unit) | Q(unit=unit)
        return RuleOverride.objects.filter(about, allowed_at__gte=timezone.now() - A_MONTH)

    def _taken(self, unit: Any) -> QuerySet[Booking]:
        """The chairs that something else takes, from now on, of one unit."""
        return Booking.objects.for_something_else().filter(chair__unit=unit, ends_at__gt=timezone.now())

    @cached_property
    def staff(self) -> list[Row]:
        """Who belongs to the unit; none if there is no other."""
        names = ", ".join(user.name for user in self.unit.staff.all()) if self.has_others else ""
        return [self._row("Belong to it", names)] if names else []

    @property
    def texts(self) -> list[Row]:
        """How many of the texts for families may be sent."""
        in_force = sum(state.is_in_force for state in self._texts)
        return [self._row("Approved", f"{in_force} of {len(self._texts)}")]

    @property
    def details(self) -> list[Row]:
        return [self._row(*self._detail(name)) for name in UnitForm.Meta.fields]

    @property
    def whom_to_ask(self) -> list[Row]:
        """Whom families may ask beside the unit."""
        return [
            self._row(contact.name, in_words(contact).partition(": ")[2]) for contact in self.unit.whom_to_ask
        ]

    @cached_property
    def chairs(self) -> list[Row]:
        rows = []
        for chair in self._chairs:
            words = [*chair.kinds, "" if chair.in_use else "not in use"]
            value = capitalised(", ".join(filter(None, words))) or "In use"
            rows.append(self._row(chair.name, value, ("Change", _to("change_chair", chair.pk), chair.name)))
        return rows

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
            link = ("Remove", _to("remove_closure", closure.pk), f"the closure {days}")
            rows.append(self._day_row(days, closure.reason, link))
        return rows

    @property
    def infusion_kinds(self) -> list[Row]:
        """The infusions that are not courses."""
        if not self.unit.gives_others:
            return []
        rows = []
        for kind in self.unit.infusion_kinds.all():
            words = f"{duration(kind.minutes)}{'' if kind.in_use else ', not placed any more'}"
            rows.append(
                self._row(kind.name, words, ("Change", _to("change_infusion_kind", kind.pk), kind.name))
            )
        return rows

    @cached_property
    def overrides(self) -> list[Row]:
        """How often somebody let something break a rule lately; empty if nobody did."""
        found = self._overrides(self.unit) if self._there_are["overrides"] else ()
        counts = Counter(override.get_rule_display() for override in found)
        return [
            self._row(capitalised(rule), quantity(times, "time")) for rule, times in sorted(counts.items())
        ]

    @property
    def kept_places(self) -> list[Row]:
        if not self.unit.keeps_places:
            return []
        return [
            self._row(
                str(kept),
                kept.in_words.partition(". ")[2],
                ("Remove", _to("remove_kept_places", kept.pk), f"{kept}, {kept.in_words.partition('. ')[2]}"),
            )
            for kept in self.unit.kept_places.all()
        ]

    @property
    def staffing(self) -> list[Row]:
        rows: list[Row] = []
        if not self._there_are["staffing"]:
            return rows
        for staffing in self.unit.staffing.filter(day__gte=self.today):
            day = long_date(staffing.day)
            change = f"{_to('set_staffing', self.unit.pk)}?day={staffing.day.isoformat()}"
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
            link = ("Release", _to("release_chair", booking.pk), f"{booking.chair} on {day}, {times}")
            rows.append(self._day_row(day, f"{booking.chair}, {times}: {booking.taken_for}", link))
        return rows

    @property
    def bank_holidays(self) -> list[Row]:
        """Those of the next twelve months; none if the unit stays open on them."""
        if not self.unit.closed_on_bank_holidays:
            return []
        days = bank_holidays(self.today, self.today + A_YEAR)
        return [self._row(long_date(day), days[day]) for day in sorted(days)]

    @property
    def ranking(self) -> list[Row]:
        """The points by which the unit's offers are ranked; fewer points are better."""
        labels = {name: field.label for name, field in RankingForm.base_fields.items()}
        return [
            self._row(labels[name], quantity(getattr(self.unit, name), "point"))
            for name in RankingForm.Meta.fields
            if name != OF_SCHOOL or self.school_terms
        ]

    @property
    def rates(self) -> list[Row]:
        """What a day late of a more urgent course counts as in a plan."""
        unit = self.unit
        return [
            self._row("A day late, urgent", quantity(unit.urgent_days_late, "routine day")),
            self._row("A day late, soon", quantity(unit.soon_days_late, "routine day")),
        ]

    @cached_property
    def school_terms(self) -> list[Row]:
        """Those that have not ended."""
        terms = self.unit.school_terms.filter(last_day__gte=self.today) if self._there_are["terms"] else ()
        return [self._row(term.name, term.days_in_words) for term in terms]

    @property
    def phases(self) -> list[Row]:
        """How a visit passes, where it is more than cannulation and drip."""
        return [self._row(*row) for row in phases_in_words(self.unit)]

    @property
    def needs(self) -> list[Row]:
        """What the unit's needs ask of a visit; none if it has no list."""
        found = self.unit.needs.filter(in_use=True) if self.unit.has_needs else ()
        return [self._row(need.name, capitalised(need.asks)) for need in found]

    @cached_property
    def checklist(self) -> list[Row]:
        """Which version is in force, and since when."""
        version = self.unit.checklists.filter(in_force_since__isnull=False).first()
        if version is None:
            return []
        since = long_date(timezone.localdate(version.in_force_since))
        return [self._row(f"Version {version.number}", f"In force since {since}")]

    @property
    def ranking_example(self) -> str:
        return ranking_example(self.unit.weights)

    @property
    def reminders(self) -> list[Row]:
        """What is sent to families automatically, and the quiet hours."""
        unit = self.unit
        evening = unit.evening_at
        return [
            self._row("Reminders", days_before_in_words(unit.reminder_days)),
            self._row("Quiet hours", clock_range(unit.quiet_from, unit.quiet_until)),
            self._row("Evening between two days", clock(evening) if evening else "No message"),
            self._row("Alarms of calendars", alarms_in_words(unit)),
            self._row("Asks how it went", "Three and five days after" if unit.asks_how_it_went else "No"),
        ]

    @cached_property
    def held_back(self) -> list[tuple[str, int]]:
        """Why messages that are due now are not sent, and how many."""
        return held_back(self.unit, timezone.now())

    def _row(self, key: str, value: str, *links: tuple[str, str, str]) -> Row:
        """links: text, address, and hidden words for screen readers that say what the link is about."""
        return _row(key, value, links if self.may_change else ())

    def _day_row(self, key: str, value: str, *links: tuple[str, str, str]) -> Row:
        """The same of days that differ from the usual week."""
        return _row(key, value, links if self.may_change_days else ())

    def _detail(self, name: str) -> tuple[str, str]:
        field = self.unit._meta.get_field(name)
        value = getattr(self.unit, name)
        if field.choices:
            value = self.unit.get_entry_detail_display()
        elif isinstance(value, bool):
            value = "Yes" if value else "No"
        elif name == "phone":
            value = phone.shown(value)
        return capitalised(str(field.verbose_name)), str(value)

    def _nurses_in_words(self, staffing: Staffing) -> str:
        words = staffing.nurses_in_words
        usual = self._rows_on(staffing.day).get(staffing.day.weekday())
        if usual and not usual.shifts and not staffing.shifts:
            words += f" instead of {usual.nurses}"
        return f"{words} ({staffing.note})" if staffing.note else words


def _row(key: str, value: str, links: Iterable[tuple[str, str, str]]) -> Row:
    actions = [dict(zip(("text", "href", "hidden"), link, strict=True)) for link in links]
    return {"key": key, "value": value, "actions": actions}


def day_and_times(booking: Booking) -> tuple[str, str]:
    """`Tuesday 4 August 2026` and `9am to 1pm`."""
    start, end = timezone.localtime(booking.starts_at), timezone.localtime(booking.ends_at)
    return long_date(start), clock_range(start.time(), end.time())


def _to(name: str, pk: int) -> str:
    return reverse(f"scheduling:{name}", args=[pk])
