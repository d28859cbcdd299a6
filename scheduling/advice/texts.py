"""Which text is in force for a moment, and what is missing before a family may be written to."""

from collections.abc import Iterable
from datetime import date, timedelta

from scheduling.models import AdviceText, Audience, Course, Moment, Session, Unit
from scheduling.models.advice import AdviceQuerySet

# The lead is told so long before a text's review date.
REVIEW_SOON = timedelta(days=30)
# The texts that invites carry; the others are for reminders.
INVITE_MOMENTS = (Moment.BEFORE_DAY_1, Moment.BEFORE_DAY_2)


def text_for(course: Course, moment: Moment, *, today: date, language: str = "en") -> AdviceText | None:
    """The approved text that a family reads at this moment; None if there is none, or it is past its review.

    In the contact's language if there is an approved one, else in English.
    """
    texts = AdviceText.objects.approved(today).filter(
        unit=course.unit_id, moment=moment, audience=_audience(course), language__in={language, "en"}
    )
    return min(texts, key=lambda text: (text.language != language, -text.version), default=None)


def moment_of(session: Session) -> Moment:
    """When the text of this session's invite is read."""
    return Moment.BEFORE_DAY_1 if session.number == 1 else Moment.BEFORE_DAY_2


def missing(course: Course, moments: Iterable[Moment], *, today: date) -> list[str]:
    """What has to be there before this course's family is written to at these moments.

    Nouns to follow "the unit has no", such as "mailbox". The one question to ask before anything is sent: of
    the unit's own texts and of the approved ones. Every moment needs its text in English.
    """
    audience, unit = _audience(course), course.unit
    there = set(_in_english(unit, today).filter(audience=audience).values_list("moment", flat=True))
    return [*unit.missing_for_mail(), *(_noun(m, audience) for m in moments if m not in there)]


def missing_for_invites(course: Course, *, today: date) -> list[str]:
    """The same for the invites to all days of a course."""
    return missing(course, INVITE_MOMENTS[: course.days], today=today)


def missing_in_unit(unit: Unit, *, today: date, moments: Iterable[Moment] = INVITE_MOMENTS) -> list[str]:
    """The same for every course that the unit may have: first and later ones."""
    there = set(_in_english(unit, today).values_list("moment", "audience"))
    texts = [(moment, audience) for moment in moments for audience in Audience]
    return [*unit.missing_for_mail(), *(_noun(*each) for each in texts if each not in there)]


def is_in_force(unit: Unit, named: str, *, today: date) -> bool:
    """Whether the version that a message names may be sent: it is in date, or one that says the same is."""
    text = _named(unit, named)
    return text is not None and _approved_like(text, today).filter(body=text.body).exists()


def is_replaced(unit: Unit, named: str, *, today: date) -> bool:
    """Whether the version that a message names is past its review date, and another one in date."""
    text = _named(unit, named)
    return (
        text is not None
        and not is_in_force(unit, named, today=today)
        and _approved_like(text, today).exists()
    )


def _named(unit: Unit, named: str) -> AdviceText | None:
    texts = unit.advice_texts.filter(approved_at__isnull=False)
    return next((text for text in texts if str(text) == named), None)


def _approved_like(text: AdviceText, today: date) -> AdviceQuerySet:
    return AdviceText.objects.approved(today).filter(
        unit=text.unit_id, moment=text.moment, audience=text.audience, language=text.language
    )


def _in_english(unit: Unit, today: date) -> AdviceQuerySet:
    return AdviceText.objects.approved(today).filter(unit=unit.pk, language="en")


def _audience(course: Course) -> Audience:
    return Audience.FIRST if course.is_first else Audience.LATER


def _noun(moment: Moment, audience: Audience) -> str:
    return f"approved text “{AdviceText(moment=moment, audience=audience).name}”"
