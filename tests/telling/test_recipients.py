"""Who is written to: the rule at 16, addresses that mail came back from, and what follows from a change."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from crmo_clinic.nhsuk.wording import birthday
from patients import changes
from patients.errors import Refused
from patients.models import AuditEvent, Contact
from scheduling.booking import bookings, lost_days
from scheduling.models import CancelReason, Course, LostBecause, Message, Session, Task, Way
from scheduling.states import MessageStatus
from scheduling.telling import by_person
from scheduling.telling.delivery import deliver_due
from scheduling.telling.nobody_told import look_for_nobody_told
from scheduling.telling.recipients import recipients, why_not
from tests import builders
from tests.fakes.post import Post
from tests.reading import calendar, words_of

pytestmark = pytest.mark.django_db

TODAY = date(2027, 3, 1)
SIXTEEN = "the child is 16: ask the young person who may be told"


@pytest.fixture(autouse=True)
def clock():
    at = datetime(2027, 3, 1, 10, tzinfo=ZoneInfo("Europe/London"))
    with time_machine.travel(at, tick=False) as found:
        yield found


@pytest.fixture
def course():
    patient = builders.patient(birth_date=date(2011, 3, 10))
    builders.contact(patient, "Mia Lark", email="mia@example.com")
    return builders.course(patient, builders.unit())


def book(course, by, weeks=1):
    visits = builders.visits(course, TODAY + timedelta(7 * weeks))
    return bookings.book(course=course, visits=visits, by=by)


def mia():
    return Contact.objects.get(name="Mia Lark")


def save(contact, by, **fields):
    for name, value in fields.items():
        setattr(contact, name, value)
    return changes.save(contact, by=by)


def told(**found):
    """What was queued, in order: to whom, with which method, SEQUENCE, about which day."""
    return [
        (m.to_address, calendar(m)["METHOD"], int(calendar(m)["SEQUENCE"]), m.session.number)
        for m in Message.objects.filter(**found).order_by("pk")
    ]


class TestAt16:
    @pytest.mark.parametrize(
        ("born", "turns"),
        [
            (date(2011, 3, 10), date(2027, 3, 10)),
            (date(2012, 2, 29), date(2028, 2, 29)),
            # 2100 is no leap year.
            (date(2084, 2, 29), date(2100, 3, 1)),
        ],
    )
    def test_the_birthday(self, born, turns):
        assert birthday(born, 16) == turns

    @pytest.mark.parametrize(
        ("permission_on", "today", "said"),
        [
            (date(2026, 1, 1), date(2027, 3, 9), ""),
            (None, date(2027, 3, 9), ""),
            (date(2026, 1, 1), date(2027, 3, 10), SIXTEEN),
            (None, date(2027, 3, 10), SIXTEEN),
            (date(2027, 3, 9), date(2027, 4, 1), SIXTEEN),
            (date(2027, 3, 10), date(2027, 4, 1), ""),
        ],
    )
    def test_a_permission_from_before_lapses_on_the_day(self, course, permission_on, today, said):
        contact = mia()
        contact.permission_on = permission_on
        assert why_not(contact, course.patient, today) == said

    def test_the_young_persons_own_does_not_lapse(self, course):
        ada = builders.contact(course.patient, "Ada Lark", relationship="young_person")
        assert why_not(ada, course.patient, date(2027, 3, 10)) == ""

    def test_the_day_is_that_of_london(self, course, clock):
        midnight = datetime(2027, 3, 10, tzinfo=ZoneInfo("Europe/London"))
        clock.move_to(midnight - timedelta(seconds=1))
        assert why_not(mia(), course.patient) == ""
        clock.move_to(midnight)
        assert why_not(mia(), course.patient) == SIXTEEN

    def test_an_invite_waiting_over_the_birthday_does_not_leave(self, course, coordinator, clock):
        book(course, coordinator, weeks=3)
        clock.move_to(datetime(2027, 3, 10, 9, tzinfo=ZoneInfo("Europe/London")))
        assert deliver_due(transport=Post()).withheld == 2
        assert SIXTEEN in Message.objects.first().problem

    def test_the_pages_say_so_before(self, course, coordinator, client):
        book(course, coordinator, weeks=2)
        client.force_login(coordinator)
        for page in (course.get_absolute_url(), course.patient.get_absolute_url()):
            assert "From their 16th birthday on 10 March 2027" in client.get(page).content.decode()
        Contact.objects.update(relationship="young_person")
        assert "16th birthday" not in client.get(course.get_absolute_url()).content.decode()

    def test_nothing_is_said_of_visits_before_it(self, course, coordinator, client):
        book(course, coordinator, weeks=1)
        Session.objects.filter(number=2).update(day=date(2027, 3, 9))
        client.force_login(coordinator)
        assert "16th birthday" not in client.get(course.get_absolute_url()).content.decode()

    def test_afterwards_a_task_asks_once_and_closes_when_the_visits_are_over(
        self, course, coordinator, clock
    ):
        book(course, coordinator, weeks=3)
        assert not look_for_nobody_told()
        clock.move_to(datetime(2027, 3, 10, 9, tzinfo=ZoneInfo("Europe/London")))
        assert look_for_nobody_told().opened == 1
        [task] = Task.objects.open()
        assert task.kind == "nobody_told"
        assert "ask the young person" in task.says
        assert not look_for_nobody_told()
        Task.objects.update(done_at=timezone.now(), done_by="Nia", done_note="Rang.")
        assert not look_for_nobody_told()
        Task.objects.update(done_at=None, done_by="", done_note="")
        clock.move_to(datetime(2027, 4, 1, 9, tzinfo=ZoneInfo("Europe/London")))
        assert look_for_nobody_told().closed == 1


class TestWhatACancellationSaysAt16:
    """The mother's permission has lapsed; the father's was given anew."""

    @pytest.fixture
    def moved(self, course, coordinator, clock):
        """Told of Monday 15 and Tuesday 16 March, and then the second day was put on Thursday 18 March."""
        builders.contact(course.patient, "Dan Lark", permission_on=date(2027, 3, 10))
        book(course, coordinator, weeks=2)
        deliver_due(transport=Post())
        clock.move_to(datetime(2027, 3, 11, 10, tzinfo=ZoneInfo("Europe/London")))
        second = course.live_sessions[1]
        thursday = replace(second.visit, day=date(2027, 3, 18))
        approval = lost_days.Approval(LostBecause.UNWELL, "A fever since the night", "Dr Wren")
        lost_days.another_day(session=second, visit=thursday, approval=approval, by=coordinator)
        return Course.objects.get(pk=course.pk), approval

    def said(self, messages):
        return {message.contact.name: words_of(message) for message in messages}

    def test_nothing_of_the_day_that_stays(self, moved, coordinator):
        course, approval = moved
        first = course.live_sessions[0]
        said = self.said(lost_days.leave_out(session=first, approval=approval, by=coordinator).messages)
        assert "Only this day is cancelled. As planned before:" in said["Dan Lark"]
        assert "Thursday 18 March 2027" in said["Dan Lark"]
        assert "It was: Monday 15 March 2027, 9am" in said["Mia Lark"]
        assert "As planned before" not in said["Mia Lark"]
        assert "18 March" not in said["Mia Lark"]

    def test_nothing_of_the_others_or_of_new_days_when_all_are_cancelled(self, moved, coordinator):
        course, _ = moved
        reason = CancelReason.FAMILY_REQUEST
        done = bookings.cancel(course=course, reason=reason, back_to_waiting=True, by=coordinator)
        said = self.said([message for message in done.messages if message.session.number == 1])
        assert "Also cancelled: - Thursday 18 March 2027" in said["Dan Lark"]
        assert "We will be in touch about new days." in said["Dan Lark"]
        assert "It was: Monday 15 March 2027, 9am" in said["Mia Lark"]
        assert "Also cancelled" not in said["Mia Lark"]
        assert "18 March" not in said["Mia Lark"]
        assert "in touch" not in said["Mia Lark"]


def test_where_a_mail_came_back_from_nothing_goes_and_the_reason_says_what_to_do(course):
    Contact.objects.update(returned_at=timezone.now())
    _, [row] = recipients(course.patient)
    assert row.why == "a mail to this address came back on 1 March 2027: ring, and correct the address"


class TestAnotherAddress:
    def test_the_old_one_gets_a_cancellation_and_the_new_one_an_invite_at_once(self, course, coordinator):
        builders.contact(course.patient, "Dan Lark", email="dan@example.com")
        book(course, coordinator)
        deliver_due(transport=Post())
        before = Message.objects.last().pk
        said = save(mia(), coordinator, email="mia@new.example.com")
        assert told(pk__gt=before) == [
            ("mia@example.com", "CANCEL", 1, 1),
            ("mia@example.com", "CANCEL", 1, 2),
            ("mia@new.example.com", "REQUEST", 2, 1),
            ("mia@new.example.com", "REQUEST", 2, 2),
        ]
        assert said == [
            "On their way: 2 mails to withdraw the invites from the address that had them and "
            "2 invites to the new address."
        ]
        uids = {(calendar(m)["UID"], m.session.number) for m in Message.objects.all()}
        assert len(uids) == 2
        assert set(Session.objects.values_list("sequence", flat=True)) == {0}, "nobody else is asked anew"
        assert AuditEvent.objects.filter(action="course.entries_followed", actor_id=coordinator.pk).exists()

    def test_back_to_the_first_address_its_revision_is_higher_than_that_of_the_cancellation(
        self, course, coordinator
    ):
        book(course, coordinator)
        deliver_due(transport=Post())
        save(mia(), coordinator, email="mia@new.example.com")
        deliver_due(transport=Post())
        save(mia(), coordinator, email="mia@example.com")
        deliver_due(transport=Post())
        assert told(to_address="mia@example.com", session__number=1) == [
            ("mia@example.com", "REQUEST", 0, 1),
            ("mia@example.com", "CANCEL", 1, 1),
            ("mia@example.com", "REQUEST", 4, 1),
        ]
        # A move goes beyond all that any calendar has.
        visits = builders.visits(course, TODAY + timedelta(14))
        bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
        assert told(to_address="mia@example.com", session__number=1)[-1] == (
            "mia@example.com",
            "REQUEST",
            5,
            1,
        )
        assert not bookings.invite_untold(course=course, by=coordinator).messages

    @pytest.mark.parametrize(
        "fields", [{"may_receive_invites": False}, {"may_receive_invites": False, "email": ""}]
    )
    def test_permission_withdrawn_takes_the_visits_out_of_that_calendar(self, course, coordinator, fields):
        book(course, coordinator)
        deliver_due(transport=Post())
        before = Message.objects.last().pk
        save(mia(), coordinator, **fields)
        assert told(pk__gt=before) == [
            ("mia@example.com", "CANCEL", 1, 1),
            ("mia@example.com", "CANCEL", 1, 2),
        ]
        assert deliver_due(transport=Post()).sent == 2

    @pytest.mark.parametrize(
        "fields", [{"phone": "+447700900999"}, {"email": "MIA@example.com"}, {"name": "Mia Finch"}]
    )
    def test_other_changes_send_nothing(self, course, coordinator, fields):
        book(course, coordinator)
        before = Message.objects.count()
        assert save(mia(), coordinator, **fields) == []
        assert Message.objects.count() == before

    def test_nobody_is_invited_who_never_was(self, course, coordinator):
        book(course, coordinator)
        dan = builders.contact(course.patient, "Dan Lark", email="dan@example.com")
        before = Message.objects.count()
        save(dan, coordinator, email="dan@new.example.com")
        assert Message.objects.count() == before, "a person sends the first invite"

    def test_an_address_that_came_back_gets_no_cancellation_and_the_corrected_one_the_invites(
        self, course, coordinator
    ):
        book(course, coordinator)
        deliver_due(transport=Post())
        Message.objects.update(status=MessageStatus.RETURNED)
        Contact.objects.update(returned_at=timezone.now())
        before = Message.objects.last().pk
        save(mia(), coordinator, email="mia.lark@example.com", returned_at=None)
        assert {m[:2] for m in told(pk__gt=before)} == {("mia.lark@example.com", "REQUEST")}

    def test_for_a_restricted_child_nothing_leaves(self, course, coordinator):
        book(course, coordinator)
        before = Message.objects.count()
        patient = course.patient
        patient.restricted, patient.restricted_because = True, "court order"
        changes.save(patient, by=coordinator)
        save(mia(), coordinator, email="mia@new.example.com")
        assert Message.objects.count() == before
        assert deliver_due(transport=Post()).sent == 0
        [task] = Task.objects.open()
        assert "Decide with the safeguarding lead" in task.says
        assert task.contacts_to_ring == []

    def test_visits_that_are_over_are_left_alone(self, course, coordinator, clock):
        book(course, coordinator)
        deliver_due(transport=Post())
        before = Message.objects.count()
        clock.move_to(datetime(2027, 3, 9, 20, tzinfo=ZoneInfo("Europe/London")))
        save(mia(), coordinator, email="mia@new.example.com")
        assert Message.objects.count() == before

    def test_if_the_mails_are_refused_the_contact_is_not_changed(self, course, coordinator, monkeypatch):
        book(course, coordinator)

        def refuse(*args, **kwargs):
            raise Refused("No.")

        monkeypatch.setattr("scheduling.telling.queue.withdraw_from", refuse)
        with pytest.raises(Refused):
            save(mia(), coordinator, email="mia@new.example.com")
        assert mia().email == "mia@example.com"

    def test_the_page_says_what_it_sent(self, course, coordinator, client):
        book(course, coordinator)
        client.force_login(coordinator)
        typed = {
            "name": "Mia Lark",
            "relationship": "mother",
            "parental_responsibility": "yes",
            "email": "mia@new.example.com",
            "may_receive_invites": "on",
        }
        address = reverse("patients:change_contact", args=[mia().pk])
        page = client.post(address, typed, follow=True).content.decode()
        assert "2 invites to the new address" in page


def test_two_households_get_one_mail_each_and_neither_reads_of_the_other(course, coordinator):
    builders.contact(course.patient, "Dan Lark", email="dan@elsewhere.example.com", relationship="father")
    done = book(course, coordinator)
    visits = builders.visits(course, TODAY + timedelta(14))
    bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    save(mia(), coordinator, email="mia@new.example.com")
    bookings.cancel(course=done.course, reason=CancelReason.CLINICAL, back_to_waiting=False, by=coordinator)
    others = {"Mia Lark": [b"dan@", b"Dan Lark"], "Dan Lark": [b"mia@", b"Mia Lark"]}
    assert {m.contact.name for m in Message.objects.all()} == set(others)
    for message in Message.objects.all():
        mail = message_from_bytes(bytes(message.mime), policy=policy.default)
        read = bytes(message.mime) + b"".join(p.get_payload(decode=True) or b"" for p in mail.walk())
        # Lines of a calendar part are folded anywhere (RFC 5545 section 3.1).
        read = read.replace(b"\r\n ", b"").lower()
        assert not [word for word in others[message.contact.name] if word.lower() in read]


class TestNobodyTold:
    @pytest.fixture
    def silent(self, course):
        Contact.objects.update(may_receive_invites=False, email="")
        return course

    def open_says(self):
        return [task.says for task in Task.objects.open().filter(kind="nobody_told")]

    def test_each_act_asks_and_one_task_says_the_latest(self, silent, coordinator):
        book(silent, coordinator)
        assert self.open_says() == [
            "Nobody was written to about the booking (Mon 8 Mar 2027 and Tue 9 Mar 2027): ring or write."
        ]
        visits = builders.visits(silent, date(2027, 3, 8), start=10 * 60)
        bookings.move(course=silent, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
        [says] = self.open_says()
        assert "the new times" in says
        bookings.cancel(course=silent, reason=CancelReason.CLINICAL, back_to_waiting=True, by=coordinator)
        [says] = self.open_says()
        assert "the cancellation" in says

    def test_a_call_closes_it(self, silent, coordinator):
        book(silent, coordinator)
        made = by_person.note_told(course=silent, contact=mia(), way=Way.PHONE, by=coordinator)
        assert [(n.session.number, n.sequence) for n in made] == [(1, 0), (2, 0)]
        assert self.open_says() == []
        assert by_person.note_told(course=silent, contact=mia(), way=Way.PHONE, by=coordinator) == []

    def test_a_mail_that_was_sent_closes_it(self, silent, coordinator):
        book(silent, coordinator)
        Contact.objects.update(may_receive_invites=True, email="mia@example.com")
        bookings.invite_untold(course=silent, by=coordinator)
        assert self.open_says()
        deliver_due(transport=Post())
        assert self.open_says() == []

    def test_the_cancellation_for_one_who_may_no_longer_be_told_does_not(self, course, coordinator):
        book(course, coordinator)
        deliver_due(transport=Post())
        Contact.objects.update(may_receive_invites=False)
        visits = builders.visits(course, date(2027, 3, 8), start=10 * 60)
        bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
        assert deliver_due(transport=Post()).sent == 2
        [says] = self.open_says()
        assert "the new times" in says

    def test_who_was_told_by_phone_is_to_be_rung_about_the_cancellation(self, silent, coordinator):
        book(silent, coordinator)
        by_person.note_told(course=silent, contact=mia(), way=Way.PHONE, by=coordinator)
        builders.contact(silent.patient, "Dan Lark")
        bookings.cancel(course=silent, reason=CancelReason.CLINICAL, back_to_waiting=True, by=coordinator)
        assert self.open_says()

    @pytest.fixture
    def rung(self, course, coordinator):
        """Booked: Mia has her mails, and Dan, who gets none, was told by phone."""
        book(course, coordinator)
        deliver_due(transport=Post())
        dan = builders.contact(course.patient, "Dan Lark", email="", may_receive_invites=False)
        by_person.note_told(course=course, contact=dan, way=Way.PHONE, by=coordinator)
        assert self.open_says() == []
        return dan

    def move(self, course, by):
        visits = builders.visits(course, date(2027, 3, 8), start=10 * 60)
        return bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=by)

    def test_who_was_told_by_phone_is_asked_for_though_others_get_mails(
        self, course, rung, coordinator, clock
    ):
        clock.shift(60)
        self.move(course, coordinator)
        [says] = self.open_says()
        assert says == (
            "1 contact who was told by phone, by letter or in person gets no mail about the new times (Mon 8 "
            "Mar 2027 and Tue 9 Mar 2027), and knows only how it was before: ring or write. The course page "
            "says who."
        )
        deliver_due(transport=Post())
        by_person.note_told(course=course, contact=mia(), way=Way.PHONE, by=coordinator)
        [says] = self.open_says()
        assert says.startswith("1 contact who was told")
        by_person.note_told(course=course, contact=rung, way=Way.PHONE, by=coordinator)
        assert self.open_says() == []

    def test_of_the_cancellation_too(self, course, rung, coordinator, clock):
        clock.shift(60)
        bookings.cancel(course=course, reason=CancelReason.CLINICAL, back_to_waiting=True, by=coordinator)
        [says] = self.open_says()
        assert says.startswith("1 contact who was told by phone")
        deliver_due(transport=Post())
        assert self.open_says() == [
            "1 contact who was told by phone, by letter or in person gets no mail about how the days stand "
            "now, and knows only how it was before: ring or write. The course page says who."
        ]
        book(course, coordinator, weeks=2)
        by_person.note_told(course=course, contact=rung, way=Way.PHONE, by=coordinator)
        assert self.open_says() == []

    def test_who_gets_mails_by_now_is_not_asked_for(self, course, rung, coordinator, clock):
        Contact.objects.filter(pk=rung.pk).update(may_receive_invites=True, email="dan@example.com")
        clock.shift(60)
        self.move(course, coordinator)
        assert self.open_says() == []

    def test_nor_whoever_lost_the_say_at_16(self, course, rung, coordinator, clock):
        builders.contact(course.patient, "Ada Lark", relationship="young_person", email="ada@example.com")
        visits = builders.visits(course, date(2027, 3, 22))
        bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
        by_person.note_told(course=course, contact=rung, way=Way.PHONE, by=coordinator)
        clock.move_to(datetime(2027, 3, 11, 10, tzinfo=ZoneInfo("Europe/London")))
        visits = builders.visits(course, date(2027, 3, 29))
        bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
        assert self.open_says() == []

    def test_where_mails_go_there_is_none(self, course, coordinator):
        book(course, coordinator)
        bookings.cancel(course=course, reason=CancelReason.CLINICAL, back_to_waiting=True, by=coordinator)
        assert self.open_says() == []

    def test_a_note_about_days_that_changed_is_refused(self, silent, coordinator):
        booked = book(silent, coordinator).course
        seen = booked.version
        visits = builders.visits(silent, date(2027, 3, 8), start=10 * 60)
        bookings.move(course=silent, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
        with pytest.raises(Refused):
            by_person.note_told(course=silent, contact=mia(), way=Way.PHONE, by=coordinator, seen=seen)
