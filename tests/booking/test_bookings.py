"""Book, move and cancel: whole courses, audited, with the mails queued in the same act."""

import re
from datetime import date, time, timedelta
from email import message_from_bytes, policy

import pytest
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from patients import changes
from patients.models import AuditEvent
from scheduling.booking import bookings
from scheduling.errors import ChangedMeanwhile, NotReadyToWrite, Refused, SlotGone
from scheduling.models import (
    Booking,
    CancelReason,
    Closure,
    Course,
    Message,
    MessageKind,
    Session,
    Staffing,
    Task,
    TaskKind,
)
from scheduling.telling import letters, resend, whom_to_write
from scheduling.telling.delivery import deliver_due
from tests import builders
from tests.fakes.post import Post
from tests.reading import calendar, words_of


@pytest.fixture
def course(db):
    patient = builders.patient()
    builders.contact(patient, "Mia Lark", email="mia@example.com")
    return builders.course(patient, builders.unit())


@pytest.fixture
def monday(course):
    return builders.next_monday(2)


@pytest.fixture
def booked(course, monday, coordinator):
    return bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator).course


def times(course):
    return [
        (s.day, timezone.localtime(s.starts_at).time(), s.booking.chair.name)
        for s in course.sessions.exclude(status="cancelled")
    ]


# Booking


def test_a_course_is_booked_on_both_days(booked, monday):
    assert booked.status == "booked"
    assert times(booked) == [
        (monday, time(9), "Chair 1"),
        (monday + timedelta(days=1), time(9), "Chair 1"),
    ]


def test_booking_says_who_did_it(booked, coordinator):
    event = AuditEvent.objects.get(action="course.booked")
    assert (event.actor_id, event.patient_id, event.record_id) == (
        coordinator.pk,
        booked.patient_id,
        booked.pk,
    )


def test_every_contact_reads_the_same_words_about_each_day(course, monday, coordinator):
    builders.contact(course.patient, "Pa Lark", email="pa@example.com")
    booked = bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    mails = {(m.session.number, m.to_address): m for m in booked.messages}

    for number, day in enumerate([monday, monday + timedelta(days=1)], start=1):
        to_mia, to_pa = mails[number, "mia@example.com"], mails[number, "pa@example.com"]
        assert to_mia.subject == to_pa.subject
        assert to_mia.subject.startswith(f"Hospital visit, day {number} of 2: {wording.short_date(day)[:-5]}")
        pages = [re.compile(r"http\S+/family/[\w-]+/").search(words_of(mail))[0] for mail in (to_mia, to_pa)]
        assert pages[0] != pages[1]
        said = [words_of(mail).replace(page, "") for mail, page in zip((to_mia, to_pa), pages, strict=True)]
        assert said[0].replace("Dear Mia Lark,", "") == said[1].replace("Dear Pa Lark,", "")
        assert f"Day {number} of 2" in calendar(to_mia)["DESCRIPTION"]


def test_booking_queues_one_mail_a_day_a_contact(course, monday, coordinator):
    builders.contact(course.patient, "Pa Lark", email="pa@example.com")
    done = bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    assert sorted((m.to_address, m.session.number) for m in done.messages) == [
        ("mia@example.com", 1),
        ("mia@example.com", 2),
        ("pa@example.com", 1),
        ("pa@example.com", 2),
    ]
    uids = {m.session.number: calendar(m)["UID"] for m in done.messages}
    assert len(set(uids.values())) == 2
    for message in done.messages:
        mail = message_from_bytes(bytes(message.mime), policy=policy.default)
        assert mail["To"].addresses[0].addr_spec == message.to_address
        other = {"mia@example.com": b"pa@example.com", "pa@example.com": b"mia@example.com"}[
            message.to_address
        ]
        for part in mail.walk():
            assert other not in (part.get_payload(decode=True) or b"")


def test_nobody_without_permission_and_no_restricted_family_is_written_to(course, monday, coordinator):
    builders.contact(course.patient, "Pa Lark", email="pa@example.com", may_receive_invites=False)
    course.patient.restricted, course.patient.restricted_because = True, "court order"
    course.patient.save()
    bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    assert not Message.objects.exists()


def test_without_the_out_of_hours_text_nothing_is_booked_for_a_family_to_be_told(course, monday, coordinator):
    course.unit.out_of_hours = " "
    course.unit.save()
    with pytest.raises(NotReadyToWrite, match="no out-of-hours text"):
        bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    assert not Session.objects.exists()
    course.refresh_from_db()
    assert course.status == "waiting"


def test_half_a_course_is_never_booked(course, monday, coordinator):
    builders.take(course.unit.chairs.first(), monday + timedelta(days=1), time(8), time(12))
    with pytest.raises(SlotGone, match="Chair 1 is taken"):
        bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    assert not Session.objects.exists()
    assert not AuditEvent.objects.filter(action="course.booked").exists()


def test_a_failing_log_undoes_the_booking(course, monday, coordinator, monkeypatch):
    monkeypatch.setattr(bookings.audit, "record", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    assert not Booking.objects.exists()


def test_friday_and_monday_are_no_pair(course, monday, coordinator):
    friday = monday + timedelta(days=4)
    with pytest.raises(SlotGone):
        bookings.book(course=course, visits=builders.visits(course, friday), by=coordinator)


def test_a_closure_breaks_a_pair(course, monday, coordinator):
    tuesday = monday + timedelta(days=1)
    Closure.objects.create(unit=course.unit, first_day=tuesday, last_day=tuesday, reason="training")
    with pytest.raises(SlotGone, match="training"):
        bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)


def test_nurses_are_counted_on_the_second_day_too(course, monday, coordinator):
    builders.contact(course.patient, "Pa Lark")
    Staffing.objects.create(unit=course.unit, day=monday + timedelta(days=1), nurses=1)
    bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    second = builders.course(builders.patient(), course.unit)
    visits = builders.visits(second, monday, start=8 * 60, chair=course.unit.chairs.last())
    with pytest.raises(SlotGone) as refusal:
        bookings.book(course=second, visits=visits, by=coordinator)
    assert {objection.day for objection in refusal.value.objections} == {monday + timedelta(days=1)}


def test_a_course_is_booked_only_once(booked, monday, coordinator):
    with pytest.raises(ChangedMeanwhile, match="It is booked now"):
        visits = builders.visits(booked, monday + timedelta(days=7))
        bookings.book(course=booked, visits=visits, by=coordinator)
    assert booked.sessions.count() == 2


def test_a_child_is_not_booked_twice_on_a_day(booked, monday, coordinator):
    other = builders.course(booked.patient, booked.unit)
    with pytest.raises(SlotGone, match="already"):
        visits = builders.visits(other, monday, start=14 * 60, chair=booked.unit.chairs.last())
        bookings.book(course=other, visits=visits, by=coordinator)


# Moving


def test_a_moved_course_keeps_its_uids_and_raises_its_sequences(booked, monday, coordinator):
    uids = list(booked.sessions.values_list("uid", flat=True))
    visits = builders.visits(booked, monday + timedelta(days=7), start=10 * 60)
    done = bookings.move(course=booked, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    assert list(booked.sessions.values_list("uid", "sequence")) == [(uid, 1) for uid in uids]
    assert [(calendar(m)["METHOD"], calendar(m)["SEQUENCE"], m.subject[:9]) for m in done.messages] == [
        ("REQUEST", "1", "Changed: ")
    ] * 2
    assert times(booked)[0] == (monday + timedelta(days=7), time(10), "Chair 1")


@pytest.mark.parametrize("shift", [1, -1, 2])
def test_a_course_can_move_onto_its_own_days(booked, monday, coordinator, shift):
    start = monday + timedelta(days=1)
    first = builders.visits(booked, start)
    bookings.move(course=booked, visits=first, reason=CancelReason.CLINICAL, by=coordinator)
    again = builders.visits(booked, start + timedelta(days=shift))
    bookings.move(course=booked, visits=again, reason=CancelReason.CLINICAL, by=coordinator)
    assert [day for day, *_ in times(booked)] == [
        start + timedelta(days=shift),
        start + timedelta(days=shift + 1),
    ]


def test_only_days_whose_time_changed_are_sent_again(booked, monday, coordinator):
    second = builders.visits(booked, monday)[1]
    later = builders.visits(booked, monday, start=10 * 60)[0]
    done = bookings.move(
        course=booked, visits=[later, second], reason=CancelReason.FAMILY_REQUEST, by=coordinator
    )
    assert [m.session.number for m in done.messages] == [1]


def test_another_chair_is_no_news_for_the_family(booked, monday, coordinator):
    visits = builders.visits(booked, monday, chair=booked.unit.chairs.last())
    done = bookings.move(course=booked, visits=visits, reason=CancelReason.HOSPITAL_OTHER, by=coordinator)
    assert done.messages == []
    assert {chair for *_, chair in times(booked)} == {"Chair 2"}
    assert set(booked.sessions.values_list("sequence", flat=True)) == {0}


def test_a_refused_move_leaves_the_old_days(booked, monday, coordinator):
    before = times(booked)
    with pytest.raises(SlotGone):
        visits = builders.visits(booked, monday + timedelta(days=5))
        bookings.move(course=booked, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    assert times(booked) == before


def test_an_address_that_may_no_longer_be_told_is_cancelled_at_the_old_time(booked, monday, coordinator):
    booked.patient.contacts.update(may_receive_invites=False)
    builders.contact(booked.patient, "Pa Lark", email="pa@example.com")
    visits = builders.visits(booked, monday + timedelta(days=7))
    done = bookings.move(course=booked, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    assert sorted((m.to_address, m.kind) for m in done.messages) == [
        ("mia@example.com", "cancellation"),
        ("mia@example.com", "cancellation"),
        ("pa@example.com", "invite"),
        ("pa@example.com", "invite"),
    ]
    old, new = (f"{day:%Y%m%d}T090000" for day in (monday, monday + timedelta(days=7)))
    for message in done.messages:
        if message.session.number == 1:
            starts = calendar(message)["DTSTART;TZID=Europe/London"]
            assert starts == (old if message.kind == "cancellation" else new)
        if message.kind == "cancellation":
            assert wording.plain_date(monday + timedelta(days=7)) not in words_of(message)
            assert wording.plain_date(monday + timedelta(days=8)) not in words_of(message)
        else:
            assert not message.subject.startswith("Changed")


def test_capital_letters_make_no_other_address(booked, monday, coordinator):
    booked.patient.contacts.update(email="MIA@Example.com")
    visits = builders.visits(booked, monday + timedelta(days=7))
    done = bookings.move(course=booked, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    assert [(m.to_address, m.kind) for m in done.messages] == [("MIA@Example.com", "invite")] * 2


def test_a_changed_mail_says_what_it_was_and_what_it_is(booked, monday, coordinator):
    visits = builders.visits(booked, monday + timedelta(days=7), start=10 * 60)
    done = bookings.move(course=booked, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    words = words_of(done.messages[0])
    assert f"It was: {wording.long_date(monday)}, 9am" in words
    assert f"It is now: {wording.long_date(monday + timedelta(days=7))}, 10am" in words


@pytest.mark.parametrize("day", [0, 1, 2])
def test_each_of_three_days_is_asked_for_its_nurses(course, monday, coordinator, day):
    course = builders.course(builders.patient(), course.unit, days=3)
    course.unit.staffing.create(day=monday + timedelta(days=day), nurses=0)
    with pytest.raises(SlotGone, match="One nurse would be needed"):
        bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)


def test_a_course_is_not_moved_to_where_it_is(booked, monday, coordinator):
    with pytest.raises(Refused, match="already"):
        visits = builders.visits(booked, monday)
        bookings.move(course=booked, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)


@pytest.mark.parametrize("act", ["book", "move", "cancel", "invite_untold"])
def test_an_act_from_a_stale_page_does_nothing(course, monday, coordinator, act):
    seen = course.version
    bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    more = {
        "book": {"visits": builders.visits(course, monday + timedelta(days=7))},
        "move": {
            "visits": builders.visits(course, monday + timedelta(days=7)),
            "reason": CancelReason.FAMILY_REQUEST,
        },
        "cancel": {"reason": CancelReason.FAMILY_UNWELL, "back_to_waiting": True},
        "invite_untold": {},
    }[act]
    with pytest.raises(ChangedMeanwhile, match="It is booked now"):
        getattr(bookings, act)(course=course, by=coordinator, seen=seen, **more)
    assert times(course)[0][0] == monday


def test_a_move_makes_pages_stale_too(booked, monday, coordinator):
    seen = booked.version
    visits = builders.visits(booked, monday + timedelta(days=7))
    bookings.move(course=booked, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator, seen=seen)
    with pytest.raises(ChangedMeanwhile):
        bookings.cancel(
            course=booked,
            reason=CancelReason.FAMILY_UNWELL,
            back_to_waiting=True,
            by=coordinator,
            seen=seen,
        )


# Telling those who were not told


def test_a_contact_added_later_is_untold_until_invited(booked, coordinator):
    assert whom_to_write.to_invite(booked, now=timezone.now()).untold == []
    pa = builders.contact(booked.patient, "Pa Lark", email="pa@example.com")
    booked = Course.objects.get(pk=booked.pk)
    assert whom_to_write.to_invite(booked, now=timezone.now()).untold == [pa]
    done = bookings.invite_untold(course=booked, by=coordinator)
    assert [(m.to_address, m.session.number) for m in done.messages] == [
        ("pa@example.com", 1),
        ("pa@example.com", 2),
    ]
    assert whom_to_write.to_invite(booked, now=timezone.now()).untold == []
    assert bookings.invite_untold(course=booked, by=coordinator).messages == []


def test_days_that_are_over_are_not_told_any_more(booked, coordinator):
    first = booked.sessions.get(number=1)
    Session.objects.filter(pk=first.pk).update(
        starts_at=timezone.now() - timedelta(hours=9), ends_at=timezone.now() - timedelta(hours=5)
    )
    builders.contact(booked.patient, "Pa Lark", email="pa@example.com")
    done = bookings.invite_untold(course=booked, by=coordinator)
    assert [m.session.number for m in done.messages] == [2]
    assert whom_to_write.to_invite(booked, now=timezone.now()).untold == []


def test_only_a_booked_course_is_told_of(course, coordinator):
    with pytest.raises(ChangedMeanwhile):
        bookings.invite_untold(course=course, by=coordinator)


def test_a_corrected_address_is_untold_and_a_failed_one_has_no_entry(booked, coordinator):
    Message.objects.update(status="failed")
    booked.patient.contacts.update(email="mia.lark@example.com")
    done = bookings.invite_untold(course=booked, by=coordinator)
    assert {(m.to_address, m.kind) for m in done.messages} == {("mia.lark@example.com", "invite")}
    assert not Message.objects.to_ring_about(timezone.now()).exists()


def test_a_mail_that_failed_told_nobody(booked, coordinator):
    Message.objects.update(status="failed")
    mia = booked.patient.contacts.get()
    assert whom_to_write.to_invite(booked, now=timezone.now()).untold == [mia]
    assert whom_to_write.told(booked.live_sessions) == []
    done = bookings.cancel(
        course=booked, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=True, by=coordinator
    )
    assert done.messages == []


def test_a_family_is_told_of_a_move_made_while_it_was_restricted(booked, monday, coordinator):
    booked.patient.restricted, booked.patient.restricted_because = True, "court order"
    booked.patient.save()
    visits = builders.visits(booked, monday + timedelta(days=7))
    bookings.move(course=booked, visits=visits, reason=CancelReason.HOSPITAL_OTHER, by=coordinator)
    booked.patient.restricted, booked.patient.restricted_because = False, ""
    booked.patient.save()
    done = bookings.invite_untold(course=booked, by=coordinator)
    assert [m.subject[:8] for m in done.messages] == ["Changed:"] * 2


def test_a_course_that_has_begun_is_not_moved_or_cancelled_as_a_whole(booked, monday, coordinator):
    booked.sessions.filter(number=1).update(starts_at=timezone.now() - timedelta(hours=1))
    visits = builders.visits(booked, monday + timedelta(days=7))
    with pytest.raises(Refused, match="has begun"):
        bookings.move(course=booked, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    with pytest.raises(Refused, match="has begun"):
        bookings.cancel(
            course=booked, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator
        )


# Cancelling


def test_cancelling_frees_the_chairs_and_tells_everyone_who_was_invited(booked, coordinator):
    booked.patient.contacts.update(may_receive_invites=False)
    done = bookings.cancel(
        course=booked, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=True, by=coordinator
    )
    assert done.course.status == "waiting"
    assert not Booking.objects.exists()
    cards = [calendar(m) for m in done.messages]
    assert [(c["METHOD"], c["SEQUENCE"], c["STATUS"]) for c in cards] == [("CANCEL", "1", "CANCELLED")] * 2
    assert AuditEvent.objects.get(action="course.cancelled").changes["reason"] == "Child unwell"


def test_a_cancellation_goes_to_the_address_that_was_told(booked, coordinator):
    booked.patient.contacts.update(email="new@example.com")
    done = bookings.cancel(
        course=booked, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=False, by=coordinator
    )
    assert {m.to_address for m in done.messages} == {"mia@example.com"}


def test_a_cancellation_names_all_days_that_are_cancelled(booked, monday, coordinator):
    done = bookings.cancel(
        course=booked, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=True, by=coordinator
    )
    for message in done.messages:
        assert wording.plain_date(monday) in words_of(message)
        assert wording.plain_date(monday + timedelta(days=1)) in words_of(message)


def test_emptied_texts_do_not_keep_a_course_from_being_cancelled(booked, coordinator):
    booked.unit.out_of_hours = ""
    booked.unit.save()
    done = bookings.cancel(
        course=booked, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=True, by=coordinator
    )
    assert len(done.messages) == 2


def test_the_log_keeps_the_chairs(booked, coordinator):
    bookings.cancel(course=booked, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=True, by=coordinator)
    for action in ("course.booked", "course.cancelled"):
        assert "Chair 1" in str(AuditEvent.objects.get(action=action).changes["days"])


def test_a_restricted_child_gets_not_even_a_cancellation(booked, coordinator):
    booked.patient.restricted, booked.patient.restricted_because = True, "court order"
    booked.patient.save()
    done = bookings.cancel(
        course=booked, reason=CancelReason.HOSPITAL_OTHER, back_to_waiting=False, by=coordinator
    )
    assert done.messages == []
    assert done.course.status == "cancelled"


def test_booked_again_after_a_cancellation_the_entries_are_new(booked, monday, coordinator):
    bookings.cancel(course=booked, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=True, by=coordinator)
    done = bookings.book(course=booked, visits=builders.visits(booked, monday), by=coordinator)
    assert booked.sessions.values("uid").distinct().count() == 4
    assert {calendar(m)["SEQUENCE"] for m in done.messages} == {"0"}
    assert not any(m.subject.startswith("Changed") for m in done.messages)


def test_a_cancelled_course_does_not_join_another_on_the_waiting_list(booked, coordinator):
    builders.course(booked.patient, booked.unit)
    with pytest.raises(Refused, match="end this one"):
        bookings.cancel(
            course=booked, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=True, by=coordinator
        )


def test_a_waiting_course_can_be_ended(course, coordinator):
    done = bookings.cancel(course=course, reason=CancelReason.CLINICAL, back_to_waiting=False, by=coordinator)
    assert (done.course.status, done.messages) == ("cancelled", [])
    assert Course.objects.get(pk=course.pk).cancel_reason == "hospital_clinical"


# What the mails say

FORBIDDEN = ["Zebedee", "Quill", "pamidronate", "crmo", "osteomyelitis", "bone", "infusion"]


def test_nothing_in_a_subject_or_calendar_entry_names_the_child_the_drug_or_the_disease(
    course, monday, coordinator
):
    course.patient.name = "Zebedee Quill"
    course.patient.save()
    messages = bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator).messages
    messages += bookings.cancel(
        course=course, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=True, by=coordinator
    ).messages
    for message in messages:
        card = calendar(message)
        seen = " ".join(
            [message.subject, card["SUMMARY"], card["DESCRIPTION"], card["LOCATION"], card["UID"]]
        )
        forbidden = [*FORBIDDEN, course.patient.nhs_number, course.patient.hospital_number]
        assert [word for word in forbidden if word.lower() in seen.lower()] == []


def test_the_young_person_is_not_named_in_their_own_entry(course, monday, coordinator):
    course.patient.contacts.update(name="Zebedee Quill", relationship="young_person")
    done = bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    for message in done.messages:
        entry = next(line for line in calendar(message) if line.startswith("ATTENDEE"))
        assert "Zebedee" not in entry


def test_the_bodies_and_the_entry_carry_the_advice_and_whom_to_ring(booked):
    for message in booked.messages.all():
        mail = message_from_bytes(bytes(message.mime), policy=policy.default)
        for kind in ("plain", "html"):
            body = mail.get_body([kind]).get_content()
            assert "Paracetamol" in body
            assert "0113 496 0123" in body
            assert "0113 496 0124" in body
            assert "9am to about 1pm" in body
            assert "you get a separate mail" in body
        assert "0113 496 0124" in calendar(message)["DESCRIPTION"]
        assert "Paracetamol" in calendar(message)["DESCRIPTION"]


@pytest.mark.parametrize("kind", ["text", "html", "entry_notes"])
def test_first_and_later_courses_and_both_days_read_differently(booked, kind):
    written = set()
    for reason in ("first", "recurrence_of_pain"):
        Course.objects.filter(pk=booked.pk).update(reason=reason)
        for session in Session.objects.select_related("course__unit").filter(course=booked):
            letter = letters.write_letter(
                session, MessageKind.INVITE, letters.Reader(), today=timezone.localdate()
            )
            written.add(getattr(letter, kind))
    assert len(written) == 4


def test_a_unit_may_reduce_the_entry_to_a_link(course, monday, coordinator):
    course.unit.entry_detail, course.unit.advice_page = "link", "https://trust.example/prepare"
    course.unit.save()
    done = bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    notes = calendar(done.messages[0])["DESCRIPTION"]
    assert "https://trust.example/prepare" in notes
    assert "Paracetamol" not in notes


def test_the_longest_texts_still_fit_a_calendar_entry(course, monday, coordinator):
    unit = course.unit
    unit.phone_hours, unit.out_of_hours = "x" * 100, "y" * 400
    unit.save()
    Course.objects.filter(pk=course.pk).update(days=3)
    course.refresh_from_db()
    assert (
        len(bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator).messages)
        == 3
    )


@pytest.mark.parametrize(
    ("sunday", "hour_before", "hour_after"),
    [(date(2027, 3, 28), "090000Z", "080000Z"), (date(2027, 10, 31), "080000Z", "090000Z")],
)
def test_nine_stays_nine_over_a_clock_change(coordinator, time_machine, sunday, hour_before, hour_after):
    time_machine.move_to("2026-11-22 12:00Z")
    unit = builders.unit()
    friday = sunday - timedelta(days=2)
    for first, hour in ((friday - timedelta(days=1), hour_before), (sunday + timedelta(days=1), hour_after)):
        course = builders.course(builders.patient(), unit)
        bookings.book(course=course, visits=builders.visits(course, first), by=coordinator)
        session = course.sessions.first()
        assert timezone.localtime(session.starts_at).hour == 9
        assert f"{session.starts_at.astimezone(timezone.get_fixed_timezone(0)):%H%M%SZ}" == hour


# Mails that did not arrive leave in a calendar what was there


def sent(*, but: str = "", **of):
    """Mark what is queued as sent; with `but`, give it that status."""
    queued = Message.objects.filter(status="queued", **of)
    queued.update(status=but or "sent", attempts=1, sent_at=None if but == "failed" else timezone.now())


def a_week_on(course, monday, by, weeks=1):
    visits = builders.visits(course, monday + timedelta(weeks=weeks))
    return bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=by)


def call_off(course, by):
    return bookings.cancel(course=course, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=True, by=by)


@pytest.mark.parametrize("but", ["failed", "returned"])
def test_a_cancellation_goes_where_an_entry_stands_though_a_later_mail_did_not_arrive(
    booked, monday, coordinator, but
):
    sent()
    course = a_week_on(booked, monday, coordinator).course
    sent(but=but)
    assert whom_to_write.to_invite(course, now=timezone.now()).untold == [booked.patient.contacts.get()]
    assert [message.sequence for message in whom_to_write.told(course.live_sessions)] == [0]
    done = call_off(course, coordinator)
    assert [(m.kind, m.sequence) for m in done.messages] == [("cancellation", 2)] * 2


def test_sent_again_in_vain_an_invite_still_stands_and_is_cancelled(booked, coordinator):
    sent()
    first = Message.objects.filter(session__number=1).get()
    resend.send_again(message=first, by=coordinator)
    sent(but="failed")
    mia = booked.patient.contacts.get()
    assert whom_to_write.to_invite(booked, now=timezone.now()).untold == [mia]
    [anew] = bookings.invite_untold(course=booked, by=coordinator).messages
    assert not anew.subject.startswith("Changed")
    sent(but="failed")
    assert [m.session.number for m in call_off(booked, coordinator).messages] == [1, 2]


def test_a_second_move_says_when_the_family_believes_it_was(booked, monday, coordinator):
    known = wording.long_date(booked.live_sessions[0].day)
    sent()
    course = a_week_on(booked, monday, coordinator).course
    never_heard = wording.long_date(course.live_sessions[0].day)
    sent(but="failed")
    first, _ = a_week_on(course, monday, coordinator, weeks=2).messages
    assert first.subject.startswith("Changed: ")
    assert f"It was: {known}" in words_of(first)
    assert never_heard not in words_of(first).partition("Hospital visit")[0]


def test_called_back_twice_an_invite_stays_beyond_the_cancellation(booked, coordinator):
    sent()
    mia = booked.patient.contacts.get()
    for allowed in (False, True):
        mia.may_receive_invites = allowed
        changes.save(mia, by=coordinator)
        sent(kind="cancellation")
    bookings.invite_untold(course=booked, by=coordinator)
    sent(but="failed")
    again = bookings.invite_untold(course=booked, by=coordinator).messages
    assert [m.sequence for m in again] == [2, 2], "after a cancellation with 1"


def test_where_the_cancellation_will_come_back_somebody_is_asked_to_tell(booked, monday, coordinator):
    sent()
    course = a_week_on(booked, monday, coordinator).course
    sent(but="returned")
    course.patient.contacts.update(returned_at=timezone.now())
    assert len(call_off(course, coordinator).messages) == 2
    asked = Task.objects.open().filter(kind=TaskKind.NOBODY_TOLD)
    assert asked.count() == 1
    deliver_due(transport=Post())
    assert asked.count() == 1, "it left, and will come back"
