"""The calendar of a unit on a staff member's phone: everything that happens there, and nobody's name."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.urls import reverse
from django.utils import timezone

from patients.access import Role
from patients.models import AuditEvent
from scheduling.booking import bookings
from scheduling.models import CancelReason, StaffFeed
from scheduling.unit import staff_feeds
from tests import builders

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
# In summer; the visits are on the Tuesday and the Wednesday of the week after.
NOW = datetime(2027, 6, 8, 9, 20, tzinfo=LONDON)
FIRST = date(2027, 6, 15)


@pytest.fixture
def unit(time_machine):
    time_machine.move_to(NOW, tick=False)
    return builders.unit(chairs=3, nurses=9)


@pytest.fixture
def course(unit, coordinator):
    child = builders.patient("Zebedee Quillfeather", known_as="Zebby", hospital_number="Q77123")
    builders.contact(child, "Marigold Quillfeather")
    course = builders.course(child, unit)
    bookings.book(course=course, visits=builders.visits(course, FIRST), by=coordinator)
    return course


def fetched(client, secret, **headers):
    return client.get(reverse("scheduling:show_staff_feed", args=[secret]), headers=headers)


def entries(client, secret) -> list[tuple[str, datetime, datetime]]:
    calendar = icalendar.Calendar.from_ical(fetched(client, secret).content)
    return [(str(e["SUMMARY"]), e["DTSTART"].dt, e["DTEND"].dt) for e in calendar.walk("VEVENT")]


def test_each_visit_is_there_with_its_chair_and_label_and_nothing_that_names_the_child(
    client, unit, course, nurse
):
    secret = staff_feeds.make(unit=unit, by=nurse)
    response = fetched(client, secret)
    text = response.content.decode()
    for named in (
        "Zebedee",
        "Quillfeather",
        "Zebby",
        "Q77123",
        course.patient.nhs_number,
        "CRMO",
        "amidronate",
    ):
        assert named not in text
    mark = staff_feeds.label(secret, course.patient_id)
    chair = course.live_sessions[0].booking.chair.name
    at = datetime.combine(FIRST, time(9), LONDON)
    assert [(name, start) for name, start, _ in entries(client, secret)] == [
        (f"{chair}: infusion {mark}, day 1 of 2", at),
        (f"{chair}: infusion {mark}, day 2 of 2", at + timedelta(days=1)),
    ]
    assert response["Content-Type"].startswith("text/calendar")
    assert "ATTENDEE" not in text and "ORGANIZER" not in text and "METHOD" not in text
    for visit in course.live_sessions:
        assert visit.get_absolute_url() in text.replace("\r\n ", "")
        assert visit.uid not in text


def test_it_follows_what_is_moved_and_cancelled_and_says_304_to_who_has_it(
    client, unit, course, nurse, coordinator
):
    secret = staff_feeds.make(unit=unit, by=nurse)
    before = fetched(client, secret)
    assert fetched(client, secret, if_none_match=before["ETag"]).status_code == 304
    week = builders.visits(course, FIRST + timedelta(7))
    bookings.move(course=course, visits=week, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    assert fetched(client, secret, if_none_match=before["ETag"]).status_code == 200
    assert [start.date() for _, start, _ in entries(client, secret)] == [
        FIRST + timedelta(7),
        FIRST + timedelta(8),
    ]
    course.refresh_from_db()
    bookings.cancel(course=course, reason=CancelReason.NOT_NEEDED, back_to_waiting=False, by=coordinator)
    assert entries(client, secret) == []


def test_a_restricted_child_is_not_in_it(client, unit, course, nurse):
    secret = staff_feeds.make(unit=unit, by=nurse)
    assert len(entries(client, secret)) == 2
    type(course.patient).objects.update(restricted=True, restricted_because="court order")
    assert entries(client, secret) == []


def test_another_infusion_is_there_by_its_kind_and_not_by_its_label(client, unit, nurse):
    infusion = builders.infusion(unit.chairs.first(), FIRST)
    infusion.label = "Zebby’s usual chair"
    infusion.save()
    secret = staff_feeds.make(unit=unit, by=nurse)
    ((summary, start, _),) = entries(client, secret)
    assert summary == f"{unit.chairs.first().name}: {infusion.kind.name}"
    assert start.date() == FIRST


def test_another_unit_and_days_far_away_are_not_in_it(client, unit, course, nurse, coordinator):
    other = builders.unit()
    elsewhere = builders.course(builders.patient("Ben Finch"), other)
    bookings.book(course=elsewhere, visits=builders.visits(elsewhere, FIRST), by=coordinator)
    secret = staff_feeds.make(unit=unit, by=nurse)
    ahead, back = timedelta(days=staff_feeds.DAYS_AHEAD), timedelta(days=staff_feeds.DAYS_BACK)
    feed = StaffFeed.objects.get()

    def days(now: datetime) -> list[date]:
        return [e.starts_at.date() for e in staff_feeds.calendar_of(feed, secret, now).entries]

    noon = datetime.combine(FIRST, time(12), LONDON)
    assert days(noon) == [FIRST, FIRST + timedelta(1)]
    assert days(noon - ahead - timedelta(1)) == []
    assert days(noon - ahead) == [FIRST]
    assert days(noon + back + timedelta(1)) == [FIRST + timedelta(1)]
    assert days(noon + back + timedelta(2)) == []


def test_each_calendar_labels_a_child_otherwise_and_a_child_alike_in_one(unit, course):
    one, other = "secret-one", "secret-other"
    assert staff_feeds.label(one, course.patient_id) == staff_feeds.label(one, course.patient_id)
    assert staff_feeds.label(one, course.patient_id) != staff_feeds.label(other, course.patient_id)
    assert staff_feeds.label(one, course.patient_id) != staff_feeds.label(one, course.patient_id + 1)


def test_a_new_address_ends_the_old_one_and_only_a_hash_of_it_is_kept(client, unit, nurse):
    old = staff_feeds.make(unit=unit, by=nurse)
    new = staff_feeds.make(unit=unit, by=nurse)
    assert fetched(client, old).status_code == 404
    assert fetched(client, new).status_code == 200
    feed = StaffFeed.objects.get()
    assert new not in str(vars(feed))
    acts = AuditEvent.objects.filter(record="stafffeed").order_by("pk")
    assert [act.action for act in acts] == ["stafffeed.added", "stafffeed.removed", "stafffeed.added"]
    assert feed.secret_hash not in str([act.changes for act in acts])


@pytest.mark.parametrize("how", ["taken back", "left", "no role"])
def test_it_is_over_when_it_is_taken_back_or_its_owner_may_no_longer_look(client, unit, nurse, lead, how):
    secret = staff_feeds.make(unit=unit, by=nurse)
    assert fetched(client, secret).status_code == 200
    if how == "taken back":
        staff_feeds.take_back(feed=StaffFeed.objects.get(), by=lead)
    elif how == "left":
        nurse.is_active = False
        nurse.save()
    else:
        nurse.groups.clear()
    response = fetched(client, secret)
    assert (response.status_code, response.content) == (404, b"Not here.\n")


def test_it_costs_the_same_however_many_visits_there_are(
    client, unit, course, nurse, coordinator, django_assert_max_num_queries
):
    secret = staff_feeds.make(unit=unit, by=nurse)
    for number in range(3):
        more = builders.course(builders.patient(f"Ada Lark {number}"), unit)
        day = FIRST + timedelta(7 * (number + 1))
        bookings.book(course=more, visits=builders.visits(more, day), by=coordinator)
    with django_assert_max_num_queries(5):
        assert len(entries(client, secret)) == 8


def page(client, unit, method="get"):
    return getattr(client, method)(reverse("scheduling:show_staff_calendar", args=[unit.pk]))


def test_a_nurse_makes_an_address_sees_it_once_and_closes_it(client, unit, nurse):
    client.force_login(nurse)
    assert "Make an address" in page(client, unit).content.decode()
    made = page(client, unit, "post").content.decode()
    secret = made.partition("/staff-calendar/")[2].partition("/")[0]
    assert fetched(client, secret).status_code == 200
    again = page(client, unit).content.decode()
    assert secret not in again
    assert "You have had an address since" in again and "Make another address" in again
    feed = StaffFeed.objects.get()
    client.post(reverse("scheduling:close_staff_calendar", args=[feed.pk]))
    assert fetched(client, secret).status_code == 404


def test_only_who_manages_users_sees_and_closes_those_of_others(client, unit, nurse, lead, person):
    staff_feeds.make(unit=unit, by=nurse)
    feed = StaffFeed.objects.get()
    close = reverse("scheduling:close_staff_calendar", args=[feed.pk])
    client.force_login(person(Role.NURSE, name="Ola Other"))
    assert nurse.name not in page(client, unit).content.decode()
    assert client.post(close).status_code == 403
    client.force_login(lead)
    assert nurse.name in page(client, unit).content.decode()
    client.post(close)
    assert not StaffFeed.objects.exists()
    assert AuditEvent.objects.get(action="stafffeed.removed").actor_name == lead.name


def test_its_address_stands_in_no_log(caplog):
    from crmo_clinic.logs import without_addresses

    secret = "k3-Y_zQ" + "a" * 36
    assert without_addresses(f"Not Found: /staff-calendar/{secret}/") == "Not Found: /staff-calendar/…/"


def test_of_an_evening_in_summer_the_day_is_the_one_in_london(unit, nurse):
    secret = staff_feeds.make(unit=unit, by=nurse)
    half_past_midnight = datetime(2027, 6, 10, 0, 30, tzinfo=LONDON)
    assert timezone.localdate(half_past_midnight) == date(2027, 6, 10)
    assert staff_feeds.calendar_of(StaffFeed.objects.get(), secret, half_past_midnight).entries == []
