"""The page on which a unit says how a visit passes."""

import pytest
from django.urls import reverse

from scheduling.models import Unit
from tests import builders
from tests.addresses import at

pytestmark = pytest.mark.django_db

USUAL = {
    "before_minutes": "0",
    "first_before_minutes": "",
    "before_in_chair": "False",
    "before_care": "none",
    "first_more_cannulation": "0",
    "after_minutes": "0",
    "first_after_minutes": "",
    "after_in_chair": "True",
    "after_care": "shared",
}


@pytest.fixture
def unit(client, lead):
    client.force_login(lead)
    return builders.unit()


def test_phases_are_saved_and_shown_on_the_units_page(client, unit):
    assert "A visit is the cannulation and the drip." in client.get(unit.get_absolute_url()).text
    typed = USUAL | {"before_minutes": "45", "first_before_minutes": "60", "after_minutes": "15"}
    typed |= {"first_more_cannulation": "15"}
    page = client.post(at("set_phases", unit), typed, follow=True).text

    unit.refresh_from_db()
    assert (unit.before_minutes, unit.first_before_minutes, unit.first_after_minutes) == (45, 60, None)
    for words in (
        "45 minutes, 60 on a first course, not in the chair, nurse’s care: not needed",
        "30 minutes, 45 on a first course",
        "15 minutes, in the chair, nurse’s care: shared with other children",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (
            {"before_minutes": "20"},
            "Minutes from arrival to the cannulation must be a whole number of quarter hours, like 15 or 30",
        ),
        ({"first_after_minutes": "5"}, "Minutes after the drip of a first course must be a whole number"),
        ({"after_minutes": "195"}, "must be 180 or less"),
        ({"after_minutes": "-15"}, "must be 0 or more"),
        ({"after_minutes": ""}, "Enter the minutes after the drip"),
    ],
)
def test_what_is_no_phase_is_refused_in_words(client, unit, typed, says):
    page = client.post(at("set_phases", unit), USUAL | typed)
    assert says in page.text
    assert not Unit.objects.get().has_phases


def test_an_hour_and_three_quarters_are_fine_and_none_at_all_too(client, unit):
    for minutes in (105, 180, 0):
        client.post(at("set_phases", unit), USUAL | {"before_minutes": str(minutes)})
        assert Unit.objects.get().before_minutes == minutes
    assert not Unit.objects.get().has_phases
    assert reverse("scheduling:show_unit", args=[unit.pk]) in client.get(at("set_phases", unit)).text
