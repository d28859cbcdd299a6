"""A child's record is erased whole, or not at all; the logs that are left of it say nothing of the child."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from patients import audit, legal_hold
from patients.errors import Refused
from patients.models import AccessEvent, AuditEvent, ErasedBecause, Erasure, Patient
from patients.models.logs import IN_LISTS
from scheduling.booking import sharing
from scheduling.doctor.breaches import find_breaches
from scheduling.models import Message, ReadinessCheck, ReadinessOverride
from scheduling.reports import changes
from scheduling.reports.report import Scope
from scheduling.retention.erase import erase
from tests import builders
from tests.builders import messages as builders_messages
from tests.builders.whole_record import NAMES, whole_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def folders(settings, tmp_path):
    settings.MAIL_DIR, settings.DOWNTIME_DIR = tmp_path / "mail", str(tmp_path / "packs")
    return tmp_path


@pytest.fixture
def child(folders, coordinator):
    return whole_record(coordinator)


def erased(child, by, because=ErasedBecause.ASKED) -> Erasure:
    return erase(patient=child, because=because, reason="The young person asked", by=by)


def finish() -> str:
    out = StringIO()
    call_command("erase_from_logs", stdout=out)
    return out.getvalue()


def doctor() -> list[str]:
    return list(find_breaches(timezone.now()))


def everything_said() -> str:
    """All of every table, as text."""
    said = []
    with connection.cursor() as cursor:
        # What an index of SQLite consists of is read; it is a table too, which cannot be.
        for table in sorted({*connection.introspection.table_names(cursor)} - {IN_LISTS.name}):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                said += [
                    bytes(v).decode("latin-1") if isinstance(v, memoryview | bytes) else str(v) for v in row
                ]
    return "\n".join(said)


def about(child: int) -> set[str]:
    """The models that have a row about the child, by whatever way their foreign keys lead to it."""
    found, ways = set(), {Patient: ["pk"]}
    queue = [Patient]
    while queue:
        target = queue.pop()
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if field.is_relation and field.related_model is target and model is not target:
                    new = [f"{field.name}__{way}" for way in ways[target]]
                    if fresh := set(new) - set(ways.get(model, ())):
                        ways[model] = [*ways.get(model, ()), *fresh]
                        queue.append(model)
    for model, paths in ways.items():
        if any(model._base_manager.filter(**{path: child}).exists() for path in paths):
            found.add(model._meta.object_name)
    return found


def test_nothing_is_left_that_names_the_child_or_is_about_it(child, lead, coordinator, folders):
    other = builders.patient("Otto Larch")
    builders.contact(other, "Ola Larch")
    for text in NAMES:
        assert text in everything_said(), text
    there = about(child.pk)
    assert len(there) >= 30, there
    (folders / "packs").mkdir()
    (folders / "packs" / "downtime-unit-1-2027-06-08.html").write_text(
        f'<meta name="children" content="{other.pk} {child.pk}">'
    )
    (folders / "packs" / "downtime-unit-1-2027-06-09.html").write_text(
        f'<meta name="children" content="{other.pk}">'
    )
    files = set(folders.rglob("*.eml"))
    assert files
    erased(child, lead)
    assert about(child.pk) == set()
    assert not set(folders.rglob("*.eml"))
    assert [path.name for path in folders.rglob("*.html")] == ["downtime-unit-1-2027-06-09.html"]
    assert "lost the details of 1 child" in finish()
    said = everything_said()
    assert [text for text in (*NAMES, "Q77123", child.nhs_number) if text in said] == []
    assert "Otto Larch" in said
    assert doctor() == []


def test_files_of_the_hospital_that_name_the_child_go_too(child, lead, folders, settings):
    settings.ADT_DIR = str(folders / "adt")
    for name, words in (
        ("done/a.hl7", b"PID|||Q77123"),
        ("failed/b.hl7.ack", b"Q88123"),
        ("done/c.hl7", b"K1"),
        ("unread/d.hl7", b"MSH|^~\\&|PAS\rPID|||Q771234"),
    ):
        path = folders / "adt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(words)
    erased(child, lead)
    assert sorted(path.name for path in (folders / "adt").rglob("*.*")) == ["c.hl7", "d.hl7"]


def test_the_logs_stay_and_say_who_did_what_and_when(child, lead, coordinator):
    before = list(
        AuditEvent.objects.order_by("pk").values_list("pk", "at", "actor_id", "action", "patient_id")
    )
    looks = AccessEvent.objects.of_child(child.pk).count()
    erased(child, lead)
    finish()
    stayed = AuditEvent.objects.filter(pk__lte=before[-1][0]).order_by("pk")
    assert list(stayed.values_list("pk", "at", "actor_id", "action", "patient_id")) == before
    assert AccessEvent.objects.of_child(child.pk).count() == looks > 0
    by_family = AuditEvent.objects.get(action="childlimits.added", actor_id=None)
    assert by_family.actor_name == "Somebody, on the family’s page"
    act = AuditEvent.objects.get(action="patient.erased")
    assert (act.actor_name, act.changes["reason"]) == ("Lee Lead", "The young person asked")
    assert act.changes["courses"] == 1 and act.changes["visits"] == 2 and act.changes["messages"] >= 4


def test_the_log_of_another_child_loses_only_what_names_the_erased_one(lead, coordinator, folders):
    child = whole_record(coordinator)
    unit = child.courses.get().unit
    waiting = builders.course(builders.patient("Otto Larch"), unit)
    with_child = builders.course(child, unit)
    sharing.link(course=waiting, other=with_child, because="siblings", by=coordinator)
    sharing.part(course=with_child, decided="Cora", by=coordinator)
    others = AuditEvent.objects.filter(patient_id=waiting.patient_id)
    assert "Zebby" in str(list(others.values_list("changes", flat=True)))
    waiting.patient.needs = "Cubicle"
    audit.save(waiting.patient, by=coordinator)
    with_child.delete()
    erased(child, lead)
    finish()
    assert "Zebby" not in everything_said()
    assert others.get(action="patient.changed").changes == {"needs": ["", "Cubicle"]}


def test_an_open_course_and_a_legal_hold_are_in_the_way(child, lead, coordinator):
    legal_hold.place(patient=child, because="A claim", by=lead)
    waiting = builders.course(child, child.courses.first().unit)
    with pytest.raises(Refused) as refusal:
        erased(child, lead)
    hold, course = refusal.value.reasons
    assert hold.startswith("This record is on legal hold (A claim). Lift the hold first")
    assert course.startswith("This child has a course that waits")
    assert Patient.objects.filter(pk=child.pk).exists() and not Erasure.objects.exists()
    waiting.delete()
    legal_hold.lift(patient=child, because="Settled", by=lead)
    erased(child, lead)
    with pytest.raises(Refused, match="erased already"):
        erased(child, lead)


def test_a_cancellation_that_still_waits_to_leave_is_in_the_way(child, lead, coordinator):
    Message.objects.filter(kind="cancellation").update(status="queued", sent_at=None, attempts=0)
    with pytest.raises(Refused, match="A message to the family still waits to leave"):
        erased(child, lead)
    builders_messages.all_sent()
    erased(child, lead)


def test_the_role_of_the_app_erases_a_record(child, lead):
    """On PostgreSQL, where it may change no log; the rest is for the owner."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("CREATE ROLE daycase_app")
            call_command("grant_app", "daycase_app", stdout=StringIO())
            cursor.execute("SET LOCAL ROLE daycase_app")
        erased(child, lead)
        assert about(child.pk) == set()
        if connection.vendor == "postgresql":
            cursor.execute("RESET ROLE")


def test_reports_count_without_the_child_before_and_after_its_details_are_gone(child, lead):
    today = timezone.localdate()
    scope = Scope((today.replace(day=1),), timezone.now())
    assert sum(1 for _ in changes._acts(scope)) == 1
    erased(child, lead)
    assert not list(changes._acts(scope))
    finish()
    assert not list(changes._acts(scope))


def test_a_file_that_cannot_be_deleted_keeps_the_whole_record(child, lead, folders, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(Refused, match="so nothing was erased"):
        erased(child, lead)
    assert Patient.objects.filter(pk=child.pk).exists() and not Erasure.objects.exists()


@pytest.mark.parametrize("model", [ReadinessCheck, ReadinessOverride])
def test_ticks_go_only_with_the_child_and_are_guarded_again_afterwards(child, lead, coordinator, model):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.all().delete()
    erased(child, lead)
    assert not model.objects.exists()
    other = whole_record(coordinator, hospital_number="Q77124", nhs_number=None)
    assert other.pk != child.pk
    for attempt in (model.objects.all().delete, lambda: model.objects.update(id=4711)):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_the_doctor_says_what_it_no_longer_checks_and_what_was_left_undone(child, lead, time_machine):
    erased(child, lead)
    assert doctor() == []
    time_machine.move_to(timezone.now() + timedelta(days=8))
    assert [each for each in doctor() if "still has its details" in each]
    finish()
    rows = Erasure.objects.get().log_rows.count()
    out = StringIO()
    call_command("doctor", stdout=out)
    assert out.getvalue().splitlines() == [
        f"The log of acts: {rows} rows without details, about 1 erased child ({child.pk}).",
        "Nothing wrong.",
    ]
