"""Statuses, and the tables of moves allowed between them. The words are FHIR's where FHIR has one."""

from django.db.models import TextChoices


class CourseStatus(TextChoices):
    WAITING = "waiting", "Waiting"
    BOOKED = "booked", "Booked"
    COMPLETED = "completed", "Completed"
    PART_GIVEN = "part_given", "Part given"
    CANCELLED = "cancelled", "Cancelled"


class SessionStatus(TextChoices):
    BOOKED = "booked", "Booked"
    ARRIVED = "arrived", "Arrived"
    FULFILLED = "fulfilled", "Given"
    NOT_BROUGHT = "noshow", "Was not brought"
    CANCELLED = "cancelled", "Cancelled"


class MessageStatus(TextChoices):
    QUEUED = "queued", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Could not be sent"
    WITHHELD = "withheld", "Withheld"


Moves = dict[str, frozenset[TextChoices]]

# One table a kind of row: the statuses are texts, and kinds share some of them. No entry: an end.
COURSE_MOVES: Moves = {
    CourseStatus.WAITING: frozenset({CourseStatus.BOOKED, CourseStatus.CANCELLED}),
    CourseStatus.BOOKED: frozenset(
        {CourseStatus.WAITING, CourseStatus.COMPLETED, CourseStatus.PART_GIVEN, CourseStatus.CANCELLED}
    ),
}
SESSION_MOVES: Moves = {
    SessionStatus.BOOKED: frozenset(
        {SessionStatus.ARRIVED, SessionStatus.NOT_BROUGHT, SessionStatus.CANCELLED}
    ),
    SessionStatus.ARRIVED: frozenset({SessionStatus.FULFILLED}),
}
MESSAGE_MOVES: Moves = {
    MessageStatus.QUEUED: frozenset({MessageStatus.SENDING, MessageStatus.WITHHELD}),
    MessageStatus.SENDING: frozenset({MessageStatus.SENT, MessageStatus.QUEUED, MessageStatus.FAILED}),
    MessageStatus.FAILED: frozenset({MessageStatus.QUEUED}),
    MessageStatus.WITHHELD: frozenset({MessageStatus.QUEUED}),
}
