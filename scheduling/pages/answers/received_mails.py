"""A mail that came in, shown so that it is safe to read, and what a person decides about it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk import forms
from patients.access import Permission, may, requires
from patients.acting import said_on_the_page
from scheduling.answers import incoming_mail
from scheduling.ical import CalendarAnswer, read_text
from scheduling.models import Answer, IncomingMail, Session, Task
from scheduling.pages.answers.mail_forms import AnswerForm, PlaceForm
from scheduling.pages.records import look_at_mail


@require_safe
@requires(Permission.VIEW)
def show_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """The text of a mail, never its HTML, and whether our mail server vouches for its sender."""
    return _mail_page(request, look_at_mail(request, pk))


@require_safe
@requires(Permission.BOOK_COURSES)
def download_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes of the mail, as a file."""
    mail = look_at_mail(request, pk)
    return HttpResponse(
        bytes(mail.mime),
        headers={
            "Content-Type": "message/rfc822",
            "Content-Disposition": f'attachment; filename="mail-{mail.pk}.eml"',
        },
    )


@requires(Permission.DO_TASKS, only_forms=True)
def answer_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the answer that a person read in a mail."""
    mail = look_at_mail(request, pk)
    if mail.course is None:
        return redirect("scheduling:show_mail", pk)
    form = AnswerForm(request.POST, mail=mail)

    def record() -> str:
        told = {name: form.cleaned_data[name] for name in ("contact", "answer")}
        seen = form.cleaned_data["seen"] or None
        days = form.cleaned_data["days"]
        replies = incoming_mail.record_by_hand(mail=mail, sessions=days, by=request.user, seen=seen, **told)
        recorded = f"Recorded: {form.cleaned_data['answer'].label.lower()}."
        if any(reply.is_stale for reply in replies):
            recorded += " A time has changed since the family knew it: for the new one it does not count."
        return recorded

    return _page_if_refused(request, mail, form, record) or redirect(mail.course)


@requires(Permission.DO_TASKS, only_forms=True)
def place_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which child a mail is about."""
    mail = look_at_mail(request, pk)
    form = PlaceForm(request.POST)

    def place() -> str:
        course = form.cleaned_data["course"]
        incoming_mail.belongs_to(mail=mail, course=course, by=request.user)
        return f"This mail is about {course.patient.identified} now."

    return _page_if_refused(request, mail, form, place) or redirect("scheduling:show_mail", pk)


@requires(Permission.DO_TASKS, only_forms=True)
def settle_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that nothing has to be done about a mail; then back to the list of tasks."""
    mail = look_at_mail(request, pk)
    with said_on_the_page(request) as attempt:
        incoming_mail.settle(mail=mail, by=request.user)
        messages.success(request, "The mail has been read, and nothing is to do.")
    return redirect("scheduling:list_tasks") if attempt.done else redirect("scheduling:show_mail", pk)


def _page_if_refused(
    request: HttpRequest, mail: IncomingMail, form: forms.Form, verb: Callable[[], str]
) -> HttpResponse | None:
    """The page with what is wrong; None if `verb` succeeded, and its sentence is shown on the next page."""
    if not form.is_valid():
        return _mail_page(request, mail, form)
    with said_on_the_page(request) as attempt:
        messages.success(request, verb())
    if attempt.done:
        return None
    mail.refresh_from_db()
    return _mail_page(request, mail, status=attempt.status)


def _mail_page(
    request: HttpRequest, mail: IncomingMail, sent: forms.Form | None = None, *, status: int = 200
) -> HttpResponse:
    """sent: the form that was refused."""
    raw = bytes(mail.mime)
    letter = incoming_mail.read_letter(raw)
    task = Task.objects.open().filter(mail=mail).first()
    may_act = task is not None and may(request.user, Permission.DO_TASKS)
    drawn = {}
    if may_act and mail.course is None:
        drawn["place"] = sent or PlaceForm()
    elif may_act and mail.reply is None and mail.course.live_sessions:
        drawn["answer"] = sent or AnswerForm(mail=mail)
    context = {
        "mail": mail,
        "course": mail.course,
        "patient": mail.course and mail.course.patient,
        "readable": read_text(raw),
        "is_authentic": letter.is_authentic,
        **_in_the_calendar(letter.content),
        "task": task,
        "may_act": may_act,
        "forms": drawn,
        "form": sent,
    }
    return render(request, "scheduling/answers/show_mail.html", context, status=status)


def _in_the_calendar(content: object) -> dict[str, object]:
    """The answer in the mail's calendar part, in words, and the visit it is about if known; or nothing."""
    if not isinstance(content, CalendarAnswer):
        return {}
    session = Session.objects.filter(uid=content.uid).first()
    return {
        "said": content,
        "said_label": Answer(content.answer).label,
        "said_about": session,
        "said_is_stale": session and content.sequence < session.sequence,
    }
