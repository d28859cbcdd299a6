"""The texts for families in the demo data: the defaults, with each gap filled by a made-up Trust.

Where the Trust would have to say something clinical, the demo only says whom to ask.
"""

from datetime import date, timedelta

from patients import audit
from scheduling.models import EVERYONE, AdviceText, Audience, LeafletPage, Moment, Unit
from scheduling.telling.texts import approval, default_body, gaps
from scheduling.telling.texts.defaults import default_page

APPROVED_BY = "Dr Ines Okoro, consultant"
# The text whose review is due soon and whose next version is written; and one whose next version has gaps.
DUE_SOON = (Moment.BEFORE_DAY_2, Audience.LATER)
BEGUN = (Moment.AFTER, Audience.LATER)
DUE_IN, IN_FORCE = timedelta(days=20), timedelta(days=400)

# What fills a gap, by words that the gap contains.
FILLED = {
    "eat and drink": "Ask us before the day if you want to know about food and drink.",
    "medicines": "Ask us before the day if you want to know about medicines.",
    "what to bring": "Bring a book, a game or a film.",
    "who can stay": "One adult can stay all day. Ask us if you want to bring brothers or sisters.",
    "numbing cream": "Ask us if you want to know about the cream.",
    "ring before": "Ring us before you set out if your child is not well. Ring us too if you are not sure.",
    "parking": "You can park in front of the main door. If you are late, ring us.",
    "small tube": "Ask us before you go home what to do about the small tube.",
    "back to school": "Ask us when your child can go back to school.",
    "how long": "Ring us if you want to know how long this may last.",
    "calcium": "Ask us what else to look out for.",
    "says yes": "You can also ring us if you want to talk about it first.",
    "urgent help": "If you are worried, ring us. At night ring the number below. In an emergency ring 999.",
    "see your child next": "We write to you about the next visit.",
    "read more": "Ask us for the leaflet if you want to read more.",
}


def make_texts(unit: Unit, today: date, *, by: audit.Actor) -> None:
    """An approved text for each moment and audience, two also with a draft of the next version; a leaflet."""
    for moment in Moment:
        for audience in Audience:
            text = _write(unit, moment, audience, 1, filled(default_body(moment, audience)), by)
            lasts = DUE_IN if (moment, audience) == DUE_SOON else IN_FORCE
            approval.approve(text=text, approved_by=APPROVED_BY, review_on=today + lasts, by=by)
    for page in LeafletPage:
        text = _write(unit, page, EVERYONE, 1, default_page(page), by)
        approval.approve(text=text, approved_by=APPROVED_BY, review_on=today + IN_FORCE, by=by)
    again = filled(default_body(*DUE_SOON))
    _write(unit, *DUE_SOON, 2, f"{again}\nA play worker comes round in the morning.\n", by)
    _write(unit, *BEGUN, 2, default_body(*BEGUN), by)


def filled(body: str) -> str:
    """The text with the Trust's words in each gap. Raises StopIteration for a gap that FILLED lacks."""
    for gap in gaps(body):
        words = next(words for about, words in FILLED.items() if about in gap)
        body = body.replace(f"[For the Trust to write: {gap}]", words)
    return body


def _write(unit: Unit, moment: str, audience: str, version: int, body: str, by: audit.Actor) -> AdviceText:
    text = AdviceText(unit=unit, moment=moment, audience=audience, version=version, body=body)
    return approval.write(text=text, by=by)
