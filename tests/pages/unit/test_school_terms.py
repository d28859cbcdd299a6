"""School terms: entered or read from a file, and what a search makes of them."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.models import Course, SchoolTerm
from scheduling.rules import Weights
from scheduling.unit.bank_holidays import bank_holidays
from scheduling.unit.course_requests import request_for
from tests import builders
from tests.addresses import at
from tests.reading import folded

A_DAY = timedelta(days=1)


@pytest.fixture
def unit(db):
    return builders.unit()


@pytest.fixture
def lead_client(client, lead):
    client.force_login(lead)
    return client


def typed(first, last, name="Autumn term"):
    parts = {"name": name}
    for field, day in (("first_day", first), ("last_day", last)):
        parts |= {f"{field}_day": day.day, f"{field}_month": day.month, f"{field}_year": day.year}
    return parts


def upload(client, unit, lists, *events):
    inside = "".join(
        f"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{first:%Y%m%d}\r\nDTEND;VALUE=DATE:{last + A_DAY:%Y%m%d}\r\n"
        f"SUMMARY:{name}\r\nEND:VEVENT\r\n"
        for first, last, name in events
    )
    file = SimpleUploadedFile("terms.ics", f"BEGIN:VCALENDAR\r\n{inside}END:VCALENDAR\r\n".encode())
    return client.post(at("import_terms", unit), {"file": file, "lists": lists})


def in_days(n):
    return timezone.localdate() + timedelta(days=n)


def test_a_term_is_entered_shown_and_removed(lead_client, unit):
    page = lead_client.post(at("set_terms", unit), typed(in_days(10), in_days(50)), follow=True)
    assert "The term has been added: Autumn term." in folded(page)
    term = SchoolTerm.objects.get()
    assert (term.first_day, term.last_day) == (in_days(10), in_days(50))
    assert term.days_in_words in folded(lead_client.get(unit.get_absolute_url()))
    lead_client.post(reverse("scheduling:remove_term", args=[term.pk]))
    assert not SchoolTerm.objects.exists()
    again = lead_client.post(reverse("scheduling:remove_term", args=[term.pk]), follow=True)
    assert "Nothing else was done." in folded(again)
    said = list(
        AuditEvent.objects.filter(record="schoolterm").order_by("pk").values_list("action", flat=True)
    )
    assert said == ["schoolterm.added", "schoolterm.removed"]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [(10, 9, "last_day"), (-9, -1, "last_day"), (-9, 0, None), (5, 204, None), (5, 205, "last_day"),
     (900, 1096, "last_day"), (40, 60, "first_day"), (31, 60, None)],
)  # fmt: skip
def test_what_can_be_no_term_is_refused(lead_client, unit, first, last, field):
    builders.term(unit, in_days(250), in_days(260))
    if field == "first_day" or first == 31:
        builders.term(unit, in_days(20), in_days(30 if first == 31 else 40))
    before = SchoolTerm.objects.count()
    page = lead_client.post(at("set_terms", unit), typed(in_days(first), in_days(last)))
    if field is None:
        assert SchoolTerm.objects.count() == before + 1
    else:
        assert list(page.context["form"].errors) == [field]
        assert SchoolTerm.objects.count() == before


def test_a_file_of_terms_is_seen_before_it_is_saved(lead_client, unit):
    entries = [
        (in_days(90), in_days(140), "Autumn term"),
        (in_days(100), in_days(100), "Parents’ evening"),
        (in_days(-90), in_days(-1), "Spring term"),
    ]
    page = upload(lead_client, unit, "terms", *entries)
    assert not SchoolTerm.objects.exists()
    assert "Nothing is saved yet. The file lists terms" in folded(page)
    assert "1 term is past, too long or too far off." in folded(page)
    field = page.context["form"]["terms"]
    assert [value for value, _ in field.field.choices] == [
        f"{in_days(90)}/{in_days(140)}/Autumn term",
        f"{in_days(100)}/{in_days(100)}/Parents’ evening",
    ]
    assert field.value() == [f"{in_days(90)}/{in_days(140)}/Autumn term"]
    for added in ("1 term has been added.", "0 terms have been added."):
        done = lead_client.post(at("import_terms", unit), {"terms": field.value()}, follow=True)
        assert added in folded(done)
    assert SchoolTerm.objects.get().name == "Autumn term"


def test_a_file_without_a_term_to_come_is_refused(lead_client, unit):
    page = upload(lead_client, unit, "terms", (in_days(-90), in_days(-1), "Spring term"))
    assert page.context["form"].errors == {"file": ["There is no term to come in this file"]}
    page = upload(lead_client, unit, "holidays", (in_days(9), in_days(10), "Alone"))
    assert page.context["form"].errors == {"file": ["There is no term to come in this file"]}


def test_of_a_file_of_holidays_school_is_what_lies_between(lead_client, unit):
    monday = builders.next_monday()
    entries = [
        (monday, monday + timedelta(4), "Whitsun"),
        (monday + timedelta(7), monday + timedelta(11), "Second week"),
        (monday + timedelta(60), monday + timedelta(99), "Summer"),
        (monday + timedelta(70), monday + timedelta(71), "Within it"),
        (monday + timedelta(130), monday + timedelta(130), "Half-term"),
    ]
    page = upload(lead_client, unit, "holidays", *entries)
    assert "what lies between them is taken as school" in folded(page)
    offered = [value for value, _ in page.context["form"]["terms"].field.choices]
    assert offered == [
        f"{monday + timedelta(12)}/{monday + timedelta(59)}/After Second week",
        f"{monday + timedelta(100)}/{monday + timedelta(129)}/After Summer",
    ]


@pytest.mark.parametrize(
    "value", ["", "x", "2027-13-01/2027-07-01/a", "2028-01-01/2027-07-01/a", "2027-07-01/2028-07-01/a",
              "2027-07-01/2027-07-20/", "2027-07-01/2027-07-20/\x00", "2027-07-01/2027-07-20/" + "a" * 61],
)  # fmt: skip
def test_terms_that_no_page_of_ours_offered_are_not_saved(lead_client, unit, value):
    page = lead_client.post(at("import_terms", unit), {"terms": [value]})
    assert "Nothing was ticked, so nothing was added." in folded(page)
    assert not SchoolTerm.objects.exists()


def test_a_file_that_is_no_calendar_is_refused_in_words(lead_client, unit):
    file = SimpleUploadedFile("terms.ics", b"\xff\x00nothing")
    page = lead_client.post(at("import_terms", unit), {"file": file, "lists": "terms"})
    assert "This is no calendar file." in folded(page)


class TestTheWish:
    @pytest.fixture
    def monday(self):
        """The next on which there is school."""
        return next(day for day in map(builders.next_monday, (1, 2, 3)) if not bank_holidays(day, day))

    @pytest.fixture
    def course(self, unit, monday):
        return builders.course(at=unit, misses_no_school=True, earliest=monday)

    def test_an_offer_says_how_much_school_it_misses(self, lead_client, unit, course, monday):
        """School until Monday, then holidays: Tuesday, one day off the best, goes first."""
        builders.term(unit, monday - timedelta(50), monday)
        builders.term(unit, monday + timedelta(14), monday + timedelta(60))
        page = lead_client.get(at("find_slot", course))
        said = [next(r for r in card.reasons if "school" in r) for card in page.context["cards"][:2]]
        first = [card.first_day for card in page.context["cards"][:2]]
        assert first == [str(monday + A_DAY), str(monday + 2 * A_DAY)]
        assert said == ["In the school holidays"] * 2
        unit.points_school_day = 0
        unit.save()
        card = lead_client.get(at("find_slot", course)).context["cards"][0]
        assert "Misses 1 day of school" in card.reasons

    def test_a_bank_holiday_is_no_school_day(self, unit, course):
        builders.term(unit, date(2027, 8, 2), date(2027, 9, 30))
        assert request_for(course).school.days_off == {date(2027, 8, 30)}

    def test_without_terms_there_is_neither_a_field_nor_a_reason(self, lead_client, unit, course):
        page = lead_client.get(at("change_course", course))
        assert "misses_no_school" not in page.context["form"].fields
        cards = lead_client.get(at("find_slot", course)).context["cards"]
        assert not [reason for card in cards for reason in card.reasons if "school" in reason.lower()]
        ranking = lead_client.get(at("set_ranking", unit))
        assert "points_school_day" not in ranking.context["form"].fields
        assert request_for(course).school is None
        assert "missed" not in folded(lead_client.get(unit.get_absolute_url()))

    def test_without_the_wish_a_search_asks_nothing_more(self, unit, course, django_assert_num_queries):
        builders.term(unit, in_days(0), in_days(50))
        Course.objects.update(misses_no_school=False)
        plain = Course.objects.select_related("patient", "unit").get()
        with django_assert_num_queries(3):
            assert request_for(plain).school is None
        plain.misses_no_school = True
        with django_assert_num_queries(4):
            assert request_for(plain).school.terms == ((in_days(0), in_days(50)),)

    def test_with_terms_the_wish_is_asked_for_and_its_points_are_set(self, lead_client, unit, course):
        builders.term(unit, in_days(0), in_days(50))
        assert "Would rather miss no school" in folded(lead_client.get(at("change_course", course)))
        form = lead_client.get(at("set_ranking", unit)).context["form"]
        points = {name: form[name].value() for name in form.fields if name.startswith("points")}
        assert points["points_school_day"] == 300
        lead_client.post(at("set_ranking", unit), points | {"points_school_day": "150"})
        unit.refresh_from_db()
        assert unit.weights == Weights(school_day=150)
