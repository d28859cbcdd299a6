"""Every page there is: all addresses of the app with keys of its demo data, and pages in a notable state."""

from typing import Any

from tests.addresses import address, ours

# They answer with a file or lead elsewhere; the main job goes there.
NOT_PAGES = (
    "scheduling:assign_task",
    "scheduling:download_advice",
    "scheduling:answer_mail",
    "scheduling:download_mail",
    "scheduling:download_message",
    "scheduling:finish_task",
    "scheduling:place_mail",
    "scheduling:put_off_task",
    "scheduling:settle_mail",
    "scheduling:press_visit",
    "scheduling:record_times",
    "scheduling:record_outcome",
    "scheduling:write_note",
    "scheduling:add_cannula",
    "scheduling:add_effect",
    "scheduling:ask_family",
    "scheduling:check_item",
    "scheduling:move_checklist_item",
    "scheduling:override_readiness",
    "scheduling:press_item",
    "scheduling:press_visit",
    "scheduling:start_checklist",
    "scheduling:send_invites",
    "scheduling:note_told",
    "scheduling:release_hold",
    "scheduling:resend_message",
    "scheduling:note_attempt",
    "scheduling:leave_out_day",
    "scheduling:move_day",
    "scheduling:check_day",
    "scheduling:show_done",
    "scheduling:show_place",
    "scheduling:undo_visit",
    "scheduling:renew_link",
    "scheduling:revoke_link",
    "scheduling:why_not_sooner",
)
NAMES = [name for name, _ in ours() if name not in NOT_PAGES]

# Asked of the demo data; the keys are those of `address`, and the names in STATES.
THINGS = """
from datetime import timedelta
from django.utils import timezone
from patients.models import AuditEvent, Contact, Patient, User
from scheduling.telling.family_links import link_for, page_token
from urllib.parse import urlencode
from scheduling.checklist import drafting
from scheduling.unit.diary_rows import diary_for_search, request_for, request_for_day
from scheduling.pages.booking.placement_forms import placement_fields
from scheduling.models import AdviceText, Booking, Chair, Closure, Course, Decision, Imaging, Medicine
from scheduling.models import Message, ReadinessOverride, Review, Session, Staffing, Task, Unit
from scheduling.rules import find_offers
from tests import builders

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
from scheduling.answers import incoming_mail
from tests.ical import answers
mine, nobodys = answers.GIVEN.but(message_id="<1@x.example>"), answers.GIVEN.but(message_id="<2@x.example>")
to = f"In-Reply-To: {booked.sessions.first().messages.first().message_id}\\n"
mail = incoming_mail.take(raw=answers.words("We can come on both days.\\nMia", mine, to))
strange = incoming_mail.take(raw=answers.words("Where can we park?", nobodys))
def family_page(courses):
    for course in courses:
        if course.patient.restricted:
            continue
        for contact in course.patient.contacts.all():
            if contact.may_receive_invites and contact.email:
                return page_token(link_for(course, contact))
begun = Course.objects.filter(sessions__status="fulfilled", sessions__day__gt=today - timedelta(9))
doubted = builders.visit_after_one_in_part(Unit.objects.get(), "Cicely Northam")
unready = builders.visit_today(Unit.objects.get(), "Aspen Trewhitt")
builders.check(unready.course, "vitamin-d", None)
Session.objects.filter(pk=unready.pk).update(status="arrived", arrived_at=timezone.now())
draft = drafting.start_draft(unit=Unit.objects.get(), by=User.objects.first())
corrected = AuditEvent.objects.get(action="review.changed")
to_repeat = Course.objects.filter(status="completed", patient__courses__cancel_reason="").exclude(
    patient__courses__status__in=["waiting", "pending"]).last()
answer = {
    "family": family_page(to_come.order_by("-sessions__day", "-pk")),
    "family_waiting": family_page(waiting),
    "family_begun": family_page(begun),
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
    "medicine": Medicine.objects.first().pk,
    "long": corrected.patient_id,
    "unexamined": Review.objects.filter(sites_examined=False, source="lab").first().pk,
    "new": Patient.objects.filter(courses=None).first().pk if Patient.objects.filter(courses=None)
        else builders.patient("Quill Amberley", hospital_number="Q000001", nhs_number=None).pk,
    "to_repeat": to_repeat.patient_id,
    "decision": Decision.objects.create(patient_id=to_repeat.patient_id, step="repeat", decided_by="Dr Wren",
        decided_on=today, reason="Pain is back", recorded_by="Nia Nurse").pk,
    "mistaken": Decision.objects.create(patient_id=to_repeat.patient_id, step="stop", decided_by="Dr Wren",
        decided_on=today, reason="Well", recorded_by="Nia Nurse", mistake="Another child’s").pk,
    "typed": f"first_day_day={day.day}&first_day_month={day.month}&first_day_year={day.year}&start_1=9am",
    "waiting": waiting[0].pk,
    "window_passed": next(course.pk for course in waiting if course.latest and course.latest < today),
    "shut_out": next(c.pk for c in waiting if c.earliest and c.latest and (c.latest - c.earliest).days < 7),
    "cancelled": Course.objects.filter(status="cancelled").last().pk,
    "completed": Course.objects.filter(status="completed").first().pk,
    "restricted": Patient.objects.get(restricted=True).pk,
    "place": urlencode(placement_fields(visits)),
    "alone": urlencode(placement_fields(other_day)),
    "session": booked.live_sessions[-1].pk,
    "held": Course.objects.filter(status="pending").first().pk,
    "part_given": Course.objects.filter(status="part_given").first().pk,
    "message": messages.filter(status="failed").first().pk,
    "mail": mail.pk,
    "strange_mail": strange.pk,
    "mail_task": mail.tasks.get().pk,
    "cancellation": messages.filter(kind="cancellation").first().pk,
    "user": User.objects.first().pk,
    "unit": Unit.objects.get().pk,
    "advice": AdviceText.objects.get(moment="before_day_2", approved_at=None).pk,
    "advice_with_gaps": AdviceText.objects.get(moment="after", approved_at=None).pk,
    "chair": Chair.objects.first().pk,
    "booking": Booking.objects.filter(session=None, ends_at__gt=timezone.now()).first().pk,
    "closure": Closure.objects.last().pk,
    "staffing": Staffing.objects.last().pk,
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
"""

STATES = {
    "the week board of a full week": "/board/?day={day}",
    "the week board, choosing": "/board/?for={fits}&day={free_day}",
    "the week board, moving": "/board/?for={course}&day={day}",
    "who could start in a free place": "/board/chairs/{free_chair}/?day={free_day}&start={free_start}",
    "a week with visits": "/visits/?day={day}",
    "a course that waits": "/courses/{waiting}/",
    "a course that was cancelled": "/courses/{cancelled}/",
    "a course that was given": "/courses/{completed}/",
    "the waiting list, filtered": "/waiting/?priority=0&only=not_tried&notice=yes",
    "the waiting list, with nothing of that kind": "/waiting/?priority=0&only=held&only=overdue",
    "note an attempt about a course that waits": "/courses/{waiting}/attempts/?list=priority%3D0",
    "a child who is restricted": "/children/{restricted}/",
    "the history of a child with years of reviews": "/children/{long}/history/",
    "a history, narrowed to reviews": "/children/{long}/history/?show=reviews",
    "a history with nothing in it": "/children/{new}/history/",
    "a review from the laboratory": "/reviews/{unexamined}/",
    "a decision after a review": "/children/{long}/decide/?review={review}",
    "a decision entered by mistake": "/decisions/{mistaken}/",
    "agree a course decided on": "/children/{to_repeat}/agree-a-course/?decision={decision}",
    "reviews that are overdue": "/reviews/?state=overdue&state=soon",
    "offers for a course that waits": "/courses/{waiting}/find-a-slot/",
    "more offers": "/courses/{course}/find-a-slot/?show=20",
    "starts on one day": "/courses/{course}/find-a-slot/?only={day}",
    "no offer: the window has passed": "/courses/{window_passed}/find-a-slot/",
    "no offer: what stands in the way": "/courses/{shut_out}/find-a-slot/",
    "why not sooner": "/courses/{waiting}/why-not-sooner/?than={day}",
    "a change that the search suggests": "/courses/{shut_out}/change/?latest={day}",
    "check before a course is booked": "/courses/{fits}/check/?{place}",
    "a course that is held": "/courses/{held}/",
    "offers for a course that is held": "/courses/{held}/find-a-slot/",
    "a course that was given in part": "/courses/{part_given}/",
    "a visit that was given": "/visits/{given}/",
    "another time for a day": "/visits/{session}/another-time/?because=unwell",
    "check the new time of a day": "/visits/{session}/another-time/check/?because=unwell&{alone}",
    "check before a day is left out": "/visits/{session}/leave-out/?because=unwell",
    "check before a course is moved": "/courses/{course}/check/?{typed}",
    "a start that does not fit": "/courses/{window_passed}/check/?{typed}",
    "end a course that waits": "/courses/{waiting}/cancel/",
    "tasks done": "/tasks/?done=yes",
    "no task like this": "/tasks/?owner=mine&kind=misfit",
    "a place that became free": "/tasks/{place_task}/",
    "a task overdue": "/tasks/{lost_task}/",
    "a task done": "/tasks/{done_task}/",
    "a task that a family asked for": "/tasks/{change_task}/",
    "a task about how it went": "/tasks/{check_in_task}/",
    "messages that could not be sent": "/messages/?status=failed",
    "a later page of messages": "/messages/?page=3",
    "a mail of nobody we know": "/mails/{strange_mail}/",
    "a task to read a mail": "/tasks/{mail_task}/",
    "a cancellation": "/messages/{cancellation}/",
    "nurses of a day that has its own": "/units/{unit}/staffing/?day={staffed_day}",
    "a text with an old version": "/units/{unit}/advice/text/?moment=before_day_2&audience=later&version=1",
    "a text for which the Trust has to write more": "/units/{unit}/advice/text/?moment=after&audience=later",
    "a text that cannot be approved yet": "/units/advice/{advice_with_gaps}/approve/",
    "texts in another language": "/units/{unit}/advice/?language=pl",
    "a text that nobody has written": "/units/{unit}/advice/text/?language=ur",
    "the first version of a text": "/units/{unit}/advice/write/?language=ur&moment=between",
    "the checklist of a course with something left": "/courses/{unready_course}/readiness/",
    "a course with something left on its checklist": "/courses/{unready_course}/",
    "the checklist of a course that went on without something": "/courses/{overridden}/readiness/",
    "an item of the checklist, on another date": "/courses/{course}/readiness/check/?item=vitamin-d",
    "a day that waits for a decision": "/visits/{doubted}/as-planned/",
    "a drip to be started though something is missing": "/visits/{unready}/start-anyway/",
    "an earlier version of the checklist": "/units/{unit}/checklist/?version=1",
    "only courses with a must left": "/readiness/?only=must",
    "page not found": "/nothing/here/",
    "change the password": "/accounts/password/change/",
    "enter the password again": "/accounts/reauthenticate/",
    "sign out": "/accounts/logout/",
}

# For those who are not signed in.
OUTSIDE = {
    "sign in": "/accounts/login/",
    "new password": "/accounts/password/reset/",
    "new password: look into the mail": "/accounts/password/reset/done/",
    "new password: done": "/accounts/password/reset/key/done/",
    "new password: a link that no longer works": "/accounts/password/reset/key/1-spent/",
    "no accounts for strangers": "/accounts/signup/",
    "an account switched off": "/accounts/inactive/",
}

# Families' own pages, and the one that is about nobody.
FAMILY = {
    "a family’s page": "/family/{family}/",
    "a family’s page before days are booked": "/family/{family_waiting}/",
    "a family’s page after a visit": "/family/{family_begun}/",
    "can you come": "/family/{family}/can-you-come/",
    "ask for a change": "/family/{family}/change/",
    "child unwell": "/family/{family}/unwell/",
    "days a family cannot do": "/family/{family_waiting}/dates/",
    "days a family cannot do, when days are booked": "/family/{family}/dates/",
    "how it went": "/family/{family_begun}/how-it-went/",
    "add to a calendar": "/family/{family}/calendar/",
    "an address that opens nothing": "/family/no-longer/",
    "words explained": "/family/words/",
}

# Before anything is set up, and with nobody to see.
EMPTY = {
    "start": "/",
    "week board": "/board/",
    "month": "/board/month/",
    "visits": "/visits/",
    "waiting list": "/waiting/",
    "left on the checklists": "/readiness/",
    "reviews": "/reviews/",
    "tasks": "/tasks/",
    "children": "/children/",
    "messages": "/messages/",
    "units": "/units/",
}


def path_of(page: str, things: dict[str, Any]) -> str:
    """The address of a page: the name of a URL, or of a state."""
    if page in FAMILY:
        return FAMILY[page].format(**things)
    return STATES[page].format(**things) if page in STATES else address(page, things)
