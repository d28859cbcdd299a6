"""What a unit has on paper when the app cannot be reached, and how it comes back into the app."""

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import AccessEvent
from scheduling.visit.downtime import kept_packs, write_evening_packs
from tests import builders
from tests.addresses import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return builders.unit()


@pytest.fixture
def course(unit, coordinator):
    """A child who comes tomorrow and the day after, with two phones and a checklist."""
    course = builders.begun_course(unit, timezone.localdate() + timedelta(days=1))
    patient = course.patient
    patient.needs = "Hoist"
    patient.save()
    builders.contact(patient, "Mia Lark", phone="+447700900123", brings_child=True)
    builders.contact(patient, "Dan Lark", email="dan@example.com", phone="+447700900456")
    builders.checklist(unit, {"key": "consent"}, {"key": "weight"})
    builders.check(course, "weight", timezone.localdate())
    return course


@pytest.fixture
def folder(settings, tmp_path):
    settings.DOWNTIME_DIR = str(tmp_path / "packs")
    return tmp_path / "packs"


@pytest.fixture
def evening(time_machine):
    def move(days=0, hour=18):
        then = timezone.localtime().replace(hour=hour, minute=5) + timedelta(days=days)
        time_machine.move_to(then, tick=False)

    return move


def looks(page="scheduling:show_pack"):
    return list(AccessEvent.objects.filter(page=page).order_by("pk").values_list("actor_name", "patient_id"))


def test_the_pack_made_now_is_one_file_with_all_a_ward_needs_and_is_logged(client, nurse, unit, course):
    client.force_login(nurse)
    answer = client.get(at("show_pack", unit))
    text = answer.text
    assert answer["Content-Disposition"].startswith('attachment; filename="downtime-pack-')
    for words in (
        "Ada Lark",
        "Mia Lark (mother): 07700 900123",
        "Dan Lark (mother): 07700 900456",
        "Hoist",
        "Chair 1",
        "9am to 1pm",
        "1 of 2 left: 1 must.",
        "Consent: Not done",
        "Done: Weight",
        "Day 1 of 2",
        "Day 2 of 2",
    ):
        assert words in text
    assert text.count("<h2") == 3, "today and two days more"
    assert "src=" not in text and "href=" not in text and "<script" not in text, "it needs nothing else"
    assert looks() == [("Nia Nurse", course.patient_id)]


def test_phones_of_a_restricted_child_are_not_in_it(client, nurse, unit, course):
    type(course.patient).objects.update(restricted=True, restricted_because="Court order")
    client.force_login(nurse)
    text = client.get(at("show_pack", unit)).text
    assert "900123" not in text
    assert "Restricted: ask the safeguarding lead" in text


def test_each_evening_a_file_a_unit_is_written_once_and_kept_for_some_days(
    folder, unit, course, evening, settings
):
    evening(hour=17)
    assert not write_evening_packs()
    evening(hour=18)
    assert str(write_evening_packs()) == "Downtime packs: 1 file written."
    assert not write_evening_packs()
    [file] = folder.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert "Ada" not in file.name and "Ada Lark" in file.read_text()
    assert looks() == [("worker", course.patient_id)]

    (folder / "downtime-plan.html").write_text("somebody else’s")
    for _ in range(9):
        evening(days=1)
        write_evening_packs()
    days = [kept.day for kept in kept_packs(unit)]
    assert len(days) == settings.DOWNTIME_DAYS
    assert days == sorted(days, reverse=True)
    assert (folder / "downtime-plan.html").exists()


def test_without_a_folder_nothing_is_written_or_asked(unit, evening, django_assert_num_queries):
    evening()
    with django_assert_num_queries(0):
        assert write_evening_packs() is None


def test_a_kept_pack_is_opened_as_it_was_and_logged_and_another_day_is_not_there(
    client, nurse, folder, unit, course, evening
):
    evening()
    write_evening_packs()
    client.force_login(nurse)
    page = client.get(at("list_packs", unit)).text
    today = timezone.localdate()
    assert f"?day={today}" in page
    assert "Ada Lark" in client.get(at("show_pack", unit), {"day": str(today)}).text
    assert looks()[-1] == ("Nia Nurse", course.patient_id)
    assert client.get(at("show_pack", unit), {"day": "2020-01-01"}).status_code == 404


def test_what_happened_on_paper_is_typed_back_from_a_list_of_the_day(client, nurse, unit, course, evening):
    evening(days=2)
    client.force_login(nurse)
    yesterday = timezone.localdate() - timedelta(days=1)
    page = client.get(at("list_packs", unit), {"day": str(yesterday)}).text
    visit = course.sessions.get(number=1)
    assert visit.get_absolute_url() in page
    assert looks("scheduling:list_packs") == [("Nia Nurse", course.patient_id)]
    nobody = client.get(at("list_packs", unit), {"day": str(yesterday - timedelta(days=3))}).text
    assert "Nobody was booked on" in nobody
