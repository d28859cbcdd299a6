"""What a unit's own page shows: the rows of its summary lists, with the links that change them."""

from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from crmo_clinic.nhsuk import phone
from crmo_clinic.nhsuk.wording import capitalised, clock, clock_range, listed, long_date, quantity
from scheduling.models import Booking, Staffing, Unit, Weekday
from scheduling.pages.telling.reminder_forms import days_before_in_words
from scheduling.pages.unit.phases_form import phases_in_words
from scheduling.pages.unit.ranking_form import RankingForm
from scheduling.pages.unit.unit_forms import UnitForm
from scheduling.rules import Weights
from scheduling.telling.queue_reminders import held_back
from scheduling.telling.texts.overview import outdated_translations, text_states
from scheduling.unit.diary_rows import bank_holidays

Row = dict[str, Any]
A_YEAR = timedelta(days=365)


class UnitPage:
    """Rows for `components/summary_list.html`, a property for each list; links if the user may change
    them."""

    def __init__(self, unit: Unit, *, today: date, may_change: bool) -> None:
        self.unit = unit
        self.today = today
        self.may_change = may_change
        self._texts = text_states(unit, today=today)
        self._hours = {hours.weekday: hours for hours in unit.opening_hours.all()}

    @property
    def to_do(self) -> list[dict[str, str]]:
        """What is missing before a course can be booked and a family written to: text and href of each."""
        missing = self.unit.missing_for_mail()
        texts = f"Add what no mail to a family leaves without: {listed(missing)}"
        needed = [
            (not self.unit.chairs.in_use().exists(), "Add the chairs", "add_chair"),
            (not self._hours, "Set the opening hours", "set_opening_hours"),
            (missing, texts, "change_unit"),
        ]
        needed += [(True, text, "list_advice") for text in self._texts_to_do]
        return [
            {"text": text, "href": _to(name, self.unit.pk)} for is_missing, text, name in needed if is_missing
        ]

    @property
    def _texts_to_do(self) -> list[str]:
        """The texts for families that somebody has to approve, now or within 30 days."""
        out = [state.name for state in self._texts if not state.is_in_force]
        some = f"Approve the texts for families: {listed(f'“{name}”' for name in out)}"
        every = "Write and approve the texts for families"
        due = [
            f"Review the text “{state.name}” by {long_date(state.approved.review_on)}"
            for state in self._texts
            if state.is_due_soon
        ]
        names = {f"“{state.name}”" for state in outdated_translations(self.unit, today=self.today)}
        anew = f"Approve the translations anew whose English was changed: {listed(sorted(names))}"
        to_approve = [every if len(out) == len(self._texts) else some] if out else []
        return to_approve + due + ([anew] if names else [])

    @property
    def texts(self) -> list[Row]:
        """How many of the texts for families may be sent."""
        in_force = sum(state.is_in_force for state in self._texts)
        return [self._row("Approved", f"{in_force} of {len(self._texts)}")]

    @property
    def details(self) -> list[Row]:
        return [self._row(*self._detail(name)) for name in UnitForm.Meta.fields]

    @property
    def chairs(self) -> list[Row]:
        rows = []
        for chair in self.unit.chairs.all():
            words = [*chair.kinds, "" if chair.in_use else "not in use"]
            value = capitalised(", ".join(filter(None, words))) or "In use"
            rows.append(self._row(chair.name, value, ("Change", _to("change_chair", chair.pk), chair.name)))
        return rows

    @property
    def opening_hours(self) -> list[Row]:
        rows = []
        for weekday in Weekday if self._hours else ():
            hours = self._hours.get(weekday)
            words = "Closed"
            if hours:
                words = f"{clock_range(hours.opens, hours.closes)}, {quantity(hours.nurses, 'nurse')}"
            rows.append(self._row(weekday.label, words))
        return rows

    @property
    def closures(self) -> list[Row]:
        rows = []
        for closure in self.unit.closures.filter(last_day__gte=self.today):
            days = closure.days_in_words
            link = ("Remove", _to("remove_closure", closure.pk), f"the closure {days}")
            rows.append(self._row(days, closure.reason, link))
        return rows

    @property
    def staffing(self) -> list[Row]:
        rows = []
        for staffing in self.unit.staffing.filter(day__gte=self.today):
            day = long_date(staffing.day)
            change = f"{_to('set_staffing', self.unit.pk)}?day={staffing.day.isoformat()}"
            link = ("Change", change, f"the nurses of {day}")
            rows.append(self._row(day, self._nurses_in_words(staffing), link))
        return rows

    @property
    def taken_chairs(self) -> list[Row]:
        taken = Booking.objects.filter(chair__unit=self.unit, session=None, ends_at__gt=timezone.now())
        rows = []
        for booking in taken.select_related("chair"):
            day, times = day_and_times(booking)
            link = ("Release", _to("release_chair", booking.pk), f"{booking.chair} on {day}, {times}")
            rows.append(self._row(day, f"{booking.chair}, {times}: {booking.taken_for}", link))
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
        ]

    @property
    def phases(self) -> list[Row]:
        """How a visit passes, where it is more than cannulation and drip."""
        return [self._row(*row) for row in phases_in_words(self.unit)]

    @property
    def needs(self) -> list[Row]:
        """What the unit's needs ask of a visit; none if it has no list."""
        found = self.unit.needs.filter(in_use=True) if self.unit.has_needs else ()
        return [self._row(need.name, capitalised(need.asks)) for need in found]

    @property
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
            self._row("Asks how it went", "Three days after" if unit.asks_how_it_went else "No"),
        ]

    @cached_property
    def held_back(self) -> list[tuple[str, int]]:
        """Why messages that are due now are not sent, and how many."""
        return held_back(self.unit, timezone.now())

    def _row(self, key: str, value: str, *links: tuple[str, str, str]) -> Row:
        """links: text, address, and hidden words for screen readers that say what the link is about."""
        actions = [dict(zip(("text", "href", "hidden"), link, strict=True)) for link in links]
        return {"key": key, "value": value, "actions": actions if self.may_change else []}

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
        words = quantity(staffing.nurses, "nurse")
        if usual := self._hours.get(staffing.day.weekday()):
            words += f" instead of {usual.nurses}"
        return f"{words} ({staffing.note})" if staffing.note else words


def day_and_times(booking: Booking) -> tuple[str, str]:
    """`Tuesday 4 August 2026` and `9am to 1pm`."""
    start, end = timezone.localtime(booking.starts_at), timezone.localtime(booking.ends_at)
    return long_date(start), clock_range(start.time(), end.time())


def ranking_example(weights: Weights) -> str:
    """What the points in force mean for one choice, as a sentence; empty if they give no simple example."""
    if not weights.day_from_target:
        return ""
    days, rest = divmod(weights.different_chair, weights.day_from_target)
    if not weights.different_chair or (rest and not days):
        return ""
    near = "about as good as" if rest else "just as good as"
    return (
        f"With the points in force, the target day with a change of chair is {near} "
        f"{quantity(days, 'day')} off the target in one chair."
    )


def _to(name: str, pk: int) -> str:
    return reverse(f"scheduling:{name}", args=[pk])
