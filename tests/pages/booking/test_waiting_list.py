"""The waiting list as a work list: what it says of each course, how it is narrowed, who was rung."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from crmo_clinic.nhsuk.wording import short_date
from patients.models import AuditEvent
from scheduling.booking import bookings, holds
from scheduling.booking.contact_log import note_attempt
from scheduling.booking.pauses import pause
from scheduling.errors import ChangedMeanwhile
from scheduling.models import (
    ChildLimits,
    ContactAttempt,
    ContactOutcome,
    Course,
    ImpossibleDates,
    PauseReason,
)
from scheduling.pages.booking.placement_forms import check_address
from scheduling.rules import Visit
from scheduling.templatetags import waiting as words
from scheduling.unit.needs import set_needs
from tests import builders
from tests.benchmarks.rows import write_bookings
from tests.reading import folded

pytestmark = pytest.mark.django_db
LIST = reverse("scheduling:list_waiting")


@pytest.fixture
def signed_in(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def unit():
    return builders.unit()


def a_course(name, unit, **fields):
    return builders.course(builders.patient(name), unit, **fields)


def listed(client, query=""):
    return [
        row.course.patient.name for row in client.get(f"{LIST}?{query}", follow=True).context.get("rows", [])
    ]


def days_from_now(days):
    return timezone.localdate() + timedelta(days=days)


class TestTheList:
    def test_held_courses_stand_in_their_place_and_booked_ones_not_at_all(self, signed_in, unit, coordinator):
        monday = builders.next_monday(2)
        a_course("Rory Routine", unit, priority=2)
        held = a_course("Hana Held", unit, priority=1)
        holds.hold(course=held, visits=builders.visits(held, monday), hours=48, by=coordinator)
        a_course("Una Urgent", unit, priority=0)
        booked = a_course("Bea Booked", unit, priority=0)
        bookings.book(course=booked, visits=builders.visits(booked, monday, start=780), by=coordinator)
        assert listed(signed_in) == ["Una Urgent", "Hana Held", "Rory Routine"]
        assert "Held: Mon" in signed_in.get(LIST).content.decode()

    def test_a_hold_that_has_lapsed_is_not_called_held(self, signed_in, unit, coordinator):
        held = a_course("Hana Held", unit)
        holds.hold(
            course=held, visits=builders.visits(held, builders.next_monday(2)), hours=4, by=coordinator
        )
        type(held).objects.update(held_until=timezone.now())
        assert "Held:" not in signed_in.get(LIST).content.decode()

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("priority=0", ["Ann", "Bob"]),
            ("priority=0&priority=1", ["Ann", "Bob", "Cat"]),
            ("only=overdue", ["Bob"]),
            ("only=not_tried", ["Bob", "Cat"]),
            ("only=held", []),
            ("notice=yes", ["Ann"]),
            ("notice=no&notice=not_asked", ["Bob", "Cat"]),
            ("priority=1&only=not_tried", ["Cat"]),
            ("priority=9&only=x&notice=&unit=5&page=99&rubbish=1", ["Ann", "Bob", "Cat"]),
        ],
    )
    def test_filters_narrow_it_and_rubbish_does_not(self, signed_in, unit, coordinator, query, names):
        ann = a_course("Ann", unit, priority=0, short_notice=True, target=days_from_now(1))
        bob = a_course("Bob", unit, priority=0, short_notice=False, latest=days_from_now(-1))
        a_course("Cat", unit, priority=1, latest=days_from_now(0))
        note_attempt(course=ann, outcome=ContactOutcome.MESSAGE, by=coordinator)
        note_attempt(course=bob, outcome=ContactOutcome.MESSAGE, by=coordinator)
        ContactAttempt.objects.filter(course=bob).update(at=timezone.now() - timedelta(days=8))
        assert listed(signed_in, query) == names

    def test_each_chosen_filter_is_a_link_to_the_list_without_it(self, signed_in, unit):
        a_course("Ann", unit)
        page = signed_in.get(f"{LIST}?priority=0&priority=2&notice=yes")
        assert page.context["chosen"] == [
            ("Urgent", "?priority=2&notice=yes"),
            ("Routine", "?priority=0&notice=yes"),
            ("Short notice: yes", "?priority=0&priority=2"),
        ]

    def test_of_several_units_one_can_be_chosen(self, signed_in, unit):
        other = builders.unit()
        a_course("Here", unit)
        a_course("There", other)
        assert listed(signed_in, f"unit={other.pk}") == ["There"]

    def test_who_may_not_book_reads_the_list_without_the_links(self, client, reader, unit):
        course = a_course("Ann", unit)
        client.force_login(reader)
        page = client.get(LIST).content.decode()
        assert "Ann" in page
        assert reverse("scheduling:note_attempt", args=[course.pk]) not in page

    @pytest.mark.parametrize("booked", [10, 2_500])
    def test_the_queries_are_as_many_whatever_is_booked(
        self, signed_in, unit, booked, django_assert_num_queries
    ):
        write_bookings(unit, booked, builders.next_monday())
        for number in range(60 if booked > 10 else 5):
            note_attempt(
                course=a_course(f"Child {number}", unit),
                outcome=ContactOutcome.NO_ANSWER,
                by=signed_in_user(signed_in),
            )
        signed_in.get(f"{LIST}?page=all")
        # By the next possible days every row is looked at before it is known which stand on the page.
        for query, number in (
            ("", 12),
            ("priority=2&notice=not_asked", 13),
            ("sort=-contact", 12),
            ("sort=next", 14),
        ):
            with django_assert_num_queries(number):
                signed_in.get(f"{LIST}?{query}")

    @pytest.mark.parametrize(
        ("sort", "names"),
        [
            ("", ["Bob", "Ann", "cat"]),
            ("rubbish", ["Bob", "Ann", "cat"]),
            ("-priority", ["Ann", "cat", "Bob"]),
            ("child", ["Ann", "Bob", "cat"]),
            ("-child", ["cat", "Bob", "Ann"]),
            ("-waiting", ["cat", "Ann", "Bob"]),
            ("waiting", ["Bob", "Ann", "cat"]),
            ("first_day", ["Ann", "cat", "Bob"]),
            ("-first_day", ["cat", "Ann", "Bob"]),
            ("next", ["cat", "Ann", "Bob"]),
            ("-next", ["Ann", "cat", "Bob"]),
            ("reason", ["Ann", "Bob", "cat"]),
            ("-reason", ["cat", "Bob", "Ann"]),
            ("contact", ["Ann", "cat", "Bob"]),
            ("-contact", ["Bob", "cat", "Ann"]),
        ],
    )
    def test_it_is_sorted_by_any_column_both_ways(self, signed_in, unit, coordinator, sort, names):
        """Without a target or possible days it comes last, both ways; whom nobody rang comes first."""
        now = timezone.now()
        ann = {"target": days_from_now(20), "earliest": days_from_now(30), "reason": "first"}
        a_course("Ann", unit, priority=1, agreed_at=now - timedelta(days=5), **ann)
        bob = a_course(
            "Bob", unit, priority=0, latest=days_from_now(-1), agreed_at=now, reason="recurrence_of_pain"
        )
        cat = {"target": days_from_now(40), "reason": "planned_repeat"}
        cat = a_course("cat", unit, priority=1, agreed_at=now - timedelta(days=9), **cat)
        for days, course in ((2, cat), (1, bob)):
            note_attempt(course=course, outcome=ContactOutcome.MESSAGE, by=coordinator)
            course.contact_attempts.update(at=now - timedelta(days=days))
        assert listed(signed_in, f"sort={sort}") == names

    def test_the_headings_say_how_it_is_sorted_and_turn_it_round(self, signed_in, unit):
        a_course("Ann", unit)
        found = {
            query: [
                (each.label, each.sorted, address)
                for each, address in signed_in.get(f"{LIST}?{query}").context["headings"]
            ]
            for query in ("priority=2&page=3", "sort=-waiting")
        }
        assert found["priority=2&page=3"][:3] == [
            ("Child", "none", "?priority=2&sort=child"),
            ("Priority", "ascending", "?priority=2&sort=-priority"),
            ("Waiting", "none", "?priority=2&sort=-waiting"),
        ]
        assert found["sort=-waiting"][2] == ("Waiting", "descending", "?sort=waiting")

    def test_each_row_shows_the_next_days_and_leads_to_their_check(self, signed_in, unit):
        monday = builders.next_monday(2)
        course = a_course("Ann", unit, earliest=monday, impossible_weekdays=[0])
        a_course("Bob", unit, latest=days_from_now(-1), priority=0)
        rows = signed_in.get(LIST).context["rows"]
        assert [row.next.why_not for row in rows] == ["The latest first day has passed", ""]
        assert [visit.day for visit in rows[1].next.visits] == [monday + timedelta(1), monday + timedelta(2)]
        link = f"{check_address(course, rows[1].next.visits)}&list=place%3D1"
        assert escape(link) in signed_in.get(LIST).content.decode()
        checked = signed_in.get(link)
        assert "Check before you book" in checked.content.decode()

    def test_boxes_left_empty_stand_in_no_address(self, signed_in, unit):
        a_course("Ann", unit)
        assert signed_in.get(f"{LIST}?only=&priority=0&month=&sort=").url == f"{LIST}?priority=0"

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("month=2027-07", ["Ann"]),
            ("month=none", ["Cat"]),
            ("month=2027-08&priority=2", ["Bob"]),
            ("month=2031-01", ["Ann", "Bob", "Cat"]),
        ],
    )
    def test_a_month_of_the_target_can_be_chosen(self, signed_in, unit, query, names):
        for name, target in (("Ann", date(2027, 7, 31)), ("Bob", date(2027, 8, 1)), ("Cat", None)):
            a_course(name, unit, target=target)
        assert listed(signed_in, query) == names
        assert ("Target: August 2027", "?") in signed_in.get(f"{LIST}?month=2027-08").context["chosen"]

    def test_what_a_child_needs_can_be_chosen(self, signed_in, unit, coordinator):
        """By the list of the unit where it waits; a need of another unit is none here."""
        other = builders.unit()
        needs = {name: builders.need(at, name) for name, at in (("Cubicle", unit), ("Hoist", other))}
        courses = {name: a_course(name, unit) for name in ("Ann", "Bob", "Cat")} | {
            "Dan": a_course("Dan", other)
        }
        for name, need in (("Ann", "Cubicle"), ("Bob", "Hoist"), ("Dan", "Hoist")):
            set_needs(patient=courses[name].patient, needs=[needs[need]], by=coordinator)
        asked = {name: f"need={need.pk}" for name, need in needs.items()}

        assert listed(signed_in, asked["Cubicle"]) == ["Ann"]
        assert listed(signed_in, asked["Hoist"]) == ["Dan"]
        assert listed(signed_in, "need=none") == ["Bob", "Cat"]
        assert listed(signed_in, "need=0&need=x") == ["Ann", "Bob", "Cat", "Dan"]
        page = signed_in.get(f"{LIST}?{asked['Cubicle']}")
        assert page.context["chosen"] == [(f"Needs: Cubicle ({unit})", "?")]
        assert "Needs: Cubicle" in folded(page)

    def test_without_a_list_of_needs_none_can_be_chosen(self, signed_in, unit):
        a_course("Ann", unit)
        assert "need" not in signed_in.get(LIST).context["filters"].fields
        assert listed(signed_in, "need=none") == ["Ann"]

    @pytest.mark.parametrize(("query", "open_"), [("", False), ("sort=child", False), ("priority=2", True)])
    def test_its_filters_are_folded_on_a_phone_until_one_is_chosen(self, signed_in, unit, query, open_):
        a_course("Ann", unit)
        page = signed_in.get(f"{LIST}?{query}").content.decode()
        assert ('<details class="nhsuk-details" open>' in page) is open_

    def test_a_name_is_found_however_it_is_spelled_and_stands_in_no_address(self, signed_in, unit):
        chloe = a_course("Chloë Fenwick", unit)
        a_course("Bob", unit)
        for text in ("chloe fenw", chloe.patient.hospital_number):
            answer = signed_in.post(f"{LIST}?priority=2&sort=child", {"text": text})
            assert text.split()[-1] not in answer.url
            page = signed_in.get(answer.url)
            assert [row.course for row in page.context["rows"]] == [chloe]
            assert page.context["chosen"][0] == (f"“{text}”", "?priority=2&sort=child")
        assert signed_in.post(answer.url, {"text": ""}).url == f"{LIST}?priority=2&sort=child"
        assert len(listed(signed_in, "search=nolongerkept")) == 2

    def test_each_row_has_the_limits_the_hold_and_the_last_try_of_its_own_child(
        self, signed_in, unit, coordinator
    ):
        limited, held, tried = (a_course(name, unit) for name in ("Ann", "Bob", "Cat"))
        ChildLimits.objects.create(patient=limited.patient, impossible_weekdays=[2])
        monday = builders.next_monday(2)
        holds.hold(course=held, visits=builders.visits(held, monday), hours=4, by=coordinator)
        for outcome in (ContactOutcome.NO_ANSWER, ContactOutcome.REACHED):
            note_attempt(course=tried, outcome=outcome, by=coordinator)
        page = signed_in.get(LIST).content.decode()
        rows = {
            row.partition("</a>")[0].rpartition(">")[2].partition(",")[0]: " ".join(row.split())
            for row in page.split('<tr class="nhsuk-table__row" role="row">')[1:]
        }
        said = {
            "Cannot do: Wed": "Ann",
            f"Held: {short_date(monday)[:3]}": "Bob",
            ContactOutcome.REACHED.label: "Cat",
        }
        assert {words: [name for name, row in rows.items() if words in row] for words in said} == {
            words: [name] for words, name in said.items()
        }

    def test_a_paused_course_says_until_when_and_how_long_it_waited(self, signed_in, unit, coordinator):
        course = a_course("Ann", unit, agreed_at=timezone.now() - timedelta(days=84))
        until = builders.next_monday(3)
        pause(course=course, until=until, reason=PauseReason.AWAY, note="back on Sunday", by=coordinator)
        Course.objects.update(paused_on=days_from_now(-14))
        a_course("Bob", unit)
        assert [listed(signed_in, f"only={only}") for only in ("paused", "not_paused")] == [["Ann"], ["Bob"]]
        said = folded(signed_in.get(f"{LIST}?only=paused"))
        for part in (
            "84 days",
            "14 of them paused",
            f"Paused until {short_date(until)}: The family is away: back on Sunday",
        ):
            assert part in said
        assert signed_in.get(f"{LIST}?only=paused").context["rows"][0].next.visits[0].day == until


def signed_in_user(client):
    from patients.models import User

    return User.objects.get(pk=client.session["_auth_user_id"])


class TestWords:
    @pytest.mark.parametrize(
        ("visits", "said"),
        [
            ([(date(2027, 12, 7), 570), (date(2027, 12, 8), 570)], "Tue 7 and Wed 8 Dec, 9:30am"),
            (
                [(date(2027, 8, 31), 570), (date(2027, 9, 1), 600)],
                "Tue 31 Aug and Wed 1 Sep, 9:30am and 10am",
            ),
            ([(date(2028, 1, 4), 540)], "Tue 4 Jan 2028, 9am"),
        ],
    )
    def test_the_next_possible_days(self, visits, said):
        with time_machine.travel(date(2027, 6, 8), tick=False):
            assert words.visit_days([Visit(day, 1, start, 240) for day, start in visits]) == said

    @pytest.mark.parametrize(
        ("earliest", "latest", "said"),
        [
            (None, None, ""),
            (None, 0, "closes today"),
            (-3, 5, "closes in 5 days"),
            (21, 60, "opens in 3 weeks"),
            (1, None, "opens in 1 day"),
            (-9, None, ""),
            (None, -1, "the window ended 1 day ago"),
            (None, -22, "the window ended 3 weeks ago"),
        ],
    )
    def test_the_window(self, unit, earliest, latest, said):
        limits = {
            name: days_from_now(n)
            for name, n in (("earliest", earliest), ("latest", latest))
            if n is not None
        }
        assert words.window_state(a_course("Ann", unit, **limits)) == said

    def test_dates_share_what_they_have_in_common(self, unit):
        course = a_course("Ann", unit, earliest=date(2027, 3, 24), latest=date(2027, 3, 31))
        assert words.window(course) == "24 to 31 Mar 2027"
        course.latest = date(2027, 4, 2)
        assert words.window(course) == "24 Mar to 2 Apr 2027"
        course.latest = date(2028, 3, 2)
        assert words.window(course) == "24 Mar 2027 to 2 Mar 2028"

    def test_of_what_the_family_cannot_do_the_past_and_the_rest_are_left_out(self, unit):
        course = a_course("Ann", unit, impossible_weekdays=[0, 4])
        for year in (2020, 2101, 2102, 2103, 2104):
            day = date(year, 3, 24)
            ImpossibleDates.objects.create(course=course, first_day=day, last_day=day)
        assert words.short_limits(course, ()) == "Mon, Fri, 24 Mar 2101, 24 Mar 2102 and 2 more"


class TestAttempts:
    def test_an_attempt_is_kept_with_who_and_how_it_went(self, signed_in, unit, coordinator):
        course = a_course("Ann", unit)
        page = reverse("scheduling:note_attempt", args=[course.pk])
        answer = signed_in.post(
            f"{page}?list=priority%3D2", {"outcome": "ring_back", "note": "After 2pm", "seen": "0"}
        )
        assert answer.url == f"{LIST}?priority=2"
        attempt = course.contact_attempts.get()
        assert (attempt.outcome, attempt.note, attempt.by_name) == (
            "ring_back",
            "After 2pm",
            coordinator.name,
        )
        assert AuditEvent.objects.get(action="course.contact_attempted").actor_id == coordinator.pk
        for address in (course.get_absolute_url(), LIST, page):
            assert "Asked to ring again" in signed_in.get(address).content.decode()

    def test_sent_twice_it_is_kept_once(self, signed_in, unit):
        course = a_course("Ann", unit)
        page = reverse("scheduling:note_attempt", args=[course.pk])
        for _ in range(2):
            answer = signed_in.post(page, {"outcome": "no_answer", "seen": "0"})
            assert answer.url == course.get_absolute_url()
        assert course.contact_attempts.count() == 1

    def test_the_same_hours_later_from_an_old_page_is_another_attempt(self, signed_in, unit):
        course = a_course("Ann", unit)
        page, sent = (
            reverse("scheduling:note_attempt", args=[course.pk]),
            {"outcome": "no_answer", "seen": "0"},
        )
        signed_in.post(page, sent)
        with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
            refused = signed_in.post(page, sent)
        assert refused.status_code == 409
        assert "If yours is another one, save it again." in refused.content.decode()

    def test_a_colleagues_attempt_meanwhile_is_told_and_what_was_typed_is_kept(self, signed_in, unit, nurse):
        course = a_course("Ann", unit)
        note_attempt(course=course, outcome=ContactOutcome.REACHED, by=nurse)
        page = reverse("scheduling:note_attempt", args=[course.pk])
        answer = signed_in.post(page, {"outcome": "no_answer", "note": "Twice", "seen": "0"})
        said = answer.content.decode()
        assert answer.status_code == 409
        assert "Nia Nurse noted an attempt at" in said
        assert "Twice" in said
        seen = course.contact_attempts.get().pk
        assert (
            signed_in.post(page, {"outcome": "no_answer", "note": "Twice", "seen": seen}).status_code == 302
        )
        assert course.contact_attempts.count() == 2

    def test_of_a_course_that_is_booked_none_is_noted(self, signed_in, unit, coordinator):
        course = a_course("Ann", unit)
        bookings.book(course=course, visits=builders.visits(course, builders.next_monday()), by=coordinator)
        with pytest.raises(ChangedMeanwhile):
            note_attempt(course=course, outcome=ContactOutcome.REACHED, by=coordinator)
        answer = signed_in.get(reverse("scheduling:note_attempt", args=[course.pk]))
        assert answer.url == course.get_absolute_url()

    def test_the_page_says_whom_to_ring_and_what_a_restriction_allows(self, signed_in, unit):
        course = a_course("Ann", unit)
        page = reverse("scheduling:note_attempt", args=[course.pk])
        assert "No phone number is recorded" in signed_in.get(page).content.decode()
        builders.contact(course.patient, "Fay Lark", phone="+447700900222")
        builders.contact(course.patient, "Mia Lark", phone="+447700900111", brings_child=True)
        child = course.patient
        child.restricted, child.restricted_because = True, "Ring the social worker only"
        child.save()
        said = signed_in.get(page).content.decode()
        assert said.index("tel:+447700900111") < said.index("tel:+447700900222")
        assert "Ring the social worker only" in said


def test_the_answer_about_short_notice_is_kept_and_not_asked_is_an_answer(unit):
    from scheduling.pages.booking.course_forms import CourseForm

    course = a_course("Ann", unit)
    assert CourseForm(instance=course)["short_notice"].value() == "not_asked"
    for typed, stored in (("yes", True), ("no", False), ("not_asked", None), ("", None)):
        form = CourseForm({"short_notice": typed}, instance=course)
        form.is_valid()
        assert form.cleaned_data["short_notice"] is stored
    course.short_notice = False
    assert CourseForm(instance=course)["short_notice"].value() == "no"
