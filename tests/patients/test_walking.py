"""Going through a long table needs no cursor, and no more memory than a part of it."""

import pytest

from patients.models import Patient
from patients.walking import walk
from tests import builders


@pytest.mark.django_db
def test_every_row_comes_once_in_order_a_query_for_each_part(django_assert_num_queries):
    children = [builders.patient() for _ in range(5)]
    with django_assert_num_queries(4):
        assert list(walk(Patient.objects.all(), at_once=2)) == children
    by_number = sorted(children, key=lambda child: child.hospital_number)
    assert list(walk(Patient.objects.all(), "hospital_number", at_once=2)) == by_number
    assert list(walk(Patient.objects.none())) == []
