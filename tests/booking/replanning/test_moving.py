"""From courses that are hit to new days: proposed, held, moved alone or with others, refused by name."""

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import bookings
from scheduling.booking.replanning import asking, moving
from scheduling.booking.replanning.line_states import groups_of, load_states
from scheduling.doctor.breaches import find_breaches
from scheduling.errors import Refused
from scheduling.models import (
    Accept,
    Booking,
    CancelReason,
    Course,
    Draft,
    DraftMove,
    Message,
    Outcome,
    Session,
    Task,
    TaskKind,
)
from scheduling.states import DraftStatus, SessionStatus
from scheduling.visit import presses
from tests import builders
from tests.builders.replans import replan

A_WEEK = timedelta(weeks=1)


def states(draft, option=0):
    return load_states(draft, option, timezone.now())


def stand(course):
    return [session.visit for session in Course.objects.get(pk=course.pk).live_sessions]


def keys(draft):
    return list(draft.lines.filter(option=draft.option).values_list("pk", flat=True))


def accept(draft, by, how=Accept.MOVE, *, lines=None, option=0):
    return moving.accept(
        draft=draft,
        option=option,
        lines=keys(draft) if lines is None else lines,
        how=how,
        hold_until=timezone.now() + timedelta(days=1),
        by=by,
    )


@pytest.fixture
def ring(unit, monday, coordinator):
    """A draft in which three courses change places, a week apart in the only chair they use."""
    courses = []
    for week, name in enumerate(("Ada Lark", "Ben Finch", "Cat Wren")):
        course = builders.book(unit, monday + week * A_WEEK, coordinator, name=name)
        builders.contact(course.patient, "Mia Poole")
        courses.append(Course.objects.get(pk=course.pk))
    places = [stand(course) for course in courses]
    return replan(coordinator, dict(zip(courses, [*places[1:], places[0]], strict=True)))


class TestAsking:
    def test_each_that_has_to_move_becomes_a_line(self, hit, unit, coordinator, propose):
        draft = propose(unit, coordinator)
        assert draft.status == DraftStatus.READY
        lines = list(draft.lines.all())
        assert [line.course for line in lines] == hit
        assert [line.stood_at for line in lines] == [stand(course) for course in hit]
        assert all(len(line.proposed) == 2 and line.must_move for line in lines)
        assert draft.settings["reason"] == CancelReason.UNIT_CLOSED
        assert AuditEvent.objects.filter(action="draft.asked", actor_id=coordinator.pk).count() == 1

    def test_asking_twice_is_asking_once(self, hit, unit, coordinator):
        first = asking.ask(unit=unit, by=coordinator)
        assert asking.ask(unit=unit, by=coordinator) == first
        assert Draft.objects.count() == 1

    def test_nobody_hit_is_said(self, unit, monday, coordinator):
        builders.book(unit, monday, coordinator)
        with pytest.raises(Refused, match="Every booked course fits"):
            asking.ask(unit=unit, by=coordinator)

    def test_only_what_may_make_room_is_given_to_the_planner(
        self, hit, unit, monday, coordinator, replanner, propose
    ):
        """Neither who comes within a week, nor who has begun, nor whoever is linked or held."""
        later = builders.book(unit, monday + A_WEEK, coordinator, name="Cat Wren")
        soon = builders.begun_course(unit, timezone.localdate() + timedelta(days=1), name="Dan Rook")
        propose(unit, coordinator)
        given = {each.candidate.request.course_id: each.must_move for each in replanner.given}
        assert given == {hit[0].pk: True, hit[1].pk: True, later.pk: False}
        assert soon.pk not in given

    def test_one_without_a_place_says_why(self, hit, unit, monday, coordinator, propose):
        Course.objects.filter(pk=hit[0].pk).update(latest=timezone.localdate())
        draft = propose(unit, coordinator)
        line = draft.lines.get(course=hit[0])
        assert (line.proposed, bool(line.sentence)) == ([], True)
        assert [state.can_be_done for state in states(draft)] == [False, True]


class TestMoving:
    def test_all_move_in_one_press_and_each_day_gets_one_update(
        self, hit, unit, coordinator, propose, worker
    ):
        draft = propose(unit, coordinator)
        before = Message.objects.count()
        assert Task.objects.open().filter(kind=TaskKind.MISFIT).count() == 2
        assert accept(draft, coordinator) == 2
        worker()

        assert {line.outcome for line in draft.lines.all()} == {Outcome.MOVED}
        assert [stand(line.course) for line in draft.lines.all()] == [
            line.proposed for line in draft.lines.all()
        ]
        assert set(Session.objects.values_list("sequence", flat=True)) == {1}
        assert Message.objects.count() == before + 4
        assert not Task.objects.open().filter(kind=TaskKind.MISFIT).exists()
        moved = AuditEvent.objects.filter(action="course.moved")
        assert {event.changes["reason"] for event in moved} == {"Hospital: the unit is closed"}
        assert list(find_breaches(timezone.now())) == []

    def test_days_are_held_first_and_moved_there_later(self, hit, unit, coordinator, propose, worker):
        draft = propose(unit, coordinator)
        before = Message.objects.count()
        accept(draft, coordinator, Accept.HOLD)
        worker()
        assert {line.outcome for line in draft.lines.all()} == {Outcome.HELD}
        assert Message.objects.count() == before
        assert Booking.objects.exclude(held_for=None).count() == 4

        # Everything that a page shows of a held line is still as it was.
        assert [state.against for state in states(draft)] == [[], []]
        accept(draft, coordinator)
        worker()
        assert {line.outcome for line in draft.lines.all()} == {Outcome.MOVED}
        assert not Booking.objects.exclude(held_for=None).exists()
        assert list(find_breaches(timezone.now())) == []

    def test_a_refusal_stops_only_its_own_line_and_names_the_next_days(
        self, hit, unit, coordinator, propose, worker
    ):
        draft = propose(unit, coordinator)
        line = draft.lines.first()
        visit = line.proposed[0]
        other = builders.course(builders.patient("Dan Rook"), unit)
        chair = unit.chairs.get(pk=visit.chair)
        visits = builders.visits(other, visit.day, start=visit.start, chair=chair)
        bookings.book(course=other, visits=visits, by=coordinator)
        accept(draft, coordinator)
        worker()

        line.refresh_from_db()
        assert line.outcome == Outcome.REFUSED
        assert "is taken from" in line.refusal
        assert line.offered_next[0].day >= timezone.localdate()
        assert line.offered_next != line.proposed
        assert draft.lines.last().outcome == Outcome.MOVED
        assert stand(line.course) == line.stood_at

    def test_whoever_may_not_book_any_more_moves_nobody(self, hit, unit, coordinator, propose, worker):
        draft = propose(unit, coordinator)
        accept(draft, coordinator)
        coordinator.groups.clear()
        worker()
        assert {line.outcome for line in draft.lines.all()} == {Outcome.REFUSED}
        assert "may not move courses any more" in draft.lines.first().refusal

    def test_the_preview_is_what_is_sent_and_leaves_nothing(self, hit, unit, coordinator, propose, worker):
        draft = propose(unit, coordinator)
        places, before = [stand(course) for course in hit], Message.objects.count()
        shown = moving.preview(states(draft), CancelReason.UNIT_CLOSED, coordinator)
        assert (len(shown.messages), shown.refusals) == (4, {})
        assert ([stand(course) for course in hit], Message.objects.count()) == (places, before)
        accept(draft, coordinator)
        worker()
        assert Message.objects.count() == before + len(shown.messages)


class TestChains:
    def test_a_ring_moves_as_one_or_not_at_all(self, ring, coordinator, worker):
        found = states(ring)
        assert [len(state.needs) for state in found] == [2, 2, 2]
        assert [len(group) for group in groups_of(found)] == [3]
        with pytest.raises(Refused, match=r"Ada L can only move if Ben F and Cat W moves? too"):
            accept(ring, coordinator, lines=[found[0].line.pk])
        with pytest.raises(Refused, match="cannot be held"):
            accept(ring, coordinator, Accept.HOLD)
        accept(ring, coordinator)
        worker()
        assert {line.outcome for line in ring.lines.all()} == {Outcome.MOVED}
        assert set(Session.objects.values_list("sequence", flat=True)) == {1}
        assert list(find_breaches(timezone.now())) == []

    def test_one_that_needs_nobody_moves_alone_and_the_next_needs_nobody_then(
        self, unit, monday, coordinator, worker
    ):
        """Ada goes where Ben stands, Ben goes where nobody is."""
        ada, ben = (
            Course.objects.get(pk=builders.book(unit, monday + n * A_WEEK, coordinator, name=name).pk)
            for n, name in enumerate(("Ada Lark", "Ben Finch"))
        )
        free = builders.visits(ben, monday + 4 * A_WEEK)
        draft = replan(coordinator, {ada: stand(ben), ben: free})
        first, second = states(draft)
        assert ([line.course.patient.name for line in first.needs], second.needs) == (["Ben Finch"], ())
        accept(draft, coordinator, lines=[second.line.pk])
        worker()
        assert (stand(ben), stand(ada)) == (free, first.line.stood_at)
        assert states(draft)[0].needs == ()
        accept(draft, coordinator, lines=[first.line.pk])
        worker()
        assert stand(ada) == first.line.proposed

    def test_days_of_one_proposal_are_not_mixed_with_those_of_another(
        self, hit, unit, coordinator, propose, worker
    ):
        draft = propose(unit, coordinator)
        line = draft.lines.first()
        DraftMove.objects.create(
            draft=draft, course=line.course, option=1, number=0, visits=line.visits, stood=line.stood,
            seen=line.seen, due=line.due,
        )  # fmt: skip
        accept(draft, coordinator, lines=[line.pk])
        with pytest.raises(Refused, match="another proposal"):
            accept(draft, coordinator, option=1, lines=[draft.lines.get(option=1).pk])


class TestStale:
    @pytest.mark.usefixtures("on_a_working_day")
    def test_a_press_on_the_day_list_leaves_all_lines_fresh(self, hit, unit, coordinator, propose):
        here = builders.begun_course(unit, timezone.localdate(), name="Dan Rook")
        draft = propose(unit, coordinator)
        presses.press(session=here.live_sessions[0], status=SessionStatus.ARRIVED, by=coordinator)
        assert [state.is_stale for state in states(draft)] == [False, False]

    def test_a_taken_chair_makes_exactly_its_line_stale(self, hit, unit, coordinator, propose):
        draft = propose(unit, coordinator)
        visit = draft.lines.last().proposed[0]
        start, end = (visit.starts_at, visit.ends_at)
        Booking.objects.create(chair_id=visit.chair, starts_at=start, ends_at=end, taken_for="repair")
        assert [state.is_stale for state in states(draft)] == [False, True]
        assert "is taken from" in states(draft)[1].against[0]

    def test_a_course_that_was_moved_since_is_said(self, hit, unit, monday, coordinator, propose):
        draft = propose(unit, coordinator)
        visits = builders.visits(hit[0], monday + 6 * A_WEEK)
        bookings.move(course=hit[0], visits=visits, reason=CancelReason.CLINICAL, by=coordinator)
        assert states(draft)[0].against == ["Somebody changed this course since the proposal."]

    def test_one_that_fits_again_is_said(self, hit, unit, coordinator, lead, propose):
        from scheduling.unit import setup

        draft = propose(unit, coordinator)
        assert not any(state.fits_again for state in states(draft))
        setup.remove_closure(closure=unit.closures.get(), by=lead)
        assert all(state.fits_again for state in states(draft))

    def test_many_lines_cost_fifteen_queries(self, unit, monday, coordinator, django_assert_max_num_queries):
        moves = {}
        for week in range(20):
            course = builders.book(unit, monday + week * A_WEEK, coordinator)
            moves[Course.objects.get(pk=course.pk)] = builders.visits(course, monday + (week + 30) * A_WEEK)
        draft = replan(coordinator, moves)
        with django_assert_max_num_queries(14):
            assert len([state for state in states(draft) if state.can_be_held]) == 20
