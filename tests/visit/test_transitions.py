"""What follows when a visit moves on, whichever way: tasks, chairs, the course, nothing of anybody else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import lost_days
from scheduling.errors import ChangedMeanwhile, Undecided
from scheduling.models import (
    Booking,
    Course,
    DayDecision,
    Given,
    LostBecause,
    PartBecause,
    Session,
    Task,
    TaskKind,
    Unit,
)
from scheduling.rules import Visit
from scheduling.states import SESSION_MOVES, SessionStatus
from scheduling.tasks import doing
from scheduling.tasks.opening import open_task
from scheduling.unit import setup
from scheduling.visit import completion, presses, recording
from tests import builders

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2027, 1, day) for day in (12, 13, 14, 15))
BOOKED, ARRIVED, STARTED, GIVEN, NOT_GIVEN, NOT_BROUGHT, CANCELLED = (
    SessionStatus.BOOKED,
    SessionStatus.ARRIVED,
    SessionStatus.STARTED,
    SessionStatus.FULFILLED,
    SessionStatus.NOT_GIVEN,
    SessionStatus.NOT_BROUGHT,
    SessionStatus.CANCELLED,
)
DAY_LOST, IN_PART, DECLINED, TO_REACH = (
    TaskKind.DAY_LOST,
    TaskKind.PART_GIVEN,
    TaskKind.DECLINED,
    TaskKind.NOT_BROUGHT,
)
APPROVAL = lost_days.Approval(LostBecause.UNWELL, "a fever", "Dr Wren")
ORDER = (ARRIVED, STARTED, GIVEN)
TYPED = {ARRIVED: ["arrived_at"], STARTED: ["arrived_at", "started_at"]}
TYPED[GIVEN] = [*TYPED[STARTED], "finished_at"]
Asked = set[tuple[str, int | None]]


def at(hour: int, minute: int = 0, day: date = WEDNESDAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON)


@pytest.fixture(autouse=True)
def clock():
    """Ten on Wednesday, the second of three days."""
    with time_machine.travel(at(10), tick=False) as found:
        yield found


@pytest.fixture
def unit(db):
    return builders.unit(chairs=3, nurses=6)


@pytest.fixture
def course(unit):
    return three_days(unit, "Ada Lark", 0)


@pytest.fixture
def other(unit):
    return three_days(unit, "Ben Rook", 1)


def three_days(unit: Unit, name: str, chair: int) -> Course:
    """Tuesday, given; Wednesday, which is today; and Friday."""
    made = builders.begun_course(unit, TUESDAY, name=name, chair=chair, days=3)
    builders.contact(made.patient, name.replace(" ", " Senior "))
    given = {"arrived_at": at(9, day=TUESDAY), "started_at": at(9, 15, TUESDAY)}
    made.sessions.filter(number=1).update(
        status=GIVEN, finished_at=at(13, day=TUESDAY), given=Given.IN_FULL, **given
    )
    third = {"starts_at": at(9, day=FRIDAY), "ends_at": at(13, day=FRIDAY)}
    made.sessions.filter(number=3).update(day=FRIDAY, **third)
    Booking.objects.filter(session__course=made, session__number=3).update(**third)
    return made


def day(course: Course, number: int) -> Session:
    return Session.objects.filter(course=course, number=number).order_by("pk").last()


def asked(course: Course) -> Asked:
    return set(course.tasks.open().values_list("kind", "session__number"))


def chairs(course: Course) -> list[tuple[int, date, int]]:
    found = Booking.objects.filter(session__course=course).order_by("starts_at")
    return list(found.values_list("session__number", "session__day", "chair"))


def rows(course: Course) -> list[object]:
    """All that an act on somebody else could spoil."""
    return [
        list(Course.objects.filter(pk=course.pk).values()),
        list(course.sessions.order_by("pk").values()),
        list(course.tasks.order_by("pk").values()),
        list(DayDecision.objects.filter(session__course=course).values()),
        chairs(course),
    ]


def ask_everything(course: Course, by) -> None:
    """Whatever can be asked about a day is asked about each."""
    for session in course.sessions.all():
        for kind in (DAY_LOST, IN_PART, DECLINED):
            open_task(kind, "Asked before.", about=session, due_on=WEDNESDAY, by=by)


# The acts


def press(session: Session, by, *statuses: SessionStatus) -> None:
    for status in statuses:
        presses.press(session=session, status=status, by=by)


def type_times(session: Session, by, status: SessionStatus) -> None:
    """Up to that status; what has no time yet happened just now."""
    saved = Session.objects.get(pk=session.pk)
    typed = dict.fromkeys(TYPED[status], timezone.now())
    times = {name: getattr(saved, name) or typed.get(name) for name in recording.TIMES}
    recording.record_times(session=session, times=times, by=by)


def outcome(session: Session, by, given: Given, because: PartBecause | str = "") -> None:
    recording.record_outcome(session=session, given=given, because=because, by=by)


def in_full(session: Session, by) -> None:
    outcome(session, by, Given.IN_FULL)


def in_part(session: Session, by) -> None:
    outcome(session, by, Given.IN_PART, PartBecause.CANNULA)


def miss(session: Session, by) -> None:
    presses.not_brought(session=session, because=LostBecause.NOT_BROUGHT, by=by)


def undo(session: Session, by) -> None:
    presses.undo(session=session, by=by)


def report(session: Session, by) -> None:
    lost_days.report(session=session, because=LostBecause.UNWELL, by=by)


def leave_out(session: Session, by) -> None:
    lost_days.leave_out(session=session, approval=APPROVAL, by=by)


def another_day(session: Session, by) -> None:
    visit = Visit(THURSDAY, session.course.unit.chairs.last().pk, 10 * 60, 240)
    lost_days.another_day(session=session, visit=visit, approval=APPROVAL, by=by)


def go_on(session: Session, by) -> None:
    recording.go_on(session=session, approved_by="Dr Wren", reason="well again", by=by)


def reach(session: Session, status: SessionStatus, by) -> None:
    """From booked to that status."""
    if status in ORDER:
        press(session, by, *ORDER[: ORDER.index(status) + 1])
    elif status == NOT_BROUGHT:
        miss(session, by)
    elif status == NOT_GIVEN:
        press(session, by, ARRIVED)
        report(session, by)


@dataclass(frozen=True)
class Way:
    """An act on day 2, and all that it does. closes, opens: kinds of task and the day they ask about."""

    name: str
    before: SessionStatus
    act: Callable[[Session, object], None]
    after: SessionStatus
    closes: Asked = field(default_factory=set)
    opens: Asked = field(default_factory=set)
    frees: bool = False
    # Where the day is given instead.
    instead: date | None = None

    def __str__(self) -> str:
        return f"{self.name} when {self.before.label.lower()}"


def ways() -> Iterator[Way]:
    def pressed(status: SessionStatus) -> Callable:
        return lambda session, by: press(session, by, status)

    def typed(status: SessionStatus) -> Callable:
        return lambda session, by: type_times(session, by, status)

    started, given = {(IN_PART, 2)}, {(DAY_LOST, 2)}
    for how, act in (("press", pressed), ("type", typed)):
        yield Way(f"{how} arrived", BOOKED, act(ARRIVED), ARRIVED)
        yield Way(f"{how} started", ARRIVED, act(STARTED), STARTED, closes=started)
        yield Way(f"{how} finished", STARTED, act(GIVEN), GIVEN, closes=given)
    yield Way("type everything", BOOKED, typed(GIVEN), GIVEN, closes=started | given)

    later = {(IN_PART, 3)}
    yield Way("record in full", STARTED, in_full, GIVEN, closes=given | later)
    yield Way("record in part", STARTED, in_part, GIVEN, closes=given, opens=later)
    yield Way("record in full", GIVEN, in_full, GIVEN, closes=later)
    yield Way("record in part", GIVEN, in_part, GIVEN, opens=later)

    lost = {(DAY_LOST, 2)}
    yield Way("not brought", BOOKED, miss, NOT_BROUGHT, started, lost | {(TO_REACH, 2)}, frees=True)
    yield Way("report", BOOKED, report, BOOKED, opens=lost)
    yield Way("report", ARRIVED, report, NOT_GIVEN, closes=started, opens=lost, frees=True)
    yield Way("report", NOT_BROUGHT, report, NOT_BROUGHT, opens=lost)
    yield Way("report", NOT_GIVEN, report, NOT_GIVEN, opens=lost)

    decided = {(DAY_LOST, 2), (IN_PART, 2), (DECLINED, 2)}
    for before, after in (
        (BOOKED, CANCELLED),
        (ARRIVED, NOT_GIVEN),
        (NOT_BROUGHT, NOT_BROUGHT),
        (NOT_GIVEN, NOT_GIVEN),
    ):
        yield Way("leave out", before, leave_out, after, decided, frees=before in (BOOKED, ARRIVED))
        stays = BOOKED if before == BOOKED else after
        yield Way("another day", before, another_day, stays, decided, frees=True, instead=THURSDAY)

    yield Way("undo", ARRIVED, undo, BOOKED)
    yield Way("undo", STARTED, undo, ARRIVED)
    yield Way("undo", GIVEN, undo, STARTED, closes=later)
    yield Way("undo", NOT_BROUGHT, undo, BOOKED, closes=lost | {(TO_REACH, 2)})


WAYS = list(ways())


@pytest.mark.parametrize("asked_before", [False, True], ids=["nothing asked", "everything asked"])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_act_does_all_that_follows_from_it_and_nothing_else(course, other, nurse, way, asked_before):
    session = day(course, 2)
    reach(session, way.before, nurse)
    ask_everything(other, nurse)
    if asked_before:
        ask_everything(course, nurse)
    before, had, others = asked(course), chairs(course), rows(other)
    siblings = list(course.sessions.exclude(pk=session.pk).order_by("pk").values())

    way.act(session, nurse)

    assert before - asked(course) == way.closes & before
    assert asked(course) - before == way.opens - before
    session.refresh_from_db()
    assert session.status == way.after
    assert Course.objects.get(pk=course.pk).status == "booked"
    stood = [taken for taken in had if taken[0] != 2]
    today = (2, WEDNESDAY, course.unit.chairs.first().pk)
    elsewhere = (2, THURSDAY, course.unit.chairs.last().pk)
    now_stands = [elsewhere] if way.instead else [] if way.frees or not session.is_live else [today]
    assert chairs(course) == sorted([*stood, *now_stands], key=lambda taken: taken[1])
    assert list(course.sessions.filter(number__in=[1, 3]).order_by("pk").values()) == siblings
    assert rows(other) == others


def test_every_move_of_the_table_has_been_tried():
    """But for a single step typed together with others, what happens to days as a whole, and undoing that."""
    tried = {(way.before, way.after) for way in WAYS if way.before != way.after}
    allowed = {(before, after) for before, found in SESSION_MOVES.items() for after in found}
    assert allowed - {(SessionStatus.CANCELLED, BOOKED)} <= tried
    assert tried - allowed == {(BOOKED, GIVEN)}


# The same, whichever way


@pytest.mark.parametrize("way", [press, type_times, "outcome"], ids=["pressed", "typed", "recorded"])
def test_a_day_reported_lost_and_given_after_all_asks_nothing_more(course, nurse, way):
    session = day(course, 2)
    report(session, nurse)
    reach(session, STARTED, nurse)
    in_full(session, nurse) if way == "outcome" else way(session, nurse, GIVEN)
    assert asked(course) == set()
    [task] = course.tasks.all()
    assert (task.done_note, task.done_by) == ("The day was given.", nurse.name)


ENDS = {
    "pressed": (lambda session, by: press(session, by, GIVEN), "completed"),
    "typed": (lambda session, by: type_times(session, by, GIVEN), "completed"),
    "in full": (in_full, "completed"),
    "in part": (in_part, "part_given"),
}


@pytest.mark.parametrize("way", ENDS)
def test_the_last_day_ends_the_course_and_nobody_has_to_move_it_any_more(course, other, lead, clock, way):
    session = day(course, 3)
    course.sessions.filter(number=2).update(status=GIVEN)
    clock.move_to(at(10, day=FRIDAY))
    setup.set_staffing(unit=course.unit, day=FRIDAY, nurses=0, note="", seen=[course.pk, other.pk], by=lead)
    reach(session, STARTED, lead)
    assert asked(course) == asked(other) == {("misfit", None)}
    act, ended = ENDS[way]
    act(session, lead)
    assert Course.objects.get(pk=course.pk).status == ended
    assert (asked(course), asked(other)) == (set(), {("misfit", None)})
    if day(course, 3).undo_until >= timezone.now():
        undo(session, lead)
        assert Course.objects.get(pk=course.pk).status == "booked"
        assert asked(course) == {("misfit", None)}
        act(session, lead)
        assert Course.objects.get(pk=course.pk).status == ended


@pytest.mark.parametrize(("live", "ends"), [(2, "completed"), (1, "booked")])
def test_given_on_as_many_days_as_agreed_it_is_over_whatever_is_still_to_decide(unit, nurse, live, ends):
    """Though nobody has said what comes instead of a day that was lost."""
    course = builders.past_course(builders.patient("Ben Wren"), unit, builders.next_monday())
    course.sessions.update(given=Given.IN_FULL)
    gone = Session.objects.filter(course=course, number__gt=live)
    Booking.objects.filter(session__in=gone).delete()
    gone.delete()
    last = course.sessions.last()
    lost = {"status": "noshow", "lost_because": "not_brought", "missed_at": timezone.now()}
    days = {"day": last.day + timedelta(7), "starts_at": last.starts_at, "ends_at": last.ends_at}
    Session.objects.create(course=course, number=3, **days, **lost)
    Course.objects.filter(pk=course.pk).update(status="booked")
    course = Course.objects.get(pk=course.pk)
    completion.settle(course, by=nurse)
    assert course.status == ends


def test_a_last_day_that_is_left_out_ends_the_course_part_given(course, nurse):
    reach(day(course, 2), GIVEN, nurse)
    leave_out(day(course, 3), nurse)
    assert Course.objects.get(pk=course.pk).status == "part_given"
    assert asked(course) == set()


def test_an_outcome_put_right_changes_how_a_course_ended_and_back(course, nurse):
    reach(day(course, 2), GIVEN, nurse)
    leave_out(day(course, 3), nurse)
    course.sessions.filter(number=3).update(status=GIVEN)
    statuses = []
    for act in (in_full, in_part, in_full):
        act(day(course, 2), nurse)
        statuses.append(Course.objects.get(pk=course.pk).status)
    assert statuses == ["completed", "part_given", "completed"]


# Later days


def words(course: Course, number: int) -> list[str]:
    return [task.says for task in course.tasks.open().filter(kind=IN_PART, session__number=number)]


FIRST = "Day 1 was given only in part: the cannula failed."
SECOND = "Day 2 was given only in part: the unit closed."
ABOUT_DAY_3 = "Decide about day 3 (Friday 15 January 2027)."


@pytest.mark.parametrize("act", [in_full, undo], ids=["put right", "taken back"])
def test_two_days_in_part_ask_about_the_third_until_both_are_settled(course, nurse, act):
    in_part(day(course, 1), nurse)
    go_on(day(course, 2), nurse)
    assert words(course, 3) == [f"{FIRST} {ABOUT_DAY_3}"]
    reach(day(course, 2), STARTED, nurse)
    outcome(day(course, 2), nurse, Given.IN_PART, PartBecause.TIME)
    assert words(course, 3) == [f"{FIRST} {SECOND} {ABOUT_DAY_3}"]
    act(day(course, 2), nurse)
    assert words(course, 3) == [f"{FIRST} {ABOUT_DAY_3}"]
    in_full(day(course, 1), nurse)
    assert asked(course) == set()


def test_a_day_that_was_said_to_go_ahead_is_asked_about_again_after_another_day_in_part(course, nurse):
    in_part(day(course, 1), nurse)
    go_on(day(course, 2), nurse)
    go_on(day(course, 3), nurse)
    assert asked(course) == set()
    reach(day(course, 2), STARTED, nurse)
    in_part(day(course, 2), nurse)
    assert asked(course) == {(IN_PART, 3)}
    in_full(day(course, 2), nurse)
    assert asked(course) == set()


def test_another_reason_is_what_the_open_task_says(course, nurse):
    in_part(day(course, 1), nurse)
    outcome(day(course, 1), nurse, Given.IN_PART, PartBecause.EFFECT)
    assert words(course, 3) == [f"Day 1 was given only in part: the child felt unwell. {ABOUT_DAY_3}"]


def test_going_on_as_planned_settles_its_own_day_only(course, other, nurse):
    for each in (course, other):
        in_part(day(each, 1), nurse)
    untouched = rows(other)
    go_on(day(course, 2), nurse)
    assert asked(course) == {(IN_PART, 3)}
    assert rows(other) == untouched
    assert [s.status for s in course.sessions.order_by("number")] == [GIVEN, BOOKED, BOOKED]


@pytest.mark.parametrize("status", [STARTED, GIVEN, NOT_BROUGHT])
def test_nobody_is_asked_whether_a_day_goes_ahead_that_has_begun_or_is_lost(course, nurse, status):
    reach(day(course, 2), status, nurse)
    # Day 1 is lost, and nobody has decided.
    course.sessions.filter(number=1).update(status=NOT_BROUGHT, given="")
    with pytest.raises(ChangedMeanwhile):
        go_on(day(course, 2), nurse)
    assert not DayDecision.objects.exists()


def test_a_lost_day_is_asked_about_once_and_again_if_the_child_comes_after_all(course, nurse):
    in_part(day(course, 1), nurse)
    miss(day(course, 2), nurse)
    assert asked(course) == {(DAY_LOST, 2), (TO_REACH, 2), (IN_PART, 3)}
    undo(day(course, 2), nurse)
    assert asked(course) == {(IN_PART, 2), (IN_PART, 3)}
    press(day(course, 2), nurse, ARRIVED)
    with pytest.raises(Undecided):
        press(day(course, 2), nurse, STARTED)


def test_of_a_day_that_was_said_to_go_ahead_nothing_is_asked_when_the_child_comes_after_all(course, nurse):
    in_part(day(course, 1), nurse)
    go_on(day(course, 2), nurse)
    miss(day(course, 2), nurse)
    undo(day(course, 2), nurse)
    assert asked(course) == {(IN_PART, 3)}


# Taking back brings back what was asked


def test_what_was_asked_before_a_child_was_not_brought_is_asked_after_it_is_taken_back(course, nurse, clock):
    report(day(course, 2), nurse)
    clock.shift(timedelta(minutes=1))
    miss(day(course, 2), nurse)
    undo(day(course, 2), nurse)
    assert asked(course) == {(DAY_LOST, 2)}
    assert course.tasks.open().get().says.startswith("Child unwell. Decide what comes instead of day 2")


@pytest.mark.parametrize("settled_by_hand", [False, True])
def test_a_finish_taken_back_asks_again_what_finishing_had_settled(course, nurse, settled_by_hand):
    report(day(course, 2), nurse)
    said = course.tasks.get().says
    if settled_by_hand:
        doing.finish(task=course.tasks.get(), note="The child is well again", by=nurse)
    reach(day(course, 2), GIVEN, nurse)
    undo(day(course, 2), nurse)
    assert [task.says for task in course.tasks.open()] == ([] if settled_by_hand else [said])


# Chairs


def wait_for_a_day(unit: Unit) -> Course:
    """A course of one day that could come whenever there is room: today only in the chair of `course`."""
    for chair in list(unit.chairs.all())[1:]:
        builders.take(chair, WEDNESDAY, at(8).time(), at(18).time())
    return builders.course(builders.patient("Cat Wren"), unit, days=1, minutes=240)


@pytest.mark.parametrize(
    ("before", "act", "frees"),
    [
        (BOOKED, miss, True),
        (BOOKED, report, False),
        (BOOKED, leave_out, True),
        (ARRIVED, report, True),
        (ARRIVED, leave_out, True),
    ],
)
def test_a_chair_that_is_free_is_offered_to_who_waits(course, unit, nurse, before, act, frees):
    wait_for_a_day(unit)
    reach(day(course, 2), before, nurse)
    act(day(course, 2), nurse)
    assert Task.objects.open().filter(kind=TaskKind.FREED).exists() == frees


def test_a_child_who_came_after_all_has_the_chair_and_nobody_else_is_offered_it(course, unit, nurse):
    wait_for_a_day(unit)
    miss(day(course, 2), nurse)
    undo(day(course, 2), nurse)
    [task] = Task.objects.filter(kind=TaskKind.FREED)
    assert task.done_note == "The place has been taken."


@pytest.mark.parametrize(("before", "act"), [(BOOKED, miss), (ARRIVED, report), (ARRIVED, leave_out)])
def test_a_day_that_is_lost_lets_the_others_of_that_day_fit_again(course, other, lead, before, act):
    few = {"unit": course.unit, "day": WEDNESDAY, "note": "", "seen": [course.pk, other.pk], "by": lead}
    course.unit.children_per_nurse = 1
    setup.save_unit(unit=course.unit, by=lead)
    setup.set_staffing(nurses=1, **few)
    reach(day(course, 2), before, lead)
    assert ("misfit", None) in asked(other)
    act(day(course, 2), lead)
    assert ("misfit", None) not in asked(other)
    if act == miss:
        undo(day(course, 2), lead)
        assert asked(course) == asked(other) == {("misfit", None)}


# The log


def test_the_log_says_what_was_done_before_what_followed(course, nurse):
    report(day(course, 2), nurse)
    reach(day(course, 2), STARTED, nurse)
    in_full(day(course, 2), nurse)
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert actions[-2:] == ["session.outcome_recorded", "task.done"]
