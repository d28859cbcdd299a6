"""The question on a family's page whether the days held for it are good."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.wording import clock_range, long_date
from patients.acting import Attempt
from scheduling.answers import family_tells
from scheduling.answers.family_limits import on_their_page
from scheduling.booking import answer_offer
from scheduling.errors import OfferOver
from scheduling.models import Ask, Course, FamilyLink, FamilyOffer
from scheduling.pages.family.frame import frame
from scheduling.pages.family.opening import family_page
from scheduling.pages.parameters import BIGGEST_KEY
from scheduling.rules import Visit
from scheduling.states import CourseStatus, OfferStatus
from scheduling.telling.family_links import page_token
from scheduling.unit.matches import from_json

LATE = "The family answered about days that were no longer kept for it. Read it, and ring them."


@dataclass(frozen=True)
class Question:
    """An open offer as the page asks it."""

    offer: FamilyOffer
    visits: list[Visit]


def question_for(course: Course, now: datetime) -> Question | None:
    """What the family is asked now; None if nothing. No query unless days are held."""
    if course.held_until is None or course.is_lapsed(now):
        return None
    offer = course.offers.filter(status=OfferStatus.ASKED, until__gt=now).first()
    return offer and Question(offer, from_json(offer.days))


@family_page
def answer_offer_of_days(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    """Take the answer of one contact. The first answer counts; whoever comes later reads how it stands."""
    offer = _offer(link, request.POST.get("offer", ""))
    yes = {"yes": True, "no": False}.get(request.POST.get("answer", ""))
    if request.method != "POST" or offer is None or yes is None:
        return redirect("family:show_page", page_token(link))
    by = on_their_page(link.contact)
    with translation.override(settings.LANGUAGE_CODE):
        with Attempt() as attempt:
            answer_offer.answer(offer=offer, contact=link.contact, yes=yes, by=by)
        if isinstance(attempt.refusal, OfferOver) and _is_new(attempt.refusal.offer, yes=yes):
            said = {"kind": Ask.LATE, "says": f"{'Yes' if yes else 'No'} to {_in_words(offer)}"}
            family_tells.ask(course=link.course, contact=link.contact, by=by, sentence=LATE, **said)
    return redirect("family:show_offer_answer", page_token(link), offer.pk)


@require_safe
@family_page
def show_offer_answer(request: HttpRequest, link: FamilyLink, pk: int) -> HttpResponse:
    """What became of the days that were offered, in the same words for whoever answered and for others."""
    offer = _offer(link, str(pk))
    if offer is None or offer.is_open:
        return redirect("family:show_page", page_token(link))
    is_booked = offer.status == OfferStatus.BOOKED and link.course.status == CourseStatus.BOOKED
    context = frame(link) | {"offer": offer, "visits": from_json(offer.days), "is_booked": is_booked}
    return render(request, "family/show_offer_answer.html", context)


def _offer(link: FamilyLink, key: str) -> FamilyOffer | None:
    """The offer of this course with that key, as a form or an address gives it."""
    if not key.isdecimal() or len(key) > len(str(BIGGEST_KEY)) or int(key) > BIGGEST_KEY:
        return None
    return link.course.offers.select_related("course__unit").filter(pk=key).first()


def _is_new(offer: FamilyOffer, *, yes: bool) -> bool:
    """Whether an answer that came too late says what nobody knows: not if it only repeats the first one, and
    not a "yes" to what is booked by now."""
    if yes:
        return offer.status not in (OfferStatus.BOOKED, OfferStatus.REFUSED)
    return offer.status in (OfferStatus.BOOKED, OfferStatus.REFUSED)


def _in_words(offer: FamilyOffer) -> str:
    return "; ".join(
        f"{long_date(visit.day)}, {clock_range(visit.start, visit.end)}" for visit in from_json(offer.days)
    )
