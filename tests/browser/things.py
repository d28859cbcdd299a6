"""The keys of the demo data with which every page can be opened, asked by the clerk's process."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from patients.models import AuditEvent, Patient, User
from scheduling.adt.receiving import receive
from scheduling.answers import incoming_mail
from scheduling.checklist import drafting
from scheduling.models import (
    AdtMessage,
    AdviceText,
    Booking,
    Chair,
    Closure,
    Course,
    Decision,
    Draft,
    DraftKind,
    Imaging,
    Medicine,
    Message,
    Need,
    ReadinessOverride,
    Review,
    RoleShift,
    Session,
    Staffing,
    Task,
    Unit,
)
from scheduling.pages.booking.placement_forms import placement_fields
from scheduling.rules import Visit, find_offers
from scheduling.telling.family_links import link_for, page_token
from scheduling.unit.course_requests import request_for, request_for_day
from scheduling.unit.diary_rows import diary_for_search
from scheduling.webhooks import endpoints
from tests import builders
from tests.builders.hl7 import a31, a40
from tests.builders.other_systems import other_system
from tests.builders.replans import replan
from tests.builders.reviews import results_file
from tests.builders.spreadsheets import spreadsheet
from tests.builders.webhooks import a_system
from tests.ical import answers


def things() -> dict[str, Any]:
    """A key for each kind and state of thing: those of `tests.addresses.address`, and the names in STATES."""
    today = timezone.localdate()
    waiting = list(Course.objects.waiting())
    to_come = Course.objects.filter(status="booked", sessions__day__gt=today)
    booked = to_come.order_by("sessions__day", "pk").last()
    day = booked.live_sessions[0].day
    diary = diary_for_search(booked.unit, timezone.now())
    offers = {course: find_offers(request_for(course), diary, 1) for course in waiting}
    fits, visits = next((course, found[0].placement.visits) for course, found in offers.items() if found)
    place = visits[0]
    other_day = find_offers(request_for_day(booked, booked.live_sessions[-1]), diary, 3)[-1].placement.visits
    messages = Message.objects.order_by("pk")
    infusion = builders.infusion(Chair.objects.first(), today + timedelta(days=400))
    mine = answers.GIVEN.but(message_id="<1@x.example>")
    nobodys = answers.GIVEN.but(message_id="<2@x.example>")
    to = f"In-Reply-To: {booked.sessions.first().messages.first().message_id}\n"
    mail = incoming_mail.take(raw=answers.words("We can come on both days.\nMia", mine, to))
    strange = incoming_mail.take(raw=answers.words("Where can we park?", nobodys))
    doubted = builders.visit_after_one_in_part(Unit.objects.get(), "Cicely Northam")
    builders.contact(doubted.course.patient, "Hugh Northam")
    unready = builders.visit_today(Unit.objects.get(), "Aspen Trewhitt")
    builders.check(unready.course, "vitamin-d", None)
    Session.objects.filter(pk=unready.pk).update(status="arrived", arrived_at=timezone.now())
    draft = drafting.start_draft(unit=Unit.objects.get(), by=User.objects.first())
    corrected = AuditEvent.objects.get(action="review.changed")
    to_repeat = (
        Course.objects.filter(status="completed", patient__courses__cancel_reason="")
        .exclude(patient__courses__status__in=["waiting", "pending"])
        .last()
    )
    planned = Draft.objects.with_proposal().last()
    for sent in hospital_sends(booked.patient):
        receive(sent, "morning.hl7")
    asks, merges, unread = AdtMessage.objects.order_by("pk")
    system, _ = a_system()
    told = endpoints.send_test(endpoint=system, by=User.objects.first())
    return {
        "adt": asks.pk,
        "adt_merge": merges.pk,
        "adt_unread": unread.pk,
        "adt_task": asks.tasks.get().pk,
        "webhook": system.pk,
        "event": told.pk,
        "draft": planned.pk,
        "line": planned.lines.exclude(visits=[]).first().pk,
        "what_if": what_if_draft(planned).pk,
        "working_draft": working_draft(planned).pk,
        "ended_draft": ended_draft(planned).pk,
        "replan": a_replan(planned.asked_by).pk,
        "used_replan": used_replan(planned.asked_by).pk,
        "family": family_page(to_come.order_by("-sessions__day", "-pk")),
        "family_waiting": family_page(waiting),
        "family_begun": family_page([doubted.course]),
        "language": "ur",
        "link": link_for(booked, booked.patient.contacts.first()).pk,
        "change_task": Task.objects.open().filter(kind="change").first().pk,
        "check_in_task": Task.objects.open().filter(kind="check_in").first().pk,
        "patient": booked.patient_id,
        "contact": booked.patient.contacts.first().pk,
        "course": booked.pk,
        "visit": (visit := builders.visit_today(Unit.objects.get(), "Rowan Tillet")).pk,
        "cannula": builders.cannula(visit).pk,
        "effect": builders.effect(visit).pk,
        "given": Session.objects.filter(status="fulfilled").last().pk,
        "day": day.isoformat(),
        "fits": fits.pk,
        "free_day": place.day.isoformat(),
        "free_chair": place.chair,
        "free_start": place.start,
        "review": corrected.record_id,
        "imaging": Imaging.objects.first().pk,
        "import": spreadsheet(booked.unit, User.objects.first()).pk,
        "results": results_file(booked.patient).pk,
        "medicine": Medicine.objects.first().pk,
        "long": corrected.patient_id,
        "unexamined": Review.objects.filter(sites_examined=False, source="lab").first().pk,
        "new": Patient.objects.filter(courses=None).first().pk
        if Patient.objects.filter(courses=None)
        else builders.patient("Quill Amberley", hospital_number="Q000001", nhs_number=None).pk,
        "to_repeat": to_repeat.patient_id,
        "decision": Decision.objects.create(
            patient_id=to_repeat.patient_id,
            step="repeat",
            decided_by="Dr Wren",
            decided_on=today,
            reason="Pain is back",
            recorded_by="Nia Nurse",
        ).pk,
        "mistaken": Decision.objects.create(
            patient_id=to_repeat.patient_id,
            step="stop",
            decided_by="Dr Wren",
            decided_on=today,
            reason="Well",
            recorded_by="Nia Nurse",
            mistake="Another child’s",
        ).pk,
        "typed": f"first_day_day={day.day}&first_day_month={day.month}&first_day_year={day.year}&start_1=9am",
        "waiting": waiting[0].pk,
        "window_passed": next(course.pk for course in waiting if course.latest and course.latest < today),
        "shut_out": next(
            c.pk for c in waiting if c.earliest and c.latest and (c.latest - c.earliest).days < 7
        ),
        "cancelled": Course.objects.filter(status="cancelled").last().pk,
        "completed": Course.objects.filter(status="completed").first().pk,
        "restricted": Patient.objects.get(restricted=True).pk,
        "place": urlencode(placement_fields(visits)),
        "alone": urlencode(placement_fields(other_day)),
        "session": booked.live_sessions[-1].pk,
        "other_chair": booked.unit.chairs.in_use()
        .exclude(pk=booked.live_sessions[-1].booking.chair_id)[0]
        .pk,
        "held": Course.objects.filter(status="pending").first().pk,
        "part_given": Course.objects.filter(status="part_given").first().pk,
        "message": messages.filter(status="failed").first().pk,
        "mail": mail.pk,
        "strange_mail": strange.pk,
        "mail_task": mail.tasks.get().pk,
        "cancellation": messages.filter(kind="cancellation").first().pk,
        "user": User.objects.first().pk,
        "system": other_system(booked.unit, by=User.objects.first()).system.pk,
        "unit": Unit.objects.get().pk,
        "advice": AdviceText.objects.get(moment="before_day_2", approved_at=None).pk,
        "advice_with_gaps": AdviceText.objects.get(moment="after", approved_at=None).pk,
        "chair": Chair.objects.first().pk,
        "booking": Booking.objects.filter(session=None, ends_at__gt=timezone.now()).first().pk,
        "closure": Closure.objects.last().pk,
        "staffing": Staffing.objects.last().pk,
        "week": Unit.objects.get().opening_hours.create(weekday=0, nurses=2, since=date(2099, 1, 5)).pk,
        "need": Need.objects.last().pk,
        "kind": infusion.kind.pk,
        "infusion": infusion.pk,
        "term": builders.term(Unit.objects.get(), today, today + timedelta(days=40)).pk,
        "kept": builders.kept_places(Unit.objects.get()).pk,
        "shift": RoleShift.objects.last().pk,
        "task": Task.objects.open().filter(kind="mail_failed").first().pk,
        "place_task": Task.objects.open().filter(kind="freed").last().pk,
        "lost_task": Task.objects.open().filter(kind="day_lost").first().pk,
        "done_task": Task.objects.done().first().pk,
        "item": draft.items.first().pk,
        "doubted": doubted.pk,
        "unready": unready.pk,
        "unready_course": unready.course_id,
        "overridden": ReadinessOverride.objects.first().session.course_id,
        "staffed_day": Staffing.objects.last().day.isoformat(),
    }


def family_page(courses: Iterable[Course]) -> str:
    for course in courses:
        if course.patient.restricted:
            continue
        for contact in course.patient.contacts.all():
            if contact.may_receive_invites and contact.email:
                return page_token(link_for(course, contact))
    raise LookupError("No family has such a page.")


def what_if_draft(like: Draft) -> Draft:
    """A what-if with all its figures."""
    figures = {"overdue": [3, 2, 1], "longest": 90, "left_out": 1, "late": 30, "gap": 0.4}
    return _another(
        like,
        kind=DraftKind.WHAT_IF,
        settings={"courses": like.settings["courses"], "changes": {"chairs": 1}},
        figures={"at_best": [30, 20], "now": figures, "then": figures},
    )


def working_draft(like: Draft) -> Draft:
    """A draft that is being worked out."""
    shown = {"stage": "proving", "share": 0.4, "value": 1010, "bound": 1000, "heartbeat": timezone.now()}
    return _another(like, status="working", ended_at=None, happened="", **shown)


def ended_draft(like: Draft) -> Draft:
    """A draft without a plan."""
    return _another(like, status="failed", happened="The planner ended before it had a plan. Plan again.")


def a_replan(by: User) -> Draft:
    """New days, three weeks later, for courses to come; one has none, and for one a person decides."""
    soon = timezone.localdate() + timedelta(days=7)
    to_come = Course.objects.filter(status="booked", sessions__number=1, sessions__day__gt=soon)
    moves: dict[Course, list[Visit]] = {}
    for course in to_come.order_by("pk")[:6]:
        stands = [session.visit for session in course.live_sessions]
        moves[course] = [replace(visit, day=visit.day + timedelta(weeks=3)) for visit in stands]
    *_, without, apart = moves
    moves[without] = moves[apart] = []
    made = replan(by, moves)
    made.lines.filter(course=apart).update(why="person", sentence="It has begun. A clinician decides.")
    return made


def used_replan(by: User) -> Draft:
    made, now = a_replan(by), timezone.now()
    accepted = {"accepted": "move", "accepted_by": by, "accepted_at": now}
    for line, outcome in zip(made.lines.exclude(visits=[]), ("held", "moved", "refused", ""), strict=False):
        fields = {"outcome": outcome, "outcome_at": now if outcome else None}
        if outcome == "refused":
            fields |= {"refusal": "Chair 1 is taken from 9am to 1pm.", "next_offer": line.visits}
        made.lines.filter(pk=line.pk).update(**accepted, **fields)
    return made


def _another(like: Draft, **fields: Any) -> Draft:
    names = ("unit", "asked_by", "first_day", "last_day", "status", "ended_at", "happened")
    return Draft.objects.create(**{name: getattr(like, name) for name in names} | fields)


def hospital_sends(child: Patient) -> list[bytes]:
    """What the hospital's records say of a child: a new address and a question, a merge, and noise."""
    other = builders.patient(child.name, birth_date=child.birth_date)
    kin = f"NK1|1|{'^'.join(reversed(child.contacts.all()[0].name.split()))}|MTH||07700 900999"
    return [
        a31(child, kin, address="7 New Lane^^Leeds^^LS2 9ZZ^^H"),
        a40(child, f"{other.hospital_number}^^^RXX^MR"),
        b"This is no message.",
    ]
