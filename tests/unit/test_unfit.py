"""Who would no longer fit, before it is saved."""

from datetime import timedelta

import pytest
from django.utils import timezone

from scheduling.unit.unfit import short_of_nurses
from tests import builders

pytestmark = pytest.mark.django_db


def test_too_few_nurses_are_too_few_on_each_of_the_days_and_on_no_other(coordinator):
    unit, monday = builders.unit(chairs=2), builders.next_monday()
    courses = [
        builders.book(unit, monday + timedelta(days=n), coordinator, name=name)
        for n, name in ((0, "Ada Lark"), (3, "Ben Wren"))
    ]
    days = [monday + timedelta(days=n) for n in range(5)]
    found = short_of_nurses(unit, {days[1]: 0, days[3]: 0}, timezone.now())
    assert [(misfit.course, misfit.day) for misfit in found.misfits] == [
        (courses[0], days[1]),
        (courses[1], days[3]),
    ]
    assert found.courses == 2
    assert not short_of_nurses(unit, {days[2]: 0}, timezone.now()).misfits
