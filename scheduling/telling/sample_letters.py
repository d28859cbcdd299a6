"""How a text of the unit looks in a mail, before it is in any."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from crmo_clinic.nhsuk.languages import reading
from scheduling.models import AdviceText, Audience, Course, Moment, Reason, Session
from scheduling.states import CourseStatus
from scheduling.telling.letters import Letter, Reader, advice_words, bodies, invite_letter
from scheduling.telling.texts import INVITE_MOMENTS


def sample_letter(text: AdviceText, reader: Reader, *, today: date) -> Letter:
    """How a text looks in a mail, whether it is saved or not: about made-up days of no child.

    A text that no invite carries stands in the frame alone.
    """
    with reading(reader.language):
        if text.moment in INVITE_MOMENTS:
            session, *beside = _made_up_sessions(text, today)
            return invite_letter(session, beside, reader, text).greeting("")
        heading = text.get_moment_display()
        plain, html = bodies(
            "only_advice", text.unit, reader, {"heading": heading} | advice_words(text, top=2)
        )
        return Letter(heading, plain, html, "", "", str(text))


def _made_up_sessions(text: AdviceText, today: date) -> list[Session]:
    """Two days in a row from next Monday, the one that the text is read before first. Not saved."""
    reason = Reason.FIRST if text.audience == Audience.FIRST else Reason.PAIN
    course = Course(unit=text.unit, days=2, minutes=240, status=CourseStatus.BOOKED, reason=reason)
    created, sessions = timezone.now(), []
    for number in (1, 2):
        day = today + timedelta(days=6 - today.weekday() + number)
        start = timezone.make_aware(datetime.combine(day, time(9)))
        end = start + timedelta(minutes=course.minutes)
        times = {"day": day, "starts_at": start, "ends_at": end, "created_at": created}
        sessions.append(Session(course=course, number=number, **times))
    return sessions if text.moment == Moment.BEFORE_DAY_1 else sessions[::-1]
