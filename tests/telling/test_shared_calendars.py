"""Whatever happens to a course: a calendar that gets the mails to one address, or to all, ends with the
truth (RFC 5546 section 2.1.5: of one UID the higher SEQUENCE counts, then the later DTSTAMP)."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from random import Random

import hypothesis
import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from patients import audit, changes
from patients.models import Contact, Patient
from scheduling.booking import bookings, lost_days, undo
from scheduling.errors import Refused
from scheduling.models import CancelReason, Course, FamilyLink, LostBecause, Message, UndoableAct
from scheduling.telling import resend
from scheduling.telling.delivery import deliver_due
from scheduling.telling.family_links import feed_token
from scheduling.telling.transport import TransportError
from tests import builders
from tests.fakes.post import Post
from tests.reading import entries_in, entry_in

BY = audit.System("test")
APPROVAL = lost_days.Approval(LostBecause.UNWELL, "Has a cold", "Dr Wren")
START = "DTSTART;TZID=Europe/London"
BUSY = TransportError("The mail server is busy.", permanent=False)
MIA, DAN = "Mia Lark", "Dan Lark"
ADDRESSES = {
    MIA: ("mia@example.com", "mia@new.example.com"),
    DAN: ("dan@example.com", "dan@new.example.com"),
}

# A family's mails are looked through several times.
read = lru_cache(maxsize=200)(entry_in)


@dataclass
class ModelCalendar:
    """What it was told last of each UID: whether it stands, and when it starts."""

    told: dict[str, tuple[tuple[int, str], bool, str]] = field(default_factory=dict)

    def take(self, entry: dict[str, str]) -> None:
        rank = int(entry["SEQUENCE"]), entry["DTSTAMP"]
        if entry["UID"] not in self.told or rank > self.told[entry["UID"]][0]:
            self.told[entry["UID"]] = rank, entry["STATUS"] == "CONFIRMED", entry[START]

    @property
    def shows(self) -> dict[str, str]:
        return {uid: start for uid, (_, stands, start) in self.told.items() if stands}


@dataclass
class Family:
    """A course, two parents, what their mail server took, and what the feeds of their pages said."""

    child: Patient
    course: Course
    monday: date
    clock: time_machine.Traveller
    post: Post = field(default_factory=Post)
    feeds: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def entries(self) -> list[tuple[str, dict[str, str]]]:
        """What each address was told, in order."""
        mails = [(to, read(mime)) for to, mime in self.post.mails if b"text/calendar" in mime]
        return [*mails, *self.feeds]

    def read_feeds(self) -> None:
        """Each parent's calendar asks for the feed of their page, if that opens."""
        for link in FamilyLink.objects.filter(course=self.course).select_related("contact"):
            answer = Client().get(reverse("family:show_feed", args=[feed_token(link)]))
            if answer.status_code == 200:
                self.feeds += [(link.contact.email, entry) for entry in entries_in(answer.content)]

    def visits(self, weeks: int, start: int = 9 * 60) -> list:
        return builders.visits(self.course, self.monday + timedelta(weeks=weeks), start=start)

    def fresh(self) -> Course:
        return Course.objects.select_related("patient", "unit").get(pk=self.course.pk)

    def contact(self, name: str) -> Contact:
        return Contact.objects.select_related("patient").get(patient=self.child, name=name)

    def save(self, name: str, **fields: object) -> None:
        contact = self.contact(name)
        for key, value in fields.items():
            setattr(contact, key, value)
        changes.save(contact, by=BY)

    def restrict(self, why: str) -> None:
        child = Patient.objects.get(pk=self.child.pk)
        child.restricted, child.restricted_because = bool(why), why
        changes.save(child, by=BY)


def book(family: Family) -> None:
    bookings.book(course=family.fresh(), visits=family.visits(0), by=BY)


def move(family: Family) -> None:
    start = 9 * 60 if family.fresh().live_sessions[0].visit.start != 9 * 60 else 10 * 60
    visits = family.visits(0, start)
    bookings.move(course=family.fresh(), visits=visits, reason=CancelReason.FAMILY_REQUEST, by=BY)


def move_by_a_week(family: Family) -> None:
    weeks = 2 - (family.fresh().live_sessions[0].day - family.monday).days // 7
    reason = CancelReason.FAMILY_REQUEST
    bookings.move(course=family.fresh(), visits=family.visits(weeks), reason=reason, by=BY)


def cancel(family: Family) -> None:
    reason = CancelReason.CLINICAL
    bookings.cancel(course=family.fresh(), reason=reason, back_to_waiting=True, by=BY)


def undo_it(family: Family) -> None:
    """What was done a moment ago, however long ago that is by the clock of this test."""
    UndoableAct.objects.update(until=timezone.now() + timedelta(minutes=1))
    undo.undo(course=family.fresh(), by=BY)


def put_a_day_elsewhere(family: Family) -> None:
    session = family.fresh().live_sessions[-1]
    lost_days.another_day(session=session, visit=family.visits(3)[-1], approval=APPROVAL, by=BY)


def leave_a_day_out(family: Family) -> None:
    lost_days.leave_out(session=family.fresh().live_sessions[-1], approval=APPROVAL, by=BY)


def mia_has_the_other_address(family: Family) -> None:
    _other_address(family, MIA)


def dan_has_the_other_address(family: Family) -> None:
    _other_address(family, DAN)


def _other_address(family: Family, name: str) -> None:
    now = family.contact(name).email
    family.save(name, email=next(address for address in ADDRESSES[name] if address != now))


def mia_withdraws_or_gives_permission(family: Family) -> None:
    family.save(MIA, may_receive_invites=not family.contact(MIA).may_receive_invites)


def dan_withdraws_or_gives_permission(family: Family) -> None:
    family.save(DAN, may_receive_invites=not family.contact(DAN).may_receive_invites)


def restrict_or_lift(family: Family) -> None:
    family.restrict("" if Patient.objects.get(pk=family.child.pk).restricted else "court order")


def send_the_last_again(family: Family) -> None:
    resend.send_again(message=list(Message.objects.all())[-1], by=BY)


def send_the_first_again(family: Family) -> None:
    resend.send_again(message=Message.objects.all()[0], by=BY)


def invite_the_untold(family: Family) -> None:
    bookings.invite_untold(course=family.fresh(), by=BY)


def the_worker_comes_round(family: Family) -> None:
    deliver_due(transport=family.post)
    family.read_feeds()


def the_mail_server_is_busy(family: Family) -> None:
    deliver_due(transport=Post(fault=BUSY))


ACTS: tuple[Callable[[Family], None], ...] = (
    book,
    move,
    move_by_a_week,
    cancel,
    undo_it,
    put_a_day_elsewhere,
    leave_a_day_out,
    mia_has_the_other_address,
    dan_has_the_other_address,
    mia_withdraws_or_gives_permission,
    dan_withdraws_or_gives_permission,
    restrict_or_lift,
    send_the_last_again,
    send_the_first_again,
    invite_the_untold,
    the_worker_comes_round,
    the_worker_comes_round,
    the_worker_comes_round,
    the_mail_server_is_busy,
)


def play(family: Family, acts: Iterable[Callable[[Family], None]]) -> None:
    """Each act that the state allows, two hours apart."""
    for act in acts:
        family.clock.shift(timedelta(hours=2))
        with suppress(Refused, IndexError):
            act(family)


def truth(family: Family) -> dict[tuple[str, ...], dict[str, str]]:
    """The visits that each reader is to see: those booked, if somebody with their address may be told."""
    contacts = Contact.objects.filter(patient=family.child, may_receive_invites=True)
    told = set(contacts.values_list("email", flat=True))
    booked = [session for session in family.fresh().live_sessions if session.status == "booked"]
    visits = {s.uid: f"{timezone.localtime(s.starts_at):%Y%m%dT%H%M%S}" for s in booked}
    return {reader: visits if told & set(reader) else {} for reader in readers()}


def seen(told: list[tuple[str, dict]], addresses: Iterable[str], order: Random) -> dict[str, str]:
    """What a calendar shows that gets what these addresses were told, each address's own in order."""
    waiting = {address: [entry for to, entry in told if to == address] for address in addresses}
    calendar = ModelCalendar()
    while left := [address for address, own in waiting.items() if own]:
        calendar.take(waiting[order.choice(left)].pop(0))
    return calendar.shows


def readers() -> list[tuple[str, ...]]:
    own = [(address,) for both in ADDRESSES.values() for address in both]
    return [*own, tuple(address for (address,) in own)]


def a_family(clock: time_machine.Traveller) -> Family:
    unit = builders.unit(nurses=6, undo_minutes=2)
    child = builders.patient()
    for name in (MIA, DAN):
        builders.contact(child, name, email=ADDRESSES[name][0])
    return Family(child, builders.course(child, unit), builders.next_monday(3), clock)


def check(family: Family, order: Random) -> None:
    """No calendar shows what is not so; and each shows all of it once whoever lacks an invite has got it."""
    if Patient.objects.get(pk=family.child.pk).restricted:
        play(family, [restrict_or_lift])
    play(family, [the_worker_comes_round] * 2)
    told = family.entries
    for reader, true in truth(family).items():
        assert seen(told, reader, order).items() <= true.items(), reader
    play(family, [invite_the_untold, the_worker_comes_round])
    told = family.entries
    for reader, true in truth(family).items():
        assert seen(told, reader, order) == true, reader


@pytest.mark.no_cover
@hypothesis.settings(max_examples=20, phases=[hypothesis.Phase.generate], deadline=None)
@given(acts=st.lists(st.sampled_from(ACTS), min_size=3, max_size=14), order=st.integers(0, 999))
def test_every_calendar_ends_with_the_truth(db, acts, order):
    with transaction.atomic(), time_machine.travel(timezone.now(), tick=False) as clock:
        family = a_family(clock)
        play(family, [book, *acts])
        check(family, Random(order))
        transaction.set_rollback(True)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "acts",
    [
        [mia_has_the_other_address],
        [mia_has_the_other_address, the_worker_comes_round, mia_has_the_other_address],
        [mia_has_the_other_address, mia_has_the_other_address],
        [mia_withdraws_or_gives_permission],
        [mia_withdraws_or_gives_permission, mia_withdraws_or_gives_permission],
        [mia_withdraws_or_gives_permission, the_worker_comes_round, dan_withdraws_or_gives_permission],
        [restrict_or_lift, move, restrict_or_lift],
        [restrict_or_lift, cancel, restrict_or_lift],
        [restrict_or_lift, mia_has_the_other_address, restrict_or_lift],
        [restrict_or_lift, cancel, book, restrict_or_lift],
        [mia_has_the_other_address, the_mail_server_is_busy, mia_has_the_other_address],
        [mia_withdraws_or_gives_permission, the_mail_server_is_busy, mia_withdraws_or_gives_permission],
        [move, undo_it],
        [move, undo_it, move_by_a_week],
        [move_by_a_week, the_worker_comes_round, move, undo_it],
        [cancel, undo_it],
        [cancel, undo_it, cancel, the_worker_comes_round, book, undo_it, book],
        [dan_withdraws_or_gives_permission, move, undo_it, dan_withdraws_or_gives_permission],
    ],
    ids=lambda acts: ", ".join(act.__name__ for act in acts),
)
def test_so_it_is_after(db, acts):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        family = a_family(clock)
        play(family, [book, the_worker_comes_round])
        assert family.feeds
        play(family, acts)
        check(family, Random(1))


@pytest.mark.parametrize(
    "first", [[book, undo_it], [book, move, undo_it, move, undo_it]], ids=["book", "move"]
)
def test_a_calendar_that_saw_nothing_gets_one_first_invite(db, first):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        family = a_family(clock)
        play(family, first)
        if not family.fresh().live_sessions:
            play(family, [the_worker_comes_round])
            assert family.post.mails == []
            play(family, [book])
        play(family, [the_worker_comes_round])
        entries = [entry_in(mime) for _, mime in family.post.mails]
        assert [(entry["METHOD"], entry["SEQUENCE"]) for entry in entries] == [("REQUEST", "0")] * 4
        check(family, Random(1))


@pytest.mark.parametrize("act", [move, move_by_a_week, cancel])
def test_a_calendar_that_has_a_visit_hears_nothing_of_what_was_undone(db, act):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        family = a_family(clock)
        play(family, [book, the_worker_comes_round])
        told = list(family.post.mails)
        play(family, [act, undo_it, the_worker_comes_round, invite_the_untold, the_worker_comes_round])
        assert family.post.mails == told
        check(family, Random(1))
