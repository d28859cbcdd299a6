"""Days unlike the week: closures, other numbers of nurses, chairs taken by something else."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse

from patients.models import AccessEvent
from scheduling.booking import bookings
from scheduling.errors import Refused, SlotGone
from scheduling.models import Booking, CancelReason, Closure, Staffing
from scheduling.unit import setup
from tests import builders
from tests.reading import main_part
from tests.unit_pages import boxes, errors, logged, meanwhile, page, send

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (date(2027, 3, day) for day in range(8, 14))
YESTERDAY = date(2027, 2, 28)


@pytest.fixture(autouse=True)
def first_of_march(time_machine):
    """It is 8am on Monday 1 March 2027."""
    time_machine.move_to("2027-03-01T08:00+00:00", tick=False)


@pytest.fixture(autouse=True)
def signed_in_as_lead(client, lead, first_of_march):
    client.force_login(lead)


@pytest.fixture
def unit():
    return builders.unit()


def looks_at(course, page_name):
    return AccessEvent.objects.of_child(course.patient_id).filter(page=f"scheduling:{page_name}")


def book_another(unit, by):
    return builders.book(unit, MONDAY, by, name="Finn Wren", chair=unit.chairs.last(), start=10 * 60)


# What is read under the unit's lock cannot change before it is saved


def test_a_visit_booked_in_the_last_moment_stops_a_closure(client, coordinator, monkeypatch, unit):
    meanwhile(monkeypatch, lambda: book_another(unit, coordinator))
    assert "Finn Wren" in main_part(send(client, "add_closure", unit.pk, **closure(MONDAY)))
    assert not Closure.objects.exists()


def test_a_visit_booked_in_the_last_moment_stops_a_smaller_number_of_nurses(
    client, coordinator, monkeypatch, unit
):
    meanwhile(monkeypatch, lambda: book_another(unit, coordinator))
    assert "Finn Wren" in main_part(send(client, "set_staffing", unit.pk, **staffing(MONDAY, 0)))
    assert not Staffing.objects.exists()


def test_a_visit_booked_in_the_last_moment_keeps_the_number_of_nurses(client, coordinator, monkeypatch):
    unit = builders.unit(nurses=1)
    row = Staffing.objects.create(unit=unit, day=MONDAY, nurses=2)
    Staffing.objects.create(unit=unit, day=TUESDAY, nurses=2)
    builders.book(unit, MONDAY, coordinator)
    meanwhile(
        monkeypatch,
        lambda: builders.book(unit, MONDAY, coordinator, name="Finn Wren", chair=unit.chairs.last()),
    )
    response = send(client, "remove_staffing", row.pk)
    assert response.status_code == 409
    assert "A visit was booked meanwhile." in main_part(response)
    assert "Finn Wren" in main_part(response)
    assert unit.staffing.count() == 2


def test_nurses_set_twice_at_once_are_one_row(client, monkeypatch, unit):
    meanwhile(monkeypatch, lambda: Staffing.objects.create(unit=unit, day=MONDAY, nurses=1))
    send(client, "set_staffing", unit.pk, **staffing(MONDAY, 2))
    assert unit.staffing.get().nurses == 2


@pytest.mark.parametrize("name", ["remove_closure", "remove_staffing", "release_chair"])
def test_what_somebody_else_removed_just_now_is_no_fault(name, client, monkeypatch, unit):
    row = {
        "remove_closure": Closure(unit=unit, first_day=MONDAY, last_day=MONDAY, reason="Training"),
        "remove_staffing": Staffing(unit=unit, day=MONDAY, nurses=2),
        "release_chair": builders.take(unit.chairs.first(), MONDAY, time(9), time(10)),
    }[name]
    row.save()
    meanwhile(monkeypatch, lambda: type(row).objects.filter(pk=row.pk).delete())
    response = client.post(reverse(f"scheduling:{name}", args=[row.pk]), follow=True)
    assert "was removed by somebody else." in response.content.decode()


# Closures


def closure(first, last=None, reason="Deep clean"):
    return boxes("first_day", first) | (boxes("last_day", last) if last else {}) | {"reason": reason}


def test_a_closure_over_nobody_is_saved_at_once(client, lead, unit):
    assert send(client, "add_closure", unit.pk, **closure(MONDAY, WEDNESDAY)).url == unit.get_absolute_url()
    saved = unit.closures.get()
    assert (saved.first_day, saved.last_day, saved.reason) == (MONDAY, WEDNESDAY, "Deep clean")
    assert logged("closure.added").get().actor_id == lead.pk
    assert "Monday 8 March 2027 to Wednesday 10 March 2027" in page(client, "show_unit", unit.pk)


def test_without_a_last_day_a_closure_is_one_day(client, unit):
    send(client, "add_closure", unit.pk, **closure(MONDAY))
    assert unit.closures.get().last_day == MONDAY


def test_a_closure_over_booked_visits_names_them_before_it_is_saved(client, coordinator, unit):
    course = builders.book(unit, MONDAY, coordinator, name="Ada Lark")
    other = builders.book(unit, THURSDAY, coordinator, name="Finn Wren")
    builders.book(builders.unit(), MONDAY, coordinator, name="Rae Elsewhere")
    response = send(client, "add_closure", unit.pk, **closure(TUESDAY, WEDNESDAY))
    shown = main_part(response)
    assert "1 visit is booked on these days" in shown
    assert course.get_absolute_url() in shown
    assert "Tuesday 9 March 2027, 9am to 1pm" in shown
    assert "Monday 8 March" not in shown
    assert other.patient.name not in shown
    assert not Closure.objects.exists()
    assert looks_at(course, "add_closure").count() == 1
    assert not looks_at(other, "add_closure").exists()


def test_a_closure_says_how_many_courses_have_to_move(client, coordinator, unit):
    """Both days of Ada are hit, and of Finn only the afternoon one."""
    builders.book(unit, MONDAY, coordinator, name="Ada Lark", start=13 * 60)
    builders.book(unit, TUESDAY, coordinator, name="Finn Wren", chair=unit.chairs.last(), start=13 * 60)
    builders.book(unit, MONDAY, coordinator, name="Cleo Finch")
    part = {"part": "from", "at": "3pm"}
    shown = main_part(send(client, "add_closure", unit.pk, **closure(MONDAY, TUESDAY), **part))
    assert "3 visits are booked on these days" in shown
    assert "All 2 courses have to be moved." in " ".join(shown.split())


def test_a_closure_over_booked_visits_is_saved_when_confirmed(client, coordinator, unit):
    course = builders.book(unit, MONDAY, coordinator)
    checked = send(client, "add_closure", unit.pk, **closure(MONDAY, TUESDAY))
    sent_back = dict(checked.context["typed"]) | {"confirmed": checked.context["seen"]}
    assert sent_back["reason"] == "Deep clean"
    response = client.post(reverse("scheduling:add_closure", args=[unit.pk]), sent_back, follow=True)
    assert unit.closures.get().last_day == TUESDAY
    assert "2 visits have to be moved." in main_part(response)
    assert len(course.live_sessions) == 2


def test_a_visit_booked_while_the_check_page_is_read_is_shown_before_the_save(client, coordinator, unit):
    builders.book(unit, MONDAY, coordinator, name="Ada Lark")
    typed = closure(MONDAY, TUESDAY)
    seen = send(client, "add_closure", unit.pk, **typed).context["seen"]
    book_another(unit, coordinator)
    response = send(client, "add_closure", unit.pk, **typed, confirmed=seen)
    assert response.status_code == 409
    assert "A visit was booked meanwhile." in main_part(response)
    assert "Finn Wren" in main_part(response)
    assert not Closure.objects.exists()
    send(client, "add_closure", unit.pk, **typed, confirmed=response.context["seen"])
    assert Closure.objects.exists()


def test_a_visit_cancelled_while_the_check_page_is_read_need_not_be_seen_again(client, coordinator, unit):
    course = builders.book(unit, MONDAY, coordinator)
    book_another(unit, coordinator)
    typed = closure(MONDAY, TUESDAY)
    seen = send(client, "add_closure", unit.pk, **typed).context["seen"]
    bookings.cancel(course=course, reason=CancelReason.CLINICAL, back_to_waiting=False, by=coordinator)
    assert send(client, "add_closure", unit.pk, **typed, confirmed=seen).status_code == 302


@pytest.mark.parametrize("confirmed", ["", "0", "-", "9" * 5000, "²,x"])
def test_a_confirmation_that_is_made_up_confirms_nothing(confirmed, client, coordinator, unit):
    builders.book(unit, MONDAY, coordinator)
    response = send(client, "add_closure", unit.pk, **closure(MONDAY), confirmed=confirmed)
    assert response.status_code == 409
    assert not Closure.objects.exists()


def test_a_closure_sent_twice_at_once_is_saved_once(client, monkeypatch, unit):
    meanwhile(
        monkeypatch,
        lambda: Closure.objects.create(unit=unit, first_day=MONDAY, last_day=MONDAY, reason="Floor"),
    )
    response = send(client, "add_closure", unit.pk, **closure(MONDAY))
    assert response.status_code == 409
    assert errors(response) == {"first_day": ["The unit is closed already: Monday 8 March 2027 (Floor)."]}
    assert 'value="Deep clean"' in main_part(response)
    assert not logged("closure.added").exists()


def test_going_back_from_the_check_page_keeps_what_was_typed(client, coordinator, unit):
    builders.book(unit, MONDAY, coordinator)
    response = send(client, "add_closure", unit.pk, **closure(MONDAY, TUESDAY), change="yes")
    assert 'value="Deep clean"' in main_part(response)
    assert not Closure.objects.exists()


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        (closure(YESTERDAY, TUESDAY), "first_day", "First day closed must be today or in the future"),
        (closure(TUESDAY, MONDAY), "last_day", "Last day closed must be the first day closed or after it"),
        (
            closure(TUESDAY) | {"last_day_day": 31},
            "last_day",
            "Last day closed must include a month and year",
        ),
        (closure(TUESDAY) | {"first_day_day": 32}, "first_day", "First day closed must be a real date"),
        (closure(MONDAY, reason=""), "reason", "Enter the reason"),
        (
            closure(FRIDAY, SATURDAY),
            "first_day",
            "The unit is closed already: Friday 12 March 2027 (Training).",
        ),
    ],
)
def test_a_closure_that_is_not_right_is_refused_in_words(typed, field, sentence, client, unit):
    Closure.objects.create(unit=unit, first_day=FRIDAY, last_day=FRIDAY, reason="Training")
    assert errors(send(client, "add_closure", unit.pk, **typed)) == {field: [sentence]}
    assert unit.closures.count() == 1


def test_a_closure_goes_after_a_page_that_asks(client, unit):
    row = Closure.objects.create(unit=unit, first_day=MONDAY, last_day=TUESDAY, reason="Training")
    assert "Training" in page(client, "remove_closure", row.pk)
    assert Closure.objects.exists()
    send(client, "remove_closure", row.pk)
    assert not Closure.objects.exists()
    assert logged("closure.removed").get().changes["reason"] == ["Training", None]


# Nurses on one day


def staffing(day, nurses, note=""):
    return boxes("day", day) | {"nurses": nurses, "note": note}


def test_enough_nurses_are_saved_at_once(client, coordinator, unit):
    builders.book(unit, MONDAY, coordinator)
    send(client, "set_staffing", unit.pk, **staffing(MONDAY, 1, "Study day"))
    assert logged("staffing.added").get().changes["nurses"] == [None, 1]
    assert "1 nurse instead of 3 (Study day)" in page(client, "show_unit", unit.pk)


def test_a_day_set_before_is_set_anew(client, unit):
    Staffing.objects.create(unit=unit, day=MONDAY, nurses=1, note="Study day")
    asked = page(client, "set_staffing", unit.pk, day="2027-03-08")
    assert 'value="Study day"' in asked
    send(client, "set_staffing", unit.pk, **staffing(MONDAY, 2))
    assert unit.staffing.get().nurses == 2
    assert logged("staffing.changed").get().changes == {"nurses": [1, 2], "note": ["Study day", ""]}


@pytest.mark.parametrize("day", ["", "soon", "2027-13-45", "2027-03-09"])
def test_an_address_without_such_a_day_asks_for_one(day, client, unit):
    assert 'id="id_day_day"' in page(client, "set_staffing", unit.pk, day=day)


def test_too_few_nurses_name_the_visits_and_why_before_they_are_saved(client, coordinator, unit):
    course = builders.book(unit, MONDAY, coordinator, name="Ada Lark")
    response = send(client, "set_staffing", unit.pk, **staffing(TUESDAY, 0))
    shown = main_part(response)
    assert course.get_absolute_url() in shown
    assert "One nurse would be needed at 9am on Tuesday 9 March 2027" in shown
    assert "Monday 8 March" not in shown
    assert not Staffing.objects.exists()
    assert looks_at(course, "set_staffing").count() == 1
    send(client, "set_staffing", unit.pk, **staffing(TUESDAY, 0), confirmed=response.context["seen"])
    assert unit.staffing.get().nurses == 0


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        (staffing(YESTERDAY, 2), "day", "Date must be today or in the future"),
        (
            staffing(SATURDAY, 2),
            "day",
            "The unit is not open on Saturdays, so there are no nurses on Saturday 13 March 2027",
        ),
        (
            staffing(FRIDAY, 2),
            "day",
            "The unit is closed (Training), so there are no nurses on Friday 12 March 2027",
        ),
        (staffing(MONDAY, 51), "nurses", "Number of nurses must be 50 or less"),
        (staffing(MONDAY, -1), "nurses", "Number of nurses must be 0 or more"),
        (staffing(MONDAY, ""), "nurses", "Enter the number of nurses"),
    ],
)
def test_nurses_that_are_not_right_are_refused_in_words(typed, field, sentence, client, unit):
    Closure.objects.create(unit=unit, first_day=FRIDAY, last_day=FRIDAY, reason="Training")
    assert errors(send(client, "set_staffing", unit.pk, **typed)) == {field: [sentence]}
    assert not Staffing.objects.exists()


def test_going_back_to_the_usual_number_names_the_visits_it_is_too_few_for(client, coordinator):
    unit = builders.unit(nurses=1)
    row = Staffing.objects.create(unit=unit, day=MONDAY, nurses=2)
    Staffing.objects.create(unit=unit, day=TUESDAY, nurses=2)
    builders.book(unit, MONDAY, coordinator, name="Ada Lark")
    course = builders.book(unit, MONDAY, coordinator, name="Finn Wren", chair=unit.chairs.last())
    asked = page(client, "remove_staffing", row.pk)
    assert "too few for 2 booked visits" in asked
    assert course.get_absolute_url() in asked
    assert looks_at(course, "remove_staffing").count() == 1
    seen = client.get(reverse("scheduling:remove_staffing", args=[row.pk])).context["form"].initial
    assert f'name="confirmed" value="{seen["confirmed"]}"' in asked
    send(client, "remove_staffing", row.pk, **seen)
    assert [left.day for left in unit.staffing.all()] == [TUESDAY]
    assert logged("staffing.removed").get().changes["nurses"] == [2, None]


# Chairs taken by something else


def taking(chair, day, starts="9am", ends="1pm", taken_for="Repair"):
    return boxes("day", day) | {"chair": chair.pk, "starts": starts, "ends": ends, "taken_for": taken_for}


def test_a_chair_is_taken_and_released(client, lead, unit):
    chair = unit.chairs.first()
    send(client, "take_chair", unit.pk, **taking(chair, MONDAY))
    booking = chair.bookings.get()
    assert (booking.starts_at.isoformat(), booking.ends_at.isoformat()) == (
        "2027-03-08T09:00:00+00:00",
        "2027-03-08T13:00:00+00:00",
    )
    assert logged("booking.added").get().actor_id == lead.pk
    assert "Chair 1, 9am to 1pm: Repair" in page(client, "show_unit", unit.pk)
    assert "Repair" in page(client, "release_chair", booking.pk)
    assert chair.bookings.exists()
    send(client, "release_chair", booking.pk)
    assert not chair.bookings.exists()
    assert logged("booking.removed").get().changes["taken_for"] == ["Repair", None]


def test_a_chair_with_a_child_in_it_is_not_taken(client, coordinator, unit):
    course = builders.book(unit, MONDAY, coordinator, name="Ada Lark")
    chair = unit.chairs.first()
    response = send(client, "take_chair", unit.pk, **taking(chair, MONDAY, "midday", "2pm"))
    assert response.status_code == 409
    assert errors(response) == {
        "starts": [
            "Chair 1 is taken on Monday 8 March 2027 from 9am to 1pm (a child’s visit). "
            "Choose another time or another chair."
        ]
    }
    assert "1 visit has this chair then" in main_part(response)
    assert looks_at(course, "take_chair").count() == 1
    assert 'value="midday"' in response.content.decode()
    assert chair.bookings.count() == 2


def test_what_is_in_the_way_is_named(client, unit):
    chair = unit.chairs.first()
    builders.take(chair, MONDAY, time(9), time(10), "Cleaning")
    builders.take(chair, MONDAY, time(12), time(14), "Scan")
    response = send(client, "take_chair", unit.pk, **taking(chair, MONDAY))
    (sentence,) = errors(response)["starts"]
    assert "from 9am to 10am (Cleaning) and from midday to 2pm (Scan)" in sentence


def test_a_chair_may_be_taken_up_to_the_minute_and_beside_another(client, coordinator, unit):
    builders.book(unit, MONDAY, coordinator)
    first, second = unit.chairs.all()
    assert send(client, "take_chair", unit.pk, **taking(first, MONDAY, "1pm", "2pm")).status_code == 302
    assert send(client, "take_chair", unit.pk, **taking(second, MONDAY)).status_code == 302


def test_nobody_is_booked_into_a_taken_chair(client, coordinator, unit):
    send(client, "take_chair", unit.pk, **taking(unit.chairs.first(), TUESDAY))
    with pytest.raises(SlotGone, match="Chair 1 is taken from 9am to 1pm on Tuesday 9 March 2027"):
        builders.book(unit, MONDAY, coordinator)


def test_the_database_has_the_last_word_on_a_chair(monkeypatch, lead, unit):
    chair = unit.chairs.first()
    taken = builders.take(chair, MONDAY, time(9), time(10))
    again = Booking(chair=chair, starts_at=taken.starts_at, ends_at=taken.ends_at, taken_for="Repair")
    monkeypatch.setattr(type(Booking.objects.all()), "between", lambda rows, *when: rows.none())
    with pytest.raises(Refused, match="Somebody else took this chair just now"):
        setup.take_chair(booking=again, by=lead)
    assert chair.bookings.get() == taken
    assert not logged("booking.added").exists()


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        (boxes("day", YESTERDAY), "day", "Date must be today or in the future"),
        ({"starts": "9"}, "starts", "The start must be a time, like 9am, 9:30am or 2:15pm"),
        ({"ends": ""}, "ends", "Enter the end"),
        ({"ends": "9am"}, "ends", "The end must be after the start, on the same day"),
        ({"taken_for": ""}, "taken_for", "Enter what the chair is taken for"),
        ({"chair": ""}, "chair", "Select a chair"),
        (
            boxes("day", FRIDAY),
            "day",
            "The unit is closed (Training), so no chair can be taken on Friday 12 March 2027",
        ),
        (
            boxes("day", SATURDAY),
            "day",
            "The unit is not open on Saturdays, so no chair can be taken on Saturday 13 March 2027",
        ),
        (
            {"starts": "7:45am"},
            "starts",
            "The start must be 8am or later: the unit is open 8am to 6pm on Monday 8 March 2027",
        ),
        (
            {"ends": "6:15pm"},
            "ends",
            "The end must be 6pm or earlier: the unit is open 8am to 6pm on Monday 8 March 2027",
        ),
    ],
)
def test_a_taking_that_is_not_right_is_refused_in_words(typed, field, sentence, client, unit):
    Closure.objects.create(unit=unit, first_day=FRIDAY, last_day=FRIDAY, reason="Training")
    response = send(client, "take_chair", unit.pk, **taking(unit.chairs.first(), MONDAY) | typed)
    assert errors(response) == {field: [sentence]}
    assert not Booking.objects.exists()


def test_the_hour_that_summer_time_leaves_out_has_no_length(client, unit):
    unit.opening_hours.create(weekday=6, opens=time(0), closes=time(18), nurses=1)
    sunday = boxes("day", date(2027, 3, 28)) | {"starts": "1am", "ends": "2am"}
    response = send(client, "take_chair", unit.pk, **taking(unit.chairs.first(), MONDAY) | sunday)
    assert errors(response) == {"ends": ["The end must be after the start, on the same day"]}


def test_a_chair_may_be_taken_for_the_whole_day(client, unit):
    typed = taking(unit.chairs.first(), MONDAY, "8am", "6pm")
    assert send(client, "take_chair", unit.pk, **typed).status_code == 302


def test_a_bank_holiday_has_no_nurses_and_no_chair(client):
    unit, good_friday = builders.unit(closed_on_bank_holidays=True), date(2027, 3, 26)
    why = "The unit is closed for a bank holiday (Good Friday), so {} on Friday 26 March 2027"
    response = send(client, "set_staffing", unit.pk, **staffing(good_friday, 2))
    assert errors(response) == {"day": [why.format("there are no nurses")]}
    response = send(client, "take_chair", unit.pk, **taking(unit.chairs.first(), good_friday))
    assert errors(response) == {"day": [why.format("no chair can be taken")]}


def test_only_chairs_in_use_of_this_unit_can_be_taken(client, unit):
    unit.chairs.filter(name="Chair 2").update(in_use=False)
    for chair in (unit.chairs.last(), builders.unit().chairs.first()):
        response = send(client, "take_chair", unit.pk, **taking(chair, MONDAY))
        assert errors(response) == {"chair": ["Select a chair from the list"]}


def test_the_chair_of_a_visit_is_not_released_here(client, coordinator, unit):
    builders.book(unit, MONDAY, coordinator)
    booking = Booking.objects.first()
    assert send(client, "release_chair", booking.pk).status_code == 404
    assert Booking.objects.count() == 2


def test_what_is_over_is_no_longer_shown(client, unit):
    Closure.objects.create(unit=unit, first_day=YESTERDAY, last_day=YESTERDAY, reason="Training")
    Staffing.objects.create(unit=unit, day=YESTERDAY, nurses=1, note="Study day")
    builders.take(unit.chairs.first(), YESTERDAY - timedelta(days=2), time(9), time(10), "Repair")
    shown = page(client, "show_unit", unit.pk)
    assert not any(word in shown for word in ("Training", "Study day", "Repair"))
