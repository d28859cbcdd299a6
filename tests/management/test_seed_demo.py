"""The demo data: about right in number, lawful by the rules, with one course on each awkward state."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import StringIO
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import TestCase, override_settings

from crmo_clinic.nhsuk import nhs_number
from patients.acts import known_acts
from patients.log_words import lines, sentence, title
from patients.models import AuditEvent, Contact, Patient, User
from scheduling.management.commands.seed_demo import DEMO_PASSWORD, DEMO_USERS
from scheduling.models import (
    Booking,
    CancelReason,
    Course,
    FamilyOffer,
    Message,
    Need,
    OtherInfusion,
    Priority,
    Reason,
    Session,
    Task,
    Unit,
)
from scheduling.rules import find_offers, nurse_load, objections
from scheduling.states import LIVE, CourseStatus, MessageStatus, SessionStatus
from scheduling.unit.booking_rows import day_bounds
from scheduling.unit.course_requests import request_for
from scheduling.unit.diary_rows import load_diary
from tests import builders
from tests.claims import claims_in
from tests.reading import words_of

LONDON = ZoneInfo("Europe/London")
WEDNESDAY = date(2026, 11, 25)
BOOKED, ARRIVED, STARTED = SessionStatus.BOOKED, SessionStatus.ARRIVED, SessionStatus.STARTED
GIVEN = SessionStatus.FULFILLED
NOT_BROUGHT, CANCELLED = SessionStatus.NOT_BROUGHT, SessionStatus.CANCELLED


def seed_at(day: date, hour: int) -> str:
    output = StringIO()
    with time_machine.travel(datetime(day.year, day.month, day.day, hour, tzinfo=LONDON), tick=False):
        call_command("seed_demo", stdout=output)
    return output.getvalue()


def fingerprint() -> list:
    """Who and when: all but keys, UIDs and the time of the run."""
    return [
        list(Patient.objects.values_list("name", "birth_date", "nhs_number", "hospital_number", "needs")),
        list(Contact.objects.values_list("name", "email", "phone", "may_receive_invites", "brings_child")),
        list(
            Course.objects.order_by("pk").values_list(
                "patient__hospital_number", "status", "agreed_at", "decided_by", "reason", "target", "minutes"
            )
        ),
        list(
            Session.objects.order_by("pk").values_list(
                "course__patient__hospital_number",
                "number",
                "status",
                "starts_at",
                "ends_at",
                "sequence",
                "booking__chair__name",
            )
        ),
        list(Message.objects.order_by("pk").values_list("to_address", "subject", "status", "kind")),
    ]


def recorded_after(day: date, hour: int) -> list[tuple[str, int]]:
    """The sessions, each with what is said of it, that claim something happened after that hour."""
    now = datetime(day.year, day.month, day.day, hour, tzinfo=LONDON)
    names = ("arrived_at", "started_at", "finished_at", "missed_at")
    return [(name, s.pk) for name in names for s in Session.objects.filter(**{f"{name}__gt": now})]


def in_days(course: Course) -> tuple[str, ...]:
    return tuple(session.status for session in course.sessions.order_by("number"))


class TestDemoData(TestCase):
    """Seeded on a Wednesday: just after midnight and thrown away, then in the evening."""

    @classmethod
    def setUpTestData(cls):
        with transaction.atomic():
            seed_at(WEDNESDAY, 0)
            cls.at_midnight, cls.too_early = fingerprint(), recorded_after(WEDNESDAY, 0)
            transaction.set_rollback(True)
        cls.output = seed_at(WEDNESDAY, 21)
        cls.unit = Unit.objects.get()

    def diary(self, first=WEDNESDAY, last=WEDNESDAY + timedelta(weeks=32)):
        return load_diary(self.unit, first, last, now=day_bounds(first, first)[0])

    def booked_to_come(self):
        """Booked courses of which no day is past."""
        return [
            course
            for course in Course.objects.filter(status=CourseStatus.BOOKED)
            if all(session.day >= WEDNESDAY for session in course.live_sessions)
        ]

    def test_the_same_day_gives_the_same_data_at_any_time(self):
        assert fingerprint() == self.at_midnight

    def test_nothing_is_recorded_before_it_has_happened(self):
        assert self.too_early == recorded_after(WEDNESDAY, 21) == []

    def test_a_second_run_adds_nothing_and_says_so_in_one_line(self):
        before = fingerprint()
        output = seed_at(WEDNESDAY + timedelta(days=30), 9)
        assert output == "No demo data was added: this database is in use already.\n"
        assert fingerprint() == before

    def test_it_says_how_much_and_how_long(self):
        first, *_ = self.output.splitlines()
        assert re.fullmatch(
            r"Demo data added in \d+\.\d seconds: 64 children, \d+ courses, 15 on the waiting list, "
            r"\d+ visits from today on, \d+ mails waiting to be sent\.",
            first,
        )

    def test_each_role_has_somebody_who_can_sign_in(self):
        for role, (email, name) in DEMO_USERS.items():
            user = authenticate(email=email, password=DEMO_PASSWORD)
            assert (user.name, user.roles) == (name, [role])
            assert f"{email}  ({role})" in self.output
        assert DEMO_PASSWORD in self.output

    def test_every_visit_to_come_is_allowed_by_the_rules(self):
        diary, courses = self.diary(), self.booked_to_come()
        assert len(courses) >= 35
        for course in courses:
            if course.tasks.open().filter(kind="day_lost").exists():
                continue  # it stands where its family cannot come until somebody has decided
            placement = builders.placement_of(course, request_for(course))
            assert objections(placement, diary) == ()

    def test_on_no_day_are_there_too_few_nurses_or_a_visit_while_the_unit_is_closed(self):
        first = Session.objects.order_by("day")[0].day
        diary = self.diary(first)
        days = set(Session.objects.exclude(status=CANCELLED).values_list("day", flat=True))
        for day in days:
            hours = diary.calendar.hours_on(day)
            assert hours, f"the unit is closed on {day}"
            assert all(
                load.nurses <= hours.nurses for load in nurse_load(diary.care_on(day), diary.nurse_rule)
            )

    def test_no_chair_is_taken_twice(self):
        bookings = Booking.objects.order_by("chair", "starts_at")
        assert all(
            earlier.ends_at <= later.starts_at
            for earlier, later in pairwise(bookings)
            if earlier.chair_id == later.chair_id
        )

    def test_a_booking_stands_for_every_visit_that_is_not_lost(self):
        assert not Session.objects.filter(status__in=LIVE, booking=None).exists()
        assert not Session.objects.exclude(status__in=LIVE).filter(booking__isnull=False).exists()

    def test_the_whole_log_has_the_shape_of_its_acts_and_reads_in_words(self):
        # A bracket alone is none: gaps of a text that the Trust has to fill stand in brackets.
        raw = re.compile(r"\b(None|True|False)\b|\[['\"\d\]]|[{}]|\d{4}-\d\d-\d\d|[a-z]_[a-z]")
        events = list(AuditEvent.objects.all())
        models = {model._meta.model_name: model for model in apps.get_models()}
        assert len(events) > 1000
        said = set()
        for event, kept in zip(events, lines(events), strict=True):
            act = known_acts()[event.action]
            act.check(models[event.record], event.changes)
            said |= {sentence(event), title(event), *map(str, kept)}
        assert [words for words in said if raw.search(words)] == []
        assert any(words.startswith("Course: booked") for words in said)

    def test_there_is_something_to_do_for_everybody(self):
        to_do, done = Task.objects.open(), Task.objects.done()
        assert {task.kind for task in to_do} >= {"mail_failed", "freed", "day_lost", "hold_lapsed"}
        assert {task.owner and task.owner.roles[0] for task in to_do} == {None, "coordinator", "nurse"}
        assert to_do.overdue(WEDNESDAY).count() == 1
        assert {task.kind for task in done} == {"not_brought"}

    def test_children_come_today_and_tomorrow(self):
        today = Counter(Session.objects.visits(WEDNESDAY, WEDNESDAY).values_list("status", flat=True))
        assert today == {BOOKED: 3, ARRIVED: 2, STARTED: 1}
        assert Session.objects.visits(*[WEDNESDAY + timedelta(days=1)] * 2).count() >= 4

    def test_who_brings_the_child_is_known_of_most_and_not_of_all(self):
        bringing = Contact.objects.filter(brings_child=True)
        children = bringing.values("patient").distinct().count()
        assert Patient.objects.count() / 2 < children < Patient.objects.count()
        assert all(bringing.values_list("phone", flat=True))

    def test_some_weeks_are_nearly_full_and_some_empty(self):
        monday = WEDNESDAY - timedelta(days=2)
        weeks = [
            Session.objects.visits(first, first + timedelta(days=6)).count()
            for first in (monday + timedelta(weeks=n) for n in range(9))
        ]
        assert sum(count >= 20 for count in weeks) == 2
        assert sum(count <= 2 for count in weeks) >= 2

    def test_every_nhs_number_is_from_the_range_that_nobody_has(self):
        numbers = list(Patient.objects.values_list("nhs_number", flat=True))
        known = [number for number in numbers if number]
        assert 1 <= len(numbers) - len(known) <= 6
        assert all(nhs_number.is_valid(number) and number.startswith("999") for number in known)

    def test_every_address_and_telephone_is_one_that_nobody_has(self):
        for contact in Contact.objects.all():
            assert re.fullmatch(r"\+447700900\d{3}", contact.phone)
            assert re.fullmatch(r"([a-z.-]+@example\.(com|org))?", contact.email)
        assert re.fullmatch(r"\+441632960\d{3}", self.unit.phone)
        assert not self.unit.missing_for_mail()

    def test_children_are_4_to_17(self):
        youngest = Patient.objects.order_by("-birth_date")[0].birth_date
        oldest = Patient.objects.order_by("birth_date")[0].birth_date
        assert youngest <= WEDNESDAY.replace(year=WEDNESDAY.year - 4)
        assert oldest > WEDNESDAY.replace(year=WEDNESDAY.year - 18)

    def test_every_child_has_a_contact_and_nobody_is_asked_who_has_no_address(self):
        assert not Patient.objects.filter(contacts=None).exists()
        assert not Contact.objects.filter(may_receive_invites=True, email="").exists()

    def test_some_children_are_easily_taken_for_each_other(self):
        named = Counter(Patient.objects.values_list("name", flat=True))
        assert max(named.values()) == 2
        born = Counter((p.name.split()[-1], p.birth_date) for p in Patient.objects.all())
        assert max(born.values()) == 2

    def test_everyone_who_may_be_written_to_is_invited_to_each_visit_to_come(self):
        told = set(Message.objects.filter(kind="invite").values_list("session", "to_address", "sequence"))
        contacts = Contact.objects.filter(may_receive_invites=True, patient__restricted=False)
        expected = {
            (session.pk, contact.email, session.sequence)
            for session in Session.objects.filter(day__gt=WEDNESDAY, status=BOOKED)
            for contact in contacts.filter(patient=session.course.patient).exclude(email="")
        }
        assert len(expected) > 80
        assert expected <= told

    def test_two_households_are_both_written_to(self):
        addresses = {
            pk: set(Message.objects.filter(session=pk).values_list("to_address", flat=True))
            for pk in Session.objects.filter(day__gt=WEDNESDAY).values_list("pk", flat=True)
        }
        assert sum(len(found) == 2 for found in addresses.values()) >= 10

    def test_the_restricted_child_is_booked_and_nobody_is_told(self):
        child = Patient.objects.get(restricted=True)
        assert child.contacts.filter(may_receive_invites=True).count() == 2
        assert child.courses.filter(status=CourseStatus.BOOKED).count() == 1
        assert not Message.objects.filter(course__patient=child).exists()

    def test_the_outbox_holds_invites_changes_and_cancellations(self):
        queued = Message.objects.filter(status=MessageStatus.QUEUED)
        assert queued.filter(kind="invite", sequence=0).exists()
        assert queued.filter(kind="invite", sequence=1).exists()
        assert queued.filter(kind="cancellation", sequence=1).exists()

    def test_no_message_claims_anything(self):
        for message in Message.objects.all():
            assert claims_in(f"{message.subject}\n{words_of(message)}") == []

    def test_those_who_come_today_were_told_in_time(self):
        sent = Message.objects.filter(status=MessageStatus.SENT)
        assert sent.filter(session__day=WEDNESDAY).exists()
        assert all(message.sent_at.date() < WEDNESDAY - timedelta(days=7) for message in sent)

    def test_a_mail_could_not_be_sent_and_one_will_be_withheld(self):
        failed = Message.objects.filter(status=MessageStatus.FAILED)
        assert {message.to_address for message in failed} == {"sophie.lahtam@example.com"}
        queued = Message.objects.filter(status=MessageStatus.QUEUED, kind="invite")
        assert {m.to_address for m in queued.filter(contact__may_receive_invites=False)} == {
            "joy.fenwright@example.com"
        }

    def test_a_first_course_is_the_earliest_and_only_that(self):
        for patient in Patient.objects.prefetch_related("courses"):
            in_order = sorted(patient.courses.all(), key=lambda course: course.agreed_at)
            assert [course.is_first for course in in_order] == [n == 0 for n in range(len(in_order))]
        assert Course.objects.filter(status=CourseStatus.BOOKED, reason=Reason.FIRST).exists()

    def test_there_are_years_of_courses(self):
        completed = Course.objects.filter(status=CourseStatus.COMPLETED)
        assert 120 <= completed.count() <= 240
        assert all(in_days(course) == (GIVEN, GIVEN) for course in completed)
        days = sorted(Session.objects.values_list("day", flat=True))
        assert WEDNESDAY - timedelta(days=3 * 366) <= days[0] < WEDNESDAY - timedelta(days=2 * 365)
        assert max(Counter(completed.values_list("patient", flat=True)).values()) >= 6

    def test_there_is_a_course_on_each_awkward_state(self):
        states = {(course.status, in_days(course)) for course in Course.objects.all()}
        part_given, cancelled = CourseStatus.PART_GIVEN, CourseStatus.CANCELLED
        assert {
            (part_given, (GIVEN, CANCELLED)),
            (part_given, (GIVEN, NOT_BROUGHT)),
            (cancelled, (NOT_BROUGHT, CANCELLED)),
            (cancelled, (CANCELLED, CANCELLED)),
            (cancelled, ()),
            (CourseStatus.WAITING, (CANCELLED, CANCELLED)),
            (CourseStatus.BOOKED, (GIVEN, STARTED)),
            (CourseStatus.BOOKED, (GIVEN, BOOKED)),
            (CourseStatus.BOOKED, (ARRIVED, BOOKED)),
        } <= states
        assert Course.objects.filter(sessions__status=BOOKED, sessions__day__lt=WEDNESDAY).exists()
        again = [c for c in self.booked_to_come() if sorted(in_days(c)) == sorted([BOOKED, CANCELLED] * 2)]
        assert len(again) == 1
        assert not Course.objects.filter(status=cancelled).exclude(cancel_reason__in=CancelReason).exists()

    def test_the_waiting_list_is_varied(self):
        waiting = list(Course.objects.waiting())
        assert {course.priority for course in waiting} == set(Priority)
        assert {course.days for course in waiting} == {1, 2, 3}
        assert any(course.not_before for course in waiting)
        assert any(course.impossible_weekdays for course in waiting)
        assert any(course.impossible_dates.exists() for course in waiting)

    def test_two_waiting_courses_have_no_offer_and_one_can_see_why(self):
        diary = self.diary()
        without = [
            course
            for course in Course.objects.waiting()
            if not find_offers(request_for(course), diary, limit=1)
        ]
        passed, closed = sorted(without, key=lambda course: course.latest)
        assert passed.latest < WEDNESDAY
        closure = self.unit.closures.get()
        request = request_for(closed)
        assert closure.last_day == request.latest
        assert find_offers(replace(request, latest=request.latest + timedelta(days=7)), diary)

    def test_the_unit_has_exceptions_to_its_week(self):
        closure = self.unit.closures.get()
        assert (closure.last_day - closure.first_day).days == 1
        assert WEDNESDAY < closure.first_day < WEDNESDAY + timedelta(weeks=4)
        assert self.unit.chairs.count() == 6
        assert self.unit.staffing.count() >= 3
        assert Booking.objects.filter(session=None).count() >= 3

    def test_the_unit_is_shared_with_others_and_keeps_a_place_for_them(self):
        series = OtherInfusion.objects.filter(booking__starts_at__date__gt=WEDNESDAY)
        assert {row.kind.name for row in series} == {"Iron infusion", "Antibody infusion"}
        assert max(Counter(series.values_list("series", flat=True)).values()) >= 5
        assert self.unit.keeps_places
        assert not Task.objects.filter(kind="misfit").exists()

    def test_siblings_share_their_days_and_some_children_have_needs(self):
        shared = list(Course.objects.exclude(shared=None))
        assert [course.patient.name for course in shared] == ["Rhys Trevanion", "Carys Trevanion"]
        days = [[session.day for session in course.live_sessions] for course in shared]
        assert days[0] == days[1] != []
        assert {need.name for need in Need.objects.filter(rows__isnull=False)} == {
            "Isolation",
            "Difficult veins",
            "Play specialist",
        }

    def test_one_family_is_asked_about_days(self):
        offer = FamilyOffer.objects.get(status="asked")
        assert offer.course.status == CourseStatus.HELD
        assert offer.until.astimezone(LONDON).date() > WEDNESDAY


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "visits_today"),
    [(date(2026, 12, 24), 3), (date(2027, 3, 28), 0)],
    ids=["Christmas Eve", "an Easter Sunday on which the clocks change"],
)
def test_any_day_will_do(day, visits_today):
    seed_at(day, 9)
    assert Session.objects.visits(day, day).count() == visits_today
    assert Course.objects.to_book().count() == 15
    assert recorded_after(day, 9) == []


@pytest.mark.django_db
@override_settings(PRODUCTION=True)
def test_it_refuses_in_production():
    with pytest.raises(CommandError, match="not for production"):
        call_command("seed_demo")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_it_leaves_a_database_alone_that_somebody_works_with(lead):
    Unit.objects.create(name="Our own unit", place="Level 1")
    call_command("seed_demo", stdout=StringIO())
    assert not Patient.objects.exists()
