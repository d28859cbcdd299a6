"""Days offered to a family: held, asked about on its page, and booked, freed or passed on by its answer."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import F
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.answers.family_limits import on_their_page
from scheduling.booking import answer_offer, bookings, holds, next_family, offers, undo
from scheduling.doctor.breaches import find_breaches
from scheduling.errors import ChangedMeanwhile, NotReadyToWrite, OfferOver, Refused
from scheduling.models import Booking, CancelReason, Course, FamilyOffer, Message, Moment, Task, Unit
from scheduling.telling.delivery import deliver_due
from scheduling.telling.family_links import link_for
from scheduling.unit.hold_ends import usual_answer_by
from tests import builders
from tests.fakes.post import Post
from tests.reading import words_of

pytestmark = pytest.mark.django_db
MONDAY = builders.next_monday(2)
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def unit():
    return builders.unit(chairs=1)


@pytest.fixture
def course(unit):
    return waiting(unit, "Ada Lark")


def waiting(unit, name, **fields):
    """A waiting course whose family may be written to."""
    child = builders.patient(name)
    builders.contact(child, "Pat Parent", email=f"{name.split()[0].lower()}@family.example")
    return builders.course(child, unit, **fields)


def ask(course, by, **fields):
    visits = builders.visits(course, MONDAY)
    wanted = {"until": usual_answer_by(course.unit, timezone.now())} | fields
    return offers.ask(course=course, visits=visits, by=by, **wanted)


def offer_of(course):
    return FamilyOffer.objects.filter(course=course).first()


def say(course, yes):
    contact = course.patient.contacts.first()
    return answer_offer.answer(offer=offer_of(course), contact=contact, yes=yes, by=on_their_page(contact))


def fresh(course):
    return Course.objects.get(pk=course.pk)


def test_a_family_that_is_asked_gets_a_mail_without_the_days_and_nobody_else_their_chairs(
    course, coordinator
):
    done = ask(course, coordinator)
    held, offer = fresh(course), offer_of(course)
    assert (held.status, held.held_by, offer.until) == ("pending", coordinator, held.held_until)
    assert Booking.objects.count() == 2
    [mail] = done.messages
    assert (mail.kind, mail.subject) == ("offer", "Hospital visit: are these days good for you?")
    text = bytes(mail.mime).decode()
    assert "/family/" in text
    assert f"{MONDAY.day} " not in mail.subject
    assert AuditEvent.objects.filter(action="course.offered", actor_name=coordinator.name).exists()
    assert list(find_breaches(timezone.now())) == []


def test_yes_books_the_days_and_sends_the_invites(course, coordinator):
    ask(course, coordinator)
    assert say(course, yes=True) == "booked"
    booked = fresh(course)
    assert [session.status for session in booked.live_sessions] == ["booked", "booked"]
    assert Message.objects.filter(kind="invite").count() == 2
    event = AuditEvent.objects.filter(action="course.booked").get()
    assert event.actor_name == "Pat Parent, on the family’s page"
    assert not Task.objects.open().exists()
    assert list(find_breaches(timezone.now())) == []


def test_no_frees_the_days_and_asks_the_holder_to_ring(course, coordinator):
    ask(course, coordinator)
    assert say(course, yes=False) == "declined"
    assert fresh(course).status == "waiting"
    assert not Booking.objects.exists()
    assert not course.impossible_dates.exists(), "no to a pair is not a date that is impossible"
    task = Task.objects.open().get()
    assert (task.kind, task.owner) == ("offer", coordinator)
    assert "stays booked" not in task.says
    assert list(find_breaches(timezone.now())) == []


@pytest.mark.parametrize(("late", "became"), [(-A_SECOND, "booked"), (0 * A_SECOND, None), (A_SECOND, None)])
def test_an_answer_counts_until_the_end_and_not_from_it_on(course, coordinator, late, became):
    ask(course, coordinator)
    with time_machine.travel(offer_of(course).until + late, tick=False):
        if became:
            assert say(course, yes=True) == became
        else:
            with pytest.raises(OfferOver):
                say(course, yes=True)
            holds.lapse_holds()
            task = Task.objects.open().get()
            assert (task.kind, task.owner) == ("hold_lapsed", coordinator)
            assert "has not answered in time" in task.says
            assert offer_of(course).status == "lapsed"


def test_only_the_first_answer_counts(course, coordinator):
    ask(course, coordinator)
    say(course, yes=False)
    for yes in (True, False):
        with pytest.raises(OfferOver):
            say(course, yes=yes)
    assert fresh(course).status == "waiting"


def test_a_yes_that_cannot_be_booked_keeps_the_days_held_and_asks_the_holder_to_ring(course, coordinator):
    ask(course, coordinator)
    course.unit.closures.create(first_day=MONDAY, last_day=MONDAY, reason="flood")
    assert say(course, yes=True) == "refused"
    assert (fresh(course).status, Booking.objects.count()) == ("pending", 2)
    task = Task.objects.open().get()
    assert (task.kind, task.owner) == ("offer", coordinator)
    assert "flood" in task.says
    assert not Message.objects.filter(kind="invite").exists()


@pytest.mark.parametrize("how", ["release", "book", "hold", "cancel", "ask"])
def test_an_offer_whose_days_the_unit_lets_go_is_taken_back_and_its_mail_never_leaves(
    course, coordinator, how
):
    ask(course, coordinator, asks_next=True)
    first = offer_of(course)
    other = builders.visits(course, MONDAY + timedelta(days=2))
    {
        "release": lambda: holds.release(course=course, by=coordinator),
        "book": lambda: bookings.book(course=course, visits=other, by=coordinator),
        "hold": lambda: holds.hold(course=course, visits=other, hours=4, by=coordinator),
        "cancel": lambda: bookings.cancel(
            course=course, reason=CancelReason.NOT_NEEDED, back_to_waiting=False, by=coordinator
        ),
        "ask": lambda: offers.ask(course=course, visits=other, until=first.until, by=coordinator),
    }[how]()
    first.refresh_from_db()
    assert first.status == "withdrawn"
    post = Post()
    deliver_due(transport=post)
    mail = Message.objects.filter(kind="offer").first()
    assert (mail.status, mail.problem) == (
        "withheld",
        "Not sent: the days are no longer offered to this family.",
    )


@pytest.mark.parametrize("why", ["no text", "no permission", "closed page", "booked"])
def test_days_are_not_offered_where_the_answer_could_not_be_given(course, coordinator, why):
    contact = course.patient.contacts.get()
    refusal = Refused
    if why == "no text":
        course.unit.advice_texts.filter(moment=Moment.OFFER).delete()
        refusal = NotReadyToWrite
    elif why == "no permission":
        course.patient.contacts.update(may_receive_invites=False)
    elif why == "closed page":
        link = link_for(course, contact)
        link.revoked_at = timezone.now()
        link.save()
    else:
        bookings.book(course=course, visits=builders.visits(course, MONDAY), by=coordinator)
        refusal = ChangedMeanwhile
    with pytest.raises(refusal):
        ask(course, coordinator)
    assert not FamilyOffer.objects.exists()


class TestAMove:
    """Other days offered to the family of a booked course, which keeps its own meanwhile."""

    LATER = MONDAY + timedelta(days=2)

    @pytest.fixture
    def booked(self, course, coordinator):
        bookings.book(course=course, visits=builders.visits(course, MONDAY), by=coordinator)
        return fresh(course)

    @pytest.fixture
    def asked(self, booked, coordinator):
        self.ask(booked, coordinator)
        return fresh(booked)

    def ask(self, course, by, **fields):
        until = usual_answer_by(course.unit, timezone.now())
        wanted = {"until": until, "move_because": CancelReason.STAFF_SHORT} | fields
        return offers.ask(course=course, visits=builders.visits(course, self.LATER), by=by, **wanted)

    def days(self, course):
        return [session.day for session in fresh(course).live_sessions]

    def test_the_mail_says_that_the_visits_stay_until_a_yes(self, booked, coordinator):
        [mail] = self.ask(booked, coordinator).messages
        text = words_of(mail)
        assert "We could move your hospital visits to other days" in text
        assert "Your visits stay as they are until you say yes" in text
        assert "Nothing is booked yet" not in text
        assert self.days(booked) == [MONDAY, MONDAY + timedelta(days=1)]
        assert Booking.objects.count() == 4
        assert list(find_breaches(timezone.now())) == []

    def test_yes_moves_the_course_and_sends_the_new_times(self, asked):
        assert say(asked, yes=True) == "booked"
        assert self.days(asked) == [self.LATER, self.LATER + timedelta(days=1)]
        assert Booking.objects.count() == 2
        event = AuditEvent.objects.get(action="course.moved")
        assert (event.actor_name, event.changes["reason"]) == (
            "Pat Parent, on the family’s page",
            "Hospital: staff short",
        )
        assert Message.objects.filter(kind="invite", sequence=1).count() == 2
        assert not Task.objects.open().filter(kind="offer").exists()
        assert list(find_breaches(timezone.now())) == []

    def test_no_lets_the_held_days_go_and_the_course_stays(self, asked, coordinator):
        assert say(asked, yes=False) == "declined"
        assert self.days(asked) == [MONDAY, MONDAY + timedelta(days=1)]
        assert Booking.objects.count() == 2
        task = Task.objects.open().get(kind="offer")
        assert task.owner == coordinator
        assert "stays booked where it is" in task.says
        assert list(find_breaches(timezone.now())) == []

    def test_without_an_answer_the_hold_lapses(self, asked):
        holds.lapse_holds(now=asked.held_until)
        assert offer_of(asked).status == "lapsed"
        task = Task.objects.open().get(kind="hold_lapsed")
        assert "has not answered in time" in task.says
        assert "stays booked where it is" in task.says

    def test_a_yes_that_cannot_be_done_leaves_all_as_it_is_and_asks_to_ring(self, asked):
        asked.unit.closures.create(first_day=self.LATER, last_day=self.LATER, reason="flood")
        assert say(asked, yes=True) == "refused"
        assert self.days(asked)[0] == MONDAY
        assert "could not be moved there" in Task.objects.open().get(kind="offer").says

    @pytest.mark.parametrize("how", ["release", "move", "hold", "cancel"])
    def test_an_offer_is_taken_back_with_the_held_days(self, asked, coordinator, how):
        other = builders.visits(asked, MONDAY + timedelta(days=1))
        act = {"course": asked, "by": coordinator}
        {
            "release": lambda: holds.release(**act),
            "move": lambda: bookings.move(visits=other, reason=CancelReason.CLINICAL, **act),
            "hold": lambda: holds.hold(
                visits=builders.visits(asked, MONDAY + timedelta(days=7)), hours=4, **act
            ),
            "cancel": lambda: bookings.cancel(reason=CancelReason.CLINICAL, back_to_waiting=True, **act),
        }[how]()
        assert offer_of(asked).status == "withdrawn"
        assert list(find_breaches(timezone.now())) == []

    def test_what_was_asked_is_not_undone_as_a_hold(self, booked, coordinator):
        Unit.objects.update(undo_minutes=2)
        self.ask(fresh(booked), coordinator)
        with pytest.raises(ChangedMeanwhile):
            undo.undo(course=booked, by=coordinator)

    def test_a_reason_belongs_to_a_booked_course_and_to_no_other(self, booked, coordinator, unit):
        with pytest.raises(ChangedMeanwhile):
            self.ask(booked, coordinator, move_because=None)
        with pytest.raises(ChangedMeanwhile):
            self.ask(waiting(unit, "Bo Finch"), coordinator)

    def test_doctor_finds_a_question_about_days_that_are_not_held(self, asked):
        Booking.objects.filter(held_for=asked).update(starts_at=F("starts_at") + timedelta(minutes=15))
        assert any("asked about days that are not held" in each for each in find_breaches(timezone.now()))


class TestOneFamilyAfterAnother:
    @pytest.fixture
    def freed(self, unit, course, coordinator):
        """The task about Ada's place, for which Bo, Cy and Di wait: nobody may write about Bo."""
        bookings.book(course=course, visits=builders.visits(course, MONDAY), by=coordinator)
        for name in ("Bo Finch", "Cy Wren", "Di Owl"):
            waiting(unit, name, target=MONDAY)
        Course.objects.get(patient__name="Bo Finch").patient.contacts.update(may_receive_invites=False)
        bookings.cancel(
            course=fresh(course),
            reason=CancelReason.FAMILY_REQUEST,
            back_to_waiting=False,
            by=coordinator,
        )
        return Task.objects.open().get(kind="freed")

    def of(self, name):
        return Course.objects.get(patient__name=name)

    def test_they_are_asked_in_turn_and_whoever_no_mail_reaches_is_to_be_rung(self, freed, coordinator):
        assert next_family.ask_first(task=freed, by=coordinator) == self.of("Cy Wren")
        ring = Task.objects.open().get()
        assert (ring.kind, ring.course, ring.owner) == ("offer", self.of("Bo Finch"), coordinator)
        with pytest.raises(ChangedMeanwhile):
            next_family.ask_first(task=freed, by=coordinator)
        say(self.of("Cy Wren"), yes=False)
        assert offer_of(self.of("Di Owl")).status == "asked"
        assert self.of("Di Owl").held_by == coordinator
        say(self.of("Di Owl"), yes=True)
        assert FamilyOffer.objects.count() == 2
        assert list(find_breaches(timezone.now())) == []

    def test_silence_passes_the_place_on_once_and_in_the_end_somebody_is_to_look(self, freed, coordinator):
        next_family.ask_first(task=freed, by=coordinator)
        for name, then in (("Cy Wren", "Di Owl"), ("Di Owl", None)):
            with time_machine.travel(offer_of(self.of(name)).until, tick=False):
                holds.lapse_holds()
                assert next_family.pass_on_lapsed().offers == 1
                assert next_family.pass_on_lapsed().offers == 0
            assert self.of(name).status == "waiting"
            assert then is None or offer_of(self.of(then)).status == "asked"
        left = Task.objects.open().get(kind="freed")
        assert left.owner == coordinator
        assert "nobody is left to ask by mail" in left.says

    def test_it_ends_where_the_place_is_gone(self, freed, unit, coordinator):
        next_family.ask_first(task=freed, by=coordinator)
        unit.closures.create(first_day=MONDAY, last_day=MONDAY + timedelta(days=1), reason="flood")
        say(self.of("Cy Wren"), yes=False)
        assert FamilyOffer.objects.count() == 1
        assert not Task.objects.open().filter(kind="freed").exists()

    @pytest.mark.parametrize(("before", "asked"), [(26, True), (26 - 1 / 60, False)])
    def test_nobody_is_asked_who_would_have_less_than_two_hours_a_day_ahead(
        self, freed, coordinator, before, asked
    ):
        """An answer is due a day before the first visit at the latest."""
        first = builders.visits(self.of("Cy Wren"), MONDAY, start=8 * 60)[0].starts_at
        with time_machine.travel(first - timedelta(hours=before), tick=False):
            found = next_family.ask_first(task=freed, by=coordinator)
        assert (found is not None) == asked
