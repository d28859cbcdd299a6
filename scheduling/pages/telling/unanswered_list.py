"""Who has not answered, by the date of the visit: one press notes a try, mails again, or opens the letter."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from crmo_clinic.nhsuk.wording import listed
from patients import audit
from patients.access import Permission, requires
from patients.acting import said_on_the_page
from scheduling.booking import contact_log
from scheduling.models import ContactOutcome, Unit
from scheduling.pages.parameters import unit_in
from scheduling.pages.records import look_at_course
from scheduling.telling.unanswered import load_tries, mail_again, unanswered

FAMILIES_A_PAGE = 25


@require_safe
@requires(Permission.VIEW)
def list_unanswered(request: HttpRequest) -> HttpResponse:
    """The families, the soonest visit first; `?unit=` is the unit's."""
    units = list(Unit.objects.all())
    unit = unit_in(request, units)
    page = page_of(request, unanswered(timezone.now(), unit), FAMILIES_A_PAGE)
    load_tries(page)
    children = {family.course.patient_id for family in page}
    audit.looked_at("scheduling:list_unanswered", by=request.user, patients=children)
    context = {"page": page, "units": units, "unit": unit, "outcomes": ContactOutcome}
    return render(request, "scheduling/telling/list_unanswered.html", context)


@requires(Permission.BOOK_COURSES, only_forms=True)
def note_unanswered(request: HttpRequest, pk: int) -> HttpResponse:
    """Note a try to reach the family of a booked course. `pk` is the course's."""
    course, outcome = look_at_course(request, pk), request.POST.get("outcome")
    if outcome not in ContactOutcome.values:
        raise Http404
    with said_on_the_page(request):
        contact_log.note_attempt(
            course=course, outcome=ContactOutcome(outcome), by=request.user, is_booked=True
        )
        messages.success(request, f"Noted: {ContactOutcome(outcome).label.lower()}.")
    return redirect("scheduling:list_unanswered")


@requires(Permission.BOOK_COURSES, only_forms=True)
def mail_unanswered(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the invites that nobody has answered again. `pk` is the course's."""
    course = look_at_course(request, pk)
    with said_on_the_page(request):
        sent = mail_again(course=course, by=request.user)
        names = listed(dict.fromkeys(message.contact.name for message in sent))
        messages.success(request, f"The invites go again to {names}.")
    return redirect("scheduling:list_unanswered")
