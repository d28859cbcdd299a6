"""Two readers that share no code with icalendar, vobject and ical.js (Thunderbird's), read what we write."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.ical import Invitation, Mailbox, Method, calendar_bytes
from scheduling.ical.invitation import LONDON
from tests.ical.samples import an_invitation

HERE = Path(__file__).parent
ICALJS = HERE / "vendor" / "ical.js-2.2.1"
CHECKSUMS = {
    "ical.js": "396c1349c899974b1048460e3c7495ec394ff1a86941ab5bf6291b272b8d53c2",
    "LICENSE": "1f256ecad192880510e84ad60474eab7589218784b9a50bc7ceee34c2b91f1d5",
}

# Everything that has ever upset a calendar, and any other character at all.
AWKWARD = st.sampled_from([*",;:\\\"'^=%<>@&`|\nN n\t\r\x00\x0b\x1f\x7f\x85\u2028\ufeff\ud83d", "\\n", "\\N"])
WORDS = st.sampled_from(["王小明", "Żółć", "محمد", "👩\u200d👧"])
TEXT = st.lists(AWKWARD | WORDS | st.characters(), max_size=60).map("".join)


def fitting(limit: int) -> st.SearchStrategy[str]:
    return TEXT.map(lambda text: f"a{text}"[:limit])


@st.composite
def invitations(draw) -> Invitation:
    day, quarter = draw(st.integers(0, 3 * 365)), draw(st.integers(0, 40))
    # From 8am UTC on, so never in the night hour that repeats.
    starts_at = datetime(2026, 1, 1, 8, tzinfo=UTC) + timedelta(days=day, minutes=15 * quarter)
    return an_invitation(
        method=draw(st.sampled_from(Method)),
        sequence=draw(st.integers(0, 40)),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=15 * draw(st.integers(1, 24))),
        summary=draw(fitting(60)),
        description=draw(st.just("") | fitting(60) | fitting(60).map(lambda text: (text * 30)[:1500])),
        location=draw(st.just("") | fitting(255)),
        organizer=Mailbox(draw(fitting(255)), "daycase@hospital.example"),
        attendee=Mailbox(
            draw(fitting(255)), draw(st.sampled_from(["zoe@family.example", "a'b%c+d#e@f.example"]))
        ),
    )


def around_clock_changes() -> Iterator[Invitation]:
    """9am to 1pm on the day before, of and after each change of the clocks from 2026 to 2028."""
    changes = ["2026-03-29", "2026-10-25", "2027-03-28", "2027-10-31", "2028-03-26", "2028-10-29"]
    for change in map(date.fromisoformat, changes):
        for day in (change - timedelta(days=1), change, change + timedelta(days=1)):
            nine = datetime.combine(day, time(9), LONDON)
            yield an_invitation(starts_at=nine, ends_at=nine + timedelta(hours=4))


# 9am as it must be in UTC on those three days, spring then autumn.
NINE_IN_UTC = ["09", "08", "08", "08", "09", "09"] * 3


def as_read(invitation: Invitation) -> dict:
    """What a reader must find for `invitation`."""
    asks = invitation.method == Method.REQUEST
    return {
        "method": invitation.method,
        "events": 1,
        "uid": invitation.uid,
        "sequence": invitation.sequence,
        "stamp": f"{invitation.stamp:%Y-%m-%dT%H:%M:%SZ}",
        "summary": invitation.summary,
        "description": invitation.description or None,
        "location": invitation.location or None,
        "status": "CONFIRMED" if asks else "CANCELLED",
        "starts": moment(invitation.starts_at),
        "ends": moment(invitation.ends_at),
        "organizer": person(invitation.organizer),
        "attendees": [person(invitation.attendee, partstat="NEEDS-ACTION", rsvp="TRUE")],
        "alarms": ["-PT15H", "-PT1H30M"] if asks else [],
    }


def moment(time: datetime) -> list[str]:
    """The zone, the wall time and the instant."""
    return ["Europe/London", f"{time:%Y-%m-%dT%H:%M:%S}", f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"]


def person(mailbox: Mailbox, partstat: str | None = None, rsvp: str | None = None) -> dict:
    return {"address": f"mailto:{mailbox.email}", "name": mailbox.name, "partstat": partstat, "rsvp": rsvp}


def read_by_vobject(invitation: Invitation) -> dict:
    calendar = vobject.readOne(calendar_bytes(invitation).decode())
    event = calendar.vevent

    def text(name: str) -> str | None:
        return getattr(event, name).value if name in event.contents else None

    def when(name: str) -> list[str]:
        line = getattr(event, name)
        utc = line.value.astimezone(UTC)
        return [
            line.params["X-VOBJ-ORIGINAL-TZID"][0],
            f"{line.value:%Y-%m-%dT%H:%M:%S}",
            f"{utc:%Y-%m-%dT%H:%M:%SZ}",
        ]

    def who(line) -> dict:
        parameters = {name: values[0] for name, values in line.params.items()}
        return {
            "address": unquote(line.value),
            "name": parameters["CN"],
            "partstat": parameters.get("PARTSTAT"),
            "rsvp": parameters.get("RSVP"),
        }

    alarms = event.contents.get("valarm", [])
    return {
        "method": calendar.method.value,
        "events": len(calendar.contents["vevent"]),
        "uid": event.uid.value,
        "sequence": int(event.sequence.value),
        "stamp": f"{event.dtstamp.value:%Y-%m-%dT%H:%M:%SZ}",
        "summary": text("summary"),
        "description": text("description"),
        "location": text("location"),
        "status": text("status"),
        "starts": when("dtstart"),
        "ends": when("dtend"),
        "organizer": who(event.organizer),
        "attendees": [who(line) for line in event.contents["attendee"]],
        "alarms": [
            {15: "-PT15H", 1.5: "-PT1H30M"}[-alarm.trigger.value / timedelta(hours=1)] for alarm in alarms
        ],
    }


@pytest.fixture(scope="session")
def read_by_icaljs(chromium) -> Iterator[Callable]:
    """Reads many calendars in one call. The browser's own zone is far from London, so that a time read as
    floating or in the browser's zone cannot look right."""
    context = chromium.new_context(timezone_id="Pacific/Auckland", offline=True)
    page = context.new_page()
    module, script = (ICALJS / "ical.js").read_text(), (HERE / "icaljs.js").read_text()

    def read(invitations: list[Invitation]) -> list[dict]:
        found = page.evaluate(script, [module, [calendar_bytes(one).decode() for one in invitations]])
        for event in found:
            # When its alarms ring is compared in the life of a course.
            assert len(event.pop("rings")) == len(event["alarms"])
            for one in (event["organizer"], *event["attendees"]):
                one["address"] = unquote(one["address"])
        return found

    yield read
    context.close()


def test_ical_js_is_the_published_one_with_its_licence():
    found = {name: sha256((ICALJS / name).read_bytes()).hexdigest() for name in CHECKSUMS}
    assert found == CHECKSUMS


@given(invitations())
def test_vobject_reads_back_any_invitation(invitation):
    assert read_by_vobject(invitation) == as_read(invitation)


def test_vobject_reads_nine_oclock_around_every_clock_change():
    found = [read_by_vobject(invitation)["starts"] for invitation in around_clock_changes()]
    assert [wall[11:] for _, wall, _ in found] == ["09:00:00"] * 18
    assert [utc[11:13] for _, _, utc in found] == NINE_IN_UTC


@pytest.mark.browser
@settings(max_examples=12)
@given(batch=st.lists(invitations(), min_size=10, max_size=20))
def test_ical_js_reads_back_any_invitation(read_by_icaljs, batch):
    assert read_by_icaljs(batch) == [as_read(invitation) for invitation in batch]


@pytest.mark.browser
def test_ical_js_reads_nine_oclock_around_every_clock_change(read_by_icaljs):
    found = [event["starts"] for event in read_by_icaljs(list(around_clock_changes()))]
    assert [wall[11:] for _, wall, _ in found] == ["09:00:00"] * 18
    assert [utc[11:13] for _, _, utc in found] == NINE_IN_UTC
