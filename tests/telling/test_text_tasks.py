"""A text that is about to lapse, or lacks when reminders are due, is a task for the unit, in time."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.models import AdviceText, Audience, Moment, Task
from scheduling.tasks import doing
from scheduling.telling.queue_reminders import queue_notices
from scheduling.telling.text_tasks import ask_about_texts
from scheduling.telling.texts import approval
from tests import builders
from tests.builders.texts import approved, set_text, set_texts, written
from tests.reading import folded
from tests.telling.hours import SUMMER, booked, local

pytestmark = pytest.mark.django_db

TODAY = SUMMER
NOON = local(TODAY, 12)
REVIEWED = (
    "The text “{}” (version 1) is to be reviewed by {}: after that day it is not sent. Have it read and "
)
REVIEWED += "approved anew."


@pytest.fixture
def unit():
    made = builders.unit(chairs=2)
    set_texts(made)
    return made


@pytest.fixture(autouse=True)
def at_noon(settings):
    settings.SESSION_COOKIE_AGE = 10 * 365 * 24 * 60 * 60
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def asked(**how) -> list[str]:
    return [task.says for task in Task.objects.filter(kind="text_due", **how).order_by("pk")]


def still_asked() -> list[str]:
    return asked(done_at=None)


def lapses(unit, moment: Moment, days: int, **fields) -> AdviceText:
    return set_text(unit, moment, "Bring a book.", review_on=TODAY + timedelta(days=days), **fields)


# About to lapse


@pytest.mark.parametrize("moment", Moment)
def test_30_days_before_its_review_date_each_text_is_a_task_for_the_unit_whatever_its_moment(unit, moment):
    text = lapses(unit, moment, 31)
    assert not ask_about_texts()
    AdviceText.objects.filter(pk=text.pk).update(review_on=TODAY + timedelta(days=30))
    assert ask_about_texts().opened == 1
    (task,) = Task.objects.all()
    assert task.says == REVIEWED.format(text.name, "15 July 2027")
    assert (task.unit, task.course, task.due_on) == (unit, None, TODAY + timedelta(days=30))
    assert AuditEvent.objects.get(action="task.opened").actor_name == "worker"


def test_it_is_asked_once_stays_when_the_day_has_passed_and_is_not_asked_again_of_whoever_closed_it(
    unit, coordinator, at_noon
):
    lapses(unit, Moment.AFTER, 3)
    assert [ask_about_texts().opened for _ in range(2)] == [1, 0]
    at_noon.move_to(NOON + timedelta(days=5))
    assert not ask_about_texts()
    assert len(still_asked()) == 1
    doing.finish(task=Task.objects.get(), note="It is with the pharmacist.", by=coordinator)
    assert not ask_about_texts()


def test_a_translation_that_lapses_is_asked_about_in_its_own_name(unit):
    lapses(unit, Moment.AFTER, 3, language="cy")
    assert ask_about_texts().opened == 1
    assert asked() == [REVIEWED.format("After the course, later course, Welsh", "18 June 2027")]


def test_approving_the_text_anew_closes_it_at_once(unit, lead):
    lapses(unit, Moment.AFTER, 3)
    lapses(unit, Moment.BETWEEN, 3)
    ask_about_texts()
    approved(written(unit, lead, moment=Moment.AFTER), lead, days=300)
    (left,) = still_asked()
    assert "Between the days" in left
    assert Task.objects.get(done_at__isnull=False).done_note == "The text was approved."


def test_one_that_is_closed_by_hand_or_put_right_in_the_rows_is_closed_by_the_worker(unit):
    text = lapses(unit, Moment.AFTER, 3)
    ask_about_texts()
    AdviceText.objects.filter(pk=text.pk).update(review_on=TODAY + timedelta(days=300))
    assert ask_about_texts().closed == 1
    assert still_asked() == []


# Missing when reminders are due


def held(unit, coordinator, at_noon) -> None:
    """A reminder is due now, and its text is not approved any more."""
    booked(unit, SUMMER + timedelta(7), coordinator, at=local(SUMMER - timedelta(30), 12))
    at_noon.move_to(NOON)
    AdviceText.objects.filter(moment=Moment.BEFORE_DAY_1, audience=Audience.LATER).delete()
    queue_notices()


WAITS = (
    "Messages to families that are due now wait: The unit has no approved text “Before day 1, later course”. "
    "What is not put right in time does not go at all."
)


def test_reminders_that_wait_for_an_approved_text_open_a_task_once_a_day_at_most(unit, coordinator, at_noon):
    held(unit, coordinator, at_noon)
    assert [ask_about_texts().opened for _ in range(2)] == [1, 0]
    assert asked() == [WAITS]
    assert Task.objects.get().due_on == TODAY
    doing.finish(task=Task.objects.get(), note="Asked Dr Wren.", by=coordinator)
    assert not ask_about_texts()
    at_noon.move_to(NOON + timedelta(days=1))
    assert ask_about_texts().opened == 1


def test_it_stays_while_the_text_lacks_though_the_time_of_the_reminder_is_over(unit, coordinator, at_noon):
    held(unit, coordinator, at_noon)
    ask_about_texts()
    at_noon.move_to(NOON + timedelta(days=30))
    assert not ask_about_texts()
    assert still_asked() == [WAITS]


def test_it_closes_once_the_text_is_approved(unit, coordinator, lead, at_noon):
    held(unit, coordinator, at_noon)
    ask_about_texts()
    text = written(unit, lead, moment=Moment.BEFORE_DAY_1)
    approval.approve(text=text, approved_by="Dr Wren", review_on=TODAY + timedelta(300), by=lead)
    assert still_asked() == []
    assert queue_notices().queued == 1


def test_a_unit_whose_texts_are_in_order_is_asked_nothing(unit):
    assert not ask_about_texts()
    assert not Task.objects.exists()


# Its page


def test_the_task_leads_to_the_texts_of_the_unit(unit, client, lead):
    lapses(unit, Moment.AFTER, 3)
    ask_about_texts()
    client.force_login(lead)
    page = client.get(Task.objects.get().get_absolute_url())
    assert "Open the texts for families" in folded(page)
    assert f'href="/units/{unit.pk}/advice/"' in page.content.decode()
    shown = folded(client.get("/tasks/"))
    assert "Text to approve" in shown


def test_the_page_of_the_texts_marks_what_lapses_soon_in_whatever_language(unit, client, lead):
    lapses(unit, Moment.AFTER, 3)
    lapses(unit, Moment.BETWEEN, 3, language="cy")
    client.force_login(lead)
    page = folded(client.get(f"/units/{unit.pk}/advice/"))
    assert "Review due" in page
    assert "Between the days, later course, Welsh" in page
    assert timezone.localdate() == TODAY
