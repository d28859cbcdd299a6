"""Another chair for a visit: chosen from a list or dragged to on the week board; checked and confirmed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import clock_range, short_date
from patients import audit
from patients.access import Permission, requires
from patients.acting import Attempt, said_on_the_page
from scheduling.booking import chairs
from scheduling.booking.chairs import NewChair
from scheduling.models import Session
from scheduling.pages.records import look_at_visit


class NewChairForm(forms.Form):
    """Which chair; the same field carries what was dragged on the board."""

    submit_label = "Continue"
    method = "get"
    names_in_errors = {"to": "the chair"}

    to = forms.ChoiceField(label="Which chair?", widget=forms.Radios())

    def __init__(self, *args: Any, found: list[NewChair], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(each.key, in_words(each)) for each in found if not each.against]


def in_words(new: NewChair) -> str:
    """`Chair 3, free`, or `Chair 4, swap with Ben Wren, K104482, 9am to 1pm`."""
    if new.other is None:
        return f"{new.chair}, free"
    start, end = timezone.localtime(new.other.starts_at), timezone.localtime(new.other.ends_at)
    times = clock_range(start.time(), end.time())
    return f"{new.chair}, swap with {new.other.course.patient.identified}, {times}"


@require_safe
@requires(Permission.BOOK_COURSES)
def choose_chair(request: HttpRequest, pk: int) -> HttpResponse:
    """The chairs that a visit could go to on its day: free ones, and those of other visits, to swap."""
    session = look_at_visit(request, pk)
    return _too_late(request, session) or _choose_page(request, session, ask=False)


@requires(Permission.BOOK_COURSES)
def check_new_chair(request: HttpRequest, pk: int) -> HttpResponse:
    """Check who goes where (`?to=chair-3`, or `?to=with-12` for a swap with that visit), and confirm."""
    session = look_at_visit(request, pk)
    asked = request.POST.get("to") or request.GET.get("to", "")
    if request.method == "POST" and request.POST.get("chair") == _chair_of(session):
        # Sent twice: the visit is there already.
        return _back_to_board(session)
    if late := _too_late(request, session):
        return late
    new = chairs.new_chair(session, asked, timezone.now()) if asked else None
    if new is None:
        return _choose_page(request, session, ask=True)
    if new.other:
        other = [new.other.course.patient_id]
        audit.looked_at("scheduling:check_new_chair", by=request.user, patients=other)
    if request.method != "POST":
        return _check_page(request, session, new)
    with Attempt() as attempt:
        moved = chairs.change_chair(
            session=session,
            chair=new.chair,
            other=new.other,
            by=request.user,
            seen=request.POST.get("seen", ""),
        )
    if attempt.refusal:
        for sentence in attempt.refusal.reasons:
            messages.warning(request, sentence)
        return redirect("scheduling:choose_chair", session.pk)
    where = [f"{each.course.patient.identified}: {each.booking.chair}" for each in moved]
    messages.success(request, f"{'. '.join(where)}, on {short_date(session.day)}. Nothing was sent.")
    return _back_to_board(session)


def _check_page(request: HttpRequest, session: Session, new: NewChair) -> HttpResponse:
    context = {
        "session": session,
        "course": session.course,
        "patient": session.course.patient,
        "new": new,
        "seen": chairs.versions_of(session, new.other),
    }
    status = 409 if new.against else 200
    return render(request, "scheduling/booking/check_new_chair.html", context, status=status)


def _choose_page(request: HttpRequest, session: Session, *, ask: bool) -> HttpResponse:
    """ask: say that one has to be chosen."""
    found = chairs.new_chairs(session, timezone.now())
    seen = {each.other.course.patient_id for each in found if each.other}
    audit.looked_at("scheduling:choose_chair", by=request.user, patients=seen)
    context = {
        "session": session,
        "course": session.course,
        "patient": session.course.patient,
        "form": NewChairForm(request.GET if ask else None, found=found),
        "refused": [(in_words(each), each.against) for each in found if each.against],
    }
    return render(request, "scheduling/booking/choose_chair.html", context)


def _too_late(request: HttpRequest, session: Session) -> HttpResponse | None:
    """The course, with why the visit keeps its chair; None if it need not."""
    if chairs.may_change(session, timezone.now()) and hasattr(session, "booking"):
        return None
    with said_on_the_page(request):
        chairs.refuse_begun([session], timezone.now())
    return redirect(session.course)


def _chair_of(session: Session) -> str:
    return str(session.booking.chair_id) if hasattr(session, "booking") else ""


def _back_to_board(session: Session) -> HttpResponse:
    unit = f"&unit={session.course.unit_id}"
    return redirect(f"{reverse('scheduling:show_board')}?day={session.day.isoformat()}{unit}")
