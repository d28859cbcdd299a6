"""Nurses by the hour: on some days, and in the usual week from a date on; who would no longer fit."""

from datetime import date, time

import pytest
from django.urls import reverse

from scheduling.models import Closure, OpeningHours, Staffing, Task
from scheduling.unit.diary_rows import load_calendar
from tests import builders
from tests.reading import main_part
from tests.unit_pages import boxes, errors, logged, page, send

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (date(2027, 3, day) for day in range(8, 14))
EIGHT, NINE, NOON, ONE, SIX = (hour * 60 for hour in (8, 9, 12, 13, 18))


@pytest.fixture(autouse=True)
def first_of_march(time_machine):
    """It is 8am on Monday 1 March 2027."""
    time_machine.move_to("2027-03-01T08:00+00:00", tick=False)


@pytest.fixture(autouse=True)
def signed_in_as_coordinator(client, coordinator, first_of_march):
    client.force_login(coordinator)


@pytest.fixture
def unit():
    return builders.unit(nurses=3, chairs=3)


def rows(*shifts):
    """Rows of shifts as the form sends them."""
    typed = {"rows": str(len(shifts))}
    for number, shift in enumerate(shifts, start=1):
        end = "" if number == 1 else f"_{number}"
        typed |= {
            f"{name}{end}": value for name, value in zip(("starts", "ends", "nurses"), shift, strict=True)
        }
    return typed


def staffing(day, *shifts, last=None, note=""):
    return boxes("day", day) | (boxes("last_day", last) if last else {}) | rows(*shifts) | {"note": note}


def steps(unit, day):
    return load_calendar(unit, day, day).hours_on(day).nurses_steps()


def three_children(unit, by):
    """One in each chair, all at 9am on Monday and Tuesday."""
    return [
        builders.book(unit, MONDAY, by, name=name, chair=chair)
        for name, chair in zip(("Ann Finch", "Ben Wren", "Cas Lark"), unit.chairs.all(), strict=True)
    ]


def test_shifts_of_a_range_are_saved_for_each_open_day(client, unit):
    typed = staffing(THURSDAY, ("8am", "1pm", "1"), ("midday", "18:00", "2"), last=MONDAY.replace(day=15))
    assert send(client, "set_staffing", unit.pk, **typed).url == unit.get_absolute_url()
    assert [row.day for row in unit.staffing.all()] == [THURSDAY, FRIDAY, MONDAY.replace(day=15)]
    assert {row.nurses for row in unit.staffing.all()} == {3}
    assert steps(unit, FRIDAY) == ((EIGHT, NOON, 1), (NOON, ONE, 3), (ONE, SIX, 2))
    assert steps(unit, WEDNESDAY) == ((EIGHT, SIX, 3),)
    assert "8am to 1pm: 1 nurse and midday to 6pm: 2 nurses" in page(client, "show_unit", unit.pk)


def test_another_shift_is_added_without_javascript_and_keeps_what_was_typed(client, unit):
    typed = staffing(MONDAY, ("8am", "", "x")) | {"more": "1"}
    response = send(client, "set_staffing", unit.pk, **typed)
    shown = main_part(response)
    assert response.status_code == 200
    assert errors(response) == {}
    assert all(piece in shown for piece in ('value="8am"', 'value="x"', 'name="nurses_2"', "Second shift"))
    assert 'name="nurses_3"' not in shown
    assert not Staffing.objects.exists()


@pytest.mark.parametrize(
    ("shifts", "wrong"),
    [
        ([("", "", "")], {"nurses": "Enter the number of nurses"}),
        ([("8am", "", "1")], {"ends": "Enter the end"}),
        ([("8am", "8am", "1")], {"ends": "The end of a shift must be after its start, on the same day"}),
        (
            [("8am", "1pm", "1"), ("", "", "2")],
            {
                "starts_2": "Enter the start of the second shift",
                "ends_2": "Enter the end of the second shift",
            },
        ),
        (
            [("8am", "1pm", "1"), ("1pm", "6pm", "")],
            {"nurses_2": "Enter the number of nurses of the second shift"},
        ),
        ([("8am", "1pm", "51")], {"nurses": "Number of nurses must be 50 or less"}),
    ],
)
def test_a_wrong_shift_is_named(shifts, wrong, client, unit):
    response = send(client, "set_staffing", unit.pk, **staffing(MONDAY, *shifts))
    assert errors(response) == {field: [sentence] for field, sentence in wrong.items()}
    assert not Staffing.objects.exists()


def test_a_row_left_empty_counts_for_nothing(client, unit):
    send(client, "set_staffing", unit.pk, **staffing(MONDAY, ("", "", "2"), ("", "", "")))
    assert (unit.staffing.get().nurses, unit.staffing.get().shifts) == (2, [])


@pytest.mark.parametrize(
    ("last", "wrong"),
    [
        (MONDAY.replace(day=7), "Last day must be the first day or after it"),
        (MONDAY.replace(year=2028, day=9), "Last day must be within a year of the first"),
    ],
)
def test_a_wrong_range_is_refused(last, wrong, client, unit):
    response = send(client, "set_staffing", unit.pk, **staffing(MONDAY, ("", "", "1"), last=last))
    assert errors(response) == {"last_day": [wrong]}


def test_a_range_of_closed_days_is_refused(client, unit):
    typed = staffing(SATURDAY, ("", "", "1"), last=SATURDAY.replace(day=14))
    assert errors(send(client, "set_staffing", unit.pk, **typed)) == {
        "__all__": ["The unit is closed on all these days."]
    }


def test_a_nurse_away_today_is_two_presses_and_shows_who_is_hit(client, coordinator, unit, time_machine):
    """One nurse fewer is filled in: save, see who is hit, confirm; the next page names them again."""
    time_machine.move_to("2027-03-08T07:45+00:00", tick=False)
    client.force_login(coordinator)
    unit.children_per_nurse = 1
    unit.save()
    courses = three_children(unit, coordinator)
    here = f"{reverse('scheduling:set_staffing', args=[unit.pk])}?day={MONDAY}&fewer=1"
    assert here.replace("&", "&amp;") in main_part(client.get("/"))
    shown = client.get(here)
    assert shown.context["form"]["nurses"].value() == 2
    typed = staffing(MONDAY, ("", "", "2")) | {"seen": shown.context["form"]["seen"].value()}

    check = client.post(here, typed)
    assert "Fewest to move: 1 course" in " ".join(main_part(check).split())
    assert not Staffing.objects.exists()
    to_move = check.context["unfit"].to_move
    assert len(to_move) == 1
    assert len(check.context["affected"]) == 3

    saved = client.post(here, typed | {"confirmed": check.context["seen"]})
    assert saved.url == f"{reverse('scheduling:preview_weeks', args=[unit.pk])}#misfits"
    assert all(course.patient.name in main_part(client.get(saved.url)) for course in courses)
    assert Task.objects.open().filter(kind="misfit").count() == 3


def test_one_nurse_fewer_of_a_day_in_shifts_is_one_fewer_at_each_time(client, unit):
    Staffing.objects.create(unit=unit, day=MONDAY, nurses=2, shifts=[[EIGHT, NOON, 2], [NINE, SIX, 1]])
    here = reverse("scheduling:set_staffing", args=[unit.pk])
    as_it_is = client.get(f"{here}?day={MONDAY}").context["form"].initial
    fewer = client.get(f"{here}?day={MONDAY}&fewer=1").context["form"].initial
    assert [as_it_is[name] for name in ("starts", "ends", "nurses")] == [time(8), time(12), 2]
    assert [as_it_is[name] for name in ("starts_2", "ends_2", "nurses_2")] == [time(9), time(18), 1]
    assert [fewer[f"nurses{end}"] for end in ("", "_2", "_3")] == [1, 2, 0]
    assert [fewer["ends"], fewer["ends_2"], fewer["ends_3"]] == [time(9), time(12), time(18)]


def test_a_closed_afternoon_hits_only_whoever_is_there_then(client, coordinator, unit):
    chairs = list(unit.chairs.all())
    builders.book(unit, MONDAY, coordinator, name="Ann Finch", chair=chairs[0], start=EIGHT)
    builders.book(unit, MONDAY, coordinator, name="Ben Wren", chair=chairs[1], start=NINE)
    typed = boxes("first_day", MONDAY) | {"reason": "training", "part": "from", "at": "midday"}
    check = send(client, "add_closure", unit.pk, **typed)
    assert "Ben Wren" in main_part(check)
    assert "Ann Finch" not in main_part(check)
    assert send(client, "add_closure", unit.pk, **typed, confirmed=check.context["seen"]).status_code == 302
    assert load_calendar(unit, MONDAY, MONDAY).hours_on(MONDAY).closes == NOON
    assert "Monday 8 March 2027, from midday" in page(client, "show_unit", unit.pk)
    assert "closed from midday (training)" in page(client, "preview_weeks", unit.pk)

    again = send(client, "add_closure", unit.pk, **typed | {"at": "1pm"})
    assert errors(again)["first_day"][0].startswith("The unit is closed already")
    morning = typed | {"part": "until", "at": "9am"}
    assert send(client, "add_closure", unit.pk, **morning).status_code == 200  # Ann is there at 8am
    assert "Ann Finch" in main_part(send(client, "add_closure", unit.pk, **morning))


@pytest.mark.parametrize(
    ("part", "at", "wrong"),
    [
        ("until", "8am", "That time must be between opening and closing"),
        ("until", "6pm", "That time must be between opening and closing"),
        ("from", "8am", "That time must be between opening and closing"),
        ("from", "6pm", "That time must be between opening and closing"),
        ("from", "", "Enter the time until which or from which the unit is closed"),
        ("until", "8:01am", None),
        ("from", "5:59pm", None),
        ("all-day", "whenever", None),
    ],
)
def test_a_part_of_a_day_is_a_time_within_the_hours(part, at, wrong, client, unit):
    typed = boxes("first_day", MONDAY) | {"reason": "training", "part": part, "at": at}
    response = send(client, "add_closure", unit.pk, **typed)
    if wrong:
        assert errors(response) == {"at": [wrong]}
    else:
        assert response.status_code == 302
        saved = Closure.objects.get()
        assert (saved.until is not None, saved.since is not None) == (part == "until", part == "from")


# The usual week, which is the lead's


@pytest.fixture
def as_lead(client, lead, signed_in_as_coordinator):
    client.force_login(lead)


def test_nurses_of_weekdays_hold_from_a_date_on(client, lead, as_lead, unit):
    typed = (
        {"weekdays": ["0", "1"]}
        | boxes("since", TUESDAY)
        | rows(("8am", "midday", "1"), ("midday", "6pm", "2"))
    )
    assert send(client, "set_weekly_nurses", unit.pk, **typed).status_code == 302
    assert steps(unit, MONDAY) == ((EIGHT, SIX, 3),)
    assert steps(unit, TUESDAY) == ((EIGHT, NOON, 1), (NOON, SIX, 2))
    assert steps(unit, WEDNESDAY) == ((EIGHT, SIX, 3),)
    assert (
        unit.opening_hours.filter(since=None).count() == unit.opening_hours.filter(since=TUESDAY).count() == 5
    )
    assert logged("openinghours.added").count() == 5
    shown = page(client, "show_unit", unit.pk)
    assert "From Tuesday 9 March 2027" in shown

    asked = client.get(reverse("scheduling:set_opening_hours", args=[unit.pk]), {"from": TUESDAY.isoformat()})
    assert "Nurses: 8am to midday: 1 nurse and midday to 6pm: 2 nurses" in main_part(asked)
    assert "nurses_0" not in asked.context["form"].fields
    week = {f"open_{day}": "on" for day in range(5)} | {f"opens_{day}": "9am" for day in range(5)}
    week |= {f"closes_{day}": "6pm" for day in range(5)} | {f"nurses_{day}": "4" for day in range(2, 5)}
    client.post(f"{reverse('scheduling:set_opening_hours', args=[unit.pk])}?from={TUESDAY}", week)
    assert steps(unit, TUESDAY) == ((NINE, NOON, 1), (NOON, SIX, 2))
    assert steps(unit, WEDNESDAY) == ((NINE, SIX, 4),)
    assert steps(unit, MONDAY) == ((EIGHT, SIX, 3),)

    row = unit.opening_hours.filter(since=TUESDAY).first()
    assert send(client, "remove_week", row.pk).status_code == 302
    assert steps(unit, WEDNESDAY) == ((EIGHT, SIX, 3),)
    assert not OpeningHours.objects.exclude(since=None).exists()


def test_fewer_nurses_from_a_date_name_the_courses_and_the_fewest_to_move(client, coordinator, as_lead, unit):
    unit.children_per_nurse = 1
    unit.save()
    three_children(unit, coordinator)
    later = builders.book(unit, MONDAY.replace(day=15), coordinator, name="Dan Swift")
    typed = {"weekdays": ["1", "2"]} | boxes("since", TUESDAY) | rows(("", "", "2"))
    check = send(client, "set_weekly_nurses", unit.pk, **typed)
    shown = " ".join(main_part(check).split())
    assert "From Tuesday 9 March 2027, 3 booked courses would no longer fit" in shown
    assert "Fewest to move: 1 course" in shown
    assert later.patient.name not in shown
    assert [value for name, value in check.context["typed"] if name == "weekdays"] == ["1", "2"]
    assert not OpeningHours.objects.exclude(since=None).exists()
    saved = send(client, "set_weekly_nurses", unit.pk, **typed, confirmed=check.context["seen"])
    assert saved.status_code == 302
    assert steps(unit, TUESDAY) == ((EIGHT, SIX, 2),)


def test_shorter_hours_name_every_course_that_has_to_move(client, coordinator, as_lead, unit):
    three_children(unit, coordinator)
    week = {f"open_{day}": "on" for day in range(5)} | {f"opens_{day}": "8am" for day in range(5)}
    week |= {f"closes_{day}": "midday" for day in range(5)} | {f"nurses_{day}": "3" for day in range(5)}
    check = send(client, "set_opening_hours", unit.pk, **week)
    assert "All 3 courses have to be moved" in " ".join(main_part(check).split())
    assert unit.opening_hours.first().closes == time(18)
    assert send(client, "set_opening_hours", unit.pk, **week, change="1").context["form"]["closes_0"].value()
    assert (
        send(client, "set_opening_hours", unit.pk, **week, confirmed=check.context["seen"]).status_code == 302
    )
    assert unit.opening_hours.first().closes == time(12)


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({}, {"weekdays": "Select a weekday"}),
        (
            {"weekdays": ["0"], "nurses": "0"},
            {"nurses": "At least one nurse must be on at some time of the day"},
        ),
        (
            {"weekdays": ["0"]} | boxes("since", date(2027, 3, 1)),
            {"since": "The date must be in the future. Leave it empty if it holds at once"},
        ),
    ],
)
def test_wrong_nurses_of_the_week_are_refused(typed, wrong, client, as_lead, unit):
    response = send(client, "set_weekly_nurses", unit.pk, **rows(("", "", "1")) | typed)
    assert errors(response) == {field: [sentence] for field, sentence in wrong.items()}


def test_a_week_changed_meanwhile_is_not_saved_over(client, as_lead, unit):
    here = reverse("scheduling:set_weekly_nurses", args=[unit.pk])
    seen = client.get(here).context["form"]["seen"].value()
    typed = {"weekdays": ["0"], "seen": seen}
    assert client.post(here, typed | rows(("", "", "2"))).status_code == 302
    refused = client.post(here, typed | rows(("", "", "1")))
    assert errors(refused)["__all__"][0].startswith("Lee Lead changed the week at ")
    again = typed | rows(("", "", "1")) | {"seen": refused.context["form"]["seen"].value()}
    assert client.post(here, again).status_code == 302
    assert steps(unit, MONDAY) == ((EIGHT, SIX, 1),)


def test_a_calendar_takes_two_queries_whatever_is_set_up(unit, django_assert_num_queries):
    Staffing.objects.create(unit=unit, day=MONDAY, nurses=2, shifts=[[EIGHT, NOON, 2]])
    Closure.objects.create(unit=unit, first_day=MONDAY, last_day=TUESDAY, reason="training", since=time(13))
    unit.opening_hours.create(weekday=0, nurses=1, since=TUESDAY)
    with django_assert_num_queries(2):
        load_calendar(unit, MONDAY, FRIDAY)


def test_the_board_shows_the_nurses_through_the_day(client, unit):
    Staffing.objects.create(unit=unit, day=MONDAY, nurses=2, shifts=[[EIGHT, NOON, 1], [EIGHT, SIX, 1]])
    shown = " ".join(main_part(client.get(f"/board/?day={MONDAY}")).split())
    assert "1 to 2 nurses" in shown
    assert "Nurses on: 2 from 8am to midday, 1 from midday to 6pm" in shown
    assert shown.count("is-on") == 1
