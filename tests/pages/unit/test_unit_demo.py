"""The unit of the demo data, seeded before a bank holiday."""

from datetime import date

import pytest
from django.utils import timezone

from patients import audit
from scheduling.management.demo_unit import make_unit
from scheduling.models import Booking
from scheduling.unit.diary_rows import load_calendar

pytestmark = pytest.mark.django_db


# From these days on, something would stand on Monday 28 December 2026, and on Thursday 25 December 2025.
@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2025, 11, 19)])
def test_nothing_unusual_stands_on_a_day_on_which_the_unit_is_closed(today):
    unit = make_unit(today, by=audit.System("demo data"))
    calendar = load_calendar(unit, today, today.replace(year=today.year + 1))
    days = [row.day for row in unit.staffing.all()]
    days += [timezone.localdate(row.starts_at) for row in Booking.objects.all()]
    assert len(days) >= 7
    assert [day for day in days if not calendar.is_open(day)] == []
