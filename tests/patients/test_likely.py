"""Which children may be one that is typed in, or in a file."""

from datetime import date

import pytest

from patients.models import Patient
from tests import builders

BORN = date(2015, 6, 13)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "birth_date", "is_likely"),
    [
        ("Bo Lark", BORN, True),
        ("BO", BORN, True),
        ("Anna Wren", BORN, True),
        # An initial is no name.
        ("B Lark", BORN, False),
        ("Bo Lark", date(2015, 6, 14), False),
        ("", BORN, False),
    ],
)
def test_who_was_born_on_the_day_and_shares_a_name_may_be_the_same(name, birth_date, is_likely):
    child = builders.patient("Bo B Wren", birth_date=BORN)
    found = Patient.objects.likely_the_same_as(
        name=name, birth_date=birth_date, nhs_number=None, hospital_number=""
    )
    assert (child in found) == is_likely
