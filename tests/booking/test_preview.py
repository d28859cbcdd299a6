"""What a check page shows is what its act sends, to the last letter; showing it saves and locks nothing."""

import json
import re
from datetime import datetime, time, timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from patients.models import Contact
from scheduling.booking import bookings, holds, lost_days
from scheduling.booking.lost_days import Approval
from scheduling.models import CancelReason, Course, LostBecause, Message
from scheduling.pages.booking.placement_forms import check_address, placement_fields
from scheduling.states import MessageStatus, SessionStatus
from scheduling.telling.delivery import deliver_due
from scheduling.telling.family_links import without_page_addresses
from scheduling.visit import presses
from tests import builders
from tests.fakes.post import Post
from tests.processes import database_of_its_own, python

MONDAY, LATER = builders.next_monday(2), builders.next_monday(3)
TUESDAY = MONDAY + timedelta(days=1)
MOVED = CancelReason.FAMILY_UNWELL
APPROVAL = Approval(LostBecause.UNWELL, "A fever since the night", "Dr Wren")
# Of the log of looks alone; a user's web session is not of the unit.
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)|FOR (NO KEY )?UPDATE|FOR (KEY )?SHARE", re.IGNORECASE)
OF_LOOKING = re.compile(r'"(patients_accessevent|django_session)"')
# Made anew by whoever writes a mail: what names it, when it was, and of new days which they are.
OWN = re.compile(r"^(UID|DTSTAMP|CREATED|LAST-MODIFIED):.*$", re.MULTILINE)


class Day:
    """A course of one family whose mother and father read alike, and whose grandmother is Polish."""

    def __init__(self, by):
        self.by, self.unit = by, builders.unit(chairs=2, nurses=4)
        self.child = builders.patient()
        builders.contact(self.child, "Mia Lark", email="mia@example.com")
        builders.contact(self.child, "Pa Lark", relationship="father", email="pa@example.com")
        builders.contact(self.child, "Gran Lark", email="gran@example.com", large_print=True)
        self.course = builders.course(self.child, self.unit)

    def read(self):
        return Course.objects.get(pk=self.course.pk)

    def book(self, monday=MONDAY, **at):
        visits = builders.visits(self.course, monday, **at)
        bookings.book(course=self.read(), visits=visits, by=self.by)
        deliver_due(transport=Post())
        return self

    def hold(self, monday=MONDAY):
        visits = builders.visits(self.course, monday)
        holds.hold(course=self.read(), visits=visits, hours=24, by=self.by)
        return self

    def cancel(self):
        bookings.cancel(course=self.read(), reason=MOVED, back_to_waiting=True, by=self.by)
        deliver_due(transport=Post())
        return self

    def move(self):
        """Of which the grandmother did not hear."""
        visits = builders.visits(self.course, LATER)
        bookings.move(course=self.read(), visits=visits, reason=MOVED, by=self.by)
        deliver_due(transport=Post())
        unheard = Message.objects.filter(contact__name="Gran Lark", sequence=1)
        assert unheard.update(status=MessageStatus.FAILED, sent_at=None) == 2
        return self

    def grandmother_may_not(self):
        Contact.objects.filter(name="Gran Lark").update(may_receive_invites=False)
        return self

    def day(self, number):
        return self.read().sessions.get(number=number, status=SessionStatus.BOOKED)


def booking(day, monday=MONDAY):
    visits = builders.visits(day.course, monday)
    page = "get", check_address(day.course, visits), {}
    return page, lambda: bookings.book(course=day.read(), visits=visits, by=day.by)


def moving(day, monday=LATER, **at):
    visits = builders.visits(day.course, monday, **at)
    page = "get", check_address(day.course, visits), {}
    return page, lambda: bookings.move(course=day.read(), visits=visits, reason=MOVED, by=day.by)


def cancelling(day, then):
    page = "post", address("cancel_course", day.course), {"reason": MOVED, "then": then}
    back = then == "back"
    return page, lambda: bookings.cancel(course=day.read(), reason=MOVED, back_to_waiting=back, by=day.by)


def leaving_out(day, number):
    session = day.day(number)
    page = "get", address("leave_out_day", session), {"because": "unwell"}
    return page, lambda: lost_days.leave_out(session=session, approval=APPROVAL, by=day.by)


def other_day(day, session, monday=LATER):
    [visit, _] = builders.visits(day.course, monday)
    page = "get", address("check_day", session), {"because": "unwell", **placement_fields([visit])}
    return page, lambda: lost_days.another_day(session=session, visit=visit, approval=APPROVAL, by=day.by)


def inviting(day):
    builders.contact(day.child, "Dan Lark", email="dan@example.com")
    page = "get", address("send_invites", day.course), {}
    return page, lambda: bookings.invite_untold(course=day.read(), by=day.by)


def address(name, row):
    return reverse(f"scheduling:{name}", args=[row.pk])


# Each with how many mails it sends.
ACTS = {
    "book": (6, lambda day: booking(day)),
    "book what was cancelled": (6, lambda day: booking(day.book().cancel(), LATER)),
    "book what is held": (6, lambda day: booking(day.hold())),
    "book elsewhere than held": (6, lambda day: booking(day.hold(), LATER)),
    "move": (6, lambda day: moving(day.book())),
    "move one day on": (6, lambda day: moving(day.book(), TUESDAY)),
    "move to a chair": (0, lambda day: moving(day.book(), MONDAY, chair=day.unit.chairs.last())),
    "move what one may know no more": (6, lambda day: moving(day.book().grandmother_may_not())),
    "move to where it was held": (6, lambda day: moving(day.book().hold(LATER))),
    "cancel, and wait again": (6, lambda day: cancelling(day.book(), "back")),
    "cancel what one may know no more": (6, lambda day: cancelling(day.book().grandmother_may_not(), "end")),
    "cancel what one knows as it was": (6, lambda day: cancelling(day.book().move(), "back")),
    "cancel what is held": (0, lambda day: cancelling(day.hold(), "end")),
    "leave out": (3, lambda day: leaving_out(day.book(), 2)),
    "other day": (3, lambda day: other_day(day.book(), day.day(2))),
    "other day, unknown to one": (3, lambda day: other_day(day.book().grandmother_may_not(), day.day(2))),
    "invite": (2, lambda day: inviting(day.book())),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("mails", "act"), ACTS.values(), ids=ACTS)
def test_what_is_shown_is_what_is_sent_and_showing_it_saves_and_locks_nothing(
    client, coordinator, mails, act
):
    (method, page, fields), do = act(Day(coordinator))
    client.force_login(coordinator)
    with CaptureQueriesContext(connection) as asked:
        shown = getattr(client, method)(page, fields)
    statements = [query["sql"] for query in asked]
    assert [s for s in statements if WRITES.search(s) and not OF_LOOKING.search(s)] == []
    told = [words(mail.message) for mail in (shown.context or {}).get("mails", [])]
    sent = do().messages
    assert len(sent) == mails
    assert sorted(told) == sorted(map(words, sent))


@pytest.mark.django_db
def test_of_another_day_for_a_child_who_came_and_was_not_given_the_drip(client, coordinator):
    day = Day(coordinator).book()
    for number, hour in ((1, 9), (2, 9)):
        at = datetime.combine(MONDAY + timedelta(days=number - 1), time(hour))
        with time_machine.travel(timezone.make_aware(at), tick=False):
            client.force_login(coordinator)
            session = day.day(number)
            given = (SessionStatus.ARRIVED, SessionStatus.STARTED, SessionStatus.FULFILLED)
            for status in given if number == 1 else given[:1]:
                session = presses.press(session=session, status=status, by=coordinator)
            if number == 2:
                (_, page, fields), do = other_day(day, session)
                told = [words(mail.message) for mail in client.get(page, fields).context["mails"]]
                sent = do().messages
    assert len(sent) == 3
    assert sorted(told) == sorted(map(words, sent))


def words(message: Message) -> tuple[str, ...]:
    """Everything that a mail says and to whom, but what is another in every mail."""
    mail = message_from_bytes(bytes(message.mime), policy=policy.default)
    headers = [f"{mail[name]}" for name in ("From", "To", "Subject", "Reply-To", "In-Reply-To")]
    parts = [
        OWN.sub("", without_page_addresses(part.get_payload(decode=True).decode()))
        for part in mail.walk()
        if not part.is_multipart()
    ]
    return str(message.kind), str(message.sequence), message.advice_version, *headers, *parts


@pytest.mark.processes
def test_nobody_waits_for_whoever_reads_a_preview(tmp_path):
    with database_of_its_own(tmp_path) as database:
        found = json.loads(python(database, "-m", "tests.long_preview"))
    assert found == dict.fromkeys(("book", "move", "cancel", "other day"), True)
