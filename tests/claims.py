"""What this app, which is not a medical device, never says: a dose, fitness, whether a child gets better."""

import re

CLAIMS = re.compile(
    r"\bdos(e|es|ed|age|ages|ing)\b|\bimprov(e|es|ed|ing|ement)\b|\bwors(e|en|ens|ened|ening)\b"
    r"|\bdeteriorat\w*|\bremission\b|\b(got|get|gets|getting|feel|feeling) better\b"
    r"|\b(is|be|as|medically) fit\b|\bfit (for|to) (the |be |have )?(drip|infusion|treat\w*)|\bfitness\b"
    r"|\b(due|ready) for (the |an |another )?(drip|infusion|treatment)|\binfusion (is )?(over)?due\b"
    r"|\btrend\b",
    re.IGNORECASE,
)


def claims_in(text: str) -> list[str]:
    """Each claim with the words around it."""
    return [text[max(0, m.start() - 30) : m.end() + 30] for m in CLAIMS.finditer(text)]
