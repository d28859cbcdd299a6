"""What a family tells the unit on its page: a form for each, and a page that says what happens next."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from patients.acting import Attempt
from scheduling.answers import family_tells
from scheduling.answers.family_limits import on_their_page
from scheduling.answers.replies import record_answer
from scheduling.booking.child_limits import limits_of
from scheduling.models import Answer, Ask, Course, FamilyLink, Source
from scheduling.pages.family.days import days_of, has_begun, last_answers, to_answer
from scheduling.pages.family.family_forms import (
    AnswerForm,
    ChangeForm,
    CheckInForm,
    DatesAfterForm,
    FamilyForm,
    LimitsForm,
    UnwellForm,
)
from scheduling.pages.family.frame import frame
from scheduling.pages.family.opening import family_page
from scheduling.pages.family.typed_words import answers_typed, words_typed
from scheduling.states import CourseStatus
from scheduling.telling.family_links import page_token

# What was sent, as it is named in the address of the next page.
ANSWER, LIMITS, CHECK_IN, NAME = "answer", "limits", "how-it-went", "name"


@family_page
def answer_days(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """Ask whether the family can come, day by day. A "no" has to be confirmed, beside the number to ring."""
    days, seen = to_answer(link.course, timezone.now()), link.course.version
    if not days:
        return _late(link, answers_typed(request.POST))
    suggested = request.GET.get("answer", "").upper()
    form = AnswerForm(
        request.POST or None, days=days, seen=seen, answer=suggested if suggested in Answer.values else ""
    )
    if request.method == "POST" and form.is_out_of_date() and (typed := answers_typed(request.POST)):
        return _late(link, typed)
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return form_page(request, link, "answer_days", form)
    if form.has_a_no and "confirmed" not in request.POST:
        return form_page(request, link, "check_answer", form)
    before = last_answers(days, link.contact)
    now = timezone.now()
    for session, answer in form.answers:
        if session.pk not in before or before[session.pk].answer != answer:
            write(
                link,
                lambda session=session, answer=answer: record_answer(
                    session=session,
                    contact=link.contact,
                    answer=answer,
                    source=Source.PAGE,
                    sequence=session.sequence,
                    stamp=now,
                    by=on_their_page(link.contact),
                ),
            )
    return sent(link, ANSWER)


@family_page
def ask_change(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """Another day or time, please."""
    form = ChangeForm(request.POST or None)
    if link.course.status != CourseStatus.BOOKED:
        return _late(link, words_typed(form))
    return _ask(request, link, Ask.CHANGE, form, "ask_change")


@family_page
def say_unwell(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """The child is not well. The page says to ring first; if the form is sent, the unit rings."""
    # Everything in the form may be left empty, so an empty POST has to count as sent.
    form = UnwellForm(request.POST if request.method == "POST" else None)
    return _ask(request, link, Ask.UNWELL, form, "say_unwell")


@family_page
def give_dates(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """Days the family cannot do. Before days are booked, the search uses them; later, a person reads them.

    A contact sees only what they entered: another household's days are not theirs to know or change.
    """
    course, data = link.course, request.POST if request.method == "POST" else None
    is_open, after = course.status in (CourseStatus.WAITING, CourseStatus.HELD), DatesAfterForm(data)
    # Which of the two forms was sent says how the course stood when it was drawn.
    if data and "says" in data and course.status != CourseStatus.BOOKED:
        return _late(link, words_typed(after))
    if course.status == CourseStatus.BOOKED and (not data or "says" in data):
        return _ask(request, link, Ask.DATES, after, "give_dates_after")
    form = LimitsForm(data, unit=course.unit, own=limits_of(course.patient_id, link.contact))
    if not is_open:
        return _late(link, words_typed(form))
    if request.method == "POST" and form.is_valid():
        refused = write(
            link,
            lambda: family_tells.tell_limits(
                course=course,
                contact=link.contact,
                said=form.said,
                wishes=form.cleaned_data["wishes"],
                by=on_their_page(link.contact),
            ),
        )
        if not refused:
            return sent(link, LIMITS)
        if Course.objects.get(pk=course.pk).status != course.status:
            return _late(link, words_typed(form))
        form.add_error(None, refused)
    return form_page(request, link, "give_dates", form)


@family_page
def check_in(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """How it went. `?pain=3` or `?effects=none`, as a mail may suggest it, is only filled in."""
    suggested = {"pain": request.GET.get("pain"), "effects": request.GET.getlist("effects")}
    form = CheckInForm(request.POST if request.method == "POST" else None, initial=suggested)
    if not has_begun(link.course, timezone.now()):
        return _late(link, words_typed(form))
    if request.method == "POST" and form.is_valid():
        write(
            link,
            lambda: family_tells.check_in(
                course=link.course,
                contact=link.contact,
                by=on_their_page(link.contact),
                **form.cleaned_data,
            ),
        )
        return sent(link, CHECK_IN)
    return form_page(request, link, "check_in", form, taps=range(11))


@require_safe
@family_page
def show_sent(request: HttpRequest, link: FamilyLink, what: str) -> HttpResponse:
    """Say that something was received and what happens next. What was typed is not repeated."""
    course, contact = link.course, link.contact
    days, _ = days_of(course, contact, timezone.now())
    said = [day for day in days if day.answer]
    has_come = {
        ANSWER: bool(said),
        LIMITS: course.status in (CourseStatus.WAITING, CourseStatus.HELD),
        NAME: True,
        CHECK_IN: course.check_ins.filter(contact=contact).exists(),
    } | {kind: course.family_requests.filter(contact=contact, kind=kind).exists() for kind in Ask.values}
    if not has_come.get(what):
        return back(link)
    answers = last_answers([day.session for day in said], contact).values()
    no = any(reply.answer == Answer.DECLINED for reply in answers)
    return render(request, "family/show_sent.html", frame(link) | {"what": what, "said": said, "no": no})


def _late(link: FamilyLink, typed: str) -> HttpResponse:
    """The course was changed while they wrote: what they typed goes to a person, and they are told so."""
    if not typed:
        return back(link)
    by, said = on_their_page(link.contact), {"kind": Ask.LATE, "says": typed}
    write(link, lambda: family_tells.ask(course=link.course, contact=link.contact, by=by, **said))
    return sent(link, Ask.LATE)


def _ask(request: HttpRequest, link: FamilyLink, kind: Ask, form: FamilyForm, template: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        write(
            link,
            lambda: family_tells.ask(
                course=link.course,
                contact=link.contact,
                kind=kind,
                says=form.cleaned_data["says"],
                by=on_their_page(link.contact),
            ),
        )
        return sent(link, kind)
    return form_page(request, link, template, form)


def write(link: FamilyLink, verb: Callable[[], object]) -> str:
    """Call `verb` in the language of staff, who read the result. Returns why it was refused, else empty."""
    with Attempt() as attempt, translation.override(settings.LANGUAGE_CODE):
        verb()
    if attempt.done:
        return ""
    return gettext("Something has changed since you opened this page. Look at it, and send it again.")


def form_page(
    request: HttpRequest, link: FamilyLink, template: str, form: FamilyForm, **more: object
) -> HttpResponse:
    return render(request, f"family/{template}.html", frame(link) | {"form": form} | more)


def sent(link: FamilyLink, what: str) -> HttpResponse:
    return redirect("family:show_sent", page_token(link), what)


def back(link: FamilyLink) -> HttpResponse:
    return redirect("family:show_page", page_token(link))
