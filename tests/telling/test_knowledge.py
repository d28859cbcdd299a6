"""What did we tell them: who knows the times, sending again, previews, families to ring, letters."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent, Contact
from scheduling.booking import bookings
from scheduling.errors import Refused
from scheduling.models import AdviceText, CancelReason, Course, Message, Reply, Session, Task, Telling, Way
from scheduling.states import MessageStatus, SessionStatus
from scheduling.telling import by_person, resend
from scheduling.telling.day_told import Family, State
from scheduling.telling.delivery import deliver_due
from scheduling.telling.family_links import link_for, page_address
from scheduling.telling.knowledge import load_told, tells_how_it_stands
from scheduling.telling.to_ring import families_to_ring
from tests import builders
from tests.fakes.post import Post
from tests.reading import calendar, folded

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(coordinator):
    patient = builders.patient()
    builders.contact(patient, "Mia Lark", email="mia@example.com")
    made = builders.course(patient, builders.unit())
    visits = builders.visits(made, builders.next_monday(2))
    return bookings.book(course=made, visits=visits, by=coordinator).course


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


def mia():
    return Contact.objects.get(name="Mia Lark")


def known(course):
    """What the family knows of day 1."""
    sessions = list(Session.objects.filter(course=course).select_related("course__patient"))
    return load_told(sessions)[sessions[0].pk]


def move(course, by):
    visits = builders.visits(course, builders.next_monday(3))
    return bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=by).course


def move_by_an_hour(course, by):
    visits = builders.visits(course, builders.next_monday(3), start=10 * 60)
    return bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=by).course


class TestWhoKnows:
    def states(self, course):
        return {row.contact.name: row.state for row in known(course).rows}

    def test_on_its_way_then_told(self, course):
        assert known(course).family == Family.ON_ITS_WAY
        deliver_due(transport=Post())
        assert known(course).family == Family.TOLD
        assert known(course).rows[0].words.startswith("told on ")

    def test_a_mail_that_waits_for_over_an_hour_is_not_counted_on(self, course, page):
        Message.objects.update(created_at=timezone.now() - timedelta(minutes=59))
        assert known(course).family == Family.ON_ITS_WAY
        Message.objects.update(created_at=timezone.now() - timedelta(minutes=61))
        assert self.states(course) == {"Mia Lark": State.LATE}
        assert known(course).in_words == "family not told"
        assert list(known(course).sentences()) == [
            "Mail still waits to be sent to Mia Lark: tell them of this day by phone"
        ]
        assert "still waits to be sent" in folded(page.get(course.get_absolute_url()))
        deliver_due(transport=Post())
        assert known(course).family == Family.TOLD

    @pytest.mark.parametrize(("status", "state"), [("failed", State.FAILED), ("returned", State.RETURNED)])
    def test_a_mail_that_did_not_arrive_told_nobody(self, course, status, state):
        deliver_due(transport=Post())
        sent_at = timezone.now() if status == "returned" else None
        Message.objects.update(status=status, sent_at=sent_at)
        assert self.states(course) == {"Mia Lark": state}
        assert known(course).family == Family.NOT_TOLD

    def test_of_another_time_is_not_told(self, course, coordinator):
        deliver_due(transport=Post())
        Session.objects.update(sequence=1)
        assert self.states(course) == {"Mia Lark": State.EARLIER}

    def test_in_part(self, course):
        deliver_due(transport=Post())
        builders.contact(course.patient, "Dan Lark")
        assert self.states(course) == {"Mia Lark": State.TOLD, "Dan Lark": State.NOT_TOLD}
        assert known(course).family == Family.PART

    def test_who_may_not_be_told_does_not_count(self, course):
        deliver_due(transport=Post())
        builders.contact(course.patient, "Dan Lark", may_receive_invites=False)
        assert known(course).family == Family.TOLD
        assert known(course).rows[1].words == "not told: no permission to receive invites is recorded"

    def test_by_phone_until_it_moves(self, course, coordinator):
        Contact.objects.update(may_receive_invites=False)
        Message.objects.all().delete()
        by_person.note_told(course=course, contact=mia(), way=Way.PHONE, by=coordinator)
        assert known(course).family == Family.TOLD
        assert known(course).rows[0].words.startswith("told by phone on ")
        moved = move(course, coordinator)
        assert known(moved).family == Family.NOT_TOLD

    def test_told_of_the_cancellation(self, course, coordinator):
        deliver_due(transport=Post())
        bookings.cancel(course=course, reason=CancelReason.CLINICAL, back_to_waiting=True, by=coordinator)
        assert known(course).family == Family.ON_ITS_WAY
        deliver_due(transport=Post())
        assert known(course).rows[0].words.startswith("told of the cancellation on ")

    def test_the_answer_that_counts_is_the_last_to_the_highest_revision(self, course):
        session, now = course.live_sessions[0], timezone.now()
        for sequence, stamp, answer in (
            (0, now, "ACCEPTED"),
            (1, now - timedelta(hours=2), "TENTATIVE"),
            (1, now - timedelta(hours=1), "DECLINED"),
        ):
            Reply.objects.create(
                session=session,
                contact=mia(),
                answer=answer,
                source="calendar",
                sequence=sequence,
                stamp=stamp,
            )
        assert known(course).cannot_come == [mia()]
        assert known(course).rows[0].answer.startswith("Cannot come (in their calendar")
        Session.objects.update(sequence=2)
        assert known(course).cannot_come == []
        assert known(course).rows[0].answer.startswith("Answered an earlier time: cannot come")

    def test_a_reminder_is_no_invite(self, course):
        deliver_due(transport=Post())
        first = Message.objects.first()
        Message.objects.create(
            course=course,
            session=first.session,
            contact=mia(),
            kind="reminder",
            to_address=mia().email,
            subject="Reminder",
            message_id="<r@daycase.example>",
            mime=b"x",
        )
        assert known(course).family == Family.TOLD

    def test_the_queries_are_three(self, course, django_assert_num_queries):
        sessions = list(Session.objects.select_related("course__patient"))
        with django_assert_num_queries(3):
            load_told(sessions)

    def test_the_pages_show_it(self, course, page):
        deliver_due(transport=Post())
        shown = folded(page.get(course.get_absolute_url()))
        assert "Who knows the current times" in shown
        assert "The family is told" in shown
        day = course.live_sessions[0].day.isoformat()
        board = folded(page.get(reverse("scheduling:show_board"), {"day": day}))
        assert "t-told" in board
        assert "family told" in board


class TestSendingAgain:
    def again(self, message, by, **more):
        return resend.send_again(message=Message.objects.get(pk=message.pk), by=by, **more)

    def test_a_mail_that_left_goes_as_a_new_mail_of_the_same_words(self, course, coordinator):
        deliver_due(transport=Post())
        message = Message.objects.first()
        again = self.again(message, coordinator)
        assert (again.pk != message.pk, again.status) == (True, "queued")
        old, new = (message_from_bytes(bytes(m.mime), policy=policy.default) for m in (message, again))
        assert new["Message-ID"] == again.message_id != old["Message-ID"]
        assert [p.get_payload(decode=True) for p in new.walk()] == [
            p.get_payload(decode=True) for p in old.walk()
        ]
        assert calendar(new_row := again)["SEQUENCE"] == calendar(message)["SEQUENCE"]
        assert new_row.advice_version == message.advice_version
        event = AuditEvent.objects.get(action="message.sent_again")
        assert (event.actor_id, event.record_id) == (coordinator.pk, message.pk)
        assert deliver_due(transport=Post()).sent == 1
        assert known(course).family == Family.TOLD

    @pytest.mark.parametrize("status", ["failed", "withheld"])
    def test_a_mail_that_did_not_leave_is_queued_itself(self, course, coordinator, status):
        message = Message.objects.first()
        Message.objects.filter(pk=message.pk).update(status=status, attempts=30, problem="No.")
        again = self.again(message, coordinator)
        assert (again.pk, again.status, again.problem) == (message.pk, "queued", "")
        assert bytes(again.mime) == bytes(message.mime)
        assert deliver_due(transport=Post()).sent == 2

    def test_a_second_press_does_nothing(self, course, coordinator):
        message = Message.objects.first()
        Message.objects.filter(pk=message.pk).update(status="failed")
        self.again(message, coordinator, seen="failed")
        with pytest.raises(Refused):
            self.again(message, coordinator, seen="failed")

    def test_nothing_is_sent_again_that_is_no_longer_so(self, course, coordinator):
        deliver_due(transport=Post())
        message = Message.objects.first()

        def why():
            return resend.why_not_again(Message.objects.get(pk=message.pk))

        assert why() == ""
        Contact.objects.update(may_receive_invites=False)
        assert "no permission" in why()
        Contact.objects.update(may_receive_invites=True, email="mia@new.example.com")
        assert "another address" in why()
        Contact.objects.update(email="mia@example.com")
        Session.objects.update(sequence=1)
        assert "no longer at the time" in why()
        Session.objects.update(sequence=0)
        Message.objects.filter(pk=message.pk).update(status=MessageStatus.RETURNED)
        assert "came back" in why()
        Message.objects.filter(pk=message.pk).update(status=MessageStatus.SENT)
        move(course, coordinator)
        assert "later mail" in why()

    def test_no_invite_goes_again_whose_text_is_no_longer_in_force(self, course, coordinator):
        deliver_due(transport=Post())
        message = Message.objects.first()
        AdviceText.objects.update(review_on=timezone.localdate() - timedelta(1))
        with pytest.raises(Refused, match="past its review date"):
            self.again(message, coordinator)
        bookings.cancel(course=course, reason=CancelReason.CLINICAL, back_to_waiting=True, by=coordinator)
        deliver_due(transport=Post())
        self.again(Message.objects.last(), coordinator)
        assert Message.objects.filter(status="queued", kind="cancellation").count() == 1

    def test_the_page_has_the_button_and_it_works(self, course, page, reader, client):
        deliver_due(transport=Post())
        message = Message.objects.first()
        assert "Send this mail again" in folded(page.get(message.get_absolute_url()))
        address = reverse("scheduling:resend_message", args=[message.pk])
        for _ in range(2):
            answer = folded(page.post(address, {"seen": "sent"}, follow=True))
        assert "It cannot be sent again" in answer or "replaced" in answer
        assert Message.objects.filter(status="queued").count() == 1
        client.force_login(reader)
        assert client.post(address).status_code == 403


class TestPreview:
    def text(self, response):
        return folded(response)

    def waiting(self):
        patient = builders.patient("Ben Wren")
        builders.contact(patient, "Mo Wren", email="mo@example.com")
        builders.contact(patient, "Jo Wren", email="", may_receive_invites=False)
        return builders.course(patient, builders.unit())

    def test_what_is_shown_is_what_is_sent_and_looking_writes_nothing(self, page, coordinator):
        course = self.waiting()
        visits = builders.visits(course, builders.next_monday(2))
        from scheduling.pages.booking.placement_forms import check_address

        rows = (Message, Session, Task, AuditEvent, Telling)
        before = [model.objects.count() for model in rows]
        checked = page.get(check_address(course, visits))
        assert [model.objects.count() for model in rows] == before
        assert Course.objects.get(pk=course.pk).status == "waiting"
        mails = checked.context["mails"]
        assert page_address(link_for(course, mails[0].message.contact)) not in folded(checked)
        sent = bookings.book(course=course, visits=visits, by=coordinator).messages

        def words(message):
            mail = message_from_bytes(bytes(message.mime), policy=policy.default)
            text = mail.get_body(["plain"]).get_content()
            # A link made for the preview is gone with it: the address is the only difference.
            return message.to_address, message.subject, re.sub(r"/family/[\w-]+/", "/family/…/", text)

        assert sorted(words(mail.message) for mail in mails) == sorted(map(words, sent))
        assert "(the address of their own page)" in mails[0].text
        shown = self.text(checked)
        assert "The mails, word for word" in shown
        assert "Jo Wren (mother): no permission" in shown

    @pytest.mark.parametrize("name", ["cancel_course", "send_invites"])
    def test_before_cancelling_and_inviting_too(self, page, course, name):
        deliver_due(transport=Post())
        if name == "send_invites":
            builders.contact(course.patient, "Dan Lark", email="dan@example.com")
            shown = page.get(reverse("scheduling:send_invites", args=[course.pk]))
            wanted = "dan@example.com"
        else:
            answers = {"reason": "family_unwell", "then": "back"}
            shown = page.post(reverse("scheduling:cancel_course", args=[course.pk]), answers)
            wanted = "This visit is cancelled"
        assert wanted in self.text(shown)
        assert Message.objects.count() == 2

    def test_before_a_day_changes_too(self, page, course):
        deliver_due(transport=Post())
        session = course.live_sessions[1]
        address = reverse("scheduling:leave_out_day", args=[session.pk])
        assert "This visit is cancelled" in self.text(page.get(address, {"because": "unwell"}))
        assert Message.objects.count() == 2


class TestFamiliesToRing:
    def found(self):
        return [
            (f.course.patient.name, [c.name for c, _ in f.contacts]) for f in families_to_ring(timezone.now())
        ]

    def test_whom_no_mail_reaches(self, course):
        assert self.found() == []
        Message.objects.update(status="failed")
        assert self.found() == [("Ada Lark", ["Mia Lark"])]

    def test_whom_no_mail_has_reached_for_over_an_hour(self, course, coordinator):
        Message.objects.update(created_at=timezone.now() - timedelta(minutes=61))
        assert self.found() == [("Ada Lark", ["Mia Lark"])]
        by_person.note_told(course=course, contact=mia(), way=Way.PHONE, by=coordinator)
        assert self.found() == []

    def test_where_nobody_may_be_written_to_everybody_with_a_phone(self, course):
        Message.objects.all().delete()
        Contact.objects.update(may_receive_invites=False, email="")
        builders.contact(course.patient, "Nan Lark", may_receive_invites=False, brings_child=True)
        builders.contact(course.patient, "Dan Lark", may_receive_invites=False, phone="")
        assert self.found() == [("Ada Lark", ["Nan Lark", "Mia Lark"])]

    def test_told_is_off_the_list_until_it_moves(self, course, coordinator, page):
        Message.objects.all().delete()
        Contact.objects.update(may_receive_invites=False, email="")
        told = {"contact": mia().pk, "way": "phone", "back": "list", "seen": course.version}
        answer = page.post(reverse("scheduling:note_told", args=[course.pk]), told, follow=True)
        assert "Noted: Mia Lark was told by phone." in folded(answer)
        assert self.found() == []
        move(course, coordinator)
        assert self.found() == [("Ada Lark", ["Mia Lark"])]

    def test_who_was_told_by_a_person_is_on_it_though_mails_go_to_others(self, course, coordinator):
        dan = builders.contact(course.patient, "Dan Lark", email="", may_receive_invites=False)
        deliver_due(transport=Post())
        assert self.found() == [("Ada Lark", ["Dan Lark"])]
        by_person.note_told(course=course, contact=dan, way=Way.PHONE, by=coordinator)
        course = move(course, coordinator)
        deliver_due(transport=Post())
        assert known(course).family == Family.PART
        assert list(known(course).sentences()) == ["Not told of this day: Dan Lark"]
        assert self.found() == [("Ada Lark", ["Dan Lark"])]
        by_person.note_told(course=course, contact=dan, way=Way.PHONE, by=coordinator)
        assert known(course).family == Family.TOLD
        assert self.found() == []

    def test_who_was_told_of_cancelled_days_is_on_it_for_those_that_came_instead(self, course, coordinator):
        dan = builders.contact(course.patient, "Dan Lark", email="", may_receive_invites=False)
        by_person.note_told(course=course, contact=dan, way=Way.PHONE, by=coordinator)
        bookings.cancel(course=course, reason=CancelReason.CLINICAL, back_to_waiting=True, by=coordinator)
        visits = builders.visits(course, builders.next_monday(3))
        bookings.book(course=course, visits=visits, by=coordinator)
        assert self.found() == [("Ada Lark", ["Dan Lark"])]

    def test_a_mail_takes_the_place_of_what_a_person_told(self, course, coordinator):
        by_person.note_told(course=course, contact=mia(), way=Way.PHONE, by=coordinator)
        move(course, coordinator)
        assert self.found() == []
        Contact.objects.update(may_receive_invites=False)
        builders.contact(course.patient, "Dan Lark")
        assert [row.counts for row in known(course).rows] == [True, True]
        course = move_by_an_hour(course, coordinator)
        assert self.found() == []

    def test_nobody_restricted(self, course):
        Message.objects.all().delete()
        type(course.patient).objects.update(restricted=True, restricted_because="court order")
        assert self.found() == []

    def test_the_queries_are_four_and_one_where_all_are_told(self, course, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert families_to_ring(timezone.now()) == []
        builders.contact(course.patient, "Tom Lark", email="", phone="+447700900111")
        with django_assert_num_queries(4):
            assert families_to_ring(timezone.now())


class TestLetter:
    @pytest.fixture(autouse=True)
    def no_advice_yet(self, course):
        AdviceText.objects.all().delete()

    def approve(self, unit, moment="before_day_1", body="Bring a **book**."):
        today = timezone.localdate()
        AdviceText.objects.create(
            unit=unit,
            audience="later",
            moment=moment,
            version=3,
            body=body,
            written_by="Lee",
            approved_by="Dr Wren",
            approved_at=timezone.now(),
            review_on=today,
        )

    def approve_both(self, unit):
        self.approve(unit)
        self.approve(unit, "before_day_2", body="The same again.")

    def letter(self, page, course, **asked):
        return folded(page.get(reverse("scheduling:print_letter", args=[course.pk]), asked))

    def test_it_says_when_where_and_whom_to_ring_and_does_not_name_the_child(self, page, course):
        self.approve_both(course.unit)
        letter = (
            self.letter(page, course, contact=mia().pk).partition("<article")[2].partition("</article")[0]
        )
        for words in ("Dear Mia Lark", "9am to about 1pm", "Main entrance", "0113 496 0123", "0113 496 0124"):
            assert words in letter
        assert "<strong>book</strong>" in letter
        assert "Ada" not in letter

    def test_there_is_none_without_approved_advice(self, page, course):
        self.approve(course.unit, moment="after")
        assert "has no approved text “Before day 1, later course”" in self.letter(page, course)
        self.approve_both(course.unit)
        assert "No letter" not in self.letter(page, course)
        AdviceText.objects.update(review_on=timezone.localdate() - timedelta(1))
        assert "has no approved text “Before day 1, later course”" in self.letter(page, course)

    def test_there_is_none_for_a_restricted_child(self, page, course):
        self.approve_both(course.unit)
        type(course.patient).objects.update(restricted=True, restricted_because="court order")
        letter = self.letter(page, course)
        assert "messages about this child are restricted" in letter
        assert "<article" not in letter

    def test_that_it_was_sent_is_noted_with_its_advice(self, page, course):
        self.approve_both(course.unit)
        told = {"contact": mia().pk, "way": "letter", "seen": course.version}
        page.post(reverse("scheduling:note_told", args=[course.pk]), told)
        assert set(Telling.objects.values_list("way", "advice_version")) == {
            ("letter", "before_day_1 3, before_day_2 3")
        }

    @pytest.mark.parametrize("told", [{}, {"contact": "x", "way": "phone"}, {"contact": "1", "way": "owl"}])
    def test_rubbish_notes_nothing(self, page, course, told):
        assert page.post(reverse("scheduling:note_told", args=[course.pk]), told).status_code == 404


@pytest.mark.parametrize(
    "kind, sequence, status, tells",
    [
        ("invite", 3, SessionStatus.BOOKED, True),
        ("invite", 4, SessionStatus.BOOKED, True),
        ("invite", 2, SessionStatus.BOOKED, False),
        ("cancellation", 3, SessionStatus.BOOKED, False),
        ("cancellation", 3, SessionStatus.CANCELLED, True),
        ("cancellation", 2, SessionStatus.CANCELLED, False),
        ("invite", 3, SessionStatus.CANCELLED, False),
    ],
)
def test_a_mail_tells_how_a_day_stands_if_it_is_of_that_kind_and_no_older(kind, sequence, status, tells):
    session = Session(status=status, sequence=3)
    assert tells_how_it_stands(Message(kind=kind, sequence=sequence), session) is tells
