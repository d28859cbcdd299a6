"""The form base and its fields: what is accepted, and the words of every refusal."""

from datetime import date, time

import pytest
import time_machine
from crispy_forms.layout import Fieldset
from crispy_forms.utils import render_crispy_form
from django.contrib.auth.models import Group
from django.http import QueryDict
from django.template.loader import render_to_string

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.error_words import name_from_label
from crmo_clinic.nhsuk.templatetags.nhsuk_pack import date_parts


class Sample(forms.Form):
    names_in_errors = {"days": "how many days this course is"}

    name = forms.CharField(label="Full name", max_length=5)
    nhs_number = forms.NhsNumberField(label="NHS number", required=False)
    born = forms.DateField(label="Date of birth")
    start = forms.TimeField(label="Start time", required=False)
    hours = forms.IntegerField(label="Hours per day", min_value=4, max_value=6, required=False)
    email = forms.EmailField(label="Email address", required=False)
    days = forms.ChoiceField(label="How many days?", choices=[("2", "2 days")], widget=forms.Radios())
    why = forms.ChoiceField(label="Reason", choices=[("f", "First")], required=False, widget=forms.Select())
    agreed = forms.BooleanField(label="The family has agreed")


GOOD = {
    "name": "Amira",
    "born_day": "15",
    "born_month": "3",
    "born_year": "2016",
    "days": "2",
    "agreed": "on",
}


def errors(field: str, **typed: str) -> list[str]:
    """The messages at a field when a good form has this typed instead."""
    return Sample({**GOOD, **typed}).errors.get(field, [])


def test_a_good_form_cleans_to_plain_values():
    form = Sample({**GOOD, "nhs_number": "999 000 0379", "start": "9.30am", "hours": "5"})

    assert form.is_valid()
    assert form.cleaned_data["born"] == date(2016, 3, 15)
    assert form.cleaned_data["start"] == time(9, 30)
    assert form.cleaned_data["nhs_number"] == "9990000379"
    assert form.cleaned_data["hours"] == 5


def test_a_field_left_empty_is_asked_for_by_name():
    form = Sample({})

    assert {name: list(found) for name, found in form.errors.items()} == {
        "name": ["Enter the full name"],
        "born": ["Enter the date of birth"],
        "days": ["Select how many days this course is"],
        "agreed": ["Tick the box “The family has agreed” to continue"],
    }


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("name", "Amira Khan", "Full name must be 5 characters or fewer"),
        ("nhs_number", "999 000 O379", "NHS number must only include numbers"),
        ("nhs_number", "999 000 379", "NHS number must be 10 digits"),
        ("nhs_number", "999 123 4560", "NHS number has a wrong digit: check it and enter it again"),
        ("start", "nine", "Start time must be a time, like 9am, 9:30am or 2:15pm"),
        ("hours", "four", "Hours per day must be a whole number, like 4"),
        ("hours", "3", "Hours per day must be 4 or more"),
        ("hours", "7", "Hours per day must be 6 or less"),
        ("email", "amira@", "Email address must be an email address, like name@example.com"),
        ("days", "9", "Select how many days this course is from the list"),
        ("why", "9", "Select the reason from the list"),
    ],
)
def test_a_refusal_names_the_field_and_says_what_is_wrong(field, typed, message):
    assert errors(field, **{field: typed}) == [message]


@pytest.mark.parametrize(
    ("day", "month", "year", "message", "parts"),
    [
        ("", "3", "2016", "must include a day", ["day"]),
        ("15", "", "2016", "must include a month", ["month"]),
        ("15", "3", "", "must include a year", ["year"]),
        ("15", "", " ", "must include a month and year", ["month", "year"]),
        ("32", "3", "2016", "must be a real date", ["day"]),
        ("0", "3", "2016", "must be a real date", ["day"]),
        ("15", "13", "2016", "must be a real date", ["month"]),
        ("x", "y", "2016", "must be a real date", ["day", "month"]),
        ("30", "2", "2016", "must be a real date", None),
        ("29", "2", "2023", "must be a real date", None),
        ("15", "3", "16", "must have a year with 4 numbers, like 2026", ["year"]),
        ("15", "3", "0216", "must have a year from 1900 to 2199", ["year"]),
        ("15", "3", "9999", "must have a year from 1900 to 2199", ["year"]),
    ],
)
def test_a_date_says_which_part_is_wrong(day, month, year, message, parts):
    form = Sample({**GOOD, "born_day": day, "born_month": month, "born_year": year})

    assert form.errors["born"] == [f"Date of birth {message}"]
    (error,) = form.errors["born"].as_data()
    assert error.params.get("parts") == parts


def test_a_date_with_two_mistakes_says_both():
    form = Sample({**GOOD, "born_day": "15", "born_month": "13", "born_year": "16"})

    assert form.errors["born"] == [
        "Date of birth must be a real date",
        "Date of birth must have a year with 4 numbers, like 2026",
    ]
    assert [part["wrong"] for part in date_parts(form["born"])] == [False, True, True]


@pytest.mark.parametrize("month", ["2", "02", "Feb", "february", " FEB "])
def test_a_date_takes_the_month_as_a_number_or_a_name(month):
    form = Sample({**GOOD, "born_day": " 29", "born_month": month, "born_year": "2\u200b016"})

    assert not form.errors.get("born")
    assert form.cleaned_data["born"] == date(2016, 2, 29)


def test_a_label_with_a_percent_sign_does_no_harm():
    class Percent(forms.Form):
        share = forms.IntegerField(label="100% share", max_value=9)
        since = forms.DateField(label="50% since")

    form = Percent({"share": "10", "since_day": "1"})

    assert form.errors["share"] == ["100% share must be 9 or less"]
    assert form.errors["since"] == ["50% since must include a month and year"]


def test_a_message_given_for_a_field_stays():
    class Own(forms.Form):
        name = forms.CharField(error_messages={"required": "Who is it?"})

    assert Own({}).errors["name"] == ["Who is it?"]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Full name", "full name"),
        ("NHS number", "NHS number"),
        ("GP’s name", "GP’s name"),
        ("Who decided?", "your answer"),
        ("A", "a"),
    ],
)
def test_a_label_becomes_a_name_inside_a_sentence(label, name):
    assert name_from_label(label) == name


def test_invisible_characters_are_dropped_everywhere_but_in_a_password():
    class Words(forms.Form):
        name = forms.CharField()
        many = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.Checkboxes())
        password = forms.CharField(strip=False, widget=forms.PasswordInput())

    form = Words(QueryDict("name=%E2%80%8B+Amira%00+&many=a%E2%80%8B&password=+x%E2%80%8B"))

    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"name": "Amira", "many": ["a"], "password": " x\u200b"}


def test_the_browser_neither_checks_nor_cuts_what_is_typed():
    form = Sample()

    assert form.helper.attrs["novalidate"]
    html = str(form["name"]) + str(form["born"].field.widget.attrs) + str(form["hours"])
    assert "required" not in html
    assert "maxlength" not in html
    assert 'type="number"' not in html


def test_a_changed_date_is_noticed_and_an_unchanged_one_is_not():
    form = Sample(GOOD, initial={"born": date(2016, 3, 15), "name": "Amira", "days": "2", "agreed": True})
    assert form.changed_data == []

    form = Sample({**GOOD, "born_day": "16"}, initial={"born": date(2016, 3, 15)})
    assert "born" in form.changed_data


def test_values_from_the_record_are_shown_as_people_write_them():
    form = Sample(initial={"nhs_number": "9990000379", "start": time(9, 30), "born": date(2016, 3, 5)})

    assert form["nhs_number"].value() == "999 000 0379"
    assert form["start"].value() == "9:30am"
    assert form["born"].field.widget.format_value(form["born"].value()) == ("5", "3", "2016")


def test_the_empty_option_is_not_a_radio():
    class Blank(forms.Form):
        kind = forms.ChoiceField(
            choices=[("", "---------"), ("a", "A")], required=False, widget=forms.Radios()
        )

    assert [option.choice_label for option in Blank()["kind"].subwidgets] == ["A"]


def test_a_width_that_the_design_system_lacks_is_refused():
    with pytest.raises(ValueError, match="width must be one of"):
        forms.TextInput(width=7)


class GroupForm(forms.ModelForm):
    """A form of any model, with a field that is not the model's."""

    people = forms.CharField(required=False)

    class Meta:
        model = Group
        fields = ("name",)

    def __init__(self, *args, people="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["people"].initial = people

    def layout(self):
        return forms.Layout(Fieldset("Group", "name", "people"))


def test_a_new_row_has_nothing_to_compare_with():
    assert "seen" not in GroupForm().fields


def test_the_fingerprint_follows_every_value_the_page_shows_and_nothing_else():
    def seen(name="Ward", people="Ann", data=None):
        return GroupForm(data, instance=Group(pk=1, name=name), people=people)["seen"].value()

    assert seen() == seen()
    assert len({seen(), seen(name="Unit"), seen(people="Bob")}) == 3
    assert seen(data={"name": "Other", "seen": "old"}) == seen()


@pytest.mark.django_db
@pytest.mark.parametrize("known", ["Ward", "Unit"])
def test_a_row_changed_since_the_page_was_drawn_is_not_saved_over(known):
    seen = GroupForm(instance=Group(pk=1, name=known))["seen"].value()
    form = GroupForm({"name": "Other", "seen": seen}, instance=Group(pk=1, name="Ward"))
    said = [forms.ModelForm.changed_meanwhile]
    assert form.non_field_errors() == ([] if known == "Ward" else said)


def test_the_fingerprint_is_drawn_without_a_form_group_of_its_own_in_any_layout():
    html = render_crispy_form(GroupForm(instance=Group(pk=1, name="Ward")))
    assert html.count('type="hidden" name="seen"') == 1
    assert html.count('class="nhsuk-form-group') == 2


class Planned(forms.Form):
    first = forms.DateField(label="First day", ahead=True)
    decided = forms.DateField(label="Decision", required=False, ahead=False)


@time_machine.travel("2027-06-08T09:20:00+01:00", tick=False)
@pytest.mark.parametrize(
    ("typed", "first", "boxes"),
    [
        ({"first_words": "8/12"}, date(2027, 12, 8), ["8", "12", "2027", ""]),
        ({"first_words": " In 3 weeks "}, date(2027, 6, 29), ["29", "6", "2027", ""]),
        (
            {"first_day": "1", "first_month": "7", "first_year": "2027"},
            date(2027, 7, 1),
            ["1", "7", "2027", ""],
        ),
        (
            {"first_day": "1", "first_month": "7", "first_year": "2027", "first_words": "tue"},
            date(2027, 6, 15),
            ["15", "6", "2027", ""],
        ),
    ],
)
def test_a_date_typed_in_one_box_counts_and_is_said_back(typed, first, boxes):
    form = Planned(typed)
    assert form.is_valid()
    assert form.cleaned_data["first"] == first
    assert [part["value"] for part in date_parts(form["first"])] == boxes
    said = f"That is {first:%A} {first.day} {first:%B %Y}." in render_crispy_form(form)
    assert said == ("first_words" in typed)


@time_machine.travel("2027-06-08T09:20:00+01:00", tick=False)
def test_the_day_of_a_decision_is_the_latest_such_day():
    form = Planned({"first_words": "tomorrow", "decided_words": "8/12"})
    assert form.is_valid()
    assert form.cleaned_data["decided"] == date(2026, 12, 8)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("soon", "First day must be a date, like 8/12, 8 December or in 3 weeks"),
        ("in 500 years", "First day must have a year from 1900 to 2199"),
    ],
)
def test_words_that_are_no_date_stay_and_their_box_is_marked(words, message):
    form = Planned({"first_day": "1", "first_month": "7", "first_year": "2027", "first_words": words})
    assert form.errors["first"] == [message]
    parts = date_parts(form["first"])
    assert [part["wrong"] for part in parts] == [False, False, False, True]
    if words == "soon":
        assert [part["value"] for part in parts] == ["1", "7", "2027", "soon"]
    assert 'href="#id_first_words"' in render_to_string("nhsuk/errors.html", {"form": form})


def test_only_a_date_that_asks_for_it_has_the_fourth_box():
    assert [part["part"] for part in date_parts(Sample()["born"])] == ["day", "month", "year"]
    assert "born_words" not in render_crispy_form(Sample())
    assert Planned({}).errors["first"] == ["Enter the first day"]
