"""What is said once of all offers, and what each says for itself."""

from datetime import date

import pytest

from scheduling.rules import CourseRequest, Offer, Placement, Term, Visit
from scheduling.rules.in_common import in_common, what_differs

VISIT = Visit(date(2027, 6, 14), 1, 540, 240)


def offer(**reasons):
    terms = tuple(Term(name, 0, reason) for name, reason in reasons.items())
    return Offer(Placement(CourseRequest(days=1, minutes=240), (VISIT,)), terms)


@pytest.mark.parametrize(
    ("chairs", "common"),
    [
        (["same"], ()),
        (["same", "same"], ("same",)),
        (["same", "other"], ()),
        (["same", "same", "other"], ("same",)),
        (["same", "same", "other", "other"], ()),
        (["same", "same", "same", "other"], ("same",)),
    ],
)
def test_what_more_than_half_give_is_said_once(chairs, common):
    offers = [offer(target=f"{n} days after", chair=words) for n, words in enumerate(chairs)]
    assert in_common(offers) == common
    assert what_differs(offers[-1], common) == tuple(
        words for words in offers[-1].reasons if words not in common
    )
    if common:
        assert what_differs(offers[0], common) == ("0 days after",)


def test_it_is_said_in_the_order_of_the_factors():
    offers = [offer(finish="by 1pm", stranding="none", chair="same"), offer(chair="same", finish="by 1pm")]
    assert in_common(offers) == ("same", "by 1pm")
