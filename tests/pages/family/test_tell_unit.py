"""What a family tells the unit on its page: kept, a task, seen by staff. It moves no booked day."""

import re
from datetime import date, time, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent, Contact
from scheduling.answers import family_tells
from scheduling.answers.family_limits import on_their_page
from scheduling.booking import agreements, bookings, holds
from scheduling.booking.child_limits import Limits
from scheduling.models import (
    Ask,
    CancelReason,
    CheckIn,
    ChildLimits,
    Course,
    FamilyRequest,
    OpeningHours,
    Reply,
    Task,
    TaskKind,
)
from scheduling.states import SessionStatus
from scheduling.telling.family_links import link_for
from scheduling.unit.course_requests import request_for
from tests import builders
from tests.family_pages import path
from tests.reading import text_of

WHO = "Jo Halloway, on the family’s page"


def first_open_day() -> date:
    """Today, or at a weekend the Monday after: when somebody is there to read what came."""
    today = timezone.localdate()
    return today if today.weekday() < 5 else builders.next_monday()


@pytest.fixture(autouse=True)
def no_counts():
    cache.clear()


@pytest.fixture
def unit(db):
    return builders.unit()


@pytest.fixture
def waiting(unit):
    course = builders.course(builders.patient(), unit)
    return link_for(course, builders.contact(course.patient, "Jo Halloway"))


@pytest.fixture
def link(waiting, coordinator):
    course = waiting.course
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    return waiting


def send(client, link, name, data, **more):
    return client.post(path(link, name) + more.pop("query", ""), data, follow=True)


def answers(link, first, second, **more):
    return {
        "day_1": first,
        "day_2": second,
        "seen": Course.objects.get(pk=link.course_id).version,
    } | more


def move(course, by):
    visits = builders.visits(course, builders.next_monday(3))
    bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=by)


def days(link):
    sessions = link.course.sessions.order_by("number")
    return [(s.status, s.starts_at, s.sequence) for s in sessions]


def test_a_family_says_that_it_comes_on_both_days(client, link):
    response = send(client, link, "answer_days", answers(link, "ACCEPTED", "ACCEPTED"))
    said = text_of(response)
    assert "You do not need to do anything else." in said
    assert [(r.answer, r.source, r.sequence) for r in Reply.objects.all()] == [("ACCEPTED", "page", 0)] * 2
    assert not Task.objects.open().exists()
    assert text_of(client.get(path(link))).count("You told us: Yes, we can come") == 2
    assert AuditEvent.objects.filter(actor_name=WHO, actor_id=None).count() >= 2


def test_a_no_asks_to_ring_first_then_makes_a_task_and_cancels_nothing(client, link):
    before = days(link)
    asked = send(client, link, "answer_days", answers(link, "ACCEPTED", "DECLINED"))
    html = asked.content.decode()
    assert html.index("0113 496 0123") < html.index("Send our answer")
    assert not Reply.objects.exists()

    sent = send(client, link, "answer_days", answers(link, "ACCEPTED", "DECLINED", confirmed="yes"))
    assert "Until then it stays booked." in text_of(sent)
    task = Task.objects.open().get()
    assert (task.kind, task.session.number) == (TaskKind.DECLINED, 2)
    assert days(link) == before


def test_a_no_can_be_changed_before_it_is_sent(client, link):
    page = send(client, link, "answer_days", answers(link, "ACCEPTED", "DECLINED", change="yes"))
    assert page.context["form"]["day_2"].value() == "DECLINED"
    assert not Reply.objects.exists()


def test_the_same_answer_twice_is_one_and_another_one_counts(client, link):
    for answer in ("ACCEPTED", "ACCEPTED", "TENTATIVE"):
        send(client, link, "answer_days", answers(link, "ACCEPTED", answer))
    assert Reply.objects.count() == 3
    assert "You told us: We do not know yet" in text_of(client.get(path(link)))


def test_an_answer_to_days_that_have_moved_meanwhile_is_not_kept(client, link, coordinator):
    old = answers(link, "ACCEPTED", "ACCEPTED")
    course = Course.objects.get(pk=link.course_id)
    move(course, coordinator)
    page = send(client, link, "answer_days", old)
    assert "The days have changed since you opened this page." in text_of(page)
    assert not Reply.objects.exists()


def test_an_answer_to_a_former_time_no_longer_counts(client, link, coordinator):
    send(client, link, "answer_days", answers(link, "ACCEPTED", "ACCEPTED"))
    course = Course.objects.get(pk=link.course_id)
    move(course, coordinator)
    assert "You told us" not in text_of(client.get(path(link)))


def test_a_link_in_a_mail_fills_in_an_answer_and_stores_nothing(client, link):
    page = client.get(path(link, "answer_days") + "?answer=accepted")
    assert [page.context["form"][f"day_{n}"].value() for n in (1, 2)] == ["ACCEPTED"] * 2
    assert not Reply.objects.exists()


@pytest.mark.parametrize(
    ("name", "kind", "task"),
    [
        ("ask_change", Ask.CHANGE, TaskKind.CHANGE),
        ("say_unwell", Ask.UNWELL, TaskKind.UNWELL),
        ("give_dates", Ask.DATES, TaskKind.DATES),
    ],
)
def test_what_is_asked_becomes_a_task_that_shows_what_was_typed(client, link, coordinator, name, kind, task):
    before = days(link)
    response = send(client, link, name, {"says": "Not <b>Friday</b>\nplease"})
    assert response.redirect_chain[0][0] == path(link, "show_sent", what=kind)
    assert "Thank you" in text_of(response)
    assert "please" not in text_of(response)

    request = FamilyRequest.objects.get()
    opened = Task.objects.open().get()
    said = (request.kind, opened.kind, opened.request, opened.due_on)
    assert said == (kind, task, request, first_open_day())
    assert days(link) == before
    client.force_login(coordinator)
    for address in (opened.get_absolute_url(), link.course.get_absolute_url()):
        html = client.get(address).content.decode()
        assert "Not &lt;b&gt;Friday&lt;/b&gt;<br>please" in html
        assert WHO.partition(",")[0] in html
    if task != TaskKind.DATES:
        assert "07700 900111" in client.get(opened.get_absolute_url()).content.decode()


def test_the_same_thing_sent_twice_is_kept_once_and_another_is_another_task(client, link):
    for says in ("Another day", "Another day", "A later time"):
        send(client, link, "ask_change", {"says": says})
    assert FamilyRequest.objects.count() == Task.objects.open().count() == 2


def test_days_taken_back_soon_after_others_were_given_are_told_as_that(client, waiting, coordinator):
    """Both times without a word of their own, while days are held for them."""
    course, contact = waiting.course, waiting.contact
    visits = builders.visits(course, builders.next_monday(2))
    held = holds.hold(course=course, visits=visits, hours=48, by=coordinator).course
    for weekdays in ({2}, set()):
        said = Limits(weekdays=frozenset(weekdays))
        family_tells.tell_limits(
            course=held, contact=contact, said=said, wishes="", by=on_their_page(contact)
        )
    assert [task.says.partition(".")[0] for task in Task.objects.open().filter(kind="dates")] == [
        "The family says which days it cannot do",
        "On the family’s page somebody took back days or times that were given as impossible",
    ]


def test_unwell_may_be_said_without_a_word(client, link):
    send(client, link, "say_unwell", {"says": ""})
    assert Task.objects.open().get().kind == TaskKind.UNWELL


@pytest.mark.parametrize("name", ["answer_days", "ask_change", "say_unwell", "give_dates"])
def test_whom_to_ring_comes_before_what_to_fill_in(client, link, name):
    html = client.get(path(link, name)).content.decode()
    assert html.index("tel:+441134960123") < html.index("<form")


def test_what_a_family_cannot_do_is_honoured_by_the_search(client, waiting, coordinator):
    response = send(
        client,
        waiting,
        "give_dates",
        {
            "impossible_weekdays": ["2"],
            "impossible_dates": "24 3 2027\n1 4 2027 - 14 4 2027",
            "not_before": "9:30am",
            "short_notice": "yes",
            "wishes": "",
        },
    )
    assert "We use this when we look for days." in text_of(response)
    course = Course.objects.get(pk=waiting.course_id)
    request = request_for(course)
    assert request.impossible_weekdays == {2}
    assert request.impossible_dates == (
        (date(2027, 3, 24), date(2027, 3, 24)),
        (date(2027, 4, 1), date(2027, 4, 14)),
    )
    assert (request.not_before, course.short_notice) == (570, True)
    assert not Task.objects.exists()
    written = AuditEvent.objects.filter(record__in=["course", "childlimits"])
    names = set(written.values_list("actor_name", flat=True))
    assert names == {WHO}
    # And the next look shows what was entered, to the family and to staff.
    assert client.get(path(waiting, "give_dates")).context["form"]["impossible_dates"].value() == (
        "24 3 2027\n1 4 2027 - 14 4 2027"
    )
    client.force_login(coordinator)
    assert "before 9:30am" in text_of(client.get(course.get_absolute_url()))


def test_wishes_in_words_become_a_task(client, waiting):
    send(client, waiting, "give_dates", {"short_notice": "no", "wishes": "Near her sister’s visit"})
    assert Task.objects.open().get().request.says == "Near her sister’s visit"


def test_while_days_are_held_a_change_is_a_task(client, waiting, coordinator):
    course = waiting.course
    visits = builders.visits(course, builders.next_monday(2))
    holds.hold(course=course, visits=visits, hours=24, by=coordinator)
    send(client, waiting, "give_dates", {"impossible_weekdays": ["0"], "short_notice": "no"})
    assert Task.objects.open().get().kind == TaskKind.DATES


def test_dates_that_staff_changed_meanwhile_are_not_overwritten(client, waiting):
    seen = client.get(path(waiting, "give_dates")).context["form"]["seen"].value()
    Course.objects.filter(pk=waiting.course_id).update(impossible_weekdays=[4])
    send(client, waiting, "give_dates", {"impossible_weekdays": ["0"], "seen": seen})
    assert limits_of(waiting)[1] == [0, 4]


def test_their_own_of_another_window_are_not_overwritten(client, waiting):
    seen = client.get(path(waiting, "give_dates")).context["form"]["seen"].value()
    send(client, waiting, "give_dates", {"impossible_weekdays": ["4"], "seen": seen})
    page = send(client, waiting, "give_dates", {"impossible_weekdays": ["0"], "seen": seen})
    assert "Something here was changed since you opened this page." in text_of(page)
    assert limits_of(waiting)[1] == [4]


def day_from_now(n):
    day = timezone.localdate() + timedelta(days=n)
    return f"{day.day} {day.month} {day.year}"


@pytest.fixture
def apart(waiting):
    """The page of the other parent, who lives elsewhere."""
    return link_for(waiting.course, builders.contact(waiting.course.patient, "Max Rowe"))


def limits_of(link):
    """What the search is to honour."""
    course = Course.objects.get(pk=link.course_id)
    asked = request_for(course)
    days = [(first - timezone.localdate()).days for first, _ in asked.impossible_dates]
    start = None if asked.not_before is None else time(*divmod(asked.not_before, 60))
    return days, sorted(asked.impossible_weekdays), start, course.short_notice


def shown(client, link):
    form = client.get(path(link, "give_dates")).context["form"]
    names = ("impossible_dates", "impossible_weekdays", "not_before", "short_notice")
    return [form[name].value() for name in names]


def test_a_parent_neither_sees_nor_clears_what_the_other_said(client, waiting, apart):
    said = {
        "impossible_weekdays": ["2"],
        "impossible_dates": day_from_now(30),
        "not_before": "9:30am",
        "short_notice": "no",
    }
    send(client, waiting, "give_dates", said)
    assert shown(client, apart) == ["", [], None, "not_asked"]
    send(client, apart, "give_dates", {"short_notice": "not_asked"})
    assert limits_of(waiting) == ([30], [2], time(9, 30), False)
    more = {
        "impossible_weekdays": ["3"],
        "impossible_dates": day_from_now(40),
        "not_before": "9am",
        "short_notice": "not_asked",
    }
    send(client, apart, "give_dates", more)
    assert limits_of(waiting) == ([30, 40], [2, 3], time(9, 30), False)
    assert not Task.objects.exists()
    assert shown(client, waiting) == [day_from_now(30), [2], "9:30am", "no"]
    assert shown(client, apart)[:2] == [day_from_now(40), [3]]


def test_nor_what_staff_entered(client, waiting, coordinator):
    course = Course.objects.get(pk=waiting.course_id)
    day = timezone.localdate() + timedelta(days=30)
    course.impossible_weekdays, course.not_before = [1], time(10)
    fields = ["impossible_weekdays", "not_before"]
    agreements.save_agreed(course=course, impossible_dates=[(day, day)], fields=fields, by=coordinator)
    assert shown(client, waiting) == ["", [], None, "not_asked"]
    send(client, waiting, "give_dates", {"impossible_weekdays": ["4"], "not_before": "11am"})
    assert limits_of(waiting) == ([30], [1, 4], time(11), None)


def test_whose_it_is_stands_with_it_whatever_they_are_called(client, waiting):
    """Nothing is worked out from names in the log: one may change, and two may be alike."""
    send(client, waiting, "give_dates", {"impossible_weekdays": ["2"], "impossible_dates": day_from_now(30)})
    other = builders.contact(waiting.course.patient, waiting.contact.name)
    namesake = link_for(waiting.course, other)
    assert shown(client, namesake)[:2] == ["", []]
    Contact.objects.filter(pk=waiting.contact_id).update(name="Jo Newname")
    assert shown(client, waiting)[:2] == [day_from_now(30), [2]]
    assert ChildLimits.objects.get().contact_id == waiting.contact_id


def test_what_two_parents_both_cannot_do_stays_until_both_can(client, waiting, apart):
    both = {"impossible_weekdays": ["2"], "impossible_dates": day_from_now(30), "not_before": "9am"}
    send(client, waiting, "give_dates", both)
    send(client, apart, "give_dates", both | {"not_before": "11am"})
    assert limits_of(waiting) == ([30], [2], time(11), None)
    send(client, apart, "give_dates", {})
    assert limits_of(waiting) == ([30], [2], time(9), None)
    assert shown(client, waiting)[:3] == [day_from_now(30), [2], "9am"]


def test_what_staff_change_in_the_name_of_a_parent_is_what_that_parent_sees(client, waiting, coordinator):
    said = {"impossible_weekdays": ["2", "3"], "not_before": "9:30am", "short_notice": "no"}
    send(
        client, waiting, "give_dates", said | {"impossible_dates": f"{day_from_now(30)}\n{day_from_now(40)}"}
    )
    client.force_login(coordinator)
    address = reverse("scheduling:change_limits", args=[waiting.course.patient_id])
    changed = {"impossible_weekdays": ["3"], "impossible_dates": day_from_now(40)}
    client.post(f"{address}?contact={waiting.contact_id}", changed)
    assert shown(client, waiting) == [day_from_now(40), [3], None, "no"]
    send(client, waiting, "give_dates", {})
    assert limits_of(waiting) == ([], [], None, None)


@pytest.mark.parametrize(
    ("said", "taken_back"),
    [
        ({}, False),
        ({"impossible_weekdays": ["2", "4"]}, False),
        ({"impossible_weekdays": []}, True),
        ({"impossible_dates": ""}, True),
        ({"not_before": ""}, True),
        ({"not_before": "9am"}, True),
        ({"not_before": "10am"}, False),
        ({"short_notice": "yes"}, True),
    ],
)
def test_what_is_taken_back_is_a_task(client, waiting, said, taken_back):
    first = {
        "impossible_weekdays": ["2"],
        "impossible_dates": day_from_now(30),
        "not_before": "9:30am",
        "short_notice": "no",
    }
    send(client, waiting, "give_dates", first)
    send(client, waiting, "give_dates", first | said)
    tasks = [(task.kind, "took back" in task.says) for task in Task.objects.open()]
    assert tasks == ([(TaskKind.DATES, True)] if taken_back else [])


def test_days_that_are_past_may_go_without_a_task(client, waiting, time_machine):
    send(client, waiting, "give_dates", {"impossible_dates": day_from_now(3)})
    time_machine.move_to(timezone.now() + timedelta(days=10))
    send(client, waiting, "give_dates", {"impossible_dates": ""})
    assert limits_of(waiting)[0] == []
    assert not Task.objects.exists()


def test_a_date_of_the_clinician_saved_meanwhile_stays(waiting):
    read, latest = Course.objects.get(pk=waiting.course_id), timezone.localdate() + timedelta(days=50)
    Course.objects.filter(pk=read.pk).update(latest=latest)
    said = Limits(weekdays=frozenset({1}))
    by = on_their_page(waiting.contact)
    family_tells.tell_limits(course=read, contact=waiting.contact, said=said, wishes="", by=by)
    stored = Course.objects.get(pk=read.pk)
    assert (stored.latest, limits_of(waiting)[1]) == (latest, [1])


def test_weekdays_on_which_the_unit_is_shut_are_neither_asked_for_nor_lost(client, waiting):
    OpeningHours.objects.create(unit=waiting.course.unit, weekday=5, opens=time(8), closes=time(18), nurses=4)
    send(client, waiting, "give_dates", {"impossible_weekdays": ["5"]})
    waiting.course.unit.opening_hours.filter(weekday=5).delete()
    page = client.get(path(waiting, "give_dates"))
    assert "Saturday" not in text_of(page)
    send(client, waiting, "give_dates", {"impossible_weekdays": ["1"], "short_notice": "no"})
    assert limits_of(waiting)[1] == [1, 5]


@pytest.fixture
def begun(link):
    link.course.sessions.filter(number=1).update(status=SessionStatus.FULFILLED)
    return link


def test_how_it_went_is_kept_and_read_by_a_nurse(client, begun, nurse):
    data = {"pain": "3", "effects": ["fever", "aches"], "note": "Slept badly"}
    response = send(client, begun, "check_in", data)
    assert "A nurse will read what you wrote" in text_of(response)
    made = CheckIn.objects.get()
    assert (made.pain, made.effects, made.note) == (3, ["fever", "aches"], "Slept badly")
    task = Task.objects.open().get()
    assert (task.kind, task.check_in) == (TaskKind.CHECK_IN, made)
    client.force_login(nurse)
    said = text_of(client.get(task.get_absolute_url()))
    assert "Pain: 3 of 10" in said
    assert "Since the visits: fever and aches, as with flu" in said
    assert "Slept badly" in said


def test_every_question_may_be_left_out_but_not_all(client, begun):
    empty = send(client, begun, "check_in", {})
    assert "Answer at least one question" in text_of(empty)
    send(client, begun, "check_in", {"effects": ["none"]})
    assert CheckIn.objects.get().effects == []
    assert not Task.objects.exists()
    send(client, begun, "check_in", {"pain": "0"})
    assert Task.objects.open().count() == 1


def test_none_of_these_and_one_of_these_is_no_answer(client, begun):
    page = send(client, begun, "check_in", {"effects": ["none", "fever"]})
    assert "not both" in text_of(page)
    assert not CheckIn.objects.exists()


def test_a_link_in_a_mail_fills_in_how_it_went_and_stores_nothing(client, begun):
    page = client.get(path(begun, "check_in") + "?pain=4&effects=none")
    assert str(page.context["form"]["pain"].value()) == "4"
    assert b'value="4"\nchecked' in page.content
    assert not CheckIn.objects.exists()


def test_before_the_first_visit_nobody_is_asked_how_it_went(client, link):
    assert client.get(path(link, "check_in")).url == path(link)
    assert client.post(path(link, "check_in"), {}).url == path(link)
    assert not CheckIn.objects.exists()


@pytest.mark.parametrize("what", ["answer", "change", "how-it-went", "limits", "anything"])
def test_a_page_of_thanks_thanks_for_nothing_that_was_not_sent(client, link, what):
    assert client.get(path(link, "show_sent", what=what)).url == path(link)


def test_too_many_words_are_refused_and_kept(client, link):
    page = send(client, link, "ask_change", {"says": "w" * 1001})
    assert "Use 1000 letters or fewer" in text_of(page)
    assert "w" * 1001 in page.content.decode()


def test_forms_need_no_cookie_and_no_token_of_the_session(link):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    page = client.get(path(link, "ask_change"))
    assert not page.cookies
    assert b"csrf" not in page.content
    client.post(path(link, "ask_change"), {"says": "Another day"})
    assert FamilyRequest.objects.count() == 1


def test_a_family_sees_nothing_of_staff_even_if_somebody_is_signed_in(client, link, coordinator):
    client.force_login(coordinator)
    html = client.get(path(link)).content.decode()
    assert "Sign out" not in html
    assert "Waiting list" not in html
    assert reverse("scheduling:list_tasks") not in html


def test_a_task_stays_as_it_was_though_the_days_are_long_over(client, begun):
    builders.last_day_was(begun.course, timezone.localdate() - timedelta(days=3))
    send(client, begun, "say_unwell", {"says": "Still hot"})
    assert Task.objects.open().get().kind == TaskKind.UNWELL


# What was typed while the course was changed


def late(client, response):
    """The one thing kept, with its task; and the family is told so."""
    said = text_of(response)
    assert "The days have changed since you opened this page." in said
    assert "What you sent has gone to the unit" in said
    task = Task.objects.open().get(request__kind="late")
    assert "while the course was being changed" in task.says
    assert task.due_on == first_open_day()
    return FamilyRequest.objects.get(kind="late").says


def cancel(link, by, back_to_waiting=True):
    course = Course.objects.get(pk=link.course_id)
    reason = CancelReason.CLINICAL
    bookings.cancel(course=course, reason=reason, back_to_waiting=back_to_waiting, by=by)


@pytest.mark.parametrize("change", ["moved", "cancelled", "ended"])
def test_answers_to_days_that_changed_meanwhile_go_to_a_person_with_their_times(
    client, link, coordinator, change
):
    page = client.get(path(link, "answer_days"))
    form = page.context["form"]
    typed = {field.html_name: field.value() for field in form} | {"day_1": "ACCEPTED", "day_2": "DECLINED"}
    first, second = [f"{s.starts_at:%-d %B %Y}" for s in link.course.sessions.order_by("number")]
    if change == "moved":
        move(Course.objects.get(pk=link.course_id), coordinator)
    else:
        cancel(link, coordinator, change == "cancelled")
    says = late(client, send(client, link, "answer_days", typed))
    assert re.fullmatch(
        f"Day 1, \\w+ {first}, 9am: Yes, we can come\nDay 2, \\w+ {second}, 9am: No, we cannot come", says
    )
    assert not Reply.objects.exists()


def test_days_that_stand_as_they_were_seen_are_answered_whatever_else_changed(client, link, coordinator):
    form = client.get(path(link, "answer_days")).context["form"]
    typed = {field.html_name: field.value() for field in form} | {"day_1": "ACCEPTED", "day_2": "ACCEPTED"}
    course = Course.objects.get(pk=link.course_id)
    course.priority = 1
    agreements.save_agreed(course=course, impossible_dates=[], fields=["priority"], by=coordinator)
    send(client, link, "answer_days", typed)
    assert Reply.objects.count() == 2
    assert not FamilyRequest.objects.exists()


def test_a_wish_for_a_change_of_days_that_are_off_by_now_goes_to_a_person(client, link, coordinator):
    cancel(link, coordinator)
    says = late(client, send(client, link, "ask_change", {"says": "An hour later, please"}))
    assert "An hour later, please" in says


def test_days_they_cannot_do_typed_while_the_course_was_booked_go_to_a_person(client, waiting, coordinator):
    form = client.get(path(waiting, "give_dates")).context["form"]
    course = waiting.course
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    typed = {
        "seen": form["seen"].value(),
        "impossible_weekdays": ["2"],
        "impossible_dates": "24 3 2027",
        "not_before": "9:30am",
        "short_notice": "no",
        "wishes": "Near her sister’s visit",
    }
    says = late(client, send(client, waiting, "give_dates", typed))
    for words in ("Wednesday", "24 3 2027", "9:30am", "Near her sister’s visit"):
        assert words in says
    assert limits_of(waiting)[1] == []


def test_days_sent_in_the_moment_of_a_booking_change_nothing_and_go_to_a_person(
    client, waiting, coordinator, monkeypatch
):
    """The course is booked after the page has read it, and before the days are saved."""
    tell_limits = family_tells.tell_limits

    def booked_first(**said):
        course = Course.objects.get(pk=waiting.course_id)
        bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
        return tell_limits(**said)

    monkeypatch.setattr(family_tells, "tell_limits", booked_first)
    typed = {"impossible_weekdays": ["2"], "short_notice": "no", "wishes": "Never in May"}
    says = late(client, send(client, waiting, "give_dates", typed))
    assert "Wednesday" in says
    assert "Never in May" in says
    assert limits_of(waiting)[1] == []


def test_days_typed_while_the_course_was_put_back_clear_nothing_and_go_to_a_person(
    client, waiting, coordinator
):
    send(client, waiting, "give_dates", {"impossible_weekdays": ["2"], "short_notice": "no"})
    course = Course.objects.get(pk=waiting.course_id)
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    cancel(waiting, coordinator)
    says = late(client, send(client, waiting, "give_dates", {"says": "Never in May"}))
    assert "Never in May" in says
    assert limits_of(waiting)[1] == [2]


def test_days_typed_while_the_course_was_ended_go_to_a_person(client, link, coordinator):
    cancel(link, coordinator, back_to_waiting=False)
    assert "Never in May" in late(client, send(client, link, "give_dates", {"says": "Never in May"}))


def test_how_it_went_typed_while_the_visit_was_taken_back_goes_to_a_person(client, link):
    assert "Slept badly" in late(client, send(client, link, "check_in", {"pain": "3", "note": "Slept badly"}))
    assert not CheckIn.objects.exists()


def test_the_longest_words_are_kept_whole(client, link, coordinator):
    cancel(link, coordinator)
    assert "x" * 1000 in late(client, send(client, link, "ask_change", {"says": "x" * 1000}))


def test_where_nothing_was_typed_there_is_no_task(client, link, coordinator):
    cancel(link, coordinator)
    send(client, link, "ask_change", {"says": ""})
    send(client, link, "answer_days", {})
    assert not FamilyRequest.objects.exists()


def test_a_page_in_another_language_leaves_english_words_for_staff(client, link, coordinator):
    cancel(link, coordinator)
    Contact.objects.update(language="cy")
    says = late(client, send(client, link, "answer_days", {"day_1": "ACCEPTED", "seen": "old"}))
    assert says == "Day 1: Yes, we can come"
