"""What families were told: the exact mails and the state of their sending."""

from email import message_from_bytes, policy

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crmo_clinic.nhsuk.pages import page_of
from patients import audit
from patients.access import Permission, requires
from scheduling.models import Channel, Message
from scheduling.states import MessageStatus
from scheduling.views.records import open_message

MESSAGES_A_PAGE = 25


@requires(Permission.VIEW)
def list_messages(request: HttpRequest) -> HttpResponse:
    """Latest first; `?status=failed` shows those that somebody has to ring about."""
    status = request.GET.get("status", "")
    messages = Message.objects.select_related("course__patient", "contact").defer("mime").order_by("-pk")
    if status in MessageStatus.values:
        messages = messages.filter(status=status)
    page = page_of(request, messages, MESSAGES_A_PAGE)
    audit.looked_at("scheduling:list_messages", by=request.user, patients={m.course.patient_id for m in page})
    context = {"page": page, "status": status, "statuses": MessageStatus.choices}
    return render(request, "scheduling/list_messages.html", context)


@requires(Permission.VIEW)
def show_message(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as the family reads it, taken from the bytes that were sent."""
    message = open_message(request, pk)
    text, entry = _words(message)
    context = {
        "message": message,
        "course": message.course,
        "patient": message.course.patient,
        "text": text,
        "entry": entry,
    }
    return render(request, "scheduling/show_message.html", context)


@requires(Permission.VIEW)
def download_message(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes themselves."""
    message = open_message(request, pk)
    is_text = message.channel == Channel.TEXT
    name = f"message-{message.pk}.{'txt' if is_text else 'eml'}"
    return HttpResponse(
        bytes(message.mime),
        headers={
            "Content-Type": "text/plain; charset=utf-8" if is_text else "message/rfc822",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


def _words(message: Message) -> tuple[str, str]:
    """The words and the calendar entry of a message; the entry is empty where there is none."""
    if message.channel == Channel.TEXT:
        return bytes(message.mime).decode(), ""
    mail = message_from_bytes(bytes(message.mime), policy=policy.default)
    parts = {part.get_content_type(): part for part in mail.walk()}
    entry = parts["text/calendar"].get_payload(decode=True) if "text/calendar" in parts else b""
    return parts["text/plain"].get_content(), entry.decode().replace("\r\n ", "")
