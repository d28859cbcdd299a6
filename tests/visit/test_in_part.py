"""A day that was given in part, or not at all, is shown as such wherever it is shown."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from scheduling.booking import lost_days
from scheduling.models import Given, LostBecause, PartBecause
from scheduling.states import SessionStatus
from scheduling.visit import presses, recording
from tests import builders
from tests.addresses import at
from tests.reading import text_of

TUESDAY = date(2027, 1, 12)


@pytest.fixture(autouse=True)
def clock():
    """Nine on the first day."""
    with time_machine.travel(datetime(2027, 1, 12, 9, tzinfo=ZoneInfo("Europe/London")), tick=False) as found:
        yield found


@pytest.fixture
def course(db):
    return builders.begun_course(builders.unit(), TUESDAY)


@pytest.fixture
def page(client, lead):
    client.force_login(lead)
    return client


@pytest.fixture
def in_part(course, nurse):
    """Day 1, given in part."""
    first = course.live_sessions[0]
    for status in (SessionStatus.ARRIVED, SessionStatus.STARTED):
        first = presses.press(session=first, status=status, by=nurse)
    recording.record_outcome(session=first, given=Given.IN_PART, because=PartBecause.CANNULA, by=nurse)
    first.refresh_from_db()
    return first


@pytest.fixture
def not_given(course, nurse):
    """Day 1, for which the child came in vain."""
    first = presses.press(session=course.live_sessions[0], status=SessionStatus.ARRIVED, by=nurse)
    lost_days.report(session=first, because=LostBecause.CANNULA, by=nurse)
    first.refresh_from_db()
    return first


def test_in_part_is_not_shown_as_given(page, course, in_part):
    today = text_of(page.get("/"))
    assert "1 child: 1 given in part" in today
    assert today.count("Given in part") == 2, "on the screen and on paper"
    second = course.sessions.get(number=2)
    for address in (
        course.get_absolute_url(),
        in_part.get_absolute_url(),
        "/visits/",
        at("leave_out_day", second) + "?because=clinical",
        at("lose_day", second),
        "/board/?day=2027-01-12",
        f"/children/{course.patient_id}/history/",
    ):
        said = text_of(page.get(address)).lower()
        assert "in part" in said.replace("part given", ""), address
        assert "given finished" not in said, address


def test_why_only_in_part_stands_with_it(page, course, in_part):
    for address in ("/", course.get_absolute_url(), f"/children/{course.patient_id}/history/"):
        assert "the cannula failed" in text_of(page.get(address)).lower(), address


def test_not_given_is_shown_in_the_week_and_in_the_history(page, course, nurse, not_given):
    assert "1 child: 1 not given" in text_of(page.get("/"))
    week = text_of(page.get("/visits/"))
    assert "Not given" in week
    second = course.sessions.get(number=2)
    recording.go_on(session=second, approved_by="Dr Wren", reason="As planned", by=nurse)
    with time_machine.travel(datetime(2027, 1, 13, 9, tzinfo=ZoneInfo("Europe/London")), tick=False):
        for status in (SessionStatus.ARRIVED, SessionStatus.STARTED, SessionStatus.FULFILLED):
            presses.press(session=second, status=status, by=nurse)
    history = text_of(page.get(f"/children/{course.patient_id}/history/"))
    assert "Day 1, Tue 12 Jan 2027: not given (the cannula failed)" in history


@pytest.mark.parametrize("state", ["in_part", "not_given"])
def test_the_open_decision_is_linked_from_both_visits(request, page, course, state):
    request.getfixturevalue(state)
    task = course.tasks.open().get()
    for session in course.sessions.all():
        html = page.get(session.get_absolute_url()).content.decode()
        assert task.says in html
        assert f'href="{task.get_absolute_url()}"' in html
        assert f'href="{at({"in_part": "go_on", "not_given": "lose_day"}[state], task.session)}"' in html


def test_a_visit_without_an_open_decision_links_none(page, course):
    assert "To decide" not in text_of(page.get(course.live_sessions[0].get_absolute_url()))


def test_a_day_left_out_long_ago_stays_in_the_history(page, course, in_part, nurse):
    second = course.sessions.get(number=2)
    approval = lost_days.Approval(LostBecause.CLINICAL, "Enough", "Dr Wren")
    lost_days.leave_out(session=second, approval=approval, by=nurse)
    said = text_of(page.get(f"/children/{course.patient_id}/history/"))
    assert "Day 1, Tue 12 Jan 2027: given in part (the cannula failed)" in said
    assert "Day 2, Wed 13 Jan 2027: cancelled (hospital: a clinical reason)" in said
    assert course.sessions.get(number=2).day == TUESDAY + timedelta(days=1)
