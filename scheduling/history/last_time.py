"""What a visit should know of the one before: which course it is, and how the last days with a drip went."""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import cached_property

from crmo_clinic.nhsuk.wording import duration, listed, plain_date, quantity
from patients.models import Patient
from scheduling.history.when_due import GIVEN
from scheduling.models import AdverseEffect, CannulaAttempt, Course, Numbing, Session
from scheduling.states import SessionStatus

# How many days are shown: those of one course as a rule.
MOST_DAYS = 2
TOOK_PLACE = (SessionStatus.STARTED, SessionStatus.FULFILLED, SessionStatus.NOT_GIVEN)
# More tries than this, or one by one that failed, make a hard cannula.
EASY = 1


@dataclass(frozen=True)
class DayBefore:
    """One earlier day, as it was recorded."""

    session: Session
    tries: list[CannulaAttempt]
    effects: list[AdverseEffect]

    @property
    def given(self) -> str:
        """`Given in full`, `Given in part: not enough time`, `Not given: unwell`."""
        session = self.session
        why = session.why_not_in_full
        how = session.get_given_display() if session.given else session.state
        return f"{how}: {why.lower()}" if why else how

    @property
    def took(self) -> str:
        """`4 hours 20 minutes (booked: 4 hours)`; empty if the times are not recorded."""
        if self.session.drip_minutes is None:
            return ""
        return f"{duration(self.session.drip_minutes)} (booked: {duration(self.session.agreed_minutes)})"

    @property
    def cannula(self) -> str:
        """`3 tries: left, forearm did not work; right, back of the hand worked, numbing cream`."""
        if not self.tries:
            return "no try recorded"
        return f"{quantity(len(self.tries), 'try', 'tries')}: " + "; ".join(map(_try, self.tries))

    @property
    def was_hard(self) -> bool:
        return len(self.tries) > EASY or any(not each.worked for each in self.tries)

    @property
    def reaction(self) -> str:
        return listed(str(effect).lower() for effect in self.effects)

    @property
    def helped(self) -> str:
        """What numbed the skin of the try that worked."""
        worked = next((each for each in self.tries if each.worked), None)
        return worked.get_numbing_display() if worked and worked.numbing != Numbing.NONE else ""


@dataclass(frozen=True)
class LastTime:
    """number: which course of the child this is, counting those given. days: the last days, the newest
    first; none before a first course."""

    number: int
    days: list[DayBefore]

    @cached_property
    def hard_day(self) -> DayBefore | None:
        """The newest of them, if its cannula was hard."""
        with_tries = next((day for day in self.days if day.tries), None)
        return with_tries if with_tries and with_tries.was_hard else None

    @property
    def as_need(self) -> str:
        """`Hard cannula on 4 August 2026: 3 tries: …`, for the child's own words."""
        day = self.hard_day
        return f"Hard cannula on {plain_date(day.session.day)}. {day.cannula.capitalize()}" if day else ""


def last_time(patient: Patient, course: Course, before: date) -> LastTime:
    """What was recorded before a day. Four queries at most."""
    given = Course.objects.filter(patient=patient, status__in=GIVEN).exclude(pk=course.pk)
    earlier = given.filter(sessions__day__lt=before).distinct().count()
    sessions = (
        Session.objects.filter(course__patient=patient, day__lt=before, status__in=TOOK_PLACE)
        .select_related("course")
        .prefetch_related("cannula_attempts", "adverse_effects")
        .order_by("-day", "-pk")[:MOST_DAYS]
    )
    days = [DayBefore(s, list(s.cannula_attempts.all()), list(s.adverse_effects.all())) for s in sessions]
    return LastTime(earlier + 1, days)


def _try(attempt: CannulaAttempt) -> str:
    worked = "worked" if attempt.worked else "did not work"
    numbing = "no numbing" if attempt.numbing == Numbing.NONE else attempt.get_numbing_display().lower()
    return f"{str(attempt).lower()} {worked}, {numbing}"
