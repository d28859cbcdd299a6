"""Telling families without mail: whom to ring, a letter to print, and recording that somebody was told."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.languages import readable
from crmo_clinic.nhsuk.pages import page_of
from patients import audit
from patients.access import Permission, requires
from patients.acting import said_on_the_page
from patients.models import Contact, Relationship
from scheduling.models import AdviceText, Course, Moment, Way
from scheduling.pages.parameters import BIGGEST_KEY, number_in
from scheduling.pages.records import look_at_course
from scheduling.telling import by_person, whom_to_write
from scheduling.telling.recipients import why_not_told
from scheduling.telling.texts import as_html, missing_for_invites, text_for
from scheduling.telling.to_ring import families_to_ring

FAMILIES_A_PAGE = 25


@require_safe
@requires(Permission.VIEW)
def list_to_ring(request: HttpRequest) -> HttpResponse:
    """Families whom no mail reaches about coming visits, the soonest visit first."""
    page = page_of(request, families_to_ring(timezone.now()), FAMILIES_A_PAGE)
    # For the version that each of its forms sends back.
    prefetch_related_objects([family.course for family in page], "sessions")
    children = {family.course.patient_id for family in page}
    audit.looked_at("scheduling:list_to_ring", by=request.user, patients=children)
    return render(request, "scheduling/telling/list_to_ring.html", {"page": page})


@requires(Permission.DO_TASKS, only_forms=True)
def note_told(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that a contact was told about the coming days by phone, by letter or in person."""
    course = look_at_course(request, pk)
    contact, way = _contact(course, request.POST.get("contact")), request.POST.get("way")
    if contact is None or way not in Way.values:
        raise Http404
    versions = _versions(_advice(course, contact)) if way == Way.LETTER else ""
    with said_on_the_page(request):
        by_person.note_told(
            course=course,
            contact=contact,
            way=Way(way),
            by=request.user,
            seen=request.POST.get("seen"),
            advice_version=versions,
        )
        messages.success(request, f"Noted: {contact.name} was {Way(way).label.lower()}.")
    return redirect("scheduling:list_to_ring") if request.POST.get("back") == "list" else redirect(course)


@require_safe
@requires(Permission.VIEW)
def print_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """A letter to print about the coming days: to the contact of `?contact=`, or to the first one."""
    course = look_at_course(request, pk)
    asked = number_in(request, "contact", default=0, most=BIGGEST_KEY)
    contact = _contact(course, asked) if asked else course.patient.contacts.first()
    sessions = whom_to_write.to_come(course, timezone.now())
    if contact is None or not sessions:
        messages.info(request, "There is no visit to come, or nobody to write to, so there is no letter.")
        return redirect(course)
    advice = _advice(course, contact)
    context = {
        "course": course,
        "patient": course.patient,
        "unit": course.unit,
        "contact": contact,
        "sessions": sessions,
        "is_young_person": contact.relationship == Relationship.YOUNG_PERSON,
        "advice": [(text.language, as_html(text.body)) for text in advice],
        "language": readable(contact.language),
        "advice_version": _versions(advice),
        "why_not": _why_no_letter(course, contact),
        "today": timezone.localdate(),
    }
    return render(request, "scheduling/telling/print_letter.html", context)


def _contact(course: Course, key: object) -> Contact | None:
    try:
        return course.patient.contacts.filter(pk=key).first()
    except (ValueError, OverflowError, ValidationError):
        return None


def _advice(course: Course, contact: Contact) -> list[AdviceText]:
    """The approved texts of all moments, because a family that gets a letter gets no later mails."""
    moments = [
        moment
        for moment in Moment
        if moment != Moment.OFFER and (course.days > 1 or moment not in (Moment.BEFORE_DAY_2, Moment.BETWEEN))
    ]
    texts = (text_for(course, m, today=timezone.localdate(), language=contact.language) for m in moments)
    return [text for text in texts if text]


def _versions(advice: list[AdviceText]) -> str:
    """`before_day_1 3, after 2`: which texts are in the letter, each with its version."""
    return ", ".join(f"{text.moment} {text.version}" for text in advice)


def _why_no_letter(course: Course, contact: Contact) -> str:
    """Why no letter may go to this contact, as a sentence; empty if one may.

    Permission to receive invites is about mails. A letter is what is left without that permission, and the
    person who prints it decides.
    """
    if course.patient.restricted or contact.permission_has_lapsed(
        course.patient.decides_from, timezone.localdate()
    ):
        return f"No letter: {why_not_told(contact, course.patient)}."
    if gaps := missing_for_invites(course, today=timezone.localdate()):
        no = " and no ".join(gaps)
        return f"No letter yet: {course.unit} has no {no}. The unit lead can add it under Unit."
    return ""
