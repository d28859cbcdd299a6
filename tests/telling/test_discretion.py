"""Whoever the child is and whatever happens to a course: nothing that others can read tells who or what."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

import hypothesis
import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from patients import audit, changes
from patients.models import Contact, Patient, Relationship
from scheduling.booking import bookings, holds, lost_days, offers
from scheduling.errors import Refused
from scheduling.ical import Mailbox
from scheduling.models import (
    CancelReason,
    Channel,
    Course,
    EntryDetail,
    LostBecause,
    Message,
    MessageKind,
    Reason,
    Session,
)
from scheduling.states import SessionStatus
from scheduling.telling import ask_for_days, clock_times, resend
from scheduling.telling.delivery import deliver_due
from scheduling.telling.queue_reminders import queue_notices
from scheduling.telling.transport import FileTransport, TransportError
from scheduling.visit import presses
from tests import builders
from tests.discretion import open_to_others, secrets_of, told_by
from tests.fakes.notify import KEY, TEMPLATE
from tests.fakes.smtp import nobody_listens
from tests.ical.samples import a_mail, an_invitation

BY = audit.System("test")
APPROVAL = lost_days.Approval(LostBecause.UNWELL, "Has a cold", "Dr Wren")

# Words that stand in no template, so that what is found was told.
NAME = st.text("qxzvjkwyQXZVJKžøłé’-ع王", min_size=7, max_size=12).filter(
    lambda name: name.strip("’-") == name
)
CHILDREN = st.fixed_dictionaries(
    {
        "name": st.builds("{} {}".format, NAME, NAME),
        "known_as": st.just("") | NAME,
        "birth_date": st.dates(date(2009, 1, 1), date(2023, 12, 31)),
        "needs": st.just("") | NAME,
        "hospital_number": st.from_regex(r"[KW]9[0-9]{7}", fullmatch=True),
    }
)


def contacts(relationships: st.SearchStrategy[Relationship]) -> st.SearchStrategy[dict]:
    return st.fixed_dictionaries(
        {
            "relationship": relationships,
            "large_print": st.booleans(),
            "may_receive_invites": st.sampled_from([True, True, False]),
            "may_receive_texts": st.booleans(),
        }
    )


# The child itself, and two around it.
CONTACTS = st.tuples(
    contacts(st.just(Relationship.YOUNG_PERSON)),
    contacts(st.sampled_from(Relationship)),
    contacts(st.sampled_from(Relationship)),
)
COURSES = st.fixed_dictionaries(
    {
        "days": st.integers(1, 3),
        "minutes": st.sampled_from([240, 300, 360]),
        "reason": st.sampled_from(Reason),
    }
)


@dataclass
class Clinic:
    """A child, its contacts and its course, to which the acts below happen, and how its mails leave."""

    child: Patient
    course: Course
    monday: date
    transport: "Unreliable"

    def visits(self, weeks: int, start: int = 9 * 60) -> list:
        return builders.visits(self.course, self.monday + timedelta(weeks=weeks), start=start)

    def live_days(self) -> list[Session]:
        return Course.objects.get(pk=self.course.pk).live_sessions

    def contact(self) -> Contact:
        return self.child.contacts.first()


def book(clinic: Clinic) -> None:
    bookings.book(course=clinic.course, visits=clinic.visits(0), by=BY)


def hold(clinic: Clinic) -> None:
    holds.hold(course=clinic.course, visits=clinic.visits(1), hours=4, by=BY)


def offer(clinic: Clinic) -> None:
    until = timezone.now() + timedelta(days=1)
    offers.ask(course=clinic.course, visits=clinic.visits(1), until=until, by=BY)


def move(clinic: Clinic) -> None:
    reason = CancelReason.STAFF_SHORT
    bookings.move(course=clinic.course, visits=clinic.visits(2, 10 * 60), reason=reason, by=BY)


def cancel(clinic: Clinic) -> None:
    reason = CancelReason.CLINICAL_RESULTS
    bookings.cancel(course=clinic.course, reason=reason, back_to_waiting=True, by=BY)


def lose_a_day(clinic: Clinic) -> None:
    lost_days.report(session=clinic.live_days()[-1], because=LostBecause.CANNULA, by=BY)


def put_a_day_elsewhere(clinic: Clinic) -> None:
    visit = clinic.visits(3)[-1]
    lost_days.another_day(session=clinic.live_days()[-1], visit=visit, approval=APPROVAL, by=BY)


def leave_a_day_out(clinic: Clinic) -> None:
    lost_days.leave_out(session=clinic.live_days()[-1], approval=APPROVAL, by=BY)


def change_an_address(clinic: Clinic) -> None:
    contact = clinic.contact()
    contact.email = f"other-{contact.email}"
    changes.save(contact, by=BY)


def withdraw_a_permission(clinic: Clinic) -> None:
    contact = clinic.contact()
    contact.may_receive_invites = False
    changes.save(contact, by=BY)


def invite_the_untold(clinic: Clinic) -> None:
    bookings.invite_untold(course=clinic.course, by=BY)


def ask_which_days_cannot_be(clinic: Clinic) -> None:
    ask_for_days.ask_for_days(course=clinic.course, by=BY)


def send_the_last_again(clinic: Clinic) -> None:
    resend.send_again(message=list(clinic.course.messages.all())[-1], by=BY)


def let_the_days_pass(clinic: Clinic) -> None:
    """From the day before the first to the note on the third day after, each day given at 2pm."""
    days = [session.day for session in clinic.live_days()]
    for number in range(-1, (days[-1] - days[0]).days + 5):
        for hour in (10, 14, 19):
            with time_machine.travel(clock_times.at(days[0] + timedelta(number), time(hour)), tick=False):
                if hour == 14:
                    give_what_is_booked_today(clinic)
                queue_notices()
                deliver_due(transport=clinic.transport)


def give_what_is_booked_today(clinic: Clinic) -> None:
    for session in clinic.live_days():
        if session.day == timezone.localdate() and session.status == SessionStatus.BOOKED:
            for status in (SessionStatus.ARRIVED, SessionStatus.STARTED, SessionStatus.FULFILLED):
                presses.press(session=session, status=status, by=BY)


# What can happen to a course; whatever queues messages belongs here.
ACTS: tuple[Callable[[Clinic], object], ...] = (
    book,
    hold,
    offer,
    move,
    cancel,
    lose_a_day,
    put_a_day_elsewhere,
    leave_a_day_out,
    change_an_address,
    withdraw_a_permission,
    invite_the_untold,
    ask_which_days_cannot_be,
    send_the_last_again,
    let_the_days_pass,
)


def a_clinic(child: dict, people: Iterable[dict], course: dict, detail: EntryDetail, folder: Path) -> Clinic:
    unit = builders.unit(nurses=6, entry_detail=detail, advice_page="https://trust.example/day-case")
    patient = builders.patient(**child)
    for number, fields in enumerate(people):
        itself = fields["relationship"] == Relationship.YOUNG_PERSON
        name = patient.name if itself else f"Parent {number}"
        builders.contact(patient, name, email=f"p{number}@family.example", **fields)
    made = builders.course(patient, unit, **course)
    return Clinic(patient, made, builders.next_monday(3), Unreliable(folder))


def play(clinic: Clinic, acts: Iterable[Callable[[Clinic], object]]) -> None:
    """Each act that the state allows, and whatever it queued on its way."""
    for act in acts:
        with suppress(Refused, IndexError):
            act(clinic)
        deliver_due(transport=clinic.transport)


@pytest.fixture(autouse=True)
def texts_on(settings) -> Iterator[None]:
    """Texts are queued, and the service that takes them is down."""
    with nobody_listens() as port:
        settings.NOTIFY_API_KEY, settings.NOTIFY_TEMPLATE_ID = KEY, TEMPLATE
        settings.NOTIFY_URL = f"http://127.0.0.1:{port}"
        yield


class Unreliable:
    """Writes mails to files; at times it breaks down instead, with words that no log may repeat."""

    def __init__(self, folder: Path) -> None:
        self._files, self._sent = FileTransport(folder), 0

    def send(self, from_address: str, to_address: str, mime: bytes) -> None:
        self._sent += 1
        if self._sent % 4 == 2:
            raise RuntimeError(f"{Patient.objects.last()} {to_address} {mime!r}")
        if self._sent % 4 == 3:
            raise TransportError("The line broke.", permanent=True)
        self._files.send(from_address, to_address, mime)


def told(message: Message, secrets: set[str]) -> set[tuple[str, str]]:
    """Where a message tells a secret, and which."""
    return {(where, secret) for where, text in open_to_others(message) for secret in told_by(text, secrets)}


# To make a failing example smaller takes minutes, and it is told in full.
@pytest.mark.no_cover
@hypothesis.settings(max_examples=20, phases=[hypothesis.Phase.generate])
@given(
    child=CHILDREN,
    people=CONTACTS,
    course=COURSES,
    detail=st.sampled_from(EntryDetail),
    acts=st.lists(st.sampled_from(ACTS), max_size=6),
)
def test_nothing_that_others_can_read_tells_who_the_child_is_or_what_it_has(
    db, caplog, tmp_path_factory, child, people, course, detail, acts
):
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    folder = tmp_path_factory.mktemp("mails")
    with transaction.atomic():
        clinic = a_clinic(child, people, course, detail, folder)
        play(clinic, [ask_which_days_cannot_be, book, *acts, let_the_days_pass])
        secrets, messages = secrets_of(clinic.child), list(Message.objects.select_related("session"))
        transaction.set_rollback(True)

    assert set().union(*(told(message, secrets) for message in messages)) == set()
    assert told_by(caplog.text, secrets) == set()
    assert told_by(" ".join(path.name for path in folder.rglob("*")), secrets) == set()


def test_the_acts_above_queue_messages_of_every_kind_that_they_can(db, caplog, tmp_path):
    child = {"name": "Qzax Wyvvek", "birth_date": date(2018, 5, 1)}
    people = [{"relationship": name, "may_receive_texts": True} for name in ("mother", "young_person")]
    clinic = a_clinic(child, people, {"days": 2}, EntryDetail.ADVICE, tmp_path)
    play(clinic, [ask_which_days_cannot_be, offer, book, move, change_an_address])
    play(clinic, [put_a_day_elsewhere, cancel, book])
    play(clinic, [send_the_last_again, let_the_days_pass])
    secrets = secrets_of(clinic.child)
    assert set().union(*(told(message, secrets) for message in Message.objects.all())) == set()
    assert set(Message.objects.values_list("kind", flat=True)) == set(MessageKind)
    assert set(Message.objects.values_list("channel", flat=True)) == set(Channel)
    assert {"sent", "failed"} <= set(Message.objects.values_list("status", flat=True))
    assert "RuntimeError" in caplog.text


# Whether the test above would see it


def a_mail_with(**changes) -> bytes:
    of_mail = {
        name: changes.pop(name) for name in ("subject", "text", "html", "message_id") if name in changes
    }
    return a_mail(an_invitation(**changes), **of_mail)


ORDINARY = {"subject": "Hospital visit", "message_id": "<1@daycase.example>", "mime": a_mail()}
NAMED = a_mail().replace(b'filename="invite.ics"', b'filename="wyvvek.ics"')


@pytest.mark.parametrize(
    ("where", "fields"),
    [
        ("subject", {"subject": "Hospital visit of Qzax"}),
        ("Message-ID", {"message_id": "<K1234567@daycase.example>"}),
        ("text message", {"channel": Channel.TEXT, "kind": "reminder", "mime": b"Qzax comes at 9am"}),
        ("header Subject", {"mime": a_mail_with(subject="Infusion of pamidronate for a wyvvek")}),
        ("header To", {"mime": a_mail_with(attendee=Mailbox("Wyvvek", "q@family.example"))}),
        ("calendar entry", {"mime": a_mail_with(summary="CRMO clinic")}),
        ("calendar entry", {"mime": a_mail_with(description="a" * 60 + " for Žofka, who was born")}),
        ("calendar entry", {"mime": a_mail_with(location="Bed of 999 123 4567")}),
        ("calendar entry", {"mime": a_mail_with(uid="K1234567@daycase.example")}),
        ("file name", {"mime": NAMED}),
        ("address", {"mime": a_mail_with(text="Look: https://trust.example/family/?born=2018-05-01 today")}),
        ("address", {"mime": a_mail_with(html='<a href="https://trust.example/%C5%BDofka">Look</a>')}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_test_above_sees_what_is_told(where, fields):
    child = Patient(
        name="Qzax Wyvvek",
        known_as="Žofka",
        birth_date=date(2018, 5, 1),
        nhs_number="9991234567",
        hospital_number="K1234567",
    )
    assert where in {found for found, _ in told(Message(**ORDINARY | fields), secrets_of(child))}
    assert told(Message(**ORDINARY), secrets_of(child)) == set()


def test_the_body_of_a_mail_may_say_more():
    """It is read by whoever opens it."""
    message = Message(mime=a_mail_with(text="Pamidronate", html="<p>Pamidronate</p>"))
    assert told(message, {"pamidronate"}) == set()
