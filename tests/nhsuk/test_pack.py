"""How the template pack and the page frame draw forms: ids that meet, escaping, titles, buttons."""

import re

import pytest
from crispy_forms.layout import Fieldset, Row
from crispy_forms.utils import render_crispy_form
from django import forms as django_forms
from django.template.loader import render_to_string

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.templatetags.nhsuk_pack import error_items, focus_id


class Everything(forms.Form):
    name = forms.CharField(help_text="As on the <b>letter</b>")
    born = forms.DateField(label="Date of birth", help_text="For example, 31 3 2016")
    kind = forms.ChoiceField(choices=[("a", "<A>"), ("b", "B")], widget=forms.Radios(hints={"b": "Second"}))
    needs = forms.MultipleChoiceField(choices=[("p", "Play")], required=False, widget=forms.Checkboxes())
    unit = forms.ChoiceField(choices=[("", "---------"), ("1", "One")], widget=forms.Select())
    notes = forms.CharField(required=False, widget=forms.Textarea())
    agreed = forms.BooleanField(help_text="In writing")
    secret = forms.CharField(required=False, widget=forms.HiddenInput())


def ids(html: str) -> list[str]:
    return re.findall(r'\bid="([^"]+)"', html)


def test_a_drop_down_list_has_its_groups_and_escapes_what_it_shows():
    choices = [("", "---------"), (1, "<One>"), ("Beds", [('"2"', "Two & a half"), (3, "Three")])]
    html = render_to_string("nhsuk/select.html", forms.Select(choices=choices).get_context("unit", 1, {}))

    assert html.count("<option") == 4
    assert '<option value="">Select an option</option><option value="1" selected>&lt;One&gt;</option>' in html
    assert '<optgroup label="Beds"><option value="&quot;2&quot;">Two &amp; a half</option>' in html


@pytest.mark.parametrize("data", [None, {}], ids=["blank", "with errors"])
def test_ids_are_unique_and_everything_refers_to_one(data):
    html = render_crispy_form(Everything(data))

    assert len(ids(html)) == len(set(ids(html)))
    references = re.findall(r'\b(?:for|aria-controls)="([^"]+)"', html)
    references += " ".join(re.findall(r'aria-describedby="([^"]+)"', html)).split()
    assert references
    assert set(references) <= set(ids(html))


def test_each_error_item_leads_to_a_control():
    form = Everything({"born_day": "1", "born_month": "13", "born_year": "2016"})
    html = render_crispy_form(form)

    links = {item["text"]: item["href"].removeprefix("#") for item in error_items(form)}

    assert links["Date of birth must be a real date"] == "id_born_month"
    assert links["Select the kind"] == "id_kind_0"
    for target in links.values():
        assert re.search(rf'<(input|select|textarea)[^>]*\bid="{target}"', html), target


def test_errors_of_the_form_come_first_and_lead_to_the_first_control():
    form = Everything({})
    form.add_error(None, "Chair 3 is taken.")

    first, second, *_ = error_items(form)

    assert first == {"text": "Chair 3 is taken.", "href": "#id_name"}
    assert second["text"] == "Enter the name"


def test_errors_come_in_the_order_in_which_the_page_shows_the_fields():
    class Grouped(Everything):
        def layout(self) -> forms.Layout:
            return forms.Layout(Fieldset("Which", "unit", Row("kind")), "name", "secret", "needs")

    form = Grouped({})
    form.add_error(None, "Chair 3 is taken.")

    assert [item["href"] for item in error_items(form)] == [
        "#id_unit", "#id_unit", "#id_kind_0", "#id_name", "#id_born_day", "#id_agreed",
    ]  # fmt: skip


def test_an_error_that_no_control_can_mend_has_no_link():
    class Hidden(forms.Form):
        version = forms.IntegerField(widget=forms.HiddenInput())

    form = Hidden({})
    form.add_error(None, "Somebody changed this meanwhile.")

    assert [item["href"] for item in error_items(form)] == ["", ""]
    html = render_to_string("nhsuk/errors.html", {"form": form})
    assert "<a" not in html
    assert "Somebody changed this meanwhile." in html


def test_radios_without_options_have_nothing_to_focus():
    class Empty(forms.Form):
        chair = forms.ChoiceField(choices=[], widget=forms.Radios())

    assert focus_id(Empty()["chair"]) == ""


def test_words_from_people_are_escaped():
    class Named(forms.Form):
        who = forms.ChoiceField(
            label="<script>label",
            choices=[("<1>", "<script>choice")],
            widget=forms.Radios(hints={"<1>": "<hint>"}),
        )

    form = Named({})
    form.add_error("who", "<script>error")
    html = render_crispy_form(form)

    assert "<script>" not in html
    assert "<hint>" not in html
    assert 'value="&lt;1&gt;"' in html


def test_only_boxes_that_may_stay_empty_are_marked_optional():
    html = " ".join(render_crispy_form(Everything()).split())

    assert html.count("(optional)") == 1
    assert "Notes (optional)" in html


def test_a_search_form_marks_nothing_optional_and_carries_no_token():
    class Search(forms.Form):
        method = "get"
        q = forms.CharField(label="Find a child", required=False)

    html = render_crispy_form(Search(), context={"csrf_token": "token"})

    assert 'method="get"' in html
    assert "optional" not in html
    assert "csrf" not in html


def test_a_posted_form_carries_the_token_and_one_button():
    html = render_crispy_form(Everything(), context={"csrf_token": "token"})

    assert "csrfmiddlewaretoken" in html
    assert html.count("<button") == 1
    assert 'data-prevent-double-click="true"' in html
    assert "novalidate" in html


def test_the_label_or_legend_can_be_the_heading_of_the_page():
    class Question(forms.Form):
        page_heading = "kind"
        kind = forms.ChoiceField(label="Which course?", choices=[("a", "A")], widget=forms.Radios())

    html = render_to_string("nhsuk/form_page.html", {"form": Question()})

    assert html.count("<h1") == 1
    assert "Which course?" in html.split("<h1", 1)[1].split("</h1>")[0]


def test_a_layout_groups_fields_under_a_legend():
    class Grouped(forms.Form):
        first = forms.CharField()
        second = forms.CharField()

        def layout(self):
            return forms.Layout(Fieldset("Contact", "first"), Row("second"))

    html = render_crispy_form(Grouped())

    assert "Contact" in html.split("<legend", 1)[1].split("</legend>")[0]
    assert 'class="nhsuk-grid-row"' in html


def test_a_form_of_plain_django_is_dressed_too():
    class Plain(django_forms.Form):
        email = django_forms.EmailField()
        kind = django_forms.ChoiceField(choices=[("a", "A")], widget=django_forms.RadioSelect)
        old = django_forms.ChoiceField(choices=[("a", "A")])

    html = render_crispy_form(Plain({}))

    for name in ("nhsuk-input--error", "nhsuk-radios__input", "nhsuk-select--error"):
        assert name in html


def test_the_title_says_error_and_names_page_service_and_trust():
    context = {"service_name": "Infusion day case", "trust_name": "Example Trust"}

    good = render_to_string("404.html", context)
    bad = render_to_string("404.html", {**context, "form": Everything({})})

    assert "<title>Page not found - Infusion day case - Example Trust</title>" in good
    assert "<title>Error: Page not found - " in bad


def test_a_banner_never_stands_with_an_error_summary():
    from django.contrib.messages import SUCCESS
    from django.contrib.messages.storage.base import Message

    messages = [Message(SUCCESS, "Saved.")]

    assert "nhsuk-notification-banner--success" in render_to_string("404.html", {"messages": messages})
    with_errors = render_to_string("404.html", {"messages": messages, "form": Everything({})})
    assert "nhsuk-notification-banner" not in with_errors
    assert "There is a problem" in with_errors


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_an_error_page_needs_no_request_no_names_and_no_database(name):
    html = render_to_string(name)

    assert html.count("<h1") == 1
    assert "None" not in html
