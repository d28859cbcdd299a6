"""The buttons of the day list: a press, undoing it, and a child who was not brought."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from patients.access import Permission, requires
from patients.acting import Attempt, to_whole_page
from scheduling.checklist import ticks
from scheduling.checklist.readiness import ItemState, readiness_of
from scheduling.errors import NotDone, Undecided
from scheduling.models import Session, Unit
from scheduling.pages.checklist.checklist_forms import OverrideForm
from scheduling.pages.own_units import own_units
from scheduling.pages.records import look_at_visit
from scheduling.pages.visit import day_words
from scheduling.pages.visit.miss_visit_form import MissVisitForm
from scheduling.states import NEXT, SessionStatus
from scheduling.visit import presses


@requires(Permission.RECORD_VISITS, only_forms=True)
def press_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """The child has arrived, the drip has started or it has finished: the step after the status `seen`."""
    session, seen = look_at_visit(request, pk), request.POST.get("seen", "")
    if (status := NEXT.get(seen)) is None:
        return _to_the_list(request, session)
    try:
        return _press(
            request,
            session,
            lambda: presses.press(session=session, status=status, by=request.user, seen=seen),
            day_words.pressed,
            wanted=status,
        )
    except (Undecided, NotDone) as refusal:
        page = "go_on" if isinstance(refusal, Undecided) else "override_readiness"
        return to_whole_page(request, reverse(f"scheduling:{page}", args=[session.pk]))


@requires(Permission.RECORD_VISITS)
def override_readiness(request: HttpRequest, pk: int) -> HttpResponse:
    """Something that must be done is missing: ask who decided that the drip starts all the same, and why."""
    session = look_at_visit(request, pk)
    missing = _must_be_done(session)
    if request.method != "POST" and (not missing or session.status != SessionStatus.ARRIVED):
        if not missing:
            messages.info(request, "Nothing that must be done is missing. The drip can be started here.")
        return _to_the_list(request, session)
    form = OverrideForm(request.POST or None, missing=[each.item.key for each in missing])
    if request.method == "POST" and form.is_valid():
        override = form.override()
        try:
            return _press(
                request,
                session,
                lambda: presses.press(
                    session=session,
                    status=SessionStatus.STARTED,
                    by=request.user,
                    seen=SessionStatus.ARRIVED,
                    override=override,
                ),
                day_words.pressed,
                wanted=SessionStatus.STARTED if ticks.was_answered(session, override) else None,
            )
        except Undecided:
            return redirect("scheduling:go_on", session.pk)
        except NotDone:
            missing = _must_be_done(session)
            form.add_error(None, "More is missing than when you opened this page. Read the list again.")
    context = {"form": form, "session": session, "patient": session.course.patient, "missing": missing}
    return render(request, "scheduling/visit/override_readiness.html", context)


@requires(Permission.RECORD_VISITS, only_forms=True)
def undo_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the press that led to the status `seen`."""
    session, seen = look_at_visit(request, pk), request.POST.get("seen", "")
    return _press(
        request,
        session,
        lambda: presses.undo(session=session, by=request.user, seen=seen),
        day_words.taken_back,
    )


@requires(Permission.RECORD_VISITS)
def miss_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether anybody knows why the child was not brought, and record it."""
    session = look_at_visit(request, pk)
    if why_not := day_words.why_not_missed(session):
        messages.info(request, why_not)
        return _to_the_list(request, session)
    form = MissVisitForm(request.POST or None, initial={"seen": session.status})
    if request.method == "POST" and form.is_valid():
        because, seen = form.cleaned_data["because"], form.cleaned_data["seen"]
        return _press(
            request,
            session,
            lambda: presses.not_brought(session=session, because=because, by=request.user, seen=seen),
            day_words.missed,
        )
    context = {"form": form, "session": session, "patient": session.course.patient}
    return render(request, "scheduling/visit/miss_visit.html", context)


def _must_be_done(session: Session) -> list[ItemState]:
    """The items that must be done, and are missing or out of date on the day of the visit."""
    readiness = readiness_of(session.course, timezone.now())
    return readiness.must_be_done_on(session.day) if readiness else []


def _press(
    request: HttpRequest,
    session: Session,
    verb: Callable[[], Session],
    say: Callable[[Session], str],
    wanted: SessionStatus | None = None,
) -> HttpResponse:
    """Call `verb`, and say what was done or why not.

    If a user presses the same button twice, the second press also says what was done.

    wanted: the status that the press leads to. Raises Undecided and NotDone as `verb` does.
    """
    with Attempt(but=(Undecided, NotDone)) as attempt:
        messages.success(request, say(verb()))
    if attempt.refusal:
        session.refresh_from_db()
        if session.status != wanted or not day_words.was_done_by(session, request.user):
            messages.warning(request, day_words.refused(session, attempt.refusal))
            return _to_the_list(request, session, whole=True)
        messages.success(request, say(session))
    return _to_the_list(request, session)


def _to_the_list(request: HttpRequest, session: Session, *, whole: bool = False) -> HttpResponse:
    """Back to the day list of the visit's unit.

    If htmx asked for a part of the page, the child gets the focus. whole: load the full page, because the
    message at its top could be out of sight.
    """
    asked = {}
    own = own_units(request)
    first = Unit.objects.filter(pk__in=own).first() if own else Unit.objects.first()
    if first != session.course.unit:
        asked["unit"] = session.course.unit_id
    if request.htmx and not whole:
        asked["at"] = session.pk
    address = reverse("home") + (f"?{urlencode(asked)}" if asked else "")
    return to_whole_page(request, address) if whole else redirect(address)
