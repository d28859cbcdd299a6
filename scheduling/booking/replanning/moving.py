"""Make lines of a re-plan real: hold the new days first, or move the courses, alone or with those they need.

A person accepts lines; a worker does them by the ordinary acts (`booking/drafts/accepting`). A refusal stops
only its own line, and comes with the next days that would do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, short_date
from patients import audit
from patients.access import Permission, may
from patients.errors import Refused
from patients.models import User
from scheduling.acts import Act, record
from scheduling.booking import holds, together
from scheduling.booking.placing import Done
from scheduling.booking.replanning.asking import Asked
from scheduling.booking.replanning.line_states import LineState, groups_of, load_states
from scheduling.booking.together import Move
from scheduling.errors import SlotGone
from scheduling.models import Accept, CancelReason, Course, Draft, DraftMove, Message, Outcome
from scheduling.rules import find_offers
from scheduling.states import CourseStatus
from scheduling.unit.course_requests import request_for
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.matches import to_json

A_DAY = timedelta(days=1)
# So far from today the next days that would do are looked for.
AHEAD = timedelta(weeks=10)
NOTHING = "Tick at least one child who can be moved."
OTHER_PROPOSAL = (
    "Days of another proposal are held or moved already, so go on with that one, or ask for new proposals."
)
NO_RIGHT = "Whoever accepted this move may not move courses any more."


@transaction.atomic
def accept(
    *,
    draft: Draft,
    option: int,
    lines: Sequence[int],
    how: Accept,
    by: User,
    hold_until: datetime | None = None,
    reason: CancelReason | None = None,
) -> int:
    """Accept these lines of a proposal: a worker holds their days or moves their courses. Returns how many.

    lines: keys; those that are done already are left as they are. reason: why the courses are moved. Raises
    Refused if none is left, if a line needs another that is not among them, or if lines of another proposal
    were accepted before.
    """
    draft = Draft.objects.select_for_update().get(pk=draft.pk)
    if draft.lines.exclude(option=option).exclude(accepted="").exists():
        raise Refused(OTHER_PROPOSAL)
    now = timezone.now()
    chosen = [
        state
        for state in load_states(draft, option, now)
        if state.line.pk in lines and state.visits and not (state.is_moved or state.is_under_way)
    ]
    chosen = [state for state in chosen if how == Accept.MOVE or not state.is_held]
    if not chosen:
        raise Refused(NOTHING)
    _refuse_without_others(chosen, how)
    settings = draft.settings | ({"reason": reason.value} if reason else {})
    Draft.objects.filter(pk=draft.pk).update(option=option, settings=settings)
    for state in chosen:
        line = state.line
        line.accepted, line.accepted_by, line.accepted_at = how, by, now
        line.hold_until = hold_until if how == Accept.HOLD else None
        line.outcome, line.outcome_at, line.refusal, line.next_offer = "", None, "", []
        line.save()
        days = [short_date(visit.day) for visit in line.proposed]
        record(Act.DRAFTMOVE_ACCEPTED, line, by, {"how": how.label, "days": days})
    return len(chosen)


def _refuse_without_others(chosen: Sequence[LineState], how: Accept) -> None:
    """Raise Refused if one of these cannot be done without a line that was not chosen."""
    keys = {state.line.pk for state in chosen}
    for state in chosen:
        who = state.course.patient.short_name
        others = [other.course.patient.short_name for other in state.needs]
        if others and how == Accept.HOLD:
            raise Refused(
                f"The new days of {who} cannot be held: {listed(others)} would have to move first. "
                "Ring the families, then move them together."
            )
        missing = [other.course.patient.short_name for other in state.needs if other.pk not in keys]
        if missing:
            raise Refused(f"{who} can only move if {listed(missing)} moves too. Tick both, or neither.")


def make_real(key: int) -> bool | None:
    """Do one accepted line, with those it needs. Whether it was done; None if another worker was faster."""
    with transaction.atomic():
        # One worker a draft: a line changes the rows of those it needs, which another might have in hand.
        of_line = DraftMove.objects.filter(pk=key).values("draft")
        list(Draft.objects.select_for_update().filter(pk__in=of_line).values_list("pk", flat=True))
        lines = DraftMove.objects.select_for_update(of=("self",)).select_related("draft__unit", "accepted_by")
        line = lines.filter(pk=key, outcome=Outcome.NONE).exclude(accepted="").first()
        if line is None:
            return None
        try:
            with transaction.atomic():
                done = _hold(line) if line.accepted == Accept.HOLD else _move(line)
        except Refused as refusal:
            _note_refused(line, refusal)
            return False
        for each in done:
            each.outcome = Outcome.HELD if line.accepted == Accept.HOLD else Outcome.MOVED
            each.outcome_at, each.refusal, each.next_offer = timezone.now(), "", []
            each.save()
    return True


def _hold(line: DraftMove) -> list[DraftMove]:
    by = _by(line)
    held = holds.hold(
        course=line.course, visits=line.proposed, until=line.hold_until, by=by, holder=by, seen=line.seen
    )
    # Held days belong to what a page has to have seen; nobody else has done anything.
    line.seen = held.course.version
    return [line]


def _move(line: DraftMove) -> list[DraftMove]:
    by, draft = _by(line), line.draft
    states = {state.line.pk: state for state in load_states(draft, line.option, timezone.now())}
    group = [line, *(states[line.pk].needs)]
    waits = [each for each in group if not (each.accepted == Accept.MOVE and not each.outcome)]
    if waits:
        names = listed(each.course.patient.short_name for each in waits)
        raise Refused(f"It needs the move of {names} too, which was not accepted.")
    _move_group(group, Asked.from_json(draft.settings).reason, by)
    return group


def _move_group(lines: Sequence[DraftMove], reason: CancelReason, by: audit.Actor) -> list[Done]:
    moves = [Move(line.course, line.proposed, line.seen) for line in lines]
    return together.move_together(moves=moves, reason=reason, by=by)


def _note_refused(line: DraftMove, refusal: Refused) -> None:
    line.outcome, line.outcome_at = Outcome.REFUSED, timezone.now()
    line.refusal = " ".join(_reasons(refusal))
    line.next_offer = _next_days(line.course)
    record(Act.DRAFTMOVE_REFUSED, line, line.accepted_by or audit.WORKER, {"why": line.refusal})
    line.save()


def _by(line: DraftMove) -> User:
    if line.accepted_by is None:
        raise AssertionError("A line is accepted by somebody.")
    if not may(line.accepted_by, Permission.BOOK_COURSES):
        raise Refused(NO_RIGHT)
    return line.accepted_by


def _reasons(refusal: Refused) -> list[str]:
    """Its sentences; of a place that is gone those of the rules alone."""
    if isinstance(refusal, SlotGone):
        return list(dict.fromkeys(str(each) for each in refusal.objections))
    return list(refusal.reasons)


def _next_days(course: Course) -> list[list[object]]:
    """The best days that would do now, as a line keeps them; none if there are none, or it is not booked."""
    course = Course.objects.select_related("unit", "patient").get(pk=course.pk)
    if course.status != CourseStatus.BOOKED:
        return []
    now = timezone.now()
    today = timezone.localdate(now)
    diary = load_diary(course.unit, today - A_DAY, today + AHEAD, now).without(course.pk)
    stands = [session.visit for session in course.live_sessions]
    for offer in find_offers(request_for(course), diary, 2, course.unit.weights):
        if list(offer.placement.visits) != stands:
            return to_json(offer.placement.visits)
    return []


@dataclass(frozen=True)
class Preview:
    """What moving these lines would send, and why some of them would be refused, by line."""

    messages: list[Message]
    refusals: dict[int, str]


def preview(states: Sequence[LineState], reason: CancelReason, by: audit.Actor) -> Preview:
    """What `accept` and the worker would do, by doing it and undoing it at once.

    The unit stays locked meanwhile.
    """
    messages: list[Message] = []
    refusals: dict[int, str] = {}
    with transaction.atomic():
        for group in groups_of(states):
            try:
                with transaction.atomic():
                    done = _move_group([state.line for state in group], reason, by)
                messages += [message for each in done for message in each.messages]
            except Refused as refusal:
                refusals |= {state.line.pk: " ".join(_reasons(refusal)) for state in group}
        transaction.set_rollback(True)
    return Preview(messages, refusals)
