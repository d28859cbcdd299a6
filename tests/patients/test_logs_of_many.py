"""A row of a log that is about thousands of children costs its pages no more than any other."""

import pytest
from django.urls import reverse

from patients import audit
from patients.logs import MOST_NAMED
from tests import builders
from tests.reading import folded

pytestmark = pytest.mark.django_db


def test_of_many_children_in_one_look_some_are_named_and_the_others_counted(client, lead, nurse):
    children = [builders.patient(f"Child {n:03}") for n in range(MOST_NAMED + 7)]
    audit.looked_at("scheduling:list_waiting", by=nurse, patients=children)
    client.force_login(lead)
    for page in (
        f"{reverse('patients:search_log')}?what=looks",
        reverse("patients:show_log_of_user", args=[nurse.pk]),
    ):
        said = folded(client.get(page))
        assert said.count("Child 0") == MOST_NAMED and "and 7 more" in said
    of_child = folded(client.get(reverse("patients:show_log_of_child", args=[children[0].pk])))
    assert nurse.name in of_child and "Child 001" not in of_child
    rows = b"".join(client.get(f"{reverse('patients:download_log')}?what=looks")).decode()
    assert all(child.name in rows for child in children)
