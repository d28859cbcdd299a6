"""Two children who share their days, through the pages: linked, found, checked, booked, moved and parted."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.booking import bookings, sharing, together
from scheduling.models import CancelReason, Course, Message, SharedBecause, Unit
from scheduling.pages.booking.placement_forms import check_address, placement_fields
from tests import builders
from tests.addresses import at
from tests.reading import text_of

WHY = "Dr Wren: Ben has a fever"
MOVED = CancelReason.FAMILY_REQUEST


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def monday():
    return builders.next_monday(2)


@pytest.fixture
def ada(db, monday):
    child = builders.patient("Ada Finch")
    builders.contact(child, "Mia Finch", email="mia@example.com")
    return builders.course(child, builders.unit(chairs=3), target=monday)


@pytest.fixture
def ben(ada):
    child = builders.patient("Ben Finch")
    builders.contact(child, "Mia Finch", email="mia@example.com")
    builders.contact(child, "Pa Finch", email="", phone="+447700900222", may_receive_invites=False)
    return builders.course(child, ada.unit)


@pytest.fixture
def linked(ada, ben, coordinator):
    sharing.link(course=ada, other=ben, because=SharedBecause.SIBLINGS, by=coordinator)
    return [Course.objects.get(pk=course.pk) for course in (ada, ben)]


@pytest.fixture
def booked(linked, monday, coordinator):
    chairs = list(linked[0].unit.chairs.all())
    moves = [
        together.Move(course, builders.visits(course, monday, chair=chair))
        for course, chair in zip(linked, chairs, strict=False)
    ]
    together.move_together(moves=moves, reason=MOVED, by=coordinator)
    return [Course.objects.get(pk=course.pk) for course in linked]


def confirmed(check):
    return dict(check.context["fields"]) | {"seen": check.context["seen"]}


def anew(course):
    return Course.objects.get(pk=course.pk)


def test_a_link_is_made_in_three_presses_and_said_on_both_courses(page, ada, ben):
    assert "Share the days with another child" in text_of(page.get(ada.get_absolute_url()))
    form = page.get(at("share_days", ada)).context["form"]
    sent = {"other": ben.pk, "because": "siblings", "seen": form["seen"].value()}
    assert "Select the other child" in text_of(page.post(at("share_days", ada), sent | {"other": ""}))
    page.post(at("share_days", ada), sent)

    assert "Shares the days with Ben Finch" in text_of(page.get(ada.get_absolute_url()))
    assert "Shares the days with Ada Finch" in text_of(page.get(ben.get_absolute_url()))


def test_without_another_open_course_there_is_nobody_to_choose(page, ada):
    assert "No other child of this unit has an open course" in text_of(page.get(at("share_days", ada)))


def test_both_are_found_checked_and_booked_together(page, linked, monday):
    ben = linked[1]
    offers = page.get(at("find_slot", ben), follow=True)
    card = offers.context["cards"][0]
    text = text_of(offers)
    assert offers.redirect_chain[0][0] == at("find_shared", ben)
    assert "Ada Finch" in text
    assert "Find for this child alone" in text
    assert {visit.day for child in card.children for visit, _ in child.days} == {
        monday,
        monday + timedelta(days=1),
    }

    check = page.get(card.address)
    assert "Pa Finch" in text_of(check)
    assert len(check.context["mails"]) == 4
    address = at("check_shared", ben)
    done = page.post(address, confirmed(check), follow=True)

    assert "Courses booked together" in text_of(done)
    assert [len(anew(course).live_sessions) for course in linked] == [2, 2]
    assert Message.objects.count() == 4
    again = page.post(address, confirmed(check))
    assert again.url == at("show_done", ben)
    assert Message.objects.count() == 4


def test_each_mail_on_the_check_page_says_whose_it_is(page, linked, monday):
    """One mother, two children, the same days: without a name the mails look alike."""
    offer = page.get(at("find_shared", linked[0])).context["cards"][0]
    check = text_of(page.get(offer.address))
    for course in linked:
        assert f"Mia Finch about {course.patient.identified}: Hospital visit, day 1 of 2" in check
    alone = builders.course(builders.patient("Cy Wren"), linked[0].unit)
    builders.contact(alone.patient, "Flo Wren", email="flo@example.com")
    visits = builders.visits(alone, monday)
    assert "Flo Wren: Hospital visit" in text_of(page.get(check_address(alone, visits)))


def test_both_are_moved_together_with_a_reason(page, booked, monday):
    ada = booked[0]
    card = page.get(at("find_shared", ada)).context["cards"][0]
    check = page.get(card.address)
    address = at("check_shared", ada)
    assert "Select why the course is moved" in text_of(page.post(address, confirmed(check)))
    page.post(address, confirmed(check) | {"reason": MOVED.value})

    first_days = {anew(course).live_sessions[0].day for course in booked}
    assert len(first_days) == 1
    assert {s.sequence for course in booked for s in anew(course).live_sessions} == {1}


def test_a_page_is_out_of_date_if_either_course_changed(page, linked, monday, coordinator):
    ada, ben = linked
    check = page.get(page.get(at("find_shared", ada)).context["cards"][0].address)
    visits = builders.visits(ben, monday)
    bookings.book(course=ben, visits=visits, by=coordinator, decided=WHY)
    sharing.link(course=anew(ada), other=anew(ben), because=SharedBecause.SIBLINGS, by=coordinator)
    stale = page.post(at("check_shared", ada), confirmed(check))

    assert stale.status_code == 409
    assert "Cora Coordinator" in text_of(stale)
    assert not anew(ada).live_sessions


@pytest.mark.parametrize(
    "spoiled",
    [
        *("", "x", "2027-01-01.540", "2027-13-01.540.1_2027-01-02.540.1", "1.1.1.1"),
        *("9999-12-31.540.C_9999-12-31.540.C", "0001-01-01.540.C_0001-01-02.540.C", "2027-07-01.².C"),
    ],
)
def test_a_spoiled_address_leads_to_the_offers(page, linked, spoiled):
    address = at("check_shared", linked[0])
    spoiled = spoiled.replace("C", str(linked[0].unit.chairs.first().pk))
    sent = {f"course_{course.pk}": spoiled for course in linked}
    assert page.get(address, sent).url == at("find_shared", linked[0])


def test_a_place_that_is_taken_leads_to_the_offers(page, linked, monday, coordinator):
    address = page.get(at("find_shared", linked[0])).context["cards"][0].address
    for number, chair in enumerate(linked[0].unit.chairs.all()):
        builders.book(
            linked[0].unit, monday, coordinator, name=f"Cat {number}", chair=chair, start=495 + 45 * number
        )
    taken = page.get(address)
    assert taken.status_code == 409
    assert "no longer fits" in text_of(taken)


def test_one_is_moved_alone_only_with_a_named_decision(page, booked, monday):
    ben = booked[1]
    later = builders.visits(ben, monday + timedelta(days=2))
    check = page.get(check_address(ben, later))
    assert "This child shares the days with Ada Finch" in text_of(check)
    sent = placement_fields(later) | {"seen": ben.version, "reason": MOVED.value}
    address = reverse("scheduling:check_slot", args=[ben.pk])
    assert "Enter who decided, and why" in text_of(page.post(address, sent))
    page.post(address, sent | {"decided": WHY})

    assert anew(ben).live_sessions[0].day == monday + timedelta(days=2)
    text = text_of(page.get(ben.get_absolute_url()))
    assert "Shares the days no more with Ada F. Decided by Dr Wren: Ben has a fever" in text


def test_one_is_cancelled_alone_only_with_a_named_decision(page, booked):
    ben = booked[1]
    answers = {"whose": "alone", "reason": MOVED.value, "then": "back", "seen": ben.version}
    address = at("cancel_course", ben)
    assert "shares the days with Ada Finch" in text_of(page.post(address, answers))
    assert "Enter who decided, and why" in text_of(page.post(address, answers | {"confirmed": ""}))
    page.post(address, answers | {"confirmed": "", "decided": WHY})

    assert anew(ben).status == "waiting"
    assert anew(booked[0]).shared is None


def test_both_are_held_together_then_booked_from_there_and_undone_as_one(page, linked, monday):
    ada, ben = linked
    Unit.objects.update(undo_minutes=2)
    check = page.get(page.get(at("find_shared", ada)).context["cards"][0].address)
    wrong = page.post(at("check_shared", ada), confirmed(check) | {"hold": "yes", "lasts": "9"})
    assert "No family is asked by mail about shared days" in text_of(wrong)
    assert wrong.context["hold_form"].errors
    held = page.post(at("check_shared", ada), confirmed(check) | {"hold": "yes", "lasts": "48"}, follow=True)
    text = text_of(held)
    assert "Days held together" in text
    assert "undo this hold for all 2 children" in text
    assert text.count("Mia Finch") == 2
    assert "for all" in text_of(page.get(ben.get_absolute_url()))

    check = page.get(held.context["held_address"])
    booked = page.post(at("check_shared", ada), confirmed(check), follow=True)
    assert [anew(course).status for course in linked] == ["booked", "booked"]
    page.post(at("undo_course", ada), {"seen": booked.context["undo"].pk})
    assert [anew(course).status for course in linked] == ["pending", "pending"]

    released = page.post(at("release_hold", ben), {"seen": anew(ben).version}, follow=True)
    assert "Holds released" in text_of(released)
    assert [anew(course).status for course in linked] == ["waiting", "waiting"]


def test_both_are_cancelled_together_after_a_look_at_both(page, booked):
    ada, ben = booked
    address, answers = at("cancel_course", ben), {"reason": MOVED.value, "then": "back"}
    assert "Select which courses are meant" in text_of(page.post(address, answers))
    check = page.post(address, answers | {"whose": "all"})
    assert "Enter who decided" not in text_of(check)
    assert len(check.context["mails"]) == 4
    sent = answers | {"whose": "all", "confirmed": "yes"}
    stale = page.post(address, sent | {"seen": f"{ben.version} x"})
    assert stale.status_code == 409
    done = page.post(address, sent | {"seen": check.context["seen"]}, follow=True)

    assert "Courses cancelled, back on the waiting list" in text_of(done)
    assert [anew(course).status for course in booked] == ["waiting", "waiting"]
    assert anew(ada).shared_id == anew(ben).shared_id is not None
    assert done.context["matches"] == []


def test_a_course_alone_is_not_asked_whose_it_is(page, ada, monday, coordinator):
    bookings.book(course=ada, visits=builders.visits(ada, monday), by=coordinator)
    assert "whose" not in page.get(at("cancel_course", ada)).context["form"].fields


def test_the_link_is_ended_on_a_page_of_its_own(page, linked):
    address = at("part_days", linked[0])
    assert "Ben Finch" in text_of(page.get(address))
    assert "Enter who decided, and why" in text_of(page.post(address, {"decided": ""}))
    page.post(address, {"decided": WHY, "seen": linked[0].version})
    assert anew(linked[1]).shared is None
    assert page.get(address).url == linked[0].get_absolute_url()


def test_board_and_day_list_say_with_whom(page, booked, monday, coordinator):
    board = text_of(page.get(reverse("scheduling:show_board"), {"day": monday.isoformat()}))
    assert re.search(r"with Ben F", board)
    day_list = text_of(page.get(reverse("scheduling:show_day"), {"day": monday.isoformat()}))
    assert "Shares the days with Ada F" in day_list


def test_a_course_with_no_link_is_found_as_ever(page, ada, ben):
    assert page.get(at("find_slot", ada)).status_code == 200
    assert page.get(at("find_shared", ada)).url == at("find_slot", ada)
