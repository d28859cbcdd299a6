"""The downtime pack of a unit: made now, or as it was kept in the evening; and where paper is typed back."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients import audit
from patients.access import Permission, requires
from scheduling.models import Unit
from scheduling.pages.parameters import day_in
from scheduling.visit import downtime
from scheduling.visit.today import load_day

# Whoever comes back from an outage of a week still finds its days.
DAYS_BACK = 7


@require_safe
@requires(Permission.VIEW)
def list_packs(request: HttpRequest, pk: int) -> HttpResponse:
    """Packs to take, and the visits of `?day=2027-06-08` or today, each with where its times are typed."""
    unit, now = get_object_or_404(Unit, pk=pk), timezone.now()
    today = timezone.localdate(now)
    day = min(day_in(request, "day") or today, today)
    visits = [row.session for row in load_day(unit, day, now).rows]
    audit.looked_at(
        "scheduling:list_packs", by=request.user, patients={visit.course.patient_id for visit in visits}
    )
    context = {
        "unit": unit,
        "kept": downtime.kept_packs(unit),
        "day": day,
        "days": [today - timedelta(days=n) for n in range(DAYS_BACK)],
        "visits": visits,
    }
    return render(request, "scheduling/visit/list_packs.html", context)


@require_safe
@requires(Permission.VIEW)
def show_pack(request: HttpRequest, pk: int) -> HttpResponse:
    """The file, as it stands now or as it was kept on `?day=2027-06-08`. Every child in it is looked at."""
    unit, day = get_object_or_404(Unit, pk=pk), day_in(request, "day")
    if day is None:
        pack = downtime.make_pack(unit, timezone.now())
    else:
        kept = next((each for each in downtime.kept_packs(unit) if each.day == day), None)
        if kept is None:
            raise Http404
        pack = downtime.read_pack(kept)
    audit.looked_at(downtime.PAGE, by=request.user, patients=pack.children)
    name = f"downtime-pack-{day or timezone.localdate()}.html"
    # A file and no page: its own styles, which a page of ours may not have.
    return HttpResponse(pack.html, headers={"Content-Disposition": f'attachment; filename="{name}"'})
