"""The week of one unit: another is a link away, and every way on stays in the unit."""

import pytest
from django.urls import reverse

from tests import builders

pytestmark = pytest.mark.django_db


def test_a_week_is_one_units_and_so_is_its_file(client, lead):
    monday = builders.next_monday(1)
    acorn, beech = (builders.unit(name=name) for name in ("Acorn", "Beech"))
    builders.book(acorn, monday, lead, name="Ada Lark")
    builders.book(beech, monday, lead, name="Bea Wren")
    client.force_login(lead)

    def page(name, **asked):
        answer = client.get(reverse(f"scheduling:{name}"), {"day": monday.isoformat()} | asked)
        return b"".join(answer).decode() if answer.streaming else answer.content.decode()

    for name in ("list_visits", "export_visits"):
        assert "Ada Lark" in page(name) and "Bea Wren" not in page(name)
        other = page(name, unit=beech.pk)
        assert "Bea Wren" in other and "Ada Lark" not in other
    here = page("list_visits", unit=beech.pk)
    assert f"?day={monday.isoformat()}&amp;unit={acorn.pk}" in here, "the other unit, in the same week"
    assert here.count(f"unit={beech.pk}") >= 8, "the weeks before and after, each day list, and the file"


def test_one_unit_needs_no_choice(client, lead):
    unit = builders.unit()
    builders.book(unit, builders.next_monday(1), lead)
    client.force_login(lead)
    week = client.get(reverse("scheduling:list_visits"), {"day": builders.next_monday(1).isoformat()})
    assert "Ada Lark" in week.content.decode() and "unit=" not in week.content.decode()
