"""What tests of re-plans share: closing days over booked courses."""

from datetime import date, timedelta

from patients.models import User
from scheduling.models import Closure, Course, Unit
from scheduling.unit import setup


def close(unit: Unit, first: date, by: User, days: int = 5) -> Closure:
    """Close the unit for a working week, whoever is booked then."""
    closure = Closure(unit=unit, first_day=first, last_day=first + timedelta(days=days - 1), reason="Flood")
    setup.close_days(closure=closure, seen=list(Course.objects.values_list("pk", flat=True)), by=by)
    return closure
