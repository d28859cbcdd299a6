"""The page where the lead says what each shortcoming of an offer costs."""

import pytest
from django.urls import reverse

from patients.models import AuditEvent
from scheduling.models import Unit
from scheduling.pages.unit.ranking_form import ranking_example
from scheduling.rules import Weights
from tests import builders
from tests.reading import folded

USUAL = {
    "points_day_from_target": 100,
    "points_different_chair": 200,
    "points_different_start": 300,
    "points_stranded_day": 200,
    "points_hour_later": 4,
}


@pytest.fixture
def unit(db):
    return builders.unit()


@pytest.fixture
def page(client, lead):
    client.force_login(lead)
    return client


def address(unit):
    return reverse("scheduling:set_ranking", args=[unit.pk])


def test_a_new_unit_has_the_usual_points(unit, page):
    form = page.get(address(unit)).context["form"]

    assert unit.weights == Weights()
    assert {name: form[name].value() for name in USUAL} == USUAL


def test_points_saved_are_those_of_the_next_search_and_stand_in_the_log(unit, page):
    response = page.post(address(unit), USUAL | {"points_stranded_day": "350"}, follow=True)

    assert Unit.objects.get(pk=unit.pk).weights == Weights(stranded_day=350)
    assert "The points have been saved" in folded(response)
    assert "350 points" in folded(response)
    assert AuditEvent.objects.get(action="unit.changed").changes == {"points_stranded_day": [200, 350]}


@pytest.mark.parametrize("wrong", ["-1", "10001", "many", "", "2.5"])
def test_what_is_no_number_of_points_is_refused(unit, page, wrong):
    response = page.post(address(unit), USUAL | {"points_hour_later": wrong})

    assert response.status_code == 200
    (error,) = response.context["form"].errors["points_hour_later"]
    assert "points for an hour later" in error.lower()
    assert Unit.objects.get(pk=unit.pk).weights == Weights()


def test_the_usual_points_are_filled_in_for_somebody_to_save(unit, page):
    Unit.objects.update(points_hour_later=99)
    form = page.get(address(unit), {"usual": ""}).context["form"]
    assert form["points_hour_later"].value() == 4
    assert Unit.objects.get().points_hour_later == 99

    sent = {field.name: field.value() for field in form}
    assert page.post(address(unit), sent).status_code == 302
    assert Unit.objects.get().points_hour_later == 4


def test_what_a_colleague_saved_meanwhile_is_not_overwritten(unit, page):
    seen = page.get(address(unit)).context["form"]["seen"].value()
    Unit.objects.update(points_hour_later=7)
    response = page.post(address(unit), USUAL | {"seen": seen})

    assert "Somebody else changed this" in folded(response)
    assert Unit.objects.get().points_hour_later == 7


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (Weights(), "is just as good as 2 days off the target in one chair."),
        (Weights(different_chair=250), "is about as good as 2 days off the target in one chair."),
        (Weights(different_chair=100), "is just as good as 1 day off the target in one chair."),
        (Weights(different_chair=50), ""),
        (Weights(different_chair=0), ""),
        (Weights(day_from_target=0), ""),
    ],
)
def test_the_example_is_worked_out_from_the_points_in_force(weights, words):
    example = ranking_example(weights)

    assert example.endswith(words)
    assert bool(example) == bool(words)
