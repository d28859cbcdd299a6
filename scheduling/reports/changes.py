"""What was cancelled, moved or not brought, why and with how much notice; and rules that were broken."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone

from crmo_clinic.nhsuk.wording import MONTHS
from patients.models import AuditEvent
from scheduling.acts import Act
from scheduling.models import CancelReason, Course, RuleOverride, Soft, Undoable
from scheduling.reports.report import Column, Kind, Line, Scope, Table, month_of
from scheduling.states import SessionStatus

CANCELLED, MOVED, NOT_BROUGHT = "Cancelled", "Moved", "Not brought"
WHAT = {Act.COURSE_CANCELLED.value: CANCELLED, Act.COURSE_MOVED.value: MOVED}
UNDOES = {Undoable.CANCEL.label: CANCELLED, Undoable.MOVE.label: MOVED}
SAME_DAY, WEEK, LONGER, NO_DAYS = "on the day", "1 to 6 days", "7 days or more", "no day was booked"
NOTICE = (SAME_DAY, WEEK, LONGER, NO_DAYS)
FAMILY, HOSPITAL, NEITHER = "Family", "Hospital", "Neither"
# So long after an act it may be undone at most.
UNDONE_WITHIN = timedelta(days=1)

# When, what, why, and how much notice there was.
Loss = tuple[date, str, str, str]


def draw_losses(scope: Scope) -> Table:
    """Acts by month, what was done, reason and side, and by notice."""
    counts = Counter(_acts(scope))
    counts.update(_not_brought(scope))
    kinds = sorted({(month_of(day), what, why) for day, what, why, _ in counts})
    by_notice: Counter[tuple[date, str, str, str]] = Counter()
    for (day, what, why, notice), number in counts.items():
        by_notice[month_of(day), what, why, notice] += number
    rows = []
    for month, what, why in kinds:
        found = [by_notice[month, what, why, notice] for notice in NOTICE]
        rows.append((month, (what, why, side_of(why), sum(found), *found)))
    totals: Counter[tuple[date, str]] = Counter()
    for (day, what, _, _), number in counts.items():
        totals[month_of(day), what] += number
    return Table(
        (
            *(Column(text, Kind.NAME) for text in ("What", "Reason", "Side")),
            Column("Number"),
            *(Column(f"Notice: {notice}") for notice in NOTICE),
        ),
        rows,
        "Number",
        tuple(
            Line(what.lower(), {month: totals[month, what] for month in scope.months})
            for what in (CANCELLED, MOVED, NOT_BROUGHT)
        ),
    )


def draw_overrides(scope: Scope) -> Table:
    """Broken rules by the month in which somebody allowed it, and by rule."""
    first, after = scope.moments
    of_others = Q(unit=scope.unit) if scope.unit else Q(unit__isnull=False)
    # What is no course's has no priority.
    asked = scope.of_courses("course__") & Q(course__isnull=False)
    asked |= of_others if scope.priority is None else Q()
    found = RuleOverride.objects.filter(asked, allowed_at__gte=first, allowed_at__lt=after)
    rows = (
        found.order_by()
        .annotate(month=TruncMonth("allowed_at"))
        .values_list("month", "rule")
        .annotate(Count("pk"))
    )
    counts = {(timezone.localdate(month), rule): number for month, rule, number in rows}
    totals: Counter[date] = Counter()
    for (month, _), number in counts.items():
        totals[month] += number
    return Table(
        (Column("Rule", Kind.NAME), Column("Times allowed")),
        [
            (month, (rule.label.capitalize(), counts[month, rule]))
            for month in scope.months
            for rule in Soft
            if (month, rule) in counts
        ],
        "Times a rule was broken by permission",
        (Line("", {month: totals[month] for month in scope.months}),),
    )


def side_of(reason: str) -> str:
    """Whose reason it was, by its words: NHS attendance codes tell the family from the hospital."""
    codes = [code for code, label in CancelReason.choices if label == reason]
    if reason == NOT_BROUGHT or any(code.startswith("family") for code in codes):
        return FAMILY
    return HOSPITAL if any(code.startswith("hospital") for code in codes) else NEITHER


def _acts(scope: Scope) -> Iterator[Loss]:
    """Cancellations and moves of courses, without those that were undone."""
    first, after = scope.moments
    actions = [*WHAT, Act.COURSE_UNDONE.value]
    events = AuditEvent.objects.filter(
        record="course", action__in=actions, at__gte=first, at__lt=after + UNDONE_WITHIN
    ).exclude(erased__isnull=False)
    if scope.unit or scope.priority is not None:
        events = events.filter(
            record_id__in=Course.objects.filter(scope.of_courses()).order_by().values("pk")
        )
    stand: dict[int, list[tuple[datetime, str, dict]]] = {}
    for action, at, course, said in events.order_by("at", "pk").values_list(
        "action", "at", "record_id", "changes"
    ):
        before = stand.setdefault(course, [])
        if action in WHAT:
            before.append((at, WHAT[action], said))
        elif before and before[-1][1] == UNDOES.get(said.get("what", "")):
            before.pop()
    for acts in stand.values():
        for at, what, said in acts:
            if at < after:
                day = timezone.localdate(at)
                yield day, what, said.get("reason", ""), _notice(day, (said.get("days") or [None])[0])


def _not_brought(scope: Scope) -> Iterator[Loss]:
    """Days on which the child was not brought."""
    days = scope.visits().filter(status=SessionStatus.NOT_BROUGHT).values_list("day", flat=True)
    return ((day, NOT_BROUGHT, NOT_BROUGHT, SAME_DAY) for day in days)


def _notice(on: date, days: list[str] | None) -> str:
    if not days:
        return NO_DAYS
    ahead = (day_in(days[0]) - on).days
    return SAME_DAY if ahead < 1 else WEEK if ahead < 7 else LONGER


def day_in(words: str) -> date:
    """The day of a visit as the log keeps it: `Tuesday 4 August 2026, 9am to 1pm, Chair 1`."""
    _, day, month, year = words.partition(",")[0].split()
    return date(int(year), MONTHS.index(month) + 1, int(day))
