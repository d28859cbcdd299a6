"""Demo data: a unit, about 60 children with years of courses, and what their coordinator has to do."""

from datetime import date, timedelta
from random import Random
from time import monotonic
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from patients import audit
from patients.access import Role
from patients.acts import PatientAct
from patients.models import Patient, User
from scheduling.management.demo_diary import DemoDiary
from scheduling.management.demo_draft import leave_draft
from scheduling.management.demo_families import let_families_tell
from scheduling.management.demo_future import BOOKED_A_WEEK, Desk
from scheduling.management.demo_past import PastWriter, first_day_of_all, tell_in_time
from scheduling.management.demo_people import make_cast, save_cast
from scheduling.management.demo_readiness import tick_checklists
from scheduling.management.demo_reviews import add_reviews
from scheduling.management.demo_shared_unit import share_the_unit
from scheduling.management.demo_tasks import leave_tasks
from scheduling.management.demo_texts import make_texts
from scheduling.management.demo_unit import begin_now, make_unit
from scheduling.models import Course, Message, Session, Unit
from scheduling.states import MessageStatus

SEED = 1972
DEMO_PASSWORD = "demo-password-1"  # noqa: S105
# One for each role: its email address and a made-up name.
DEMO_USERS: dict[Role, tuple[str, str]] = {
    Role.COORDINATOR: ("coordinator@hospital.example", "Bridget Harkaway"),
    Role.NURSE: ("nurse@hospital.example", "Oluwaseun Fairweather"),
    Role.LEAD: ("lead@hospital.example", "Marion Tillotsen"),
    Role.READ_ONLY: ("read-only@hospital.example", "Deepak Ramsbury"),
}


class Command(BaseCommand):
    help = "Fills an empty database with made-up children, courses, mails and users, to try the app with."

    def handle(self, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Demo data is not for production: its passwords are known to everybody.")
        if is_in_use():
            self.stdout.write("No demo data was added: this database is in use already.")
            return
        began = monotonic()
        seed(timezone.localdate())
        self.stdout.write(_summary(monotonic() - began))


def is_in_use() -> bool:
    """Whether there is anything that demo data could mix with."""
    emails = [email for email, _ in DEMO_USERS.values()]
    return Patient.objects.exists() or Unit.objects.exists() or User.objects.filter(email__in=emails).exists()


@transaction.atomic
def seed(today: date) -> None:
    """Write all of it. The same day gives the same data at any time of day, except for the ids of mails.

    Today some children have arrived and a drip is running: since their time, or since now if that is still to
    come.
    """
    chance = Random(SEED)  # noqa: S311
    users = _make_users()
    coordinator = users[Role.COORDINATOR]
    unit = make_unit(today, by=users[Role.LEAD])
    make_texts(unit, today, by=users[Role.LEAD])
    cast = make_cast(chance, today)
    save_cast(cast, by=coordinator)
    last_day = today + timedelta(weeks=len(BOOKED_A_WEEK) + 6)
    diary = DemoDiary(unit, first_day_of_all(today), last_day)
    families = iter(cast.others)

    past = PastWriter(unit, diary, chance, today, coordinator)
    for family in cast.everyone:
        past.history(family)
    past.awkward(families)
    begun = past.today_courses(families)
    past.save()
    tell_in_time(begun)

    desk = Desk(unit, diary, chance, today, coordinator)
    desk.book_ahead(cast, families)
    desk.fill_waiting_list(families)
    leave_tasks(today, users)
    let_families_tell(today)
    tick_checklists(unit, today, lead=users[Role.LEAD], nurse=users[Role.NURSE])
    add_reviews(today, users)
    share_the_unit(unit, cast, desk, diary, today, by=coordinator)
    leave_draft(unit, today, coordinator)
    begin_now(unit, by=users[Role.LEAD])


def _make_users() -> dict[Role, User]:
    # Hashed once: it is slow on purpose, and the password is no secret.
    password = make_password(DEMO_PASSWORD)
    users = {}
    for role, (email, name) in DEMO_USERS.items():
        user = User.objects.create_user(email, name, roles=(role,))
        user.password = password
        user.save(update_fields=["password"])
        audit.record(PatientAct.USER_ADDED, by=audit.System("demo data"), on=user, patient=None)
        users[role] = user
    return users


def _summary(seconds: float) -> str:
    today = timezone.localdate()
    to_come = Session.objects.visits(today, date.max).count()
    queued = Message.objects.filter(status=MessageStatus.QUEUED).count()
    counts = (
        quantity(Patient.objects.count(), "child", "children"),
        quantity(Course.objects.count(), "course"),
        f"{Course.objects.to_book().count()} on the waiting list",
        f"{quantity(to_come, 'visit')} from today on",
        f"{quantity(queued, 'mail')} waiting to be sent",
    )
    logins = [f"  {email}  ({role})" for role, (email, _) in DEMO_USERS.items()]
    return "\n".join(
        [
            f"Demo data added in {seconds:.1f} seconds: {', '.join(counts)}.",
            f"Sign in with the password {DEMO_PASSWORD} as",
            *logins,
        ]
    )
