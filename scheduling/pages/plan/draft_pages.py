"""A draft: while it is worked out, what it proposes, and what became of it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from patients import audit
from patients.access import Permission, may, requires
from patients.acting import to_whole_page
from scheduling.booking.drafts.asked import Asked, Changes
from scheduling.booking.drafts.solver_process import SILENT
from scheduling.checklist.readiness import would_run_out
from scheduling.models import Draft, DraftKind, Outcome
from scheduling.pages.plan.draft_words import BEFORE_AND_AFTER, WHAT_IF, before_and_after, what_if_rows
from scheduling.pages.plan.loaded import LoadedDraft, log_look, look_at_draft, preselected, progress_of
from scheduling.states import DraftStatus


@require_safe
@requires(Permission.PLAN_COURSES)
def show_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft in whatever state it is. `?tick=rest` ticks all lines but the urgent and the changed ones.

    htmx asks for it again and again while it is worked out, and is sent to the whole page once it is over.
    """
    draft = look_at_draft(request, pk)
    if draft.kind == DraftKind.WHAT_IF and not may(request.user, Permission.TRY_WHAT_IF):
        raise PermissionDenied(f"Your role does not let you {Permission.TRY_WHAT_IF}.")
    if not draft.is_over:
        audit.looked_at("scheduling:show_draft", by=request.user)
        return render(request, "scheduling/plan/show_working.html", _working(draft))
    if request.htmx and request.GET.get("wait") == "work":
        return to_whole_page(request, draft.get_absolute_url())
    if draft.kind == DraftKind.WHAT_IF:
        audit.looked_at("scheduling:show_draft", by=request.user)
        return render(request, "scheduling/plan/show_what_if.html", _what_if(draft))
    if not draft.has_proposal:
        audit.looked_at("scheduling:show_draft", by=request.user)
        return render(request, "scheduling/plan/show_ended.html", {"draft": draft})
    if draft.kind == DraftKind.REPLAN:
        return redirect("scheduling:show_replan", draft.pk)
    return _proposal(request, draft)


@require_safe
@requires(Permission.PLAN_COURSES)
def list_drafts(request: HttpRequest) -> HttpResponse:
    """All drafts, the newest first. Nothing that was accepted is ever deleted."""
    drafts = Draft.objects.select_related("unit", "asked_by")
    if not may(request.user, Permission.TRY_WHAT_IF):
        drafts = drafts.exclude(kind=DraftKind.WHAT_IF)
    audit.looked_at("scheduling:list_drafts", by=request.user)
    return render(request, "scheduling/plan/list_drafts.html", {"page": page_of(request, drafts)})


def _working(draft: Draft) -> dict[str, Any]:
    now = timezone.now()
    return {
        "draft": draft,
        "is_waiting": draft.status == DraftStatus.WAITING,
        "is_silent": draft.heartbeat is not None and now - draft.heartbeat > SILENT,
        "waits_long": draft.heartbeat is None and now - draft.asked_at > SILENT,
        "percent": round(100 * draft.share),
        "is_what_if": draft.kind == DraftKind.WHAT_IF,
        "rows": what_if_rows(draft.figures) if draft.kind == DraftKind.WHAT_IF else [],
        "heads": WHAT_IF,
    }


def _what_if(draft: Draft) -> dict[str, Any]:
    asked = Asked.from_json(draft.settings)
    return {
        "draft": draft,
        "changes": Changes.from_json(asked.changes).in_words(),
        "rows": what_if_rows(draft.figures),
        "heads": WHAT_IF,
        "rates": asked.rates.in_words(),
        "children": len(asked.courses),
    }


def _proposal(request: HttpRequest, draft: Draft) -> HttpResponse:
    now, asked = timezone.now(), Asked.from_json(draft.settings)
    loaded = LoadedDraft(draft, now)
    days = {
        loaded.courses[line.course_id]: [visit.day for visit in line.proposed]
        for line in loaded.lines
        if line.is_open and not line.is_left_out
    }
    rows = loaded.rows(would_run_out(days, now))
    log_look(request, loaded)
    left_out = [row for row in rows if row.line.is_left_out and not row.line.is_done]
    placed = [row for row in rows if not row.line.is_left_out or row.line.is_done]
    open_rows = [row for row in placed if row.can_be_accepted]
    done, accepted = progress_of(loaded.lines)
    context = {
        "draft": draft,
        "rates": asked.rates.in_words(),
        "asked": asked,
        "left_out": sorted(left_out, key=lambda row: row.line.number),
        "rows": placed,
        "open": len(open_rows),
        "ticked": preselected(rows, rest=request.GET.get("tick") == "rest"),
        "to_look_at": sum(row.is_urgent or bool(row.changed) for row in open_rows),
        "changed": sum(bool(row.changed) for row in open_rows),
        "refused": sum(row.line.outcome == Outcome.REFUSED for row in rows),
        "figures": before_and_after(draft.figures),
        "heads": BEFORE_AND_AFTER,
        "differs": sum(row.is_new for row in rows) if draft.again_from_id else None,
        "done": done,
        "accepted": accepted,
        "board_day": min((row.first_day for row in open_rows), default=draft.first_day),
        "may_plan_again": draft.kind == DraftKind.PLAN,
    }
    return render(request, "scheduling/plan/show_draft.html", context)
