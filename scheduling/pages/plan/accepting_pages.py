"""Hold or book lines of a draft: checked on one page, then done by the worker."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from patients.access import Permission, requires
from patients.acting import said_in
from scheduling.booking.drafts import accepting
from scheduling.booking.preview import would_send
from scheduling.models import Accept, DraftKind
from scheduling.pages.booking.hold_forms import HoldForm
from scheduling.pages.plan.loaded import LoadedDraft, Row, log_look, look_at_draft
from scheduling.pages.telling.mail_words import try_out
from scheduling.telling.recipients import recipients

# The mails of so many children are written to be read, as the act itself would write them, and that takes its
# time. Of all others it is told whether they get any.
MOST_READ = 30
HOWS = {"hold": Accept.HOLD, "book": Accept.BOOK}


@requires(Permission.PLAN_COURSES)
def accept_lines(request: HttpRequest, pk: int) -> HttpResponse:
    """Check what would be held or booked of a draft, with the mails that would leave; then a worker does
    it."""
    draft = look_at_draft(request, pk, DraftKind.PLAN)
    if request.method != "POST" or not draft.has_proposal:
        return redirect(draft)
    how = HOWS.get(request.POST.get("how", ""), Accept.HOLD)
    loaded = LoadedDraft(draft, timezone.now())
    ticked = set(request.POST.getlist("line"))
    chosen = [row for row in loaded.rows({}) if str(row.line.pk) in ticked and row.can_be_accepted]
    log_look(request, loaded)
    if not chosen:
        messages.warning(request, accepting.NOTHING)
        return redirect(draft)
    form = HoldForm(request.POST if "confirmed" in request.POST else None)
    status = 200
    if "confirmed" in request.POST and (how == Accept.BOOK or form.is_valid()):
        until = form.until(chosen[0].course) if how == Accept.HOLD else None
        with said_in(form) as attempt:
            number = accepting.accept(
                draft=draft, lines=[row.line.pk for row in chosen], how=how, hold_until=until, by=request.user
            )
        status = attempt.status
        if attempt.done:
            doing = "held" if how == Accept.HOLD else "booked"
            messages.success(
                request,
                f"Days are being {doing} for {quantity(number, 'child', 'children')}, one after the other.",
            )
            return redirect(draft)
    context = {
        "draft": draft,
        "rows": chosen,
        "form": form,
        "how": how,
        "changed": sum(bool(r.changed) for r in chosen),
    }
    if how == Accept.BOOK:
        context |= _mails(request, chosen)
    return render(request, "scheduling/plan/accept_lines.html", context, status=status)


def _mails(request: HttpRequest, rows: Sequence[Row]) -> dict[str, Any]:
    """The mails that booking would send, and who would be refused: of the first lines, each of which is tried
    by itself and undone. Of the others who gets mails (`more`), and who gets none (`silent`)."""
    mails, refused = [], []
    for row in rows[:MOST_READ]:
        row.line.course = row.course
        found, refusal = try_out(partial(would_send, accepting.booking_of(row.line, request.user)))
        mails += found
        if refusal:
            refused.append((row, refusal.reasons))
    families = {mail.message.course_id for mail in mails}
    others = rows[MOST_READ:]
    prefetch_related_objects([row.course.patient for row in others], "contacts")
    more = [row for row in others if recipients(row.course.patient)[0]]
    silent = [row for row in others if row not in more]
    return {
        "mails": mails,
        "families": len(families),
        "refusals": refused,
        "tried": MOST_READ,
        "more": more,
        "silent": silent,
    }
