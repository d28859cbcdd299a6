"""Recording a review: all may be left out, nothing is invented, and a correction keeps the old value."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import combinations
from math import dist
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import IntegrityError, transaction
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.history import reviews
from scheduling.history.body_map import HEIGHT, PRESSED, WIDTH, body_map, place_of
from scheduling.history.next_review import load_plans
from scheduling.models import (
    ActiveSite,
    Course,
    Decision,
    Imaging,
    Medicine,
    Review,
    Unit,
    every_site,
    site_name,
)
from tests import builders
from tests.builders.reviews import decision, review
from tests.reading import folded

pytestmark = pytest.mark.django_db
OR_LIMIT = "or a limit, like <5 or >"
DAY = {"on_day": "4", "on_month": "3", "on_year": "2026"}


@pytest.fixture
def child():
    builders.unit()
    return builders.patient()


@pytest.fixture
def by(client, nurse):
    client.force_login(nurse)
    return nurse


def record(client, child, **typed):
    return client.post(f"/children/{child.pk}/reviews/add/", DAY | {"source": "nurse"} | typed)


def errors(response) -> list[str]:
    return [text for texts in response.context["form"].errors.values() for text in texts]


def test_what_is_left_out_stays_out(client, by, child):
    record(client, child, pain="7.5", crp="<5")
    saved = Review.objects.get()

    assert (saved.pain, saved.crp, saved.crp_below) == (Decimal("7.5"), 5, True)
    empty = (
        "patient_global",
        "physician_global",
        "chaq",
        "esr",
        "mri_lesions",
        "mri_on",
        "school_days_missed",
    )
    assert [getattr(saved, name) for name in empty] == [None] * len(empty)
    assert saved.active_sites is None
    assert (saved.recorded_by, saved.note) == ("Nia Nurse", "")
    assert AuditEvent.objects.get(action="review.added").patient_id == child.pk


def test_looked_for_and_none_found_is_another_thing_than_not_looked_for(client, by, child):
    record(client, child, no_active_site="on")
    record(client, child, active=["clavicle-left", "skull-middle"])
    record(client, child, pain="0")

    assert [each.active_sites for each in Review.objects.order_by("pk")] == [0, 2, None]
    assert {str(site) for site in ActiveSite.objects.all()} == {"Left collarbone (clavicle)", "Skull"}
    response = record(client, child, no_active_site="on", active=["ribs-left"])
    assert errors(response) == ["Untick the active sites, or untick that none is active"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "Enter at least one value, an active site or a note"),
        ({"pain": "11"}, "Pain must be 10 or less"),
        ({"pain": "-1"}, "Pain must be 0 or more"),
        ({"chaq": "3.125"}, "CHAQ total must be 3 or less"),
        (
            {"esr": "7.5"},
            f"ESR must be a whole number from 0 to 300, {OR_LIMIT}300",
        ),
        ({"crp": "high"}, f"CRP must be a number from 0 to 999, {OR_LIMIT}999"),
        ({"mri_lesions": "2"}, "Enter the date of the MRI"),
        ({"pain": "1", "on_year": "2099"}, "Date of the review must be today or in the past"),
        (
            {"pain": "1", "on_year": "2001"},
            "Date of the review must be on or after the child’s date of birth",
        ),
        ({"active": ["clavicle-middle"]}, "Select the sites that are active from the list"),
    ],
)
def test_what_cannot_be_is_said_in_words(client, by, child, typed, says):
    assert errors(record(client, child, **typed)) == [says]
    assert not Review.objects.exists()


def test_a_correction_keeps_the_old_value_and_says_who_changed_it(client, by, lead, child):
    made = review(child, pain=5, sites_examined=True)
    ActiveSite.objects.create(review=made, site="ribs", side="left")
    client.force_login(lead)
    typed = DAY | {"source": "nurse", "pain": "7", "esr": "", "active": ["ribs-right"]}
    client.post(f"/reviews/{made.pk}/change/", typed)
    page = folded(client.get(f"/reviews/{made.pk}/"))

    assert "Pain, 0 to 10: 7, changed on" in page
    assert "by Lee Lead from 5</li>" in page
    assert "Active sites: Right ribs, changed on" in page
    assert "from Left ribs</li>" in page
    assert [str(site) for site in made.sites.all()] == ["Right ribs"]


def test_two_who_correct_at_once_do_not_overwrite_each_other(client, by, child):
    made = review(child, pain=5)
    page = client.get(f"/reviews/{made.pk}/change/")
    seen = page.context["form"]["seen"].value()
    made.pain = 6
    reviews.save_review(review=made, sites=(), by=by)
    response = client.post(
        f"/reviews/{made.pk}/change/", DAY | {"source": "nurse", "pain": "7", "seen": seen}
    )

    assert "Nia Nurse changed “Pain, 0 to 10” (now 6" in errors(response)[0]
    assert Review.objects.get().pain == 6


def test_a_mistake_stays_with_its_reason_and_counts_no_more(client, by, child):
    made = review(child, pain=5)
    client.post(
        f"/reviews/{made.pk}/change/", DAY | {"source": "nurse", "pain": "5", "mistake": "Another child’s"}
    )

    assert "Another child’s" in folded(client.get(f"/reviews/{made.pk}/"))
    history = client.get(f"/children/{child.pk}/history/")
    assert list(history.context["values"]) == []
    assert "Entered by mistake: Another child’s" in folded(history)


@pytest.mark.parametrize(
    "fields",
    [
        {"pain": 11},
        {"patient_global": -1},
        {"chaq": 4},
        {"esr_below": True},
        {"crp_below": True},
        {"mri_lesions": 2},
    ],
)
def test_the_database_refuses_what_must_not_be(child, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        review(child, **fields)


@pytest.mark.parametrize(("site", "side"), [("clavicle", "middle"), ("skull", "left"), ("tail", "left")])
def test_a_site_is_on_a_side_that_it_has(child, site, side):
    with pytest.raises(IntegrityError), transaction.atomic():
        ActiveSite.objects.create(review=review(child), site=site, side=side)


def test_the_body_map_has_every_site_at_a_place_of_its_own_and_names_the_active():
    places = [place_of(*site) for site in every_site()]
    assert len(set(places)) == len(places)
    assert all(6 < x < WIDTH - 6 and 6 < y < HEIGHT - 6 for x, y in places)
    drawn = body_map([("clavicle", "left"), ("cervical_spine", "middle")])
    assert drawn.count("is-active") == 2
    assert "Active sites: Left collarbone (clavicle), Neck (cervical spine)</title>" in drawn
    assert "style=" not in drawn
    assert "app-body-map__tick" in drawn
    # As one looks at a person: the right side is on the left, from behind it is not.
    assert place_of("clavicle", "right") < place_of("clavicle", "left")
    assert place_of("scapula", "right") > place_of("scapula", "left")


def test_every_site_of_the_map_on_a_form_is_a_label_of_its_box_that_no_other_covers(client, by, child):
    places = [place_of(*site) for site in every_site()]
    assert min(dist(*pair) for pair in combinations(places, 2)) >= PRESSED
    page = folded(client.get(f"/children/{child.pk}/reviews/add/"))
    for site, side in every_site():
        box = re.search(rf'id="([^"]+)" name="active" type="checkbox" value="{site}-{side}"', page)[1]
        label = page.split(f'data-site="{site}-{side}">')[1].split("</g>")[0]
        # Empty, so that the box has one name.
        assert f'for="{box}"></label>' in label
        assert f"<title>{site_name(site, side)}</title>" in label


def test_every_site_lights_up_on_the_form():
    css = Path(finders.find("scheduling/history.css")).read_text(encoding="utf-8")
    assert [s for s in every_site() if f'data-site="{s[0]}-{s[1]}"' not in css] == []
    assert len({site_name(*site) for site in every_site()}) == len(list(every_site()))


def test_imaging_is_kept_in_the_words_of_the_reporter(client, by, child):
    typed = DAY | {"kind": "mri", "result": "Oedema of the left clavicle."}
    client.post(f"/children/{child.pk}/imaging/add/", typed)
    made = Imaging.objects.get()
    assert (made.result, made.recorded_by) == ("Oedema of the left clavicle.", "Nia Nurse")
    assert "Oedema of the left clavicle." in folded(client.get(f"/children/{child.pk}/history/"))


def test_a_medicine_has_a_name_and_days_and_nothing_of_how_much(client, by, child):
    assert {field.name for field in Medicine._meta.fields} == {
        *("id", "patient", "kind", "name", "started_on", "stopped_on"),
        *("recorded_by", "recorded_at", "mistake"),
    }
    typed = {"kind": "nsaid", "name": "Naproxen", "started_on_day": "1", "started_on_month": "2"}
    typed |= {
        "started_on_year": "2026",
        "stopped_on_day": "1",
        "stopped_on_month": "1",
        "stopped_on_year": "2026",
    }
    response = client.post(f"/children/{child.pk}/medicines/add/", typed)
    assert errors(response) == ["To must be the same day as From or after it"]
    client.post(f"/children/{child.pk}/medicines/add/", typed | {"stopped_on_month": "3"})
    assert str(Medicine.objects.get()) == "Naproxen"


def decide(client, child, step, **typed):
    day = timezone.localdate()
    decided = {"decided_on_day": day.day, "decided_on_month": day.month, "decided_on_year": day.year}
    typed = {"step": step, "decided_by": "Dr Wren", "reason": "Pain is back"} | decided | typed
    return client.post(f"/children/{child.pk}/decide/", typed)


def test_a_decision_has_a_date_where_it_needs_one_and_only_there(client, by, child):
    assert errors(decide(client, child, "review")) == [
        "Enter the date of the review, or until which it is open"
    ]
    later = {"until_day": "1", "until_month": "6", "until_year": str(timezone.localdate().year + 1)}
    past = later | {"until_year": "2020"}
    assert errors(decide(client, child, "open", **past)) == ["The date must be today or in the future"]
    slip = later | {"until_year": str(timezone.localdate().year + 36)}
    for step in ("open", "review"):
        assert errors(decide(client, child, step, **slip)) == [
            "The date must be within the next 3 years. Check the year"
        ]
    decide(client, child, "open", **later)
    decide(client, child, "stop", **later)
    kept = Decision.objects.order_by("pk").values_list("step", "until__month", "decided_by", "recorded_by")
    assert list(kept) == [("open", 6, "Dr Wren", "Nia Nurse"), ("stop", None, "Dr Wren", "Nia Nurse")]


def test_a_decision_names_who_and_why(client, by, child):
    assert errors(decide(client, child, "stop", decided_by="", reason="")) == [
        "Enter the clinician who decided",
        "Enter why this was decided",
    ]


def correct(client, made: Decision, **typed):
    """Send the page of a decision as it is drawn, but for what is typed."""
    form = client.get(f"/decisions/{made.pk}/change/").context["form"]
    shown = {"step": made.step, "decided_by": made.decided_by, "reason": made.reason}
    shown["seen"] = form["seen"].value()
    for name in ("decided_on", "until"):
        if day := getattr(made, name):
            shown |= {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}
    return client.post(f"/decisions/{made.pk}/change/", shown | typed)


def test_to_stop_recorded_on_another_child_comes_off_and_the_child_is_on_the_list_again(client, by, child):
    last_course(child, 30)
    # The latest date wins: one decided before it would not.
    made = decision(child, decided_on=timezone.localdate() - timedelta(days=3))
    decision(child, "review", until=timezone.localdate(), decided_on=made.decided_on - timedelta(days=9))
    assert load_plans(timezone.localdate()) == []
    assert correct(client, made, mistake="Another child’s").url == f"/decisions/{made.pk}/"

    [plan] = load_plans(timezone.localdate())
    assert (plan.patient, plan.due_on) == (child, timezone.localdate())
    history = client.get(f"/children/{child.pk}/history/")
    assert history.context["plan"] == plan
    assert [each.step for each in history.context["record"].decisions] == ["review"]
    assert "Entered by mistake: Another child’s" in folded(history)
    assert "was decided to stop" not in folded(history)
    page = client.get(f"/children/{child.pk}/decide/")
    assert [each.step for each in page.context["decisions"]] == ["review"]


def test_a_decision_by_mistake_is_shown_with_its_reason_and_who_said_so(client, by, lead, child):
    made = decision(child, review=review(child, pain=3))
    client.force_login(lead)
    correct(client, made, mistake="Another child’s")
    page = folded(client.get(f"/decisions/{made.pk}/"))

    assert "Entered by mistake: it does not count" in page
    assert "Why it was a mistake: Another child’s, changed on" in page
    assert "by Lee Lead from nothing" in page
    assert Decision.objects.get().recorded_by == "Nia Nurse"
    assert AuditEvent.objects.get(action="decision.changed").patient_id == child.pk
    of_review = folded(client.get(f"/reviews/{made.review_id}/"))
    assert "<s>Stop</s>, entered by mistake: Another child’s" in of_review


def test_no_course_is_agreed_from_a_decision_by_mistake(client, by, child):
    last_course(child, 20)
    made = decision(child, "repeat", mistake="Another child’s")
    page = client.get(f"/children/{child.pk}/agree-a-course/?decision={made.pk}")
    assert page.context["decision"] is None


def test_a_decision_is_put_right_with_a_date_that_has_passed_since(client, by, child):
    until = timezone.localdate() - timedelta(days=1)
    made = decision(child, "review", until=until, decided_on=until - timedelta(weeks=9))
    correct(client, made, reason="Pain at night")
    page = folded(client.get(f"/decisions/{made.pk}/"))

    assert (Decision.objects.get().reason, Decision.objects.get().until) == ("Pain at night", until)
    assert "Why: Pain at night, changed on" in page
    earlier = until - timedelta(days=1)
    assert errors(correct(client, made, until_day=earlier.day, until_month=earlier.month)) == [
        "The date must be today or in the future"
    ]


def test_to_repeat_after_all_leads_on_to_the_course_which_then_holds_the_decision(client, by, child):
    last_course(child, 20)
    made = decision(child, "stop")
    address = correct(client, made, step="repeat").url
    assert address == f"/children/{child.pk}/agree-a-course/?decision={made.pk}"
    client.post(address, agreed(reason="recurrence_of_pain"))
    made.refresh_from_db()
    assert made.course == Course.objects.get(status="waiting")
    [says] = errors(correct(client, made, step="stop"))
    assert says.startswith("A course was agreed from this decision, so it stays “Repeat course”.")
    correct(client, made, mistake="Another child’s")
    assert Decision.objects.get().mistake == "Another child’s"


def test_two_who_correct_a_decision_at_once_do_not_overwrite_each_other(client, by, child):
    made = decision(child)
    seen = client.get(f"/decisions/{made.pk}/change/").context["form"]["seen"].value()
    made.reason = "Moved away"
    reviews.save_decision(decision=made, by=by)
    assert "Nia Nurse changed “Why?” (now Moved away" in errors(correct(client, made, seen=seen))[0]


def last_course(child, weeks_ago: int, **fields) -> Course:
    first = timezone.localdate() - timedelta(weeks=weeks_ago)
    course = builders.past_course(child, Unit.objects.get(), first)
    Course.objects.filter(pk=course.pk).update(minutes=300, priority=1, **fields)
    return course


def agreed(**typed) -> dict:
    """What is typed to agree a course of today."""
    day = timezone.localdate()
    typed |= {"decided_on_day": day.day, "decided_on_month": day.month, "decided_on_year": day.year}
    return typed | {"decided_by": "Dr Wren", "days": 2, "minutes": 300, "priority": 1}


def test_to_repeat_opens_the_form_filled_from_the_last_course(client, by, child):
    last_course(child, 20, repeat_weeks=13, impossible_weekdays=[1])
    response = decide(client, child, "repeat")
    page = client.get(response.url)
    form = page.context["form"]

    assert (form["minutes"].value(), form["priority"].value(), form["days"].value()) == (300, 1, 2)
    assert form["decided_by"].value() == "Dr Wren"
    assert not form["reason"].value()
    assert "20 weeks ago" not in folded(page)  # The last day is a day later.
    assert "19 weeks ago" in folded(page)
    assert "Its plan named 13 weeks" in folded(page)
    typed = {
        "decided_by": "Dr Wren",
        "reason": "recurrence_of_pain",
        "days": 2,
        "minutes": 300,
        "priority": 1,
    }
    day = timezone.localdate()
    typed |= {"decided_on_day": day.day, "decided_on_month": day.month, "decided_on_year": day.year}
    client.post(response.url, typed)
    assert Decision.objects.get().course == Course.objects.get(status="waiting")


@pytest.mark.parametrize(("weeks_ago", "asks"), [(5, True), (14, False)])
def test_a_course_before_the_interval_of_the_plan_needs_a_reason(client, by, child, weeks_ago, asks):
    last_course(child, weeks_ago, repeat_weeks=13)
    day = timezone.localdate()
    typed = {
        "decided_by": "Dr Wren",
        "reason": "recurrence_of_pain",
        "days": 2,
        "minutes": 300,
        "priority": 1,
    }
    typed |= {"decided_on_day": day.day, "decided_on_month": day.month, "decided_on_year": day.year}
    response = client.post(f"/children/{child.pk}/agree-a-course/", typed)

    assert (response.status_code == 200) == asks
    if asks:
        [says] = errors(response)
        assert says.startswith("Say why day 1 may be before ")
        client.post(f"/children/{child.pk}/agree-a-course/", typed | {"early_because": "Pain at night"})
        assert Course.objects.get(status="waiting").early_because == "Pain at night"


def test_a_first_day_after_the_interval_needs_no_reason(client, by, child):
    last_course(child, 5, repeat_weeks=13)
    far = timezone.localdate() + timedelta(weeks=9)
    typed = agreed(reason="planned_repeat") | {
        "earliest_day": far.day,
        "earliest_month": far.month,
        "earliest_year": far.year,
    }
    assert client.post(f"/children/{child.pk}/agree-a-course/", typed).status_code == 302
