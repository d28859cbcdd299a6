"""What messages of the hospital's records change by themselves, what they ask, and what they never do."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from hypothesis import given, settings, strategies

from patients import audit, changes
from patients.log_words import sentence
from patients.models import AuditEvent, Contact, Patient
from scheduling.adt import applying, keeping, receiving
from scheduling.adt.applying import apply_waiting, try_again
from scheduling.adt.folder import take_files
from scheduling.adt.receiving import receive
from scheduling.adt.taking_apart import Unreadable
from scheduling.booking import bookings
from scheduling.merging.merge import merge
from scheduling.models import AdtMessage, AdtState, Task
from scheduling.telling.recipients import why_not
from tests import builders
from tests.builders.hl7 import a31, a40, adt, msa, pid

pytestmark = pytest.mark.django_db

LANE = "7 New Lane^^Leeds^^LS2 9ZZ^^H"


@pytest.fixture(autouse=True)
def unit(settings):
    settings.ADT_PORT = 2575
    return builders.unit()


@pytest.fixture
def child(unit):
    found = builders.patient("Ada Lark")
    builders.contact(found)
    builders.course(found, unit)
    return found


def take(raw: bytes) -> AdtMessage:
    """What became of a message, which was accepted."""
    assert receive(raw, "test").code == "AA"
    return AdtMessage.objects.order_by("pk").last()


def everything() -> list:
    """All that messages may change."""
    rows = [Patient, Contact, AuditEvent, Task, AdtMessage]
    return [list(model.objects.order_by("pk").values()) for model in rows]


def test_a_new_name_and_address_change_with_their_source_in_the_log(child):
    message = take(a31(child, name="WREN-O'HARA^ADA^^^^^L", address=LANE, number="4711"))
    child.refresh_from_db()
    assert (child.name, child.address) == ("Ada Wren-O'Hara", "7 New Lane, Leeds, LS2 9ZZ")
    assert message.state == AdtState.CHANGED
    assert message.sentences == [
        "Name: Ada Lark → Ada Wren-O'Hara.",
        "Home address: nothing → 7 New Lane, Leeds, LS2 9ZZ.",
    ]
    event = audit.last(child)
    assert (event.actor_id, event.actor_name) == (None, "Hospital’s records system")
    assert sentence(event) == (
        "Changed (full name: Ada Lark → Ada Wren-O'Hara; home address: nothing → 7 New Lane, Leeds, LS2 9ZZ)"
        ", from message 4711 of PAS, RXX"
    )
    assert not Task.objects.exists()


def test_the_same_stream_a_second_time_changes_nothing(child, unit):
    other = builders.patient("Bea Lark")
    stream = [
        a31(child, name="Wren^Ada", address=LANE, phone="07700 900555"),
        a31(child, sex="M", born="20150101"),
        a40(child, f"{other.hospital_number}^^^RXX^MR"),
        a40(child, "OLD77^^^RXX^MR"),
        adt("A28", "PID|||X1^^^RXX^MR||Otter^Ola||20140101"),
        b"MSH|^~\\&|PAS|RXX|||||ADT^A31|99|P|2.4\rPID|1",
        b"no message",
    ]
    codes = [receive(raw, "test").code for raw in stream]
    assert codes == ["AA"] * 5 + ["AE"] * 2
    before = everything()
    assert [receive(raw, "elsewhere").code for raw in stream] == codes
    apply_waiting()
    assert everything() == before


@pytest.mark.parametrize(
    "name",
    [
        "LARK^ADA",
        "Lark^Ada^Jane",
        "Lárk^Ada",
        "Lark^Ada^^^^^M",
        '""^""',
        "Lark^",
        "Lark^Ada^^^^^L~Wren^Ada^^^^^B",
    ],
)
def test_a_name_that_is_the_same_or_not_in_use_changes_nothing(child, name):
    assert take(a31(child, name=name)).state == AdtState.NOTHING
    child.refresh_from_db()
    assert child.name == "Ada Lark"


def test_an_older_message_that_arrives_late_never_puts_an_older_value_back(child, coordinator):
    now = timezone.now()
    take(a31(child, name="Wren^Ada", at=now))
    assert take(a31(child, name="Lark^Ada", at=now - timedelta(hours=1))).state == AdtState.NOTHING
    child.refresh_from_db()
    assert child.name == "Ada Wren"
    # What a person typed since then stays as well, and what the hospital says later comes after it.
    child.address = "3 Far Close"
    changes.save(child, by=coordinator)
    late = take(a31(child, address=LANE, at=now + timedelta(seconds=-1)))
    assert late.sentences == ["A later message was taken already, so this one changes nothing."]
    AdtMessage.objects.update(is_taken=False)
    late = take(a31(child, address=LANE, at=now - timedelta(minutes=1)))
    assert "changed here later" in late.says
    child.refresh_from_db()
    assert child.address == "3 Far Close"
    assert take(a31(child, address=LANE, at=timezone.now() + timedelta(minutes=5))).state == AdtState.CHANGED


def test_a_clock_that_is_wrong_holds_up_nothing(child):
    take(a31(child, name="Wren^Ada", at=timezone.now() + timedelta(days=400)))
    child.refresh_from_db()
    assert take(a31(child, address=LANE, at=timezone.now() + timedelta(minutes=1))).state == AdtState.CHANGED


def test_an_address_that_was_taken_out_there_goes_here(child):
    take(a31(child, address=LANE))
    assert take(a31(child)).state == AdtState.NOTHING
    take(a31(child, address='""'))
    child.refresh_from_db()
    assert child.address == ""


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"born": "20150612"},
            "The child with this number was born on 13 June 2015 here, not on 12 June 2015. Nothing was "
            "changed.",
        ),
        ({"born": ""}, "It has the number of a child here, and no date of birth. Nothing was changed."),
        ({"name": "Heron^Bea"}, "The child with this number has another name here. Nothing was changed."),
        (
            {"sex": "M"},
            "The sex at registration is male in the hospital’s records, and female here. "
            "Nothing was changed.",
        ),
    ],
)
def test_who_may_be_another_child_is_a_question_and_nothing_changes(child, fields, says):
    Patient.objects.filter(pk=child.pk).update(sex="female")
    before = Patient.objects.values().get(pk=child.pk)
    message = take(a31(child, address=LANE, **({"name": "Wren^Ada"} | fields)))
    assert (message.state, message.questions) == ("question", [{"about": "who the child is", "says": says}])
    assert Patient.objects.values().get(pk=child.pk) == before
    task = Task.objects.get()
    assert (task.kind, task.course.patient_id, task.adt) == ("adt", child.pk, message)
    assert task.says == (
        "The hospital’s records ask about who the child is. Look at what they say, and change what is wrong "
        "here."
    )


def test_two_children_with_the_numbers_of_one_are_a_question(child):
    other = builders.patient("Bea Heron")
    numbers = f"{child.hospital_number}^^^RXX^MR~{other.nhs_number}^^^NHS^NH"
    asked = take(a31(child, numbers=numbers, died="Y"))
    assert "that of another" in asked.questions[1]["says"]
    # Nobody knows which of them it is.
    assert not Patient.objects.filter(restricted=True).exists()
    # One child with another date of birth may be it: a reminder could not be called back.
    take(a31(other, born="20110101", died="Y"))
    assert Patient.objects.get(restricted=True) == other


def test_a_child_who_is_not_here_is_not_added_and_nothing_of_it_is_kept(child):
    message = take(adt("A28", "PID|||X1^^^RXX^MR||Otter^Ola||20140101"))
    assert (message.state, message.patient, bytes(message.raw)) == (AdtState.NOT_OURS, None, b"")
    assert Patient.objects.count() == 1
    assert not Task.objects.exists()


def test_likely_the_same_is_asked_once_and_a_twin_is_nobody_here(child):
    Patient.objects.filter(pk=child.pk).update(nhs_number=None)
    child.refresh_from_db()
    asked = [
        take(a31(child, numbers="X1^^^RXX^MR", address=street)) for street in (LANE, "2 Other Rd^^^^^^H")
    ]
    # The question is the same, so it is no second task; what to do with the message is still open.
    assert [each.state for each in asked] == [AdtState.QUESTION, AdtState.QUESTION]
    assert asked[1].sentences[0].startswith("Asked before: Born on the same day")
    assert Task.objects.count() == 1
    twin = builders.patient("Bea Lark")
    numbers = f"X2^^^RXX^MR~{builders.a_valid_nhs_number(900)}^^^NHS^NH"
    Patient.objects.filter(pk=child.pk).update(birth_date="2014-01-01")
    assert take(a31(twin, numbers=numbers, name="Lark^Cleo")).state == AdtState.NOT_OURS


def test_whom_families_are_is_never_changed_but_asked_once(child):
    mother = child.contacts.get()
    before = Contact.objects.values().get()
    kin = "NK1|1|Lark^Mia|MTH||07700 900555~^NET^Internet^new@example.com"
    message = take(a31(child, kin, phone="07700 900666", language="pl"))
    assert [question["says"] for question in message.questions] == [
        "Mia Lark has the phone number 07700 900555 in the hospital’s records; 07700 900111 is here.",
        f"Mia Lark has the email address new@example.com in the hospital’s records; {mother.email} is here.",
        "The hospital’s records have 07700 900666 for the family, which no contact has here.",
        "The family speaks Polish in the hospital’s records, and nothing else than English here. Ask whether "
        "they need an interpreter.",
    ]
    assert Contact.objects.values().get() == before
    assert Task.objects.get().says.startswith("The hospital’s records ask about a contact and the language.")
    again = take(a31(child, kin, phone="07700 900666", language="pl"))
    assert (again.state, again.sentences[0][:13]) == (AdtState.NOTHING, "Asked before:")
    # What is here already, and people who are not among the contacts, ask nothing.
    known = "NK1|1|Lark^Mia|MTH||07700 900111"
    assert (
        take(a31(child, known, "NK1|2|Heron^Bo|FTH||07700 900777", phone="07700 900111")).state == "nothing"
    )


def test_a_death_stops_messages_and_is_the_first_of_all_tasks(child, unit, coordinator):
    monday = builders.next_monday(1)
    bookings.book(
        course=child.courses.get(), visits=builders.visits(child.courses.get(), monday), by=coordinator
    )
    other = builders.course(builders.patient("Bea Heron"), unit)
    Task.objects.create(
        kind="not_brought", unit=unit, course=other, due_on=timezone.localdate() - timedelta(9)
    )
    message = take(a31(child, died="Y", died_at="20270601"))
    child.refresh_from_db()
    assert child.restricted and child.restricted_because.startswith(
        "The hospital’s records say that this child"
    )
    first = Task.objects.open()[0]
    assert (first.kind, first.adt, first.due_on) == ("died", message, timezone.localdate())
    assert message.questions == [
        {"about": "a death", "says": "The hospital’s records say that this child died on 1 June 2027."}
    ]
    assert why_not(child.contacts.get(), child)
    # Whoever takes the restriction off by name is not overruled by the next message that says the same.
    child.restricted, child.restricted_because = False, ""
    changes.save(child, by=coordinator)
    take(a31(child, died="Y", died_at="20270601"))
    child.refresh_from_db()
    assert not child.restricted
    assert Task.objects.filter(kind="died").count() == 1


def test_the_death_of_somebody_who_may_be_this_child_stops_nothing(child):
    Patient.objects.filter(pk=child.pk).update(nhs_number=None)
    message = take(a31(child, numbers="X1^^^RXX^MR", died="Y"))
    child.refresh_from_db()
    assert not child.restricted
    assert message.questions[0]["says"] == (
        "The hospital’s records say that somebody who may be this child died."
    )
    died, asks = Task.objects.open()
    assert (died.kind, asks.kind) == ("died", "adt")
    assert died.says.startswith("The hospital’s records say that somebody has died who may be this child.")


def test_two_records_that_are_both_here_are_asked_about_with_the_page_that_merges_them(child, coordinator):
    other = builders.patient("Ada Lark")
    message = take(a40(child, f"{other.hospital_number}^^^RXX^MR"))
    assert (message.patient, message.other, message.state) == (child, other, AdtState.QUESTION)
    assert Patient.objects.count() == 2
    merge(kept=child, gone=other, from_gone=[], by=coordinator)
    message.refresh_from_db()
    assert (message.patient, message.other) == (child, child)
    assert take(a40(child, f"{other.hospital_number}^^^RXX^MR", phone="1")).state == AdtState.NOTHING


def test_the_number_of_a_record_that_is_gone_finds_the_child(child):
    old = builders.a_valid_nhs_number(901)
    take(a40(child, f"OLD77^^^RXX^MR~{old}^^^NHS^NH"))
    assert take(a40(child, f"{child.hospital_number}^^^RXX^MR")).state == AdtState.NOTHING
    for number in ("old 77", old, child.hospital_number):
        assert Patient.objects.with_number(number) == child
    assert sentence(audit.last(child)).startswith(f"Another number of this child noted: {old}, from message ")


def test_a_child_here_gets_the_numbers_of_the_record_that_stays(child):
    new = builders.a_valid_nhs_number(902)
    gone = f"{child.hospital_number}^^^RXX^MR~{child.nhs_number}^^^NHS^NH"
    was = child.hospital_number, child.nhs_number
    message = take(a40(child, gone, numbers=f"NEW1^^^RXX^MR~{new}^^^NHS^NH", name="Wren^Ada"))
    child.refresh_from_db()
    assert (child.hospital_number, child.nhs_number, child.name) == ("NEW1", new, "Ada Lark")
    assert message.state == AdtState.CHANGED
    assert {number.number for number in child.former_numbers.all()} == set(was)
    other = take(a40(child, "Z9^^^RXX^MR", born="20100101"))
    assert other.state == AdtState.QUESTION


def test_a_restricted_child_changes_and_the_message_says_so(child):
    Patient.objects.filter(pk=child.pk).update(restricted=True, restricted_because="Court order")
    message = take(a31(child, address=LANE))
    assert message.sentences[-1] == "Messages to the family are restricted; nothing was sent."
    child.refresh_from_db()
    assert child.address and child.restricted_because == "Court order"


def test_one_number_with_other_words_is_kept_and_asked_about(child, nurse):
    take(a31(child, name="Wren^Ada", number="5"))
    second = take(a31(child, name="Heron^Ada", number="5"))
    child.refresh_from_db()
    assert (second.state, child.name) == (AdtState.DOUBLE, "Ada Wren")
    assert Task.objects.get().adt == second
    assert try_again(message=second, by=nurse).state == AdtState.CHANGED
    # One that was refused is sent again under its own number when it was put right.
    assert receive(a31(child, number="6", born="nonsense"), "test").code == "AE"
    child.refresh_from_db()
    assert take(a31(child, number="6")).state == AdtState.NOTHING


def test_a_death_under_the_number_of_another_message_is_told_at_once_and_doubles_are_one_task(child, nurse):
    take(a31(child, number="5"))
    take(a31(child, number="5", name="Wren^Ada"))
    died = take(raw := a31(child, number="5", name="Heron^Ada", died="Y"))
    child.refresh_from_db()
    assert (died.state, child.name, child.restricted) == (AdtState.DOUBLE, "Ada Lark", True)
    assert sorted(Task.objects.values_list("kind", flat=True)) == ["adt", "died"]
    # Neither the same bytes nor whoever looks at it again tells it twice.
    Patient.objects.filter(pk=child.pk).update(restricted=False, restricted_because="")
    take(raw)
    assert try_again(message=died, by=nurse).state == AdtState.QUESTION
    assert Task.objects.filter(kind="died").count() == 1
    assert not Patient.objects.filter(restricted=True).exists()


def test_a_message_that_could_not_be_read_then_is_applied_when_it_comes_again(child, monkeypatch):
    raw = a31(child, name="Wren^Ada", at=timezone.now() - timedelta(days=3))

    def unreadable(raw):
        raise Unreadable("207", "It cannot be taken apart.")

    with monkeypatch.context() as context:
        context.setattr(receiving, "read", unreadable)
        assert receive(raw, "test").code == "AE"
    assert receive(raw, "test").code == "AA"
    message = AdtMessage.objects.get()
    assert (message.state, message.event) == (AdtState.CHANGED, "A31")
    assert message.happened_at < timezone.now() - timedelta(days=2)
    child.refresh_from_db()
    assert child.name == "Ada Wren"


def test_what_is_read_only_when_it_is_tried_again_counts_from_when_it_happened(child, nurse):
    raw = a31(child, name="Wren^Ada", at=timezone.now() - timedelta(days=3))
    message = take(raw)
    AdtMessage.objects.update(state=AdtState.UNREADABLE, event="", happened_at=timezone.now())
    message.refresh_from_db()
    message = try_again(message=message, by=nurse)
    assert message.event == "A31"
    assert message.happened_at < timezone.now() - timedelta(days=2)


@pytest.mark.parametrize("year", ["00010101000000+0100", "99991231235959-0100"])
def test_a_time_at_the_end_of_the_calendar_is_none(child, year):
    raw = adt("A31", pid(child, name="Wren^Ada"), at=year)
    assert take(raw).state == AdtState.CHANGED
    assert abs(AdtMessage.objects.get().happened_at - timezone.now()) < timedelta(minutes=1)


def test_whatever_breaks_down_before_it_is_stored_is_stored_as_unreadable(child, monkeypatch, caplog):
    def broken(at):
        raise OverflowError("Ada Lark")

    monkeypatch.setattr(receiving, "_not_in_the_future", broken)
    raw = adt("A31", pid(child), number="12")
    assert msa(receive(raw, "test").content)[1:] == ["AE", "12"]
    message = AdtMessage.objects.get()
    assert (message.state, bytes(message.raw)) == (AdtState.UNREADABLE, raw)
    assert "OverflowError" in caplog.text and "Lark" not in caplog.text


def test_a_message_that_the_database_refuses_holds_up_no_other(child, monkeypatch, caplog):
    take(a31(child, address=LANE))
    take(a31(child, name="Wren^Ada"))
    Patient.objects.update(name="Ada Lark")
    AdtMessage.objects.update(state=AdtState.RECEIVED)
    first = AdtMessage.objects.order_by("pk").first().pk

    def refused(key):
        if key == first:
            raise OperationalError("Ada Lark")
        return apply(key)

    apply = applying.apply
    monkeypatch.setattr(applying, "apply", refused)
    assert str(apply_waiting()) == "Hospital’s records: 1 waiting message applied."
    child.refresh_from_db()
    assert child.name == "Ada Wren"
    assert "OperationalError" in caplog.text and "Lark" not in caplog.text


def test_a_question_can_be_tried_again_once_the_record_was_put_right(child, nurse):
    message = take(a31(child, born="20150614", name="Wren^Ada"))
    assert try_again(message=message, by=nurse).state == AdtState.QUESTION
    assert Task.objects.count() == 1
    Patient.objects.filter(pk=child.pk).update(birth_date="2015-06-14")
    assert try_again(message=message, by=nurse).state == AdtState.CHANGED
    child.refresh_from_db()
    assert child.name == "Ada Wren"


def test_a_process_that_dies_between_storing_and_applying_loses_nothing(child, monkeypatch):
    class Killed(BaseException):
        pass

    def die(key):
        raise Killed

    with monkeypatch.context() as killed, pytest.raises(Killed):
        killed.setattr(applying, "apply", die)
        receive(raw := a31(child, name="Wren^Ada"), "test")
    assert AdtMessage.objects.get().state == AdtState.RECEIVED
    assert str(apply_waiting()) == "Hospital’s records: 1 waiting message applied."
    child.refresh_from_db()
    assert child.name == "Ada Wren"
    assert receive(raw, "test").code == "AA"
    assert AdtMessage.objects.count() == 1


def test_a_database_that_is_away_is_told_to_the_sender(child, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError

    with monkeypatch.context() as gone:
        gone.setattr(AdtMessage, "save", away)
        refused = receive(a31(child, number="8"), "test")
    assert (refused.code, refused.is_stored, msa(refused.content)[2]) == ("AR", False, "8")


def test_what_breaks_down_is_kept_and_can_be_tried_again(child, nurse, monkeypatch, caplog):
    def broken(*args):
        raise RuntimeError("Ada Lark")

    with monkeypatch.context() as context:
        context.setattr(applying, "judge", broken)
        message = take(a31(child, name="Wren^Ada"))
    assert message.state == AdtState.FAILED
    assert "RuntimeError" in caplog.text and "Lark" not in caplog.text
    assert Task.objects.get().says.startswith("Messages of the hospital’s records could not be applied.")
    apply_waiting()
    assert try_again(message=message, by=nurse).state == AdtState.CHANGED
    child.refresh_from_db()
    assert child.name == "Ada Wren"


def test_a_test_message_is_refused_where_records_are_real(child, settings):
    raw = adt("A31", pid(child, name="Wren^Ada"), processing="T")
    settings.PRODUCTION = True
    assert receive(raw, "test").code == "AR"
    refused = AdtMessage.objects.get()
    # It may be about anybody, and its sender has it.
    assert (refused.state, bytes(refused.raw)) == (AdtState.UNREADABLE, b"")


def test_not_set_up_it_costs_no_query(settings, django_assert_num_queries):
    settings.ADT_PORT = 0
    with django_assert_num_queries(0):
        assert (apply_waiting(), take_files(), keeping.forget_old()) == (None, None, None)


@given(cut=strategies.integers(0, 300), length=strategies.integers(0, 30), put=strategies.binary(max_size=6))
@settings(max_examples=40)
def test_whatever_comes_in_is_stored_and_answered(cut, length, put):
    child = Patient.objects.first() or builders.patient("Ada Lark")
    sound = a31(child, "NK1|1|Lark^Mia|MTH||07700 900555", address=LANE, number="77")
    before = AdtMessage.objects.count()
    spoiled = sound[:cut] + put + sound[cut + length :]
    assert receive(spoiled, "test").code in ("AA", "AE", "AR")
    assert AdtMessage.objects.count() - before in (0, 1)
    assert AdtMessage.objects.filter(state=AdtState.FAILED).count() == 0
