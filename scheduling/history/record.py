"""Everything recorded about one child, in a fixed number of queries, and figures counted from it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise

from patients.models import AuditEvent, Patient
from scheduling.history.when_due import CourseFacts, Plan, plan_of
from scheduling.models import (
    AdverseEffect,
    CancelReason,
    CheckIn,
    Course,
    Decision,
    Effect,
    FamilyRequest,
    Imaging,
    Medicine,
    Message,
    Reply,
    Review,
    Session,
)
from scheduling.states import SessionStatus


@dataclass(frozen=True)
class GivenCourse:
    """A course of which at least one day was given.

    planned, actual: minutes, added up over the days that were given; actual is from the start of each drip to
    its end, None if a time was not recorded. since: days since the end of the course before, None for the
    first. effects_seen: what nurses recorded at the visits. effects_told: what families ticked afterwards;
    None if nobody was asked or nobody answered.
    """

    number: int
    course: Course
    given: Sequence[Session]
    planned: int
    actual: int | None
    since: int | None
    effects_seen: Sequence[str]
    effects_told: Sequence[str] | None

    @property
    def not_in_full(self) -> list[Session]:
        """Its days that were given in part, lost or left out, first day first."""
        days = (s for s in self.course.sessions.all() if s.is_in_part or s.why_not_in_full)
        return sorted(days, key=lambda session: (session.number, session.day))

    @property
    def tries(self) -> list[tuple[int, int]]:
        """Each given day's number with how many tries its cannula took; days without any are left out."""
        counts = [(session.number, len(session.cannula_attempts.all())) for session in self.given]
        return [(number, count) for number, count in counts if count]

    @property
    def first_day(self) -> date:
        return self.given[0].day

    @property
    def last_day(self) -> date:
        return self.given[-1].day


@dataclass
class Record:
    """What was recorded about one child. Courses and reviews: oldest first; all else: latest first."""

    patient: Patient
    courses: list[Course]
    reviews: list[Review]
    mistakes: list[Review | Decision]
    imaging: list[Imaging]
    medicines: list[Medicine]
    decisions: list[Decision]
    check_ins: list[CheckIn]
    adverse_effects: list[AdverseEffect]
    requests: list[FamilyRequest]
    replies: list[Reply]
    messages: list[Message]
    events: list[AuditEvent]

    @cached_property
    def given(self) -> list[GivenCourse]:
        """The courses that were given, or begun, oldest first; numbered from 1."""
        begun = [(course, _given_days(course)) for course in self.courses]
        begun = sorted((found for found in begun if found[1]), key=lambda found: found[1][0].day)
        ends = [None, *(days[-1].day for _, days in begun)]
        return [
            GivenCourse(
                number,
                course,
                days,
                sum(session.agreed_minutes for session in days),
                _minutes_of_drip(days),
                (days[0].day - ends[number - 1]).days if number > 1 else None,
                self._effects_seen(course),
                self._effects_told(course),
            )
            for number, (course, days) in enumerate(begun, start=1)
        ]

    @property
    def between(self) -> list[int]:
        """Days from the end of each course to the beginning of the next."""
        return [(after.first_day - before.last_day).days for before, after in pairwise(self.given)]

    def plan(self, today: date) -> Plan | None:
        """When the next review or decision is due; None if nothing is open."""
        facts = [CourseFacts.of(c) for c in self.courses if c.cancel_reason != CancelReason.MISTAKE]
        reviewed_on = max((review.on for review in self.reviews), default=None)
        return plan_of(self.patient, facts, next(iter(self.decisions), None), reviewed_on, today)

    def _effects_seen(self, course: Course) -> list[str]:
        seen = [effect for effect in self.adverse_effects if effect.session.course_id == course.pk]
        others = {effect.other: None for effect in seen if effect.other}
        return [*_labels({effect.effect for effect in seen}), *others]

    def _effects_told(self, course: Course) -> list[str] | None:
        told = [c.effects for c in self.check_ins if c.course_id == course.pk and c.effects is not None]
        return _labels({value for values in told for value in values}) if told else None


def load_record(patient: Patient) -> Record:
    """In 14 queries, however much there is."""
    courses = (
        Course.objects.filter(patient=patient)
        .select_related("unit")
        .prefetch_related("sessions__cannula_attempts")
    )
    reviews = list(Review.objects.filter(patient=patient).prefetch_related("sites").order_by("on", "pk"))
    decisions = list(Decision.objects.filter(patient=patient))
    of_child = {"course__patient": patient}
    return Record(
        patient=patient,
        courses=list(courses.order_by("agreed_at", "pk")),
        reviews=[review for review in reviews if not review.mistake],
        mistakes=[row for row in (*reviews, *decisions) if row.mistake],
        imaging=list(Imaging.objects.that_count().filter(patient=patient)),
        medicines=list(Medicine.objects.that_count().filter(patient=patient)),
        decisions=[decision for decision in decisions if not decision.mistake],
        check_ins=list(CheckIn.objects.filter(**of_child).select_related("contact")),
        adverse_effects=list(
            AdverseEffect.objects.filter(session__course__patient=patient).select_related("session")
        ),
        requests=list(FamilyRequest.objects.filter(**of_child).select_related("contact")),
        replies=list(
            Reply.objects.filter(session__course__patient=patient).select_related("contact", "session")
        ),
        messages=list(Message.objects.filter(**of_child).select_related("contact").defer("mime")),
        events=list(AuditEvent.objects.filter(patient_id=patient.pk, record="course")),
    )


def _labels(values: Collection[str]) -> list[str]:
    return [effect.label for effect in Effect if effect in values]


def _given_days(course: Course) -> list[Session]:
    given = [s for s in course.sessions.all() if s.status == SessionStatus.FULFILLED]
    return sorted(given, key=lambda session: session.day)


def _minutes_of_drip(days: Sequence[Session]) -> int | None:
    if any(session.started_at is None or session.finished_at is None for session in days):
        return None
    return sum(round((s.finished_at - s.started_at).total_seconds() / 60) for s in days)
