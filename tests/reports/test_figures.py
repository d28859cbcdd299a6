"""Every figure of every report against a count by hand, of three months made at random."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from math import ceil

import pytest
import time_machine

from patients.access import Role
from patients.models import AuditEvent
from scheduling.models import Booking, Course, RuleOverride, Session, Staffing
from scheduling.reports.catalogue import REPORTS
from scheduling.reports.report import Scope
from scheduling.rules import CourseRequest, Visit, visit_objections
from scheduling.unit.diary_rows import load_diary
from tests import builders
from tests.reports import generated
from tests.reports.generated import LONDON, MONTHS, NOW

A_DAY = timedelta(days=1)
LIVE = {"booked", "arrived", "started", "fulfilled"}
SCOPES = [(None, None), (1, None), (None, 2), (0, 0)]


@pytest.fixture(scope="module")
def units(kept):
    with time_machine.travel(NOW, tick=False):
        return generated.make(builders.staff("Lee Lead", Role.LEAD))


@pytest.fixture
def asked(db, units, request):
    """The scope of the unit and the priority that the test names, of generated rows."""
    with time_machine.travel(NOW, tick=False):
        yield from [
            Scope(MONTHS, NOW, None if unit is None else units[unit], priority)
            for unit, priority in [getattr(request, "param", (None, None))]
        ]


def drawn(name, scope):
    """Rows as {(month, names…): [figures…]}."""
    table = REPORTS[name].draw(scope)
    names = sum(not column.numeric for column in table.columns)
    return {(month, *cells[:names]): list(cells[names:]) for month, cells in table.rows}


def courses(scope):
    found = Course.objects.prefetch_related("sessions__messages", "sessions__replies", "sessions__tellings")
    return [
        course
        for course in found
        if scope.unit in (None, course.unit) and scope.priority in (None, course.priority)
    ]


def month_of(day):
    return next((month for month in MONTHS if (month.year, month.month) == (day.year, day.month)), None)


def first_day(course, statuses):
    return min((s.day for s in course.sessions.all() if s.status in statuses), default=None)


def rank(values, percent):
    values = sorted(values)
    return values[ceil(len(values) * percent / 100) - 1] if values else None


@pytest.mark.parametrize("asked", SCOPES, indirect=True)
def test_waiting(asked):
    for (month, label), figures in drawn("waiting", asked).items():
        mine = [c for c in courses(asked) if c.get_priority_display() == label]
        waits = [
            (day - c.agreed_at.astimezone(LONDON).date()).days
            for c in mine
            if (day := first_day(c, LIVE)) and month_of(day) == month
        ]
        end = max(month + n * A_DAY for n in range(31) if (month + n * A_DAY).month == month.month)
        overdue = 0
        for c in mine:
            begun = first_day(c, LIVE)
            agreed = c.agreed_at.astimezone(LONDON).date()
            logged = AuditEvent.objects.filter(record_id=c.pk, action="course.cancelled")
            gone = c.status == "cancelled" and logged.get().at.astimezone(LONDON).date() <= end
            late = c.latest is not None and c.latest < end
            overdue += late and agreed <= end and not (begun and begun <= end) and not gone
        assert figures == [
            len(waits),
            rank(waits, 50),
            rank(waits, 90),
            max(waits, default=None),
            overdue if end < NOW.date() else None,
        ]


@pytest.mark.parametrize("asked", SCOPES, indirect=True)
def test_hours(asked):
    sums = Counter()
    meant = {c.pk for c in courses(asked)}
    for unit in asked.units:
        Staffing.objects.create(unit=unit, day=MONTHS[0], nurses=1)
        for n in range(91):
            day = MONTHS[0] + n * A_DAY
            if day.weekday() < 5:
                sums[month_of(day), "chairs open"] += 10 * unit.chairs.count()
                nurses = unit.opening_hours.get(weekday=day.weekday()).nurses
                sums[month_of(day), "nurses open"] += 10 * (1 if day == MONTHS[0] else nurses)
    kept = {}
    for s in Session.objects.filter(course__in=meant):
        month = month_of(s.day)
        if month and hasattr(s, "booking"):
            sums[month, "booked"] += (s.ends_at - s.starts_at).seconds / 3600
            kept.setdefault((month, "nurses booked", s.course.unit, s.day), []).append(
                (s.starts_at, s.ends_at)
            )
        if month and s.arrived_at:
            left = s.left_at or s.finished_at
            sums[month, "used"] += (left - s.arrived_at).seconds / 3600
            kept.setdefault((month, "nurses used", s.course.unit, s.day), []).append((s.arrived_at, left))
    for (month, what, unit, _), times in kept.items():
        moment = min(start for start, _ in times)
        while moment < max(end for _, end in times):
            inside = [moment - start for start, end in times if start <= moment < end]
            alone = sum(past < timedelta(minutes=unit.cannulation_minutes) for past in inside)
            needed = alone + ceil((len(inside) - alone) / unit.children_per_nurse)
            sums[month, what] += needed / 60
            moment += timedelta(minutes=1)
    for (month,), figures in drawn("hours", asked).items():
        names = ("chairs open", "booked", "others", "used", "nurses open", "nurses booked", "nurses used")
        assert figures == pytest.approx([sums[month, name] for name in names], abs=0.051)


def test_lost_pairs(asked):
    unit = asked.units[1]
    # A Tuesday that is free, between two days that are full.
    monday = MONTHS[1] + timedelta(days=4)
    for n in (0, 1, 2):
        Booking.objects.filter(chair__unit=unit, starts_at__date=monday + n * A_DAY).delete()
        for chair in unit.chairs.all() if n != 1 else ():
            builders.take(chair, monday + n * A_DAY, time(8), time(18))
    diary = load_diary(unit, MONTHS[0], MONTHS[2], NOW)
    diary = replace(diary, now=datetime.combine(MONTHS[0], time()))
    request = CourseRequest(days=2, minutes=240)

    def room(day):
        return any(
            not visit_objections(request, Visit(day, chair, start, 240), diary)
            for start in range(8 * 60, 14 * 60 + 1, 15)
            for chair in diary.chair_ids
        )

    days = [MONTHS[1] + n * A_DAY for n in range(-1, 32)]
    free, opened = {day: room(day) for day in days}, {day: day.weekday() < 5 for day in days}
    counts = Counter()
    for day in days[1:-1]:
        near = [day - A_DAY, day + A_DAY]
        if opened[day]:
            counts["open"] += 1
            if not free[day]:
                counts["full"] += 1
            elif any(free[each] for each in near):
                counts["of use"] += 1
            else:
                counts["lost" if any(opened[each] for each in near) else "alone"] += 1
    figures = drawn("lost-pairs", replace(asked, unit=unit))[(MONTHS[1],)]
    assert counts["lost"] >= 1
    assert figures == [counts[name] for name in ("open", "of use", "lost", "alone", "full")]


@pytest.mark.parametrize("asked", SCOPES, indirect=True)
def test_changes(asked):
    counts = Counter()
    for c in courses(asked):
        for s in c.sessions.all():
            if s.status == "noshow" and month_of(s.day):
                counts[month_of(s.day), "Not brought", "Not brought", "Family", 0] += 1
        for event in AuditEvent.objects.filter(record="course", record_id=c.pk):
            on = event.at.astimezone(LONDON).date()
            if not month_of(on):
                continue
            notice = (c.sessions.order_by("day").first().day - on).days
            what = {"course.moved": 1, "course.cancelled": 1, "course.undone": -1}.get(event.action, 0)
            name = "Cancelled" if event.action == "course.cancelled" else "Moved"
            reason = event.changes.get("reason", "Hospital: no chair")
            side = {"Child unwell": "Family", "No longer needed: the clinician decided": "Neither"}
            bin_ = 3 if not event.changes["days"][0] else 0 if notice < 1 else 1 if notice < 7 else 2
            counts[month_of(on), name, reason, side.get(reason, "Hospital"), bin_] += what
    wanted = {}
    for (*key, number), count in counts.items():
        wanted.setdefault(tuple(key), [0, 0, 0, 0])[number] += count
    wanted = {key: [sum(found), *found] for key, found in wanted.items() if sum(found)}
    assert len(wanted) > (0 if asked.unit or asked.priority is not None else 6)
    assert drawn("changes", asked) == wanted


@pytest.mark.parametrize("asked", SCOPES, indirect=True)
def test_intervals_and_lengths(asked):
    everybody = list(Course.objects.prefetch_related("sessions"))
    weeks, alone, lengths = {month: [] for month in MONTHS}, Counter(), {}
    for c in courses(asked):
        others = [s for o in everybody if o.patient_id == c.patient_id and o != c for s in o.sessions.all()]
        given = [s for s in others if s.status == "fulfilled"]
        day = first_day(c, {"fulfilled"})
        if day and month_of(day):
            before = [s.day for s in given if s.day < day]
            if before:
                weeks[month_of(day)].append((day - max(before)).days)
            else:
                alone[month_of(day)] += 1
        for s in c.sessions.all():
            if s.status == "fulfilled" and s.given != "part" and month_of(s.day):
                number = min(len({o.course_id for o in given if o.day < s.day}) + 1, 4)
                took = (s.finished_at - (s.cannulated_at or s.started_at)).seconds / 60
                key = month_of(s.day), f"{number}{' or later' * (number == 4)}"
                lengths.setdefault(key, []).append((c.minutes, took))
    for (month,), figures in drawn("intervals", asked).items():
        found = weeks[month]
        near = [rank(found, 50), min(found, default=None), max(found, default=None)]
        wanted = [len(found), *(None if n is None else round(n / 7, 1) for n in near), alone[month]]
        assert figures == wanted
    assert drawn("lengths", asked) == {
        key: [
            len(found),
            round(sum(agreed for agreed, _ in found) / len(found) / 60, 1),
            round(sum(took for _, took in found) / len(found) / 60, 1),
            sum(took > agreed for agreed, took in found),
        ]
        for key, found in lengths.items()
    }


@pytest.mark.parametrize("asked", SCOPES, indirect=True)
def test_reactions_and_overrides(asked):
    wanted = {(month, which): [0] * 8 for month in MONTHS for which in ("First", "Later")}
    rules = Counter()
    for c in courses(asked):
        for broken in c.overrides.all():
            if month := month_of(broken.allowed_at.astimezone(LONDON).date()):
                rules[month, broken.get_rule_display().capitalize()] += 1
        day = first_day(c, {"fulfilled"})
        if not (day and month_of(day)):
            continue
        figures = wanted[month_of(day), "First" if c.reason == "first" else "Later"]
        felt = {effect.effect for s in c.sessions.all() for effect in s.adverse_effects.all()}
        figures[0] += 1
        figures[1] += bool(felt)
        for n, (effect, _) in enumerate(generated.EFFECTS):
            figures[2 + n] += effect in felt
    if asked.priority is None:
        for broken in RuleOverride.objects.exclude(unit=None):
            if asked.unit in (None, broken.unit) and (month := month_of(broken.allowed_at.date())):
                rules[month, broken.get_rule_display().capitalize()] += 1
    found = drawn("reactions", asked)
    assert {key: figures + [0] * (8 - len(figures)) for key, figures in found.items()} == wanted
    assert drawn("overrides", asked) == {key: [number] for key, number in rules.items()}


@pytest.mark.parametrize("asked", SCOPES, indirect=True)
def test_told_and_answered(asked):
    told, answered = {month: [0] * 5 for month in MONTHS}, {month: Counter() for month in MONTHS}
    for c in courses(asked):
        for s in c.sessions.all():
            sent = [m.sent_at for m in s.messages.all() if m.status == "sent"]
            month = month_of(s.day)
            if not month or s.status not in LIVE:
                continue
            if s.day == first_day(c, LIVE):
                heard = [*sent, *(telling.at for telling in s.tellings.all())]
                hours = (min(heard) - s.created_at).total_seconds() / 3600 if heard else None
                n = 4 if hours is None else 0 if hours <= 1 else 1 if hours <= 24 else 2 if hours <= 72 else 3
                told[month][n] += 1
            if sent:
                before = [r for r in s.replies.all() if r.received_at < s.starts_at]
                last = max(before, key=lambda r: r.received_at).answer if before else ""
                answered[month][last] += 1
    for (month,), figures in drawn("told", asked).items():
        number = sum(told[month])
        share = round(100 * sum(told[month][:2]) / number) if number else None
        assert figures == [number, *told[month], share]
    for (month,), figures in drawn("answered", asked).items():
        number = sum(answered[month].values())
        by = [answered[month][answer] for answer in ("ACCEPTED", "TENTATIVE", "DECLINED")]
        assert figures == [number, sum(by), *by, round(100 * sum(by) / number) if number else None]


def test_few_queries_whatever_there_is(asked, django_assert_max_num_queries):
    for report in REPORTS.values():
        with django_assert_max_num_queries(14):
            report.draw(asked)
