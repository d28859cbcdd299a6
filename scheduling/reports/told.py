"""How soon families hear of their days, and whether they answer before they come."""

from collections import Counter
from datetime import date, timedelta

from django.db.models import OuterRef, Subquery

from scheduling.models import Answer, Message, MessageKind, Reply, Telling
from scheduling.reports.report import BOOKED_OR_GIVEN, Column, Kind, Line, Scope, Table, month_of, share
from scheduling.states import MessageStatus

SOON = (("Within 1 hour", timedelta(hours=1)), ("1 day", timedelta(days=1)), ("3 days", timedelta(days=3)))
LATER, NOBODY = "later", "nobody"


def draw_told(scope: Scope) -> Table:
    """Courses by how long after their day 1 was booked the first person heard of it."""
    invites = Message.objects.filter(
        session=OuterRef("pk"), kind=MessageKind.INVITE, status=MessageStatus.SENT
    )
    by_person = Telling.objects.filter(session=OuterRef("pk"))
    days = scope.first_days(BOOKED_OR_GIVEN).annotate(
        mailed=Subquery(invites.order_by("sent_at").values("sent_at")[:1]),
        said=Subquery(by_person.order_by("at").values("at")[:1]),
    )
    counts: Counter[tuple[date, str]] = Counter()
    for day, booked, mailed, said in days.values_list("day", "created_at", "mailed", "said"):
        heard = min((at for at in (mailed, said) if at), default=None)
        counts[month_of(day), _how_soon(heard - booked if heard else None)] += 1
    names = [name for name, _ in SOON] + [LATER, NOBODY]
    rows, shares = [], {}
    for month in scope.months:
        found = [counts[month, name] for name in names]
        shares[month] = share(found[0] + found[1], sum(found))
        rows.append((month, (sum(found), *found, shares[month])))
    return Table(
        (
            Column("Courses"),
            Column("Told within 1 hour"),
            Column("1 hour to 1 day"),
            Column("1 to 3 days"),
            Column("Later"),
            Column("Nobody told"),
            Column("Within 1 day, %", Kind.OF_THEM),
        ),
        rows,
        "Told within 1 day, %",
        (Line("", dict(shares)),),
    )


def draw_answered(scope: Scope) -> Table:
    """Days with an invite by what the last answer before they began said."""
    invites = Message.objects.filter(
        session=OuterRef("pk"), kind=MessageKind.INVITE, status=MessageStatus.SENT
    )
    replies = Reply.objects.filter(session=OuterRef("pk"), received_at__lt=OuterRef("starts_at"))
    days = (
        scope.visits()
        .filter(status__in=BOOKED_OR_GIVEN)
        .annotate(
            invite=Subquery(invites.values("pk")[:1]),
            answer=Subquery(replies.order_by("-sequence", "-received_at", "-pk").values("answer")[:1]),
        )
        .filter(invite__isnull=False)
    )
    counts = Counter((month_of(day), answer) for day, answer in days.values_list("day", "answer"))
    rows, shares = [], {}
    for month in scope.months:
        answers = [counts[month, answer] for answer in Answer.values]
        number = sum(answers) + counts[month, None]
        shares[month] = share(sum(answers), number)
        rows.append((month, (number, sum(answers), *answers, shares[month])))
    return Table(
        (
            Column("Days with an invite"),
            Column("Answered before"),
            *(Column(label) for label in Answer.labels),
            Column("Answered, %", Kind.OF_THEM),
        ),
        rows,
        "Answered before the day, %",
        (Line("", dict(shares)),),
    )


def _how_soon(after: timedelta | None) -> str:
    if after is None:
        return NOBODY
    return next((name for name, most in SOON if after <= most), LATER)
