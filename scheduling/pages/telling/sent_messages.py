"""What families were sent: the exact messages, and their status."""

from django.contrib import messages as said
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from crmo_clinic.nhsuk.wording import quantity
from patients import audit
from patients.access import Permission, may, requires
from patients.acting import said_on_the_page
from scheduling.models import Channel, Message
from scheduling.pages.records import look_at_message
from scheduling.pages.telling.mail_words import read_mail
from scheduling.states import MessageStatus
from scheduling.telling import resend

MESSAGES_A_PAGE = 25
# Each is an act of its own with its lock; more than this is pressed for again.
MOST_AT_ONCE = 100


@require_safe
@requires(Permission.VIEW)
def list_messages(request: HttpRequest) -> HttpResponse:
    """The latest first; `?status=failed` shows only those."""
    status = request.GET.get("status", "")
    messages = Message.objects.select_related("course__patient", "contact").defer("mime").order_by("-pk")
    if status in MessageStatus.values:
        messages = messages.filter(status=status)
    page = page_of(request, messages, MESSAGES_A_PAGE)
    audit.looked_at("scheduling:list_messages", by=request.user, patients={m.course.patient_id for m in page})
    failed = resend.failed_to_come().count() if may(request.user, Permission.BOOK_COURSES) else 0
    context = {"page": page, "status": status, "statuses": MessageStatus.choices, "failed": failed}
    return render(request, "scheduling/telling/list_messages.html", context)


@requires(Permission.BOOK_COURSES, only_forms=True)
def resend_failed(request: HttpRequest) -> HttpResponse:
    """Send again all mails that could not be sent, and say which cannot be."""
    found = list(resend.failed_to_come()[:MOST_AT_ONCE])
    audit.looked_at(
        "scheduling:resend_failed", by=request.user, patients={m.course.patient_id for m in found}
    )
    again, why_not = resend.send_all_again(found, by=request.user)
    if again:
        said.success(request, f"{quantity(len(again), 'mail leaves', 'mails leave')} within a minute.")
    for message, why in why_not:
        said.warning(request, f"To {message.contact.name}: {why}")
    if not found:
        said.info(request, "No mail about a visit to come is left that could not be sent.")
    return redirect(f"{reverse('scheduling:list_messages')}?status={MessageStatus.FAILED}")


@require_safe
@requires(Permission.VIEW)
def show_message(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as the family reads it, taken from the bytes that were sent."""
    message = look_at_message(request, pk)
    context = {
        "message": message,
        "course": message.course,
        "patient": message.course.patient,
        "mail": read_mail(message),
        "why_not_again": resend.why_not_again(message),
    }
    return render(request, "scheduling/telling/show_message.html", context)


@require_safe
@requires(Permission.BOOK_COURSES)
def download_message(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes of a message. They contain the address of the family's own page, where one can answer in the
    family's name. So this is only for users who may book and cancel the course anyway."""
    message = look_at_message(request, pk)
    is_text = message.channel == Channel.TEXT
    name = f"message-{message.pk}.{'txt' if is_text else 'eml'}"
    return HttpResponse(
        bytes(message.mime),
        headers={
            "Content-Type": "text/plain; charset=utf-8" if is_text else "message/rfc822",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


@requires(Permission.BOOK_COURSES, only_forms=True)
def resend_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a mail again, with the same words."""
    message = look_at_message(request, pk)
    with said_on_the_page(request) as attempt:
        again = resend.send_again(message=message, by=request.user, seen=request.POST.get("seen"))
    if not attempt.done:
        return redirect(message)
    said.success(request, f"The mail to {again.contact.name} leaves within a minute.")
    return redirect(again)
