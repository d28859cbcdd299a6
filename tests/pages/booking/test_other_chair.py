"""Another chair for a visit, through the pages: chosen from a list, or dragged there on the board."""

import re
from datetime import datetime, time

import pytest
import time_machine
from django.utils import timezone

from patients.models import AccessEvent
from scheduling.models import Session
from tests import builders
from tests.addresses import at
from tests.reading import folded


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def monday(db):
    return builders.next_monday(2)


@pytest.fixture
def unit(db):
    return builders.unit(chairs=3)


@pytest.fixture
def ada(unit, monday, coordinator):
    return day(builders.book(unit, monday, coordinator, name="Ada Lark"))


@pytest.fixture
def ben(unit, monday, coordinator):
    chair = unit.chairs.all()[1]
    return day(builders.book(unit, monday, coordinator, name="Ben Wren", chair=chair, minutes=300))


def day(course):
    return Session.objects.select_related("booking__chair", "course__patient").get(course=course, number=1)


def chairs_of(*visits):
    return [Session.objects.get(pk=visit.pk).booking.chair.name for visit in visits]


def sent_by(check):
    """What the form on the check page sends."""
    fields = re.findall(r'name="(seen|chair|to)" value="([^"]+)"', check.content.decode())
    return dict(fields)


def test_a_chair_is_chosen_from_those_that_fit_checked_and_changed(page, ada, ben, unit, monday):
    builders.take(unit.chairs.first(), monday, time(13, 30), time(18))
    choose = page.get(at("choose_chair", ada))
    offered = [label for _, label in choose.context["form"].fields["to"].choices]
    assert offered == ["Chair 3, free"]
    assert f"swap with {ben.course.patient.identified}, 9am to 2pm" in folded(choose)
    assert "Chair 1 is taken from 1:30pm to 6pm" in folded(choose)
    [(key, _)] = choose.context["form"].fields["to"].choices
    check = page.get(at("check_new_chair", ada), {"to": key})
    assert "nothing will be sent" in folded(check)
    assert chairs_of(ada) == ["Chair 1"]
    done = page.post(at("check_new_chair", ada), sent_by(check), follow=True)
    assert f"{ada.course.patient.identified}: Chair 3" in folded(done)
    assert "Week of" in folded(done)
    assert chairs_of(ada, ben) == ["Chair 3", "Chair 2"]


def test_a_swap_names_both_children_and_logs_who_was_shown(page, ada, ben):
    check = page.get(at("check_new_chair", ada), {"to": f"with-{ben.pk}"})
    assert "Check before the chairs are swapped" in folded(check)
    for visit in (ada, ben):
        assert visit.course.patient.identified in folded(check)
        assert AccessEvent.objects.filter(
            page="scheduling:check_new_chair", patient_id=visit.course.patient_id
        ).exists()
    for _ in range(2):
        done = page.post(at("check_new_chair", ada), sent_by(check))
        assert done.url.startswith("/board/?day=")
        assert chairs_of(ada, ben) == ["Chair 2", "Chair 1"], "the second click changes nothing"


def test_what_does_not_fit_says_why_and_offers_no_button(page, ada, unit, monday):
    builders.take(unit.chairs.last(), monday, time(12, 45), time(14))
    check = page.get(at("check_new_chair", ada), {"to": f"chair-{unit.chairs.last().pk}"})
    assert check.status_code == 409
    assert "Chair 3 is taken from 12:45pm to 2pm" in folded(check)
    assert not sent_by(check)


def test_what_changed_meanwhile_is_said_beside_the_chairs_there_are_now(page, ada, ben, unit):
    check = page.get(at("check_new_chair", ada), {"to": f"with-{ben.pk}"})
    free = page.get(at("check_new_chair", ben), {"to": f"chair-{unit.chairs.last().pk}"})
    page.post(at("check_new_chair", ben), sent_by(free))
    late = page.post(at("check_new_chair", ada), sent_by(check), follow=True)
    assert "changed the chair of a day of this course" in folded(late)
    assert "Which chair?" in folded(late)
    assert chairs_of(ada, ben) == ["Chair 1", "Chair 3"]


@pytest.mark.parametrize("to", ["", "chair-", "with-99999999", "chair-99999999", "%", "with-me"])
def test_rubbish_asks_for_a_chair(page, ada, to):
    asked = page.get(at("check_new_chair", ada), {"to": to})
    assert asked.status_code == 200
    assert "Select the chair" in folded(asked)
    assert page.post(at("check_new_chair", ada), {"to": to}).status_code == 200


def test_a_visit_that_has_begun_leads_back_to_its_course(page, ada, ben, unit, coordinator):
    nine = timezone.make_aware(datetime.combine(ada.day, time(9)))
    with time_machine.travel(nine, tick=False):
        page.force_login(coordinator)
        for name in ("choose_chair", "check_new_chair"):
            late = page.get(at(name, ada), {"to": f"with-{ben.pk}"}, follow=True)
            assert "has begun, so it keeps its chair" in folded(late)
        board = page.get("/board/", {"day": ada.day.isoformat()}).content.decode()
        assert f'data-visit="{ada.pk}"' not in board


def test_the_board_lets_only_those_drag_who_may_book(page, client, nurse, ada, ben):
    board = page.get("/board/", {"day": ada.day.isoformat()}).content.decode()
    assert len(re.findall('data-visit="', board)) == 4
    assert "Change the chair" in page.get(ada.course.get_absolute_url()).content.decode()
    client.force_login(nurse)
    assert "data-visit" not in client.get("/board/", {"day": ada.day.isoformat()}).content.decode()


@pytest.mark.parametrize("visits", [1, 6])
def test_the_queries_are_as_many_however_many_visits_there_are(
    page, unit, monday, coordinator, visits, django_assert_num_queries
):
    unit = builders.unit(chairs=7, nurses=7)
    for n in range(visits):
        made = builders.book(unit, monday, coordinator, name=f"Child {n}", chair=unit.chairs.all()[n])
    with django_assert_num_queries(18):
        page.get(at("choose_chair", day(made)))
