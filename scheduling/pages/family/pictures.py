"""The child's page: the days in pictures, how many sleeps, the hours of the drip as a path, what to bring.

It needs no script, and keeps nothing that is chosen: the choice is the page's own query. Its address and
title tell of a visit, and no more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.wording import clock
from scheduling.models import FamilyLink, Session
from scheduling.pages.family.days import days_of
from scheduling.pages.family.frame import frame
from scheduling.pages.family.opening import family_page
from scheduling.states import SessionStatus

# More moons than this cannot be counted at a glance.
MOST_MOONS = 14
# What a child may choose to bring, each with its picture in `family/pictures/things/`.
THINGS = {
    "bear": gettext_lazy("A cuddly toy"),
    "book": gettext_lazy("A book"),
    "game": gettext_lazy("A game"),
    "film": gettext_lazy("A film"),
    "headphones": gettext_lazy("Headphones"),
    "pens": gettext_lazy("Pens and paper"),
    "blanket": gettext_lazy("A blanket"),
    "socks": gettext_lazy("Cosy socks"),
}
OVER = (SessionStatus.FULFILLED, SessionStatus.NOT_GIVEN, SessionStatus.NOT_BROUGHT)


@dataclass(frozen=True)
class Stone:
    """One hour of the path. is_behind: the drip has got there already."""

    at: str
    is_behind: bool
    is_last: bool


@dataclass(frozen=True)
class PictureDay:
    """One day as the child sees it. stones: from the start to the end, an hour apart."""

    number: int
    session: Session
    stones: list[Stone]
    is_today: bool
    is_over: bool


@dataclass(frozen=True)
class Countdown:
    """How far away the next day is. sleeps: nights until then. number: which day it is."""

    sleeps: int
    number: int

    @property
    def moons(self) -> Sequence[int]:
        """One for each sleep, where they can be counted."""
        return range(self.sleeps) if self.sleeps <= MOST_MOONS else ()

    @property
    def words(self) -> str:
        if self.sleeps == 0:
            return gettext("Today is the day!")
        return gettext("1 more sleep") if self.sleeps == 1 else gettext("%d more sleeps") % self.sleeps


@require_safe
@family_page
def show_pictures(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """The page. `?bring=bear&bring=book` is what the child has packed; `?colour=yes` draws outlines only."""
    now = timezone.now()
    shown, _ = days_of(link.course, link.contact, now)
    days = picture_days([day.session for day in shown], now)
    packed = [name for name in THINGS if name in request.GET.getlist("bring")]
    context: dict[str, Any] = frame(link) | {
        "days": days,
        "is_over": bool(days) and all(day.is_over for day in days),
        "countdown": countdown_to(days, timezone.localdate(now)),
        "things": [(name, words, name in packed) for name, words in THINGS.items()],
        "packed": [(name, THINGS[name]) for name in packed],
        "to_colour": request.GET.get("colour") == "yes",
    }
    return render(request, "family/show_pictures.html", context)


def picture_days(sessions: Iterable[Session], now: datetime) -> list[PictureDay]:
    """The days of a course for the page, in order."""
    today = timezone.localdate(now)
    return [
        PictureDay(
            number=session.number,
            session=session,
            stones=stones_of(session, now),
            is_today=session.day == today,
            is_over=session.status in OVER or session.ends_at <= now,
        )
        for session in sessions
    ]


def stones_of(session: Session, now: datetime) -> list[Stone]:
    """A stone for the start, one for each whole hour after it, and one for the end."""
    times = []
    at = session.starts_at
    # Half an hour before the end is too near for a stone of its own.
    while at < session.ends_at - timedelta(minutes=20):
        times.append(at)
        at += timedelta(hours=1)
    has_begun = session.status in (SessionStatus.ARRIVED, SessionStatus.STARTED, SessionStatus.FULFILLED)
    return [
        Stone(clock(timezone.localtime(each).time()), has_begun and each <= now, each == session.ends_at)
        for each in (*times, session.ends_at)
    ]


def countdown_to(days: Iterable[PictureDay], today: date) -> Countdown | None:
    """To the next day that is not over; None if there is none."""
    coming = (day for day in days if not day.is_over and day.session.day >= today)
    day = next(coming, None)
    return Countdown((day.session.day - today).days, day.number) if day else None
