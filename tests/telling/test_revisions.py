"""SEQUENCE: which revision of a visit each mail, telling and answer is about."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from scheduling.models import Message, Telling
from scheduling.telling import revisions
from tests import builders

pytestmark = pytest.mark.django_db

NOW = timezone.now()
AN_INSTANT = timedelta(microseconds=1)


@pytest.fixture
def session():
    course = builders.begun_course(builders.unit(), builders.next_monday(2))
    builders.contact(course.patient, "Mia Lark", email="mia@example.com")
    builders.contact(course.patient, "Dan Lark", email="dan@example.com")
    return course.sessions.get(number=1)


def mia(session):
    return session.course.patient.contacts.get(name="Mia Lark")


def mail(session, sequence, kind="invite", status="sent", sent_at=NOW, to="Mia Lark"):
    contact = session.course.patient.contacts.get(name=to)
    number = Message.objects.count()
    return Message.objects.create(
        course=session.course,
        session=session,
        contact=contact,
        kind=kind,
        sequence=sequence,
        from_address="daycase@hospital.example",
        to_address=contact.email,
        subject="Visit",
        message_id=f"<{number}@daycase.example>",
        mime=b"x",
        status=status,
        sent_at=sent_at if status in ("sent", "returned") else None,
    )


def telling(session, sequence, at=NOW):
    way = {"way": "phone", "by_name": "Cora"}
    return Telling.objects.create(session=session, contact=mia(session), sequence=sequence, at=at, **way)


@pytest.mark.parametrize(("own", "sent", "raised"), [(0, None, 1), (2, 1, 3), (2, 2, 3), (2, 3, 4)])
def test_the_next_revision_is_beyond_the_session_and_all_that_was_sent(session, own, sent, raised):
    session.sequence = own
    if sent is not None:
        mail(session, sent, kind="cancellation", status="queued")
        mail(session, 9, kind="reminder")
    revisions.raise_sequence(session)
    assert session.sequence == raised


@pytest.mark.parametrize(("own", "called_off", "invited"), [(0, 1, 2), (1, 1, 2), (2, 1, 2), (3, 1, 3)])
def test_an_entry_called_back_is_a_later_revision_than_its_cancellation(session, own, called_off, invited):
    session.sequence = own
    mails = [mail(session, 0), mail(session, called_off, kind="cancellation")]
    assert revisions.invited(session, mails).sequence == invited
    assert revisions.invited(session, mails[:1]).sequence == own
    assert session.sequence == own


@pytest.mark.parametrize(("own", "told", "cancelled"), [(0, 0, 1), (1, 0, 1), (2, 0, 2), (0, 4, 5)])
def test_a_cancellation_is_a_later_revision_than_its_invite(session, own, told, cancelled):
    session.sequence = own
    assert revisions.cancelled(session, mail(session, told)).sequence == cancelled
    assert session.sequence == own


@pytest.mark.parametrize(
    ("moment", "revision"),
    [(NOW - AN_INSTANT, 0), (NOW, 3), (NOW + AN_INSTANT, 3)],
    ids=["before", "at once", "after"],
)
@pytest.mark.parametrize("way", [mail, telling])
def test_what_was_told_by_a_moment(session, moment, revision, way):
    way(session, 3)
    assert revisions.told_by(session, mia(session), moment) == revision


def test_one_s_own_counts_before_what_others_of_the_family_were_told(session):
    mail(session, 4, to="Dan Lark")
    assert revisions.told_by(session, mia(session), NOW) == 4
    mail(session, 1)
    mail(session, 7, status="failed")
    mail(session, 8, kind="cancellation")
    assert revisions.told_by(session, mia(session), NOW) == 1


@pytest.mark.parametrize(("named", "answered", "current"), [(1, 1, False), (2, 2, True), (3, 2, True)])
def test_an_answer_counts_for_no_revision_that_the_session_has_not(session, named, answered, current):
    session.sequence = 2
    assert revisions.answered(session, named) == answered
    assert revisions.is_current(session, named) == current


@pytest.mark.parametrize(("named", "told"), [(3, True), (4, True), (5, False)])
@pytest.mark.parametrize(("own", "invited"), [(4, 0), (0, 4)])
def test_no_answer_names_a_revision_beyond_all_that_was_told(session, named, told, own, invited):
    session.sequence = own
    assert revisions.was_ever_told(session, named, mail(session, invited)) == told


def test_nothing_else_computes_a_revision():
    found = []
    for path in sorted(Path(settings.BASE_DIR, "scheduling").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            computes = (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)) or (
                isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("max", "min", "Max")
            )
            if computes and "sequence" in ast.unparse(node):
                found.append(path.name)
    assert set(found) == {"revisions.py"}
