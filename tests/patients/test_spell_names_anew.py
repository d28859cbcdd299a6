"""Children who were here before names were compared in each way of writing them."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from patients.models import Patient
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def spell_anew():
    migration = import_module("patients.migrations.0002_spell_names_anew")
    return lambda: migration.spell_anew(apps, connection.schema_editor())


def kept(**fields):
    """A child whose row has what an earlier version wrote."""
    child = builders.patient(**{name: fields[name] for name in ("name", "known_as") if name in fields})
    Patient.objects.filter(pk=child.pk).update(**fields)
    return child


def test_children_who_were_here_before_are_found_by_the_new_spellings(spell_anew):
    kept(name="Jürgen Müller", known_as="Jo", search_name="jurgen muller jo")
    kept(name="José De Souza", search_name="jose de souza")
    assert not Patient.objects.matching("Mueller")

    spell_anew()

    assert [child.name for child in Patient.objects.matching("Mueller")] == ["Jürgen Müller"]
    assert [child.name for child in Patient.objects.matching("DeSouza")] == ["José De Souza"]


def test_a_number_that_was_kept_with_what_nobody_can_see_is_found(spell_anew):
    kept(name="Ada Lark", hospital_number="K107\u200d078")
    spell_anew()
    assert [child.name for child in Patient.objects.matching("k107 078")] == ["Ada Lark"]


def test_a_number_that_would_be_another_childs_stays_as_it_is(spell_anew):
    kept(name="Ada Lark", hospital_number="K107\u200d078")
    kept(name="Ben Wren", hospital_number="K107078")
    spell_anew()
    numbers = Patient.objects.order_by("name").values_list("hospital_number", flat=True)
    assert list(numbers) == ["K107\u200d078", "K107078"]
