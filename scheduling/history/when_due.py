"""When a child's next review or decision is due, from the facts about its courses; no query.

A child who ever had a course stays on the list until the latest decision, since the last course, is to stop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils import timezone

from patients.models import Patient
from scheduling.models import Course, Decision, NextStep
from scheduling.states import LOST, CourseStatus

SOON = timedelta(weeks=4)
GIVEN = (CourseStatus.COMPLETED, CourseStatus.PART_GIVEN)
OPEN = (CourseStatus.WAITING, CourseStatus.HELD, CourseStatus.BOOKED)


class DueState(TextChoices):
    OVERDUE = "overdue", "Overdue"
    SOON = "soon", "Due within 4 weeks"
    LATER = "later", "Due later"
    COURSE = "course", "Course to come"


class CourseFacts(NamedTuple):
    """The facts about a course that decide whether a review is due.

    first_day and last_day: of its live sessions. lost_on: the last day that was lost.
    """

    pk: int
    unit_id: int
    status: str
    agreed_at: datetime
    first_day: date | None
    last_day: date | None
    review_on: date | None
    lost_on: date | None = None

    @classmethod
    def of(cls, course: Course) -> "CourseFacts":
        """The facts about one course. Prefetch its `sessions`."""
        days = [session.day for session in course.live_sessions]
        lost = [session.day for session in course.sessions.all() if session.status in LOST]
        return cls(
            course.pk,
            course.unit_id,
            course.status,
            course.agreed_at,
            min(days, default=None),
            max(days, default=None),
            course.review_on,
            max(lost, default=None),
        )

    @property
    def agreed_on(self) -> date:
        return timezone.localdate(self.agreed_at)

    def unsettled_since(self, today: date) -> date | None:
        """The day since which a booked course waits for somebody to say how it went; None if it does not."""
        if self.status != CourseStatus.BOOKED:
            return None
        if self.last_day is None:
            return self.lost_on or self.agreed_on
        return self.last_day if self.last_day < today else None


@dataclass(frozen=True)
class Plan:
    """What is due for one child, and why (a clause). due_on: None while a course is still to come."""

    patient: Patient
    due_on: date | None
    why: str
    course: CourseFacts
    last_given: date | None
    reviewed_on: date | None
    decision: Decision | None

    def state(self, today: date) -> DueState:
        return _state(self.due_on, today)


def _state(due_on: date | None, today: date) -> DueState:
    if due_on is None:
        return DueState.COURSE
    if due_on < today:
        return DueState.OVERDUE
    return DueState.SOON if due_on <= today + SOON else DueState.LATER


class Due(NamedTuple):
    """What is due for one child, as far as order and filters ask. unit_id: of the course that says so."""

    patient_id: int
    name: str
    due_on: date | None
    unit_id: int

    def state(self, today: date) -> DueState:
        return _state(self.due_on, today)


def plan_of(
    patient: Patient,
    courses: Sequence[CourseFacts],
    decision: Decision | None,
    reviewed_on: date | None,
    today: date,
) -> Plan | None:
    """A child's plan, from the courses (in the order they were agreed) and the latest decision.

    None if there is no course, or it was decided to stop.
    """
    found = when_due(courses, decision, today)
    if found is None:
        return None
    due_on, why, course, given, known = found
    return Plan(patient, due_on, why, course, given.last_day if given else None, reviewed_on, known)


def when_due(
    courses: Sequence[CourseFacts], decision: Decision | None, today: date
) -> tuple[date | None, str, CourseFacts, CourseFacts | None, Decision | None] | None:
    """When it is due, why, the course that says so, the one given last, and the decision if it counts."""
    if not courses:
        return None
    given = max((c for c in courses if c.status in GIVEN and c.last_day), key=_last_day, default=None)
    to_come = _open_course(courses, today)
    known = decision if decision and _still_counts(decision, courses, given) else None
    if to_come:
        due_on, why = _with_course_to_come(to_come, known, today)
    elif known and known.step == NextStep.STOP:
        return None
    elif known:
        due_on, why = _decided(known)
    else:
        due_on, why = when_undecided(given, courses[-1])
    return due_on, why, to_come or given or courses[-1], given, known


def _open_course(courses: Sequence[CourseFacts], today: date) -> CourseFacts | None:
    """The newest course to come; one whose outcome nobody has recorded goes first, or it would be hidden."""
    unsettled = [(since, course) for course in courses if (since := course.unsettled_since(today))]
    if unsettled:
        return min(unsettled, key=lambda each: each[0])[1]
    return next((course for course in reversed(courses) if course.status in OPEN), None)


def _still_counts(decision: Decision, courses: Sequence[CourseFacts], given: CourseFacts | None) -> bool:
    """Whether no course was given since the decision, nor (unless it was to repeat) agreed and cancelled."""
    if given and given.last_day > decision.decided_on:
        return False
    ended = [c.agreed_on for c in courses if c.status == CourseStatus.CANCELLED]
    return decision.step == NextStep.REPEAT or max(ended, default=date.min) <= decision.decided_on


def _with_course_to_come(
    course: CourseFacts, decision: Decision | None, today: date
) -> tuple[date | None, str]:
    if since := course.unsettled_since(today):
        if course.last_day is None:
            return since, "The days of the course were lost, and nothing was decided about it"
        return since, "The days of the course are over, and it was not recorded how it went"
    if decision and decision.until and decision.decided_on >= course.agreed_on:
        return _decided(decision)
    return None, f"Course {CourseStatus(course.status).label.lower()}"


def _decided(decision: Decision) -> tuple[date, str]:
    if decision.step == NextStep.REPEAT:
        return decision.decided_on, "Repeat course decided, but no course is agreed"
    return decision.until, f"{decision.get_step_display()}, decided by {decision.decided_by}"


def when_undecided(given: CourseFacts | None, last: CourseFacts) -> tuple[date, str]:
    if given is None or (last.status == CourseStatus.CANCELLED and last.agreed_on > given.last_day):
        return last.agreed_on, "The course was ended before it was given, and nothing was decided since"
    if given.review_on:
        return given.review_on, "Review after the course"
    return given.last_day, "No review date, and nothing was decided since the course"


def _last_day(course: CourseFacts) -> date:
    return course.last_day or date.min
