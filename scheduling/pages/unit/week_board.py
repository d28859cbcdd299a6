"""The week board, the month, and who fits into a free place."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients import audit
from patients.access import Permission, may, requires
from patients.alike import alike
from scheduling.booking.chairs import may_change
from scheduling.booking.drafts.freshness import in_diary
from scheduling.checklist.readiness import load_readiness
from scheduling.models import Chair, Course, Draft, Unit
from scheduling.pages.booking.explained import with_chairs
from scheduling.pages.booking.find_slot import FINDABLE
from scheduling.pages.parameters import BIGGEST_KEY, day_in, number_in, unit_in
from scheduling.pages.plan.loaded import LoadedDraft
from scheduling.pages.unit.day_rights import may_change_days
from scheduling.rules import Search, best_in
from scheduling.rules.calendar import MINUTES_A_DAY
from scheduling.rules.course import MOST_DAYS
from scheduling.states import SessionStatus
from scheduling.telling.knowledge import load_told
from scheduling.unit.allowed_infusions import allowed_in
from scheduling.unit.board import week_of
from scheduling.unit.course_requests import request_for, requests_for
from scheduling.unit.diary_rows import load_diary, load_diary_and_visits
from scheduling.unit.drawing import draw_board
from scheduling.unit.month import draw_month
from scheduling.unit.shared_days import partners_of

A_DAY = timedelta(days=1)
# How far a course can reach beyond a day, so that what the last day shown has room for is known too.
REACH = MOST_DAYS * A_DAY
# How many weeks a month shows.
WEEKS = 5


@require_safe
@requires(Permission.VIEW)
def show_board(request: HttpRequest) -> HttpResponse:
    """The week that holds `?day=2027-03-24`, or this one; `?for=<course>` chooses days for a course.

    `?draft=<draft>` shows the days that a draft proposes among those that are booked.
    """
    today = timezone.localdate()
    asked = day_in(request, "day")
    course = _course_to_place(request)
    if course and course.status not in FINDABLE:
        return redirect(course)
    draft = None if course else _draft_to_show(request)
    units = [] if course or draft else list(Unit.objects.all())
    unit = course.unit if course else draft.unit if draft else unit_in(request, units)
    if unit is None:
        return render(request, "scheduling/unit/no_unit.html", {"title": "Week board"})
    chosen = asked or (_day_to_begin(course.target or course.earliest, today) if course else None)
    chosen = chosen or _next_working_day(today)
    days = week_of(chosen)
    course_request = request_for(course) if course else None
    now = timezone.now()
    diary, visits = load_diary_and_visits(unit, days[0] - REACH, days[-1] + REACH, now)
    drafted = {}
    if draft:
        loaded = LoadedDraft(draft, now)
        drafted = loaded.by_place(days)
        diary = in_diary(diary, loaded.planned())
    sessions = [visit for visit in visits if days[0] <= visit.day <= days[-1]]
    shown_children = {s.course.patient_id for s in sessions} | ({course.patient_id} if course else set())
    shown_children |= {each.patient_id for each in drafted.values()}
    audit.looked_at("scheduling:show_board", by=request.user, patients=shown_children)
    board = draw_board(days, diary, sessions, course_request, drafted)
    # While days are chosen for a course, only room matters: what families know and what is left to do is not
    # shown.
    marked = [] if course else sessions
    to_come = [s for s in marked if s.status == SessionStatus.BOOKED and s.ends_at > now]
    shown = {day.day for day in board.days}
    context = {
        "board": board,
        "draft": draft,
        "allowed": allowed_in(unit, days[0], days[-1]),
        "alike": alike(each.patient for each in [*(s.course for s in sessions), *drafted.values()]),
        "told": load_told(to_come),
        "readiness": load_readiness({session.course for session in marked}, now),
        "movable": {visit.pk for visit in marked if may_change(visit, now)}
        if may(request.user, Permission.BOOK_COURSES)
        else set(),
        "partners": partners_of({session.course for session in marked}),
        "unit": unit,
        "units": units,
        "course": course,
        "may_change_days": may_change_days(request.user, unit),
        "patient": course and course.patient,
        "monday": days[0],
        "chosen": chosen if chosen in shown else min(shown, default=chosen),
        "today": today,
        "before": days[0] - 7 * A_DAY,
        "after": days[0] + 7 * A_DAY,
        "kept": _kept(request),
        "wrong_day": request.GET.get("day", "") if request.GET.get("day") and not asked else "",
    }
    return render(request, "scheduling/unit/show_board.html", context)


@require_safe
@requires(Permission.VIEW)
def show_month(request: HttpRequest) -> HttpResponse:
    """Five weeks from that of `?day=2027-03-24`, or from this one: visits, and courses that could start."""
    today = timezone.localdate()
    units = list(Unit.objects.all())
    unit = unit_in(request, units)
    if unit is None:
        return render(request, "scheduling/unit/no_unit.html", {"title": "Month"})
    monday = week_of(day_in(request, "day") or _next_working_day(today))[0]
    days = [monday + n * A_DAY for n in range(7 * WEEKS)]
    diary = load_diary(unit, days[0] - REACH, days[-1] + REACH, timezone.now())
    found = draw_month(days, diary)
    weekdays = sorted(
        {day.weekday() for day in days if diary.calendar.usual_hours(day) or diary.taken_on(day)}
    )
    context = {
        "unit": unit,
        "units": units,
        "monday": monday,
        "before": monday - 7 * WEEKS * A_DAY,
        "after": monday + 7 * WEEKS * A_DAY,
        "weekdays": weekdays,
        "weeks": [
            (days[n], [found[days[n + weekday]] for weekday in weekdays]) for n in range(0, len(days), 7)
        ],
        "today": today,
        "kept": _kept(request),
    }
    return render(request, "scheduling/unit/show_month.html", context)


@require_safe
@requires(Permission.BOOK_COURSES)
def show_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Which waiting courses could begin in a chair's free place: `?day=2027-03-24&start=540` (9am)."""
    chair = get_object_or_404(Chair.objects.select_related("unit"), pk=pk)
    day, begins = day_in(request, "day"), number_in(request, "start", default=0, most=MINUTES_A_DAY)
    if day is None:
        return redirect("scheduling:show_board")
    diary = load_diary(chair.unit, day - REACH, day + REACH, timezone.now())
    taken = [row for row in diary.taken_on(day) if row.chair == chair.pk and row.end > begins]
    hours = diary.calendar.hours_on(day)
    end = min([row.start for row in taken] + [hours.closes if hours else 0])
    start = max(begins, hours.opens if hours else 0)
    to_place = Course.objects.waiting().not_paused(timezone.localdate())
    waiting = requests_for(to_place.filter(unit=chair.unit))
    fits = {
        course: best_in(Search(asked, diary), day, chair.pk, start, end) for course, asked in waiting.items()
    }
    audit.looked_at("scheduling:show_place", by=request.user, patients=[c.patient_id for c in fits])
    context = {
        "chair": chair,
        "day": day,
        "day_iso": day.isoformat(),
        "start": start,
        "end": max(start, end),
        "fitting": [
            (course, with_chairs(visits, diary), visits) for course, visits in fits.items() if visits
        ],
        "others": [course for course, visits in fits.items() if not visits],
    }
    return render(request, "scheduling/unit/show_place.html", context)


def _course_to_place(request: HttpRequest) -> Course | None:
    """The course of `?for=`; 404 if there is no such course."""
    if not (number := number_in(request, "for", default=0, most=BIGGEST_KEY)):
        return None
    courses = Course.objects.select_related("patient", "unit")
    return get_object_or_404(
        courses.prefetch_related("impossible_dates", "patient__family_limits"), pk=number
    )


def _draft_to_show(request: HttpRequest) -> Draft | None:
    """The draft of `?draft=`, for whoever may plan; 404 if there is no such draft."""
    number = number_in(request, "draft", default=0, most=BIGGEST_KEY)
    if not number or not may(request.user, Permission.PLAN_COURSES):
        return None
    drafts = Draft.objects.with_proposal().select_related("unit")
    return get_object_or_404(drafts, pk=number)


def _kept(request: HttpRequest) -> str:
    """The part of the address that stays when the week changes, such as `&for=12`; it begins with `&`."""
    kept = {
        name: request.GET[name] for name in ("for", "unit", "draft") if request.GET.get(name, "").isdigit()
    }
    return "".join(f"&{urlencode({name: value})}" for name, value in kept.items())


def _next_working_day(today: date) -> date:
    """Today; on a weekend, next Monday."""
    return today + (7 - today.weekday()) * A_DAY if today.weekday() > 4 else today


def _day_to_begin(wish: date | None, today: date) -> date:
    return max(wish or today, today)
