"""A mail says what is so for the address it goes to, by what that address has received when it leaves."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from patients import changes
from patients.models import Contact
from scheduling.booking import bookings, lost_days
from scheduling.models import CancelReason, Course, LostBecause, Message
from scheduling.telling.delivery import deliver_due
from scheduling.telling.family_links import link_for, page_address
from scheduling.telling.transport import TransportError
from tests import builders
from tests.fakes.post import Post
from tests.reading import calendar, mail_of, words_of

pytestmark = pytest.mark.django_db

MONDAY = date(2027, 3, 8)
AGAIN = "Nothing has changed about this visit. We send it again so that it stays in your calendar."
BUSY = TransportError("Busy.", permanent=False)
GONE = TransportError("No such mailbox.", permanent=True)
APPROVAL = lost_days.Approval(LostBecause.UNWELL, "Has a cold", "Dr Wren")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2027, 3, 1, 10, tzinfo=ZoneInfo("Europe/London")), tick=False) as found:
        yield found


@pytest.fixture
def course(coordinator, clock):
    """Booked at 9am on Monday and Tuesday; the two invites to Mia wait."""
    made = builders.course(builders.patient(), builders.unit())
    builders.contact(made.patient, "Mia Lark", email="mia@example.com")
    return bookings.book(course=made, visits=builders.visits(made, MONDAY), by=coordinator).course


def fresh(course):
    return Course.objects.get(pk=course.pk)


def move(course, by, start=10):
    visits = builders.visits(course, MONDAY, start=start * 60)
    reason = CancelReason.FAMILY_REQUEST
    return bookings.move(course=fresh(course), visits=visits, reason=reason, by=by).course


def cancel(course, by):
    reason = CancelReason.FAMILY_REQUEST
    bookings.cancel(course=fresh(course), reason=reason, back_to_waiting=True, by=by)


def save(by, **fields):
    contact = Contact.objects.get(name="Mia Lark")
    for name, value in fields.items():
        setattr(contact, name, value)
    changes.save(contact, by=by)


def leaves(clock, **post):
    """The mails that leave two hours later, as they are stored by then."""
    clock.shift(7200)
    before = set(Message.objects.filter(status="sent").values_list("pk", flat=True))
    deliver_due(transport=Post(**post))
    return list(Message.objects.filter(status="sent").exclude(pk__in=before).order_by("pk"))


def first(mails):
    [mail] = [mail for mail in mails if mail.session.number == 1]
    return mail


class TestWhoeverIsOnlyWithdrawn:
    @pytest.fixture(params=["another address", "no permission"])
    def withdrawn(self, request, course, coordinator, clock):
        leaves(clock)
        fields = {
            "another address": {"email": "new@example.com"},
            "no permission": {"may_receive_invites": False},
        }
        save(coordinator, **fields[request.param])
        return first([m for m in leaves(clock) if m.to_address == "mia@example.com"])

    def test_reads_nowhere_that_the_visit_is_cancelled(self, withdrawn):
        entry = calendar(withdrawn)
        said = [withdrawn.subject, words_of(withdrawn), entry["SUMMARY"], entry["DESCRIPTION"]]
        for words in ("cancelled", "cannot go ahead", "do not come", "sorry"):
            assert words not in " ".join(said).lower()

    def test_reads_that_the_invitation_no_longer_goes_to_this_address_and_whom_to_ring(self, withdrawn):
        assert withdrawn.subject == (
            "No longer sent to this address: Hospital visit, day 1 of 2: Mon 8 Mar, 9am"
        )
        assert words_of(withdrawn).count("This invitation no longer goes to this address") >= 2
        assert "0113 496 0123" in words_of(withdrawn)
        notes = calendar(withdrawn)["DESCRIPTION"].replace("\\,", ",")
        assert notes.startswith("We do not send this visit to this address any more.")
        assert "ring us on 0113 496 0123" in notes

    def test_loses_the_entry_all_the_same(self, withdrawn):
        assert (calendar(withdrawn)["METHOD"], calendar(withdrawn)["SEQUENCE"]) == ("CANCEL", "1")

    def test_is_not_told_of_a_cancellation_that_came_meanwhile(self, course, coordinator, clock):
        leaves(clock)
        save(coordinator, may_receive_invites=False)
        cancel(course, coordinator)
        assert "no longer goes to this address" in words_of(first(leaves(clock)))


def test_a_visit_that_is_off_is_still_called_cancelled(course, coordinator, clock):
    leaves(clock)
    cancel(course, coordinator)
    mail = first(leaves(clock))
    assert mail.subject.startswith("Cancelled: Hospital visit, day 1 of 2")
    assert "All days are cancelled. You get a mail for each. Also cancelled:" in words_of(mail)
    assert "Tuesday 9 March 2027, 9am" in words_of(mail)


def test_booked_and_moved_before_the_worker_comes_round_is_one_first_invite(course, coordinator, clock):
    move(course, coordinator)
    mails = leaves(clock)
    assert len(mails) == 2
    mail = first(mails)
    assert mail.subject == "Hospital visit, day 1 of 2: Mon 8 Mar, 10am"
    assert "It was" not in words_of(mail)
    assert "has moved" not in words_of(mail)
    assert mail_of(mail)["In-Reply-To"] is None


def test_so_it_is_though_the_first_was_tried_in_vain(course, coordinator, clock):
    assert leaves(clock, fault=BUSY) == []
    move(course, coordinator)
    assert first(leaves(clock)).subject == "Hospital visit, day 1 of 2: Mon 8 Mar, 10am"


def test_so_it_is_though_the_first_was_in_hand_and_then_failed(course, coordinator, clock):
    Message.objects.update(status="sending", claimed_at=datetime.now(ZoneInfo("UTC")), attempts=1)
    move(course, coordinator)
    Message.objects.filter(status="sending").update(status="failed", claimed_at=None)
    assert first(leaves(clock)).subject == "Hospital visit, day 1 of 2: Mon 8 Mar, 10am"


def test_whoever_has_an_invite_reads_when_it_was(course, coordinator, clock):
    [invite, _] = leaves(clock)
    move(course, coordinator)
    mail = first(leaves(clock))
    assert mail.subject == "Changed: Hospital visit, day 1 of 2: Mon 8 Mar, 10am"
    assert "It was: Monday 8 March 2027, 9am" in words_of(mail)
    assert mail_of(mail)["In-Reply-To"] == invite.message_id


def test_of_two_moves_before_the_worker_comes_round_they_read_what_they_knew(course, coordinator, clock):
    leaves(clock)
    move(course, coordinator)
    move(course, coordinator, start=11)
    mail = first(leaves(clock))
    assert "It was: Monday 8 March 2027, 9am" in words_of(mail)
    assert "10am" not in words_of(mail)


def test_moved_there_and_back_it_says_that_nothing_has_changed(course, coordinator, clock):
    leaves(clock)
    move(course, coordinator)
    move(course, coordinator, start=9)
    mail = first(leaves(clock))
    assert mail.subject == "Hospital visit, day 1 of 2: Mon 8 Mar, 9am"
    assert AGAIN in words_of(mail)
    assert "It was" not in words_of(mail)


def test_permission_withdrawn_and_given_again_before_the_worker_comes_round_sends_nothing(
    course, coordinator, clock
):
    leaves(clock)
    save(coordinator, may_receive_invites=False)
    save(coordinator, may_receive_invites=True)
    bookings.invite_untold(course=fresh(course), by=coordinator)
    assert leaves(clock) == []


def test_an_address_that_went_and_came_back_says_that_nothing_has_changed_and_has_the_new_page(
    course, coordinator, clock
):
    leaves(clock)
    save(coordinator, email="wrong@example.com")
    save(coordinator, email="mia@example.com")
    mails = leaves(clock)
    assert [(mail.to_address, mail.kind) for mail in mails] == [("mia@example.com", "invite")] * 2
    assert AGAIN in words_of(first(mails))
    assert page_address(link_for(course, mails[0].contact)) in words_of(first(mails))


def test_called_back_after_it_was_withdrawn_it_is_an_invite_like_a_first_one(course, coordinator, clock):
    leaves(clock)
    save(coordinator, may_receive_invites=False)
    leaves(clock)
    save(coordinator, may_receive_invites=True)
    bookings.invite_untold(course=fresh(course), by=coordinator)
    mail = first(leaves(clock))
    assert mail.subject == "Hospital visit, day 1 of 2: Mon 8 Mar, 9am"
    assert AGAIN not in words_of(mail)


def restrict(course, by, why):
    patient = fresh(course).patient
    patient.restricted, patient.restricted_because = bool(why), why
    changes.save(patient, by=by)


def test_moved_while_restricted_they_read_when_it_was_once_that_is_lifted(course, coordinator, clock):
    leaves(clock)
    restrict(course, coordinator, "court order")
    move(course, coordinator)
    assert leaves(clock) == []
    restrict(course, coordinator, "")
    mail = first(leaves(clock))
    assert mail.subject.startswith("Changed: ")
    assert "It was: Monday 8 March 2027, 9am" in words_of(mail)


def test_cancelled_while_restricted_they_hear_of_it_once_that_is_lifted(course, coordinator, clock):
    leaves(clock)
    restrict(course, coordinator, "court order")
    cancel(course, coordinator)
    assert leaves(clock) == []
    restrict(course, coordinator, "")
    assert [m.subject.partition(":")[0] for m in leaves(clock)] == ["Cancelled", "Cancelled"]


def test_who_was_never_told_hears_nothing_once_a_restriction_is_lifted(course, coordinator, clock):
    restrict(course, coordinator, "court order")
    leaves(clock)
    builders.contact(course.patient, "Dan Lark", email="dan@example.com")
    restrict(course, coordinator, "")
    assert {mail.contact.name for mail in leaves(clock)} <= {"Mia Lark"}


def test_a_cancellation_names_no_day_that_the_address_never_had(course, coordinator, clock):
    Message.objects.filter(session__number=2).update(status="failed", attempts=30)
    leaves(clock)
    cancel(course, coordinator)
    [mail] = leaves(clock)
    assert "All days are cancelled" not in words_of(mail)
    assert "9 March" not in words_of(mail)


def test_it_is_at_the_time_that_its_reader_knows(course, coordinator, clock):
    leaves(clock)
    move(course, coordinator)
    cancel(course, coordinator)
    mail = first(leaves(clock))
    assert "It was: Monday 8 March 2027, 9am" in words_of(mail)
    assert "10am" not in words_of(mail)
    assert calendar(mail)["DTSTART;TZID=Europe/London"] == "20270308T090000"


def test_a_day_left_out_names_the_one_that_stays_only_to_who_knows_it(course, coordinator, clock):
    Message.objects.filter(session__number=1).update(status="failed", attempts=30)
    leaves(clock)
    session = fresh(course).live_sessions[1]
    lost_days.leave_out(session=session, approval=APPROVAL, by=coordinator)
    [mail] = leaves(clock)
    assert "As planned before" not in words_of(mail)


def test_the_other_parent_keeps_the_visit_and_reads_that_nothing_has_changed(course, coordinator, clock):
    builders.contact(course.patient, "Dan Lark", email="dan@example.com")
    bookings.invite_untold(course=fresh(course), by=coordinator)
    leaves(clock)
    save(coordinator, may_receive_invites=False)
    mail = first([m for m in leaves(clock) if m.contact.name == "Dan Lark"])
    assert AGAIN in words_of(mail)
    assert calendar(mail)["SEQUENCE"] == "2"
    assert "Mia" not in words_of(mail)


def test_what_was_tried_keeps_its_bytes(course, coordinator, clock):
    leaves(clock)
    move(course, coordinator)
    leaves(clock, fault=BUSY)
    tried = {m.pk: bytes(m.mime) for m in Message.objects.filter(status="queued")}
    leaves(clock)
    assert {m.pk: bytes(m.mime) for m in Message.objects.filter(pk__in=tried)} == tried
