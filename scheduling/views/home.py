"""The start page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from patients.access import Permission, requires


@requires(Permission.VIEW)
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "scheduling/home.html")
