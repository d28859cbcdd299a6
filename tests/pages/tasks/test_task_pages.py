"""The list of tasks, and one task's page: who may do what, what it shows, two colleagues at one task."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients import audit
from patients.access import Role
from patients.models import AccessEvent, AuditEvent
from scheduling.booking import bookings
from scheduling.models import CancelReason, Message, MessageKind, Task, TaskKind
from scheduling.tasks import doing
from scheduling.tasks.opening import close_tasks, open_task
from tests import builders
from tests.addresses import at
from tests.reading import folded, main_part
from tests.unit_pages import boxes

pytestmark = pytest.mark.django_db

TODAY, A_DAY = timezone.localdate, timedelta(days=1)


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


def a_task(kind=TaskKind.MISFIT, *, name="Ada Lark", due=0, **patient):
    course = builders.course(builders.patient(name, **patient))
    builders.contact(course.patient, "Mia Lark", phone="+447700900111")
    due_on, worker = TODAY() + due * A_DAY, audit.System("worker")
    return open_task(kind, "Closed that day.", about=course, due_on=due_on, by=worker)


def listed(client, **filters):
    return client.get(reverse("scheduling:list_tasks"), filters)


def rows(response):
    return [task.course.patient.name for task in response.context["page"]]


# The list


def test_overdue_tasks_come_first_and_say_how_long(page):
    a_task(name="Tom Row", due=1)
    a_task(name="Tim Oar", due=-2)
    a_task(name="Ben Wren")
    response = listed(page)
    assert rows(response) == ["Tim Oar", "Ben Wren", "Tom Row"]
    text = main_part(response)
    assert [words in text for words in ("2 days overdue", "Today", "Tomorrow")] == [True] * 3


def test_the_number_of_open_tasks_stands_in_the_menu_of_every_page(page, coordinator):
    done = a_task()
    a_task(name="Ben Wren")
    doing.finish(task=done, note="Moved.", by=coordinator)
    header = folded(page.get("/")).split("<main")[0]
    assert '1<span class="nhsuk-u-visually-hidden"> open</span>' in header


def test_filters_stand_in_the_address(page, coordinator, nurse):
    mine, theirs = a_task(name="Ada Lark"), a_task(name="Ben Wren")
    doing.assign(task=mine, owner=coordinator, by=coordinator)
    doing.assign(task=theirs, owner=nurse, by=coordinator)
    a_task(TaskKind.HOLD_LAPSED, name="Tim Oar")
    done = a_task(name="Tom Row")
    doing.finish(task=done, note="Moved to May.", by=nurse)
    assert rows(listed(page)) == ["Ada Lark", "Ben Wren", "Tim Oar"]
    assert rows(listed(page, owner="mine")) == ["Ada Lark"]
    assert rows(listed(page, owner="nobody")) == ["Tim Oar"]
    assert rows(listed(page, kind="hold_lapsed")) == ["Tim Oar"]
    assert rows(listed(page, kind="rubbish", owner="x", page="9")) == ["Ada Lark", "Ben Wren", "Tim Oar"]
    shown = listed(page, done="yes")
    assert rows(shown) == ["Tom Row"]
    assert "Moved to May." in main_part(shown)


def test_a_task_that_needs_a_call_shows_the_phone_and_one_that_does_not_does_not(page):
    a_task(TaskKind.HOLD_LAPSED)
    assert "07700 900111" in main_part(listed(page))
    Task.objects.update(kind=TaskKind.FREED)
    assert "07700 900111" not in main_part(listed(page))


def test_of_a_restricted_child_the_list_says_so_instead_of_a_phone_number(page):
    a_task(TaskKind.HOLD_LAPSED, restricted=True, restricted_because="Court order")
    text = main_part(listed(page))
    assert "Restricted" in text
    assert "07700 900111" not in text


def test_of_a_mail_that_failed_the_contact_it_did_not_reach_stands_first(coordinator, page):
    course = builders.course()
    builders.contact(course.patient, "Mia Lark", phone="+447700900111")
    builders.contact(course.patient, "Pa Lark", phone="+447700900222")
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    message = Message.objects.filter(contact__name="Pa Lark", kind=MessageKind.INVITE).first()
    task = open_task(TaskKind.MAIL_FAILED, "Ring.", about=message, due_on=TODAY(), by=coordinator)
    assert [contact.phone for contact in task.contacts_to_ring] == ["+447700900222", "+447700900111"]
    assert message.get_absolute_url() in main_part(listed(page))


def test_a_task_leads_to_where_it_is_done(coordinator, page):
    course = builders.book(builders.unit(), builders.next_monday(2), coordinator)
    visit, course_page = course.sessions.first(), course.get_absolute_url()
    Task.objects.all().delete()
    for kind, about, where in (
        (TaskKind.NOBODY_TOLD, course, f"{course_page}#who-knows"),
        (TaskKind.DATES, course, f"{course_page}#family-page"),
        (TaskKind.NOT_BROUGHT, visit, visit.get_absolute_url()),
        # A notice that was never written, and a mail that was never stored.
        (TaskKind.MAIL_FAILED, visit, course_page),
        (TaskKind.MAIL_TO_READ, course.unit, None),
    ):
        task = open_task(kind, "Do it.", about=about, due_on=TODAY(), by=coordinator)
        where = f'href="{where or task.get_absolute_url()}"'
        assert where in listed(page, kind=kind).content.decode(), kind
        assert where in page.get(task.get_absolute_url()).content.decode() or kind == TaskKind.MAIL_TO_READ
    course_html = page.get(course_page).content.decode()
    assert [f'id="{part}"' in course_html for part in ("who-knows", "family-page")] == [True, True]


def test_every_child_on_the_list_counts_as_looked_at(page, coordinator):
    task = a_task()
    listed(page)
    looks = AccessEvent.objects.filter(page="scheduling:list_tasks", actor_id=coordinator.pk)
    assert list(looks.values_list("patient_id", flat=True)) == [task.course.patient_id]


@pytest.mark.parametrize("number", [1, 25])
def test_the_number_of_queries_does_not_grow_with_the_list(number, page, django_assert_num_queries):
    for _ in range(number):
        a_task(TaskKind.HOLD_LAPSED)
    with django_assert_num_queries(7):
        listed(page)


def test_the_pages_of_a_long_list_keep_the_filters(page):
    for _ in range(26):
        a_task()
    text = main_part(listed(page, kind="misfit"))
    assert "?kind=misfit&amp;page=2" in text
    assert len(rows(listed(page, kind="misfit", page="2"))) == 1


# One task


def test_a_task_shows_its_history_in_words(page, coordinator, nurse):
    task = a_task()
    doing.assign(task=task, owner=nurse, by=coordinator)
    doing.put_off(task=task, due_on=TODAY() + 3 * A_DAY, by=nurse)
    doing.finish(task=task, note="Rang the mother.", by=nurse)
    text = main_part(page.get(at("show_task", task)))
    for words in ("Opened", "By itself", "Changed who does it: Nia Nurse", "Done: Rang the mother."):
        assert words in text
    assert "<form" not in text


def test_somebody_takes_a_task_puts_it_off_and_finishes_it(page, coordinator):
    task, later = a_task(), TODAY() + 5 * A_DAY
    page.post(at("assign_task", task), {"owner": coordinator.pk})
    page.post(at("put_off_task", task), boxes("due_on", later))
    response = page.post(at("finish_task", task), {"note": "Moved to May."}, follow=True)
    task.refresh_from_db()
    assert (task.owner, task.due_on) == (coordinator, later)
    assert (task.done_by, task.done_note) == (coordinator.name, "Moved to May.")
    assert response.resolver_match.url_name == "list_tasks"
    log = AuditEvent.objects.filter(record="task", record_id=task.pk, patient_id=task.course.patient_id)
    assert [event.action for event in log] == ["task.done", "task.put_off", "task.assigned", "task.opened"]


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("finish_task", {"note": " "}, "Enter what was done"),
        ("put_off_task", {}, "Enter the due date"),
        ("put_off_task", boxes("due_on", TODAY() - A_DAY), "Due date must be today or in the future"),
        ("assign_task", {"owner": "999"}, "Select who does this"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(name, typed, said, page):
    task = a_task(TaskKind.NOT_BROUGHT)
    response = page.post(at(name, task), typed)
    assert said in main_part(response)
    task.refresh_from_db()
    assert (task.is_open, task.owner, task.due_on) == (True, None, TODAY())


def test_a_task_goes_to_nobody_who_cannot_do_it(page, person):
    reader, gone = person(Role.READ_ONLY), person(Role.NURSE)
    gone.is_active = False
    gone.save()
    task = a_task()
    for owner in (reader, gone):
        assert page.post(at("assign_task", task), {"owner": owner.pk}).status_code == 200
    task.refresh_from_db()
    assert task.owner is None


def test_who_may_only_look_sees_the_task_and_no_form(client, reader):
    client.force_login(reader)
    task = a_task()
    assert "<form" not in main_part(client.get(at("show_task", task)))
    assert client.post(at("finish_task", task), {"note": "x"}).status_code == 403


# Two colleagues


def test_the_second_to_take_a_task_is_told_who_was_first(page, coordinator, nurse):
    task, other = a_task(), Client()
    other.force_login(nurse)
    seen = task.version
    other.post(at("assign_task", task), {"owner": nurse.pk, "seen": seen})
    response = page.post(at("assign_task", task), {"owner": coordinator.pk, "seen": seen})
    assert response.status_code == 409
    assert "Nia Nurse changed who does this task at" in main_part(response)
    task.refresh_from_db()
    assert task.owner == nurse
    again = response.context["form"]["seen"].value()
    assert page.post(at("assign_task", task), {"owner": coordinator.pk, "seen": again}).status_code == 302


def test_the_second_to_finish_a_task_is_told_who_did_and_keeps_the_note(page, nurse):
    task, other = a_task(), Client()
    other.force_login(nurse)
    other.post(at("finish_task", task), {"note": "Moved to May."})
    response = page.post(at("finish_task", task), {"note": "Moved to June."})
    assert response.status_code == 409
    text = main_part(response)
    assert "Nia Nurse marked this task as done at" in text
    assert "What you typed was not saved: Moved to June." in text
    task.refresh_from_db()
    assert task.done_note == "Moved to May."


# Where else tasks are shown


def test_the_course_lists_its_open_tasks(page, coordinator):
    task = a_task()
    assert at("show_task", task) in main_part(page.get(task.course.get_absolute_url()))
    close_tasks(Task.objects.all(), "Moved.", by=coordinator)
    assert at("show_task", task) not in main_part(page.get(task.course.get_absolute_url()))


def test_the_start_page_leads_to_courses_to_move_and_families_to_ring(page, coordinator):
    a_task()
    course = builders.course()
    builders.contact(course.patient)
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    for message in Message.objects.all():
        open_task(TaskKind.MAIL_FAILED, "Ring.", about=message, due_on=TODAY(), by=coordinator)
    text = main_part(page.get("/"))
    assert "/tasks/?kind=misfit" in text
    assert "1 booked course no longer fits" in text
    assert "/tasks/?kind=mail_failed" in text
    assert "Mail to 1 family could not be sent" in " ".join(text.split())


def test_a_freed_place_shows_who_would_fit_now(page, coordinator):
    left, waiting = builders.course(), builders.course(builders.patient("Ben Wren"))
    bookings.book(course=left, visits=builders.visits(left, builders.next_monday(2)), by=coordinator)
    reason = CancelReason.FAMILY_REQUEST
    bookings.cancel(course=left, reason=reason, back_to_waiting=False, by=coordinator)
    task = Task.objects.get(kind=TaskKind.FREED)
    assert "Ben Wren" in main_part(page.get(at("show_task", task)))
    looks = AccessEvent.objects.filter(page="scheduling:show_task", patient_id=waiting.patient_id)
    assert looks.exists()
    bookings.cancel(course=waiting, reason=reason, back_to_waiting=False, by=coordinator)
    assert "Nobody who waits fits there any more." in main_part(page.get(at("show_task", task)))
