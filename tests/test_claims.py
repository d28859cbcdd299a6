"""The list of what is never said does its work: it finds claims, and leaves the words of scheduling alone."""

import pytest

from tests.claims import claims_in


@pytest.mark.parametrize(
    "claim",
    [
        "Fit for treatment: yes",
        "The child is fit.",
        "Due for infusion in 3 weeks",
        "Infusion overdue",
        "The next dose is 30",
        "Pain is improving",
        "CRP worsened",
        "Trend: down",
        "Feeling better?",
    ],
)
def test_a_claim_is_found(claim):
    assert claims_in(claim)


@pytest.mark.parametrize(
    "words",
    [
        "Review due on 3 March",
        "Who fits into this place?",
        "This course no longer fits",
        "Due today",
        "a better time",
    ],
)
def test_other_words_are_left_alone(words):
    assert claims_in(words) == []
