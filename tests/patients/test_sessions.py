"""How long a sign-in lasts; what was typed when it ended comes back, and is never saved by itself."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent, Contact, KeptForm, Patient
from patients.sessions import browser_name
from scheduling.booking.pauses import pause
from scheduling.models import PauseReason
from tests import builders

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-test-password"


@pytest.fixture(autouse=True)
def as_set_by_default(settings):
    settings.IDLE_MINUTES, settings.SESSION_HOURS = 15, 12


@pytest.fixture
def child():
    return builders.patient("Ada Lark")


def sign_in(client, user, to: str = "/"):
    typed = {"login": user.email, "password": PASSWORD, "next": to}
    return client.post(reverse("account_login"), typed)


def typed_contact(**changes) -> dict[str, str]:
    return {
        "name": "Mia Lark",
        "relationship": "mother",
        "email": "mia@example.com",
        "phone": "",
        "parental_responsibility": "yes",
        "language": "en",
        **changes,
    }


def where_to(response) -> str:
    """The address after sign-in, of a redirect there."""
    assert urlsplit(response.url).path == reverse("account_login")
    return parse_qs(urlsplit(response.url).query)["next"][0]


def test_a_sign_in_ends_after_a_quarter_of_an_hour_without_use_and_use_prolongs_it(
    client, nurse, time_machine
):
    time_machine.move_to(now := timezone.now(), tick=False)
    sign_in(client, nurse)
    for minutes in (14, 28, 42):
        time_machine.move_to(now + timedelta(minutes=minutes), tick=False)
        assert client.get("/").status_code == 200
    time_machine.move_to(now + timedelta(minutes=42, seconds=15 * 60 + 31), tick=False)
    assert where_to(client.get("/waiting/?only=held")) == "/waiting/?only=held"
    assert "nothing was done for 15 minutes" in client.get(reverse("account_login")).content.decode()
    assert AuditEvent.objects.latest("pk").changes["why"] == "nothing was done for a while"


def test_a_sign_in_ends_after_half_a_day_however_much_it_is_used(client, nurse, time_machine):
    time_machine.move_to(now := timezone.now(), tick=False)
    sign_in(client, nurse)
    for minutes in range(10, 12 * 60 + 1, 10):
        time_machine.move_to(now + timedelta(minutes=minutes), tick=False)
        assert client.get(reverse("account_stay")).status_code == 200
    time_machine.move_to(now + timedelta(hours=12, minutes=1), tick=False)
    assert client.get("/").status_code == 302


def test_looking_how_much_time_is_left_prolongs_nothing(client, nurse, time_machine):
    time_machine.move_to(now := timezone.now(), tick=False)
    sign_in(client, nurse)
    for minutes, left in ((5, 600), (13, 120)):
        time_machine.move_to(now + timedelta(minutes=minutes), tick=False)
        assert client.get(reverse("account_time_left")).json() == {"seconds": left}
    assert client.get(reverse("account_stay")).json() == {"seconds": 900}


def test_what_was_typed_comes_back_for_review_and_is_saved_only_when_sent_again(
    client, nurse, child, time_machine
):
    time_machine.move_to(now := timezone.now(), tick=False)
    sign_in(client, nurse)
    page = reverse("patients:add_contact", args=[child.pk])
    time_machine.move_to(now + timedelta(hours=1), tick=False)
    back = where_to(client.post(page, typed_contact()))
    assert urlsplit(back).path == page
    assert "mia@example.com" not in KeptForm.objects.get().sealed

    again = sign_in(client, nurse, back)
    assert again.url == back
    for _ in range(2):  # Loading the page anew loses nothing either.
        shown = client.get(back)
        assert shown.status_code == 200
        assert 'value="mia@example.com"' in shown.content.decode()
        assert "You were signed out before this was saved" in shown.content.decode()
    assert not Contact.objects.exists()

    assert client.post(back, typed_contact()).status_code == 302
    assert Contact.objects.get().email == "mia@example.com"
    assert not KeptForm.objects.exists()


def test_nobody_else_gets_what_was_typed(client, nurse, coordinator, child, time_machine):
    time_machine.move_to(now := timezone.now(), tick=False)
    sign_in(client, nurse)
    time_machine.move_to(now + timedelta(hours=1), tick=False)
    back = where_to(client.post(reverse("patients:add_contact", args=[child.pk]), typed_contact()))
    sign_in(client, coordinator, back)
    shown = client.get(back)
    assert shown.status_code == 200
    assert "mia@example.com" not in shown.content.decode()
    assert "typed by somebody else" in shown.content.decode()


def test_a_button_that_came_too_late_is_not_pressed_by_signing_in(client, coordinator, time_machine):
    course = builders.course()
    pause(
        course=course, until=timezone.localdate() + timedelta(days=9), reason=PauseReason.AWAY, by=coordinator
    )
    time_machine.move_to(now := timezone.now(), tick=False)
    sign_in(client, coordinator)
    time_machine.move_to(now + timedelta(hours=1), tick=False)
    press = reverse("scheduling:end_pause", args=[course.pk])
    before = AuditEvent.objects.count()
    back = where_to(client.post(press, {"seen": "1"}, HTTP_REFERER="http://testserver/waiting/"))
    sign_in(client, coordinator, back)
    client.get(back, HTTP_REFERER="http://testserver/waiting/")
    acts = set(AuditEvent.objects.order_by("pk")[before:].values_list("action", flat=True))
    assert acts == {"user.signed_out", "user.signed_in"}
    page = client.get("/waiting/").content.decode()
    assert "It was not done: do it again." in page
    client.post(press, {"seen": "1"})
    assert AuditEvent.objects.latest("pk").action == "course.pause_ended"


def test_an_act_that_no_form_guards_is_undone_while_under_review(client, lead, nurse, time_machine):
    """The last guard: whatever would leave an audit row does not happen."""
    from crmo_clinic.nhsuk import review
    from patients import audit

    child = builders.patient("Ada Lark")
    child.name = "Ada Finch"
    with review.under_review("Why"), pytest.raises(audit.OnlyForReview):
        audit.save(child, by=nurse)
    assert Patient.objects.get().name == "Ada Lark"


def test_a_key_of_no_kept_form_changes_nothing(client, nurse, coordinator):
    """So nobody hides a refused page behind one, and a list is taken away as ever."""
    client.force_login(nurse)
    assert client.get("/families-to-ring/file/?kept=made-up").status_code == 403
    assert AuditEvent.objects.filter(action="user.page_refused", actor_id=nurse.pk).count() == 1
    client.force_login(coordinator)
    assert client.get("/families-to-ring/file/?kept=made-up").status_code == 200


def test_htmx_is_led_to_sign_in_and_back_to_what_was_typed(client, nurse, child, time_machine):
    time_machine.move_to(now := timezone.now(), tick=False)
    sign_in(client, nurse)
    time_machine.move_to(now + timedelta(hours=1), tick=False)
    page = reverse("patients:add_contact", args=[child.pk])
    response = client.post(page, typed_contact(), headers={"HX-Request": "true"})
    assert "kept%3D" in response.headers["HX-Redirect"]


def test_the_page_sends_what_is_typed_when_its_time_is_up(client, nurse, child):
    sign_in(client, nurse)
    page = reverse("patients:add_contact", args=[child.pk])
    left = client.post(reverse("account_end_now"), typed_contact() | {"kept-address": page}).json()
    assert client.get("/").status_code == 302
    back = parse_qs(urlsplit(left["address"]).query)["next"][0]
    sign_in(client, nurse, back)
    assert 'value="mia@example.com"' in client.get(back).content.decode()


def test_only_addresses_of_ours_are_kept(client, nurse):
    sign_in(client, nurse)
    for address in ("https://elsewhere.example/", "//elsewhere.example/", "/nothing/here/"):
        assert client.post(reverse("account_end_now"), {"kept-address": address, "a": "b"}).status_code == 403
    left = client.post(reverse("account_end_now"), {"kept-address": reverse("account_change_password")})
    assert left.status_code == 200
    assert not KeptForm.objects.exists()


def test_every_page_says_when_one_is_signed_out(client, nurse):
    client.force_login(nurse)
    assert "You are signed out after 15 minutes without use" in " ".join(
        client.get("/").content.decode().split()
    )


def test_one_sees_where_one_is_signed_in_and_ends_it_there(client, nurse, settings):
    from django.test import Client

    ward = Client(headers={"User-Agent": "Ward computer"}, REMOTE_ADDR="203.0.113.9")
    sign_in(ward, nurse)
    sign_in(client, nurse)
    page = client.get(reverse("account_sessions"))
    assert "Ward computer" in page.content.decode()
    assert "203.0.113.9" in page.content.decode()
    (elsewhere,) = [each for each, *_ in page.context["rows"] if each.ip == "203.0.113.9"]
    client.post(reverse("account_sessions"), {"session": elsewhere.pk})
    assert ward.get("/").status_code == 302
    assert client.get("/").status_code == 200
    assert AuditEvent.objects.latest("pk").action == "user.session_ended"


@pytest.mark.parametrize(
    ("says", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1",
            "Safari on an iPhone",
        ),
        ("curl/8.0", "curl/8.0"),
    ],
)
def test_a_browser_is_named_as_people_name_it(says, name):
    assert browser_name(says) == name


def test_nobody_ends_the_sign_in_of_somebody_else(client, nurse, coordinator):
    from django.test import Client

    other = Client()
    sign_in(other, coordinator)
    (session,) = [each for each, *_ in other.get(reverse("account_sessions")).context["rows"]]
    sign_in(client, nurse)
    client.post(reverse("account_sessions"), {"session": session.pk})
    assert other.get("/").status_code == 200
