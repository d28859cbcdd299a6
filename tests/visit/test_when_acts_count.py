"""On which day and until which minute a visit can be recorded: just before, at, just after."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from scheduling.errors import Refused, Undecided
from scheduling.models import AdverseEffect, CannulaAttempt, Given, LostBecause, Session, Task
from scheduling.states import SessionStatus
from scheduling.visit import presses, recording
from tests import builders

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
MONDAY, TUESDAY = date(2027, 6, 7), date(2027, 6, 8)
ARRIVED, STARTED, GIVEN = SessionStatus.ARRIVED, SessionStatus.STARTED, SessionStatus.FULFILLED
A_SECOND, A_MINUTE, A_DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
JUST_AROUND = [(-A_SECOND, True), (timedelta(0), True), (A_SECOND, False)]


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON)


@pytest.fixture(autouse=True)
def clock():
    """Ten on a Tuesday in summer, the second day of the course."""
    with time_machine.travel(at(10), tick=False) as found:
        yield found


@pytest.fixture
def course(db):
    return builders.begun_course(builders.unit(), MONDAY)


@pytest.fixture
def session(course):
    return course.sessions.get(number=2)


def typed(session: Session, by, **times: datetime) -> Session:
    return recording.record_times(session=session, times=dict.fromkeys(recording.TIMES) | times, by=by)


def miss(session: Session, by) -> Session:
    return presses.not_brought(session=session, because=LostBecause.UNWELL, by=by)


def press(session: Session, by, *statuses: SessionStatus) -> Session:
    for status in statuses:
        session = presses.press(session=session, status=status, by=by)
    return session


def happens(act, allowed: bool, match: str) -> None:
    if allowed:
        act()
    else:
        with pytest.raises(Refused, match=match):
            act()


# Ten minutes


@pytest.mark.parametrize(("off", "allowed"), JUST_AROUND)
@pytest.mark.parametrize("way", ["pressed", "typed", "recorded", "missed"])
def test_a_move_is_taken_back_for_ten_minutes_after_it_whichever_way_it_came(
    session, nurse, clock, way, off, allowed
):
    if way == "missed":
        miss(session, nurse)
    elif way == "typed":
        # At 10:00, and written down five minutes later.
        clock.move_to(at(10, 5))
        typed(session, nurse, arrived_at=at(9), started_at=at(9, 30), finished_at=at(10))
    else:
        press(session, nurse, ARRIVED, STARTED)
        if way == "pressed":
            press(session, nurse, GIVEN)
        else:
            recording.record_outcome(session=session, given=Given.IN_FULL, by=nurse)
    clock.move_to(at(10, 10) + off)
    happens(lambda: presses.undo(session=session, by=nurse), allowed, "More than 10 minutes")


# One minute ahead


@pytest.mark.parametrize(("off", "allowed"), JUST_AROUND)
def test_a_time_may_be_a_minute_ahead_of_our_clock(session, nurse, off, allowed):
    moment = at(10, 1) + off
    happens(lambda: typed(session, nurse, arrived_at=moment), allowed, "in the future")
    cannula = CannulaAttempt(session=session, side="left", site="hand", numbing="cream", by_name="Nia")
    for row in (cannula, AdverseEffect(session=session, effect="fever")):
        row.at, row.worked = moment, True
        happens(lambda row=row: recording.save_row(row=row, by=nurse), allowed, "in the future")


# The day itself


@pytest.mark.parametrize(("off", "allowed"), [(-1, False), (0, True), (1, False)])
def test_a_time_is_on_the_day_of_the_visit(session, nurse, clock, off, allowed):
    clock.move_to(at(10, day=TUESDAY + 3 * A_DAY))
    moment = at(9, day=TUESDAY + off * A_DAY)
    happens(lambda: typed(session, nurse, arrived_at=moment), allowed, "not on the day of this visit")
    cannula = builders.cannula(session)
    cannula.at = moment
    happens(lambda: recording.save_row(row=cannula, by=nurse), allowed, "check the day")


@pytest.mark.parametrize(
    ("day", "allowed"),
    [
        (TUESDAY - A_DAY, False),
        (TUESDAY, True),
        (date(2027, 7, 7), True),
        (date(2027, 7, 8), True),
        (date(2027, 7, 9), False),
    ],
)
def test_an_effect_is_felt_from_the_day_of_the_visit_to_thirty_days_after(
    session, nurse, clock, day, allowed
):
    clock.move_to(at(10, day=date(2027, 8, 1)))
    row = AdverseEffect(session=session, effect="fever", at=at(9, day=day))
    happens(lambda: recording.save_row(row=row, by=nurse), allowed, "check the day")


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        (at(0) - A_SECOND, False),
        (at(0), True),
        # Here it is the day before in UTC.
        (at(0, 30), True),
        (at(0, day=TUESDAY + A_DAY) - A_SECOND, True),
        (at(0, day=TUESDAY + A_DAY), False),
        (at(0, 30, TUESDAY + A_DAY), False),
    ],
)
@pytest.mark.parametrize("act", [lambda s, by: press(s, by, ARRIVED), miss], ids=["arrived", "not brought"])
def test_a_press_counts_on_the_day_of_the_visit_in_london(session, nurse, clock, act, now, allowed):
    clock.move_to(now)
    happens(lambda: act(session, nurse), allowed, "This visit is on Tuesday 8 June 2027")
    assert set(Task.objects.values_list("due_on", flat=True)) <= {TUESDAY}


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        (at(23, 59), True),
        (at(0, day=TUESDAY + A_DAY), False),
        (at(0, 30, TUESDAY + A_DAY), False),
        (at(10, day=TUESDAY + A_DAY), False),
    ],
)
def test_an_outcome_ends_a_running_drip_on_its_own_day_only(session, nurse, clock, now, allowed):
    press(session, nurse, ARRIVED, STARTED)
    clock.move_to(now)
    happens(
        lambda: recording.record_outcome(session=session, given=Given.IN_FULL, by=nurse),
        allowed,
        "Enter when it finished first",
    )
    session.refresh_from_db()
    assert (session.finished_at, session.status) == ((now, GIVEN) if allowed else (None, STARTED))


def test_an_outcome_is_written_down_later_once_the_drip_has_an_end(session, nurse, clock):
    press(session, nurse, ARRIVED, STARTED)
    clock.move_to(at(10, day=TUESDAY + 2 * A_DAY))
    typed(session, nurse, arrived_at=at(10), started_at=at(10), finished_at=at(13))
    given = recording.record_outcome(session=session, given=Given.IN_FULL, by=nurse)
    assert given.drip_minutes == 180


@pytest.mark.parametrize(
    ("now", "is_asked"),
    [
        (at(23, 59), True),
        (at(0, day=TUESDAY + A_DAY), False),
        (at(0, 30, TUESDAY + A_DAY), False),
        (at(10, day=TUESDAY + A_DAY), False),
    ],
)
def test_whether_a_day_goes_ahead_is_asked_on_the_day_itself(course, session, nurse, clock, now, is_asked):
    with time_machine.travel(at(10, day=MONDAY), tick=False):
        miss(course.sessions.get(number=1), nurse)
    clock.move_to(now)
    times = {"arrived_at": at(9), "started_at": at(9, 30)}
    if is_asked:
        with pytest.raises(Undecided):
            typed(session, nurse, **times)
    else:
        assert typed(session, nurse, **times).status == STARTED


def test_a_day_that_was_made_up_for_is_not_asked_about_any_more(course, session, nurse, clock):
    """Day 1 was given in part; day 2 was given without a word, and is written down the day after."""
    with time_machine.travel(at(10, day=MONDAY), tick=False):
        first = course.sessions.get(number=1)
        press(first, nurse, ARRIVED, STARTED)
        recording.record_outcome(session=first, given=Given.IN_PART, because="cannula", by=nurse)
    assert Task.objects.open().count() == 1
    clock.move_to(at(10, day=TUESDAY + A_DAY))
    typed(session, nurse, arrived_at=at(9), started_at=at(9, 30))
    assert Task.objects.open().count() == 0


@pytest.mark.parametrize(("now", "due"), [(at(0, 30), TUESDAY), (at(23, 30), TUESDAY)])
def test_what_follows_is_due_on_the_day_it_is_in_london(session, nurse, clock, now, due):
    clock.move_to(now)
    miss(session, nurse)
    assert set(Task.objects.values_list("due_on", flat=True)) == {due}
