"""What systems were told: each event with its state, and sending it again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from patients.access import Permission, requires
from patients.acting import said_on_the_page
from scheduling.models import WebhookEndpoint, WebhookEvent
from scheduling.states import WebhookStatus
from scheduling.webhooks import endpoints


@require_safe
@requires(Permission.SET_UP_UNIT)
def list_webhook_events(request: HttpRequest) -> HttpResponse:
    """The latest first; `?system=3` and `?status=failed` show only those. No child is named in it."""
    asked, status = request.GET.get("system", ""), request.GET.get("status", "")
    systems = list(WebhookEndpoint.objects.all())
    system = next((each for each in systems if str(each.pk) == asked), None)
    events = WebhookEvent.objects.select_related("endpoint", "unit").defer("payload")
    if system:
        events = events.filter(endpoint=system)
    if status in WebhookStatus.values:
        events = events.filter(status=status)
    else:
        status = ""
    context = {
        "page": page_of(request, events),
        "systems": systems,
        "system": system,
        "status": status,
        "statuses": WebhookStatus.choices,
    }
    return render(request, "scheduling/webhooks/list_webhook_events.html", context)


@require_safe
@requires(Permission.SET_UP_UNIT)
def show_webhook_event(request: HttpRequest, pk: int) -> HttpResponse:
    """One event, with the bytes that are sent."""
    event = get_object_or_404(WebhookEvent.objects.select_related("endpoint", "unit"), pk=pk)
    context = {"event": event, "system": event.endpoint, "payload": bytes(event.payload).decode()}
    return render(request, "scheduling/webhooks/show_webhook_event.html", context)


@requires(Permission.SET_UP_UNIT, only_forms=True)
def replay_webhook_event(request: HttpRequest, pk: int) -> HttpResponse:
    event = get_object_or_404(WebhookEvent.objects.select_related("endpoint"), pk=pk)
    with said_on_the_page(request) as attempt:
        endpoints.replay(event=event, by=request.user)
    if attempt.done:
        messages.success(request, "The event leaves again within a minute.")
    return redirect("scheduling:show_webhook_event", pk)
