"""What families have told the unit in the demo data: answers to invites, requests, and how it went."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from django.db.models import QuerySet
from django.utils import timezone

from patients.models import Contact
from scheduling.answers import family_tells
from scheduling.answers.family_limits import on_their_page
from scheduling.answers.replies import record_answer
from scheduling.booking.child_limits import Limits, set_limits
from scheduling.models import Answer, Ask, Course, Effect, Source
from scheduling.states import CourseStatus, SessionStatus
from scheduling.telling.recipients import recipients

# One course each: what the family answers about its two days.
ANSWERS = (
    (Answer.ACCEPTED, Answer.ACCEPTED),
    (Answer.ACCEPTED, Answer.ACCEPTED),
    (Answer.ACCEPTED, Answer.TENTATIVE),
    (Answer.ACCEPTED, Answer.ACCEPTED),
    (Answer.ACCEPTED, Answer.DECLINED),
    (Answer.ACCEPTED, Answer.ACCEPTED),
)
REQUESTS = (
    (Ask.CHANGE, "Could we come an hour later on both days? The bus only gets in at ten."),
    (Ask.UNWELL, "She has a bad cough since last night."),
    (Ask.DATES, "If it has to move: not in the week of the school trip."),
)


def let_families_tell(today: date) -> None:
    """Let some families answer, ask, and say how it went, each on its own page."""
    booked = _with_contact(
        Course.objects.filter(
            status=CourseStatus.BOOKED,
            days=2,
            sessions__number=1,
            sessions__day__gt=today + timedelta(days=2),
        ).order_by("sessions__day", "sessions__starts_at", "pk")
    )
    for (course, contact), answers in zip(islice(booked, len(ANSWERS)), ANSWERS, strict=False):
        _answer(course, contact, answers)
    for (course, contact), (kind, says) in zip(booked, REQUESTS, strict=False):
        family_tells.ask(course=course, contact=contact, kind=kind, says=says, by=on_their_page(contact))
    waiting = Course.objects.waiting().exclude(impossible_weekdays=[])
    for course, contact in islice(_with_contact(waiting), 1):
        # One weekday that staff wrote down for the course is so for a while anyway.
        weekdays = frozenset(course.impossible_weekdays[:1])
        said = Limits(weekdays=weekdays, weekdays_until=today + timedelta(days=90))
        set_limits(patient=course.patient, contact=contact, said=said, by=on_their_page(contact))
    given = Course.objects.filter(sessions__status=SessionStatus.FULFILLED, sessions__day__lt=today)
    for course, contact in islice(_with_contact(given.order_by("-sessions__day", "pk")), 1):
        family_tells.check_in(
            course=course,
            contact=contact,
            pain=3,
            effects=[Effect.ACHES, Effect.FEVER],
            note="He was hot in the evening and slept well after that.",
            by=on_their_page(contact),
        )


def _answer(course: Course, contact: Contact, answers: tuple[Answer, ...]) -> None:
    live = [session for session in course.live_sessions if session.status == SessionStatus.BOOKED]
    for session, answer in zip(live, answers, strict=False):
        record_answer(
            session=session,
            contact=contact,
            answer=answer,
            source=Source.PAGE,
            sequence=session.sequence,
            stamp=timezone.now(),
            by=on_their_page(contact),
        )


def _with_contact(courses: QuerySet[Course]) -> Iterator[tuple[Course, Contact]]:
    """Each course with the first contact who may be written to."""
    for course in courses.select_related("patient", "unit"):
        if to := recipients(course.patient)[0]:
            yield course, to[0]
