"""When each child's next review or decision is due. Computed from what was recorded, so that nobody is lost.

A child who ever had a course stays on the list until the latest decision, since the last course, is to stop.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F, Max, Min, OuterRef, Q, QuerySet, Subquery, TextChoices, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from patients.models import Patient
from scheduling.models import CancelReason, Course, Decision, NextStep, Review, Session
from scheduling.states import LIVE, LOST, CourseStatus

SOON = timedelta(weeks=4)
# Most children were given a course in this time. Only of the others all that is past is looked at.
LATELY = timedelta(weeks=65)
# For a course of which nobody asks when it was agreed.
LONG_AGO = datetime.min.replace(tzinfo=UTC)
GIVEN = (CourseStatus.COMPLETED, CourseStatus.PART_GIVEN)
# The day of a session that was given, and what a plan asks of its course, the day first.
OF_GIVEN = ("day", "course", "course__unit", "course__review_on")
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


def load_due(today: date) -> list[Due]:
    """All open plans, the longest overdue first, as far as their order and their filters ask. At most seven
    queries.

    A Trust has ten thousand children and six courses of each: of those that were given only the last day of
    the latest counts, so that is all that is read of them.
    """
    decisions = {d.patient_id: d for d in Decision.objects.that_count().order_by("decided_on", "pk")}
    names = dict(Patient.objects.order_by().values_list("pk", "name"))
    given = _last_given(day__gte=today - LATELY)
    given |= _last_given(course__patient__in=[pk for pk in names if pk not in given])
    others = _facts(Course.objects.exclude(status__in=GIVEN))
    # Children without a course, and any whose only ones were given and have no day left.
    others |= _facts(Course.objects.filter(patient__in=names.keys() - given.keys() - others.keys()))
    agreed = _last_agreed([pk for pk, facts in others.items() if pk in given and _has_cancelled(facts)])
    found = []
    for pk, last in given.items():
        if pk in others or pk in decisions:
            last = last._replace(agreed_at=agreed.get(pk, LONG_AGO))
            others[pk] = sorted([last, *others.get(pk, ())], key=_order_of_agreement)
        else:
            found.append(Due(pk, names[pk], _undecided(last, last)[0], last.unit_id))
    for pk, facts in others.items():
        decided = _due(facts, decisions.get(pk), today)
        if decided:
            due_on, _, course, *_ = decided
            found.append(Due(pk, names[pk], due_on, course.unit_id))
    return sorted(found, key=lambda due: (due.due_on or date.max, due.name, due.patient_id))


def _last_given(**sessions: Any) -> dict[int, CourseFacts]:
    """By child the course that was given last, with the facts that decide. One query. When it was agreed is
    left out: see `_last_agreed`.

    sessions: which of them are looked at. The rows of a child come to one: the greatest text that begins with
    the last day and goes on with the course's key, unit and review.
    """
    given = Session.objects.filter(status__in=LIVE, course__status__in=GIVEN, **sessions).order_by()
    given = given.exclude(course__cancel_reason=CancelReason.MISTAKE)
    parts = [Cast(Coalesce(Cast(name, TextField()), Value("")), TextField()) for name in OF_GIVEN]
    text = Concat(*(part for each in parts for part in (each, Value(" "))), output_field=TextField())
    found = {}
    # Of a sum, SQLite does not think that its index of children saves the sorting: it would read all days.
    of_child = given.annotate(child=F("course__patient") + 0).values_list("child")
    for patient_id, latest in of_child.annotate(latest=Max(text)):
        day, pk, unit, review_on = latest[:-1].split(" ")
        found[patient_id] = CourseFacts(
            pk=int(pk),
            unit_id=int(unit),
            status=CourseStatus.COMPLETED,
            agreed_at=LONG_AGO,
            first_day=None,
            last_day=date.fromisoformat(day),
            review_on=date.fromisoformat(review_on) if review_on else None,
        )
    return found


def _last_agreed(children: Collection[int]) -> dict[int, datetime]:
    """When the last agreed of the courses that were given was agreed, by child. One query; none of nobody.

    It decides only where another was cancelled: which of the two came last.
    """
    given = Course.objects.filter(patient__in=children, status__in=GIVEN).order_by()
    given = given.exclude(cancel_reason=CancelReason.MISTAKE)
    return dict(given.values_list("patient").annotate(at=Max("agreed_at")))


def _has_cancelled(courses: Sequence[CourseFacts]) -> bool:
    return any(course.status == CourseStatus.CANCELLED for course in courses)


def _order_of_agreement(course: CourseFacts) -> tuple[datetime, int]:
    return course.agreed_at, course.pk


def load_plans(today: date, children: Collection[int] | None = None) -> list[Plan]:
    """The plan of every child whose plan is open, the longest overdue first. Three queries.

    children: of these alone, by key.
    """
    asked = Course.objects.all() if children is None else Course.objects.filter(patient__in=children)
    courses = _facts(asked)
    of_these = {} if children is None else {"patient__in": children}
    decided = Decision.objects.that_count().filter(**of_these).order_by("decided_on", "pk")
    decisions = {decision.patient_id: decision for decision in decided}
    last = Review.objects.that_count().filter(patient=OuterRef("pk")).order_by("-on").values("on")[:1]
    found: dict[int, Any] = Patient.objects.annotate(reviewed_on=Subquery(last)).in_bulk(courses)
    plans = [
        plan_of(child := found[pk], facts, decisions.get(pk), child.reviewed_on, today)
        for pk, facts in courses.items()
    ]
    open_plans = [plan for plan in plans if plan is not None]
    return sorted(open_plans, key=lambda plan: (plan.due_on or date.max, plan.patient.name, plan.patient.pk))


def _facts(courses: QuerySet[Course]) -> dict[int, list[CourseFacts]]:
    """The facts about these courses by child, in the order in which they were agreed. One query."""
    live, lost = Q(sessions__status__in=LIVE), Q(sessions__status__in=LOST)
    rows = (
        courses.exclude(cancel_reason=CancelReason.MISTAKE)
        .order_by("agreed_at", "pk")
        .annotate(
            first_day=Min("sessions__day", filter=live),
            last_day=Max("sessions__day", filter=live),
            lost_on=Max("sessions__day", filter=lost),
        )
        .values_list("patient_id", *CourseFacts._fields)
    )
    found: dict[int, list[CourseFacts]] = defaultdict(list)
    for patient_id, *facts in rows:
        found[patient_id].append(CourseFacts._make(facts))
    return found


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
    found = _due(courses, decision, today)
    if found is None:
        return None
    due_on, why, course, given, known = found
    return Plan(patient, due_on, why, course, given.last_day if given else None, reviewed_on, known)


def _due(
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
        due_on, why = _undecided(given, courses[-1])
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


def _undecided(given: CourseFacts | None, last: CourseFacts) -> tuple[date, str]:
    if given is None or (last.status == CourseStatus.CANCELLED and last.agreed_on > given.last_day):
        return last.agreed_on, "The course was ended before it was given, and nothing was decided since"
    if given.review_on:
        return given.review_on, "Review after the course"
    return given.last_day, "No review date, and nothing was decided since the course"


def _last_day(course: CourseFacts) -> date:
    return course.last_day or date.min
