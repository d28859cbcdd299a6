"""Units with their chairs, opening hours and texts, and what takes a chair."""

from datetime import date, datetime, time
from itertools import count

from django.utils import timezone

from patients.audit import WORKER
from scheduling.models import (
    AdviceText,
    Audience,
    Booking,
    Chair,
    InfusionKind,
    KeptPlaces,
    Moment,
    Need,
    OpeningHours,
    OtherInfusion,
    RoleShift,
    SchoolTerm,
    Unit,
)
from scheduling.unit.needs import add_role_shift, save_need

_numbers = count(1)


def unit(*, chairs: int = 2, nurses: int = 3, **fields) -> Unit:
    """Open Monday to Friday, 8am to 6pm, with every text that a mail needs, approved."""
    texts = {
        "place": "Main entrance",
        "phone": "+441134960123",
        "phone_hours": "Monday to Friday, 8am to 5pm",
        "out_of_hours": "ring the children’s ward on 0113 496 0124",
        "mailbox": "daycase@hospital.example",
        "closed_on_bank_holidays": False,
        "notice_days": 0,
        # Mails leave at once; the tests of undoing set it.
        "undo_minutes": 0,
    }
    made = Unit.objects.create(**{"name": f"Day Unit {next(_numbers)}"} | texts | fields)
    Chair.objects.bulk_create(Chair(unit=made, name=f"Chair {number}") for number in range(1, chairs + 1))
    OpeningHours.objects.bulk_create(
        OpeningHours(unit=made, weekday=weekday, opens=time(8), closes=time(18), nurses=nurses)
        for weekday in range(5)
    )
    approve_texts(made)
    return made


def approve_texts(at: Unit, *, review_on: date = date(2099, 12, 31), **fields) -> list[AdviceText]:
    """A text for each moment and audience, version 1 unless said. One query."""
    return AdviceText.objects.bulk_create(
        AdviceText(
            **{
                "unit": at,
                "moment": moment,
                "audience": audience,
                "version": 1,
                "body": f"{moment.label}: advice for a {audience.value} course.\n\nParacetamol often helps.",
                "written_by": "Lee Lead",
                "approved_by": "Dr Wren",
                "approved_at": timezone.now(),
                "review_on": review_on,
            }
            | fields
        )
        for moment in Moment
        for audience in Audience
    )


def need(at: Unit, name: str = "Isolation", **asks) -> Need:
    """On the unit's list, and in use."""
    made = Need(unit=at, name=name, **asks)
    save_need(need=made, by=WORKER)
    at.refresh_from_db()
    return made


def role_shift(
    at: Unit,
    role: str = "play specialist",
    *,
    starts: time | None = time(9),
    ends: time | None = time(13),
    **when,
) -> RoleShift:
    """Somebody of the role is on, on a weekday or a date."""
    made = RoleShift(unit=at, role=role, starts=starts, ends=ends, **when)
    add_role_shift(shift=made, by=WORKER)
    return made


def take(chair: Chair, day: date, start: time, end: time, why: str = "dental list") -> Booking:
    """Take the chair for something that is not a course."""
    zone = timezone.get_default_timezone()
    return Booking.objects.create(
        chair=chair,
        starts_at=datetime.combine(day, start, tzinfo=zone),
        ends_at=datetime.combine(day, end, tzinfo=zone),
        taken_for=why,
    )


def term(of: Unit, first: date, last: date, name: str = "Summer term") -> SchoolTerm:
    """Days at school, first and last included."""
    return SchoolTerm.objects.create(unit=of, first_day=first, last_day=last, name=name)


def infusion(chair: Chair, day: date) -> OtherInfusion:
    """Another infusion in that chair, from 9am to 10:30am."""
    kind, _ = InfusionKind.objects.get_or_create(unit=chair.unit, name="Iron infusion", minutes=90)
    made = OtherInfusion.objects.create(kind=kind)
    booking = take(chair, day, time(9), time(10, 30), str(made))
    Booking.objects.filter(pk=booking.pk).update(infusion=made, infusion_care="shared+")
    return made


def kept_places(at: Unit) -> KeptPlaces:
    """One place a day for other infusions, until the day before; nobody was told of it yet."""
    return KeptPlaces.objects.create(unit=at, kept_for="others", places=1, released_days_before=1)
