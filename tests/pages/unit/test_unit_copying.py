"""A second unit: set up like another, with people who belong to it, and lists that follow."""

from datetime import date, time

import pytest
from django.urls import reverse

from patients.audit import WORKER
from scheduling.models import AdviceText, InfusionKind, KeptPlaces, OpeningHours, TaskKind, Unit
from scheduling.pages.unit.second_unit import What
from scheduling.tasks.opening import open_task
from scheduling.unit import setup
from tests import builders
from tests.reading import main_part
from tests.unit_pages import errors, logged, page, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def signed_in_as_lead(client, lead):
    client.force_login(lead)


@pytest.fixture
def first():
    unit = builders.unit(
        name="Ash Unit",
        children_per_nurse=2,
        reminder_days=[3],
        entry_detail="link",
        advice_page="https://a.example/",
    )
    shifts = [[480, 720, 1], [720, 1080, 2]]
    unit.opening_hours.filter(weekday=0).update(shifts=shifts, nurses=2)
    OpeningHours.objects.create(unit=unit, weekday=0, nurses=4, opens=time(9), since=date(2099, 1, 5))
    builders.checklist(unit, {"key": "consent"}, {"key": "weight"})
    builders.need(unit, "Play", role="play specialist")
    builders.need(unit, "No longer asked", in_use=False)
    builders.role_shift(unit, weekday=0)
    builders.role_shift(unit, day=date(2099, 1, 5))
    kept = KeptPlaces(unit=unit, kept_for="others", places=2, weekdays=[1], released_days_before=3)
    setup.keep_places(kept=kept, by=WORKER)
    kind = InfusionKind(unit=unit, name="Iron", minutes=90, cannulates=False, chair_kind="bed")
    setup.save_infusion_kind(kind=kind, by=WORKER)
    Unit.objects.filter(pk=unit.pk).update(notice_days=4)
    return Unit.objects.get(pk=unit.pk)


@pytest.fixture
def second(first):
    return Unit.objects.create(name="Birch Unit", place="Level 3", phone="+441134960199")


def test_a_new_unit_goes_on_to_what_can_be_copied_and_the_first_does_not(client):
    typed = {
        "name": "Ash Unit",
        "place": "Level 2",
        "entry_detail": "advice",
        "cannulation_minutes": "30",
        "children_per_nurse": "3",
        "closed_on_bank_holidays": "True",
        "undo_minutes": "2",
        "notice_days": "2",
        "overrun_minutes": "0",
    }
    assert send(client, "add_unit", **typed).url == Unit.objects.get().get_absolute_url()
    added = send(client, "add_unit", **typed | {"name": "Birch Unit"})
    assert added.url == reverse("scheduling:copy_unit", args=[Unit.objects.get(name="Birch Unit").pk])


def test_all_is_copied_and_what_needs_approval_is_a_draft(client, first, second):
    assert "Copy what another unit has set up" in page(client, "show_unit", second.pk)
    response = client.get(reverse("scheduling:copy_unit", args=[second.pk]))
    assert response.context["form"]["what"].initial == list(What)
    done = send(client, "copy_unit", second.pk, other=first.pk, what=list(What))
    assert done.url == second.get_absolute_url()

    second.refresh_from_db()
    columns = ("weekday", "opens", "closes", "nurses", "shifts", "since")
    assert [*second.opening_hours.values_list(*columns)] == [*first.opening_hours.values_list(*columns)]
    assert [chair.name for chair in second.chairs.all()] == [chair.name for chair in first.chairs.all()]
    assert second.advice_texts.count() == 10
    assert not second.advice_texts.exclude(approved_at=None).exists()
    draft = second.checklists.get()
    assert draft.is_draft
    assert [item.key for item in draft.items.all()] == ["consent", "weight"]
    assert (second.children_per_nurse, second.reminder_days) == (2, [3])
    assert (second.notice_days, second.keeps_places, second.gives_others) == (4, True, True)
    assert (second.has_needs, second.roles) == (True, ["play specialist"])
    assert [*second.needs.values_list("name", "role")] == [("Play", "play specialist")]
    assert [*second.role_shifts.values_list("role", "weekday")] == [("play specialist", 0)]
    assert [str(kept) for kept in second.kept_places.all()] == [str(kept) for kept in first.kept_places.all()]
    iron = second.infusion_kinds.get()
    assert (iron.name, iron.minutes, iron.cannulates, iron.chair_kind) == ("Iron", 90, False, "bed")
    assert first.kept_places.count() == first.infusion_kinds.count() == 1
    assert (second.entry_detail, second.advice_page) == ("link", "https://a.example/")
    assert (second.name, second.place, second.phone) == ("Birch Unit", "Level 3", "+441134960199")
    assert logged("unit.set_up_like").get().changes == {"from": "Ash Unit", "what": list(What)}
    told = page(client, "show_unit", second.pk)
    assert "Put the checklist in force" in told
    assert "Copy what another unit has set up" not in told


def test_only_what_is_ticked_is_copied_and_nothing_over_what_is_there(client, first, second):
    builders.course(builders.patient(), second)
    second.chairs.create(name="Chair 1")
    asked = client.get(reverse("scheduling:copy_unit", args=[second.pk])).context["form"]
    possible = [What.HOURS, What.TEXTS, What.CHECKLIST, What.NEEDS, What.INFUSIONS]
    assert [what for what, _ in asked.fields["what"].choices] == possible
    refused = send(client, "copy_unit", second.pk, other=first.pk, what=[What.CHAIRS])
    assert errors(refused) == {"what": ["Select what to copy from the list"]}
    send(client, "copy_unit", second.pk, other=first.pk, what=[What.HOURS])
    assert second.opening_hours.exists()
    assert not second.advice_texts.exists()
    assert second.chairs.count() == 1


def test_settings_alone_bring_no_list_that_was_not_copied(client, first, second):
    send(client, "copy_unit", second.pk, other=first.pk, what=[What.SETTINGS])
    second.refresh_from_db()
    assert (second.has_needs, second.roles, second.gives_others, second.keeps_places) == (
        False,
        [],
        False,
        True,
    )


def test_with_one_unit_there_is_nothing_to_copy_and_nobody_belongs_anywhere(client):
    unit = builders.unit()
    assert send(client, "copy_unit", unit.pk).url == unit.get_absolute_url()
    told = page(client, "show_unit", unit.pk)
    assert "belongs to this unit" not in told
    assert "another unit has" not in told
    assert "<select" in page(client, "list_tasks")
    assert 'name="unit"' not in page(client, "list_tasks")


def test_lists_show_the_own_unit_first_and_the_other_after_a_choice(client, lead, first, second):
    course = builders.course(builders.patient("Finn Wren"), first)
    other = builders.course(builders.patient("Ada Lark"), second)
    for each in (course, other):
        open_task(TaskKind.MISFIT, "Decide.", about=each, due_on=date(2027, 6, 9), by=lead)
    assert send(client, "set_staff", second.pk, staff=[lead.pk]).url == second.get_absolute_url()
    assert logged("unit.staff_changed").get().changes == {"staff": [[], ["Lee Lead"]]}
    assert "Lee Lead" in page(client, "show_unit", second.pk)
    assert client.get("/").context["unit"] == first

    client.force_login(lead)  # it counts from the next sign-in on
    for address in ("/", "/board/", "/board/month/"):
        assert client.get(address).context["unit"] == second
        assert client.get(f"{address}?unit={first.pk}").context["unit"] == first
    waiting = reverse("scheduling:list_waiting")
    opened = client.get(waiting)
    assert opened.url == f"{waiting}?unit={second.pk}"
    shown = main_part(client.get(opened.url))
    assert "Ada Lark" in shown
    assert "Finn Wren" not in shown
    everybody = main_part(client.get(waiting, headers={"referer": f"http://testserver{opened.url}"}))
    assert "Finn Wren" in everybody
    assert "Ada Lark" in everybody
    assert "Finn Wren" not in page(client, "list_tasks")
    assert "Finn Wren" in page(client, "list_tasks", unit="all")
    agree = client.get(reverse("scheduling:agree_course", args=[builders.patient("Cas Swift").pk]))
    assert agree.context["form"]["unit"].initial == second.pk

    send(client, "set_staff", second.pk)
    client.force_login(lead)
    assert client.get("/").context["unit"] == first
    assert client.get(waiting).status_code == 200


def test_one_value_fills_a_gap_in_every_text(client, first):
    """The words are typed once; each text that had the gap is a draft, and no other text changes."""
    unit = Unit.objects.create(name="Cedar Unit", place="Level 4")
    asked = client.get(reverse("scheduling:fill_text_gaps", args=[unit.pk])).context["form"]
    drink = next(name for name, words in asked.words.items() if words.startswith("what your child may eat"))
    assert "In 6 texts" in asked.fields[drink].help_text
    empty = send(client, "fill_text_gaps", unit.pk)
    assert errors(empty) == {next(iter(asked.words)): ["Write into at least one box"]}
    wrong = send(client, "fill_text_gaps", unit.pk, **{drink: "[a gap]"})
    assert list(errors(wrong)) == [drink]
    assert not unit.advice_texts.exists()

    done = send(client, "fill_text_gaps", unit.pk, **{drink: "All that\nyour child likes."})
    assert done.url == reverse("scheduling:list_advice", args=[unit.pk])
    texts = list(unit.advice_texts.all())
    assert len(texts) == 6
    assert all("All that your child likes." in text.body and text.approved_at is None for text in texts)
    again = client.get(reverse("scheduling:fill_text_gaps", args=[unit.pk])).context["form"]
    assert drink not in again.fields
    assert len(again.fields) == len(asked.fields) - 1

    written = AdviceText.objects.filter(unit=unit).first()
    rest = next(name for name, words in again.words.items() if words in written.body)
    send(client, "fill_text_gaps", unit.pk, **{rest: "Ask us."})
    newest = (
        unit.advice_texts.filter(moment=written.moment, audience=written.audience)
        .order_by("-version")
        .first()
    )
    assert newest.version == 2
    assert "All that your child likes." in newest.body
    assert "Ask us." in newest.body


def test_texts_without_gaps_have_nothing_to_fill(client, first):
    listed = reverse("scheduling:list_advice", args=[first.pk])
    assert send(client, "fill_text_gaps", first.pk).url == listed
    assert "Fill the gaps" not in main_part(client.get(listed))
