"""The gaps that only the Trust can fill: each typed once, for every text of a unit that has it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import transaction

from patients import audit
from scheduling.errors import Refused
from scheduling.models import AdviceText, Audience, Moment, Unit
from scheduling.telling.texts import approval, default_body, gaps
from scheduling.telling.texts.markdown import fill


@dataclass(frozen=True)
class Gap:
    """words: what is to be written. texts: the names of the texts that have this gap."""

    words: str
    texts: tuple[str, ...]


def gaps_of(unit: Unit) -> list[Gap]:
    """The gaps of the newest version of each text, in any language, and of the English not begun yet.

    One query.
    """
    found: dict[str, list[str]] = {}
    for text in _newest(unit):
        name = (
            text.name
            if text.language == "en"
            else f"{text.name} ({AdviceText.CODES['language'].get(text.language, text.language)})"
        )
        for words in dict.fromkeys(gaps(text.body)):
            found.setdefault(words, []).append(name)
    return [Gap(words, tuple(names)) for words, names in found.items()]


@transaction.atomic
def fill_gaps(*, unit: Unit, values: Mapping[str, str], by: audit.Actor) -> list[AdviceText]:
    """Write a new version, a draft, of each text that has one of these gaps; each is to be approved anew.

    values: what stands in the place of a gap, by its words. Raises Refused if a text would be too long.
    """
    written = []
    for text in _newest(unit):
        body = fill(text.body, values)
        if body == text.body:
            continue
        if len(body) > (AdviceText._meta.get_field("body").max_length or 0):
            raise Refused(f"“{text.name}” would be too long with this. Write less, or fill its gaps there.")
        newer = AdviceText(
            unit=unit,
            moment=text.moment,
            audience=text.audience,
            language=text.language,
            version=text.version + 1,
            body=body,
        )
        written.append(approval.write(text=newer, by=by))
    return written


def _newest(unit: Unit) -> Iterator[AdviceText]:
    """The newest version of each text; version 0, unsaved, of each English one that nobody has begun."""
    newest: dict[tuple[str, str, str], AdviceText] = {
        (moment, audience, "en"): AdviceText(
            unit=unit, moment=moment, audience=audience, version=0, body=default_body(moment, audience)
        )
        for moment in Moment
        for audience in Audience
    }
    for text in AdviceText.objects.filter(unit=unit).order_by("version"):
        newest[text.moment, text.audience, text.language] = text
    yield from newest.values()
