"""What stands in the log, in words: labels for codes, and the times of the clock that people looked at."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.templatetags.events import care_sentence
from scheduling.visit import recording
from tests import builders

# Half an hour apart in summer: nine o'clock by the clock is eight in the database.
EIGHT, HALF_PAST = "2026-07-01T08:00:00Z", "2026-07-01T08:30:00.250Z"


@pytest.mark.parametrize(
    ("record", "changes", "says"),
    [
        ("cannulaattempt", {"at": [EIGHT, HALF_PAST]}, "when: 9am → 9:30am"),
        ("cannulaattempt", {"worked": [False, True]}, "whether it worked: no → yes"),
        (
            "cannulaattempt",
            {"side": ["left", "right"], "site": ["hand", "elbow"]},
            "side: Left → Right; where: Back of the hand → Bend of the elbow",
        ),
        (
            "adverseeffect",
            {"at": ["2026-07-01T23:30:00Z", EIGHT]},
            "when: 12:30am on Thu 2 Jul 2026 → 9am on Wed 1 Jul 2026",
        ),
        (
            "adverseeffect",
            {"effect": ["nausea", "other"], "other": ["", "Itching"]},
            "what: Feeling sick → Something else; what else: no value → Itching",
        ),
    ],
)
def test_what_was_put_right_is_said_as_the_page_shows_it(record, changes, says):
    sentence = care_sentence(AuditEvent(action=f"{record}.changed", record=record, changes=changes))
    assert sentence.endswith(f" put right ({says})")


@pytest.mark.django_db
def test_the_page_of_a_visit_says_so(client, nurse):
    """In July, when the clock and the database differ by an hour."""
    day = date(timezone.localdate().year - 1, 7, 1)
    visit = builders.begun_course(builders.unit(), day).live_sessions[0]
    nine = timezone.make_aware(datetime(day.year, 7, 1, 9))
    row = builders.effect(visit, effect="fever", at=nine)
    row.effect, row.at = "headache", nine + timedelta(minutes=20)
    recording.save_row(row=row, by=nurse)
    client.force_login(nurse)
    page = client.get(reverse("scheduling:show_visit", args=[visit.pk])).content.decode()
    assert "Adverse effect put right (what: Fever → Headache; when: 9am → 9:20am)" in page
