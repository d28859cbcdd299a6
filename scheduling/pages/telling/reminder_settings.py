"""What is sent to a unit's families automatically: its settings, and what is held back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from patients.access import Permission, requires
from patients.acting import said_on_the_page
from scheduling.models import Unit
from scheduling.pages.records import look_at_course
from scheduling.pages.telling.reminder_forms import RemindersForm
from scheduling.telling import ask_for_days
from scheduling.telling.queue_reminders import held_back
from scheduling.telling.text_messages import texts_are_on
from scheduling.unit import setup


@requires(Permission.SET_UP_UNIT)
def set_reminders(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's."""
    unit = get_object_or_404(Unit, pk=pk)
    form = RemindersForm(request.POST or None, instance=unit)
    if request.method == "POST" and form.is_valid():
        setup.save_unit(unit=form.save(commit=False), by=request.user)
        messages.success(request, "The reminders have been saved.")
        return redirect(unit)
    context = {
        "form": form,
        "unit": unit,
        "held_back": held_back(Unit.objects.get(pk=pk), timezone.now()),
        "texts_are_on": texts_are_on(),
    }
    return render(request, "scheduling/telling/set_reminders.html", context)


@requires(Permission.BOOK_COURSES, only_forms=True)
def ask_family(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the family the address of its page, asking which days they cannot do. `pk` is the course's."""
    course = look_at_course(request, pk)
    with said_on_the_page(request):
        queued = ask_for_days.ask_for_days(course=course, by=request.user)
        names = ", ".join(message.contact.name for message in queued)
        messages.success(request, f"A mail asks for the days the family cannot do. It goes to {names}.")
    return redirect(course)
