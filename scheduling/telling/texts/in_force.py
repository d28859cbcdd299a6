"""Which text is in force for a moment, and what is missing before a family may be written to."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

from scheduling.models import AdviceText, Audience, Course, Moment, Session, Unit
from scheduling.models.advice import AdviceQuerySet

# How long before a text's review date the unit lead is told.
REVIEW_SOON = timedelta(days=30)
# The texts that invites carry; the others are for reminders.
INVITE_MOMENTS = (Moment.BEFORE_DAY_1, Moment.BEFORE_DAY_2)


class TextsOfInvites:
    """The texts that a course's invites may carry, all versions that were ever approved, read at once.

    languages: those of their readers.
    """

    def __init__(self, course: Course, languages: Iterable[str], *, today: date) -> None:
        self._course, self._today = course, today
        found = AdviceText.objects.filter(
            unit=course.unit_id,
            audience=_audience(course),
            moment__in=INVITE_MOMENTS,
            language__in={*languages, "en"},
            approved_at__isnull=False,
        )
        self._approved = list(found.order_by("-version"))

    def text(self, session: Session, language: str) -> AdviceText | None:
        """The text of the invite to this day; as `text_for`."""
        moment = moment_of(session)
        languages = {language, "en"}
        approved = [text for text in self._approved if text.moment == moment and text.language in languages]
        return _first_in_force(approved, language, self._today)

    def missing(self) -> list[str]:
        """As `missing_for_invites`."""
        english = (text for text in self._approved if text.language == "en")
        there = {text.moment for text in english if text.review_on and text.review_on >= self._today}
        return _missing(self._course, INVITE_MOMENTS[: self._course.days], there)


def text_for(course: Course, moment: Moment, *, today: date, language: str = "en") -> AdviceText | None:
    """The approved text that a family reads at this moment; None if there is none in date.

    In the contact's language if there is an approved translation of the English as it is now; else in
    English.
    """
    wanted = {"moment": moment, "audience": _audience(course), "language": language}
    return _first_in_force(_approved_versions(AdviceText(unit_id=course.unit_id, **wanted)), language, today)


def _first_in_force(approved: Sequence[AdviceText], language: str, today: date) -> AdviceText | None:
    return next((text for each in (language, "en") for text in in_force(approved, each, today)), None)


def newer_english(text: AdviceText, approved: Sequence[AdviceText]) -> AdviceText | None:
    """The English text, if it was changed after this translation of it was approved; else None.

    approved: all versions of the text that were ever approved, in both languages, the latest first. If the
    English was only approved again, in the same words, that is no change.
    """
    english = [other for other in approved if other.language == "en"]
    if text.language == "en" or not english:
        return None
    translated = next((other for other in english if other.approved_at <= text.approved_at), None)
    return None if translated and translated.body == english[0].body else english[0]


def moment_of(session: Session) -> Moment:
    """The moment at which the text in this session's invite is read."""
    return Moment.BEFORE_DAY_1 if session.number == 1 else Moment.BEFORE_DAY_2


def missing(course: Course, moments: Iterable[Moment], *, today: date) -> list[str]:
    """What has to be added before this course's family may be written to at these moments.

    Returns nouns that follow "the unit has no", such as "mailbox". This is the one check to make before
    anything is sent: it covers the unit's own details and the approved texts. Every moment needs its text in
    English.
    """
    texts = _in_english(course.unit, today).filter(audience=_audience(course))
    return _missing(course, moments, set(texts.values_list("moment", flat=True)))


def _missing(course: Course, moments: Iterable[Moment], there: Collection[str]) -> list[str]:
    audience = _audience(course)
    return [*course.unit.missing_for_mail(), *(_noun(m, audience) for m in moments if m not in there)]


def missing_for_invites(course: Course, *, today: date) -> list[str]:
    """The same for the invites to all days of a course."""
    return missing(course, INVITE_MOMENTS[: course.days], today=today)


def missing_in_units(
    units: Collection[Unit], *, today: date, moments: Iterable[Moment] = INVITE_MOMENTS
) -> dict[Unit, list[str]]:
    """The same for each unit and any course, first or later. One query. Units lacking nothing are omitted."""
    there = AdviceText.objects.approved(today).filter(unit__in=units, language="en")
    found = set(there.values_list("unit", "moment", "audience"))
    texts = [(moment, audience) for moment in moments for audience in Audience]
    gaps = {
        unit: [*unit.missing_for_mail(), *(_noun(*each) for each in texts if (unit.pk, *each) not in found)]
        for unit in units
    }
    return {unit: lacking for unit, lacking in gaps.items() if lacking}


def ever_approved(unit: Unit) -> list[AdviceText]:
    """All texts of a unit that were ever approved, the latest versions first. One query."""
    return list(unit.advice_texts.filter(approved_at__isnull=False).order_by("-version"))


def is_in_force(unit: Unit, named: str, *, today: date, approved: Sequence[AdviceText] | None = None) -> bool:
    """Whether the version that a message names may be sent: it, or one with the same words, is in date.

    If it is a translation, the English must not have changed since. approved: `ever_approved`, if it is read.
    """
    approved = ever_approved(unit) if approved is None else approved
    text = _named(approved, named)
    return text is not None and _says_what_is_in_force(text, _versions_of(text, approved), today)


def is_replaced(unit: Unit, named: str, *, today: date, approved: Sequence[AdviceText] | None = None) -> bool:
    """Whether the version that a message names may not be sent any more, and another one may in its place."""
    approved = ever_approved(unit) if approved is None else approved
    text = _named(approved, named)
    if text is None:
        return False
    versions = _versions_of(text, approved)
    if _says_what_is_in_force(text, versions, today):
        return False
    languages = [text.language, "en"] if newer_english(text, versions) else [text.language]
    return any(in_force(versions, language, today) for language in languages)


def _named(approved: Sequence[AdviceText], named: str) -> AdviceText | None:
    return next((text for text in approved if str(text) == named), None)


def _versions_of(text: AdviceText, approved: Sequence[AdviceText]) -> list[AdviceText]:
    """As `_approved_versions`, of what was read already."""
    same, languages = (text.moment, text.audience), {text.language, "en"}
    versions = (other for other in approved if (other.moment, other.audience) == same)
    return [version for version in versions if version.language in languages]


def _says_what_is_in_force(text: AdviceText, approved: Sequence[AdviceText], today: date) -> bool:
    return any(other.body == text.body for other in in_force(approved, text.language, today))


def in_force(approved: Sequence[AdviceText], language: str, today: date) -> list[AdviceText]:
    """Of a text's versions that were ever approved, those in this language that may be sent."""
    return [
        text
        for text in approved
        if text.language == language and text.review_on >= today and not newer_english(text, approved)
    ]


def _approved_versions(text: AdviceText) -> list[AdviceText]:
    """All versions of this text that were ever approved, in its language and in English, the latest first."""
    same = {"unit": text.unit_id, "moment": text.moment, "audience": text.audience}
    versions = AdviceText.objects.filter(**same, language__in={text.language, "en"})
    return list(versions.filter(approved_at__isnull=False).order_by("-version"))


def _in_english(unit: Unit, today: date) -> AdviceQuerySet:
    return AdviceText.objects.approved(today).filter(unit=unit.pk, language="en")


def _audience(course: Course) -> Audience:
    return Audience.FIRST if course.is_first else Audience.LATER


def _noun(moment: Moment, audience: Audience) -> str:
    return f"approved text “{AdviceText(moment=moment, audience=audience).name}”"
