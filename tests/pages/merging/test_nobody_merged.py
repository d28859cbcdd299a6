"""Where nobody was merged, neither the child's page nor its log asks who was."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import Merge
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["show_patient", "show_log_of_child"])
def test_nothing_is_asked_of_merges_where_nobody_was_merged(client, lead, page):
    kept, other = builders.patient(), builders.patient("Bea Lark")
    Merge.objects.create(kept=kept, gone_id=9_999, gone_number="K9", by_name="Lee Lead", rows={})
    client.force_login(lead)

    def asked(child):
        with CaptureQueriesContext(connection) as statements:
            assert client.get(reverse(f"patients:{page}", args=[child.pk])).status_code == 200
        return [each["sql"] for each in statements if 'FROM "patients_merge" WHERE' in each["sql"]]

    assert asked(kept) and not asked(other)
