"""The log in words: labels for codes, and the times of the clock that people looked at."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse
from django.utils import timezone

from patients import audit
from patients.acts import Fields, Kind, known_acts
from patients.log_words import lines, sentence, sentence_with_record, title
from patients.models import AuditEvent
from scheduling.acts import Act
from scheduling.models import WhomToAsk
from scheduling.visit import recording
from tests import builders

# Half an hour apart in summer: nine o'clock by the clock is eight in the database.
EIGHT, HALF_PAST = "2026-07-01T08:00:00Z", "2026-07-01T08:30:00.250Z"
# What the log has and no reader should see: Python, JSON, ISO dates, names of fields and codes.
RAW = re.compile(r"\b(None|True|False)\b|[\[\]{}]|\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|[a-z]_[a-z]|[a-z]\.[a-z]+_")

SAMPLES = {
    Kind.WORDS: "Words",
    Kind.NUMBER: 2,
    Kind.DAY: "2026-07-01",
    Kind.MOMENT: EIGHT,
    Kind.NAMES: ["Mia Lark", "Tom Lark"],
    Kind.DAYS: ["Wednesday 1 July 2026, 9am to 1pm, Chair 1"],
    Kind.RANGES: [["2026-07-01", "2026-07-03"], ["2026-07-08", "2026-07-08"]],
    Kind.ROW: 1,
}


def models_saved() -> list[type[models.Model]]:
    """Every model of which an act says that a row was added."""
    found = [(act, name.removesuffix(".added")) for name, act in known_acts().items()]
    return [
        apps.get_model(type(act).__module__.partition(".")[0], noun)
        for act, noun in found
        if act.fields == Fields.ADDED and act.endswith(".added")
    ]


def fields_saved() -> list[models.Field]:
    return [
        field
        for model in models_saved()
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name not in audit.NEVER_LOGGED
    ]


def sample(field: models.Field) -> list:
    """Two values of the field, as a form would give them."""
    if field.choices:
        return [code for code, _ in field.flatchoices][:2] * 2
    if field.name == "impossible_dates":
        return [SAMPLES[Kind.RANGES], []]
    match field:
        case models.ForeignKey():
            return [1, 2]
        case models.BooleanField():
            return [True, False]
        case models.DateTimeField():
            return [timezone.now(), timezone.now() + timedelta(days=2)]
        case models.DateField():
            return [date(2026, 7, 1), date(2026, 7, 2)]
        case models.TimeField():
            return [time(9, 30), time(12)]
        case models.DecimalField():
            return [Decimal("7.50"), Decimal("12")]
        case models.IntegerField():
            return [3, 4]
        case models.JSONField() if field.name == "shifts":
            return [[[480, 720, 2], [720, 1080, 1]], [[480, 1080, 3]]]
        case models.JSONField() if field.name == "contacts":
            nurses = WhomToAsk(name="Nurses", phone="+441134960200")
            return [[nurses.as_kept()], [WhomToAsk(name="Ward", email="a@b.example").as_kept()]]
        case models.JSONField() if str(field) == "scheduling.OtherInfusion.overridden":
            return [[["nurses", "Dr Wren"]], [["kept-back", "Lee Lead"], ["nurses", "Dr Wren"]]]
        case models.JSONField():
            return [[1, 2], [3]]
        case _:
            return ["en", "Other words"]


@pytest.mark.django_db
@pytest.mark.parametrize("field", fields_saved(), ids=str)
def test_every_value_of_every_field_is_shown_in_words(field):
    model = field.model._meta.model_name
    for before in [*sample(field), None]:
        for after in [*sample(field), None]:
            for verb, pair in (("added", [None, after]), ("changed", [before, after])):
                if f"{model}.{verb}" not in known_acts():
                    continue
                kept = {field.name: [audit._plain(value) for value in pair]}
                event = AuditEvent(action=f"{model}.{verb}", record=model, changes=kept)
                known_acts()[event.action].check(field.model, kept)
                for line in lines([event])[0]:
                    assert line.now, line
                    assert not RAW.search(str(line)), line
                assert not RAW.search(title(event))
                assert not RAW.search(sentence(event))


@pytest.mark.parametrize("act", known_acts().values())
def test_every_act_has_both_sentences(act):
    assert re.match(r"(\{who\} |The |This )[^.]*$", act.says)
    assert re.match(r"[A-Z]", act.was)
    assert "{" not in re.sub(r"\[[^\]]*\]", "", act.was)
    assert type(act)[act.value.upper().replace(".", "_")] is act


@pytest.mark.django_db
@pytest.mark.parametrize("act", known_acts().values())
def test_every_act_says_its_details_in_words(act):
    kept = {
        name: [None, SAMPLES[detail.kind]] if detail.changes else SAMPLES[detail.kind]
        for name, detail in act.details.items()
    }
    event = AuditEvent(action=act, record=act.partition(".")[0], changes=kept)
    act.check(AuditEvent, kept)
    said = [sentence(event), title(event), *map(str, lines([event])[0])]
    assert len(said) == 2 + len(kept)
    assert not [words for words in said if RAW.search(words)]
    for name in re.findall(r"\{(\w+)", act.was):
        assert name in act.details or (name == "fields" and act.fields == Fields.CHANGED)


@pytest.mark.parametrize(
    ("act", "changes", "says"),
    [
        (
            Act.COURSE_MOVED,
            {"days": [["Monday"], ["Tuesday", "Wednesday"]], "reason": "Child unwell"},
            "Moved from Monday to Tuesday; Wednesday (Child unwell)",
        ),
        (
            Act.COURSE_CANCELLED,
            {"days": [["Monday"], None], "reason": "Child unwell", "then": "Waiting"},
            "Cancelled, back to the waiting list (Child unwell)",
        ),
        (Act.COURSE_BOOKED, {}, "Booked"),
        (
            Act.STAFFING_CHANGED,
            {"shifts": [[], [[480, 720, 2], [720, 1080, 1]]]},
            "Changed (shifts: nothing → 8am to midday: 2 nurses, midday to 6pm: 1 nurse)",
        ),
        (
            Act.COURSE_DAY_LEFT_OUT,
            {"days": [["Monday"], None], "reason": "Child unwell", "decided": "Dr X: fever"},
            "A day was left out: Monday (Child unwell). Decided by Dr X: fever",
        ),
        (Act.TASK_ASSIGNED, {"owner": ["Nia Nurse", None]}, "Changed who does it: nobody"),
        (Act.TASK_PUT_OFF, {"due_on": ["2026-07-01", "2026-07-02"]}, "Changed the due date: Thu 2 Jul 2026"),
        (
            Act.SESSION_OUTCOME_RECORDED,
            {"given": ["", "part"], "part_because": ["", "cannula"]},
            "Outcome recorded (how much was given: nothing → In part; "
            "why only in part: nothing → The cannula failed)",
        ),
    ],
)
def test_a_sentence_says_what_was_done_to_which_days_and_why(act, changes, says):
    assert sentence(AuditEvent(action=act, record=act.partition(".")[0], changes=changes)) == says


@pytest.mark.parametrize(
    ("record", "changes", "says"),
    [
        ("cannulaattempt", {"at": [EIGHT, HALF_PAST]}, "when: 9am → 9:30am"),
        ("cannulaattempt", {"worked": [False, True]}, "worked: no → yes"),
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
            "what: Feeling sick → Something else; what else: nothing → Itching",
        ),
    ],
)
def test_what_was_put_right_is_said_as_the_page_shows_it(record, changes, says):
    event = AuditEvent(action=f"{record}.changed", record=record, changes=changes)
    assert sentence_with_record(event).endswith(f": put right ({says})")


@pytest.mark.parametrize(
    ("model", "said"), [("contact", "Phone number"), ("unit", "Phone number for families")]
)
def test_a_phone_number_is_shown_as_it_is_everywhere_else(model, said):
    changes = {"phone": ["", "+442079460018;ext=12"]}
    event = AuditEvent(action=f"{model}.changed", record=model, record_id=1, changes=changes)
    [[line]] = lines([event])
    assert str(line).lower() == f"{said}: nothing → 020 7946 0018 ext 12".lower()


def test_codes_in_lists_and_of_languages_have_names():
    events = [
        AuditEvent(action="course.changed", record="course", changes={"impossible_weekdays": [[], [0, 4]]}),
        AuditEvent(action="contact.added", record="contact", changes={"language": [None, "en"]}),
        AuditEvent(action="cannulaattempt.added", record="cannulaattempt", changes={"worked": [None, True]}),
    ]
    assert [str(line) for said in lines(events, rows=False) for line in said] == [
        "weekdays the family cannot do: nothing → Monday, Friday",
        "language of messages: English",
        "worked: yes",
    ]


@pytest.mark.django_db
def test_another_row_is_named_and_one_that_is_gone_is_said_to_be(django_assert_num_queries):
    chair = builders.unit().chairs.first()
    events = [
        AuditEvent(action="booking.added", record="booking", changes={"chair": [None, pk]})
        for pk in (chair.pk, chair.pk + 1000)
    ]
    with django_assert_num_queries(1):
        said = [str(line) for each in lines(events) for line in each]
    assert said == [f"chair: {chair.name}", "chair: a chair that is no longer there"]


def test_what_a_later_version_no_longer_knows_is_still_shown():
    gone = AuditEvent(action="course.sung_to", record="course", changes={"song_name": [None, True]})
    assert (sentence(gone), title(gone)) == ("Course sung to", "Course sung to")
    old = AuditEvent(action="chair.changed", record="chair", changes={"is_blue": [None, True]})
    assert [str(line) for each in lines([gone, old]) for line in each] == [
        "song name: nothing, yes",
        "is blue: nothing, yes",
    ]


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
    assert "Adverse effect: put right (what: Fever → Headache; when: 9am → 9:20am)" in page
