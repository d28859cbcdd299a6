"""The rules that look at a visit's time, and then at its chair.

Each is a function that returns its objection as a sentence for the coordinator, or None. `objections` asks
them.
"""

from crmo_clinic.nhsuk.wording import capitalised, clock_range, duration, listed, long_date, with_article
from scheduling.rules.capacity import stretches
from scheduling.rules.course import Visit, VisitRequest
from scheduling.rules.diary import Diary
from scheduling.rules.words import clock_of, counted, moment, number_of

# A visit's time


def length(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    if visit.minutes == request.length:
        return None
    return (
        f"The visit on {long_date(visit.day)} would last {duration(visit.minutes)}; "
        f"each visit of this course lasts {duration(request.length)}."
    )


def grid(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    beyond = visit.start % diary.slot_minutes
    if not beyond:
        return None
    before = visit.start - beyond
    return (
        f"Visits start every {duration(diary.slot_minutes)}, so not at {moment(visit.day, visit.start)}: "
        f"try {clock_of(before)} or {clock_of(before + diary.slot_minutes)}."
    )


def past(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    if visit.starts_at.replace(tzinfo=None) >= diary.now:
        return None
    return f"{capitalised(moment(visit.day, visit.start))} has already passed."


def opening_time(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    hours = diary.calendar.hours_on(visit.day)
    if hours is None or visit.start >= hours.opens:
        return None
    return (
        f"The visit on {long_date(visit.day)} would start at {clock_of(visit.start)}; "
        f"the unit opens at {clock_of(hours.opens)}."
    )


def closing_time(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    hours = diary.calendar.hours_on(visit.day)
    if hours is None or visit.end <= hours.closes:
        return None
    starts = hours.starts_for(visit.minutes, diary.slot_minutes)
    fix = f"the latest start is {clock_of(starts[-1])}" if starts else "it does not fit on that day"
    return (
        f"The visit on {long_date(visit.day)} would end at {clock_of(visit.end)}; "
        f"the unit closes at {clock_of(hours.closes)}, so {fix}."
    )


def family_time(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    not_before = request.earliest_start(visit.day)
    if visit.start >= not_before:
        return None
    return (
        f"The visit on {long_date(visit.day)} would start at {clock_of(visit.start)}; "
        f"the family cannot start before {clock_of(not_before)}."
    )


def clock_change(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    """Otherwise the wall-clock times would not say how long the child is in the chair."""
    if visit.starts_at.utcoffset() == visit.ends_at.utcoffset():
        return None
    return (
        f"The clocks change during the visit on {long_date(visit.day)}, so it would not last "
        f"{duration(visit.minutes)}: start at 2am or later, or on another day."
    )


def enough_nurses(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    """Looks at the time of the visit only, and names the first moment with too few nurses."""
    hours = diary.calendar.hours_on(visit.day)
    if hours is None:
        return None
    own = tuple(stretches(visit.start, request.phases(diary.nurse_rule)))
    for load in diary.load_with(visit.day, own):
        # A step without this child's care in it is no reason against the visit.
        if not any(stretch.start < load.end and load.start < stretch.end for stretch in own):
            continue
        for start, end, nurses in hours.nurses_steps():
            # Before the unit opens and after it closes, nobody else comes on.
            begins = load.start if start == hours.opens else max(load.start, start)
            ends = load.end if end == hours.closes else min(load.end, end)
            if begins < ends and load.nurses > nurses:
                return (
                    f"{capitalised(counted(load.nurses, 'nurse'))} would be needed at "
                    f"{moment(visit.day, begins)} and {number_of(nurses) if nurses else 'none'} "
                    f"{'is' if nurses < 2 else 'are'} on."
                )
    return None


def role_on_shift(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    """The first minute, from arrival to the end of cannulation, at which nobody of a role is on."""
    hours = diary.calendar.hours_on(visit.day)
    if hours is None or not request.roles:
        return None
    until = visit.start + request.shape(diary.nurse_rule).roles_until
    for role in sorted(request.roles):
        on = sorted((shift.start, shift.end) for shift in hours.roles if shift.role == role)
        covered = visit.start
        for start, end in on:
            if start <= covered < end:
                covered = end
        if covered < until:
            shifts = listed(clock_range(start, end) for start, end in on)
            there = f"is on from {shifts}" if shifts else "is not on that day"
            needed = f"{capitalised(with_article(role))} is needed"
            return (
                f"{needed} from {clock_of(visit.start)} to {clock_of(until)} "
                f"on {long_date(visit.day)} and {there}."
            )
    return None


def kept_back(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    """Names the first of the places kept back that the visit would take."""
    if not diary.kept_back:
        return None
    shape = request.shape(diary.nurse_rule)
    begins, ends = visit.start + shape.chair_from, visit.start + shape.chair_to
    for kept in diary.kept_back_on(visit.day):
        taken = diary.taken_on(visit.day)
        for start, end in kept.taken_up(taken, len(diary.chairs), request.is_for_course):
            if start < ends and begins < end:
                places = f"{counted(kept.places, 'place')} {'is' if kept.places == 1 else 'are'}"
                them = "it" if kept.places == 1 else "them"
                return (
                    f"On {long_date(visit.day)} {places} kept for "
                    f"{'courses' if kept.for_courses else 'other infusions'} from "
                    f"{clock_range(kept.start, kept.end)}: anybody may have {them} "
                    f"from {long_date(kept.released_on(visit.day))} on."
                )
    return None


# A visit's chair


def chair_exists(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    if diary.chair(visit.chair):
        return None
    return f"The chair chosen for {long_date(visit.day)} is not one the unit uses: choose another."


def chair_kind(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    chair = diary.chair(visit.chair)
    if chair is None or request.chair_kinds <= chair.kinds:
        return None
    missing = listed(map(with_article, sorted(request.chair_kinds - chair.kinds)))
    return f"The child needs {missing}, and {chair.name} is not one."


def chair_free(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    """One visit may start at the minute in which another ends."""
    chair = diary.chair(visit.chair)
    shape = request.shape(diary.nurse_rule)
    begins, ends = visit.start + shape.chair_from, visit.start + shape.chair_to
    clashes = [
        clock_range(taken.start, taken.end)
        for taken in diary.taken_in(visit.chair, visit.day)
        if taken.start < ends and begins < taken.end
    ]
    if chair is None or not clashes:
        return None
    return f"{chair.name} is taken from {listed(clashes)} on {long_date(visit.day)}."
