"""Who gets a token, what it opens, and when it opens nothing any more."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from scheduling.fhir import systems, tokens
from scheduling.models import SystemToken
from scheduling.pages.fhir import opening, signing_in
from tests import builders
from tests.builders.reviews import review
from tests.fhir.reading_system import outcome

pytestmark = pytest.mark.django_db


def test_a_token_opens_only_what_its_scopes_say(let_in, unit, course):
    system = let_in(unit).sign_in("system/Patient.r system/Appointment.read")
    assert system.scope == ["system/Patient.r", "system/Appointment.read"]
    assert system.get(f"Patient/{course.patient_id}").status_code == 200
    assert len(system.search("Appointment")) == 2
    refused = system.get("Patient")
    assert outcome(refused) == (403, "forbidden")
    assert 'error="insufficient_scope"' in refused["WWW-Authenticate"]
    for address in ("ServiceRequest", "Location", "Observation/1"):
        assert outcome(system.get(address)) == (403, "forbidden"), address


def test_a_system_gets_no_more_than_the_lead_gave_it(let_in, unit, course):
    system = let_in(unit, reads=("Appointment",))
    assert system.ask_token("system/Patient.rs").json()["error"] == "invalid_scope"
    for asked in ("", "system/*.rs", "system/Patient.rs system/Appointment.rs system/Location.rs"):
        system.sign_in(asked)
        assert system.scope == ["system/Appointment.rs", "system/Location.rs"]
    assert outcome(system.get("Patient")) == (403, "forbidden")
    system.sign_in("system/*.rs system/Appointment.rs system/*.rs system/Appointment.rs")
    assert system.scope == ["system/Appointment.rs", "system/Location.rs"]
    for wrong in ("system/Appointment.cruds", "patient/Appointment.rs", "openid"):
        answer = system.ask_token(wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_without_a_token_that_opens_anything_there_is_only_a_sentence(client, system, course):
    assert not client.cookies
    for header in ("", "Bearer wrong", f"Basic {system.token}", "Bearer ", f"bearer x{system.token}"):
        answer = client.get("/fhir/R4/Patient", headers={"authorization": header} if header else {})
        assert outcome(answer) == (401, "login"), header
        assert answer["WWW-Authenticate"].startswith('Bearer realm="fhir"')
    in_address = client.get(f"/fhir/R4/Patient?access_token={system.token}")
    assert outcome(in_address) == (401, "login")
    assert not client.cookies


def test_no_query_is_made_for_whoever_brings_no_token(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/fhir/R4/Patient").status_code == 401


def test_a_token_expires(time_machine, system, course):
    assert system.get("Patient").status_code == 200
    time_machine.move_to(timezone.now() + timedelta(seconds=tokens.TOKEN_SECONDS + 1))
    assert outcome(system.get("Patient")) == (401, "login")
    old = SystemToken.objects.get().pk
    time_machine.move_to(timezone.now() + tokens.KEPT)
    system.sign_in()
    assert system.get("Patient").status_code == 200
    assert not SystemToken.objects.filter(pk=old).exists()


def test_whoever_brings_tokens_that_have_expired_is_no_guesser(
    time_machine, system, course, client, monkeypatch
):
    monkeypatch.setattr(opening, "MOST_WRONG", 2)
    old = system.token
    time_machine.move_to(timezone.now() + timedelta(seconds=tokens.TOKEN_SECONDS + 1))
    system.sign_in()
    new, system.token = system.token, old
    assert [system.get("Patient").status_code for _ in range(4)] == [401] * 4
    guess = {"authorization": "Bearer x"}
    assert [client.get("/fhir/R4/Patient", headers=guess).status_code for _ in range(3)] == [401, 401, 429]
    assert system.get("Patient").status_code == 401
    system.token = new
    assert system.get("Patient").status_code == 200


def test_a_token_is_given_back_only_by_its_own_system(let_in, unit, system, course):
    other = let_in(unit, name="Whiteboard").sign_in()
    assert other.give_back(system.token).status_code == 200
    assert system.get("Patient").status_code == 200
    assert system.give_back(system.token).status_code == 200
    assert outcome(system.get("Patient")) == (401, "login")
    assert system.give_back(system.token).status_code == 200
    system.secret = "wrong"
    assert system.give_back(other.token).status_code == 401


def test_a_system_whose_access_was_ended_reads_nothing_at_once(system, course, lead):
    systems.end(system=system.row, by=lead)
    assert outcome(system.get("Patient")) == (401, "login")
    assert system.ask_token().json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password", "username": "a", "password": "b"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
    ],
)
def test_there_is_no_other_way_to_a_token(system, form, status, error):
    answer = system.ask_token(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert SystemToken.objects.count() == 1


def test_the_secret_may_stand_in_the_form_but_never_in_the_address(client, system):
    secret = {"client_id": system.client_id, "client_secret": system.secret}
    form = {"grant_type": "client_credentials"}
    assert client.post("/oauth/token", form | secret).status_code == 200
    address = "&".join(f"{name}={value}" for name, value in secret.items())
    assert client.post(f"/oauth/token?{address}", form).status_code == 401
    for header in (
        "Basic",
        "Basic !!!",
        "Basic w6TDtg==",
        "Basic /w==",
        "Basic AGE6eA==",
        "Basic \xe9",
        "Bearer x",
    ):
        for address in ("/oauth/token", "/oauth/revoke"):
            answer = client.post(address, form | {"token": "x"}, headers={"authorization": header})
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), header
    assert client.get("/oauth/token").status_code == 405


def test_whoever_guesses_secrets_or_tokens_is_told_to_wait(client, system, course, monkeypatch):
    monkeypatch.setattr(signing_in, "MOST_WRONG", 3)
    monkeypatch.setattr(opening, "MOST_WRONG", 3)
    form = {"grant_type": "client_credentials", "client_id": system.client_id, "client_secret": "x"}
    assert [client.post("/oauth/token", form).status_code for _ in range(4)] == [401, 401, 401, 429]
    guess = {"authorization": "Bearer x"}
    answers = [client.get("/fhir/R4/Patient", headers=guess) for _ in range(4)]
    assert [each.status_code for each in answers] == [401, 401, 401, 429]
    assert outcome(answers[-1]) == (429, "throttled")
    # The right ones still open: others may sit behind the same address.
    assert system.sign_in().get("Patient").status_code == 200


def test_a_system_that_reads_too_often_is_told_when_to_come_again(let_in, system, unit, course, monkeypatch):
    monkeypatch.setattr(opening, "MOST_READS", 3)
    other = let_in(unit, name="Whiteboard").sign_in()
    assert [system.get("Patient").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = system.get("Patient")
    assert outcome(refused) == (429, "throttled")
    assert refused["Retry-After"] == "60"
    assert other.get("Patient").status_code == 200


def test_a_system_that_asks_for_tokens_all_the_time_is_told_to_keep_them(system, monkeypatch):
    monkeypatch.setattr(signing_in, "MOST_TOKENS", 2)
    answers = [system.ask_token() for _ in range(2)]
    assert answers[-1].status_code == 429
    assert "Retry-After" in answers[-1]


def test_names_that_are_made_up_are_counted_as_one(client, system, monkeypatch):
    monkeypatch.setattr(signing_in, "MOST_TOKENS", 2)
    cache.clear()
    form = {"grant_type": "client_credentials", "client_secret": "x"}
    names = ("one", "two", "a\0b", "four")
    answers = [client.post("/oauth/token", form | {"client_id": name}) for name in names]
    assert [each.status_code for each in answers] == [401, 401, 429, 429]
    assert system.ask_token().status_code == 200


def test_only_children_of_its_units_are_seen(let_in, unit, course, coordinator):
    elsewhere = builders.unit(name="Other Unit", chairs=1)
    theirs = builders.course(builders.patient("Oona Other"), elsewhere)
    builders.contact(theirs.patient, "Orla Other")
    builders.patient("Nell Nocourse")
    here, there = let_in(unit).sign_in(), let_in(elsewhere, name="Whiteboard").sign_in()
    assert here.ids("Patient") == [str(course.patient_id)]
    assert there.ids("Patient") == [str(theirs.patient_id)]
    assert there.ids("ServiceRequest") == [str(theirs.pk)]
    assert (there.ids("Appointment"), there.ids("Communication")) == ([], [])
    assert there.ids("Location") == there.ids("Schedule") == [str(elsewhere.pk)]
    for reference in (f"Patient/{course.patient_id}", f"ServiceRequest/{course.pk}", f"Location/{unit.pk}"):
        assert outcome(there.get(reference)) == (404, "not-found")
    both = let_in(unit, elsewhere, name="Both").sign_in()
    assert both.ids("Patient") == [str(course.patient_id), str(theirs.patient_id)]


@pytest.mark.parametrize("how", ["restricted", "sensitive"])
def test_protected_records_are_seen_only_with_that_right(let_in, unit, course, how):
    child = course.patient
    setattr(child, how, True)
    child.restricted_because = "Court order" if how == "restricted" else ""
    child.save()
    plain = let_in(unit).sign_in()
    kinds = ("Patient", "RelatedPerson", "ServiceRequest", "Appointment", "Communication", "Observation")
    review(child, pain=1)
    for kind in kinds:
        assert plain.ids(kind) == [], kind
    assert outcome(plain.get(f"Patient/{child.pk}")) == (404, "not-found")
    assert outcome(plain.get(f"ServiceRequest/{course.pk}")) == (404, "not-found")
    may = let_in(unit, name="Record", protected=True).sign_in()
    for kind in kinds:
        found = may.search(kind)
        assert found, kind
        assert "Court order" not in str(found)
