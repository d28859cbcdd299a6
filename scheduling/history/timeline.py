"""What happened with one child, the latest first, each entry with the address of its record."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import TextChoices
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock_range, duration, plain_date
from patients.models import AuditEvent
from scheduling.history.record import Record
from scheduling.models import Course, Decision, Effect, Imaging, Medicine, Review, Session
from scheduling.states import SessionStatus


class Kind(TextChoices):
    COURSES = "courses", "Courses and moves"
    VISITS = "visits", "Visits"
    REVIEWS = "reviews", "Reviews and decisions"
    TESTS = "tests", "Imaging and medicines"
    MESSAGES = "messages", "Messages"
    REPLIES = "replies", "Replies and check-ins"


@dataclass(frozen=True)
class Entry:
    """One thing that happened. event: the log row that says it, not `text`. whole_day: without an hour.

    leads_to: the address of its record, or the record: there may be thousands, of which few are shown.
    """

    at: datetime
    kind: Kind
    what: str
    text: str
    leads_to: str | Review | Decision
    event: AuditEvent | None = None
    whole_day: bool = False

    @property
    def href(self) -> str:
        return self.leads_to if isinstance(self.leads_to, str) else self.leads_to.get_absolute_url()


def timeline(record: Record) -> list[Entry]:
    """Everything in the record, the latest first."""
    parts = (_courses, _visits, _reviews, _tests, _messages, _replies)
    entries = [entry for part in parts for entry in part(record)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _courses(record: Record) -> Iterator[Entry]:
    numbers = {each.course.pk: each.number for each in record.given}
    for event in record.events:
        number = numbers.get(event.record_id)
        what = f"Course {number}" if number else "Course"
        yield Entry(event.at, Kind.COURSES, what, "", _course_page(event.record_id), event)


def _visits(record: Record) -> Iterator[Entry]:
    for course in record.courses:
        for session in course.sessions.all():
            if text := _what_happened(session):
                at = session.finished_at or session.missed_at or session.starts_at
                what = f"Day {session.number} of {course.days}"
                yield Entry(at, Kind.VISITS, what, text, session.get_absolute_url())


def _what_happened(session: Session) -> str:
    match session.status:
        case SessionStatus.FULFILLED:
            part = f" in part ({session.get_part_because_display().lower()})" if session.part_because else ""
            return f"Given{part}{_drip(session)}"
        case SessionStatus.NOT_BROUGHT | SessionStatus.NOT_GIVEN:
            why = f": {session.get_lost_because_display()}" if session.lost_because else ""
            label = session.get_status_display()
            return label if why.removeprefix(": ") == label else label + why
        case SessionStatus.CANCELLED:
            return f"Could not happen: {session.get_lost_because_display()}" if session.lost_because else ""
        case SessionStatus.HELD:
            return ""
        case _:
            return session.get_status_display()


def _drip(session: Session) -> str:
    if not (session.started_at and session.finished_at):
        return ""
    start, end = timezone.localtime(session.started_at), timezone.localtime(session.finished_at)
    minutes = round((end - start).total_seconds() / 60)
    return f", drip {clock_range(start.time(), end.time())} ({duration(minutes)})"


def _reviews(record: Record) -> Iterator[Entry]:
    for review in record.reviews:
        text = f"From {review.get_source_display().lower()}, recorded by {review.recorded_by}"
        yield _of_review(review, text)
    for decision in record.decisions:
        until = f" {plain_date(decision.until)}" if decision.until else ""
        on = {"review": " on", "open": " until"}.get(decision.step, "") + until
        text = f"{decision}{on}. {decision.reason}. Decided by {decision.decided_by}"
        yield _of_review(decision, text)
    for row in record.mistakes:
        yield _of_review(row, f"Entered by mistake: {row.mistake}")


def _of_review(row: Review | Decision, text: str) -> Entry:
    what, day = ("Review", row.on) if isinstance(row, Review) else ("Decision", row.decided_on)
    return Entry(_noon(day), Kind.REVIEWS, what, text, row, whole_day=True)


def _tests(record: Record) -> Iterator[Entry]:
    for imaging in record.imaging:
        yield _on_day(imaging, imaging.on, str(imaging), imaging.result)
    for medicine in record.medicines:
        label = medicine.get_kind_display()
        for day, verb in ((medicine.started_on, "started"), (medicine.stopped_on, "stopped")):
            if day:
                yield _on_day(medicine, day, label, f"{medicine.name} {verb}")


def _on_day(row: Imaging | Medicine, day: date, what: str, text: str) -> Entry:
    return Entry(_noon(day), Kind.TESTS, what, text, row.get_absolute_url(), whole_day=True)


def _messages(record: Record) -> Iterator[Entry]:
    for message in record.messages:
        text = f"To {message.contact}: {message.get_status_display().lower()}"
        at = message.sent_at or message.created_at
        yield Entry(at, Kind.MESSAGES, message.what, text, message.get_absolute_url())


def _replies(record: Record) -> Iterator[Entry]:
    for reply in record.replies:
        text = f"{reply}, day {reply.session.number}, {reply.get_source_display().lower()}"
        href = _course_page(reply.session.course_id)
        yield Entry(reply.received_at, Kind.REPLIES, "Reply", text, href)
    for request in record.requests:
        says = f": “{request.says}”" if request.says else ""
        text = f"{request.contact}{says}"
        href = _course_page(request.course_id)
        yield Entry(request.at, Kind.REPLIES, request.get_kind_display(), text, href)
    for check_in in record.check_ins:
        pain = [] if check_in.pain is None else [f"pain {check_in.pain}"]
        effects = [Effect(code).label.lower() for code in check_in.effects or ()]
        none = ["none of the effects asked about"] if check_in.effects == [] else []
        note = [f"“{check_in.note}”"] if check_in.note else []
        text = f"{check_in.contact}: {'; '.join([*pain, *effects, *none, *note]) or 'no answers'}"
        yield Entry(check_in.at, Kind.REPLIES, "Check-in", text, _course_page(check_in.course_id))


def _course_page(pk: int) -> str:
    return Course(pk=pk).get_absolute_url()


def _noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))
