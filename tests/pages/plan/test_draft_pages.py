"""What a coordinator sees and presses, from the waiting list to days that are held."""

import re
from datetime import time, timedelta

import pytest
from django.utils import timezone

from patients.models import AccessEvent
from scheduling.booking.drafts import accepting, working
from scheduling.models import Course, Draft, DraftMove, Message
from scheduling.pages.plan import accepting_pages
from scheduling.templatetags.plans import better_words
from tests import builders
from tests.booking.drafts.conftest import waiting
from tests.reading import words_of_page as main


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)

    return lambda address, **fields: client.post(address, fields) if fields else client.get(address)


PLAN = {"first_week": "", "weeks": "4", "notice_days": "7", "kept_free": "0"}


def plan() -> dict[str, str]:
    return PLAN | {"first_week": builders.next_monday(1).isoformat()}


def test_from_the_list_to_held_days_it_takes_few_presses(page, client, unit, fake):
    """Opening the list is the start; every page read or button pressed after it counts."""
    waiting(unit, 150)
    list_page = page("/waiting/").content.decode()
    presses = 0

    def press(address, **fields):
        nonlocal presses
        presses += 1
        return page(address, **fields)

    assert 'id="plan-weeks"' in list_page
    assert "Everybody who waits: 150 children." in main(press("/waiting/plan/?list="))
    draft_page = press("/waiting/plan/", **plan() | {"weeks": "16"}).url
    assert "Waiting for its turn" in main(page(draft_page))
    working.work_out(Draft.objects.get().pk)
    ready = press(draft_page)
    ticked = re.findall(r'name="line" value="(\d+)"[^>]*checked', ready.content.decode())
    placed = [line for line in DraftMove.objects.all() if line.visits]
    assert len(ticked) == len(placed) > 60
    check = press(f"{draft_page}accept/", how="hold", line=ticked)
    assert f"Hold days for {len(ticked)} children" in main(check) and "Nothing is sent" in main(check)
    assert (
        press(f"{draft_page}accept/", how="hold", line=ticked, lasts="48", confirmed="yes").url == draft_page
    )
    under_way = main(page(draft_page))
    assert f"Days are being held for {len(ticked)} children, one after the other." in under_way
    assert "worker" not in under_way
    while accepting.make_real():
        pass
    done = press(draft_page)
    assert f"{len(ticked)} of {len(ticked)} children done." in main(done)
    assert main(done).count("Book these days") == len(ticked)
    assert Course.objects.filter(status="pending").count() == len(ticked)
    assert not Message.objects.exists()
    assert presses <= 12


def test_who_is_left_out_stands_above_everything_else_with_the_reason(page, unit, ask, fake):
    waiting(unit, 1, impossible_weekdays=[0, 1, 2, 3, 4])
    waiting(unit, 2)
    ask(*unit.courses.all())
    Draft.objects.update(asked_at=timezone.now() - timedelta(days=7))
    draft = ask(*unit.courses.all())
    words = main(page(f"/plans/{draft.pk}/"))
    assert words.index("Left out: 1 child") < words.index("The plan is ready.") < words.index("Days proposed")
    assert "Left out 2 times in a row" in words
    assert "A day late for an urgent child counts as 4 days late for a routine child" in words
    assert "Alone it could have begun" not in words


def test_nothing_is_ticked_while_an_urgent_or_changed_line_wants_a_look(page, unit, ask, fake):
    waiting(unit, 2)
    draft = ask(*unit.courses.all())
    assert ticked(page(f"/plans/{draft.pk}/")) == {line.pk for line in draft.lines.all()}
    first = draft.lines.first()
    visit = first.proposed[0]
    builders.take(unit.chairs.get(pk=visit.chair), visit.day, time(8), time(18))
    unit.__class__.objects.filter(pk=unit.pk).update(diary_version=9)
    answer = page(f"/plans/{draft.pk}/")
    assert ticked(answer) == set() and "Changed since" in main(answer)
    assert ticked(page(f"/plans/{draft.pk}/?tick=rest")) == {draft.lines.last().pk}
    Course.objects.filter(pk=draft.lines.last().course_id).update(priority=0)
    assert ticked(page(f"/plans/{draft.pk}/?tick=rest")) == set()


def ticked(answer) -> set[int]:
    found = re.findall(r'name="line" value="(\d+)"[^>]*checked', answer.content.decode())
    return set(map(int, found))


def test_a_draft_of_250_lines_takes_at_most_15_queries(page, unit, ask, fake, django_assert_max_num_queries):
    waiting(unit, 250, minutes=240)
    draft = ask(*unit.courses.all(), number=16)
    page(f"/plans/{draft.pk}/")
    with django_assert_max_num_queries(15):
        answer = page(f"/plans/{draft.pk}/")
    assert answer.status_code == 200
    look = AccessEvent.objects.latest("pk")
    assert len(set(look.seen)) == 250, "every child of a draft is logged as looked at"


def test_each_line_can_be_kept_moved_or_put_off_and_the_rest_planned_again(page, unit, ask, fake):
    waiting(unit, 3)
    draft = ask(*unit.courses.all())
    keep, later, move = draft.lines.all()
    here = f"/plans/{draft.pk}/"
    offered = main(page(here))
    assert "Keep days and times" in offered and "Keep only the days" in offered
    assert page(f"{here}decide/", decide=f"keep {keep.pk}").url == f"{here}#line-{keep.pk}"
    page(f"{here}decide/", decide=f"not_now {later.pk}")
    offers = page(f"/plans/lines/{move.pk}/other-days/")
    written = re.findall(r'name="days" value="([^"]+)"', offers.content.decode())[-1]
    page(f"/plans/lines/{move.pk}/other-days/", days=written)
    words = main(page(here))
    assert "Days and times kept , Cora Coordinator" in words and "Left out: 1 child" in words
    move.refresh_from_db()
    assert move.decision == "other_days" and move.proposed != keep.proposed
    again = page(f"{here}again/", x="").url
    working.work_out(Draft.objects.order_by("pk").last().pk)
    words = main(page(again))
    assert "1 child has other days than in the draft before" in words
    assert "Somebody decided not to plan it now." in words
    assert page(f"{here}decide/", decide="keep 999999").status_code == 404


def test_other_days_never_take_the_room_of_another_line(page, unit, ask, fake):
    unit.chairs.last().delete()
    waiting(unit, 2)
    draft = ask(*unit.courses.all())
    one, two = draft.lines.all()
    written = " ".join(f"{v.day}_{v.chair}_{v.start}_{v.minutes}" for v in two.proposed)
    answer = page(f"/plans/lines/{one.pk}/other-days/", days=written)
    assert answer.url == f"/plans/lines/{one.pk}/other-days/"
    assert "is taken" in main(page(answer.url))
    page(f"/plans/lines/{one.pk}/other-days/", days="spoiled")
    one.refresh_from_db()
    assert one.decision == ""


ODD_DAYS = (
    *("9999-12-31_1_540_240", "0001-01-01_1_540_240", "2027-06-20_1_-5_240", "2027-06-20_1_540_-240"),
    *("2027-06-20_1_99999999999999999_240", "2027-06-20_1_540_99999999999999999999", "2027-06-20_1_²_240"),
    *(f"2027-06-20_{'9' * 30}_540_240", "2027-06-20_1_2000_240", "2027-06-20_1_540_240_7"),
)


def test_days_that_no_page_has_written_are_not_taken(page, unit, ask, fake):
    waiting(unit, 1)
    line = ask(*unit.courses.all()).lines.get()
    for odd in ODD_DAYS:
        answer = page(f"/plans/lines/{line.pk}/other-days/", days=f"{odd} {odd}")
        assert answer.url == f"/plans/lines/{line.pk}/other-days/"
        assert "could not be read" in main(page(answer.url)), odd
    line.refresh_from_db()
    assert line.decision == ""


def test_a_draft_is_shown_though_a_visit_would_by_now_last_into_the_next_day(page, unit, ask, fake):
    late, other = waiting(unit, 2, minutes=360)
    draft = ask(late, other)
    noon = [[day, chair, 12 * 60, minutes] for day, chair, _, minutes in draft.lines.get(course=late).visits]
    draft.lines.filter(course=late).update(visits=noon)
    Course.objects.filter(pk=late.pk).update(before_minutes=180, after_minutes=180, more_cannulation=120)
    words = main(page(draft.get_absolute_url()))
    assert "each visit of this course lasts" in words
    for line in draft.lines.all():
        assert page(f"/plans/lines/{line.pk}/other-days/").status_code == 200
    assert page(f"/plans/{draft.pk}/accept/", how="hold", line=[line.pk]).status_code == 200


def test_before_booking_the_mails_are_counted_and_shown(page, unit, ask, fake):
    for course in waiting(unit, 2):
        builders.contact(course.patient)
    draft = ask(*unit.courses.all())
    lines = [str(line.pk) for line in draft.lines.all()]
    answer = page(f"/plans/{draft.pk}/accept/", how="book", line=lines)
    assert "4 mails to 2 families" in main(answer) and "The mails, word for word" in main(answer)
    assert not Message.objects.exists() and not DraftMove.objects.to_do().exists()
    page(f"/plans/{draft.pk}/accept/", how="book", line=lines, confirmed="yes")
    accepting.make_real()
    assert Message.objects.count() == 4


def test_any_number_can_be_booked_and_the_mails_of_the_first_are_read_before(
    page, unit, ask, fake, monkeypatch
):
    monkeypatch.setattr(accepting_pages, "MOST_READ", 1)
    courses = waiting(unit, 4)
    for course in courses[:3]:
        builders.contact(course.patient)
    draft = ask(*courses)
    lines = [str(line.pk) for line in draft.lines.all()]
    answer = page(f"/plans/{draft.pk}/accept/", how="book", line=lines)
    words = main(answer)
    assert "2 mails to 1 family" in words and len(answer.context["mails"]) == 2
    assert "Of the others, 2 families get mails about their own days." in words
    assert "1 family gets none: tell them by phone or letter." in words
    page(f"/plans/{draft.pk}/accept/", how="book", line=lines, confirmed="yes")
    accepting.make_real()
    assert Message.objects.count() == 6 and Course.objects.filter(status="booked").count() == 4


def test_while_it_is_worked_out_the_page_says_how_far_it_is(page, unit, ask, fake):
    draft = ask(*waiting(unit, 1), work=False)
    shown = {"stage": "proving", "share": 0.4, "value": 1010, "bound": 1000, "heartbeat": timezone.now()}
    Draft.objects.filter(pk=draft.pk).update(status="working", **shown)
    words = main(page(draft.get_absolute_url()))
    assert "Working out how much better any plan could be. About 40 % of the work is done." in words
    assert "as much as 101 days late of a routine child. Another plan could be at most 1.0 % better." in words
    for button in ("Stop and use this", "Cancel", "Reload this page"):
        assert button in words
    page(f"{draft.get_absolute_url()}stop/", x="")
    assert Draft.objects.get().stop_asked
    page(f"{draft.get_absolute_url()}cancel/", x="")
    words = main(page(draft.get_absolute_url()))
    assert "Cancelled by a person. Nothing of it was kept." in words
    assert "This draft is over already" in main(page(page(f"{draft.get_absolute_url()}stop/", x="").url))


@pytest.mark.parametrize(
    ("value", "bound", "said"),
    [
        (200.0, 190.0, "Another plan could be at most 5.0 % better."),
        (200.0, 199.99, "No other plan is noticeably better."),
        (200.0, 200.0, "No other plan is noticeably better."),
        (200.0, None, ""),
    ],
)
def test_how_much_better_another_plan_could_be_is_said_in_words(value, bound, said):
    assert better_words(Draft(value=value, bound=bound)) == said


def test_a_wrong_number_is_said_and_nothing_typed_is_lost(page, unit, fake):
    waiting(unit, 1)
    answer = page("/waiting/plan/", **plan() | {"weeks": "40", "notice_days": "soon"})
    words = main(answer)
    assert answer.status_code == 200 and not Draft.objects.exists()
    assert 'value="40"' in answer.content.decode() and "Number of weeks must be 16 or less" in words


def test_those_selected_on_the_list_are_planned_in_its_order(page, unit, fake):
    one, _, urgent = waiting(unit, 3)
    Course.objects.filter(pk=urgent.pk).update(priority=0)
    answer = page(f"/waiting/plan/?course={one.pk}&course={urgent.pk}&course=x")
    assert "Those selected on the list: 2 children" in main(answer)
    page("/waiting/plan/", **plan(), who="selected", course=[one.pk, urgent.pk])
    assert Draft.objects.get().settings["courses"] == [urgent.pk, one.pk]
    Draft.objects.update(status="cancelled", ended_at=timezone.now(), happened="Cancelled.")
    page("/waiting/plan/?list=priority%3D0", **plan(), who="filtered")
    assert Draft.objects.order_by("pk").last().settings["courses"] == [urgent.pk]


def test_the_week_board_shows_the_draft_among_what_is_booked(page, unit, ask, fake, coordinator):
    builders.book(unit, builders.next_monday(2), coordinator, name="Ben Finch")
    draft = ask(*waiting(unit, 1))
    day = draft.lines.get().proposed[0].day
    text = page(f"/board/?draft={draft.pk}&day={day}").content.decode()
    assert text.count("is-draft") == 3, "two days, and the key"
    assert "only proposed" in text and f"&amp;draft={draft.pk}" in text
    assert "is-draft" not in page(f"/board/?day={day}").content.decode()
    assert page("/board/?draft=999").status_code == 404


def test_the_page_says_what_of_the_checklist_would_run_out(page, unit, ask, fake):
    builders.checklist(unit, {"key": "bloods", "valid_days": 5}, {"key": "consent"})
    (course,) = waiting(unit, 1)
    for key in ("bloods", "consent"):
        builders.check(course, key, timezone.localdate())
    draft = ask(course)
    words = main(page(f"/plans/{draft.pk}/"))
    assert re.search(r"Checklist: Bloods: runs out on [^,]+, before day 1\.", words)


def test_a_nurse_does_not_plan(client, nurse, unit):
    waiting(unit, 1)
    client.force_login(nurse)
    assert b"Plan the coming weeks" not in client.get("/waiting/").content
    assert client.get("/waiting/plan/").status_code == 403
