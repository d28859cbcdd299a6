"""The day case unit of the demo data: its chairs, hours and nurses, and what is unusual in the next weeks."""

from datetime import date, time, timedelta

from patients import audit
from scheduling.models import (
    Booking,
    Chair,
    Closure,
    Need,
    OpeningHours,
    RoleShift,
    Staffing,
    Unit,
    Weekday,
    WhomToAsk,
)
from scheduling.rules.course import local_moment
from scheduling.unit.diary_rows import load_calendar
from scheduling.unit.needs import add_role_shift, save_need
from scheduling.unit.setup import save_unit

CHAIRS = (
    ("Chair 1", ["recliner"]),
    ("Chair 2", ["recliner"]),
    ("Chair 3", ["recliner"]),
    ("Chair 4", ["recliner"]),
    ("Bed 5", ["bed"]),
    ("Cubicle 6", ["bed", "cubicle"]),
)
PLAY = "play specialist"
NEEDS = (
    {"name": "Isolation", "chair_kind": "cubicle"},
    {"name": "Difficult veins", "more_cannulation": 15},
    {"name": "Play specialist", "role": PLAY, "shown_to_families": True},
)
ROLE_IS_ON = (Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY)
NURSES = {
    Weekday.MONDAY: 3,
    Weekday.TUESDAY: 3,
    Weekday.WEDNESDAY: 3,
    Weekday.THURSDAY: 3,
    Weekday.FRIDAY: 2,
}
CLOSED_IN_WEEK = 3
# What is unusual is in the next so many weeks, on open days only: a bank holiday leaves some of it out.
WEEKS = 8
# Weeks from this one, weekday, nurses, why.
STAFFING = (
    (1, Weekday.FRIDAY, 3, "Extra nurse"),
    (2, Weekday.TUESDAY, 2, "Training day"),
    (5, Weekday.THURSDAY, 2, "Annual leave"),
    (6, Weekday.MONDAY, 4, "New nurse starts"),
)
# Weeks from this one, weekday, chair, from, to, what it is taken for.
TAKEN = (
    (1, Weekday.WEDNESDAY, "Cubicle 6", 8, 12, "Allergy test"),
    (2, Weekday.WEDNESDAY, "Cubicle 6", 8, 12, "Allergy test"),
    (2, Weekday.MONDAY, "Chair 2", 8, 18, "Repair"),
    (4, Weekday.THURSDAY, "Bed 5", 14, 18, "Recovery after a scan"),
    (5, Weekday.WEDNESDAY, "Cubicle 6", 8, 12, "Allergy test"),
    (5, Weekday.THURSDAY, "Bed 5", 13, 18, "Recovery after a scan"),
)


def week_day(today: date, weeks: int, weekday: int = Weekday.MONDAY) -> date:
    """That weekday of the week that many weeks after this one."""
    return today + timedelta(days=weekday - today.weekday(), weeks=weeks)


def make_unit(today: date, *, by: audit.Actor) -> Unit:
    unit = Unit(
        name="Children's Day Case Unit",
        place="Children's Day Case Unit, Level 2, Example Children's Hospital, Meadow Road",
        phone="+441632960214",
        phone_hours="Monday to Friday, 8am to 6pm",
        out_of_hours=(
            "Ring 01632 960100 and ask for the children's doctor on call. In an emergency, ring 999."
        ),
        contacts=[
            WhomToAsk(
                name="Nurse specialists",
                phone="+441632960220",
                hours="Monday to Friday, 8am to 5pm",
                takes_messages=True,
                email="nurse-specialists@hospital.example",
                answered="within two working days",
            ).as_kept()
        ],
        mailbox="daycase@hospital.example",
        # What is booked here was booked before; see `begin_now`.
        undo_minutes=0,
        notice_days=0,
    )
    audit.save(unit, by=by)
    for name, kinds in CHAIRS:
        audit.save(Chair(unit=unit, name=name, kinds=kinds), by=by)
    for weekday, nurses in NURSES.items():
        audit.save(OpeningHours(unit=unit, weekday=weekday, nurses=nurses), by=by)
    for asks in NEEDS:
        save_need(need=Need(unit=unit, **asks), by=by)
    for weekday in ROLE_IS_ON:
        shift = RoleShift(unit=unit, role=PLAY, weekday=weekday, starts=time(9), ends=time(14))
        add_role_shift(shift=shift, by=by)
    _make_exceptions(unit, today, by)
    unit.refresh_from_db()
    return unit


def begin_now(unit: Unit, *, by: audit.Actor) -> None:
    """What users do from now on can be undone for the usual time, and families are given the usual notice."""
    unit.refresh_from_db()
    for name in ("undo_minutes", "notice_days"):
        setattr(unit, name, Unit._meta.get_field(name).default)
    save_unit(unit=unit, by=by)


def _make_exceptions(unit: Unit, today: date, by: audit.Actor) -> None:
    first = week_day(today, CLOSED_IN_WEEK, Weekday.TUESDAY)
    audit.save(
        Closure(unit=unit, first_day=first, last_day=first + timedelta(days=1), reason="New floor"),
        by=by,
    )
    calendar = load_calendar(unit, today, week_day(today, WEEKS))
    for weeks, weekday, nurses, note in STAFFING:
        day = week_day(today, weeks, weekday)
        if calendar.is_open(day):
            audit.save(Staffing(unit=unit, day=day, nurses=nurses, note=note), by=by)
    chairs = {chair.name: chair for chair in unit.chairs.all()}
    for weeks, weekday, chair, start, end, taken_for in TAKEN:
        day = week_day(today, weeks, weekday)
        if calendar.is_open(day):
            booking = Booking(
                chair=chairs[chair],
                starts_at=local_moment(day, start * 60),
                ends_at=local_moment(day, end * 60),
                taken_for=taken_for,
            )
            audit.save(booking, by=by)
