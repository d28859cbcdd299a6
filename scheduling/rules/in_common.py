"""What the offers of a list have in common, so that it is said once and each says only what differs."""

from collections import Counter
from collections.abc import Sequence

from scheduling.rules.pricing import Factor, Offer


def in_common(offers: Sequence[Offer]) -> tuple[str, ...]:
    """For each factor the reason that more than half of the offers give, if there is one.

    An offer has one reason for each factor: one that gives no other has this one. Nothing for a single offer.
    """
    if len(offers) < 2:
        return ()
    given = Counter((term.name, term.reason) for offer in offers for term in offer.terms)
    often = {factor: reason for (factor, reason), times in given.items() if 2 * times > len(offers)}
    return tuple(often[factor] for factor in Factor if factor in often)


def what_differs(offer: Offer, common: Sequence[str]) -> tuple[str, ...]:
    """The reasons of an offer that are not said of all."""
    return tuple(reason for reason in offer.reasons if reason not in common)
