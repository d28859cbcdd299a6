"""How a unit ranks its offers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from patients.access import Permission, requires
from scheduling.models import Unit
from scheduling.pages.unit.ranking_form import RankingForm, ranking_example, usual_points
from scheduling.unit import setup


@requires(Permission.SET_UP_UNIT)
def set_ranking(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's. `?usual` fills in the usual points, which still have to be saved."""
    unit = get_object_or_404(Unit, pk=pk)
    context = {"unit": unit, "example": ranking_example(unit.weights)}
    suggested = usual_points() if "usual" in request.GET else {}
    form = RankingForm(request.POST or None, instance=unit, suggested=suggested)
    if request.method == "POST" and form.is_valid():
        setup.save_unit(unit=form.save(commit=False), by=request.user)
        messages.success(request, "The points have been saved. The next search ranks by them.")
        return redirect(unit)
    return render(request, "scheduling/unit/set_ranking.html", context | {"form": form})
