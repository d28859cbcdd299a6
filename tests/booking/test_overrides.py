"""Rules that a person lets a course break: with a name and a reason, and never for a chair twice."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import agreements, bookings, holds, lost_days, overrides
from scheduling.booking.lost_days import Approval
from scheduling.doctor.units import no_longer_fitting
from scheduling.errors import ChangedMeanwhile, Refused, SlotGone
from scheduling.models import (
    CancelReason,
    Closure,
    Course,
    KeptFor,
    KeptPlaces,
    LostBecause,
    RuleOverride,
    Task,
    TaskKind,
)
from scheduling.unit import setup
from scheduling.unit.allowances import Allowance
from scheduling.unit.misfits import misfits_of
from scheduling.unit.recheck import recheck_unit
from tests import builders


@pytest.fixture
def unit(db):
    return builders.unit(chairs=3, nurses=1, notice_days=0)


@pytest.fixture
def monday():
    return builders.next_monday(2)


@pytest.fixture
def first(unit, monday, coordinator):
    """Booked in the ordinary way: with one nurse no other child can be cannulated at 9am."""
    return builders.book(unit, monday, coordinator, name="Ada Lark")


@pytest.fixture
def second(unit):
    return builders.course(builders.patient("Ben Finch"), unit)


def visits(course, monday, chair: int = 1, start: int = 9 * 60):
    return builders.visits(course, monday, start=start, chair=course.unit.chairs.all()[chair])


def nurses_on(*days, because="Mum can help; Dr Wren agrees"):
    return Allowance(frozenset(("nurses", day.isoformat()) for day in days), because)


def two_days(monday):
    return monday, monday + timedelta(days=1)


class TestABooking:
    def test_against_the_nurses_is_refused_until_somebody_allows_it(self, first, second, monday, coordinator):
        chosen = {"course": second, "visits": visits(second, monday), "by": coordinator}
        with pytest.raises(SlotGone):
            bookings.book(**chosen)
        with pytest.raises(SlotGone):
            bookings.book(**chosen, allowance=nurses_on(monday))

        booked = bookings.book(**chosen, allowance=nurses_on(*two_days(monday))).course

        rows = RuleOverride.objects.values_list("rule", "day", "reason", "allowed_by")
        assert list(rows) == [
            ("nurses", day, "Mum can help; Dr Wren agrees", coordinator.name) for day in two_days(monday)
        ]
        assert booked.overridden_on(monday) == [("the number of nurses", coordinator.name)]
        assert AuditEvent.objects.filter(action="course.rule_overridden", record_id=booked.pk).count() == 1

    def test_with_a_chair_that_is_taken_is_never_allowed(self, first, second, monday, coordinator):
        days = two_days(monday)
        everything = frozenset((rule, day.isoformat()) for rule in ("nurses", "chair-free") for day in days)
        with pytest.raises(SlotGone):
            bookings.book(
                course=second,
                visits=visits(second, monday, chair=0),
                by=coordinator,
                allowance=Allowance(everything, "no"),
            )

    @pytest.mark.parametrize(
        ("overrun", "start", "fits"), [(30, 870, True), (15, 870, False), (30, 885, False)]
    )
    def test_closing_time_may_be_broken_by_what_the_unit_has_set(
        self, unit, second, monday, coordinator, overrun, start, fits
    ):
        """The unit closes at 6pm; four hours from 2:30pm end at 6:30pm."""
        type(unit).objects.update(overrun_minutes=overrun)
        second.unit.refresh_from_db()
        keys = frozenset(("closing-time", day.isoformat()) for day in two_days(monday))
        chosen = {"course": second, "visits": visits(second, monday, start=start), "by": coordinator}

        try:
            bookings.book(**chosen, allowance=Allowance(keys, "the last one of the day"))
        except SlotGone:
            assert not fits
        else:
            assert fits

    def test_needs_a_reason(self):
        with pytest.raises(Refused, match="Say why"):
            Allowance(frozenset(), " ")


class TestAfterwards:
    @pytest.fixture
    def allowed(self, first, second, monday, coordinator):
        allowance = nurses_on(*two_days(monday))
        return bookings.book(
            course=second, visits=visits(second, monday), by=coordinator, allowance=allowance
        ).course

    def test_neither_course_is_a_misfit_nor_a_breach(self, first, allowed, unit, coordinator):
        now = timezone.now()
        recheck_unit(unit.pk, by=coordinator)

        assert misfits_of(allowed, now) == misfits_of(Course.objects.get(pk=first.pk), now) == ()
        assert not Task.objects.filter(kind=TaskKind.MISFIT).exists()
        assert list(no_longer_fitting(unit, set(), now)) == []

    def test_what_nobody_allowed_is_found(self, first, allowed, unit):
        Course.objects.update(overridden=[])

        assert "nurses would be needed" in "".join(no_longer_fitting(unit, set(), timezone.now()))

    def test_another_child_may_not_come_at_that_time_either(self, allowed, unit, monday, coordinator):
        third = builders.course(builders.patient("Cat Wren"), unit)
        with pytest.raises(SlotGone):
            bookings.book(course=third, visits=visits(third, monday, chair=2), by=coordinator)

    def test_the_same_time_in_another_chair_needs_no_new_reason(self, allowed, monday, coordinator):
        moved = bookings.move(
            course=allowed,
            visits=visits(allowed, monday, chair=2),
            reason=CancelReason.HOSPITAL_OTHER,
            by=coordinator,
        ).course

        assert len(moved.overridden) == 2
        assert RuleOverride.objects.count() == 2

    @pytest.mark.parametrize("how", ["moved", "cancelled"])
    def test_a_course_that_has_left_breaks_no_rule_any_more(self, allowed, monday, coordinator, how):
        if how == "moved":
            later = visits(allowed, monday + timedelta(days=7))
            reason = CancelReason.HOSPITAL_OTHER
            bookings.move(course=allowed, visits=later, reason=reason, by=coordinator)
        else:
            reason = CancelReason.HOSPITAL_OTHER
            bookings.cancel(course=allowed, reason=reason, back_to_waiting=True, by=coordinator)
        allowed.refresh_from_db()

        assert allowed.overridden == []
        assert RuleOverride.objects.count() == 2, "the record stays"

    def test_days_held_by_permission_are_booked_without_asking_again(
        self, first, second, monday, coordinator
    ):
        chosen = {"course": second, "visits": visits(second, monday), "by": coordinator}
        holds.hold(**chosen, hours=4, allowance=nurses_on(*two_days(monday)))

        assert bookings.book(**chosen).course.overridden_on(monday)


class TestOneDay:
    """Day 2 is lost, and the only other place breaks a rule."""

    APPROVAL = Approval(LostBecause.UNWELL, "A fever since the night", "Dr Wren")

    @pytest.fixture
    def crowded(self, unit, monday, coordinator):
        """Somebody else begins at 9am on Thursday, with the one nurse."""
        return builders.book(unit, monday + timedelta(days=3), coordinator, name="Cat Wren", days=1)

    def another_day(self, course, by, allowance=None, number=2):
        day = course.live_sessions[0].day + timedelta(days=3)
        visit = replace(visits(course, day)[0], day=day)
        session = course.live_sessions[number - 1]
        return lost_days.another_day(
            session=session, visit=visit, approval=self.APPROVAL, by=by, allowance=allowance
        ).course

    def test_another_day_may_break_a_soft_rule_with_a_reason(self, unit, first, crowded, monday, coordinator):
        thursday = monday + timedelta(days=3)
        with pytest.raises(SlotGone, match="nurses would be needed"):
            self.another_day(first, coordinator)
        moved = self.another_day(first, coordinator, nurses_on(thursday, because="The ward sends one"))

        assert [row.reason for row in overrides.in_force(moved)] == ["The ward sends one"]
        assert moved.overridden_on(thursday) == [("the number of nurses", coordinator.name)]
        recheck_unit(unit.pk, by=coordinator)
        assert not Task.objects.filter(kind=TaskKind.MISFIT).exists()
        assert list(no_longer_fitting(unit, set(), timezone.now())) == []

    def test_a_chair_that_is_taken_is_never_allowed(self, unit, first, crowded, monday, coordinator):
        unit.chairs.exclude(pk=unit.chairs.first().pk).delete()
        day = monday + timedelta(days=3)
        visit = replace(builders.visits(first, day)[0], day=day)
        keys = frozenset((rule, day.isoformat()) for rule in ("nurses", "chair-free"))
        with pytest.raises(SlotGone, match="is taken"):
            lost_days.another_day(
                session=first.live_sessions[1],
                visit=visit,
                approval=self.APPROVAL,
                by=coordinator,
                allowance=Allowance(keys, "no"),
            )

    @pytest.mark.parametrize("how", ["left out", "given on another day"])
    def test_what_was_allowed_for_a_day_goes_with_it_and_stays_for_the_other(
        self, unit, first, second, monday, coordinator, how
    ):
        allowed = bookings.book(
            course=second,
            visits=visits(second, monday),
            by=coordinator,
            allowance=nurses_on(*two_days(monday)),
        ).course
        if how == "left out":
            lost_days.leave_out(session=allowed.live_sessions[1], approval=self.APPROVAL, by=coordinator)
        else:
            self.another_day(allowed, coordinator)

        stays = Course.objects.get(pk=second.pk)
        assert [key[:2] for key in stays.overridden] == [["nurses", monday.isoformat()]]
        assert list(no_longer_fitting(unit, set(), timezone.now())) == []


class TestALongerVisit:
    """The booked days get another length where they stand; at 1pm the one nurse begins with somebody else."""

    @pytest.fixture
    def next_one(self, unit, first, monday, coordinator):
        chair = unit.chairs.all()[1]
        return builders.book(unit, monday, coordinator, name="Cat Wren", chair=chair, start=13 * 60, days=1)

    def lengthen(self, course, by, allowance=None):
        course = Course.objects.select_related("unit", "patient").get(pk=course.pk)
        course.minutes = 300
        return agreements.change_agreed(
            course=course, impossible_dates=[], by=by, fields=["minutes"], allowance=allowance
        ).course

    def test_may_break_a_soft_rule_with_a_reason(self, unit, first, next_one, monday, coordinator):
        with pytest.raises(SlotGone, match="nurses would be needed"):
            self.lengthen(first, coordinator)
        longer = self.lengthen(first, coordinator, nurses_on(monday, because="Play is on until two"))

        assert [row.reason for row in overrides.in_force(longer)] == ["Play is on until two"]
        assert not Task.objects.open().filter(kind=TaskKind.MISFIT).exists()
        assert list(no_longer_fitting(unit, set(), timezone.now())) == []

    def test_keeps_what_was_allowed_about_the_dates_of_the_course(self, unit, monday, coordinator):
        late = builders.course(builders.patient("Dot Kite"), unit, latest=monday - timedelta(days=3))
        allowance = Allowance(frozenset({("latest-date", monday.isoformat())}), "The family was away")
        bookings.book(course=late, visits=visits(late, monday, chair=2), by=coordinator, allowance=allowance)

        assert self.lengthen(late, coordinator).overridden == [
            ["latest-date", monday.isoformat(), coordinator.name]
        ]


class TestStaying:
    """A nurse is ill: a booked course no longer fits."""

    @pytest.fixture
    def unfit(self, unit, first, monday, coordinator):
        setup.set_staffing(unit=unit, day=monday, nurses=0, note="ill", seen=[first.pk], by=coordinator)
        return Course.objects.get(pk=first.pk)

    def test_it_may_stay_with_a_reason_and_its_task_is_closed(self, unfit, monday, coordinator):
        assert Task.objects.open().filter(kind=TaskKind.MISFIT, course=unfit).exists()

        overrides.allow(course=unfit, allowance=nurses_on(monday, because="Ward sends one"), by=coordinator)

        assert not Task.objects.open().filter(kind=TaskKind.MISFIT).exists()
        assert [row.reason for row in overrides.in_force(Course.objects.get(pk=unfit.pk))] == [
            "Ward sends one"
        ]

    def test_not_for_more_than_was_shown(self, unfit, monday, coordinator):
        with pytest.raises(ChangedMeanwhile):
            overrides.allow(course=unfit, allowance=nurses_on(monday + timedelta(days=1)), by=coordinator)

    def test_not_if_the_unit_is_closed(self, unit, first, monday, coordinator):
        closure = Closure(unit=unit, first_day=monday, last_day=monday, reason="flood")
        setup.close_days(closure=closure, seen=[first.pk], by=coordinator)
        with pytest.raises(Refused, match="cannot stay"):
            overrides.allow(course=first, allowance=nurses_on(monday), by=coordinator)


class TestKeptPlaces:
    def keep(self, unit, by, **differently):
        kept = KeptPlaces(
            **{"unit": unit, "kept_for": KeptFor.OTHERS, "places": 3, "released_days_before": 0} | differently
        )
        setup.keep_places(kept=kept, by=by)
        unit.refresh_from_db()
        return kept

    def test_a_unit_keeps_places_until_it_does_not(self, unit, second, monday, lead):
        kept = self.keep(unit, lead, weekdays=[0, 1], starts=time(8), ends=time(18))
        second = Course.objects.get(pk=second.pk)
        with pytest.raises(SlotGone, match=r"kept for other infusions"):
            bookings.book(course=second, visits=visits(second, monday), by=lead)

        setup.keep_no_longer(kept=kept, by=lead)

        assert bookings.book(course=Course.objects.get(pk=second.pk), visits=visits(second, monday), by=lead)

    def test_who_is_there_already_gets_a_task_and_may_stay(self, unit, first, monday, lead):
        self.keep(unit, lead)
        assert Task.objects.open().filter(kind=TaskKind.MISFIT, course=first).exists()

        keys = frozenset(("kept-back", day.isoformat()) for day in two_days(monday))
        overrides.allow(course=first, allowance=Allowance(keys, "agreed before"), by=lead)

        assert not Task.objects.open().filter(kind=TaskKind.MISFIT).exists()
