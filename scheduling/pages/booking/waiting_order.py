"""In what order the waiting list stands: by one of its columns, up or down, as its address says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Lower

from scheduling.models import ContactAttempt, Reason
from scheduling.models.course_lists import CourseQuerySet
from scheduling.unit.course_requests import requests_for
from scheduling.unit.next_possible import next_possible

NEXT = "next"
# By the name in the address: the heading, and what each order is called; the first press sorts by the first
# of the two. In their order on the page; a column that is added here needs its expression below, and its cell
# in `_waiting.html`.
COLUMNS: dict[str, tuple[str, dict[str, str]]] = {
    "child": ("Child", {"child": "Child, A to Z", "-child": "Child, Z to A"}),
    "priority": ("Priority", {"priority": "Most urgent first", "-priority": "Least urgent first"}),
    "waiting": ("Waiting", {"-waiting": "Longest wait first", "waiting": "Shortest wait first"}),
    "first_day": ("First day", {"first_day": "Earliest target first", "-first_day": "Latest target first"}),
    NEXT: ("Next possible", {"next": "Earliest possible days first", "-next": "Latest possible days first"}),
    "reason": ("Reason and visits", {"reason": "By reason", "-reason": "By reason, turned round"}),
    "contact": (
        "Last contact",
        {"contact": "Longest without contact first", "-contact": "Last contact first"},
    ),
}
ORDERS = {order: words for _, orders in COLUMNS.values() for order, words in orders.items()}
USUAL = "priority"


@dataclass(frozen=True)
class Heading:
    """A column's heading: its words, how it is sorted (as aria-sort says it), and what a press asks for."""

    label: str
    sorted: str
    sort: str


@dataclass(frozen=True)
class Order:
    """Sorted by the column of this name, upwards or downwards; equal ones the most urgent first."""

    column: str = USUAL
    down: bool = False

    @classmethod
    def of(cls, text: str) -> "Order":
        """`child`, or `-child` for downwards; the usual order for anything else."""
        return cls(text.removeprefix("-"), text.startswith("-")) if text in ORDERS else cls()

    @property
    def name(self) -> str:
        """As the address says it."""
        return f"{'-' * self.down}{self.column}"

    def headings(self) -> list[Heading]:
        """Those of all columns. A press on the one that is sorted turns it round."""
        found = []
        for name, (label, orders) in COLUMNS.items():
            mine = name == self.column
            asks = next(order for order in orders if not mine or order != self.name)
            state = ("descending" if self.down else "ascending") if mine else "none"
            found.append(Heading(label, state, asks))
        return found

    def keys(self, courses: CourseQuerySet, now: datetime) -> list[int]:
        """The keys of these courses in this order. One query; more by the next possible days, for they are
        looked for in every row."""
        urgent = courses.most_urgent_first()
        if self.column == NEXT:
            found = next_possible(requests_for(urgent), now)
            turn = -1 if self.down else 1
            nearest = sorted(
                found, key=lambda c: (not found[c].visits, turn * found[c].first_day.toordinal())
            )
            return [course.pk for course in nearest]
        by = self._expression()
        ordered = urgent.order_by(by, *urgent.query.order_by) if by else urgent
        return list(ordered.values_list("pk", flat=True))

    def _expression(self) -> Any:
        """None for the usual order."""
        match self.column:
            case "child":
                by = Lower("patient__name")
            case "priority":
                return F("priority").desc() if self.down else None
            case "waiting":
                # So many days as it waits: the longer, the earlier it was agreed.
                return F("agreed_at").asc() if self.down else F("agreed_at").desc()
            case "first_day":
                target = F("target")
                return target.desc(nulls_last=True) if self.down else target.asc(nulls_last=True)
            case "reason":
                by = Case(*(When(reason=reason, then=Value(n)) for n, reason in enumerate(Reason.values)))
            case _:
                tries = ContactAttempt.objects.filter(course=OuterRef("pk")).order_by("-at", "-pk")
                last = Subquery(tries.values("at")[:1])
                return last.desc(nulls_last=True) if self.down else last.asc(nulls_first=True)
        return by.desc() if self.down else by.asc()
