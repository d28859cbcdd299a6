"""Decide about one line of a draft: keep it, keep its days, choose others, or not now."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from patients import audit
from patients.access import Permission, requires
from patients.acting import said_on_the_page
from scheduling.booking.drafts import deciding
from scheduling.errors import Refused
from scheduling.models import Decide, DraftKind, DraftMove
from scheduling.pages.booking.explained import RefusedDays, with_chairs
from scheduling.pages.parameters import BIGGEST_KEY, could_be, number_in
from scheduling.pages.plan.loaded import LoadedDraft, look_at_draft
from scheduling.rules import Placement, find_offers, objections, price, refusals, search_window
from scheduling.unit.matches import from_json, to_json

OFFERS_AT_FIRST, MOST_OFFERS = 10, 100
PRESSES = {decision.value or "undo": decision for decision in Decide if decision != Decide.OTHER_DAYS}


@requires(Permission.PLAN_COURSES, only_forms=True)
def decide_line(request: HttpRequest, pk: int) -> HttpResponse:
    """`decide=keep 123`: what is decided about which line of the draft `pk`."""
    draft = look_at_draft(request, pk, DraftKind.PLAN)
    pressed, _, key = request.POST.get("decide", "").partition(" ")
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 11 else 0
    line = get_object_or_404(draft.lines.select_related("course__patient"), pk=min(number, BIGGEST_KEY))
    audit.looked_at("scheduling:decide_line", by=request.user, patients=[line.course.patient])
    if pressed in PRESSES:
        with said_on_the_page(request):
            deciding.decide(line=line, decision=PRESSES[pressed], by=request.user)
    return redirect(f"{draft.get_absolute_url()}#line-{line.pk}")


@requires(Permission.PLAN_COURSES)
def other_days(request: HttpRequest, pk: int) -> HttpResponse:
    """The ordinary offers for the course of a line, as if the rest of the draft were booked."""
    lines = DraftMove.objects.select_related("draft__unit", "course__patient", "course__unit")
    line = get_object_or_404(lines, pk=pk, draft__kind=DraftKind.PLAN)
    draft, course = line.draft, line.course
    audit.look_at_records(request, [course.patient])
    back = f"{draft.get_absolute_url()}#line-{line.pk}"
    if not line.is_open:
        messages.warning(request, deciding.BEING_DONE)
        return redirect(back)
    loaded = LoadedDraft(draft, timezone.now())
    diary = loaded.diary_with(without=line.pk).without(course.pk)
    asked = loaded.requests[loaded.courses[course.pk]]
    if request.method == "POST":
        with said_on_the_page(request) as attempt:
            visits = _chosen(request)
            placement = Placement(asked, tuple(visits))
            if against := objections(placement, diary):
                raise Refused(*dict.fromkeys(str(each) for each in against))
            reasons = price(placement, diary, course.unit.weights).reasons
            deciding.decide(
                line=line, decision=Decide.OTHER_DAYS, visits=visits, reasons=reasons, by=request.user
            )
        return redirect(back if attempt.done else request.path)
    show = number_in(request, "show", default=OFFERS_AT_FIRST, most=MOST_OFFERS)
    offers = find_offers(asked, diary, show + 1, course.unit.weights)
    context = {
        "draft": draft,
        "line": line,
        "course": course,
        "patient": course.patient,
        "back": back,
        "now_at": with_chairs([v for v in line.proposed if diary.chair(v.chair)], diary),
        "offers": [
            (with_chairs(offer.placement.visits, diary), offer.reasons, _written(offer.placement))
            for offer in offers[:show]
        ],
        "more": 2 * show if len(offers) > show < MOST_OFFERS else None,
    }
    if not offers:
        days = search_window(asked, diary)
        context["answer"] = RefusedDays(list(refusals(asked, diary, days).items()))
    return render(request, "scheduling/plan/other_days.html", context)


def _written(placement: Placement) -> str:
    """The days as a button sends them: `2027-03-24_2_540_240` for each."""
    return " ".join("_".join(map(str, row)) for row in to_json(placement.visits))


def _chosen(request: HttpRequest) -> list:
    rows = [written.split("_") for written in request.POST.get("days", "").split()]
    try:
        visits = from_json([(day, *map(int, numbers)) for day, *numbers in rows])
    except (TypeError, ValueError):
        visits = []
    if not visits or not all(map(could_be, visits)):
        raise Refused("These days could not be read. Choose them again.")
    return visits
