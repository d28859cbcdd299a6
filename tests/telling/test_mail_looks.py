"""What a family's mail program makes of our HTML: numbers to tap, dark mode, what to do first."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import time_machine

from patients.access import Role
from scheduling.booking import bookings, offers
from scheduling.models import CancelReason, Message, MessageKind
from scheduling.telling.delivery import deliver_due
from scheduling.telling.notices import write_page_notice
from scheduling.telling.texts import as_html, as_text
from tests import builders
from tests.builders.texts import set_texts
from tests.fakes.post import Post
from tests.kept import rolled_back
from tests.telling.hours import SUMMER, booked, live_through, local

pytestmark = pytest.mark.django_db

LIGHT_GROUND = (0xFF, 0xFF, 0xFF)


@pytest.fixture(scope="module")
def mails(django_db_setup, django_db_blocker) -> dict[str, tuple[str, str]]:
    """The plain text and the HTML of a mail of each kind, by kind."""
    with rolled_back(django_db_blocker):
        return written_to_a_family()


def written_to_a_family() -> dict[str, tuple[str, str]]:
    coordinator, nurse = builders.staff("Cora", Role.COORDINATOR), builders.staff("Nia", Role.NURSE)
    unit = builders.unit(chairs=2, out_of_hours="ring the ward on 0113 496 0124 or the site on 0113 496 0125")
    set_texts(unit)
    asked = builders.course(builders.patient("Bo Finch"), unit)
    builders.contact(asked.patient, "Fay Finch", email="fay@family.example")
    with time_machine.travel(local(SUMMER.replace(month=5), 11), tick=False):
        visits = builders.visits(asked, SUMMER + timedelta(days=14))
        offers.ask(course=asked, visits=visits, until=local(SUMMER.replace(month=5), 18), by=coordinator)
    course = booked(unit, SUMMER, coordinator, at=local(SUMMER.replace(month=5), 12))
    live_through(course, nurse, SUMMER)
    written = {message.kind: message for message in Message.objects.all()}
    contact = course.patient.contacts.get()
    written["page"] = write_page_notice(course, contact, now=local(SUMMER, 12))
    assert set(written) == set(MessageKind.values) - {"cancellation"}
    return {kind: bodies(message) for kind, message in written.items()}


def bodies(message: Message) -> tuple[str, str]:
    mail = message_from_bytes(bytes(message.mime), policy=policy.default)
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    return plain, html


# Phone numbers


def test_every_phone_number_in_the_html_of_a_mail_can_be_tapped(mails):
    for kind, (_, html) in mails.items():
        body = html.partition("<body")[2]
        without_links = re.sub(r"<a\b.*?</a>", "", body, flags=re.DOTALL)
        assert "0113 496" not in without_links, kind
        for number, shown in (("+441134960123", "0113 496 0123"), ("+441134960124", "0113 496 0124")):
            assert f'<a href="tel:{number}" dir="ltr">{shown}</a>' in body, kind


def test_a_number_in_the_units_advice_can_be_tapped_and_one_in_a_link_stays_as_it_is():
    body = "Ring 0113 496 0124. See [0113 496 0125](https://trust.example) or `0113 496 0126`."
    assert as_html(body) == (
        '<p>Ring <a href="tel:+441134960124" dir="ltr">0113 496 0124</a>. '
        'See <a href="https://trust.example">0113 496 0125</a> or <code>0113 496 0126</code>.</p>\n'
    )
    assert as_text(body).startswith("Ring 0113 496 0124. See")


# Dark mode


def test_every_mail_says_that_it_knows_light_and_dark(mails):
    for _, html in mails.values():
        assert '<meta name="color-scheme" content="light dark">' in html
        assert '<meta name="supported-color-schemes" content="light dark">' in html
        assert "@media (prefers-color-scheme: dark)" in html


def luminance(colour: tuple[int, ...]) -> float:
    parts = [c / 255 for c in colour]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def rgb(text: str) -> tuple[int, ...]:
    return tuple(int(text[place : place + 2], 16) for place in (1, 3, 5))


def test_text_with_a_colour_of_its_own_has_its_ground_too_or_a_class_that_dark_mode_knows(mails):
    """A grey or a blue that reads on white vanishes on a dark ground."""
    for kind, (_, html) in mails.items():
        for tag in re.findall(r"<[a-z][^>]*style=\"[^\"]*\"[^>]*>", html.partition("<body")[2]):
            style = re.search(r'style="([^"]*)"', tag)[1]
            colour = re.search(r"(?<![-\w])color:(#\w{6})", style)
            if colour is None:
                continue
            ground = re.search(r"background:(#\w{6})", style)
            assert ground or 'class="' in tag, (kind, tag)
            assert contrast(rgb(colour[1]), rgb(ground[1]) if ground else LIGHT_GROUND) >= 4.5, (kind, tag)


def test_what_dark_mode_writes_in_reads_on_its_dark_sheet(mails):
    _, html = mails["reminder"]
    dark = html.partition("@media (prefers-color-scheme: dark)")[2].partition("</style>")[0]
    (sheet,) = re.findall(r"\.sheet { background:(#\w{6})", dark)
    colours = re.findall(r"(?<![-\w])color:(#\w{6})", dark)
    assert len(colours) == 5
    assert all(contrast(rgb(colour), rgb(sheet)) >= 4.5 for colour in colours)


# The order of an invite


def test_an_invite_says_what_to_do_before_how_calendars_work(mails):
    for said in mails["invite"]:
        order = [
            "Please come on both days",
            "If you cannot come, ring us",
            "Your answer",
            "Please press Yes or No",
            "How to prepare",
            "Bring",
            "If your calendar does not show it",
            "invite.ics",
            "junk folder",
            "If you have questions",
        ]
        places = [said.find(words) for words in order]
        assert -1 not in places, order[places.index(-1)]
        assert places == sorted(places)


@pytest.mark.usefixtures("on_a_working_day")
def test_a_cancellation_is_readable_in_the_dark_too(coordinator):
    unit = builders.unit(chairs=2)
    course = booked(unit, builders.next_monday(3), coordinator, at=local(SUMMER.replace(month=5), 12))
    bookings.cancel(course=course, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator)
    deliver_due(transport=Post())
    _, html = bodies(Message.objects.filter(kind="cancellation").first())
    assert '<meta name="color-scheme" content="light dark">' in html
    assert '<p class="warns"' in html
