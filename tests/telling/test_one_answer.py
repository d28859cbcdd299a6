"""Who knows a day: about each situation, everybody who asks is told the same.

The visits are on a Tuesday and a Wednesday, booked a month before; everybody asks on the Monday at 10 in the
morning, when a reminder of the Tuesday is due.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import Contact, Patient
from scheduling.answers.replies import record_answer
from scheduling.booking import bookings
from scheduling.models import Answer, CancelReason, Course, Message, Session, Source, Task, Way
from scheduling.pages.family.days import days_of
from scheduling.telling import by_person, queue, revisions, whom_to_write
from scheduling.telling.delivery import deliver_due
from scheduling.telling.due_reminders import due_notices
from scheduling.telling.knowledge import load_told, may_have_entry
from scheduling.telling.nobody_told import look_for_nobody_told
from scheduling.telling.resend import why_not_again
from scheduling.telling.stuck import ask_about_stuck
from scheduling.telling.to_ring import families_to_ring
from scheduling.telling.transport import TransportError
from scheduling.telling.unreached import ask_to_ring
from scheduling.visit.today import load_today
from tests import builders
from tests.fakes.post import Post
from tests.reading import folded

pytestmark = pytest.mark.django_db

TUESDAY = date(2027, 6, 15)
BOOKED_AT = datetime(2027, 5, 16, 12, tzinfo=UTC)
A_WEEK_AGO = datetime(2027, 6, 7, 12, tzinfo=UTC)
NOW = datetime(2027, 6, 14, 9, tzinfo=UTC)
PERMANENT = TransportError("No such mailbox.", permanent=True)
MAIL, NOBODY = "mail_failed", "nobody_told"


class Family:
    """A child with one contact and a course of two days, booked a month before."""

    def __init__(self, by, name: str = "Lark", **contact) -> None:
        self.by, self.name = by, f"Mia {name}"
        child = builders.patient(f"Ada {name}")
        self.contact = builders.contact(child, self.name, **contact)
        self.course = builders.course(child, builders.unit())
        with time_machine.travel(BOOKED_AT, tick=False):
            visits = builders.visits(self.course, TUESDAY)
            self.course = bookings.book(course=self.course, visits=visits, by=by).course

    @property
    def mails(self):
        return Message.objects.filter(course=self.course)

    @property
    def session(self) -> Session:
        return self.course.sessions.select_related("course__patient", "course__unit").get(number=1)

    def deliver(self, at: datetime, fault: TransportError | None = None) -> None:
        with time_machine.travel(at, tick=False):
            deliver_due(transport=Post(fault=fault))

    def rings(self, at: datetime) -> None:
        with time_machine.travel(at, tick=False):
            course = Course.objects.get(pk=self.course.pk)
            by_person.note_told(course=course, contact=self.contact, way=Way.PHONE, by=self.by)

    def move(self, at: datetime) -> None:
        with time_machine.travel(at, tick=False):
            course = Course.objects.get(pk=self.course.pk)
            visits = builders.visits(course, TUESDAY, start=10 * 60)
            bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=self.by)

    def change(self, at: datetime, **fields) -> None:
        """The contact is changed: entries are withdrawn where nothing may go any more, others are sent."""
        Contact.objects.filter(pk=self.contact.pk).update(**fields)
        self.contact.refresh_from_db()
        with time_machine.travel(at, tick=False):
            sessions = whom_to_write.to_come(Course.objects.get(pk=self.course.pk), at)
            queue.withdraw_from(self.contact, sessions, now=at)
            queue.invite(sessions, now=at)

    def answers(self, at: datetime, answer: Answer) -> None:
        session = self.session
        with time_machine.travel(at, tick=False):
            record_answer(
                session=session,
                contact=self.contact,
                answer=answer,
                source=Source.PAGE,
                sequence=session.sequence,
                stamp=at,
                by=self.by,
            )


def sent(family: Family) -> None:
    family.deliver(BOOKED_AT)


def queued(family: Family) -> None:
    family.mails.update(created_at=NOW - timedelta(minutes=10))


def waits(family: Family) -> None:
    family.mails.update(created_at=NOW - timedelta(minutes=61))
    with time_machine.travel(NOW, tick=False):
        ask_about_stuck()


def failed(family: Family) -> None:
    family.deliver(BOOKED_AT, PERMANENT)


def came_back(family: Family) -> None:
    sent(family)
    family.mails.update(status="returned")
    Contact.objects.filter(pk=family.contact.pk).update(returned_at=A_WEEK_AGO)
    ask_to_ring(family.mails.first(), by=family.by)


def rung_with_permission(family: Family) -> None:
    failed(family)
    family.rings(A_WEEK_AGO)


def rung_without(family: Family) -> None:
    family.mails.delete()
    Contact.objects.filter(pk=family.contact.pk).update(may_receive_invites=False)
    family.rings(A_WEEK_AGO)


def rung_then_moved(family: Family) -> None:
    rung_without(family)
    family.move(A_WEEK_AGO + timedelta(days=1))


def sent_then_moved(family: Family) -> None:
    sent(family)
    family.move(NOW - timedelta(minutes=10))


def permission_withdrawn(family: Family) -> None:
    sent(family)
    family.change(A_WEEK_AGO, may_receive_invites=False)
    family.deliver(A_WEEK_AGO)


def address_corrected(family: Family) -> None:
    sent(family)
    family.change(A_WEEK_AGO, email="new.address@example.com")
    family.deliver(A_WEEK_AGO)


def called_back(family: Family) -> None:
    permission_withdrawn(family)
    family.change(A_WEEK_AGO + timedelta(minutes=1), may_receive_invites=True)
    family.deliver(A_WEEK_AGO + timedelta(minutes=1))


def declined(family: Family) -> None:
    sent(family)
    family.answers(A_WEEK_AGO, Answer.DECLINED)


def declined_then_moved(family: Family) -> None:
    declined(family)
    family.move(A_WEEK_AGO + timedelta(days=1))
    family.deliver(A_WEEK_AGO + timedelta(days=1))


def restricted(family: Family) -> None:
    sent(family)
    Patient.objects.filter(pk=family.course.patient_id).update(
        restricted=True, restricted_because="court order"
    )


def sixteen(family: Family) -> None:
    sent(family)
    Patient.objects.filter(pk=family.course.patient_id).update(birth_date=date(2011, 6, 10))
    with time_machine.travel(NOW, tick=False):
        look_for_nobody_told()


def withheld_untried(family: Family) -> None:
    family.mails.update(status="withheld", problem="Not sent.")


def withheld_after_a_try(family: Family) -> None:
    family.mails.update(status="withheld", problem="Not sent.", attempts=1)


def called_off_after_a_call(family: Family) -> None:
    sent(family)
    family.rings(A_WEEK_AGO - timedelta(days=1))
    family.change(A_WEEK_AGO, may_receive_invites=False)
    family.deliver(A_WEEK_AGO)


@dataclass(frozen=True)
class Says:
    """What each of those who ask is told, of one contact and day 1.

    knows: the row on the course page. mark: on the board. today: the sentence on the day list, or its
    beginning. untold, without_entry: the course page lists them. invited: gets an invite if invites are
    written. reminded: of a reminder due now. rung: on Families to ring. tasks: those open. again: why the
    last mail cannot be sent again, or its beginning. entry: whether a cancellation may leave. revision: the
    one that an answer of now is about. answer: on the family's page.
    """

    knows: str = "told"
    mark: str = "told"
    today: str = ""
    untold: bool = False
    without_entry: bool = False
    invited: bool = False
    reminded: bool = False
    rung: bool = False
    tasks: tuple[str, ...] = ()
    again: str = ""
    entry: bool = True
    revision: int = 0
    answer: str = ""


TOLD = Says(reminded=True)
NOT_TOLD = Says(knows="not_told", mark="untold")
BY_PHONE = "Nobody gets messages: tell the family of this day by phone"
SITUATIONS: dict[Callable[[Family], None], Says] = {
    sent: TOLD,
    # Reads all of it this very hour.
    queued: Says(knows="on_its_way", mark="partly", again="This mail is on its way", entry=False),
    waits: Says(
        knows="late",
        mark="untold",
        today="Mail still waits to be sent to Mia",
        rung=True,
        tasks=(MAIL,),
        again="This mail is on its way",
        entry=False,
    ),
    failed: Says(
        knows="failed",
        mark="untold",
        today="Mail could not be sent to Mia",
        untold=True,
        invited=True,
        rung=True,
        tasks=(MAIL,),
    ),
    came_back: Says(
        knows="returned",
        mark="untold",
        today=BY_PHONE,
        rung=True,
        tasks=(MAIL,),
        again="This mail came back",
    ),
    rung_with_permission: Says(without_entry=True, invited=True, reminded=True),
    rung_without: Says(entry=False),
    rung_then_moved: Says(
        knows="earlier", mark="untold", today=BY_PHONE, rung=True, tasks=(NOBODY,), entry=False
    ),
    sent_then_moved: Says(knows="on_its_way", mark="partly", again="This mail is on its way"),
    permission_withdrawn: replace(NOT_TOLD, today=BY_PHONE, rung=True),
    address_corrected: replace(TOLD, revision=2),
    called_back: replace(TOLD, revision=2),
    declined: replace(
        TOLD,
        mark="refused",
        today="Answered that they cannot come: Mia",
        tasks=("declined",),
        answer="No, we cannot come",
    ),
    declined_then_moved: replace(TOLD, revision=1),
    restricted: Says(today="Restricted, no messages", again="Nothing is sent there now: messages about"),
    sixteen: Says(tasks=(NOBODY,), again="Nothing is sent there now: the child is 16"),
    withheld_untried: replace(
        NOT_TOLD, today="Not told of this day: Mia", untold=True, invited=True, entry=False
    ),
    withheld_after_a_try: Says(
        knows="earlier", mark="untold", today="Not told of this day: Mia", untold=True, invited=True
    ),
    called_off_after_a_call: replace(NOT_TOLD, today=BY_PHONE, rung=True),
}


def ask_everybody(family: Family, client, expected: Says) -> Says:
    """What each of them says. Of sentences as much as is expected of them, so that they can be compared."""
    course, session, contact = family.course, family.session, family.contact
    contact.refresh_from_db()
    page = client.get(course.get_absolute_url()).context
    lists = page["to_invite"]
    row = page["days_told"][0].rows[0]
    board = client.get(
        reverse("scheduling:show_board"), {"unit": course.unit_id, "day": f"{TUESDAY}"}
    ).context
    today = " ".join(load_today(course.unit, NOW)[1].rows[0].marks)
    mail = family.mails.filter(session=session).last()
    again = why_not_again(mail) if mail else ""
    point = transaction.savepoint()
    invited = queue.invite(whom_to_write.to_come(Course.objects.get(pk=course.pk), NOW), now=NOW)
    transaction.savepoint_rollback(point)
    return Says(
        knows=row.state,
        mark=board["told"][session.pk].mark,
        today=today[: len(expected.today) or None],
        untold=contact in lists.untold,
        without_entry=contact in lists.without_entry,
        invited=bool(invited),
        reminded=bool([due for due in due_notices([course.unit], NOW) if due.session.pk == session.pk]),
        rung=contact in [c for f in families_to_ring(NOW) if f.course == course for c, _ in f.contacts],
        tasks=tuple(Task.objects.open().filter(course=course).values_list("kind", flat=True)),
        again=again[: len(expected.again) or None],
        entry=may_have_entry(session, contact.email),
        revision=revisions.told_by(session, contact, NOW),
        answer=days_of(Course.objects.get(pk=course.pk), contact, NOW)[0][0].answer,
    )


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_everybody_says_the_same(situation, client, coordinator):
    family, expected = Family(coordinator), SITUATIONS[situation]
    situation(family)
    with time_machine.travel(NOW, tick=False):
        client.force_login(coordinator)
        assert ask_everybody(family, client, expected) == expected


def test_unlike_families_asked_about_at_once_each_have_their_own_answer(coordinator):
    alike = {sent: "Alder", failed: "Birch", rung_then_moved: "Cedar", rung_with_permission: "Elm"}
    families = {}
    for situation, name in alike.items():
        families[situation] = Family(coordinator, name)
        situation(families[situation])
    with time_machine.travel(NOW, tick=False):
        one = [families[sent].session]
        all_days = list(Session.objects.select_related("course__patient").order_by("pk"))
        with CaptureQueriesContext(connection) as few:
            load_told(one)
        with CaptureQueriesContext(connection) as many:
            told = load_told(all_days)
        assert len(few) == len(many) == 3
        for situation, family in families.items():
            rows = [told[s.pk].rows[0] for s in all_days if s.course_id == family.course.pk]
            assert {row.state for row in rows} == {SITUATIONS[situation].knows}
        units = [family.course.unit for family in families.values()]
        with CaptureQueriesContext(connection) as asked:
            due = due_notices(units, NOW)
        assert len(asked) <= 6
        names = sorted({notice.contact.name for notice in due})
        assert names == ["Mia Alder", "Mia Elm"]
        to_ring = [[contact.name for contact, _ in family.contacts] for family in families_to_ring(NOW)]
        assert sorted(to_ring) == [["Mia Birch"], ["Mia Cedar"]]


AN_INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("waited", "state"),
    [
        (timedelta(hours=1) - AN_INSTANT, "on_its_way"),
        (timedelta(hours=1), "on_its_way"),
        (timedelta(hours=1) + AN_INSTANT, "late"),
    ],
)
def test_a_mail_is_counted_on_for_one_hour(coordinator, waited, state):
    family = Family(coordinator)
    family.mails.update(created_at=NOW - waited)
    assert load_told([family.session], NOW)[family.session.pk].rows[0].state == state


@pytest.mark.parametrize(
    ("told", "state"), [(1, "earlier"), (2, "told"), (3, "told")], ids=["below", "same", "ahead"]
)
@pytest.mark.parametrize("way", ["mail", "person"])
def test_who_was_told_this_revision_or_a_later_one_knows(coordinator, told, state, way):
    family = Family(coordinator)
    if way == "mail":
        sent(family)
        family.mails.update(sequence=told)
    else:
        rung_without(family)
        family.contact.tellings.update(sequence=told)
    Session.objects.update(sequence=2)
    assert load_told([family.session], NOW)[family.session.pk].rows[0].state == state


@pytest.mark.parametrize(
    ("after", "state"),
    [(-AN_INSTANT, "told"), (timedelta(0), "told"), (AN_INSTANT, "not_told")],
    ids=["before", "at once", "after"],
)
def test_a_mail_that_calls_it_off_after_a_call_counts_more(coordinator, after, state):
    family = Family(coordinator)
    called_off_after_a_call(family)
    rung_at = family.contact.tellings.first().at
    family.mails.filter(kind="cancellation").update(created_at=rung_at + after)
    assert load_told([family.session], NOW)[family.session.pk].rows[0].state == state


def test_a_cancellation_that_did_not_arrive_takes_nothing_from_a_call(coordinator):
    family = Family(coordinator)
    called_off_after_a_call(family)
    family.mails.filter(kind="cancellation").update(status="failed", sent_at=None)
    assert load_told([family.session], NOW)[family.session.pk].rows[0].state == "told"


def test_the_task_stays_until_every_day_is_known(coordinator):
    family = Family(coordinator)
    failed(family)
    for mail, left in zip(list(family.mails.order_by("pk")), (1, 0), strict=True):
        Message.objects.filter(pk=mail.pk).update(status="queued", next_attempt_at=A_WEEK_AGO, attempts=0)
        family.deliver(A_WEEK_AGO)
        assert Task.objects.open().filter(course=family.course).count() == left


def test_who_has_no_invite_is_offered_one_though_a_person_told_them(client, coordinator):
    family = Family(coordinator)
    rung_with_permission(family)
    with time_machine.travel(NOW, tick=False):
        client.force_login(coordinator)
        page = folded(client.get(family.course.get_absolute_url()))
        assert "Not told of the booked days" not in page
        assert "Told by a person, without an invite: Mia Lark" in page
        done = bookings.invite_untold(course=Course.objects.get(pk=family.course.pk), by=coordinator)
        assert [(m.contact.name, m.sequence) for m in done.messages] == [("Mia Lark", 0)] * 2
