"""Two records of one child made one: everything follows, nothing is sent, and it can be undone for a day."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from patients import legal_hold
from patients.audit import WORKER
from patients.errors import Refused
from patients.models import AuditEvent, Contact, FormerNumber, Merge, Patient
from scheduling.booking import bookings
from scheduling.booking.child_limits import Limits, set_limits
from scheduling.doctor.breaches import find_breaches
from scheduling.history.lab_results import read_sheet
from scheduling.merging.following import pointing_at
from scheduling.merging.merge import mark_of, merge
from scheduling.merging.unmerge import unmerge, why_not_undone
from scheduling.models import (
    CancelReason,
    ChildLimits,
    Course,
    FamilyLink,
    Message,
    PatientNeed,
    Session,
    WebhookEvent,
)
from scheduling.states import WebhookStatus
from scheduling.telling.delivery import deliver_due
from scheduling.telling.family_links import link_for, page_address
from scheduling.telling.queue_reminders import queue_notices
from scheduling.webhooks import endpoints
from tests import builders
from tests.builders.reviews import decision, review
from tests.builders.spreadsheets import spreadsheet
from tests.builders.webhooks import a_system, noted

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return builders.unit(chairs=3, nurses=6)


@pytest.fixture
def kept(unit, coordinator):
    """A record with its mother, and a course that was given."""
    child = builders.patient("Ada Lark", hospital_number="K1", allergies="Latex")
    builders.contact(child, "Mia Lark", email="mia@example.com", phone="")
    builders.past_course(child, unit, builders.next_monday() - timedelta(weeks=20))
    return child


@pytest.fixture
def gone(unit, coordinator):
    """Another of the same child: with the same mother, a father, a booked course, a review and a need."""
    child = builders.patient("Ada Larke", hospital_number="K2", needs="play specialist")
    builders.contact(child, "Mia Lark", email="Mia@example.com", phone="+447700900111")
    builders.contact(child, "Tom Lark", email="tom@example.com")
    course = builders.course(child, unit)
    visits = builders.visits(course, builders.next_monday(2))
    bookings.book(course=course, visits=visits, by=coordinator)
    review(child, pain=3)
    decision(child)
    return child


def test_two_legal_holds_are_not_made_one_in_silence(kept, gone, lead):
    for child in (kept, gone):
        legal_hold.place(patient=child, because="A claim", by=lead)
    with pytest.raises(Refused, match="Both records are on legal hold"):
        merge(kept=kept, gone=gone, from_gone=[], by=lead)
    legal_hold.lift(patient=kept, because="The other goes on", by=lead)
    merge(kept=kept, gone=gone, from_gone=[], by=lead)
    assert legal_hold.hold_on(kept).because == "A claim"


def snapshot():
    """Every row that a merge may touch, without the log."""
    models = (Patient, Contact, Course, Session, Message, FamilyLink, ChildLimits, PatientNeed, FormerNumber)
    rows = {model: list(model.objects.order_by("pk").values()) for model in models}
    for row in rows[Message]:
        row["mime"] = bytes(row["mime"])
    return rows


def into(kept, gone, by, *fields):
    return merge(kept=kept, gone=gone, from_gone=fields, by=by, seen=mark_of(kept, gone))


def test_everything_follows_and_nothing_is_left_behind(kept, gone, unit, coordinator):
    entries = list(Session.objects.values_list("uid", "sequence"))
    mails = Message.objects.count()
    old = (gone.pk, gone.nhs_number, kept.nhs_number)
    done = into(kept, gone, coordinator, "name", "needs", "nhs_number")
    kept = Patient.objects.get()
    assert (kept.pk, kept.name, kept.hospital_number, kept.nhs_number) == (
        done.kept_id,
        "Ada Larke",
        "K1",
        old[1],
    )
    assert (kept.needs, kept.allergies) == ("play specialist", "Latex")
    assert kept.courses.count() == 2
    assert (kept.reviews.count(), kept.decisions.count()) == (1, 1)
    assert sorted(kept.contacts.values_list("name", "email", "phone")) == [
        ("Mia Lark", "mia@example.com", "+447700900111"),
        ("Tom Lark", "tom@example.com", "+447700900111"),
    ]
    assert set(Message.objects.values_list("contact__patient", flat=True)) == {kept.pk}
    # No calendar hears of it.
    assert list(Session.objects.values_list("uid", "sequence")) == entries
    assert Message.objects.count() == mails
    assert list(find_breaches(timezone.now())) == []
    # Whoever looks for an old number finds the child.
    for number in ("K2", "k 2", old[2], "K1", old[1]):
        assert Patient.objects.with_number(number) == kept
        assert list(Patient.objects.matching(number)) == [kept]
    said = AuditEvent.objects.filter(action__startswith="patient.merged").values_list(
        "patient_id", "actor_name"
    )
    assert set(said) == {(kept.pk, coordinator.name), (old[0], coordinator.name)}


def test_no_table_that_points_to_a_child_or_a_contact_can_be_left_out(kept, gone, coordinator, monkeypatch):
    """The database itself refuses to let the record go while anything points to it."""
    fields = {
        f"{field.model.__name__}.{field.name}" for model in (Patient, Contact) for field in pointing_at(model)
    }
    assert {"Course.patient", "Message.contact", "FamilyOffer.answered_by", "ImportLine.child"} <= fields
    left_out = next(field for field in pointing_at(Patient) if field.model.__name__ == "Review")
    monkeypatch.setattr(
        "scheduling.merging.following.pointing_at",
        lambda model: (field for field in pointing_at(model) if field is not left_out),
    )
    with pytest.raises(Refused, match="changed one of the two records"):
        into(kept, gone, coordinator)
    assert Patient.objects.count() == 2


@pytest.mark.usefixtures("on_a_working_day")
def test_a_merge_is_undone_to_the_last_row(kept, gone, unit, coordinator):
    need = builders.need(unit)
    for child in (kept, gone):
        PatientNeed.objects.create(patient=child, need=need, added_by="Nia")
        mother = child.contacts.first()
        limits = Limits(weekdays=frozenset({child.pk % 5}), not_before=time(9), short_notice=child == kept)
        set_limits(patient=child, contact=mother, said=limits, by=coordinator)
        set_limits(patient=child, contact=None, said=limits, by=coordinator)
    deliver_due()
    queue_notices(now=timezone.now() + timedelta(days=9))
    before = snapshot()
    assert Message.objects.exclude(only_once=None).exists()
    done = into(kept, gone, coordinator, "hospital_number", "nhs_number", "name", "needs")
    assert ChildLimits.objects.count() == 2
    assert set(ChildLimits.objects.get(contact=None).impossible_weekdays) == {kept.pk % 5, gone.pk % 5}
    assert PatientNeed.objects.count() == 1
    assert snapshot() != before
    unmerge(done=done, by=coordinator)
    assert snapshot() == before
    assert Merge.objects.get().rows == {}


def test_no_reminder_goes_twice_to_the_one_contact(kept, gone, coordinator):
    deliver_due()
    later = timezone.now() + timedelta(days=9)
    queue_notices(now=later)
    sent = Message.objects.count()
    into(kept, gone, coordinator)
    queue_notices(now=later)
    assert Message.objects.count() == sent


def test_the_familys_page_keeps_its_address(client, kept, gone, coordinator):
    mother = gone.contacts.first()
    address = page_address(link_for(gone.courses.get(), mother))
    into(kept, gone, coordinator)
    page = client.get(address)
    assert page.status_code == 200
    assert "9am" in page.content.decode()


def test_what_is_in_the_way_is_said(kept, gone, unit, coordinator):
    builders.course(kept, unit)
    builders.course(gone, unit)
    course = gone.courses.get(status="booked")
    same_days = builders.book(unit, course.live_sessions[0].day, coordinator, chair=unit.chairs.last())
    Course.objects.filter(pk=same_days.pk).update(patient=kept)
    Contact.objects.filter(patient=kept).update(may_receive_invites=False)
    Patient.objects.filter(pk=gone.pk).update(restricted=True, restricted_because="Court order")
    with pytest.raises(Refused) as refused:
        into(kept, Patient.objects.get(pk=gone.pk), coordinator)
    said = " ".join(refused.value.reasons)
    for words in (
        "Messages are restricted in one of the records (K2)",
        "A course waits in each of the records",
        "Both records have a visit on",
        "mia@example.com may receive invites in one of the records and not in the other",
    ):
        assert words in said
    assert not Merge.objects.exists()


def test_a_page_that_is_out_of_date_merges_nothing(kept, gone, unit, coordinator):
    seen = mark_of(kept, gone)
    builders.contact(gone, "Ros Lark")
    with pytest.raises(Refused, match="changed one of the two records while you looked"):
        merge(kept=kept, gone=gone, from_gone=(), by=coordinator, seen=seen)


@pytest.mark.parametrize("what", ["worked on", "a day later", "merged on", "number taken"])
def test_why_a_merge_can_no_longer_be_undone(kept, gone, unit, coordinator, what):
    done = into(kept, gone, coordinator)
    if what == "worked on":
        set_limits(patient=kept, contact=None, said=Limits(not_before=time(10)), by=coordinator)
        words = f"{coordinator.name} has worked on this record since"
    elif what == "a day later":
        Merge.objects.update(at=timezone.now() - timedelta(days=1, minutes=1))
        words = "can be undone for a day"
    elif what == "merged on":
        into(builders.patient("Ada L", hospital_number="K3"), Patient.objects.get(pk=kept.pk), coordinator)
        words = "has worked on|merged into this one later|no longer"
    else:
        builders.patient("Bo Wren", hospital_number="k2")
        words = "Another child has a number of the record that is gone"
    with pytest.raises(Refused, match=words):
        unmerge(done=Merge.objects.get(pk=done.pk), by=coordinator)


def test_an_event_that_was_sent_again_is_no_work_on_the_record(kept, gone, lead):
    a_system()
    done = into(kept, gone, lead)
    course = Course.objects.get(status="booked")
    bookings.cancel(course=course, reason=CancelReason.HOSPITAL_OTHER, back_to_waiting=False, by=WORKER)
    (event,) = noted()
    WebhookEvent.objects.update(status=WebhookStatus.TAKEN)
    event.refresh_from_db()
    endpoints.replay(event=event, by=lead)
    assert why_not_undone(done, timezone.now()) == ""


def test_merges_follow_too_and_are_undone_in_turn(kept, gone, coordinator):
    first = into(kept, gone, coordinator)
    third = builders.patient("Ada L", hospital_number="K3")
    second = into(third, Patient.objects.get(pk=kept.pk), coordinator)
    for number in ("K1", "K2", "K3"):
        assert Patient.objects.with_number(number).pk == third.pk
    unmerge(done=second, by=coordinator)
    first.refresh_from_db()
    assert first.kept_id == kept.pk
    assert Patient.objects.with_number("K2").pk == kept.pk


def test_files_and_whoever_adds_a_child_find_it_by_the_number_it_had(client, kept, gone, unit, coordinator):
    other = builders.patient("Bo Wren")
    into(kept, gone, coordinator)
    kept.refresh_from_db()
    head = "Hospital number,NHS number,Date,ESR,CRP"
    lines = [
        f"K2,{kept.nhs_number}",
        f"K1,{gone.nhs_number}",
        f",{gone.nhs_number}",
        f"K2,{other.nhs_number}",
    ]
    text = "\n".join([head, *(f"{line},{n}/3/2026,12,8" for n, line in enumerate(lines, start=1))])
    sheet = read_sheet(text, timezone.localdate())
    assert [result.patient for result in sheet.new] == [kept, kept, kept]
    assert "not that of the child" in sheet.wrong_lines[0].wrong

    rows = [
        ["K2", gone.nhs_number, "tom@example.com"],
        ["K2", other.nhs_number, ""],
        ["K1", "", "new@example.com"],
    ]
    source = spreadsheet(unit, coordinator, rows, ("Hospital number", "NHS number", "Email"))
    assert [(line.kind, line.child) for line in source.lines.all()] == [
        ("nothing_new", kept),
        ("wrong", None),
        ("known", kept),
    ]
    client.force_login(coordinator)
    born = {"birth_date_day": 1, "birth_date_month": 2, "birth_date_year": 2019}
    page = client.post("/children/add/", {"name": "Cy Teal", "hospital_number": "k2", **born})
    assert page.context["form"].doubles == [kept]
