"""The private page: who gets in, what it says, and what it never says."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from scheduling.answers.replies import record_answer
from scheduling.booking import bookings
from scheduling.models import AdviceText, Answer, CancelReason, Course, Message, Moment, Source, Way
from scheduling.pages.family.opening import MOST_SENT, MOST_WRONG
from scheduling.states import CourseStatus, SessionStatus
from scheduling.telling import by_person, link_changes
from scheduling.telling.delivery import deliver_due
from scheduling.telling.family_links import DAYS_AFTER, link_for, page_address, page_token
from tests import builders
from tests.builders.texts import set_text
from tests.fakes.post import Post
from tests.family_pages import forbidden_in, path
from tests.reading import text_of

# Nothing of these may stand on the page: whoever looks over a shoulder learns of a visit, and no more.


@pytest.fixture(autouse=True)
def no_counts():
    cache.clear()


@pytest.fixture
def unit(db):
    return builders.unit(name="Day Unit")


@pytest.fixture
def booked(unit, coordinator):
    """A course of two days from a Monday to come, with one contact."""
    course = builders.course(builders.patient(), unit)
    builders.contact(course.patient)
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    return Course.objects.get(pk=course.pk)


@pytest.fixture
def link(booked):
    return link_for(booked, booked.patient.contacts.get())


def test_the_page_says_when_and_where_and_whom_to_ring(client, link, booked):
    said = text_of(client.get(path(link)))
    for words in ("Hospital visit, day 1 of 2 Booked", "9am to about 1pm", "Main entrance", "0113 496 0123"):
        assert words in said
    assert "Monday to Friday, 8am to 5pm" in said
    assert "ring the children’s ward on 0113 496 0124" in said


@pytest.mark.parametrize(
    "name", ["show_page", "answer_days", "ask_change", "say_unwell", "give_dates", "show_calendar"]
)
def test_no_page_says_whose_visits_they_are_or_what_for(client, link, name):
    said = client.get(path(link, name)).content.decode().replace(page_token(link), "")
    assert forbidden_in(said) == []


def test_a_page_is_kept_by_nobody_found_by_nobody_and_told_to_nobody(client, link):
    for name in ("show_page", "answer_days", "show_calendar"):
        response = client.get(path(link, name))
        assert response["Cache-Control"] == "private, no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response["X-Robots-Tag"]
        assert not response.cookies
        # The one whole address is that of the feed, to be copied.
        elsewhere = re.findall(r'="(\w+://[^"]*)"', response.content.decode())
        assert [each for each in elsewhere if "/family/feed/" not in each] == []


def test_the_address_in_mails_is_that_of_the_page(client, link, settings):
    settings.PUBLIC_URL = "https://daycase.trust.example"
    assert page_address(link) == f"https://daycase.trust.example{path(link)}"


def closed_ways(link, coordinator):
    """Each way in which an address opens nothing, done to this link; the page's address then."""
    course, contact = link.course, link.contact

    def wrong():
        return reverse("family:show_page", args=["A" * 43])

    def revoked():
        link_changes.revoke_link(link=link, by=coordinator)
        return path(link)

    def renewed():
        old = path(link)
        link_changes.renew_link(link=link, by=coordinator)
        return old

    def over():
        builders.last_day_was(course, timezone.localdate() - timedelta(days=DAYS_AFTER + 1))
        return path(link)

    def restricted():
        course.patient.restricted, course.patient.restricted_because = True, "court order"
        course.patient.save()
        return path(link)

    def withdrawn():
        contact.may_receive_invites = False
        contact.save()
        return path(link)

    def cut():
        return path(link)[:-10] + "/more/of/it/"

    return {way.__name__: way for way in (wrong, revoked, renewed, over, restricted, withdrawn, cut)}


@pytest.mark.parametrize("way", ["wrong", "revoked", "renewed", "over", "restricted", "withdrawn", "cut"])
def test_whoever_does_not_get_in_sees_one_and_the_same_page(client, link, coordinator, way):
    wrong = client.get(reverse("family:show_page", args=["B" * 43]))
    closed = closed_ways(link, coordinator)[way]()
    response = client.get(closed)

    assert response.status_code == 404
    assert response.content == wrong.content
    assert "Day Unit 0113 496 0123" in text_of(response)
    assert response["Referrer-Policy"] == "no-referrer"
    if way != "cut":
        assert client.post(closed + "unwell/", {"says": "x"}).status_code == 404
    assert not link.course.family_requests.exists()


def test_the_last_day_is_a_day_on_which_the_page_opens(client, link):
    builders.last_day_was(link.course, timezone.localdate() - timedelta(days=DAYS_AFTER))
    assert client.get(path(link)).status_code == 200


def test_wrong_addresses_are_counted_and_the_right_one_opens_all_the_same(client, link):
    wrong = reverse("family:show_page", args=["A" * 43])
    statuses = [client.get(wrong).status_code for _ in range(MOST_WRONG + 1)]
    assert statuses == [404] * MOST_WRONG + [429]
    refused = client.get(wrong)
    assert refused["Retry-After"] == "3600"
    assert "0113 496 0123" in text_of(refused)
    assert client.get(wrong, REMOTE_ADDR="192.0.2.7").status_code == 404
    assert client.get(path(link)).status_code == 200


def test_one_page_cannot_flood_the_unit(client, link):
    statuses = [
        client.post(path(link, "say_unwell"), {"says": f"no {n}"}).status_code for n in range(MOST_SENT + 1)
    ]
    assert statuses == [302] * MOST_SENT + [429]


def test_a_moved_day_shows_its_new_time_and_says_that_it_moved(client, link, booked, coordinator):
    deliver_due(transport=Post())
    later = builders.visits(booked, builders.next_monday(3), start=10 * 60)
    bookings.move(course=booked, visits=later, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    said = text_of(client.get(path(link)))
    assert said.count("The time was changed. This is the new time.") == 2
    assert "10am to about 2pm" in said
    assert "9am to about 1pm" not in said


def test_cancelled_days_say_so_until_they_are_over(client, link, booked, coordinator):
    bookings.cancel(course=booked, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator)
    said = text_of(client.get(path(link)))
    assert "These visits are cancelled Hospital visit, day 1 of 2 Cancelled" in said
    assert "Please do not come at this time." in said
    assert "No days are booked now." in said
    assert "Tell us if you can come" not in said


def test_held_days_are_told_to_nobody(client, unit, coordinator):
    from scheduling.booking import holds

    course = builders.course(builders.patient(), unit)
    link = link_for(course, builders.contact(course.patient))
    monday = builders.next_monday(2)
    holds.hold(course=course, visits=builders.visits(course, monday), hours=24, by=coordinator)
    said = text_of(client.get(path(link)))
    assert "No days are booked now." in said
    assert "day 1" not in said


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (SessionStatus.FULFILLED, "Hospital visit, day 1 of 2 Done"),
        (SessionStatus.NOT_BROUGHT, "Hospital visit, day 1 of 2 Did not go ahead"),
        (SessionStatus.NOT_GIVEN, "Hospital visit, day 1 of 2 Did not go ahead"),
    ],
)
def test_each_state_of_a_day_has_words(client, link, status, words):
    link.course.sessions.filter(number=1).update(status=status)
    assert words in text_of(client.get(path(link)))


def test_advice_is_shown_when_it_is_of_use_and_only_if_approved(client, link, unit):
    page = path(link)
    AdviceText.objects.all().delete()
    assert "Before day 1" not in text_of(client.get(page))
    set_text(unit, Moment.BEFORE_DAY_1, "# Pack\n\nBring a *book* & <b>toys</b>.")
    set_text(unit, Moment.AFTER, "Rest.", approved_by="", approved_at=None, review_on=None)
    html = client.get(page).content.decode()
    assert "<h3>Pack</h3>" in html
    assert "<em>book</em> &amp; &lt;b&gt;toys&lt;/b&gt;" in html
    assert "Rest." not in html

    set_text(unit, Moment.BETWEEN, "Sleep well.")
    assert "Sleep well." not in client.get(page).content.decode()
    now = timezone.now()
    first = link.course.sessions.get(number=1)
    first.starts_at, first.ends_at = now - timedelta(hours=6), now - timedelta(hours=2)
    first.save()
    html = client.get(page).content.decode()
    assert "Sleep well." in html
    assert "Pack" not in html


def test_another_unit_is_not_named_to_a_family(client, link):
    builders.unit(name="Other Unit", phone="+441134960999")
    assert "0113 496 0999" not in text_of(client.get(path(link)))
    assert "Other Unit 0113 496 0999" in text_of(client.get(reverse("family:show_page", args=["A" * 43])))


def test_a_contact_who_reads_large_print_gets_it(client, link):
    assert b"app-large-print" not in client.get(path(link)).content
    link.contact.large_print = True
    link.contact.save()
    assert b"app-large-print" in client.get(path(link)).content


def test_the_words_are_about_nobody_and_open_to_all(client, db):
    response = client.get(reverse("family:show_words"))
    assert not response.cookies
    for word in ("CRMO", "CRP", "ESR", "MRI", "NSAID", "DEXA", "DMARD", "Biologic", "Cannula", "Infusion"):
        assert word in text_of(response)
    # As the hospital's leaflet has it.
    for fact in (
        "sometimes come back (recurrent)",
        "A special type of DMARD.",
        "made to strengthen weak bones",
        "A bisphosphonate that is given through a drip",
        "A medicine that calms inflammation quickly.",
    ):
        assert fact in text_of(response)


def test_staff_open_and_close_pages_and_the_log_knows(client, link, coordinator, nurse):
    course = link.course
    client.force_login(nurse)
    assert client.post(reverse("scheduling:revoke_link", args=[link.pk])).status_code == 403
    client.force_login(coordinator)
    html = client.get(course.get_absolute_url()).content.decode()
    assert "Mia Lark (mother): open" in html
    assert page_token(link) not in html
    old = path(link)
    client.post(reverse("scheduling:revoke_link", args=[link.pk]))
    assert client.get(old).status_code == 404
    assert "Mia Lark (mother): closed" in client.get(course.get_absolute_url()).content.decode()
    client.post(reverse("scheduling:renew_link", args=[link.pk]))
    link.refresh_from_db()
    assert client.get(old).status_code == 404
    assert client.get(path(link)).status_code == 200
    said = text_of(client.get(course.get_absolute_url()))
    assert "New address for the family’s page: Mia Lark Cora Coordinator" in said
    assert "The family’s page was closed: Mia Lark Cora Coordinator" in said


def test_looking_at_the_address_of_staff_changes_nothing(client, link, coordinator):
    client.force_login(coordinator)
    client.get(reverse("scheduling:revoke_link", args=[link.pk]))
    link.refresh_from_db()
    assert link.revoked_at is None


def test_a_page_of_a_course_that_ended_says_that_nothing_is_planned(client, link):
    Course.objects.filter(pk=link.course_id).update(status=CourseStatus.CANCELLED)
    link.course.sessions.update(status=SessionStatus.CANCELLED)
    builders.last_day_was(link.course, timezone.localdate() - timedelta(days=1))
    assert "No visits are planned now." in text_of(client.get(path(link)))


@pytest.mark.parametrize("change", [{"returned_at": timezone.now()}, {"email": ""}])
def test_a_family_whom_no_mail_reaches_keeps_its_page(client, link, change):
    type(link.contact).objects.filter(pk=link.contact.pk).update(phone="+447700900123", **change)
    assert client.get(path(link)).status_code == 200


def moved_by_an_hour(link, by, start=10):
    course = Course.objects.get(pk=link.course_id)
    visits = builders.visits(course, builders.next_monday(2), start=start * 60)
    bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=by)


CHANGED = "The time was changed. This is the new time."


class TestATimeThatWasChanged:
    """It is one only for whoever was told another."""

    def says(self, client, link):
        return text_of(client.get(path(link)))

    def test_before_anything_left_it_is_the_first_time_they_read(self, client, link, coordinator):
        moved_by_an_hour(link, coordinator)
        deliver_due(transport=Post())
        assert CHANGED not in self.says(client, link)

    def test_for_whoever_has_an_invite_it_is_new(self, client, link, coordinator):
        deliver_due(transport=Post())
        moved_by_an_hour(link, coordinator)
        assert CHANGED in self.says(client, link)
        deliver_due(transport=Post())
        assert CHANGED in self.says(client, link)

    def test_for_whoever_was_told_by_phone_too(self, client, link, coordinator):
        Message.objects.all().delete()
        course = Course.objects.get(pk=link.course_id)
        by_person.note_told(course=course, contact=link.contact, way=Way.PHONE, by=coordinator)
        moved_by_an_hour(link, coordinator)
        assert CHANGED in self.says(client, link)

    def test_another_parent_who_was_invited_later_reads_of_no_change(self, client, link, coordinator):
        deliver_due(transport=Post())
        moved_by_an_hour(link, coordinator)
        dan = builders.contact(link.course.patient, "Dan Lark")
        assert CHANGED not in self.says(client, link_for(link.course, dan))

    def test_and_it_is_unanswered(self, client, link, coordinator):
        deliver_due(transport=Post())
        for session in link.course.sessions.all():
            record_answer(
                session=session,
                contact=link.contact,
                answer=Answer.ACCEPTED,
                source=Source.CALENDAR,
                sequence=session.sequence,
                stamp=timezone.now(),
                by=coordinator,
            )
        assert self.says(client, link).count("You told us: Yes, we can come") == 2
        moved_by_an_hour(link, coordinator)
        assert "You told us" not in self.says(client, link)
        moved_by_an_hour(link, coordinator, start=9)
        assert "You told us" not in self.says(client, link), "not even once it stands as it did"
        form = client.get(path(link, "answer_days")).context["form"]
        assert [form[f"day_{n}"].value() for n in (1, 2)] == ["", ""]
