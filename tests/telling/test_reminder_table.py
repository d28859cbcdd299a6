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
    return SimpleNamespace(
        **{"day": day, "starts_at": at(day, time(9, 30)), "status": status, "sequence": 0} | fields
    )


def course(*live: SimpleNamespace, unit: Unit | None = None) -> SimpleNamespace:
    made = SimpleNamespace(live_sessions=list(live), unit=unit or Unit())
    for session in live:
        session.course = made
    return made


def around(moment: datetime) -> list[datetime]:
    return [moment - A_SECOND, moment, moment + A_SECOND]


def due(reminder, day: date, moments: list[datetime], unit: Unit | None = None) -> list[bool]:
    return [reminder.due_since(unit or Unit(), visit(day), now) is not None for now in moments]


def test_what_families_are_promised_stands_in_the_table():
    unit = Unit()
    assert [(row.name, row.days(unit), row.clock(unit), row.whom.name) for row in REMINDERS] == [
        ("reminder", [-7, -1], time(9), "HAS_KNOWN_FOR_A_DAY"),
        ("between", [-1], time(18), "KNOWS"),
        ("day_after", [1], time(9), "EVERYBODY"),
        ("day_3", [3], time(9), "EVERYBODY"),
    ]
    assert [(row.kind, row.template, row.stands) for row in REMINDERS] == [
        ("reminder", "reminder", "booked"),
        ("between", "between", "booked"),
        ("day_after", "day_after", "fulfilled"),
        ("day_3", "day_3", "fulfilled"),
    ]
    assert [row.name for row in REMINDERS if row.text_message] == ["reminder"]
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
def test_a_reminder_is_due_until_the_visit_begins(day):
    assert due(REMINDER, day, around(at(day, time(9, 30)))) == [True, False, False]


@DAYS
def test_of_several_days_that_have_come_the_last_one_counts(day):
    week, eve = at(day - timedelta(7), time(9)), at(day - timedelta(1), time(9))
    assert [REMINDER.due_since(Unit(), visit(day), now) for now in around(eve)] == [week, eve, eve]


@DAYS
@pytest.mark.parametrize("evening", [time(18), time(16, 30), time(20)])
def test_the_evening_between_is_due_from_the_units_time_until_midnight(day, evening):
    unit, eve = Unit(evening_at=evening), day - timedelta(1)
    assert due(BETWEEN, day, around(at(eve, evening)), unit) == [False, True, True]
    assert due(BETWEEN, day, around(at(day, time(0))), unit) == [True, False, False]
    assert due(BETWEEN, day, [at(eve - timedelta(1), time(23)), at(day, evening)], unit) == [False, False]


@pytest.mark.parametrize(("reminder", "days"), [(DAY_AFTER, 1), (DAY_3, 3)])
# Their mornings: in summer, and on the days on which the clocks change.
@pytest.mark.parametrize("morning", [SUMMER, date(2027, 3, 28), date(2027, 10, 31)])
def test_a_note_after_a_course_is_due_from_9_in_the_morning_of_its_day_alone(reminder, days, morning):
    last = morning - timedelta(days)
    assert due(reminder, last, around(at(morning, time(9)))) == [False, True, True]
    assert due(reminder, last, around(at(morning + timedelta(1), time(0)))) == [True, False, False]
    others = [at(morning + timedelta(n), time(12)) for n in (-2, -1, 1, 2)]
    assert due(reminder, last, others) == [False] * 4


def test_at_half_past_midnight_in_summer_it_is_the_next_day_though_not_in_utc():
    half_past = datetime(2027, 6, 15, 23, 30, tzinfo=UTC)
    assert due(BETWEEN, SUMMER, [half_past - timedelta(hours=1), half_past]) == [True, False]
    assert due(DAY_AFTER, date(2027, 6, 14), [half_past - timedelta(hours=1), half_past]) == [True, False]
    written = at(date(2027, 6, 15), time(18))
    assert BETWEEN.why_too_late(visit(SUMMER), written, half_past - timedelta(hours=1)) == ""
    assert BETWEEN.why_too_late(visit(SUMMER), written, half_past) == "its time was over before it could be"


# When it is too late


@pytest.mark.parametrize(
    ("reminder", "now", "why"),
    [
        (REMINDER, at(SUMMER, time(9, 29, 59)), ""),
        (REMINDER, at(SUMMER, time(9, 30)), "the visit had begun before it could be"),
        (BETWEEN, at(date(2027, 6, 15), time(23, 59, 59)), ""),
        (BETWEEN, at(SUMMER, time(0)), "its time was over before it could be"),
        (BETWEEN, at(SUMMER, time(10)), "its time was over before it could be"),
        # About a day that is over: that it has begun does not matter.
        (DAY_AFTER, at(date(2027, 6, 15), time(23, 59, 59)), ""),
        (DAY_3, at(SUMMER, time(0)), "its time was over before it could be"),
    ],
)
def test_when_it_is_too_late_for_what_was_written_the_day_before(reminder, now, why):
    about = visit(date(2027, 6, 14) if reminder.looks_back else SUMMER)
    assert reminder.why_too_late(about, at(date(2027, 6, 15), time(9)), now) == why


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


def test_the_days_in_reach_are_those_of_all_units_with_today_among_them():
    asks, week = Unit(reminder_days=[2]), Unit(reminder_days=[60, 1], asks_how_it_went=False)
    assert days_in_reach([asks, week], SUMMER) == (SUMMER - timedelta(3), SUMMER + timedelta(60))
    assert days_in_reach([week], SUMMER) == (SUMMER - timedelta(1), SUMMER + timedelta(60))


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
