"""`_lastUpdated`: what an act changes has a later time, and another version; and nothing else has."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from patients import audit, changes
from scheduling.booking import agreements, bookings, holds, lost_days, undo
from scheduling.history.reviews import save_review
from scheduling.merging.merge import merge
from scheduling.merging.unmerge import unmerge
from scheduling.models import CancelReason, Course, LostBecause, Review, Unit
from scheduling.states import SessionStatus
from scheduling.telling.delivery import deliver_due
from scheduling.unit.lapse import lapse_holds_of
from scheduling.visit import presses
from tests import builders
from tests.builders.reviews import review
from tests.fakes.post import Post
from tests.fhir.reading_system import outcome

pytestmark = pytest.mark.django_db

KINDS = (
    "Patient",
    "RelatedPerson",
    "ServiceRequest",
    "Appointment",
    "Communication",
    "Observation",
    "Location",
)
LONDON = ZoneInfo("Europe/London")
START = datetime(2027, 6, 8, 9, 20, tzinfo=LONDON)


class Watching:
    """Compares all that a system sees before and after each act, a minute apart."""

    def __init__(self, system, time_machine):
        self.system, self.time_machine, self.now = system, time_machine, START
        self.kept = {}
        system.checks = False
        self.at(START)

    def at(self, moment):
        self.now = moment
        self.time_machine.move_to(moment, tick=False)
        # Tokens last a quarter of an hour.
        self.system.sign_in()
        self.kept = self.all()

    def all(self):
        return {
            f"{kind}/{each['id']}": each
            for kind in KINDS
            for each in self.system.search(kind, {"_count": 100})
        }

    def after(self, act):
        """What was changed by this act, as the kinds of resources that say something else, or are new."""
        self.time_machine.move_to(self.now + timedelta(minutes=1), tick=False)
        self.now += timedelta(minutes=1)
        began = timezone.now()
        act()
        before, self.kept = self.kept, self.all()
        changed = {key for key, now in self.kept.items() if said(now) != said(before.get(key))}
        asked = f"ge{began.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}"
        for kind in KINDS:
            told = {f"{kind}/{key}" for key in self.system.ids(kind, {"_lastUpdated": asked, "_count": 100})}
            assert {key for key in changed if key.startswith(f"{kind}/")} <= told, kind
            assert told == {
                key
                for key, now in self.kept.items()
                if key.startswith(f"{kind}/") and since(now) and since(now) >= began
            }
            if told:
                rest = self.system.ids(kind, {"_lastUpdated": asked.replace("ge", "lt"), "_count": 100})
                known = {key for key in self.kept if key.startswith(f"{kind}/")}
                assert {f"{kind}/{key}" for key in rest} == known - told
        for key in changed & before.keys():
            assert since(self.kept[key]) > (since(before[key]) or START - timedelta(days=9999)), key
            assert self.kept[key]["meta"]["versionId"] != before[key]["meta"]["versionId"]
        return {key.partition("/")[0] for key in changed}


def said(resource):
    return resource and {name: value for name, value in resource.items() if name != "meta"}


def since(resource):
    at = resource["meta"].get("lastUpdated")
    return at and datetime.fromisoformat(at)


@pytest.fixture
def watching(time_machine, let_in, unit):
    time_machine.move_to(START, tick=False)
    return Watching(let_in(unit), time_machine)


def test_each_act_that_changes_what_is_read_is_seen_in_its_time(watching, unit, child, coordinator, nurse):
    seen = watching.after
    contact = builders.contact(child, "Marigold Quillfeather")
    course = builders.course(child, unit)
    Unit.objects.update(undo_minutes=10)
    watching.at(START)
    first = builders.next_monday(1)

    def book(week=0):
        bookings.book(
            course=fresh(course), visits=builders.visits(course, first + timedelta(7 * week)), by=coordinator
        )

    assert seen(
        lambda: holds.hold(course=course, visits=builders.visits(course, first), hours=24, by=coordinator)
    ) == {"Appointment"}
    assert seen(lambda: holds.release(course=fresh(course), by=coordinator)) == set()
    assert seen(book) == {"Appointment", "Communication"}
    assert seen(lambda: undo.undo(course=fresh(course), by=coordinator)) == set()
    assert seen(lambda: book(1)) == {"Appointment", "Communication"}
    watching.at(watching.now + timedelta(minutes=15))
    assert seen(lambda: deliver_due(transport=Post())) == {"Communication"}
    assert seen(
        lambda: bookings.move(
            course=fresh(course),
            visits=builders.visits(course, first),
            reason=CancelReason.FAMILY_REQUEST,
            by=coordinator,
        )
    ) == {"Appointment", "Communication"}
    child.known_as = "Zeb"
    assert seen(lambda: changes.save(child, by=coordinator)) == {"Patient"}
    contact.phone = "+447700900222"
    assert seen(lambda: changes.save(contact, by=coordinator)) == {"RelatedPerson"}
    made = Review(patient=child, on=timezone.localdate(), source="nurse", pain=4)
    assert seen(lambda: save_review(review=made, sites=[], by=nurse)) == {"Observation"}
    made.pain = 5
    assert seen(lambda: save_review(review=made, sites=[], by=nurse)) == {"Observation"}
    renamed = Unit.objects.get(pk=unit.pk)
    renamed.place = "Level 2"
    assert seen(lambda: audit.save(renamed, by=coordinator)) == {"Location"}
    day_1 = fresh(course).live_sessions[0]
    watching.at(day_1.starts_at)
    assert seen(lambda: presses.press(session=day_1, status=SessionStatus.ARRIVED, by=nurse)) == {
        "Appointment"
    }
    assert seen(lambda: presses.undo(session=fresh(day_1), by=nurse)) == {"Appointment"}
    assert seen(
        lambda: presses.not_brought(session=fresh(day_1), because=LostBecause.NOT_BROUGHT, by=nurse)
    ) >= {"Appointment"}
    assert "ServiceRequest" in seen(
        lambda: bookings.cancel(
            course=fresh(course), reason=CancelReason.FAMILY_REQUEST, back_to_waiting=False, by=coordinator
        )
    )


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_the_press_that_ends_a_course_is_a_change_of_the_course(watching, unit, nurse):
    visit = builders.visit_today(unit, "Ada Lark")
    watching.at(START + timedelta(hours=1))
    for status, changed in (
        (SessionStatus.ARRIVED, {"Appointment"}),
        (SessionStatus.STARTED, set()),
        (SessionStatus.FULFILLED, {"Appointment", "ServiceRequest"}),
    ):
        assert (
            watching.after(lambda status=status: presses.press(session=fresh(visit), status=status, by=nurse))
            == changed
        ), status


def test_what_a_merge_moves_has_the_time_of_the_merge_and_so_has_its_undoing(
    watching, unit, child, course, coordinator
):
    twice = builders.patient("Zebedee Quillfeather", nhs_number=None)
    builders.past_course(twice, unit, builders.next_monday(-20))
    builders.contact(twice, "Mathilda Quillfeather")
    review(twice, pain=2)
    watching.at(START)
    done = []

    def both():
        done.append(merge(kept=fresh(child), gone=fresh(twice), from_gone=[], by=coordinator))

    key = twice.pk
    moved = {"Patient", "RelatedPerson", "ServiceRequest", "Appointment", "Observation"}
    assert moved <= watching.after(both)
    assert outcome(watching.system.get(f"Patient/{key}")) == (410, "deleted")
    assert moved <= watching.after(lambda: unmerge(done=done[0], by=coordinator))
    assert watching.system.resource(f"Patient/{key}")["id"] == str(key)


def test_a_change_of_terms_is_one_of_the_course_and_not_of_its_child(watching, child, unit, coordinator):
    course = builders.course(child, unit)
    watching.at(START)
    course.latest = builders.next_monday(9)

    def change():
        agreements.change_agreed(course=course, impossible_dates=[], fields=["latest"], by=coordinator)

    assert watching.after(change) == {"ServiceRequest"}
    ids = {kind: watching.system.ids(kind, {"_lastUpdated": "gt2027-06-08T09:20"}) for kind in KINDS}
    assert [kind for kind, found in ids.items() if found] == ["ServiceRequest"]


def test_a_lost_day_that_is_left_out(watching, course, coordinator):
    watching.at(START)
    day_2 = course.live_sessions[1]
    approval = lost_days.Approval(LostBecause.STAFF_SHORT, "One day is enough", "Dr Wren")
    assert "Appointment" in watching.after(
        lambda: lost_days.leave_out(session=fresh(day_2), approval=approval, by=coordinator)
    )
    cancelled = watching.system.search("Appointment", {"status": "cancelled"})
    assert [each["cancelationReason"]["coding"][0]["code"] for each in cancelled] == ["prov"]


def told_since(system, moment):
    """The kinds of which something is announced as changed since then."""
    since = {"_lastUpdated": f"ge{moment.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}"}
    return {kind for kind in KINDS if system.ids(kind, since)}


ABOUT_CHILDREN = set(KINDS) - {"Location"}


def test_a_child_comes_into_sight_with_its_first_course_and_all_about_it_too(
    time_machine, let_in, unit, child, coordinator
):
    time_machine.move_to(START, tick=False)
    builders.contact(child, "Marigold Quillfeather")
    review(child, pain=2)
    time_machine.move_to(START + timedelta(minutes=1), tick=False)
    asked = timezone.now()
    builders.course(builders.patient("Somebody Else"), unit, agreed_at=START)
    agreed = Course(
        patient=child,
        unit=unit,
        decided_by="Dr Wren",
        decided_on=timezone.localdate(),
        reason="recurrence_of_pain",
        days=2,
        minutes=240,
        priority=2,
    )
    agreements.save_agreed(course=agreed, impossible_dates=[], by=coordinator)
    system = let_in(unit).sign_in()
    assert told_since(system, asked) == {"Patient", "RelatedPerson", "ServiceRequest", "Observation"}
    assert system.ids("Patient", {"_lastUpdated": f"ge{asked:%Y-%m-%dT%H:%M:%SZ}"}) == [str(child.pk)]
    (found,) = system.search("RelatedPerson")
    assert since(found) == asked


@pytest.mark.parametrize("how", ["restricted", "sensitive"])
def test_what_is_protected_no_longer_is_announced_whole(
    time_machine, let_in, unit, child, course, coordinator, how
):
    review(child, pain=2)
    setattr(child, how, True)
    child.restricted_because = "Court order" if how == "restricted" else ""
    child.save()
    system = let_in(unit)
    time_machine.move_to(timezone.now() + timedelta(days=1), tick=False)
    system.sign_in()
    asked = timezone.now()
    assert told_since(system, asked) == set()
    setattr(child, how, False)
    child.restricted_because = ""
    changes.save(child, by=coordinator)
    assert told_since(system, asked) == ABOUT_CHILDREN


def test_whoever_asks_again_for_the_days_of_courses_that_changed_keeps_none_that_vanished(
    time_machine, let_in, unit, child, coordinator
):
    """As the README tells a reader: a hold that ends and a booking that is undone leave no row behind."""
    time_machine.move_to(START, tick=False)
    builders.contact(child, "Marigold Quillfeather")
    Unit.objects.update(undo_minutes=10)
    course = builders.course(child, unit)
    system, visits = let_in(unit), builders.visits(course, builders.next_monday(2))
    kept, sizes = {}, []

    def hold():
        holds.hold(course=fresh(course), visits=visits, hours=1, by=coordinator)

    for minutes, act in (
        (0, hold),
        (5, lambda: holds.release(course=fresh(course), by=coordinator)),
        (30, hold),
        (120, lambda: lapse_holds_of(unit.pk, timezone.now())),
        (150, lambda: bookings.book(course=fresh(course), visits=visits, by=coordinator)),
        (155, lambda: undo.undo(course=fresh(course), by=coordinator)),
    ):
        started = START + timedelta(minutes=minutes)
        time_machine.move_to(started, tick=False)
        act()
        system.sign_in()
        asked = {"_lastUpdated": f"ge{started.isoformat()}"}
        for key in system.ids("ServiceRequest", asked):
            kept[key] = days_and_messages(system, {"based-on": f"ServiceRequest/{key}"})
        assert kept.get(str(course.pk), []) == days_and_messages(system, {}), minutes
        sizes.append(len(kept[str(course.pk)]))
    assert sizes == [2, 0, 2, 0, 4, 0]


def days_and_messages(system, params):
    return [f"{kind}/{key}" for kind in ("Appointment", "Communication") for key in system.ids(kind, params)]
