"""What a visit knows of the one before, and last time's hard cannula made a need in one press."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent, Patient
from scheduling.models import CannulaAttempt, Session
from tests import builders
from tests.reading import text_of


@pytest.fixture
def unit(db):
    return builders.unit(name="Day Unit")


@pytest.fixture
def visit(unit):
    """A visit of today, of a child with a course given twelve weeks ago."""
    session = builders.visit_today(unit, "Ada Lark")
    monday = builders.next_monday() - timedelta(weeks=12)
    past = builders.past_course(session.course.patient, unit, monday)
    for day in past.sessions.all():
        Session.objects.filter(pk=day.pk).update(
            started_at=day.starts_at, finished_at=day.starts_at + timedelta(minutes=260), given="full"
        )
    return session


@pytest.fixture
def last_day(visit):
    return Session.objects.filter(course__patient=visit.course.patient).order_by("day")[1]


def tried(session, site, *, worked, side="left", numbing="cream"):
    CannulaAttempt.objects.create(
        session=session,
        at=session.starts_at,
        side=side,
        site=site,
        numbing=numbing,
        worked=worked,
        by_name="Nia",
    )


def panel(client, visit, name="show_visit"):
    pk = visit.pk if name == "show_visit" else visit.course_id
    return text_of(client.get(reverse(f"scheduling:{name}", args=[pk])))


def test_a_visit_says_which_course_it_is_and_how_the_last_days_went(client, nurse, visit, last_day):
    tried(last_day, "forearm", worked=False)
    tried(last_day, "hand", worked=True, side="right")
    builders.effect(last_day)
    Session.objects.filter(pk=last_day.pk).update(note="Watched a film")
    Patient.objects.update(allergies="plasters")
    builders.checklist(visit.course.unit)
    client.force_login(nurse)
    for name in ("show_visit", "show_readiness"):
        said = panel(client, visit, name)
        for words in (
            "Course 2 .", "Allergies: plasters", "Whole history",
            "2 tries: left, forearm did not work, numbing cream; right, back of the hand worked,",
            "The drip ran 4 hours 20 minutes (booked: 4 hours)", "What helped: Numbing cream",
            "Note: Watched a film", "no try recorded", "Reaction: none recorded",
        ):  # fmt: skip
            assert words in said, (name, words)


def test_before_a_first_course_there_is_nothing_to_know(client, nurse, unit):
    client.force_login(nurse)
    said = panel(client, builders.visit_today(unit, "Wren Finch"))
    assert "First course" in said
    assert "No earlier day with a drip is recorded." in said
    assert "Nobody has recorded whether there are allergies." in said


class TestHardCannula:
    def press(self, client, visit, need):
        return client.post(
            reverse("scheduling:note_hard_cannula", args=[visit.pk]), {"need": need}, follow=True
        )

    def test_one_press_gives_the_child_the_need_of_the_list(self, client, nurse, visit, last_day):
        hard = builders.need(visit.course.unit, "Difficult veins", more_cannulation=15)
        builders.need(visit.course.unit, "Hoist")
        tried(last_day, "hand", worked=False)
        client.force_login(nurse)
        assert "Needs “Difficult veins” from now on" in panel(client, visit)
        said = text_of(self.press(client, visit, hard.pk))
        assert "The child needs “Difficult veins” from now on." in said
        assert [str(need) for need in visit.course.patient.visit_needs.all()] == ["Difficult veins"]
        assert "Needs “Difficult veins” from now on" not in said.replace("The child needs", "")
        assert AuditEvent.objects.filter(action="patient.needs_changed", actor_name="Nia Nurse").count() == 1

    def test_without_a_list_it_is_noted_in_words_once(self, client, nurse, visit, last_day):
        tried(last_day, "hand", worked=False)
        client.force_login(nurse)
        assert "Note “hard cannula” as a need" in panel(client, visit)
        for _ in range(2):
            said = text_of(self.press(client, visit, "words"))
        needs = Patient.objects.get().needs
        assert needs.count("Hard cannula on ") == 1
        assert "did not work" in needs
        assert "Note “hard cannula” as a need" not in said

    def test_an_easy_one_offers_nothing_and_a_reader_may_not_press(
        self, client, nurse, reader, visit, last_day
    ):
        tried(last_day, "hand", worked=True)
        client.force_login(nurse)
        assert "as a need" not in panel(client, visit)
        self.press(client, visit, "words")
        assert Patient.objects.get().needs == ""
        client.force_login(reader)
        assert self.press(client, visit, "words").status_code == 403


def test_allergies_are_typed_with_the_child_and_shown_with_it(client, coordinator, visit):
    client.force_login(coordinator)
    patient = visit.course.patient
    address = reverse("patients:change_patient", args=[patient.pk])
    form = client.get(address).context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    data |= {f"birth_date_{part}": getattr(patient.birth_date, part) for part in ("day", "month", "year")}
    data = {name: value for name, value in data.items() if value is not False}
    response = client.post(address, data | {"allergies": "penicillin: rash"}, follow=True)
    assert "Allergies: penicillin: rash" in text_of(response)
    assert timezone.localdate() == visit.day
    assert "penicillin: rash" in panel(client, visit)
