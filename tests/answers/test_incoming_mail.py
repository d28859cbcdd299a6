"""What is done with a mail that came in: it counts, it marks a mail of ours as returned, or it is read."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from patients.models import AuditEvent, Contact
from scheduling.answers import incoming_mail, kept_mails
from scheduling.booking import bookings
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import (
    Answer,
    CancelReason,
    Course,
    IncomingMail,
    MailOutcome,
    Message,
    Reply,
    Session,
    Task,
    TaskKind,
    Way,
)
from scheduling.states import MessageStatus
from scheduling.telling import by_person, whom_to_write
from scheduling.telling.recipients import why_not
from tests import builders
from tests.builders.answers import invited_course, later, take, to
from tests.builders.messages import all_sent
from tests.ical import answers
from tests.ical.answers import MTA, PROGRAMS, UNIT
from tests.ical.hostile import CORPUS, HOSTILE, mutated
from tests.ical.nhsmail import AS_IT_COMES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def authserv_id(settings):
    settings.AUTHSERV_ID = MTA
    return settings


@pytest.fixture
def course(coordinator) -> Course:
    return invited_course(coordinator)


def to_read() -> list[Task]:
    return list(Task.objects.open().filter(kind=TaskKind.MAIL_TO_READ))


# Answers that count


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_answer_of_each_program_counts(course, program):
    mail = take(PROGRAMS[program](to(course, day=1, partstat="TENTATIVE")))
    reply = Reply.objects.get()
    assert (reply.session.number, reply.contact.name, reply.answer) == (2, "Mia Lark", "TENTATIVE")
    assert (mail.outcome, mail.reply, mail.course) == (MailOutcome.REPLY, reply, course)
    assert to_read() == []
    assert AuditEvent.objects.filter(action="mail.taken", patient_id=course.patient_id).exists()


def test_cannot_come_is_a_task_and_cancels_nothing(course):
    take(to(course, partstat="DECLINED"))
    assert Task.objects.open().get().kind == TaskKind.DECLINED
    take(to(course, partstat="ACCEPTED", stamp=f"{timezone.now():%Y%m%dT%H%M%SZ}"))
    assert not Task.objects.open().exists()
    assert {s.status for s in course.sessions.all()} == {"booked"}


def test_a_mail_is_taken_once_however_often_it_comes(course):
    given = to(course)
    assert take(given)
    assert take(given) is None
    by_another_way = answers.gmail(given).replace(
        b"Received: from", b"Received: from x by y\r\nReceived: from"
    )
    assert take(by_another_way) is None
    nameless = to(course, message_id="")
    assert take(nameless)
    assert take(nameless) is None
    assert IncomingMail.objects.count() == 2


def test_two_mails_of_one_message_id_and_other_words_are_two_mails(course):
    given = to(course, partstat="ACCEPTED")
    assert take(given)
    assert take(given.but(partstat="DECLINED"))
    assert Task.objects.open().get().kind == TaskKind.DECLINED
    for words in ("She is ill.", "She is well again."):
        assert take(answers.words(words, given))
        assert take(answers.words(words, given)) is None
    assert IncomingMail.objects.count() == 4
    assert len(to_read()) == 2


def test_nor_is_one_lost_whose_namesake_is_no_longer_kept(course):
    given = to(course)
    take(answers.words("She is ill.", given))
    IncomingMail.objects.update(mime=b"", digest="")
    assert take(answers.words("She is well again.", given))


def test_a_mail_kept_before_there_were_digests_is_known_by_its_bytes(course):
    given = to(course)
    take(given)
    IncomingMail.objects.update(digest="")
    assert take(given) is None


def test_a_mail_that_comes_from_the_future_came_now(course):
    taken = incoming_mail.take(
        raw=answers.words("Hello", to(course)), received_at=datetime(2099, 1, 1, tzinfo=UTC)
    )
    assert taken.received_at <= timezone.now()


def test_a_mail_that_waited_in_the_mailbox_came_when_it_came(course, coordinator):
    course = later(course, coordinator)
    Message.objects.filter(sequence=0).update(sent_at=timezone.now() - timedelta(minutes=9))
    Session.objects.update(created_at=timezone.now() - timedelta(minutes=9))
    waited = timezone.now() - timedelta(minutes=5)
    raw = answers.words("Yes, we can come", to(course))
    mail = incoming_mail.take(raw=raw, received_at=waited)
    assert mail.received_at == waited
    [reply] = by_hand(mail, [course.sessions.all()[0]], "Mia Lark", coordinator)
    assert reply.is_stale


def test_somebody_elses_mail_of_the_same_name_is_not_lost(course):
    take(to(course))
    take(answers.words("Hello", to(course, message_id="<1.0@family.example>", sender="eve@evil.example")))
    first = IncomingMail.objects.last().message_id
    take(answers.words("Hello", to(course, message_id=first, sender="eve@evil.example")))
    assert IncomingMail.objects.count() == 3


def test_an_address_told_earlier_still_answers(course):
    Contact.objects.filter(name="Mia Lark").update(email="new@family.example")
    take(to(course))
    assert Reply.objects.get().contact.name == "Mia Lark"


def test_a_clock_ahead_and_no_clock_at_all_count_as_now(course):
    take(to(course, stamp="20990101T000000Z"))
    take(to(course, day=1, stamp=""))
    assert all(reply.stamp <= timezone.now() for reply in Reply.objects.all())
    assert Reply.objects.count() == 2


def test_a_note_with_an_answer_is_for_a_person_too(course):
    take(to(course, comment="She has had a fever since Sunday."))
    assert Reply.objects.get().comment.startswith("She has had")
    [task] = to_read()
    assert "note" in task.says
    assert "fever" not in task.says
    assert task.course == course


def test_an_answer_to_an_earlier_time_is_kept_and_counts_for_nothing(course, coordinator):
    early = to(course, partstat="ACCEPTED")
    refusal = to(course, day=1, partstat="DECLINED")
    later = builders.visits(course, builders.next_monday(3))
    bookings.move(course=course, visits=later, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    take(early)
    assert Reply.objects.get().is_stale
    assert to_read() == []
    take(refusal)
    assert "changed since" in to_read()[0].says
    assert not Task.objects.filter(kind=TaskKind.DECLINED).exists()


# Answers for a person


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"uid": "strange@elsewhere.example"}, "does not know"),
        ({"sender": "eve@evil.example"}, "never invited"),
        ({"sender": "mia@work.example", "attendee": "mia.lark@family.example"}, "another address"),
        ({"checked": f"{MTA}; dmarc=fail"}, "Nobody has checked"),
        ({"checked": "mx.evil.example; dmarc=pass"}, "Nobody has checked"),
        ({"sequence": 7}, "never sent"),
        ({"partstat": "DELEGATED"}, "hands the invite on"),
    ],
)
@pytest.mark.usefixtures("on_a_working_day")
def test_an_answer_that_is_not_certain_is_for_a_person(course, changes, why):
    mail = take(to(course, partstat=changes.pop("partstat", "ACCEPTED"), **changes))
    assert (mail.outcome, mail.reply) == (MailOutcome.TO_READ, None)
    assert why in mail.why
    [task] = to_read()
    assert (task.mail, task.unit, task.due_on) == (mail, course.unit, timezone.localdate())
    assert task.course == course
    assert not Reply.objects.exists()


def test_without_a_server_to_believe_every_answer_is_for_a_person(course, authserv_id):
    authserv_id.AUTHSERV_ID = ""
    take(to(course, partstat="DECLINED"))
    assert not Reply.objects.exists()
    assert len(to_read()) == 1


def test_what_nhsmail_checked_counts_where_a_setting_says_so(course, authserv_id):
    authserv_id.AUTHSERV_ID = ""
    above = "".join(f"{header}\r\n" for header in AS_IT_COMES).encode()
    take(above + answers.gmail(to(course, checked="")))
    assert not Reply.objects.exists()
    authserv_id.EXCHANGE_ONLINE = True
    take(above + answers.gmail(to(course, checked="", message_id="<next@family.example>")))
    assert Reply.objects.get().answer == "ACCEPTED"


def test_an_answer_of_somebody_never_invited_is_for_a_person(course):
    builders.contact(course.patient, "Aunt Lark", email="aunt@family.example")
    take(to(course, sender="aunt@family.example"))
    assert not Reply.objects.exists()
    [task] = to_read()
    assert task.mail.contact.name == "Aunt Lark"


# Other mails


def test_what_somebody_wrote_finds_its_course_by_the_mail_it_answers_or_by_its_sender(course):
    message = Message.objects.filter(contact__name="Pa Lark").first()
    take(
        answers.words(
            "Can we park?", to(course, sender="x@y.example"), f"In-Reply-To: {message.message_id}\n"
        )
    )
    take(answers.words("Can we park?", to(course)))
    take(answers.words("Can we park?", to(course, sender="stranger@y.example")))
    courses = list(IncomingMail.objects.order_by("pk").values_list("course", flat=True))
    assert courses == [course.pk, course.pk, None]
    assert len(to_read()) == 3


def test_a_mail_of_no_course_is_a_task_of_the_unit_whose_mailbox_it_is(course):
    other = builders.unit(name="Other unit", mailbox="Other@hospital.example")
    raw = answers.words("Hello", to(course, sender="x@y.example"))
    take(raw)
    take(raw.replace(UNIT.encode(), b"other@hospital.example").replace(b"Message-ID: <", b"Message-ID: <b"))
    assert [(task.unit, task.course) for task in to_read()] == [(course.unit, None), (other, None)]


def test_what_nobody_wrote_is_kept_and_needs_nobody(course):
    mail = take(answers.words("I am away.", to(course), "Auto-Submitted: auto-replied\n"))
    assert mail.outcome == MailOutcome.IGNORED
    assert to_read() == []


# Mails of ours that came back


def test_a_mail_that_came_back_told_nobody(course):
    message = Message.objects.filter(contact__name="Mia Lark").first()
    mail = take(answers.report(message.message_id))
    message.refresh_from_db()
    assert (mail.outcome, message.status) == (MailOutcome.BOUNCE, MessageStatus.RETURNED)
    assert "5.1.1" in message.problem
    assert message.contact.returned_at
    [task] = Task.objects.open()
    assert (task.kind, task.message) == (TaskKind.MAIL_FAILED, message)
    assert "came back" in task.says
    assert "came back" in why_not(Contact.objects.get(name="Mia Lark"), course.patient)
    assert whom_to_write.told(course.live_sessions) != []
    assert "Mia Lark" not in {entry.contact.name for entry in whom_to_write.told(course.live_sessions[:1])}
    assert message in Message.objects.to_ring_about(timezone.now())
    assert AuditEvent.objects.filter(action="message.returned", record_id=message.pk).exists()
    take(answers.report(message.message_id, action="failed", status="5.0.0").replace(b"<failed", b"<again"))
    assert Task.objects.open().count() == 1


def test_a_corrected_address_is_not_marked(course):
    Contact.objects.filter(name="Mia Lark").update(email="new@family.example")
    take(answers.report(Message.objects.filter(contact__name="Mia Lark").first().message_id))
    assert not Contact.objects.get(name="Mia Lark").returned_at


def test_no_cancellation_goes_where_the_invite_came_back(course, coordinator):
    for message in Message.objects.filter(contact__name="Mia Lark"):
        take(answers.report(message.message_id))
    done = bookings.cancel(
        course=course, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator
    )
    assert {message.contact.name for message in done.messages} == {"Pa Lark"}


def test_a_later_mail_makes_it_good(course, coordinator):
    from scheduling.telling.unreached import made_good

    for message in Message.objects.filter(contact__name="Mia Lark"):
        take(answers.report(message.message_id))
    Contact.objects.filter(name="Mia Lark").update(email="mia@elsewhere.example", returned_at=None)
    bookings.invite_untold(course=course, by=coordinator)
    later = list(Message.objects.filter(status=MessageStatus.QUEUED))
    all_sent()
    assert len(later) == 2
    made_good(Message.objects.get(pk=later[-1].pk), by=incoming_mail.WORKER)
    assert not Task.objects.open().exists()


def test_a_late_mail_is_left_alone(course):
    message = Message.objects.first()
    mail = take(answers.report(message.message_id, action="delayed", status="4.4.1"))
    message.refresh_from_db()
    assert (mail.outcome, message.status) == (MailOutcome.IGNORED, MessageStatus.SENT)


def test_a_returned_mail_that_is_not_known_as_ours_is_for_a_person(course):
    strange = answers.report("<some.other@place.example>", to="nobody@else.example")
    assert take(strange).outcome == MailOutcome.TO_READ


# What people do


def test_a_person_records_what_they_read(course, coordinator):
    mail = take(answers.words("We can come on both days", to(course)))
    mia = Contact.objects.get(name="Mia Lark")
    sessions = list(course.sessions.all())
    incoming_mail.record_by_hand(
        mail=mail, sessions=sessions, contact=mia, answer=Answer.ACCEPTED, by=coordinator
    )
    assert [(r.session.number, r.contact, r.answer) for r in Reply.objects.counting()] == [
        (1, mia, "ACCEPTED"),
        (2, mia, "ACCEPTED"),
    ]
    mail.refresh_from_db()
    assert (mail.outcome, mail.reply.session) == (MailOutcome.REPLY, sessions[0])
    assert to_read() == []
    with pytest.raises(Refused):
        incoming_mail.record_by_hand(
            mail=mail, sessions=sessions, contact=mia, answer=Answer.DECLINED, by=coordinator
        )


def test_an_answer_to_an_earlier_time_stays_one_when_a_person_records_it(course, coordinator):
    mail = take(to(course, checked=""))
    Session.objects.update(sequence=1)
    session, mia = course.sessions.all()[0], Contact.objects.get(name="Mia Lark")
    incoming_mail.record_by_hand(
        mail=mail, sessions=[session], contact=mia, answer=Answer.ACCEPTED, by=coordinator
    )
    assert Reply.objects.get().is_stale


def by_hand(mail, sessions, name, by, **more):
    contact = Contact.objects.get(name=name)
    return incoming_mail.record_by_hand(
        mail=mail, sessions=sessions, contact=contact, answer=Answer.ACCEPTED, by=by, **more
    )


def test_words_from_before_a_move_are_no_answer_to_the_new_time(course, coordinator):
    mail = take(answers.words("Yes, we can come", to(course)))
    sessions = list(later(course, coordinator).sessions.all())
    assert [reply.is_stale for reply in by_hand(mail, sessions, "Mia Lark", coordinator)] == [True, True]
    assert {reply.sequence for reply in Reply.objects.all()} == {0}


def test_words_from_after_it_are(course, coordinator):
    sessions = list(later(course, coordinator).sessions.all())
    mail = take(answers.words("Yes, we can come", to(course)))
    assert [reply.is_stale for reply in by_hand(mail, sessions, "Mia Lark", coordinator)] == [False, False]


@pytest.mark.parametrize(("told_anew", "is_stale"), [(False, True), (True, False)])
def test_whom_a_person_told_answers_what_they_were_told(course, coordinator, told_anew, is_stale):
    gran = builders.contact(course.patient, "Gran Lark", email="", may_receive_invites=False)
    by_person.note_told(course=course, contact=gran, way=Way.PHONE, by=coordinator)
    course = later(course, coordinator)
    if told_anew:
        by_person.note_told(course=course, contact=gran, way=Way.PHONE, by=coordinator)
    mail = take(answers.words("Gran says yes", to(course)))
    [reply] = by_hand(mail, [course.sessions.all()[0]], "Gran Lark", coordinator)
    assert reply.is_stale == is_stale


def test_whom_nobody_told_answers_what_the_family_was_told(course, coordinator):
    builders.contact(course.patient, "Gran Lark", email="", may_receive_invites=False)
    course = later(course, coordinator)
    mail = take(answers.words("Gran says yes", to(course)))
    [reply] = by_hand(mail, [course.sessions.all()[0]], "Gran Lark", coordinator)
    assert not reply.is_stale


def test_a_mail_that_came_back_told_nobody_the_new_time(course, coordinator):
    course = later(course, coordinator)
    Message.objects.filter(sequence=1).update(status=MessageStatus.RETURNED)
    mail = take(answers.words("Yes", to(course)))
    [reply] = by_hand(mail, [course.sessions.all()[0]], "Mia Lark", coordinator)
    assert reply.is_stale


def test_words_from_before_the_booking_are_no_answer_to_it(course, coordinator):
    mail = take(answers.words("Yes, we can come", to(course)))
    bookings.cancel(course=course, reason=CancelReason.CLINICAL, back_to_waiting=True, by=coordinator)
    visits = builders.visits(course, builders.next_monday(3))
    booked = bookings.book(course=course, visits=visits, by=coordinator).course
    with pytest.raises(Refused, match="was booked after this mail came"):
        by_hand(mail, booked.live_sessions, "Mia Lark", coordinator)
    assert not Reply.objects.exists()


def test_an_answer_recorded_from_a_page_that_is_out_of_date_is_refused(course, coordinator):
    mail, seen = take(answers.words("Yes", to(course))), course.version
    course = later(course, coordinator)
    with pytest.raises(ChangedMeanwhile):
        by_hand(mail, course.live_sessions, "Mia Lark", coordinator, seen=seen)
    assert not Reply.objects.exists()
    assert len(to_read()) == 1


def test_a_person_says_that_nothing_is_to_do_once(course, coordinator):
    mail = take(answers.words("Thank you!", to(course)))
    incoming_mail.settle(mail=mail, by=coordinator)
    assert to_read() == []
    with pytest.raises(Refused):
        incoming_mail.settle(mail=mail, by=coordinator)


def test_a_person_puts_a_mail_to_its_course(course, coordinator):
    mail = take(answers.words("Hello", to(course, sender="x@y.example")))
    incoming_mail.belongs_to(mail=mail, course=course, by=coordinator)
    [task] = to_read()
    assert (task.course, task.mail.course) == (course, course)
    with pytest.raises(Refused):
        incoming_mail.belongs_to(mail=mail, course=builders.course(builders.patient("Ben")), by=coordinator)


# What is kept


def test_the_words_go_after_90_days_unless_somebody_has_still_to_read_them(course, coordinator):
    read, unread = (take(answers.words("Hello", to(course))) for _ in range(2))
    fresh = take(to(course))
    incoming_mail.settle(mail=read, by=coordinator)
    past = timezone.now() - timedelta(days=91)
    IncomingMail.objects.exclude(pk=fresh.pk).update(received_at=past)
    assert kept_mails.forget_old_mails(timezone.now()) == 1
    kept = [bool(bytes(mail.mime)) for mail in IncomingMail.objects.order_by("pk")]
    assert kept == [False, True, True]
    assert (read.pk, unread.pk, IncomingMail.objects.count()) == (read.pk, unread.pk, 3)


# Whatever comes


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_kept_and_a_person_told(course, name):
    mail = take(HOSTILE[name])
    if mail.outcome == MailOutcome.TO_READ:
        assert [task.mail for task in to_read()] == [mail]
    assert bytes(IncomingMail.objects.get().mime) == HOSTILE[name]


class TestAnyMail(TestCase):
    """Each example in a transaction of its own."""

    @hypothesis_settings(max_examples=60)
    @given(st.sampled_from(CORPUS), st.integers(0, 2**32))
    def test_of_a_mail_changed_anyhow_nothing_is_lost(self, raw, seed):
        builders.unit()
        mail = take(mutated(raw, seed))
        assert mail.outcome in MailOutcome.values
        stored = IncomingMail.objects.get()
        assert bytes(stored.mime) == mutated(raw, seed)
        told = Task.objects.filter(kind=TaskKind.MAIL_TO_READ, mail=stored).count()
        assert told == (stored.outcome == MailOutcome.TO_READ)


def test_nothing_that_a_family_wrote_is_logged(course, caplog):
    caplog.set_level(logging.DEBUG)
    take(to(course, comment="She has a fever", partstat="DECLINED"))
    take(answers.words("He has a rash", to(course, sender="x@y.example")))
    take(answers.report(Message.objects.first().message_id))
    take(HOSTILE["bad base64"])
    said = " ".join(record.getMessage() for record in caplog.records if record.name != "django.db.backends")
    assert not any(word in said for word in ("fever", "rash", "family.example", "Lark", "y.example"))


# As long as any that is read (`opened_mail`), and so its column.
LONGEST_ID = f"<{'x' * 120}@{'a' * 120}>"


@pytest.mark.parametrize(
    ("message_id", "kept_by"), [("", "sha256:"), (LONGEST_ID, LONGEST_ID), (f"<x{LONGEST_ID[1:]}", "sha256:")]
)
def test_a_mail_is_kept_by_its_own_id_unless_that_is_missing_or_too_long(db, message_id, kept_by):
    builders.unit()
    for _ in range(2):
        take(answers.words("Hello", answers.GIVEN.but(message_id=message_id)))
    assert IncomingMail.objects.get().message_id.startswith(kept_by)
