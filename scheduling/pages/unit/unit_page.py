"""What a unit's own page shows: the rows of its summary lists, with the links that change them."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property

from crmo_clinic.nhsuk import phone
from crmo_clinic.nhsuk.wording import capitalised, clock, clock_range, duration, long_date, quantity
from scheduling.models import (
    Moment,
    RuleOverride,
    Unit,
)
from scheduling.pages.telling.reminder_forms import alarms_in_words, days_before_in_words
from scheduling.pages.unit.days_of_unit import DaysOfUnit, Row, to
from scheduling.pages.unit.phases_form import phases_in_words
from scheduling.pages.unit.ranking_form import OF_SCHOOL, RankingForm, ranking_example
from scheduling.pages.unit.still_to_do import still_to_do
from scheduling.pages.unit.unit_forms import UnitForm
from scheduling.telling.queue_reminders import held_back
from scheduling.telling.texts.overview import states_and_outdated
from scheduling.telling.whom_to_ask import in_words

A_MONTH = timedelta(days=30)


class UnitPage(DaysOfUnit):
    """The same for how the unit works."""

    def __init__(self, unit: Unit, *, today: date, may_change: bool, may_change_days: bool) -> None:
        super().__init__(unit, today=today, may_change=may_change, may_change_days=may_change_days)
        # The text of a mail that offers days counts once somebody has written one: not every unit offers any.
        states, self._outdated = states_and_outdated(unit, today=today)
        self._texts = [state for state in states if state.latest or state.text.moment != Moment.OFFER]
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

    def _lists(self, unit: Any) -> dict[str, QuerySet[Any]]:
        more = {"others": Unit.objects.exclude(pk=unit), "overrides": self._overrides(unit)}
        return super()._lists(unit) | more

    def _overrides(self, unit: Any) -> QuerySet[RuleOverride]:
        """What somebody let break a rule in the last month, of one unit."""
        about = Q(course__unit=unit) | Q(unit=unit)
        return RuleOverride.objects.filter(about, allowed_at__gte=timezone.now() - A_MONTH)

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
            rows.append(self._row(chair.name, value, ("Change", to("change_chair", chair.pk), chair.name)))
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
                self._row(kind.name, words, ("Change", to("change_infusion_kind", kind.pk), kind.name))
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
                ("Remove", to("remove_kept_places", kept.pk), f"{kept}, {kept.in_words.partition('. ')[2]}"),
            )
            for kept in self.unit.kept_places.all()
        ]

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
