"""What a unit tells families in its own words: versions, written and approved."""

from datetime import date, timedelta

from django.utils import timezone

from patients.models import User
from scheduling.models import AdviceText, Audience, Moment, Unit
from scheduling.telling.texts import approval


def written(
    unit: Unit,
    by: User,
    body: str = "Bring a book.",
    *,
    version: int = 2,
    moment: Moment = Moment.BEFORE_DAY_1,
    audience: Audience = Audience.LATER,
    **fields,
) -> AdviceText:
    text = AdviceText(unit=unit, moment=moment, audience=audience, version=version, body=body, **fields)
    return approval.write(text=text, by=by)


def approved(text: AdviceText, by: User, *, days: int = 30) -> AdviceText:
    """The text approved by Dr Wren, with its review due in that many days."""
    ahead = timezone.localdate() + timedelta(days=days)
    return approval.approve(text=text, approved_by="Dr Wren", review_on=ahead, by=by)


def set_text(
    unit: Unit, moment: Moment, body: str, *, audience: Audience = Audience.LATER, **fields
) -> AdviceText:
    """An approved text in place of the one that the unit's builder made."""
    which = {"unit": unit, "audience": audience, "moment": moment, "version": fields.pop("version", 1)}
    values = {
        "body": body,
        "written_by": "Lee Lead",
        "approved_by": "Lee Lead",
        "approved_at": timezone.now(),
    }
    values |= {"review_on": timezone.localdate() + timedelta(days=300)}
    language = fields.pop("language", "en")
    return AdviceText.objects.update_or_create(**which, language=language, defaults=values | fields)[0]


def set_texts(unit: Unit, *but: Moment, until: date = date(2040, 1, 1), **fields) -> None:
    """`set_text` for each audience and moment except some; each text names its own, the moment in bold."""
    for audience in Audience:
        for moment in Moment:
            if moment not in but:
                body = f"**{moment.label}** for {audience.label.lower()}\n\nBring *a book*."
                values = {"body": body, "audience": audience, "review_on": until}
                set_text(unit, moment, **values | fields)
