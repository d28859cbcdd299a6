"""The pages on which two records of one child become one, and two again."""

from datetime import date

import pytest
from django.db import IntegrityError

from patients.access import Role
from patients.models import AccessEvent, Merge, Patient
from scheduling.booking import bookings
from scheduling.merging.merge import merge
from tests import builders
from tests.reading import text_of

pytestmark = pytest.mark.django_db
TYPED = {"name": "theirs", "nhs_number": "ours", "hospital_number": "ours", "needs": "theirs"}


@pytest.fixture
def signed_in(client, lead):
    client.force_login(lead)
    return client


@pytest.fixture
def kept():
    return builders.patient("Ada Lark", hospital_number="K1", birth_date=date(2016, 3, 27))


@pytest.fixture
def gone(coordinator):
    child = builders.patient("Ada Larke", hospital_number="K2", birth_date=date(2016, 3, 27), needs="hoist")
    course = builders.course(child, builders.unit())
    builders.contact(child)
    visits = builders.visits(course, builders.next_monday(2))
    bookings.book(course=course, visits=visits, by=coordinator)
    return child


def compare(client, kept, gone):
    return client.get(f"/children/{kept.pk}/merge/?with={gone.pk}")


def test_from_the_child_to_the_other_record_and_to_one_and_back(signed_in, lead, kept, gone):
    start = f"/children/{kept.pk}/merge/"
    assert start in signed_in.get(kept.get_absolute_url()).content.decode()
    assert "Ada Larke, K2" in text_of(signed_in.get(start))
    assert "No child has this number" in text_of(signed_in.post(start, {"number": "K9"}))
    page = signed_in.get(signed_in.post(start, {"number": "k2"}).url)
    assert "1 course, 1 contact" in text_of(page)
    assert "hoist (K2)" in text_of(page)
    assert page.context["form"]["needs"].value() == "theirs"
    assert set(
        AccessEvent.objects.filter(page="scheduling:merge_patient").values_list("patient_id", flat=True)
    ) >= {
        kept.pk,
        gone.pk,
    }
    typed = TYPED | {"seen": page.context["form"]["seen"].value()}
    done = signed_in.post(f"{start}?with={gone.pk}", typed, follow=True)
    assert "K2 has been merged into this record" in text_of(done)
    assert "The record K2 was merged into this one by" in text_of(done)
    assert (Patient.objects.get().name, Patient.objects.get().needs) == ("Ada Larke", "hoist")

    # The old address, the old number and the log lead to the one record.
    for address in (gone.get_absolute_url(), f"/children/{gone.pk}/history/"):
        led = signed_in.get(address, follow=True)
        assert led.redirect_chain[-1][0] == kept.get_absolute_url()
        assert "The record K2 was merged into this one." in text_of(led)
    told = signed_in.post(f"/children/{gone.pk}/change/", {"name": "Bo"}, follow=True)
    assert "merged into this one, so nothing was done" in text_of(told)
    assert signed_in.post("/children/", {"text": "K2"}).url == kept.get_absolute_url()
    log = text_of(signed_in.get(f"/children/{kept.pk}/log/?what=writes"))
    assert "Course: booked" in log
    assert "Child: merged into another record" in log

    back = signed_in.post(f"{start}undo/", {"merge": Merge.objects.get().pk}, follow=True)
    assert "K2 is a record of its own again" in text_of(back)
    assert Patient.objects.get(pk=gone.pk).courses.count() == 1
    assert text_of(signed_in.post(f"{start}undo/", {"merge": Merge.objects.get().pk}, follow=True)).count(
        f"{lead.name} has undone this merge already"
    )


def test_what_is_in_the_way_stands_in_place_of_the_form(signed_in, kept, gone):
    builders.course(kept)
    builders.course(gone)
    page = text_of(compare(signed_in, kept, gone))
    assert "These two cannot be made one yet" in page
    assert "Make them one record" not in page
    assert "This is the same record" in text_of(compare(signed_in, kept, kept))


def test_a_page_that_is_out_of_date_is_shown_again_with_what_was_chosen(signed_in, kept, gone):
    page = compare(signed_in, kept, gone)
    typed = TYPED | {"seen": page.context["form"]["seen"].value()}
    builders.contact(kept, "Ros Lark")
    again = signed_in.post(f"/children/{kept.pk}/merge/?with={gone.pk}", typed)
    assert again.status_code == 409
    assert "Somebody changed one of the two records" in text_of(again)
    assert again.context["form"]["name"].value() == "theirs"
    assert Patient.objects.count() == 2


def test_a_sensitive_record_asks_why_first(signed_in, kept, gone):
    Patient.objects.filter(pk=gone.pk).update(sensitive=True)
    assert "K2" not in text_of(signed_in.get(f"/children/{kept.pk}/merge/"))
    assert compare(signed_in, kept, gone).url.startswith(f"/children/{gone.pk}/why/")


def test_who_saves_in_the_second_of_the_merge_is_led_on(signed_in, kept, gone, coordinator, monkeypatch):
    def save(*args, **kwargs):
        """As PostgreSQL answers at the end of the transaction."""
        merge(kept=kept, gone=Patient.objects.get(pk=gone.pk), from_gone=(), by=coordinator)
        raise IntegrityError

    monkeypatch.setattr("patients.views.changes.save", save)
    typed = {"name": "Tom Lark", "relationship": "father", "parental_responsibility": "yes"}
    typed |= {"phone": "07700 900111", "language": "en"}
    led = signed_in.post(f"/children/{gone.pk}/contacts/add/", typed, follow=True)
    assert led.redirect_chain[-1][0] == kept.get_absolute_url()
    assert "merged into this one, so nothing was done" in text_of(led)


def test_only_some_may_merge(client, person, kept, gone):
    client.force_login(person(Role.NURSE))
    assert compare(client, kept, gone).status_code == 403
    assert "has another record" not in text_of(client.get(kept.get_absolute_url()))
