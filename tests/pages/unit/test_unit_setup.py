"""Setting up a unit: who may, what each form takes and refuses, and what is left in the log."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import AccessEvent, AuditEvent
from scheduling.errors import SlotGone
from scheduling.models import Chair, OpeningHours, Unit, Weekday
from scheduling.pages.unit.unit_forms import ChairForm
from scheduling.rules import Rule
from scheduling.unit.misfits import misfits_of
from tests import builders
from tests.reading import main_part, text_of
from tests.unit_pages import boxes, errors, logged, meanwhile, page, send

pytestmark = pytest.mark.django_db

UNIT = {
    "name": "Willow Unit",
    "place": "Level 2, main entrance",
    "phone": "0113 496 0123",
    "phone_hours": "Monday to Friday, 8am to 5pm",
    "out_of_hours": "Ring the children’s ward on 0113 496 0124",
    "mailbox": "daycase@hospital.example",
    "entry_detail": "advice",
    "advice_page": "",
    "undo_minutes": "2",
    "notice_days": "0",
    "overrun_minutes": "0",
    "cannulation_minutes": "30",
    "children_per_nurse": "3",
    "closed_on_bank_holidays": "True",
}
PAGES_OF_THE_LEAD = ["change_unit", "add_chair", "set_opening_hours", "set_weekly_nurses"]
PAGES_OF_DAYS = ["add_closure", "set_staffing", "take_chair"]
PAGES_THAT_CHANGE = PAGES_OF_THE_LEAD + PAGES_OF_DAYS


@pytest.fixture(autouse=True)
def signed_in_as_lead(client, lead):
    client.force_login(lead)


@pytest.fixture
def unit():
    return builders.unit()


# Who may, and how one gets there


@pytest.mark.parametrize("name", PAGES_OF_THE_LEAD)
def test_a_coordinator_sees_the_unit_and_may_not_change_it(name, client, coordinator, unit):
    client.force_login(coordinator)
    assert client.get(reverse(f"scheduling:{name}", args=[unit.pk])).status_code == 403
    for looked_at in ("show_unit", "preview_weeks"):
        assert reverse(f"scheduling:{name}", args=[unit.pk]) not in page(client, looked_at, unit.pk)


@pytest.mark.parametrize("name", PAGES_OF_DAYS)
def test_a_coordinator_may_change_days_and_a_nurse_may_not(name, client, coordinator, nurse, unit):
    here = reverse(f"scheduling:{name}", args=[unit.pk])
    for user, may in ((coordinator, True), (nurse, False)):
        client.force_login(user)
        assert client.get(here).status_code == (200 if may else 403)
        assert (here in page(client, "show_unit", unit.pk)) is may


@pytest.mark.parametrize("name", PAGES_OF_DAYS)
def test_the_lead_decides_whether_coordinators_change_days(name, client, coordinator, lead, unit):
    asked = client.get(reverse("scheduling:change_unit", args=[unit.pk])).context["form"]
    assert asked["coordinators_change_days"].value() is True
    send(client, "change_unit", unit.pk, **UNIT)  # the box is not ticked
    here = reverse(f"scheduling:{name}", args=[unit.pk])
    assert client.get(here).status_code == 200
    client.force_login(coordinator)
    assert client.get(here).status_code == 403
    assert here not in page(client, "show_unit", unit.pk)
    assert "A nurse is away" not in main_part(client.get("/"))


@pytest.mark.parametrize("name", [*PAGES_THAT_CHANGE, "show_unit", "preview_weeks", "change_chair"])
def test_an_unknown_record_is_not_found(name, client):
    assert client.get(reverse(f"scheduling:{name}", args=[999])).status_code == 404


def test_without_a_unit_the_lead_is_told_to_add_one_and_others_whom_to_ask(client, reader):
    assert reverse("scheduling:add_unit") in page(client, "list_units")
    client.force_login(reader)
    told = page(client, "list_units")
    assert "The unit lead can add it." in told
    assert reverse("scheduling:add_unit") not in told


def test_the_only_unit_is_shown_at_once_and_two_are_listed(client, unit):
    assert client.get(reverse("scheduling:list_units")).url == unit.get_absolute_url()
    other = builders.unit()
    assert all(each.get_absolute_url() in page(client, "list_units") for each in (unit, other))


# The unit itself


def test_a_unit_is_added_with_all_that_was_typed(client, lead):
    response = send(client, "add_unit", **UNIT)
    unit = Unit.objects.get()
    assert response.url == unit.get_absolute_url()
    assert {name: str(getattr(unit, name)) for name in UNIT} == UNIT | {"phone": "+441134960123"}
    shown = text_of(client.get(unit.get_absolute_url()))
    assert "0113 496 0123" in shown
    assert "+44" not in shown
    (event,) = logged("unit.added")
    assert (event.actor_id, event.changes["name"]) == (lead.pk, [None, "Willow Unit"])


def test_nothing_is_chosen_beforehand_for_a_new_unit(client):
    asked = page(client, "add_unit")
    assert "checked" not in asked
    assert 'value="30"' not in asked


def test_a_new_unit_says_what_is_still_to_do_until_it_is_done(client):
    send(client, "add_unit", **UNIT | {"phone": "", "mailbox": ""})
    unit = Unit.objects.get()
    told = page(client, "show_unit", unit.pk)
    assert "Add the chairs" in told
    assert "Set the opening hours" in told
    assert "Add what no mail to a family leaves without: phone number for families and mailbox" in told
    Chair.objects.create(unit=unit, name="Chair 1")
    OpeningHours.objects.create(unit=unit, weekday=0, nurses=2)
    send(client, "change_unit", unit.pk, **UNIT)
    assert "Write and approve the texts for families" in page(client, "show_unit", unit.pk)
    builders.approve_texts(unit)
    assert "Write the checklist before a course" in page(client, "show_unit", unit.pk)
    builders.checklist(unit)
    assert "Still to do" not in page(client, "show_unit", unit.pk)


def test_a_change_can_be_undone_for_two_minutes_unless_the_unit_says_otherwise(client):
    new = client.get(reverse("scheduling:add_unit")).context["form"]
    assert new["undo_minutes"].value() == 2
    send(client, "add_unit", **UNIT | {"undo_minutes": "0"})
    assert Unit.objects.get().undo_minutes == 0
    assert "Minutes to undo a change, while its mails wait" in page(
        client, "show_unit", Unit.objects.get().pk
    )


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"name": ""}, "name", "Enter the name of the unit"),
        ({"place": " "}, "place", "Enter where families come to"),
        ({"mailbox": "daycase"}, "mailbox", "Mailbox that invites come from must be an email address"),
        ({"mailbox": "daycase@localhost"}, "mailbox", "must be an address that mail can reach"),
        ({"mailbox": "daycase@höspital.example"}, "mailbox", "must be an address that mail can reach"),
        ({"entry_detail": ""}, "entry_detail", "Select what a calendar entry says"),
        ({"entry_detail": "link"}, "advice_page", "Enter the address of the advice page"),
        ({"advice_page": "leaflet"}, "advice_page", "must be a web address, like https://"),
        ({"cannulation_minutes": "121"}, "cannulation_minutes", "must be 120 or less"),
        ({"children_per_nurse": "0"}, "children_per_nurse", "must be 1 or more"),
        ({"children_per_nurse": "three"}, "children_per_nurse", "must be a whole number"),
        ({"undo_minutes": ""}, "undo_minutes", "Enter the number of minutes to undo a change, or 0"),
        ({"undo_minutes": "11"}, "undo_minutes", "must be 10 or less"),
        ({"closed_on_bank_holidays": ""}, "closed_on_bank_holidays", "Select whether the unit is closed"),
    ],
)
def test_a_unit_that_is_not_right_is_refused_in_words(typed, field, sentence, client):
    response = send(client, "add_unit", **UNIT | typed)
    found = errors(response)
    assert list(found) == [field]
    assert len(found[field]) == 1
    assert sentence in found[field][0]
    assert "0113 496 0123" in response.content.decode()
    assert not Unit.objects.exists()


def test_two_units_cannot_have_one_name(client):
    send(client, "add_unit", **UNIT)
    assert errors(send(client, "add_unit", **UNIT)) == {"name": ["Another unit has this name"]}


def test_a_unit_added_twice_at_once_is_a_refusal_and_keeps_what_was_typed(client, monkeypatch):
    send(client, "add_unit", **UNIT)
    monkeypatch.setattr(Unit, "validate_unique", lambda *args, **kwargs: None)
    response = send(client, "add_unit", **UNIT)
    assert response.status_code == 409
    assert "Somebody else saved a unit like this just now" in str(errors(response))
    assert 'value="Willow Unit"' in main_part(response)
    assert Unit.objects.count() == 1


def test_a_changed_unit_leaves_what_was_and_what_is(client, unit):
    typed = UNIT | {"entry_detail": "link", "advice_page": "https://www.hospital.example/advice"}
    send(client, "change_unit", unit.pk, **typed)
    unit.refresh_from_db()
    assert unit.closed_on_bank_holidays is True
    (event,) = logged("unit.changed")
    assert event.changes["entry_detail"] == ["advice", "link"]
    send(client, "change_unit", unit.pk, **typed)
    assert logged("unit.changed").count() == 1


def test_what_a_unit_lacks_follows_the_words_the_unit_has_no():
    lacks = builders.unit(phone="", phone_hours=" ", out_of_hours="", mailbox="").missing_for_mail()
    assert lacks == ["phone number for families", "hours of the phone", "out-of-hours text", "mailbox"]
    assert builders.unit().missing_for_mail() == []


# Chairs


def test_a_chair_is_added_in_use(client, unit):
    send(client, "add_chair", unit.pk, name="Bed 9", kinds="Bed, Side  room, bed")
    chair = Chair.objects.get(name="Bed 9")
    assert (chair.unit, chair.kinds, chair.in_use) == (unit, ["bed", "side room"], True)
    assert logged("chair.added").get().record_id == chair.pk
    assert "Bed 9" in page(client, "show_unit", unit.pk)


@pytest.mark.parametrize("name", ["Chair 2", "chair 2", " Chair 2 "])
def test_two_chairs_of_a_unit_cannot_have_one_name(name, client, unit):
    refusal = {"name": ["Another chair of this unit has this name"]}
    assert errors(send(client, "add_chair", unit.pk, name=name)) == refusal
    first = unit.chairs.first()
    assert errors(send(client, "change_chair", first.pk, name=name, in_use="on")) == refusal
    assert send(client, "add_chair", builders.unit(chairs=0).pk, name=name).status_code == 302


def test_a_chair_added_twice_at_once_is_a_refusal_and_keeps_what_was_typed(client, monkeypatch, unit):
    monkeypatch.delattr(ChairForm, "clean_name")
    response = send(client, "add_chair", unit.pk, name="Chair 1", kinds="Recliner")
    assert response.status_code == 409
    assert "Somebody else saved a chair like this just now" in str(errors(response))
    assert 'value="Recliner"' in main_part(response)
    assert unit.chairs.count() == 2


def test_a_broken_chair_names_the_visits_that_need_another(client, coordinator, unit):
    course = builders.book(unit, builders.next_monday(), coordinator, name="Ada Lark")
    other = builders.book(
        unit, builders.next_monday(), coordinator, name="Finn Wren", chair=unit.chairs.last()
    )
    chair = unit.chairs.first()
    response = send(client, "change_chair", chair.pk, name=chair.name, kinds="Recliner")
    shown = main_part(response)
    assert "2 visits need another chair" in shown
    assert course.get_absolute_url() in shown
    assert other.patient.name not in shown
    looks = AccessEvent.objects.filter(page="scheduling:change_chair", patient_id__isnull=False)
    assert {look.patient_id for look in looks} == {course.patient_id}
    chair.refresh_from_db()
    assert chair.in_use
    typed = dict(response.context["typed"])
    assert typed["kinds"] == "Recliner"
    back = main_part(send(client, "change_chair", chair.pk, **typed, change="yes"))
    assert 'value="Recliner"' in back
    chair.refresh_from_db()
    assert chair.in_use


def test_a_broken_chair_goes_out_of_use_when_confirmed_and_its_visits_are_misfits(client, coordinator, unit):
    course = builders.book(unit, builders.next_monday(), coordinator)
    chair = unit.chairs.first()
    checked = send(client, "change_chair", chair.pk, name=chair.name)
    sent_back = dict(checked.context["typed"]) | {"confirmed": checked.context["seen"]}
    assert send(client, "change_chair", chair.pk, **sent_back).url.endswith("/weeks/#misfits")
    chair.refresh_from_db()
    assert not chair.in_use
    assert len(course.live_sessions) == 2
    assert {objection.rule for objection in misfits_of(course, timezone.now())} == {Rule.CHAIR_EXISTS}
    with pytest.raises(SlotGone, match="is not one the unit uses"):
        builders.book(unit, builders.next_monday(weeks=2), coordinator, chair=chair)
    assert send(client, "change_chair", chair.pk, name="Broken chair").status_code == 302


def test_a_visit_booked_in_the_last_moment_keeps_a_chair_in_use(client, coordinator, monkeypatch, unit):
    meanwhile(monkeypatch, lambda: builders.book(unit, builders.next_monday(), coordinator))
    chair = unit.chairs.first()
    assert "Ada Lark" in main_part(send(client, "change_chair", chair.pk, name=chair.name))
    chair.refresh_from_db()
    assert chair.in_use


def test_a_chair_that_goes_out_of_use_meanwhile_is_not_taken(client, monkeypatch, unit):
    chair = unit.chairs.first()
    meanwhile(monkeypatch, lambda: unit.chairs.update(in_use=False))
    typed = boxes("day", builders.next_monday()) | {"starts": "9am", "ends": "10am", "taken_for": "Repair"}
    response = send(client, "take_chair", unit.pk, chair=chair.pk, **typed)
    assert response.status_code == 409
    assert "Chair 1 was taken out of use just now." in str(errors(response))


def test_a_chair_without_bookings_to_come_goes_out_of_use(client, unit):
    chair = unit.chairs.first()
    builders.take(chair, builders.next_monday() - timedelta(weeks=3), time(9), time(10))
    send(client, "change_chair", chair.pk, name=chair.name, kinds="Recliner")
    chair.refresh_from_db()
    assert not chair.in_use
    assert logged("chair.changed").get().changes == {"in_use": [True, False], "kinds": [[], ["recliner"]]}
    assert "Recliner, not in use" in page(client, "show_unit", unit.pk)


# Opening hours


def week(**changes):
    """What the page of an ordinary unit sends back, with some boxes changed."""
    typed = {}
    for weekday in range(5):
        typed |= {
            f"open_{weekday}": "on",
            f"opens_{weekday}": "8am",
            f"closes_{weekday}": "6pm",
            f"nurses_{weekday}": "3",
        }
    typed |= changes
    return {name: value for name, value in typed.items() if value is not None}


def test_the_week_is_asked_as_it_stands_a_fieldset_for_each_weekday(client, unit):
    asked = page(client, "set_opening_hours", unit.pk)
    assert asked.count("<fieldset") == 8
    assert "From which date?" in asked
    assert asked.count("checked") == 5
    assert asked.count('value="8am"') == 5


def test_a_save_of_the_week_leaves_an_audit_row_for_each_day_that_changed(client, unit):
    typed = week(opens_0="9:30am", open_4=None, open_5="on", opens_5="10am", closes_5="4pm", nurses_5="1")
    assert send(client, "set_opening_hours", unit.pk, **typed).url == unit.get_absolute_url()
    hours = {row.weekday: (row.opens, row.closes, row.nurses) for row in unit.opening_hours.all()}
    ordinary = (time(8), time(18), 3)
    assert hours == {
        Weekday.MONDAY: (time(9, 30), time(18), 3),
        **dict.fromkeys((Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY), ordinary),
        Weekday.SATURDAY: (time(10), time(16), 1),
    }
    assert logged("openinghours.changed").get().changes == {"opens": ["08:00:00", "09:30:00"]}
    assert logged("openinghours.removed").get().changes["weekday"] == [Weekday.FRIDAY, None]
    assert logged("openinghours.added").get().changes["weekday"] == [None, Weekday.SATURDAY]


def test_what_stands_in_the_boxes_of_a_closed_day_does_not_count(client, unit):
    typed = week(open_0=None, opens_0="whenever", closes_0="", nurses_0="-4")
    assert send(client, "set_opening_hours", unit.pk, **typed).status_code == 302
    assert Weekday.MONDAY not in {row.weekday for row in unit.opening_hours.all()}


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"closes_0": "7am"}, "closes_0", "On Monday the unit must close after it opens"),
        ({"closes_0": "8am"}, "closes_0", "On Monday the unit must close after it opens"),
        ({"opens_1": "9"}, "opens_1", "Opening time on Tuesday must be a time, like 9am, 9:30am or 2:15pm"),
        ({"nurses_2": "51"}, "nurses_2", "Number of nurses on Wednesday must be 50 or less"),
        ({"nurses_2": "0"}, "nurses_2", "Number of nurses on Wednesday must be 1 or more"),
        ({"nurses_3": ""}, "nurses_3", "Enter the number of nurses on Thursday"),
        ({"opens_4": ""}, "opens_4", "Enter the opening time on Friday"),
    ],
)
def test_a_wrong_day_is_named_and_keeps_what_was_typed(typed, field, sentence, client, unit):
    response = send(client, "set_opening_hours", unit.pk, **week(nurses_0="7") | typed)
    assert errors(response) == {field: [sentence]}
    shown = response.content.decode()
    assert 'value="7"' in shown
    assert all(f'value="{value}"' in shown for value in typed.values() if value)
    assert unit.opening_hours.get(weekday=0).nurses == 3
    assert not AuditEvent.objects.filter(record="openinghours").exists()
