"""When calendars remind of a visit: by the clock in London, and never while the child has the drip."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone

from scheduling.booking import bookings
from scheduling.models import Message, Unit
from scheduling.telling.alarms import alarms_of
from tests import builders
from tests.reading import mail_of, text_of


@pytest.fixture
def unit(db):
    return builders.unit()


def days(course, first: date, *, start: int = 9, hours: float = 4):
    """Two visits in a row, not saved."""
    made = []
    for number in (1, 2):
        day = first + timedelta(days=number - 1)
        starts = timezone.make_aware(datetime.combine(day, time(start)))
        session = course.sessions.model(course=course, number=number, day=day, starts_at=starts)
        session.ends_at = starts + timedelta(hours=hours)
        made.append(session)
    return made


def rings(session, *beside) -> list[str]:
    return [
        f"{timezone.localtime(session.starts_at.astimezone(UTC) - before):%a %H:%M}"
        for before in alarms_of(session, beside)
    ]


def test_both_days_remind_the_evening_before_and_in_time_to_leave(unit):
    first, second = days(builders.course(at=unit), date(2026, 6, 2))
    assert rings(first, second) == ["Mon 18:00", "Tue 07:30"]
    assert rings(second, first) == ["Tue 18:00", "Wed 07:30"]


def test_the_evening_is_by_the_clock_on_the_wall_when_the_clocks_change(unit):
    first, second = days(builders.course(at=unit), date(2026, 10, 25))
    assert alarms_of(first, [second]) == (timedelta(hours=16), timedelta(minutes=90))
    assert rings(first, second) == ["Sat 18:00", "Sun 07:30"]


def test_nothing_rings_while_the_child_has_the_drip(unit):
    first, second = days(builders.course(at=unit), date(2026, 6, 2), start=13, hours=5.5)
    assert rings(second, first) == ["Tue 18:30", "Wed 11:30"]
    first.status = "cancelled"
    assert rings(second, first) == ["Tue 18:00", "Wed 11:30"]


@pytest.mark.parametrize(
    ("evening", "minutes", "heard"),
    [(None, None, []), (time(20), None, ["Mon 20:00"]), (None, 60, ["Tue 08:00"])],
)
def test_a_unit_sets_each_or_none(unit, evening, minutes, heard):
    unit.alarm_evening_at, unit.alarm_minutes = evening, minutes
    first, second = days(builders.course(at=unit), date(2026, 6, 2))
    assert rings(first, second) == heard


def test_the_setting_is_on_the_page_of_reminders_and_in_the_next_invites(client, unit, lead, coordinator):
    client.force_login(lead)
    address = f"/units/{unit.pk}/reminders/"
    form = client.get(address).context["form"]
    data = {name: form[name].value() for name in form.fields} | {"reminder_days": "7, 1", "between": "True"}
    typed = data | {
        "quiet_from": "8pm",
        "quiet_until": "8am",
        "evening_at": "6pm",
        "asks_how_it_went": "True",
    }
    for wrong, says in (
        ({"alarm_evening_at": "9am"}, "must be after midday"),
        ({"alarm_minutes": "5"}, "Number of minutes before the visit must be 15 or more"),
    ):
        assert says in text_of(
            client.post(address, typed | {"alarm_evening_at": "6pm", "alarm_minutes": "90"} | wrong)
        )
    client.post(address, typed | {"alarm_evening_at": "7pm", "alarm_minutes": ""})
    unit = Unit.objects.get(pk=unit.pk)
    assert (unit.alarm_evening_at, unit.alarm_minutes) == (time(19), None)
    assert "The evening before at 7pm" in text_of(client.get(unit.get_absolute_url()))
    course = builders.course(builders.patient(), unit)
    builders.contact(course.patient)
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(4)), by=coordinator)
    for message in Message.objects.filter(course=course, kind="invite"):
        part = next(p for p in mail_of(message).walk() if p.get_content_type() == "text/calendar")
        assert re.findall("TRIGGER:(.*)\r", part.get_payload(decode=True).decode()) == ["-PT14H"]
