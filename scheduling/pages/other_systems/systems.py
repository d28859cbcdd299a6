"""Which other systems may read here: the list, one of them, letting one in, ending its access."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from patients.access import Permission, requires
from patients.acting import said_in, said_on_the_page
from patients.views import ask_again
from scheduling.fhir import systems
from scheduling.models import OtherSystem
from scheduling.pages.fhir.opening import base_of
from scheduling.pages.other_systems.system_forms import LetInForm


@require_safe
@requires(Permission.CONNECT_SYSTEMS)
def list_other_systems(request: HttpRequest) -> HttpResponse:
    every = OtherSystem.objects.prefetch_related("units")
    context = {
        "systems": [each for each in every if not each.ended_at],
        "ended": [each for each in every if each.ended_at],
    }
    return render(request, "scheduling/other_systems/list_other_systems.html", context)


@requires(Permission.CONNECT_SYSTEMS)
def add_other_system(request: HttpRequest) -> HttpResponse:
    """Let a system read, once the password was asked for again; its secret is shown on this page only."""
    form = LetInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ask_again(request)
        asked = form.cleaned_data
        with said_in(form) as attempt:
            made = systems.let_in(
                name=asked["name"],
                reads=asked["reads"],
                units=list(asked["units"]),
                reads_protected=asked["reads_protected"],
                by=request.user,
            )
        if attempt.done:
            context = {"made": made, "addresses": _addresses(request)}
            return render(request, "scheduling/other_systems/show_secret.html", context)
        return render(request, "scheduling/other_systems/add_other_system.html", {"form": form}, status=409)
    return render(request, "scheduling/other_systems/add_other_system.html", {"form": form})


@require_safe
@requires(Permission.CONNECT_SYSTEMS)
def show_other_system(request: HttpRequest, pk: int) -> HttpResponse:
    """One system: what it may read, and when it last did."""
    system = get_object_or_404(OtherSystem, pk=pk)
    context = {"system": system, "addresses": _addresses(request)}
    return render(request, "scheduling/other_systems/show_other_system.html", context)


@requires(Permission.CONNECT_SYSTEMS, only_forms=True)
def end_other_system(request: HttpRequest, pk: int) -> HttpResponse:
    """End a system’s access. No password is asked for: it may have to be quick."""
    system = get_object_or_404(OtherSystem, pk=pk)
    with said_on_the_page(request) as attempt:
        systems.end(system=system, by=request.user)
    if attempt.done:
        messages.success(request, f"{system} reads nothing any more.")
    return redirect("scheduling:list_other_systems")


def _addresses(request: HttpRequest) -> dict[str, str]:
    """Where a system signs in, and where it reads."""
    return {
        "base": base_of(request),
        "token": request.build_absolute_uri(reverse("fhir:issue_token")),
    }
