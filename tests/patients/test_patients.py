"""Finding, adding and changing children and contacts, through the pages."""

import re
from datetime import date

import pytest
from django.urls import reverse

from patients.contact_form import ContactForm
from patients.forms import PatientForm
from patients.models import AccessEvent, AuditEvent, Contact, Patient
from tests import builders


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


def child(**fields):
    return {
        "name": "Ada Lark",
        "birth_date_day": "13",
        "birth_date_month": "6",
        "birth_date_year": "2015",
        "nhs_number": "999 000 0379",
        "hospital_number": "K100001",
        **fields,
    }


def find(page, text):
    """The children found: those of the list, or the one who is opened."""
    response = page.post(reverse("patients:find_patients"), {"text": text}, follow=True)
    found = response.context.get("page", [response.context.get("patient")])
    return [patient.name for patient in found]


@pytest.mark.parametrize(
    "text", ["lark", "Ada L", "lark ada", "Birdie", "999 000 0379", "9990000379", "k1000", "K100001"]
)
def test_one_box_finds_by_name_nhs_number_or_hospital_number(page, text):
    builders.patient("Ada Lark", known_as="Birdie", nhs_number="9990000379", hospital_number="K100001")
    builders.patient("Ben Wren", nhs_number="9990000743", hospital_number="K200002")
    assert find(page, text) == ["Ada Lark"]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("Finn O’Brien", ["O'Brien", "o’brien", "obrien", "O\u00b4BRIEN", "O`Brien"]),
        ("Jana Hrušovská", ["hrusovska", "HRUŠOVSKÁ", "Hrus\u030covska\u0301"]),
        ("Zoë Wren", ["zoe", "ZOË"]),
        ("Łucja Sørensen", ["lucja sorensen", "Łucja"]),
        ("Mary-Jane Grass", ["mary jane", "Mary-Jane", "Mary\u2011Jane", "maryjane", "Grass"]),
        ("Anna Maria Reh", ["Anna-Maria", "anna maria"]),
        ("Jörg Weiß", ["weiss", "WEISS", "Weiß", "Joerg Weiss", "Jorg"]),
        ("José De Souza", ["DeSouza", "de souza", "De\u00a0Souza", "Jose"]),
        ("Sean Mc Donald", ["McDonald", "MacDonald", "Mac Donald", "mcdonald sean"]),
        ("Iain Macdonald", ["McDonald", "Mc Donald", "Mac Donald", "MacDon"]),
        ("Anne-Marie van der Berg", ["vanderberg", "van der Berg", "Vander Berg", "Annemarie", "anne marie"]),
        ("Mila Vanderberg", ["van der Berg", "vanderberg", "van-der-berg"]),
        ("Abdul Rahman Khan", ["Abdulrahman Khan", "abdul-rahman", "AbdulRahman"]),
        ("Abdulrahman Malik", ["Abdul Rahman Malik", "rahman"]),
        ("Omar El-Sayed", ["ElSayed", "El Sayed", "el-sayed"]),
        ("Noor bin Said", ["binSaid", "Bin Said"]),
        ("Layla al Hashimi", ["Alhashimi", "Al-Hashimi", "al\u2019Hashimi"]),
        ("Finn O Brien", ["O’Brien", "OBrien", "O'Brien"]),
        ("Jürgen Müller", ["Mueller", "Muller", "Juergen Muller", "müller", "MÜLLER"]),
        ("Karl Mueller", ["Müller", "mueller"]),
        ("Søren Ågård", ["Soren", "Soeren", "Agard", "Aagaard"]),
        ("Bjørn Straße", ["Bjoern Strasse", "Bjorn STRASSE"]),
        ("Mia St. John", ["StJohn", "St John", "st.john"]),
        ("\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", ["\u0639\u0644\u06cc\u0631\u0636\u0627"]),
    ],
)
def test_a_name_is_found_however_its_letters_are_typed(page, name, texts):
    builders.patient(name)
    builders.patient("Ben Heron")
    assert {text: find(page, text) for text in texts} == {text: [name] for text in texts}


def test_a_search_does_not_run_from_the_middle_of_one_word_into_the_next(page):
    builders.patient("Susan Nightingale")
    assert find(page, "ann") == []
    assert find(page, "sannight") == []


def test_a_name_and_what_a_child_is_known_as_do_not_run_together(page):
    builders.patient("Ada Lark", known_as="Birdie")
    assert find(page, "larkbirdie") == []
    assert find(page, "lark birdie") == ["Ada Lark"]


@pytest.mark.parametrize(
    "text",
    [
        "999\u200d770\u200d0015",
        "K107\u200d078",
        "K107\u00ad078",
        "\u202aK107078\u202c",
        "k107\u2009078",
        "NHS 999 770 0015",
        "NHS no. 9997700015",
        "nhs:999\u2011770\u20110015",
    ],
)
def test_a_number_is_found_whatever_nobody_can_see_came_along_with_it(page, text):
    builders.patient("Ada Lark", nhs_number="9997700015", hospital_number="K107078")
    assert find(page, text) == ["Ada Lark"]


def test_numbers_are_kept_without_what_nobody_can_see(page):
    numbers = {"nhs_number": "NHS 999\u200d770\u200d0023", "hospital_number": "K107\u200d078"}
    page.post(reverse("patients:add_patient"), child(**numbers))
    ada = Patient.objects.get()
    assert (ada.nhs_number, ada.hospital_number) == ("9997700023", "K107078")


def test_a_name_that_was_changed_is_found_by_the_new_one(page):
    ada = builders.patient("Ada Lark")
    ada.name = "Zoë Finch"
    ada.save(update_fields=["name"])
    assert find(page, "lark") == []
    assert find(page, "zoe") == ["Zoë Finch"]


@pytest.mark.parametrize("text", ["k10-00 01", "K 100001", "k100001"])
def test_a_hospital_number_is_kept_and_found_without_spaces_and_hyphens(page, text):
    page.post(reverse("patients:add_patient"), child(hospital_number=text))
    assert Patient.objects.get().hospital_number == "K100001"
    for way in (text, "K100001", "k-100 001"):
        assert find(page, way) == ["Ada Lark"]


def test_a_number_typed_in_another_way_is_the_same_number(page):
    builders.patient("Ada Lark", hospital_number="K100001")
    other = child(name="Ben Wren", birth_date_year="2010", nhs_number="", hospital_number="k-100 001")
    response = page.post(reverse("patients:add_patient"), other)
    assert "This child may be here already" in response.content.decode()


def test_a_likely_double_is_seen_through_another_spelling(page):
    builders.patient("Zoë Obrien", birth_date=date(2015, 6, 13))
    response = page.post(reverse("patients:add_patient"), child(name="Joe O’Brien"))
    assert [twin.name for twin in response.context["form"].doubles] == ["Zoë Obrien"]


@pytest.mark.parametrize(
    ("registered", "typed"),
    [
        ("Jürgen Müller", "Juergen Mueller"),
        ("Juergen Mueller", "Jürgen Müller"),
        ("José De Souza", "Joe Desouza"),
        ("Sean Mc Donald", "Shaun MacDonald"),
        ("Abdul Rahman", "Abdulrahman Khan"),
    ],
)
def test_whoever_is_spelt_otherwise_is_asked_about_before_a_second_record_is_made(page, registered, typed):
    builders.patient(registered, birth_date=date(2015, 6, 13))
    response = page.post(reverse("patients:add_patient"), child(name=typed))
    assert [twin.name for twin in response.context["form"].doubles] == [registered]
    assert Patient.objects.count() == 1


@pytest.mark.parametrize("text", ["Ada Wren", "999 000 0744", "%", "K9", "-", "’"])
def test_what_fits_nobody_finds_nobody(page, text):
    builders.patient("Ada Lark", hospital_number="K100001")
    assert find(page, text) == []


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("k100001", "Ada Lark"),
        ("K10-00 01", "Ada Lark"),
        ("999 000 0379", "Ada Lark"),
        ("K10000", None),
        ("K1000012", None),
        ("999 000 0743", None),
        ("lark", None),
    ],
)
def test_only_a_whole_number_of_one_child_opens_the_child_and_the_look_is_logged(page, text, opens):
    ada = builders.patient("Ada Lark", nhs_number="9990000379", hospital_number="K100001")
    builders.patient("Ben Wren", nhs_number="9990000743", hospital_number="K200002")
    builders.patient("Cal Finch", hospital_number="9990000743")
    response = page.post(reverse("patients:find_patients"), {"text": text})
    assert (response.url == ada.get_absolute_url()) == bool(opens)
    page.get(response.url)
    logged = AccessEvent.objects.filter(patient_id=ada.pk, page="patients:show_patient").count()
    assert logged == bool(opens)


def test_the_search_puts_no_name_into_an_address_and_logs_who_was_shown(page, coordinator):
    ada = builders.patient("Ada Lark")
    response = page.post(reverse("patients:find_patients"), {"text": "lark"})
    assert "lark" not in response.url
    page.get(response.url)
    assert AccessEvent.objects.get(patient_id=ada.pk).actor_id == coordinator.pk


def test_searches_in_two_tabs_stay_apart(page):
    builders.patient("Ada Lark")
    builders.patient("Ben Wren")
    one, other = (page.post("/children/", {"text": text}).url for text in ("lark", "wren"))
    found = [[child.name for child in page.get(address).context["page"]] for address in (one, other, one)]
    assert found == [["Ada Lark"], ["Ben Wren"], ["Ada Lark"]]
    assert one != other
    assert not re.search("lark|wren", one + other)


def test_a_search_of_another_person_or_of_long_ago_is_not_found(page, client, nurse):
    first = page.post("/children/", {"text": "text 0"}).url
    for number in range(1, 21):
        last = page.post("/children/", {"text": f"text {number}"}).url
    assert "This search is no longer kept" in page.get(first).content.decode()
    assert "0 children found for “text 20”" in page.get(last).content.decode()
    client.force_login(nurse)
    assert "This search is no longer kept" in client.get(last).content.decode()
    assert "text 20" not in client.get("/children/").content.decode()


def test_what_was_searched_for_last_can_be_opened_again_and_cleared(page):
    builders.patient("Ada Lark")
    address = page.post("/children/", {"text": "lark"}).url
    assert page.post("/children/", {"text": "lark"}).url == address
    assert f'href="{address}">lark</a>' in page.get("/children/").content.decode()
    page.get(address.replace("search", "clear"))
    assert "lark" not in page.get("/children/").content.decode()


def test_a_child_is_added_with_an_audit_row(page, coordinator):
    page.post(reverse("patients:add_patient"), child())
    ada = Patient.objects.get()
    assert (ada.name, ada.birth_date, ada.nhs_number) == ("Ada Lark", date(2015, 6, 13), "9990000379")
    assert AuditEvent.objects.get(action="patient.added", patient_id=ada.pk).actor_id == coordinator.pk


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": ""}, "Enter the child’s full name"),
        ({"nhs_number": "999 123 4560"}, "NHS number has a wrong digit: check it and enter it again"),
        ({"nhs_number": "999 012 34"}, "NHS number must be 10 digits"),
        ({"birth_date_month": "13"}, "Date of birth must be a real date"),
        ({"birth_date_year": "2090"}, "Date of birth must be in the past"),
        ({"hospital_number": ""}, "Enter the hospital number"),
        ({"hospital_number": " - "}, "Enter the hospital number"),
        ({"restricted": "on"}, "Enter why messages are restricted"),
    ],
)
def test_wrong_input_is_said_in_words_and_what_was_typed_stays(page, wrong, message):
    response = page.post(reverse("patients:add_patient"), child(**wrong))
    text = response.content.decode()
    assert text.count(message) == 2, "in the summary and beside the field"
    assert "<title>Error: " in text
    assert "K100001" in text or "hospital_number" in wrong
    assert not Patient.objects.exists()


@pytest.mark.parametrize("wrong", [{}, {"birth_date_month": "13", "name": ""}])
@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("nhs_number", "Another child already has this NHS number."),
        ("hospital_number", "Another child already has this hospital number."),
    ],
)
def test_a_number_that_another_child_has_is_refused_beside_it_with_a_link(page, kind, message, wrong):
    ada = builders.patient("Ada Lark", nhs_number="9990000379", hospital_number="K100001")
    other = {"nhs_number": "", "hospital_number": "K2", kind: child()[kind]}
    response = page.post(reverse("patients:add_patient"), child(**other, **wrong))
    text = response.content.decode()
    assert response.context["form"].errors[kind] == [message]
    assert text.count(message) == 2, "in the summary and beside the field"
    assert f'href="{ada.get_absolute_url()}"' in text
    assert "Check whether the child is already here" not in text, "ticking the box would not help"
    assert Patient.objects.count() == 1


@pytest.mark.parametrize("kind", ["nhs_number", "hospital_number"])
def test_a_child_is_not_given_the_number_of_another(page, kind):
    builders.patient("Ada Lark", nhs_number="9990000379", hospital_number="K100001")
    ben = builders.patient("Ben Wren", nhs_number=None, hospital_number="K2")
    typed = {"nhs_number": "", "hospital_number": "K2", kind: child()[kind]}
    response = page.post(reverse("patients:change_patient", args=[ben.pk]), child(**typed))
    assert list(response.context["form"].errors) == [kind]
    assert (
        page.post(
            reverse("patients:change_patient", args=[ben.pk]), child(nhs_number="", hospital_number="k-2")
        ).url
        == ben.get_absolute_url()
    ), "its own number is no clash"


def test_two_children_without_nhs_number_are_two_children(page):
    page.post(reverse("patients:add_patient"), child(nhs_number=""))
    page.post(
        reverse("patients:add_patient"),
        child(nhs_number="", name="Ben Wren", hospital_number="K2", birth_date_day="1"),
    )
    assert list(Patient.objects.values_list("nhs_number", flat=True)) == [None, None]


def test_a_likely_double_is_shown_before_it_can_be_added(page):
    twin = builders.patient("Ida Lark", birth_date=date(2015, 6, 13))
    response = page.post(reverse("patients:add_patient"), child())
    text = response.content.decode()
    assert "This child may be here already" in text
    assert twin.get_absolute_url() in text
    assert Patient.objects.count() == 1
    page.post(reverse("patients:add_patient"), child(is_another_child="on"))
    assert Patient.objects.count() == 2


def test_another_birth_date_and_name_is_no_double(page):
    builders.patient("Ida Lark", birth_date=date(2014, 1, 2))
    page.post(reverse("patients:add_patient"), child())
    assert Patient.objects.count() == 2


def test_a_contact_gets_no_invites_unless_ticked(page):
    ada = builders.patient()
    contact = {
        "name": "Mia Lark",
        "relationship": "mother",
        "parental_responsibility": "yes",
        "phone": "07700 900111",
    }
    page.post(reverse("patients:add_contact", args=[ada.pk]), contact)
    assert Contact.objects.get().may_receive_invites is False


def test_who_usually_brings_the_child_stands_on_the_record(page):
    ada = builders.patient()
    mia = builders.contact(ada, "Mia Lark")
    assert "Usually brings the child" not in page.get(ada.get_absolute_url()).content.decode()
    typed = {"name": mia.name, "relationship": "mother", "parental_responsibility": "yes"}
    typed |= {"phone": mia.phone, "brings_child": "on"}
    page.post(reverse("patients:change_contact", args=[mia.pk]), typed)
    assert "Usually brings the child" in page.get(ada.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"phone": ""}, "Enter an email address or a phone number"),
        ({"may_receive_invites": "on"}, "Enter the email address that invites go to"),
        ({"phone": "ask the ward"}, "Phone number must be a number without words: take out “ask the ward”"),
        ({"parental_responsibility": ""}, "Select whether this person has parental responsibility"),
        ({"email": "not an address"}, "Email address must be an email address, like name@example.com"),
    ],
)
def test_a_contact_has_to_be_reachable(page, fields, message):
    ada = builders.patient()
    contact = {
        "name": "Mia",
        "relationship": "mother",
        "parental_responsibility": "yes",
        "phone": "1",
    } | fields
    response = page.post(reverse("patients:add_contact", args=[ada.pk]), contact)
    assert message in response.content.decode()
    assert not Contact.objects.exists()


@pytest.mark.parametrize("address", ["mia@localhost", "mia@lärche.example", '"mia"@example.com'])
def test_an_address_that_no_invite_can_go_to_is_refused_in_words(page, address):
    ada = builders.patient()
    contact = {
        "name": "Mia Lark",
        "relationship": "mother",
        "parental_responsibility": "yes",
        "email": address,
    }
    response = page.post(reverse("patients:add_contact", args=[ada.pk]), contact)
    said = "Email address must be an address that mail can reach, like name@example.com"
    assert response.content.decode().count(said) == 2, "in the summary and beside the field"
    assert not Contact.objects.exists()


def test_two_contacts_of_a_child_may_not_share_an_address(page):
    ada = builders.patient()
    builders.contact(ada, email="mia@example.com")
    contact = {
        "name": "Pa",
        "relationship": "father",
        "parental_responsibility": "yes",
        "email": "MIA@example.com",
    }
    response = page.post(reverse("patients:add_contact", args=[ada.pk]), contact)
    assert "Another contact of this child has this email address." in response.content.decode()


def test_a_changed_child_leaves_before_and_after(page):
    ada = builders.patient("Ada Lark", hospital_number="K100001", nhs_number="9990000379")
    page.post(reverse("patients:change_patient", args=[ada.pk]), child(name="Ada Finch"))
    assert AuditEvent.objects.get(action="patient.changed").changes == {"name": ["Ada Lark", "Ada Finch"]}


def test_the_banner_is_on_the_record_with_every_identifier(page):
    ada = builders.patient("Ada Lark", nhs_number="9990000379", hospital_number="K100001", needs="Hoist")
    text = page.get(ada.get_absolute_url()).content.decode()
    for shown in ("Ada Lark", "13 June 2015", "999 000 0379", "K100001", "Hoist"):
        assert shown in text


def test_an_unknown_child_is_a_plain_404(page):
    assert page.get(reverse("patients:show_patient", args=[99])).status_code == 404


def seen_on(page, address):
    """The fingerprint in the form on this page."""
    return page.get(address).context["form"]["seen"].value()


def test_a_form_opened_before_a_restriction_does_not_lift_it(page):
    ada = builders.patient("Ada Lark", hospital_number="K100001", nhs_number="9990000379")
    address = reverse("patients:change_patient", args=[ada.pk])
    typed = child(name="Ada Finch", seen=seen_on(page, address))
    Patient.objects.update(restricted=True, restricted_because="Safeguarding")

    response = page.post(address, typed)

    text = response.content.decode()
    assert "Somebody else changed this since you opened the page." in text
    assert 'value="Ada Finch"' in text
    ada.refresh_from_db()
    assert (ada.name, ada.restricted) == ("Ada Lark", True)

    again = typed | {"restricted": "on", "restricted_because": "Safeguarding"}
    assert page.post(address, again).status_code == 200, "the old fingerprint stays old"
    assert page.post(address, again | {"seen": response.context["form"]["seen"].value()}).status_code == 302
    ada.refresh_from_db()
    assert (ada.name, ada.restricted) == ("Ada Finch", True)


def test_a_form_is_saved_when_nobody_else_changed_anything(page):
    ada = builders.patient("Ada Lark", hospital_number="K100001", nhs_number="9990000379")
    address = reverse("patients:change_patient", args=[ada.pk])
    seen = seen_on(page, address)
    wrong = page.post(address, child(name="", seen=seen)).context["form"]
    assert list(wrong.errors) == ["name"]
    assert wrong["seen"].value() == seen
    assert page.post(address, child(name="Ada Finch", seen=seen)).status_code == 302


def test_what_was_done_is_said_without_a_name_in_a_cookie(page):
    response = page.post(reverse("patients:add_patient"), child())
    assert "Ada Lark" not in str(response.cookies)
    assert set(response.cookies) <= {"sessionid", "csrftoken"}
    assert "Ada Lark has been added" in page.get(response.url).content.decode()


def test_the_children_looked_at_last_are_shown_in_order_and_the_look_is_logged(page):
    ada, ben = builders.patient("Ada Lark"), builders.patient("Ben Wren")
    for patient in (ben, ada):
        page.get(patient.get_absolute_url())
    response = page.get(reverse("patients:find_patients"))
    assert response.context["recent"] == [ada, ben]
    seen = AccessEvent.objects.get(page="patients:find_patients")
    assert seen.seen == [ada.pk, ben.pk]


def test_a_page_of_the_search_that_does_not_exist_is_the_first(page):
    for number in range(21):
        builders.patient(f"Ada Lark{number}")
    address = page.post(reverse("patients:find_patients"), {"text": "ada"}).url
    for asked, shown in (("2", 2), ("3", 1), ("x", 1)):
        response = page.get(f"{address}&page={asked}")
        assert response.context["page"].number == shown


def test_a_child_added_twice_at_once_is_one_child_and_a_refusal_in_words(page, monkeypatch):
    save = PatientForm.save

    def save_after_a_colleague(form, commit=True):
        builders.patient("Ada Lark", nhs_number="9990000379", hospital_number="K100001")
        return save(form, commit)

    monkeypatch.setattr(PatientForm, "save", save_after_a_colleague)
    response = page.post(reverse("patients:add_patient"), child())
    assert response.status_code == 409
    assert "Somebody else saved a child like this just now." in response.content.decode()
    assert Patient.objects.count() == 1
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("new", [True, False])
def test_a_contact_saved_twice_at_once_is_refused_in_words(page, monkeypatch, new):
    ada = builders.patient()
    save = ContactForm.save

    def save_after_a_colleague(form, commit=True):
        builders.contact(ada, "Mia Lark", email="mia@example.com")
        return save(form, commit)

    if new:
        address = reverse("patients:add_contact", args=[ada.pk])
    else:
        address = reverse("patients:change_contact", args=[builders.contact(ada, "Pa Lark").pk])
    monkeypatch.setattr(ContactForm, "save", save_after_a_colleague)
    typed = {
        "name": "Ma Lark",
        "relationship": "mother",
        "parental_responsibility": "yes",
        "email": "Mia@example.com",
    }
    response = page.post(address, typed)
    assert response.status_code == 409
    assert "Somebody else saved a contact like this just now." in response.content.decode()
    assert not Contact.objects.filter(name="Ma Lark").exists()
    if not new:
        assert "Change contact: Pa Lark" in response.content.decode()


@pytest.mark.parametrize(
    ("restricted", "may_receive", "shown"),
    [
        (False, True, "Gets invites"),
        (True, True, "Invites stopped: restricted"),
        (False, False, "No invites"),
        (True, False, "No invites"),
    ],
)
def test_a_contact_of_a_restricted_child_is_not_said_to_get_invites(page, restricted, may_receive, shown):
    ada = builders.patient(restricted=restricted, restricted_because="Safeguarding" if restricted else "")
    builders.contact(ada, may_receive_invites=may_receive)
    text = page.get(ada.get_absolute_url()).content.decode()
    tags = {"Gets invites", "Invites stopped: restricted", "No invites"}
    assert {tag for tag in tags if tag in text} == {shown}


@pytest.mark.parametrize(
    ("fields", "needs"),
    [
        ({}, "none recorded"),
        ({"language": "Somali"}, "none recorded"),
        ({"interpreter_needed": True}, "interpreter"),
        ({"needs": "Hoist", "interpreter_needed": True, "language": "Somali"}, "Hoist; interpreter (Somali)"),
    ],
)
def test_the_needs_of_a_child_say_which_interpreter(fields, needs):
    assert Patient(**fields).needs_in_words == needs
