"""What a message would change in the records, and what a person has to decide. Nothing is written here.

Name and address change by themselves, and numbers when the hospital made two records one. All else that
differs is a question: who may be written to, a date of birth, a death.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from crmo_clinic.nhsuk import nhs_number
from crmo_clinic.nhsuk.spellings import search_words, searchable
from crmo_clinic.nhsuk.wording import long_date, plain_date
from patients.acts import PatientAct
from patients.alike import shares_a_name
from patients.models import AuditEvent, Patient, Sex, plain_hospital_number
from patients.models.merged import NumberKind
from scheduling.adt.differing import DEATH, MERGE, NUMBER, WHO, Question, questions_about
from scheduling.adt.identifying import another_first_name, first_names, is_sure, why_another, words_of
from scheduling.adt.reading import Said
from scheduling.models import AdtMessage, AdtState, Task, TaskKind
from scheduling.moving_in.cells import WrongLine
from scheduling.moving_in.judging import Here
from scheduling.moving_in.reading import ReadLine

NAME = "Hospital’s records system"
LATER = "A later message was taken already, so this one changes nothing."
LATER_NUMBERS = "A later message made records one already, so this one changes no number."
NOT_HERE = "No child here has these numbers. Its words were not kept."
LABELS = {"name": "Name", "address": "Home address", "hospital_number": "Hospital number"}
LABELS |= {"nhs_number": "NHS number"}


@dataclass
class Verdict:
    """What is to be done with a message.

    changes: fields of the child with their new values. numbers: that find the child from now on. lines: what
    else there is to say. is_taken: the message's words are what the hospital's records say of this child.
    is_sure: it is about this child, and not somebody who may be. was_asked: who it is about was asked before.
    """

    child: Patient | None = None
    other: Patient | None = None
    changes: dict[str, str] = field(default_factory=dict)
    numbers: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    is_taken: bool = False
    has_died: bool = False
    is_sure: bool = True
    was_asked: bool = False

    @property
    def writes(self) -> bool:
        """Whether the child's record changes by it."""
        return bool(self.changes or self.numbers or self.stops_messages)

    @property
    def stops_messages(self) -> bool:
        """Whether nothing may go to the family any more, until a person has found out."""
        return self.has_died and self.is_sure

    @property
    def state(self) -> AdtState:
        if self.child is None:
            return AdtState.NOT_OURS
        if self.questions or self.was_asked:
            return AdtState.QUESTION
        return AdtState.CHANGED if self.changes or self.numbers else AdtState.NOTHING


def judge(message: AdtMessage, said: Said) -> Verdict:
    """What is to be done with this message, as the records stand now."""
    verdict = _of_two_records(message, said) if said.event == "A40" else _of_a_person(message, said)
    if verdict.child is not None:
        asked = _asked_before(message, verdict.child)
        again = [each for each in verdict.questions if (each.about, each.says) in asked]
        verdict.questions = [each for each in verdict.questions if each not in again]
        verdict.was_asked = any(each.about == WHO for each in again)
        verdict.lines += [f"Asked before: {each.says}" for each in again]
        verdict.has_died = any(each.about == DEATH for each in verdict.questions) and not _was_told(message)
    return verdict


def only_death(verdict: Verdict) -> Verdict:
    """What of this has to be told at once, whatever else is to be found out: that a child died."""
    verdict.changes, verdict.numbers, verdict.lines = {}, [], []
    verdict.questions = [each for each in verdict.questions if each.about == DEATH]
    return verdict


def _was_told(message: AdtMessage) -> bool:
    """Whether a person was asked about the death in this message, when it was looked at before."""
    return Task.objects.filter(kind=TaskKind.DIED, adt=message).exists()


def _of_a_person(message: AdtMessage, said: Said) -> Verdict:
    numbers = said.hospital_numbers or ("",)
    lines = [_line(said, number, said.nhs_number) for number in numbers]
    here = Here.of(lines)
    line = next((each for each in lines if each.hospital_number in here.by_hospital), lines[0])
    known = here.by_hospital.get(line.hospital_number) or here.by_nhs.get(line.nhs_number or "")
    numbered = _known(here, said.hospital_numbers, [])
    try:
        if len(numbered) > 1:
            both = " and ".join(each.hospital_number for each in numbered[:2])
            raise WrongLine(f"It has the hospital numbers of two children here, {both}")
        child = here.child_of(line)
        if child is None:
            return _likely(here, line, said)
        if said.birth_date is None:
            raise WrongLine("It has the number of a child here, and no date of birth")
        if said.sex and child.sex in Sex.asked() and said.sex != child.sex:
            raise WrongLine(
                f"The sex at registration is {Sex(said.sex).label.lower()} in the hospital’s records, and "
                f"{child.get_sex_display().lower()} here"
            )
        if wrong := another_first_name(child, said, here):
            raise WrongLine(wrong)
    except WrongLine as wrong:
        asks = [Question(WHO, f"{wrong}. Nothing was changed.")]
        is_one = len(_known(here, said.hospital_numbers, [said.nhs_number])) == 1
        verdict = Verdict(child=known, questions=asks, is_sure=is_one and is_sure(known, said))
        verdict.other = numbered[1] if len(numbered) > 1 else None
        return _with_death(verdict, said)
    verdict = Verdict(child=child)
    if _is_late(message, child):
        verdict.lines.append(LATER)
        return _with_death(verdict, said)
    verdict.is_taken = True
    for name, value in _new_values(child, said).items():
        if set_at := _set_here_since(child, name, message.happened_at):
            when = long_date(timezone.localdate(set_at))
            verdict.lines.append(f"{LABELS[name]}: changed here later, on {when}, so that stays.")
        else:
            verdict.changes[name] = value
    verdict.questions += questions_about(child, said)
    return _with_death(verdict, said)


def _likely(here: Here, line: ReadLine, said: Said) -> Verdict:
    """Somebody with other numbers, the same date of birth and a word of the name; nobody if the NHS numbers
    tell them apart, as those of twins do."""
    born = here.by_birth.get(said.birth_date, []) if said.birth_date else []
    alike = [
        child
        for child in born
        if shares_a_name(line.name, child.search_name) and not (child.nhs_number and said.nhs_number)
    ]
    if not alike:
        return Verdict()
    likely = min(alike, key=lambda child: not words_of(said.given) & first_names(child))
    says = (
        "Born on the same day as this child, with a name in common, and other numbers"
        f" ({', '.join([*said.hospital_numbers, *filter(None, [said.nhs_number])])}). If it is this child, "
        "correct the numbers here. Nothing was changed."
    )
    return _with_death(Verdict(child=likely, questions=[Question(WHO, says)], is_sure=False), said)


def _with_death(verdict: Verdict, said: Said) -> Verdict:
    if said.has_died and verdict.child:
        on = f" on {plain_date(said.died_on)}" if said.died_on else ""
        who = "this child" if verdict.is_sure else "somebody who may be this child"
        says = f"The hospital’s records say that {who} died{on}."
        verdict.questions.insert(0, Question(DEATH, says))
    return verdict


def _of_two_records(message: AdtMessage, said: Said) -> Verdict:
    """A40: the numbers of MRG were made one with those of PID."""
    old_hospital, old_nhs = said.before
    now_lines = [_line(said, number, said.nhs_number) for number in said.hospital_numbers or ("",)]
    old_lines = [_line(said, number, None) for number in old_hospital or ("",)]
    old_lines += [_line(said, "", number) for number in old_nhs]
    here = Here.of([*now_lines, *old_lines])
    now = _known(here, said.hospital_numbers, [said.nhs_number])
    old = _known(here, old_hospital, old_nhs)
    child, other = next(iter(now or old), None), None
    if child is None:
        return Verdict()
    if len({each.pk for each in [*now, *old]}) > 1:
        other = next(each for each in [*old, *now] if each.pk != child.pk)
        says = (
            f"The hospital made the records {child.hospital_number} and {other.hospital_number} one. Look at "
            "both side by side, and make them one here too if they are of one child."
        )
        verdict = Verdict(child=child, other=other, questions=[Question(MERGE, says)])
        agrees = len(now) == 1 and not why_another(child, said, here)
        # What a person makes of it is not undone by an older one.
        verdict.is_taken, verdict.is_sure = agrees, agrees and is_sure(child, said)
        return _with_death(verdict, said)
    if wrong := why_another(child, said, here):
        asks = [Question(WHO, f"{wrong}. Nothing was changed.")]
        return _with_death(Verdict(child=child, questions=asks, is_sure=is_sure(child, said)), said)
    verdict = Verdict(child=child, is_taken=True)
    if _is_late(message, child):
        verdict.lines.append(LATER_NUMBERS)
        verdict.is_taken = False
    else:
        _change_numbers(verdict, child, said)
    verdict.numbers = list(_numbers_to_keep(child, said, verdict.changes))
    return _with_death(verdict, said)


def _change_numbers(verdict: Verdict, child: Patient, said: Said) -> None:
    """The child whose numbers are those of the record that is gone gets those of the one that stays."""
    old_hospital, old_nhs = said.before
    own = plain_hospital_number(child.hospital_number)
    if said.hospital_numbers and own in old_hospital and own not in said.hospital_numbers:
        verdict.changes["hospital_number"] = said.hospital_numbers[0]
    if said.nhs_number and said.nhs_number != child.nhs_number:
        if child.nhs_number and child.nhs_number not in old_nhs:
            says = f"The NHS number is {nhs_number.display(said.nhs_number)} in the hospital’s records."
            verdict.questions.append(Question(NUMBER, says))
            verdict.is_sure = False
        else:
            verdict.changes["nhs_number"] = said.nhs_number


def _known(here: Here, hospital: Iterable[str], nhs: Iterable[str | None]) -> list[Patient]:
    """The children here with any of these numbers."""
    found = [here.by_hospital.get(number) for number in hospital]
    found += [here.by_nhs.get(number or "") for number in nhs]
    return list(dict.fromkeys(filter(None, found)))


def _numbers_to_keep(child: Patient, said: Said, changes: dict[str, str]) -> Iterator[tuple[str, str]]:
    """All numbers of the two records, and those of the child where it gets others: but its own, and the
    NHS number of the record that stays, which is taken or asked about."""
    hospital, nhs = said.before
    hospital = (*hospital, *said.hospital_numbers)
    kept = [(NumberKind.HOSPITAL, number) for number in hospital]
    kept += [(NumberKind.NHS, number) for number in nhs]
    kept += [
        (kind, getattr(child, name))
        for kind, name in ((NumberKind.HOSPITAL, "hospital_number"), (NumberKind.NHS, "nhs_number"))
        if name in changes
    ]
    own = {changes.get("hospital_number", child.hospital_number), changes.get("nhs_number", child.nhs_number)}
    former = child.former_numbers.values_list("number", flat=True)
    there = {plain_hospital_number(number) for number in (*former, *own) if number}
    for kind, number in dict.fromkeys(kept):
        if number and plain_hospital_number(number) not in there:
            yield kind, number


def _line(said: Said, hospital: str, nhs: str | None) -> ReadLine:
    child = {"hospital_number": hospital, "nhs_number": nhs, "name": said.whole_name}
    return ReadLine(child | {"birth_date": said.birth_date})


def _is_late(message: AdtMessage, child: Patient) -> bool:
    """Whether a later message of its kind was taken: one about numbers says nothing of name and address."""
    later = AdtMessage.objects.filter(patient=child, is_taken=True, happened_at__gt=message.happened_at)
    kind = Q(event="A40")
    return later.filter(kind if message.event == "A40" else ~kind).exclude(pk=message.pk).exists()


def _new_values(child: Patient, said: Said) -> dict[str, str]:
    """The fields that the message has otherwise than the record, with the values there would be."""
    values = {}
    if said.name and searchable(child.name) not in (searchable(said.name), searchable(said.whole_name)):
        between = set(search_words(said.whole_name)) - set(search_words(said.name))
        has_them = between and between <= set(search_words(child.name))
        values["name"] = said.whole_name if has_them else said.name
    if said.address is not None and _plain(said.address) != _plain(child.address):
        values["address"] = said.address
    return values


def _plain(address: str) -> str:
    return re.sub(r"[\W_]+", "", address).casefold()


def _set_here_since(child: Patient, name: str, since: datetime) -> datetime | None:
    """When a person set this field, if that was later. The hospital's own changes are told apart before."""
    acts = (PatientAct.PATIENT_ADDED, PatientAct.PATIENT_CHANGED)
    events = AuditEvent.objects.filter(
        patient_id__in=child.keys, record="patient", action__in=acts, at__gt=since
    ).exclude(actor_id=None, actor_name=NAME)
    for event in events.order_by("-pk"):
        if name in event.changes and (event.changes[name][1] or event.action != PatientAct.PATIENT_ADDED):
            return event.at
    return None


def _asked_before(message: AdtMessage, child: Patient) -> set[tuple[str, str]]:
    earlier = AdtMessage.objects.filter(patient=child).exclude(pk=message.pk)
    kept = earlier.exclude(questions=[]).values_list("questions", flat=True)
    return {(each["about"], each["says"]) for questions in kept for each in questions}
