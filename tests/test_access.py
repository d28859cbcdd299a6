"""Every address with every role, and with nobody signed in, against the one table of grants."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.http import HttpResponse

from crmo_clinic.nhsuk.middleware import keep_no_pages
from patients.access import GRANTS, Permission, Role
from patients.models import AccessEvent, Patient, User
from patients.page_names import PAGES
from tests.addresses import ALLAUTH, FAMILY, address, addresses, key_of, ours

pytestmark = pytest.mark.usefixtures("one_of_each")

# allauth's pages: signing in and out, and one's own password.
ALLAUTH_PAGES = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_reauthenticate",
    "account_change_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_sessions",
    "account_time_left",
    "account_stay",
    "account_end_now",
    "mfa_index",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_login_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
    "openid_connect_login",
    "openid_connect_callback",
}


@pytest.fixture
def things(db, one_of_each):
    return dict(one_of_each)


@pytest.fixture
def coordinator(things):
    return User.objects.get(pk=things["user"])


@dataclass
class Answer:
    """What an address answered. is_logged: whether it left a row that the child was looked at."""

    status: int
    may_be_kept: str
    is_logged: bool


@pytest.fixture(scope="module")
def walked() -> dict[Role | None, dict[str, Answer]]:
    return {}


@pytest.fixture
def walk(client, person, things, walked) -> Callable[[Role | None], dict[str, Answer]]:
    """What each address answers to somebody with that role, by its name; asked once for several tests."""

    def of(role: Role | None) -> dict[str, Answer]:
        if role not in walked:
            by = person(role) if role else person(name="Ola Outsider")
            client.force_login(by)
            looks = AccessEvent.objects.filter(patient_id=things["patient"], actor_id=by.pk)
            answers, before = {}, 0
            for name, _ in ours():
                response = client.get(address(name, things))
                before, logged = looks.count(), before
                may_be_kept = response.headers.get("Cache-Control", "")
                answers[name] = Answer(response.status_code, may_be_kept, before > logged)
            walked[role] = answers
        return walked[role]

    return of


def test_of_the_library_for_accounts_only_these_pages_are_open():
    assert {name for name, _ in addresses() if name.startswith(ALLAUTH)} == ALLAUTH_PAGES


def test_nobody_changes_the_address_they_sign_in_with(client, nurse):
    client.force_login(nurse)
    for closed in ("/accounts/", "/accounts/email/", "/accounts/password/set/"):
        assert client.post(closed, {"email": "mine@elsewhere.example", "action_add": ""}).status_code == 404


def test_no_address_of_families_asks_to_sign_in():
    """Whoever has the address sees the page; `ours` leaves these out of all that is about staff."""
    views = [view for name, view in addresses() if name.startswith(FAMILY)]
    assert views
    assert [view.__name__ for view in views if getattr(view, "login_required", True)] == []


def test_every_view_of_ours_names_its_permission():
    assert [
        name for name, view in ours() if not isinstance(getattr(view, "permission", None), Permission)
    ] == []


@pytest.mark.no_cover
@pytest.mark.parametrize("role", [*Role, None])
def test_each_role_reaches_what_the_table_grants_and_nothing_else(role, walk):
    granted = GRANTS[role] if role else frozenset()
    answers, wrong = walk(role), []
    for name, view in ours():
        status = answers[name].status
        allowed = view.permission in granted
        if (status == 403) == allowed or status not in ((405, 403) if view.only_forms else (200, 302, 403)):
            wrong.append(
                f"{name}: {status}, though {view.permission.name} is {'' if allowed else 'not '}granted"
            )
    assert wrong == []


def test_nobody_signed_in_is_sent_to_sign_in_everywhere(client, things):
    for name, _ in ours():
        response = client.get(address(name, things))
        assert response.status_code == 302, name
        assert response.url.startswith("/accounts/login/"), name


def test_after_signing_in_for_a_form_one_is_on_the_page_it_was_on(client, coordinator, things):
    """What only takes forms is no page, so nobody is led there."""
    form, page = (address(f"scheduling:{name}", things) for name in ("assign_task", "show_task"))
    host = "http://testserver"
    for came_from, led_to in (
        (f"{host}{page}?a=1#b", f"?next={page}%3Fa%3D1"),
        (f"{host}{form}", ""),
        (f"{host}/no-such-page/", ""),
        ("https://elsewhere.example/tasks/1/", ""),
        ("", ""),
    ):
        sent = client.post(form, {"owner": "1"}, HTTP_REFERER=came_from)
        assert sent.url == f"/accounts/login/{led_to}", came_from
    client.force_login(coordinator)
    opened = client.get(form)
    assert (opened.status_code, opened["Allow"]) == (405, "POST")
    assert "Nothing was saved or changed" in opened.content.decode()


def test_nobody_can_sign_up(client, db):
    response = client.get("/accounts/signup/")
    assert b"<form" not in response.content.split(b"<main")[1]
    client.post(
        "/accounts/signup/",
        {
            "email": "new@example.com",
            "password1": "a-long-test-password",
            "password2": "a-long-test-password",
        },
    )
    assert not User.objects.filter(email="new@example.com").exists()


def test_a_user_who_has_left_cannot_sign_in(client, coordinator):
    coordinator.is_active = False
    coordinator.save()
    client.post("/accounts/login/", {"login": coordinator.email, "password": "a-long-test-password"})
    assert client.get("/").status_code == 302


ABOUT_A_CHILD = {"patient", "contact", "course", "visit", "review", "results", "imaging"}
ABOUT_A_CHILD |= {"line", "medicine", "decision", "task", "message", "mail", "link"}


def test_every_page_about_a_child_leaves_an_access_row(walk):
    answers = walk(Role.LEAD)
    pages = [name for name, view in ours() if key_of(name) in ABOUT_A_CHILD and not view.only_forms]
    assert [name for name in pages if not answers[name].is_logged] == []


# Named for one row, and a list of many children: lists name all of them.
LISTS = {"scheduling:show_replan"}


def test_every_page_about_a_sensitive_child_asks_for_a_reason_first(client, lead, things):
    Patient.objects.filter(pk=things["patient"]).update(sensitive=True)
    client.force_login(lead)
    asks = address("patients:give_reason", things)
    opened = [
        name
        for name, view in ours()
        if key_of(name) in ABOUT_A_CHILD
        and not view.only_forms
        and name not in LISTS | {"patients:give_reason"}
        if not client.get(address(name, things)).headers.get("Location", "").startswith(asks)
    ]
    assert opened == []
    assert (
        not AccessEvent.objects.filter(patient_id=things["patient"])
        .exclude(page__endswith="give_reason")
        .exists()
    )


def test_every_page_about_a_child_has_a_name_in_words():
    """For the log of looks: a new page gets its name in `patients/page_names.py`."""
    missing = [
        name
        for name, view in ours()
        if key_of(name) in ABOUT_A_CHILD and not view.only_forms and name not in PAGES
    ]
    assert missing == []


def test_pages_carry_a_strict_policy(client, coordinator):
    client.force_login(coordinator)
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_no_browser_keeps_a_page_that_somebody_signed_in_saw(client, walk):
    assert "Cache-Control" not in client.get("/").headers
    answers = walk(Role.COORDINATOR)
    assert [name for name, answer in answers.items() if "no-store" not in answer.may_be_kept] == []


def test_a_response_that_says_how_it_may_be_kept_is_left_alone(rf, coordinator):
    def view(request):
        return HttpResponse(headers={"Cache-Control": "max-age=60"})

    request = rf.get("/")
    request.user = coordinator
    assert keep_no_pages(view)(request)["Cache-Control"] == "max-age=60"
