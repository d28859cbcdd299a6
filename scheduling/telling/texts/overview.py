"""The state of each of a unit's texts, in words."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from crmo_clinic.nhsuk.wording import plain_date
from scheduling.models import EVERYONE, AdviceText, Audience, LeafletPage, Moment, Unit
from scheduling.telling.texts.in_force import REVIEW_SOON, newer_english


@dataclass(frozen=True)
class TextState:
    """The state of one text in one language, whether there is any version of it or not.

    text: says which text it is; not a saved row. latest: the newest version, if any. approved: the newest
    approved one. newer_english: the English, if it was changed after this translation of it was approved.
    """

    text: AdviceText
    latest: AdviceText | None
    approved: AdviceText | None
    today: date
    newer_english: AdviceText | None = None

    @property
    def name(self) -> str:
        return self.text.name

    @property
    def draft(self) -> AdviceText | None:
        """The newest version, if nobody has approved it."""
        return self.latest if self.latest and not self.latest.approved_at else None

    @property
    def is_in_date(self) -> bool:
        return bool(self.approved and self.approved.review_on >= self.today)

    @property
    def is_in_force(self) -> bool:
        """Whether it is sent: it is in date and, if it is a translation, of the English as it is now."""
        return self.is_in_date and self.newer_english is None

    @property
    def is_due_soon(self) -> bool:
        """Whether its review date comes within the next 30 days."""
        return self.is_in_force and self.approved.review_on <= self.today + REVIEW_SOON

    @property
    def tag(self) -> tuple[str, str]:
        """A word for the state, and the colour of its tag."""
        if self.is_in_force:
            return ("Review due", "yellow") if self.is_due_soon else ("Approved", "green")
        if self.approved:
            return "English changed" if self.is_in_date else "Review date passed", "red"
        return ("Draft", "blue") if self.latest else ("No text", "red")

    @property
    def words(self) -> str:
        """`Version 2, approved by Dr Wren until 31 March 2027. Version 3 is a draft.`"""
        said = [approval_in_words(self.approved, self.today)] if self.approved else []
        if newer := self.newer_english:
            said.append(
                f"The English was changed since: version {newer.version} was approved on "
                f"{plain_date(timezone.localtime(newer.approved_at))}. "
                "Families read the English until the translation is approved anew."
            )
        if self.draft:
            said.append(f"Version {self.draft.version} is a draft.")
        return " ".join(said) or "Nobody has written it yet."


def approval_in_words(text: AdviceText, today: date) -> str:
    """`Version 2, approved by Dr Wren until 31 March 2027.`, or that its review date has passed."""
    by, until = f"Version {text.version}, approved by {text.approved_by}", plain_date(text.review_on)
    if text.review_on < today:
        return f"{by}, was to be reviewed by {until}. It is not sent any more."
    return f"{by} until {until}."


def text_states(unit: Unit, *, today: date, language: str = "en") -> list[TextState]:
    """The state of each text in one language, in the order in which families read them. One query."""
    return _states(unit, list(_rows(unit).filter(language__in={language, "en"})), language, today)


def leaflet_states(unit: Unit, *, today: date, language: str = "en") -> list[TextState]:
    """The state of each page of the leaflet in one language, in order. One query."""
    rows = list(_rows(unit).filter(language__in={language, "en"}, audience=EVERYONE))
    return [_state(each, rows, today) for each in _leaflet(unit, language)]


def outdated_translations(unit: Unit, *, today: date) -> list[TextState]:
    """The translations that would be in force had their English not been changed, by language. One query."""
    return states_and_outdated(unit, today=today)[1]


def states_and_outdated(unit: Unit, *, today: date) -> tuple[list[TextState], list[TextState]]:
    """Both for a page that shows both: the state of each text in English, and the translations that would be
    in force had it not been changed. One query."""
    rows = list(_rows(unit))
    every = _in_every_language(unit, rows, today)
    return _states(unit, rows, "en", today), [
        each for each in every if each.is_in_date and not each.is_in_force
    ]


def states_in_every_language(unit: Unit, *, today: date) -> list[TextState]:
    """The state of each text in each language in which there is any, English first. One query."""
    return _in_every_language(unit, list(_rows(unit)), today)


def _in_every_language(unit: Unit, rows: list[AdviceText], today: date) -> list[TextState]:
    languages = sorted({row.language for row in rows}, key=lambda code: (code != "en", code))
    return [
        state
        for language in languages
        for state in (
            *_states(unit, rows, language, today),
            *(_state(each, rows, today) for each in _leaflet(unit, language)),
        )
    ]


def state_of(text: AdviceText, *, today: date) -> TextState:
    """The state of one text. text: any version of it, or an unsaved row that says which text it is."""
    same = {"moment": text.moment, "audience": text.audience, "language__in": {text.language, "en"}}
    return _state(text, list(_rows(text.unit).filter(**same)), today)


def versions_of(text: AdviceText) -> list[AdviceText]:
    """All versions of the text, the latest first."""
    same = {"moment": text.moment, "audience": text.audience, "language": text.language}
    return list(_rows(text.unit).filter(**same))


def _rows(unit: Unit) -> QuerySet[AdviceText]:
    return AdviceText.objects.filter(unit=unit).order_by("-version")


def _states(unit: Unit, rows: list[AdviceText], language: str, today: date) -> list[TextState]:
    return [
        _state(AdviceText(unit=unit, moment=moment, audience=audience, language=language), rows, today)
        for moment in Moment
        for audience in Audience
    ]


def _leaflet(unit: Unit, language: str) -> list[AdviceText]:
    return [AdviceText(unit=unit, moment=page, audience=EVERYONE, language=language) for page in LeafletPage]


def _state(text: AdviceText, rows: list[AdviceText], today: date) -> TextState:
    """rows: all versions of the text and of its English, perhaps with other texts, the latest first."""
    same = [row for row in rows if (row.moment, row.audience) == (text.moment, text.audience)]
    versions = [row for row in same if row.language == text.language]
    ever_approved = [row for row in same if row.approved_at]
    approved = next((row for row in versions if row.approved_at), None)
    newer = newer_english(approved, ever_approved) if approved else None
    return TextState(text, versions[0] if versions else None, approved, today, newer)
