"""Courses that share their days: linked, placed as one, and parted only with a named decision."""

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import bookings, linked, lost_days, offers, sharing, together, undo
from scheduling.booking.lost_days import Approval
from scheduling.booking.together import Move
from scheduling.doctor.breaches import find_breaches
from scheduling.errors import ChangedMeanwhile, Refused, SlotGone
from scheduling.models import (
    CancelReason,
    Course,
    LostBecause,
    Message,
    Session,
    SharedBecause,
    SharedDays,
    Task,
    TaskKind,
    Unit,
)
from scheduling.rules import Visit
from scheduling.unit.shared_days import partners_of
from tests import builders

WHY = "Dr Wren: Ben has a fever"
REASON = CancelReason.FAMILY_REQUEST


@pytest.fixture
def unit(db):
    return builders.unit(chairs=3, nurses=3)


@pytest.fixture
def monday():
    return builders.next_monday(2)


@pytest.fixture
def pair(unit, coordinator):
    """Ada and Ben, who wait; a mother of both gets their mails."""
    courses = []
    for name in ("Ada Finch", "Ben Finch"):
        child = builders.patient(name)
        builders.contact(child, "Mia Finch", email="mia@example.com")
        courses.append(builders.course(child, unit))
    sharing.link(course=courses[0], other=courses[1], because=SharedBecause.SIBLINGS, by=coordinator)
    return [anew(course) for course in courses]


def anew(course):
    return Course.objects.get(pk=course.pk)


def chair(unit, number: int):
    return unit.chairs.all()[number]


def moves(courses, day, *, start: int = 9 * 60, seen=None):
    """One after another in the chairs of the unit, all from that day on."""
    return [
        Move(course, builders.visits(course, day, start=start, chair=chair(course.unit, n)), seen)
        for n, course in enumerate(courses)
    ]


@pytest.fixture
def booked(pair, monday, coordinator):
    together.move_together(moves=moves(pair, monday), reason=REASON, by=coordinator)
    return [anew(course) for course in pair]


def days_of(*courses):
    return [[session.day for session in anew(course).live_sessions] for course in courses]


class TestLinking:
    def test_is_kept_with_its_reason_and_logged_for_both(self, pair, coordinator):
        shared = SharedDays.objects.get()
        events = AuditEvent.objects.filter(action="course.shared").order_by("record_id")

        assert (shared.because, shared.linked_by) == ("siblings", coordinator.name)
        assert [event.changes["with"] for event in events] == [["Ben F"], ["Ada F"]]
        assert {pk: [o.pk for o in others] for pk, others in partners_of(pair).items()} == {
            pair[0].pk: [pair[1].pk],
            pair[1].pk: [pair[0].pk],
        }

    def test_nobody_linked_costs_no_query(self, unit, django_assert_num_queries):
        courses = [builders.course(builders.patient(), unit)]
        with django_assert_num_queries(0):
            assert partners_of(courses) == {}

    def test_a_third_child_may_join_and_no_fourth(self, pair, unit, coordinator):
        third, fourth = (builders.course(builders.patient(), unit) for _ in range(2))
        chosen = {"because": SharedBecause.FRIENDS, "by": coordinator}
        sharing.link(course=pair[1], other=third, **chosen)

        assert anew(third).shared_id == pair[0].shared_id
        with pytest.raises(Refused, match="three"):
            sharing.link(course=anew(third), other=fourth, **chosen)
        with pytest.raises(Refused, match="already"):
            sharing.link(course=fourth, other=anew(third), **chosen)

    def test_is_refused_for_whom_it_makes_no_sense(self, pair, unit, monday, coordinator):
        chosen = {"because": SharedBecause.FRIENDS, "by": coordinator}
        elsewhere = builders.course(builders.patient(), builders.unit())
        on_monday, a_week_later = (
            builders.book(unit, monday + timedelta(weeks=n), coordinator, name=name)
            for n, name in enumerate(("Cat Wren", "Dan Rook"))
        )
        ended = bookings.cancel(
            course=builders.course(builders.patient(), unit),
            reason=REASON,
            back_to_waiting=False,
            by=coordinator,
        ).course

        with pytest.raises(Refused, match="another child of this unit"):
            sharing.link(course=pair[0], other=elsewhere, **chosen)
        with pytest.raises(Refused, match="different days"):
            sharing.link(course=on_monday, other=a_week_later, **chosen)
        with pytest.raises(ChangedMeanwhile):
            sharing.link(course=pair[0], other=ended, **chosen)


class TestTogether:
    def test_all_are_booked_and_each_family_told_once_a_day(self, booked, monday):
        assert days_of(*booked) == [[monday, monday + timedelta(days=1)]] * 2
        for course in booked:
            assert Message.objects.filter(course=course, session__sequence=0).count() == 2

    def test_or_none_if_one_has_no_place(self, pair, unit, monday, coordinator):
        builders.book(unit, monday, coordinator, name="Cat Wren", chair=chair(unit, 1))
        with pytest.raises(SlotGone):
            together.move_together(moves=moves(pair, monday), reason=REASON, by=coordinator)

        assert days_of(*pair) == [[], []]
        assert not Message.objects.filter(course__in=pair).exists()

    def test_never_on_different_days(self, pair, monday, coordinator):
        chosen = [*moves(pair[:1], monday), *moves(pair[1:], monday + timedelta(days=1), start=13 * 60)]
        with pytest.raises(Refused, match="Ada F and Ben F share their days"):
            together.move_together(moves=chosen, reason=REASON, by=coordinator)

    def test_they_may_change_places_and_each_entry_gets_one_update(self, booked, unit, monday, coordinator):
        ada, ben = booked
        start = 10 * 60
        swapped = [
            Move(ada, builders.visits(ada, monday, start=start, chair=chair(unit, 1))),
            Move(ben, builders.visits(ben, monday, start=start, chair=chair(unit, 0))),
        ]
        before = Message.objects.count()
        done = together.move_together(moves=swapped, reason=REASON, by=coordinator)

        assert [session.sequence for session in Session.objects.all()] == [1, 1, 1, 1]
        assert Message.objects.count() == before + 4
        assert [len(each.messages) for each in done] == [2, 2]
        assert [s.booking.chair.name for s in anew(ada).live_sessions] == ["Chair 2"] * 2

    def test_courses_without_a_link_may_change_days(self, unit, monday, coordinator):
        a_week_later = monday + timedelta(weeks=1)
        ada = builders.book(unit, monday, coordinator)
        ben = builders.book(unit, a_week_later, coordinator, name="Ben Finch")
        swapped = [Move(ada, builders.visits(ada, a_week_later)), Move(ben, builders.visits(ben, monday))]
        together.move_together(moves=swapped, reason=REASON, by=coordinator)

        assert [days[0] for days in days_of(ada, ben)] == [a_week_later, monday]

    def test_one_that_stays_is_not_touched(self, booked, unit, monday, coordinator):
        ada, ben = booked
        stays = Move(ada, [session.visit for session in ada.live_sessions])
        later = Move(ben, builders.visits(ben, monday, start=11 * 60, chair=chair(unit, 2)))
        (done,) = together.move_together(moves=[stays, later], reason=REASON, by=coordinator)

        assert done.course == ben
        with pytest.raises(Refused, match="already"):
            together.move_together(moves=[stays], reason=REASON, by=coordinator)
        with pytest.raises(ValueError, match="once"):
            together.move_together(moves=[stays, stays], reason=REASON, by=coordinator)

    def test_not_if_either_changed_meanwhile(self, pair, monday, coordinator):
        ada, ben = pair
        seen = [Move(m.course, m.visits, m.course.version) for m in moves(pair, monday)]
        bookings.cancel(course=ben, reason=REASON, back_to_waiting=False, by=coordinator, decided=WHY)
        with pytest.raises(ChangedMeanwhile):
            together.move_together(moves=seen, reason=REASON, by=coordinator)
        assert days_of(ada) == [[]]


class TestAllAtOnce:
    def held(self, courses, day, by, **fields):
        until = timezone.now() + timedelta(hours=48)
        return linked.hold_together(moves=moves(courses, day, **fields), until=until, by=by)

    def test_days_are_held_for_all_until_one_moment_and_released_for_all(self, pair, monday, coordinator):
        self.held(pair, monday, coordinator)
        assert days_of(*pair) == [[monday, monday + timedelta(days=1)]] * 2
        assert [anew(each).status for each in pair] == ["pending", "pending"]
        assert anew(pair[0]).held_until == anew(pair[1]).held_until
        assert list(find_breaches(timezone.now())) == []

        linked.release_together(course=pair[1], by=coordinator)
        assert [anew(each).status for each in pair] == ["waiting", "waiting"]
        with pytest.raises(ChangedMeanwhile):
            linked.release_together(course=pair[1], by=coordinator)

    def test_or_for_none(self, pair, unit, monday, coordinator):
        builders.book(unit, monday, coordinator, name="Cat Wren", chair=chair(unit, 1))
        with pytest.raises(SlotGone):
            self.held(pair, monday, coordinator)
        assert days_of(*pair) == [[], []]
        with pytest.raises(Refused, match="Ada F and Ben F share their days"):
            linked.hold_together(
                moves=[*moves(pair[:1], monday), *moves(pair[1:], monday + timedelta(weeks=1))],
                until=timezone.now() + timedelta(hours=4),
                by=coordinator,
            )

    def test_each_may_be_held_where_another_was(self, pair, monday, coordinator):
        self.held(pair, monday, coordinator)
        self.held(pair[::-1], monday, coordinator)
        assert [s.booking.chair.name for s in anew(pair[0]).live_sessions] == ["Chair 2"] * 2

    def test_booked_ones_keep_their_days_and_no_hold_outlasts_those_of_any(self, booked, monday, coordinator):
        until = timezone.now() + timedelta(weeks=20)
        later = moves(booked, monday + timedelta(weeks=1))
        linked.hold_together(moves=later, until=until, by=coordinator)
        assert days_of(*booked) == [[monday, monday + timedelta(days=1)]] * 2
        first = min(each.live_sessions[0].starts_at for each in booked)
        assert [anew(each).held_until for each in booked] == [first, first]

        together.move_together(moves=later, reason=REASON, by=coordinator)
        assert days_of(*booked)[0][0] == monday + timedelta(weeks=1)
        assert list(find_breaches(timezone.now())) == []

    @pytest.mark.parametrize("back", [True, False])
    def test_all_are_cancelled_without_a_decision_and_stay_linked(self, booked, monday, coordinator, back):
        Unit.objects.update(undo_minutes=2)
        courses = {anew(each): each.version for each in booked}
        done = linked.cancel_together(courses=courses, reason=REASON, back_to_waiting=back, by=coordinator)

        status = "waiting" if back else "cancelled"
        assert [anew(each).status for each in booked] == [status, status]
        assert [len(each.messages) for each in done] == [2, 2]
        assert [anew(each).shared_id for each in booked] == [booked[0].shared_id] * 2
        assert not Task.objects.filter(kind=TaskKind.FREED).exists()
        assert list(find_breaches(timezone.now())) == []
        undo.undo(course=booked[0], by=coordinator)
        assert days_of(*booked) == [[monday, monday + timedelta(days=1)]] * 2

    def test_or_none_is_cancelled(self, booked, coordinator):
        courses = {anew(booked[0]): booked[0].version, anew(booked[1]): "changed since"}
        with pytest.raises(ChangedMeanwhile):
            linked.cancel_together(courses=courses, reason=REASON, back_to_waiting=True, by=coordinator)
        assert [anew(each).status for each in booked] == ["booked", "booked"]

    def test_no_family_is_asked_by_mail_about_shared_days(self, pair, monday, coordinator):
        visits = builders.visits(pair[0], monday)
        with pytest.raises(Refused, match=r"shares the days with Ben F.* Hold them for all"):
            offers.ask(
                course=pair[0], visits=visits, until=timezone.now() + timedelta(days=2), by=coordinator
            )


class TestParting:
    @pytest.mark.parametrize("how", ["move", "back", "end"])
    def test_one_of_a_booked_pair_leaves_only_with_a_decision(self, booked, monday, coordinator, how):
        ada, ben = booked

        def act(**decided):
            if how == "move":
                visits = builders.visits(ben, monday + timedelta(days=1), chair=chair(ben.unit, 2))
                return bookings.move(course=ben, visits=visits, reason=REASON, by=coordinator, **decided)
            return bookings.cancel(
                course=ben, reason=REASON, back_to_waiting=how == "back", by=coordinator, **decided
            )

        for nothing in ({}, {"decided": " "}):
            with pytest.raises(Refused, match="shares the days with Ada F"):
                act(**nothing)
        act(decided=WHY)

        assert [anew(course).shared for course in booked] == [None, None]
        assert SharedDays.objects.get().ended_because == WHY
        events = AuditEvent.objects.filter(action="course.parted")
        assert {(event.record_id, event.changes["decided"]) for event in events} == {
            (ada.pk, WHY),
            (ben.pk, WHY),
        }

    def test_one_that_waits_with_another_is_booked_alone_only_with_a_decision(
        self, pair, monday, coordinator
    ):
        chosen = {"course": pair[0], "visits": builders.visits(pair[0], monday), "by": coordinator}
        with pytest.raises(Refused, match="who decided"):
            bookings.book(**chosen)
        assert bookings.book(**chosen, decided=WHY)
        assert anew(pair[1]).shared is None

    def test_another_time_on_the_shared_days_needs_none(self, booked, monday, coordinator):
        ben = booked[1]
        later = builders.visits(ben, monday, start=12 * 60, chair=chair(ben.unit, 2))
        bookings.move(course=ben, visits=later, reason=REASON, by=coordinator)
        assert anew(ben).shared

    def test_what_a_clinician_decided_about_a_lost_day_is_a_decision_too(self, booked, monday, coordinator):
        """A day at another time is no shared day; a day left out leaves the other shared."""
        ada, ben = booked
        approval = Approval(LostBecause.UNWELL, "Day 2 can wait", "Dr Wren")
        lost_days.leave_out(session=ada.live_sessions[1], approval=approval, by=coordinator)
        assert anew(ben).shared

        visit = Visit(monday + timedelta(days=3), chair(ben.unit, 1).pk, 9 * 60, ben.minutes)
        lost_days.another_day(
            session=anew(ben).live_sessions[1], visit=visit, approval=approval, by=coordinator
        )
        assert days_of(ada, ben) == [[monday], [monday, visit.day]]
        assert anew(ben).shared

        visit = Visit(monday + timedelta(days=2), chair(ben.unit, 1).pk, 9 * 60, ben.minutes)
        lost_days.another_day(
            session=anew(ben).live_sessions[0], visit=visit, approval=approval, by=coordinator
        )
        assert SharedDays.objects.get().ended_because == "Dr Wren: Day 2 can wait"

    def test_the_link_may_be_ended_by_itself(self, pair, coordinator):
        with pytest.raises(Refused):
            sharing.part(course=pair[0], decided="", by=coordinator)
        sharing.part(course=pair[0], decided=WHY, by=coordinator)
        assert not Course.objects.exclude(shared=None).exists()
        with pytest.raises(ChangedMeanwhile):
            sharing.part(course=pair[0], decided=WHY, by=coordinator)


def test_doctor_finds_linked_courses_on_different_days(booked, monday):
    assert list(find_breaches(timezone.now())) == []
    for session in booked[1].live_sessions[::-1]:
        day = timedelta(days=1)
        Session.objects.filter(pk=session.pk).update(
            day=session.day + day, starts_at=session.starts_at + day, ends_at=session.ends_at + day
        )
    apart = [each for each in find_breaches(timezone.now()) if "linked" in each]
    assert apart == [
        f"Courses {booked[0].pk} and {booked[1].pk} are linked to share their days, and are booked on others."
    ]
