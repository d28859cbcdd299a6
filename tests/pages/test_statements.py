"""What each staff page asks of the database, in one table: the same with two booked courses and with eight.

A page that grows by a statement has to say why; one that grows with what is booked is a mistake.
"""

from collections import Counter
from functools import partial
from urllib.parse import urlencode

import pytest
from django.db import connection

from scheduling.booking import bookings
from scheduling.pages.booking.placement_forms import placement_fields
from tests import builders
from tests.addresses import address

STATEMENTS = {
    "patients:show_patient": 11,
    "patients:show_log_of_child": 7,
    "patients:show_log_of_user": 8,
    "scheduling:list_visits": 6,
    "scheduling:list_waiting": 12,
    "scheduling:list_readiness": 12,
    "scheduling:list_to_ring": 9,
    "scheduling:list_unanswered": 11,
    "scheduling:list_messages": 7,
    # Of all children only what orders them, then the plans of those on the page.
    "scheduling:list_plans": 15,
    "scheduling:list_tasks": 7,
    "scheduling:show_board": 9,
    "scheduling:show_month": 9,
    "scheduling:show_unit": 19,
    "scheduling:preview_weeks": 9,
    "scheduling:show_course": 17,
    "scheduling:show_visit": 15,
    "scheduling:show_history": 18,
    "scheduling:show_readiness": 11,
    "scheduling:find_slot": 13,
    # With the four mails that booking would send.
    "scheduling:check_slot": 20,
    "patients:find_patients": 6,
}
BOOKED = (2, 8)


def a_family(**of_father):
    child = builders.patient()
    builders.contact(child, "Mia Lark")
    builders.contact(child, "Pa Lark", relationship="father", **of_father)
    return child


@pytest.mark.django_db
@pytest.mark.usefixtures("on_a_working_day")
def test_what_each_page_asks_of_the_database(client, lead):
    unit = builders.unit(chairs=4, nurses=8)
    builders.checklist(unit)
    waits = builders.course(a_family(), unit)
    client.force_login(lead)
    found, booked = [], 0
    for number in BOOKED:
        for week in range(booked, number):
            # Somebody has to ring the father.
            course = builders.course(a_family(email=""), unit)
            chair = unit.chairs.all()[week % 4]
            visits = builders.visits(course, builders.next_monday(1 + week // 4), chair=chair)
            bookings.book(course=course, visits=visits, by=lead)
        booked = number
        visit = course.live_sessions[0]
        things = {"patient": course.patient_id, "unit": unit.pk, "course": course.pk, "visit": visit.pk}
        found.append(asked(client, things | {"user": lead.pk}, waits))
    few, many = found
    assert few == many
    assert many == STATEMENTS


def asked(client, things: dict[str, int], waits) -> dict[str, int]:
    counts = {}
    for page in STATEMENTS:
        of_waiting = page.endswith("_slot")
        path = address(page, things | ({"course": waits.pk} if of_waiting else {}))
        if page.endswith("check_slot"):
            visits = builders.visits(waits, builders.next_monday(30))
            path += f"?{urlencode(placement_fields(visits))}"
        client.get(path)
        statements = Counter()
        with connection.execute_wrapper(partial(counted, statements)):
            assert client.get(path).status_code == 200, page
        counts[page] = statements.total()
    return counts


def counted(statements, execute, sql, *rest):
    statements[sql] += 1
    return execute(sql, *rest)
