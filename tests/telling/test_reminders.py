"""Reminders and notes: what goes when, to whom, once, and what does not go. Time passes hour by hour."""

import logging
from datetime import date, datetime, time, timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation.trans_real import get_languages

from patients.models import AuditEvent
from scheduling.booking import bookings
from scheduling.doctor.messages import broken_messages, failed_in_silence
from scheduling.models import (
    AdviceText,
    CancelReason,
    Chair,
    Channel,
    FamilyLink,
    LostBecause,
    Message,
    MessageKind,
    Moment,
    Task,
)
from scheduling.states import MessageStatus, SessionStatus
from scheduling.telling import outcomes, queue_reminders, reminder_table, whom_to_write
from scheduling.telling.delivery import deliver_due
from scheduling.telling.due_reminders import due_notices
from scheduling.telling.family_links import link_for, page_address
from scheduling.telling.notices import check_in_address, write_page_notice
from scheduling.telling.queue_reminders import held_back, queue_notices
from scheduling.telling.transport import TransportError
from scheduling.visit import presses
from scheduling.visit import today as day_list
from tests import builders
from tests.builders.texts import set_texts
from tests.fakes.post import Post
from tests.telling.hours import AN_HOUR, SUMMER, booked, live_through, local, rounds, worker

pytestmark = pytest.mark.django_db

NOTICES = [kind for kind in MessageKind if kind not in ("invite", "cancellation", "offer")]
# A Tuesday; the child comes on it and on the Wednesday.


@pytest.fixture
def unit():
    made = builders.unit(chairs=2)
    set_texts(made)
    return made


@pytest.fixture(autouse=True)
def nothing_logged_yet() -> None:
    queue_reminders.forget_what_was_logged()


def gone() -> list[tuple[str, str]]:
    """What left: the kind, and when by the clock on the wall."""
    sent = Message.objects.filter(kind__in=NOTICES, status=MessageStatus.SENT).order_by("sent_at", "pk")
    return [(m.kind, f"{timezone.localtime(m.sent_at):%a %d %H:%M}") for m in sent]


# When what goes


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "first",
    [
        SUMMER,
        # Monday 29 March 2027: the clocks go forward the day before. Monday 1 November: back.
        date(2027, 3, 29),
        date(2027, 11, 1),
        # The day-3 note falls on the Saturday before the clocks go forward; they change between its days.
        date(2027, 3, 25),
    ],
)
def test_over_the_days_of_a_course_each_goes_once_at_its_hour(unit, coordinator, nurse, first):
    course = booked(unit, first, coordinator, at=local(first - timedelta(30), 12))
    live_through(course, nurse, first, ends=7, step=AN_HOUR)

    def on(days: int, clock: str) -> str:
        return f"{first + timedelta(days):%a %d} {clock}"

    assert gone() == [
        ("reminder", on(-7, "09:30")),
        ("reminder", on(-1, "09:30")),
        ("between", on(0, "18:30")),
        ("day_after", on(2, "09:30")),
        ("day_3", on(4, "09:30")),
        ("day_3", on(6, "09:30")),
    ]


def test_a_unit_decides_what_goes(unit, coordinator, nurse):
    unit.reminder_days, unit.evening_at, unit.asks_how_it_went = [3], None, False
    unit.quiet_from, unit.quiet_until = time(17), time(10, 15)
    unit.save()
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    live_through(course, nurse, SUMMER, step=AN_HOUR)

    assert gone() == [
        ("reminder", "Sat 12 10:30"),
        ("day_after", "Thu 17 10:30"),
    ]


def test_whoever_was_told_less_than_a_day_before_a_reminder_is_not_reminded(unit, coordinator):
    """Told at noon two days before."""
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(2), 12))
    for now in rounds(local(SUMMER - timedelta(2), 12), local(SUMMER, 23)):
        worker(now)
    assert gone() == []


@pytest.mark.parametrize(
    # The clocks go forward on the Sunday before the Monday 29 March 2027.
    "first",
    [SUMMER, date(2027, 3, 29)],
)
@pytest.mark.parametrize(("seconds", "reminded"), [(-1, True), (0, True), (1, False)])
def test_told_at_9_in_the_morning_two_days_before_is_the_last_moment_to_be_reminded(
    unit, coordinator, first, seconds, reminded
):
    told = local(first - timedelta(2), 9) + timedelta(seconds=seconds)
    booked(unit, first, coordinator, at=told)
    worker(local(first - timedelta(1), 9))
    assert len(gone()) == reminded


def test_after_the_worker_was_away_the_last_reminder_due_goes_at_once(unit, coordinator):
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    for now in rounds(local(SUMMER - timedelta(1), 11), local(SUMMER, 8)):
        worker(now)
    assert gone() == [("reminder", "Mon 14 11:00")]


def test_a_visit_that_moved_is_reminded_of_anew_and_the_old_reminder_does_not_leave(unit, coordinator):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    morning, later = local(SUMMER - timedelta(7), 9), SUMMER + timedelta(7)
    with time_machine.travel(morning, tick=False):
        assert queue_notices().queued == 1
        bookings.move(
            course=course,
            visits=builders.visits(course, later),
            reason=CancelReason.FAMILY_REQUEST,
            by=coordinator,
        )
        deliver_due(transport=Post())
    (old,) = Message.objects.filter(kind="reminder")
    assert (old.status, old.attempts) == (MessageStatus.WITHHELD, 0)
    assert old.problem == "Not sent: the visit has been moved since it was written."
    for now in rounds(morning + AN_HOUR, local(later - timedelta(7), 9)):
        worker(now)
    assert gone() == [("reminder", "Tue 15 09:00")]


def test_a_visit_cancelled_before_its_reminder_left_is_not_reminded_of(unit, coordinator):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    with time_machine.travel(local(SUMMER - timedelta(7), 9), tick=False):
        queue_notices()
        bookings.cancel(
            course=course, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator
        )
        deliver_due(transport=Post())
        assert queue_notices().queued == 0
    (reminder,) = Message.objects.filter(kind="reminder")
    assert reminder.problem == "Not sent: the visit no longer stands as it did when it was written."
    assert gone() == []


@pytest.mark.parametrize("lost", [SessionStatus.NOT_BROUGHT, None])
def test_no_evening_message_when_the_child_did_not_come(unit, coordinator, lost):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    if lost:
        with time_machine.travel(local(SUMMER, 11), tick=False):
            presses.not_brought(
                session=course.live_sessions[0], because=LostBecause.NOT_BROUGHT, by=coordinator
            )
    worker(local(SUMMER, 18))
    assert "between" not in dict(gone())


def test_nothing_goes_after_a_course_of_which_a_day_is_still_to_come(unit, coordinator, nurse):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    builders.give(course.live_sessions[0], local(SUMMER, 13), nurse)
    for now in rounds(local(SUMMER + timedelta(1), 9), local(SUMMER + timedelta(4), 9)):
        worker(now)
    assert not {"day_after", "day_3"} & set(dict(gone()))


# To whom


def test_a_restricted_child_and_a_contact_without_permission_get_nothing(unit, coordinator, nurse):
    restricted = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    restricted.patient.restricted, restricted.patient.restricted_because = True, "Court order"
    restricted.patient.save()
    taken_back = booked_in_second_chair(unit, coordinator, local(SUMMER - timedelta(30), 12))
    taken_back.patient.contacts.update(may_receive_invites=False)
    live_through(restricted, nurse, SUMMER)
    assert not Message.objects.filter(kind__in=NOTICES).exists()


def test_a_restriction_after_it_was_queued_holds_it_back(unit, coordinator):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    with time_machine.travel(local(SUMMER - timedelta(7), 9), tick=False):
        queue_notices()
        type(course.patient).objects.update(restricted=True, restricted_because="Court order")
        deliver_due(transport=Post())
    (reminder,) = Message.objects.filter(kind="reminder")
    assert reminder.problem == "Not sent: messages about this child are restricted."


def test_each_contact_who_knows_the_visit_gets_their_own_and_others_none(unit, coordinator):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    father = builders.contact(course.patient, "Finn Lark", relationship="father")
    with time_machine.travel(local(SUMMER - timedelta(20), 12), tick=False):
        bookings.invite_untold(course=course, by=coordinator)
        deliver_due(transport=Post())
    stranger = builders.contact(course.patient, "New Lark", relationship="other")
    post = Post()
    worker(local(SUMMER - timedelta(7), 9), post)
    mother = course.patient.contacts.first()
    assert sorted(to for to, _ in post.mails) == sorted([mother.email, father.email])
    for to, mime in post.mails:
        others = {mother.email, father.email, stranger.email} - {to}
        assert not any(other.encode() in mime for other in others)


def test_after_an_invite_that_failed_nobody_is_reminded_and_the_failure_still_counts(unit, coordinator):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    Message.objects.filter(session__number=1).update(status=MessageStatus.FAILED, sent_at=None)
    now = local(SUMMER - timedelta(6), 9)
    for moment in rounds(local(SUMMER - timedelta(7), 9), now):
        worker(moment)
    assert [m.session.number for m in Message.objects.filter(kind="reminder")] == [2]
    assert Message.objects.to_ring_about(now).get().session.number == 1
    assert list(whom_to_write.to_invite(course, now=now).untold) == list(course.patient.contacts.all())


def test_a_notice_sent_later_does_not_make_good_an_invite_that_failed(unit, coordinator):
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    now = local(SUMMER - timedelta(7), 9)
    worker(now)
    invite = Message.objects.filter(kind="invite", session__number=1)
    invite.update(status=MessageStatus.FAILED, sent_at=None)
    assert Message.objects.get(kind="reminder").status == MessageStatus.SENT
    assert list(Message.objects.to_ring_about(now)) == list(invite)


def test_unlike_families_in_one_round_each_get_their_own_words_or_none(unit, coordinator, in_arabic):
    """Two children of one mother, who reads Arabic about the first; and one whose permission is withdrawn
    after the reminder was written."""
    Chair.objects.create(unit=unit, name="Chair 3")
    told = local(SUMMER - timedelta(30), 12)
    her = "mia.lark@example.com"
    ada = booked_at(unit, coordinator, told, "Ada Lark", 0, reason="first", language="ar", email=her)
    ben = booked_at(unit, coordinator, told, "Ben Lark", 1, reason="recurrence_of_pain", email=her)
    cat = booked_at(unit, coordinator, told, "Cat Finch", 2, reason="first")
    post = Post()
    with time_machine.travel(local(SUMMER - timedelta(7), 9), tick=False):
        assert queue_notices().queued == 3
        cat.patient.contacts.update(may_receive_invites=False)
        deliver_due(transport=post)

    written = {m.course: m for m in Message.objects.filter(kind="reminder")}
    assert [written[course].status for course in (ada, ben, cat)] == ["sent", "sent", "withheld"]
    assert written[cat].problem == "Not sent: no permission to receive invites is recorded."
    assert written[ada].advice_version == "Before day 1, first course, version 1"
    assert written[ben].advice_version == "Before day 1, later course, version 1"
    assert [to for to, _ in post.mails] == [her, her]
    pages = [page_address(FamilyLink.objects.get(course=course)) for course in (ada, ben)]
    for (_, mime), course, language, start in zip(post.mails, (ada, ben), ("ar", "en"), (9, 10), strict=True):
        html = message_from_bytes(mime, policy=policy.default).get_body(("html",)).get_content()
        assert f'<html lang="{language}"' in html
        assert [page in html for page in pages] == [course == ada, course == ben]
        nine_or_ten = f", {start}am" if language == "en" else f", {start}:00"
        assert nine_or_ten in written[course].subject


def booked_at(unit, by, at: datetime, name: str, place: int, *, reason: str, **fields):
    """A course of a child of that name, in a chair and from an hour of its own."""
    child = builders.patient(name)
    builders.contact(child, f"Mia {name.split()[1]}", **fields)
    with time_machine.travel(at, tick=False):
        course = builders.course(child, unit, reason=reason)
        chair = unit.chairs.order_by("pk")[place]
        visits = builders.visits(course, SUMMER, start=(9 + place) * 60, chair=chair)
        bookings.book(course=course, visits=visits, by=by)
        deliver_due(transport=Post())
    return course


# What it says


def test_a_reminder_says_when_where_and_the_approved_advice_and_threads_with_the_invite(unit, coordinator):
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12), reason="first")
    post = Post()
    worker(local(SUMMER - timedelta(7), 9), post)
    ((to, mime),) = post.mails
    mail = message_from_bytes(mime, policy=policy.default)
    (reminder,) = Message.objects.filter(kind="reminder")
    invite = Message.objects.get(kind="invite", session__number=1)
    page = page_address(FamilyLink.objects.get())

    assert mail["Subject"] == "Reminder: hospital visit Tue 15 Jun, 9am and Wed 16 Jun, 9am"
    assert (mail["To"], mail["In-Reply-To"]) == (to, invite.message_id)
    assert reminder.advice_version == "Before day 1, first course, version 1"
    plain, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    for words in (
        "Tuesday 15 June 2027",
        "9am",
        "1pm",
        "Main entrance",
        "0113 496 0123",
        "ring the children’s",
    ):
        assert words in plain
        assert words in html
    assert "Before day 1 for first course\n\nBring a book.\n" in plain
    assert "<strong>Before day 1</strong> for first course" in html
    assert "Wednesday 16 June 2027" in plain
    assert page in plain
    assert page in html
    assert "Ada" not in mime.decode()


@pytest.fixture
def in_arabic(settings):
    """Arabic can be chosen, of which Django knows the days and the direction."""
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    get_languages.cache_clear()
    yield
    get_languages.cache_clear()


@pytest.mark.parametrize("kind", NOTICES)
def test_a_notice_is_written_for_its_reader_as_an_invite_is(unit, coordinator, nurse, in_arabic, kind):
    """Large print, the language's own direction, and English advice inside it that runs its own way."""
    AdviceText.objects.update(body="## Before\n\nBring **a book**: [the list](https://trust.example/list).")
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    course.patient.contacts.update(language="ar", large_print=True)
    if kind == MessageKind.PAGE:
        message = write_page_notice(course, course.patient.contacts.get(), now=timezone.now())
    else:
        live_through(course, nurse, SUMMER)
        message = Message.objects.filter(kind=kind).first()

    mail = message_from_bytes(bytes(message.mime), policy=policy.default)
    plain, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    assert '<html lang="ar" dir="rtl">' in html
    assert "font-size:24px" in html
    assert "font-size:;" not in html
    if kind != MessageKind.PAGE:
        assert '<div lang="en" dir="ltr"><h2 style="font-size:1.25em">Before</h2>' in html
        assert '<strong>a book</strong>: <a href="https://trust.example/list">the list</a>.' in html
        assert "Before\n------\n\nBring a book: the list (https://trust.example/list).\n" in plain


def test_day_2_and_a_later_course_have_their_own_text_and_each_kind_its_own(unit, coordinator, nurse):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    live_through(course, nurse, SUMMER)
    assert [m.advice_version for m in Message.objects.filter(kind__in=NOTICES).order_by("pk")] == [
        *["Before day 1, later course, version 1"] * 2,
        "Between the days, later course, version 1",
        *["After the course, later course, version 1"] * 2,
    ]


def test_how_it_went_is_asked_with_the_address_and_not_if_the_link_was_withdrawn(unit, coordinator, nurse):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    for number, session in enumerate(course.live_sessions):
        builders.give(session, local(SUMMER + timedelta(number), 13), nurse)
    link = link_for(course, course.patient.contacts.first())
    post = Post()
    worker(local(SUMMER + timedelta(4), 9), post)
    (_, mime) = post.mails[-1]
    for kind in ("plain", "html"):
        words = message_from_bytes(mime, policy=policy.default).get_body((kind,)).get_content()
        assert page_address(link) in words
        assert check_in_address(link) in words

    Message.objects.filter(kind="day_3").update(only_once=None)
    FamilyLink.objects.update(revoked_at=timezone.now())
    worker(local(SUMMER + timedelta(4), 10), post)
    (_, mime) = post.mails[-1]
    assert (
        "/family/" not in message_from_bytes(mime, policy=policy.default).get_body(("plain",)).get_content()
    )


def test_what_people_typed_is_escaped_in_html(unit, coordinator):
    AdviceText.objects.update(body="<script>alert(1)</script> & so on")
    unit.place = "<b>Main</b>"
    unit.save()
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    post = Post()
    worker(local(SUMMER - timedelta(7), 9), post)
    html = message_from_bytes(post.mails[0][1], policy=policy.default).get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "<b>Main" not in html


# Held back


def test_without_the_approved_text_of_its_moment_nothing_goes_and_the_unit_is_told_why(
    unit, coordinator, caplog
):
    AdviceText.objects.filter(moment=Moment.BEFORE_DAY_1).update(review_on=SUMMER - timedelta(8))
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    now = local(SUMMER - timedelta(7), 9)
    with caplog.at_level(logging.WARNING, logger="scheduling.telling.queue_reminders"):
        worker(now)
        worker(now + AN_HOUR)
    why = "The unit has no approved text “Before day 1, later course”."
    assert gone() == []
    assert held_back(unit, now) == [(why, 1)]
    assert caplog.messages == [f"1 notices are held back: {why}"]

    AdviceText.objects.update(review_on=SUMMER)
    worker(now + 2 * AN_HOUR)
    assert gone() == [("reminder", "Tue 08 11:00")]
    assert held_back(unit, now) == []


def test_without_the_units_own_texts_nothing_goes(unit, coordinator):
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    unit.out_of_hours = ""
    unit.save()
    now = local(SUMMER - timedelta(7), 9)
    worker(now)
    assert gone() == []
    assert held_back(unit, now) == [("The unit has no out-of-hours text.", 1)]


# Once, whoever does it


def test_a_round_again_queues_nothing_more(unit, coordinator):
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    now = local(SUMMER - timedelta(7), 9)
    assert [queue_notices(now=now).queued for _ in range(3)] == [1, 0, 0]


def test_of_two_workers_that_saw_the_same_one_queues_it(unit, coordinator, monkeypatch, caplog):
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    now = local(SUMMER - timedelta(7), 9)
    seen = due_notices([unit], now)
    assert queue_notices(now=now).queued == 1
    monkeypatch.setattr(queue_reminders, "due_notices", lambda units, now: seen)
    assert queue_notices(now=now).queued == 0
    assert Message.objects.filter(kind="reminder").count() == 1
    assert caplog.messages == []


def test_one_bad_record_stops_no_other_and_its_words_are_not_logged(unit, coordinator, caplog):
    at = local(SUMMER - timedelta(30), 12)
    bad, good = (booked(unit, SUMMER, coordinator, at=at), booked_in_second_chair(unit, coordinator, at))
    secret = "no address of Mia Lark"
    type(bad.patient.contacts.first()).objects.filter(patient=bad.patient).update(email=secret)
    Message.objects.filter(course=bad).update(to_address=secret)
    worker(local(SUMMER - timedelta(7), 9))

    (sent,) = Message.objects.filter(kind="reminder")
    assert sent.course == good
    assert "cannot be written (InvalidInvitation)" in caplog.text
    assert secret not in caplog.text


def test_a_unit_with_broken_settings_stops_no_other(unit, coordinator, caplog):
    at = local(SUMMER - timedelta(30), 12)
    booked(unit, SUMMER, coordinator, at=at)
    unit.reminder_days = ["x", 7]
    unit.save()
    worker(local(SUMMER - timedelta(7), 9))
    assert gone() == [("reminder", "Tue 08 09:00")]


def booked_in_second_chair(unit, by, at: datetime):
    child = builders.patient("Bo Finch")
    builders.contact(child, "Bea Finch")
    with time_machine.travel(at, tick=False):
        course = builders.course(child, unit)
        places = builders.visits(course, SUMMER, chair=unit.chairs.last())
        bookings.book(course=course, visits=places, by=by)
        deliver_due(transport=Post())
    return course


def test_every_notice_leaves_a_row_in_the_log_that_names_the_worker(unit, coordinator):
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    worker(local(SUMMER - timedelta(7), 9))
    (row,) = AuditEvent.objects.filter(action="message.queued")
    assert (row.actor_name, row.changes) == ("worker", {"kind": "Reminder"})


# Its queries


def test_a_round_with_nothing_due_asks_little_and_in_the_quiet_hours_once(unit, coordinator):
    at = local(SUMMER - timedelta(30), 12)
    booked(unit, SUMMER, coordinator, at=at)
    assert asked(local(SUMMER - timedelta(7), 3)) == 1
    assert asked(local(SUMMER - timedelta(20), 10)) == 2
    worker(local(SUMMER - timedelta(7), 9))
    one = asked(local(SUMMER - timedelta(7), 10))
    assert one == 5
    booked_in_second_chair(unit, coordinator, at)
    worker(local(SUMMER - timedelta(7), 9))
    assert asked(local(SUMMER - timedelta(7), 10)) == one


def asked(now: datetime) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert not queue_notices(now=now)
    return len(queries)


# A moment more


@pytest.fixture
def two_more(unit, monkeypatch, settings, tmp_path):
    """Two rows more in the table, and their template; the unit asks nothing else after a course."""
    unit.asks_how_it_went = False
    unit.save()
    ahead = reminder_table.Reminder(
        name="weeks_before",
        kind=MessageKind.REMINDER,
        days=lambda unit: [-28],
        clock=lambda unit: time(9),
        last=reminder_table.while_half_the_wait_is_left,
        whom=reminder_table.Whom.KNOWS,
        text=lambda session: Moment.BEFORE_DAY_1,
        subject="Four weeks until %(when)s",
        template="made_up",
    )
    back = reminder_table.Reminder(
        name="week_after",
        kind=MessageKind.DAY_3,
        days=lambda unit: [7],
        clock=lambda unit: time(14),
        last=reminder_table.until_evening(0),
        looks_back=True,
        whom=reminder_table.Whom.EVERYBODY,
        text=lambda session: Moment.AFTER,
        subject="A week later",
        template="made_up",
    )
    monkeypatch.setattr(reminder_table, "REMINDERS", (*reminder_table.REMINDERS, ahead, back))
    emails = tmp_path / "emails"
    emails.mkdir()
    for ending in ("txt", "html"):
        (emails / f"made_up.{ending}").write_text("{{ heading }} in made-up words. {{ advice_text }}")
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [tmp_path, *engine["DIRS"]]}]


def test_a_moment_more_is_one_row_a_text_and_a_template(unit, coordinator, nurse, two_more):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(40), 12))
    post = Post()
    for day, hour in [(-28, 8), (-28, 9), (-28, 10), (-27, 9)]:
        worker(local(SUMMER + timedelta(day), hour), post)
    for number, session in enumerate(course.live_sessions):
        builders.give(session, local(SUMMER + timedelta(number), 13), nurse)
    for day, hour in [(8, 13), (8, 14), (8, 15), (9, 14)]:
        worker(local(SUMMER + timedelta(day), hour), post)

    assert gone() == [
        ("reminder", "Tue 18 09:00"),
        ("reminder", "Wed 19 09:00"),
        ("day_3", "Wed 23 14:00"),
    ]
    sent = Message.objects.filter(kind__in=NOTICES).order_by("pk")
    assert [m.subject for m in sent] == [
        "Four weeks until Tue 15 Jun, 9am",
        "Four weeks until Wed 16 Jun, 9am",
        "A week later",
    ]
    assert sent[2].advice_version == "After the course, later course, version 1"
    plain = message_from_bytes(post.mails[2][1], policy=policy.default).get_body(("plain",)).get_content()
    assert plain.partition(",\r\n\r\n")[2].startswith(
        "A week later in made-up words. After the course for later course"
    )


def test_a_moment_more_is_withheld_when_what_it_says_is_no_longer_so(unit, coordinator, nurse, two_more):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(40), 12))
    broken = Post(fault=TransportError("The mail server could not be reached.", permanent=False))
    worker(local(SUMMER - timedelta(28), 9), broken)
    with time_machine.travel(local(SUMMER - timedelta(28), 10), tick=False):
        bookings.move(
            course=course,
            visits=builders.visits(course, SUMMER + timedelta(1)),
            reason=CancelReason.FAMILY_REQUEST,
            by=coordinator,
        )
        deliver_due(transport=Post())
    for number, session in enumerate(course.sessions.filter(status=SessionStatus.BOOKED)):
        builders.give(session, local(SUMMER + timedelta(number + 1), 13), nurse)
    worker(local(SUMMER + timedelta(9), 14), broken)
    worker(local(SUMMER + timedelta(10), 14))

    notices = Message.objects.filter(kind__in=NOTICES).order_by("pk")
    assert [(m.status, m.problem) for m in notices] == [
        (MessageStatus.WITHHELD, "Not sent: the visit has been moved since it was written."),
        (MessageStatus.WITHHELD, "Not sent: its last sensible time was over."),
    ]


def test_a_reminder_whose_row_has_gone_does_not_leave(unit, coordinator, monkeypatch):
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    with time_machine.travel(local(SUMMER - timedelta(7), 9), tick=False):
        queue_notices()
        monkeypatch.setattr(reminder_table, "REMINDERS", ())
        assert deliver_due(transport=Post()).withheld == 1
    (reminder,) = Message.objects.filter(kind="reminder")
    assert reminder.problem == "Not sent: nothing like it is sent any more."


# On their way


def test_a_notice_waits_for_the_end_of_the_quiet_hours_and_holds_up_no_other_mail(unit, coordinator):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    unit.quiet_from = time(19)
    unit.save()
    broken = Post(fault=TransportError("The mail server could not be reached.", permanent=False))
    eve = SUMMER - timedelta(1)
    with time_machine.travel(local(eve, 18, 59), tick=False):
        queue_notices()
        deliver_due(transport=broken)
    with time_machine.travel(local(eve, 19, 1), tick=False):
        deliver_due(transport=Post())
        bookings.cancel(
            course=course, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator
        )
        assert deliver_due(transport=Post()).sent == 2
    with time_machine.travel(local(SUMMER, 8), tick=False):
        assert deliver_due(transport=Post()).withheld == 1
    assert not Message.objects.filter(kind="reminder", status=MessageStatus.SENT).exists()


def test_put_off_by_the_quiet_hours_it_does_not_leave_in_the_morning_of_the_visit(unit, coordinator):
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    unit.quiet_from = time(19)
    unit.save()
    eve = SUMMER - timedelta(1)
    with time_machine.travel(local(eve, 18, 59), tick=False):
        queue_notices()
    for now in rounds(local(eve, 19), local(SUMMER, 7), timedelta(minutes=30)):
        with time_machine.travel(now, tick=False):
            assert not deliver_due(transport=Post()).sent
    with time_machine.travel(local(SUMMER, 8), tick=False):
        assert deliver_due(transport=Post()).withheld == 1
    (reminder,) = Message.objects.filter(kind="reminder")
    assert (reminder.status, reminder.problem) == (
        MessageStatus.WITHHELD,
        "Not sent: its last sensible time was over.",
    )
    assert AuditEvent.objects.filter(action="message.put_off").count() == 1


def test_an_evening_message_does_not_leave_the_next_morning(unit, coordinator, nurse):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    builders.give(course.live_sessions[0], local(SUMMER, 13), nurse, SessionStatus.ARRIVED)
    broken = Post(fault=TransportError("The mail server could not be reached.", permanent=False))
    worker(local(SUMMER, 19, 30), broken)
    with time_machine.travel(local(SUMMER + timedelta(1), 8), tick=False):
        deliver_due(transport=Post())
    (evening,) = Message.objects.filter(kind="between")
    assert evening.problem == "Not sent: its last sensible time was over."


def test_a_reminder_that_fails_is_a_task_in_its_own_words_and_told_of_nothing(unit, coordinator):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    now = local(SUMMER - timedelta(7), 9)
    worker(now, Post(fault=TransportError("The mail server refused this address.", permanent=True)))
    (task,) = Task.objects.open()
    assert task.says == (
        "A mail about Tuesday 15 June 2027 (reminder) could not be sent. The family was told of the visit "
        "before. Check the address with them."
    )
    assert task.contacts_to_ring == list(course.patient.contacts.all())
    assert not Message.objects.to_ring_about(now).exists()
    assert whom_to_write.to_invite(course, now=now).untold == []
    assert list(failed_in_silence(now)) == []

    worker(local(SUMMER - timedelta(1), 9))
    assert not Task.objects.open().exists()


def test_no_reader_of_calendar_mails_takes_a_notice_for_one(unit, coordinator, nurse):
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    live_through(course, nurse, SUMMER, ends=-1)
    sessions = course.live_sessions
    assert {mail.kind for mail in Message.objects.that_told(sessions)} == {"invite"}
    assert {m.kind for m in whom_to_write.told(sessions)} == {"invite"}
    with time_machine.travel(local(SUMMER, 8), tick=False):
        today, _ = day_list.load_today(unit, timezone.now())
        assert [row.marks for row in today.rows] == [()]
        cancelled = bookings.cancel(
            course=course, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator
        )
    assert [m.kind for m in cancelled.messages] == ["cancellation"] * 2
    assert list(broken_messages()) == []


def test_a_notice_can_be_read_and_downloaded(client, unit, coordinator):
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    worker(local(SUMMER - timedelta(7), 9))
    (reminder,) = Message.objects.filter(kind="reminder")
    client.force_login(coordinator)
    page = client.get(reminder.get_absolute_url()).content.decode()
    assert "Reminder: hospital visit Tue 15 Jun, 9am and Wed 16 Jun, 9am" in page
    assert "Before day 1, later course, version 1" in page
    assert "The calendar entry" not in page
    assert client.get(f"{reminder.get_absolute_url()}download/").content == bytes(reminder.mime)
    assert client.get(reminder.course.get_absolute_url()).status_code == 200
    assert "The mail" in page


def test_doctor_finds_a_notice_that_names_the_child(unit, coordinator):
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    worker(local(SUMMER - timedelta(7), 9))
    Message.objects.filter(kind="reminder").update(subject="Ada Lark", advice_version="")
    (reminder,) = Message.objects.filter(kind="reminder")
    assert list(broken_messages()) == [
        f"Message {reminder.pk} does not say which advice it gave.",
        f"Message {reminder.pk}: its subject names the child, the drug or the disease.",
    ]


def test_a_reminder_is_tried_until_its_last_sensible_time(unit, coordinator):
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    worker(local(SUMMER - timedelta(7), 9), Post(fault=TransportError("Not now.", permanent=False)))
    Message.objects.filter(kind="reminder").update(attempts=200)
    worker(local(SUMMER - timedelta(7), 11), Post(fault=TransportError("Not now.", permanent=False)))
    assert Message.objects.get(kind="reminder").status == MessageStatus.QUEUED
    worker(local(SUMMER, 8), Post())
    assert Message.objects.filter(kind="reminder").first().status == MessageStatus.WITHHELD
    assert outcomes.WORKER.name == "worker"
    assert Message.objects.get(kind="reminder").channel == Channel.EMAIL
