"""The form about a contact: since when they may be told, how, and what starts anew with another address."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from patients.contact_form import ContactForm
from patients.models import Contact
from tests import builders

pytestmark = pytest.mark.django_db

TODAY = date(2027, 3, 10)
TYPED = {
    "name": "Mia Lark",
    "relationship": "mother",
    "parental_responsibility": "yes",
    "email": "mia@example.com",
    "phone": "07700 900111",
    "may_receive_invites": "on",
}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2027, 3, 10, 10, tzinfo=ZoneInfo("Europe/London")), tick=False):
        yield


@pytest.fixture
def child():
    return builders.patient(birth_date=date(2015, 6, 13))


@pytest.fixture
def young():
    """Sixteen since the tenth of February."""
    return builders.patient(birth_date=date(2011, 2, 10))


def fill(of, contact=None, **typed):
    data = {name: value for name, value in (TYPED | typed).items() if value is not None}
    return ContactForm(data, instance=contact or Contact(patient=of))


def on(day):
    return {f"agreed_on_{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def saved(form):
    assert form.is_valid(), form.errors
    return form.save()


def test_a_permission_carries_the_day_it_was_given(child):
    assert saved(fill(child)).permission_on == TODAY
    assert saved(fill(child, email="dan@example.com", may_receive_invites=None)).permission_on is None


def test_the_day_stays_while_the_permission_does_and_goes_with_it(child):
    contact = builders.contact(child, email="mia@example.com", permission_on=date(2026, 1, 1))
    assert saved(fill(child, contact, phone="07700 900222")).permission_on == date(2026, 1, 1)
    assert saved(fill(child, contact, may_receive_invites=None)).permission_on is None


def test_of_a_younger_child_nobody_is_asked_for_the_young_persons_word(child):
    assert "agreed_on" not in fill(child).fields


class TestAt16:
    def test_a_new_permission_needs_the_day_on_which_the_young_person_agreed(self, young):
        form = fill(young)
        assert not form.is_valid()
        assert form.errors == {"agreed_on": ["Enter the date on which the young person agreed"]}
        assert saved(fill(young, **on(date(2027, 3, 1)))).permission_on == date(2027, 3, 1)

    @pytest.mark.parametrize(
        ("day", "said"),
        [
            (date(2027, 2, 9), "on or after 10 February 2027"),
            (date(2027, 3, 11), "must be today or in the past"),
        ],
    )
    def test_it_cannot_be_before_the_birthday_or_still_to_come(self, young, day, said):
        form = fill(young, **on(day))
        assert said in str(form.errors["agreed_on"])

    def test_asked_again_a_lapsed_permission_holds(self, young):
        contact = builders.contact(young, email="mia@example.com", permission_on=date(2026, 1, 1))
        assert contact.permission_has_lapsed(young.decides_from, TODAY)
        contact = saved(fill(young, contact, **on(TODAY)))
        assert not contact.permission_has_lapsed(young.decides_from, TODAY)

    def test_another_phone_number_can_be_saved_and_the_permission_stays_lapsed(self, young):
        contact = builders.contact(young, email="mia@example.com", permission_on=date(2026, 1, 1))
        contact = saved(fill(young, contact, phone="07700 900222"))
        assert contact.permission_has_lapsed(young.decides_from, TODAY)

    def test_the_young_person_needs_nobodys_word(self, young):
        assert saved(fill(young, relationship="young_person")).permission_on == TODAY


class TestAnAddressThatCameBack:
    @pytest.fixture
    def contact(self, child):
        return builders.contact(child, email="mia@example.com", returned_at=timezone.now())

    def test_another_address_starts_anew(self, child, contact):
        assert saved(fill(child, contact, email="mia.lark@example.com")).returned_at is None

    def test_the_same_one_does_not(self, child, contact):
        assert saved(fill(child, contact, email="MIA@example.com")).returned_at

    def test_it_can_be_tried_again_by_hand(self, child, contact):
        assert "try_again" not in fill(child).fields
        assert saved(fill(child, contact, try_again="on")).returned_at is None


class TestTextMessages:
    def test_nothing_of_them_shows_without_a_key(self, child):
        assert "may_receive_texts" not in fill(child).fields

    def test_they_need_a_uk_mobile(self, child, settings):
        settings.NOTIFY_API_KEY = "a-key"
        assert saved(fill(child, may_receive_texts="on")).may_receive_texts
        form = fill(child, may_receive_texts="on", phone="0113 496 0123", email="dan@example.com")
        assert "Enter the UK mobile number" in str(form.errors["phone"])


def test_the_language_is_asked_only_where_there_is_a_choice(child, settings):
    assert "language" not in fill(child).fields
    assert saved(fill(child)).language == "en"
    settings.LANGUAGES = [("en", "English"), ("fr", "French")]
    contact = saved(fill(child, language="fr", large_print="on", email="dan@example.com"))
    assert (contact.language, contact.large_print) == ("fr", True)


def test_the_record_says_all_of_it(child, client, coordinator):
    day = TODAY - timedelta(1)
    builders.contact(child, large_print=True, may_receive_texts=True, permission_on=day)
    client.force_login(coordinator)
    shown = client.get(child.get_absolute_url()).content.decode()
    for words in ("Messages in large print", "May receive text messages", "Permission of 9 March 2027"):
        assert words in shown
    Contact.objects.update(returned_at=timezone.now())
    shown = client.get(child.get_absolute_url()).content.decode()
    assert "Invites stopped" in shown
    assert "A mail to this address came back on 10 March 2027" in shown
