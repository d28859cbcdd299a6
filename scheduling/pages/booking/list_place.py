"""From which place of which waiting list somebody came, and who is next there.

Links out of the list carry it as `?list=`; it is kept by course in the user's web session until the course
is booked, however many pages that takes. It is an address's query and nothing else: it always leads to the
waiting list.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from urllib.parse import quote

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone

from crmo_clinic.nhsuk.pages import ALL
from patients import searches
from scheduling.models import Course
from scheduling.pages.booking.waiting_forms import WaitingFilterForm

COURSES_A_PAGE = 25
MOST_KEPT, LONGEST = 20, 500
_NAME = "list_places"


@dataclass(frozen=True)
class ListPlace:
    """A waiting list with its filters and order, and the place in it, counted from 0; None if not known."""

    filters: WaitingFilterForm
    number: int | None = None
    on_one_page: bool = False

    def address(self, beside: Course | None = None) -> str:
        """Where the list is shown with this place in it, at the row of the course `beside`."""
        query = self.filters.data.copy()
        if self.on_one_page:
            query["page"] = ALL
        elif self.number is not None and self.number >= COURSES_A_PAGE:
            query["page"] = str(self.number // COURSES_A_PAGE + 1)
        row = f"#course-{beside.pk}" if beside and self.number is not None else ""
        asked = query.urlencode()
        return reverse("scheduling:list_waiting") + (f"?{asked}" if asked else "") + row

    def at(self, number: int) -> "ListPlace":
        """Another place in the same list."""
        return ListPlace(self.filters, number, self.on_one_page)

    @property
    def query(self) -> str:
        """The value of `?list=`."""
        return self._query("" if self.number is None else str(self.number))

    def __str__(self) -> str:
        """The same, to be written into an address after `?list=`."""
        return quote(self.query, safe="")

    def written_from(self, number: int) -> Iterator[str]:
        """The same for this place and for each after it, without end."""
        others = self._query("")
        before = quote(f"{others}&place=" if others else "place=", safe="")
        return (f"{before}{n}" for n in count(number))

    def _query(self, number: str) -> str:
        query = self.filters.data.copy()
        if self.on_one_page:
            query["page"] = ALL
        if number:
            query["place"] = number
        return query.urlencode()


def shown(request: HttpRequest, query: QueryDict) -> ListPlace:
    """The list that this query asks for; what it does not know of it is left out."""
    text = searches.text_of(request.session, query.get("search", ""))
    number = query.get("place", "")
    is_number = number.isascii() and number.isdigit() and len(number) < 9
    return ListPlace(
        WaitingFilterForm(query, text), int(number) if is_number else None, query.get("page") == ALL
    )


def place_in(request: HttpRequest) -> ListPlace | None:
    """The place that `?list=` names; None if the user came from elsewhere."""
    text = request.GET.get("list")
    return None if text is None else shown(request, QueryDict(text[:LONGEST]))


def keep_place(request: HttpRequest, course: Course) -> None:
    """Keep the place that `?list=` names, if it names one, for the page after the course is booked."""
    if "list" in request.GET:
        others = [pair for pair in request.session.get(_NAME, []) if pair[0] != course.pk]
        request.session[_NAME] = [*others, [course.pk, request.GET["list"][:LONGEST]]][-MOST_KEPT:]


def kept_place(request: HttpRequest, course: Course) -> ListPlace | None:
    """The place kept for this course; None if its page was not opened from the list."""
    text = dict(request.session.get(_NAME, [])).get(course.pk)
    return None if text is None else shown(request, QueryDict(text))


def next_at(place: ListPlace, course: Course) -> tuple[ListPlace, Course] | None:
    """The next child after this course that waits and is not paused, and the place; None if it was the last.

    A course that left the list made the others move up by one.
    """
    now = timezone.now()
    keys = place.filters.keys(now)
    first = keys.index(course.pk) + 1 if course.pk in keys else place.number or 0
    ahead = Course.objects.waiting().not_paused(timezone.localdate(now)).filter(pk__in=keys[first:])
    waiting = {each.pk: each for each in ahead}
    found = next((n for n in range(first, len(keys)) if keys[n] in waiting), None)
    return None if found is None else (place.at(found), waiting[keys[found]])
