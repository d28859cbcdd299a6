"""New days for the courses of a week that closes: seen, chosen, rung, moved together; and the presses."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import AccessEvent
from scheduling import planner
from scheduling.booking import bookings
from scheduling.booking.drafts import accepting, working
from scheduling.booking.replanning import asking
from scheduling.doctor.breaches import find_breaches
from scheduling.models import ContactAttempt, Course, Draft, Message, Session, Unit
from scheduling.pages.plan import replan_pages
from tests import builders
from tests.fakes.replanner import FakeReplanner
from tests.presses import Presser
from tests.reading import main_part, text_of
from tests.replans import close
from tests.unit_pages import boxes

pytestmark = pytest.mark.django_db
A_WEEK = timedelta(weeks=1)


@pytest.fixture
def unit():
    return builders.unit(chairs=4, nurses=4, coordinators_change_days=True)


@pytest.fixture
def monday():
    return builders.next_monday(2)


@pytest.fixture(autouse=True)
def replanner(monkeypatch):
    fake = FakeReplanner()
    monkeypatch.setattr(planner, "replan", fake.replan)
    return fake


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


def book(unit, day, by, many, **fields):
    """Courses from that day on, each in the next chair, and the parent of each gets mails."""
    booked = []
    for number, chair in enumerate(list(unit.chairs.all())[:many]):
        course = builders.book(unit, day, by, name=f"Child{day.day} Wren{number}", chair=chair, **fields)
        builders.contact(course.patient, "Mia Poole")
        booked.append(course)
    return booked


@pytest.fixture
def draft(unit, monday, coordinator, lead):
    """Proposals for two courses of a closed week."""
    book(unit, monday, coordinator, 2)
    close(unit, monday, lead)
    return worked_out(unit, coordinator)


def worked_out(unit, by):
    made = asking.ask(unit=unit, by=by)
    working.work_out(made.pk)
    return Draft.objects.get(pk=made.pk)


def show(page, draft, **query):
    return page.get(reverse("scheduling:show_replan", args=[draft.pk]), query)


def do(page, draft, what, lines, **more):
    fields = {"do": what, "others": 0, "line": [line.pk for line in lines], "lasts": "48"} | more
    return page.post(reverse("scheduling:do_replan", args=[draft.pk]), fields, follow=True)


def ticked(response):
    return main_part(response).count(" checked")


def test_a_closed_week_of_twelve_courses_takes_at_most_twelve_presses(page, unit, monday, coordinator):
    for day in (0, 2, 3):
        book(unit, monday + timedelta(days=day), coordinator, 4 if day < 3 else 0)
    book(unit, monday + A_WEEK, coordinator, 4)
    assert Course.objects.filter(status="booked").count() == 12
    told = Message.objects.count()

    person = Presser(page, unit.get_absolute_url())
    person.follow("Close the unit on some days")
    typed = boxes("first_day", monday) | boxes("last_day", monday + timedelta(days=11))
    person.press("Save closure", **typed, reason="Flood")
    person.press("Save and propose new days")
    working.work_out(Draft.objects.get().pk)
    person.follow("Reload this page")
    assert "All 12 get new days" in text_of(person.response)
    person.press("Hold the new days")
    accepting.make_real()
    person.follow("Reload this page")
    person.press("I spoke to these families")
    person.press("Check the mails, then move")
    assert "24 mails to 12 families" in text_of(person.response)
    assert Message.objects.count() == told
    person.press("Move 12 courses and tell the families")
    accepting.make_real()
    person.follow("Reload this page")

    assert "12 moved, 0 held." in text_of(person.response)
    assert Message.objects.count() == told + 24
    assert set(Session.objects.values_list("sequence", flat=True)) == {1}
    assert ContactAttempt.objects.count() == 12
    assert list(find_breaches(timezone.now())) == []
    assert person.count == 10


def test_who_is_hit_leads_to_new_days_for_them(page, unit, monday, coordinator, lead):
    book(unit, monday, coordinator, 2)
    close(unit, monday, lead)
    person = Presser(page, reverse("scheduling:preview_weeks", args=[unit.pk]))
    person.follow("Propose new days for these 2")
    assert "2 courses have to move" in text_of(person.response)
    person.press("Propose new days for these 2")
    assert "Waiting for its turn" in text_of(person.response)
    assert Draft.objects.get().asked_by == coordinator


def test_who_may_not_plan_is_not_offered_it(client, reader, unit, monday, coordinator, lead):
    book(unit, monday, coordinator, 1)
    close(unit, monday, lead)
    client.force_login(reader)
    shown = client.get(reverse("scheduling:preview_weeks", args=[unit.pk]))
    assert "Propose new days" not in shown.content.decode()
    assert client.get(reverse("scheduling:propose_days", args=[unit.pk])).status_code == 403


def test_nobody_hit_is_said(page, unit):
    shown = page.get(reverse("scheduling:propose_days", args=[unit.pk]))
    assert "Every booked course fits" in text_of(shown)
    asked = page.post(reverse("scheduling:propose_days", args=[unit.pk]), follow=True)
    assert "there is nothing to propose" in text_of(asked)


def test_each_line_says_what_is_and_what_would_be_and_whom_to_ring(page, draft):
    shown = text_of(show(page, draft))
    line = draft.lines.first()
    assert line.course.patient.name in shown
    assert "Mia Poole 07700 900111" in shown
    assert "days sooner" in shown or "days later" in shown
    assert "Nobody else moves." in shown
    assert "No way was found in which moving others saves anything." in shown
    Draft.objects.filter(pk=draft.pk).update(bound=draft.value)
    assert "Moving others too would save nothing." in text_of(show(page, draft))
    assert "Nothing is held, moved or sent yet." in shown
    assert "counts as" in shown
    looked = AccessEvent.objects.filter(page="scheduling:show_replan").first()
    assert set(looked.seen) == {line.course.patient_id for line in draft.lines.all()}


def test_of_very_many_mails_the_first_are_shown_and_all_are_counted(page, draft, monkeypatch):
    monkeypatch.setattr(replan_pages, "MOST_READ", 3)
    shown = do(page, draft, "move", draft.lines.all())
    assert "4 mails to 2 families" in text_of(shown)
    assert "the first 3 word for word below." in text_of(shown)
    assert len(shown.context["mails"]) == 3
    monkeypatch.setattr(replan_pages, "MOST_READ", 4)
    shown = text_of(do(page, draft, "move", draft.lines.all()))
    assert "word for word below." in shown
    assert "the first" not in shown


@pytest.mark.usefixtures("on_a_working_day")
def test_a_course_that_has_begun_stands_apart_with_what_a_person_decides(
    page, unit, monday, coordinator, lead
):
    builders.begun_course(unit, timezone.localdate(), name="Begun Lark", chair=3)
    book(unit, monday, coordinator, 1)
    close(unit, timezone.localdate() + timedelta(days=1), lead, days=20)
    draft = worked_out(unit, coordinator)
    shown = text_of(show(page, draft))
    assert "A person decides first: 1 course" in shown
    assert "Begun Lark" in shown
    assert "It has begun (Tuesday 8 June 2027)." in shown
    assert ticked(show(page, draft)) == 1


def test_others_move_only_in_a_proposal_that_says_what_that_saves(
    page, unit, monday, coordinator, lead, replanner
):
    """Cat makes room, so that Ada comes a week sooner."""
    (hit,) = book(unit, monday, coordinator, 1)
    (other,) = book(unit, monday + A_WEEK, coordinator, 1)
    close(unit, monday, lead)
    Course.objects.filter(pk=hit.pk).update(earliest=monday)
    place = [session.visit for session in other.live_sessions]
    replanner.others = {hit.pk: place, other.pk: builders.visits(other, monday + 4 * A_WEEK)}
    draft = worked_out(unit, coordinator)

    first = text_of(show(page, draft))
    assert "How many others may move?" in first
    assert "Nobody else moves (shown below)" in first
    assert other.patient.name not in first
    second = text_of(show(page, draft, others=1))
    assert "1 other child moves too (shown below)" in second
    assert f"Needs {other.patient.short_name}’s move too" in second
    assert "moves to make room" in second

    lines = list(draft.lines.filter(option=1))
    alone = do(page, draft, "move", lines[:1], others=1)
    assert "would be refused" in text_of(alone)
    both = do(page, draft, "move", lines, others=1)
    assert "4 mails to 2 families" in text_of(both)
    do(page, draft, "move", lines, others=1, confirmed="yes", reason="hospital_closed")
    accepting.make_real()
    assert [session.visit for session in Course.objects.get(pk=hit.pk).live_sessions] == place
    assert "How many others may move?" not in text_of(show(page, draft))


def test_urgent_children_are_not_ticked_before_somebody_looked(page, draft):
    assert ticked(show(page, draft)) == 2
    Course.objects.filter(pk=draft.lines.first().course_id).update(priority=0)
    assert ticked(show(page, draft)) == 0
    assert ticked(show(page, draft, tick="rest")) == 1


@pytest.mark.parametrize("what", ["rung", "hold"])
def test_after_a_press_the_same_children_stay_ticked(page, draft, what):
    first, _ = draft.lines.all()
    answer = do(page, draft, what, [first])
    assert f"tick={first.pk}" in answer.redirect_chain[-1][0]
    if what == "hold":
        accepting.make_real()
        answer = Presser(page, answer.redirect_chain[-1][0]).response
    assert ticked(answer) == 1
    assert f'value="{first.pk}" id="tick-{first.pk}" form="ticked" checked' in main_part(answer)
    assert ticked(show(page, draft, tick=f"{first.pk},x,²,{'9' * 5000}")) == 1


def test_a_course_that_has_moved_is_not_said_to_stand_where_it_was(page, draft):
    first, _ = draft.lines.all()
    do(page, draft, "rung", [first])
    assert "Spoken to by Cora Coordinator" in text_of(show(page, draft))
    do(page, draft, "move", [first], confirmed="yes", reason="hospital_closed")
    accepting.make_real()
    shown = text_of(show(page, draft))
    assert "Old days" in shown and "Booked now" not in shown
    assert "Families that no mail reaches are under Families to ring" in shown


def test_a_line_that_changed_says_so_and_cannot_be_ticked(page, draft, coordinator):
    line = draft.lines.first()
    visit = line.proposed[0]
    other = builders.course(builders.patient("Dan Rook"), draft.unit)
    chair = draft.unit.chairs.get(pk=visit.chair)
    visits = builders.visits(other, visit.day, start=visit.start, chair=chair)
    bookings.book(course=other, visits=visits, by=coordinator)
    shown = show(page, draft)
    assert text_of(shown).count("Changed since") == 1
    assert ticked(shown) == 1


def test_one_independent_move_is_accepted_alone_and_a_refusal_names_the_next_days(page, draft, coordinator):
    first, second = draft.lines.all()
    do(page, draft, "move", [first], confirmed="yes", reason="hospital_closed")
    accepting.make_real()
    assert "1 moved, 0 held." in text_of(show(page, draft))
    visit = second.proposed[0]
    do(page, draft, "move", [second], confirmed="yes", reason="hospital_closed")
    other = builders.course(builders.patient("Dan Rook"), draft.unit)
    chair = draft.unit.chairs.get(pk=visit.chair)
    visits = builders.visits(other, visit.day, start=visit.start, chair=chair)
    bookings.book(course=other, visits=visits, by=coordinator)
    accepting.make_real()
    shown = text_of(show(page, draft))
    assert "Refused" in shown and "is taken from" in shown and "Next:" in shown


def test_a_chair_that_breaks_is_taken_once_whoever_stands_there_has_moved(page, unit, monday, coordinator):
    book(unit, monday, coordinator, 2)
    person = Presser(page, reverse("scheduling:take_chair", args=[unit.pk]))
    typed = {"chair": unit.chairs.first().pk, "starts": "8am", "ends": "6pm", "taken_for": "repair"}
    send = {"day": boxes("day", monday) | typed}["day"]
    refused = page.post(reverse("scheduling:take_chair", args=[unit.pk]), send)
    assert refused.status_code == 409
    assert "1 visit has this chair then" in text_of(refused)
    asked = page.post(person.address, send | {"propose": "1"}, follow=True)
    assert "Waiting for its turn" in text_of(asked)
    draft = Draft.objects.get()
    working.work_out(draft.pk)
    draft.refresh_from_db()
    (line,) = draft.lines.all()
    assert [v.chair != unit.chairs.first().pk or v.day != monday for v in line.proposed] == [True, True]

    person = Presser(page, reverse("scheduling:show_replan", args=[draft.pk]))
    person.press("Check the mails, then move")
    assert "Hospital: no chair" in text_of(person.response)
    person.press("Move 1 course")
    accepting.make_real()
    person.follow("Reload this page")
    person.press("Take the chair now")
    assert "is taken on" in text_of(person.response)
    assert unit.chairs.first().bookings.filter(taken_for="repair").count() == 1


def test_wrong_input_is_answered_in_words(page, draft):
    assert "Tick at least one child" in text_of(do(page, draft, "move", []))
    assert "Tick at least one child" in text_of(do(page, draft, "hold", []))
    assert "Tick the children" in text_of(do(page, draft, "rung", []))
    again = do(page, draft, "move", draft.lines.all(), confirmed="yes", reason="nonsense")
    assert again.status_code == 200
    assert "Check before you move" in text_of(again)
    assert show(page, draft, others="9").status_code == 200
    assert page.get(reverse("scheduling:do_replan", args=[draft.pk])).status_code == 405


def test_many_lines_cost_at_most_fifteen_queries(page, coordinator, lead, django_assert_max_num_queries):
    unit = builders.unit(chairs=10, nurses=10)
    for week in range(2, 6):
        for chair in unit.chairs.all():
            builders.book(unit, builders.next_monday(week), coordinator, chair=chair)
    close(unit, builders.next_monday(2), lead, days=33)
    draft = worked_out(unit, coordinator)
    assert draft.lines.count() == 40
    do(page, draft, "hold", draft.lines.all()[:10])
    accepting.make_real()
    show(page, draft)
    with django_assert_max_num_queries(15):
        assert text_of(show(page, draft)).count("Mia") == 0
    assert Unit.objects.count() == 1


def test_pages_of_plans_of_the_list_are_none_of_proposals_of_new_days(page, draft):
    line = draft.lines.first()
    draft.lines.filter(pk=line.pk).update(option=1)
    for address in (reverse("scheduling:other_days", args=[line.pk]), f"/plans/{draft.pk}/accept/"):
        assert page.get(address).status_code == 404
    assert page.post(f"/plans/{draft.pk}/decide/", {"decide": f"keep {line.pk}"}).status_code == 404
