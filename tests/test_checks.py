"""Django's own checks find nothing, at whatever time of the day, and no date is fixed by mistake."""

from datetime import UTC, date, datetime, time

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.db import models

USUAL_TIMES = sorted(
    {
        field.default
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.TimeField) and isinstance(field.default, time)
    }
)


@pytest.mark.parametrize("at", USUAL_TIMES, ids=str)
def test_nothing_is_found_at_a_usual_time_of_the_day(at, capsys):
    assert len(USUAL_TIMES) >= 3
    with time_machine.travel(datetime.combine(datetime(2027, 6, 8), at, UTC)):
        call_command("check", fail_level="WARNING")
    assert "no issues" in capsys.readouterr().out


def test_no_date_has_a_default_that_was_today_when_the_app_started():
    """What the check that is silenced looks for, and only finds on that very day."""
    dates = [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.DateField) and field.has_default()
    ]
    assert dates
    assert [field for field in dates if isinstance(field.default, date)] == []
