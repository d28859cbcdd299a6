"""Systems that are told of visits: the list, and adding, changing, switching and removing one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.wording import quantity
from patients.access import Permission, requires
from patients.acting import said_in, said_on_the_page
from scheduling.models import EVENTS_KEPT, WebhookEndpoint
from scheduling.models.webhook import event_in_words
from scheduling.pages.unit.unit_day_forms import RemoveForm
from scheduling.pages.webhooks.webhook_forms import ReplayForm, SystemForm
from scheduling.webhooks import endpoints
from scheduling.webhooks.counting import counts_of

BY_HAND = "switched off by hand"


@require_safe
@requires(Permission.SET_UP_UNIT)
def list_webhooks(request: HttpRequest) -> HttpResponse:
    systems = list(WebhookEndpoint.objects.select_related("progress").prefetch_related("units"))
    counts = counts_of(systems)
    rows = [{"system": system, "counts": counts[system.pk]} for system in systems]
    return render(request, "scheduling/webhooks/list_webhooks.html", {"rows": rows})


@requires(Permission.SET_UP_UNIT)
def add_webhook(request: HttpRequest) -> HttpResponse:
    """The secret of the new system is on the page that answers, and never again."""
    form, status = SystemForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            endpoint, secret = endpoints.add(**_typed(form), by=request.user)
        if attempt.done:
            context = {"system": endpoint, "secret": secret}
            return render(request, "scheduling/webhooks/add_webhook.html", context)
        status = attempt.status
    return render(request, "scheduling/webhooks/add_webhook.html", {"form": form}, status=status)


@require_safe
@requires(Permission.SET_UP_UNIT)
def show_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    system = get_object_or_404(WebhookEndpoint.objects.select_related("progress"), pk=pk)
    now = timezone.now()
    context = {
        "system": system,
        "told": [event_in_words(code) for code in system.events],
        "units": [unit.name for unit in system.units.all()],
        "counts": counts_of([system])[system.pk],
        "both_sign": system.former_until if system.former_until and system.former_until > now else None,
        "rests_until": system.progress.rests_until
        if system.progress.rests_until and system.progress.rests_until > now
        else None,
        "kept_days": EVENTS_KEPT.days,
    }
    return render(request, "scheduling/webhooks/show_webhook.html", context)


@requires(Permission.SET_UP_UNIT)
def change_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    system, status = get_object_or_404(WebhookEndpoint, pk=pk), 200
    form = SystemForm(request.POST or None, endpoint=system)
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            endpoints.change(endpoint=system, **_typed(form), by=request.user)
        if attempt.done:
            messages.success(request, "What this system is told has been saved.")
            return redirect(system)
        status = attempt.status
    context = {"form": form, "system": system}
    return render(request, "scheduling/webhooks/change_webhook.html", context, status=status)


@requires(Permission.SET_UP_UNIT)
def renew_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Another secret, which is on the page that answers, and never again."""
    system = get_object_or_404(WebhookEndpoint, pk=pk)
    if request.method == "POST":
        with said_on_the_page(request) as attempt:
            secret = endpoints.renew_secret(endpoint=system, by=request.user)
        if not attempt.done:
            return redirect(system)
        context = {"system": system, "secret": secret}
    else:
        context = {"system": system, "form": RemoveForm(submit_label="Make another secret")}
    return render(request, "scheduling/webhooks/renew_webhook.html", context)


@requires(Permission.SET_UP_UNIT, only_forms=True)
def switch_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Off, or on again, whichever the button said."""
    system = get_object_or_404(WebhookEndpoint, pk=pk)
    with said_on_the_page(request) as attempt:
        if request.POST.get("to_state") == "on":
            endpoints.switch_on(endpoint=system, by=request.user)
            done = f"“{system}” is told of what happens from now on."
        else:
            endpoints.switch_off(endpoint=system, because=BY_HAND, by=request.user)
            done = f"“{system}” is told nothing more."
    if attempt.done:
        messages.success(request, done)
    return redirect(system)


@requires(Permission.SET_UP_UNIT)
def remove_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    system = get_object_or_404(WebhookEndpoint, pk=pk)
    if request.method == "POST":
        with said_on_the_page(request):
            endpoints.remove(endpoint=system, by=request.user)
            messages.success(request, f"“{system}” has been removed. It is told nothing more.")
        return redirect("scheduling:list_webhooks")
    form = RemoveForm(submit_label="Remove this system")
    return render(request, "scheduling/webhooks/remove_webhook.html", {"form": form, "system": system})


@requires(Permission.SET_UP_UNIT, only_forms=True)
def test_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    system = get_object_or_404(WebhookEndpoint, pk=pk)
    with said_on_the_page(request) as attempt:
        event = endpoints.send_test(endpoint=system, by=request.user)
    if not attempt.done:
        return redirect(system)
    messages.success(request, "The test leaves within a minute. Open this page again to see what came of it.")
    return redirect("scheduling:show_webhook_event", event.pk)


@requires(Permission.SET_UP_UNIT)
def replay_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a system again what happened since a time."""
    system, status = get_object_or_404(WebhookEndpoint, pk=pk), 200
    form = ReplayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            count = endpoints.replay_since(
                endpoint=system, since=form.since, only_missed=form.only_missed, by=request.user
            )
        if attempt.done and count:
            leave = quantity(count, "event leaves", "events leave")
            messages.success(request, f"{leave} again within a minute.")
        elif attempt.done:
            messages.info(request, "Nothing like that is in the list since then, so nothing is sent.")
        if attempt.done:
            return redirect(system)
        status = attempt.status
    context = {"form": form, "system": system, "kept_days": EVENTS_KEPT.days}
    return render(request, "scheduling/webhooks/replay_webhook.html", context, status=status)


def _typed(form: SystemForm) -> dict[str, object]:
    cleaned = form.cleaned_data
    return {name: cleaned[name] for name in ("name", "address", "events")} | {"units": list(cleaned["units"])}
