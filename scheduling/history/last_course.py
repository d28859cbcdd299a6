"""How long ago a child's last course was, and the interval its plan named."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Q

from patients.models import Patient
from scheduling.history.when_due import GIVEN
from scheduling.models import Course
from scheduling.states import LIVE


@dataclass(frozen=True)
class LastCourse:
    """The last course that was given, and its last day."""

    course: Course
    last_day: date

    @property
    def interval_ends(self) -> date | None:
        """The day on which the interval named in its plan is over; None if the plan named none."""
        weeks = self.course.repeat_weeks
        return self.last_day + timedelta(weeks=weeks) if weeks else None


def last_course(patient: Patient) -> LastCourse | None:
    """None if no course was given yet."""
    last_day = Max("sessions__day", filter=Q(sessions__status__in=LIVE))
    given = Course.objects.filter(patient=patient, status__in=GIVEN).annotate(last_day=last_day)
    course = given.filter(last_day__isnull=False).order_by("-last_day").first()
    return LastCourse(course, course.last_day) if course else None
