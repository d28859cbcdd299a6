"""Pages of infusions that are not courses."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date, short_date
from patients import access
from patients.access import Role
from scheduling.doctor.units import infusions_that_do_not_fit
from scheduling.errors import Refused
from scheduling.models import (
    Booking,
    Closure,
    InfusionKind,
    KeptPlaces,
    OtherInfusion,
    Task,
    TaskKind,
    Unit,
)
from scheduling.tasks import doing
from scheduling.unit import other_infusions, setup
from tests import builders


@pytest.fixture
def unit(db):
    return builders.unit(chairs=2, nurses=2)


@pytest.fixture
def kind(unit, lead):
    made = InfusionKind(unit=unit, name="Iron infusion", minutes=90, cannulates=True, care="shared")
    setup.save_infusion_kind(kind=made, by=lead)
    return InfusionKind.objects.select_related("unit").get()


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


def typed(kind, day, **more):
    date = dict(zip(("day_day", "day_month", "day_year"), (day.day, day.month, day.year), strict=True))
    return {"kind": kind.pk, "label": "Iron 1", "start": "9am", "chair": "", "every_weeks": ""} | date | more


def until(day):
    return dict(zip(("until_day", "until_month", "until_year"), (day.day, day.month, day.year), strict=True))


def test_the_lead_adds_a_kind_in_quarter_hours(client, lead, unit):
    client.force_login(lead)
    address = reverse("scheduling:add_infusion_kind", args=[unit.pk])
    asked = {"name": "Iron", "minutes": "50", "cannulates": "True", "care": "shared", "in_use": "True"}

    assert "in quarter hours" in client.post(address, asked).content.decode()
    assert client.post(address, asked | {"minutes": "60"}).status_code == 302

    unit.refresh_from_db()
    assert unit.gives_others
    assert "Iron" in client.get(unit.get_absolute_url()).content.decode()


def test_a_series_is_checked_first_and_what_does_not_fit_is_left_out(page, kind, unit):
    monday = builders.next_monday(2)
    shut = monday + timedelta(days=7)
    Closure.objects.create(unit=unit, first_day=shut, last_day=shut, reason="deep clean")
    address = reverse("scheduling:place_infusion", args=[unit.pk])
    fields = typed(kind, monday, every_weeks="1", **until(monday + timedelta(days=14)))
    check = page.post(address, fields)

    assert check.context["left_out"]
    assert len(check.context["fitting"]) == 2
    assert not OtherInfusion.objects.exists()
    page.post(address, fields | {"confirmed": check.context["seen"]})
    assert Booking.objects.filter(infusion__isnull=False).count() == 2


def test_every_gap_in_a_repeat_is_said(page, kind, unit):
    address = reverse("scheduling:place_infusion", args=[unit.pk])
    monday = builders.next_monday(2)

    assert (
        "until when it is repeated"
        in page.post(address, typed(kind, monday, every_weeks="2")).content.decode()
    )
    fields = typed(kind, monday, **until(monday))
    assert "how often it is repeated" in page.post(address, fields).content.decode()


def test_it_stands_on_the_board_and_the_day_list_and_is_moved_and_cancelled(page, kind, unit, coordinator):
    monday = builders.next_monday(2)
    first, _ = other_infusions.place(
        kind=kind,
        label="Iron 1",
        days=[monday, monday + timedelta(days=7)],
        start=540,
        chair=None,
        by=coordinator,
    )
    for address in ("show_board", "show_day"):
        seen = page.get(reverse(f"scheduling:{address}"), {"day": monday.isoformat()}).content.decode()
        assert "Iron 1" in seen
        assert first.get_absolute_url() in seen
    tuesday = monday + timedelta(days=1)
    move = typed(kind, tuesday, start="10am", which="later")

    page.post(reverse("scheduling:move_infusion", args=[first.pk]), move)
    assert {row.starts_at.astimezone().weekday() for row in Booking.objects.all()} == {1}
    shut = page.post(reverse("scheduling:move_infusion", args=[first.pk]), move | {"start": "5pm"})
    assert shut.status_code == 409
    assert "the unit closes at 6pm" in shut.content.decode()

    page.post(reverse("scheduling:cancel_infusion", args=[first.pk]), {"which": "later"})
    assert not Booking.objects.exists()
    assert page.get(first.get_absolute_url()).status_code == 404


def test_a_unit_without_kinds_is_as_before(page, unit):
    board = page.get(reverse("scheduling:show_board")).content.decode()
    assert "other infusion" not in board.casefold()
    assert "another infusion" not in page.get(unit.get_absolute_url()).content.decode()


def test_without_a_kind_nothing_can_be_placed(page, unit):
    answer = page.get(reverse("scheduling:place_infusion", args=[unit.pk]), follow=True)
    assert "Add the infusions that are given here first." in answer.content.decode()


def test_the_board_says_which_places_are_kept_and_until_when(page, unit, lead):
    monday = builders.next_monday(2)
    kept = KeptPlaces(
        unit=unit, kept_for="others", places=1, released_days_before=7, starts=time(9), ends=time(13)
    )
    setup.keep_places(kept=kept, by=lead)
    board = page.get(reverse("scheduling:show_board"), {"day": monday.isoformat()}).content.decode()
    until = short_date(monday - timedelta(days=7))
    assert f"1 place kept for other infusions, 9am to 1pm, until {until}" in " ".join(board.split())
    assert "1 place for other infusions" in page.get(unit.get_absolute_url()).content.decode()


class TestAgainstARule:
    """One nurse, who begins with a child on a course at 9am on Monday."""

    @pytest.fixture
    def monday(self):
        return builders.next_monday(2)

    @pytest.fixture
    def unit(self, db):
        return builders.unit(chairs=2, nurses=1)

    @pytest.fixture
    def booked(self, unit, monday, coordinator):
        return builders.book(unit, monday, coordinator, days=1)

    def test_a_date_of_a_series_is_placed_with_a_reason_and_shown_with_who_allowed_it(
        self, page, kind, unit, booked, monday, coordinator
    ):
        address = reverse("scheduling:place_infusion", args=[unit.pk])
        fields = typed(kind, monday, every_weeks="1", **until(monday + timedelta(days=7)))
        check = page.post(address, fields)
        assert [visit.day for visit, *_ in check.context["against"]] == [monday]
        assert len(check.context["fitting"]) == 1
        sent = fields | {"broken": check.context["allow_form"].initial["broken"]}
        sent |= {"allowed": check.context["seen_all"]}
        unsaid = page.post(address, sent | {"allowed_because": ""})
        assert 'href="#id_allowed_because">Enter why the rule may be broken' in unsaid.content.decode()
        assert not OtherInfusion.objects.exists()

        shown = page.post(address, sent | {"allowed_because": "The ward sends one"}, follow=True)
        assert "2 infusions have been placed." in shown.content.decode()
        assert f"Allowed by {coordinator.name}: The ward sends one" in shown.content.decode()
        for name in ("show_board", "show_day"):
            words = page.get(reverse(f"scheduling:{name}"), {"day": monday.isoformat()}).content.decode()
            assert f"allowed by {coordinator.name}" in " ".join(words.split())
        unit_page = page.get(unit.get_absolute_url()).content.decode()
        assert "Rules broken by permission in the last 30 days" in unit_page

    def test_only_what_fits_can_be_placed_all_the_same(self, page, kind, unit, booked, monday):
        address = reverse("scheduling:place_infusion", args=[unit.pk])
        fields = typed(kind, monday, every_weeks="1", **until(monday + timedelta(days=7)))
        check = page.post(address, fields)
        page.post(address, fields | {"broken": "x", "confirmed": check.context["seen"]})
        assert [timezone.localdate(row.starts_at) for row in Booking.objects.exclude(infusion=None)] == [
            monday + timedelta(days=7)
        ]

    def test_it_is_moved_with_a_reason_and_stays_with_one(
        self, page, kind, unit, booked, monday, coordinator
    ):
        how = {"kind": kind, "label": "Iron 1", "start": 9 * 60, "chair": None, "by": coordinator}
        (placed,) = other_infusions.place(days=[monday + timedelta(days=1)], **how)
        address, fields = reverse("scheduling:move_infusion", args=[placed.pk]), typed(kind, monday)
        asked = page.post(address, fields)
        assert "nurses would be needed" in asked.content.decode()
        said = {"broken": asked.context["move_allow_form"].initial["broken"], "allowed_because": "Iron now"}
        moved = page.post(address, fields | said, follow=True)
        assert f"Allowed by {coordinator.name}: Iron now" in moved.content.decode()

        OtherInfusion.objects.update(overridden=[])
        shown = page.get(placed.get_absolute_url())
        assert "Let it stay where it is" in shown.content.decode()
        said = {"broken": shown.context["stay_form"].initial["broken"], "allowed_because": "Still"}
        address = reverse("scheduling:allow_infusion", args=[placed.pk])
        assert "Enter why" in page.post(address, said | {"allowed_because": ""}).content.decode()
        stays = page.post(address, said, follow=True).content.decode()
        assert f"Allowed by {coordinator.name}: Still" in stays
        assert "No longer fits" not in stays

    def test_who_may_not_reads_the_objection_as_before(
        self, client, person, kind, unit, booked, monday, monkeypatch
    ):
        may_not = access.GRANTS[Role.COORDINATOR] - {access.Permission.OVERRIDE_RULES}
        monkeypatch.setitem(access.GRANTS, Role.COORDINATOR, may_not)
        client.force_login(person(Role.COORDINATOR))
        answer = client.post(
            reverse("scheduling:place_infusion", args=[unit.pk]), typed(kind, monday, start="9am")
        )
        assert answer.status_code == 409
        assert "nurses would be needed" in answer.content.decode()


@pytest.mark.django_db
class TestNoLongerFitting:
    """At 9am two drips are started at once by two nurses; a change of the unit leaves one of them without."""

    @pytest.fixture
    def monday(self):
        return builders.next_monday(2)

    @pytest.fixture
    def placed(self, kind, monday, coordinator):
        how = {"kind": kind, "days": [monday], "start": 9 * 60, "by": coordinator}
        chairs = kind.unit.chairs.all()
        return [
            other_infusions.place(label=f"Iron {n}", chair=chair.pk, **how)[0]
            for n, chair in enumerate(chairs, 1)
        ]

    @pytest.fixture
    def of_lead(self, client, lead):
        client.force_login(lead)
        return client

    def asked(self, change, unit, monday):
        """The address and what is typed for each way to take something from the unit."""
        parts = ("day", "month", "year")
        date = (monday.day, monday.month, monday.year)
        shifts = {"rows": "1", "starts": "", "ends": "", "nurses": "1"}
        first = {f"first_day_{part}": value for part, value in zip(parts, date, strict=True)}
        day = {f"day_{part}": value for part, value in zip(parts, date, strict=True)}
        return {
            "set_weekly_nurses": {"weekdays": "0", "since": "", **shifts},
            "set_staffing": {**day, "note": "", **shifts},
            "add_closure": {**first, "part": "from", "at": "10am", "reason": "fire drill"},
        }[change]

    @pytest.mark.parametrize("change", ["set_weekly_nurses", "set_staffing", "add_closure"])
    def test_it_is_shown_before_and_said_after_until_it_is_moved(
        self, change, of_lead, placed, unit, monday, coordinator
    ):
        address, fields = reverse(f"scheduling:{change}", args=[unit.pk]), self.asked(change, unit, monday)
        check = of_lead.post(address, fields)

        words = check.content.decode()
        assert "other infusions would no longer fit" in words
        assert f"Iron 1, {long_date(monday)}, 9am to 10:30am, Chair 1" in words
        assert "Save and propose" not in words
        assert not Task.objects.exists()
        saved = of_lead.post(address, fields | {"confirmed": check.context["seen"]}, follow=True)
        assert saved.redirect_chain
        assert "2 other infusions no longer fit" in saved.content.decode()
        assert "2 other infusions no longer fit" in of_lead.get(unit.get_absolute_url()).content.decode()
        assert "No longer fits" in of_lead.get(placed[0].get_absolute_url()).content.decode()

        task = Task.objects.get()
        assert (task.kind, task.course, task.due_on < monday) == (TaskKind.MISFIT, None, True)
        assert task.says.startswith(
            f"2 other infusions no longer fit. The first: Iron 1, {long_date(monday)}"
        )
        for page in (reverse("scheduling:list_tasks"), task.get_absolute_url()):
            assert "See which infusions" in of_lead.get(page).content.decode()
        with pytest.raises(Refused, match="Move or cancel them"):
            doing.finish(task=task, note="Seen", by=coordinator)
        assert not list(infusions_that_do_not_fit(Unit.objects.get(), timezone.now()))

        how = {"all_later": False, "start": 9 * 60, "chair": None, "by": coordinator}
        other_infusions.move(infusion=placed[0], days=1, **how)
        if change == "add_closure":
            assert Task.objects.open().get().says.startswith("1 other infusion no longer fits")
            other_infusions.cancel(infusion=placed[1], all_later=False, by=coordinator)
        assert not Task.objects.open().exists()
        assert "no longer fit" not in of_lead.get(unit.get_absolute_url()).content.decode()

    def test_a_chair_out_of_use_names_what_stands_in_it(self, of_lead, placed, unit):
        chair = unit.chairs.first()
        address = reverse("scheduling:change_chair", args=[chair.pk])
        fields = {"name": chair.name, "kinds": ""}
        check = of_lead.post(address, fields)

        assert "1 other infusion would no longer fit" in check.content.decode()
        of_lead.post(address, fields | {"confirmed": check.context["seen"]})
        assert "1 other infusion no longer fits" in Task.objects.get().says

    def test_an_infusion_that_does_not_fit_already_is_not_shown_again(self, of_lead, placed, unit, monday):
        unit.opening_hours.filter(weekday=0).update(nurses=1)
        fields = self.asked("set_weekly_nurses", unit, monday)
        saved = of_lead.post(reverse("scheduling:set_weekly_nurses", args=[unit.pk]), fields)

        assert saved.status_code == 302
        assert Task.objects.get().says.startswith("2 other infusions")
