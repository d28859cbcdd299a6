"""Statuses, and which may follow which. Most of the stored values are those of FHIR."""

from django.db.models import TextChoices


class CourseStatus(TextChoices):
    WAITING = "waiting", "Waiting"
    HELD = "pending", "Held"
    BOOKED = "booked", "Booked"
    COMPLETED = "completed", "Completed"
    PART_GIVEN = "part_given", "Part given"
    CANCELLED = "cancelled", "Cancelled"


class SessionStatus(TextChoices):
    HELD = "pending", "Held"
    BOOKED = "booked", "Booked"
    ARRIVED = "arrived", "Arrived"
    STARTED = "started", "Drip running"
    FULFILLED = "fulfilled", "Given"
    NOT_GIVEN = "not_given", "Not given"
    NOT_BROUGHT = "noshow", "Was not brought"
    CANCELLED = "cancelled", "Cancelled"


# A session in one of these counts as a day of its course and holds a chair; in any other it was lost.
LIVE = frozenset(
    {
        SessionStatus.HELD,
        SessionStatus.BOOKED,
        SessionStatus.ARRIVED,
        SessionStatus.STARTED,
        SessionStatus.FULFILLED,
    }
)
# The drip has not started, and still may.
NOT_STARTED = frozenset({SessionStatus.BOOKED, SessionStatus.ARRIVED})
# The child came.
HERE = frozenset({SessionStatus.ARRIVED, SessionStatus.STARTED, SessionStatus.FULFILLED})
# Lost on the day itself: somebody has to decide what comes instead.
LOST = frozenset({SessionStatus.NOT_BROUGHT, SessionStatus.NOT_GIVEN})


class MessageStatus(TextChoices):
    QUEUED = "queued", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    RETURNED = "returned", "Came back"
    FAILED = "failed", "Could not be sent"
    WITHHELD = "withheld", "Withheld"


class WebhookStatus(TextChoices):
    """What became of an event that another system is to be told."""

    QUEUED = "queued", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    TAKEN = "taken", "Taken"
    FAILED = "failed", "Given up"
    WITHHELD = "withheld", "Not sent"


class OfferStatus(TextChoices):
    """What became of an offer. Only one that is asked can be answered."""

    ASKED = "asked", "Asked"
    BOOKED = "booked", "The family said yes"
    REFUSED = "refused", "The family said yes, and the days could not be booked"
    DECLINED = "declined", "The family said no"
    LAPSED = "lapsed", "No answer"
    WITHDRAWN = "withdrawn", "Taken back"


class DraftStatus(TextChoices):
    """What became of a draft of a plan. Stopped: a person took the best so far."""

    WAITING = "waiting", "Waiting for its turn"
    WORKING = "working", "Being worked out"
    READY = "ready", "Ready"
    STOPPED = "stopped", "Stopped, with the best so far"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Not worked out"


# A draft in one of these proposes something.
USABLE_DRAFT = frozenset({DraftStatus.READY, DraftStatus.STOPPED})

# A message in one of these told nobody, whether it left or not.
UNREACHED = frozenset({MessageStatus.RETURNED, MessageStatus.FAILED})

Moves = dict[str, frozenset[TextChoices]]

# The buttons of the day list, in the order of a visit.
NEXT: dict[SessionStatus, SessionStatus] = {
    SessionStatus.BOOKED: SessionStatus.ARRIVED,
    SessionStatus.ARRIVED: SessionStatus.STARTED,
    SessionStatus.STARTED: SessionStatus.FULFILLED,
}
# For so many minutes the last press can be undone; UNDO has the status before it.
UNDO_MINUTES = 10
UNDO: dict[SessionStatus, SessionStatus] = {
    SessionStatus.ARRIVED: SessionStatus.BOOKED,
    SessionStatus.STARTED: SessionStatus.ARRIVED,
    SessionStatus.FULFILLED: SessionStatus.STARTED,
    SessionStatus.NOT_BROUGHT: SessionStatus.BOOKED,
}

# From each status to those that may follow; a status without an entry is final. Each kind of row has a table
# of its own, because the kinds share some of the texts. A held course that is released waits again; its
# sessions are deleted, because nobody was told of them.
COURSE_MOVES: Moves = {
    CourseStatus.WAITING: frozenset({CourseStatus.HELD, CourseStatus.BOOKED, CourseStatus.CANCELLED}),
    CourseStatus.HELD: frozenset({CourseStatus.WAITING}),
    # Held: only by undoing that its held days were booked.
    CourseStatus.BOOKED: frozenset(
        {
            CourseStatus.WAITING,
            CourseStatus.HELD,
            CourseStatus.COMPLETED,
            CourseStatus.PART_GIVEN,
            CourseStatus.CANCELLED,
        }
    ),
    # Only by undoing the cancellation, before anything was sent.
    CourseStatus.CANCELLED: frozenset({CourseStatus.WAITING, CourseStatus.HELD, CourseStatus.BOOKED}),
    # Only by undoing that the last day was finished, or on the way from one of these two to the other.
    CourseStatus.COMPLETED: frozenset({CourseStatus.BOOKED}),
    CourseStatus.PART_GIVEN: frozenset({CourseStatus.BOOKED}),
}
# `visit/transitions.py` does what follows from each of these.
SESSION_MOVES: Moves = {
    SessionStatus.BOOKED: frozenset(
        {SessionStatus.ARRIVED, SessionStatus.NOT_BROUGHT, SessionStatus.CANCELLED}
    ),
    SessionStatus.ARRIVED: frozenset({SessionStatus.STARTED, SessionStatus.NOT_GIVEN, SessionStatus.BOOKED}),
    SessionStatus.STARTED: frozenset({SessionStatus.FULFILLED, SessionStatus.ARRIVED}),
    SessionStatus.FULFILLED: frozenset({SessionStatus.STARTED}),
    SessionStatus.NOT_BROUGHT: frozenset({SessionStatus.BOOKED}),
    # Only by undoing that its course was cancelled, before anything was sent.
    SessionStatus.CANCELLED: frozenset({SessionStatus.BOOKED}),
}
DRAFT_MOVES: Moves = {
    DraftStatus.WAITING: frozenset({DraftStatus.WORKING, DraftStatus.CANCELLED, DraftStatus.FAILED}),
    DraftStatus.WORKING: frozenset(DraftStatus) - {DraftStatus.WAITING, DraftStatus.WORKING},
}
OFFER_MOVES: Moves = {OfferStatus.ASKED: frozenset(OfferStatus) - {OfferStatus.ASKED}}
MESSAGE_MOVES: Moves = {
    # Failed: the advice text in it was replaced by another.
    MessageStatus.QUEUED: frozenset({MessageStatus.SENDING, MessageStatus.WITHHELD, MessageStatus.FAILED}),
    # Queued: it is to be tried again, or the worker that claimed it is gone.
    MessageStatus.SENDING: frozenset({MessageStatus.SENT, MessageStatus.QUEUED, MessageStatus.FAILED}),
    MessageStatus.SENT: frozenset({MessageStatus.RETURNED}),
    # Somebody sends it again.
    MessageStatus.FAILED: frozenset({MessageStatus.QUEUED}),
    MessageStatus.WITHHELD: frozenset({MessageStatus.QUEUED}),
}
WEBHOOK_MOVES: Moves = {
    # Failed: the system was switched off.
    WebhookStatus.QUEUED: frozenset({WebhookStatus.SENDING, WebhookStatus.WITHHELD, WebhookStatus.FAILED}),
    # Queued: it is to be tried again, or the worker that claimed it is gone.
    WebhookStatus.SENDING: frozenset({WebhookStatus.TAKEN, WebhookStatus.QUEUED, WebhookStatus.FAILED}),
    # Somebody replays it.
    WebhookStatus.TAKEN: frozenset({WebhookStatus.QUEUED}),
    WebhookStatus.FAILED: frozenset({WebhookStatus.QUEUED}),
}
