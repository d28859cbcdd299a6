"""How each text of a unit stands, in words."""

from dataclasses import dataclass
from datetime import date

from crmo_clinic.nhsuk.wording import plain_date
from scheduling.advice.texts import REVIEW_SOON
from scheduling.models import AdviceText, Audience, Moment, Unit


@dataclass(frozen=True)
class TextState:
    """One text in one language, whether there is any version of it or not.

    text: names it; not a saved row. latest: the newest version, if any; approved: the newest approved one.
    """

    text: AdviceText
    latest: AdviceText | None
    approved: AdviceText | None
    today: date

    @property
    def name(self) -> str:
        return self.text.name

    @property
    def draft(self) -> AdviceText | None:
        """The newest version, if nobody has approved it."""
        return self.latest if self.latest and not self.latest.approved_at else None

    @property
    def is_in_force(self) -> bool:
        return bool(self.approved and self.approved.review_on >= self.today)

    @property
    def is_due_soon(self) -> bool:
        """Whether its review date comes within the next 30 days."""
        return self.is_in_force and self.approved.review_on <= self.today + REVIEW_SOON

    @property
    def tag(self) -> tuple[str, str]:
        """A word, and the colour that goes with it."""
        if self.is_in_force:
            return ("Review due", "yellow") if self.is_due_soon else ("Approved", "green")
        if self.approved:
            return "Review date passed", "red"
        return ("Draft", "blue") if self.latest else ("No text", "red")

    @property
    def words(self) -> str:
        """`Version 2, approved by Dr Wren until 31 March 2027. Version 3 is a draft.`"""
        said = [approval_in_words(self.approved, self.today)] if self.approved else []
        if self.draft:
            said.append(f"Version {self.draft.version} is a draft.")
        return " ".join(said) or "Nobody has written it yet."


def approval_in_words(text: AdviceText, today: date) -> str:
    """`Version 2, approved by Dr Wren until 31 March 2027.`, or that this is over."""
    by, until = f"Version {text.version}, approved by {text.approved_by}", plain_date(text.review_on)
    if text.review_on < today:
        return f"{by}, was to be reviewed by {until}. It is not sent any more."
    return f"{by} until {until}."


def text_states(unit: Unit, *, today: date, language: str = "en") -> list[TextState]:
    """The state of each text in one language, in the order in which families read them. One query."""
    rows = list(AdviceText.objects.filter(unit=unit, language=language).order_by("-version"))
    return [
        _state(AdviceText(unit=unit, moment=moment, audience=audience, language=language), rows, today)
        for moment in Moment
        for audience in Audience
    ]


def state_of(text: AdviceText, *, today: date) -> TextState:
    """The state of the text of which this is a version, or names one."""
    return _state(text, list(versions_of(text)), today)


def versions_of(text: AdviceText) -> list[AdviceText]:
    """All versions of the text, the latest first."""
    same = {"moment": text.moment, "audience": text.audience, "language": text.language}
    return list(AdviceText.objects.filter(unit=text.unit_id, **same).order_by("-version"))


def _state(text: AdviceText, rows: list[AdviceText], today: date) -> TextState:
    key = (text.moment, text.audience)
    versions = [row for row in rows if (row.moment, row.audience) == key]
    approved = next((row for row in versions if row.approved_at), None)
    return TextState(text, versions[0] if versions else None, approved, today)
