"""Whose next review or decision is due: read from what was recorded, so that nobody is lost."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import F, Max, Min, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from patients.models import Patient
from scheduling.history.when_due import GIVEN, CourseFacts, Due, Plan, plan_of, when_due, when_undecided
from scheduling.models import CancelReason, Course, Decision, Review, Session
from scheduling.states import LIVE, LOST, CourseStatus

# Most children were given a course in this time. Only of the others all that is past is looked at.
LATELY = timedelta(weeks=65)
# For a course of which nobody asks when it was agreed.
LONG_AGO = datetime.min.replace(tzinfo=UTC)
# The day of a session that was given, and what a plan asks of its course, the day first.
OF_GIVEN = ("day", "course", "course__unit", "course__review_on")


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
            found.append(Due(pk, names[pk], when_undecided(last, last)[0], last.unit_id))
    for pk, facts in others.items():
        decided = when_due(facts, decisions.get(pk), today)
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
