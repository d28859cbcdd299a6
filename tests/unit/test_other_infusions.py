"""Infusions that are not courses: they take chairs and nurses, alone or in series."""

from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import bookings
from scheduling.doctor.units import infusions_that_do_not_fit, no_longer_fitting
from scheduling.errors import Refused, SlotGone
from scheduling.models import (
    Booking,
    InfusionKind,
    KeptPlaces,
    OtherInfusion,
    RuleOverride,
    Task,
    TaskKind,
    Unit,
)
from scheduling.unit import allowed_infusions, other_infusions, setup
from scheduling.unit.allowances import Allowance
from scheduling.unit.booking_rows import other_key
from scheduling.unit.misfits import misfits_of
from scheduling.unit.other_infusions import Repeat
from scheduling.unit.recheck import recheck_unit
from tests import builders

NINE = 9 * 60


@pytest.fixture
def unit(db):
    return builders.unit(chairs=2, nurses=1)


@pytest.fixture
def monday():
    return builders.next_monday(2)


@pytest.fixture
def kind(unit, lead):
    made = InfusionKind(unit=unit, name="Iron infusion", minutes=90, cannulates=True, care="shared")
    setup.save_infusion_kind(kind=made, by=lead)
    return InfusionKind.objects.select_related("unit").get()


def place(kind, by, *days, start=NINE, chair=None, label=""):
    return other_infusions.place(kind=kind, label=label, days=days, start=start, chair=chair, by=by)


def times():
    rows = Booking.objects.filter(infusion__isnull=False).order_by("starts_at")
    return [
        (timezone.localtime(row.starts_at).strftime("%a %H:%M"), row.chair.name, row.taken_for)
        for row in rows
    ]


@pytest.mark.parametrize(
    ("repeat", "days"),
    [
        (Repeat(1, date(2027, 3, 15)), ["1 Mar", "8 Mar", "15 Mar"]),
        (Repeat(1, date(2027, 3, 14)), ["1 Mar", "8 Mar"]),
        (Repeat(2, date(2027, 3, 31)), ["1 Mar", "15 Mar", "29 Mar"]),
        (Repeat(1, date(2027, 3, 10), frozenset({0, 2})), ["1 Mar", "3 Mar", "8 Mar", "10 Mar"]),
        # The first is a Monday: the Sunday of its week counts, the one before does not.
        (Repeat(2, date(2027, 3, 21), frozenset({6})), ["7 Mar", "21 Mar"]),
    ],
)
def test_a_repeat_falls_on_these_dates(repeat, days):
    assert [f"{day.day} {day:%b}" for day in repeat.dates(date(2027, 3, 1))] == days


def test_a_series_without_an_end_in_sight_stops_at_200():
    assert len(Repeat(1, date(2099, 1, 1)).dates(date(2027, 3, 1))) == 200


class TestPlacing:
    def test_it_takes_the_first_free_chair_and_is_logged(self, kind, unit, monday, coordinator):
        builders.take(unit.chairs.first(), monday, time(9), time(10))
        (infusion,) = place(kind, coordinator, monday, label="Iron 1 of 3")

        assert times() == [("Mon 09:00", "Chair 2", "Iron 1 of 3")]
        assert AuditEvent.objects.filter(action="otherinfusion.added", record_id=infusion.pk).exists()

    def test_a_course_is_refused_while_its_drip_is_started(self, kind, unit, monday, coordinator):
        """One nurse: from 9am to 9:30am she starts this drip; from 9:30am on she can look after both."""
        place(kind, coordinator, monday)
        course = builders.course(builders.patient("Ben Finch"), unit, days=1)
        chair = unit.chairs.last()
        with pytest.raises(SlotGone, match="Two nurses would be needed at 9"):
            bookings.book(course=course, visits=builders.visits(course, monday, chair=chair), by=coordinator)

        late = builders.visits(course, monday, start=NINE + 30, chair=chair)
        with pytest.raises(SlotGone, match="Two nurses"):
            # The course's own cannulation takes the nurse from the child whose drip runs.
            bookings.book(course=course, visits=late, by=coordinator)
        after = builders.visits(course, monday, start=NINE + 90, chair=chair)
        assert bookings.book(course=course, visits=after, by=coordinator)

    def test_all_dates_or_none(self, kind, monday, coordinator):
        sunday = monday - timedelta(days=1)
        with pytest.raises(SlotGone, match="not open on Sundays"):
            place(kind, coordinator, sunday, monday)

        assert not OtherInfusion.objects.exists()
        assert not Booking.objects.exists()

    def test_a_plan_says_which_dates_do_not_fit(self, kind, monday):
        planned = other_infusions.plan(kind, [monday - timedelta(days=1), monday], NINE, None)

        assert [bool(each.objections) for each in planned] == [True, False]

    def test_one_whose_care_is_none_asks_for_no_nurse(self, unit, kind, monday, coordinator):
        InfusionKind.objects.update(cannulates=False, care="none")
        place(InfusionKind.objects.get(), coordinator, monday)
        course = builders.course(builders.patient("Ben Finch"), unit, days=1)

        visits = builders.visits(course, monday, chair=unit.chairs.last())
        assert bookings.book(course=course, visits=visits, by=coordinator)


class TestMoving:
    @pytest.fixture
    def series(self, kind, monday, coordinator):
        return place(kind, coordinator, *(monday + timedelta(days=7 * n) for n in range(3)))

    def move(self, infusion, by, **how):
        chosen = {"all_later": False, "days": 1, "start": NINE, "chair": None} | how
        return other_infusions.move(infusion=infusion, by=by, **chosen)

    def test_one_or_it_and_the_later_ones(self, series, coordinator):
        self.move(series[1], coordinator)
        assert [day[:3] for day, *_ in times()] == ["Mon", "Tue", "Mon"]

        assert len(self.move(series[1], coordinator, all_later=True, start=NINE + 60)) == 2
        assert [day for day, *_ in times()] == ["Mon 09:00", "Wed 10:00", "Tue 10:00"]
        assert AuditEvent.objects.filter(action="otherinfusion.moved").count() == 3

    def test_a_series_may_move_onto_its_own_dates(self, series, coordinator):
        self.move(series[0], coordinator, all_later=True, days=7)

        assert OtherInfusion.objects.count() == len(times()) == 3

    def test_all_or_none_of_them(self, series, coordinator, monday, unit):
        before = times()
        with pytest.raises(SlotGone, match="Saturdays"):
            self.move(series[0], coordinator, all_later=True, days=5)

        assert times() == before

    def test_cancelled_alone_or_with_the_later_ones(self, series, coordinator):
        assert other_infusions.cancel(infusion=series[0], all_later=False, by=coordinator) == 1
        assert other_infusions.cancel(infusion=series[1], all_later=True, by=coordinator) == 2
        assert not Booking.objects.exists()
        with pytest.raises(Refused, match="cancelled this infusion meanwhile"):
            other_infusions.cancel(infusion=series[1], all_later=True, by=coordinator)


class TestAgainstARule:
    """The one nurse begins with a child on a course at 9am."""

    @pytest.fixture
    def booked(self, unit, monday, coordinator):
        return builders.book(unit, monday, coordinator, days=1)

    def nurses_on(self, *days, because="The ward sends one"):
        return Allowance(frozenset(("nurses", day.isoformat()) for day in days), because)

    def place(self, kind, by, day, allowance=None, **how):
        chosen = {"kind": kind, "label": "", "days": [day], "start": NINE, "chair": None, "by": by} | how
        return other_infusions.place(**chosen, allowance=allowance)[0]

    def test_is_placed_with_a_reason_that_is_kept_and_is_no_breach(self, kind, booked, monday, coordinator):
        with pytest.raises(SlotGone, match="nurses would be needed"):
            self.place(kind, coordinator, monday)
        placed = self.place(kind, coordinator, monday, self.nurses_on(monday))

        (row,) = allowed_infusions.in_force(placed)
        assert (row.rule, row.day, row.reason, row.allowed_by) == (
            *("nurses", monday, "The ward sends one"),
            coordinator.name,
        )
        assert AuditEvent.objects.filter(action="otherinfusion.rule_overridden").count() == 1
        now, unit = timezone.now(), Unit.objects.get()
        recheck_unit(unit.pk, by=coordinator)
        assert misfits_of(booked, now) == ()
        assert not Task.objects.filter(kind=TaskKind.MISFIT).exists()
        assert list(no_longer_fitting(unit, set(), now)) == []
        assert list(infusions_that_do_not_fit(unit, now)) == []

        OtherInfusion.objects.update(overridden=[])
        assert "nurses would be needed" in "".join(infusions_that_do_not_fit(unit, now))
        assert "nurses would be needed" in "".join(no_longer_fitting(unit, set(), now))

    def test_never_in_a_chair_that_is_taken(self, kind, unit, booked, monday, coordinator):
        everything = frozenset((rule, monday.isoformat()) for rule in ("nurses", "chair-free"))
        with pytest.raises(SlotGone, match="is taken"):
            chair = unit.chairs.first().pk
            self.place(kind, coordinator, monday, Allowance(everything, "no"), chair=chair)
        assert not OtherInfusion.objects.exists()
        (planned,) = other_infusions.plan(kind, [monday], NINE, chair)
        assert (planned.may_be_allowed, planned.why_not.rule) == (False, "chair-free")

    def test_a_place_kept_for_courses_is_taken_by_permission_and_no_other_is_in_its_way(
        self, kind, unit, monday, coordinator, lead
    ):
        kept = KeptPlaces(unit=unit, kept_for="courses", places=1, released_days_before=0)
        setup.keep_places(kept=kept, by=lead)
        unit.opening_hours.update(nurses=2)
        kind = InfusionKind.objects.select_related("unit").get()
        later = {"start": NINE + 30}
        self.place(kind, coordinator, monday)
        keys = frozenset({("kept-back", monday.isoformat())})
        self.place(kind, coordinator, monday, Allowance(keys, "Only this week"), **later)

        assert list(infusions_that_do_not_fit(Unit.objects.get(), timezone.now())) == []

    def test_moved_on_it_breaks_no_rule_any_more_and_cancelled_its_record_stays(
        self, kind, booked, monday, coordinator
    ):
        placed = self.place(kind, coordinator, monday, self.nurses_on(monday))
        how = {"all_later": False, "start": NINE, "chair": None, "by": coordinator}
        (moved,) = other_infusions.move(infusion=placed, days=1, **how)
        assert moved.overridden == []
        with pytest.raises(SlotGone):
            other_infusions.move(infusion=placed, days=-1, **how)
        back = self.nurses_on(monday, because="Again")
        (back,) = other_infusions.move(infusion=placed, days=-1, **how, allowance=back)
        assert back.overridden == [["nurses", coordinator.name]]

        other_infusions.cancel(infusion=placed, all_later=False, by=coordinator)
        kept = RuleOverride.objects.values_list("unit", "infusion", "reason")
        unit = kind.unit_id
        assert list(kept) == [(unit, None, "The ward sends one"), (unit, None, "Again")]

    def test_it_may_stay_where_it_no_longer_fits(self, kind, unit, monday, coordinator):
        (placed,) = place(kind, coordinator, monday)
        setup.set_staffing(
            unit=unit, day=monday, nurses=0, note="ill", seen=[other_key(placed.pk)], by=coordinator
        )
        assert Task.objects.open().filter(kind=TaskKind.MISFIT, course=None).exists()
        with pytest.raises(Refused, match="has changed"):
            allowed_infusions.allow(
                infusion=placed, allowance=self.nurses_on(monday + timedelta(days=1)), by=coordinator
            )
        allowed_infusions.allow(infusion=placed, allowance=self.nurses_on(monday), by=coordinator)

        assert not Task.objects.open().exists()
        assert [row.reason for row in allowed_infusions.in_force(OtherInfusion.objects.get())] == [
            "The ward sends one"
        ]
        unit.opening_hours.filter(weekday=0).delete()
        with pytest.raises(Refused, match="cannot stay"):
            allowed_infusions.allow(infusion=placed, allowance=self.nurses_on(monday), by=coordinator)

    def test_a_unit_without_any_asks_nothing(self, unit, monday, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert allowed_infusions.allowed_in(unit, monday, monday) == {}


def test_doctor_finds_an_infusion_where_it_does_not_fit(kind, unit, monday, coordinator):
    place(kind, coordinator, monday)
    now = timezone.now()
    assert list(infusions_that_do_not_fit(Unit.objects.get(), now)) == []

    unit.opening_hours.filter(weekday=0).delete()

    assert "not open on Mondays" in "".join(infusions_that_do_not_fit(Unit.objects.get(), now))
