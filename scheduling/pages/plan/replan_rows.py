"""The lines of a re-plan, and all that its page shows of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest

from crmo_clinic.nhsuk.wording import clock, clock_range, long_date
from scheduling.booking.replanning.asking import Asked, Broken
from scheduling.booking.replanning.line_states import LineState, load_states
from scheduling.models import Draft, LeftOutWhy, Priority
from scheduling.pages.booking.hold_forms import HoldForm
from scheduling.pages.plan.replan_words import proposals, shift_words
from scheduling.rules import Visit
from scheduling.unit.diary_rows import diary_for_search


@dataclass(frozen=True)
class Row:
    """A line as the page shows it. was, days: visits with the names of their chairs."""

    state: LineState
    was: list[tuple[Visit, str]]
    days: list[tuple[Visit, str]]

    @property
    def course(self) -> Any:
        return self.state.course

    @property
    def line(self) -> Any:
        return self.state.line

    @property
    def shift(self) -> str:
        return shift_words(self.line.stood_at, self.line.proposed)

    @property
    def needs(self) -> list[str]:
        return [line.course.patient.short_name for line in self.state.needs]

    @property
    def wants_a_look(self) -> bool:
        """Whether a person is to look at it before it is ticked."""
        return self.course.priority == Priority.URGENT or self.state.fits_again or self.state.is_stale

    @property
    def can_be_ticked(self) -> bool:
        return self.state.can_be_done


def rows_of(draft: Draft, option: int, now: datetime) -> list[Row]:
    """The lines of one proposal, with what the page shows of them."""
    diary = diary_for_search(draft.unit, now)
    chairs = {chair.id: chair.name for chair in diary.chairs}

    def named(visits: Sequence[Visit]) -> list[tuple[Visit, str]]:
        return [(visit, chairs.get(visit.chair, "a chair not in use")) for visit in visits]

    return [
        Row(state, named(state.line.stood_at), named(state.line.proposed))
        for state in load_states(draft, option, now, diary)
    ]


def context_of(request: HttpRequest, draft: Draft, option: int, rows: Sequence[Row]) -> dict[str, Any]:
    asked = Asked.from_json(draft.settings)
    apart = [row for row in rows if row.line.why in (LeftOutWhy.PERSON, LeftOutWhy.SHARED)]
    left_out = [row for row in rows if not row.line.proposed and row not in apart]
    placed = [row for row in rows if row.line.proposed]
    open_rows = [row for row in placed if row.can_be_ticked]
    accepted = [row for row in placed if row.line.accepted]
    to_look_at = [row for row in open_rows if row.wants_a_look]
    tick = request.GET.get("tick", "")
    kept = {key for key in tick.split(",") if key.isascii() and key.isdecimal() and len(key) < 20}
    if kept:
        ticked = [row for row in open_rows if str(row.line.pk) in kept]
    else:
        ticked = [row for row in open_rows if not to_look_at or (tick == "rest" and not row.wants_a_look)]
    return {
        "draft": draft,
        "option": option,
        "proposals": [] if accepted else proposals(draft.figures, len(asked.courses), option),
        "is_best": draft.better_percent == 0,
        "broken": asked.broken and _to_take(draft, asked.broken),
        "rates": asked.rates.in_words(),
        "apart": apart,
        "left_out": left_out,
        "rows": placed,
        "open": len(open_rows),
        "can_hold": any(row.state.can_be_held for row in open_rows),
        "to_look_at": len(to_look_at),
        "ticked": {row.line.pk for row in ticked},
        "kept": ",".join(sorted(kept, key=int)),
        "under_way": sum(row.state.is_under_way for row in placed),
        "accepted": len(accepted),
        "moved": sum(row.state.is_moved for row in placed),
        "held": sum(row.state.is_held for row in placed),
        "refused": sum(row.line.outcome == "refused" for row in placed),
        "hold_form": _hold_form(),
    }


def _to_take(draft: Draft, broken: Broken) -> dict[str, Any]:
    """The chair that is to be taken once nobody stands there: in words, and as the form that takes it."""
    day, chair = date.fromisoformat(broken.day), draft.unit.chairs.get(pk=broken.chair)
    when = f"{long_date(day)}, {clock_range(broken.start, broken.end)}"
    fields = {
        "chair": broken.chair,
        **{f"day_{part}": getattr(day, part) for part in ("day", "month", "year")},
        "starts": clock(broken.start),
        "ends": clock(broken.end),
        "taken_for": broken.taken_for,
    }
    return {"words": f"{chair}, {when}: {broken.taken_for}", "fields": fields.items()}


def _hold_form() -> HoldForm:
    """The form, with its list of times as it stands in a line with buttons."""
    form = HoldForm()
    form.fields["lasts"].widget.attrs["class"] = "nhsuk-select"
    return form
