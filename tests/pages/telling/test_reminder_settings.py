"""The page where the lead says when families are reminded, and asking a family for days before a booking."""

from datetime import time, timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.models import AdviceText, FamilyLink, Message, Moment, Unit
from scheduling.states import MessageStatus
from scheduling.telling.delivery import deliver_due
from scheduling.telling.family_links import link_for, page_address
from tests import builders
from tests.builders.texts import set_texts
from tests.fakes.post import Post
from tests.reading import folded
from tests.telling.hours import SUMMER, booked, local

ORDINARY = {
    "reminder_days": "7, 1",
    "quiet_from": "8pm",
    "quiet_until": "8am",
    "between": "True",
    "evening_at": "6pm",
    "asks_how_it_went": "True",
}


@pytest.fixture
def unit(db):
    return builders.unit()


@pytest.fixture
def page(client, lead):
    client.force_login(lead)
    return client


def address(unit):
    return reverse("scheduling:set_reminders", args=[unit.pk])


def saved(unit):
    unit = Unit.objects.get(pk=unit.pk)
    return (unit.reminder_days, unit.quiet_from, unit.quiet_until, unit.evening_at, unit.asks_how_it_went)


def test_a_new_unit_reminds_and_the_page_shows_it(unit, page):
    form = page.get(address(unit)).context["form"]
    sent = {field.name: field.value() for field in form}
    assert {name: sent[name] for name in ORDINARY} == ORDINARY
    assert page.post(address(unit), sent).status_code == 302
    assert not AuditEvent.objects.filter(action="unit.changed").exists()


def test_what_is_saved_counts_and_stands_in_the_log_and_on_the_units_page(unit, page):
    typed = {
        "reminder_days": "3; 14 and 1,3",
        "quiet_from": "19:30",
        "quiet_until": "9am",
        "between": "False",
        "evening_at": "6pm",
        "asks_how_it_went": "False",
    }
    response = page.post(address(unit), typed, follow=True)
    assert saved(unit) == ([14, 3, 1], time(19, 30), time(9), None, False)
    shown = folded(response)
    for words in (
        "The reminders have been saved",
        "14 days, 3 days and 1 day before day 1",
        "7:30pm to 9am",
        "No message",
    ):
        assert words in shown
    assert AuditEvent.objects.get(action="unit.changed").changes["reminder_days"] == [[7, 1], [14, 3, 1]]


def test_no_days_before_are_no_reminders(unit, page):
    assert page.post(address(unit), ORDINARY | {"reminder_days": " "}).status_code == 302
    assert saved(unit)[0] == []


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("reminder_days", "7, soon", "Days before day 1 must be whole numbers from 1 to 60, like 7, 1"),
        ("reminder_days", "0", "Days before day 1 must be whole numbers from 1 to 60, like 7, 1"),
        ("reminder_days", "61", "Days before day 1 must be whole numbers from 1 to 60, like 7, 1"),
        ("reminder_days", "1.5", "Days before day 1 must be whole numbers from 1 to 60, like 7, 1"),
        ("reminder_days", "1 2 3 4 5 6", "Enter at most 5 numbers of days"),
        ("quiet_from", "", "Enter the start of the quiet hours"),
        ("quiet_from", "late", "Start of the quiet hours must be a time, like 9am, 9:30am or 2:15pm"),
        ("quiet_until", "8pm", "Quiet hours must not end at the time at which they begin"),
        ("between", "", "Select whether a message goes out between two days"),
        ("evening_at", "", "Enter the time of the message between two days"),
        ("evening_at", "11am", "Time of the message between two days must be after midday"),
        ("evening_at", "9pm", "Time of the message between two days must not be in the quiet hours"),
        ("asks_how_it_went", "", "Select whether to ask how it went"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_what_was_typed_stays(unit, page, field, typed, sentence):
    before = saved(unit)
    response = page.post(address(unit), ORDINARY | {field: typed})
    assert response.status_code == 200
    assert response.context["form"].errors == {field: [sentence]}
    assert response.context["form"][field].value() == typed
    assert saved(unit) == before


def test_what_a_colleague_saved_meanwhile_is_not_overwritten(unit, page):
    seen = page.get(address(unit)).context["form"]["seen"].value()
    Unit.objects.update(evening_at=None)
    response = page.post(address(unit), ORDINARY | {"seen": seen})
    assert "Somebody else changed this" in folded(response)
    assert saved(unit)[3] is None


def test_what_is_held_back_is_said_on_both_pages(unit, page, coordinator):
    AdviceText.objects.filter(moment=Moment.BEFORE_DAY_1).update(review_on=SUMMER - timedelta(8))
    booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    with time_machine.travel(local(SUMMER - timedelta(7), 10), tick=False):
        page.force_login(coordinator)
        shown = folded(page.get(unit.get_absolute_url()))
    assert "Due now, and not sent" in shown
    assert "1 message: The unit has no approved text “Before day 1, later course”." in shown


# Asking for days


@pytest.fixture
def course(unit):
    child = builders.patient()
    builders.contact(child)
    return builders.course(child, unit)


@pytest.fixture
def desk(client, coordinator, settings):
    # Time travels further than anybody stays signed in.
    settings.SESSION_COOKIE_AGE = 10 * 365 * 24 * 60 * 60
    client.force_login(coordinator)
    return client


def ask(desk, course):
    return desk.post(reverse("scheduling:ask_family", args=[course.pk]), follow=True)


def noon(days: int = 0):
    return time_machine.travel(local(SUMMER + timedelta(days), 12), tick=False)


def test_each_contact_gets_the_address_of_their_own_page(desk, course):
    builders.contact(course.patient, "Finn Lark")
    builders.contact(course.patient, "Nan Lark", may_receive_invites=False)
    post = Post()
    with noon():
        assert "Ask the family by mail" in folded(desk.get(course.get_absolute_url()))
        response = ask(desk, course)
        deliver_due(transport=post)
    assert "It goes to Mia Lark, Finn Lark." in folded(response)
    assert "Asked the family for the days they cannot do" in folded(response)
    mia, finn = course.patient.contacts.all()[:2]
    assert [to for to, _ in post.mails] == [mia.email, finn.email]
    for contact, (_, mime) in zip((mia, finn), post.mails, strict=True):
        words = message_from_bytes(mime, policy=policy.default).get_body(("plain",)).get_content()
        assert page_address(link_for(course, contact)) in words
        assert words.count("/family/") == 1
        assert "2 days in a row" in words
        assert "Ada" not in mime.decode()
    row = AuditEvent.objects.get(action="course.days_asked")
    assert row.changes == {"to": ["Finn Lark", "Mia Lark"]}


def test_once_a_day(desk, course):
    with noon():
        ask(desk, course)
        again = ask(desk, course)
    assert "The family was asked today already" in folded(again)
    with noon(1):
        ask(desk, course)
    assert Message.objects.filter(kind="page").count() == 2


def test_in_the_quiet_hours_it_waits(desk, course):
    with time_machine.travel(local(SUMMER, 21), tick=False):
        ask(desk, course)
        assert not deliver_due(transport=Post())
    with time_machine.travel(local(SUMMER + timedelta(1), 8), tick=False):
        assert deliver_due(transport=Post()).sent == 1


def test_booked_before_it_left_it_does_not_leave(desk, course, coordinator):
    from scheduling.booking import bookings

    set_texts(course.unit)
    with noon():
        ask(desk, course)
        bookings.book(course=course, visits=builders.visits(course, SUMMER + timedelta(7)), by=coordinator)
        deliver_due(transport=Post())
    (asked,) = Message.objects.filter(kind="page")
    assert (asked.status, asked.problem) == (MessageStatus.WITHHELD, "Not sent: the course no longer waits.")


def test_what_stands_in_the_way_is_a_sentence(desk, course, coordinator):
    Unit.objects.update(mailbox="")
    assert "has no mailbox" in folded(ask(desk, course))
    Unit.objects.update(mailbox="daycase@hospital.example")
    link_for(course, course.patient.contacts.first())
    FamilyLink.objects.update(revoked_at=timezone.now())
    assert "Nobody may be written to about this child" in folded(ask(desk, course))
    FamilyLink.objects.update(revoked_at=None)
    type(course.patient).objects.update(restricted=True, restricted_because="Court order")
    assert "Nobody may be written to about this child" in folded(ask(desk, course))
    assert "Ask the family by mail" not in folded(desk.get(course.get_absolute_url()))
    course.patient.contacts.update(email="no address")
    type(course.patient).objects.update(restricted=False, restricted_because="")
    assert "cannot be written" in folded(ask(desk, course))
    type(course).objects.update(status="cancelled")
    assert "This course no longer waits" in folded(ask(desk, course))
    assert not Message.objects.exists()
    assert not AuditEvent.objects.filter(action="course.days_asked").exists()


def test_whoever_may_not_book_is_not_offered_it(client, reader, course):
    client.force_login(reader)
    assert "Ask the family by mail" not in folded(client.get(course.get_absolute_url()))
    assert ask(client, course).status_code == 403
