"""Setting up a unit."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from patients.access import Permission, requires


@requires(Permission.VIEW)
def list_units(request: HttpRequest) -> HttpResponse:
    return render(request, "scheduling/units/list_units.html")
