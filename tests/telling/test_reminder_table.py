"""The table of reminders: when each is due, just before, at and just after; when it is too late; for whom."""

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from scheduling.models import Moment, Unit
from scheduling.states import SessionStatus
from scheduling.telling.clock_times import at
from scheduling.telling.due_reminders import FRESH
from scheduling.telling.reminder_table import REMINDERS, days_in_reach, due_about, reminder_of

REMINDER, BETWEEN, DAY_AFTER, DAY_3 = REMINDERS
A_SECOND = timedelta(seconds=1)
# A Wednesday in summer. The clocks went forward on 28 March 2027, a Sunday, and back on 31 October, a Sunday.
SUMMER, AFTER_FORWARD, AFTER_BACK = date(2027, 6, 16), date(2027, 3, 29), date(2027, 11, 1)
DAYS = pytest.mark.parametrize("day", [SUMMER, AFTER_FORWARD, AFTER_BACK])

BOOKED, ARRIVED, STARTED, FULFILLED = (
    SessionStatus.BOOKED,
    SessionStatus.ARRIVED,
    SessionStatus.STARTED,
    SessionStatus.FULFILLED,
)


def visit(day: date, status: SessionStatus = BOOKED, **fields) -> SimpleNamespace:
    """What the table reads of a visit at 9:30 in the morning."""
    made = SimpleNamespace(
        **{"day": day, "starts_at": at(day, time(9, 30)), "status": status, "sequence": 0} | fields
    )
    course(made)
    return made


def course(*live: SimpleNamespace, unit: Unit | None = None) -> SimpleNamespace:
    sessions = SimpleNamespace(all=lambda: list(live))
    made = SimpleNamespace(live_sessions=list(live), sessions=sessions, unit=unit or Unit())
    for session in live:
        session.course = made
    return made


def around(moment: datetime) -> list[datetime]:
    return [moment - A_SECOND, moment, moment + A_SECOND]


def due(reminder, day: date, moments: list[datetime], unit: Unit | None = None) -> list[bool]:
    """At which of these moments it would leave."""
    unit, about = unit or Unit(), visit(day)
    about.course.unit = unit
    since = [(now, reminder.due_since(unit, about, now)) for now in moments]
    return [start is not None and now < reminder.last_time(about, start) for now, start in since]


def test_what_families_are_promised_stands_in_the_table():
    unit = Unit()
    assert [(row.name, row.days(unit), row.clock(unit), row.whom.name) for row in REMINDERS] == [
        ("reminder", [-7, -1], time(9), "HAS_KNOWN_FOR_A_DAY"),
        ("between", [-1], time(18), "KNOWS"),
        ("day_after", [1], time(9), "EVERYBODY"),
        ("day_3", [3, 5], time(9), "EVERYBODY"),
    ]
    assert [(row.kind, row.template, row.stands) for row in REMINDERS] == [
        ("reminder", "reminder", "booked"),
        ("between", "between", "booked"),
        ("day_after", "day_after", "fulfilled"),
        ("day_3", "day_3", "fulfilled"),
    ]
    assert [row.name for row in REMINDERS if row.text_message] == ["reminder"]
    assert [row.name for row in REMINDERS if row.names_all] == ["reminder"]
    assert [row.name for row in REMINDERS if row.on_a_visit_day] == ["between"]
    assert timedelta(hours=24) == FRESH


def test_a_unit_that_does_not_want_one_has_no_time_for_it():
    unit = Unit(reminder_days=[], evening_at=None, asks_how_it_went=False)
    moments = [at(SUMMER + timedelta(days), time(18)) for days in range(-8, 5)]
    assert [row.name for row in REMINDERS if any(due(row, SUMMER, moments, unit))] == ["day_after"]


# When it is due


@DAYS
@pytest.mark.parametrize("days", [7, 1])
def test_a_reminder_is_due_from_9_in_the_morning_so_many_days_before(day, days):
    unit, nine = Unit(reminder_days=[days]), at(day - timedelta(days), time(9))
    assert due(REMINDER, day, around(nine), unit) == [False, True, True]
    assert REMINDER.due_since(unit, visit(day), nine) == nine


@DAYS
@pytest.mark.parametrize(
    # Due so many days before, it leaves until 8pm of the day so many days before.
    ("days", "until"),
    [(1, 1), (2, 1), (3, 1), (7, 3), (14, 7), (60, 30)],
)
def test_a_reminder_leaves_while_half_of_the_days_are_left_and_at_the_latest_at_8pm_of_the_eve(
    day, days, until
):
    unit, eight = Unit(reminder_days=[days]), at(day - timedelta(until), time(20))
    assert due(REMINDER, day, around(eight), unit) == [True, False, False]


@DAYS
def test_no_reminder_leaves_on_the_day_of_the_visit(day):
    moments = [at(day, time(0)), at(day, time(8)), at(day, time(9)), at(day, time(9, 30))]
    assert due(REMINDER, day, moments) == [False] * 4


@DAYS
def test_of_several_days_that_have_come_the_last_one_counts(day):
    eve = at(day - timedelta(1), time(9))
    week, two = at(day - timedelta(7), time(9)), at(day - timedelta(2), time(9))
    unit = Unit(reminder_days=[7, 2])
    assert [REMINDER.due_since(unit, visit(day), now) for now in around(two)][1:] == [two, two]
    assert REMINDER.due_since(unit, visit(day), week) == week
    assert [REMINDER.due_since(Unit(), visit(day), now) for now in around(eve)] == [None, eve, eve]


@DAYS
@pytest.mark.parametrize(
    ("evening", "until"),
    [(time(18), time(21)), (time(16, 30), time(19, 30)), (time(20), time(23)), (time(22), None)],
)
def test_the_evening_between_is_due_from_the_units_time_for_three_hours_and_until_midnight(
    day, evening, until
):
    unit, eve = Unit(evening_at=evening), day - timedelta(1)
    assert due(BETWEEN, day, around(at(eve, evening)), unit) == [False, True, True]
    over = at(eve, until) if until else at(day, time(0))
    assert due(BETWEEN, day, around(over), unit) == [True, False, False]
    assert due(BETWEEN, day, [at(eve - timedelta(1), time(23)), at(day, evening)], unit) == [False, False]


@pytest.mark.parametrize(
    # Due in the morning so many days after the visit, it leaves until 8pm so many days after it.
    ("reminder", "days", "until"),
    [(DAY_AFTER, 1, 2), (DAY_3, 3, 7)],
)
# Their mornings: in summer, and on the days on which the clocks change.
@pytest.mark.parametrize("morning", [SUMMER, date(2027, 3, 28), date(2027, 10, 31)])
def test_a_note_after_a_course_is_due_from_9_in_the_morning_and_waits_for_a_late_record(
    reminder, days, until, morning
):
    last = morning - timedelta(days)
    assert due(reminder, last, around(at(morning, time(9)))) == [False, True, True]
    assert due(reminder, last, around(at(last + timedelta(until), time(20)))) == [True, False, False]
    before = [at(morning - timedelta(n), time(12)) for n in (1, 2)]
    assert due(reminder, last, before) == [False] * 2


def test_how_it_went_is_asked_on_the_third_day_and_on_the_fifth_and_once_if_the_visit_is_recorded_late():
    third, fifth = (at(SUMMER + timedelta(days), time(9)) for days in (3, 5))
    asked = [DAY_3.due_since(Unit(), visit(SUMMER), now) for now in (*around(third), *around(fifth))]
    assert asked == [None, third, third, third, fifth, fifth]
    assert DAY_3.only_once(visit(SUMMER), fifth) == "day_3-5"


def test_at_half_past_midnight_in_summer_it_is_the_next_day_though_not_in_utc():
    half_past, unit = datetime(2027, 6, 15, 23, 30, tzinfo=UTC), Unit(evening_at=time(22))
    moments = [half_past - timedelta(hours=1), half_past]
    assert due(BETWEEN, SUMMER, moments, unit) == [True, False]
    about = visit(SUMMER)
    about.course.unit = unit
    assert BETWEEN.last_time(about, at(date(2027, 6, 15), time(22))) == at(SUMMER, time(0))


def test_what_was_let_go_is_found_for_one_day_so_that_it_can_be_logged():
    over = at(SUMMER - timedelta(1), time(20))
    found = [REMINDER.due_since(Unit(), visit(SUMMER), over + timedelta(hours=h)) for h in (0, 23, 24)]
    assert found == [at(SUMMER - timedelta(1), time(9))] * 2 + [None]


# About which days


@pytest.mark.parametrize(
    ("before", "came"),
    [
        (visit(date(2027, 6, 15), ARRIVED), True),
        (visit(date(2027, 6, 15), STARTED), True),
        (visit(date(2027, 6, 15), FULFILLED), True),
        (visit(date(2027, 6, 15), BOOKED), False),
        (visit(date(2027, 6, 14), FULFILLED), False),
    ],
)
def test_the_evening_is_between_two_days_if_the_child_came_on_the_first_of_them(before, came):
    made = course(before, visit(SUMMER), unit=Unit(reminder_days=[]))
    found = list(due_about(made, at(date(2027, 6, 15), time(18))))
    assert [row.name for row, _, _ in found] == ["between"] * came


@pytest.mark.parametrize(
    ("statuses", "names"),
    [
        ([FULFILLED, FULFILLED], ["day_after"]),
        ([FULFILLED], ["day_after"]),
        ([FULFILLED, STARTED], []),
        ([BOOKED, FULFILLED], []),
        ([], []),
    ],
)
def test_a_note_goes_once_every_day_that_is_left_was_given_and_about_the_last(statuses, names):
    first = SUMMER - timedelta(len(statuses))
    made = course(*(visit(first + timedelta(n), status) for n, status in enumerate(statuses)))
    found = list(due_about(made, at(SUMMER, time(12))))
    assert [row.name for row, _, _ in found] == names
    assert all(session is made.live_sessions[-1] for _, session, _ in found)


def test_the_days_in_reach_are_those_of_all_units_and_of_what_may_be_late_with_today_among_them():
    asks, week = Unit(reminder_days=[2]), Unit(reminder_days=[60, 1], asks_how_it_went=False)
    assert days_in_reach([asks, week], SUMMER) == (SUMMER - timedelta(8), SUMMER + timedelta(60))
    assert days_in_reach([week], SUMMER) == (SUMMER - timedelta(4), SUMMER + timedelta(60))


def reminded(*days: SimpleNamespace, now: datetime) -> list[date]:
    """The visits of a course about which a reminder is due."""
    found = due_about(course(*days), now)
    return [session.day for row, session, _ in found if row is REMINDER]


@pytest.mark.parametrize("lost", [SessionStatus.NOT_BROUGHT, SessionStatus.NOT_GIVEN, ARRIVED, FULFILLED])
def test_a_reminder_is_about_the_first_of_days_in_a_row_whatever_became_of_the_day_before(lost):
    eve = at(SUMMER - timedelta(1), time(12))
    first, second, alone = visit(SUMMER), visit(SUMMER + timedelta(1)), visit(SUMMER + timedelta(7))
    assert reminded(first, second, alone, now=eve) == [SUMMER]
    assert reminded(first, second, alone, now=eve + timedelta(3)) == [SUMMER + timedelta(7)]
    assert reminded(visit(SUMMER - timedelta(1), lost), first, now=at(SUMMER - timedelta(1), time(19))) == []


def test_of_a_day_before_it_that_was_cancelled_a_visit_is_the_first():
    cancelled = visit(SUMMER - timedelta(1), SessionStatus.CANCELLED)
    made = course(cancelled, visit(SUMMER))
    made.live_sessions = made.live_sessions[1:]
    found = list(due_about(made, at(SUMMER - timedelta(1), time(12))))
    assert [row.name for row, _, _ in found] == ["reminder"]


def test_a_reminder_waits_while_another_day_of_its_course_is_today_and_the_evening_between_does_not():
    """Day 3 a week after day 1: its reminder is due in the morning of day 1, and leaves after day 2."""
    days = [visit(SUMMER, ARRIVED), visit(SUMMER + timedelta(1)), visit(SUMMER + timedelta(7))]
    late = SUMMER + timedelta(7)
    assert reminded(*days, now=at(SUMMER, time(9))) == []
    assert reminded(*days, now=at(SUMMER + timedelta(1), time(9))) == []
    assert reminded(*days, now=at(SUMMER + timedelta(2), time(9))) == [late]
    found = list(due_about(course(*days), at(SUMMER, time(18))))
    assert [row.name for row, _, _ in found] == ["between"]


# Once, and from which text


def test_each_goes_once_for_its_day_and_anew_when_the_visit_was_moved():
    moved = visit(SUMMER, sequence=2)
    names = [REMINDER.only_once(moved, at(SUMMER - timedelta(days), time(9))) for days in (7, 1)]
    assert names == ["reminder-7.2", "reminder-1.2"]
    assert BETWEEN.only_once(moved, at(SUMMER - timedelta(1), time(18))) == "between-1.2"
    assert DAY_AFTER.only_once(moved, at(SUMMER + timedelta(1), time(9))) == "day_after-1"
    assert DAY_3.only_once(moved, at(SUMMER + timedelta(3), time(9))) == "day_3-3"


def test_a_message_is_known_by_its_name_and_one_that_is_no_reminder_has_no_row():
    def row(name: str | None):
        return reminder_of(SimpleNamespace(only_once=name))

    assert row("reminder-7.2:1:2:email") is REMINDER
    assert row("day_after-1:1:2:email") is DAY_AFTER
    assert row("day_3-3:1:2:email") is DAY_3
    assert [row(name) for name in (None, "", "page:1:2:2027-06-16", "address:ab")] == [None] * 4


def test_each_reads_the_text_of_its_moment_and_day_1_another_than_day_2():
    day_1, day_2 = visit(SUMMER, number=1), visit(SUMMER, number=2)
    assert [REMINDER.text(day) for day in (day_1, day_2)] == [Moment.BEFORE_DAY_1, Moment.BEFORE_DAY_2]
    assert [row.text(day_2) for row in (BETWEEN, DAY_AFTER, DAY_3)] == [
        Moment.BETWEEN,
        Moment.AFTER,
        Moment.AFTER,
    ]
