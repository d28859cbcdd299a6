"""The address of a family's page opens it, so staff see it only in the bytes of a mail, if they may."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from crmo_clinic.settings import DEMO_SECRET_KEY
from patients.access import Role
from patients.models import AccessEvent
from scheduling.booking import bookings
from scheduling.doctor.messages import dead_links
from scheduling.models import Message, MessageKind
from scheduling.telling.family_links import (
    NO_ADDRESS,
    ends_on,
    feed_address,
    link_for,
    links_without_key,
    page_address,
    without_page_addresses,
)
from scheduling.telling.notices import check_in_address, write_page_notice
from tests import builders
from tests.addresses import at
from tests.builders.answers import take
from tests.ical import answers

SECRET = "aB3-xY_7" * 5 + "Qz9"


@pytest.fixture
def course(db, coordinator):
    patient = builders.patient()
    builders.contact(patient)
    course = builders.course(patient, builders.unit())
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    return course


@pytest.fixture
def link(course):
    return link_for(course, course.patient.contacts.get())


def secret_of(link):
    return page_address(link).rstrip("/").rpartition("/")[2]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", [MessageKind.INVITE, MessageKind.PAGE])
def test_a_message_is_shown_without_the_address_and_its_bytes_are_for_who_may_book(
    client, person, course, link, role, kind
):
    if kind == MessageKind.PAGE:
        write_page_notice(course, link.contact, now=timezone.now()).save()
    message = Message.objects.filter(kind=kind).first()
    assert secret_of(link).encode() in b"".join(bytes(message.mime).split(b"=\r\n"))
    may_book = role in (Role.COORDINATOR, Role.LEAD)
    client.force_login(person(role))
    address = at("download_message", message)

    shown = client.get(message.get_absolute_url()).content.decode()
    assert NO_ADDRESS in shown
    assert secret_of(link) not in shown
    for page in (message.get_absolute_url(), course.get_absolute_url()):
        assert (address in client.get(page).content.decode()) == may_book
    download = client.get(address)
    assert download.status_code == (200 if may_book else 403)
    assert (getattr(download, "content", b"") == bytes(message.mime)) == may_book
    looks = AccessEvent.objects.filter(page="scheduling:download_message", patient_id=course.patient_id)
    assert looks.count() == may_book


def test_a_mail_that_quotes_ours_is_shown_without_the_address(client, reader, coordinator, link):
    mail = take(answers.words(f"We come\n\n> Your page: {page_address(link)}\n> The page is for you alone."))
    for user, may_book in ((reader, False), (coordinator, True)):
        client.force_login(user)
        page = client.get(mail.get_absolute_url()).content.decode()
        assert f"&gt; Your page: {NO_ADDRESS}\n&gt; The page is" in page
        assert secret_of(link) not in page
        assert (at("download_mail", mail) in page) == may_book


def test_every_address_of_a_page_is_left_out(link):
    for address in (page_address(link), check_in_address(link), feed_address(link)):
        assert without_page_addresses(f"Here: {address}\nBye") == f"Here: {NO_ADDRESS}\nBye"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"<https://old-host.example/family/{SECRET}/change/>.", f"<{NO_ADDRESS}>."),
        (f"> https://h.example/family/{SECRET[:9]}\n> > {SECRET[9:]}/ ok", f"> {NO_ADDRESS} ok"),
        (f"https://h.example/family/\n> {SECRET}/ ok", f"{NO_ADDRESS} ok"),
        (f"https://l.example/?u=https%3A%2F%2Fh.example%2Ffamily%2F{SECRET}%2F&d=1 ok", f"{NO_ADDRESS} ok"),
        ("Mum/family/friends can come", "Mum/family/friends can come"),
        ("https://h.example/family/words/", "https://h.example/family/words/"),
    ],
)  # fmt: skip
def test_an_address_is_known_however_it_is_quoted(text, shown):
    assert without_page_addresses(text) == shown


@pytest.mark.parametrize("piece", ["/", "/family/", "/family/abc\n", "x", "/family/\n>>>>", "%2Ffamily%2F"])
def test_a_hostile_text_takes_no_time(piece):
    began = timezone.now()
    without_page_addresses(piece * (20_000 // len(piece)))
    assert (timezone.now() - began).total_seconds() < 1


def test_the_last_day_of_a_page_is_counted_from_the_day_in_london(db):
    """Half past midnight in summer is the day before by the clock of the world."""
    agreed = datetime(2027, 6, 11, 0, 30, tzinfo=ZoneInfo("Europe/London"))
    course = builders.course(agreed_at=agreed.astimezone(UTC))
    link = link_for(course, builders.contact(course.patient))
    assert ends_on(link) - date(2027, 6, 11) == timedelta(days=365)


KEYS = [f"key number {number}, only for tests, and long enough" for number in range(3)]


def test_another_key_kills_no_link_while_the_one_before_is_a_fallback(link, settings, client):
    """Mails that go out later carry the address that the family has."""
    before = page_address(link), feed_address(link)
    settings.FAMILY_LINK_KEY = KEYS[0]
    assert (page_address(link), feed_address(link)) == before, "SECRET_KEY made it"
    assert client.get(before[0]).status_code == client.get(before[1]).status_code == 200
    newer = link_for(builders.course(link.course.patient, link.course.unit), link.contact)
    settings.FAMILY_LINK_KEY, settings.FAMILY_LINK_KEY_FALLBACKS = KEYS[1], KEYS[:1]
    settings.SECRET_KEY = KEYS[2]
    settings.SECRET_KEY_FALLBACKS = [DEMO_SECRET_KEY]
    assert (page_address(link), feed_address(link)) == before
    assert client.get(page_address(newer)).status_code == 200
    assert [*links_without_key()] == []


def test_a_link_whose_key_is_lost_is_found_and_its_next_mail_carries_an_address_that_opens(
    link, settings, client, caplog
):
    settings.SECRET_KEY = KEYS[0]
    [sentence] = dead_links()
    assert sentence.startswith(f"1 family’s page ({link.pk}) cannot be written to")
    assert client.get(page_address(link_for(link.course, link.contact))).status_code == 200
    assert f"Link {link.pk} was made with a key that is lost." in caplog.text
    assert [*dead_links()] == []
